"""Decision tables: every hit policy and aggregation. UNIQUE and ANY are enforced: a table that breaks its own promise
answers null and says which rules collided, it never picks one of them silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import feel
from engine.rulebook.dmn.model import OutputClause, Rule, Table
from feel.embed import BUILTINS, NUMBERS, Meter, Nothing, coerce, equal, kind_name, literal_text

_POLICIES: Final = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY", "RULE ORDER", "OUTPUT ORDER", "COLLECT"})
_AGGREGATIONS: Final = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that applied: what the history of a step keeps. Values are Python's."""

    decision: str
    rule: str
    number: int
    annotations: tuple[str, ...]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


@dataclass(slots=True)
class Run:
    """One evaluation of a model: the meter, the rules that matched, and what went wrong."""

    meter: Meter
    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    inputs: Mapping[Any, Any] = field(default_factory=dict)
    matches: list[tuple[str, Rule, int, list[Any], list[Any], CompiledTable]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    active: set[tuple[str, str]] = field(default_factory=set)


Code = Callable[[Mapping[str, Any], Run], Any]
CompileText = Callable[[str, str], "feel.Expression | None"]
CompileTests = Callable[[str, str, feel.Type], "feel.Expression | None"]


@dataclass(slots=True)
class _Column:
    """An input column, ready to evaluate."""

    label: str
    expression: feel.Expression | None
    type: feel.Type
    allowed: feel.Expression | None


@dataclass(slots=True)
class _Row:
    """A rule, ready to evaluate: its tests with their columns, and its result expressions."""

    rule: Rule
    number: int
    constant: tuple[tuple[int, Callable[[list[Any]], Any]], ...]
    dependent: tuple[tuple[int, feel.Expression], ...]
    outputs: tuple[feel.Expression | None, ...]


class CompiledTable:
    """A decision table compiled once. ``evaluate`` gives its value and records the rules that matched in the run."""

    def __init__(
        self,
        table: Table,
        name: str,
        text: CompileText,
        tests: CompileTests,
        types: Callable[[str | None], feel.Type],
        report: Callable[[str], None],
    ) -> None:
        self.table = table
        self.name = name
        self._report = report
        if table.hit_policy not in _POLICIES:
            report(f"不认识命中策略“{table.hit_policy}”。")
        self.columns = [
            _Column(
                clause.label or clause.expression,
                text(clause.expression, f"输入列“{clause.label}”"),
                types(clause.type_ref),
                tests(clause.allowed, f"输入列“{clause.label}”的取值", types(clause.type_ref))
                if clause.allowed
                else None,
            )
            for clause in table.inputs
        ]
        self.rows = [self._row(rule, number, text, tests) for number, rule in enumerate(table.rules, 1)]
        self.output_types = [types(clause.type_ref) for clause in table.outputs]
        self.output_names = [clause.name or clause.label or f"输出{i}" for i, clause in enumerate(table.outputs, 1)]
        self.allowed_outputs = [self._priorities(clause, text) for clause in table.outputs]
        self.defaults = [
            text(clause.default, "默认输出") if clause.default is not None else None for clause in table.outputs
        ]

    def _row(self, rule: Rule, number: int, text: CompileText, tests: CompileTests) -> _Row:
        if len(rule.inputs) != len(self.table.inputs) or len(rule.outputs) != len(self.table.outputs):
            self._report(f"第 {number} 条规则的格数与列数不符。")
        constant, dependent = [], []
        for column, cell in enumerate(rule.inputs[: len(self.columns)]):
            if cell in ("", "-"):
                continue
            expression = tests(cell, f"第 {number} 条规则第 {column + 1} 列", self.columns[column].type)
            body = expression.constant_test if expression is not None else _never
            if body is not None:
                constant.append((column, body))
            elif expression is not None:
                dependent.append((column, expression))
        outputs = tuple(
            text(cell, f"第 {number} 条规则第 {i} 个结果") if cell else None for i, cell in enumerate(rule.outputs, 1)
        )
        return _Row(rule, number, tuple(constant), tuple(dependent), outputs)

    def _priorities(self, clause: OutputClause, text: CompileText) -> list[Any] | None:
        if not clause.allowed:
            return None
        expression = text(f"[{clause.allowed}]", f"输出列“{clause.label}”的取值")
        if expression is None:
            return None
        listed = expression.run({}, Meter(feel.STANDARD, feel.Host()))
        return listed if type(listed) is list else None

    def evaluate(self, values: Mapping[str, Any], run: Run) -> Any:
        """The value of the table; null where no rule applies or the hit policy is violated."""
        meter = run.meter
        inputs = []
        for column in self.columns:
            raw = column.expression.run(values, meter) if column.expression is not None else None
            value = coerce(raw, column.type, meter)
            if column.allowed is not None and value is not None and not column.allowed.test(values, meter, value):
                run.violations.append(f"决策表“{self.name}”的输入“{column.label}”不在允许的取值之内。")
                return None
            inputs.append(value)
        rows = self._matching(values, inputs, run, first_only=self.table.hit_policy == "FIRST")
        if not rows:
            return self._nothing_matched(values, run)
        hits = [(row, self._outputs(row, values, run)) for row in rows]
        return self._by_policy(hits, inputs, run)

    def _matching(self, values: Mapping[str, Any], inputs: list[Any], run: Run, first_only: bool) -> list[_Row]:
        meter = run.meter
        cells = [[meter, value] for value in inputs]
        found = []
        for row in self.rows:
            meter.spend(1)
            for column, test in row.constant:
                if test(cells[column]) is not True:
                    break
            else:
                if all(test.test(values, meter, inputs[column]) for column, test in row.dependent):
                    found.append(row)
                    if first_only:
                        break
        return found

    def _outputs(self, row: _Row, values: Mapping[str, Any], run: Run) -> list[Any]:
        outputs = []
        for expression, wanted in zip(row.outputs, self.output_types, strict=False):
            value = expression.run(values, run.meter) if expression is not None else None
            outputs.append(coerce(value, wanted, run.meter))
        return outputs

    def _nothing_matched(self, values: Mapping[str, Any], run: Run) -> Any:
        if any(default is not None for default in self.defaults):
            defaults = [d.run(values, run.meter) if d is not None else None for d in self.defaults]
            return self._one([coerce(v, t, run.meter) for v, t in zip(defaults, self.output_types, strict=True)])
        if self.table.hit_policy == "COLLECT":
            if self.table.aggregation == "COUNT":
                return NUMBERS.create_decimal(0)
            return [] if not self.table.aggregation else None
        run.meter.note(-1, f"决策表“{self.name}”没有规则适用")
        return None

    def _one(self, outputs: list[Any]) -> Any:
        if len(self.output_names) == 1:
            return outputs[0]
        return dict(zip(self.output_names, outputs, strict=True))

    def _by_policy(self, hits: list[tuple[_Row, list[Any]]], inputs: list[Any], run: Run) -> Any:
        policy = self.table.hit_policy
        if policy == "UNIQUE" and len(hits) > 1:
            return self._violated(run, hits, inputs, "应只有一条规则适用(UNIQUE)，却同时适用")
        if policy == "ANY" and any(equal(outputs, hits[0][1], run.meter) is not True for _, outputs in hits[1:]):
            return self._violated(run, hits, inputs, "同时适用的规则应得出相同结果(ANY)，却不相同:")
        if policy in ("PRIORITY", "OUTPUT ORDER"):
            hits = sorted(hits, key=lambda hit: self._priority(hit[1], run.meter))
        if policy in ("UNIQUE", "ANY", "FIRST", "PRIORITY"):
            self._record(hits if policy == "ANY" else hits[:1], inputs, run)
            return self._one(hits[0][1])
        self._record(hits, inputs, run)
        if policy == "COLLECT" and self.table.aggregation:
            return self._aggregate(self.table.aggregation, [outputs for _, outputs in hits], run)
        return [self._one(outputs) for _, outputs in hits]

    def _violated(self, run: Run, hits: list[tuple[_Row, list[Any]]], inputs: list[Any], what: str) -> None:
        numbers = "、".join(str(row.number) for row, _ in hits)
        given = ",".join(f"{c.label}={literal_text(v)}" for c, v in zip(self.columns, inputs, strict=True)
                         if type(v) not in (list, dict))  # fmt: skip
        run.violations.append(f"决策表“{self.name}”{what}第 {numbers} 条(输入：{given})。请修改规则。")

    def _record(self, hits: list[tuple[_Row, list[Any]]], inputs: list[Any], run: Run) -> None:
        run.matches += [(self.name, row.rule, row.number, inputs, outputs, self) for row, outputs in hits]

    def _priority(self, outputs: list[Any], meter: Meter) -> tuple[int, ...]:
        """The rank of a result: its place among the output values, column by column."""
        ranks = []
        for value, allowed in zip(outputs, self.allowed_outputs, strict=True):
            if allowed is not None:
                at = (i for i, one in enumerate(allowed) if equal(value, one, meter) is True)
                ranks.append(next(at, len(allowed)))
        return tuple(ranks)

    def _aggregate(self, aggregation: str, results: list[list[Any]], run: Run) -> Any:
        function = BUILTINS[_AGGREGATIONS.get(aggregation, "count")].value()
        columns = [list(column) for column in zip(*results, strict=True)]
        try:
            return self._one([function.call(run.meter, [column]) for column in columns])
        except Nothing as nothing:
            run.meter.note(-1, f"决策表“{self.name}”不能汇总：{nothing.reason}({kind_name(columns[0][0])})")
            return None


def _never(_: list[Any]) -> bool:
    return False
