"""The face of the language: compile a text once, evaluate it many times."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from decimal import Decimal
from threading import Lock
from typing import Any, Final, Literal

from feel import nodes as n
from feel.budget import MODELLER, NO_HOST, STANDARD, Budget, Host, Meter
from feel.check import check
from feel.compiler import Compiler
from feel.errors import FeelError
from feel.functions import BUILTINS
from feel.parser import KnownNames, Parser
from feel.running import FIRST, INPUT
from feel.taken import LACKING, Taken
from feel.types import Type
from feel.values import from_python, to_python

Kind = Literal["expression", "unary"]
_SETTLED: Final = frozenset({str, bool, type(None)})
_CACHE_SIZE: Final = 4096
_EXACT: Final = 10**34  # whole numbers below this need no rounding

# Built-ins of several words are names the parser must know.
_BUILTIN_NAMES: Final = KnownNames(BUILTINS)
for _property in ("time offset", "start included", "end included"):
    _BUILTIN_NAMES.add(_property)


class Expression:
    """A compiled text. Immutable; may be shared between threads."""

    __slots__ = ("_body", "_budget", "_conjuncts", "_host", "_loads", "_part", "_size", "kind", "reads", "text", "tree")

    def __init__(
        self,
        text: str,
        kind: Kind,
        tree: n.Node,
        body: Callable[[list[Any]], Any],
        compiler: Compiler,
        budget: Budget,
        host: Host,
    ) -> None:
        self.text = text
        self.kind = kind
        self.tree = tree
        self._body = body
        self._budget = budget
        self._host = host
        self._size = compiler.size
        loads = []
        declared = {compiler.key_of(name) for name in compiler.declared}
        for key, slot in compiler.loads.items():
            entry = None if key in declared else BUILTINS.get(key)
            usable = entry is not None and not (entry.extension and compiler.standard)
            loads.append((key, slot, entry.value() if entry is not None and usable else None))
        self._loads = tuple(loads)
        self._conjuncts: tuple[Expression, ...] | None = None
        self._part: Callable[[n.Node], Expression] | None = None
        self.reads = frozenset(
            key for key, _, fallback in loads if fallback is None or compiler.names is None or key in compiler.names
        )
        """The elements (by key) whose values the answer may depend on."""

    def evaluate(self, context: Mapping[str, object], host: Host | None = None) -> Any:
        """The value in a context of data. Null (None) where the standard says so; FeelError only beyond the budget or
        for a value in the context that is not data.
        """
        return self._run(context, None, Meter(self._budget, host or self._host))

    def holds(self, context: Mapping[str, object], host: Host | None = None) -> bool:
        """Whether the value is true itself. A conjunction is given up at its first part that is not: what the others read is not
        looked up. The budget is that of each part.
        """
        if self._conjuncts is None:
            tree = self.tree
            split = isinstance(tree, n.Logic) and tree.op == "and" and self._part is not None
            self._conjuncts = tuple(map(self.part, tree.parts)) if split else (self,)  # type: ignore[attr-defined]
        return all(one.evaluate(context, host) is True for one in self._conjuncts)

    def part(self, node: n.Node) -> Expression:
        """A node of the tree as an expression of its own, compiled against the same surroundings."""
        if self._part is None:
            raise TypeError("a part has no parts of its own")
        return self._part(node)

    def matches(self, value: object, context: Mapping[str, object], host: Host | None = None) -> bool:
        """Whether ``value`` passes these unary tests; unknown counts as no."""
        meter = Meter(self._budget, host or self._host)
        return self._run(context, from_python(value, meter), meter) is True

    def explain(
        self, context: Mapping[str, object], value: object = None, host: Host | None = None
    ) -> tuple[Any, list[str]]:
        """The value, and a Chinese sentence for each place where something became null."""
        notes: list[tuple[int, str]] = []
        meter = Meter(self._budget, host or self._host, notes)
        answer = self._run(context, from_python(value, meter), meter)
        return answer, [f"第 {pos + 1} 个字符：{reason}" if pos >= 0 else reason for pos, reason in notes]

    def _run(self, context: Mapping[str, object], value: Any, meter: Meter) -> Any:
        e: list[Any] = [None] * self._size
        e[0] = meter
        e[INPUT] = value
        if type(context) is Taken:
            self._load_taken(e, context, meter)
        else:
            self._load(e, context, meter)
        try:
            answer = self._body(e)
        except RecursionError:
            raise FeelError(-1, "表达式嵌套过深，已中止。", "budget") from None
        kind = type(answer)
        return answer if kind is bool or kind is Decimal or kind is str else to_python(answer, meter)

    def _load(self, e: list[Any], context: Mapping[str, object], meter: Meter) -> None:
        item: Any
        for key, slot, fallback in self._loads:
            try:
                item = context[key]
            except KeyError:
                e[slot] = fallback
                if fallback is None:
                    meter.note(-1, f"数据中没有“{key}”")
                continue
            kind = type(item)
            if kind in _SETTLED or (kind is Decimal and item.is_finite()):
                e[slot] = item
            elif kind is int and -_EXACT < item < _EXACT:
                e[slot] = Decimal(item)
            else:
                e[slot] = from_python(item, meter)

    def _load_taken(self, e: list[Any], context: Taken, meter: Meter) -> None:
        for key, slot, fallback in self._loads:
            item = context[key] if key in context else context.take(key, meter)
            if item is LACKING:
                item = fallback
                if fallback is None:
                    meter.note(-1, f"数据中没有“{key}”")
            e[slot] = item

    def run(self, values: Mapping[str, Any], meter: Meter, value: Any = None) -> Any:
        """Evaluate over values already inside the language, on a meter that others share; for decision models."""
        e: list[Any] = [None] * self._size
        e[0] = meter
        e[INPUT] = value
        for key, slot, fallback in self._loads:
            if key in values:
                e[slot] = values[key]
            else:
                e[slot] = fallback
                if fallback is None:
                    meter.note(-1, f"数据中没有“{key}”")
        return self._body(e)

    def test(self, values: Mapping[str, Any], meter: Meter, value: Any) -> bool:
        """Whether an inner value passes these unary tests; for decision tables."""
        return self.run(values, meter, value) is True

    @property
    def constant_test(self) -> Callable[[list[Any]], Any] | None:
        """For a cell that reads nothing but its input: a function of ``[meter, value]``; else None."""
        return self._body if self._size == FIRST else None

    def __repr__(self) -> str:
        return f"<Expression {self.text!r}>"


def compile(
    text: str,
    *,
    kind: Kind = "expression",
    aliases: Mapping[str, str] | None = None,
    names: Mapping[str, Type] | None = None,
    types: Mapping[str, Type] | None = None,
    known: frozenset[str] | None = None,
    members: frozenset[str] | None = None,
    standard: bool = False,
    budget: Budget | None = None,
    host: Host = NO_HOST,
) -> Expression:
    """Compile FEEL text.

    ``kind`` is ``expression`` or ``unary`` (a table cell). ``aliases`` maps Chinese names to element keys. ``names``,
    when given, are all the names there are, with their types: then unknown names and hopeless comparisons are faults.
    ``types`` are named types for ``instance of``. ``known`` are further names in scope; all declared names win over built-in functions.
    ``members`` are names that may follow a dot. ``standard`` switches
    extensions off. Raises FeelError with position and a Chinese sentence.
    """
    scope = _scope_of(aliases, names, types, known, members, standard, budget, host)
    with scope.lock:
        made = scope.compiled.get((text, kind))
        if made is not None:
            scope.compiled.move_to_end((text, kind))
            return made
    made = scope.compile(text, kind)
    with scope.lock:
        scope.compiled[text, kind] = made
        if len(scope.compiled) > _CACHE_SIZE:
            scope.compiled.popitem(last=False)
    return made


class _Surroundings:
    """What texts are compiled against, and the texts compiled so far. Holds on to the mappings it was made for."""

    def __init__(
        self,
        aliases: Mapping[str, str] | None,
        names: Mapping[str, Type] | None,
        types: Mapping[str, Type] | None,
        known: frozenset[str] | None,
        members: frozenset[str] | None,
        standard: bool,
        budget: Budget | None,
        host: Host,
    ) -> None:
        self.aliases = aliases or {}
        self.names = names
        self.types = types or {}
        self.standard = standard
        self.budget = budget or (STANDARD if standard else MODELLER)
        self.host = host
        self.lock = Lock()
        self.compiled: OrderedDict[tuple[str, str], Expression] = OrderedDict()
        self.declared = {*self.aliases, *(names or ()), *(known or ())}
        self.known = _BUILTIN_NAMES.copy()
        for name in (*self.declared, *(members or ())):
            self.known.add(name)

    def compile(self, text: str, kind: Kind) -> Expression:
        parser = Parser(text, self.known, self.budget, self.standard, self.types)
        try:
            tree = parser.parse_unary() if kind == "unary" else parser.parse_expression()
            made = self._made(text, kind, tree)
        except RecursionError:
            raise FeelError(-1, "表达式嵌套过深，请拆成几条。", "budget") from None
        if self.names is not None:
            check(tree, self.names, self.aliases, self.types, self.standard)
        made._part = functools.partial(self._made, text, "expression")
        return made

    def _made(self, text: str, kind: Kind, tree: n.Node) -> Expression:
        compiler = Compiler(self.aliases, self.names, self.types, self.standard, self.declared)
        body = compiler.compile(tree)
        return Expression(text, kind, tree, body, compiler, self.budget, self.host)


_scopes: OrderedDict[Any, _Surroundings] = OrderedDict()
_seen: OrderedDict[tuple[Any, ...], tuple[_Surroundings, tuple[Any, ...]]] = OrderedDict()
_scopes_lock = Lock()
_SCOPES: Final = 256


def _scope_of(
    aliases: Mapping[str, str] | None,
    names: Mapping[str, Type] | None,
    types: Mapping[str, Type] | None,
    known: frozenset[str] | None,
    members: frozenset[str] | None,
    standard: bool,
    budget: Budget | None,
    host: Host,
) -> _Surroundings:
    """The surroundings for these mappings: found by identity, else by content, else made."""
    # An entry keeps its mappings alive, so an id is never used again while it is a key. Content is loaded into a new
    # mapping, never changed in place; the sizes catch the one change that is easily made by mistake.
    sizes = tuple(len(mapping or ()) for mapping in (aliases, names, types))
    key = (id(aliases), id(names), id(types), id(known), id(members), sizes, standard, budget, id(host))
    with _scopes_lock:
        found = _seen.get(key)
        if found is not None:
            return found[0]
        content = (_content(aliases), _content(names), _content(types), known, members, standard, budget, id(host))
        scope = _scopes.get(content)
        if scope is None:
            scope = _Surroundings(aliases, names, types, known, members, standard, budget, host)
            _scopes[content] = scope
            if len(_scopes) > _SCOPES:
                _scopes.popitem(last=False)
        _seen[key] = (scope, (aliases, names, types, known, members, host))
        if len(_seen) > _SCOPES:
            _seen.popitem(last=False)
        return scope


def _content(mapping: Mapping[str, Any] | None) -> frozenset[tuple[str, Any]] | None:
    return None if mapping is None else frozenset(mapping.items())
