"""Incidents: what gave up, with cause and remedy; an operator sees them and can retry, skip with reason, or repair."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from engine import clocks, instances, jobs, release_store
from engine import step as steps
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.work import Row, Work

P = ParamSpec("P")
R = TypeVar("R")


def opens_when_runaway(verb: Callable[P, R]) -> Callable[P, R]:
    """A verb whose step ran away changes nothing; the incident that tells an operator is written in a transaction of its own."""

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except steps.Runaway as error:
            work = args[0]
            if error.instance is not None and isinstance(work, Work):
                with work.transaction():
                    _runaway(work, error.instance, error)
            raise

    return run


def _runaway(work: Work, instance: Row, error: steps.Runaway) -> None:
    known = "select 1 as one from incident where instance_id = %s and kind = 'runaway' and status = 'open'"
    if work.one(known, (instance["id"],)) is None:
        jobs.open_incident(
            work,
            agency_id=instance["agency_id"],
            category=instance["category"],
            instance_id=instance["id"],
            job_id=None,
            subject_id=instance["subject_id"],
            kind="runaway",
            cause=error.detail,
            remedy=str(error.remedy),
        )


def incidents(work: Work, limit: int = 50, after: str | None = None) -> dict[str, Any]:
    """Open incidents of one's scope, oldest first."""
    permissions.demand(work, "incident.list")
    limit = max(1, min(limit, 200))
    with work.transaction(hot=True):
        rows = work.rows(
            "select * from incident where status = 'open' and agency_id = any(%s) and id > %s order by id limit %s",
            (list(work.person.scope), after or UUID(int=0), limit + 1),
        )
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


@command(may="incident.retry", subject="incident_id")
def retry_incident(work: Work, incident_id: str) -> dict[str, Any]:
    """Lets the job run again, with all its tries anew."""
    row = _open(work, incident_id)
    if row["job_id"] is None:
        raise Refusal("这个异常没有可以重试的作业", remedy="请用“修复”调整流程位置")
    work.execute(
        "update job set status = 'waiting', attempts = 0, due_at = %s, lease_until = null where id = %s and status = 'incident'",
        (work.now, row["job_id"]),
    )
    _close(work, row, "retried", "重试")
    return {"id": incident_id, "status": "retried"}


@command(may="incident.skip", subject="incident_id", hot=True)
def skip_incident(work: Work, incident_id: str, reason: str) -> dict[str, Any]:
    """The job is not to be done any more: the flow goes on without its result. The reason stays in the record."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写跳过理由"})
    row = _open(work, incident_id)
    _finish_job(work, row)
    if row["instance_id"] is not None:
        job = work.one("select token, payload from job where id = %s", (row["job_id"],)) if row["job_id"] else None
        if job is not None and job["token"]:
            _go_on(work, row, job, reason)
    _close(work, row, "skipped", reason)
    return {"id": incident_id, "status": "skipped"}


@command(may="incident.repair", subject="incident_id")
def repair_incident(work: Work, incident_id: str, reason: str) -> dict[str, Any]:
    """The operator has put it right otherwise (by `move`, by correcting content): the incident is closed with what was done."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明修复经过"})
    row = _open(work, incident_id)
    _finish_job(work, row)
    _close(work, row, "repaired", reason)
    return {"id": incident_id, "status": "repaired"}


def _open(work: Work, incident_id: str) -> Row:
    try:
        id_ = UUID(incident_id)
    except ValueError as error:
        raise NotFound("编号格式不正确") from error
    row = work.one("select * from incident where id = %s for update", (id_,))
    if row is None:
        raise NotFound("没有这个异常,或者它不在您的权限范围内")
    if row["status"] != "open":
        raise Refusal("这个异常已经处理过", remedy="请刷新异常列表")
    return row


def _finish_job(work: Work, row: Row) -> None:
    if row["job_id"] is not None:
        work.execute("update job set status = 'cancelled', done_at = %s where id = %s", (work.now, row["job_id"]))


def _go_on(work: Work, row: Row, job: Row, reason: str) -> None:
    instance = instances.locked(work, row["instance_id"])
    clock_rows = clocks.send(work, instance["subject_id"])
    release = release_store.load(work, instance["release"])
    step = steps.opened(work, instance, release, clock_rows, source="incident.skip")
    if step.waiting(job["token"]) is None:
        return
    if row["kind"] == "timer":
        step.fire(job["token"])
    else:
        step.finish(str(job["payload"]["element"]), job["token"], steps.Outcome(note=f"跳过:{reason}"))
    step.settle()
    step.write()


def _close(work: Work, row: Row, status: str, reason: str) -> None:
    work.execute(
        "update incident set status = %s, closed_at = %s, closed_by = %s, reason = %s where id = %s",
        (status, work.now, work.person.id, reason, row["id"]),
    )
