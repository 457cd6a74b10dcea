"""F2: PostgreSQL is killed -9 again and again. What was acknowledged is there; meanwhile people get a 503, never a hang."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

import engine
from kernel.errors import Unavailable
from kernel.work import Node, Person, Work
from registers import account
from tests.faults.own_server import OwnServer, own_server

_RECOVERY = 5.0  # seconds after the server answers again
_HANG = 15.0  # seconds that one act may take, however the server dies


class Writer(threading.Thread):
    """Starts cases and completes their first task, each act again under its key until it is acknowledged."""

    def __init__(self, node: Node, person: Person, name: str, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.node, self.person, self.over = node, person, stop
        self.started: list[str] = []  # case ids acknowledged
        self.completed: list[str] = []
        self.refused_at: list[float] = []  # instants of 503
        self.done_at: list[float] = []  # instants of acknowledgements
        self.longest = 0.0
        self.error: BaseException | None = None

    def run(self) -> None:
        """Until told to stop; never stops in the middle of an act."""
        try:
            for n in itertools.count():
                if self.over.is_set():
                    return
                key = f"{self.name}-{n}"
                case = self._persist(
                    lambda key=key: engine.start(  # type: ignore[misc,call-arg]
                        self._work(), "small_case", {"case_cause": "超限运输"}, agency_id=self.person.agency_id,
                        category="01", key=f"s-{key}",
                    )
                )  # fmt: skip
                self.started.append(case["case_id"])
                task = case["tasks"][0]["id"]
                self._persist(
                    lambda key=key, task=task: engine.complete(  # type: ignore[misc,call-arg]
                        self._work(), task, {"case_summary": "x"}, key=f"c-{key}"
                    )
                )
                self.completed.append(case["case_id"])
        except BaseException as error:
            self.error = error
            raise

    def _work(self) -> Work:
        return Work(self.node, self.person)

    def _persist(self, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        while True:
            begin = time.monotonic()
            try:
                answer = act()
            except Unavailable:
                self.refused_at.append(time.monotonic())
                time.sleep(0.05)
            else:
                self.done_at.append(time.monotonic())
                return answer
            finally:
                self.longest = max(self.longest, time.monotonic() - begin)


def alive(writers: list[Writer]) -> None:
    for writer in writers:
        assert writer.error is None, repr(writer.error)
        assert writer.is_alive()


def wait_until(what: Callable[[], bool], seconds: float, why: str) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.02)


def kill_and_recover(server: OwnServer, writers: list[Writer], number: int, rnd: random.Random) -> float:
    """One kill in the midst of writing; returns how long after the server's return the last writer went on."""
    time.sleep(rnd.uniform(0.1, 0.5))
    died = time.monotonic()
    server.kill("postmaster" if number % 2 else "all")
    wait_until(lambda: all(w.refused_at and w.refused_at[-1] > died for w in writers), _HANG, "no 503 while away")
    back = server.start()
    wait_until(lambda: all(w.done_at[-1] > back for w in writers), _RECOVERY, "no recovery")
    alive(writers)
    return max(next(at for at in w.done_at if at > back) for w in writers) - back


def check(server: OwnServer, writers: list[Writer]) -> None:
    """What was acknowledged is there, once; and nothing else is."""
    started = [case for w in writers for case in w.started]
    completed = [case for w in writers for case in w.completed]
    with psycopg.connect(server.node.db.owner) as pg:

        def column(query: str) -> list[str]:
            return sorted(str(row[0]) for row in pg.execute(query).fetchall())

        assert column("select id from enforcement_case") == sorted(started)
        assert column("select subject_id from process_instance") == sorted(started)
        assert column("select subject_id from step_history where element = 'fill' and event = 'left'") == sorted(
            completed
        )
        assert column("select count(*) from work_item where element in ('look', 'ask')") == [str(2 * len(completed))]
        assert column("select seq from number_taken") == sorted(str(n + 1) for n in range(len(completed)))
        done = "select count(*) from audit_entry where outcome = 'done' and verb = "
        assert column(f"{done}'case.start'") == [str(len(started))]
        assert column(f"{done}'task.complete'") == [str(len(completed))]


def kill_many(kills: int) -> None:
    rnd = random.Random(kills)
    with own_server() as server:
        stop = threading.Event()
        person = account.person_of_login(Work(server.node, account.STRANGER), "officer_1")
        writers = [Writer(server.node, person, f"writer-{n}", stop) for n in range(3)]
        for writer in writers:
            writer.start()
        wait_until(lambda: all(w.done_at for w in writers), _HANG, "the writers did not begin")
        for number in range(kills):
            assert kill_and_recover(server, writers, number, rnd) <= _RECOVERY
        stop.set()
        for writer in writers:
            writer.join(_HANG)
            assert not writer.is_alive(), "a writer hangs"
            assert writer.error is None, repr(writer.error)
            assert writer.longest < _HANG
        check(server, writers)


def test_nothing_acknowledged_is_lost_when_the_database_is_killed() -> None:
    kill_many(10)


@pytest.mark.long
def test_fifty_kills_of_the_database() -> None:
    kill_many(50)
