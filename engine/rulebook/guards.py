"""Guards: acting rules that refuse a step, and the law's order of steps – judged as a case runs, and on the diagram.

A guard passes only when its expression is true: what cannot be established (null) refuses. Reads no database; the caller
brings the context (contracts: facts, person, acting_officers, performers, done, clocks, now, today).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from content.guards import Guard, Guards, Precedence
from engine.expressions import Facts, compiled, true


@dataclass(frozen=True)
class Refused:
    """What a guard says no with: its id, the article and its mark (V, K), the message, what helps, and why (for operators)."""

    id: str
    law: str
    message: str
    remedy: str | None
    mark: str | None
    why: tuple[str, ...] = ()

    @property
    def article(self) -> str:
        """The article, under the name that problems use."""
        return self.law


def refusals(
    guards: Guards,
    step_role: str | None,
    when: str,
    context: Mapping[str, object],
    element: str | None = None,
) -> list[Refused]:
    """Everything that forbids this step now, acting rules first, then the order of steps. Empty: go on."""
    facts = Facts(guards.elements, guards.parameters, context)
    found = [
        _refused(guard, guard.require, guards, facts)
        for guard in guards.at(step_role, when, element)
        if _applies(guard, guards, facts) and not true(guards.aliases, guard.require, facts)
    ]
    return found + precedence_refusals(guards, step_role, context)


def precedence_refusals(guards: Guards, step_role: str | None, context: Mapping[str, object]) -> list[Refused]:
    """What the law puts before a step of this role and has not been done in this case."""
    done = context.get("done")
    past = done if isinstance(done, Mapping) else {}
    facts = Facts(guards.elements, guards.parameters, context)
    return [
        Refused(rule.id, rule.law, rule.message, rule.remedy or None, rule.mark, tuple(_missing(rule, past)))
        for rule in guards.precedence
        if rule.before == step_role and any(_missing(rule, past)) and _applies(rule, guards, facts)
    ]


def _missing(rule: Precedence, done: Mapping[object, object]) -> Iterable[str]:
    return (need for need in rule.need if not any(done.get(one) is True for one in alternatives(need)))


def alternatives(need: str) -> list[str]:
    """The roles that satisfy a need: `decision|spot_decision` asks for one of them."""
    return need.split("|")


def _applies(rule: Guard | Precedence, guards: Guards, facts: Facts) -> bool:
    """A rule with a condition steps back only when the condition is false: what is unknown does not set it aside."""
    return rule.applies is None or compiled(guards.aliases, rule.applies).evaluate(facts) is not False


def _refused(guard: Guard, text: str, guards: Guards, facts: Facts) -> Refused:
    _, why = compiled(guards.aliases, text).explain(facts)
    return Refused(guard.id, guard.law, guard.message, guard.remedy or None, guard.mark, tuple(why))


# ---------------------------------------------------------------------- on the diagram
@dataclass(frozen=True)
class Graph:
    """A diagram for the static check. `edges`: node → next nodes; `joins`: nodes that wait for all that lead to them."""

    starts: Sequence[str]
    edges: Mapping[str, Sequence[str]]
    roles: Mapping[str, str]
    joins: frozenset[str] = field(default_factory=frozenset)


def unguarded_path(graph: Graph, before: str, need: str) -> list[str] | None:
    """A way from a start to a step of role `before` on which no step of role `need` was done; None when there is none.

    `need` may name alternatives, parted by `|`.

    A node is *free* when it can be reached without `need`: a join only when every branch is free, anything else when one
    is. At a join the free branch that was found last is shown.
    """
    into = _into(graph)
    came: dict[str, str | None] = dict.fromkeys(graph.starts)
    todo = list(graph.starts)
    while todo:
        node = todo.pop(0)
        if graph.roles.get(node) == before:
            return _way(came, node)
        if graph.roles.get(node) in alternatives(need):
            continue
        for following in graph.edges.get(node, ()):
            if following in came or (following in graph.joins and not _all_free(into[following], came, graph, need)):
                continue
            came[following] = node
            todo.append(following)
    return None


def _into(graph: Graph) -> dict[str, list[str]]:
    into: dict[str, list[str]] = {}
    for node, following in graph.edges.items():
        for one in following:
            into.setdefault(one, []).append(node)
    return into


def _all_free(nodes: Iterable[str], came: Mapping[str, object], graph: Graph, need: str) -> bool:
    return all(node in came and graph.roles.get(node) not in alternatives(need) for node in nodes)


def _way(came: Mapping[str, str | None], node: str) -> list[str]:
    way = [node]
    while (previous := came[way[-1]]) is not None:
        way.append(previous)
    return way[::-1]
