"""Evidence: coming in (examined by content, kept by hash) and going out (an event of custody and an audit row first)."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from typing import Annotated, Any, BinaryIO, cast
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field, ValidationError
from starlette.datastructures import UploadFile

import engine
from api.people import CurrentSession, CurrentWork, work_of
from api.problems import responses, sentence
from api.staff import files, wire
from api.staff.keyed import keyed
from kernel import permissions
from kernel.errors import InvalidAnswers
from kernel.work import Work
from registers import case as cases
from registers import evidence

router = APIRouter(prefix="/cases/{case_id}/evidence", tags=["证据"])
RIGHT = "evidence.upload"
_SPOOLED = 8 << 20


class Told(wire.Body):
    """What is told of a file besides its bytes."""

    kind: Annotated[str, Field(min_length=1, max_length=40, description="证据种类(代码表 EVIDENCE_KIND)")]
    name: Annotated[str | None, Field(max_length=300, description="文件名;multipart 时取自文件本身")] = None
    taken_at: AwareDatetime | None = None
    place: Annotated[str | None, Field(max_length=300)] = None
    device: Annotated[str | None, Field(max_length=200)] = None
    taker_id: Annotated[UUID | None, Field(description="取证人员;不填为上传人以外未登记")] = None
    witnesses: Annotated[str | None, Field(max_length=300, description="见证人姓名,以顿号分隔")] = None


_FIELDS = Told.model_json_schema()["properties"]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "kind"],
                    "properties": {"file": {"type": "string", "format": "binary"}, **_FIELDS},
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    },
    "parameters": [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": schema,
            "description": "仅用于 application/octet-stream",
        }
        for name, schema in _FIELDS.items()
    ],
}


@router.post(
    "",
    summary="上传证据",
    status_code=201,
    responses=responses(404, 409, 413, 507),
    response_model=wire.EvidenceItem,
    openapi_extra=_BODY,
)
async def upload_evidence(
    request: Request, who: CurrentSession, case_id: wire.Id, key: wire.IdempotencyKey = None
) -> Any:
    """multipart(file、kind …)或整个请求体即文件(名称、种类放在查询参数)。按内容判断类型,存为散列值。

    The body is read only after the session and the right are known, so that a stranger cannot fill the disk.
    """
    work = work_of(request, who)
    await files.aside(_may, work, str(case_id), None)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=12) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise InvalidAnswers({"file": "缺少文件,请选择要上传的文件"})
            told = _told({k: v for k, v in form.items() if k != "file"})
            await files.aside(_may, work, str(case_id), told.kind)
            return await files.aside(_keep, work, str(case_id), file.file, file.filename or "", told, key)
    told = _told(dict(request.query_params))
    await files.aside(_may, work, str(case_id), told.kind)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as spooled:
        async for piece in request.stream():
            await files.aside(spooled.write, piece)
        spooled.seek(0)
        return await files.aside(_keep, work, str(case_id), cast(BinaryIO, spooled), told.name or "", told, key)


def _told(given: Mapping[str, object]) -> Told:
    try:
        return Told.model_validate({k: v for k, v in given.items() if v != ""})
    except ValidationError as error:
        raise InvalidAnswers({str(e["loc"][0]): sentence(cast("dict[str, Any]", e)) for e in error.errors()}) from error


def _may(work: Work, case_id: str, kind: str | None) -> None:
    """Refuses who may not, and a case that is not there, before a byte is read."""
    permissions.demand(work, RIGHT)
    with work.transaction():
        row = cases.get(work, UUID(case_id))
        if kind is not None:
            engine.refuse_evidence_kind(work, kind)
    permissions.demand(work, RIGHT, row["agency_id"], row["category"])


def _keep(work: Work, case_id: str, file: BinaryIO, name: str, told: Told, key: str | None) -> dict[str, Any]:
    accepted = evidence.accept(work.node.files, file, name)
    taker = str(told.taker_id) if told.taker_id else None
    return engine.receive_evidence(
        work, case_id, accepted, told.kind, told.taken_at, told.place, told.device, taker, people(told.witnesses),
        **keyed(key),
    )  # fmt: skip


def people(text: str | None) -> list[str]:
    """Names as somebody writes them in a row."""
    return [name for part in re.split(r"[、,,;;\n]", text or "") if (name := part.strip())][:20]


@router.get(
    "/{evidence_id}", summary="下载证据", responses={**files.SCHEMA, **responses(404)}, response_class=StreamingResponse
)
def download_evidence(work: CurrentWork, case_id: wire.Id, evidence_id: wire.Id) -> StreamingResponse:
    """原始字节,作为附件;下载先记入保管链和审计。"""
    permissions.demand(work, "evidence.download")
    row, file = evidence.read_stream(work, evidence_id, "downloaded", case_id=case_id)
    return files.attachment(
        file, name=row["name"], media_type=row["media_type"], size=row["size"], sha256=bytes(row["sha256"])
    )
