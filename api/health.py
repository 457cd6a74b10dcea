"""Is the process alive, can it serve, how is it doing."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from api import metrics, nodes
from api.problems import responses
from kernel.errors import Unavailable
from kernel.work import SYSTEM_ID, Node, Person, Work

router = APIRouter(tags=["运行"])


class Ready(BaseModel):
    """可以提供服务。"""

    status: str
    migration: str
    release: str


@router.get("/healthz", summary="存活", response_class=PlainTextResponse)
def healthz() -> str:
    """进程在运行(不看数据库)。"""
    return "ok\n"


@router.get("/readyz", summary="就绪", responses={503: responses()[503]}, response_model=Ready)
def readyz(request: Request) -> Any:
    """数据库可用、迁移到位、已发布内容;否则 503 并说明缺什么。"""
    node: Node = request.app.state.node
    work = Work(node, Person(SYSTEM_ID, "系统", 0))
    with work.transaction():
        known = work.one("select to_regclass('alembic_version') is not null as migrated")
        row = work.one("select version_num from alembic_version") if known and known["migrated"] else None
    if row is None:
        raise Unavailable("数据库尚未迁移", remedy="运行 zhicheng migrate")
    release = nodes.refresh(node)
    if release is None:
        raise Unavailable("尚未发布内容", remedy="运行 zhicheng publish")
    return {"status": "ready", "migration": row["version_num"], "release": release}


@router.get("/metrics", summary="指标", response_class=PlainTextResponse, responses={503: responses()[503]})
def get_metrics(request: Request) -> Response:
    """Prometheus 文本格式;不含个人信息。"""
    return Response(metrics.text(request.app.state.node), media_type=CONTENT_TYPE_LATEST)
