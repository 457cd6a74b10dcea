"""Clues: taken in from any source, imported from a sheet, merged with undo, and what became of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentSession, CurrentWork, work_of
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed
from kernel.errors import InvalidAnswers

router = APIRouter(prefix="/clues", tags=["线索"])
MOST = 20 << 20
SHEET: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
AgencyQuery = Annotated[int, Query(ge=0, le=2_147_483_647, description="机构编号")]
CategoryQuery = Annotated[str, Query(pattern=r"^0[1-8]$", description="执法门类")]
Each = Annotated[bool, Query(description="逐行导入:正确的行导入,有误的行列出;否则有一行有误即整份不导入")]


class NewClue(wire.Body):
    """一条线索。"""

    agency_id: int = Field(ge=0, le=2_147_483_647, description="受理机构", examples=[440100])
    category: str = Field(pattern=r"^0[1-8]$", description="执法门类", examples=["02"])
    facts: dict[str, Any] = Field(description="“登记线索”表单的内容", examples=[{"clue_title": "货车沿途抛洒砂石"}])
    sender: str | None = Field(None, max_length=100, description="来文(来电)单位", examples=["12328"])
    sender_no: str | None = Field(None, max_length=100, description="来文编号、工单号;同一编号再来一次只更新不重复")
    reporter: dict[str, Any] | None = Field(None, description="举报人信息(“举报记录”的栏目);只有办理该线索的人可见")


class ClueTaken(wire.Stepped):
    """收下的线索。"""

    instance_id: UUID | None = None  # type: ignore[assignment]
    updated: bool = Field(description="此前已收到,本次为更新")


class ClueItem(BaseModel):
    """线索列表的一行。"""

    id: UUID
    agency_id: int
    category: str
    number: str | None
    title: str
    status: str
    source: str | None
    sender: str | None
    sender_no: str | None
    occurred_at: AwareDatetime | None
    place: str | None
    plate_no: str | None
    plate_color: str | None
    ship_name: str | None
    party_name: str | None
    confidential: bool
    merged_into: UUID | None
    created_at: AwareDatetime
    closed_at: AwareDatetime | None


class Clues(BaseModel):
    """一页线索。"""

    items: list[ClueItem]
    next: str | None


class SimilarClue(BaseModel):
    """可能是同一事项的线索。"""

    id: UUID
    number: str | None
    title: str
    status: str
    source: str | None
    plate_no: str | None
    ship_name: str | None
    place: str | None
    occurred_at: AwareDatetime | None
    created_at: AwareDatetime
    why: list[str] = Field(
        description="相同之处:vehicle 同车、ship 同船、party 同名、person 同一当事人、place 同地同时段"
    )


class ClueMerge(BaseModel):
    """一次合并;`undone_at` 不为空即已撤销。"""

    id: UUID
    clue_id: UUID
    into_id: UUID
    reason: str
    merged_by: UUID
    merged_at: AwareDatetime
    undone_by: UUID | None
    undone_at: AwareDatetime | None
    undo_reason: str | None


class Similar(BaseModel):
    """相似线索和合并经过。"""

    items: list[SimilarClue]
    merges: list[ClueMerge]


class MergeInto(wire.Reason):
    """并入哪一条。"""

    into_id: UUID


class ClueMerged(BaseModel):
    """合并(或撤销)的结果。"""

    id: UUID
    clue_id: UUID
    into_id: UUID


class ClueSheetFault(BaseModel):
    """表格中有问题的一行。"""

    line: int
    fields: dict[str, str] = Field(description="栏目 → 哪里不对、怎样改")


class CluesImported(BaseModel):
    """导入结果。"""

    imported: int
    updated: int
    faults: list[ClueSheetFault]


class Source(BaseModel):
    """一种来源的线索。"""

    source: str
    name: str
    total: int
    by_status: dict[str, int]
    mean_days: Decimal | None = Field(description="立案的平均用了几天")


class Outcomes(BaseModel):
    """各来源线索的结果。"""

    since: date
    until: date
    sources: list[Source]


@router.get("", summary="线索", responses=responses(422), response_model=Clues)
def list_clues(
    work: CurrentWork,
    status: Annotated[str | None, Query(max_length=20, description="代码表 CLUE_STATUS")] = None,
    source: Annotated[str | None, Query(max_length=30, description="代码表 CASE_SOURCE")] = None,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """本人数据范围内的线索,新的在前。"""
    return engine.list_clues(work, status=status, source=source, limit=limit, after=after)


@router.post("", summary="登记线索", status_code=201, responses=responses(409, 422), response_model=ClueTaken)
def take_clue(work: CurrentWork, body: NewClue, key: wire.IdempotencyKey = None) -> Any:
    """各种来源共用的入口。同一来文单位的同一编号再来一次,只更新不重复。"""
    return engine.take_clue(work, **body.model_dump(), **keyed(key))


async def sheet_of(request: Request) -> bytes:
    """The body of a request that carries a sheet."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MOST:
            raise InvalidAnswers({"file": "文件过大(上限 20 MB),请分批导入"})
    return bytes(data)


@router.post(
    "/import", summary="导入线索", responses=responses(409, 422), response_model=CluesImported, openapi_extra=SHEET
)
async def import_clues(
    request: Request, session: CurrentSession, agency_id: AgencyQuery, category: CategoryQuery, each: Each = False
) -> Any:
    """CSV(UTF-8 或 GB 18030)或 XLSX,第一行为列名(与“登记线索”表单的栏目同名);逐行指出问题。"""
    data = await sheet_of(request)
    return await run_in_threadpool(
        lambda: engine.import_clues(work_of(request, session), agency_id, category, data, each)
    )


@router.get("/outcomes", summary="线索结果统计", responses=responses(422), response_model=Outcomes)
def list_clue_outcomes(
    work: CurrentWork,
    since: Annotated[date, Query(description="自此日")],
    until: Annotated[date, Query(description="至此日(含)")],
) -> Any:
    """按来源:立案、不予立案、移送、在办各多少。"""
    return engine.clue_outcomes(work, since, until)


@router.get("/{clue_id}/similar", summary="相似线索", responses=responses(404, 422), response_model=Similar)
def list_similar_clues(
    work: CurrentWork,
    clue_id: wire.Id,
    days: Annotated[int | None, Query(ge=1, le=366, description="前后多少日;不写的按参数")] = None,
) -> Any:
    """同车、同船、同人、同地同时段的线索,相同之处多的在前;以及合并经过。"""
    return engine.similar_clues(work, str(clue_id), days)


@router.post("/{clue_id}/merge", summary="合并线索", responses=responses(404, 409, 422), response_model=ClueMerged)
def merge_clue(work: CurrentWork, clue_id: wire.Id, body: MergeInto, key: wire.IdempotencyKey = None) -> Any:
    """本线索并入另一条:本线索停在原处,另一条继续办理;可以撤销。"""
    return engine.merge_clue(work, str(clue_id), str(body.into_id), body.reason, **keyed(key))


@router.post("/{clue_id}/merge/undo", summary="撤销合并", responses=responses(404, 409, 422), response_model=ClueMerged)
def undo_clue_merge(work: CurrentWork, clue_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """本线索从停下的地方继续办理。"""
    return engine.undo_merge(work, str(clue_id), body.reason, **keyed(key))
