"""Cases shared with another agency: transfer, assistance, sampling, a higher level. One row per entitled agency."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kernel.errors import NotFound, Refusal
from kernel.work import Row, Work
from registers import case


def grant(
    work: Work,
    case_id: UUID,
    agency_id: int,
    reason: str,
    due_at: datetime | None = None,
    *,
    dossier_only: bool = False,
) -> None:
    """Lets `agency_id` read this case (of an agency in the giver's own scope), until `due_at` if given.

    `dossier_only`: of the case its sealed dossier alone, in the volumes that may be shown outside.
    """
    if not reason.strip():
        raise Refusal("共享案件须写明理由", remedy="请填写移送、协助、抽查或上级调阅的理由")
    row = case.get(work, case_id)
    if row["agency_id"] not in work.person.scope:
        raise Refusal("只能共享本机构的案件", remedy="请由案件所属机构办理共享")
    work.execute(
        """insert into case_scope (agency_id, owner_id, category, case_id, due_at, reason, granted_by, granted_at,
          dossier_only) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing""",
        (
            agency_id,
            row["agency_id"],
            row["category"],
            case_id,
            due_at,
            reason.strip(),
            work.person.id,
            work.now,
            dossier_only,
        ),
    )


def end_dossier(work: Work, case_id: UUID, agency_id: int, due_at: datetime) -> None:
    """Ends at once the share of a case's sealed dossier with an agency that was given until `due_at`."""
    work.execute(
        """update case_scope set due_at = %s where agency_id = %s and case_id = %s and dossier_only and due_at = %s
        and due_at > %s""",
        (work.now, agency_id, case_id, due_at, work.now),
    )


def open_shared(work: Work, case_id: UUID, *, dossier: bool = False) -> Row:
    """The case's row, read over a share: opens the owner's rows for the rest of this transaction, for this case alone.

    Whoever calls it reads by the case's id only; with `dossier` nothing but the sealed dossier, which a share may open alone. `NotFound` when nothing was shared, or the share has lapsed.
    """
    row = work.one(
        """select owner_id from case_scope where agency_id = any(%s) and case_id = %s
        and (due_at is null or due_at > %s) and (not dossier_only or %s) limit 1""",
        (list(work.person.scope), case_id, work.now, dossier),
    )
    if row is None:
        raise NotFound("没有这个案件,或不在您的查看范围内", remedy="请核对案号;跨机构查阅须经移送、协助或调阅审批")
    work.widen_scope(row["owner_id"])
    return case.get(work, case_id)


def shared_with_us(work: Work, limit: int = 50) -> list[Row]:
    """Shares that have not lapsed, newest first: case_id, owner_id, reason, due_at, granted_at."""
    return work.rows(
        """select case_id, owner_id, agency_id, reason, due_at, granted_at from case_scope
        where agency_id = any(%s) and (due_at is null or due_at > %s) and not dossier_only order by granted_at desc limit %s""",
        (list(work.person.scope), work.now, limit),
    )


def dossiers_shared_with_us(work: Work, limit: int = 100) -> list[Row]:
    """Sealed dossiers of others that may be read now, newest first: case_id, owner_id, owner, reason, due_at, granted_at."""
    return work.rows(
        """select s.case_id, s.owner_id, a.name as owner, s.reason, s.due_at, s.granted_at from case_scope s
        join agency a on a.id = s.owner_id where s.agency_id = any(%s) and s.dossier_only
          and (s.due_at is null or s.due_at > %s) order by s.granted_at desc limit %s""",
        (list(work.person.scope), work.now, limit),
    )
