"""The instance store: frozen state, version, lock. One row per running process; the state is our own format (flow.freeze)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kernel.errors import NotFound
from kernel.work import Row, Work

# The one read of a step: instance, its subject's facts and columns, and (when asked) the work item – locked in one statement.
_COLUMNS = """pi.id, pi.agency_id, pi.category, pi.process_key, pi.release, pi.subject_kind, pi.subject_id, pi.status,
pi.version, pi.state, pi.started_at, c.facts, c.case_number, c.case_cause, c.case_status, c.lead_officer_id"""
_BY_TASK = f"""select wi.id as task_id, wi.token, wi.element, wi.role, wi.claimed_by, wi.status as task_status,
wi.version as task_version, wi.process_key as step_process, {_COLUMNS}
from work_item wi join process_instance pi on pi.id = wi.instance_id join enforcement_case c on c.id = pi.subject_id
where wi.id = %s for update of pi, wi"""
_BY_ID = f"""select {_COLUMNS} from process_instance pi join enforcement_case c on c.id = pi.subject_id
where pi.id = %s for update of pi"""
_INSERT = """insert into process_instance (id, agency_id, category, process_key, release, subject_kind, subject_id, status, state,
started_at, ended_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_SAVE = "update process_instance set state = %s, status = %s, ended_at = %s, version = version + 1 where id = %s"


def locked_by_task(work: Work, task_id: UUID | str) -> Row:
    """The instance of a work item, with the item, locked; a second act on the same case waits here for some milliseconds."""
    row = work.one(_BY_TASK, (str(task_id),))
    if row is None:
        raise NotFound("没有这项任务,或者它不在您的权限范围内", remedy="请刷新待办列表")
    return row


def locked(work: Work, instance_id: UUID | str) -> Row:
    """The instance, locked."""
    row = work.one(_BY_ID, (str(instance_id),))
    if row is None:
        raise NotFound("没有这个流程实例,或者它不在您的权限范围内")
    return row


def insert(work: Work, row: Row, state: bytes, ended_at: datetime | None) -> None:
    """A new instance."""
    work.execute(
        _INSERT,
        (
            row["id"],
            row["agency_id"],
            row["category"],
            row["process_key"],
            row["release"],
            row["subject_kind"],
            row["subject_id"],
            "ended" if ended_at else "running",
            state,
            work.now,
            ended_at,
        ),
    )


def save(work: Work, instance_id: UUID, state: bytes, status: str, ended_at: datetime | None) -> None:
    """The state after a step."""
    work.execute(_SAVE, (state, status, ended_at, instance_id))
