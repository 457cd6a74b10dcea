"""Inspections: check lists, plans, double-random draws that anyone can repeat, and what came of them."""

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

router = APIRouter(tags=["检查"])
ObjectKind = Literal["party", "vehicle", "ship", "practitioner", "project"]
RiskClass = Literal["A", "B", "C", "D"]
Agency = Annotated[int, Field(ge=0, le=2_147_483_647, description="机构编号", examples=[440100])]
Category = Annotated[str, Field(pattern=r"^0[1-8]$", description="执法门类", examples=["02"])]


class Made(BaseModel):
    """新记录的编号。"""

    id: UUID


class CheckItem(wire.Body):
    """一个检查事项。"""

    item: str = Field(min_length=1, max_length=500, examples=["车辆动态监控"])
    standard: str = Field("", max_length=1000, description="检查标准")
    basis: str = Field(min_length=1, max_length=500, description="依据")


class NewCheckList(wire.Body):
    """检查事项清单;编号已有的成为新版本。"""

    agency_id: Agency
    category: Category
    list_no: str = Field(min_length=1, max_length=40, examples=["QD-01"])
    name: str = Field(min_length=1, max_length=200)
    items: list[CheckItem] = Field(min_length=1, max_length=200)


class CheckListVersion(BaseModel):
    """清单的编号和版本。"""

    id: UUID
    list_no: str
    version: int


class CheckList(CheckListVersion):
    """一份检查事项清单。"""

    agency_id: int
    category: str
    name: str
    items: list[dict[str, str]]


class CheckLists(BaseModel):
    """一页清单。"""

    items: list[CheckList]
    next: str | None


class Conditions(wire.Body):
    """检查对象库的条件;不填即不限。"""

    risk_classes: list[RiskClass] = Field(default_factory=list, max_length=4, description="风险等级")
    not_inspected_since: date | None = Field(None, description="自此日起未检查过的")
    watched: bool = Field(False, description="只取重点监管对象")
    permit_kind: str | None = Field(None, max_length=40, description="持有这种许可的")


class NewPlan(wire.Body):
    """检查计划。"""

    agency_id: Agency
    category: Category
    plan_no: str = Field(min_length=1, max_length=40, examples=["穗交双随2026-01"])
    name: str = Field(min_length=1, max_length=200)
    kind: Literal["daily", "random", "special"] = Field(description="daily 日常、random 双随机、special 专项")
    focus: Literal["general", "key"] = Field("general", description="general 一般、key 重点")
    basis: str = Field(min_length=1, max_length=1000, description="检查依据")
    check_list_id: UUID
    object_kind: ObjectKind
    conditions: Conditions = Field(default_factory=lambda: Conditions())
    object_count: int = Field(ge=1, le=100_000, description="抽查对象数")
    inspectors_each: int = Field(2, ge=2, le=20, description="每个对象的检查人员数")
    experts_each: int = Field(0, ge=0, le=10, description="每个对象的专家数")
    supervisors: list[UUID] = Field(default_factory=list, max_length=20, description="监督人员;双随机必填")
    opens_on: date
    closes_on: date


class PlanItem(BaseModel):
    """计划列表的一行。"""

    id: UUID
    agency_id: int
    category: str
    plan_no: str
    name: str
    kind: str
    focus: str
    object_kind: str
    object_count: int
    opens_on: date
    closes_on: date
    created_at: AwareDatetime


class Plans(BaseModel):
    """一页计划。"""

    items: list[PlanItem]
    next: str | None


class DrawOfPlan(BaseModel):
    """计划的一次抽取。"""

    id: UUID
    turn: int
    reason: str | None = Field(description="重新抽取的理由")
    former_id: UUID | None
    frozen_at: AwareDatetime
    frozen_by: UUID
    frozen_sha256: str = Field(description="冻结的名录的 SHA-256")
    object_count: int
    inspector_count: int
    expert_count: int
    seed_way: str
    seed_source: str
    seed_at: AwareDatetime | None
    dispatched_at: AwareDatetime | None
    published_at: AwareDatetime | None


class InspectionPlan(PlanItem):
    """计划、检查清单和历次抽取。"""

    basis: str
    check_list_id: UUID
    list_no: str
    list_version: int
    list_name: str
    items: list[dict[str, str]]
    conditions: dict[str, Any]
    inspectors_each: int
    experts_each: int
    supervisors: list[UUID]
    draws: list[DrawOfPlan]


class NewExpert(wire.Body):
    """专家。"""

    agency_id: Agency
    category: Category
    name: str = Field(min_length=1, max_length=50)
    organisation: str = Field(min_length=1, max_length=100)
    field: str = Field(min_length=1, max_length=100, description="专业领域")


class Expert(BaseModel):
    """名录中的一名专家。"""

    id: UUID
    agency_id: int
    category: str
    name: str
    organisation: str
    field: str = Field(description="专业领域")
    active: bool
    created_at: AwareDatetime


class Experts(BaseModel):
    """一页专家。"""

    items: list[Expert]
    next: str | None


class NewRelation(wire.Body):
    """检查人员或者专家与对象的回避关系。"""

    person_kind: Literal["officer", "expert"]
    person_id: UUID
    kind: ObjectKind
    object_id: UUID
    reason: str = Field(min_length=1, max_length=500, examples=["配偶任职"])


class Class(wire.Reason):
    """风险等级。"""

    risk_class: RiskClass = Field(description="A 最低,D 最高")


class Classed(BaseModel):
    """评定结果。"""

    id: UUID
    risk_class: RiskClass


class Freeze(wire.Body):
    """冻结名录。"""

    seed_way: Literal["system", "published"] = Field(description="system 系统产生,published 采用公开号码")
    seed_source: str = Field(
        "", max_length=200, description="published:将采用哪一个尚未公布的号码", examples=["福彩双色球 2026024 期"]
    )
    reason: str | None = Field(None, max_length=1000, description="重新抽取的理由")


class Seed(wire.Body):
    """随机数。"""

    word: str | None = Field(None, max_length=200, description="公开号码;系统产生的不填")


class DrawnObject(BaseModel):
    """抽出的一个对象和派往的人员。"""

    place: int
    object: str
    label: str
    weight: int
    ticket: str
    inspectors: list[str]
    experts: list[str]


class InspectionDraw(BaseModel):
    """一次抽取;`seed` 为空即尚未抽取。"""

    id: UUID
    plan_id: UUID
    turn: int
    reason: str | None
    former_id: UUID | None
    frozen_at: AwareDatetime
    frozen_sha256: str
    object_count: int
    inspector_count: int
    expert_count: int
    seed_way: str
    seed_source: str
    seed: str | None
    seed_at: AwareDatetime | None
    dispatched_at: AwareDatetime | None
    published_at: AwareDatetime | None
    result: list[DrawnObject]
    unconfirmed: list[str] = Field(default_factory=list, description="尚未由本机构确认的权重")


class Dispatched(BaseModel):
    """派发的检查件数。"""

    id: UUID
    inspections: int


class DrawRecord(BaseModel):
    """抽取记录:持有它即可用 `zhicheng draw verify` 复验,方法写在 method 中。"""

    format: str
    method: list[str]
    draw: UUID
    plan: dict[str, Any]
    frozen: dict[str, Any]
    seed: dict[str, Any]
    result: list[dict[str, Any]]
    labels: dict[str, str]
    redraw: dict[str, Any] | None


class InspectionOfDraw(BaseModel):
    """抽取产生的一次检查。"""

    id: UUID
    draw_place: int
    number: str | None
    status: str
    object_kind: str | None
    object_id: UUID | None
    object_name: str | None
    inspected_at: AwareDatetime | None
    result: str | None
    published_at: AwareDatetime | None


class InspectionsOfDraw(BaseModel):
    """一页检查。"""

    items: list[InspectionOfDraw]
    next: str | None


class PublicObject(BaseModel):
    """公开的一个抽查对象。"""

    place: int
    object: str
    inspected_at: AwareDatetime | None
    result: str | None


class Publication(BaseModel):
    """可以公开的内容:不含检查人员,自然人姓名遮盖。"""

    id: UUID
    plan_no: str
    name: str
    basis: str
    agency: str
    turn: int
    reason: str | None
    frozen_at: AwareDatetime
    frozen_sha256: str
    object_count: int
    seed_source: str
    seed: str
    drawn_at: AwareDatetime
    published_at: AwareDatetime
    objects: list[PublicObject]


# ---------------------------------------------------------------------- 清单、计划、人员
@router.get("/check-lists", summary="检查事项清单", responses=responses(422), response_model=CheckLists)
def list_check_lists(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人数据范围内各清单的最新版本。"""
    return engine.check_lists(work, limit, after)


@router.post(
    "/check-lists",
    summary="建立检查事项清单",
    status_code=201,
    responses=responses(409, 422),
    response_model=CheckListVersion,
)
def put_check_list(work: CurrentWork, body: NewCheckList, key: wire.IdempotencyKey = None) -> Any:
    """编号已有的成为新版本;已定的计划仍用原版本。"""
    return engine.put_check_list(work, **body.model_dump(), **keyed(key))


@router.get("/inspection-plans", summary="检查计划", responses=responses(404, 422), response_model=Plans)
def list_inspection_plans(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人数据范围内的计划,新的在前。"""
    return engine.inspection_plans(work, limit, after)


@router.post(
    "/inspection-plans",
    summary="制定检查计划",
    status_code=201,
    responses=responses(404, 409, 422),
    response_model=Made,
)
def plan_inspection(work: CurrentWork, body: NewPlan, key: wire.IdempotencyKey = None) -> Any:
    """双随机计划须有监督人员;对象条件留空即不限。"""
    values = body.model_dump(exclude={"agency_id", "category"})
    told = {
        **values,
        "check_list_id": str(body.check_list_id),
        "supervisors": [str(i) for i in body.supervisors],
    }
    return engine.plan_inspection(work, agency_id=body.agency_id, category=body.category, values=told, **keyed(key))


@router.get(
    "/inspection-plans/{plan_id}", summary="打开检查计划", responses=responses(404), response_model=InspectionPlan
)
def get_inspection_plan(work: CurrentWork, plan_id: wire.Id) -> Any:
    """计划、检查清单和历次抽取。"""
    return engine.inspection_plan(work, str(plan_id))


@router.get("/experts", summary="专家名录", responses=responses(404, 422), response_model=Experts)
def list_experts(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: wire.After = None,
    category: Annotated[str | None, Query(pattern=r"^0[1-8]$", description="执法门类")] = None,
    term: Annotated[str | None, Query(max_length=60, description="姓名、单位或专业领域的开头")] = None,
) -> Any:
    """本人数据范围内的专家,新登记的在前。"""
    return engine.experts(work, limit, after, category, term)


@router.post("/experts", summary="登记专家", status_code=201, responses=responses(409, 422), response_model=Made)
def add_expert(work: CurrentWork, body: NewExpert, key: wire.IdempotencyKey = None) -> Any:
    """进入专家名录;同一人只有一行。"""
    return engine.add_expert(work, **body.model_dump(), **keyed(key))


@router.post(
    "/recusal-relations",
    summary="申报回避关系",
    status_code=201,
    responses=responses(404, 409, 422),
    response_model=Made,
)
def declare_relation(work: CurrentWork, body: NewRelation, key: wire.IdempotencyKey = None) -> Any:
    """此后冻结的抽取不会把此人派往该对象。"""
    told = {k: str(v) if isinstance(v, UUID) else v for k, v in body.model_dump().items()}
    return engine.declare_relation(work, **told, **keyed(key))


@router.put(
    "/objects/{kind}/{object_id}/risk-class",
    summary="评定风险等级",
    responses=responses(404, 409, 422),
    response_model=Classed,
)
def class_object(
    work: CurrentWork, kind: ObjectKind, object_id: wire.Id, body: Class, key: wire.IdempotencyKey = None
) -> Any:
    """抽取时按等级加权;前后等级留存。"""
    return engine.class_object(work, kind, str(object_id), body.risk_class, body.reason, **keyed(key))


# ---------------------------------------------------------------------- 双随机
@router.post(
    "/inspection-plans/{plan_id}/draws",
    summary="冻结名录",
    status_code=201,
    responses=responses(404, 409, 422),
    response_model=InspectionDraw,
)
def freeze_pools(work: CurrentWork, plan_id: wire.Id, body: Freeze, key: wire.IdempotencyKey = None) -> Any:
    """对象库、人员库、专家库连同权重和回避关系一并冻结,给出散列;此后才产生随机数。重新抽取须写明理由,原抽取保留。"""
    return engine.freeze_pools(work, str(plan_id), **body.model_dump(), **keyed(key))


@router.post(
    "/draws/{draw_id}/seed",
    summary="产生随机数并抽取",
    responses=responses(404, 409, 422),
    response_model=InspectionDraw,
)
def run_draw(work: CurrentWork, draw_id: wire.Id, body: Seed, key: wire.IdempotencyKey = None) -> Any:
    """公开号码须由冻结人以外的人录入;结果产生后不能更改。"""
    return engine.run_draw(work, str(draw_id), body.word, **keyed(key))


@router.get("/draws/{draw_id}", summary="打开抽取", responses=responses(404), response_model=InspectionDraw)
def get_inspection_draw(work: CurrentWork, draw_id: wire.Id) -> Any:
    """冻结的散列、随机数和结果。"""
    return engine.draw_of(work, str(draw_id))


@router.get(
    "/draws/{draw_id}/record", summary="抽取记录(供复验)", responses=responses(404, 409), response_model=DrawRecord
)
def get_draw_record(work: CurrentWork, draw_id: wire.Id) -> Any:
    """完整的抽取记录;保存为文件后用 `zhicheng draw verify` 复验,不需要数据库。"""
    return engine.draw_record_of(work, str(draw_id))


@router.post(
    "/draws/{draw_id}/dispatch", summary="派发抽取结果", responses=responses(404, 409), response_model=Dispatched
)
def dispatch_draw(work: CurrentWork, draw_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """每个对象启动一次检查,进入抽到的检查人员的待办;重复派发不产生第二次。"""
    return engine.dispatch_draw(work, str(draw_id), **keyed(key))


@router.get(
    "/draws/{draw_id}/inspections",
    summary="抽取产生的检查",
    responses=responses(404, 422),
    response_model=InspectionsOfDraw,
)
def list_inspections_of_draw(
    work: CurrentWork, draw_id: wire.Id, limit: wire.Limit = 50, after: wire.After = None
) -> Any:
    """按抽取次序。"""
    return engine.inspections_of_draw(work, str(draw_id), limit, after)


@router.post(
    "/draws/{draw_id}/publication", summary="公开抽取结果", responses=responses(404, 409), response_model=Publication
)
def publish_draw(work: CurrentWork, draw_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """公开抽取过程和检查结果;检查人员不公开,自然人姓名遮盖。"""
    return engine.publish_draw(work, str(draw_id), **keyed(key))


@router.get("/draws/{draw_id}/publication", summary="公开的内容", responses=responses(404), response_model=Publication)
def get_publication(work: CurrentWork, draw_id: wire.Id) -> Any:
    """检查结果随检查办结而更新。"""
    return engine.publication_of(work, str(draw_id))
