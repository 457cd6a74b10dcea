"""The world outside as officers and operators see it: exchanges with their conversation, devices, what was weighed."""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from kernel import permissions
from kernel.ids import instant, packed_marks
from registers import device, exchange, weigh_pass

router = APIRouter(tags=["对外"])


class ExchangeItem(BaseModel):
    """一项对外交换。"""

    id: UUID
    agency_id: int
    category: str
    direction: Literal["out", "in"] = Field(description="out 发出,in 收到")
    counterpart: str = Field(description="对端;未发出的为空")
    message: str = Field(examples=["payment.notice"])
    business_key: str = Field(description="业务编号,如缴款通知单号、交易号")
    subject_id: UUID | None = Field(description="所属案件")
    status: Literal["waiting", "done", "differing", "given_up"]
    created_at: AwareDatetime
    done_at: AwareDatetime | None


class ExchangePage(BaseModel):
    """一页对外交换;`next` 为空即最后一页。"""

    items: list[ExchangeItem]
    next: str | None


class Try(BaseModel):
    """一次往来;密钥和个人信息已隐去。"""

    at: AwareDatetime
    outcome: Literal["delivered", "received", "duplicate", "conflict", "refused", "failed"]
    request: dict[str, Any]
    response: dict[str, Any]


class Exchange(ExchangeItem):
    """一项对外交换和它的每次往来。"""

    tries: list[Try]


class DeviceItem(BaseModel):
    """一台设备。"""

    id: UUID
    agency_id: int
    category: str
    device_no: str
    model: str
    name: str
    site_code: str
    site_name: str
    place: str
    lanes: list[int]
    reviewed_on: date | None = Field(description="设置地点法制和技术审核日期")
    published_on: date | None = Field(description="设置地点公布日期")
    published_url: str | None
    status: Literal["active", "stopped"]
    heard_at: AwareDatetime | None = Field(description="最近一次联系")
    drift_ms: int | None = Field(description="时钟偏差(毫秒)")
    certificate_no: str | None = Field(description="最近的检定证书")
    valid_to: date | None = Field(description="检定有效期至")


class DevicePage(BaseModel):
    """一页设备。"""

    items: list[DeviceItem]
    next: str | None


class WeighPass(BaseModel):
    """一次称重检测。质量单位千克。"""

    id: UUID
    weighed_at: AwareDatetime
    agency_id: int
    category: str
    device_id: UUID
    check_no: str
    site_code: str
    lane_no: int | None
    plate_no: str
    plate_rear: str | None
    plate_color: str | None
    vehicle_type: str | None
    axle_count: int | None
    is_train: bool | None
    gross_kg: int
    limit_kg: int | None = Field(description="限定标准;车型不明时为空")
    over_kg: int | None
    over_rate: str | None = Field(description="超限率,四位小数")
    speed_kmh: str | None
    measure_kind: str
    is_backfill: bool
    is_usable: bool = Field(description="可否用作证据")
    reasons: list[str] = Field(description="不可用的原因")
    verification_certificate_no: str | None
    received_at: AwareDatetime
    subject_id: UUID | None = Field(description="由它产生的线索或案件")


class WeighPassPage(BaseModel):
    """一页称重检测。"""

    items: list[WeighPass]
    next: str | None


@router.get("/exchanges", summary="对外交换", responses=responses(), response_model=ExchangePage)
def list_exchanges(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
    status: Literal["waiting", "done", "differing", "given_up"] | None = None,
) -> Any:
    """本人数据范围内的,新的在前。"""
    permissions.demand(work, "exchange.read")
    with work.transaction():
        rows = exchange.page(work, limit + 1, after, status)
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


@router.get("/exchanges/{exchange_id}", summary="一项对外交换的往来", responses=responses(404), response_model=Exchange)
def get_exchange(work: CurrentWork, exchange_id: wire.Id) -> Any:
    """每次请求和应答,旧的在前;密钥和个人信息已隐去。"""
    permissions.demand(work, "exchange.read")
    with work.transaction():
        row = exchange.get(work, exchange_id)
        return {**row, "tries": exchange.tries(work, exchange_id)}


@router.get("/devices", summary="设备", responses=responses(), response_model=DevicePage)
def list_devices(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: Annotated[
        str | None, Query(max_length=32, pattern=r"^[A-Za-z0-9_.-]+$", description="上一页的 next")
    ] = None,
) -> Any:
    """本人数据范围内的设备:站点、审核公布、检定有效期、最近联系。"""
    permissions.demand(work, "device.read")
    with work.transaction():
        rows = device.page(work, limit + 1, after)
    return {"items": rows[:limit], "next": rows[limit - 1]["device_no"] if len(rows) > limit else None}


@router.get("/weigh-passes", summary="称重检测", responses=responses(), response_model=WeighPassPage)
def list_weigh_passes(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: wire.After = None,
    plate_no: Annotated[str | None, Query(max_length=20, description="车牌号")] = None,
    over: Annotated[bool, Query(description="只看超过限定标准的")] = False,
) -> Any:
    """本人数据范围内的过车记录,新的在前;不可用作证据的写明原因。"""
    permissions.demand(work, "device.read")
    with work.transaction():
        rows = weigh_pass.page(work, limit + 1, _place(after), plate_no=plate_no, over=over)
    for row in rows:
        row["reasons"] = [engine.REASONS_NOT_USABLE.get(reason, reason) for reason in row["reasons"]]
        row["over_rate"] = None if row["over_rate"] is None else str(row["over_rate"])
        row["speed_kmh"] = None if row["speed_kmh"] is None else str(row["speed_kmh"])
    last = rows[limit - 1] if len(rows) > limit else None
    return {"items": rows[:limit], "next": None if last is None else _mark(last["weighed_at"], last["id"])}


def _mark(at: datetime, id_: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([at, id_])).decode()


def _place(after: str | None) -> tuple[datetime, UUID] | None:
    if after is None:
        return None
    at, id_ = packed_marks(after, instant, UUID)
    return at, id_
