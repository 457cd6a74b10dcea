"""What whoever supervises sees first."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire

router = APIRouter(prefix="/supervision", tags=["监督"])


class Figures(BaseModel):
    """期限和预警的数目;达到 `most` 即为“不少于”。"""

    breached: int = Field(description="本机关的期限已超期")
    today: int = Field(description="今天到期")
    week: int = Field(description="七天内到期,含今天")
    critical: int = Field(description="未处理的预警,按级别(下同)")
    high: int
    medium: int
    info: int


class Unit(Figures):
    """一个机构。"""

    agency_id: int
    name: str
    level: str


class Supervision(BaseModel):
    """数据范围内有事要看的机构,超期多的在前。"""

    units: list[Unit]
    total: Figures
    agencies: int = Field(description="数据范围内的机构数")
    most: int


class Supervised(BaseModel):
    """一个期限和它的案件。"""

    id: UUID
    case_id: UUID
    agency_id: int
    category: str
    status: str
    due_at: AwareDatetime
    case_number: str | None
    title: str | None
    steps: list[str] = Field(description="在办环节")
    people: list[str] = Field(description="经办人")
    clock: wire.Period | None


class SupervisedPage(BaseModel):
    """一页;`next` 为空即最后一页。"""

    items: list[Supervised]
    next: str | None


@router.get("", summary="督办总览", responses=responses(), response_model=Supervision)
def get_supervision(work: CurrentWork) -> Any:
    """各机构超期、今天到期、七天内到期的期限和未处理的预警。"""
    return engine.supervised_units(work)


@router.get("/periods", summary="总览数字背后的期限", responses=responses(422), response_model=SupervisedPage)
def list_supervised(
    work: CurrentWork,
    state: Annotated[
        Literal["breached", "today", "week"], Query(description="已超期、今天到期、七天内到期")
    ] = "breached",
    agency_id: Annotated[int | None, Query(ge=0, le=2_147_483_647, description="只看一个机构")] = None,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """先到期的在前,带案件、在办环节和经办人。"""
    return engine.supervised(work, state, agency_id, limit, after)
