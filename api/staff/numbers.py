"""Numbers: the ledger of a year, blocks reserved for use offline."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/numbers", tags=["编号"])
Agency = Annotated[int, Field(ge=0, le=2_147_483_647, description="机构编号", examples=[440100])]
What = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,30}$", description="文书代码,或 case 案号等", examples=["D14"])
]
State = Literal["taken", "issued", "void"]


class Number(BaseModel):
    """台账中的一个编号:taken 已取用(预留的为尚未使用)、issued 已签发、void 作废。"""

    seq: int
    text: str
    state: State
    reason: str | None
    subject_id: UUID | None = Field(description="用于哪个案件或者文书")
    block_id: UUID | None = Field(description="属于哪段预留编号")
    taken_at: AwareDatetime


class NumberLedger(BaseModel):
    """一页编号台账;`next` 为空即最后一页。"""

    items: list[Number]
    next: int | None


class Block(BaseModel):
    """一段预留编号。"""

    id: UUID
    agency_id: int
    kind: str
    year: int
    first: int
    last: int
    holder_id: UUID | None = Field(description="预留给谁")
    device_no: str | None = Field(description="预留给哪台设备")
    state: Literal["open", "given_back"]
    reserved_at: AwareDatetime
    closed_at: AwareDatetime | None


class CountedBlock(Block):
    """一段预留编号及其使用情况。"""

    used: int
    void: int
    unused: int


class Blocks(BaseModel):
    """一页预留编号。"""

    items: list[CountedBlock]
    next: str | None


class OfBlock(BaseModel):
    """一段中的一个编号。"""

    seq: int
    text: str
    state: State
    reason: str | None
    subject_id: UUID | None


class WholeBlock(Block):
    """一段预留编号和其中每个编号。"""

    numbers: list[OfBlock]


class Reserve(wire.Body):
    """预留给人员或者设备,二者填一项。"""

    agency_id: Agency
    what: What
    count: Annotated[int, Field(ge=1, le=500)]
    holder_id: UUID | None = None
    device_no: Annotated[str | None, Field(min_length=1, max_length=32)] = None


class Reserved(BaseModel):
    """预留到的编号。"""

    id: UUID
    kind: str
    year: int
    numbers: list[str]


class Use(wire.Body):
    """哪个编号用于哪个案件。"""

    text: Annotated[str, Field(min_length=1, max_length=80, description="编号")]
    record_id: UUID


class NumberUsed(BaseModel):
    """已用的编号。"""

    block_id: UUID
    number: str
    state: State


class GivenBack(BaseModel):
    """交回后作废的个数。"""

    block_id: UUID
    void: int


@router.get("", summary="编号台账", responses=responses(404, 422), response_model=NumberLedger)
def list_numbers(
    work: CurrentWork,
    agency_id: Annotated[int, Query(ge=0, le=2_147_483_647, examples=[440100])],
    what: Annotated[str, Query(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,30}$", examples=["case"])],
    year: Annotated[int, Query(ge=1990, le=2120, examples=[2026])],
    limit: wire.Limit = 50,
    after: Annotated[int, Query(ge=0, le=2_147_483_647, description="上一页的 next")] = 0,
) -> Any:
    """某机构某种编号一年的台账,按顺序;作废的写明原因,没有缺号。"""
    rows = engine.number_ledger(work, agency_id, what, year, limit + 1, after)
    return {"items": rows[:limit], "next": rows[limit - 1]["seq"] if len(rows) > limit else None}


@router.get("/blocks", summary="预留编号", responses=responses(422), response_model=Blocks)
def list_number_blocks(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """本人数据范围内的预留编号,新的在前。"""
    rows = engine.number_blocks(work, limit + 1, after)
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


@router.post("/blocks", summary="预留一段编号", responses=responses(404, 422), response_model=Reserved)
def reserve_numbers(work: CurrentWork, body: Reserve, key: wire.IdempotencyKey = None) -> Any:
    """供不能联网时使用;用一个登记一个,未用的交回。"""
    told = body.model_dump()
    told["holder_id"] = str(body.holder_id) if body.holder_id else None
    return engine.reserve_numbers(work, **told, **keyed(key))


@router.get("/blocks/{block_id}", summary="一段预留编号", responses=responses(404), response_model=WholeBlock)
def get_number_block(work: CurrentWork, block_id: wire.Id) -> Any:
    """其中每个编号的状态。"""
    return engine.number_block(work, str(block_id))


@router.post(
    "/blocks/{block_id}/use", summary="使用预留编号", responses=responses(404, 409, 422), response_model=NumberUsed
)
def use_number(work: CurrentWork, block_id: wire.Id, body: Use, key: wire.IdempotencyKey = None) -> Any:
    """登记离线文书用了哪个编号;同一编号对同一案件重复登记没有影响。"""
    return engine.use_number(work, str(block_id), text=body.text, record_id=str(body.record_id), **keyed(key))


@router.post(
    "/blocks/{block_id}/give-back", summary="交回预留编号", responses=responses(404, 409, 422), response_model=GivenBack
)
def give_back_numbers(work: CurrentWork, block_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """未用的编号作废并写明原因,不再使用。"""
    return engine.give_back_numbers(work, str(block_id), body.reason, **keyed(key))
