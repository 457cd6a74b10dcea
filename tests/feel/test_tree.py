"""The condition builder's tree and its text mean the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feel
from feel.tree import COMPARISONS, TEXT_TESTS, from_text, to_text

FIELDS = st.sampled_from(["罚款金额", "party_name", "officers.name", "车货总质量(吨)", "开始-结束", "monthly salary"])
NAMES = ("车货总质量(吨)", "开始-结束", "monthly salary")


def _value(kind: str, content: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return content.map(lambda c: {"type": kind, "value": c})


VALUES = st.one_of(
    _value("text", st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
    _value("number", st.decimals(-(10**9), 10**9, places=2).map(lambda d: format(d, "f"))),
    _value("boolean", st.booleans()),
    _value("date", st.dates().map(str)),
    _value("duration", st.sampled_from(["P3D", "PT2H", "P1Y6M", "-P1M"])),
    _value("datetime", st.sampled_from(["2026-03-02T09:00:00+08:00", "2026-03-02T09:00:00@Asia/Shanghai"])),
    _value("time", st.sampled_from(["09:30:00", "23:59:59.5Z"])),
    _value("field", FIELDS),
)
TEXT = _value("text", st.text(alphabet='ab"\\中\n', max_size=5))


def _condition(op: st.SearchStrategy[str], value: st.SearchStrategy[Any] | None) -> st.SearchStrategy[dict[str, Any]]:
    if value is None:
        return st.builds(lambda f, o: {"field": f, "op": o}, FIELDS, op)
    return st.builds(lambda f, o, v: {"field": f, "op": o, "value": v}, FIELDS, op, value)


CONDITIONS = st.one_of(
    _condition(st.sampled_from(COMPARISONS), VALUES),
    _condition(st.sampled_from(TEXT_TESTS), TEXT),
    _condition(st.sampled_from(["in", "not in"]), st.lists(VALUES, min_size=1, max_size=3)),
    _condition(st.just("between"), st.lists(VALUES, min_size=2, max_size=2)),
    _condition(st.sampled_from(["empty", "not empty"]), None),
)


def _negated(tree: dict[str, Any]) -> dict[str, Any]:
    # "not in" has its own operator, so that not(… in …) reads back as one condition.
    return {**tree, "op": "not in"} if tree.get("op") == "in" else {"not": tree}


TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(_negated),
    ),
    max_leaves=6,
)


@given(TREES)
@settings(max_examples=200, deadline=None)
def test_a_tree_survives_the_way_to_text_and_back(tree: dict[str, Any]) -> None:
    assert from_text(to_text(tree, NAMES), NAMES) == tree


def test_a_tree_reads_as_a_person_would_write_it() -> None:
    tree = {
        "all": [
            {"field": "罚款金额", "op": ">=", "value": {"type": "number", "value": "3000.00"}},
            {"any": [
                {"field": "车型", "op": "in", "value": [{"type": "text", "value": "挂车"}, {"type": "text", "value": "货车"}]},
                {"field": "立案日期", "op": "between", "value": [
                    {"type": "date", "value": "2026-01-01"}, {"type": "date", "value": "2026-12-31"}]},
            ]},
            {"field": "备注", "op": "not empty"},
        ]
    }  # fmt: skip
    assert to_text(tree) == (
        '罚款金额 >= 3000.00 and (车型 in ("挂车", "货车") or '
        '立案日期 between date("2026-01-01") and date("2026-12-31")) and 备注 != null'
    )


@given(TREES, st.dictionaries(st.sampled_from(["罚款金额", "party_name"]), st.integers(0, 9) | st.text(max_size=2)))
@settings(max_examples=100, deadline=None)
def test_the_text_of_a_tree_evaluates(tree: dict[str, Any], data: dict[str, Any]) -> None:
    text = to_text(tree, NAMES)
    aliases = {name: name for name in NAMES}
    wide = feel.Budget(length=10_000, nodes=2_000)
    assert feel.compile(text, aliases=aliases, budget=wide).evaluate(data) in (True, False, None)


@pytest.mark.parametrize(
    "text", ["count(x) > 2", "a + 1 = 2", "if a then b else c", "a[1] = 2", "true", "3 < a", "a in [1..2]"]
)
def test_what_a_tree_cannot_say_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(feel.FeelError, match="不能用条件生成器表示"):
        from_text(text)


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"all": []},
        {"all": [{"field": "a", "op": "empty"}]},
        {"field": "a", "op": "~", "value": {"type": "number", "value": "1"}},
        {"field": "a", "op": "=", "value": 5},
        {"field": "a", "op": "=", "value": {"type": "number", "value": "NaN"}},
        {"field": "a", "op": "=", "value": {"type": "date", "value": "昨天"}},
        {"field": "a or true", "op": "=", "value": {"type": "number", "value": "1"}},
        {"field": "a", "op": "=", "value": {"type": "field", "value": "b or true"}},
        {"field": 'a) or ("', "op": "=", "value": {"type": "text", "value": "x"}},
        {"not": {"field": "a", "op": "empty"}, "all": []},
    ],
)
def test_a_tree_that_says_nothing_sound_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(feel.FeelError):
        to_text(tree)
