"""Small processes of their own on the national deadlines and calendar: every kind of waiting, nothing else.

`small_case`: parallel branches, a service step, an event gateway. `small_more`: several papers, a boundary timer, an error
and an escalation boundary, a call activity, a timer on a clock. `small_runaway` never stops; `small_broken` asks for an
action that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import engine
from content import load
from engine import actions, release_store
from kernel.permissions import Policy
from kernel.work import LOCAL, Node, Row, SettableClock, Work, system_person

ROOT = Path(__file__).parent.parent.parent
SMALL = Path(__file__).parent / "small"


def small_files() -> dict[str, bytes]:
    """The small tree over the national rulebook of time and rights."""
    keep = ("rules/national/deadlines/", "rules/national/calendar/", "rules/national/permissions/")
    national = {p: b for p, b in load.tree(ROOT).items() if p.startswith(keep)}
    return {**national, **load.tree(SMALL)}


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    from content import releases

    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture
def small(seeded: Node) -> Node:
    """A seeded node on which the small processes are in force."""
    work = Work(seeded, system_person(440100, "01"))
    with work.transaction():
        release_store.store(work, small_files(), ground="测试", effective_from=None)
    return seeded


@pytest.fixture
def begin(small: Node, work_as: Callable[[str], Work]) -> Callable[..., dict[str, object]]:
    """Starts a small case as officer_1."""

    def start(process: str = "small_case", **facts: object) -> dict[str, object]:
        work = work_as("officer_1")
        return engine.start(
            work, process, {"case_cause": "超限运输", **facts}, agency_id=work.person.agency_id, category="01"
        )

    return start


class CheckPlate:
    """The action of `small_more`: fails as often as it is told, then answers – or with a business error."""

    def __init__(self) -> None:
        self.fails = 0
        self.business: str | None = None
        self.ran: list[str] = []

    def __call__(self, work: Work, context: actions.Context) -> dict[str, Any]:
        self.ran.append(context.key)
        if self.fails > 0:
            self.fails -= 1
            raise ConnectionError("车辆登记系统没有应答")
        if self.business:
            raise actions.BusinessError(self.business, {"remark": "车牌不符"})
        return {"remark": "车牌相符"}


@pytest.fixture
def check_plate(monkeypatch: pytest.MonkeyPatch) -> Iterator[CheckPlate]:
    """The action small_check, registered for this test."""
    action = CheckPlate()
    monkeypatch.setitem(actions.REGISTRY, "small_check", action)
    return action


@dataclass
class Stage:
    """People, a day and a case on the small processes: what the tests' sentences are made of."""

    node: Node
    work_as: Callable[[str], Work]
    clock: SettableClock
    begin: Callable[..., dict[str, Any]]

    def rows(self, query: str, *params: object, login: str = "officer_1") -> list[Row]:
        """The rows of a query, as an ordinary person sees them."""
        with self.work_as(login).transaction() as work:
            return work.rows(query, params)

    def grant(self, login: str, role: str) -> Work:
        """Gives a person one more role in the city, for category 01."""
        with Work(self.node, system_person(440100, "01")).transaction() as work:
            work.execute(
                "insert into role_grant (officer_id, role, agency_id, categories, valid_from) select officer_id, %s, 440100,"
                " array['01'], '2025-01-01' from account where login = %s",
                (role, login),
            )
        return self.work_as(login)

    def task(self, case_id: str, element: str) -> str:
        """The open task of a step."""
        rows = self.rows(
            "select id from work_item where subject_id = %s and element = %s and status = 'open'", case_id, element
        )
        assert rows, element
        return str(rows[0]["id"])

    def open(self, case_id: str) -> set[str]:
        """The steps that wait for people."""
        rows = self.rows("select element from work_item where subject_id = %s and status = 'open'", case_id)
        return {row["element"] for row in rows}

    def do(self, login: str, case_id: str, element: str, **answers: object) -> dict[str, Any]:
        """A person does a step."""
        return engine.complete(self.work_as(login), self.task(case_id, element), answers)

    def sweep(self, times: int = 3) -> None:
        """What fell due is run."""
        for _ in range(times):
            engine.sweep(self.node)

    def until(self, month: int, day: int, hour: int = 9, minute: int = 0) -> None:
        """It is this hour of 2026, and what fell due until then is run."""
        self.clock.set(datetime(2026, month, day, hour, minute, tzinfo=LOCAL))
        self.sweep()

    def later(self, **span: float) -> None:
        """Time passes; nothing is run."""
        self.clock.move(timedelta(**span))

    def looked(self) -> dict[str, Any]:
        """A small case in its parallel branches."""
        begun = self.begin()
        self.do("officer_1", begun["case_id"], "fill", case_summary="六轴车超限")
        return begun

    def waiting(self) -> dict[str, Any]:
        """A small case that waits for an answer or the end of the period."""
        begun = self.looked()
        self.do("officer_1", begun["case_id"], "look")
        self.do("officer_2", begun["case_id"], "ask")
        self.sweep()
        return begun

    def drafted(self) -> dict[str, Any]:
        """A case of many kinds with its papers made, waiting for their service."""
        begun = self.begin("small_more")
        self.do("officer_1", begun["case_id"], "draft", case_summary="六轴车超限")
        return begun

    def clock_row(self, case_id: str, rule: str) -> Row:
        """The latest clock of a rule."""
        return self.rows("select * from clock where subject_id = %s and rule = %s order by id desc", case_id, rule)[0]


@pytest.fixture
def stage(
    small: Node, work_as: Callable[[str], Work], clock: SettableClock, begin: Callable[..., dict[str, Any]]
) -> Stage:
    """The small processes with their people."""
    return Stage(small, work_as, clock, begin)


@pytest.fixture
def operator(stage: Stage) -> Work:
    """Who may move what went wrong."""
    return stage.grant("supervisor_1", "operator")
