"""Dossiers: what is kept, who may read it, who has it, what is to be destroyed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, Form, Path, Query, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import files, wire
from api.staff.keyed import keyed
from kernel import permissions
from kernel.errors import NotFound
from registers import dossier, evidence

router = APIRouter(tags=["案卷"])
AgencyId = Annotated[int, Field(ge=0, le=2_147_483_647, examples=[440100])]
Days = Annotated[int, Field(ge=1, le=365, description="天数")]
Purpose = Annotated[str, Field(min_length=1, max_length=500, description="事由", examples=["行政复议答复"])]
Key = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,30}$", description="卷:main 正卷、second 副卷")]
State = Literal["kept", "lent", "destroyed"]
UseState = Literal["asked", "granted", "refused", "lent", "ended"]


class DossierLine(BaseModel):
    """一份案卷(一次归档)。"""

    id: UUID
    agency_id: int
    category: str
    case_id: UUID
    part: int = Field(description="第几次归档")
    archive_no: str | None = Field(description="档号")
    case_number: str | None
    title: str
    procedure_type: str
    year: int = Field(description="归档年度")
    pages: int
    files: int
    sealed_at: AwareDatetime
    retention_years: int | None
    retention_permanent: bool
    retention_unconfirmed: str | None = Field(description="保管期限尚不可依的原因;空为可依")
    retain_until: date | None
    location: str
    state: State
    version: int


class DossierPage(BaseModel):
    """一页案卷。"""

    items: list[DossierLine]
    next: str | None


class VolumeLine(BaseModel):
    """一卷;没有 PDF 的散列值为空,缺什么见 missing。"""

    key: str
    name: str
    outside: bool = Field(description="可否对外查阅")
    pages: int
    sha256: str | None
    sm3: str | None
    size: int | None


class SupplementLine(BaseModel):
    """一份补充归档的材料。"""

    id: UUID
    name: str
    size: int
    reason: str
    state: Literal["asked", "accepted", "refused"] = Field(description="待审批、已同意、不同意")
    asked_by: UUID
    asker: str
    asked_at: AwareDatetime
    decider: str | None
    decided_at: AwareDatetime | None
    note: str | None


class PartLine(BaseModel):
    """案卷的一部分。"""

    id: UUID
    part: int
    reason: str | None
    sealed_at: AwareDatetime


class Dossier(DossierLine):
    """案卷详情。"""

    volumes: list[VolumeLine]
    missing: list[str] = Field(description="没有装订进册的材料及原因")
    package_sha256: str
    package_sm3: str
    package_size: int
    keys: list[str] = Field(description="签名公钥的指纹(SM3)")
    reason: str | None = Field(description="再次归档的理由")
    retention_rule: str | None
    supplements: list[SupplementLine] = Field(description="提出过的补充归档,新的在前")
    parts: list[PartLine] = Field(description="各次封存;每一部分有自己的封存和签名")


class EventLine(BaseModel):
    """案卷经历的一件事。"""

    id: UUID
    at: AwareDatetime
    event: str
    detail: str
    person: str | None


class EventPage(BaseModel):
    """一页经历。"""

    items: list[EventLine]
    next: str | None


class UseLine(BaseModel):
    """一次利用:申请、查阅、借阅、异地调阅。"""

    id: UUID
    dossier_id: UUID
    case_id: UUID
    part: int
    archive_no: str | None
    case_number: str | None
    title: str
    kind: Literal["read", "lend", "remote"]
    volumes: list[str]
    reader_id: UUID | None
    reader_name: str
    reader_agency_id: int
    reader_agency: str
    purpose: str
    days: int
    asked_at: AwareDatetime
    state: UseState
    decided_at: AwareDatetime | None
    reason: str | None
    due_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    reads: int


class UsePage(BaseModel):
    """一页利用记录。"""

    items: list[UseLine]
    next: str | None


class DossierUsed(BaseModel):
    """利用记录的编号和状态。"""

    id: UUID
    state: UseState
    due_at: AwareDatetime | None = None


class Statistic(BaseModel):
    """一个机构一年一个门类的案卷。"""

    agency_id: int
    agency: str
    year: int
    category: str
    dossiers: int
    pages: int
    lent: int
    destroyed: int
    permanent: int
    reads: int = Field(description="查阅次数")
    loans: int = Field(description="借阅次数")
    remote: int = Field(description="异地调阅次数")


class DossierKey(BaseModel):
    """卷宗签名公钥;指纹公布后供外界核验。"""

    id: UUID
    agency_id: int
    algorithm: str
    fingerprint: str
    made_at: AwareDatetime
    retired_at: AwareDatetime | None
    reason: str | None


class AskToRead(wire.Body):
    """申请查阅。"""

    purpose: Purpose
    days: Days
    volumes: list[str] = Field(min_length=1, max_length=10, examples=[["main"]])


class AskFromAfar(wire.Body):
    """向其他机构申请调阅。"""

    agency_id: AgencyId
    archive_no: str = Field(min_length=1, max_length=60, description="档号")
    purpose: Purpose
    days: Days


class DossierDecision(wire.Body):
    """同意或者不同意。"""

    granted: bool
    days: Days | None = Field(None, description="查阅期天数;不填用申请的天数")
    reason: str = Field("", max_length=500, description="意见;不同意的必填")


class Loan(wire.Body):
    """借给谁、为何、几天。"""

    reader_id: UUID
    purpose: Purpose
    days: Days


class Back(wire.Body):
    """归还时的清点情况。"""

    note: str = Field("", max_length=500, examples=["清点无误"])


class Location(wire.Body):
    """存放位置。"""

    location: str = Field(min_length=1, max_length=200, examples=["二号库房 3 架 12 盒"])


class Located(BaseModel):
    """案卷现在的存放位置。"""

    id: UUID
    location: str


class Retention(wire.Reason):
    """核定的保管期限:年限或者永久。"""

    years: int | None = Field(None, ge=1, le=100)
    permanent: bool = False


class Retained(BaseModel):
    """核定的结果。"""

    id: UUID
    retain_until: date | None
    permanent: bool


class NewList(wire.Reason):
    """处置清单:期满案卷销毁或者延长保管。"""

    agency_id: AgencyId
    kind: Literal["destroy", "prolong"]
    years: int | None = Field(None, ge=1, le=100, description="延长的年数")
    dossier_ids: list[UUID] = Field(min_length=1, max_length=500)


class ListMade(BaseModel):
    """新的处置清单。"""

    id: UUID
    state: str
    dossiers: int


class ListSettled(BaseModel):
    """处置清单的状态和已有的同意数。"""

    id: UUID
    state: Literal["open", "approved", "refused"]
    approvals: int


class ListLine(BaseModel):
    """一份处置清单。"""

    id: UUID
    agency_id: int
    kind: Literal["destroy", "prolong"]
    years: int | None
    reason: str
    made_at: AwareDatetime
    made_by: UUID
    state: Literal["open", "approved", "refused"]
    first_by: UUID | None
    first_at: AwareDatetime | None
    second_by: UUID | None
    second_at: AwareDatetime | None
    refused_by: UUID | None
    refusal: str | None


class CountedList(ListLine):
    """一份处置清单和其中案卷的件数。"""

    dossiers: int


class ListPage(BaseModel):
    """一页处置清单。"""

    items: list[CountedList]
    next: str | None


class FullList(ListLine):
    """处置清单和其中的案卷。"""

    items: list[DossierLine]


class Supplemented(BaseModel):
    """补充归档:待审批;同意后另行封存为下一部分。"""

    id: UUID
    state: Literal["asked", "accepted", "refused"]


class SupplementDecision(BaseModel):
    """同意,或者写明理由不同意。"""

    accepted: bool
    note: str = Field("", max_length=500)


# ---------------------------------------------------------------------- lists
@router.get("/dossiers", summary="案卷", responses=responses(422), response_model=DossierPage)
def list_dossiers(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: wire.After = None,
    archive_no: Annotated[str | None, Query(max_length=60, description="档号")] = None,
    year: Annotated[int | None, Query(ge=1990, le=2200, description="归档年度")] = None,
    category: Annotated[str | None, Query(pattern=r"^0[1-8]$", description="执法门类")] = None,
    state: Annotated[State | None, Query(description="在库、借出、已登记销毁")] = None,
) -> Any:
    """本人数据范围内的案卷,新归档的在前。"""
    return engine.list_dossiers(work, limit, after, archive_no=archive_no, year=year, category=category, state=state)


@router.get("/dossiers/due", summary="保管期满的案卷", responses=responses(422), response_model=DossierPage)
def list_dossiers_due(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: wire.After = None,
    until: Annotated[date | None, Query(description="截至哪天;不填为本年末")] = None,
) -> Any:
    """期限已核定并在该日之前届满的;期限未经确认的不列。"""
    return engine.dossiers_due(work, until, limit, after)


@router.get("/dossiers/statistics", summary="案卷统计", responses=responses(422), response_model=list[Statistic])
def count_dossiers(work: CurrentWork, year: Annotated[int | None, Query(ge=1990, le=2200)] = None) -> Any:
    """按机构、年度、门类统计保管和利用情况。"""
    return engine.dossier_statistics(work, year)


@router.get("/dossiers/keys", summary="卷宗签名公钥", responses=responses(), response_model=list[DossierKey])
def list_dossier_keys(work: CurrentWork) -> Any:
    """本人数据范围内各机构的公钥指纹。"""
    permissions.demand(work, "dossier.read")
    return engine.dossier_keys(work)


@router.get("/dossiers/uses", summary="利用记录", responses=responses(422), response_model=UsePage)
def list_dossier_uses(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: wire.After = None,
    dossier_id: Annotated[UUID | None, Query(description="某一案卷的")] = None,
    state: Annotated[UseState | None, Query(description="某一状态的")] = None,
    overdue: Annotated[bool, Query(description="只看逾期未还")] = False,
) -> Any:
    """供档案管理人员办理申请、催还。"""
    asked = str(dossier_id) if dossier_id else None
    return engine.dossier_uses(work, limit, after, dossier_id=asked, state=state, overdue=overdue)


@router.get("/dossiers/my-uses", summary="我的查阅和借阅", responses=responses(422), response_model=UsePage)
def list_my_dossier_uses(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人申请的、借的,新的在前。"""
    return engine.dossier_uses(work, limit, after, mine=True)


@router.get("/dossiers/{dossier_id}", summary="案卷详情", responses=responses(404), response_model=Dossier)
def get_dossier(work: CurrentWork, dossier_id: wire.Id) -> Any:
    """各卷、缺什么、保管期限、散列值、签名公钥。"""
    return engine.dossier_of(work, str(dossier_id))


@router.get(
    "/dossiers/{dossier_id}/events", summary="案卷的经历", responses=responses(404, 422), response_model=EventPage
)
def list_dossier_events(
    work: CurrentWork, dossier_id: wire.Id, limit: wire.Limit = 50, after: wire.After = None
) -> Any:
    """归档、查阅、借还、核定、处置,新的在前。"""
    return engine.dossier_events(work, str(dossier_id), limit, after)


@router.get(
    "/dossiers/{dossier_id}/package",
    summary="下载卷宗数据包",
    responses={**files.SCHEMA, **responses(404, 409)},
    response_class=StreamingResponse,
)
def download_dossier_package(work: CurrentWork, dossier_id: wire.Id) -> Any:
    """封存时的数据包,一字不差;`zhicheng verify` 可脱离数据库核验。"""
    row = engine.dossier_package(work, str(dossier_id))
    sha256 = bytes(row["package_sha256"])
    return files.attachment(
        work.node.files.open(sha256),
        name=f"卷宗-{row['archive_no'] or row['case_id']}-{row['part']}.zip",
        media_type="application/zip",
        size=row["package_size"],
        sha256=sha256,
    )


# ---------------------------------------------------------------------- reading
@router.post(
    "/dossiers/{dossier_id}/requests", summary="申请查阅", responses=responses(404, 409), response_model=DossierUsed
)
def ask_to_read(work: CurrentWork, dossier_id: wire.Id, body: AskToRead, key: wire.IdempotencyKey = None) -> Any:
    """由他人审批;同意后在查阅期内阅读,每页有本人姓名和时间。"""
    return engine.ask_to_read(work, str(dossier_id), body.purpose, body.days, body.volumes, **keyed(key))


@router.post("/dossiers/requests", summary="申请异地调阅", responses=responses(404, 409), response_model=DossierUsed)
def ask_from_afar(work: CurrentWork, body: AskFromAfar, key: wire.IdempotencyKey = None) -> Any:
    """按档号向其他机构申请;只能看可以对外的卷。"""
    return engine.ask_from_afar(work, **body.model_dump(), **keyed(key))


@router.post(
    "/dossiers/uses/{use_id}/decision",
    summary="审批查阅申请",
    responses=responses(404, 409),
    response_model=DossierUsed,
)
def decide_dossier_use(
    work: CurrentWork, use_id: wire.Id, body: DossierDecision, key: wire.IdempotencyKey = None
) -> Any:
    """不得审批自己的申请。"""
    return engine.decide_use(work, str(use_id), **body.model_dump(), **keyed(key))


@router.post(
    "/dossiers/uses/{use_id}/end", summary="终止查阅", responses=responses(404, 409), response_model=DossierUsed
)
def end_dossier_use(work: CurrentWork, use_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """查阅期未满而终止。"""
    return engine.end_use(work, str(use_id), body.reason, **keyed(key))


@router.get(
    "/cases/{case_id}/dossier/volumes/{volume}",
    summary="阅读归档案卷的一卷",
    responses={**files.SCHEMA, **responses(404, 409)},
    response_class=StreamingResponse,
)
def read_dossier_volume(
    work: CurrentWork,
    case_id: wire.Id,
    volume: Key,
    part: Annotated[int | None, Query(ge=1, le=1000, description="第几次归档;不填为最近一次")] = None,
) -> Any:
    """一卷的 PDF,每页加注阅读人和时间;保管人以外须先获同意。其他机构在调阅期内同样由此阅读。"""
    name, pdf = engine.read_volume(work, str(case_id), volume, part)
    return files.made(pdf, name=name, media_type="application/pdf")


# ---------------------------------------------------------------------- keeping
@router.post(
    "/dossiers/{dossier_id}/loan", summary="借出案卷", responses=responses(404, 409), response_model=DossierUsed
)
def lend_dossier(work: CurrentWork, dossier_id: wire.Id, body: Loan, key: wire.IdempotencyKey = None) -> Any:
    """写明事由和归还期限;借出未还的不能再借。"""
    return engine.lend_dossier(work, str(dossier_id), str(body.reader_id), body.purpose, body.days, **keyed(key))


@router.post(
    "/dossiers/{dossier_id}/return", summary="收回案卷", responses=responses(404, 409), response_model=DossierUsed
)
def return_dossier(work: CurrentWork, dossier_id: wire.Id, body: Back, key: wire.IdempotencyKey = None) -> Any:
    """归还并清点。"""
    return engine.return_dossier(work, str(dossier_id), body.note, **keyed(key))


@router.post(
    "/dossiers/{dossier_id}/location", summary="登记存放位置", responses=responses(404, 409), response_model=Located
)
def place_dossier(work: CurrentWork, dossier_id: wire.Id, body: Location, key: wire.IdempotencyKey = None) -> Any:
    """库房、架、盒。"""
    return engine.place_dossier(work, str(dossier_id), body.location, **keyed(key))


@router.post(
    "/dossiers/{dossier_id}/retention", summary="核定保管期限", responses=responses(404, 409), response_model=Retained
)
def set_retention(work: CurrentWork, dossier_id: wire.Id, body: Retention, key: wire.IdempotencyKey = None) -> Any:
    """年限或者永久,写明理由;核定后只能延长。"""
    return engine.set_retention(work, str(dossier_id), body.years, body.permanent, body.reason, **keyed(key))


@router.post(
    "/cases/{case_id}/dossier/supplement",
    summary="补充归档",
    responses=responses(404, 409, 413),
    response_model=Supplemented,
)
def supplement_dossier(
    work: CurrentWork,
    case_id: wire.Id,
    file: Annotated[UploadFile, File(description="补充的材料")],
    reason: Annotated[str, Form(min_length=1, max_length=500, description="理由")],
    key: wire.IdempotencyKey = None,
) -> Any:
    """已封存的案卷写明理由,提出补入材料;由另一人审批。"""
    permissions.demand(work, "dossier.keep")
    with work.transaction():  # a stranger learns nothing from how his file is judged
        if dossier.latest(work, case_id) is None:
            raise NotFound("这个案件还没有归档的案卷,或不在您的查看范围内")
    accepted = evidence.accept(work.node.files, file.file, file.filename or "")
    return engine.supplement_dossier(work, str(case_id), accepted, reason, **keyed(key))


@router.post(
    "/dossiers/supplements/{supplement_id}/decision",
    summary="审批补充归档",
    responses=responses(404, 409),
    response_model=Supplemented,
)
def decide_supplement(
    work: CurrentWork, supplement_id: wire.Id, body: SupplementDecision, key: wire.IdempotencyKey = None
) -> Any:
    """同意的成为证据,另行封存为下一部分;原数据包不变。不得审批自己提出的。"""
    return engine.decide_supplement(work, str(supplement_id), body.accepted, body.note, **keyed(key))


# ---------------------------------------------------------------------- lists for destruction and prolongation
@router.get("/disposal-lists", summary="处置清单", responses=responses(422), response_model=ListPage)
def list_disposals(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """销毁、延长保管的清单,新的在前。"""
    return engine.disposals(work, limit, after)


@router.post("/disposal-lists", summary="制作处置清单", responses=responses(404, 409), response_model=ListMade)
def make_disposal_list(work: CurrentWork, body: NewList, key: wire.IdempotencyKey = None) -> Any:
    """只列入期限已核定并已届满、在库、未列入其他清单的案卷,否则逐件说明。"""
    return engine.list_for_disposal(
        work, body.agency_id, body.kind, [str(one) for one in body.dossier_ids], body.years, body.reason, **keyed(key)
    )


@router.get("/disposal-lists/{list_id}", summary="处置清单详情", responses=responses(404), response_model=FullList)
def get_disposal_list(work: CurrentWork, list_id: wire.Id) -> Any:
    """清单及其案卷。"""
    return engine.disposal(work, str(list_id))


@router.post(
    "/disposal-lists/{list_id}/approval", summary="同意处置", responses=responses(404, 409), response_model=ListSettled
)
def approve_disposal(work: CurrentWork, list_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """须制作人以外的两人先后同意;销毁只作登记,不删除任何文件。"""
    return engine.approve_disposal(work, str(list_id), **keyed(key))


@router.post(
    "/disposal-lists/{list_id}/refusal", summary="退回清单", responses=responses(404, 409), response_model=ListSettled
)
def refuse_disposal(work: CurrentWork, list_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """清单作废,其中案卷可另行鉴定。"""
    return engine.refuse_disposal(work, str(list_id), body.reason, **keyed(key))
