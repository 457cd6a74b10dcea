"""List and context functions."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import Any, Final

from feel.budget import Meter
from feel.errors import Nothing
from feel.functions.numbers import whole
from feel.functions.registry import builtin
from feel.temporal import DayTimeDuration, YearMonthDuration
from feel.values import NUMBERS, Function, compare, equal

_ONE: Final = Decimal(1)


def _flat_arguments(arguments: tuple[Any, ...]) -> list[Any]:
    """``f([a, b])`` and ``f(a, b)`` mean the same to the functions over lists."""
    if len(arguments) == 1 and type(arguments[0]) is list:
        return arguments[0]
    if len(arguments) == 1 and arguments[0] is None:
        raise Nothing("列表为空值")
    return list(arguments)


@builtin("list contains", "list:list", "element", result="boolean")
def _list_contains(meter: Meter, items: list[Any], element: Any) -> bool:
    meter.spend(len(items))
    return any(equal(item, element, meter) is True for item in items)


@builtin("count", "list:list", result="number")
def _count(meter: Meter, items: list[Any]) -> Decimal:
    return Decimal(len(items))


def _extreme(items: list[Any], sign: int, meter: Meter) -> Any:
    if not items:
        return None
    meter.spend(len(items))
    best = items[0]
    if compare(best, best) is None:
        raise Nothing("列表中有不能比较大小的值")
    for item in items[1:]:
        order = compare(item, best)
        if order is None:
            raise Nothing("列表中的值不能相互比较大小")
        if order == sign:
            best = item
    return best


@builtin("min", "list", rest=True)
def _min(meter: Meter, *arguments: Any) -> Any:
    return _extreme(_flat_arguments(arguments), -1, meter)


@builtin("max", "list", rest=True)
def _max(meter: Meter, *arguments: Any) -> Any:
    return _extreme(_flat_arguments(arguments), 1, meter)


def _numbers(items: list[Any], meter: Meter, name: str) -> list[Decimal]:
    meter.spend(len(items))
    for item in items:
        if type(item) is not Decimal:
            raise Nothing(f"函数 {name} 的列表中有不是数字的值")
    return items


def _sum_of(items: list[Decimal]) -> Decimal:
    total = items[0]
    for item in items[1:]:
        total = NUMBERS.add(total, item)
    return total


@builtin("sum", "list", rest=True)
def _sum(meter: Meter, *arguments: Any) -> Any:
    items = _flat_arguments(arguments)
    if not items:
        return None
    kind = type(items[0])
    if kind in (DayTimeDuration, YearMonthDuration):
        meter.spend(len(items))
        if any(type(item) is not kind for item in items):
            raise Nothing("函数 sum 的列表中混有不同种类的值")
        if kind is DayTimeDuration:
            return DayTimeDuration(sum(item.nanos for item in items))
        return YearMonthDuration(sum(item.total for item in items))
    return _sum_of(_numbers(items, meter, "sum"))


@builtin("product", "list", rest=True, result="number")
def _product(meter: Meter, *arguments: Any) -> Decimal | None:
    items = _numbers(_flat_arguments(arguments), meter, "product")
    if not items:
        return None
    total = items[0]
    for item in items[1:]:
        total = NUMBERS.multiply(total, item)
    return total


@builtin("mean", "list", rest=True)
def _mean(meter: Meter, *arguments: Any) -> Any:
    items = _flat_arguments(arguments)
    if not items:
        return None
    if type(items[0]) in (DayTimeDuration, YearMonthDuration):
        total = _sum(meter, items)
        if type(total) is DayTimeDuration:
            return DayTimeDuration(total.nanos // len(items))
        return YearMonthDuration(total.total // len(items))
    return NUMBERS.divide(_sum_of(_numbers(items, meter, "mean")), Decimal(len(items)))


@builtin("median", "list", rest=True, result="number")
def _median(meter: Meter, *arguments: Any) -> Decimal | None:
    items = sorted(_numbers(_flat_arguments(arguments), meter, "median"))
    if not items:
        return None
    middle = len(items) // 2
    if len(items) % 2:
        return items[middle]
    return NUMBERS.divide(NUMBERS.add(items[middle - 1], items[middle]), Decimal(2))


@builtin("stddev", "list", rest=True, result="number")
def _stddev(meter: Meter, *arguments: Any) -> Decimal | None:
    items = _numbers(_flat_arguments(arguments), meter, "stddev")
    if len(items) < 2:
        raise Nothing("标准差至少需要两个数字")
    mean = NUMBERS.divide(_sum_of(items), Decimal(len(items)))
    squares = [NUMBERS.multiply(d, d) for d in (NUMBERS.subtract(item, mean) for item in items)]
    return NUMBERS.sqrt(NUMBERS.divide(_sum_of(squares), Decimal(len(items) - 1)))


@builtin("mode", "list", rest=True)
def _mode(meter: Meter, *arguments: Any) -> list[Decimal]:
    items = _numbers(_flat_arguments(arguments), meter, "mode")
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _truth(items: list[Any], decisive: bool) -> bool | None:
    unsure = False
    for item in items:
        if item is decisive:
            return bool(item)
        if type(item) is not bool:
            unsure = True
    return None if unsure else not decisive


@builtin("all", "list", rest=True, result="boolean")
def _all(meter: Meter, *arguments: Any) -> bool | None:
    return _truth(_flat_arguments(arguments), False)


@builtin("any", "list", rest=True, result="boolean")
def _any(meter: Meter, *arguments: Any) -> bool | None:
    return _truth(_flat_arguments(arguments), True)


def _place(items: list[Any], position: Decimal, extra: int = 0) -> int:
    """A 1-based position, negative from the end, as an index; Nothing outside the list."""
    at = whole(position, "位置")
    index = at - 1 if at > 0 else len(items) + at
    if at == 0 or not 0 <= index < len(items) + extra:
        raise Nothing(f"位置 {at} 不在列表的 1 至 {len(items)} 之内")
    return index


@builtin("sublist", "list:list", "start position:num", "length?:num")
def _sublist(meter: Meter, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any]:
    index = _place(items, start)
    if length is None:
        return items[index:]
    size = whole(length, "长度")
    if size < 0 or index + size > len(items):
        raise Nothing(f"从位置 {index + 1} 起没有 {size} 项")
    meter.size(size)
    return items[index : index + size]


def _listed(meter: Meter, items: list[Any]) -> list[Any]:
    meter.size(len(items))
    return items


@builtin("append", "list:list", "item", rest=True)
def _append(meter: Meter, items: list[Any], *more: Any) -> list[Any]:
    return _listed(meter, [*items, *more])


@builtin("concatenate", "list:list", rest=True)
def _concatenate(meter: Meter, *lists: list[Any]) -> list[Any]:
    meter.size(sum(len(items) for items in lists))
    return [item for items in lists for item in items]


@builtin("insert before", "list:list", "position:num", "newItem")
def _insert_before(meter: Meter, items: list[Any], position: Decimal, new: Any) -> list[Any]:
    index = _place(items, position)
    return _listed(meter, [*items[:index], new, *items[index:]])


@builtin("remove", "list:list", "position:num")
def _remove(meter: Meter, items: list[Any], position: Decimal) -> list[Any]:
    index = _place(items, position)
    return _listed(meter, [*items[:index], *items[index + 1 :]])


@builtin("list replace", "list:list", "position:num|func", "newItem")
def _list_replace(meter: Meter, items: list[Any], which: Any, new: Any) -> list[Any]:
    if type(which) is not Function:
        index = _place(items, which)
        return _listed(meter, [*items[:index], new, *items[index + 1 :]])
    if len(which.parameters) != 2:
        raise Nothing("list replace 的函数应有两个参数：列表项和新值")
    replaced = []
    for item in items:
        verdict = which.call(meter, [item, new])
        if type(verdict) is not bool:
            raise Nothing("list replace 的函数没有回答“是”或“否”")
        replaced.append(new if verdict else item)
    return _listed(meter, replaced)


@builtin("list replace", "list:list", "match:func", "newItem")
def _list_replace_matching(meter: Meter, items: list[Any], match: Function, new: Any) -> list[Any]:
    replaced: list[Any] = _list_replace(meter, items, match, new)
    return replaced


@builtin("reverse", "list:list")
def _reverse(meter: Meter, items: list[Any]) -> list[Any]:
    return _listed(meter, items[::-1])


@builtin("index of", "list:list", "match")
def _index_of(meter: Meter, items: list[Any], match: Any) -> list[Decimal]:
    meter.spend(len(items))
    return [Decimal(i) for i, item in enumerate(items, 1) if equal(item, match, meter) is True]


def distinct(meter: Meter, items: list[Any]) -> list[Any]:
    """Each value once, in the order of first appearance. Numbers and texts are told apart by hash, others one by one."""
    seen: set[Any] = set()
    others: list[Any] = []
    found = []
    for item in items:
        if item is None or type(item) in (Decimal, str, bool):
            key = (type(item), item)
            if key not in seen:
                seen.add(key)
                found.append(item)
            continue
        meter.spend(len(others) + 1)
        if not any(equal(item, other, meter) is True for other in others):
            others.append(item)
            found.append(item)
    return _listed(meter, found)


@builtin("union", "list:list", rest=True)
def _union(meter: Meter, *lists: list[Any]) -> list[Any]:
    return distinct(meter, _concatenate(meter, *lists))


@builtin("distinct values", "list:list")
def _distinct_values(meter: Meter, items: list[Any]) -> list[Any]:
    return distinct(meter, items)


@builtin("flatten", "list:list")
def _flatten(meter: Meter, items: list[Any]) -> list[Any]:
    found: list[Any] = []

    def walk(nested: list[Any]) -> None:
        meter.spend(len(nested) + 1)
        for item in nested:
            if type(item) is list:
                walk(item)
            else:
                found.append(item)

    walk(items)
    return _listed(meter, found)


@builtin("sort", "list:list", "precedes?:func")
def _sort(meter: Meter, items: list[Any], precedes: Function | None = None) -> list[Any]:
    if precedes is not None and len(precedes.parameters) != 2:
        raise Nothing("sort 的比较函数应有两个参数")

    def order(a: Any, b: Any) -> int:
        if precedes is None:
            verdict = compare(a, b)
            if verdict is None:
                raise Nothing("列表中的值不能相互比较大小")
            return verdict
        if precedes.call(meter, [a, b]) is True:
            return -1
        return 1 if precedes.call(meter, [b, a]) is True else 0

    return _listed(meter, sorted(items, key=cmp_to_key(order)))


# ── contexts ──


@builtin("get value", "m:ctx", "key:str")
def _get_value(meter: Meter, context: dict[str, Any], key: str) -> Any:
    if key not in context:
        raise Nothing(f"上下文中没有“{key}”")
    return context[key]


@builtin("get entries", "m:ctx")
def _get_entries(meter: Meter, context: dict[str, Any]) -> list[Any]:
    meter.size(3 * len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@builtin("context", "entries:list")
def _context(meter: Meter, entries: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for entry in entries:
        if type(entry) is not dict or type(entry.get("key")) is not str or "value" not in entry:
            raise Nothing("context 的每一项都应有文字 key 和 value")
        if entry["key"] in made:
            raise Nothing(f"context 中“{entry['key']}”出现两次")
        made[entry["key"]] = entry["value"]
    meter.size(len(made))
    return made


def _put(meter: Meter, context: Any, keys: list[Any], value: Any) -> dict[str, Any]:
    if type(context) is not dict:
        raise Nothing("context put 沿途遇到的不是上下文")
    if not keys or type(keys[0]) is not str:
        raise Nothing("context put 的名称应为文字")
    meter.size(len(context) + 1)
    inner = value if len(keys) == 1 else _put(meter, context.get(keys[0]), keys[1:], value)
    return {**context, keys[0]: inner}


@builtin("context put", "context:ctx", "keys:list", "value")
def _context_put(meter: Meter, context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    return _put(meter, context, keys, value)


@builtin("context put", "context:ctx", "key:str", "value")
def _context_put_one(meter: Meter, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    return _put(meter, context, [key], value)


@builtin("context merge", "contexts:list")
def _context_merge(meter: Meter, contexts: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for context in contexts:
        if type(context) is not dict:
            raise Nothing("context merge 的列表中有不是上下文的值")
        meter.size(len(context))
        made.update(context)
    return made
