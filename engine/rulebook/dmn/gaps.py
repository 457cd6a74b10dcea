"""Finds what a decision table forgets and where its rules collide, each with an example input.

Every column is cut at the values its cells mention: between two of them nothing can change, so one value stands for
all in between. A rule then covers a set of such pieces per column, and gaps and overlaps are found on the sets. Cells
that do more than compare the input with fixed values are reported as not checked and never cause a false alarm.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

import feel
from engine.rulebook.dmn.model import InputClause, Model, Rule, Table
from feel import nodes as n
from feel.embed import NO_HOST, Meter, Nothing, compare, constant, literal_text, same_kind_key, to_python

_MOST: Final = 20
_STATES: Final = 200_000
_PLAIN: Final = (
    n.UnaryTests, n.OpRange, n.RangeLiteral, n.Literal, n.Compare, n.Logic, n.Between, n.In, n.TestList,
    n.ListLiteral, n.Input, n.Call, n.Name, n.Negate,
)  # fmt: skip
_CALLS: Final = frozenset({"date", "time", "date and time", "duration", "not"})


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind`` is ``gap``, ``overlap``, ``unreachable`` or ``unchecked``; ``rules`` are 1-based rows; ``example`` holds an
    input that shows it, by column label."""

    kind: str
    message: str
    rules: tuple[int, ...]
    example: dict[str, Any]


class _Column:
    """A column cut into pieces: a value standing for each, and per rule the set of pieces it covers, as bits."""

    def __init__(self, clause: InputClause, cells: list[str], whole: bool) -> None:
        self.label = clause.label or clause.expression
        self.opaque: set[int] = set()
        self.meter = Meter(feel.STANDARD, NO_HOST)
        constants: list[Any] = []
        tests: list[feel.Expression | None] = []
        for row, cell in enumerate(cells):
            test = self._test(cell, constants)
            if test is None and cell not in ("", "-"):
                self.opaque.add(row)
            tests.append(test)
        allowed = self._test(clause.allowed or "", constants)
        self.pieces = [v for v in _pieces(constants, whole) if allowed is None or allowed.test({}, self.meter, v)]
        self.all = (1 << len(self.pieces)) - 1
        self.covers = [self._covered(test) for test in tests]

    def _test(self, cell: str, constants: list[Any]) -> feel.Expression | None:
        """A cell whose answer depends on fixed values only; its values are added to the constants."""
        if cell in ("", "-"):
            return None
        try:
            test = feel.compile(cell, kind="unary", standard=True)
            found = list(_constants(test.tree, self.meter))
        except (feel.FeelError, Nothing):
            return None
        kinds = {type(value) for value in (*constants, *found)} - {type(None)}
        if len(kinds) > 1:
            return None
        constants += found
        return test

    def _covered(self, test: feel.Expression | None) -> int:
        if test is None:
            return self.all
        return sum(1 << i for i, value in enumerate(self.pieces) if test.test({}, self.meter, value))

    def value(self, bits: int) -> Any:
        """The value standing for the lowest piece of a set."""
        return self.pieces[(bits & -bits).bit_length() - 1]


def _constants(node: n.Node, meter: Meter) -> Iterator[Any]:
    """The fixed values a test mentions. Raises Nothing when it depends on anything else."""
    inside: set[int] = set()
    for part in n.walk(node):
        if not isinstance(part, _PLAIN):
            raise Nothing("不是简单取值")
        if id(part) in inside:
            continue
        if isinstance(part, n.Name):
            raise Nothing("引用了其他数据")
        if isinstance(part, n.Literal):
            yield part.value
        if isinstance(part, n.Call):
            if not isinstance(part.function, n.Name) or part.function.name not in _CALLS:
                raise Nothing("调用了函数")
            inside.add(id(part.function))
            if part.function.name != "not":
                inside |= {id(below) for below in n.walk(part)}
                yield constant(part, meter)


def _pieces(constants: list[Any], whole: bool) -> list[Any]:
    """A value for every stretch in which no test can change its answer."""
    values = [value for value in constants if value is not None]
    nulls = [None] if len(values) < len(constants) else []
    if not values:
        return [*nulls, _ANYTHING]
    kind = type(values[0])
    if kind is bool:
        return [*nulls, True, False]
    if kind is str:
        distinct = list(dict.fromkeys(values))
        other = "其他"
        while other in distinct:
            other += "值"
        return [*nulls, *distinct, other]
    ordered = _distinct_in_order(values)
    return [*nulls, *_ordered_pieces(ordered, whole)]


_ANYTHING: Final = "任意"


def _distinct_in_order(values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in sorted(values, key=lambda v: same_kind_key(v) if not hasattr(v, "rank") else v.rank()):
        if not found or compare(found[-1], value) != 0:
            found.append(value)
    return found


def _ordered_pieces(ordered: list[Any], whole: bool) -> Iterator[Any]:
    before = _shifted(ordered[0], -1)
    if before is not None:
        yield before
    for index, value in enumerate(ordered):
        yield value
        following = ordered[index + 1] if index + 1 < len(ordered) else None
        between = _shifted(value, 1) if following is None else _between(value, following, whole)
        if between is not None:
            yield between


def _shifted(value: Any, by: int) -> Any:
    text = "+" if by > 0 else "-"
    step = {Decimal: "1", feel.YearMonthDuration: 'duration("P1M")', feel.DayTimeDuration: 'duration("P1D")'}
    amount = step.get(type(value), 'duration("PT1H")' if type(value) is feel.Time else 'duration("P1D")')
    moved = feel.compile(f"值 {text} {amount}", standard=True).run({"值": value}, Meter(feel.STANDARD, NO_HOST))
    return moved if compare(moved, value) == by else None


def _between(low: Any, high: Any, whole: bool) -> Any:
    """A value strictly between two, as simple as can be; None when there is none."""
    if type(low) is Decimal:
        following = low.to_integral_value(rounding=ROUND_FLOOR) + 1
        if following < high:
            return following
        return None if whole else (low + high) / 2
    step = _shifted(low, 1)
    if step is not None and compare(step, high) == -1:
        return step
    if type(low) in (feel.Date, feel.YearMonthDuration):
        return None
    middle = feel.compile("低 + (高 - 低) / 2", standard=True)
    return middle.run({"低": low, "高": high}, Meter(feel.STANDARD, NO_HOST))


def check_table(table: Table, whole: Container[str] = ()) -> list[Finding]:
    """Findings for one table, at most 20 of each kind. ``whole`` names the inputs (expression or label) that are whole
    numbers, so that nothing is looked for between 2 and 3."""
    rules = table.rules
    columns = [
        _Column(clause, [_cell(rule, i) for rule in rules], clause.expression in whole or clause.label in whole)
        for i, clause in enumerate(table.inputs)
    ]
    found = list(_unchecked(columns, rules))
    if table.hit_policy in ("UNIQUE", "ANY"):
        found += _overlaps(table, columns)
    else:
        found += _unreachable(table, columns)
    has_default = any(output.default is not None for output in table.outputs)
    if table.hit_policy != "COLLECT" and not has_default:
        found += _gaps(table, columns)
    return found


def check_model(model: Model, whole: Container[str] = ()) -> dict[str, list[Finding]]:
    """Findings for every decision that is a table, by its name."""
    tables = {d.name: d.logic for d in model.decisions.values() if isinstance(d.logic, Table)}
    tables |= {
        k.name: k.function.body for k in model.knowledge.values() if k.function and isinstance(k.function.body, Table)
    }
    return {name: check_table(table, whole) for name, table in tables.items()}


def _cell(rule: Rule, column: int) -> str:
    return rule.inputs[column] if column < len(rule.inputs) else "-"


def _unchecked(columns: list[_Column], rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for index, column in enumerate(columns):
        for row in sorted(column.opaque)[:_MOST]:
            cell = _cell(rules[row], index)
            message = f"第 {row + 1} 条规则“{column.label}”一格“{cell}”不是简单取值，未参与检查。"
            yield Finding("unchecked", message, (row + 1,), {})


def _example(columns: list[_Column], bits: list[int]) -> tuple[dict[str, Any], str]:
    meter = Meter(feel.STANDARD, NO_HOST)
    values = {column.label: column.value(b) for column, b in zip(columns, bits, strict=True)}
    shown = ",".join(f"{label} = {literal_text(v) if v is not _ANYTHING else '任意'}" for label, v in values.items())
    return {label: to_python(v, meter) for label, v in values.items() if v is not _ANYTHING}, shown


def _overlaps(table: Table, columns: list[_Column]) -> Iterator[Finding]:
    count = 0
    opaque = set().union(*(column.opaque for column in columns)) if columns else set()
    for second in range(len(table.rules)):
        for first in range(second):
            if first in opaque or second in opaque:
                continue
            bits = [column.covers[first] & column.covers[second] for column in columns]
            if not all(bits):
                continue
            if table.hit_policy == "ANY" and table.rules[first].outputs == table.rules[second].outputs:
                continue
            example, shown = _example(columns, bits)
            numbers = (first + 1, second + 1)
            yield Finding(
                "overlap", f"第 {numbers[0]} 条与第 {numbers[1]} 条规则重叠，例如：{shown}。", numbers, example
            )
            count += 1
            if count >= _MOST:
                return


def _unreachable(table: Table, columns: list[_Column]) -> Iterator[Finding]:
    if table.hit_policy != "FIRST":
        return
    opaque = set().union(*(column.opaque for column in columns)) if columns else set()
    for second in range(len(table.rules)):
        for first in range(second):
            if first in opaque:
                continue
            if all(column.covers[second] & ~column.covers[first] == 0 for column in columns):
                message = f"第 {second + 1} 条规则永远轮不到：第 {first + 1} 条总是先适用。"
                yield Finding("unreachable", message, (first + 1, second + 1), {})
                break


def _gaps(table: Table, columns: list[_Column]) -> Iterator[Finding]:
    search = _GapSearch(table, columns)
    for bits in search.run():
        example, shown = _example(columns, bits)
        yield Finding("gap", f"没有规则适用于：{shown}。", (), example)
    if search.gave_up:
        yield Finding("unchecked", "规则组合过多，空缺未能查完，请拆分决策表。", (), {})


class _GapSearch:
    """Walks the columns, keeping the set of rules that still could apply; where it becomes empty there is a gap."""

    def __init__(self, table: Table, columns: list[_Column]) -> None:
        self.columns = columns
        self.every = (1 << len(table.rules)) - 1
        # For each column and piece: the rules that cover it.
        self.rules = [
            [
                sum(1 << row for row, covered in enumerate(column.covers) if covered >> piece & 1)
                for piece in range(len(column.pieces))
            ]
            for column in columns
        ]
        self.sealed: set[tuple[int, int]] = set()
        self.found = 0
        self.gave_up = False

    def run(self) -> Iterator[list[int]]:
        yield from self.below(0, self.every, [])

    def below(self, index: int, alive: int, path: list[int]) -> Iterator[list[int]]:
        if not alive:
            self.found += 1
            yield path + [column.all for column in self.columns[index:]]
            return
        if index == len(self.columns) or (index, alive) in self.sealed or self.gave_up:
            return
        # Pieces under which the same rules stay alive need one look only.
        groups: dict[int, int] = {}
        for piece, rules in enumerate(self.rules[index]):
            groups[alive & rules] = groups.get(alive & rules, 0) | 1 << piece
        before = self.found
        for still, bits in groups.items():
            yield from self.below(index + 1, still, [*path, bits])
            if self.found >= _MOST:
                return
        if self.found == before:
            self.sealed.add((index, alive))
            self.gave_up = self.gave_up or len(self.sealed) > _STATES
