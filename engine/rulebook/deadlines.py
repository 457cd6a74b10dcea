"""Deadlines: from a rule, a trigger and what happened since to a date that explains itself.

A clock = rule + the day (or instant) it was triggered + pauses + extensions + what the agency confirmed. `due` answers
with the date, what remains, and every counted, skipped and paused day with its reason and article. Pure: reads no
clock, no file and no database; the same inputs give the same answer years later.

How days are counted (民事诉讼法85; 处罚法85, 强制法69, 复议法88 say which days are working days):
the day of the trigger is not counted; periods of months and years end on the day of the same number, or the last day of
the month; a period whose rule rolls over and ends on a rest day ends on the next working day; hours run through;
backwards and waiting periods count neither end. A pause takes out the days from its first up to, not including, its last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.rulebook.calendars import Calendar
from engine.rulebook.clock import (
    LOCAL,
    Clock,
    Extension,
    Pause,
    add_months,
    day_of,
    end_of,
    extension_refusal,
    moment_of,
    months_of,
    pause_days,
    pause_rule,
    paused_days,
    start_of,
    why_not_counted,
)
from engine.rulebook.periods import (
    BadDeadline,
    Kind,
    Rule,
    Setting,
    Unit,
    load_deadlines,
    load_settings,
)

__all__ = [
    "LOCAL",
    "BadDeadline",
    "Clock",
    "Due",
    "Extension",
    "Move",
    "Pause",
    "Rule",
    "Setting",
    "Span",
    "Wake",
    "by_id",
    "due",
    "due_date",
    "extension_refusal",
    "load_deadlines",
    "load_settings",
    "moved",
    "next_wake",
    "wakes",
    "window",
]

MORNING = time(8)


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive days treated alike, first and last included."""

    first: date
    last: date
    days: int
    reason: str
    article: str

    def as_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "days": self.days,
            "reason": self.reason,
            "article": self.article,
        }


@dataclass(frozen=True, slots=True)
class Due:
    """The answer. The day lists are worked out when asked for, so that a million answers cost a million dates.

    `due`: the last day (an instant for hours); for waiting periods the last day of waiting, for backward counts the
    latest day to act. `remaining`: in `remaining_unit`, negative when passed. `unconfirmed`: why the date may not be
    relied on silently; empty when it may. `provisional`: a pause is still open, counted as if it ended on `as_of`.
    `ignored`: pauses and extensions that do not count, with why.
    """

    clock: Clock
    calendar: Calendar
    as_of: date | datetime
    due: date | datetime
    remaining: int
    remaining_unit: Unit
    unconfirmed: tuple[str, ...]
    provisional: bool
    ignored: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the last day (or instant) lies before `as_of`."""
        return _passed(self.due, self.as_of)

    @property
    def allowed_from(self) -> date | None:
        """For a forward waiting period: the first day the act is allowed."""
        if self.clock.rule.kind is Kind.MIN and not self.clock.rule.backward:
            return day_of(self.due) + timedelta(days=1)
        return None

    @property
    def counted(self) -> tuple[Span, ...]:
        """Days that count, with reason and article."""
        return self._spans("counted")

    @property
    def skipped(self) -> tuple[Span, ...]:
        """Days that do not count: the first day, rest days, and the rest day the end rolled over."""
        return self._spans("skipped")

    @property
    def paused(self) -> tuple[Span, ...]:
        """Days taken out by pauses."""
        return self._spans("paused")

    def _spans(self, kind: str) -> tuple[Span, ...]:
        return tuple(_merge((d, r, a) for d, k, r, a in _walk(self) if k == kind))

    def as_dict(self) -> dict[str, Any]:
        """JSON form with the whole explanation."""
        return {
            "rule": self.clock.rule.id,
            "name": self.clock.rule.name,
            "version": self.clock.rule.version,
            "calendar": self.calendar.version,
            "article": self.clock.rule.article,
            "basis": self.clock.rule.basis,
            "started": self.clock.started.isoformat(),
            "length": str(self.clock.length),
            "due": self.due.isoformat(),
            "allowed_from": self.allowed_from.isoformat() if self.allowed_from else None,
            "remaining": self.remaining,
            "remaining_unit": str(self.remaining_unit),
            "passed": self.passed,
            "provisional": self.provisional,
            "counted": [s.as_dict() for s in self.counted],
            "skipped": [s.as_dict() for s in self.skipped],
            "paused": [s.as_dict() for s in self.paused],
            "ignored": list(self.ignored),
            "unconfirmed": list(self.unconfirmed),
        }


@dataclass(frozen=True, slots=True)
class Wake:
    """An instant at which a clock must be looked at: `warning` (lead before), `breach`, `elapsed` or `again`."""

    at: datetime
    kind: str
    lead: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A clock whose date changed with the calendar, and the days that caused it."""

    clock: Clock
    before: date | datetime
    after: date | datetime
    because: tuple[str, ...]


def due(clock: Clock, calendar: Calendar, as_of: date | datetime) -> Due:
    """The date with its explanation. Raises BadDeadline for units without dates (学时) and hours without an instant."""
    ignored: list[str] = []
    end = end_of(clock, calendar, as_of, ignored)
    unit = clock.length.unit if clock.length.unit in (Unit.WORKING_DAY, Unit.HOUR) else Unit.DAY
    return Due(
        clock=clock,
        calendar=calendar,
        as_of=as_of,
        due=end,
        remaining=_remaining(clock, calendar, as_of, end, unit),
        remaining_unit=unit,
        unconfirmed=_unconfirmed(clock, calendar, end),
        provisional=any(p.end is None for p in clock.pauses if why_not_counted(clock, p) is None),
        ignored=tuple(ignored),
    )


def due_date(clock: Clock, calendar: Calendar, as_of: date | datetime | None = None) -> date | datetime:
    """Only the date: the fast path. An open pause counts up to `as_of`; without it, not at all (the earliest date)."""
    return end_of(clock, calendar, as_of, None)


# ── remaining, unconfirmed ───────────────────────────────────────────────────────────────────────────────────────────
def _remaining(clock: Clock, calendar: Calendar, as_of: date | datetime, end: date | datetime, unit: Unit) -> int:
    if isinstance(end, datetime):
        left = end - moment_of(as_of)
        return left // timedelta(hours=1)
    today = day_of(as_of)
    days = calendar.working_days(today, end) if unit is Unit.WORKING_DAY else (end - today).days
    for first, until in paused_days(clock, as_of, None) if clock.pauses and days > 0 else ():
        a, b = max(first - 1, today.toordinal()), min(until - 1, end.toordinal())
        days -= calendar.count(a, b) if unit is Unit.WORKING_DAY else max(b - a, 0)
    return days


def _unconfirmed(clock: Clock, calendar: Calendar, end: date | datetime) -> tuple[str, ...]:
    reasons = []
    why = clock.rule.unconfirmed
    if why is not None and clock.setting is None:
        reasons.append(why)
    if isinstance(end, datetime):
        return tuple(reasons)
    working = clock.length.unit is Unit.WORKING_DAY
    if working or clock.rule.roll_over:
        unknown = calendar.unknown_years(day_of(clock.started) if working else end, end)
        if unknown:
            years = "、".join(map(str, unknown))
            reasons.append(f"{years}年放假调休安排未录入,按周末推算,公布后将重新计算")
    return tuple(reasons)


# ── explanation ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _walk(answer: Due) -> Iterable[tuple[date, str, str, str]]:
    """Every day from trigger to due with (day, counted|skipped|paused, reason, article)."""
    clock, rule = answer.clock, answer.clock.rule
    start = date.fromordinal(start_of(clock))
    if isinstance(answer.due, datetime):
        yield day_of(answer.due), "counted", f"自起算时刻连续计算 {clock.length}", rule.article
        return
    yield start, "skipped", "起算当日不计入", rule.start_law
    if rule.backward:
        yield from _walk_back(answer, start)
        return
    last = end_of(_without_roll(clock), answer.calendar, answer.as_of, None)
    first, stop = (start + timedelta(days=1), day_of(last)) if last >= start else (day_of(last), start)
    day = first
    while day <= stop:
        yield _explain(answer, day)
        day += timedelta(days=1)
    while day <= answer.due:
        reached = day == answer.due
        kind = answer.calendar.kind(day)
        text = (
            "末日顺延至此" if reached else f"末日遇休假日顺延({answer.calendar.kind(day - timedelta(days=1)).reason})"
        )
        yield day, "counted" if reached else "skipped", text if reached else f"{text}:{kind.reason}", rule.roll_law
        day += timedelta(days=1)


def _walk_back(answer: Due, start: date) -> Iterable[tuple[date, str, str, str]]:
    day = day_of(answer.due)
    yield day, "skipped", "最迟办理之日不计入", answer.clock.rule.article
    day += timedelta(days=1)
    while day < start:
        yield _explain(answer, day)
        day += timedelta(days=1)


def _explain(answer: Due, day: date) -> tuple[date, str, str, str]:
    clock, rule = answer.clock, answer.clock.rule
    for pause in clock.pauses:
        if why_not_counted(clock, pause) is None and not rule.backward:
            first, until = pause_days(clock, pause, answer.as_of)
            if first <= day.toordinal() < until:
                ground = pause_rule(clock, pause)
                return day, "paused", f"停表:{ground.name}", ground.law or rule.article
    if clock.length.unit is Unit.WORKING_DAY:
        kind = answer.calendar.kind(day)
        return (
            day,
            "counted" if kind.working else "skipped",
            kind.reason,
            rule.day_law if not kind.working else rule.article,
        )
    return day, "counted", "自然日", rule.article


def _without_roll(clock: Clock) -> Clock:
    if not clock.rule.roll_over:
        return clock
    return replace(clock, rule=replace(clock.rule, roll_over=False))


def _merge(days: Iterable[tuple[date, str, str]]) -> Iterable[Span]:
    first = last = None
    reason = article = ""
    for day, why, law in days:
        if (
            first is not None
            and last is not None
            and day - last == timedelta(days=1)
            and (why, law) == (reason, article)
        ):
            last = day
            continue
        if first is not None and last is not None:
            yield Span(first, last, (last - first).days + 1, reason, article)
        first = last = day
        reason, article = why, law
    if first is not None and last is not None:
        yield Span(first, last, (last - first).days + 1, reason, article)


# ── waking ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def wakes(
    clock: Clock, calendar: Calendar, as_of: date | datetime | None = None, *, warn_at: time = MORNING
) -> tuple[Wake, ...]:
    """When the clock must be looked at, in order. Nothing while a counting pause is open: the clock stands still."""
    if clock.length.unit is Unit.LESSON or clock.rule.kind in (Kind.WINDOW, Kind.IMMEDIATE):
        return ()
    if any(p.end is None and why_not_counted(clock, p) is None for p in clock.pauses):
        return ()
    end = due_date(clock, calendar, as_of)
    found = [_warning(clock, calendar, end, lead, warn_at) for lead in clock.rule.warning_leads]
    found.append(Wake(_after(end), _END_KIND.get(clock.rule.kind, "breach") if not clock.rule.backward else "breach"))
    return tuple(sorted((w for w in found if w.at > moment_of(clock.started)), key=lambda w: w.at))


_END_KIND = {
    Kind.MIN: "elapsed",
    Kind.FIXED: "elapsed",
    Kind.RULE: "elapsed",
    Kind.RETENTION: "elapsed",
    Kind.FREQUENCY: "again",
    Kind.ACCRUAL: "again",
}


def next_wake(clock: Clock, calendar: Calendar, after: datetime, *, warn_at: time = MORNING) -> Wake | None:
    """The first wake strictly after an instant, or None."""
    return next((w for w in wakes(clock, calendar, after, warn_at=warn_at) if w.at > after), None)


def _warning(clock: Clock, calendar: Calendar, end: date | datetime, lead: int, warn_at: time) -> Wake:
    if isinstance(end, datetime):
        return Wake(end - timedelta(hours=lead), "warning", lead)
    working = clock.length.unit is Unit.WORKING_DAY
    day = calendar.add_working_days(end, -lead) if working else end - timedelta(days=lead)
    return Wake(datetime.combine(day, warn_at, LOCAL), "warning", lead)


def _after(end: date | datetime) -> datetime:
    if isinstance(end, datetime):
        return end
    return datetime.combine(end + timedelta(days=1), time(), LOCAL)


# ── a calendar published late; windows ───────────────────────────────────────────────────────────────────────────────
def moved(clocks: Iterable[Clock], before: Calendar, after: Calendar, as_of: date) -> list[Move]:
    """The clocks whose date differs between two calendars, each with the changed days that lie within its run."""
    changed = before.differences(after)
    found = []
    for clock in clocks:
        old, new = due_date(clock, before, as_of), due_date(clock, after, as_of)
        if old == new:
            continue
        ends = sorted((day_of(clock.started), day_of(old), day_of(new)))
        why = tuple(f"{d}:{a.reason} → {b.reason}" for d, a, b in changed if ends[0] <= d <= ends[-1])
        found.append(Move(clock, old, new, why))
    return found


def window(rule: Rule, on: date) -> tuple[date, date]:
    """The rolling window of a `window` rule ending on `on`: first and last day, both counted."""
    if rule.kind is not Kind.WINDOW:
        raise BadDeadline(f"{rule.id}:{rule.name}不是统计窗口")
    return add_months(on, -months_of(rule.length)) + timedelta(days=1), on


def _passed(end: date | datetime, as_of: date | datetime) -> bool:
    if isinstance(end, datetime):
        return moment_of(as_of) > end
    return day_of(as_of) > end


def by_id(files: Iterable[Mapping[str, Any]]) -> dict[str, Rule]:
    """Rules of several files in one table. Raises BadDeadline on a repeated id."""
    rules: dict[str, Rule] = {}
    for mapping in files:
        for key, rule in load_deadlines(mapping).items():
            if key in rules:
                raise BadDeadline(f"期限编号在多个文件重复:{key}")
            rules[key] = rule
    return rules
