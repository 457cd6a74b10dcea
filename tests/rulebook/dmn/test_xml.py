"""Files from outside: hostile or broken ones are refused with a sentence."""

from __future__ import annotations

import pytest

from engine.rulebook import dmn
from tests.rulebook.dmn.models import decision, definitions, literal

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
