"""The door of devices and phones: authenticates by signature, hands the bytes to the gateway, decides nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from api import signed
from api.problems import BadRequest, responses
from devices import gateway
from kernel.errors import NotFound
from kernel.work import Node, Work, system_person
from registers import device, evidence

router = APIRouter(tags=["设备"])
_records = signed.Buckets(2_000, 200)
_files = signed.Buckets(200, 40)
_MOST = 2 << 20
# Devices name no files: the ending by the first bytes, for the examination to judge.
_KINDS = (("jpg", 0, b"\xff\xd8\xff"), ("png", 0, b"\x89PNG"), ("mp4", 4, b"ftyp"))
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


class RecordTaken(BaseModel):
    """一条记录的结果。"""

    record_no: str = Field(description="设备的记录编号;不能识别的为空")
    outcome: Literal["stored", "duplicate", "conflict", "heard", "rejected"]
    why: str = Field("", description="未接受的原因")


class RecordsTaken(BaseModel):
    """逐条结果,次序与发送的一致;坏的一条不影响其余。"""

    results: list[RecordTaken]


class FileTaken(BaseModel):
    """收到的文件;记录中以 sha256 引用。"""

    sha256: str
    sm3: str
    size: int
    media_type: str


async def _sender(request: Request, buckets: signed.Buckets) -> str:
    node: Node = request.app.state.node
    return await signed.sender(request, lambda name: gateway.key_of(node, name), buckets)


@router.post(
    "/files",
    summary="上传图片或视频",
    status_code=201,
    responses=responses(404, 409, 413),
    response_model=FileTaken,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_device_file(request: Request) -> Any:
    """整个请求体即文件(JPEG、PNG、MP4 等,不超过 2 MB);按内容判断类型,存为散列值。同一文件重复上传只存一份。"""
    name = await _sender(request, _files)
    data = await signed.body(request, name, _MOST)
    return await run_in_threadpool(_keep_file, request.app.state.node, name, data)


def _keep_file(node: Node, name: str, data: bytes) -> dict[str, Any]:
    row = gateway.door_row(node, name)
    ending = next((ending for ending, place, mark in _KINDS if data[place : place + len(mark)] == mark), "bin")
    accepted = evidence.accept(node.files, data, f"media.{ending}", _MOST)
    work = Work(node, system_person(row["agency_id"], row["category"]))
    with work.transaction():
        device.add_file(work, row["id"], accepted.stored, accepted.media_type)
    stored = accepted.stored
    return {
        "sha256": stored.sha256.hex(),
        "sm3": stored.sm3.hex(),
        "size": stored.size,
        "media_type": accepted.media_type,
    }


@router.post(
    "/{model}/{records}",
    summary="上报设备记录",
    responses=responses(404, 409, 413),
    response_model=RecordsTaken,
    openapi_extra=_BODY,
)
async def report_records(
    request: Request,
    model: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,39}$", description="设备型号", examples=["wim_station"])],
    records: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,39}$", description="记录种类", examples=["passes"])],
) -> Any:
    """每行一条 JSON(或一个 JSON 数组)。请求以设备密钥签名(HMAC-SM3);时间窗五分钟,随机数只用一次;同一记录编号只存一次。"""
    name = await _sender(request, _records)
    found = gateway.models().get(model)
    if found is None or found.http.get("path") != records:
        raise NotFound("没有这种设备型号或记录", remedy="请核对地址")
    data = await signed.body(request, name, _MOST)
    most = int(found.http.get("most", 500))
    if data.count(b"\n") > most or data.count(b"},") > most:
        raise BadRequest(413, f"一次最多 {most} 条记录", "请分批发送")
    taken = await run_in_threadpool(_take, request.app.state.node, found, name, data)
    request.app.state.ring()
    return {"results": taken}


def _take(node: Node, model: gateway.Model, name: str, data: bytes) -> list[dict[str, str]]:
    return [vars(one) for one in gateway.take(node, model, "http", name, data, trusted=True)]
