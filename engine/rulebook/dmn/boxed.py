"""Boxed expressions to functions over the values in scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import feel
from engine.rulebook.dmn import model as m
from engine.rulebook.dmn.itemtypes import ItemTypes
from engine.rulebook.dmn.table import Code, CompiledTable, Run
from feel.embed import Meter, Nothing, bind, coerce, invoke

Report = Callable[[str, str], None]
_LANGUAGES: Final = ("FEEL", "feel", "S-FEEL")
Names = frozenset[str]


class BoxCompiler:
    """Compiles the boxed expressions of one model. ``report(element, message)`` hears of every fault."""

    def __init__(
        self,
        types: ItemTypes,
        report: Report,
        *,
        standard: bool,
        budget: feel.Budget,
        aliases: Mapping[str, str],
        host: feel.Host,
        elements: Mapping[str, feel.Type] | None = None,
    ) -> None:
        self._elements = elements
        self._typed: dict[tuple[Names, feel.Type], dict[str, feel.Type]] = {}
        self.types = types
        self.report = report
        self.options: dict[str, Any] = {
            "standard": standard,
            "budget": budget,
            "aliases": aliases or None,
            "types": types.by_name,
            "host": host,
        }
        self.reading: set[str] = set()
        """Data named by the texts compiled since this was last emptied, other than what their scope gives them."""
        self._interned: dict[Names, Names] = {}
        self._members: Names = types.members

    def learn(self, member: str) -> None:
        """A name that may follow a dot."""
        self._members |= {member}

    def names(self, names: Any) -> Names:
        """A set of names, the same object for the same names: texts in one scope share their compiled forms."""
        made = frozenset(names)
        return self._interned.setdefault(made, made)

    def text(
        self, text: str, names: Names, owner: str, kind: Any = "expression", tested: feel.Type = feel.ANY
    ) -> feel.Expression | None:
        """A compiled text; None after reporting what is wrong with it. ``tested`` is the type of a cell's input."""
        if not text.strip():
            return None
        declared = None
        if self._elements is not None:
            # One mapping per scope, so that texts in one scope share their compiled forms.
            declared = self._typed.setdefault(
                (names, tested), {**dict.fromkeys(names, feel.ANY), **self._elements, "?": tested}
            )
        try:
            made = feel.compile(text, kind=kind, names=declared, known=names, members=self._members, **self.options)
        except feel.FeelError as error:
            self.report(owner, f"“{text[:60]}”有误：{error}")
            return None
        aliases = self.options["aliases"] or {}
        self.reading |= made.reads - names - {aliases.get(name, name) for name in names}
        return made

    def compile(self, box: m.Boxed | None, names: Names, owner: str) -> Code:
        """A function of the values in scope and the run; coerced to the declared type."""
        if box is None:
            return _null
        code = _MAKERS[type(box)](self, box, names, owner)
        wanted = self.types.named(box.type_ref)
        return code if wanted is feel.ANY else _typed(code, wanted)

    def literal(self, box: m.Literal, names: Names, owner: str) -> Code:
        if box.language and not box.language.upper().rstrip("/").endswith("FEEL"):
            self.report(owner, f"表达式语言“{box.language}”不受支持，只支持 FEEL。")
            return _null
        expression = self.text(box.text, names, owner)
        if expression is None:
            return _null
        return lambda values, run: expression.run(values, run.meter)

    def context(self, box: m.Context, names: Names, owner: str) -> Code:
        entries: list[tuple[str | None, feel.Type, Code]] = []
        inner = names
        for entry in box.entries:
            # A function may call itself by the name of its entry.
            scope = self.names(inner | {entry.name}) if entry.name and isinstance(entry.value, m.FunctionBox) else inner
            entries.append((entry.name, self.types.named(entry.type_ref), self.compile(entry.value, scope, owner)))
            if entry.name:
                inner = self.names(inner | {entry.name})

        def context(values: Mapping[str, Any], run: Run) -> Any:
            scope = dict(values)
            made: dict[str, Any] = {}
            for name, wanted, code in entries:
                value = coerce(code(scope, run), wanted, run.meter)
                if name is None:
                    return value
                made[name] = scope[name] = value
            run.meter.size(len(made))
            return made

        return context

    def invocation(self, box: m.Invocation, names: Names, owner: str) -> Code:
        function = self.compile(box.function, names, owner)
        bindings = [(name, self.compile(value, names, owner)) for name, value in box.bindings]

        def invocation(values: Mapping[str, Any], run: Run) -> Any:
            arguments = [code(values, run) for _, code in bindings]
            try:
                return invoke(function(values, run), arguments, [name for name, _ in bindings], run.meter)
            except Nothing as nothing:
                return run.meter.note(-1, nothing.reason)

        return invocation

    def list(self, box: m.ListBox, names: Names, owner: str) -> Code:
        items = [self.compile(item, names, owner) for item in box.items]
        return lambda values, run: [item(values, run) for item in items]

    def relation(self, box: m.Relation, names: Names, owner: str) -> Code:
        columns = [(name, self.types.named(ref)) for name, ref in box.columns]
        rows = [[self.compile(cell, names, owner) for cell in row] for row in box.rows]

        def relation(values: Mapping[str, Any], run: Run) -> Any:
            made = []
            for row in rows:
                cells = zip(columns, row, strict=False)
                made.append({name: coerce(code(values, run), wanted, run.meter) for (name, wanted), code in cells})
            run.meter.size(len(made) * len(columns))
            return made

        return relation

    def function(self, box: m.FunctionBox, names: Names, owner: str) -> Code:
        if box.kind.upper() != "FEEL":
            self.report(owner, f"函数种类“{box.kind}”不受支持，只支持 FEEL。")
            return _null
        parameters = [(p.name, self.types.named(p.type_ref)) for p in box.parameters]
        body = self.compile(box.body, self.names(names | {name for name, _ in parameters}), owner)

        def function(values: Mapping[str, Any], run: Run) -> Any:
            captured = values

            def call(meter: Meter, arguments: list[Any]) -> Any:
                meter.enter()
                scope = dict(captured)
                try:
                    for (name, wanted), value in zip(parameters, arguments, strict=True):
                        scope[name] = bind(value, wanted, meter, name)
                    return body(scope, run)
                finally:
                    meter.leave()

            types = tuple(wanted for _, wanted in parameters)
            return feel.Function("", tuple(name for name, _ in parameters), call, types, None)

        return function

    def conditional(self, box: m.Conditional, names: Names, owner: str) -> Code:
        condition, then, otherwise = (
            self.compile(part, names, owner) for part in (box.condition, box.then, box.otherwise)
        )

        def conditional(values: Mapping[str, Any], run: Run) -> Any:
            verdict = condition(values, run)
            if verdict is not None and type(verdict) is not bool:
                return run.meter.note(-1, "条件的值不是“是”或“否”")
            return then(values, run) if verdict is True else otherwise(values, run)

        return conditional

    def filter(self, box: m.FilterBox, names: Names, owner: str) -> Code:
        source = self.compile(box.source, names, owner)
        match = self.compile(box.match, self.names(names | {"item"} | self._members), owner)

        def filtered(values: Mapping[str, Any], run: Run) -> Any:
            items = source(values, run)
            if items is None:
                return None
            items = items if type(items) is list else [items]
            found = []
            for item in items:
                run.meter.spend(1)
                verdict = match({**values, "item": item, **(item if type(item) is dict else {})}, run)
                if type(verdict) is Decimal:
                    return _BY_INDEX.run({"列表": items, "序号": verdict}, run.meter)
                if verdict is True:
                    found.append(item)
                elif verdict is not False and verdict is not None:
                    return run.meter.note(-1, "筛选条件的值不是“是”或“否”")
            return found

        return filtered

    def iterator(self, box: m.IteratorBox, names: Names, owner: str) -> Code:
        source = self.compile(box.source, names, owner)
        extra = {box.variable, "partial"} if box.kind == "for" else {box.variable}
        body = self.compile(box.body, self.names(names | extra), owner)
        variable, kind = box.variable, box.kind

        def items_of(values: Mapping[str, Any], run: Run) -> list[Any] | None:
            items = source(values, run)
            if type(items) is feel.Range:
                items = _range_items(items, run)
            return items if items is None or type(items) is list else [items]

        def each(values: Mapping[str, Any], run: Run) -> Any:
            items = items_of(values, run)
            if items is None:
                return None
            results: list[Any] = []
            for item in items:
                run.meter.spend(1)
                results = [*results, body({**values, "partial": results, variable: item}, run)]
            return results

        def quantified(values: Mapping[str, Any], run: Run) -> Any:
            items = items_of(values, run)
            if items is None:
                return None
            every, unsure = kind == "every", False
            for item in items:
                run.meter.spend(1)
                verdict = body({**values, variable: item}, run)
                if verdict is (not every):
                    return not every
                unsure = unsure or type(verdict) is not bool
            return None if unsure else every

        return each if kind == "for" else quantified

    def table(self, box: m.Table, names: Names, owner: str) -> Code:
        compiled = CompiledTable(
            box,
            owner,
            lambda text, what: self.text(text, names, f"{owner} {what}"),
            lambda text, what, tested: self.text(text, names, f"{owner} {what}", "unary", tested),
            self.types.named,
            lambda message: self.report(owner, message),
        )
        return compiled.evaluate


_BY_INDEX = feel.compile("列表[序号]")
_RANGE_ITEMS = feel.compile("for i in 区间 return i")


def _range_items(bounds: feel.Range, run: Run) -> Any:
    return _RANGE_ITEMS.run({"区间": bounds}, run.meter)


def _null(values: Mapping[str, Any], run: Run) -> Any:
    return None


def _typed(code: Code, wanted: feel.Type) -> Code:
    return lambda values, run: coerce(code(values, run), wanted, run.meter)


_MAKERS: Final[dict[type, Callable[..., Code]]] = {
    m.Literal: BoxCompiler.literal,
    m.Context: BoxCompiler.context,
    m.Invocation: BoxCompiler.invocation,
    m.ListBox: BoxCompiler.list,
    m.Relation: BoxCompiler.relation,
    m.FunctionBox: BoxCompiler.function,
    m.Conditional: BoxCompiler.conditional,
    m.FilterBox: BoxCompiler.filter,
    m.IteratorBox: BoxCompiler.iterator,
    m.Table: BoxCompiler.table,
}
