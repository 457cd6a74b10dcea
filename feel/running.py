"""What compiled expressions do while they run: the steps that closures share, over inner values and a meter."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from feel.arithmetic import PROPERTIES
from feel.budget import Meter
from feel.errors import Nothing
from feel.functions.registry import ABSENT
from feel.temporal import Date
from feel.types import Type, bind, coerce
from feel.values import Function, Range, compare, equal, kind_name, within

Env = list[Any]
Code = Callable[[Env], Any]

METER: Final = 0
INPUT: Final = 1
FIRST: Final = 2


def absent(e: Env) -> Any:
    return ABSENT


def and_two(first: Code, second: Code) -> Code:
    def and_two(e: Env) -> Any:
        a = first(e)
        if a is False:
            return False
        b = second(e)
        if b is False:
            return False
        return True if a is True and b is True else None

    return and_two


def order_test(
    number: Decimal, order: Callable[[Any, Any], bool], op: str, pos: int
) -> Callable[[Env, Any], bool | None]:
    def order_test(e: Env, value: Any) -> bool | None:
        if type(value) is Decimal:
            return order(value, number)
        return order_slowly(value, number, order, op, pos, e[METER])

    return order_test


def in_number_range(bounds: Range) -> Code:
    low, high = bounds.start, bounds.end
    above = operator.ge if bounds.start_included else operator.gt
    below = operator.le if bounds.end_included else operator.lt

    def in_number_range(e: Env) -> Any:
        value = e[INPUT]
        if type(value) is Decimal:
            return above(value, low) and below(value, high)
        return matches(value, bounds, e[METER])

    return in_number_range


def in_filters(filters: tuple[int, ...], name: str, key: str, slot: int | None, pos: int) -> Code:
    def in_filters(e: Env) -> Any:
        for filter_slot in filters:
            item = e[filter_slot]
            if type(item) is dict:
                if name in item:
                    return item[name]
                if key in item:
                    return item[key]
        if slot is None:
            return e[METER].note(pos, f"列表项中没有“{name}”")
        return e[slot]

    return in_filters


def member_of(value: Any, name: str, key: str, pos: int, meter: Meter) -> Any:
    kind = type(value)
    if kind is dict:
        if name in value:
            return value[name]
        if key in value:
            return value[key]
        return meter.note(pos, f"上下文中没有“{name}”")
    if kind is list:
        meter.size(len(value))
        return [member_of(item, name, key, pos, meter) for item in value]
    properties = PROPERTIES.get(kind)
    if properties is not None and name in properties:
        return properties[name](value)
    return meter.note(pos, f"{kind_name(value)}没有“{name}”这一属性")


def order_slowly(a: Any, b: Any, order: Callable[[Any, Any], bool], op: str, pos: int, meter: Meter) -> bool | None:
    verdict = compare(a, b)
    if verdict is None:
        meter.note(pos, f"{kind_name(a)}与{kind_name(b)}不能用“{op}”比较")
        return None
    return order(verdict, 0)


def equal_slowly(a: Any, b: Any, wanted: bool, pos: int, meter: Meter) -> bool | None:
    verdict = equal(a, b, meter)
    if verdict is None:
        meter.note(pos, f"{kind_name(a)}与{kind_name(b)}种类不同，不能比较是否相等")
        return None
    return verdict is wanted


def matches(value: Any, wanted: Any, meter: Meter) -> bool | None:
    """Whether a value passes a test that evaluated to ``wanted``: lies in the range, is in the list, or is equal."""
    kind = type(wanted)
    if kind is Range and type(value) is not Range:
        return within(value, wanted)
    if kind is not list:
        return equal(value, wanted, meter)
    if type(value) is list and equal(value, wanted, meter) is True:
        return True
    meter.spend(len(wanted))
    for item in wanted:
        verdict = within(value, item) if type(item) is Range and type(value) is not Range else equal(value, item, meter)
        if verdict is True:
            return True
        if type(item) is list and item and type(value) is not list and matches(value, item, meter) is True:
            return True
    return False


def as_list(value: Any) -> list[Any]:
    return [] if value is None else [value]


def item_at(items: list[Any], index: Decimal, pos: int, meter: Meter) -> Any:
    if index.adjusted() > 9 or index != index.to_integral_value() or not index:
        return meter.note(pos, "列表的序号应为不等于 0 的整数")
    at = int(index)
    at = at - 1 if at > 0 else len(items) + at
    if 0 <= at < len(items):
        return items[at]
    return meter.note(pos, f"列表只有 {len(items)} 项，没有第 {index} 项")


def whole_number(value: Any) -> int:
    if type(value) is not Decimal or value != value.to_integral_value() or value.adjusted() > 18:
        raise Nothing("循环的起止应为整数或日期")
    return int(value)


def counted(low: Any, high: Any) -> Iterator[Any]:
    """The values from low to high, up or down, by one or by one day."""
    if type(low) is Date and type(high) is Date:
        step = 1 if low.ordinal <= high.ordinal else -1
        for ordinal in range(low.ordinal, high.ordinal + step, step):
            yield Date.from_ordinal(ordinal)
        return
    first, last = whole_number(low), whole_number(high)
    step = 1 if first <= last else -1
    for number in range(first, last + step, step):
        yield Decimal(number)


def range_values(bounds: Range) -> Iterator[Any]:
    if bounds.start is None or bounds.end is None:
        raise Nothing("循环的区间没有起点或终点")
    for value in counted(bounds.start, bounds.end):
        if within(value, bounds):
            yield value


def iterated(low: Any, high: Code | None, e: Env) -> Any:
    if high is not None:
        return counted(low, high(e))
    if type(low) is list:
        return low
    if type(low) is Range:
        return range_values(low)
    if low is None:
        raise Nothing("循环的列表为空值")
    return [low]


def turns(e: Env, sources: tuple[tuple[int, Code, Code | None, int], ...], index: int) -> Iterator[None]:
    """Set the iterators' slots to each combination in turn; later sources may depend on earlier variables."""
    slot, low, high, _ = sources[index]
    last = index + 1 == len(sources)
    meter = e[METER]
    for value in iterated(low(e), high, e):
        e[slot] = value
        if last:
            yield
        else:
            meter.spend(1)
            yield from turns(e, sources, index + 1)


def body_call(
    captured: Env,
    names: tuple[str, ...],
    order: tuple[int, ...],
    types: tuple[Type, ...],
    result: Type | None,
    body: Code,
) -> Callable[[Meter, list[Any]], Any]:
    """How a user function runs: on a copy of what it saw, with its arguments in their slots."""

    def call(meter: Meter, arguments: list[Any]) -> Any:
        meter.enter()
        meter.spend(len(captured) >> 3)
        e = captured.copy()
        e[METER] = meter
        try:
            for slot, value, wanted, name in zip(order, arguments, types, names, strict=True):
                e[slot] = bind(value, wanted, meter, name)
            answer = body(e)
        finally:
            meter.leave()
        return answer if result is None else coerce(answer, result, meter)

    return call


def invoke(function: Any, values: list[Any], names: list[str] | None, meter: Meter) -> Any:
    """Call a function value. Raises Nothing when it is none, or the arguments do not fit."""
    if type(function) is not Function:
        raise Nothing(f"{kind_name(function)}不是函数，不能调用")
    if names is not None:
        if len(set(names)) != len(names) or not set(names) <= set(function.parameters):
            raise Nothing(f"函数的参数名应为：{'、'.join(function.parameters)}")
        given = dict(zip(names, values, strict=True))
        if len(given) < len(function.parameters) - function.optional:
            raise Nothing("函数缺少参数")
        values = [given[name] for name in function.parameters if name in given]
    if not function.variadic and len(values) != len(function.parameters):
        raise Nothing(f"函数有 {len(function.parameters)} 个参数，给了 {len(values)} 个")
    return function.call(meter, values)
