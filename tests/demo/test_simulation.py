"""A short year of work leaves nothing broken, and what is broken is noticed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import psycopg
import pytest

import engine
from api import invariants, simulating, trying
from kernel.work import LOCAL, Node, Work
from registers import account

UNTIL = datetime(2026, 4, 30, 18, tzinfo=LOCAL)


@pytest.fixture(scope="module")
def simulated() -> Iterator[tuple[Node, simulating.Told]]:
    """A node on which six stories were told."""
    with trying.scratch(datetime(2026, 3, 1, 9, tzinfo=LOCAL)) as (node, clock):
        yield node, simulating.run(node, clock, cases=6, seed=3, until=UNTIL, days=60, say=lambda text: None)


def test_what_was_begun_went_its_way_and_every_invariant_holds(simulated: tuple[Node, simulating.Told]) -> None:
    node, told = simulated
    assert (told.begun, told.derailed) == (6, 0), told.why
    assert told.steps > 30
    assert {name: faults for name, faults in invariants.broken(node).items() if faults} == {}


def test_the_same_seed_tells_the_same_stories() -> None:
    with trying.scratch(datetime(2026, 3, 1, 9, tzinfo=LOCAL)) as (node, clock):
        years = [simulating.plan(node, clock, cases=10, seed=7, until=UNTIL, days=60) for _ in range(2)]
    assert years[0] == years[1]
    assert len({story.start.by for story in years[0]}) > 1


def test_a_year_of_three_hundred_stories_holds_every_process_as_often_as_its_weight_says() -> None:
    with trying.scratch(datetime(2026, 3, 1, 9, tzinfo=LOCAL)) as (node, clock):
        drawn = [simulating.plan(node, clock, cases=300, seed=seed, until=UNTIL, days=365) for seed in (1, 2)]
        processes = set(engine.current_release(Work(node, account.STRANGER)).processes)
    assert set(simulating.MIX) == processes
    for year in drawn:
        counted = Counter(story.process for story in year)
        assert len(year) == 300
        for key, weight in simulating.MIX.items():
            assert abs(counted[key] - weight * 300 / sum(simulating.MIX.values())) <= 1, key


@pytest.mark.parametrize(
    ("invariant", "harm"),
    [
        ("每份文书都有制作它的环节", "delete from document where id = (select id from document where state <> 'void' limit 1)"),
        ("作出决定之前", "delete from step_history where outcome->>'step_role' in ('decision', 'spot_decision', 'closing', 'spot_report')"),
        ("罚没款账目相符", "update enforcement_case set case_status = 'closed', facts = facts || '{\"fine_paid_total\": \"1.00\"}'"
         " where id in (select case_id from money_voucher where kind = 'receipt')"),
        ("文号连续", "update number_counter set last = last + 1"),
        ("没有未处理的异常", "update job set status = 'waiting', attempts = 1, last_error = 'x' where id = (select id from job limit 1)"),
        ("在办的流程都有等待的事", "update process_instance set status = 'running' where status = 'ended'"),
        ("逾期的期限都有预警", "insert into clock_history (id, clock_id, agency_id, category, at, person_id, event, reason)"
         " select gen_random_uuid(), id, agency_id, category, now(), gen_random_uuid(), 'breached', 'x' from clock limit 1"),
    ],
)  # fmt: skip
def test_what_is_broken_is_noticed(simulated: tuple[Node, simulating.Told], invariant: str, harm: str) -> None:
    node, _ = simulated
    with psycopg.connect(node.db.owner) as connection:
        for table in ("step_history", "document"):
            connection.execute(f"alter table {table} disable trigger user")
        connection.execute(harm)  # type: ignore[arg-type]
        found = invariants.broken_in(node, connection)
        connection.rollback()
    assert [name for name, faults in found.items() if name.startswith(invariant) and faults], found
