"""Annual evaluation: who and what is evaluated, and the draws that anyone entitled may repeat."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire

router = APIRouter(prefix="/evaluations", tags=["评议考核"])


class EvaluationItem(BaseModel):
    """一批评议考核。"""

    id: UUID
    agency_id: int
    category: str
    number: str | None
    title: str
    status: str
    year: int | None
    published_at: AwareDatetime | None
    created_at: AwareDatetime


class EvaluationsPage(BaseModel):
    """一页评议考核。"""

    items: list[EvaluationItem]
    next: str | None


class Evaluated(BaseModel):
    """考评对象:机构,或抽到的案卷、人员。"""

    id: UUID
    agency_id: int
    kind: str
    register_id: str
    name: str
    drawn_place: int | None
    total: Decimal | None
    grade: str | None
    published_at: AwareDatetime | None


class EvaluatedPage(BaseModel):
    """一页考评对象。"""

    items: list[Evaluated]
    next: str | None


class EvaluationDraw(BaseModel):
    """一次抽取:范围、种子和结果,足以重抽核对。"""

    evaluation_id: UUID
    kind: str
    agency_id: int
    seed: str
    wanted: int
    pool: list[str]
    pool_hash: str
    drawn: list[str]
    drawn_at: AwareDatetime
    names: dict[str, str] = Field(description="抽到的对象的名称,限本人数据范围")
    agrees: bool = Field(description="按种子和范围重抽,结果一致")


@router.get("", summary="评议考核", responses=responses(422), response_model=EvaluationsPage)
def list_evaluations(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人数据范围内的各批,新的在前。"""
    return engine.evaluations_held(work, limit, after)


@router.get("/{evaluation_id}/objects", summary="考评对象", responses=responses(404, 422), response_model=EvaluatedPage)
def list_evaluated(work: CurrentWork, evaluation_id: wire.Id, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人数据范围内的;得分在公布后才有。"""
    return engine.evaluation_objects(work, str(evaluation_id), limit, after)


@router.get(
    "/{evaluation_id}/draws/{kind}", summary="抽取记录", responses=responses(404), response_model=EvaluationDraw
)
def get_draw(work: CurrentWork, evaluation_id: wire.Id, kind: Literal["case", "officer"]) -> Any:
    """按记载的种子和范围可以重抽,结果应当一致。"""
    return engine.evaluation_draw(work, str(evaluation_id), kind)
