"""Runs what fell due: timers, service calls, papers to render, clocks that wake. Each in its own transaction.

Timers of different instances share a transaction in batches (with the cases locked in order), because after an outage ten
thousand may be overdue at once; if any of a batch fails, each is run alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from engine import (
    actions,
    alerting,
    care,
    clocks,
    dossiers,
    inspections,
    instances,
    jobs,
    offsite,
    outside,
    recompute,
    release_store,
    risk_sweep,
)
from engine import step as steps
from kernel import audit, log
from kernel.errors import Fault, Problem, Unavailable
from kernel.ids import uuid7
from kernel.work import Node, Row, Work, system_person

_log = log.logger("engine.runner")
_BATCH = 25
_SHORT_SECONDS = 1.0
_PROMPT = ("action", "render", "deliver", "clue", "inspection", "seal")
_BY_AGENCY = ("recompute", "risk")
KINDS = ("timer", *_PROMPT, *_BY_AGENCY, *care.KINDS)


def sweep(node: Node, limit: int = 200) -> int:
    """Runs up to `limit` due jobs and clock wakes; returns how many there were. Safe in any number of threads and processes.

    Mostly nothing is due, or of one kind alone: one question says what to look for.
    """
    care.plan(node)
    risk_sweep.plan(node)
    due = jobs.due(node, alerting.late(node))
    done = clocks.sweep(node, limit) if due.clocks else 0
    done += alerting.sweep(node, limit) if due.alerts else 0
    for kinds, most in ((_PROMPT, min(limit, 20)), (care.KINDS, 4)):
        for row in jobs.take(node, kinds, most) if due.kinds.intersection(kinds) else ():
            _run_one(node, row)
            done += 1
    care.tell(node)
    done += _run_agencies(node) if due.kinds.intersection(_BY_AGENCY) else 0
    return done + (_sweep_timers(node, limit) if "timer" in due.kinds else 0)


def _run_agencies(node: Node) -> int:
    """Jobs that go through an agency, one taken at a time: several short ones, one long one; timers do not wait for more."""
    begun, done = time.monotonic(), 0
    while time.monotonic() - begun < _SHORT_SECONDS and (rows := jobs.take(node, _BY_AGENCY, 1)):
        _run_one(node, rows[0])
        done += 1
    return done


def _sweep_timers(node: Node, limit: int) -> int:
    timers = jobs.take(node, ["timer"], limit)
    groups: dict[tuple[int, str], list[Row]] = {}
    for job in timers:
        groups.setdefault((job["agency_id"], job["category"]), []).append(job)
    for group in groups.values():
        for start in range(0, len(group), _BATCH):
            _run_timers(node, group[start : start + _BATCH])
    return len(timers)


def _work(node: Node, job: Row) -> Work:
    return Work(node, system_person(job["agency_id"], job["category"]), request_id=f"job:{job['id']}")


def _run_timers(node: Node, batch: list[Row]) -> None:
    """Timers of one agency and category in one transaction; if it fails, each on its own."""
    seen: dict[Any, list[Row]] = {}
    for job in batch:  # two timers of one record never share a transaction: the second must see what the first did
        seen.setdefault(job["subject_id"], []).append(job)
    alone = [job for same in seen.values() for job in same[1:]]
    together = [same[0] for same in seen.values()]
    try:
        work = _work(node, together[0])
        with work.transaction(hot=True):
            _fire(work, together)
    except Unavailable:
        raise
    except Exception as error:
        _log.warning("timer_batch_failed", error=str(error), jobs=len(together))
        alone = together + alone
    for job in alone:
        _run_one(node, job)


def _fire(work: Work, due: list[Row]) -> None:
    """Timers that fell due, of different instances: one whose token has gone meanwhile is simply over, one whose clock
    stands still comes back."""
    by_instance = {job["instance_id"]: job for job in due}
    rows = instances.locked_all(work, list(by_instance))
    clock_rows = clocks.of_subjects(work, [row["subject_id"] for row in rows])
    over = []
    for row in rows:
        job, release = by_instance[row["id"]], release_store.load(work, row["release"])
        step = steps.opened(work, row, release, clock_rows[row["subject_id"]], source="timer")
        waiting = step.waiting(job["token"])
        again = step.not_yet(waiting) if waiting is not None else None
        if waiting is not None and row["status"] == "suspended":
            again = work.now + actions.SUSPENDED
        if again is not None:
            jobs.put_off(work, job["id"], again)
            continue
        if row["status"] == "running" and waiting is not None:
            step.fire(job["token"])
            step.settle()
            step.write()
            audit.record(work, "timer.fire", subject=("instance", row["id"]), detail={"element": waiting.element})
        over.append(job["id"])
    jobs.finish(work, *over)


def _run_one(node: Node, job: Row) -> None:
    work = _work(node, job)
    runs: dict[str, Callable[[Work, Row], None]] = {
        "timer": _alone(_fire),
        "action": actions.run,
        "render": actions.render,
        "deliver": outside.deliver,
        "clue": offsite.begin_clue,
        "inspection": inspections.begin,
        "seal": dossiers.seal_supplement,
        "recompute": recompute.run,
        "risk": risk_sweep.run,
        **care.RUNS,
    }
    try:
        runs[job["kind"]](work, job)
    except Unavailable:
        raise
    except Exception as error:
        failed(node, job, error)


def _alone(act: Callable[[Work, list[Row]], None]) -> Callable[[Work, Row], None]:
    def run(work: Work, job: Row) -> None:
        with work.transaction(hot=True):
            act(work, [job])

    return run


def failed(node: Node, job: Row, error: Exception) -> None:
    """A job that failed: again later, or an incident with cause and remedy."""
    permanent = isinstance(error, Problem) and not (isinstance(error, Fault) and not error.permanent)
    cause = error.detail if isinstance(error, Problem) else f"{type(error).__name__}: {error}"
    remedy = (isinstance(error, Problem) and error.remedy) or "排除原因后在“异常”中重试;确认无须再做时写明理由跳过"
    if not isinstance(error, Problem):
        _log.error("job_failed", job=str(job["id"]), kind=job["kind"], exc_info=error)
    work = Work(node, system_person(job["agency_id"], job["category"]), request_id=f"job:{job['id']}")
    with work.transaction():
        if permanent or not jobs.give_back(work, job, cause):
            incident = jobs.give_up(work, job, cause, str(remedy))
            audit.record(
                work, "incident.open", subject=("incident", incident), outcome="failed", detail={"kind": job["kind"]}
            )


def request_id() -> str:
    """A fresh id for a run without a request."""
    return str(uuid7())
