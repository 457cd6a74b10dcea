"""Who is at the door: log in, log out, and the person behind a session cookie.

The cookie is HttpOnly, SameSite=Strict and (in production) Secure; every unsafe request carries the session's CSRF token
besides. A session is read from the database and kept for some seconds, so that whoever is shut out is out within five.
"""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.problems import responses
from kernel.errors import NotAllowed, NotLoggedIn
from kernel.work import Node, Person, Row, Work
from registers import account
from registers.account import Session

FRESH = timedelta(seconds=3)
_MOST_KEPT = 10_000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF = "X-CSRF-Token"


def cookie_name(node: Node) -> str:
    """`__Host-` forbids other hosts and paths to set it; browsers allow the prefix over HTTPS only."""
    return "__Host-zc_session" if node.settings.cookie_secure else "zc_session"


class Sessions:
    """The sessions this process has seen in the last seconds."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._kept: OrderedDict[str, tuple[Session, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, token: str) -> Session | None:
        """The session if it was read a moment ago."""
        found = self._kept.get(token)
        if found is None or not timedelta() <= self.node.clock() - found[1] < FRESH:
            return None
        return found[0]

    def read(self, token: str) -> Session:
        """The session from the database; `NotLoggedIn`."""
        session = account.session_of(self.node, token)
        with self._lock:
            self._kept[token] = (session, self.node.clock())
            self._kept.move_to_end(token)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return session

    def forget(self, token: str) -> None:
        """Out at once in this process."""
        with self._lock:
            self._kept.pop(token, None)


def forget(request: Request) -> None:
    """The next request reads this session anew: what its person may has changed."""
    sessions: Sessions = request.app.state.sessions
    sessions.forget(request.cookies.get(cookie_name(sessions.node), ""))


async def session(request: Request) -> Session:
    """The session of the request; refuses without one, and unsafe requests without its CSRF token."""
    sessions: Sessions = request.app.state.sessions
    _refuse_other_sites(request)
    token = request.cookies.get(cookie_name(sessions.node), "")
    if not token:
        raise NotLoggedIn("请先登录", remedy="以登录名和口令登录后重试")
    found = sessions.kept(token)
    if found is None:
        found = await run_in_threadpool(sessions.read, token)
    given = request.headers.get(CSRF, "")
    if request.method not in _SAFE and not hmac.compare_digest(given.encode(), found.csrf.encode()):
        raise NotAllowed(f"缺少或不符的 {CSRF}", remedy=f"请在请求头 {CSRF} 中带上登录时得到的 csrf 值")
    return found


def _refuse_other_sites(request: Request) -> None:
    """A page of another site may not act here, not even log somebody in."""
    if request.method not in _SAFE and request.headers.get("sec-fetch-site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        raise NotAllowed("不接受来自其他网站的操作", remedy="请在本系统的页面中操作")


def work_of(request: Request, who: Session) -> Work:
    """A `Work` of this session's person, with the request's number for the audit; a commit wakes the sweeper."""
    state = request.scope["state"]
    made = Work(request.app.state.node, who.person, state["request_id"])
    if request.method not in _SAFE:
        made.after_commit.append(request.app.state.ring)
    state["work"] = made
    return made


async def _work(request: Request, who: Annotated[Session, Depends(session)]) -> Work:
    return work_of(request, who)


CurrentSession = Annotated[Session, Depends(session)]
CurrentWork = Annotated[Work, Depends(_work)]


# ---------------------------------------------------------------------- routes
class Credentials(BaseModel):
    """登录名和口令。"""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"login": "officer_1", "password": "……"}]}
    )

    login: str = Field(min_length=1, max_length=64, description="登录名")
    password: str = Field(min_length=1, max_length=256, description="口令")


class Role(BaseModel):
    """一项授权。"""

    role: str = Field(description="角色")
    agency_id: int = Field(description="授权机构编号")
    agencies: list[int] = Field(description="授权所及的机构(本机构,或其下全部)")
    categories: list[str] = Field(description="执法门类")


class Me(BaseModel):
    """登录的人。"""

    id: UUID
    name: str
    login: str
    agency_id: int
    roles: list[Role]
    verbs: list[str] = Field(description="可以做的事(权限)")
    csrf: str = Field(description=f"写操作须在请求头 {CSRF} 中带上")
    ends_at: AwareDatetime = Field(description="登录最迟到何时失效")


router = APIRouter(prefix="/session", tags=["登录"])


def _me(node: Node, found: Session) -> Me:
    person: Person = found.person
    roles = [
        Role(role=g.role, agency_id=g.agency_id, agencies=sorted(g.agencies), categories=sorted(g.categories))
        for g in person.grants
    ]
    verbs = sorted({verb for role in person.roles for verb in node.policy.verbs(role)})
    return Me(
        id=person.id,
        name=person.name,
        login=person.login,
        agency_id=person.agency_id,
        roles=roles,
        verbs=verbs,
        csrf=found.csrf,
        ends_at=found.ends_at,
    )


@router.post("", summary="登录", responses=responses())
def log_in(credentials: Credentials, request: Request, response: Response) -> Me:
    """核对口令,发给会话 Cookie。15 分钟内失败 5 次即暂停登录。"""
    _refuse_other_sites(request)
    node: Node = request.app.state.node
    address = request.client.host if request.client else "?"
    agent = request.headers.get("user-agent", "")
    found = account.log_in(
        node,
        credentials.login,
        credentials.password,
        address=address,
        agent=agent,
        request_id=request.scope["state"]["request_id"],
    )
    response.set_cookie(
        cookie_name(node),
        found.token,
        path="/",
        secure=node.settings.cookie_secure,
        httponly=True,
        samesite="strict",
    )
    return _me(node, found)


@router.get("", summary="我是谁", responses=responses())
def me(request: Request, found: CurrentSession) -> Me:
    """登录的人、授权和 CSRF 值。"""
    return _me(request.app.state.node, found)


@router.delete("", summary="退出", status_code=204, responses=responses())
def log_out(request: Request, found: CurrentSession, response: Response) -> None:
    """结束本次登录。"""
    sessions: Sessions = request.app.state.sessions
    sessions.forget(found.token)
    account.log_out(sessions.node, found)
    response.delete_cookie(
        cookie_name(sessions.node),
        path="/",
        secure=sessions.node.settings.cookie_secure,
        httponly=True,
        samesite="strict",
    )


class LogIn(BaseModel):
    """一处登录。"""

    began: AwareDatetime = Field(description="何时登录")
    seen: AwareDatetime = Field(description="最近使用(精确到分钟)")
    address: str | None = Field(description="网络地址")
    agent: str | None = Field(description="浏览器自报的名称")
    is_this: bool = Field(description="就是发出本请求的这一处")


class Ended(BaseModel):
    """结束了几处登录。"""

    ended: int


@router.get("/all", summary="我在哪些地方登录着", responses=responses(), response_model=list[LogIn])
def list_log_ins(request: Request, found: CurrentSession) -> list[Row]:
    """本人现在有效的登录,最近使用的在前。"""
    return account.log_ins(request.app.state.node, found)


@router.delete("/others", summary="结束其他各处的登录", responses=responses())
def end_other_log_ins(request: Request, found: CurrentSession) -> Ended:
    """除本处外,本人各处的登录一律失效(几秒之内);留下审计。"""
    return Ended(ended=account.end_others(request.app.state.node, found))
