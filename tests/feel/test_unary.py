"""What the cells of a decision table mean."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import feel


@pytest.mark.parametrize(
    ("cell", "value", "passes"),
    [
        ("-", None, True),
        ("", 5, True),
        ("5", 5, True),
        ("5, 6", 6, True),
        ("5, 6", 7, False),
        ("< 5", 5, False),
        ("<= 5", Decimal("5.0"), True),
        ("[1..3)", 3, False),
        ("(1..3]", 3, True),
        ("not(5)", 6, True),
        ("not(5)", 5, False),
        ("not(5, 6)", 6, False),
        ("not(< 5)", 5, True),
        ('"个人", "个体工商户"', "个体工商户", True),
        ('not("个人")', "单位", True),
        ("true", True, True),
        ("true", False, False),
        ("false", False, True),
        ("null", None, True),
        ("null", 5, False),
        ("not(null)", 5, True),
        ("not(null)", None, False),
        ("< 5", None, False),
        ("not(5)", None, True),
        ("? > 3 and ? < 9", 5, True),
        ('contains(?, "公司")', "某公司", True),
        (">= 下限", 8, True),
        ("下限, 9", 7, True),
        ("[下限..9]", 10, False),
        ('date("2026-01-01")', dt.date(2026, 1, 1), True),
        ('[date("2026-01-01")..date("2026-12-31")]', dt.date(2027, 1, 1), False),
        ('> duration("P3D")', dt.timedelta(days=4), True),
        ("[1, 2, 3]", 2, True),
        ('"5"', 5, False),
    ],
)
def test_a_cell_accepts_or_refuses_a_value(cell: str, value: object, passes: bool) -> None:
    assert feel.compile(cell, kind="unary").matches(value, {"下限": 7}) is passes


def test_not_of_five_is_a_test_in_a_cell_but_no_condition() -> None:
    assert feel.compile("not(5)", kind="unary").matches(4, {}) is True
    assert feel.compile("not(5)").evaluate({}) is None
