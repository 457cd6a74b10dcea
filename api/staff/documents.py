"""Papers and dossiers going out, each with an audit row first."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, File, Query, UploadFile
from fastapi.responses import StreamingResponse

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import files, wire
from api.staff.keyed import keyed
from kernel import audit, permissions
from kernel.errors import NotFound, Refusal
from kernel.work import Row, Work
from registers import document, evidence, scope

router = APIRouter(prefix="/cases/{case_id}", tags=["文书"])
_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@router.get(
    "/documents/{document_id}",
    summary="下载文书",
    responses={**files.SCHEMA, **responses(404, 409)},
    response_class=StreamingResponse,
)
def download_document(
    work: CurrentWork,
    case_id: wire.Id,
    document_id: wire.Id,
    form: Annotated[Literal["pdf", "docx"], Query(alias="format", description="文件格式")] = "pdf",
) -> StreamingResponse:
    """已签发文书的文件,作为附件;下载留下审计记录。"""
    permissions.demand(work, "document.download")
    row = _read(work, case_id, document_id, form)
    sha256 = bytes(row[f"{form}_sha256"])
    return files.attachment(
        work.node.files.open(sha256),
        name=f"{row['number'] or row['kind']}{row['name']}.{form}",
        media_type=_TYPES[form],
        size=row[f"{form}_size"],
        sha256=sha256,
    )


def _read(work: Work, case_id: UUID, document_id: UUID, form: str) -> Row:
    with work.transaction():
        if work.one("select 1 as found from document where id = %s", (document_id,)) is None:
            scope.open_shared(work, case_id)
        row = document.get(work, document_id)
        if row["case_id"] != case_id:
            raise NotFound("没有这份文书,或不在您的查看范围内")
        engine.demand_reader(work, row)
        if row[f"{form}_sha256"] is None:
            remedy = (
                "请下载 DOCX 格式" if row["docx_sha256"] is not None else "请稍后再试;长时间未生成请运维人员查看异常"
            )
            raise Refusal(f"这份文书没有 {form.upper()} 文件", remedy=remedy)
        audit.record(work, "document.read", subject=("document", document_id), outcome="read", detail={"format": form})
    return row


@router.post(
    "/documents/{document_id}/stamp",
    summary="登记盖章件",
    responses=responses(404, 409),
    response_model=wire.Stamped,
)
def stamp_document(
    work: CurrentWork,
    case_id: wire.Id,
    document_id: wire.Id,
    file: Annotated[UploadFile, File(description="盖章后扫描的 PDF 或图片")],
    key: wire.IdempotencyKey = None,
) -> Any:
    """待盖章的文书打印、盖章、扫描后传回:扫描件作为证据入卷,文书即签发。"""
    permissions.demand(work, "document.stamp")
    with work.transaction():  # a stranger learns nothing from how his file is judged
        document.get(work, document_id)
    accepted = evidence.accept(work.node.files, file.file, file.filename or "")
    return engine.stamp_document(work, str(case_id), str(document_id), accepted, **keyed(key))


@router.get(
    "/dossier", summary="导出卷宗", responses={**files.SCHEMA, **responses(404, 409)}, response_class=StreamingResponse
)
def export_dossier(work: CurrentWork, case_id: wire.Id) -> Any:
    """目录、文书、证据、经过、规则版本和散列清单;`zhicheng verify` 可脱离数据库核验。"""
    stored = engine.build_dossier(work, case_id)
    return files.attachment(
        work.node.files.open(stored.sha256),
        name=f"卷宗-{case_id}.zip",
        media_type="application/zip",
        size=stored.size,
        sha256=stored.sha256,
    )
