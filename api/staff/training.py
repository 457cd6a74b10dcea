"""Courses, hours, and the tasks that stand in an officer's name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(tags=["培训与人员"])
Hours = Annotated[Decimal, Field(gt=0, le=999, max_digits=4, decimal_places=1, description="学时", examples=["8.0"])]


class Made(BaseModel):
    """新记录的编号。"""

    id: UUID


class Course(BaseModel):
    """一门课程。"""

    id: UUID
    agency_id: int
    course_no: str
    name: str
    kind: str
    hours: Decimal
    state: str


class Courses(BaseModel):
    """一页课程。"""

    items: list[Course]
    next: str | None


class NewCourse(wire.Body):
    """新课程。"""

    agency_id: Annotated[int, Field(ge=0, le=2_147_483_647, examples=[440000])]
    course_no: Annotated[str, Field(min_length=1, max_length=30)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    kind: Literal["1", "2", "3", "4"] = Field(description="培训类型(代码表 TRAINING_TYPE)")
    hours: Hours


class Credit(wire.Body):
    """登记学时。"""

    course_id: UUID
    hours: Hours
    attended_on: date
    mode: Literal["onsite", "online"] = Field(description="面授、在线")
    score: Annotated[Decimal | None, Field(ge=0, le=100, decimal_places=1, description="成绩")] = None


class Credited(BaseModel):
    """一条学时记录;更正的与被更正的并列,学时为负。"""

    id: UUID
    course_id: UUID
    course_no: str
    course_name: str
    kind: str
    hours: Decimal
    mode: str
    attended_on: date
    score: Decimal | None
    corrects: UUID | None
    reason: str | None
    recorded_at: AwareDatetime


class TrainingLedger(BaseModel):
    """一页学时明细。"""

    items: list[Credited]
    next: str | None


class OpenTasks(BaseModel):
    """一页未办结的任务。"""

    items: list[dict[str, Any]]
    next: str | None


class LeftOfficer(BaseModel):
    """名下还有任务,但已不能办理的人。"""

    id: UUID
    name: str
    agency_id: int = Field(description="现在的单位")
    agency: str = Field(description="现在单位的名称")
    status: str = Field(description="代码表 OFFICER_STATUS")
    open: int = Field(description="名下该机构未办结的任务数")


@router.get("/courses", summary="课程", responses=responses(422), response_model=Courses)
def list_courses(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人数据范围内的课程,按编号。"""
    return engine.courses(work, limit, after)


@router.post("/courses", summary="新建课程", responses=responses(409, 422), response_model=Made)
def open_course(work: CurrentWork, body: NewCourse, key: wire.IdempotencyKey = None) -> Any:
    """课程编号在机构内不重复。"""
    return engine.open_course(work, **body.model_dump(), **keyed(key))


@router.get(
    "/officers/{officer_id}/hours", summary="学时明细", responses=responses(404, 422), response_model=TrainingLedger
)
def list_hours(work: CurrentWork, officer_id: wire.Id, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人或数据范围内人员的学时,按参训日期。"""
    return engine.hours_of(work, str(officer_id), limit, after)


@router.post(
    "/officers/{officer_id}/hours", summary="登记学时", responses=responses(404, 409, 422), response_model=Made
)
def credit_hours(work: CurrentWork, officer_id: wire.Id, body: Credit, key: wire.IdempotencyKey = None) -> Any:
    """同一人同一课程同一天只登记一次;等待补足学时的资格申请随即继续。"""
    return engine.credit_hours(work, str(officer_id), body.model_dump(), **keyed(key))


@router.post("/hours/{hours_id}/correction", summary="更正学时", responses=responses(404, 409), response_model=Made)
def correct_hours(work: CurrentWork, hours_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """原记录保留,另记一条冲减。"""
    return engine.correct_hours(work, str(hours_id), body.reason, **keyed(key))


@router.get(
    "/officers/left", summary="不在岗而名下还有任务的人", responses=responses(422), response_model=list[LeftOfficer]
)
def list_left_officers(work: CurrentWork, agency_id: Annotated[int, Query(ge=0, le=2_147_483_647)]) -> Any:
    """停职、退休、调离或者岗位授权已终止,而名下还有该机构未办结任务的人;其任务须转办。"""
    return engine.left_with_tasks(work, agency_id)


@router.get(
    "/officers/{officer_id}/tasks",
    summary="某人名下未办结的任务",
    responses=responses(404, 422),
    response_model=OpenTasks,
)
def list_tasks_of_officer(
    work: CurrentWork, officer_id: wire.Id, limit: wire.Limit = 50, after: wire.After = None
) -> Any:
    """供办案机构负责人转办:证件停用、调离、休假时用。"""
    return engine.tasks_of(work, str(officer_id), limit, after)


@router.post(
    "/officers/{officer_id}/hand-over/plan",
    summary="预演批量转办",
    responses=responses(404, 409, 422),
    response_model=wire.AllHandedOver,
)
def plan_hand_over_all(work: CurrentWork, officer_id: wire.Id, body: wire.HandOverAll) -> Any:
    """逐项说出转给谁、哪些转不了;不改变任何事。"""
    return engine.plan_hand_over_all(work, str(officer_id), [str(one) for one in body.to_officer_ids])


@router.post(
    "/officers/{officer_id}/hand-over",
    summary="批量转办",
    responses=responses(404, 409, 422),
    response_model=wire.AllHandedOver,
)
def hand_over_all(
    work: CurrentWork, officer_id: wire.Id, body: wire.HandOverAllNow, key: wire.IdempotencyKey = None
) -> Any:
    """某人离岗时,把其名下未办结的任务转给承担同一岗位的人;逐项给出结果。"""
    return engine.hand_over_all(
        work, str(officer_id), [str(one) for one in body.to_officer_ids], body.reason, **keyed(key)
    )
