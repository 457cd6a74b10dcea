"""Supervised objects: permits, checks with proof, the watch list, one view of everything, import by sheet."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentSession, CurrentWork, work_of
from api.problems import responses
from api.staff import wire
from api.staff.clues import SHEET, AgencyQuery, CategoryQuery, ClueSheetFault, Each, sheet_of
from api.staff.inspections import Agency, Category, Made, ObjectKind
from api.staff.keyed import keyed

router = APIRouter(tags=["监管对象"])
PermitKind = Literal[
    "road_business", "vehicle_transport", "oversize", "practitioner", "waterway_business", "ship_business",
    "port_business", "road_works", "other",
]  # fmt: skip


class NewParty(wire.Body):
    """经营业户;按统一社会信用代码一户一行。"""

    agency_id: Agency
    category: Category
    name: str = Field(min_length=1, max_length=100)
    uscc: str = Field(min_length=1, max_length=30, examples=["91440101MA59K2T895"])
    phone: str | None = Field(None, max_length=30)
    address: str | None = Field(None, max_length=200)
    operating_licence: str | None = Field(None, max_length=60, description="经营许可证号")


class NewProject(wire.Body):
    """工程项目;按项目编号一项一行。"""

    agency_id: Agency
    category: Category
    project_no: str = Field(min_length=1, max_length=60)
    name: str = Field(min_length=1, max_length=200)
    kind: str | None = Field(None, max_length=60)
    place: str | None = Field(None, max_length=200)
    owner_id: UUID | None = Field(None, description="建设单位,须已在登记簿中")


class NewPermit(wire.Body):
    """一份许可或者证书;同一种类和证号一行,变动留存。"""

    kind: PermitKind
    permit_no: str = Field(min_length=1, max_length=60)
    valid_from: date | None = None
    valid_until: date | None = Field(None, description="有效期至(含);不填为无终止日期")
    status: Literal["valid", "suspended", "revoked", "cancelled"] = "valid"
    scope: str | None = Field(None, max_length=500, description="许可范围")
    issuer: str | None = Field(None, max_length=100, description="发证机关")
    source: str = Field(min_length=1, max_length=100, description="来源", examples=["道路运政系统"])


class Permit(BaseModel):
    """一份许可及其在查看之日的状态。"""

    id: UUID
    kind: str
    name: str
    permit_no: str
    scope: str | None
    issuer: str | None
    valid_from: date | None
    valid_until: date | None
    state: Literal["valid", "not_yet", "expired", "suspended", "revoked", "cancelled"]
    source: str


class NewCheck(wire.Body):
    """查验哪个对象。"""

    agency_id: Agency
    category: Category
    kind: ObjectKind
    number: str = Field(
        min_length=1,
        max_length=60,
        description="车牌号、信用代码、MMSI 或 IMO、从业资格证号、项目编号",
        examples=["粤A12345"],
    )
    plate_color: str | None = Field(None, max_length=8, description="车辆必填", examples=["2"])
    case_id: UUID | None = Field(None, description="同时作为这件案件(线索、检查)的电子数据证据")


class Check(BaseModel):
    """一次查验:时间、来源、结果和散列;不再改动。"""

    id: UUID
    kind: str
    object_id: UUID | None
    asked: dict[str, Any]
    source: str
    outcome: Literal["found", "not_found", "unavailable"] = Field(
        description="found 查到,not_found 该登记簿中没有(不等于没有许可),unavailable 对方系统不可用"
    )
    findings: dict[str, Any] = Field(
        description="对象、业户、许可及状态、案件、重点监管(本机构和其他机构)、本年度检查次数"
    )
    sha256: str
    sm3: str
    checked_by: UUID
    checked_at: AwareDatetime


class Checked(Check):
    """查验结果和由它成为的证据。"""

    evidence_id: UUID | None


class CheckForCase(wire.Body):
    """哪件案件。"""

    case_id: UUID = Field(description="案件、线索或检查")


class KeptCheck(Check):
    """保存的查验;`unchanged` 为假即已被改动。"""

    unchanged: bool


class Watch(wire.Reason):
    """列入重点监管名单。"""

    until: AwareDatetime = Field(description="期限")


class Sighting(BaseModel):
    """其他机构遇到名单上的对象。"""

    agency: str = Field(description="遇到的机构")
    what: str = Field(description="在什么中遇到:查验、案件、线索、过车")
    met_at: AwareDatetime


class WatchEntry(BaseModel):
    """名单的一条。"""

    id: UUID
    agency_id: int
    category: str
    object_kind: str
    object_id: UUID
    label: str
    reason: str
    since: AwareDatetime
    until: AwareDatetime
    put_by: UUID
    removed_at: AwareDatetime | None
    remove_reason: str | None
    published: str | None = Field(description="向其他机构公开的理由;空为未公开")
    sightings: list[Sighting] = Field(description="其他机构最近五次遇到,新的在前")


class WatchList(BaseModel):
    """一页名单。"""

    items: list[WatchEntry]
    next: str | None


class Event(BaseModel):
    """对象经过中的一件事。"""

    at: AwareDatetime
    what: Literal["case", "clue", "weigh_pass", "inspection", "permit", "check", "watch", "alert"]
    id: UUID
    title: str | None
    status: str | None
    number: str | None


class WatchedElsewhere(BaseModel):
    """别的机构把同一对象列入名单:下级机构的看到列入理由,其他机构的只看到其公开的理由。"""

    agency: str
    reason: str
    until: AwareDatetime
    published: bool = Field(description="真:该机构公开的内容")


class ObjectView(BaseModel):
    """一个对象的全部经过:案件、线索、过车、检查、许可、查验、名单、预警,新的在前。"""

    id: UUID
    kind: str
    label: str
    number: str | None
    agency_id: int
    category: str
    risk_class: str | None
    watched: str | None = Field(description="在名单中的理由")
    watched_elsewhere: list[WatchedElsewhere]
    permits: list[Permit]
    events: list[Event]
    next: str | None


class ObjectsImported(BaseModel):
    """导入结果;有任何一行有问题的,除非逐行导入,一行也不导入。"""

    imported: int
    faults: list[ClueSheetFault]


@router.post(
    "/objects/parties", summary="登记业户", status_code=201, responses=responses(409, 422), response_model=Made
)
def register_party(work: CurrentWork, body: NewParty, key: wire.IdempotencyKey = None) -> Any:
    """同一信用代码只有一行;已有的补充新内容。"""
    return engine.register_party(work, **body.model_dump(), **keyed(key))


@router.post(
    "/objects/projects", summary="登记工程项目", status_code=201, responses=responses(409, 422), response_model=Made
)
def register_project(work: CurrentWork, body: NewProject, key: wire.IdempotencyKey = None) -> Any:
    """同一项目编号只有一行;已有的补充新内容。"""
    told = {**body.model_dump(), "owner_id": str(body.owner_id) if body.owner_id else None}
    return engine.register_project(work, **told, **keyed(key))


@router.post(
    "/objects/import",
    summary="导入监管对象、许可",
    responses=responses(409, 422),
    response_model=ObjectsImported,
    openapi_extra=SHEET,
)
async def import_objects(
    request: Request,
    session: CurrentSession,
    agency_id: AgencyQuery,
    category: CategoryQuery,
    kind: Annotated[
        Literal["party", "vehicle", "ship", "practitioner", "project", "permit"], Query(description="导入什么")
    ],
    each: Each = False,
) -> Any:
    """CSV(UTF-8 或 GB 18030)或 XLSX,第一行为列名;号码逐行核验,逐行指出问题。"""
    data = await sheet_of(request)
    return await run_in_threadpool(
        lambda: engine.import_objects(work_of(request, session), agency_id, category, kind, data, each)
    )


@router.post(
    "/objects/checks",
    summary="查验监管对象",
    status_code=201,
    responses=responses(404, 409, 422),
    response_model=Checked,
)
def check_object(work: CurrentWork, body: NewCheck, key: wire.IdempotencyKey = None) -> Any:
    """许可及有效期、业户、案件、重点监管;结果连同时间、来源、散列留存,可作为证据。"""
    told = {**body.model_dump(), "case_id": str(body.case_id) if body.case_id else None}
    return engine.check_object(work, **told, **keyed(key))


@router.get("/objects/checks/{check_id}", summary="查验记录", responses=responses(404), response_model=KeptCheck)
def get_object_check(work: CurrentWork, check_id: wire.Id) -> Any:
    """当时查到的内容,并核对是否被改动。"""
    return engine.object_check_of(work, str(check_id))


@router.post(
    "/objects/checks/{check_id}/evidence",
    summary="立案前的查验归入案件",
    status_code=201,
    responses=responses(404, 409, 422),
    response_model=Checked,
)
def take_check_as_evidence(
    work: CurrentWork, check_id: wire.Id, body: CheckForCase, key: wire.IdempotencyKey = None
) -> Any:
    """先查验、后立案:查验当时的时间、来源、人员和散列不变,成为案件的电子数据证据;同一案件只归入一次。"""
    return engine.check_as_evidence(work, str(check_id), str(body.case_id), **keyed(key))


@router.put(
    "/objects/{kind}/{object_id}/permits", summary="登记许可", responses=responses(404, 409, 422), response_model=Made
)
def put_permit(
    work: CurrentWork, kind: ObjectKind, object_id: wire.Id, body: NewPermit, key: wire.IdempotencyKey = None
) -> Any:
    """同一种类和证号只有一行,变动留存;属于别的对象的不予登记。"""
    values = body.model_dump(exclude={"source"})
    return engine.put_permit(work, kind, str(object_id), values, body.source, **keyed(key))


@router.get(
    "/objects/{kind}/{object_id}/view", summary="对象全貌", responses=responses(404, 422), response_model=ObjectView
)
def get_object_view(
    work: CurrentWork,
    kind: ObjectKind,
    object_id: wire.Id,
    on: Annotated[date | None, Query(description="截至过去某日的情况")] = None,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """关于这个对象的一切,按时间一条线。查看留下审计记录。"""
    return engine.object_view_of(work, kind, str(object_id), limit, after, on)


@router.post(
    "/objects/{kind}/{object_id}/watch",
    summary="列入重点监管名单",
    status_code=201,
    responses=responses(404, 409, 422),
    response_model=Made,
)
def watch_object(
    work: CurrentWork, kind: ObjectKind, object_id: wire.Id, body: Watch, key: wire.IdempotencyKey = None
) -> Any:
    """写明理由和期限;此后案件、线索、过车涉及该对象时产生预警。"""
    return engine.watch_object(work, kind, str(object_id), body.reason, body.until, **keyed(key))


@router.get("/watch-list", summary="重点监管名单", responses=responses(404, 422), response_model=WatchList)
def list_watch_entries(
    work: CurrentWork,
    ended: Annotated[bool, Query(description="连同已移出和到期的")] = False,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """本人数据范围内的名单,新的在前。"""
    return engine.watched_objects(work, limit, after, ended)


@router.post(
    "/watch-list/{entry_id}/removal", summary="移出名单", responses=responses(404, 409, 422), response_model=Made
)
def unwatch_object(work: CurrentWork, entry_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """写明理由;原记录留在对象的经过中。"""
    return engine.unwatch_object(work, str(entry_id), body.reason, **keyed(key))


@router.post(
    "/watch-list/{entry_id}/publication",
    summary="向其他机构公开名单",
    responses=responses(404, 409, 422),
    response_model=Made,
)
def publish_watch_entry(
    work: CurrentWork, entry_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None
) -> Any:
    """同一门类的其他机构查验、打开该对象时看到本机构和公开的理由;列入的理由不公开。移出、到期即不再显示。"""
    return engine.publish_watch_entry(work, str(entry_id), body.reason, **keyed(key))
