"""F2: PostgreSQL is killed -9 again and again. What was acknowledged is there; meanwhile people get a 503, never a hang."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import httpx
import psycopg
import pytest

import engine
from kernel.errors import Unavailable
from kernel.work import Node, Person, Work
from registers import account
from tests.api.conftest import log_in, serving
from tests.faults.own_server import OwnServer, own_server

_RECOVERY = 45.0  # seconds after the server answers again; a hang is longer, on a slow machine too
_HANG = 45.0  # seconds that one act may take, however the server dies


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
                case = self._persist(lambda key=key: self.start_case(f"s-{key}"))  # type: ignore[misc]
                self.started.append(case["case_id"])
                task = case["tasks"][0]["id"]
                self._persist(lambda key=key, task=task: self.complete(task, f"c-{key}"))  # type: ignore[misc]
                self.completed.append(case["case_id"])
        except BaseException as error:
            self.error = error
            raise

    def start_case(self, key: str) -> dict[str, Any]:
        """A small case under this key."""
        return engine.start(  # type: ignore[call-arg]
            Work(self.node, self.person),
            "small_case",
            {"case_cause": "超限运输"},
            agency_id=self.person.agency_id,
            category="01",
            key=key,
        )

    def complete(self, task: str, key: str) -> dict[str, Any]:
        """Its first task under this key."""
        return engine.complete(Work(self.node, self.person), task, {"case_summary": "x"}, key=key)  # type: ignore[call-arg]

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


class Client(Writer):
    """The same through the front door of a running API: what is acknowledged is a 2xx, away is a 503 that says when to come."""

    def __init__(self, node: Node, person: Person, name: str, stop: threading.Event, address: str) -> None:
        super().__init__(node, person, name, stop)
        self.http = log_in(address, "officer_1")
        self.http.timeout = httpx.Timeout(_HANG)

    def run(self) -> None:
        """As the writer, then hangs up."""
        try:
            super().run()
        finally:
            self.http.close()

    def start_case(self, key: str) -> dict[str, Any]:
        """POST /cases."""
        facts = {"case_cause": "超限运输"}
        body = {"process": "small_case", "agency_id": self.person.agency_id, "category": "01", "facts": facts}
        return self._post("/cases", body, key)

    def complete(self, task: str, key: str) -> dict[str, Any]:
        """POST /tasks/{id}/complete."""
        return self._post(f"/tasks/{task}/complete", {"answers": {"case_summary": "x"}}, key)

    def _post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        answer = self.http.post(path, json=body, headers={"Idempotency-Key": key})
        if answer.status_code == 503:
            told = answer.json()
            assert (told["code"], answer.headers["Retry-After"]) == ("unavailable", "2"), answer.text
            raise Unavailable(told["detail"])
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return dict(answer.json())


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


def kill_many(kills: int, over_http: bool = False, seed: int = 10) -> None:
    rnd = random.Random(seed)
    with own_server() as server, serving(server.node) if over_http else nullcontext("") as address:
        stop = threading.Event()
        person = account.person_of_login(Work(server.node, account.STRANGER), "officer_1")
        names = [f"writer-{n}" for n in range(3)]
        writers = [
            Client(server.node, person, name, stop, address) if over_http else Writer(server.node, person, name, stop)
            for name in names
        ]
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


def test_nothing_acknowledged_over_http_is_lost_and_people_are_told_when_to_come_back() -> None:
    kill_many(10, over_http=True)


@pytest.mark.long
@pytest.mark.parametrize("over_http", [False, True], ids=["verbs", "http"])
@pytest.mark.parametrize("fifth", range(5))
def test_fifty_kills_of_the_database(over_http: bool, fifth: int) -> None:
    kill_many(10, over_http, seed=50 + fifth)
