"""Every kind of fault has a diagram that shows it, and a sound diagram has none."""

from __future__ import annotations

import pytest

from engine import flow
from engine.flow.document import read
from engine.flow.lint import MISREAD, wording
from engine.flow.lint.context import Context
from tests.flow.drawing import HEAD, ROOTS, boundary, error, escalation, ext, file, line, message, process, scope, timer

P, X, E, C = "parallelGateway", "exclusiveGateway", "eventBasedGateway", "intermediateCatchEvent"
S, U, Z = ("s", "startEvent"), ("a", "userTask"), ("e", "endEvent")
LINE = [("s", "a"), ("a", "e")]
MI = "<multiInstanceLoopCharacteristics>{0}</multiInstanceLoopCharacteristics>"
LOOP = "<standardLoopCharacteristics{0}/>"


def q(*nodes: tuple[str, ...]) -> str:
    return line(*nodes, id="q")


def on_a(event: tuple[str, str]) -> str:
    return process(
        [S, U, ("b", "boundaryEvent", *event), ("h", "userTask"), Z, ("e2", "endEvent")],
        [*LINE, ("b", "h"), ("h", "e2")],
    )


def gate(kind: str, *pairs: tuple[str, ...], attrs: str = "") -> str:
    nodes = [S, ("x", kind, attrs), U, ("b", "userTask"), ("y", kind), Z]
    return process(nodes, [("s", "x"), *(pairs or (("x", "a"), ("x", "b"))), ("a", "y"), ("b", "y"), ("y", "e")])


SUB = scope([("is", "startEvent"), ("t", "userTask"), ("ie", "endEvent")], [("is", "t"), ("t", "ie")], "in")

WRONG: list[tuple[str, str, tuple[str, ...]]] = [
    ("no_id", "", (line(U).replace(' id="p_f_1"', ""),)),
    ("reserved_id", "Start", (process([("Start", "startEvent"), U, Z], [("Start", "a"), ("a", "e")]),)),
    ("reserved_id", "End", (process([S, ("End", "userTask"), Z], [("s", "End"), ("End", "e")]),)),
    ("reserved_id", "a.EndJoin", (line(("a.EndJoin", "userTask")),)),
    ("duplicate_id", "a", (line(U, ("k", "callActivity", ' calledElement="q"')), q(("a", "userTask")))),
    ("untyped_task", "t", (line(("t", "task")),)),
    ("script_task", "t", (line(("t", "scriptTask", "", "<script>import os</script>")),)),
    ("complex_gateway", "t", (line(("t", "complexGateway")),)),
    ("transaction", "t", (line(("t", "transaction", "", SUB)),)),
    ("ad_hoc", "t", (line(("t", "adHocSubProcess", "", SUB)),)),
    ("unknown_element", "t", (line(U).replace("</process>", '<choreographyTask id="t"/></process>'),)),
    ("unknown_element", "a", (line(("a", "userTask", "", "<potentialOwner/>")),)),
    ("event_subprocess", "t", (line(U).replace("</process>", f'<subProcess id="t" triggeredByEvent="true">{SUB}</subProcess></process>'),)),
    ("not_executable", "p", (line(U).replace(' isExecutable="true"', ""),)),
    ("too_many", "p", (line(*[(f"u{k}", "userTask") for k in range(300)]),)),
    ("data_object", "o", (line(U).replace("</process>", '<dataObject id="o"/></process>'),)),
    ("data_object", "a", (line(("a", "userTask", "", "<ioSpecification/>")),)),
    ("data_store", "o", (line(U).replace("</process>", '<dataStoreReference id="o"/></process>'),)),
    ("data_store", "o", ('<dataStore id="o" name="x"/>', line(U))),
    ("unknown_extension", "a", (line(("a", "userTask", "", "<extensionElements><spiffworkflow:preScript>import os</spiffworkflow:preScript></extensionElements>")),)),
    ("unknown_property", "a", (line(("a", "userTask", "", ext(form="filing").replace("zc.form", "form"))),)),
    ("ignored_attribute", "a", (line(("a", "userTask", ' isForCompensation="true"')),)),
    ("misplaced_condition", "a", (line(("a", "userTask", "", "<conditionExpression>x</conditionExpression>")),)),
    ("no_action", "a", (line(("a", "serviceTask")),)),
    ("no_decision", "a", (line(("a", "businessRuleTask")),)),
    ("misplaced_loop", "a", (line(("a", "receiveTask", ' messageRef="m_other"', MI.format("<loopCardinality>2</loopCardinality>"))),)),
    ("misplaced_loop", "a", (line(("a", "receiveTask", ' messageRef="m_other"', LOOP.format(' loopMaximum="2"'))),)),
    ("loop_source", "a", (line(("a", "userTask", "", MI.format(""))),)),
    ("loop_output", "a", (line(("a", "userTask", "", MI.format("<loopCardinality>2</loopCardinality><loopDataOutputRef>x</loopDataOutputRef>"))),)),
    ("loop_item", "a", (line(("a", "userTask", "", MI.format("<loopDataInputRef>x</loopDataInputRef><inputDataItem/>"))),)),
    ("empty_expression", "a", (line(("a", "userTask", "", MI.format("<loopCardinality>2</loopCardinality><completionCondition/>"))),)),
    ("loop_maximum", "a", (line(("a", "userTask", "", LOOP.format(""))),)),
    ("no_called", "k", (line(("k", "callActivity")),)),
    ("missing_called", "k", (line(("k", "callActivity", ' calledElement="nowhere"')),)),
    ("recursive_call", "k", (line(("k", "callActivity", ' calledElement="q"')), q(("l", "callActivity", ' calledElement="p"')))),
    ("called_message_start", "k", (line(("k", "callActivity", ' calledElement="q"')), process([("qs", "startEvent", "", message("m_other")), ("t", "userTask"), ("qe", "endEvent")], [("qs", "t"), ("t", "qe")], "q"))),
    ("event_kind", "e", (process([S, U, ("e", "endEvent", "", "<signalEventDefinition/>")], LINE),)),
    ("event_kind", "e", (process([S, U, ("e", "endEvent", "", "<compensateEventDefinition/>")], LINE),)),
    ("event_kind", "t", (line(("t", "intermediateThrowEvent", "", "<linkEventDefinition name='x'/>")),)),
    ("event_kind", "t", (line(("t", C, "", "<conditionalEventDefinition><condition>x</condition></conditionalEventDefinition>")),)),
    ("event_kind", "s", (process([("s", "startEvent", "", timer("P1D")), U, Z], LINE),)),
    ("event_kind", "b", (on_a(boundary("a", "<signalEventDefinition/>")),)),
    ("several_definitions", "t", (line(("t", C, "", timer("P1D") + message("m_other"))),)),
    ("no_definition", "t", (line(("t", C)),)),
    ("one_start", "p", (process([S, ("s2", "startEvent"), U, Z], [*LINE, ("s2", "a")]),)),
    ("one_start", "p", (process([U, Z], [("a", "e")]),)),
    ("inner_start", "is", (line(("sub", "subProcess", "", SUB.replace('name="环节is">', f'name="环节is">{message("m_other")}'))),)),
    ("no_end", "p", (process([S, U], [("s", "a")]),)),
    ("timer_cycle", "t", (line(("t", C, "", timer("R3/PT1H", "timeCycle"))),)),
    ("timer_text", "t", (line(("t", C, "", timer(""))),)),
    ("timer_text", "t", (line(("t", C, "", "<timerEventDefinition/>")),)),
    ("no_reference", "t", (line(("t", C, "", "<messageEventDefinition/>")),)),
    ("no_reference", "t", (line(("t", "receiveTask")),)),
    ("no_reference", "t", (line(("t", "sendTask", ' messageRef="m_none"')),)),
    ("empty_reference", "t", ('<message id="m_empty"/>', line(("t", "sendTask", ' messageRef="m_empty"')))),
    ("not_attached", "b", (on_a(boundary("nothing", timer("P1D"))),)),
    ("on_automatic", "b", (on_a(boundary("a", timer("P1D"))).replace('<userTask id="a" name="环节a">', '<sendTask id="a" name="环节a" messageRef="m_other">').replace("</userTask>", "</sendTask>", 1),)),
    ("escalation_place", "b", (on_a(boundary("a", escalation("x_late"))),)),
    ("error_interrupts", "b", (on_a(boundary("a", error("e_bad"), interrupting=False)),)),
    ("event_gateway", "g", (line(("g", E), ("t", C, "", timer("P1D"))),)),
    ("event_gateway_target", "a", (process([S, ("g", E), U, ("t", C, "", timer("P1D")), Z], [("s", "g"), ("g", "a"), ("g", "t"), ("a", "e"), ("t", "e")]),)),
    ("event_gateway_twice", "g", (process([S, ("g", E), ("t", C, "", message("m_other")), ("u", C, "", message("m_other")), Z], [("s", "g"), ("g", "t"), ("g", "u"), ("t", "e"), ("u", "e")]),)),
    ("uncaught_error", "e", (process([S, U, ("e", "endEvent", "", error("e_bad"))], LINE),)),
    ("uncaught_escalation", "t", (line(("t", "intermediateThrowEvent", "", escalation("x_late"))),)),
    ("dangling_flow", "p_f_2", (process([S, U, Z], [*LINE, ("a", "nowhere")]),)),
    ("implicit_split", "a", (process([S, U, ("b", "userTask"), Z], [*LINE, ("a", "b"), ("b", "e")]),)),
    ("flow_into_start", "s", (process([S, U, ("x", X, ' default="p_f_2"'), Z], [("s", "a"), ("a", "x"), ("x", "e"), ("x", "s", "back")]),)),
    ("flow_out_of_end", "e", (process([S, U, Z], [*LINE, ("e", "a")]),)),
    ("no_default", "x", (gate(X, ("x", "a", "c"), ("x", "b", "d")),)),
    ("no_condition", "x", (gate(X, attrs=' default="p_f_1"'),)),
    ("condition_on_default", "x", (gate(X, ("x", "a", "c"), ("x", "b", "d"), attrs=' default="p_f_1"'),)),
    ("idle_condition", "x", (gate(P, ("x", "a", "c"), ("x", "b")),)),
    ("idle_condition", "s", (process([S, U, Z], [("s", "a", "c"), ("a", "e")]),)),
    ("language", "p_f_2", (gate(X, ("x", "a"), ("x", "b", "d"), attrs=' default="p_f_1"').replace("<conditionExpression>", '<conditionExpression language="python">'),)),
    ("empty_expression", "p_f_2", (gate(X, ("x", "a"), ("x", "b", " "), attrs=' default="p_f_1"'),)),
    ("idle_default", "a", (line(("a", "userTask", ' default="p_f_1"')),)),
    ("mixed_gateway", "y", (process([S, ("x", P), U, ("b", "userTask"), ("y", P), ("c", "userTask"), ("d", "userTask"), ("z", P), Z], [("s", "x"), ("x", "a"), ("x", "b"), ("a", "y"), ("b", "y"), ("y", "c"), ("y", "d"), ("c", "z"), ("d", "z"), ("z", "e")]),)),
    ("unconnected", "b", (process([S, U, ("b", "userTask"), Z], LINE),)),
    ("no_way_in", "b", (process([S, U, ("b", "userTask"), Z], [*LINE, ("b", "e")]),)),
    ("dead_end", "b", (gate(X, attrs=' default="p_f_1"').replace('sourceRef="b"', 'sourceRef="s"'),)),
    ("unreachable", "c", (process([S, U, ("b", "userTask"), ("c", "userTask"), ("x", X, ' default="p_f_4"'), Z], [*LINE, ("b", "c"), ("c", "x"), ("x", "e"), ("x", "b", "k")]),)),
    ("no_way_out", "c", (process([S, U, ("x", X, ' default="p_f_2"'), ("b", "userTask"), ("c", "userTask"), ("m", X), Z], [("s", "a"), ("a", "x"), ("x", "e"), ("x", "m", "k"), ("m", "b"), ("b", "c"), ("c", "m")]),)),
    ("waitless_cycle", "m", (process([S, ("m", X), ("d", "businessRuleTask", "", ext(decision="t")), ("x", X, ' default="p_f_3"'), Z], [("s", "m"), ("m", "d"), ("d", "x"), ("x", "e"), ("x", "m", "k")]),)),
    ("unstructured", "x", (process([S, ("x", P), U, ("b", "userTask"), ("y", X), Z], [("s", "x"), ("x", "a"), ("x", "b"), ("a", "y"), ("b", "y"), ("y", "e")]),)),
    ("unstructured", "x", (process([S, ("x", P), U, ("b", "userTask"), Z, ("e2", "endEvent")], [("s", "x"), ("x", "a"), ("x", "b"), ("a", "e"), ("b", "e2")]),)),
    ("unstructured", "b", (process([S, U, ("m", X), ("b", "boundaryEvent", *boundary("a", timer("P1D"), interrupting=False)), Z], [("s", "a"), ("a", "m"), ("b", "m"), ("m", "e")]),)),
    ("id_form", "fileCase", (line(("fileCase", "userTask")),)),
    ("no_name", "a", (line(("a", "userTask", ' name="file"')),)),
    ("no_question", "x", (gate(X, ("x", "a"), ("x", "b", "c"), attrs=' name="" default="p_f_1"'),)),
    ("no_lane", "a", (line(U).replace("<flowNodeRef>a</flowNodeRef>", ""),)),
    ("lane_name", "p_lane", (line(U).replace('name="执法人员"', ""),)),
    ("lane_member", "p_lane", (line(U).replace("<flowNodeRef>a</flowNodeRef>", "<flowNodeRef>a</flowNodeRef><flowNodeRef>gone</flowNodeRef>"),)),
    ("foreign_attribute", "a", (line(("a", "userTask", ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:assignee="x"')),)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "element", "bodies"), WRONG, ids=lambda v: v if isinstance(v, str) else "")
def test_a_wrong_diagram_is_told_where_and_what(code: str, element: str, bodies: tuple[str, ...]) -> None:
    found = flow.faults({"p.bpmn": file(*bodies)})
    hits = [f for f in found if f.code == code and f.element == element]
    assert hits, [(f.code, f.element) for f in found]
    assert hits[0].file == "p.bpmn"
    assert any("\u4e00" <= ch <= "\u9fff" for ch in hits[0].message_zh)


def test_what_would_be_misread_does_not_parse_either() -> None:
    only_published = {"id_form", "no_name", "no_question", "no_lane", "lane_name", "lane_member", "foreign_attribute"}
    for code, _, bodies in WRONG:
        if code in only_published:
            flow.parse({"p.bpmn": file(*bodies)}, "p")
        else:
            with pytest.raises(flow.BadDiagram) as refused:
                flow.parse({"p.bpmn": file(*bodies)}, "p")
            assert code in {f.code for f in refused.value.faults}


def test_every_check_has_a_diagram_that_shows_it() -> None:
    idle = {c.__name__ for c in (*MISREAD, *wording.CHECKS)}
    for _, _, bodies in WRONG:
        document = read("p.bpmn", file(*bodies))
        context = Context({p.id: document for p in document.processes})
        idle -= {c.__name__ for c in (*MISREAD, *wording.CHECKS) if any(list(c(context, s)) for s in context.scopes)}
    assert idle == set()


def test_a_process_drawn_in_two_files_is_refused() -> None:
    files = {"a.bpmn": file(line(U)), "b.bpmn": file(line(U))}
    assert [(f.file, f.element) for f in flow.faults(files) if f.code == "duplicate_process"] == [("b.bpmn", "p")]
    with pytest.raises(flow.BadDiagram, match=r"与 a\.bpmn 中的重复"):
        flow.parse(files, "p")


def test_a_process_that_is_called_need_not_catch_its_own_errors() -> None:
    called = process(
        [("qs", "startEvent"), ("t", "userTask"), ("qe", "endEvent", "", error("e_bad"))],
        [("qs", "t"), ("t", "qe")],
        "q",
    )
    caller = process([S, ("k", "callActivity", ' calledElement="q"'), ("b", "boundaryEvent", *boundary("k", error("e_worse"))), Z, ("e2", "endEvent")],
                     [("s", "k"), ("k", "e"), ("b", "e2")])  # fmt: skip
    codes = {f.code for f in flow.faults({"p.bpmn": file(caller), "q.bpmn": file(called)})}
    assert codes == {"uncaught_error"}, "each call must catch the code"
    assert flow.faults({"p.bpmn": file(caller.replace("e_worse", "e_bad")), "q.bpmn": file(called)}) == []


def test_a_sound_diagram_has_no_fault() -> None:
    nodes = [S, ("g", P), U, ("b", "userTask"), ("j", P), ("bt", "boundaryEvent", *boundary("a", timer("P1D"), interrupting=False)), ("h", "userTask"),
             ("k", "callActivity", ' calledElement="q"'), ("eb", "boundaryEvent", *boundary("k", error("e_bad"))), ("x", X, ' default="p_f_9"'), Z, ("e2", "endEvent"), ("e3", "endEvent")]  # fmt: skip
    pairs = [("s", "g"), ("g", "a"), ("g", "b"), ("a", "j"), ("b", "j"), ("bt", "h"), ("h", "e2"), ("j", "k"), ("k", "x"), ("x", "e"), ("x", "e3", "k > 1"), ("eb", "e4")]  # fmt: skip
    body = process([*nodes, ("e4", "endEvent")], pairs)
    called = process(
        [("qs", "startEvent"), ("t", "userTask"), ("qe", "endEvent", "", error("e_bad"))],
        [("qs", "t"), ("t", "qe")],
        "q",
    )
    assert (
        flow.faults(
            {"p.bpmn": file(body), "q.bpmn": HEAD.encode() + ROOTS.encode() + called.encode() + b"</definitions>"}
        )
        == []
    )


def test_a_sub_process_passes_its_lane_on() -> None:
    body = file(line(("sub", "subProcess", "", SUB)))
    assert flow.faults({"p.bpmn": body}) == []
    assert flow.parse({"p.bpmn": body}, "p").steps()["t"].lane == "执法人员"


def test_a_broken_neighbour_does_not_keep_a_process_from_parsing() -> None:
    assert (
        flow.parse({"p.bpmn": file(line(U)), "broken.bpmn": b"<x", "q.bpmn": file(q(("t", "task")))}, "p").name
        == "流程p"
    )
    with pytest.raises(flow.BadDiagram, match="没有找到流程"):
        flow.parse({"broken.bpmn": b"<x"}, "p")
