"""Personal data in clear, for a reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire

router = APIRouter(tags=["个人信息"])


class Unmask(wire.Reason):
    """看哪些栏目、为什么。"""

    elements: list[Annotated[str, Field(max_length=64)]] = Field(
        min_length=1, max_length=50, description="数据元", examples=[["party_id_no"]]
    )


class Unmasked(BaseModel):
    """未遮盖的内容。"""

    values: dict[str, Any] = Field(description="数据元 → 值")


@router.post(
    "/records/{record_id}/unmask",
    summary="查看未遮盖的个人信息",
    responses=responses(404, 409),
    response_model=Unmasked,
)
def unmask(work: CurrentWork, record_id: wire.Id, body: Unmask) -> Any:
    """案件或其他记录;写明的理由与记录一同保存,并留下审计。"""
    return engine.unmask(work, str(record_id), body.elements, body.reason)
