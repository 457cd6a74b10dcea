"""Dates, times and durations of FEEL: any year, nanoseconds, offsets and named zones; no clock is read here.

Python's own datetime types end at the year 9999 and at microseconds, so values live in these classes and are turned
into Python's where they leave the package (``values.to_python``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NANO: Final = 1_000_000_000
DAY: Final = 86_400
MAX_YEAR: Final = 999_999_999
_ZONE_RE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")


def days_in_month(year: int, month: int) -> int:
    """Days of a month of the proleptic Gregorian calendar, any year."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


class Date:
    """A calendar day; years from -999999999 to 999999999."""

    __slots__ = ("day", "month", "ordinal", "year")

    def __init__(self, year: int, month: int, day: int) -> None:
        self.year = year
        self.month = month
        self.day = day
        y = year - (month <= 2)
        era = y // 400
        yoe = y - era * 400
        doy = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
        doe = yoe * 365 + yoe // 4 - yoe // 100 + doy
        self.ordinal = era * 146_097 + doe  # days since 0000-03-01

    @classmethod
    def valid(cls, year: int, month: int, day: int) -> Date | None:
        """The day, or None when there is no such day."""
        if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
            return None
        return cls(year, month, day)

    @classmethod
    def from_ordinal(cls, ordinal: int) -> Date | None:
        """The day so many days after 0000-03-01, or None beyond the years we know."""
        era = ordinal // 146_097
        doe = ordinal - era * 146_097
        yoe = (doe - doe // 1460 + doe // 36_524 - doe // 146_096) // 365
        doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
        mp = (5 * doy + 2) // 153
        month = mp + (3 if mp < 10 else -9)
        year = yoe + era * 400 + (month <= 2)
        return cls(year, month, doy - (153 * mp + 2) // 5 + 1) if abs(year) <= MAX_YEAR else None

    def plus_months(self, months: int) -> Date | None:
        """So many months later; the day is clipped to the end of the month."""
        total = self.year * 12 + self.month - 1 + months
        year, month = total // 12, total % 12 + 1
        if abs(year) > MAX_YEAR:
            return None
        return Date(year, month, min(self.day, days_in_month(year, month)))

    @property
    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday."""
        return (self.ordinal + 2) % 7 + 1

    @property
    def day_of_year(self) -> int:
        """1 is the first of January."""
        return self.ordinal - Date(self.year, 1, 1).ordinal + 1

    @property
    def week_of_year(self) -> int:
        """The week by ISO 8601."""
        thursday = Date.from_ordinal(self.ordinal + 4 - self.weekday)
        return (thursday.day_of_year - 1) // 7 + 1 if thursday else 1

    def __eq__(self, other: object) -> bool:
        return type(other) is Date and self.ordinal == other.ordinal

    def __hash__(self) -> int:
        return hash((Date, self.ordinal))

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"

    __repr__ = __str__


@lru_cache(maxsize=1024)
def zone_exists(name: str) -> bool:
    """Whether the time zone database knows this name."""
    if not _ZONE_RE.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _zone_offset(zone: str, date: Date | None, seconds: int) -> int:
    """Seconds east of Greenwich at a local time; far years use the year of the same shape between 2000 and 2399."""
    if date is None:
        moment = datetime(2000, 1, 1, tzinfo=UTC)
        found = moment.astimezone(ZoneInfo(zone)).utcoffset()
    else:
        year = date.year if 1 < date.year < 9999 else 2000 + date.year % 400
        hour, rest = divmod(seconds, 3600)
        found = datetime(year, date.month, date.day, hour, rest // 60, rest % 60, tzinfo=ZoneInfo(zone)).utcoffset()
    return int(found.total_seconds()) if found is not None else 0


class Time:
    """A time of day: seconds since midnight, nanoseconds, and either an offset in seconds, a zone name, or neither."""

    __slots__ = ("nanos", "offset", "seconds", "zone")

    def __init__(self, seconds: int, nanos: int = 0, offset: int | None = None, zone: str | None = None) -> None:
        self.seconds = seconds
        self.nanos = nanos
        self.offset = offset
        self.zone = zone

    @property
    def hour(self) -> int:
        return self.seconds // 3600

    @property
    def minute(self) -> int:
        return self.seconds // 60 % 60

    @property
    def second(self) -> int:
        return self.seconds % 60

    def utc_offset(self, date: Date | None = None) -> int | None:
        """Seconds east of Greenwich on a day, or None for a local time."""
        if self.zone is not None:
            return _zone_offset(self.zone, date, self.seconds)
        return self.offset

    def plus(self, nanos: int) -> Time:
        """Later on the clock face, past midnight if need be."""
        total = (self.seconds * NANO + self.nanos + nanos) % (DAY * NANO)
        return Time(total // NANO, total % NANO, self.offset, self.zone)

    def rank(self) -> tuple[bool, int]:
        """What comparisons look at: whether it is bound to a zone, and whole seconds."""
        offset = self.utc_offset()
        return offset is not None, self.seconds - (offset or 0)

    def same(self, other: Time) -> bool:
        """Identity in the sense of is(): equal in every part."""
        return (self.seconds, self.nanos, self.offset, self.zone) == (
            other.seconds,
            other.nanos,
            other.offset,
            other.zone,
        )

    def __eq__(self, other: object) -> bool:
        return type(other) is Time and self.rank() == other.rank()

    def __hash__(self) -> int:
        return hash((Time, self.rank()))

    def __str__(self) -> str:
        text = f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}"
        if self.nanos:
            text += f".{self.nanos:09d}".rstrip("0")
        if self.zone is not None:
            return f"{text}@{self.zone}"
        return text if self.offset is None else text + offset_text(self.offset)

    __repr__ = __str__


def offset_text(offset: int) -> str:
    """An offset in seconds as ``Z`` or ``+08:00``."""
    if offset == 0:
        return "Z"
    minutes, seconds = divmod(abs(offset), 60)
    text = f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


class DateTime:
    """A day and a time of day; the time carries offset or zone."""

    __slots__ = ("date", "time")

    def __init__(self, date: Date, time: Time) -> None:
        self.date = date
        self.time = time

    def nanos(self) -> int:
        """Nanoseconds on the line of time: of UTC when bound to a zone, else of the local clock."""
        local = (self.date.ordinal * DAY + self.time.seconds) * NANO + self.time.nanos
        return local - (self.time.utc_offset(self.date) or 0) * NANO

    def rank(self) -> tuple[bool, int]:
        """What comparisons look at: whether it is bound to a zone, and whole seconds."""
        offset = self.time.utc_offset(self.date)
        return offset is not None, self.date.ordinal * DAY + self.time.seconds - (offset or 0)

    def plus(self, nanos: int) -> DateTime | None:
        """Later by so much; a zone counts real time, across a change of the clocks too."""
        time = self.time
        total = (self.date.ordinal * DAY + time.seconds) * NANO + time.nanos + nanos
        moved = _date_time(total, time)
        if moved is None or time.zone is None:
            return moved
        shift = (moved.time.utc_offset(moved.date) or 0) - (time.utc_offset(self.date) or 0)
        return _date_time(total + shift * NANO, time) if shift else moved

    def plus_months(self, months: int) -> DateTime | None:
        """So many months later at the same time of day."""
        date = self.date.plus_months(months)
        return DateTime(date, self.time) if date else None

    def __eq__(self, other: object) -> bool:
        return type(other) is DateTime and self.rank() == other.rank()

    def __hash__(self) -> int:
        return hash((DateTime, self.rank()))

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"

    __repr__ = __str__


def _date_time(total_nanos: int, like: Time) -> DateTime | None:
    seconds, nanos = divmod(total_nanos, NANO)
    days, seconds = divmod(seconds, DAY)
    date = Date.from_ordinal(days)
    return DateTime(date, Time(seconds, nanos, like.offset, like.zone)) if date else None


class DayTimeDuration:
    """A length of time in nanoseconds, signed."""

    __slots__ = ("nanos",)

    def __init__(self, nanos: int) -> None:
        self.nanos = nanos

    def part(self, unit: int, wrap: int) -> int:
        """A signed component: whole units of so many seconds, modulo ``wrap`` (0: unbounded)."""
        whole = abs(self.nanos) // NANO // unit
        whole = whole % wrap if wrap else whole
        return -whole if self.nanos < 0 else whole

    def timedelta(self) -> timedelta:
        """Python's own; raises OverflowError beyond 999,999,999 days."""
        return timedelta(microseconds=self.nanos // 1000)

    def __eq__(self, other: object) -> bool:
        return type(other) is DayTimeDuration and self.nanos == other.nanos

    def __hash__(self) -> int:
        return hash((DayTimeDuration, self.nanos))

    def __str__(self) -> str:
        seconds, nanos = divmod(abs(self.nanos), NANO)
        days, seconds = divmod(seconds, DAY)
        clock = "".join(f"{n}{unit}" for n, unit in ((seconds // 3600, "H"), (seconds // 60 % 60, "M")) if n)
        rest = seconds % 60
        if rest or nanos:
            clock += f"{rest}" + (f".{nanos:09d}".rstrip("0") if nanos else "") + "S"
        text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return ("-" if self.nanos < 0 else "") + "P" + (text or "T0S")

    __repr__ = __str__


class YearMonthDuration:
    """A length of time in whole months, signed. ``YearMonthDuration(14)`` is one year and two months."""

    __slots__ = ("total",)

    def __init__(self, total: int) -> None:
        self.total = total

    @property
    def years(self) -> int:
        return abs(self.total) // 12 * (-1 if self.total < 0 else 1)

    @property
    def months(self) -> int:
        return abs(self.total) % 12 * (-1 if self.total < 0 else 1)

    def __eq__(self, other: object) -> bool:
        return type(other) is YearMonthDuration and self.total == other.total

    def __hash__(self) -> int:
        return hash((YearMonthDuration, self.total))

    def __str__(self) -> str:
        years, months = divmod(abs(self.total), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.total < 0 else "") + "P" + (text or "0M")

    __repr__ = __str__


# [0-9] and not \d, which also takes digits of other scripts.
_DATE = r"(?P<year>-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = (
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<oh>[0-9]{2}):(?P<om>[0-9]{2})(?::(?P<os>[0-9]{2}))?|@(?P<zone>[A-Za-z0-9_+/-]+))?"
)
_DATE_RE = re.compile(_DATE)
_TIME_RE = re.compile(f"T?{_TIME}")
_DATE_TIME_RE = re.compile(f"{_DATE}T{_TIME}")
_DTD_RE = re.compile(
    r"(-)?P(?:([0-9]{1,18})D)?(?:T(?=[0-9])(?:([0-9]{1,18})H)?(?:([0-9]{1,18})M)?(?:([0-9]{1,18})(?:\.([0-9]*))?S)?)?"
)
_YMD_RE = re.compile(r"(-)?P(?:([0-9]{1,12})Y)?(?:([0-9]{1,12})M)?")


def parse_date(text: str) -> Date | None:
    """``2026-03-02``; None when it is not a day."""
    found = _DATE_RE.fullmatch(text)
    return _date_of(found) if found else None


def _date_of(found: re.Match[str]) -> Date | None:
    return Date.valid(int(found["year"]), int(found["month"]), int(found["day"]))


def _time_of(found: re.Match[str]) -> Time | None:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"])
    if minute > 59 or second > 59 or hour > 23:
        return None
    offset: int | None = None
    if found["utc"]:
        offset = 0
    elif found["sign"]:
        oh, om, os = int(found["oh"]), int(found["om"]), int(found["os"] or 0)
        if om > 59 or os > 59 or oh * 3600 + om * 60 + os > 18 * 3600:
            return None
        offset = (oh * 3600 + om * 60 + os) * (-1 if found["sign"] == "-" else 1)
    zone = found["zone"]
    if zone and not zone_exists(zone):
        return None
    nanos = int((found["fraction"] or "0")[:9].ljust(9, "0"))
    return Time(hour * 3600 + minute * 60 + second, nanos, offset, zone)


def parse_time(text: str) -> Time | None:
    """``09:30:00``, with fraction, ``Z``, ``+08:00`` or ``@Asia/Shanghai``."""
    found = _TIME_RE.fullmatch(text)
    return _time_of(found) if found else None


def parse_date_time(text: str) -> DateTime | None:
    """A day, ``T`` and a time; ``T24:00:00`` is midnight at the day's end."""
    found = _DATE_TIME_RE.fullmatch(text)
    if not found:
        return None
    date = _date_of(found)
    if date and found["hour"] == "24" and found["minute"] == found["second"] == "00" and not found["fraction"]:
        midnight = parse_date_time(f"{date}T00:00:00{text[found.end('second') :]}")
        following = Date.from_ordinal(date.ordinal + 1)
        return DateTime(following, midnight.time) if midnight and following else None
    time = _time_of(found)
    return DateTime(date, time) if date and time else None


def parse_duration(text: str) -> DayTimeDuration | YearMonthDuration | None:
    """``P1Y2M`` or ``P3DT4H``; None for anything else, also for a mixture of both kinds."""
    found = _YMD_RE.fullmatch(text)
    if found and (found[2] or found[3]):
        total = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearMonthDuration(-total if found[1] else total)
    found = _DTD_RE.fullmatch(text)
    if not found or not any(found[i] for i in range(2, 6)):
        return None
    seconds = int(found[2] or 0) * DAY + int(found[3] or 0) * 3600 + int(found[4] or 0) * 60 + int(found[5] or 0)
    nanos = seconds * NANO + int((found[6] or "0")[:9].ljust(9, "0"))
    return DayTimeDuration(-nanos if found[1] else nanos)


Temporal = Date | Time | DateTime | DayTimeDuration | YearMonthDuration


def parse_temporal(text: str) -> Temporal | None:
    """The value of an @-literal: whichever of the temporal types the text spells."""
    return parse_date(text) or parse_date_time(text) or parse_time(text) or parse_duration(text)
