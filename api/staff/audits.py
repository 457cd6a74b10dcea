"""Searching, exporting and verifying the audit trail: for the audit administrator."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api import sheets
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from kernel import audit, permissions
from kernel.errors import InvalidAnswers
from registers import audit_trail
from registers.audit_trail import Asked

router = APIRouter(prefix="/audit", tags=["审计"])
Outcome = Literal["done", "refused", "failed", "read", "login", "login_failed"]


class Entry(BaseModel):
    """一行审计。"""

    id: UUID
    at: AwareDatetime
    person_id: UUID | None
    person: str | None = Field(description="操作人姓名")
    agency_id: int | None
    verb: str
    subject_kind: str | None
    subject_id: str | None
    subject: str | None = Field(
        description="对象是谁、哪一件:人员姓名,案号(任务、文书、证据等为所属案件的),线索编号,档号"
    )
    outcome: Outcome
    detail: str
    request_id: str | None


class EntryPage(BaseModel):
    """一页审计;`next` 为空即最后一页。"""

    items: list[Entry]
    next: str | None


def _asked(
    person: Annotated[UUID | None, Query(description="操作人")] = None,
    who: Annotated[str | None, Query(max_length=60, description="操作人的登录名或者姓名")] = None,
    subject: Annotated[str | None, Query(max_length=60, description="对象编号")] = None,
    case_number: Annotated[
        str | None, Query(max_length=60, description="案号:该案件及其任务、文书、证据、凭证")
    ] = None,
    verb: Annotated[str | None, Query(max_length=60, description="动作,如 task.complete")] = None,
    outcome: Annotated[
        Outcome | None,
        Query(description="done 办理、refused 被拒、failed 失败、read 查阅、login 登录、login_failed 登录失败"),
    ] = None,
    first: Annotated[AwareDatetime | None, Query(description="自何时", examples=["2026-03-01T00:00:00+08:00"])] = None,
    last: Annotated[AwareDatetime | None, Query(description="至何时(不含)")] = None,
) -> Asked:
    if any(text and "\x00" in text for text in (who, subject, case_number, verb)):
        raise InvalidAnswers({"who": "检索词中不能有空字符(NUL)"})
    return Asked(person, who, subject, case_number, verb, outcome, first, last)


Wanted = Annotated[Asked, Depends(_asked)]


@router.get("", summary="检索审计", responses=responses(422), response_model=EntryPage)
def read_audit(
    work: CurrentWork,
    asked: Wanted,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """本人授权机构范围内的办理、被拒和查阅,新的在前;只有安全审计员可以检索,检索本身也记入审计。"""
    rows = audit_trail.search(work, asked, limit + 1, after)
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


_HEADINGS = {
    "at": "时间", "person": "操作人", "agency_id": "机构", "verb": "动作", "outcome": "结果", "subject_kind": "对象种类",
    "subject": "对象", "subject_id": "对象编号", "detail": "说明", "request_id": "请求编号", "id": "审计行",
}  # fmt: skip


@router.get("/export", summary="导出审计", responses={**sheets.SCHEMA, **responses(422)}, response_class=Response)
def export_audit(
    work: CurrentWork,
    asked: Wanted,
    form: Annotated[sheets.Format, Query(alias="format", description="csv 或 xlsx")] = "csv",
) -> Response:
    """符合条件的全部审计记录;首行是水印,导出本身也记入审计。以 = + - @ 开头的文字前加撇号,不会被当作公式。"""
    rows = audit_trail.export(work, asked)
    if len(rows) > audit_trail.MOST:
        raise InvalidAnswers({"first": f"符合条件的超过 {audit_trail.MOST} 行,请缩小范围后分次导出"})
    mark = engine.sheet_mark(work, "审计记录", len(rows))
    return sheets.download("审计记录", _HEADINGS, rows, form, mark=mark)


@router.post("/verify", summary="核验审计链", responses=responses(), response_model=wire.Verdict)
def verify_audit(work: CurrentWork) -> Any:
    """重算每一行和整条链,与外部锚定比对。"""
    permissions.demand(work, "audit.verify")
    audit.link(work.node)
    verdict = audit.verify(work.node.db.dsn, work.node.settings.anchor)
    audit.record_apart(work, "audit.verify", outcome="failed" if verdict.faults else "done")
    return {**vars(verdict), "ok": not verdict.faults}
