"""What an unpaid fine grows by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rulebook.deadlines import BadDeadline, Rule, load_deadlines
from engine.rulebook.money import Obligation, Payment, Stop, surcharge, surcharge_on

NATIONAL = Path(__file__).parents[2] / "rules/national"
ADDED = load_deadlines(yaml.safe_load((NATIONAL / "deadlines/fine.yaml").read_bytes()))["DL_ADDED_FINE"]
DUE = date(2026, 3, 16)


def test_three_percent_a_day_from_the_day_after_the_payment_period(rules: dict[str, Rule]) -> None:
    rule = rules["DL_ADDED_FINE"]
    assert surcharge(rule, Decimal(3000), DUE, DUE).amount == 0
    answer = surcharge(rule, Decimal(3000), DUE, date(2026, 3, 26))
    assert (answer.amount, answer.days) == (Decimal("900.00"), 10)
    assert answer.lines[0].article == "行政处罚法#72"


def test_the_charge_stops_at_the_principal(rules: dict[str, Rule]) -> None:
    answer = surcharge(rules["DL_ADDED_FINE"], Decimal(3000), DUE, date(2026, 12, 31))
    assert answer.amount == Decimal("3000.00")
    assert answer.capped_on == date(2026, 4, 19)  # 第 34 日


def test_days_of_reconsideration_do_not_count(rules: dict[str, Rule]) -> None:
    stop = Stop("reconsideration", date(2026, 3, 20), date(2026, 4, 20))
    answer = surcharge(rules["DL_ADDED_FINE"], Decimal(1000), DUE, date(2026, 4, 25), stops=[stop])
    assert (answer.amount, answer.days) == (Decimal("270.00"), 9)
    assert [line.reason for line in answer.lines if line.amount == 0] == ["行政复议期间不予计算"]


def test_after_part_payment_the_unpaid_part_is_charged_and_that_is_said(rules: dict[str, Rule]) -> None:
    rule, paid = rules["DL_ADDED_FINE"], [Payment(date(2026, 3, 20), Decimal(600))]
    answer = surcharge(rule, Decimal(1000), DUE, date(2026, 3, 26), payments=paid)
    assert answer.amount == Decimal("192.00")  # 4 日按 1000,6 日按 400
    assert "口径" in answer.unconfirmed[0]
    original = surcharge(rule, Decimal(1000), DUE, date(2026, 3, 26), payments=paid, base="original")
    assert (original.amount, original.unconfirmed) == (Decimal("300.00"), ())


def test_each_instalment_is_overdue_after_its_own_day(rules: dict[str, Rule]) -> None:
    plan = [Obligation(date(2026, 3, 31), Decimal(500)), Obligation(date(2026, 4, 30), Decimal(500))]
    on_time = [Payment(date(2026, 3, 30), Decimal(500))]
    answer = surcharge_on(plan, rules["DL_ADDED_FINE"], date(2026, 5, 4), payments=on_time)
    assert (answer.amount, answer.days) == (Decimal("60.00"), 4)


def test_unknown_stops_and_bad_money_are_refused(rules: dict[str, Rule]) -> None:
    with pytest.raises(BadDeadline, match="停止计算事由"):
        surcharge(rules["DL_ADDED_FINE"], Decimal(1), DUE, DUE, stops=[Stop("holiday", DUE)])
    with pytest.raises(BadDeadline, match="大于 0"):
        surcharge(rules["DL_ADDED_FINE"], Decimal(0), DUE, DUE)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 10_000_000),
    st.dates(DUE, date(2027, 12, 31)),
    st.dates(DUE, date(2027, 12, 31)),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_never_above_the_principal_never_less_for_waiting_never_more_for_a_stop(
    cents: int, first: date, second: date, begin: int, length: int
) -> None:
    rule, amount = ADDED, Decimal(cents) / 100
    early, late = sorted((first, second))
    stop = Stop(
        "litigation", date.fromordinal(DUE.toordinal() + begin), date.fromordinal(DUE.toordinal() + begin + length)
    )
    plain = surcharge(rule, amount, DUE, late)
    assert surcharge(rule, amount, DUE, early).amount <= plain.amount <= amount
    assert surcharge(rule, amount, DUE, late, stops=[stop]).amount <= plain.amount
