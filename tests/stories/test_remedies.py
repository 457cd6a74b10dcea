"""What reconsideration and suit do to the money, the charge for late payment and the periods of a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from content import releases
from engine import stories, surcharge
from engine.play import Player
from engine.rules import rules
from kernel.work import Node, Person, SettableClock, Work, system_person
from registers import money
from tests.stories.conftest import FILES

Stage = tuple[Node, Callable[[str], Person]]
TERM = {"term": "DL_FINE_PAYMENT", "rule": "DL_ADDED_FINE"}


def play(stage: Stage, clock: SettableClock, which: str) -> str:
    """The case of a story that was played to its end."""
    node, person = stage
    path = f"processes/national/{which.replace('/', '/stories/')}.yaml"
    story = stories.read(path, FILES[path], FILES)
    clock.set(min(clock.at, story.start.at))
    played = Player(node, clock, person).play(story.begins, replace(story, expect=stories.Expected()))
    assert not played.faults, played.faults
    return str(played.case_id)


def rows(stage: Stage, query: str, *values: Any) -> list[Any]:
    work = Work(stage[0], system_person(440100, "01"))
    with work.transaction():
        return work.rows(query, values)


def test_a_fine_that_was_reduced_is_booked_anew_and_what_was_paid_beyond_is_to_be_refunded(
    stage: Stage, clock: SettableClock
) -> None:
    case = play(stage, clock, "remedy_reconsideration/late_simple_changed")
    work = Work(stage[0], system_person(440100, "01"))
    with work.transaction():
        balance = money.balance(work, case)  # type: ignore[arg-type]
    assert (balance.decided, balance.remaining) == (Decimal("2000.00"), Decimal("0.00"))
    assert balance.surcharge == Decimal("2000.00")  # never more than the fine as it is now
    assert balance.to_refund == Decimal("2000.00")  # of 3000 paid and 3000 charged
    raised = {row["rule"] for row in rows(stage, "select rule from alert where subject_id = %s", case)}
    assert "DL_RECON_REPLY_SIMPLE" in raised  # nobody had answered in time


def test_the_periods_after_a_maintained_decision_outlive_the_proceeding(stage: Stage, clock: SettableClock) -> None:
    case = play(stage, clock, "remedy_reconsideration/maintained")
    found = rows(
        stage,
        "select rule, instance_id, status from clock where subject_id = %s and rule in ('DL_SUIT_AFTER_RECON', 'DL_COURT_APPLY')",
        case,
    )
    assert {row["rule"]: (row["instance_id"], row["status"]) for row in found} == {
        "DL_SUIT_AFTER_RECON": (None, "running"),
        "DL_COURT_APPLY": (None, "running"),
    }
    over = rows(
        stage,
        "select status from process_instance where subject_id = %s and process_key = 'remedy_reconsideration'",
        case,
    )
    assert [row["status"] for row in over] == ["ended"]


def test_the_charge_stands_still_from_the_application_to_the_decision() -> None:
    """Due on 2 April; applied for on the 6th, decided on the 20th: 3, 4 and 5 April count, then 21 April on."""
    rule = rules(releases.make(FILES)).deadline("DL_ADDED_FINE")
    fine = {"fine_amount": "3000.00"}

    def charge(today: date, last: str | None) -> Decimal:
        halts = surcharge.stops(rule, [{"reason": "reconsideration", "first": "2026-04-06", "last": last}])
        answer = surcharge.worked_out(fine, TERM, rule, date(2026, 4, 2), today, halts)
        assert answer is not None
        return answer.amount

    assert charge(date(2026, 4, 5), None) == Decimal("270.00")
    assert charge(date(2026, 4, 19), None) == Decimal("270.00")
    assert charge(date(2026, 4, 20), "2026-04-20") == Decimal("270.00")
    assert charge(date(2026, 4, 22), "2026-04-20") == Decimal("450.00")
    whole = surcharge.worked_out(fine, TERM, rule, date(2026, 4, 2), date(2026, 4, 22))
    assert whole is not None
    assert whole.amount == Decimal("1800.00")
