"""What a FEEL value is, when two are equal or ordered, and how values enter and leave Python.

Inside, a value is one of: None, bool, Decimal, str, the classes of ``temporal``, Range, Function, list, dict. Anything
else is refused at the door, so no expression ever holds a Python object with attributes worth reaching for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any, Final
from zoneinfo import ZoneInfo

from feel.budget import Meter
from feel.errors import FeelError
from feel.temporal import (
    DAY,
    NANO,
    Date,
    DateTime,
    DayTimeDuration,
    Time,
    YearMonthDuration,
)

NUMBERS: Final = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=0, flags=[],
    traps=[InvalidOperation, DivisionByZero, Overflow],
)  # fmt: skip
"""Decimal arithmetic of the standard: 34 digits, half even."""


class Range:
    """An interval; an open side has None as its end. ``op`` is set when it was written as a test, as ``< 10``."""

    __slots__ = ("end", "end_included", "op", "start", "start_included")

    def __init__(self, start: Any, start_included: bool, end: Any, end_included: bool, op: str = "") -> None:
        self.start = start
        self.start_included = start_included
        self.end = end
        self.end_included = end_included
        self.op = op

    def __str__(self) -> str:
        if self.op:
            return f"({self.op} {literal_text(self.end if self.start is None else self.start)})"
        left, right = "[" if self.start_included else "(", "]" if self.end_included else ")"
        return f"{left}{literal_text(self.start)}..{literal_text(self.end)}{right}"


class Function:
    """Something that can be called: its parameter names and, for user functions, their types.

    ``call(meter, arguments)`` takes positional arguments, exactly as many as ``parameters`` unless ``variadic``.
    """

    __slots__ = ("call", "name", "optional", "parameters", "result", "types", "variadic")

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        call: Callable[[Meter, list[Any]], Any],
        types: tuple[Any, ...] = (),
        result: Any = None,
        optional: int = 0,
        variadic: bool = False,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.call = call
        self.types = types
        self.result = result
        self.optional = optional
        self.variadic = variadic

    def __str__(self) -> str:
        return f"function({', '.join(self.parameters)})"


KIND_NAMES: Final[dict[type, str]] = {
    type(None): "空值", bool: "是否", Decimal: "数字", str: "文字", Date: "日期", Time: "时间", DateTime: "日期时间",
    DayTimeDuration: "天时长", YearMonthDuration: "年月时长", Range: "区间", Function: "函数", list: "列表", dict: "上下文",
}  # fmt: skip
FEEL_TYPES: Final = frozenset(KIND_NAMES)
ORDERED: Final = frozenset({Decimal, str, Date, Time, DateTime, DayTimeDuration, YearMonthDuration})


def kind_name(value: object) -> str:
    """The Chinese name of a value's kind, for messages."""
    return KIND_NAMES.get(type(value), "未知")


def plain(value: Decimal) -> str:
    """A number in full, without exponent."""
    return format(value, "f")


def literal_text(value: Any) -> str:
    """A value as FEEL text that evaluates to it again."""
    kind = type(value)
    if kind is str:
        text: str = value
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
        return '"' + escaped.replace("\t", "\\t") + '"'
    if kind is Decimal:
        return plain(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return "null"
    if kind in (Range, Function):
        return str(value)
    return f'@"{value}"'


def same_kind_key(value: Any) -> Any:
    """A key by which two ordered values of one kind compare; times bound to a zone and local ones do not mix."""
    kind = type(value)
    if kind is Date:
        return value.ordinal
    if kind is DayTimeDuration:
        return value.nanos
    if kind is YearMonthDuration:
        return value.total
    return value


def compare(a: Any, b: Any) -> int | None:
    """-1, 0 or 1; None where the standard knows no order between the two."""
    kind = type(a)
    if kind is not type(b) or kind not in ORDERED:
        return None
    if kind is Time or kind is DateTime:
        (a_bound, a), (b_bound, b) = a.rank(), b.rank()
        if a_bound != b_bound:
            return None
    else:
        a, b = same_kind_key(a), same_kind_key(b)
    return -1 if a < b else 1 if a > b else 0


def equal(a: Any, b: Any, meter: Meter) -> bool | None:
    """Equality of the standard: None when the two are of different kinds (and neither is null)."""
    kind = type(a)
    if kind is not type(b):
        return False if a is None or b is None else None
    if kind is list:
        return _equal_lists(a, b, meter)
    if kind is dict:
        return _equal_contexts(a, b, meter)
    if kind is Range:
        if (a.start_included, a.end_included, a.op) != (b.start_included, b.end_included, b.op):
            return False
        return equal(a.start, b.start, meter) is True and equal(a.end, b.end, meter) is True
    if kind is Function:
        return a is b
    return bool(a == b)


def _equal_lists(a: list[Any], b: list[Any], meter: Meter) -> bool | None:
    if len(a) != len(b):
        return False
    meter.spend(len(a))
    return all(equal(x, y, meter) is True for x, y in zip(a, b, strict=True))


def _equal_contexts(a: dict[str, Any], b: dict[str, Any], meter: Meter) -> bool | None:
    if a.keys() != b.keys():
        return False
    meter.spend(len(a))
    return all(equal(value, b[key], meter) is True for key, value in a.items())


def within(value: Any, bounds: Range) -> bool | None:
    """Whether a value lies in a range; None when it cannot be compared with its ends."""
    if bounds.op == "!=":
        order = compare(value, bounds.start)
        return None if order is None else order != 0
    if bounds.start is not None:
        order = compare(value, bounds.start)
        if order is None:
            return None
        if order < 0 or (order == 0 and not bounds.start_included):
            return False
    if bounds.end is not None:
        order = compare(value, bounds.end)
        if order is None:
            return None
        if order > 0 or (order == 0 and not bounds.end_included):
            return False
    return True


def _number(value: Any) -> Decimal:
    number = NUMBERS.create_decimal(value)
    if not number.is_finite():
        raise FeelError(-1, f"数字 {value} 不是有限数，不能参与运算。", "value")
    return number


def _from_time(value: dt.time | dt.datetime) -> Time:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    zone = value.tzinfo
    if isinstance(zone, ZoneInfo) and zone.key:
        return Time(seconds, value.microsecond * 1000, None, zone.key)
    offset = value.utcoffset()
    return Time(seconds, value.microsecond * 1000, None if offset is None else round(offset.total_seconds()))


def _from_delta(value: dt.timedelta) -> DayTimeDuration:
    return DayTimeDuration((value.days * DAY + value.seconds) * NANO + value.microseconds * 1000)


def from_python(value: Any, meter: Meter) -> Any:
    """A value on its way in. Raises FeelError (code ``value``) for anything that is not data."""
    kind = type(value)
    if kind is list:
        meter.size(len(value))
        return [item if type(item) in _SETTLED else from_python(item, meter) for item in value]
    if kind is dict:
        meter.size(len(value))
        return {
            key if type(key) is str else str(key): item if type(item) in _SETTLED else from_python(item, meter)
            for key, item in value.items()
        }
    if kind in FEEL_TYPES:
        return value if kind is not Decimal or value.is_finite() else _number(value)
    return _from_other(value, meter)


_SETTLED: Final = FEEL_TYPES - {list, dict, Decimal}


def _from_other(value: Any, meter: Meter) -> Any:
    if isinstance(value, (int, Decimal)):
        return _number(value)
    if isinstance(value, float):
        return _number(repr(value))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dt.datetime):
        return DateTime(Date(value.year, value.month, value.day), _from_time(value))
    if isinstance(value, dt.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, dt.time):
        return _from_time(value)
    if isinstance(value, dt.timedelta):
        return _from_delta(value)
    if isinstance(value, Mapping):
        return from_python(dict(value), meter)
    if isinstance(value, (tuple, set, frozenset, list)):
        return from_python(list(value), meter)
    raise FeelError(
        -1,
        f"类型为 {type(value).__name__} 的值不能用于表达式，只接受数字、文字、是否、日期时间、列表和上下文。",
        "value",
    )


def _zone(time: Time) -> dt.tzinfo | None:
    if time.zone is not None:
        return ZoneInfo(time.zone)
    return None if time.offset is None else dt.timezone(dt.timedelta(seconds=time.offset))


def to_python(value: Any, meter: Meter) -> Any:
    """A value on its way out: Python's own types where they can hold it, else the classes of this package."""
    kind = type(value)
    if kind is list:
        meter.size(len(value))
        return [item if type(item) in _UNTOUCHED else to_python(item, meter) for item in value]
    if kind is dict:
        meter.size(len(value))
        return {key: item if type(item) in _UNTOUCHED else to_python(item, meter) for key, item in value.items()}
    if kind is Date and 1 <= value.year <= 9999:
        return dt.date(value.year, value.month, value.day)
    if kind is Time and value.nanos % 1000 == 0:
        return dt.time(value.hour, value.minute, value.second, value.nanos // 1000, tzinfo=_zone(value))
    if kind is DateTime and 1 <= value.date.year <= 9999 and value.time.nanos % 1000 == 0:
        return dt.datetime.combine(to_python(value.date, meter), to_python(value.time, meter))
    if kind is DayTimeDuration and abs(value.nanos) < 86_399_999_999_999 * NANO and value.nanos % 1000 == 0:
        return value.timedelta()
    return value


_UNTOUCHED: Final = frozenset({type(None), bool, Decimal, str, YearMonthDuration, Function, Range})


def text_of(value: Any, meter: Meter, quoted: bool = False) -> str:
    """What string() answers; strings inside lists and contexts are quoted."""
    kind = type(value)
    if kind is str:
        return literal_text(value) if quoted else value
    if kind is Decimal:
        return plain(value)
    if kind is bool or value is None:
        return literal_text(value)
    if kind is list:
        meter.spend(len(value) + 1)
        text = "[" + ", ".join(text_of(item, meter, True) for item in value) + "]"
    elif kind is dict:
        meter.spend(len(value) + 1)
        text = "{" + ", ".join(f"{_key_text(k)}: {text_of(v, meter, True)}" for k, v in value.items()) + "}"
    else:
        text = str(value)
    meter.text(len(text))
    return text


def _key_text(key: str) -> str:
    return key if key.replace("_", "a").replace(" ", "a").isalnum() and not key[:1].isdigit() else literal_text(key)
