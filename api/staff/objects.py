"""Objects of cases: parties, vehicles, ships, practitioners – found by what identifies them, opened, entered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/objects", tags=["对象"])


class CaseOfObject(BaseModel):
    """一件案件。"""

    id: UUID
    case_number: str | None
    case_cause: str
    case_status: str
    created_at: AwareDatetime


class _Object(BaseModel):
    """登记簿的一行。"""

    id: UUID
    agency_id: int
    category: str


class _WithCases(BaseModel):
    """新的在前,至多 50 件。"""

    cases: list[CaseOfObject]


class PartyRow(_Object):
    """当事人(个人、业户);个人信息按类别遮盖。"""

    party_type: str
    name: str
    id_number: str | None
    uscc: str | None
    phone: str | None
    address: str | None
    operating_licence: str | None = Field(None, description="经营许可证号")


class VehicleRow(_Object):
    """营运车辆。"""

    plate: str
    plate_color: str
    transport_permit: str | None = Field(None, description="道路运输证号")
    owner_id: UUID | None = Field(None, description="所属业户")


class ShipRow(_Object):
    """营运船舶。"""

    name: str
    mmsi: str | None
    imo: str | None
    ship_type: str | None
    transport_permit: str | None = Field(description="船舶营业运输证号")
    owner_id: UUID | None = Field(description="所属业户")


class PractitionerRow(_Object):
    """从业人员;个人信息按类别遮盖。"""

    name: str
    id_number: str | None
    certificate_no: str | None = Field(description="从业资格证号")
    certificate_until: date | None = Field(description="资格证有效期至")
    employer_id: UUID | None = Field(description="受聘业户")


class Party(PartyRow, _WithCases):
    """当事人及其案件。"""


class Vehicle(VehicleRow, _WithCases):
    """车辆及其案件。"""


class Ship(ShipRow, _WithCases):
    """船舶及其案件。"""


class Practitioner(PractitionerRow, _WithCases):
    """从业人员及其案件。"""


class OpenedParty(Party):
    """打开的业户:它的车辆、船舶、从业人员(各至多 200)和案件。"""

    vehicles: list[VehicleRow]
    ships: list[ShipRow]
    practitioners: list[PractitionerRow]


class Objects(BaseModel):
    """找到的对象。"""

    parties: list[Party]
    vehicles: list[Vehicle]
    ships: list[Ship]
    practitioners: list[Practitioner]


class TakeOver(BaseModel):
    """填写的表单。"""

    form: str = Field(min_length=1, max_length=100, description="表单名称,作为查看个人信息的理由留存")


class Particulars(BaseModel):
    """可填入表单的内容。"""

    values: dict[str, Any] = Field(description="数据元 → 值")


class Registered(BaseModel):
    """登记的那一行。"""

    id: UUID


class _Register(wire.Body):
    """登记在哪里。"""

    agency_id: int = Field(ge=0, le=2_147_483_647, description="登记的机构", examples=[440100])
    category: str = Field(pattern=r"^0[1-8]$", description="执法门类", examples=["02"])


Permit = Annotated[str | None, Field(max_length=60)]
Owner = Annotated[UUID | None, Field(description="所属(受聘)业户,须已在登记簿中")]


class RegisterVehicle(_Register):
    """登记车辆。"""

    plate: str = Field(min_length=1, max_length=20, examples=["粤A12345"])
    plate_color: str = Field(max_length=8, description="代码表 PLATE_COLOR", examples=["2"])
    transport_permit: Permit = None
    owner_id: Owner = None


class RegisterShip(_Register):
    """登记船舶;MMSI、IMO 至少一项。"""

    name: str = Field(min_length=1, max_length=60, examples=["粤运 168"])
    mmsi: str | None = Field(None, max_length=20, examples=["413000123"])
    imo: str | None = Field(None, max_length=20, examples=["9074729"])
    ship_type: str | None = Field(None, max_length=60)
    transport_permit: Permit = None
    owner_id: Owner = None


class RegisterPractitioner(_Register):
    """登记从业人员;从业资格证号、身份证号至少一项。"""

    name: str = Field(min_length=1, max_length=50)
    certificate_no: Permit = None
    certificate_until: date | None = None
    id_number: str | None = Field(None, max_length=20)
    employer_id: Owner = None


@router.get("", summary="查对象", responses=responses(), response_model=Objects)
def search_objects(
    work: CurrentWork,
    plate: Annotated[str | None, Query(max_length=20, description="车牌号")] = None,
    name: Annotated[str | None, Query(max_length=100, description="当事人姓名或单位名称,须完整")] = None,
    identity: Annotated[str | None, Query(max_length=40, description="身份证件号或统一社会信用代码")] = None,
    ship: Annotated[str | None, Query(max_length=60, description="船舶的 MMSI、IMO 编号或船名,须完整")] = None,
    practitioner: Annotated[str | None, Query(max_length=60, description="从业资格证号、身份证号或姓名,须完整")] = None,
) -> Any:
    """至少给一项;只含本人数据范围内的对象及其案件。"""
    return engine.objects(work, plate=plate, name=name, identity=identity, ship_no=ship, practitioner_no=practitioner)


@router.get("/parties/{object_id}", summary="打开业户", responses=responses(404), response_model=OpenedParty)
def get_party(work: CurrentWork, object_id: wire.Id) -> Any:
    """它的车辆、船舶、从业人员和案件。查看留下审计记录。"""
    return engine.one_object(work, "party", str(object_id))


@router.get("/vehicles/{object_id}", summary="打开车辆", responses=responses(404), response_model=Vehicle)
def get_vehicle(work: CurrentWork, object_id: wire.Id) -> Any:
    """许可和案件。查看留下审计记录。"""
    return engine.one_object(work, "vehicle", str(object_id))


@router.get("/ships/{object_id}", summary="打开船舶", responses=responses(404), response_model=Ship)
def get_ship(work: CurrentWork, object_id: wire.Id) -> Any:
    """许可和案件。查看留下审计记录。"""
    return engine.one_object(work, "ship", str(object_id))


@router.get("/practitioners/{object_id}", summary="打开从业人员", responses=responses(404), response_model=Practitioner)
def get_practitioner(work: CurrentWork, object_id: wire.Id) -> Any:
    """资格和案件。查看留下审计记录。"""
    return engine.one_object(work, "practitioner", str(object_id))


@router.post(
    "/{kind}/{object_id}/particulars",
    summary="把登记的当事人或车辆填入表单",
    responses=responses(404, 409),
    response_model=Particulars,
)
def take_over(
    work: CurrentWork,
    kind: Annotated[Literal["party", "vehicle"], Path(description="当事人或车辆")],
    object_id: wire.Id,
    body: TakeOver,
) -> Any:
    """按数据元列出登记簿和最近一件案件中已有的内容,不遮盖;哪一张表单、谁填写留存,并留下审计。"""
    return engine.take_over(work, kind, str(object_id), body.form)


@router.post("/vehicles", summary="登记车辆", status_code=201, responses=responses(409), response_model=Registered)
def register_vehicle(work: CurrentWork, body: RegisterVehicle, key: wire.IdempotencyKey = None) -> Any:
    """同一车牌和颜色只有一行;已有的补充新内容。"""
    return engine.register_vehicle(work, **_given(body), **keyed(key))


@router.post("/ships", summary="登记船舶", status_code=201, responses=responses(409), response_model=Registered)
def register_ship(work: CurrentWork, body: RegisterShip, key: wire.IdempotencyKey = None) -> Any:
    """同一 MMSI 或 IMO 编号只有一行;已有的补充新内容,前后值留存。"""
    return engine.register_ship(work, **_given(body), **keyed(key))


@router.post(
    "/practitioners", summary="登记从业人员", status_code=201, responses=responses(409), response_model=Registered
)
def register_practitioner(work: CurrentWork, body: RegisterPractitioner, key: wire.IdempotencyKey = None) -> Any:
    """同一资格证号或身份证号只有一行;已有的补充新内容,前后值留存。"""
    return engine.register_practitioner(work, **_given(body), **keyed(key))


def _given(body: _Register) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, UUID) else value for key, value in body.model_dump().items()}
