"""Nodes to closures. Every name becomes a slot of a flat list, every operator a small function over that list.

Slot 0 holds the meter, slot 1 the value under test (``?``), the others the data an expression reads and its local
variables. A function value takes a copy of the list with it, so that later turns of a loop do not change what it saw.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from feel import nodes as n
from feel.arithmetic import combine, negate
from feel.budget import MODELLER, NO_HOST, Meter
from feel.errors import FeelError, Nothing
from feel.functions import BUILTINS, Builtin
from feel.functions.ranges import constant
from feel.functions.registry import ABSENT
from feel.running import (
    FIRST,
    INPUT,
    METER,
    Code,
    Env,
    absent,
    and_two,
    as_list,
    body_call,
    equal_slowly,
    in_filters,
    in_number_range,
    invoke,
    item_at,
    matches,
    member_of,
    order_slowly,
    order_test,
    turns,
)
from feel.types import ANY, SIMPLE, Type, context_of, list_of, range_of
from feel.types import instance_of as is_instance
from feel.values import Function, Range, compare, kind_name

_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TYPE_ALIASES: Final = {
    "dateTime": "date and time", "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration", "any": "Any", "null": "Null",
}  # fmt: skip


class _Scope:
    """Local names while compiling: ordinary variables, and filters whose items may carry any name."""

    __slots__ = ("filter_slot", "names", "outer")

    def __init__(self, outer: _Scope | None, names: dict[str, int], filter_slot: int = 0) -> None:
        self.outer = outer
        self.names = names
        self.filter_slot = filter_slot


class Compiler:
    """Compiles one tree. ``loads`` then says which data go into which slot, ``size`` how long the list is."""

    def __init__(
        self,
        aliases: Mapping[str, str],
        names: Mapping[str, Type] | None,
        types: Mapping[str, Type],
        standard: bool,
        declared: Collection[str] = (),
    ) -> None:
        self.declared = declared
        self.aliases = aliases
        self.names = names
        self.types = types
        self.standard = standard
        self.size = FIRST
        self.loads: dict[str, int] = {}
        self.scope: _Scope | None = None
        self.uses_input = False

    # ── slots ──

    def new_slot(self) -> int:
        self.size += 1
        return self.size - 1

    def load_slot(self, key: str) -> int:
        slot = self.loads.get(key)
        if slot is None:
            slot = self.loads[key] = self.new_slot()
        return slot

    def find(self, name: str) -> tuple[int | None, list[int]]:
        """The slot of a local variable, and the filters to ask before it."""
        filters: list[int] = []
        scope = self.scope
        while scope is not None:
            if scope.filter_slot:
                filters.append(scope.filter_slot)
            if name in scope.names:
                return scope.names[name], filters
            scope = scope.outer
        return None, filters

    def key_of(self, name: str) -> str:
        return self.aliases.get(name, name)

    def compile(self, node: n.Node) -> Code:
        return _COMPILE[type(node)](self, node)

    def inside(self, names: dict[str, int], node: n.Node, filter_slot: int = 0) -> Code:
        """Compile within an inner scope."""
        self.scope = _Scope(self.scope, names, filter_slot)
        try:
            return self.compile(node)
        finally:
            self.scope = self.scope.outer if self.scope else None

    def plain_slot(self, node: n.Node) -> int | None:
        """The slot of a name that needs no search, so that comparisons can read it without a call."""
        if type(node) is n.Input:
            self.uses_input = True
            return INPUT
        if type(node) is not n.Name:
            return None
        slot, filters = self.find(node.name)
        if filters:
            return None
        return slot if slot is not None else self.outer_slot(node.name)

    def outer_slot(self, name: str) -> int:
        key = self.key_of(name)
        return self.load_slot(key)

    # ── simple parts ──

    def literal(self, node: n.Literal) -> Code:
        value = node.value
        return lambda e: value

    def input(self, node: n.Input) -> Code:
        self.uses_input = True
        return lambda e: e[INPUT]

    def name(self, node: n.Name) -> Code:
        slot, filters = self.find(node.name)
        key = self.key_of(node.name)
        if slot is None and (not filters or self.names is None or key in self.names or key in BUILTINS):
            slot = self.load_slot(key)
        if not filters:
            return operator.itemgetter(slot)
        return in_filters(tuple(filters), node.name, key, slot, node.pos)

    def path(self, node: n.Path) -> Code:
        target = self.compile(node.target)
        name, key, pos = node.name, self.key_of(node.name), node.pos

        def path(e: Env) -> Any:
            return member_of(target(e), name, key, pos, e[METER])

        return path

    def logic(self, node: n.Logic) -> Code:
        parts = tuple(self.compile(part) for part in node.parts)
        stop = node.op == "or"
        if len(parts) == 2 and not stop:
            return and_two(*parts)

        def logic(e: Env) -> Any:
            answer: bool | None = not stop
            for part in parts:
                value = part(e)
                if value is stop:
                    return stop
                if value is stop or type(value) is not bool:
                    answer = None
            return answer

        return logic

    def compare(self, node: n.Compare) -> Code:
        if node.op in ("=", "!="):
            return self.equality(node)
        order = _ORDERS[node.op]
        right, pos, op = node.right, node.pos, node.op
        if isinstance(right, n.Literal) and type(right.value) is Decimal:
            return self.order_with_number(node.left, right.value, order, op, pos)
        left_code, right_code = self.compile(node.left), self.compile(right)

        def ordered(e: Env) -> Any:
            a, b = left_code(e), right_code(e)
            kind = type(a)
            if kind is type(b) and (kind is Decimal or kind is str):
                return order(a, b)
            return order_slowly(a, b, order, op, pos, e[METER])

        return ordered

    def order_with_number(
        self, left: n.Node, number: Decimal, order: Callable[[Any, Any], bool], op: str, pos: int
    ) -> Code:
        slot = self.plain_slot(left)
        if slot is not None:

            def slot_and_number(e: Env) -> Any:
                a = e[slot]
                if type(a) is Decimal:
                    return order(a, number)
                return order_slowly(a, number, order, op, pos, e[METER])

            return slot_and_number
        code = self.compile(left)

        def code_and_number(e: Env) -> Any:
            a = code(e)
            if type(a) is Decimal:
                return order(a, number)
            return order_slowly(a, number, order, op, pos, e[METER])

        return code_and_number

    def equality(self, node: n.Compare) -> Code:
        wanted, pos, right = node.op == "=", node.pos, node.right
        slot = self.plain_slot(node.left)
        if slot is not None and isinstance(right, n.Literal) and type(right.value) in (str, Decimal):
            value, kind = right.value, type(right.value)

            def slot_and_literal(e: Env) -> Any:
                a = e[slot]
                if type(a) is kind:
                    return (a == value) is wanted
                return equal_slowly(a, value, wanted, pos, e[METER])

            return slot_and_literal
        left_code, right_code = self.compile(node.left), self.compile(right)

        def equality(e: Env) -> Any:
            return equal_slowly(left_code(e), right_code(e), wanted, pos, e[METER])

        return equality

    def arithmetic(self, node: n.Arithmetic) -> Code:
        left, right, op, pos = self.compile(node.left), self.compile(node.right), node.op, node.pos

        def arithmetic(e: Env) -> Any:
            a, b, meter = left(e), right(e), e[METER]
            try:
                return combine(op, a, b, meter)
            except Nothing as nothing:
                return meter.note(pos, nothing.reason)

        return arithmetic

    def negate(self, node: n.Negate) -> Code:
        operand, pos = self.compile(node.operand), node.pos

        def negated(e: Env) -> Any:
            try:
                return negate(operand(e))
            except Nothing as nothing:
                return e[METER].note(pos, nothing.reason)

        return negated

    def between(self, node: n.Between) -> Code:
        value, low, high, pos = self.compile(node.value), self.compile(node.low), self.compile(node.high), node.pos

        def between(e: Env) -> Any:
            v = value(e)
            above, below = compare(v, low(e)), compare(v, high(e))
            if above is None or below is None:
                return e[METER].note(pos, "between 的三个值不能相互比较")
            return above >= 0 and below <= 0

        return between

    # ── tests ──

    def membership(self, node: n.In) -> Code:
        value = self.compile(node.value)
        tests = tuple(self.compile_test(test) for test in node.tests)
        pos = node.pos

        def membership(e: Env) -> Any:
            v, answer = value(e), False
            unsure = False
            for test in tests:
                verdict = test(e, v)
                if verdict is True:
                    return True
                unsure = unsure or verdict is None
            return e[METER].note(pos, "in 的两边不能比较") if unsure else answer

        return membership

    def compile_test(self, node: n.Node) -> Callable[[Env, Any], bool | None]:
        """A test of a value: ``< 5``, a range, a list, or a value to equal."""
        if isinstance(node, n.OpRange):
            return self.operator_test(node)
        code = self.compile(node)
        is_range = isinstance(node, n.RangeLiteral)

        def test(e: Env, value: Any) -> bool | None:
            wanted = code(e)
            if is_range and wanted is None:
                return None
            return matches(value, wanted, e[METER])

        return test

    def operator_test(self, node: n.OpRange) -> Callable[[Env, Any], bool | None]:
        end, op, pos = self.compile(node.end), node.op, node.pos
        number = self.fixed(node.end)
        if type(number) is Decimal and op in _ORDERS:
            return order_test(number, _ORDERS[op], op, pos)
        if op in ("=", "!="):
            wanted = op == "="
            return lambda e, value: equal_slowly(value, end(e), wanted, pos, e[METER])
        order = _ORDERS[op]

        def ordered(e: Env, value: Any) -> bool | None:
            bound = end(e)
            if type(value) is Decimal and type(bound) is Decimal:
                return order(value, bound)
            return order_slowly(value, bound, order, op, pos, e[METER])

        return ordered

    def unary_tests(self, node: n.UnaryTests) -> Code:
        tests = tuple(self.unary_test(test) for test in node.tests)
        if not tests:
            return lambda e: True
        if len(tests) == 1 and not node.negated:
            return tests[0]
        negated = node.negated

        def unary(e: Env) -> Any:
            answer: bool | None = False
            for test in tests:
                verdict = test(e)
                if verdict is True:
                    return not negated
                if verdict is None:
                    answer = None
            return None if answer is None else negated

        return unary

    def unary_test(self, node: n.Node) -> Code:
        if isinstance(node, n.OpRange):
            test = self.operator_test(node)
            return lambda e: test(e, e[INPUT])
        if isinstance(node, n.Literal) and type(node.value) in (str, Decimal):
            literal, kind = node.value, type(node.value)

            def same(e: Env) -> Any:
                value = e[INPUT]
                return value == literal if type(value) is kind else matches(value, literal, e[METER])

            return same
        bounds = self.fixed(node)
        if type(bounds) is Range and type(bounds.start) is Decimal:
            return in_number_range(bounds)
        before, self.uses_input = self.uses_input, False
        code = self.compile(node)
        asks, self.uses_input = self.uses_input, before or self.uses_input
        if asks:

            def question(e: Env) -> Any:
                verdict = code(e)
                return verdict if type(verdict) is bool else matches(e[INPUT], verdict, e[METER])

            return question

        def unary_test(e: Env) -> Any:
            value, wanted = e[INPUT], code(e)
            if wanted is True and type(value) is not bool and type(value) is not list:
                return True
            return matches(value, wanted, e[METER])

        return unary_test

    def test_list(self, node: n.TestList) -> Code:
        raise FeelError(node.pos, "用逗号并列的条件只能写在 in 之后。")

    def op_range(self, node: n.OpRange) -> Code:
        end, op = self.compile(node.end), node.op

        def op_range(e: Env) -> Any:
            value = end(e)
            if op in ("=", "!="):
                return Range(value, True, value, True, op)
            if op in ("<", "<="):
                return Range(None, False, value, op == "<=", op)
            return Range(value, op == ">=", None, False, op)

        return op_range

    def fixed(self, node: n.Node) -> Any:
        """The value of a part that is the same every time, or ABSENT."""
        if isinstance(node, n.Literal):
            return node.value
        if isinstance(node, n.RangeLiteral):
            low, high = self.fixed(node.start), self.fixed(node.end)
            if low is ABSENT or high is ABSENT or compare(low, high) is None:
                return ABSENT
            return Range(low, node.start_included, high, node.end_included)
        if isinstance(node, n.Call) and isinstance(node.function, n.Name) and not self.hides(node.function.name):
            try:
                return constant(node, Meter(MODELLER, NO_HOST))
            except Nothing:
                return ABSENT
        return ABSENT

    def hides(self, name: str) -> bool:
        """Whether a name of a built-in means something else here."""
        return name in self.declared or self.find(name)[0] is not None

    def range_literal(self, node: n.RangeLiteral) -> Code:
        bounds = self.fixed(node)
        if bounds is not ABSENT:
            return lambda e: bounds
        start, end, pos = self.compile(node.start), self.compile(node.end), node.pos
        start_included, end_included = node.start_included, node.end_included

        def range_literal(e: Env) -> Any:
            low, high = start(e), end(e)
            if compare(low, high) is None:
                return e[METER].note(pos, "区间两端为空或不能相互比较")
            return Range(low, start_included, high, end_included)

        return range_literal

    def instance_of(self, node: n.InstanceOf) -> Code:
        value, wanted = self.compile(node.value), self.type(node.type)

        def instance_of(e: Env) -> Any:
            return is_instance(value(e), wanted, e[METER])

        return instance_of

    def type(self, node: n.TypeName) -> Type:
        """A type as written. Raises FeelError for a name nobody defined."""
        name = _TYPE_ALIASES.get(node.name, node.name)
        if name in self.types:
            return self.types[name]
        if name in SIMPLE:
            return SIMPLE[name]
        arguments = [self.type(argument) for argument in node.arguments]
        if name == "list":
            return list_of(arguments[0]) if arguments else list_of()
        if name == "range":
            return range_of(arguments[0]) if arguments else range_of()
        if name == "context":
            return context_of(dict(zip(node.members, arguments, strict=False)))
        if name == "function":
            if node.result is None:
                return Type("function")
            return Type("function", parameters=tuple(arguments), result=self.type(node.result))
        raise FeelError(node.pos, f"没有名为“{node.name}”的类型。", "type")

    # ── structures ──

    def if_then_else(self, node: n.If) -> Code:
        condition, then, otherwise = self.compile(node.condition), self.compile(node.then), self.compile(node.otherwise)

        def if_then_else(e: Env) -> Any:
            return then(e) if condition(e) is True else otherwise(e)

        return if_then_else

    def list_literal(self, node: n.ListLiteral) -> Code:
        items = tuple(self.compile(item) for item in node.items)

        def list_literal(e: Env) -> Any:
            e[METER].size(len(items))
            return [item(e) for item in items]

        return list_literal

    def context_literal(self, node: n.ContextLiteral) -> Code:
        names: dict[str, int] = {}
        self.scope = _Scope(self.scope, names)
        entries: list[tuple[str, int, Code]] = []
        for key, value in node.entries:
            slot = self.new_slot()
            if isinstance(value, n.FunctionLiteral):
                names[key] = slot
                entries.append((key, slot, self.function_literal(value, slot)))
            else:
                entries.append((key, slot, self.compile(value)))
            names[key] = slot
        self.scope = self.scope.outer
        frozen = tuple(entries)

        def context_literal(e: Env) -> Any:
            e[METER].size(len(frozen))
            made = {}
            for key, slot, code in frozen:
                made[key] = e[slot] = code(e)
            return made

        return context_literal

    def filter(self, node: n.Filter) -> Code:
        target = self.compile(node.target)
        slot, pos = self.new_slot(), node.pos
        condition = self.inside({"item": slot}, node.condition, slot)
        never_index = type(node.condition) in _TESTS

        def filtered(e: Env) -> Any:
            items = target(e)
            if type(items) is not list:
                items = as_list(items)
            meter = e[METER]
            if not never_index:
                e[slot] = None
                notes, meter.notes = meter.notes, None
                index = condition(e)
                meter.notes = notes
                if type(index) is Decimal:
                    return item_at(items, index, pos, meter)
            found = []
            for item in items:
                meter.spend(1)
                e[slot] = item
                verdict = condition(e)
                if verdict is True:
                    found.append(item)
                elif verdict is not False and verdict is not None:
                    return meter.note(pos, f"筛选条件应为“是”或“否”，得到{kind_name(verdict)}")
            meter.size(len(found))
            return found

        return filtered

    def iteration(self, iterators: list[n.Iterator], body: n.Node, extra: dict[str, int]) -> tuple[Any, Code]:
        """Slots and sources of the iterators, and the body inside them."""
        names = dict(extra)
        sources = []
        self.scope = _Scope(self.scope, names)
        for iterator in iterators:
            low = self.compile(iterator.source)
            high = self.compile(iterator.high) if iterator.high is not None else None
            slot = self.new_slot()
            names[iterator.name] = slot
            sources.append((slot, low, high, iterator.pos))
        code = self.compile(body)
        self.scope = self.scope.outer
        return tuple(sources), code

    def for_return(self, node: n.For) -> Code:
        partial = self.new_slot()
        sources, body = self.iteration(node.iterators, node.body, {"partial": partial})
        pos = node.pos

        keep = mentions(node.body, "partial")

        def for_return(e: Env) -> Any:
            meter = e[METER]
            limit = meter.budget.items
            results: list[Any] = []
            e[partial] = results
            try:
                for _ in turns(e, sources, 0):
                    meter.spend(1)
                    value = body(e)
                    if keep:  # what the body kept of ``partial`` must not grow under its hands
                        meter.size(len(results) + 1)
                        results = [*results, value]
                        e[partial] = results
                        continue
                    results.append(value)
                    if len(results) > limit:
                        meter.size(len(results))
            except Nothing as nothing:
                return meter.note(pos, nothing.reason)
            meter.size(len(results))
            return results

        return for_return

    def quantified(self, node: n.Quantified) -> Code:
        sources, body = self.iteration(node.iterators, node.body, {})
        every, pos = node.every, node.pos

        def quantified(e: Env) -> Any:
            meter, answer = e[METER], every
            unsure = False
            try:
                for _ in turns(e, sources, 0):
                    meter.spend(1)
                    verdict = body(e)
                    if verdict is (not every):
                        return not every
                    unsure = unsure or type(verdict) is not bool
            except Nothing as nothing:
                return meter.note(pos, nothing.reason)
            return None if unsure else answer

        return quantified

    def function_literal(self, node: n.FunctionLiteral, own_slot: int = 0) -> Code:
        slots = {name: self.new_slot() for name, _ in node.parameters}
        types = tuple(self.type(written) if written else ANY for _, written in node.parameters)
        result = self.type(node.result) if node.result else None
        names = tuple(slots)
        if len(names) != len(node.parameters):
            raise FeelError(node.pos, "函数的参数重名，请改名。")
        if node.external:
            return lambda e: e[METER].note(node.pos, "不支持外部函数")
        body = self.inside(slots, node.body)
        order = tuple(slots.values())

        def function_literal(e: Env) -> Any:
            e[METER].size(len(e))
            captured = e.copy()
            made = Function("", names, body_call(captured, names, order, types, result, body), types, result)
            if own_slot:  # a function in a context may call itself
                captured[own_slot] = made
            return made

        return function_literal

    # ── calls ──

    def call(self, node: n.Call) -> Code:
        function = node.function
        if isinstance(function, n.Name):
            entry = BUILTINS.get(function.name)
            if entry is not None and not self.hides(function.name) and not (entry.extension and self.standard):
                value = self.fixed(node)
                return self.builtin_call(node, entry) if value is ABSENT else lambda e: value
        target = self.compile(function)
        arguments = [self.compile(argument) for argument in node.arguments]
        names, pos = node.names, node.pos

        def call(e: Env) -> Any:
            value = target(e)
            values = [argument(e) for argument in arguments]
            meter = e[METER]
            try:
                return invoke(value, values, names, meter)
            except Nothing as nothing:
                return meter.note(pos, nothing.reason)

        return call

    def builtin_call(self, node: n.Call, entry: Builtin) -> Code:
        arguments = [self.compile(argument) for argument in node.arguments]
        pos = node.pos
        chosen = entry.positional(len(arguments))
        if node.names is not None:
            found = entry.named(node.names)
            if found is not None:
                chosen, order = found
                while order and order[-1] < 0:
                    order.pop()
                arguments = [arguments[i] if i >= 0 else absent for i in order]
            else:
                chosen = None
        if chosen is None:
            name = entry.name
            return lambda e: e[METER].note(pos, f"函数 {name} 的参数个数或名称不对")
        signature, frozen, run = chosen, tuple(arguments), entry.call

        def builtin_call(e: Env) -> Any:
            meter = e[METER]
            try:
                return run(meter, signature, [argument(e) for argument in frozen])
            except Nothing as nothing:
                return meter.note(pos, nothing.reason)
            except ArithmeticError:
                return meter.note(pos, "结果超出可表示的范围")

        return builtin_call


def mentions(node: n.Node, name: str) -> bool:
    """Whether a name occurs in a part."""
    return any(isinstance(part, n.Name) and part.name == name for part in n.walk(node))


_TESTS: Final = (n.Compare, n.Logic, n.Between, n.In, n.InstanceOf, n.Quantified)
_COMPILE: Final[dict[type, Callable[[Compiler, Any], Code]]] = {
    n.Literal: Compiler.literal,
    n.Input: Compiler.input,
    n.Name: Compiler.name,
    n.Path: Compiler.path,
    n.Filter: Compiler.filter,
    n.Call: Compiler.call,
    n.Logic: Compiler.logic,
    n.Compare: Compiler.compare,
    n.Arithmetic: Compiler.arithmetic,
    n.Negate: Compiler.negate,
    n.Between: Compiler.between,
    n.In: Compiler.membership,
    n.TestList: Compiler.test_list,
    n.OpRange: Compiler.op_range,
    n.RangeLiteral: Compiler.range_literal,
    n.InstanceOf: Compiler.instance_of,
    n.If: Compiler.if_then_else,
    n.For: Compiler.for_return,
    n.Quantified: Compiler.quantified,
    n.FunctionLiteral: Compiler.function_literal,
    n.ListLiteral: Compiler.list_literal,
    n.ContextLiteral: Compiler.context_literal,
    n.UnaryTests: Compiler.unary_tests,
}
