"""The HTTP application of a node: every door, one outermost layer, problems in Chinese, health, metrics, documentation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from api import field, health, landing, partners, people, problems, staff, web
from api.limits import Limits
from api.live import Live
from api.people import CSRF, Sessions, cookie_name
from api.worker import Bell, Housekeeper
from kernel.work import Node

DESCRIPTION = """交通运输行政执法综合管理信息系统的接口。

先 `POST /api/staff/session` 登录;之后浏览器自动携带会话 Cookie,写操作须在请求头 `X-CSRF-Token` 中带上登录时得到的 `csrf`
(本页面会自动带上)。写操作可带 `Idempotency-Key`,断线后用同一键重发得到原来的结果。出错时返回 RFC 9457 问题说明。"""
VERSION = "0.1.0"


def create_app(node: Node, *, sweepers: int = 0) -> FastAPI:
    """The application over a node. `sweepers`: how many threads run what falls due (0: a worker process does)."""
    housekeeper = Housekeeper(node, sweepers)
    live = Live(node)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # More threads than connections would only queue inside, where nobody sees them.
        anyio.to_thread.current_default_thread_limiter().total_tokens = node.settings.pool * 2
        housekeeper.start()
        live.start()
        yield
        live.stop()
        housekeeper.stop()

    app = FastAPI(
        title="执程",
        description=DESCRIPTION,
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,  # one name for one shape: generators of clients refuse two
    )
    app.state.node = node
    app.state.sessions = Sessions(node)
    app.state.ring = Bell(node.settings.redis).ring if node.settings.redis else housekeeper.ring
    problems.handle(app)
    app.state.live = live
    app.state.web = web.Client(web.DIST)
    app.router.routes.extend(_doors())
    app.state.templates = {route.endpoint: route.path for route in iter_route_contexts(app.routes)}
    app.add_middleware(Limits, secure=node.settings.cookie_secure)
    app.openapi = lambda: _openapi(app, node)  # type: ignore[method-assign]
    return app


@cache
def _doors() -> list[BaseRoute]:
    """What every door asks and answers; no node changes it, and working it out takes seconds: once per process."""
    whole = APIRouter(generate_unique_id_function=lambda route: route.name)
    for router in (health.router, landing.router, web.router):
        whole.include_router(router)
    whole.include_router(people.router, prefix="/api/staff")
    whole.include_router(staff.router, prefix="/api/staff")
    whole.include_router(partners.router, prefix="/api/partners")
    whole.include_router(field.router, prefix="/api/field")
    return whole.routes


def _openapi(app: FastAPI, node: Node) -> dict[str, Any]:
    """The contract: problems under their own media type, the session and its CSRF token as security."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=TAGS
        )
        _tidy(schema, cookie_name(node))
        app.openapi_schema = schema
    return app.openapi_schema


TAGS = [
    {"name": name, "description": text}
    for name, text in (
        ("登录", "会话、本人、退出"),
        ("立案", "可启动的流程、启动表单、启动案件"),
        ("待办", "签收、填写、办结、转办"),
        ("案件", "检索、全貌、来件"),
        ("证据", "上传和下载,记入保管链"),
        ("文书", "下载文书、导出卷宗"),
        ("流程", "图、位置、调整、终止"),
        ("期限", "预演、停表、恢复、延长"),
        ("异常", "重试、跳过、修复"),
        ("内容版本", "检查、发布"),
        ("规则", "法规、事项、裁量、期限、预警、参数确认"),
        ("对象", "当事人、车辆、船舶、从业人员:查、打开、登记"),
        ("统计", "按执法门类和状态"),
        ("审计", "查看、核验"),
        ("人员", "同事"),
        ("对外", "对外交换及其往来、设备、称重检测"),
        ("设备", "监测设备的记录和文件,以设备密钥签名"),
        ("对端", "其他机关和单位的来件,以签名认证"),
        ("运行", "存活、就绪、指标"),
    )
]


def _tidy(schema: dict[str, Any], cookie: str) -> None:
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": cookie},
        "csrf": {"type": "apiKey", "in": "header", "name": CSRF},
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            for code, answer in operation["responses"].items():
                if code >= "400":
                    answer["content"] = {problems.MEDIA_TYPE: next(iter(answer["content"].values()))}
            if path.startswith("/api/staff/") and operation["operationId"] != "log_in":
                operation["security"] = [{"session": []} if method == "get" else {"session": [], "csrf": []}]
    for unused in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(unused, None)


def endpoints(app: FastAPI) -> list[tuple[str, str, str]]:
    """Every (method, path, name) that the application answers, for the permission matrix and the docs."""
    return sorted(
        (method, str(route.path), str(route.name))
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
        if method != "HEAD"
    )
