"""The parts of a parsed expression. ``pos`` is the 0-based offset where a part begins."""

from __future__ import annotations

from collections.abc import Iterator as Iterable_
from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Node:
    """Any part of an expression."""

    pos: int


@dataclass(slots=True)
class Literal(Node):
    """A number, string, boolean, null or @-value."""

    value: Any


@dataclass(slots=True)
class Name(Node):
    """A variable or function by name, blanks normalised."""

    name: str


@dataclass(slots=True)
class Input(Node):
    """``?``, the value under test."""


@dataclass(slots=True)
class Path(Node):
    """``target.name``"""

    target: Node
    name: str


@dataclass(slots=True)
class Filter(Node):
    """``target[condition]``"""

    target: Node
    condition: Node


@dataclass(slots=True)
class Call(Node):
    """A call; ``names`` are the parameter names when it was written with them."""

    function: Node
    arguments: list[Node]
    names: list[str] | None


@dataclass(slots=True)
class Logic(Node):
    """``and`` or ``or`` over two or more parts."""

    op: str
    parts: list[Node]


@dataclass(slots=True)
class Compare(Node):
    """``= != < <= > >=``"""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Arithmetic(Node):
    """``+ - * / **``"""

    op: str
    left: Node
    right: Node


@dataclass(slots=True)
class Negate(Node):
    """Arithmetic minus."""

    operand: Node


@dataclass(slots=True)
class Between(Node):
    """``value between low and high``"""

    value: Node
    low: Node
    high: Node


@dataclass(slots=True)
class In(Node):
    """``value in tests``"""

    value: Node
    tests: list[Node]


@dataclass(slots=True)
class TestList(Node):
    """``(test, test)``, allowed only after ``in``."""

    tests: list[Node]


@dataclass(slots=True)
class OpRange(Node):
    """``< end`` and its like."""

    op: str
    end: Node


@dataclass(slots=True)
class RangeLiteral(Node):
    """``[start..end]``"""

    start: Node
    start_included: bool
    end: Node
    end_included: bool


@dataclass(slots=True)
class TypeName:
    """A type as written: a name, its arguments, the member names of ``context<…>``, the result of ``function<…>``."""

    pos: int
    name: str
    arguments: list[TypeName]
    members: list[str]
    result: TypeName | None = None


@dataclass(slots=True)
class InstanceOf(Node):
    """``value instance of type``"""

    value: Node
    type: TypeName


@dataclass(slots=True)
class If(Node):
    """``if … then … else …``"""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(slots=True)
class Iterator:
    """``name in source`` or ``name in low..high``"""

    pos: int
    name: str
    source: Node
    high: Node | None


@dataclass(slots=True)
class For(Node):
    """``for … return …``"""

    iterators: list[Iterator]
    body: Node


@dataclass(slots=True)
class Quantified(Node):
    """``some … satisfies …`` and ``every … satisfies …``"""

    every: bool
    iterators: list[Iterator]
    body: Node


@dataclass(slots=True)
class FunctionLiteral(Node):
    """``function(a: number) body``"""

    parameters: list[tuple[str, TypeName | None]]
    result: TypeName | None
    body: Node
    external: bool


@dataclass(slots=True)
class ListLiteral(Node):
    """``[a, b]``"""

    items: list[Node]


@dataclass(slots=True)
class ContextLiteral(Node):
    """``{key: value}``"""

    entries: list[tuple[str, Node]]


@dataclass(slots=True)
class UnaryTests(Node):
    """A cell of a decision table; no tests at all is ``-``."""

    tests: list[Node]
    negated: bool


def walk(node: Any) -> Iterable_[Any]:
    """A node and all nodes below it, in the order of the text."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        below: list[Any] = []
        for field in fields(part):
            _collect(getattr(part, field.name), below)
        waiting.extend(reversed(below))


def _collect(value: Any, below: list[Any]) -> None:
    if isinstance(value, (Node, Iterator)):
        below.append(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, below)
