"""Range functions: how points and intervals lie to one another (after Allen's algebra, as the standard defines them)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from feel import nodes as n
from feel.budget import MODELLER, Meter
from feel.errors import FeelError, Nothing
from feel.functions.registry import BUILTINS, Builtin, Parameter, Signature, builtin
from feel.parser import KnownNames, Parser
from feel.values import ORDERED, Range, compare


class _Edge:
    """One end of an interval, or a point: a value or infinity, and whether it belongs to the interval."""

    __slots__ = ("included", "infinity", "value")

    def __init__(self, value: Any, included: bool, infinity: int) -> None:
        self.value = value
        self.included = included
        self.infinity = infinity if value is None else 0


def _order(a: _Edge, b: _Edge) -> int:
    if a.infinity or b.infinity:
        return (a.infinity > b.infinity) - (a.infinity < b.infinity)
    order = compare(a.value, b.value)
    if order is None:
        raise Nothing("区间与点的种类不同，不能比较先后")
    return order


class _Span:
    """A point or an interval with two edges."""

    __slots__ = ("end", "point", "start")

    def __init__(self, value: Any) -> None:
        self.point = type(value) is not Range
        if self.point:
            if type(value) not in ORDERED:
                raise Nothing("参数应为可比较的值或区间")
            self.start = self.end = _Edge(value, True, 0)
        else:
            if value.op == "!=":
                raise Nothing("“不等于”不是连续的区间")
            self.start = _Edge(value.start, value.start_included, -1)
            self.end = _Edge(value.end, value.end_included, 1)


def _before(a: _Span, b: _Span) -> bool:
    order = _order(a.end, b.start)
    return order < 0 or (order == 0 and not (a.end.included and b.start.included))


def _meets(a: _Span, b: _Span) -> bool:
    return a.end.included and b.start.included and _order(a.end, b.start) == 0


def _overlaps(a: _Span, b: _Span) -> bool:
    return not _before(a, b) and not _before(b, a)


def _starts_no_later(a: _Span, b: _Span) -> bool:
    """Every point of b that is near its start lies in a or after a's start."""
    order = _order(a.start, b.start)
    return order < 0 or (order == 0 and (a.start.included or not b.start.included))


def _ends_no_earlier(a: _Span, b: _Span) -> bool:
    order = _order(a.end, b.end)
    return order > 0 or (order == 0 and (a.end.included or not b.end.included))


def _overlaps_before(a: _Span, b: _Span) -> bool:
    order = _order(a.start, b.start)
    first = order < 0 or (order == 0 and a.start.included and not b.start.included)
    return first and not _before(a, b) and _ends_no_earlier(b, a)


def _overlaps_after(a: _Span, b: _Span) -> bool:
    return _overlaps_before(b, a)


def _includes(a: _Span, b: _Span) -> bool:
    return _starts_no_later(a, b) and _ends_no_earlier(a, b)


def _finishes(a: _Span, b: _Span) -> bool:
    same_end = a.end.included == b.end.included and _order(a.end, b.end) == 0
    return same_end and (a.point or _starts_no_later(b, a))


def _starts(a: _Span, b: _Span) -> bool:
    same_start = a.start.included == b.start.included and _order(a.start, b.start) == 0
    return same_start and (a.point or _ends_no_earlier(b, a))


def _coincides(a: _Span, b: _Span) -> bool:
    included = (a.start.included, a.end.included) == (b.start.included, b.end.included)
    return included and _order(a.start, b.start) == 0 and _order(a.end, b.end) == 0


def _declare(name: str, test: Callable[[_Span, _Span], bool], shapes: str, swap: bool = False) -> None:
    """``shapes`` lists the allowed pairs: p a point, r a range."""

    def run(meter: Meter, first: Any, second: Any) -> bool:
        a, b = _Span(first), _Span(second)
        if ("p" if a.point else "r") + ("p" if b.point else "r") not in shapes.split():
            raise Nothing(f"函数 {name} 不接受这样的点与区间组合")
        return test(b, a) if swap else test(a, b)

    entry = BUILTINS.setdefault(name, Builtin(name, [], "boolean", False))
    names = {"pp": ("point1", "point2"), "pr": ("point", "range"), "rp": ("range", "point"), "rr": ("range1", "range2")}
    for shape in shapes.split():
        made = tuple(Parameter(text, False, None, True, "点或区间") for text in names[shape])
        entry.signatures.append(Signature(made, 2, False, run))


_declare("before", _before, "pp pr rp rr")
_declare("after", _before, "pp pr rp rr", swap=True)
_declare("meets", _meets, "rr")
_declare("met by", _meets, "rr", swap=True)
_declare("overlaps", _overlaps, "rr")
_declare("overlaps before", _overlaps_before, "rr")
_declare("overlaps after", _overlaps_after, "rr")
_declare("finishes", _finishes, "pr rr")
_declare("finished by", _finishes, "rp rr", swap=True)
_declare("includes", _includes, "rp rr")
_declare("during", _includes, "pr rr", swap=True)
_declare("starts", _starts, "pr rr")
_declare("started by", _starts, "rp rr", swap=True)
_declare("coincides", _coincides, "pp rr")


_TEMPORAL_CALLS: Final = ("date", "time", "date and time", "duration")


def constant(node: n.Node, meter: Meter) -> Any:
    """The value of a range's end in text: a literal, or date("…") and its like over a literal."""
    if isinstance(node, n.Literal):
        return node.value
    if isinstance(node, n.Call) and isinstance(node.function, n.Name) and len(node.arguments) == 1:
        argument = node.arguments[0]
        if node.function.name in _TEMPORAL_CALLS and isinstance(argument, n.Literal) and type(argument.value) is str:
            if node.names not in (None, ["from"]):
                raise Nothing("参数名不对")
            entry = BUILTINS[node.function.name]
            return entry.call(meter, entry.signatures[0], [argument.value])
    raise Nothing("区间文字的两端应为字面值")


@builtin("range", "from:str", result="range")
def _range(meter: Meter, text: str) -> Range:
    try:
        node = Parser(text, KnownNames(_TEMPORAL_CALLS), MODELLER, standard=True).parse_expression()
    except FeelError as error:
        raise Nothing(f"“{text[:40]}”不是区间：{error.message}") from None
    if not isinstance(node, n.RangeLiteral):
        raise Nothing(f"“{text[:40]}”不是区间")
    start, end = constant(node.start, meter), constant(node.end, meter)
    order = compare(start, end)
    if order is None or order > 0:
        raise Nothing("区间的两端应为同类的值，起点不大于终点")
    return Range(start, node.start_included, end, node.end_included)
