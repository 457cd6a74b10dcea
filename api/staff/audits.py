"""Reading and verifying the audit trail: for the audit administrator."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from kernel import audit, permissions
from kernel.work import Row, Work

router = APIRouter(prefix="/audit", tags=["审计"])
# 0 is the agency of who was not (yet) logged in.
_PAGE = """select id, at, person_id, agency_id, verb, subject_kind, subject_id, outcome, detail, request_id from audit_entry
where agency_id = any(%(scope)s) and (%(after)s::uuid is null or id < %(after)s)
  and (%(person)s::uuid is null or person_id = %(person)s) and (%(verb)s::text is null or verb = %(verb)s)
  and (%(subject)s::text is null or subject_id = %(subject)s) and (%(outcome)s::text is null or outcome = %(outcome)s)
order by id desc limit %(most)s"""


@router.get("", summary="审计记录", responses=responses(), response_model=wire.AuditPage)
def read_audit(
    work: CurrentWork,
    person: Annotated[UUID | None, Query(description="操作人")] = None,
    verb: Annotated[str | None, Query(max_length=60, description="动作,如 task.complete")] = None,
    subject: Annotated[str | None, Query(max_length=60, description="对象编号")] = None,
    outcome: Annotated[str | None, Query(max_length=20, description="结果,如 refused")] = None,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """本人授权机构范围内的审计记录,新的在前。"""
    permissions.demand(work, "audit.read")
    wanted = {"person": person, "verb": verb, "subject": subject, "outcome": outcome, "after": after}
    rows = _page(work, {**wanted, "scope": [0, *work.person.scope], "most": limit + 1})
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


def _page(work: Work, wanted: Row) -> list[Row]:
    with work.transaction(hot=True):
        return work.rows(_PAGE, wanted)


@router.post("/verify", summary="核验审计链", responses=responses(), response_model=wire.Verdict)
def verify_audit(work: CurrentWork) -> Any:
    """重算每一行和整条链,与外部锚定比对。"""
    permissions.demand(work, "audit.verify")
    audit.link(work.node)
    verdict = audit.verify(work.node.db.dsn, work.node.settings.anchor)
    audit.record_apart(work, "audit.verify", outcome="failed" if verdict.faults else "done")
    return {**vars(verdict), "ok": not verdict.faults}
