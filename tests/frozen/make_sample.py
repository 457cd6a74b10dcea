"""Makes a frozen sample of a node: `python tests/frozen/make_sample.py tests/frozen/databaseN` (from the repository's root).

A node on an embedded server of its own gets the people of the tests and the small processes, with one case at every kind
of waiting, and is backed up with the product's own backup. `sample.json` beside the backup says what stands where. A sample
is made once per schema or state format and never again: tests/upgrade opens every one with today's program.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import engine  # noqa: E402
from content import load, releases  # noqa: E402
from engine import actions, jobs, release_store  # noqa: E402
from kernel import audit, backup, db, log  # noqa: E402
from kernel.files import FileStore  # noqa: E402
from kernel.permissions import Policy  # noqa: E402
from kernel.settings import Settings  # noqa: E402
from kernel.work import LOCAL, Node, SettableClock, Work, system_person  # noqa: E402
from registers import account, seed  # noqa: E402
from tests.engine.conftest import CheckPlate, Stage, small_files  # noqa: E402

PEOPLE = ROOT / "tests" / "people.yaml"
START = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
Case = dict[str, Any]


def stage_on(node: Node, clock: SettableClock) -> Stage:
    """The tests' people and sentences on any node."""

    def work_as(login: str) -> Work:
        return Work(node, account.person_of_login(Work(node, account.STRANGER), login))

    def begin(process: str = "small_case", **facts: object) -> Case:
        answers = {"case_cause": "超限运输", **facts}
        begun: Case = engine.start(work_as("officer_1"), process, answers, agency_id=440100, category="01")
        return begun

    return Stage(node, work_as, clock, begin)


def content_policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


def talked(stage: Stage) -> Case:
    """A case of many kinds that waits for an answer or the end of its period."""
    begun = stage.drafted()
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "talk")
    return begun


def cases(stage: Stage, plate: CheckPlate) -> dict[str, Case]:
    """One case at every kind of waiting, by what it waits for."""
    head, operator = stage.work_as("head_1"), stage.grant("supervisor_1", "operator")
    made: dict[str, Case] = {}

    def keep(name: str, begun: Case) -> Case:
        made[name] = begun
        return begun

    keep("ended", stage.waiting())
    engine.receive(stage.work_as("officer_1"), made["ended"]["case_id"], "reply", {})
    stage.do("head_1", made["ended"]["case_id"], "decide", fine_amount="3000")
    keep("cancelled", stage.looked())
    engine.cancel(operator, made["cancelled"]["instance_id"], "重复立案")
    keep("event gateway", stage.waiting())
    keep("moved back", stage.waiting())
    engine.move(operator, made["moved back"]["instance_id"], ["look"], "补充勘验")
    paused = keep("paused clock", talked(stage))
    engine.pause_clock(head, str(stage.clock_row(paused["case_id"], "DL_SMALL_WAIT")["id"]), "appraisal")
    raised = keep("escalation", stage.drafted())
    stage.sweep()
    stage.do("officer_1", raised["case_id"], "serve")
    stage.sweep()
    stage.do("officer_1", raised["case_id"], "talk", again=True)
    called = keep("call activity", stage.drafted())
    stage.sweep()
    stage.do("officer_1", called["case_id"], "serve")
    stage.sweep()
    failing(stage, plate, keep)
    keep("human step", stage.begin())
    half = keep("half a parallel block", stage.looked())
    stage.do("officer_1", half["case_id"], "look")
    service = keep("service not begun", stage.looked())
    stage.do("officer_1", service["case_id"], "look")
    stage.do("officer_2", service["case_id"], "ask")
    keep("papers not rendered", stage.drafted())
    return made


def failing(stage: Stage, plate: CheckPlate, keep: Callable[[str, Case], Case]) -> None:
    """A case whose service gave up, one that a boundary error took over, one whose boundary timer has fired."""
    broken = keep("incident", stage.drafted())
    stage.sweep()
    plate.fails = jobs.TRIES
    stage.do("officer_1", broken["case_id"], "serve")
    for _ in range(jobs.TRIES):
        stage.sweep(1)
        stage.later(hours=1)
    bad = keep("error boundary", stage.drafted())
    stage.sweep()
    plate.business = "bad"
    stage.do("officer_1", bad["case_id"], "serve")
    stage.sweep()
    plate.business = None
    keep("boundary timer", stage.drafted())
    stage.later(days=3, hours=1)
    stage.sweep()


def main(target: Path) -> None:
    """Writes the sample."""
    root = Path(tempfile.mkdtemp(prefix="zc-sample-"))
    root.chmod(0o755)
    clock = SettableClock(START)
    settings = Settings(var=root, pdf="off", dsn="")
    log.set_up(settings)
    database = db.connect(settings, pool=2)
    db.migrate(database.owner, settings.app_role)
    node = Node(database, settings, FileStore(settings.files), content_policy(), clock)
    seed.load(Work(node, system_person(440000, "01")), PEOPLE)
    system = Work(node, system_person(440100, "01"))
    with system.transaction():
        release_store.store(system, small_files(), ground="样本", effective_from=None)
    plate = CheckPlate()
    actions.REGISTRY["small_check"] = plate
    made = cases(stage_on(node, clock), plate)
    while audit.link(node):
        pass
    backup.backup(node, target, say=print)
    told = {
        "at": clock.at.isoformat(),
        "cases": {name: {k: c[k] for k in ("case_id", "instance_id")} for name, c in made.items()},
    }
    (target / "sample.json").write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    database.close()
    shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
