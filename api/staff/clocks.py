"""Clocks of a case: what an act would do to the date, then the act – stand still, run on, lengthen."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/clocks/{clock_id}", tags=["期限"])
Ground = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        max_length=64,
        description="停表事由的代码,须是该期限规则所列的事由",
        examples=["appraisal"],
    ),
]
Count = Annotated[int, Field(ge=1, le=3660, description="延长多少,单位依该期限的规则", examples=[5])]
Served = Annotated[
    date | None, Field(description="书面告知当事人的日期;规则要求告知的事由必填", examples=["2026-03-02"])
]


class Pause(wire.Body):
    """停表。"""

    reason: Ground
    notice_served: Served = None


class Resume(wire.Body):
    """恢复计时。"""

    reason: Ground


class Extend(wire.Reason):
    """延长。"""

    count: Count


class ClockPlan(wire.Reason):
    """预演一项调整:停表、恢复的 `reason` 为事由代码,延长的 `reason` 为理由,并须填 `count`。"""

    act: Literal["pause", "resume", "extend"]
    count: Count | None = None
    notice_served: Served = None


class Resting(BaseModel):
    """依这个期限确定日期的待办或定时。"""

    element: str
    name: str


class ClockChange(BaseModel):
    """调整之后的期限:新的日期,以及为什么。"""

    id: UUID
    rule: str
    name: str
    element: str = Field(description="起算的环节")
    paused: bool = Field(description="调整后是否处于停表")
    due_before: AwareDatetime
    due_at: AwareDatetime
    why: str = Field(description="日期为什么是这一天", examples=["因“鉴定”自 2026-03-02 起停表……届满日仍为 2026-03-12"])
    article: str = Field(description="依据的条款")
    affects: list[Resting] = Field(description="随之改期的待办和定时")


@router.post("/plan", summary="预演期限调整", responses=responses(404, 409), response_model=ClockChange)
def plan_clock(work: CurrentWork, clock_id: wire.Id, body: ClockPlan) -> Any:
    """说出新的届满日和理由;不改变任何事。法律不允许的调整同样拒绝。"""
    return engine.plan_clock(
        work, str(clock_id), body.act, body.reason, count=body.count or 0, notice_served=body.notice_served
    )


@router.post("/pause", summary="停表", responses=responses(404, 409), response_model=ClockChange)
def pause_clock(work: CurrentWork, clock_id: wire.Id, body: Pause, key: wire.IdempotencyKey = None) -> Any:
    """自今日起停止计算;事由须是规则所列的法定事由。"""
    return engine.pause_clock(work, str(clock_id), body.reason, notice_served=body.notice_served, **keyed(key))


@router.post("/resume", summary="恢复计时", responses=responses(404, 409), response_model=ClockChange)
def resume_clock(work: CurrentWork, clock_id: wire.Id, body: Resume, key: wire.IdempotencyKey = None) -> Any:
    """自今日起继续计算。"""
    return engine.resume_clock(work, str(clock_id), body.reason, **keyed(key))


@router.post("/extend", summary="延长期限", responses=responses(404, 409), response_model=ClockChange)
def extend_clock(work: CurrentWork, clock_id: wire.Id, body: Extend, key: wire.IdempotencyKey = None) -> Any:
    """由规则规定的批准人在期满前延长,不得超过规则所定的次数和长度。"""
    return engine.extend_clock(work, str(clock_id), body.count, body.reason, **keyed(key))
