"""Absence with a substitute."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/absences", tags=["离岗代理"])
_Keys = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=100)]


class Scope(BaseModel):
    """谁代谁办理哪些任务。"""

    substitute_id: UUID = Field(description="代理人")
    officer_id: UUID | None = Field(None, description="离岗人;空为本人,他人须有转办他人任务的权限")
    processes: _Keys = Field(default_factory=list, description="只限这些流程;空为全部")
    categories: _Keys = Field(default_factory=list, description="只限这些执法门类;空为全部")


class NewAbsence(Scope):
    """登记一次离岗。"""

    begins: date = Field(description="起日(含)")
    ends: date = Field(description="止日(含)")
    reason: str = Field(max_length=500, description="事由", examples=["年休假"])


class Absence(BaseModel):
    """一次离岗和代理。"""

    id: UUID
    officer_id: UUID
    officer: str
    substitute_id: UUID
    substitute: str
    begins: date
    ends: date
    processes: list[str]
    categories: list[str]
    reason: str
    made_by: str
    made_at: AwareDatetime
    ended_at: AwareDatetime | None = Field(description="提前结束的时间")
    now: bool = Field(description="今天正在代理")
    endable: bool = Field(description="登录人可以提前结束")


class AbsencePage(BaseModel):
    """一页;`next` 为空即最后一页。"""

    items: list[Absence]
    next: str | None


class Recorded(BaseModel):
    """登记或结束的结果。"""

    id: UUID
    officer_id: UUID
    substitute_id: UUID | None


class Entrusted(BaseModel):
    """名下的一项任务,代理人能不能办。"""

    id: UUID
    name: str
    title: str
    why_not: str | None = Field(description="代理人不能办的原因;空为能办")


class AbsencePlan(BaseModel):
    """今天名下的任务会怎样。"""

    items: list[Entrusted]
    more: bool = Field(description="还有未列出的")


@router.get("", summary="离岗和代理", responses=responses(), response_model=AbsencePage)
def list_absences(
    work: CurrentWork,
    whose: Annotated[Literal["mine", "unit"], Query(description="与本人有关的、本人可转办其任务的机构的")] = "mine",
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """新的在前。"""
    return engine.list_absences(work, whose, limit, after)


@router.post("", summary="登记离岗", responses=responses(404, 409, 422), response_model=Recorded)
def record_absence(work: CurrentWork, body: NewAbsence, key: wire.IdempotencyKey = None) -> Any:
    """代理期内,离岗人名下的任务也列在代理人的待办中;到期自行结束。代理人的岗位和证件在办理时核对,两人姓名都留在记录中。"""
    return engine.record_absence(
        work, str(body.substitute_id), body.begins, body.ends, body.reason, **_scope(body), **keyed(key)
    )


@router.post("/plan", summary="预演离岗", responses=responses(404, 409, 422), response_model=AbsencePlan)
def plan_absence(work: CurrentWork, body: Scope) -> Any:
    """离岗人今天名下的任务中,哪些由代理人办理,哪些他不能办;不改变任何事。"""
    return engine.plan_absence(work, str(body.substitute_id), **_scope(body))


@router.post("/{absence_id}/end", summary="提前结束代理", responses=responses(404, 409), response_model=Recorded)
def end_absence(work: CurrentWork, absence_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """即刻生效;已经办理的仍然有效。"""
    return engine.end_absence(work, str(absence_id), **keyed(key))


def _scope(body: Scope) -> dict[str, Any]:
    whose = str(body.officer_id) if body.officer_id else None
    return {"officer_id": whose, "processes": body.processes, "categories": body.categories}
