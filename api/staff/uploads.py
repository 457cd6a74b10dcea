"""Large evidence in pieces: begin, send pieces in order, ask how far it is, finish – or give up.

A piece is the raw body at `offset`; `Content-Digest: sha-256=:…:` (RFC 9530) lets a damaged one be refused. HEAD tells in
`Upload-Offset` from where to go on after a reload or on another device.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentSession, CurrentWork, work_of
from api.problems import responses
from api.staff import files, wire
from api.staff.evidence import people
from api.staff.keyed import keyed
from kernel.errors import InvalidAnswers

router = APIRouter(tags=["证据"])
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]{44}):")


class Beginning(wire.Body):
    """要上传的文件和它的来历。"""

    name: str = Field(min_length=1, max_length=300, description="文件名", examples=["执法记录仪.mp4"])
    kind: str = Field(min_length=1, max_length=40, description="证据种类(代码表 EVIDENCE_KIND)", examples=["3"])
    size: int = Field(ge=1, le=1 << 53, description="字节数;上限 2 GB")
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$", description="整个文件的 SHA-256,申报了就核对")
    taken_at: AwareDatetime | None = Field(None, description="取证时间")
    place: str | None = Field(None, max_length=300, description="取证地点")
    device: str | None = Field(None, max_length=200, description="取证设备")
    taker_id: UUID | None = Field(None, description="取证人员")
    witnesses: str | None = Field(None, max_length=300, description="见证人姓名,以顿号分隔")


class Upload(BaseModel):
    """一个上传走到哪里。"""

    id: UUID
    case_id: UUID
    name: str
    kind: str
    size: int = Field(description="整个文件的字节数")
    received: int = Field(description="已收到的字节数:下一片从这里开始")
    piece: int = Field(description="一片至多多少字节")
    state: Literal["open", "finished", "given_up", "expired"]
    evidence_id: UUID | None
    expires_at: AwareDatetime = Field(description="到此时没有新的分片,已收到的部分清除")


class GivenUp(BaseModel):
    """放弃的上传。"""

    id: UUID
    state: Literal["given_up"]


@router.post(
    "/cases/{case_id}/uploads",
    summary="开始分片上传证据",
    status_code=201,
    responses=responses(404, 409, 413),
    response_model=Upload,
)
def begin_upload(work: CurrentWork, case_id: wire.Id, body: Beginning, key: wire.IdempotencyKey = None) -> Any:
    """大文件(录像)用;然后按次序发送分片,最后“完成”。"""
    told = body.model_dump(mode="json", exclude={"name", "size", "sha256", "witnesses"}, exclude_none=True)
    told["witnesses"] = people(body.witnesses)
    return engine.begin_upload(work, str(case_id), body.name, body.size, body.sha256, told, **keyed(key))


@router.get(
    "/cases/{case_id}/uploads",
    summary="本人未完成的上传",
    responses=responses(404),
    response_model=list[Upload],
)
def list_uploads(work: CurrentWork, case_id: wire.Id) -> Any:
    """换一台设备或刷新页面后,从这里接着传。"""
    return engine.unfinished_uploads(work, str(case_id))


@router.head("/uploads/{upload_id}", summary="上传走到哪里", responses=responses(404))
def head_upload(work: CurrentWork, upload_id: wire.Id) -> Response:
    """`Upload-Offset`:已收到的字节数;`Upload-Length`:整个文件。"""
    found = engine.one_upload(work, str(upload_id))
    told = {
        "Upload-Offset": str(found["received"]),
        "Upload-Length": str(found["size"]),
        "Upload-State": found["state"],
    }
    return Response(headers=told)


@router.get("/uploads/{upload_id}", summary="上传走到哪里", responses=responses(404), response_model=Upload)
def get_upload(work: CurrentWork, upload_id: wire.Id) -> Any:
    """同 HEAD,以 JSON 回答。"""
    return engine.one_upload(work, str(upload_id))


@router.put(
    "/uploads/{upload_id}",
    summary="发送一片",
    responses=responses(404, 409, 413, 507),
    response_model=Upload,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def put_piece(
    request: Request,
    who: CurrentSession,
    upload_id: wire.Id,
    offset: Annotated[int, Query(ge=0, le=1 << 53, description="这一片在文件中的起点")],
    content_digest: Annotated[
        str | None, Header(max_length=200, description="sha-256=:Base64:,分片的校验和(RFC 9530)")
    ] = None,
) -> Any:
    """重发已收到的一片没有害处;起点不符时 409,请用 HEAD 查询后从断点继续。"""
    work = work_of(request, who)
    work.after_commit.clear()  # a piece is nothing that anybody waits for
    digest = _digest(content_digest)
    await files.aside(engine.one_upload, work, str(upload_id))
    body = bytearray()
    async for piece in request.stream():
        body += piece
    return await files.aside(engine.take_piece, work, str(upload_id), offset, bytes(body), digest)


def _digest(header: str | None) -> bytes | None:
    if header is None:
        return None
    found = _DIGEST.search(header)
    try:
        if found:
            return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        pass
    raise InvalidAnswers({"content-digest": "请写成 sha-256=:Base64: 的形式"})


@router.post(
    "/uploads/{upload_id}/finish",
    summary="完成上传",
    status_code=201,
    responses=responses(404, 409, 413, 507),
    response_model=wire.EvidenceItem,
)
async def finish_upload(request: Request, who: CurrentSession, upload_id: wire.Id) -> Any:
    """按内容检查整个文件,计算 SHA-256 和 SM3,成为证据;重复调用得到同一份证据。"""
    return await files.aside(engine.finish_upload, work_of(request, who), str(upload_id))


@router.delete("/uploads/{upload_id}", summary="放弃上传", responses=responses(404, 409), response_model=GivenUp)
def give_up_upload(work: CurrentWork, upload_id: wire.Id) -> Any:
    """已收到的部分清除。"""
    return engine.give_up_upload(work, str(upload_id))
