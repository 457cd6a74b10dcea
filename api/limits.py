"""What every request passes first: size, shape, headers, a number, a line in the log, a count.

Plain ASGI, so that it costs microseconds. JSON is read whole here and looked at once: no NaN, no NUL, no number beyond 64 bits,
not deeper than 50, not wider than 100,000 values. What comes through is safe to hand to pydantic and to PostgreSQL.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics, problems
from api.problems import BadRequest
from content import packed
from kernel import log
from kernel.errors import Problem
from kernel.ids import uuid7
from registers import uploading

JSON_BYTES = 2 << 20
UPLOAD_BYTES = 501 << 20  # the largest piece of evidence and what multipart adds
PIECE_BYTES = uploading.PIECE  # one piece of a large file
CONTENT_BYTES = packed.MOST_PACKED + (1 << 20)
LAW_BYTES = 5 << 20  # 4 MB of law and what multipart adds
GONE = 499  # in the log and the count only: the client broke off while it sent
DEPTH = 50
VALUES = 100_000
_UPLOADS = (
    (re.compile(r"/api/staff/cases/[^/]+/evidence(?:/[^/]+/copies)?\Z"), UPLOAD_BYTES),
    (re.compile(r"/api/staff/uploads/[^/]+\Z"), PIECE_BYTES),
    (re.compile(r"/api/staff/releases/upload(?:/check)?\Z"), CONTENT_BYTES),
    (re.compile(r"/api/staff/law/imports\Z"), LAW_BYTES),
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")
_log = log.logger("api.access")
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}


class TooLong(BadRequest):
    """More bytes than this door takes."""

    code = "too_large"
    status = 413

    def __init__(self, most: int) -> None:
        super().__init__(413, f"请求超过上限 {most >> 20} MB", "请缩小或拆分后重新提交;大段材料请作为证据上传")


@dataclass
class Limits:
    """The outermost layer of the application."""

    app: ASGIApp
    secure: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = _Passing(scope, receive, send, self.secure)
        begin = time.perf_counter()
        try:
            request.check_address()
            request.check_length()
            if request.is_json:
                await request.read_json()
            await self.app(scope, request.receive, request.send)
        except Problem as problem:
            await request.refuse(problem)
        except ClientDisconnect:
            request.status = request.status or GONE  # nobody is there to be answered: what was sent whole stays
        except Exception as error:
            _log.error("unexpected", request_id=request.id, path=scope["path"], exc_info=error)
            what = "系统内部错误,已记录"
            await request.refuse(Problem(what, remedy=f"请稍后重试;报修时请提供请求编号 {request.id}"))
        finally:
            request.told(time.perf_counter() - begin)


class _Passing:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, secure: bool) -> None:
        self.scope, self._receive, self._send, self.secure = scope, receive, send, secure
        self.headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        given = self.headers.get("x-request-id", "")
        self.id = given if _REQUEST_ID.match(given) else str(uuid7())
        scope.setdefault("state", {})["request_id"] = self.id
        larger = [most for path, most in _UPLOADS if scope["method"] in ("POST", "PUT") and path.match(scope["path"])]
        self.most = larger[0] if larger else JSON_BYTES
        kind = self.headers.get("content-type", "")  # lines of JSON are judged one by one, by who reads them
        self.is_json = "json" in kind and "ndjson" not in kind and scope["method"] in ("POST", "PUT", "PATCH")
        self.status = 0
        self._seen = 0
        self._over = False
        self._body: bytes | None = None

    def check_address(self) -> None:
        """No NUL and no broken UTF-8 in path and query; neither is longer than anyone needs."""
        raw = self.scope.get("raw_path", b"") + b"?" + self.scope.get("query_string", b"")
        if len(raw) > 8_000:
            raise BadRequest(400, "地址过长", "请减少查询条件")
        if b"%" in raw or b"\x00" in raw:
            _decoded(unquote_to_bytes(raw))

    def check_length(self) -> None:
        """Refuses before reading what says itself that it is too long."""
        length = self.headers.get("content-length", "0")
        if not length.isdigit():
            raise BadRequest(400, "Content-Length 不是数字")
        if int(length[:15]) > self.most:
            raise TooLong(self.most)

    async def read_json(self) -> None:
        """Reads the body whole and judges it."""
        pieces = []
        more = True
        while more:
            message = await self.receive()
            pieces.append(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
        body = b"".join(pieces)
        if body.strip():
            check_json(body)
        self._body = body

    async def receive(self) -> Message:
        """The next message of the body, counted."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self.most:
            self._over = True
            raise TooLong(self.most)
        return message

    async def send(self, message: Message) -> None:
        """Adds what every answer carries."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
            headers["X-Request-ID"] = self.id
            if self.secure:
                headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
            if self._over:  # what is left of the body is not read: the connection cannot be used again
                headers["Connection"] = "close"
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Answers with a problem from this layer; an answer that has begun can only be broken off."""
        if self.status:
            raise problem
        body = problems.body_of(problem, self.id)
        status = int(str(problem.as_dict()["status"]))
        headers: list[tuple[bytes, bytes]] = [
            (b"content-type", problems.MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        if status == 413:
            headers.append((b"connection", b"close"))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def told(self, seconds: float) -> None:
        """One line in the log and one count, by the route's template: no names, no numbers of cases."""
        templates = self.scope["app"].state.templates
        template = templates.get(self.scope.get("endpoint")) or (
            "(无此地址)" if self.status in (404, 405) else "(未到达)"
        )
        status = self.status or 500
        metrics.count(self.scope["method"], template, status, seconds)
        if self.scope["path"] not in _QUIET:
            _log.info(
                "request",
                method=self.scope["method"],
                route=template,
                status=status,
                ms=round(seconds * 1000, 1),
                request_id=self.id,
                sql=getattr(self.scope["state"].get("work"), "statements", 0),
            )


def check_json(body: bytes) -> None:
    """Refuses JSON that is broken, has NaN, NUL or a number that no column holds, is nested too deeply or has too many values."""
    try:
        value = orjson.loads(body)  # stops by itself at a depth of 1024
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            400,
            f"请求体不是合法的 JSON(第 {error.lineno} 行第 {error.colno} 列)",
            f"请以 UTF-8 编码的 JSON 提交;不接受 NaN、Infinity,嵌套不超过 {DEPTH} 层",
        ) from error
    level, seen = [value], 0
    for _ in range(DEPTH + 1):
        seen += len(level)
        if seen > VALUES:
            raise BadRequest(400, f"JSON 含有超过 {VALUES} 个值", "请分批提交")
        level = list(_inside(level))
        if not level:
            return
    raise BadRequest(400, f"JSON 嵌套超过 {DEPTH} 层", "请减少嵌套层次")


def _inside(level: list[Any]) -> Iterator[Any]:
    for one in level:
        if isinstance(one, str):
            if "\x00" in one:
                raise BadRequest(400, "文字中含有空字符(NUL)", "请删除不可见字符后重新提交")
        elif isinstance(one, int | float):
            # No column holds it; amounts come as texts.
            if one >= 2**63 or (isinstance(one, float) and one <= -(2**63)):
                raise BadRequest(400, "数字超出范围(64 位整数)", "请核对数字;很长的号码请作为文字提交")
        elif isinstance(one, dict):
            yield from one.keys()
            yield from one.values()
        elif isinstance(one, list):
            yield from one


def _decoded(raw: bytes) -> None:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(400, "地址不是合法的 UTF-8", "请核对地址编码") from error
    if "\x00" in text:
        raise BadRequest(400, "地址中含有空字符(NUL)", "请核对地址")


def policy_with(**changes: Iterable[str]) -> str:
    """The content security policy with some directives replaced (`style_src=("'self'", "'unsafe-inline'")`)."""
    parts = dict(part.strip().split(" ", 1) for part in POLICY.split(";"))
    parts.update({name.replace("_", "-"): " ".join(values) for name, values in changes.items()})
    return "; ".join(f"{name} {values}" for name, values in parts.items())
