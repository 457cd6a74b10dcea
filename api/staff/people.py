"""People and agencies for the administrators: accounts, roles, certificates; names for everyone."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork, forget
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(tags=["人员与机构"])
Agency = Annotated[int, Field(ge=0, le=2_147_483_647, description="机构编号", examples=[440100])]
Category = Annotated[str, Field(pattern=r"^0[1-8]$")]
Categories = Annotated[list[Category], Field(max_length=8, description="执法门类", examples=[["01", "02"]])]
Password = Annotated[str, Field(max_length=256, description="10 个以上字符,含三种字符")]
CertificateStatus = Literal["normal", "lost", "suspended", "cancelled", "revoked", "expired"]


class PersonItem(BaseModel):
    """人员名册的一行。"""

    id: UUID
    agency_id: int
    name: str
    staffing_type: str
    status: str = Field(description="代码表 OFFICER_STATUS")
    login: str | None
    disabled: bool | None
    roles: list[str]


class PeoplePage(BaseModel):
    """一页人员。"""

    items: list[PersonItem]
    next: str | None


class Account(BaseModel):
    """账号。"""

    login: str
    disabled: bool
    password_at: AwareDatetime


class GrantItem(BaseModel):
    """一项授权。"""

    role: str
    agency_id: int
    reach: Literal["own", "tree"]
    categories: list[str]
    valid_from: date
    valid_to: date | None


class StatusLine(BaseModel):
    """证件状态的一次变更。"""

    status: str
    since: AwareDatetime
    reason: str


class CertificateItem(BaseModel):
    """一本执法证件及其状态经过。"""

    id: UUID
    certificate_no: str
    kind: str
    categories: list[str]
    valid_from: date
    valid_to: date
    status: str | None
    history: list[StatusLine]


class PersonView(BaseModel):
    """一名人员;身份证件号遮盖。"""

    id: UUID
    agency_id: int
    name: str
    id_number: str | None
    staffing_type: str
    status: str
    account: Account | None
    grants: list[GrantItem]
    certificates: list[CertificateItem]


class AgencyItem(BaseModel):
    """机构树的一个节点。"""

    id: int
    code: str
    name: str
    short: str
    level: str
    parent_id: int | None
    depth: int
    officers: int = Field(description="人员数")


class AccountChanged(BaseModel):
    """变动的对象。"""

    id: str


class ChangedAgency(BaseModel):
    """变动的机构。"""

    id: int


class NewOfficer(wire.Body):
    """新增人员。"""

    agency_id: Agency
    name: Annotated[str, Field(max_length=50)]
    id_number: Annotated[str, Field(max_length=20, description="身份证件号")]
    staffing_type: Annotated[str, Field(max_length=8, description="代码表 STAFFING_TYPE", examples=["2"])]


class ChangeOfficer(wire.Reason):
    """变更人员状态或所属机构。"""

    status: Annotated[str, Field(max_length=8, description="代码表 OFFICER_STATUS", examples=["3"])]
    agency_id: Agency


class NewAccount(wire.Body):
    """开设账号。"""

    login: Annotated[str, Field(max_length=64)]
    password: Password


class NewPassword(wire.Body):
    """重置口令。"""

    password: Password


class Shut(wire.Reason):
    """停用或恢复账号。"""

    disabled: bool


class Grant(wire.Reason):
    """授予岗位。"""

    role: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$", max_length=40)]
    agency_id: Agency
    categories: Categories
    reach: Literal["own", "tree"] = Field("own", description="本机构,或者含下级机构")
    valid_from: date | None = None
    valid_to: date | None = None


class Revoke(wire.Reason):
    """撤销岗位。"""

    role: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$", max_length=40)]
    agency_id: Agency


class NewCertificate(wire.Body):
    """登记已有的执法证件。"""

    number: Annotated[str, Field(max_length=30)]
    kind: Annotated[str, Field(max_length=8, description="代码表 CERT_KIND")]
    categories: Categories
    valid_from: date
    valid_to: date


class ChangeCertificate(wire.Reason):
    """变更证件状态。"""

    status: CertificateStatus


class NewAgency(wire.Body):
    """新增机构。"""

    parent_id: Agency
    code: Annotated[str, Field(pattern=r"^[0-9]{6}[0-9A-Z]{0,6}$", description="行政区划代码起头的机构代码")]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    short: Annotated[str, Field(min_length=1, max_length=20, description="文号中的机关代字", examples=["穗交"])]
    level: Literal["province", "city", "county", "station"]


class RenameAgency(wire.Reason):
    """机构更名。"""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    short: Annotated[str, Field(min_length=1, max_length=20)]


@router.get("/people", summary="人员名册", responses=responses(422), response_model=PeoplePage)
def list_people(
    work: CurrentWork,
    name: Annotated[str | None, Query(max_length=50, description="姓名,须完整")] = None,
    agency_id: Annotated[int | None, Query(ge=0, le=2_147_483_647)] = None,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """本人管理范围内的人员,按姓名;每人的账号和岗位。"""
    return engine.people(work, name, agency_id, limit, after)


@router.get("/people/names", summary="人员姓名", responses=responses(), response_model=dict[str, str])
def list_names(work: CurrentWork, id: Annotated[list[UUID], Query(max_length=100)]) -> Any:
    """编号 → 姓名;登录人员都可以查。"""
    return engine.names(work, id)


@router.post("/people", summary="新增人员", status_code=201, responses=responses(409), response_model=AccountChanged)
def add_officer(work: CurrentWork, body: NewOfficer, key: wire.IdempotencyKey = None) -> Any:
    """在岗,还没有账号和岗位。"""
    return engine.add_officer(work, **body.model_dump(), **keyed(key))


@router.get("/people/{officer_id}", summary="一名人员", responses=responses(404), response_model=PersonView)
def get_person(work: CurrentWork, officer_id: wire.Id) -> Any:
    """账号、授权、证件及其经过。"""
    return engine.person(work, str(officer_id))


@router.post(
    "/people/{officer_id}/change", summary="变更人员", responses=responses(404, 409), response_model=AccountChanged
)
def change_officer(work: CurrentWork, officer_id: wire.Id, body: ChangeOfficer, key: wire.IdempotencyKey = None) -> Any:
    """变更状态或调动;调动后原机构的授权即行终止。"""
    return engine.change_officer(work, str(officer_id), **body.model_dump(), **keyed(key))


@router.post(
    "/people/{officer_id}/account", summary="开设账号", responses=responses(404, 409), response_model=AccountChanged
)
def open_account(work: CurrentWork, officer_id: wire.Id, body: NewAccount) -> Any:
    """每人一个账号。"""
    return engine.open_account(work, str(officer_id), body.login, body.password)


@router.post(
    "/people/{officer_id}/password", summary="重置口令", responses=responses(404, 409), response_model=AccountChanged
)
def reset_password(work: CurrentWork, officer_id: wire.Id, body: NewPassword) -> Any:
    """其已有的登录全部失效。"""
    return engine.reset_password(work, str(officer_id), body.password)


@router.post(
    "/people/{officer_id}/account/shut",
    summary="停用或恢复账号",
    responses=responses(404, 409),
    response_model=AccountChanged,
)
def shut_account(work: CurrentWork, officer_id: wire.Id, body: Shut, key: wire.IdempotencyKey = None) -> Any:
    """停用立即生效。"""
    return engine.shut_account(work, str(officer_id), body.disabled, body.reason, **keyed(key))


@router.post(
    "/people/{officer_id}/grants", summary="授予岗位", responses=responses(404, 409), response_model=AccountChanged
)
def grant_role(work: CurrentWork, officer_id: wire.Id, body: Grant, key: wire.IdempotencyKey = None) -> Any:
    """由安全管理员办理;互斥的岗位不能由一人兼任,不能授予本人。"""
    return engine.grant_role(work, str(officer_id), **body.model_dump(), **keyed(key))


@router.post(
    "/people/{officer_id}/grants/revoke",
    summary="撤销岗位",
    responses=responses(404, 409),
    response_model=AccountChanged,
)
def revoke_role(work: CurrentWork, officer_id: wire.Id, body: Revoke, key: wire.IdempotencyKey = None) -> Any:
    """立即生效;名下的待办须另行转办。"""
    return engine.revoke_role(work, str(officer_id), **body.model_dump(), **keyed(key))


@router.post(
    "/people/{officer_id}/certificates",
    summary="登记证件",
    responses=responses(404, 409),
    response_model=AccountChanged,
)
def enter_certificate(
    work: CurrentWork, officer_id: wire.Id, body: NewCertificate, key: wire.IdempotencyKey = None
) -> Any:
    """登记本系统以外核发的证件;本系统核发的由资格流程登记。"""
    return engine.enter_certificate(work, str(officer_id), **body.model_dump(), **keyed(key))


@router.post(
    "/certificates/{certificate_id}/status",
    summary="变更证件状态",
    responses=responses(404, 409),
    response_model=AccountChanged,
)
def change_certificate(
    work: CurrentWork, certificate_id: wire.Id, body: ChangeCertificate, key: wire.IdempotencyKey = None
) -> Any:
    """挂失、暂扣、注销、吊销、恢复;此前的执法行为不受影响。"""
    return engine.change_certificate(work, str(certificate_id), body.status, body.reason, **keyed(key))


@router.get("/agencies", summary="机构树", responses=responses(), response_model=list[AgencyItem])
def list_agencies(work: CurrentWork) -> Any:
    """本人管理范围内的机构,上级在前。"""
    return engine.agencies(work)


@router.post(
    "/agencies", summary="新增机构", status_code=201, responses=responses(404, 409), response_model=ChangedAgency
)
def add_agency(request: Request, work: CurrentWork, body: NewAgency, key: wire.IdempotencyKey = None) -> Any:
    """在上级机构之下;数据范围随树。"""
    made = engine.add_agency(work, **body.model_dump(), **keyed(key))
    forget(request)  # who made it sees it at once: the session's scope is read anew
    return made


@router.post(
    "/agencies/{agency_id}/name", summary="机构更名", responses=responses(404, 409), response_model=ChangedAgency
)
def rename_agency(work: CurrentWork, agency_id: int, body: RenameAgency, key: wire.IdempotencyKey = None) -> Any:
    """此前的文书和文号不变。"""
    return engine.rename_agency(work, agency_id, body.name, body.short, body.reason, **keyed(key))
