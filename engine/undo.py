"""What a move takes back: the steps that would be walked again, and so the clocks and unissued papers that came of them.

A move back takes back its target and everything behind it; a move forward takes back nothing. Loops are cut where the
diagram's walk from its start meets itself, so that "behind" means one way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine import flow
from engine.definitions import Definition

Address = tuple[str, ...]


def undone(which: Definition, waiting: Iterable[flow.Waiting], targets: Sequence[str]) -> frozenset[str]:
    """The elements that a move to these (legal) targets takes back."""
    resolve = which.flow.addresses.resolve
    stands = [(*w.path, w.element) for w in waiting]
    found: set[Address] = set()
    for target in map(resolve, targets):
        if any(at != target and target in behind(which, at) for at in stands):
            continue
        found |= behind(which, target)
    return frozenset(address[-1] for address in found)


def behind(which: Definition, address: Address) -> set[Address]:
    """The address itself and everything that can be reached from it without going round."""
    edges = forward(which.flow.edges)
    seen, todo = {address}, [address]
    while todo:
        for following in edges.get(todo.pop(), ()):
            if following not in seen:
                seen.add(following)
                todo.append(following)
    return seen


def forward(edges: Mapping[Address, Sequence[Address]]) -> dict[Address, list[Address]]:
    """The edges without those that lead back to where the walk from the start came from."""
    inner = {target for targets in edges.values() for target in targets}
    kept: dict[Address, list[Address]] = {}
    open_: set[Address] = set()
    for start in (address for address in edges if address not in inner):
        if start in kept:
            continue
        stack = [(start, iter(edges[start]))]
        kept[start], open_ = [], {start}
        while stack:
            here, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                open_.discard(here)
                stack.pop()
            elif following not in open_:
                kept[here].append(following)
                if following not in kept:
                    kept[following] = []
                    open_.add(following)
                    stack.append((following, iter(edges.get(following, ()))))
    return kept


def before(which: Definition, at: Address) -> list[Address]:
    """The addresses from which this one can be reached without going round, itself left out."""
    sources: dict[Address, list[Address]] = {}
    for here, following in forward(which.flow.edges).items():
        for target in following:
            sources.setdefault(target, []).append(here)
    seen, todo = {at}, [at]
    while todo:
        for source in sources.get(todo.pop(), ()):
            if source not in seen:
                seen.add(source)
                todo.append(source)
    return sorted(seen - {at})
