"""Problems on the wire: RFC 9457, in Chinese. Every error leaves through here, whoever raised it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from kernel import audit, log
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Problem
from kernel.files import is_full, unwritable
from kernel.work import Work

READ = "door.read"  # the verb in the audit of a refused reading that asks for no right by name
MEDIA_TYPE = "application/problem+json"
_log = log.logger("api.problems")


class FaultBody(BaseModel):
    """内容检查发现的一处问题。"""

    file: str = Field(examples=["processes/national/case_ordinary/process.yaml"])
    line: int | None = Field(None, description="第几行,从 1 起;空为整个文件", examples=[12])
    element: str | None = Field(None, description="环节、栏目或规则的标识")
    code: str | None = None
    message: str = Field(description="哪里不对、怎样改正")


class ProblemBody(BaseModel):
    """RFC 9457 problem:什么不能办、依据哪一条、怎样才能办。"""

    type: str = Field(description="问题种类的标识", examples=["urn:zhicheng:problem:against_the_law"])
    code: str = Field(description="问题代码,程序据此判断", examples=["against_the_law"])
    title: str = Field(description="问题种类的名称", examples=["依法不能办理"])
    status: int = Field(description="HTTP 状态码", examples=[409])
    detail: str = Field(description="这一次的原因", examples=["执法人员不得少于两人,且均须持有效执法证件"])
    remedy: str | None = Field(None, description="怎样才能办", examples=["补派持证人员后重新办理"])
    article: str | None = Field(None, description="依据的条款", examples=["法律简称#条号"])
    rule: str | None = Field(None, description="拒绝的守卫", examples=["G_TWO_OFFICERS"])
    fields: dict[str, str] | None = Field(None, description="栏目 → 哪里不对、怎样更正")
    faults: list[FaultBody] | None = Field(None, description="发布内容被拒时:全部问题")
    instance: str | None = Field(None, description="本次请求的编号,报修时请提供")


_MEANINGS: Mapping[int, str] = {
    400: "请求格式有误",
    401: "未登录或登录已失效",
    403: "没有权限",
    404: "没有这个对象,或它在查看范围之外",
    409: "与当前状态或法律规定冲突",
    412: "内容已被他人修改",
    413: "请求过大",
    415: "不支持的内容类型",
    422: "填写有误",
    428: "缺少 If-Match",
    429: "操作过于频繁",
    503: "系统暂时不可用",
    507: "文件存储空间不足,没有保存",
}
ALWAYS = (400, 401, 403, 422, 429, 503)


def responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route for OpenAPI: those named and those that every route of officers may give."""
    return {code: {"model": ProblemBody, "description": _MEANINGS[code]} for code in sorted({*codes, *ALWAYS})}


def body_of(problem: Problem, request_id: str) -> bytes:
    """The bytes of a problem."""
    return orjson.dumps({**problem.as_dict(), "instance": f"urn:zhicheng:request:{request_id}"})


def response(problem: Problem, request: Request) -> Response:
    """A problem as response; 503 says when to come back."""
    headers = {"Retry-After": "2"} if problem.status == 503 else {"Retry-After": "900"} if problem.status == 429 else {}
    id_ = request.scope.get("state", {}).get("request_id", "")
    return Response(body_of(problem, id_), problem.status, headers, MEDIA_TYPE)


class BadRequest(Problem):
    """The door itself refuses: `status` and `title` go by HTTP."""

    def __init__(self, status: int, detail: str, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy)
        self._status = status

    def as_dict(self) -> dict[str, object]:
        """As the base, with its own status."""
        title = _TITLES.get(self._status, "请求有误")
        code = HTTPStatus(self._status).phrase.lower().replace(" ", "_").replace("-", "_")
        named = {"type": f"urn:zhicheng:problem:{code}", "code": code, "title": title, "status": self._status}
        return {**super().as_dict(), **named}


_TITLES: Mapping[int, str] = {
    400: "请求格式有误",
    404: "没有这个地址",
    405: "不支持这种请求方法",
    406: "不支持的格式",
    413: "请求过大",
    415: "不支持的内容类型",
    428: "缺少前提条件",
}


def handle(app: FastAPI) -> None:
    """Hangs the handlers into the application; what nobody expected ends in `api.limits`."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(psycopg.DataError, _unstorable)
    app.add_exception_handler(sa.exc.DataError, _unstorable)
    app.add_exception_handler(OSError, _no_room)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
    if error.status >= 500 and error.status != 503:
        _log.error("fault", code=error.code, request_id=request.scope.get("state", {}).get("request_id"))
    if isinstance(error, NotAllowed | NotFound) and not error.recorded:
        _record(request, error)
    if isinstance(error, BadRequest):
        made = response(error, request)
        made.status_code = int(str(error.as_dict()["status"]))
        return made
    return response(error, request)


def _record(request: Request, refusal: Problem) -> None:
    """A reading that is refused (no right to it, or nothing there within one's scope) is a row of the audit, as a refused
    command is; the subject is what the address names. Nothing is written of who has no session."""
    work: Work | None = request.scope["state"].get("work")
    if work is None:
        return
    named = list(request.path_params.items())
    about = (named[-1][0], str(named[-1][1])[:100]) if named else None
    detail = {"code": refusal.code, "door": getattr(request.scope.get("endpoint"), "__name__", "")}
    try:
        audit.record_apart(work, refusal.verb or READ, subject=about, outcome="refused", detail=detail)
    except Problem as away:  # the refusal stands all the same
        _log.warning("unrecorded", code=away.code, request_id=work.request_id)


def _no_room(request: Request, error: Exception) -> Response:
    """What is sent in lies in a temporary directory until it is judged: that may be full as well as the store."""
    assert isinstance(error, OSError)  # noqa: S101 - registered for nothing else
    if not is_full(error):
        raise error
    return _problem(request, unwritable(error))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    cause: BaseException | None = error
    while cause is not None:  # a Problem raised while the body was read is wrapped by the framework
        if isinstance(cause, Problem):
            return _problem(request, cause)
        if isinstance(cause, OSError) and is_full(cause):
            return _no_room(request, cause)
        cause = cause.__cause__ or cause.__context__
    detail, remedy = _HTTP.get(error.status_code, (f"请求未被接受(HTTP {error.status_code})", None))
    made = _problem(request, BadRequest(error.status_code, detail, remedy))
    for name, value in (error.headers or {}).items():
        made.headers[name] = value
    return made


_HTTP: Mapping[int, tuple[str, str | None]] = {
    400: ("请求体无法解析", "请核对内容类型和格式后重新提交"),
    404: ("没有这个地址", "请核对地址;接口清单见 /docs"),
    405: ("这个地址不支持这种请求方法", "接口清单见 /docs"),
    413: ("请求过大", "请缩小后重新提交"),
    415: ("不支持的内容类型", "请以 application/json 提交"),
}


def _unstorable(request: Request, error: Exception) -> Response:
    """What passed every check and yet does not fit the database: a year beyond its range, a number too large."""
    _log.warning("unstorable", error=type(error).__name__)
    return response(
        InvalidAnswers({"_": "含有数据库无法存储的值(如过大的数字、日期)"}, "提交的数据超出可存储的范围"), request
    )


# ---------------------------------------------------------------------- validation errors, field by field
def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields: dict[str, str] = {}
    for one in error.errors():
        fields.setdefault(_place(one["loc"]), sentence(one))
    return response(InvalidAnswers(fields, "请求内容有误,请更正标出的项后重新提交"), request)


def _place(loc: Sequence[str | int]) -> str:
    """`body.answers.x` → `answers.x`; the body itself is `_`; headers and query by their names."""
    parts = [str(p) for p in loc if not str(p).startswith("function-")]
    if parts and parts[0] in ("body", "query", "path", "header", "cookie"):
        parts = parts[1:]
    return ".".join(parts)[:200] or "_"


_SENTENCES: Mapping[str, str] = {
    "missing": "缺少此项,请填写",
    "extra_forbidden": "不认识的项,请删除",
    "json_invalid": "不是合法的 JSON",
    "json_type": "不是合法的 JSON",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "float_type": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "dict_type": "应为对象(键值对)",
    "model_type": "应为对象(键值对)",
    "model_attributes_type": "应为对象(键值对),且以 application/json 提交",
    "list_type": "应为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "greater_than": "应大于 {gt}",
    "less_than": "应小于 {lt}",
    "literal_error": "只能是:{expected}",
    "enum": "只能是:{expected}",
    "uuid_type": "应为编号(UUID)",
    "uuid_parsing": "应为编号(UUID)",
    "datetime_type": "应为带时区的日期时间,如 2026-03-02T09:00:00+08:00",
    "datetime_parsing": "应为带时区的日期时间,如 2026-03-02T09:00:00+08:00",
    "datetime_from_date_parsing": "应为带时区的日期时间,如 2026-03-02T09:00:00+08:00",
    "timezone_aware": "日期时间须带时区,如 2026-03-02T09:00:00+08:00",
    "date_type": "应为日期,如 2026-03-02",
    "date_parsing": "应为日期,如 2026-03-02",
    "date_from_datetime_parsing": "应为日期,如 2026-03-02",
    "value_error": "值不符合要求",
}


def sentence(one: Mapping[str, Any]) -> str:
    """A pydantic error as a Chinese sentence that says what is expected."""
    pattern = _SENTENCES.get(one["type"])
    if pattern is None:
        return "格式不符,请核对接口文档(/docs)中的要求"
    context = {key: str(value) for key, value in (one.get("ctx") or {}).items()}
    try:
        return pattern.format(**context)
    except KeyError:
        return pattern.partition("{")[0] or "值不符合要求"
