"""The operators + - * / ** and unary minus over all kinds of values, and the properties behind a dot."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any, Final

from feel.budget import Meter
from feel.errors import Nothing
from feel.temporal import (
    DAY,
    NANO,
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
)
from feel.values import NUMBERS, Range, kind_name

Operation = Callable[[Any, Any], Any]


def _checked(value: Any) -> Any:
    if value is None:
        raise Nothing("日期超出可表示的年份")
    return value


def _date_plus(date: Date, duration: DayTimeDuration) -> Any:
    # A day has no clock: it is taken as midnight, and what is left of a day is dropped.
    return _checked(Date.from_ordinal(date.ordinal + duration.nanos // (DAY * NANO)))


def _moments_apart(a: DateTime, b: DateTime) -> DayTimeDuration:
    if (a.time.utc_offset(a.date) is None) != (b.time.utc_offset(b.date) is None):
        raise Nothing("一个时间有时区、另一个没有，不能相减")
    return DayTimeDuration(a.nanos() - b.nanos())


def _times_apart(a: Time, b: Time) -> DayTimeDuration:
    offset_a, offset_b = a.utc_offset(), b.utc_offset()
    if (offset_a is None) != (offset_b is None):
        raise Nothing("一个时间有时区、另一个没有，不能相减")
    seconds = a.seconds - b.seconds - (offset_a or 0) + (offset_b or 0)
    return DayTimeDuration(seconds * NANO + a.nanos - b.nanos)


def _at_midnight(date: Date) -> DateTime:
    return DateTime(date, Time(0, 0, 0))


def _scaled(amount: int, factor: Decimal) -> int:
    return int(NUMBERS.multiply(Decimal(amount), factor))


def _ratio(a: int, b: int) -> Decimal:
    return NUMBERS.divide(Decimal(a), Decimal(b))


def _text_join(a: str, b: str) -> str:
    return a + b


_D, _S, _DATE, _TIME, _DT, _DTD, _YMD = Decimal, str, Date, Time, DateTime, DayTimeDuration, YearMonthDuration

_ADD: Final[dict[tuple[type, type], Operation]] = {
    (_D, _D): NUMBERS.add,
    (_S, _S): _text_join,
    (_DTD, _DTD): lambda a, b: _DTD(a.nanos + b.nanos),
    (_YMD, _YMD): lambda a, b: _YMD(a.total + b.total),
    (_DATE, _DTD): _date_plus,
    (_DTD, _DATE): lambda a, b: _date_plus(b, a),
    (_DATE, _YMD): lambda a, b: _checked(a.plus_months(b.total)),
    (_YMD, _DATE): lambda a, b: _checked(b.plus_months(a.total)),
    (_DT, _DTD): lambda a, b: _checked(a.plus(b.nanos)),
    (_DTD, _DT): lambda a, b: _checked(b.plus(a.nanos)),
    (_DT, _YMD): lambda a, b: _checked(a.plus_months(b.total)),
    (_YMD, _DT): lambda a, b: _checked(b.plus_months(a.total)),
    (_TIME, _DTD): lambda a, b: a.plus(b.nanos),
    (_DTD, _TIME): lambda a, b: b.plus(a.nanos),
}
_SUBTRACT: Final[dict[tuple[type, type], Operation]] = {
    (_D, _D): NUMBERS.subtract,
    (_DTD, _DTD): lambda a, b: _DTD(a.nanos - b.nanos),
    (_YMD, _YMD): lambda a, b: _YMD(a.total - b.total),
    (_DATE, _DATE): lambda a, b: _DTD((a.ordinal - b.ordinal) * DAY * NANO),
    (_DT, _DT): _moments_apart,
    (_DT, _DATE): lambda a, b: _moments_apart(a, _at_midnight(b)),
    (_DATE, _DT): lambda a, b: _moments_apart(_at_midnight(a), b),
    (_TIME, _TIME): _times_apart,
    (_DATE, _DTD): lambda a, b: _date_plus(a, _DTD(-b.nanos)),
    (_DATE, _YMD): lambda a, b: _checked(a.plus_months(-b.total)),
    (_DT, _DTD): lambda a, b: _checked(a.plus(-b.nanos)),
    (_DT, _YMD): lambda a, b: _checked(a.plus_months(-b.total)),
    (_TIME, _DTD): lambda a, b: a.plus(-b.nanos),
}
_MULTIPLY: Final[dict[tuple[type, type], Operation]] = {
    (_D, _D): NUMBERS.multiply,
    (_DTD, _D): lambda a, b: _DTD(_scaled(a.nanos, b)),
    (_D, _DTD): lambda a, b: _DTD(_scaled(b.nanos, a)),
    (_YMD, _D): lambda a, b: _YMD(_scaled(a.total, b)),
    (_D, _YMD): lambda a, b: _YMD(_scaled(b.total, a)),
}
_DIVIDE: Final[dict[tuple[type, type], Operation]] = {
    (_D, _D): NUMBERS.divide,
    (_DTD, _D): lambda a, b: _DTD(int(NUMBERS.divide(Decimal(a.nanos), b))),
    (_YMD, _D): lambda a, b: _YMD(int(NUMBERS.divide(Decimal(a.total), b))),
    (_DTD, _DTD): lambda a, b: _ratio(a.nanos, b.nanos),
    (_YMD, _YMD): lambda a, b: _ratio(a.total, b.total),
}
TABLES: Final[dict[str, dict[tuple[type, type], Operation]]] = {
    "+": _ADD,
    "-": _SUBTRACT,
    "*": _MULTIPLY,
    "/": _DIVIDE,
    "**": {(_D, _D): NUMBERS.power},
}
# No duration may grow without bound: beyond this the answer is null (about the age of the universe in nanoseconds).
_LONGEST: Final = 10**27


COSTLY: Final = 16
"""What a power, root or logarithm counts for on the meter."""


def combine(op: str, a: Any, b: Any, meter: Meter) -> Any:
    """``a op b``. Raises Nothing where the standard says null."""
    if op == "**":
        meter.spend(COSTLY)
    operation = TABLES[op].get((type(a), type(b)))
    if operation is None:
        if a is None or b is None:
            raise Nothing(f"“{op}”的一边是空值")
        raise Nothing(f"{kind_name(a)}与{kind_name(b)}不能用“{op}”运算")
    try:
        result = operation(a, b)
    except (DecimalException, ZeroDivisionError):
        raise Nothing("除数为 0 或结果超出可表示的范围") from None
    kind = type(result)
    if kind is str:
        meter.text(len(result))
    elif (kind is DayTimeDuration and abs(result.nanos) > _LONGEST) or (
        kind is YearMonthDuration and abs(result.total) > _LONGEST
    ):
        raise Nothing("时长超出可表示的范围")
    return result


def negate(value: Any) -> Any:
    """Unary minus. Raises Nothing for what has none."""
    kind = type(value)
    if kind is Decimal:
        return NUMBERS.minus(value)
    if kind is DayTimeDuration:
        return DayTimeDuration(-value.nanos)
    if kind is YearMonthDuration:
        return YearMonthDuration(-value.total)
    raise Nothing(f"{kind_name(value)}不能取负")


def _offset(value: Any) -> Any:
    time, date = (value.time, value.date) if type(value) is DateTime else (value, None)
    offset = time.utc_offset(date)
    return None if offset is None else DayTimeDuration(offset * NANO)


_DATE_PROPERTIES: Final[dict[str, Callable[[Any], Any]]] = {
    "year": lambda v: Decimal(v.year),
    "month": lambda v: Decimal(v.month),
    "day": lambda v: Decimal(v.day),
    "weekday": lambda v: Decimal(v.weekday),
}
_TIME_PROPERTIES: Final[dict[str, Callable[[Any], Any]]] = {
    "hour": lambda v: Decimal(v.hour),
    "minute": lambda v: Decimal(v.minute),
    "second": lambda v: Decimal(v.second),
    "time offset": _offset,
    "timezone": lambda v: v.zone,
}


def _of_date(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: read(v.date)


def _of_time(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda v: read(v.time)


PROPERTIES: Final[dict[type, dict[str, Callable[[Any], Any]]]] = {
    Date: _DATE_PROPERTIES,
    Time: _TIME_PROPERTIES,
    DateTime: {
        **{name: _of_date(read) for name, read in _DATE_PROPERTIES.items()},
        **{name: _of_time(read) for name, read in _TIME_PROPERTIES.items()},
        "time offset": _offset,
    },
    DayTimeDuration: {
        "days": lambda v: Decimal(v.part(DAY, 0)),
        "hours": lambda v: Decimal(v.part(3600, 24)),
        "minutes": lambda v: Decimal(v.part(60, 60)),
        "seconds": lambda v: Decimal(v.part(1, 60)),
    },
    YearMonthDuration: {
        "years": lambda v: Decimal(v.years),
        "months": lambda v: Decimal(v.months),
    },
    Range: {
        "start": lambda v: v.start,
        "end": lambda v: v.end,
        "start included": lambda v: v.start_included,
        "end included": lambda v: v.end_included,
    },
}
"""The properties each kind of value has. This table is all that a dot can reach besides the entries of a context."""
