"""The static check: unknown names, and operations that can never have a value, found before anything runs.

Types are followed as far as they are known. Where one is not, nothing is reported: a fault here is always a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from feel import nodes as n
from feel.arithmetic import PROPERTIES, TABLES
from feel.errors import FeelError
from feel.functions import BUILTINS, Builtin
from feel.functions.registry import Parameter
from feel.types import (
    ANY,
    BOOLEAN,
    CLASSES,
    DATE,
    DATE_TIME,
    DURATION,
    NULL,
    NUMBER,
    SIMPLE,
    STRING,
    TIME,
    YEAR_MONTH_DURATION,
    Type,
    list_of,
    range_of,
    type_of,
)
from feel.values import ORDERED

_OPEN: Final = frozenset({"Any", "Null"})
_KIND_OF_CLASS: Final = {cls: SIMPLE[kind] for kind, cls in CLASSES.items()}
_PROPERTY_TYPES: Final = {"time offset": DURATION, "timezone": STRING}
_RESULTS: Final[dict[tuple[str, str, str], Type]] = {
    ("-", "date", "date"): DURATION,
    ("-", "date and time", "date and time"): DURATION,
    ("-", "date and time", "date"): DURATION,
    ("-", "date", "date and time"): DURATION,
    ("-", "time", "time"): DURATION,
    ("/", "days and time duration", "days and time duration"): NUMBER,
    ("/", "years and months duration", "years and months duration"): NUMBER,
}
_MOMENTS: Final = {"date": DATE, "date and time": DATE_TIME, "time": TIME}


def check(
    tree: n.Node, names: Mapping[str, Type], aliases: Mapping[str, str], types: Mapping[str, Type], standard: bool
) -> Type:
    """The type of the whole. Raises FeelError (code ``name`` or ``type``) at the first fault in the text."""
    return _Checker(names, aliases, types, standard).of(tree)


class _Checker:
    def __init__(
        self, names: Mapping[str, Type], aliases: Mapping[str, str], types: Mapping[str, Type], standard: bool
    ) -> None:
        self.names = names
        self.aliases = aliases
        self.types = types
        self.standard = standard
        # Innermost last; a filter's frame has the item's type under "" and may hide or add any name when that is open.
        self.frames: list[dict[str, Type]] = []

    def of(self, node: n.Node) -> Type:
        return _CHECKS[type(node)](self, node)

    def inside(self, frame: dict[str, Type], node: n.Node) -> Type:
        self.frames.append(frame)
        try:
            return self.of(node)
        finally:
            self.frames.pop()

    # ── names ──

    def name(self, node: n.Name) -> Type:
        key = self.aliases.get(node.name, node.name)
        unsure = False
        for frame in reversed(self.frames):
            if node.name in frame:
                return frame[node.name]
            item = frame.get("")
            if item is None:
                continue
            if node.name in item.members or key in item.members:
                return item.members.get(node.name) or item.members[key]
            unsure = unsure or item.kind in _OPEN or (item.kind == "context" and not item.members)
        if key in self.names:
            return self.names[key]
        if unsure:
            return ANY
        entry = BUILTINS.get(node.name)
        if entry is not None and not (entry.extension and self.standard):
            return Type("function")
        raise self.unknown(node.pos, node.name, "数据")

    def unknown(self, pos: int, name: str, what: str, known: Iterable[str] | None = None) -> FeelError:
        candidates = set(known) if known is not None else {*self.names, *self.aliases}
        if known is None:
            for frame in self.frames:
                candidates |= {key for key in frame if key}
                candidates |= set(frame[""].members) if "" in frame else set()
        close = get_close_matches(name, sorted(c for c in candidates if c and c != "?"), n=3, cutoff=0.5)
        hint = f"，是不是“{'”“'.join(close)}”？" if close else "，请核对名称。"
        return FeelError(pos, f"没有名为“{name}”的{what}{hint}", "name")

    def input(self, node: n.Input) -> Type:
        return self.names.get("?", ANY)

    def path(self, node: n.Path) -> Type:
        return self.member(self.of(node.target), node)

    def member(self, target: Type, node: n.Path) -> Type:
        kind = target.kind
        if kind == "list":
            return list_of(self.member(target.item or ANY, node))
        if kind == "context":
            key = self.aliases.get(node.name, node.name)
            found = target.members.get(node.name) or target.members.get(key)
            if found is None and target.members:
                raise self.unknown(node.pos + 1, node.name, "下级数据", target.members)
            return found or ANY
        if kind == "range":
            return BOOLEAN if node.name.endswith("included") else target.item or ANY
        cls = CLASSES.get(kind)
        if cls is None:
            return ANY
        properties = PROPERTIES.get(cls, {})
        if node.name not in properties:
            raise self.unknown(node.pos + 1, node.name, f"属性({target}没有这一属性)", properties)
        return _PROPERTY_TYPES.get(node.name, NUMBER)

    # ── operators ──

    def logic(self, node: n.Logic) -> Type:
        for part in node.parts:
            self.expect(part, BOOLEAN, f"“{node.op}”连接的应为条件")
        return BOOLEAN

    def expect(self, node: n.Node, wanted: Type, why: str) -> None:
        found = self.of(node)
        if found.kind not in _OPEN and found.kind != wanted.kind:
            raise FeelError(node.pos, f"{why}，得到的却是{found}。", "type")

    def compare(self, node: n.Compare) -> Type:
        left, right = self.of(node.left), self.of(node.right)
        if node.op in ("=", "!="):
            self.same(node.pos, left, right, node.op)
        else:
            self.ordered(node.pos, left, right, node.op)
        return BOOLEAN

    def same(self, pos: int, left: Type, right: Type, op: str) -> None:
        if left.kind in _OPEN or right.kind in _OPEN or left.kind == right.kind:
            return
        raise FeelError(pos, f"{left}与{right}种类不同，用“{op}”比较永远得不到结果。", "type")

    def ordered(self, pos: int, left: Type, right: Type, op: str) -> None:
        self.same(pos, left, right, op)
        for side in (left, right):
            if side.kind not in _OPEN and CLASSES.get(side.kind) not in ORDERED:
                raise FeelError(pos, f"{side}没有大小，不能用“{op}”比较。", "type")

    def arithmetic(self, node: n.Arithmetic) -> Type:
        left, right = self.of(node.left), self.of(node.right)
        if left.kind in _OPEN or right.kind in _OPEN:
            return ANY
        pair = (CLASSES.get(left.kind), CLASSES.get(right.kind))
        if pair not in TABLES[node.op]:
            hint = "；连接文字与数字请用 string(数字)" if node.op == "+" and STRING in (left, right) else ""
            raise FeelError(node.pos, f"{left}与{right}不能用“{node.op}”运算{hint}。", "type")
        result = _RESULTS.get((node.op, left.kind, right.kind))
        if result is not None:
            return result
        return _MOMENTS.get(left.kind) or _MOMENTS.get(right.kind) or (right if left is NUMBER else left)

    def negate(self, node: n.Negate) -> Type:
        found = self.of(node.operand)
        if found.kind not in _OPEN and found not in (NUMBER, DURATION, YEAR_MONTH_DURATION):
            raise FeelError(node.pos, f"{found}不能取负。", "type")
        return found

    def between(self, node: n.Between) -> Type:
        value = self.of(node.value)
        for bound in (node.low, node.high):
            self.ordered(node.pos, value, self.of(bound), "between")
        return BOOLEAN

    # ── tests ──

    def membership(self, node: n.In) -> Type:
        value = self.of(node.value)
        for test in node.tests:
            self.test(value, test)
        return BOOLEAN

    def test(self, value: Type, node: n.Node) -> None:
        """A test of a value: with a value of another kind it would never hold."""
        if isinstance(node, n.OpRange):
            bound = self.of(node.end)
            (self.same if node.op in ("=", "!=") else self.ordered)(node.pos, value, bound, node.op)
            return
        wanted = self.of(node)
        asks = any(isinstance(part, n.Input) for part in n.walk(node))
        if asks or wanted.kind in ("boolean", "function") or value.kind in ("list", "range", "context"):
            return
        if wanted.kind in ("list", "range"):
            wanted = wanted.item or ANY
            wanted = wanted.item or ANY if wanted.kind in ("list", "range") else wanted
        self.same(node.pos, value, wanted, "=")

    def unary_tests(self, node: n.UnaryTests) -> Type:
        value = self.names.get("?", ANY)
        for test in node.tests:
            self.test(value, test)
        return BOOLEAN

    def test_list(self, node: n.TestList) -> Type:
        return ANY

    def op_range(self, node: n.OpRange) -> Type:
        return range_of(self.of(node.end))

    def range_literal(self, node: n.RangeLiteral) -> Type:
        start, end = self.of(node.start), self.of(node.end)
        self.ordered(node.pos, start, end, "..")
        return range_of(start if start.kind not in _OPEN else end)

    def instance_of(self, node: n.InstanceOf) -> Type:
        self.of(node.value)
        return BOOLEAN

    # ── structures ──

    def if_then_else(self, node: n.If) -> Type:
        self.expect(node.condition, BOOLEAN, "if 之后应为条件")
        return _joined([self.of(node.then), self.of(node.otherwise)])

    def list_literal(self, node: n.ListLiteral) -> Type:
        return list_of(_joined([self.of(item) for item in node.items]))

    def context_literal(self, node: n.ContextLiteral) -> Type:
        members: dict[str, Type] = {}
        self.frames.append(members)
        for key, value in node.entries:
            if isinstance(value, n.FunctionLiteral):
                members[key] = Type("function")
            members[key] = self.of(value)
        self.frames.pop()
        return Type("context", members=dict(members))

    def filter(self, node: n.Filter) -> Type:
        target = self.of(node.target)
        item = (target.item or ANY) if target.kind == "list" else target
        found = self.inside({"": item, "item": item}, node.condition)
        if found.kind == "number":
            return item
        if found.kind not in _OPEN and found.kind != "boolean":
            raise FeelError(node.condition.pos, f"筛选条件应为条件或序号，得到的却是{found}。", "type")
        return list_of(item) if found.kind == "boolean" else ANY

    def iterators(self, iterators: list[n.Iterator]) -> dict[str, Type]:
        """The frame of the iterators' variables; left on the stack for the caller to pop."""
        frame: dict[str, Type] = {}
        self.frames.append(frame)
        for iterator in iterators:
            source = self.of(iterator.source)
            if iterator.high is not None:
                self.of(iterator.high)
                frame[iterator.name] = source
            else:
                frame[iterator.name] = (source.item or ANY) if source.kind in ("list", "range") else source
        return frame

    def for_return(self, node: n.For) -> Type:
        self.iterators(node.iterators)["partial"] = list_of()
        body = self.of(node.body)
        self.frames.pop()
        return list_of(body)

    def quantified(self, node: n.Quantified) -> Type:
        self.iterators(node.iterators)
        self.expect(node.body, BOOLEAN, "satisfies 之后应为条件")
        self.frames.pop()
        return BOOLEAN

    def function_literal(self, node: n.FunctionLiteral) -> Type:
        self.inside({name: SIMPLE.get(t.name, ANY) if t else ANY for name, t in node.parameters}, node.body)
        return Type("function")

    # ── calls ──

    def call(self, node: n.Call) -> Type:
        arguments = [self.of(argument) for argument in node.arguments]
        function = node.function
        if not isinstance(function, n.Name):
            found = self.of(function)
            if found.kind not in (*_OPEN, "function"):
                raise FeelError(node.pos, f"{found}不是函数，不能调用。", "type")
            return ANY
        entry = BUILTINS.get(function.name)
        usable = entry is not None and not (entry.extension and self.standard)
        hidden = any(function.name in frame for frame in self.frames) or self.aliases.get(function.name) in self.names
        if entry is not None and usable and not hidden and function.name not in self.names:
            return self.builtin(node, entry, arguments)
        try:
            found = self.of(function)
        except FeelError:
            raise self.unknown(function.pos, function.name, "函数", BUILTINS) from None
        if found.kind not in (*_OPEN, "function"):
            raise FeelError(function.pos, f"“{function.name}”是{found}，不是函数，不能调用。", "type")
        return ANY

    def builtin(self, node: n.Call, entry: Builtin, arguments: list[Type]) -> Type:
        if node.names is not None:
            found = entry.named(node.names)
            if found is None:
                known = "、".join(p.name for p in entry.signatures[0].parameters)
                raise FeelError(node.pos, f"函数“{entry.name}”没有这样的参数名，应为：{known}。", "type")
            signature, order = found
            pairs = [(p, i) for p, i in zip(signature.parameters, order, strict=True) if i >= 0]
            self.arguments(node, entry, [(p, arguments[i]) for p, i in pairs])
            return SIMPLE.get(entry.result, ANY)
        fitting = [
            s
            for s in entry.signatures
            if s.required <= len(arguments) and (s.rest or len(arguments) <= len(s.parameters))
        ]
        if not fitting:
            raise FeelError(node.pos, f"函数“{entry.name}”的参数个数不对，给了 {len(arguments)} 个。", "type")
        if len(fitting) == 1:
            own = fitting[0].parameters
            last = len(own) - 1
            self.arguments(node, entry, [(own[min(i, last)], t) for i, t in enumerate(arguments)])
        return SIMPLE.get(entry.result, ANY)

    def arguments(self, node: n.Call, entry: Builtin, pairs: list[tuple[Parameter, Type]]) -> None:
        for parameter, found in pairs:
            classes = parameter.classes
            if classes is None or found.kind in (*_OPEN, "list", "function", "context", "range") or list in classes:
                continue
            if CLASSES[found.kind] not in classes:
                why = f"函数“{entry.name}”的参数“{parameter.name}”应为{parameter.wanted}，得到的却是{found}。"
                raise FeelError(node.pos, why, "type")


def _joined(types: list[Type]) -> Type:
    """One type for several: the same, or open."""
    known = [t for t in types if t.kind != "Null"]
    if not known:
        return NULL if types else ANY
    first = known[0]
    return first if all(t.kind == first.kind for t in known) else ANY


def _literal(checker: _Checker, node: n.Literal) -> Type:
    return type_of(node.value)


_CHECKS: Final[dict[type, Callable[[_Checker, Any], Type]]] = {
    n.Literal: _literal,
    n.Input: _Checker.input,
    n.Name: _Checker.name,
    n.Path: _Checker.path,
    n.Filter: _Checker.filter,
    n.Call: _Checker.call,
    n.Logic: _Checker.logic,
    n.Compare: _Checker.compare,
    n.Arithmetic: _Checker.arithmetic,
    n.Negate: _Checker.negate,
    n.Between: _Checker.between,
    n.In: _Checker.membership,
    n.TestList: _Checker.test_list,
    n.OpRange: _Checker.op_range,
    n.RangeLiteral: _Checker.range_literal,
    n.InstanceOf: _Checker.instance_of,
    n.If: _Checker.if_then_else,
    n.For: _Checker.for_return,
    n.Quantified: _Checker.quantified,
    n.FunctionLiteral: _Checker.function_literal,
    n.ListLiteral: _Checker.list_literal,
    n.ContextLiteral: _Checker.context_literal,
    n.UnaryTests: _Checker.unary_tests,
}
