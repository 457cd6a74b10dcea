"""Objects of cases: parties and vehicles, found by what identifies them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

import engine
from api.people import CurrentWork
from api.problems import responses

router = APIRouter(prefix="/objects", tags=["对象"])


class CaseOfObject(BaseModel):
    """一件案件。"""

    id: UUID
    case_number: str | None
    case_cause: str
    case_status: str
    created_at: AwareDatetime


class Party(BaseModel):
    """当事人;个人信息按类别遮盖。"""

    id: UUID
    agency_id: int
    category: str
    party_type: str
    name: str
    id_number: str | None
    uscc: str | None
    phone: str | None
    address: str | None
    cases: list[CaseOfObject]


class Vehicle(BaseModel):
    """车辆。"""

    id: UUID
    agency_id: int
    category: str
    plate: str
    plate_color: str
    cases: list[CaseOfObject]


class Objects(BaseModel):
    """找到的当事人和车辆。"""

    parties: list[Party]
    vehicles: list[Vehicle]


@router.get("", summary="按车牌、名称或证件号查对象", responses=responses(), response_model=Objects)
def search_objects(
    work: CurrentWork,
    plate: Annotated[str | None, Query(max_length=20, description="车牌号")] = None,
    name: Annotated[str | None, Query(max_length=100, description="姓名或单位名称,须完整")] = None,
    identity: Annotated[str | None, Query(max_length=40, description="身份证件号或统一社会信用代码")] = None,
) -> Any:
    """至少给一项;只含本人数据范围内的对象及其案件。"""
    return engine.objects(work, plate=plate, name=name, identity=identity)
