"""Evidence: coming in (examined by content, kept by hash) and going out (an event of custody and an audit row first)."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from typing import Annotated, Any, BinaryIO, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi import UploadFile as UploadedFile
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
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
demands = APIRouter(tags=["证据"])
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
    signature: Annotated[str | None, Field(max_length=100, description="手写签名的图片:签在表单的哪一栏")] = None


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
        told.signature,
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


class CustodyEvent(BaseModel):
    """保管链的一环。"""

    seq: int
    at: AwareDatetime
    event: str = Field(
        description="received 接收、read 查看、downloaded 下载、verified 核验、sealed 封存、damaged 损坏、restored 恢复"
    )
    person: str
    detail: str
    digest: str = Field(description="到本环为止的 SM3")


class Custody(BaseModel):
    """一份证据的保管链。"""

    evidence_id: UUID
    faults: list[str] = Field(description="链有缺损时逐条说明;空为完整")
    events: list[CustodyEvent]


class DemandedItem(BaseModel):
    """一项须有的证据。"""

    id: str
    name: str
    kinds: list[str] = Field(description="可由哪些种类的证据证明")
    papers: list[str] = Field(description="或由哪些文书证明")
    proved_by: UUID | None = Field(description="已由哪份证据或文书证明;空为还缺")
    proved_by_name: str | None
    unconfirmed: bool = Field(description="未核实的通例,只作提示")
    source: str


class Demanded(BaseModel):
    """按违法行为事项须有的证据。"""

    item: str | None
    items: list[DemandedItem]
    missing: int


@demands.get(
    "/cases/{case_id}/evidence-demands", summary="还缺哪些证据", responses=responses(404), response_model=Demanded
)
def list_demanded_evidence(work: CurrentWork, case_id: wire.Id) -> Any:
    """按案件的违法行为事项列出须有的证据和已有的证明;只作提示,不阻断办理。"""
    return engine.demanded_evidence(work, str(case_id))


@router.get("/{evidence_id}/custody", summary="保管链", responses=responses(404), response_model=Custody)
def get_custody(work: CurrentWork, case_id: wire.Id, evidence_id: wire.Id) -> Any:
    """谁在什么时候接收、查看、下载、核验过;链条是否完整。"""
    return engine.custody_of(work, str(case_id), str(evidence_id))


@router.post(
    "/{evidence_id}/copies",
    summary="添加副本",
    status_code=201,
    responses=responses(404, 409, 413, 507),
    response_model=wire.EvidenceCopy,
)
async def add_evidence_copy(
    request: Request,
    who: CurrentSession,
    case_id: wire.Id,
    evidence_id: wire.Id,
    file: UploadedFile,
    form: Annotated[Literal["transcript", "crop", "other"], Form(description="转写、截取、其他")],
    note: Annotated[str, Form(min_length=1, max_length=300, description="怎样得来")],
    key: wire.IdempotencyKey = None,
) -> Any:
    """转写、截取等挂在原件之下;原件不变。"""
    work = work_of(request, who)
    await files.aside(_may, work, str(case_id), None)
    accepted = await files.aside(evidence.accept, work.node.files, file.file, file.filename or "")
    return await files.aside(engine.add_copy, work, str(case_id), str(evidence_id), accepted, form, note, **keyed(key))


@router.get(
    "/{evidence_id}/copies/{copy_id}",
    summary="查看副本",
    responses={**files.SCHEMA, **responses(404)},
    response_class=StreamingResponse,
)
def get_evidence_copy(work: CurrentWork, case_id: wire.Id, evidence_id: wire.Id, copy_id: wire.Id) -> StreamingResponse:
    """缩略图随案件查看;转写、截取的查看另记保管链和审计。"""
    row, file = engine.open_copy(work, str(case_id), str(evidence_id), str(copy_id))
    return files.attachment(
        file, name=row["name"], media_type=row["media_type"], size=row["size"], sha256=bytes(row["sha256"])
    )
