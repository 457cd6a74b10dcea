"""The charge for late payment (加处罚款) of a case: from what the step that works it out names, the end of the payment period,
and the days of reconsideration and suit, which do not count (处罚法73).

Those days run from the day of the application up to the day on which the decision was served or the judgment took effect;
that both count as days of the remedy is in the party's favour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine import release_store
from engine.rulebook import money
from engine.rulebook.periods import Rule
from engine.rules import rules
from kernel.work import LOCAL, Row, Work

# What proceedings of reconsideration and suit told of themselves: reason (as the rule of the charge names it), first day, end.
_HALTS = """select own->>'remedy_kind' as reason, own->>'remedy_applied_on' as first, own->>'remedy_ended_on' as last
from process_instance where subject_id = %s and own ? 'remedy_applied_on' and own->>'remedy_applied_on' is not null"""
_TERM = "select due_at from clock where subject_id = %s and rule = %s and status <> 'closed' order by id desc limit 1"


def facts(work: Work, case_id: UUID, known: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """The charge as facts: yuan and days.

    The service step names the clock whose end the charge begins after (`term`) and the rule of the charge (`rule`). Where
    the fine was put off or split, `due` names the element with the day that counts instead, `plan` the table of instalments
    (of which those due by then are owed) and `paid` what was paid of them.
    """
    with work.transaction():
        rows = work.rows(_TERM, (case_id, parameters["term"]))
        halts = work.rows(_HALTS, (case_id,))
        rule = rules(release_store.current(work)).deadline(parameters["rule"])
    if not rows:
        return {"surcharge_amount": "0.00", "surcharge_days": 0}
    term_end = rows[0]["due_at"].astimezone(LOCAL).date()
    answer = worked_out(known, parameters, rule, term_end, work.today, stops(rule, halts))
    if answer is None:
        return {"surcharge_amount": "0.00", "surcharge_days": 0}
    return {"surcharge_amount": f"{answer.amount:.2f}", "surcharge_days": answer.days}


def stops(rule: Rule, halts: Iterable[Row]) -> list[money.Stop]:
    """The days that the rule does not count, of proceedings with `reason`, `first` and `last` (None: it goes on)."""
    return [
        money.Stop(h["reason"], _day(h["first"]), _day(h["last"]) + money.ONE_DAY if h["last"] else None)
        for h in halts
        if h["reason"] in rule.pauses
    ]


def worked_out(
    known: Mapping[str, Any],
    parameters: Mapping[str, str],
    rule: Rule,
    term_end: date,
    today: date,
    halts: Sequence[money.Stop] = (),
) -> money.Surcharge | None:
    """The charge up to the day of payment, or `today`; None while there is no fine. `parameters`: as `facts` has them."""
    fine = Decimal(str(known.get("fine_amount") or "0"))
    if fine <= 0:
        return None
    paid = known.get("payment_paid_at")
    until = datetime.fromisoformat(str(paid)).astimezone(LOCAL).date() if paid else today
    owed, paid_before = _owed(known, parameters, fine, term_end)
    return money.surcharge_on(owed, rule, until, stops=halts, payments=paid_before)


def _owed(
    facts: Mapping[str, Any], parameters: Mapping[str, str], fine: Decimal, term_end: date
) -> tuple[list[money.Obligation], list[money.Payment]]:
    """What is owed by when: the fine by the end of the term, by the day it was put off to, or by instalments."""
    due = facts.get(parameters.get("due", ""))
    rows = facts.get(parameters.get("plan", "")) or []
    plan = [money.Obligation(_day(str(r["instalment_due"])), Decimal(str(r["instalment_amount"]))) for r in rows]
    if not due or not any(part.due == _day(str(due)) for part in plan):
        return [money.Obligation(_day(str(due)) if due else term_end, fine)], []
    paid = Decimal(str(facts.get(parameters.get("paid", "")) or "0"))
    return plan, [money.Payment(plan[0].due, paid)] if paid > 0 else []


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])
