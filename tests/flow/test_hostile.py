"""Hostile input: whatever a file contains, the answer is faults or a sound diagram, soon; and no text reaches Python."""

from __future__ import annotations

import random
import time

import pytest

from engine import flow
from tests.flow.drawing import HEAD, Drive, World, boundary, error, ext, file, line, message, process, scope, timer

SUB = scope([("is", "startEvent"), ("t", "userTask"), ("ie", "endEvent")], [("is", "t"), ("t", "ie")], "in")
RICH = file(
    process(
        [("s", "startEvent"), ("g", "parallelGateway"), ("a", "userTask"), ("ab", "boundaryEvent", *boundary("a", timer("P1D"))), ("am", "exclusiveGateway"),
         ("b", "serviceTask", "", ext(action="x")), ("j", "parallelGateway"), ("sub", "subProcess", "", SUB), ("k", "callActivity", ' calledElement="q"'),
         ("kb", "boundaryEvent", *boundary("k", error("e_bad"))), ("x", "exclusiveGateway", ' default="p_f_13"'), ("c", "intermediateCatchEvent", "", message("m_statement")),
         ("m", "exclusiveGateway"), ("e", "endEvent"), ("e2", "endEvent", "", "<terminateEventDefinition/>")],
        [("s", "g"), ("g", "a"), ("g", "b"), ("a", "am"), ("ab", "am"), ("am", "j"), ("b", "j"), ("j", "sub"), ("sub", "k"), ("k", "x"), ("kb", "e2"),
         ("x", "c", "n > 1"), ("c", "m"), ("x", "m"), ("m", "e")],
    ),
    line(("u", "userTask"), id="q"),
)  # fmt: skip


def nested(depth: int) -> bytes:
    inner = "".join(f'<subProcess id="s{k}"><startEvent id="a{k}"/>' for k in range(depth))
    return (
        HEAD + f'<process id="p" isExecutable="true">{inner}' + "</subProcess>" * depth + "</process></definitions>"
    ).encode()


def hand_made() -> list[bytes]:
    text = RICH.decode()
    lol = "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10 if k else "lol"}">' for k in range(10))
    return [
        b"", b"\x00", b"not xml", b"<", b"<a/>", b"<definitions/>", b"\xff\xfe\x00", "中文".encode("utf-16"), HEAD.encode(), RICH[: len(RICH) // 2],
        RICH.replace(b'encoding="UTF-8"', b'encoding="UTF-99"'), RICH.replace(b"UTF-8", b"GBK"), text.encode("utf-16"), b"\xef\xbb\xbf" + RICH,
        f'<?xml version="1.0"?><!DOCTYPE definitions [{lol}]><definitions>&l9;</definitions>'.encode(),
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>',
        b'<!DOCTYPE definitions SYSTEM "http://example.invalid/x.dtd">' + text.split("?>", 1)[1].encode(),
        text.replace("?>", "?><!DOCTYPE definitions>", 1).encode(), b"<a>" * 5000, b"<a>" * 200 + b"</a>" * 200, b" " * (2 * 1024 * 1024 + 1),
        (HEAD + "<process/>" * 50 + "</definitions>").encode(), (HEAD + '<process id="p"/>' * 3 + "</definitions>").encode(),
        nested(5), nested(30), nested(250), nested(2000),
        file(line(*[(f"u{k}", "userTask") for k in range(298)])), file(line(*[(f"u{k}", "userTask") for k in range(5000)])),
        file(process([("s", "startEvent"), ("g", "parallelGateway"), *[(f"u{k}", "userTask") for k in range(150)], ("j", "parallelGateway"), ("e", "endEvent")],
                     [("s", "g"), *[("g", f"u{k}") for k in range(150)], *[(f"u{k}", "j") for k in range(150)], ("j", "e")])),
        file(process([("s", "startEvent"), *[(f"g{k}", "parallelGateway") for k in range(150)], ("e", "endEvent")],
                     [("s", "g0"), *[(f"g{k}", f"g{m}") for k in range(150) for m in range(k + 1, min(k + 8, 150))], ("g149", "e")])),
        file(process([("s", "startEvent"), *[(f"x{k}", "exclusiveGateway") for k in range(120)], ("e", "endEvent")],
                     [("s", "x0"), *[(f"x{k}", f"x{m}", "c") for k in range(120) for m in range(120)], ("x119", "e")])),
        file(line(("a", "userTask", "", "x" * 1_000_000))), RICH.replace(b"userTask", b"scriptTask"), RICH.replace(b' id="', b' ID="'),
        RICH.replace(b'"a"', b'"&#0;"'), RICH.replace(b'"a"', b'"a\' or 1=1 or \'"'), RICH.replace(b'"q"', b"\"q']|//*[\""),
        RICH.replace(b"isExecutable", b"x:isExecutable"), RICH.replace(b"http://www.omg.org/spec/BPMN/20100524/MODEL", b"http://x"),
        RICH.replace(b"<terminateEventDefinition/>", b"<eventDefinitionRef>x</eventDefinitionRef>"), RICH.replace(b"P1D", b""), RICH.replace(b"<timeDuration>", b"<timeDuration><a>").replace(b"</timeDuration>", b"</a></timeDuration>"),
    ]  # fmt: skip


IDS = [
    "s",
    "g",
    "a",
    "ab",
    "b",
    "j",
    "sub",
    "is",
    "t",
    "ie",
    "k",
    "x",
    "c",
    "m",
    "e",
    "e2",
    "q",
    "u",
    "p",
    "Start",
    "End",
    "",
    "m_statement",
    "e_bad",
]
TAGS = [
    "userTask",
    "task",
    "endEvent",
    "startEvent",
    "boundaryEvent",
    "complexGateway",
    "eventBasedGateway",
    "inclusiveGateway",
    "subProcess",
    "transaction",
    "sequenceFlow",
    "dataObject",
]


def mutants(count: int) -> list[bytes]:
    """RICH with pieces dropped, doubled, swapped and renamed."""
    r, out = random.Random(7), []
    pieces = [p for p in RICH.decode().replace("<", "\x00<").split("\x00") if p]
    for _ in range(count):
        ps = list(pieces)
        for _ in range(r.randint(1, 3)):
            k, what = r.randrange(4, len(ps) - 1), r.randrange(5)
            if what == 0:
                del ps[k]
            elif what == 1:
                ps.insert(r.randrange(4, len(ps)), ps[k])
            elif what == 2:
                ps[k] = ps[k].replace(f'"{r.choice(IDS)}"', f'"{r.choice(IDS)}"')
            elif what == 3:
                old, new = r.choice(TAGS), r.choice(TAGS)
                ps = [p.replace(f"<{old} ", f"<{new} ").replace(f"</{old}>", f"</{new}>") for p in ps]
            else:
                old, new = r.choice(IDS), r.choice(IDS)
                ps[k:] = [p.replace(f'"{old}"', f'"{new}"') for p in ps[k:]]
        out.append("".join(ps).encode())
    return out


def outcome(body: bytes) -> str:
    """Parse and, if that succeeds, start."""
    try:
        definition = flow.parse({"p.bpmn": body}, "p")
    except flow.BadDiagram:
        return "refused"
    definition.start(World(), {}).freeze()
    return "ran"


def test_some_mutants_are_sound_and_most_are_refused() -> None:
    said = [outcome(b) for b in mutants(220)]
    assert said.count("ran") > 20
    assert said.count("refused") > 100


def test_the_rich_diagram_itself_is_sound() -> None:
    assert [f.code for f in flow.faults({"p.bpmn": RICH}) if f.code != "no_question"] == []


@pytest.mark.parametrize("body", [pytest.param(b, id=str(k)) for k, b in enumerate(hand_made() + mutants(220))])
def test_any_file_gives_faults_or_a_diagram_that_runs(body: bytes) -> None:
    begun = time.process_time()
    found = flow.faults({"p.bpmn": body})
    if outcome(body) == "refused":
        assert found
    assert time.process_time() - begun < 2


ESCAPES = [
    "__import__('os').system('touch /tmp/escaped')",
    "().__class__.__base__.__subclasses__()",
    "(lambda: open('/tmp/escaped','w'))()",
    "exec('import os')",
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__=='Popen'][0]('touch /tmp/escaped',shell=True)",
]


@pytest.fixture
def no_eval(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that anything hands to eval, exec or compile while a diagram is read or run."""
    import builtins

    caught: list[str] = []
    for name in ("eval", "exec", "compile"):
        real = getattr(builtins, name)

        def spy(source: object, *args: object, _real=real, **kwargs: object) -> object:
            caught.append(str(source))
            return _real(source, *args, **kwargs)

        monkeypatch.setattr(builtins, name, spy)
    return caught


@pytest.mark.parametrize("text", ESCAPES)
def test_no_text_of_a_diagram_reaches_python(text: str, no_eval: list[str]) -> None:
    mi = "<multiInstanceLoopCharacteristics>{0}</multiInstanceLoopCharacteristics>"
    nodes = [
        ("s", "startEvent"),
        ("x", "exclusiveGateway", ' default="p_f_1"'),
        ("a", "userTask"),
        ("m", "exclusiveGateway"),
        ("e", "endEvent"),
    ]
    esc = text.replace("&", "&amp;").replace("<", "&lt;")
    worlds = [
        process(nodes, [("s", "x"), ("x", "a"), ("x", "m", text), ("a", "m"), ("m", "e")]),
        line(("t", "intermediateCatchEvent", "", timer(text))),
        line(("t", "intermediateCatchEvent", "", timer(text, "timeDate"))),
        line(("u", "userTask", "", mi.format(f"<loopCardinality>{esc}</loopCardinality>"))),
        line(("u", "userTask", "", mi.format(f"<loopDataInputRef>{esc}</loopDataInputRef>"))),
        line(
            (
                "u",
                "userTask",
                "",
                mi.format(f"<loopCardinality>2</loopCardinality><completionCondition>{esc}</completionCondition>"),
            )
        ),
        line(
            (
                "u",
                "userTask",
                "",
                f'<standardLoopCharacteristics loopMaximum="2"><loopCondition>{esc}</loopCondition></standardLoopCharacteristics>',
            )
        ),
        line(("d", "businessRuleTask", "", ext(decision=text)), ("u", "userTask")),
        line(("v", "serviceTask", "", ext(action=text, to="=" + text))),
    ]
    for body in worlds:
        d = Drive(body, world=World({text: 2 if "Cardinality" in body else ["one"], "2": 2}))
        for _ in range(3):
            for w in d.run.waiting()[:1]:
                d.fire(w.element) if w.kind == "timer" else d.do(w.element)
        asked = {t for _, t in d.world.asked}
        assert text in asked or "serviceTask" in body, body
    assert [c for c in no_eval if c.strip() == text] == []


@pytest.mark.parametrize("text", ESCAPES)
def test_places_for_scripts_are_refused(text: str) -> None:
    esc = text.replace("&", "&amp;").replace("<", "&lt;")
    pre = "<extensionElements><spiffworkflow:{0}>" + esc + "</spiffworkflow:{0}></extensionElements>"
    bodies = [
        line(("t", "scriptTask", "", f"<script>{esc}</script>")),
        line(("t", "userTask", "", pre.format("preScript"))),
        line(("t", "userTask", "", pre.format("postScript"))),
        line(("t", "serviceTask", "", f'<extensionElements><spiffworkflow:serviceTaskOperator id="x"><spiffworkflow:parameters><spiffworkflow:parameter id="p" value="{esc.replace(chr(34), "")}"/></spiffworkflow:parameters></spiffworkflow:serviceTaskOperator></extensionElements>')),
        line(("t", "businessRuleTask", "", pre.format("calledDecisionId"))),
        line(("t", "intermediateCatchEvent", "", f"<conditionalEventDefinition><condition>{esc}</condition></conditionalEventDefinition>")),
        line(("t", "userTask", "", '<ioSpecification><dataInput id="i"/><inputSet><dataInputRefs>i</dataInputRefs></inputSet></ioSpecification>')),
        line(("t", "userTask")).replace("</process>", '<dataObject id="o" name="x"/><dataObjectReference id="r" dataObjectRef="o"/></process>'),
        line(("t", "adHocSubProcess", "", f"{SUB}<completionCondition>{esc}</completionCondition>")),
    ]  # fmt: skip
    for body in bodies:
        with pytest.raises(flow.BadDiagram):
            flow.parse({"p.bpmn": file(body)}, "p")


def test_correlation_expressions_are_never_read() -> None:
    """SpiffWorkflow would hand them to Python when a message is thrown."""
    extra = ('<collaboration id="co"><correlationKey id="ck" name="key"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey></collaboration>'
             '<correlationProperty id="cp" name="x"><correlationPropertyRetrievalExpression messageRef="m_other"><messagePath>__import__("os")</messagePath>'
             "</correlationPropertyRetrievalExpression></correlationProperty>")  # fmt: skip
    d = Drive(extra, line(("t", "sendTask", ' messageRef="m_other"'), ("u", "userTask")))
    assert d.sent == [("other", "t")]
    assert d.world.asked == []
