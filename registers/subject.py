"""The kinds of record that a process may be about, by name, and where each record comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import psycopg

from kernel.errors import NotFound
from kernel.work import Row, Work
from registers import case, clue, evaluation, exam, inspection, qualification
from registers.record import Kind

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind for kind in (case.KIND, clue.KIND, qualification.KIND, exam.KIND, evaluation.KIND, inspection.KIND)
}


def kind_of(work: Work, subject_id: UUID) -> Kind:
    """The kind of a record. `NotFound` when there is none or it lies outside the scope."""
    row = work.one("select kind from subject where id = %s", (subject_id,))
    if row is None:
        raise NotFound("没有这份记录,或者它不在您的权限范围内", remedy="请从列表中重新打开")
    return KINDS[row["kind"]]


def locked(work: Work, kind: Kind, subject_id: UUID) -> Row:
    """The record, locked: agency_id, category, facts, status, kind, label. `NotFound` as above."""
    row = work.one(
        f"select id, agency_id, category, facts, {kind.status} as status from {kind.table} where id = %s for update",
        (subject_id,),
    )
    if row is None:
        raise NotFound(f"没有这份{kind.label}记录,或者它不在您的权限范围内", remedy="请从列表中重新打开")
    return {**row, "kind": kind.name, "label": kind.label}


def send_relatives(work: Work, subject_id: UUID) -> psycopg.Cursor[Row]:
    """Asks where a record comes from and what came of it: id, kind, relation (origin, outcome), created_at; oldest first."""
    return work.send(
        """select s.id, s.kind, 'origin' as relation, s.created_at from subject me join subject s on s.id = me.origin_id
        where me.id = %(id)s
        union all select id, kind, 'outcome', created_at from subject where origin_id = %(id)s order by created_at""",
        {"id": subject_id},
    )


def get(work: Work, subject_id: UUID) -> Row:
    """Whose a record is: id, kind, agency_id, category, origin_id. `NotFound` also when it lies outside the scope."""
    row = work.one("select * from subject where id = %s", (subject_id,))
    if row is None:
        raise NotFound(
            "没有这个案件或记录,或不在您的查看范围内", remedy="请核对编号;跨机构查阅须经移送、协助或调阅审批"
        )
    return row
