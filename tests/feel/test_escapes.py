"""No expression reaches a Python object."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import Any

import pytest

import feel
from tests.feel.escapes import ESCAPES

DATA = {
    "x": Decimal(5),
    "d": dt.date(2026, 3, 2),
    "t": dt.timedelta(days=1),
    "s": "abc",
    "l": [1, 2, 3],
    "c": {"a": 1},
}
PLAIN = (
    type(None),
    bool,
    Decimal,
    str,
    dt.date,
    dt.time,
    dt.datetime,
    dt.timedelta,
    feel.YearMonthDuration,
    feel.Range,
)


def _harmless(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_harmless, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _harmless(item) for key, item in value.items())
    if isinstance(value, feel.Function):
        # A function may leave the language; what it is made of may not be looked into from within (tested below).
        return True
    return isinstance(value, PLAIN)


def test_the_corpus_is_large_enough() -> None:
    assert len(set(ESCAPES)) >= 100


@pytest.mark.parametrize("standard", [False, True])
@pytest.mark.parametrize("text", ESCAPES)
def test_an_attempt_to_escape_ends_in_a_fault_or_in_plain_data(text: str, standard: bool) -> None:
    try:
        expression = feel.compile(text, standard=standard)
    except feel.FeelError:
        return
    assert _harmless(expression.evaluate(DATA))


@pytest.mark.parametrize(
    "name",
    ["__class__", "__dict__", "__init__", "__slots__", "nanos", "ordinal", "call", "name", "op", "total", "date"],
)
def test_a_dot_reaches_entries_and_listed_properties_only(name: str) -> None:
    for start in (
        "x",
        "d",
        "t",
        "s",
        "abs",
        "[1..2]",
        "(function(a) a)",
        '@"P1Y"',
        '@"10:00:00"',
        "moment",
        "true",
        "null",
    ):
        moment = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
        assert feel.compile(f"({start}).{name}").evaluate({**DATA, "moment": moment}) is None


class Secret:
    """Something a caller put into the data by mistake."""

    password = "hidden"


@pytest.mark.parametrize("value", [Secret(), object(), print, type, sys, b"bytes", 1j, iter([])])
def test_a_python_object_in_the_data_is_refused(value: object) -> None:
    for place in (value, [value], {"a": {"b": value}}):
        with pytest.raises(feel.FeelError, match="不能用于表达式"):
            feel.compile("x").evaluate({"x": place})


def test_floats_that_are_no_numbers_are_refused() -> None:
    for value in (float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(feel.FeelError, match="不是有限数"):
            feel.compile("x > 1").evaluate({"x": value})


def test_the_data_of_the_caller_are_never_changed() -> None:
    data = {"l": [3, 1, 2], "c": {"a": [1]}}
    feel.compile('{a: append(l, 4), b: context put(c, "a", 2), d: sort(l), e: reverse(l)}').evaluate(data)
    assert data == {"l": [3, 1, 2], "c": {"a": [1]}}
