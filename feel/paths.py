"""Which members of which names an expression reads: ``papers.D11.served_at``, ``evidence.kind`` for ``evidence[item.kind = …]``.

Finer than ``Expression.reads``: it tells whether whoever gives a name also gives the member that is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields
from typing import Any

from feel import nodes as n
from feel.expression import Expression

Path = tuple[str, ...]


def paths(expression: Expression) -> frozenset[Path]:
    """Every path from a name of the context, as far as the text follows it. Names of iterators and ``item`` stand for what
    they run over; a path that begins at a computed value is left out.
    """
    found: set[Path] = set()
    _visit(expression.tree, {}, found)
    reads = expression.reads
    return frozenset(path for path in found if path[0] in reads)


def _visit(node: Any, local: dict[str, Path | None], found: set[Path]) -> Path | None:
    """Notes what is read at and below a node; the path that the node itself stands for, if it is one."""
    if isinstance(node, (n.Name, n.Path)):
        path = _path(node, local, found)
        if path is not None:
            found.add(path)
        return path
    if isinstance(node, n.Filter):
        base = _visit(node.target, local, found)
        _visit(node.condition, {**local, "item": base}, found)
        return base
    if isinstance(node, (n.Quantified, n.For)):
        inner = dict(local)
        for iterator in node.iterators:
            inner[iterator.name] = _visit(iterator.source, inner, found)
            if iterator.high is not None:
                _visit(iterator.high, inner, found)
        _visit(node.body, inner, found)
        return None
    for field in fields(node):
        _below(getattr(node, field.name), local, found)
    return None


def _path(node: n.Node, local: dict[str, Path | None], found: set[Path]) -> Path | None:
    if isinstance(node, n.Name):
        return local.get(node.name, (node.name,))
    if isinstance(node, n.Path):
        base = _path(node.target, local, found)
        return None if base is None else (*base, node.name)
    return _visit(node, local, found)


def _below(value: Any, local: dict[str, Path | None], found: set[Path]) -> None:
    if isinstance(value, n.Node):
        _visit(value, local, found)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _below(part, local, found)


def compared_with(expression: Expression, name: str) -> set[str]:
    """The texts with which an expression compares a name: ``step = "x"``, ``step in ("x", "y")``."""
    return {text for one, text in texts_compared(expression, ("=",)) if one == name}


def texts_compared(expression: Expression, ops: Collection[str] = ("=", "!=")) -> Iterator[tuple[str, str]]:
    """Names with the texts that they are compared with: ``step = "x"``, ``step != "x"``, ``step in ("x", "y")``."""
    for node in n.walk(expression.tree):
        if isinstance(node, n.Compare) and node.op in ops:
            pairs = [(node.left, node.right), (node.right, node.left)]
        elif isinstance(node, n.In):
            tests = [t for test in node.tests for t in (test.tests if isinstance(test, n.TestList) else [test])]
            pairs = [(node.value, test) for test in tests]
        else:
            continue
        for name, text in pairs:
            if isinstance(name, n.Name) and isinstance(text, n.Literal) and isinstance(text.value, str):
                yield name.name, text.value


def needed_members(expression: Expression, name: str) -> frozenset[frozenset[str]]:
    """Sets of members of a context: without all of one of them an expression cannot be true. ``X`` in
    ``clocks.X.elapsed = true and …``; one set for each side of an ``or``. An empty set among them: nothing is needed.
    """
    return _needed(expression.tree, name)


def _needed(node: n.Node, name: str) -> frozenset[frozenset[str]]:
    if isinstance(node, n.Logic):
        parts = [_needed(part, name) for part in node.parts]
        if node.op == "or":
            return frozenset().union(*parts)
        return functools.reduce(lambda found, part: frozenset(a | b for a in found for b in part), parts)
    if isinstance(node, n.Compare) and node.op == "=":
        path = _path(node.left, {}, set())
        is_value = isinstance(node.right, n.Literal) and node.right.value is not None
        if is_value and path is not None and len(path) > 2 and path[0] == name:
            return frozenset({frozenset({path[1]})})
    return frozenset({frozenset()})


def may_be_true(expression: Expression, known: Mapping[str, object]) -> bool:
    """Whether an expression can still be true when these names have these values, whatever the others have: no when a
    comparison that reads only them, and without which it cannot be true, is not.
    """
    return _may_be_true(expression, expression.tree, known)


def _may_be_true(expression: Expression, node: n.Node, known: Mapping[str, object]) -> bool:
    if isinstance(node, n.Logic):
        parts = (_may_be_true(expression, part, known) for part in node.parts)
        return all(parts) if node.op == "and" else any(parts)
    if not isinstance(node, n.Compare | n.In) or any(isinstance(one, n.Call) for one in n.walk(node)):
        return True
    one = expression.part(node)
    return not one.reads or not one.reads <= known.keys() or one.evaluate(known) is True
