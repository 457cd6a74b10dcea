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

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.rulebook.calendars import Calendar
from engine.rulebook.periods import (
    BadDeadline,
    Kind,
    Length,
    PauseRule,
    Rule,
    Setting,
    Unit,
    load_deadlines,
    load_settings,
)

__all__ = [
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

LOCAL = ZoneInfo("Asia/Shanghai")
MORNING = time(8)


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still from `start` until `end` (None: still standing), on a ground of the rule.

    `notice_served`: the day the party was told of it, where the rule requires that.
    """

    reason: str
    start: date | datetime
    end: date | datetime | None = None
    notice_served: date | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A lengthening, granted by a role (`head` …) on a day."""

    length: Length
    by: str
    granted_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """One running deadline. Day units take a date (or an instant, whose local day counts); hours need an aware instant."""

    rule: Rule
    started: date | datetime
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    setting: Setting | None = None

    @property
    def length(self) -> Length:
        """The length in force: the agency's where it confirmed one, else the rule's."""
        if self.setting is not None and self.setting.length is not None:
            return self.setting.length
        return self.rule.length


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
            return _day(self.due) + timedelta(days=1)
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
    end = _end(clock, calendar, as_of, ignored)
    unit = clock.length.unit if clock.length.unit in (Unit.WORKING_DAY, Unit.HOUR) else Unit.DAY
    return Due(
        clock=clock,
        calendar=calendar,
        as_of=as_of,
        due=end,
        remaining=_remaining(clock, calendar, as_of, end, unit),
        remaining_unit=unit,
        unconfirmed=_unconfirmed(clock, calendar, end),
        provisional=any(p.end is None for p in clock.pauses if _applies(clock, p) is None),
        ignored=tuple(ignored),
    )


def due_date(clock: Clock, calendar: Calendar, as_of: date | datetime | None = None) -> date | datetime:
    """Only the date: the fast path. An open pause counts up to `as_of`; without it, not at all (the earliest date)."""
    return _end(clock, calendar, as_of, None)


# ── counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _end(clock: Clock, calendar: Calendar, as_of: date | datetime | None, ignored: list[str] | None) -> date | datetime:
    rule, length = clock.rule, clock.length
    if length.unit is Unit.LESSON:
        raise BadDeadline(f"{rule.id}:{rule.name}以学时计,没有到期日;请用已完成学时与 {length} 比较")
    if length.unit is Unit.HOUR:
        return _end_of_hours(clock, as_of, ignored)
    start = _start(clock)
    if rule.backward or rule.kind is Kind.WINDOW:
        return date.fromordinal(_backwards(start, length, calendar, window=rule.kind is Kind.WINDOW))
    pauses = _paused(clock, as_of, ignored) if clock.pauses else []
    end = _advance(start, length, pauses, calendar)
    if clock.extensions:
        end = _extended(clock, end, pauses, calendar, ignored)
    if rule.roll_over and length.unit is not Unit.WORKING_DAY:
        end = calendar.roll(end)
    return date.fromordinal(end)


def _start(clock: Clock) -> int:
    """The ordinal of the day that is not counted."""
    day = _day(clock.started)
    if clock.rule.starts == "next_year":  # counts from 1 January after
        return date(day.year, 12, 31).toordinal()
    return day.toordinal()


def _advance(start: int, length: Length, pauses: list[tuple[int, int]], calendar: Calendar) -> int:
    """The last day of `length` after `start`, leaving out paused days (half-open, merged, sorted ordinals)."""
    working = length.unit is Unit.WORKING_DAY
    remaining = length.count
    if not working and length.unit is not Unit.DAY:
        remaining = _add_months(date.fromordinal(start), _months(length)).toordinal() - start
    if remaining == 0:
        return start
    position = start
    for first, until in pauses:
        if until <= position + 1:
            continue
        before = max(first - 1, position)
        free = calendar.count(position, before) if working else before - position
        if remaining <= free:
            break
        remaining -= free
        position = until - 1
    return calendar.nth_after(position, remaining) if working else position + remaining


def _backwards(start: int, length: Length, calendar: Calendar, *, window: bool) -> int:
    """The latest day with `length` whole days between it and `start`; for a window, its first day."""
    if window:
        return _add_months(date.fromordinal(start), -_months(length)).toordinal() + 1
    if length.unit is Unit.WORKING_DAY:
        return calendar.nth_before(start, length.count) - 1
    if length.unit is Unit.DAY:
        return start - length.count - 1
    return _add_months(date.fromordinal(start), -_months(length)).toordinal() - 1


def _extended(
    clock: Clock, end: int, pauses: list[tuple[int, int]], calendar: Calendar, ignored: list[str] | None
) -> int:
    allowed = clock.rule.extension
    used = 0
    for extension in clock.extensions:
        refusal = _extension_refusal(clock, extension, end, used)
        if refusal is not None or allowed is None:
            if ignored is not None:
                ignored.append(f"延长 {extension.length}({extension.granted_on})不计:{refusal}")
            continue
        used += 1
        end = _advance(end, extension.length, [p for p in pauses if p[1] > end], calendar)
    return end


def extension_refusal(clock: Clock, extension: Extension, calendar: Calendar) -> str | None:
    """Why this further extension may not be granted, in Chinese, or None. Verbs ask before they record one."""
    end = _advance(_start(clock), clock.length, _paused(clock, None, None), calendar)
    end = _extended(clock, end, _paused(clock, None, None), calendar, None)
    return _extension_refusal(clock, extension, end, len(clock.extensions))


def _extension_refusal(clock: Clock, extension: Extension, end: int, used: int) -> str | None:
    rule = clock.rule.extension
    if rule is None:
        return f"{clock.rule.name}依法不得延长"
    if not rule.enabled and not (clock.setting is not None and clock.setting.extension):
        return f"{clock.rule.name}的延长未核到依据,须由机构写明依据后启用"
    if extension.by != rule.by:
        return f"须由 {rule.by} 批准,不能由 {extension.by} 批准"
    if used >= rule.times:
        return f"只能延长 {rule.times} 次"
    if rule.longest is not None and (extension.length.unit is not rule.longest.unit or rule.longest < extension.length):
        return f"一次最多延长 {rule.longest}"
    if rule.before_expiry and extension.granted_on.toordinal() > end:
        return f"须在原期限届满({date.fromordinal(end)})前批准"
    return None


# ── pauses ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def _applies(clock: Clock, pause: Pause) -> str | None:
    """None when the pause counts, else why not."""
    rule = clock.rule.pauses.get(pause.reason)
    if rule is None:
        return f"停表事由 {pause.reason} 不在{clock.rule.name}的法定扣除事项内"
    if not rule.enabled and not (clock.setting is not None and pause.reason in clock.setting.pauses):
        return f"停表事由“{rule.name}”未核到依据,须由机构写明依据后启用"
    if rule.requires_notice and pause.notice_served is None:
        return f"“{rule.name}”期间未以书面({rule.requires_notice})告知当事人,不得扣除"
    return None


def _pause_rule(clock: Clock, pause: Pause) -> PauseRule:
    return clock.rule.pauses[pause.reason]


def _paused(clock: Clock, as_of: date | datetime | None, ignored: list[str] | None) -> list[tuple[int, int]]:
    """Merged [first, until) ordinals of the days that stand still."""
    spans = []
    for pause in clock.pauses:
        why_not = _applies(clock, pause)
        if why_not is not None:
            if ignored is not None:
                ignored.append(why_not)
            continue
        first, until = _pause_days(clock, pause, as_of)
        if until > first:
            spans.append((first, until))
    return _merged(spans)


def _pause_days(clock: Clock, pause: Pause, as_of: date | datetime | None) -> tuple[int, int]:
    first = _day(pause.start).toordinal()
    if _pause_rule(clock, pause).requires_notice and pause.notice_served is not None:
        first = max(first, pause.notice_served.toordinal())
    end = pause.end if pause.end is not None else as_of
    return first, first if end is None else _day(end).toordinal()


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, until in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((first, until))
    return merged


def _end_of_hours(clock: Clock, as_of: date | datetime | None, ignored: list[str] | None) -> datetime:
    """Hours run from the instant, through rest days; pauses take out their exact time."""
    start = _instant(clock.started, f"{clock.rule.id}:{clock.rule.name}以小时计,须有起算时刻(含时区)")
    spans = []
    for pause in clock.pauses:
        why_not = _applies(clock, pause)
        if why_not is None:
            end = pause.end if pause.end is not None else as_of
            spans.append((_moment(pause.start), _moment(end if end is not None else pause.start)))
        elif ignored is not None:
            ignored.append(why_not)
    remaining, position = timedelta(hours=clock.length.count), start
    for first, until in sorted(spans):
        if until <= position:
            continue
        free = max(first - position, timedelta())
        if remaining <= free:
            break
        remaining -= free
        position = max(position, until)
    return position + remaining


# ── remaining, unconfirmed ───────────────────────────────────────────────────────────────────────────────────────────
def _remaining(clock: Clock, calendar: Calendar, as_of: date | datetime, end: date | datetime, unit: Unit) -> int:
    if isinstance(end, datetime):
        left = end - _moment(as_of)
        return left // timedelta(hours=1)
    today = _day(as_of)
    days = calendar.working_days(today, end) if unit is Unit.WORKING_DAY else (end - today).days
    for first, until in _paused(clock, as_of, None) if clock.pauses and days > 0 else ():
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
        unknown = calendar.unknown_years(_day(clock.started) if working else end, end)
        if unknown:
            years = "、".join(map(str, unknown))
            reasons.append(f"{years}年放假调休安排未录入,按周末推算,公布后将重新计算")
    return tuple(reasons)


# ── explanation ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _walk(answer: Due) -> Iterable[tuple[date, str, str, str]]:
    """Every day from trigger to due with (day, counted|skipped|paused, reason, article)."""
    clock, rule = answer.clock, answer.clock.rule
    start = date.fromordinal(_start(clock))
    if isinstance(answer.due, datetime):
        yield _day(answer.due), "counted", f"自起算时刻连续计算 {clock.length}", rule.article
        return
    yield start, "skipped", "起算当日不计入", rule.start_law
    if rule.backward:
        yield from _walk_back(answer, start)
        return
    last = _end(_without_roll(clock), answer.calendar, answer.as_of, None)
    first, stop = (start + timedelta(days=1), _day(last)) if last >= start else (_day(last), start)
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
    day = _day(answer.due)
    yield day, "skipped", "最迟办理之日不计入", answer.clock.rule.article
    day += timedelta(days=1)
    while day < start:
        yield _explain(answer, day)
        day += timedelta(days=1)


def _explain(answer: Due, day: date) -> tuple[date, str, str, str]:
    clock, rule = answer.clock, answer.clock.rule
    for pause in clock.pauses:
        if _applies(clock, pause) is None and not rule.backward:
            first, until = _pause_days(clock, pause, answer.as_of)
            if first <= day.toordinal() < until:
                ground = _pause_rule(clock, pause)
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
    if any(p.end is None and _applies(clock, p) is None for p in clock.pauses):
        return ()
    end = due_date(clock, calendar, as_of)
    found = [_warning(clock, calendar, end, lead, warn_at) for lead in clock.rule.warning_leads]
    found.append(Wake(_after(end), _END_KIND.get(clock.rule.kind, "breach") if not clock.rule.backward else "breach"))
    return tuple(sorted((w for w in found if w.at > _moment(clock.started)), key=lambda w: w.at))


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
        ends = sorted((_day(clock.started), _day(old), _day(new)))
        why = tuple(f"{d}:{a.reason} → {b.reason}" for d, a, b in changed if ends[0] <= d <= ends[-1])
        found.append(Move(clock, old, new, why))
    return found


def window(rule: Rule, on: date) -> tuple[date, date]:
    """The rolling window of a `window` rule ending on `on`: first and last day, both counted."""
    if rule.kind is not Kind.WINDOW:
        raise BadDeadline(f"{rule.id}:{rule.name}不是统计窗口")
    return _add_months(on, -_months(rule.length)) + timedelta(days=1), on


# ── small things ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _months(length: Length) -> int:
    if length.unit is Unit.MONTH:
        return length.count
    if length.unit is Unit.YEAR:
        return length.count * 12
    raise BadDeadline(f"{length} 不是以月或年计的长度")


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _day(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return (value.astimezone(LOCAL) if value.tzinfo is not None else value).date()
    return value


def _instant(value: date | datetime, message: str) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadDeadline(message)
    return value


def _moment(value: date | datetime) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=LOCAL)
    return datetime.combine(value, time(), LOCAL)


def _passed(end: date | datetime, as_of: date | datetime) -> bool:
    if isinstance(end, datetime):
        return _moment(as_of) > end
    return _day(as_of) > end


def by_id(files: Iterable[Mapping[str, Any]]) -> dict[str, Rule]:
    """Rules of several files in one table. Raises BadDeadline on a repeated id."""
    rules: dict[str, Rule] = {}
    for mapping in files:
        for key, rule in load_deadlines(mapping).items():
            if key in rules:
                raise BadDeadline(f"期限编号在多个文件重复:{key}")
            rules[key] = rule
    return rules
