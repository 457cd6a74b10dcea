"""A loop may turn a thousand times: the stored state does not grow with the turns, and the loop ends when it should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

import engine
from kernel.work import Node, Work
from tests.engine.test_verbs import do, to_the_wait

As = Callable[[str], Work]
Begin = Callable[..., dict[str, Any]]


def turn(work_as: As, case_id: str) -> None:
    """From the wait through the decision and, sent back, to the wait again."""
    engine.receive(work_as("officer_1"), case_id, "reply", {})
    do(work_as("head_1"), case_id, "decide", again=True)
    do(work_as("officer_1"), case_id, "fill", case_summary="六轴车超限")
    do(work_as("officer_1"), case_id, "look")
    do(work_as("officer_2"), case_id, "ask")
    while engine.sweep(work_as("officer_1").node):
        pass


def sizes(node: Node) -> dict[str, int]:
    """What a step has to read: bytes of state and facts, rows that are open."""
    queries = {
        "state": "select length(state) from process_instance",
        "facts": "select length(facts::text) from enforcement_case",
        "open tasks": "select count(*) from work_item where status = 'open'",
        "open jobs": "select count(*) from job where status in ('waiting', 'running')",
        "messages": "select count(*) from message_wait",
        "open clocks": "select count(*) from clock where closed_at is null",
        "clocks read": "select count(distinct rule) from clock where status <> 'closed'",
    }
    with psycopg.connect(node.db.owner) as pg:
        return {name: int(pg.execute(query).fetchone()[0]) for name, query in queries.items()}  # type: ignore[index,arg-type]


def go_round(begin: Begin, work_as: As, node: Node, turns: int) -> None:
    case_id = to_the_wait(begin, work_as)
    for _ in range(10):
        turn(work_as, case_id)
    early = sizes(node)
    for _ in range(turns - 10):
        turn(work_as, case_id)
    late = sizes(node)
    assert abs(late.pop("state") - early.pop("state")) < 40  # digits of the times of change
    assert late == early
    engine.receive(work_as("officer_1"), case_id, "reply", {})
    answer = do(work_as("head_1"), case_id, "decide", again=False, fine_amount="3000")
    assert answer["ended"]
    with psycopg.connect(node.db.owner) as pg:
        left = pg.execute(
            "select element, count(*) from step_history where event = 'left' and kind = 'human' group by 1"
        ).fetchall()
    assert dict(left) == dict.fromkeys(("fill", "look", "ask", "decide"), turns + 1)


def test_the_state_after_sixty_turns_is_that_after_ten_and_the_loop_ends(
    begin: Begin, work_as: As, small: Node
) -> None:
    go_round(begin, work_as, small, 60)


@pytest.mark.long
def test_a_thousand_turns(begin: Begin, work_as: As, small: Node) -> None:
    go_round(begin, work_as, small, 1000)
