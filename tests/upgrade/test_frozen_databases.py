"""Every frozen sample of a node opens with today's program: restored, migrated, and each of its cases goes on to its end."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

import engine
from engine import actions
from kernel import audit, backup, db
from kernel.files import FileStore
from kernel.settings import Settings
from kernel.work import Node, SettableClock
from tests.engine.conftest import CheckPlate, Stage
from tests.frozen.make_sample import content_policy, stage_on
from tests.kernel.chain import link_all

FROZEN = Path(__file__).parent.parent / "frozen"
SAMPLES = sorted(FROZEN.glob("database*"))
ENDED = {"ended", "cancelled"}
# Who does what, and with which answers, until a case of the small processes ends.
DOES: dict[str, tuple[str, dict[str, Any]]] = {
    "fill": ("officer_1", {"case_summary": "六轴车超限"}),
    "look": ("officer_1", {}),
    "ask": ("officer_2", {}),
    "decide": ("head_1", {"fine_amount": "3000"}),
    "draft": ("officer_1", {"case_summary": "六轴车超限"}),
    "serve": ("officer_1", {}),
    "urge": ("officer_1", {}),
    "mend": ("officer_1", {}),
    "talk": ("officer_1", {}),
    "reconsider": ("head_1", {}),
    "conclude": ("officer_1", {}),
}
_counter = itertools.count()


@pytest.fixture(params=SAMPLES, ids=lambda path: path.name)
def sample(request: pytest.FixtureRequest, server: Any, tmp_path: Path) -> Iterator[tuple[Path, Settings]]:
    """A sample and the settings of an empty node to restore it into."""
    name = f"upgrade_{os.getpid()}_{next(_counter)}"
    with server.superuser() as connection:
        connection.execute(f"create database {name} owner zc_owner template template0 encoding 'UTF8' locale 'C'")
    yield request.param, Settings(var=tmp_path, dsn=server.dsn(name, "zc_owner"), app_role=server.app_role, pdf="off")
    server.drop(name)


@pytest.fixture
def restored(sample: tuple[Path, Settings]) -> Iterator[tuple[dict[str, Any], Stage]]:
    """What the sample says of itself, and its people on the restored node, at the sample's instant."""
    path, settings = sample
    backup.restore(path, settings)
    told = orjson.loads((path / "sample.json").read_bytes())
    clock = SettableClock(datetime.fromisoformat(told["at"]))
    database = db.connect(settings)
    yield told, stage_on(Node(database, settings, FileStore(settings.files), content_policy(), clock), clock)
    database.close()


@pytest.fixture(autouse=True)
def plate(monkeypatch: pytest.MonkeyPatch) -> CheckPlate:
    """The action that the sample's cases ask for."""
    action = CheckPlate()
    monkeypatch.setitem(actions.REGISTRY, "small_check", action)
    return action


def status(stage: Stage, instance_id: str) -> str:
    return str(stage.rows("select status from process_instance where id = %s", instance_id)[0]["status"])


def finish(stage: Stage, case_id: str, instance_id: str) -> None:
    """Does whatever waits until the case is over."""
    for _ in range(30):
        stage.sweep()
        if status(stage, instance_id) in ENDED:
            return
        for element in stage.open(case_id):
            login, answers = DOES[element]
            stage.do(login, case_id, element, **answers)
        for wait in stage.rows("select message from message_wait where subject_id = %s", case_id):
            engine.receive(stage.work_as("officer_1"), case_id, wait["message"], {})
    raise AssertionError(f"{case_id} does not end: {stage.open(case_id)}")


def test_there_is_a_sample() -> None:
    assert SAMPLES


def test_every_case_of_the_sample_opens_and_ends(restored: tuple[dict[str, Any], Stage]) -> None:
    told, stage = restored
    operator = stage.work_as("supervisor_1")
    for incident in engine.incidents(operator)["items"]:
        engine.retry_incident(operator, str(incident["id"]))
    for name, case in told["cases"].items():
        seen = engine.case(stage.work_as("officer_1"), case["case_id"])
        assert seen["history"], name
        assert engine.diagram(stage.work_as("officer_1"), case["instance_id"])["xml"].startswith("<?xml")
        finish(stage, case["case_id"], case["instance_id"])
        assert status(stage, case["instance_id"]) in ENDED, name
    papers = stage.rows("select state, count(*) as n from document group by 1")
    assert {p["state"] for p in papers} <= {"issued", "served"}
    for instance in stage.rows("select id, subject_id from process_instance"):
        assert stage.open(str(instance["subject_id"])) == set()


def test_the_timers_of_the_sample_fire_when_their_periods_are_over(restored: tuple[dict[str, Any], Stage]) -> None:
    told, stage = restored
    waits, paused = told["cases"]["event gateway"], told["cases"]["paused clock"]
    stage.until(3, 25)
    assert stage.open(waits["case_id"]) == {"decide"}
    assert stage.open(paused["case_id"]) == set(), "its clock stands still"
    clock = str(stage.clock_row(paused["case_id"], "DL_SMALL_WAIT")["id"])
    engine.resume_clock(stage.work_as("head_1"), clock, "appraisal")
    stage.until(4, 10)
    assert stage.open(paused["case_id"]) == {"conclude"}


def test_the_audit_of_the_sample_goes_on_unbroken(restored: tuple[dict[str, Any], Stage]) -> None:
    told, stage = restored
    before = audit.verify(stage.node.db.owner)
    assert before.faults == []
    assert before.linked > 0
    case = told["cases"]["human step"]
    finish(stage, case["case_id"], case["instance_id"])
    link_all(stage.node)
    after = audit.verify(stage.node.db.owner)
    assert after.faults == []
    assert after.linked > before.linked


def test_the_numbers_of_the_sample_go_on_without_a_gap(restored: tuple[dict[str, Any], Stage]) -> None:
    told, stage = restored
    case = told["cases"]["human step"]
    finish(stage, case["case_id"], case["instance_id"])
    taken = [r["seq"] for r in stage.rows("select seq from number_taken where kind = '案' order by seq")]
    assert taken == list(range(1, len(told["cases"]) + 1)), "each case took one"
