"""F7: of two acts at the same time exactly one wins, the other is refused with a sentence, and nothing hangs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import engine
from engine import instances
from kernel.errors import Problem, Refusal
from kernel.work import Node, SettableClock, Work
from registers import case as cases
from tests.engine.test_verbs import do, open_task, to_the_wait

As = Callable[[str], Work]
Begin = Callable[..., dict[str, Any]]
ROUNDS = 12


def both(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Runs two acts at one moment; what each gave, exceptions included."""
    barrier, results = threading.Barrier(2), [None, None]

    def run(place: int, act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[place] = act()
        except Problem as problem:
            results[place] = problem

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate((first, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
        assert not thread.is_alive(), "an act hangs"
    return results


def one_wins(results: list[object]) -> None:
    losers = [r for r in results if isinstance(r, Problem)]
    assert len(losers) == 1, results
    assert isinstance(losers[0], Refusal)
    assert losers[0].detail


def test_two_completions_of_one_task(begin: Begin, work_as: As) -> None:
    one, two = work_as("officer_1"), work_as("officer_2")
    for _ in range(ROUNDS):
        task = open_task(one, begin()["case_id"], "fill")
        one_wins(
            both(
                lambda t=task: engine.complete(one, t, {"case_summary": "甲"}),
                lambda t=task: engine.complete(two, t, {"case_summary": "乙"}),
            )
        )


def test_two_claims_of_one_task(begin: Begin, work_as: As) -> None:
    one, two = work_as("officer_1"), work_as("officer_2")
    for _ in range(ROUNDS):
        task = open_task(one, begin()["case_id"], "fill")
        one_wins(both(lambda t=task: engine.claim(one, t), lambda t=task: engine.claim(two, t)))


def test_a_completion_against_a_cancellation(begin: Begin, work_as: As) -> None:
    one, head = work_as("officer_1"), work_as("supervisor_1")
    head.node.policy._roles["supervisor"] = head.node.policy.verbs("supervisor") | {"instance.cancel"}
    for _ in range(ROUNDS):
        case = begin()
        task = open_task(one, case["case_id"], "fill")
        results = both(
            lambda t=task: engine.complete(one, t, {"case_summary": "甲"}),
            lambda i=case["instance_id"]: engine.cancel(head, i, "撤回"),
        )
        # cancelling after the completion is lawful: at most the completion loses, and never both
        assert not isinstance(results[1], Problem), results
        with one.transaction(hot=True):
            row = one.one("select status from process_instance where id = %s", (case["instance_id"],))
            left = one.rows(
                "select 1 as one from work_item where instance_id = %s and status = 'open'", (case["instance_id"],)
            )
        assert row is not None
        assert row["status"] == "cancelled"
        assert left == []


def test_a_message_against_its_timer(begin: Begin, work_as: As, clock: SettableClock, small: Node) -> None:
    cases = [to_the_wait(begin, work_as) for _ in range(ROUNDS)]
    clock.move(timedelta(days=30))
    one, other = work_as("officer_1"), work_as("officer_2")
    for case_id in cases:
        both(lambda c=case_id: engine.receive(one, c, "reply", {}), lambda: engine.sweep(small, 1))
    while engine.sweep(small):
        pass
    for case_id in cases:
        with other.transaction(hot=True):
            rows = other.rows("select element from work_item where subject_id = %s and status = 'open'", (case_id,))
            incidents = other.rows("select 1 as one from incident")
        assert [r["element"] for r in rows] == ["decide"], case_id
        assert incidents == []


def test_two_branches_arrive_at_their_join_together(begin: Begin, work_as: As, small: Node) -> None:
    one, two = work_as("officer_1"), work_as("officer_2")
    for _ in range(ROUNDS):
        case_id = begin()["case_id"]
        do(one, case_id, "fill", case_summary="x")
        look, ask = open_task(one, case_id, "look"), open_task(one, case_id, "ask")
        results = both(lambda t=look: engine.complete(one, t, {}), lambda t=ask: engine.complete(two, t, {}))
        assert not any(isinstance(r, Problem) for r in results), results
        with one.transaction(hot=True):
            jobs = one.rows("select 1 as one from job where subject_id = %s and kind = 'action'", (case_id,))
        assert len(jobs) == 1


def test_an_act_that_waited_for_another_reads_the_facts_as_that_one_left_them(begin: Begin, work_as: As) -> None:
    one, two, case, seen = work_as("officer_1"), work_as("officer_2"), begin(), []

    def second() -> None:
        with two.transaction(hot=True):
            seen.append(instances.locked(two, case["instance_id"])["facts"])

    with one.transaction(hot=True):
        instances.locked(one, case["instance_id"])
        cases.apply(one, case["case_id"], changes={"remark": "甲"}, source="test")
        one.rows("select 1 as one")  # the change has arrived
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive(), "the second did not wait"
    waiting.join(timeout=300)
    assert [facts["remark"] for facts in seen] == ["甲"]
