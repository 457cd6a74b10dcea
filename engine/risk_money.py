"""The names of risk rules about money, worked out from the facts and clocks that a step has read already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from engine.rulebook import deadlines

if TYPE_CHECKING:
    from engine.risk_names import Matter

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


def _last_day(m: Matter) -> date | None:
    if m.text("instalment_result") == "deferred":
        told = m.text("deferred_to")
        return date.fromisoformat(told[:10]) if told else None
    plan = m.facts.get("instalment_plan")
    days = [str(row.get("instalment_due"))[:10] for row in plan or [] if isinstance(row, dict)]
    return max(map(date.fromisoformat, days), default=None)


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value


# Name → how it is found, and the facts of which a form must ask one.
NAMES: Final[Mapping[str, tuple[Callable[[Matter], object], tuple[str, ...]]]] = {
    "hard_to_collect_later": (_ground("hard_later"), ("cash_ground",)),
    # One ground of the law: a remote place, on the water, where paying is truly difficult and the party asked to pay there.
    "remote_area": (_ground("remote"), ("cash_ground",)),
    "payment_difficult": (_ground("remote"), ("cash_ground",)),
    "party_requested_cash": (_ground("remote"), ("cash_ground",)),
    "instalment_approved": (_granted, ("instalment_result",)),
    "court_period_from": (_court_period_from, ("instalment_result",)),
}
