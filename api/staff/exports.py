"""Bulk export of cases and of other lists: asked for, approved by another person, fetched with a watermark."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api import sheets
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/exports", tags=["导出"])


Kind = Literal[
    "cases",
    "tasks",
    "clues",
    "parties",
    "vehicles",
    "property",
    "money",
    "dossiers",
    "alerts",
    "inspections",
    "certificates",
]


class Wanted(wire.Body):
    """要导出哪些案件(或者其他清单)、为什么。"""

    kind: Kind = Field("cases", description="哪种清单;须本人有查看该登记簿的权限")

    category: str = Field(pattern=r"^0[1-8]$", description="执法门类")
    since: date = Field(description="登记时间起(含)")
    until: date = Field(description="登记时间止(含)")
    status: str | None = Field(None, max_length=40, description="案件状态")
    purpose: str = Field(min_length=1, max_length=500, description="用途,印在每份导出件上")
    plain: bool = Field(False, description="个人信息不遮盖;须本人有查看个人信息的权限")


class ExportDecision(wire.Body):
    """批准或不批准。"""

    approved: bool
    decision: str = Field(min_length=1, max_length=500, description="理由")


class Export(BaseModel):
    """一份导出申请。"""

    id: UUID
    agency_id: int
    kind: Kind
    category: str
    since: date
    until: date
    status: str | None
    purpose: str
    plain: bool
    state: Literal["requested", "approved", "refused"]
    requested_by: UUID
    requested_by_name: str
    requested_at: AwareDatetime
    decided_by_name: str | None
    decided_at: AwareDatetime | None
    decision: str | None
    valid_until: AwareDatetime | None = Field(description="在此之前可以取")


class ExportPage(BaseModel):
    """一页导出申请。"""

    items: list[Export]
    next: str | None


@router.post("", summary="申请导出", status_code=201, responses=responses(409), response_model=Export)
def request_export(work: CurrentWork, body: Wanted, key: wire.IdempotencyKey = None) -> Any:
    """由另一人批准后才能取;一次至多两万件。"""
    told = (body.category, body.since, body.until, body.status, body.purpose, body.plain, body.kind)
    return engine.request_export(work, *told, **keyed(key))


@router.get("", summary="导出申请", responses=responses(404), response_model=ExportPage)
def list_exports(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本机构的申请和办理结果,新的在前。"""
    return engine.exports(work, limit, after)


@router.post("/{export_id}/decision", summary="批准导出", responses=responses(404, 409), response_model=Export)
def decide_export(work: CurrentWork, export_id: wire.Id, body: ExportDecision, key: wire.IdempotencyKey = None) -> Any:
    """申请人不能批准自己的申请;批准七日内有效。"""
    return engine.decide_export(work, str(export_id), body.approved, body.decision, **keyed(key))


@router.get(
    "/{export_id}/file",
    summary="取导出件",
    responses={**sheets.SCHEMA, **responses(404, 409)},
    response_class=Response,
)
def fetch_export(
    work: CurrentWork,
    export_id: wire.Id,
    form: Annotated[sheets.Format, Query(alias="format", description="格式")] = "xlsx",
) -> Response:
    """首行和页脚是水印:谁、何时、为何、谁批准;每次取都留审计。公式样的文字一律按文字写入。"""
    name, headings, mark, rows = engine.export_sheet(work, str(export_id))
    return sheets.download(name, headings, rows, form, mark=mark)
