"""The money clock: what an unpaid fine grows by (加处罚款).

Every day after the payment period the overdue unpaid amount is charged at the rule's rate, until the charge reaches the
rule's cap; days of reconsideration, suit and approved deferral do not count (处罚法72、73). A fine paid by instalments
is several obligations, each overdue after its own day. Pure: reads no clock and no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any, Literal

from engine.rulebook.periods import BadDeadline, Rule

CENT = Decimal("0.01")
ONE_DAY = timedelta(days=1)
BASE_NOTE = "部分缴纳后的计算基数法律未明,按{base}计算,须由机构确认口径"


@dataclass(frozen=True, slots=True)
class Stop:
    """Days that do not count, from `start` up to, not including, `end` (None: until asked)."""

    reason: str
    start: date
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Yuan paid on a day."""

    on: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Obligation:
    """Yuan due on a day: the whole fine, or one instalment."""

    due: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """Days with the same base: `amount` yuan charged before the cap, or why nothing was."""

    first: date
    last: date
    days: int
    base: Decimal
    amount: Decimal
    reason: str
    article: str


@dataclass(frozen=True, slots=True)
class Surcharge:
    """The charge in yuan with its explanation. `days`: days charged; `capped_on`: the day the cap was reached."""

    amount: Decimal
    cap: Decimal
    capped_on: date | None
    days: int
    unpaid: Decimal
    lines: tuple[Charge, ...]
    unconfirmed: tuple[str, ...]
    rule: str
    version: str

    def as_dict(self) -> dict[str, Any]:
        """JSON form; money as decimal strings."""
        return {
            "amount": str(self.amount),
            "cap": str(self.cap),
            "capped_on": self.capped_on.isoformat() if self.capped_on else None,
            "days": self.days,
            "unpaid": str(self.unpaid),
            "rule": self.rule,
            "version": self.version,
            "lines": [
                {
                    "first": c.first.isoformat(),
                    "last": c.last.isoformat(),
                    "days": c.days,
                    "base": str(c.base),
                    "amount": str(c.amount),
                    "reason": c.reason,
                    "article": c.article,
                }
                for c in self.lines
            ],
            "unconfirmed": list(self.unconfirmed),
        }


def surcharge(
    rule: Rule,
    amount: Decimal,
    due: date,
    until: date,
    *,
    stops: Iterable[Stop] = (),
    payments: Iterable[Payment] = (),
    base: Literal["unpaid", "original"] | None = None,
) -> Surcharge:
    """The charge on one fine due on `due`, up to and including `until` (the day of payment, or today).

    `base`: the agency's confirmed practice after part payment; None takes the unpaid part and says that it is unconfirmed.
    """
    return surcharge_on([Obligation(due, amount)], rule, until, stops=stops, payments=payments, base=base)


def surcharge_on(
    obligations: Sequence[Obligation],
    rule: Rule,
    until: date,
    *,
    stops: Iterable[Stop] = (),
    payments: Iterable[Payment] = (),
    base: Literal["unpaid", "original"] | None = None,
) -> Surcharge:
    """The charge on a fine due in parts; payments meet the earliest part first. Raises BadDeadline on bad money."""
    if rule.accrual is None:
        raise BadDeadline(f"{rule.id}:{rule.name}不是按日累计的规则")
    paid, halts = sorted(payments, key=lambda p: p.on), list(stops)
    if any(o.amount <= 0 for o in obligations) or any(p.amount <= 0 for p in paid):
        raise BadDeadline("罚款、分期与缴款金额均须大于 0 元")
    for stop in halts:
        if stop.reason not in rule.pauses:
            raise BadDeadline(f"{rule.name}没有停止计算事由 {stop.reason},只有 {'、'.join(rule.pauses)}")
    principal = sum((o.amount for o in obligations), Decimal(0))
    cap = principal * rule.accrual.cap
    lines: list[Charge] = []
    total, capped_on, days = Decimal(0), None, 0
    for first, last in _segments(obligations, paid, halts, until):
        line = _charge(rule, obligations, paid, halts, first, last, original=base == "original")
        if line is None or capped_on is not None:
            continue
        lines.append(line)
        if line.amount > 0:
            if total + line.amount >= cap:
                capped_on = _cap_day(rule.accrual.rate, line, cap - total)
            days += ((capped_on or line.last) - line.first).days + 1
            total += line.amount
    unpaid = principal - sum((p.amount for p in paid if p.on <= until), Decimal(0))
    partly = base is None and any(p.on < until for p in paid) and unpaid > 0
    return Surcharge(
        amount=min(total, cap).quantize(CENT, ROUND_HALF_UP),
        cap=cap.quantize(CENT),
        capped_on=capped_on,
        days=days,
        unpaid=max(unpaid, Decimal(0)),
        lines=tuple(lines),
        unconfirmed=(BASE_NOTE.format(base="未缴部分(从有利)"),) if partly else (),
        rule=rule.id,
        version=rule.version,
    )


def _segments(
    obligations: Sequence[Obligation], payments: Sequence[Payment], stops: Sequence[Stop], until: date
) -> Iterable[tuple[date, date]]:
    """Runs of days on which nothing changes: base and stop are the same on every day of a run."""
    cuts = {o.due + ONE_DAY for o in obligations} | {p.on + ONE_DAY for p in payments}
    for stop in stops:
        cuts.add(stop.start)
        if stop.end is not None:
            cuts.add(stop.end)
    begin = min(o.due for o in obligations) + ONE_DAY
    days = sorted({begin, *(c for c in cuts if begin < c <= until), until + ONE_DAY})
    for first, after in pairwise(days):
        if first <= until:
            yield first, after - ONE_DAY


def _charge(
    rule: Rule,
    obligations: Sequence[Obligation],
    payments: Sequence[Payment],
    stops: Sequence[Stop],
    first: date,
    last: date,
    *,
    original: bool,
) -> Charge | None:
    overdue = sum((o.amount for o in obligations if o.due < first), Decimal(0))
    unpaid = overdue - sum((p.amount for p in payments if p.on < first), Decimal(0))
    if unpaid <= 0 or rule.accrual is None:
        return None
    days = (last - first).days + 1
    base = overdue if original else unpaid
    stop = next((s for s in stops if s.start <= first and (s.end is None or first < s.end)), None)
    if stop is not None:
        pause = rule.pauses[stop.reason]
        return Charge(first, last, days, base, Decimal(0), f"{pause.name}不予计算", pause.law or rule.article)
    amount = base * rule.accrual.rate * days
    return Charge(
        first, last, days, base, amount, f"每日按 {(rule.accrual.rate * 100).normalize():f}% 加处", rule.article
    )


def _cap_day(rate: Decimal, line: Charge, left: Decimal) -> date:
    """The day on which the remaining room under the cap is used up."""
    needed = (left / (line.base * rate)).to_integral_value(ROUND_CEILING)
    return line.first + timedelta(days=max(int(needed), 1) - 1)
