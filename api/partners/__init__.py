"""The door of nodes and counterparts: authenticates by signature, hands the bytes to the host, decides nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api import signed
from api.problems import responses
from integrations import host
from kernel.errors import NotLoggedIn

router = APIRouter(tags=["对端"])
_buckets = signed.Buckets(200, 50)
_MOST = 2 << 20
_NAME = r"^[a-z][a-z0-9_]{1,39}$"
_MESSAGE = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$"


class NoticeTaken(BaseModel):
    """收到之后:重复发送得到同样的答复,`duplicate` 为真。"""

    accepted: bool = Field(description="已收妥;发送方不必再发")
    duplicate: bool = Field(description="以前已收到过同一来件")
    held: bool = Field(description="与本系统的记录不符,已留待人工核对")


@router.post(
    "/{counterpart}/{message}",
    summary="接收对端来件",
    responses=responses(404, 409, 413),
    response_model=NoticeTaken,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def receive_from_partner(
    request: Request,
    counterpart: Annotated[str, Path(pattern=_NAME, description="对端", examples=["payment_bank"])],
    message: Annotated[str, Path(max_length=60, pattern=_MESSAGE, description="来件", examples=["payment.receipt"])],
) -> Any:
    """请求头 X-Sender、X-Timestamp、X-Nonce、X-Body-SM3、X-Sign 以 HMAC-SM3 签名;时间窗五分钟,随机数只用一次,业务编号重复只登记一次。"""
    name = await signed.sender(request, lambda told: host.known_sender(told).secret(), _buckets)
    if name != counterpart:
        raise NotLoggedIn("签名的对端与地址不符", remedy="请以本对端的名称和密钥签名")
    raw = await signed.body(request, name, _MOST)
    answer = await run_in_threadpool(host.receive, request.app.state.node, counterpart, message, raw)
    request.app.state.ring()
    if answer.get("conflict"):
        raise host.Conflict("同一编号先前已收到,内容与这次不同", remedy="请核对;更正须使用新的编号或先与执法机构联系")
    return answer
