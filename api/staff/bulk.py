"""One act for several tasks: 签收、转办、催办, with what it would do beforehand and what became of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/tasks", tags=["待办"])


class Chosen(wire.Body):
    """哪些任务。"""

    task_ids: list[UUID] = Field(min_length=1, max_length=100)

    @property
    def ids(self) -> list[str]:
        """As the engine takes them."""
        return [str(one) for one in self.task_ids]


class ChosenForReason(Chosen, wire.Reason):
    """哪些任务,为什么。"""


class ChosenForColleague(ChosenForReason):
    """转给谁、哪些任务、为什么。"""

    to_officer_id: UUID = Field(description="受转人")


class TaskDone(BaseModel):
    """一项任务现在由谁办,或者为什么没有办成。"""

    id: UUID
    result: wire.Claimed | None
    why_not: str | None


class TasksDone(BaseModel):
    """逐项结果。"""

    items: list[TaskDone]


@router.post("/claim-all", summary="批量签收", responses=responses(422), response_model=TasksDone)
def claim_tasks(work: CurrentWork, body: Chosen, key: wire.IdempotencyKey = None) -> Any:
    """各项分别核对、分别记录,一项被拒绝不影响其他。"""
    return engine.claim_all(work, body.ids, **keyed(key))


@router.post("/hand-over-all/plan", summary="预演转办几项任务", responses=responses(422), response_model=TasksDone)
def plan_hand_over_tasks(work: CurrentWork, body: ChosenForColleague) -> Any:
    """逐项试办后撤销:哪些能转给这个人,哪些不能、为什么;不改变任何事。"""
    return engine.plan_hand_over_tasks(work, body.ids, str(body.to_officer_id), body.reason)


@router.post("/hand-over-all", summary="转办几项任务", responses=responses(422), response_model=TasksDone)
def hand_over_tasks(work: CurrentWork, body: ChosenForColleague, key: wire.IdempotencyKey = None) -> Any:
    """转给同一个人;各项分别核对、分别记录,一项被拒绝不影响其他。"""
    return engine.hand_over_tasks(work, body.ids, str(body.to_officer_id), body.reason, **keyed(key))


@router.post("/urge-all/plan", summary="预演催办几项任务", responses=responses(422), response_model=TasksDone)
def plan_urge_tasks(work: CurrentWork, body: ChosenForReason) -> Any:
    """逐项试办后撤销:哪些能催办,哪些不能、为什么;不通知任何人。"""
    return engine.plan_urge_tasks(work, body.ids, body.reason)


@router.post("/urge-all", summary="催办几项任务", responses=responses(422), response_model=TasksDone)
def urge_tasks(work: CurrentWork, body: ChosenForReason, key: wire.IdempotencyKey = None) -> Any:
    """各项分别核对、分别记录,一项被拒绝不影响其他。"""
    return engine.urge_tasks(work, body.ids, body.reason, **keyed(key))
