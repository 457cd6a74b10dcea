"""A running clock: what it is, which of its pauses and extensions count, and the day (or instant) on which it ends.

Counting is done on day ordinals. `deadlines` is the face; this is its arithmetic. Pure.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.rulebook.calendars import Calendar
from engine.rulebook.periods import BadDeadline, Kind, Length, PauseRule, Rule, Setting, Unit

LOCAL = ZoneInfo("Asia/Shanghai")


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


# ── counting ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def end_of(
    clock: Clock, calendar: Calendar, as_of: date | datetime | None, ignored: list[str] | None
) -> date | datetime:
    """The last day (or instant) of the period. What does not count goes to `ignored` with its reason, when given."""
    rule, length = clock.rule, clock.length
    if length.unit is Unit.LESSON:
        raise BadDeadline(f"{rule.id}:{rule.name}以学时计,没有到期日;请用已完成学时与 {length} 比较")
    if length.unit is Unit.HOUR:
        return end_of_hours(clock, as_of, ignored)
    start = start_of(clock)
    if rule.backward or rule.kind is Kind.WINDOW:
        return date.fromordinal(_backwards(start, length, calendar, window=rule.kind is Kind.WINDOW))
    pauses = paused_days(clock, as_of, ignored) if clock.pauses else []
    end = _advance(start, length, pauses, calendar)
    if clock.extensions:
        end = _extended(clock, end, pauses, calendar, ignored)
    if rule.roll_over and length.unit is not Unit.WORKING_DAY:
        end = calendar.roll(end)
    return date.fromordinal(end)


def start_of(clock: Clock) -> int:
    """The ordinal of the day that is not counted."""
    day = day_of(clock.started)
    if clock.rule.starts == "next_year":  # counts from 1 January after
        return date(day.year, 12, 31).toordinal()
    return day.toordinal()


def _advance(start: int, length: Length, pauses: list[tuple[int, int]], calendar: Calendar) -> int:
    """The last day of `length` after `start`, leaving out paused days (half-open, merged, sorted ordinals)."""
    working = length.unit is Unit.WORKING_DAY
    remaining = length.count
    if not working and length.unit is not Unit.DAY:
        remaining = add_months(date.fromordinal(start), months_of(length)).toordinal() - start
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
        return add_months(date.fromordinal(start), -months_of(length)).toordinal() + 1
    if length.unit is Unit.WORKING_DAY:
        return calendar.nth_before(start, length.count) - 1
    if length.unit is Unit.DAY:
        return start - length.count - 1
    return add_months(date.fromordinal(start), -months_of(length)).toordinal() - 1


def _extended(
    clock: Clock, end: int, pauses: list[tuple[int, int]], calendar: Calendar, ignored: list[str] | None
) -> int:
    allowed = clock.rule.extension
    used = 0
    for extension in clock.extensions:
        refusal = refusal_of(clock, extension, end, used)
        if refusal is not None or allowed is None:
            if ignored is not None:
                ignored.append(f"延长 {extension.length}({extension.granted_on})不计:{refusal}")
            continue
        used += 1
        end = _advance(end, extension.length, [p for p in pauses if p[1] > end], calendar)
    return end


def extension_refusal(clock: Clock, extension: Extension, calendar: Calendar) -> str | None:
    """Why this further extension may not be granted, in Chinese, or None. Verbs ask before they record one."""
    end = _advance(start_of(clock), clock.length, paused_days(clock, None, None), calendar)
    end = _extended(clock, end, paused_days(clock, None, None), calendar, None)
    return refusal_of(clock, extension, end, len(clock.extensions))


def refusal_of(clock: Clock, extension: Extension, end: int, used: int) -> str | None:
    """Why an extension may not be granted on a period that ends on the ordinal `end` after `used` extensions."""
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
def why_not_counted(clock: Clock, pause: Pause) -> str | None:
    """None when the pause counts, else why not."""
    rule = clock.rule.pauses.get(pause.reason)
    if rule is None:
        return f"停表事由 {pause.reason} 不在{clock.rule.name}的法定扣除事项内"
    if not rule.enabled and not (clock.setting is not None and pause.reason in clock.setting.pauses):
        return f"停表事由“{rule.name}”未核到依据,须由机构写明依据后启用"
    if rule.requires_notice and pause.notice_served is None:
        return f"“{rule.name}”期间未以书面({rule.requires_notice})告知当事人,不得扣除"
    return None


def pause_rule(clock: Clock, pause: Pause) -> PauseRule:
    """The ground of a pause that counts."""
    return clock.rule.pauses[pause.reason]


def paused_days(clock: Clock, as_of: date | datetime | None, ignored: list[str] | None) -> list[tuple[int, int]]:
    """Merged [first, until) ordinals of the days that stand still."""
    spans = []
    for pause in clock.pauses:
        why_not = why_not_counted(clock, pause)
        if why_not is not None:
            if ignored is not None:
                ignored.append(why_not)
            continue
        first, until = pause_days(clock, pause, as_of)
        if until > first:
            spans.append((first, until))
    return _merged(spans)


def pause_days(clock: Clock, pause: Pause, as_of: date | datetime | None) -> tuple[int, int]:
    """The [first, until) ordinals of a pause that counts; an open one lasts until `as_of`, without it no time."""
    first = day_of(pause.start).toordinal()
    if pause_rule(clock, pause).requires_notice and pause.notice_served is not None:
        first = max(first, pause.notice_served.toordinal())
    end = pause.end if pause.end is not None else as_of
    return first, first if end is None else day_of(end).toordinal()


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, until in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((first, until))
    return merged


def end_of_hours(clock: Clock, as_of: date | datetime | None, ignored: list[str] | None) -> datetime:
    """Hours run from the instant, through rest days; pauses take out their exact time."""
    start = instant_of(clock.started, f"{clock.rule.id}:{clock.rule.name}以小时计,须有起算时刻(含时区)")
    spans = []
    for pause in clock.pauses:
        why_not = why_not_counted(clock, pause)
        if why_not is None:
            end = pause.end if pause.end is not None else as_of
            spans.append((moment_of(pause.start), moment_of(end if end is not None else pause.start)))
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


# ── small things ─────────────────────────────────────────────────────────────────────────────────────────────────────
def months_of(length: Length) -> int:
    """A length of months or years in months. Raises BadDeadline for other units."""
    if length.unit is Unit.MONTH:
        return length.count
    if length.unit is Unit.YEAR:
        return length.count * 12
    raise BadDeadline(f"{length} 不是以月或年计的长度")


def add_months(day: date, months: int) -> date:
    """The day of the same number so many months on, or the last day of that month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of(value: date | datetime) -> date:
    """The day; of an instant, its day in China."""
    if isinstance(value, datetime):
        return (value.astimezone(LOCAL) if value.tzinfo is not None else value).date()
    return value


def instant_of(value: date | datetime, message: str) -> datetime:
    """The aware instant; raises BadDeadline with the message for anything else."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadDeadline(message)
    return value


def moment_of(value: date | datetime) -> datetime:
    """An instant; a day becomes its first moment in China."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=LOCAL)
    return datetime.combine(value, time(), LOCAL)
