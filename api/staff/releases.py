"""Content releases: which are in force, what is wrong with a set of content, publishing the node's folder or an uploaded set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, Field, ValidationError
from starlette.datastructures import UploadFile

import engine
from api import nodes
from api.people import CurrentSession, CurrentWork, work_of
from api.problems import FaultBody, responses, sentence
from api.staff import wire
from api.staff.keyed import keyed
from content import load, packed
from kernel import permissions
from kernel.errors import InvalidAnswers
from kernel.work import Work

router = APIRouter(prefix="/releases", tags=["内容版本"])
Ground = Annotated[
    str,
    Field(min_length=1, max_length=2000, description="依据或理由", examples=["省厅 2026 年第 3 号文"]),
]
EffectiveFrom = Annotated[AwareDatetime | None, Field(description="何时起新案件适用;不填为立即")]


class Publish(wire.Body):
    """发布本节点内容目录(代码库)中的文件。"""

    ground: Ground
    effective_from: EffectiveFrom = None


class PublishUpload(Publish):
    """发布上传的一套文件。"""

    imported: bool = Field(False, description="这套文件已并入代码库现在的文件(见 /releases/proposed)")


_FILE = {"file": {"type": "string", "format": "binary", "description": "ZIP:各文件的路径与内容目录相同"}}


def _multipart(fields: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "required": ["file", *required], "properties": {**_FILE, **fields}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


@router.get("", summary="内容版本", responses=responses(), response_model=list[wire.ReleaseItem])
def list_releases(work: CurrentWork) -> Any:
    """新的在前。"""
    permissions.demand(work, "release.read")
    return engine.releases(work)


@router.get("/proposed", summary="代码库的导入建议", responses=responses(409), response_model=wire.Proposed)
def proposed_release(work: CurrentWork) -> Any:
    """本节点发布过自己的内容之后,代码库里更新的文件只是建议:逐个文件列出三方差异。"""
    permissions.demand(work, "release.read")
    return engine.proposed_content(work, load.tree(work.node.settings.content))


@router.post("/check", summary="检查内容", responses=responses(), response_model=list[FaultBody])
def check_content(work: CurrentWork) -> Any:
    """检查内容目录,列出全部问题(没有即可发布)。"""
    permissions.demand(work, "release.read")
    return engine.examine_content(work, load.tree(work.node.settings.content))["faults"]


@router.post("", summary="发布内容", status_code=201, responses=responses(409), response_model=wire.Published)
def publish_release(request: Request, work: CurrentWork, body: Publish, key: wire.IdempotencyKey = None) -> Any:
    """发布内容目录(代码库)中的文件,检查通过才发布;已在办的案件仍按原版本办理。"""
    permissions.demand(work, "release.publish")
    files = load.tree(work.node.settings.content)
    hash_ = engine.publish(work, files, ground=body.ground, effective_from=body.effective_from, **keyed(key))
    nodes.refresh(work.node)
    return {"hash": hash_}


@router.post(
    "/upload/check",
    summary="检查上传的内容",
    responses=responses(413),
    response_model=wire.Examined,
    openapi_extra=_multipart({}, []),
)
async def check_upload(request: Request, who: CurrentSession) -> Any:
    """只检查、不发布:列出全部问题(文件、行、怎样改正),以及与最近发布的一套的差异。"""
    work = work_of(request, who)
    permissions.demand(work, "release.publish")  # before the body is read, so that a stranger cannot fill the disk
    async with request.form(max_files=1, max_fields=4) as form:
        file = _file(form.get("file"))
        return await run_in_threadpool(lambda: engine.examine_content(work, packed.unpack(file)))


@router.post(
    "/upload",
    summary="发布上传的内容",
    status_code=201,
    responses=responses(409, 413),
    response_model=wire.Published,
    openapi_extra=_multipart(PublishUpload.model_json_schema()["properties"], ["ground"]),
)
async def publish_upload(request: Request, who: CurrentSession, key: wire.IdempotencyKey = None) -> Any:
    """上传一套内容(ZIP),检查通过才发布;未通过时问题说明的 `faults` 列出每一处。已在办的案件仍按原版本办理。"""
    work = work_of(request, who)
    permissions.demand(work, "release.publish")
    async with request.form(max_files=1, max_fields=8) as form:
        told = _told({name: value for name, value in form.items() if name != "file"})
        file = _file(form.get("file"))
        return await run_in_threadpool(_publish, work, file, told, key)


def _publish(work: Work, file: BinaryIO, told: PublishUpload, key: str | None) -> dict[str, str]:
    hash_ = engine.publish(
        work,
        packed.unpack(file),
        ground=told.ground,
        effective_from=told.effective_from,
        from_repository=False,
        imports=load.tree(work.node.settings.content) if told.imported else None,
        **keyed(key),
    )
    nodes.refresh(work.node)
    return {"hash": hash_}


def _file(given: object) -> BinaryIO:
    if not isinstance(given, UploadFile):
        raise InvalidAnswers({"file": "缺少文件,请选择要上传的 ZIP"})
    return given.file


def _told(given: Mapping[str, object]) -> PublishUpload:
    try:
        return PublishUpload.model_validate({name: value for name, value in given.items() if value != ""})
    except ValidationError as error:
        raise InvalidAnswers({str(e["loc"][0]): sentence(dict(e)) for e in error.errors()}) from error
