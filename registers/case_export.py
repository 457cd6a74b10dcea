"""Lists of cases that leave the system (批量导出): asked for with a purpose, approved by another person, fetched for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work

MOST = 20_000  # rows of one list
VALID = timedelta(days=7)
_ROWS = """select c.case_number, c.case_cause, c.category, c.procedure_type, c.case_status, c.fine_amount, c.filed_at, c.created_at,
  p.party_type, p.name as party, coalesce(p.uscc, p.id_number) as identity, p.phone, p.address, v.plate
from enforcement_case c left join party p on p.id = c.party_id left join vehicle v on v.id = c.vehicle_id
where c.agency_id = any(%(scope)s) and c.category = %(category)s and c.created_at >= %(since)s and c.created_at < %(until)s
  and (%(status)s::text is null or c.case_status = %(status)s) order by c.created_at, c.id limit %(most)s"""
_LIST = """select e.*, a.name as requested_by_name, b.name as decided_by_name from case_export e
join officer a on a.id = e.requested_by left join officer b on b.id = e.decided_by
where e.agency_id = any(%(scope)s) and (%(after)s::uuid is null or e.id < %(after)s) order by e.id desc limit %(limit)s"""


def request(work: Work, category: str, wanted: Mapping[str, Any], purpose: str, plain: bool) -> Row:
    """A wish for a list of one enforcement category. `wanted`: since, until (days, ISO), status."""
    id_ = uuid7()
    row = {
        "id": id_,
        "agency_id": work.person.agency_id,
        "category": category,
        "wanted": Jsonb(dict(wanted)),
        "purpose": purpose,
        "plain": plain,
        "by": work.person.id,
        "at": work.now,
    }
    work.execute(
        """insert into case_export (id, agency_id, category, wanted, purpose, plain, requested_by, requested_at)
        values (%(id)s, %(agency_id)s, %(category)s, %(wanted)s, %(purpose)s, %(plain)s, %(by)s, %(at)s)""",
        row,
    )
    return get(work, id_)


def get(work: Work, export_id: UUID, *, lock: bool = False) -> Row:
    """One wish, with the names of who asked and who decided."""
    row = work.one(
        """select e.*, a.name as requested_by_name, b.name as decided_by_name from case_export e
        join officer a on a.id = e.requested_by left join officer b on b.id = e.decided_by where e.id = %s"""
        + (" for update of e" if lock else ""),
        (export_id,),
    )
    if row is None:
        raise NotFound("没有这份导出申请,或不在您的查看范围内")
    return row


def listed(work: Work, limit: int, after: UUID | None) -> list[Row]:
    """Those of one's agencies, newest first."""
    return work.rows(_LIST, {"scope": list(work.person.scope), "after": after, "limit": limit})


def decide(work: Work, export_id: UUID, approved: bool, decision: str) -> Row:
    """Approves or refuses; who asked cannot decide, and nothing is decided twice."""
    row = get(work, export_id, lock=True)
    if row["requested_by"] == work.person.id:
        raise Refusal("不能批准自己的导出申请", remedy="请由另一名有批准权限的人员办理")
    if row["state"] != "requested":
        raise Refusal("这份申请已经办理过", remedy="请刷新列表")
    until = work.now + VALID if approved else None
    work.execute(
        """update case_export set state = %s, decided_by = %s, decided_at = %s, decision = %s, valid_until = %s
        where id = %s""",
        ("approved" if approved else "refused", work.person.id, work.now, decision, until, export_id),
    )
    return get(work, export_id)


def rows(work: Work, export: Row) -> list[Row]:
    """The cases of the list that this person may see, oldest first. More than `MOST` are refused: nothing is cut silently."""
    wanted = export["wanted"]
    found = work.rows(
        _ROWS,
        {
            "scope": list(work.person.scope),
            "category": export["category"],
            "since": wanted["since"],
            "until": wanted["until"],
            "status": wanted.get("status"),
            "most": MOST + 1,
        },
    )
    if len(found) > MOST:
        raise Refusal(f"超过一次导出的上限 {MOST} 件", remedy="请缩短起止日期,分批申请")
    return found
