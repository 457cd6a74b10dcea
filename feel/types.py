"""Types of FEEL: what ``instance of`` asks, what item definitions declare, what values become when they are bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from feel.budget import Meter
from feel.errors import Nothing
from feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from feel.values import Function, Range, kind_name


@dataclass(frozen=True, slots=True)
class Type:
    """A type. ``kind`` is the standard's name (``number``, ``list``, ``context`` …).

    ``item`` belongs to list and range, ``members`` to context, ``parameters`` and ``result`` to function. ``allowed``
    is a test that values must pass besides (item definitions); ``name`` is how the type is called in messages.
    """

    kind: str
    item: Type | None = None
    members: Mapping[str, Type] = field(default_factory=dict)
    parameters: tuple[Type, ...] | None = None
    result: Type | None = None
    allowed: Callable[[Any], bool] | None = None
    name: str = ""

    def __hash__(self) -> int:
        return hash((self.kind, self.item, tuple(self.members), self.parameters, self.result))

    def __str__(self) -> str:
        return self.name or CHINESE.get(self.kind, self.kind) + (f"<{self.item}>" if self.item else "")


CHINESE: Final = {
    "Any": "任意", "Null": "空值", "number": "数字", "string": "文字", "boolean": "是否", "date": "日期", "time": "时间",
    "date and time": "日期时间", "days and time duration": "天时长", "years and months duration": "年月时长",
    "list": "列表", "range": "区间", "context": "上下文", "function": "函数",
}  # fmt: skip

ANY: Final = Type("Any")
NULL: Final = Type("Null")
NUMBER: Final = Type("number")
STRING: Final = Type("string")
BOOLEAN: Final = Type("boolean")
DATE: Final = Type("date")
TIME: Final = Type("time")
DATE_TIME: Final = Type("date and time")
DURATION: Final = Type("days and time duration")
YEAR_MONTH_DURATION: Final = Type("years and months duration")

SIMPLE: Final[dict[str, Type]] = {
    t.kind: t for t in (ANY, NULL, NUMBER, STRING, BOOLEAN, DATE, TIME, DATE_TIME, DURATION, YEAR_MONTH_DURATION)
}

CLASSES: Final[dict[str, type]] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "days and time duration": DayTimeDuration,
    "years and months duration": YearMonthDuration,
}
_KINDS: Final = {cls: SIMPLE[kind] for kind, cls in CLASSES.items()}


def list_of(item: Type = ANY) -> Type:
    """A list whose items are of one type."""
    return Type("list", item=item)


def range_of(item: Type = ANY) -> Type:
    """A range over values of one type."""
    return Type("range", item=item)


def context_of(members: Mapping[str, Type] | None = None) -> Type:
    """A context with at least these entries; without any, every context."""
    return Type("context", members=dict(members or {}))


def type_of(value: Any) -> Type:
    """The type of a value, as exact as its class tells."""
    if value is None:
        return NULL
    simple = _KINDS.get(type(value))
    if simple:
        return simple
    if type(value) is list:
        return list_of()
    if type(value) is dict:
        return context_of({key: type_of(item) for key, item in value.items()})
    if type(value) is Range:
        return range_of(type_of(value.start if value.start is not None else value.end))
    return Type("function")


def conforms(value: Any, wanted: Type, meter: Meter | None = None) -> bool:
    """Whether a value may be bound to a name of this type, allowed values included. Null always may."""
    return _fits(value, wanted, meter, True)


def instance_of(value: Any, wanted: Type, meter: Meter) -> bool:
    """What ``instance of`` answers: null is an instance of nothing but Null, allowed values do not count."""
    if value is None:
        return wanted.kind == "Null"
    return _fits(value, wanted, meter, False)


def _fits(value: Any, wanted: Type, meter: Meter | None, allowed: bool) -> bool:
    if value is None:
        return True
    if meter is not None:
        meter.spend(1)
    cls = CLASSES.get(wanted.kind)
    fits = type(value) is cls if cls is not None else _fits_structure(value, wanted, meter, allowed)
    return fits and (not allowed or wanted.allowed is None or wanted.allowed(value))


def _fits_structure(value: Any, wanted: Type, meter: Meter | None, allowed: bool) -> bool:
    kind, item = wanted.kind, wanted.item
    if kind == "Any":
        return True
    if kind == "list":
        return type(value) is list and (item is None or all(_fits(one, item, meter, allowed) for one in value))
    if kind == "context":
        return type(value) is dict and all(
            key in value and _fits(value[key], t, meter, allowed) for key, t in wanted.members.items()
        )
    if kind == "range":
        ends = type(value) is Range and (value.start, value.end)
        return bool(ends) and (item is None or all(_fits(end, item, meter, allowed) for end in ends or ()))
    return kind == "function" and type(value) is Function and _function_fits(value, wanted)


def _function_fits(value: Function, wanted: Type) -> bool:
    if wanted.parameters is None:
        return True
    own = value.types or (ANY,) * len(value.parameters)
    if len(own) != len(wanted.parameters):
        return False
    # Parameters are contravariant, the result is covariant.
    if not all(subtype(need, have) for need, have in zip(wanted.parameters, own, strict=True)):
        return False
    return wanted.result is None or subtype(value.result or ANY, wanted.result)


def subtype(narrow: Type, wide: Type) -> bool:
    """Whether every value of ``narrow`` is one of ``wide``."""
    if wide.kind == "Any" or narrow.kind == "Null":
        return True
    if narrow.kind != wide.kind:
        return False
    if wide.kind in ("list", "range"):
        return wide.item is None or subtype(narrow.item or ANY, wide.item)
    if wide.kind == "context":
        return all(key in narrow.members and subtype(narrow.members[key], t) for key, t in wide.members.items())
    if wide.kind == "function" and wide.parameters is not None:
        if narrow.parameters is None or len(narrow.parameters) != len(wide.parameters):
            return False
        pairs = zip(wide.parameters, narrow.parameters, strict=True)
        return all(subtype(w, n) for w, n in pairs) and subtype(narrow.result or ANY, wide.result or ANY)
    return True


def coerce(value: Any, wanted: Type, meter: Meter | None = None) -> Any:
    """A value bound to a typed name: itself, wrapped in or taken out of a one-item list, a date at midnight UTC; else null."""
    if value is None or conforms(value, wanted, meter):
        return value
    if wanted.kind == "list" and type(value) is not list:
        wrapped = [coerce(value, wanted.item, meter) if wanted.item else value]
        return wrapped if wrapped != [None] and conforms(wrapped, wanted, meter) else None
    if type(value) is list and len(value) == 1 and wanted.kind != "list":
        return coerce(value[0], wanted, meter)
    if type(value) is Date and wanted.kind == "date and time":
        return DateTime(value, Time(0, 0, 0))
    return None


def bind(value: Any, wanted: Type, meter: Meter, what: str) -> Any:
    """A value coerced to a parameter's type. Raises Nothing when it does not fit: the call is then null."""
    if wanted is ANY:
        return value
    bound = coerce(value, wanted, meter)
    if bound is None and value is not None:
        raise Nothing(f"参数“{what}”应为{wanted}，得到{kind_name(value)}")
    return bound
