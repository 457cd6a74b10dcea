"""Conversion functions, and those over dates, times and durations."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from feel.budget import Meter
from feel.errors import Nothing
from feel.functions.numbers import whole
from feel.functions.registry import ABSENT, builtin
from feel.temporal import (
    NANO,
    Date,
    DateTime,
    Time,
    YearMonthDuration,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
    zone_exists,
)
from feel.values import NUMBERS, equal, from_python, text_of

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MIDNIGHT: Final = Time(0)
_PLAIN_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


@builtin("date", "from:str|date|dt", result="date")
def _date(meter: Meter, source: Any) -> Date:
    if type(source) is str:
        date = parse_date(source)
        if date is None:
            raise Nothing(f"“{source}”不是日期，应如“2026-03-02”")
        return date
    return source.date if type(source) is DateTime else source


@builtin("date", "year:num", "month:num", "day:num", result="date")
def _date_of(meter: Meter, year: Decimal, month: Decimal, day: Decimal) -> Date:
    date = Date.valid(whole(year, "年"), whole(month, "月"), whole(day, "日"))
    if date is None or any(n != n.to_integral_value() for n in (year, month, day)):
        raise Nothing(f"没有 {year:f} 年 {month:f} 月 {day:f} 日")
    return date


@builtin("date and time", "from:str|date|dt", result="date and time")
def _date_and_time(meter: Meter, source: Any) -> DateTime:
    if type(source) is DateTime:
        return source
    if type(source) is Date:
        return DateTime(source, _MIDNIGHT)
    moment = parse_date_time(source)
    if moment is None:
        date = parse_date(source)
        moment = DateTime(date, _MIDNIGHT) if date else None
    if moment is None:
        raise Nothing(f"“{source}”不是日期时间，应如“2026-03-02T09:00:00+08:00”")
    return moment


@builtin("date and time", "date:date|dt", "time:time", result="date and time")
def _date_with_time(meter: Meter, date: Any, time: Time) -> DateTime:
    return DateTime(date.date if type(date) is DateTime else date, time)


@builtin(
    "date and time", "year:num", "month:num", "day:num", "hour:num", "minute:num", "second:num", "offset?:dtd|opt",
    result="date and time",
)  # fmt: skip
def _date_and_time_of(
    meter: Meter,
    year: Decimal,
    month: Decimal,
    day: Decimal,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    offset: Any = None,
) -> DateTime:
    return DateTime(_date_of(meter, year, month, day), _time_of(meter, hour, minute, second, offset))


@builtin(
    "date and time", "year:num", "month:num", "day:num", "hour:num", "minute:num", "second:num", "timezone:str",
    result="date and time",
)  # fmt: skip
def _date_and_time_in(
    meter: Meter,
    year: Decimal,
    month: Decimal,
    day: Decimal,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    timezone: str,
) -> DateTime:
    if not zone_exists(timezone):
        raise Nothing(f"没有名为“{timezone}”的时区")
    time = _time_of(meter, hour, minute, second)
    return DateTime(_date_of(meter, year, month, day), Time(time.seconds, time.nanos, None, timezone))


@builtin("time", "from:str|date|time|dt", result="time")
def _time(meter: Meter, source: Any) -> Time:
    if type(source) is DateTime:
        return source.time
    if type(source) is Date:
        return Time(0, 0, 0)
    if type(source) is Time:
        return source
    time = parse_time(source)
    if time is None:
        raise Nothing(f"“{source}”不是时间，应如“09:30:00”")
    return time


@builtin("time", "hour:num", "minute:num", "second:num", "offset?:dtd|opt", result="time")
def _time_of(meter: Meter, hour: Decimal, minute: Decimal, second: Decimal, offset: Any = None) -> Time:
    h, m, s = whole(hour, "时"), whole(minute, "分"), whole(second, "秒")
    if not (0 <= h < 24 and 0 <= m < 60 and 0 <= s < 60 and hour >= 0 and minute >= 0 and second >= 0):
        raise Nothing(f"没有 {hour:f} 时 {minute:f} 分 {second:f} 秒")
    nanos = int((second - s) * NANO)
    shift = None
    if offset is not None and offset is not ABSENT:
        shift = offset.nanos // NANO
        if abs(shift) > 18 * 3600:
            raise Nothing("时区偏移不能超过 18 小时")
    return Time(h * 3600 + m * 60 + s, nanos, shift)


@builtin("duration", "from:str|dtd|ymd")
def _duration(meter: Meter, source: Any) -> Any:
    if type(source) is not str:
        return source
    duration = parse_duration(source)
    if duration is None:
        raise Nothing(f"“{source}”不是时长，应如“P15D”“PT2H”“P1Y6M”")
    return duration


@builtin("years and months duration", "from:date|dt", "to:date|dt", result="years and months duration")
def _years_and_months(meter: Meter, start: Any, end: Any) -> YearMonthDuration:
    # Whole months between the days; the time of day does not count.
    a, b = _day(start), _day(end)
    months = (b.year - a.year) * 12 + b.month - a.month
    if months > 0 and b.day < a.day:
        months -= 1
    elif months < 0 and b.day > a.day:
        months += 1
    return YearMonthDuration(months)


@builtin("number", "from:str|num", result="number")
def _number_from(meter: Meter, source: Any) -> Decimal:
    return source if type(source) is Decimal else _to_number(source)


@builtin("number", "from:str", "grouping separator:str|opt", "decimal separator:str|opt", result="number")
def _number(meter: Meter, source: str, grouping: str | None, point: str | None) -> Decimal:
    if grouping not in (None, " ", ",", "."):
        raise Nothing("分组符应为空格、逗号或点")
    if point not in (None, ",", "."):
        raise Nothing("小数点应为点或逗号")
    if grouping is not None and grouping == point:
        raise Nothing("分组符与小数点不能相同")
    if point == "," and grouping != "." and "." in source:
        raise Nothing(f"“{source}”不是数字")
    text = source.replace(grouping, "") if grouping else source
    return _to_number(text.replace(point, ".") if point and point != "." else text)


def _to_number(text: str) -> Decimal:
    if not _PLAIN_NUMBER.fullmatch(text):
        raise Nothing(f"“{text[:40]}”不是数字")
    return NUMBERS.create_decimal(text)


@builtin("string", "from", result="string")
def _string(meter: Meter, source: Any) -> str:
    if source is None:
        raise Nothing("空值没有文字形式")
    return text_of(source, meter)


@builtin("is", "value1?", "value2?", result="boolean")
def _is(meter: Meter, a: Any = None, b: Any = None) -> bool:
    a, b = (None if a is ABSENT else a), (None if b is ABSENT else b)
    if type(a) is not type(b):
        return False
    if type(a) is Time:
        return a.same(b)
    if type(a) is DateTime:
        return a.date == b.date and a.time.same(b.time)
    return equal(a, b, meter) is True


def _day(value: Any) -> Date:
    return value.date if type(value) is DateTime else value


@builtin("day of year", "date:date|dt", result="number")
def _day_of_year(meter: Meter, date: Any) -> Decimal:
    return Decimal(_day(date).day_of_year)


@builtin("day of week", "date:date|dt", result="string")
def _day_of_week(meter: Meter, date: Any) -> str:
    return _DAYS[_day(date).weekday - 1]


@builtin("month of year", "date:date|dt", result="string")
def _month_of_year(meter: Meter, date: Any) -> str:
    return _MONTHS[_day(date).month - 1]


@builtin("week of year", "date:date|dt", result="number")
def _week_of_year(meter: Meter, date: Any) -> Decimal:
    return Decimal(_day(date).week_of_year)


@builtin("now", result="date and time")
def _now(meter: Meter) -> Any:
    if meter.host.clock is None:
        raise Nothing("此处没有时钟，不能用 now()，请改用数据中的时间")
    return from_python(meter.host.clock(), meter)


@builtin("today", result="date")
def _today(meter: Meter) -> Any:
    if meter.host.clock is None:
        raise Nothing("此处没有时钟，不能用 today()，请改用数据中的日期")
    return from_python(meter.host.clock().date(), meter)


@builtin("not", "negand:bool|opt", result="boolean")
def _not(meter: Meter, negand: Any) -> bool | None:
    return None if negand is None else not negand
