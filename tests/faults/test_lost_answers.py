"""F4: the line is cut at COMMIT. The client tries again with its key, and nothing is lost and nothing happens twice."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import engine
from kernel.db import Database
from kernel.errors import Unavailable
from kernel.work import Node, Person, Work
from tests.faults.relay import Relay

Begin = Callable[..., dict[str, Any]]
As = Callable[[str], Work]
_PATIENCE = 30.0  # seconds; longer than this is a hang, on a slow machine too


@pytest.fixture
def relayed(small: Node) -> Iterator[tuple[Node, Relay]]:
    """The small node, its application connections through a relay."""
    parts = conninfo_to_dict(small.db.dsn)
    folder = Path(tempfile.mkdtemp(prefix="zc-relay-"))  # a unix socket's path must be short
    relay = Relay(folder, f"{parts['host']}/.s.PGSQL.{parts.get('port') or 5432}")
    database = Database(make_conninfo(small.db.dsn, host=str(folder), port=5432), small.db.owner, 2)
    yield Node(database, small.settings, small.files, small.policy, small.clock), relay
    database.close()
    relay.close()
    shutil.rmtree(folder)


def persist(node: Node, person: Person, task: str) -> tuple[dict[str, Any], int]:
    """Completes a task as a client does that knows its key: again while the answer is 503. The answer, and the tries."""
    for tries in range(1, 6):
        begin = time.monotonic()
        try:
            answer = engine.complete(Work(node, person), task, {"case_summary": "x"}, key=f"c-{task}")  # type: ignore[call-arg]
        except Unavailable:
            assert time.monotonic() - begin < _PATIENCE
            continue
        return answer, tries
    raise AssertionError("never answered")


def cut_at_commits(begin: Begin, work_as: As, relayed: tuple[Node, Relay], cuts: int, seed: int = 60) -> None:
    """Every completion loses its COMMIT or the answer to it once."""
    node, relay = relayed
    person, rnd = work_as("officer_1").person, random.Random(seed)
    for _ in range(cuts):
        begin()
    with work_as("officer_1").transaction(hot=True) as work:
        tasks = [str(r["id"]) for r in work.rows("select id from work_item where status = 'open'")]
    assert len(tasks) == cuts
    for task in tasks:
        relay.lose("answer" if rnd.random() < 0.7 else "request")
        answer, tries = persist(node, person, task)
        assert {t["element"] for t in answer["tasks"]} == {"look", "ask"}
        assert tries == 2
    assert relay.cuts == cuts
    with psycopg.connect(node.db.owner) as pg:

        def row(query: str) -> tuple[Any, ...]:
            return pg.execute(query).fetchone()  # type: ignore[return-value]

        assert row("select count(*) from step_history where element = 'fill' and event = 'left'") == (cuts,)
        assert row("select count(*) from audit_entry where verb = 'task.complete' and outcome = 'done'") == (cuts,)
        assert row("select count(*), max(seq) from number_taken") == (cuts, cuts)
        assert row("select count(*) from work_item where status = 'open'") == (2 * cuts,)


def test_nothing_happens_twice_and_nothing_is_lost_when_commits_are_cut(
    begin: Begin, work_as: As, relayed: tuple[Node, Relay]
) -> None:
    cut_at_commits(begin, work_as, relayed, 60)


@pytest.mark.long
@pytest.mark.parametrize("fifth", range(5))
def test_five_hundred_cuts(begin: Begin, work_as: As, relayed: tuple[Node, Relay], fifth: int) -> None:
    cut_at_commits(begin, work_as, relayed, 100, seed=500 + fifth)
