"""Working-day calendars: which day is a working day, and why.

A calendar is data: one file per year with the announced holidays and the weekends worked instead (调休), plus the extra
days of a province. Outside the years that are on file only weekends rest, and every answer that leans on such a year
says so (`unknown_years`): nothing is guessed silently.

Counting is by prefix sums over day ordinals, so that a million clocks can be recounted. Reads no clock and no file.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

FIRST_YEAR = 1990
LAST_YEAR = 2120
# The notice of a year also moves the last weekend before its New Year, so these days wait for it.
TURN_OF_YEAR = (12, 25)


class BadCalendar(ValueError):
    """日历内容有误:说明是哪个文件、哪一项、怎样改。"""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """One day that differs from the plain week: `working` with the name of its reason and where it was announced."""

    day: date
    working: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class DayKind:
    """Whether a day is worked, why, and whether that rests on an announced calendar."""

    working: bool
    reason: str
    source: str
    confirmed: bool


class Calendar:
    """An immutable calendar from 1990 to 2120; days outside raise `BadCalendar`.

    `years` are the years whose arrangement is announced; `special` the days that differ from the plain week, later
    entries win (a province's days come after the nation's). `version` names the content (SHA-256, 16 hex digits).
    """

    __slots__ = ("_base", "_prefix", "_work", "special", "version", "years")

    def __init__(self, years: Iterable[int], special: Iterable[SpecialDay]) -> None:
        self.years = frozenset(years)
        self.special = {entry.day: entry for entry in special}
        self._base = date(FIRST_YEAR, 1, 1).toordinal()
        size = date(LAST_YEAR, 12, 31).toordinal() - self._base + 1
        marks = {d.toordinal() - self._base: entry.working for d, entry in self.special.items()}
        weekday = date(FIRST_YEAR, 1, 1).weekday()
        work, prefix, passed = array("l"), array("l", [0]), 0
        for offset in range(size):
            working = marks.get(offset)
            if working is None:
                working = (weekday + offset) % 7 < 5
            if working:
                work.append(offset + self._base)
                passed += 1
            prefix.append(passed)
        self._work, self._prefix = work, prefix
        self.version = _fingerprint(self.years, self.special.values())

    # ── by ordinal: the counting path ────────────────────────────────────────────────────────────────────────────
    def count(self, after: int, until: int) -> int:
        """Working days in (after, until], both ordinals; 0 when until ≤ after."""
        if until <= after:
            return 0
        return self._prefix[self._offset(until) + 1] - self._prefix[self._offset(after) + 1]

    def nth_after(self, after: int, n: int) -> int:
        """The ordinal of the n-th working day strictly after `after` (n ≥ 1)."""
        index = self._prefix[self._offset(after) + 1] + n - 1
        if index >= len(self._work):
            raise BadCalendar(f"日期超出日历范围({FIRST_YEAR}–{LAST_YEAR}年)")
        return self._work[index]

    def nth_before(self, before: int, n: int) -> int:
        """The ordinal of the n-th working day strictly before `before` (n ≥ 1)."""
        index = self._prefix[self._offset(before)] - n
        if index < 0:
            raise BadCalendar(f"日期超出日历范围({FIRST_YEAR}–{LAST_YEAR}年)")
        return self._work[index]

    def roll(self, day: int) -> int:
        """The day itself when it is worked, else the first working day after it."""
        offset = self._offset(day)
        if self._prefix[offset + 1] > self._prefix[offset]:
            return day
        return self.nth_after(day, 1)

    def _offset(self, day: int) -> int:
        offset = day - self._base
        if 0 <= offset < len(self._prefix) - 1:
            return offset
        raise BadCalendar(f"日期超出日历范围({FIRST_YEAR}–{LAST_YEAR}年):{_show(day)}")

    # ── by date ──────────────────────────────────────────────────────────────────────────────────────────────────
    def is_working(self, day: date) -> bool:
        """Whether the day is worked."""
        offset = self._offset(day.toordinal())
        return self._prefix[offset + 1] > self._prefix[offset]

    def kind(self, day: date) -> DayKind:
        """The day with its reason, for explanations."""
        known = not self.unknown_years(day, day)
        entry = self.special.get(day)
        if entry is not None:
            reason = f"{entry.name}(调休上班)" if entry.working else f"{entry.name}放假"
            return DayKind(entry.working, reason, entry.source, confirmed=True)
        working = day.weekday() < 5
        reason = "工作日" if working else "双休日"
        if known:
            return DayKind(working, reason, "国家节假日安排", confirmed=True)
        return DayKind(working, f"{reason}(当年放假安排未录入)", "只按周末推算", confirmed=False)

    def add_working_days(self, start: date, n: int) -> date:
        """The n-th working day after (n > 0) or before (n < 0) `start`; `start` itself for 0."""
        if n == 0:
            return start
        ordinal = start.toordinal()
        return date.fromordinal(self.nth_after(ordinal, n) if n > 0 else self.nth_before(ordinal, -n))

    def working_days(self, after: date, until: date) -> int:
        """Working days in (after, until]; negative when `until` lies before `after`."""
        a, b = after.toordinal(), until.toordinal()
        return self.count(a, b) if b >= a else -self.count(b, a)

    def unknown_years(self, first: date, last: date) -> tuple[int, ...]:
        """The years whose arrangement is not on file and on which days between the two (inclusive, either order) depend."""
        low, high = (first, last) if first <= last else (last, first)
        until = high.year + 1 if (high.month, high.day) >= TURN_OF_YEAR else high.year
        return tuple(year for year in range(low.year, until + 1) if year not in self.years)

    def differences(self, other: Calendar) -> list[tuple[date, DayKind, DayKind]]:
        """Days worked in one calendar and not in the other: (day, here, there), in order."""
        days = sorted(set(self.special) | set(other.special))
        return [(d, self.kind(d), other.kind(d)) for d in days if self.is_working(d) != other.is_working(d)]


def load_calendar(files: Iterable[Mapping[str, object]]) -> Calendar:
    """A calendar from the mappings of its year files and, after them, a province's `extra` files.

    Year file: `year`, `status: announced|draft`, `source`, `holidays`/`workdays`: [{name, days: [date]}].
    Extra file: `extra: [{id, name, working: false, days: [date], source}]`. A draft year counts as not on file.
    Raises BadCalendar naming the file's year and the faulty entry.
    """
    years: list[int] = []
    special: list[SpecialDay] = []
    extras: list[SpecialDay] = []
    for file in files:
        if "extra" in file:
            extras.extend(extra_days(file))
            continue
        year = file.get("year")
        if not isinstance(year, int):
            raise BadCalendar("日历文件缺少 year(整数年份)")
        special.extend(_year_days(file, year))
        if file.get("status") == "announced":
            years.append(year)
    return Calendar(years, [*special, *extras])


def _year_days(file: Mapping[str, object], year: int) -> list[SpecialDay]:
    source = str(file.get("source") or "")
    if not source:
        raise BadCalendar(f"{year} 年日历缺少 source(公布文件)")
    days: list[SpecialDay] = []
    for key, working in (("holidays", False), ("workdays", True)):
        for group in _groups(file.get(key, []), f"{year} 年 {key}"):
            for day in _days(group, f"{year} 年 {key}"):
                if working == (day.weekday() < 5) and working:
                    raise BadCalendar(f"{day} 本来就是工作日,不能列为调休上班")
                days.append(SpecialDay(day, working, str(group["name"]), source))
    if len({d.day for d in days}) != len(days):
        raise BadCalendar(f"{year} 年日历同一天既放假又上班或重复,请核对")
    return days


def extra_days(file: Mapping[str, object]) -> list[SpecialDay]:
    """The days of a file with `extra`. Raises BadCalendar."""
    found = []
    for group in _groups(file.get("extra", []), "extra"):
        source = str(group.get("source") or "")
        if not source:
            raise BadCalendar(f"地方放假日 {group['name']} 缺少 source(依据文件)")
        for day in _days(group, "extra"):
            found.append(SpecialDay(day, group.get("working") is True, str(group["name"]), source))
    return found


def _groups(value: object, where: str) -> Sequence[Mapping[str, object]]:
    if not isinstance(value, list) or not all(isinstance(g, dict) and "name" in g and "days" in g for g in value):
        raise BadCalendar(f"{where} 应为列表,每项有 name 与 days")
    return value


def _days(group: Mapping[str, object], where: str) -> list[date]:
    days = group["days"]
    if not isinstance(days, list) or not all(type(d) is date for d in days):
        raise BadCalendar(f"{where} 的 {group['name']}:days 应为日期列表,如 [2026-10-01]")
    return days


def _fingerprint(years: Iterable[int], special: Iterable[SpecialDay]) -> str:
    text = json.dumps([sorted(years), sorted((str(s.day), s.working) for s in special)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _show(ordinal: int) -> str:
    return str(date.fromordinal(ordinal)) if 1 <= ordinal <= date.max.toordinal() else "无效日期"
