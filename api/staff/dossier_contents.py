"""What lies in a sealed dossier, whether it still is what was sealed, and what other agencies let us read."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire

router = APIRouter(prefix="/dossiers", tags=["案卷"])


class CatalogueItem(BaseModel):
    """卷内一份材料;没有装订的没有页码,原因见备注。"""

    name: str
    doc_no: str | None
    author: str | None
    date: str | None
    section: str | None
    first: int | None = Field(description="起页")
    last: int | None = Field(description="止页")
    remark: str | None


class CatalogueVolume(BaseModel):
    """一卷的目录。"""

    key: str
    name: str
    outside: bool = Field(description="可否对外查阅")
    pages: int
    items: list[CatalogueItem]


class Catalogue(BaseModel):
    """封存时的卷内目录;旧格式的数据包没有,为空。"""

    volumes: list[CatalogueVolume]


class Verification(BaseModel):
    """核验结果。"""

    ok: bool
    faults: list[str] = Field(description="每处不符,写明文件;空即完整")
    files: int
    size: int
    sm3: str = Field(description="整个数据包的 SM3")
    signed_by: dict[str, str] = Field(description="有效签名:算法 → 公钥指纹")
    checked_at: AwareDatetime


class VolumeName(BaseModel):
    """可以阅读的一卷。"""

    key: str
    name: str


class RemoteDossier(BaseModel):
    """其他机构同意本机构阅读的案卷。"""

    case_id: UUID
    owner_id: int
    owner: str = Field(description="案卷所属机构")
    reason: str
    granted_at: AwareDatetime
    due_at: AwareDatetime | None = Field(description="阅读期至")
    volumes: list[VolumeName]


class RemoteRequest(BaseModel):
    """向其他机构的一条调阅申请。"""

    id: UUID
    owner_id: int
    owner: str
    archive_no: str
    purpose: str
    days: int
    asked_at: AwareDatetime
    state: Literal["asked", "granted", "refused", "ended", "expired"] = Field(
        description="待审批、已同意、不同意、已结束、已过期"
    )
    decided_at: AwareDatetime | None
    reason: str | None = Field(description="对方的意见")
    due_at: AwareDatetime | None


@router.get(
    "/remote-requests", summary="本人的异地调阅申请", responses=responses(409), response_model=list[RemoteRequest]
)
def list_remote_requests(work: CurrentWork) -> Any:
    """向其他机构申请的和对方的答复,新的在前,至多 50 条。"""
    return engine.remote_requests(work)


class OtherAgency(BaseModel):
    """可以向其申请调阅的机构。"""

    id: int
    name: str


@router.get("/agencies", summary="可申请调阅的机构", responses=responses(), response_model=list[OtherAgency])
def list_agencies_to_ask(work: CurrentWork) -> Any:
    """本机构以外的机构名称。"""
    return engine.agencies_to_ask(work)


@router.get("/remote", summary="异地调阅的案卷", responses=responses(409), response_model=list[RemoteDossier])
def list_remote_dossiers(work: CurrentWork) -> Any:
    """其他机构已同意、阅读期内的,新的在前。"""
    return engine.remote_dossiers(work)


@router.get("/{dossier_id}/catalogue", summary="卷内目录", responses=responses(404), response_model=Catalogue)
def get_dossier_catalogue(work: CurrentWork, dossier_id: wire.Id) -> Any:
    """逐卷的材料和页码;保管人以外,未获同意的只列可对外的卷。"""
    return engine.dossier_catalogue(work, str(dossier_id))


@router.get("/{dossier_id}/verification", summary="核验案卷", responses=responses(404), response_model=Verification)
def get_dossier_verification(work: CurrentWork, dossier_id: wire.Id) -> Any:
    """逐个文件核对散列、核验两个签名、比对登记的 SM3 和本机构公钥;结果记入案卷的经历。"""
    return engine.verify_dossier(work, str(dossier_id))
