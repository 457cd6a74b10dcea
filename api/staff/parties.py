"""Parties: confirmed addresses of service, agents and their powers, duplicates merged and split again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/parties/{party_id}", tags=["当事人"])
Text = Annotated[str | None, Field(max_length=200)]


class _Source(wire.Body):
    """来源:已签署的文书,或作为证据上传的扫描件;至少一项。"""

    valid_from: date = Field(description="自何日起有效")
    valid_to: date | None = Field(None, description="至何日止;空为长期")
    document_id: UUID | None = Field(None, description="来源文书(如送达地址确认书、授权委托书)")
    evidence_id: UUID | None = Field(None, description="来源扫描件")


class NewAddress(_Source):
    """当事人确认的送达地址。"""

    receiver: str = Field(min_length=1, max_length=50, description="收件人")
    relation: str | None = Field(None, max_length=40, description="收件人与当事人关系")
    post_address: str = Field(min_length=1, max_length=200, description="邮寄送达地址及邮编")
    electronic: bool = Field(description="同意电子送达")
    mobile: Text = None
    wechat: Text = None
    email: Text = None
    fax: Text = None


class NewAgent(_Source):
    """代理人和权限。"""

    name: str = Field(min_length=1, max_length=50)
    id_number: str | None = Field(None, max_length=30)
    phone: str | None = Field(None, max_length=30)
    relation: str = Field(min_length=1, max_length=60, description="与当事人关系,如 委托代理人、法定代理人")
    special: bool = Field(description="特别授权")
    scope: str = Field(min_length=1, max_length=500, description="代理权限,逐项写明")
    case_id: UUID | None = Field(None, description="只限这件案件;空为该当事人的全部案件")


class PartyMerge(wire.Reason):
    """并入哪一条。"""

    other_id: UUID = Field(description="并入本条的登记")


class PartyInClear(BaseModel):
    """未遮盖的当事人信息。"""

    name: str
    id_number: str | None
    phone: str | None
    address: str | None


class Entered(BaseModel):
    """登记的编号。"""

    id: UUID


class _Kept(BaseModel):
    """一条登记;个人信息按类别遮盖。"""

    id: UUID
    valid_from: date
    valid_to: date | None
    in_force: bool = Field(description="今天有效")
    ended_at: AwareDatetime | None
    end_reason: str | None
    document_id: UUID | None
    evidence_id: UUID | None


class Address(_Kept):
    """送达地址。"""

    receiver: str
    relation: str | None
    post_address: str
    electronic: bool
    mobile: str | None
    wechat: str | None
    email: str | None
    fax: str | None
    confirmed_at: AwareDatetime


class Agent(_Kept):
    """代理人。"""

    name: str
    id_number: str | None
    phone: str | None
    relation: str
    special: bool
    scope: str
    case_id: UUID | None


class PartyMerged(BaseModel):
    """一次合并。"""

    id: UUID
    kept_id: UUID
    merged_id: UUID
    reason: str
    merged_at: AwareDatetime
    merged_by_name: str
    undone_at: AwareDatetime | None
    undone_by_name: str | None
    undo_reason: str | None


class Like(BaseModel):
    """疑似重复的登记。"""

    id: UUID
    party_type: str
    name: str
    id_number: str | None
    uscc: str | None
    phone: str | None
    why: Literal["identity", "name_phone"] = Field(description="证件号码相同,或名称和电话相同")


class PartyService(BaseModel):
    """当事人的送达地址、代理人、年龄和重复登记。"""

    id: UUID
    merged_into: UUID | None = Field(description="已并入哪一条")
    age: int | None = Field(description="今天的周岁,按身份证号;单位和不明的为空")
    minor: bool | None = Field(description="未成年")
    unpunished: bool | None = Field(description="未达处罚年龄")
    addresses: list[Address]
    agents: list[Agent]
    merges: list[PartyMerged]
    duplicates: list[Like]


@router.get("/service", summary="送达地址、代理人和重复登记", responses=responses(404), response_model=PartyService)
def get_party_service(work: CurrentWork, party_id: wire.Id) -> Any:
    """新的在前;个人信息按类别遮盖。"""
    return engine.party_dossier(work, str(party_id))


@router.post(
    "/addresses", summary="登记送达地址", status_code=201, responses=responses(404, 409), response_model=Entered
)
def confirm_address(work: CurrentWork, party_id: wire.Id, body: NewAddress, key: wire.IdempotencyKey = None) -> Any:
    """须有来源文书或扫描件;原来的地址随之终止。办理送达时据此预填。"""
    return engine.confirm_address(work, str(party_id), body.model_dump(), **keyed(key))


@router.post("/agents", summary="登记代理人", status_code=201, responses=responses(404, 409), response_model=Entered)
def add_agent(work: CurrentWork, party_id: wire.Id, body: NewAgent, key: wire.IdempotencyKey = None) -> Any:
    """写明权限和期限;须有来源文书或扫描件。"""
    return engine.add_agent(work, str(party_id), body.model_dump(), **keyed(key))


@router.post("/unmask", summary="查看未遮盖的当事人信息", responses=responses(404, 409), response_model=PartyInClear)
def unmask_party(work: CurrentWork, party_id: wire.Id, body: wire.Reason) -> Any:
    """写明的理由与当事人一同保存,并留下审计。"""
    return engine.unmask_party(work, str(party_id), body.reason)


@router.post(
    "/{what}/{entry_id}/end", summary="终止送达地址或代理", responses=responses(404, 409), response_model=Entered
)
def end_party_entry(
    work: CurrentWork,
    party_id: wire.Id,
    what: Annotated[Literal["addresses", "agents"], Path(description="送达地址或代理人")],
    entry_id: wire.Id,
    body: wire.Reason,
    key: wire.IdempotencyKey = None,
) -> Any:
    """登记留存,写明终止原因。"""
    return engine.end_of_party(work, str(party_id), what, str(entry_id), body.reason, **keyed(key))


@router.post(
    "/merges", summary="合并重复当事人", status_code=201, responses=responses(404, 409), response_model=Entered
)
def merge_party(work: CurrentWork, party_id: wire.Id, body: PartyMerge, key: wire.IdempotencyKey = None) -> Any:
    """以后按一条查到;案件各自的登记不变,可以撤销。"""
    return engine.merge_party(work, str(party_id), str(body.other_id), body.reason, **keyed(key))


@router.post("/merges/{merge_id}/undo", summary="撤销合并", responses=responses(404, 409), response_model=Entered)
def split_party(
    work: CurrentWork, party_id: wire.Id, merge_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None
) -> Any:
    """恢复为两条;合并和撤销的经过都留存。"""
    return engine.split_party(work, str(party_id), str(merge_id), body.reason, **keyed(key))
