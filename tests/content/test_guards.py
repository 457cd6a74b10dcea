"""Guards refuse with their article; the order of steps is judged as the case runs and on the diagram."""

from __future__ import annotations

import itertools
import random
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from content.releases import Release
from engine.rulebook.guards import Graph, precedence_refusals, refusals, unguarded_path

OFFICER = {"id": "a", "certificate_valid": True, "category_covered": True}


def context(**more: Any) -> dict[str, Any]:
    return {
        "acting_officers": [OFFICER, {**OFFICER, "id": "b"}],
        "done": {"investigation": True, "notice": True},
        "clocks": {},
        **more,
    }


def ids(release: Release, role: str | None, **more: Any) -> list[str]:
    return [refused.id for refused in refusals(release.guards, role, "complete", context(**more))]


def test_two_certified_officers_may_investigate(release: Release) -> None:
    assert ids(release, "investigation") == []


def test_one_whose_certificate_lapsed_does_not_count(release: Release) -> None:
    lapsed = [OFFICER, {**OFFICER, "id": "b", "certificate_valid": False}]
    refused = refusals(release.guards, "investigation", "complete", context(acting_officers=lapsed))
    assert [(r.id, r.law, r.mark) for r in refused] == [("G_GOOD_TWO_OFFICERS", "行政处罚法#42", "V")]
    assert refused[0].remedy == "补派持证人员后重新办理"


def test_what_cannot_be_established_refuses(release: Release) -> None:
    assert ids(release, "investigation", acting_officers=None) == ["G_GOOD_TWO_OFFICERS"]


def test_a_guard_stands_only_at_its_steps(release: Release) -> None:
    assert ids(release, "review", acting_officers=[]) == []
    assert ids(release, None, acting_officers=[]) == []


def test_amounts_are_compared_as_numbers(release: Release) -> None:
    running = {"DL_GOOD_DEFENCE": {"due": date(2026, 3, 10), "elapsed": False}}
    assert ids(release, "decision", fine_amount="3000.00", clocks=running) == ["G_GOOD_HEARD"]
    assert ids(release, "decision", fine_amount="0.00", clocks=running) == [], "the guard does not apply without a fine"
    assert ids(release, "decision", fine_amount="3000.00", clocks={"DL_GOOD_DEFENCE": {"elapsed": True}}) == []
    assert ids(release, "decision", fine_amount="3000.00", remark="放弃", clocks=running) == []


def test_a_guard_whose_condition_is_unknown_stays(release: Release) -> None:
    assert ids(release, "decision") == ["G_GOOD_HEARD"]


def test_a_decision_before_its_notice_is_refused(release: Release) -> None:
    facts = context(done={"investigation": True}, remark="x")
    refused = refusals(release.guards, "decision", "complete", facts)
    assert [(r.id, r.article, r.why) for r in refused] == [("O_GOOD_NOTICE", "行政处罚法#44", ("notice",))]
    assert precedence_refusals(release.precedence, "decision", facts) == refused
    assert precedence_refusals(release.precedence, "investigation", context(done={})) == []


def test_a_way_past_the_notice_is_shown() -> None:
    graph = Graph(["s"], {"s": ["n", "x"], "n": ["d"], "x": ["d"]}, {"n": "notice", "d": "decision"})
    assert unguarded_path(graph, "decision", "notice") == ["s", "x", "d"]


def test_either_of_two_alternative_steps_is_enough() -> None:
    graph = Graph(["s"], {"s": ["n", "o"], "n": ["d"], "o": ["d"]}, {"n": "notice", "o": "oral", "d": "decision"})
    assert unguarded_path(graph, "decision", "notice|oral") is None
    assert unguarded_path(graph, "decision", "notice|waiver") == ["s", "o", "d"]


def test_a_parallel_branch_with_the_notice_is_enough_at_the_join() -> None:
    edges = {"s": ["n", "x"], "n": ["j"], "x": ["j"], "j": ["d"]}
    roles = {"n": "notice", "d": "decision"}
    assert unguarded_path(Graph(["s"], edges, roles, frozenset({"j"})), "decision", "notice") is None
    assert unguarded_path(Graph(["s"], edges, roles), "decision", "notice") == ["s", "x", "j", "d"]


@given(st.integers(0, 2**32))
def test_the_search_agrees_with_walking_at_random(seed: int) -> None:
    """Without joins: a free way exists exactly when exhaustive walking finds one, and what is shown is such a way."""
    dice = random.Random(seed)
    nodes = [f"n{i}" for i in range(8)]
    edges = {n: [m for m in nodes if dice.random() < 0.25] for n in nodes}
    roles = {n: dice.choice(["notice", "other", "other"]) for n in nodes[1:-1]} | {nodes[-1]: "decision"}
    way = unguarded_path(Graph([nodes[0]], edges, roles), "decision", "notice")
    free, todo = {nodes[0]}, [nodes[0]]
    while todo:
        for following in edges[todo.pop()]:
            if following not in free and roles.get(following) != "notice":
                free.add(following)
                todo.append(following)
    assert (way is not None) == (nodes[-1] in free)
    if way is not None:
        assert all(b in edges[a] for a, b in itertools.pairwise(way))
        assert not any(roles.get(n) == "notice" for n in way)
