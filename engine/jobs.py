"""Jobs: timers, service calls, papers to render — rows that fall due.

The sweeper (`FOR UPDATE SKIP LOCKED`) is the correctness path; anything else only rings the bell. A job that fails
comes back later and later; what gives up becomes an incident with cause and remedy. Job rows hold no case data and stand
outside row-level security: a runner takes the job's agency and category as its scope and acts as the system.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import dict_row

from kernel.ids import uuid7
from kernel.work import Node, Row, Work

_lease = timedelta(minutes=2)
TRIES = 8
_FIRST_RETRY = timedelta(seconds=5)
_LONGEST = timedelta(hours=1)

_INSERT = """with made as (insert into job (id, kind, due_at, idempotency_key, agency_id, category, instance_id, token, subject_id, payload, created_at)
select id, kind, due_at, key, agency_id, category, instance_id, token, subject_id, payload::jsonb, %s
from unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::text[], %s::int[], %s::text[], %s::uuid[], %s::text[], %s::uuid[], %s::text[])
as t(id, kind, due_at, key, agency_id, category, instance_id, token, subject_id, payload)
on conflict (idempotency_key) do nothing returning due_at)
select pg_notify('zc_jobs', '') from made where due_at <= %s limit 1"""
_TAKE = """update job set status = 'running', attempts = attempts + 1, lease_until = %(until)s, leased_by = %(me)s
where id in (select id from job where status = 'waiting' and due_at <= %(now)s and kind = any(%(kinds)s)
  order by due_at, id limit %(most)s for update skip locked) returning *"""
_RESCUE = "update job set status = 'waiting', lease_until = null where status = 'running' and lease_until < %s"


_DUE = """select array(select distinct kind from job where status = 'waiting' and due_at <= %(now)s) as kinds,
  exists (select from clock_due where next_wake <= %(now)s) as clocks, exists (select from unnest(%(severities)s::text[], %(before)s::timestamptz[]) as s(severity, before)
    join alert_due d on d.severity = s.severity and d.raised_at <= s.before) as alerts"""


@dataclass(frozen=True)
class Due:
    """What is due now: kinds of jobs, whether a clock wakes, whether an alert was not answered in time."""

    kinds: frozenset[str]
    clocks: bool
    alerts: bool


@dataclass(frozen=True)
class Job:
    """A row to be. `key` is the idempotency key: `timer:<token>`, `action:<instance>:<token>`, `render:<document>` …"""

    kind: str
    due_at: datetime
    key: str
    agency_id: int
    category: str
    instance_id: UUID | None = None
    token: str | None = None
    subject_id: UUID | None = None
    payload: dict[str, Any] = field(default_factory=dict)


def insert(work: Work, jobs: Sequence[Job]) -> None:
    """Adds jobs and rings the bell for what is due now, in one statement; one whose key exists already is left as it is."""
    if not jobs:
        return
    work.execute(
        _INSERT,
        (
            work.now,
            [uuid7() for _ in jobs],
            [j.kind for j in jobs],
            [j.due_at for j in jobs],
            [j.key for j in jobs],
            [j.agency_id for j in jobs],
            [j.category for j in jobs],
            [j.instance_id for j in jobs],
            [j.token for j in jobs],
            [j.subject_id for j in jobs],
            [orjson.dumps(j.payload, default=str).decode() for j in jobs],
            work.now,
        ),
    )


def cancel(work: Work, instance_id: UUID, tokens: Sequence[str]) -> None:
    """Jobs of tokens that are gone and that nobody has begun."""
    if tokens:
        work.execute(
            "update job set status = 'cancelled', done_at = %s where instance_id = %s and token = any(%s)"
            " and status in ('waiting', 'incident')",
            (work.now, instance_id, list(tokens)),
        )


def cancel_keys(work: Work, keys: Sequence[str]) -> None:
    """Jobs of these idempotency keys that nobody has begun."""
    if keys:
        work.execute(
            "update job set status = 'cancelled', done_at = %s where idempotency_key = any(%s)"
            " and status in ('waiting', 'incident')",
            (work.now, list(keys)),
        )


def redate(work: Work, instance_id: UUID, token: str, due_at: datetime) -> None:
    """A timer whose clock moved."""
    work.execute(
        "update job set due_at = %s where instance_id = %s and token = %s and kind = 'timer' and status = 'waiting'",
        (due_at, instance_id, token),
    )


def put_off(work: Work, job_id: UUID, due_at: datetime) -> None:
    """A job that was taken too early: it waits again, with all its tries."""
    work.execute(
        "update job set status = 'waiting', attempts = 0, lease_until = null, due_at = %s where id = %s",
        (due_at, job_id),
    )


def ring(work: Work, subject_id: UUID) -> None:
    """Service calls of a record that were put off: what they wait for may have come."""
    work.execute(
        "update job set due_at = %(now)s where subject_id = %(id)s and kind = 'action' and status = 'waiting' and due_at > %(now)s",
        {"now": work.now, "id": subject_id},
    )


def finish(work: Work, *job_ids: UUID) -> None:
    """Done, in the transaction of what they did."""
    query = "update job set status = 'done', done_at = %s, lease_until = null where id = any(%s)"
    work.execute(query, (work.now, list(job_ids)))


def set_lease(length: timedelta) -> None:
    """How long a runner may hold a job before another takes it; longer than the slowest action."""
    global _lease
    _lease = length


def me() -> str:
    """Who holds a lease."""
    return f"{socket.gethostname()}:{os.getpid()}"


def due(node: Node, late: Mapping[str, datetime]) -> Due:
    """The one question that tells a sweep what to look for; first gives back what a dead worker held.

    `late`: severity → an alert raised until then should have been answered by now.
    """
    now = node.clock()
    [row] = _after_rescue(node, now, _DUE, {"now": now, "severities": list(late), "before": list(late.values())})
    return Due(frozenset(row["kinds"]), row["clocks"], row["alerts"])


def take(node: Node, kinds: Sequence[str], most: int) -> list[Row]:
    """Leases due jobs of these kinds, in due order; first gives back what a dead worker held."""
    now = node.clock()
    asked = {"until": now + _lease, "me": me(), "now": now, "kinds": list(kinds), "most": most}
    return sorted(_after_rescue(node, now, _TAKE, asked), key=lambda r: (r["due_at"], r["id"]))


def _after_rescue(node: Node, now: datetime, query: str, asked: Mapping[str, object]) -> list[Row]:
    with node.db.connection() as connection:
        pg: Any = connection.connection.driver_connection
        cursor = pg.cursor(row_factory=dict_row)
        with pg.pipeline():
            pg.execute(_RESCUE, (now,))
            cursor.execute(query, asked)
            rows: list[Row] = cursor.fetchall()
            pg.commit()
    return rows


def give_back(work: Work, job: Row, error: str) -> bool:
    """After a failure that may pass: due again after a growing while. False when the tries are used up."""
    if job["attempts"] >= TRIES:
        return False
    wait = min(_FIRST_RETRY * 2 ** (job["attempts"] - 1), _LONGEST)
    work.execute(
        "update job set status = 'waiting', lease_until = null, due_at = %s, last_error = %s where id = %s",
        (work.now + wait, error[:2000], job["id"]),
    )
    return True


def put_back(work: Work, job: Row, due_at: datetime, error: str) -> None:
    """After a failure that may pass, when somebody else than the engine says how long to wait."""
    work.execute(
        "update job set status = 'waiting', lease_until = null, due_at = %s, last_error = %s where id = %s",
        (due_at, error[:2000], job["id"]),
    )


def give_up(work: Work, job: Row, cause: str, remedy: str) -> UUID:
    """The job becomes an incident that an operator sees; returns the incident's id."""
    work.execute(
        "update job set status = 'incident', lease_until = null, last_error = %s where id = %s",
        (cause[:2000], job["id"]),
    )
    return open_incident(
        work,
        agency_id=job["agency_id"],
        category=job["category"],
        instance_id=job["instance_id"],
        job_id=job["id"],
        subject_id=job["subject_id"],
        kind=job["kind"],
        cause=cause,
        remedy=remedy,
    )


def open_incident(
    work: Work,
    *,
    agency_id: int,
    category: str,
    instance_id: UUID | None,
    job_id: UUID | None,
    subject_id: UUID | None,
    kind: str,
    cause: str,
    remedy: str,
) -> UUID:
    """Writes an incident."""
    id_ = uuid7()
    work.execute(
        "insert into incident (id, agency_id, category, instance_id, job_id, subject_id, kind, cause, remedy, opened_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (id_, agency_id, category, instance_id, job_id, subject_id, kind, cause[:2000], remedy, work.now),
    )
    return id_


def next_due(node: Node) -> datetime | None:
    """When the next job or clock falls due (for sleeping no longer than needed, and for stories that wait).

    What is to go to a counterpart does not count: whether and when it is taken is not the engine's to say.
    """
    with node.db.plain() as pg:
        row = pg.execute(
            "select min(due_at) from (select min(due_at) as due_at from job where status = 'waiting' and kind not like 'exchange:%'"
            " union all select min(next_wake) from clock_due) t"
        ).fetchone()
    return row[0] if row else None
