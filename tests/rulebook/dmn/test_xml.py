"""Files from outside: hostile or broken ones are refused with a sentence."""

from __future__ import annotations

import random

import pytest

import feel
from engine.rulebook import dmn
from tests.rulebook.dmn.models import decision, definitions, input_data, knowledge, literal, table

ENTITY = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (ENTITY + b"<definitions>&x;</definitions>", "DOCTYPE"),
        (LAUGHS + definitions(decision("a", literal("1"))), "DOCTYPE"),
        (b"<definitions", "不是格式正确的 XML"),
        (b"", "不是格式正确的 XML"),
        (b"\x00\x01", "不是格式正确的 XML"),
        (b"<a/>", "不是 DMN 决策模型"),
        (b"<definitions/>", "不是 DMN 决策模型"),
        (b" " * (2 * 1024 * 1024 + 1), "超过上限"),
        (definitions("<x>" * 300 + "</x>" * 300), "不是格式正确的 XML"),
        (definitions(decision("a", literal("1")), decision("a", literal("2"))), "出现两次"),
        (definitions(decision("a", "<list>" * 100 + literal("1") + "</list>" * 100)), "嵌套"),
    ],
)
def test_a_hostile_or_broken_file_is_refused(content: bytes, part: str) -> None:
    with pytest.raises(dmn.DmnError, match=part):
        dmn.load(content)


def test_texts_in_cdata_and_around_comments_are_read_whole() -> None:
    model = definitions(
        decision("a", "<literalExpression><text><![CDATA[1 < 2]]><!-- x --> and true</text></literalExpression>")
    )
    assert dmn.load(model).decide("a", {}).value is True


def test_a_model_of_an_older_edition_is_read_too() -> None:
    model = definitions(decision("a", literal("1"))).replace(
        b"https://www.omg.org/spec/DMN/20230324/MODEL/", b"http://www.omg.org/spec/DMN/20180521/MODEL/"
    )
    assert dmn.load(model).decide("a", {}).value == 1


def _mutated(content: bytes, chance: random.Random) -> bytes:
    """A model with tags lost, attributes changed and texts replaced."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed))
        opening, closing = chance.choice([(b"<", b">"), (b'"', b'"'), (b"<text>", b"</text>")])
        start = changed.find(opening, at)
        end = changed.find(closing, start + 1)
        if start >= 0 and end >= 0:
            inside = [b"", b"x", b"FIRST", b"#x", b"-1", b"null", b"1 +", b"[1, 2]", b"{a: 1}", b"not(1)", b"?"]
            changed[start + len(opening) : end] = chance.choice(inside)
    return bytes(changed)


def test_a_damaged_model_is_refused_or_answers_but_never_crashes() -> None:
    model = definitions(
        input_data("量", "number"),
        knowledge("倍", [("x", "number")], literal("x * 2")),
        decision("档", table(["量"], ["档"], [("< 5", '"轻"'), (">= 5", '"重"')], policy="PRIORITY", priorities=['"重", "轻"']), inputs=["量"]),
        decision("罚", literal('if 档 = "轻" then 倍(量) else 0'), needs=["档"], inputs=["量"], knows=["倍"]),
    )  # fmt: skip
    chance = random.Random(7)
    answered = 0
    for _ in range(400):
        content = _mutated(model, chance)
        try:
            loaded = dmn.load(content)
            dmn.check_model(dmn.parse(content))
            for id_, _ in loaded.decisions:
                loaded.reads(id_)
                loaded.decide(id_, {"量": 3})
                answered += 1
        except (dmn.DmnError, feel.FeelError):
            continue
    assert answered > 50
