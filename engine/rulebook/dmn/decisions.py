"""A set of decision models, ready to decide: requirements, knowledge, services and imports resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import feel
from engine.rulebook.dmn.boxed import BoxCompiler
from engine.rulebook.dmn.itemtypes import ItemTypes
from engine.rulebook.dmn.model import Decision, DmnError, InputData, Knowledge, Model, Reference, Service
from engine.rulebook.dmn.table import Code, Match, Run
from engine.rulebook.dmn.xml import parse
from feel.embed import Meter, Nothing, bind, coerce, from_python, invoke, to_python

Key = tuple[str, str]
DECISION_BUDGET = feel.Budget(steps=500_000, seconds=0.25)
"""For a whole model of our own content; each text keeps to the limits of a condition."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a model: the element and a Chinese sentence."""

    element: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision's value with what led to it. ``violations`` are broken promises of tables (the value is then null);
    ``reasons`` say why something became null."""

    value: Any
    matches: tuple[Match, ...]
    violations: tuple[str, ...]
    reasons: tuple[str, ...]


class _Part:
    """One model of the set with its types and compiler."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.prefixes = {found.namespace: found.name for found in model.imports}
        self.types: ItemTypes
        self.boxes: BoxCompiler
        self.codes: dict[str, Code] = {}
        self.reads: dict[str, frozenset[str]] = {}


class Decisions:
    """Decision models that belong together; the first is the main one. Immutable after loading, shared between threads."""

    def __init__(
        self,
        models: Iterable[Model],
        *,
        standard: bool = False,
        budget: feel.Budget | None = None,
        aliases: Mapping[str, str] | None = None,
        host: feel.Host | None = None,
        elements: Mapping[str, feel.Type] | None = None,
    ) -> None:
        self._elements = elements
        self._parts: dict[str, _Part] = {}
        for model in models:
            self._parts.setdefault(model.namespace, _Part(model))
        if not self._parts:
            raise DmnError("没有决策模型。")
        self._main = next(iter(self._parts.values()))
        self._standard = standard
        self._budget = budget or (feel.STANDARD if standard else DECISION_BUDGET)
        self._aliases = aliases or {}
        self._host = host or feel.Host()
        self.faults: list[Fault] = []
        done: set[str] = set()
        for part in self._parts.values():
            self._prepare(part, done)
        for part in self._parts.values():
            for id_ in (*part.model.decisions, *part.model.knowledge):
                self._code(part, id_)

    def _prepare(self, part: _Part, done: set[str]) -> None:
        if part.model.namespace in done:
            return
        done.add(part.model.namespace)
        imported = {}
        for found in part.model.imports:
            other = self._parts.get(found.namespace)
            if other is None:
                self.faults.append(Fault(found.name, f"找不到导入的模型“{found.namespace}”。"))
                continue
            self._prepare(other, done)
            if hasattr(other, "types"):
                imported[found.name] = other.types
        part.types = ItemTypes(part.model, imported, self._report)
        part.boxes = BoxCompiler(
            part.types,
            self._report,
            standard=self._standard,
            budget=self._budget,
            aliases=self._aliases,
            host=self._host,
            elements=self._elements,
        )

    def _report(self, element: str, message: str) -> None:
        self.faults.append(Fault(element, message))

    # ── names ──

    @property
    def decisions(self) -> list[tuple[str, str]]:
        """Id and name of the main model's decisions."""
        return [(d.id, d.name) for d in self._main.model.decisions.values()]

    def inputs(self, decision: str) -> frozenset[str]:
        """The names of all input data a decision rests on, directly or through others."""
        return frozenset(one.name for _, one in self._needed(decision) if isinstance(one, InputData))

    def reads(self, decision: str) -> frozenset[str]:
        """The elements (by key) a decision may look at: its input data, and what its texts name directly."""
        found: set[str] = set()
        for part, one in self._needed(decision):
            if isinstance(one, InputData):
                found.add(self._aliases.get(one.name, one.name))
            found |= part.reads.get(one.id, frozenset())
        return frozenset(found)

    def _needed(self, decision: str) -> list[tuple[_Part, Any]]:
        """A decision and everything it rests on, directly or through others."""
        part, first = self._find(decision)
        waiting: list[tuple[_Part, Any]] = [(part, first)]
        found: dict[Key, tuple[_Part, Any]] = {}
        while waiting:
            owner, one = waiting.pop()
            if one is None or (owner.model.namespace, one.id) in found:
                continue
            found[owner.model.namespace, one.id] = (owner, one)
            waiting += [self._element(owner, reference) for reference in _requirements(one)]
        return list(found.values())

    def _find(self, decision: str) -> tuple[_Part, Decision]:
        for part in self._parts.values():
            for one in part.model.decisions.values():
                if decision in (one.id, one.name):
                    return part, one
        raise DmnError("模型中没有这一决策，请检查 id 或名称。", decision)

    def _element(self, part: _Part, reference: Reference) -> tuple[_Part, Any]:
        owner = part
        if reference.namespace and reference.namespace != part.model.namespace:
            found = self._parts.get(reference.namespace)
            if found is None:
                return part, None
            owner = found
        model = owner.model
        for kind in (model.inputs, model.decisions, model.knowledge, model.services):
            if reference.id in kind:
                return owner, kind[reference.id]
        return owner, None

    def _scope(self, part: _Part, owner: _Part, name: str) -> tuple[str, str]:
        """The import name under which another model's element is seen ("" for none), and its own name."""
        if owner is part:
            return "", name
        return part.prefixes.get(owner.model.namespace, ""), name

    # ── compiling ──

    def _code(self, part: _Part, id_: str) -> Code:
        code = part.codes.get(id_)
        if code is None:
            model = part.model
            one: Decision | Knowledge = model.decisions[id_] if id_ in model.decisions else model.knowledge[id_]
            names = set(self._names(part, one))
            logic = one.logic if isinstance(one, Decision) else one.function
            if isinstance(one, Knowledge):
                names.add(one.name)
            part.boxes.reading = set()
            code = part.codes[id_] = part.boxes.compile(logic, part.boxes.names(names), one.name)
            part.reads[id_] = frozenset(part.boxes.reading)
        return code

    def _names(self, part: _Part, one: Decision | Knowledge) -> Iterable[str]:
        references = [*one.knowledge]
        if isinstance(one, Decision):
            references += [*one.inputs, *one.decisions]
        for reference in references:
            owner, element = self._element(part, reference)
            if element is None:
                self._report(one.name, f"所需的“{reference.id}”不存在。")
                continue
            prefix, name = self._scope(part, owner, element.name)
            yield prefix or name
            if prefix:
                # What follows the dot has to be recognised as one name too.
                part.boxes.learn(element.name)

    # ── evaluating ──

    def decide(self, decision: str, facts: Mapping[Any, object], host: feel.Host | None = None) -> Answer:
        """Evaluate a decision (by id or name) over facts by name. Raises feel.FeelError beyond the budget."""
        part, one = self._find(decision)
        return self._answer(lambda run: self._decision(part, one, run), facts, host)

    def call(self, invocable: str, facts: Mapping[Any, object], host: feel.Host | None = None) -> Answer:
        """Call a business knowledge model or decision service by name with named arguments."""
        for part in self._parts.values():
            for kind in (part.model.knowledge, part.model.services):
                for one in kind.values():
                    if invocable in (one.id, one.name):
                        return self._answer(lambda run, p=part, o=one: self._invoked(p, o, run), facts, host)
        raise DmnError("模型中没有这一决策服务或业务知识模型。", invocable)

    def _answer(self, evaluate: Any, facts: Mapping[Any, object], host: feel.Host | None) -> Answer:
        notes: list[tuple[int, str]] = []
        meter = Meter(self._budget, host or self._host, notes)
        inner = {key: from_python(value, meter) for key, value in facts.items()}
        run = Run(meter, inputs=inner)
        try:
            value = evaluate(run)
        except RecursionError:
            raise feel.FeelError(-1, "决策嵌套过深，已中止。", "budget") from None
        return Answer(
            to_python(value, meter),
            tuple(_match(found, meter) for found in run.matches),
            tuple(run.violations),
            tuple(reason for _, reason in notes),
        )

    def _invoked(self, part: _Part, one: Knowledge | Service, run: Run) -> Any:
        function = self._function(part, one, run)
        if type(function) is not feel.Function:
            return None
        given = {name: run.inputs[name] for name in function.parameters if name in run.inputs}
        values = [given.get(name) for name in function.parameters]
        try:
            return invoke(function, values, None, run.meter)
        except Nothing as nothing:
            return run.meter.note(-1, nothing.reason)

    def _value(self, part: _Part, reference: Reference, run: Run) -> tuple[str, str, Any]:
        """Prefix, name and value of something required."""
        owner, element = self._element(part, reference)
        if element is None:
            return "", reference.id, None
        prefix, name = self._scope(part, owner, element.name)
        if isinstance(element, InputData):
            return prefix, name, self._input(owner, element, run, prefix)
        if isinstance(element, Decision):
            return prefix, name, self._decision(owner, element, run)
        return prefix, name, self._function(owner, element, run)

    def _input(self, part: _Part, data: InputData, run: Run, prefix: str = "") -> Any:
        key = (part.model.namespace, data.id)
        if key in run.values:
            return run.values[key]
        inputs = run.inputs
        nested = inputs.get(prefix) if prefix else None
        if type(nested) is dict and data.name in nested:
            value = nested[data.name]
        elif (part.model.namespace, data.name) in inputs:
            value = inputs[part.model.namespace, data.name]
        else:
            value = inputs.get(data.name, inputs.get(self._aliases.get(data.name)))
        value = run.values[key] = coerce(value, part.types.named(data.type_ref), run.meter)
        return value

    def _values(self, part: _Part, references: Iterable[Reference], run: Run) -> dict[str, Any]:
        # In our own content a table may name an element without drawing an input for it; the standard forbids that.
        values: dict[str, Any] = {} if self._standard else {k: v for k, v in run.inputs.items() if isinstance(k, str)}
        own: set[str] = set()
        for reference in references:
            prefix, name, value = self._value(part, reference, run)
            if not prefix:
                values[name] = value
                if name in self._aliases:
                    values[self._aliases[name]] = value
            elif prefix in own:
                values[prefix][name] = value
            else:
                own.add(prefix)
                values[prefix] = {name: value}
        return values

    def _decision(self, part: _Part, one: Decision, run: Run) -> Any:
        key = (part.model.namespace, one.id)
        if key in run.values:
            return run.values[key]
        if key in run.active:
            return run.meter.note(-1, f"决策“{one.name}”依赖于它自己")
        run.active.add(key)
        values = self._values(part, (*one.inputs, *one.decisions, *one.knowledge), run)
        value = coerce(self._code(part, one.id)(values, run), part.types.named(one.type_ref), run.meter)
        run.active.discard(key)
        run.values[key] = value
        return value

    def _function(self, part: _Part, one: Knowledge | Service, run: Run) -> Any:
        key = (part.model.namespace, one.id)
        if key in run.values:
            return run.values[key]
        made = self._service(part, one, run) if isinstance(one, Service) else self._knowledge(part, one, run)
        run.values[key] = made
        return made

    def _knowledge(self, part: _Part, one: Knowledge, run: Run) -> Any:
        key = (part.model.namespace, one.id)
        run.values[key] = None  # a model that needs itself sees itself only through its own name
        values = self._values(part, one.knowledge, run)
        function = self._code(part, one.id)(values, run)
        values[one.name] = function
        if type(function) is not feel.Function:
            return None
        wanted = part.types.named(one.type_ref)
        result = wanted.result if wanted.kind == "function" and wanted.result is not None else wanted
        if wanted is feel.ANY:
            return function
        inner = function.call

        def call(meter: Meter, arguments: list[Any]) -> Any:
            return coerce(inner(meter, arguments), result, meter)

        return feel.Function(one.name, function.parameters, call, function.types, result)

    def _service(self, part: _Part, one: Service, run: Run) -> Any:
        parameters: list[tuple[Key, str, feel.Type]] = []
        for reference in (*one.input_data, *one.input_decisions):
            owner, element = self._element(part, reference)
            if element is not None:
                key = (owner.model.namespace, element.id)
                parameters.append((key, element.name, owner.types.named(element.type_ref)))
        outer = run

        def call(meter: Meter, arguments: list[Any]) -> Any:
            meter.enter()
            inner = Run(meter, matches=outer.matches, violations=outer.violations)
            try:
                for (key, name, wanted), value in zip(parameters, arguments, strict=True):
                    inner.values[key] = bind(value, wanted, meter, name)
                found = [self._value(part, reference, inner) for reference in one.outputs]
            finally:
                meter.leave()
            value = found[0][2] if len(found) == 1 else {name: item for _, name, item in found}
            return coerce(value, result, meter)

        wanted = part.types.named(one.type_ref)
        result = wanted.result if wanted.kind == "function" and wanted.result is not None else wanted
        if result.kind == "function":
            result = feel.ANY
        names = tuple(name for _, name, _ in parameters)
        return feel.Function(one.name, names, call, tuple(t for _, _, t in parameters), result)


def _requirements(one: Any) -> tuple[Reference, ...]:
    if isinstance(one, Decision):
        return (*one.inputs, *one.decisions, *one.knowledge)
    if isinstance(one, Knowledge):
        return one.knowledge
    return one.outputs if isinstance(one, Service) else ()


def _match(found: Any, meter: Meter) -> Match:
    decision, rule, number, inputs, outputs, table = found
    return Match(
        decision,
        rule.id,
        number,
        tuple(text for text in rule.annotations if text),
        {column.label: to_python(value, meter) for column, value in zip(table.columns, inputs, strict=True)},
        {name: to_python(value, meter) for name, value in zip(table.output_names, outputs, strict=True)},
    )


def load(
    content: bytes,
    imports: Iterable[bytes] = (),
    *,
    aliases: Mapping[str, str] | None = None,
    standard: bool = False,
    budget: feel.Budget | None = None,
    host: feel.Host | None = None,
    elements: Mapping[str, feel.Type] | None = None,
) -> Decisions:
    """Read a decision model and the models it imports.

    ``aliases`` maps Chinese names to element keys; ``elements``, when given, are all data there are, with their types:
    then an unknown name in any text is a fault. Raises DmnError for files that are no models; faults inside are
    listed in ``Decisions.faults``."""
    models = [parse(content), *(parse(other) for other in imports)]
    return Decisions(models, standard=standard, budget=budget, aliases=aliases, host=host, elements=elements)
