"""The instance store: frozen state, version, lock. One row per running process; the state is our own format (flow.freeze)."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kernel.errors import NotFound
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers.subject import KINDS

# The one read of a step: instance, its record's facts and columns, the release in force now (`in_force`), and (when asked)
# the work item – locked in one statement. The record is locked too: an unlocked row would be read as it was before the wait.
_INSTANCE = """pi.id, pi.agency_id, pi.category, pi.process_key, pi.release, pi.subject_kind, pi.subject_id, pi.status,
pi.version, pi.state, pi.started_at, c.facts, pi.own, c.{status} as record_status,
(select r.hash from release r where r.effective_from <= %(now)s order by r.effective_from desc, r.published_at desc limit 1) as in_force"""
_BY_TASK = """select wi.id as task_id, wi.token, wi.element, wi.role, wi.claimed_by, wi.status as task_status,
wi.version as task_version, wi.process_key as step_process, wi.owner_id, wi.back_to, wi.signing, wi.created_at as opened_at,
wi.closed_at, wi.closed_by, {instance}
from work_item wi join process_instance pi on pi.id = wi.instance_id join {table} c on c.id = pi.subject_id
where wi.id = %(id)s for update of pi, wi, c"""
_BY_ID = """select {instance} from process_instance pi join {table} c on c.id = pi.subject_id
where pi.id = %(id)s for update of pi, c"""
_BY_IDS = """select {instance} from process_instance pi join {table} c on c.id = pi.subject_id
where pi.id = any(%(ids)s) order by pi.id for update of pi, c"""
_INSERT = """with kept as (insert into process_instance (id, agency_id, category, process_key, release, subject_kind, subject_id, status, state,
started_at, ended_at, own) values (%(id)s, %(agency_id)s, %(category)s, %(process_key)s, %(release)s, %(subject_kind)s, %(subject_id)s,
%(status)s, %(state)s, %(now)s, %(ended)s, %(own)s::jsonb))"""
_SAVE = """with kept as (update process_instance set state = %(state)s, status = %(status)s, ended_at = %(ended)s, version = version + 1,
own = case when %(own)s::jsonb is null then own else coalesce(own, '{}') || %(own)s::jsonb end
where id = %(id)s)"""
_HISTORY = """ insert into step_history (id, agency_id, category, instance_id, subject_id, at, element, name, kind, event, token, person_id, outcome)
select h, %(agency_id)s, %(category)s, %(id)s, %(subject_id)s, %(now)s, element, name, kind, event, token, %(person)s, outcome::jsonb
from jsonb_to_recordset(%(history)s::jsonb) as t(h uuid, element text, name text, kind text, event text, token text, outcome text)"""
_OWN = ("id", "agency_id", "category", "process_key", "release", "subject_kind", "subject_id")


@functools.cache
def _of(query: str, kind: str) -> str:
    about = KINDS[kind]
    return query.format(instance=_INSTANCE.format(status=about.status), table=about.table)


def _one(work: Work, query: str, id_: UUID | str) -> Row | None:
    """Most are cases: only what is none costs a look at its kind."""
    given = {"id": str(id_), "now": work.now}
    row = work.one(_of(query, "case"), given)
    if row is not None:
        return _seen(row)
    by = "id = (select instance_id from work_item where id = %(id)s)" if query is _BY_TASK else "id = %(id)s"
    other = work.one(f"select subject_kind from process_instance where {by}", given)
    row = work.one(_of(query, other["subject_kind"]), given) if other is not None else None
    return _seen(row) if row is not None else None


def facts_of(facts: Mapping[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a proceeding knows: the facts of its record, before them what it wrote itself (`own`). Null there: what others
    of its kind wrote and it does not know.
    """
    if not own:
        return dict(facts)
    return {key: value for key, value in {**facts, **own}.items() if value is not None or key not in own}


def _seen(row: Row) -> Row:
    return {**row, "facts": facts_of(row["facts"], row["own"])}


def unknown_to(work: Work, subject_id: UUID, process_key: str) -> dict[str, None]:
    """What a further process of this kind on a record does not know: everything that those before it wrote."""
    rows = work.rows(
        "select distinct jsonb_object_keys(own) as key from process_instance where subject_id = %s and process_key = %s",
        (subject_id, process_key),
    )
    return dict.fromkeys(row["key"] for row in rows)


def locked_by_task(work: Work, task_id: UUID | str) -> Row:
    """The instance of a work item, with the item, locked; a second act on the same record waits here for some milliseconds."""
    row = _one(work, _BY_TASK, task_id)
    if row is None:
        raise NotFound("没有这项任务,或者它不在您的权限范围内", remedy="请刷新待办列表")
    return row


def locked(work: Work, instance_id: UUID | str) -> Row:
    """The instance, locked."""
    row = _one(work, _BY_ID, instance_id)
    if row is None:
        raise NotFound("没有这个流程实例,或者它不在您的权限范围内")
    return row


def locked_all(work: Work, instance_ids: Sequence[UUID]) -> list[Row]:
    """Several instances, locked in the order of their ids; one that does not exist is left out."""
    rows = work.rows(_of(_BY_IDS, "case"), {"ids": list(instance_ids), "now": work.now})
    rest = set(instance_ids) - {row["id"] for row in rows}
    if rest:
        kinds = work.rows(
            "select distinct subject_kind as kind from process_instance where id = any(%s)", (list(rest),)
        )
        for kind in sorted({k["kind"] for k in kinds} - {"case"}):
            rows += work.rows(_of(_BY_IDS, kind), {"ids": list(rest), "now": work.now})
    return [_seen(row) for row in rows]


def beside(work: Work, subject_id: UUID, process_key: str | None = None) -> list[Row]:
    """The processes running on a record (or those of one key): id, process_key, status, oldest first."""
    return work.rows(
        """select id, process_key, status from process_instance where subject_id = %(id)s and status in ('running', 'suspended', 'incident')
        and (%(key)s::text is null or process_key = %(key)s) order by id""",
        {"id": subject_id, "key": process_key},
    )


@dataclass(frozen=True)
class Line:
    """A line of history. `outcome` is JSON."""

    element: str
    name: str
    kind: str
    event: str
    token: str | None
    outcome: str | None


def write(
    work: Work,
    row: Row,
    state: bytes,
    status: str,
    ended_at: datetime | None,
    history: Sequence[Line],
    *,
    fresh: bool = False,
    own: Mapping[str, Any] | None = None,
) -> None:
    """The state after a step and what was passed on the way, in one statement. `fresh`: the instance is new; `own`: what it
    wrote that stays its own."""
    work.execute(
        (_INSERT if fresh else _SAVE) + _HISTORY,
        {
            **{key: row[key] for key in _OWN},
            "state": state,
            "own": orjson.dumps(own).decode() if own else None,
            "status": status,
            "ended": ended_at,
            "now": work.now,
            "person": work.person.id,
            "history": orjson.dumps([{"h": uuid7(), **line.__dict__} for line in history]).decode(),
        },
    )
