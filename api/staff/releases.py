"""Content releases: which are in force, what is wrong with the checkout's content, publishing it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, Field

import engine
from api import nodes
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed
from content import load
from kernel import permissions

router = APIRouter(prefix="/releases", tags=["内容版本"])


class Publish(wire.Body):
    """发布本节点内容目录中的文件。"""

    ground: Annotated[
        str, Field(min_length=1, max_length=2000, description="依据或理由", examples=["省厅 2026 年第 3 号文"])
    ]
    effective_from: AwareDatetime | None = Field(None, description="何时起新案件适用;不填为立即")


@router.get("", summary="内容版本", responses=responses(), response_model=list[wire.ReleaseItem])
def list_releases(work: CurrentWork) -> Any:
    """新的在前。"""
    permissions.demand(work, "release.read")
    return engine.releases(work)


@router.post("/check", summary="检查内容", responses=responses(), response_model=list[wire.Fault])
def check_content(work: CurrentWork) -> Any:
    """检查内容目录,列出全部问题(没有即可发布)。"""
    permissions.demand(work, "release.read")
    found = engine.check(load.tree(work.node.settings.content))
    return [{"file": f.file, "element": f.element, "code": f.code, "message": f.message} for f in found]


@router.post("", summary="发布内容", status_code=201, responses=responses(409), response_model=wire.Published)
def publish_release(request: Request, work: CurrentWork, body: Publish, key: wire.IdempotencyKey = None) -> Any:
    """检查通过才发布;已在办的案件仍按原版本办理。"""
    permissions.demand(work, "release.publish")
    files = load.tree(work.node.settings.content)
    hash_ = engine.publish(work, files, ground=body.ground, effective_from=body.effective_from, **keyed(key))
    nodes.refresh(work.node)
    return {"hash": hash_}
