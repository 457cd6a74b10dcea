"""The names of risk rules about money, worked out from the facts and clocks that a step has read already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from engine import surcharge
from engine.risk_matter import Given, Matter
from engine.rulebook import deadlines
from kernel.work import Row

_GRANTED: Final = ("instalments", "deferred")


def _ground(*codes: str) -> Callable[[Matter], bool | None]:
    """Whether cash was collected on one of these grounds; null while none is named."""

    def find(m: Matter) -> bool | None:
        named = m.text("cash_ground")
        return None if named is None else named in codes

    return find


def _granted(m: Matter) -> bool | None:
    """Whether the agency granted payment in parts or later."""
    if m.text("instalment_result") not in _GRANTED:
        return None if m.text("instalment_result") is None else False
    return m.done("instalment_approval") is not None


def _court_period_from(m: Matter) -> str | None:
    """Whence the period for going to court runs: `original` when it ends sooner than one that runs from the last day that was
    granted would (处罚法72)."""
    key = m.roles.get("court_period", "")
    rule, clock, last = m.rules.deadlines.get(key), m.clocks.get(key), _last_day(m)
    if rule is None or clock is None or last is None:
        return None
    due = deadlines.due(deadlines.Clock(rule, last), m.calendar, m.work.today).due
    return "original" if clock["due"] < _day(due) else "instalment"


def _remedies(m: Matter) -> list[Row]:
    return [row["more"] for row in m.on_shelf("remedy")]


def _pending(m: Matter) -> bool:
    """Whether reconsideration or a suit goes on: applied for, and without an end."""
    return any(row["last"] is None for row in _remedies(m))


def _running(m: Matter) -> bool | None:
    """Whether the charge that is on record is more than what it comes to without the days of the remedies."""
    told, remedies = m.money("surcharge_amount"), _remedies(m)
    clock = m.clocks.get(m.roles.get("payment_term", ""))
    rule = m.rules.deadlines.get(m.roles.get("surcharge", ""))
    if told is None or clock is None or rule is None:
        return None
    halts = surcharge.stops(rule, remedies)
    answer = surcharge.worked_out(m.facts, _parameters(m), rule, _day(clock["due"]), m.work.today, halts)
    return answer is not None and told > answer.amount


def _parameters(m: Matter) -> Mapping[str, str]:
    """As the processes of the release tell the action that works the charge out."""
    processes = (m.release.process(key) for key in m.release.processes)
    found = (one.parameters for p in processes for one in p.services.values() if one.action == "compute_surcharge")
    return next(found, {})


def _last_day(m: Matter) -> date | None:
    if m.text("instalment_result") == "deferred":
        told = m.text("deferred_to")
        return date.fromisoformat(told[:10]) if told else None
    plan = m.facts.get("instalment_plan")
    days = [str(row.get("instalment_due"))[:10] for row in plan or [] if isinstance(row, dict)]
    return max(map(date.fromisoformat, days), default=None)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


NAMES: Final[Mapping[str, Given]] = {
    "hard_to_collect_later": Given(_ground("hard_later"), needs=("cash_ground",)),
    # One ground of the law: a remote place, on the water, where paying is truly difficult and the party asked to pay there.
    "remote_area": Given(_ground("remote"), needs=("cash_ground",)),
    "payment_difficult": Given(_ground("remote"), needs=("cash_ground",)),
    "party_requested_cash": Given(_ground("remote"), needs=("cash_ground",)),
    "instalment_approved": Given(_granted, needs=("instalment_result",)),
    "court_period_from": Given(_court_period_from, needs=("instalment_result",)),
    "remedy_pending": Given(_pending, reads=("remedy",), needs=("remedy_applied_on",)),
    "surcharge_running": Given(_running, reads=("remedy",), needs=("surcharge_amount",)),
}
