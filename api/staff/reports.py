"""Counts of cases, within the data scope of who asks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses

router = APIRouter(prefix="/reports", tags=["统计"])


class CategoryCount(BaseModel):
    """一个执法门类的案件数。"""

    category: str = Field(examples=["01"])
    name: str = Field(examples=["公路路政"])
    cases: int
    by_status: dict[str, int] = Field(description="案件状态 → 件数;没有的状态不列", examples=[{"investigating": 3}])


class ByCategory(BaseModel):
    """按执法门类统计:八个门类都列出,没有案件的为零。"""

    since: date
    until: date
    cases: int
    categories: list[CategoryCount]


@router.get("/cases-by-category", summary="按门类、状态统计案件", responses=responses(), response_model=ByCategory)
def cases_by_category(
    work: CurrentWork,
    since: Annotated[date | None, Query(description="自哪天起的案件;不填为今年 1 月 1 日")] = None,
    until: Annotated[date | None, Query(description="到哪天为止(含);不填为今日")] = None,
) -> Any:
    """按案件发生登记的日期(中国时间);只含本人数据范围内的案件。"""
    return engine.cases_by_category(work, since, until)
