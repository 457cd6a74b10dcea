"""Live counts for an open page, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from api.live import Channel, Live, Looker
from api.people import CurrentSession, Sessions
from api.problems import responses
from api.staff import wire
from kernel import permissions
from kernel.errors import Problem
from kernel.work import Work
from registers.account import Session

router = APIRouter(prefix="/events", tags=["待办"])
QUIET = 20.0  # seconds after which the line says that it is still there, and asks whether the session is
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "事件流:`counts` 事件的数据同“待办数”",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "model": wire.Counts,
    }
}


@router.get("", summary="待办数的变化", responses={**_STREAM, **responses()}, response_class=StreamingResponse)
async def stream_counts(request: Request, who: CurrentSession) -> StreamingResponse:
    """连接后先给出现在的数,以后每有变化给一次;登录失效即断开。"""
    node = request.app.state.node
    permissions.demand(Work(node, who.person), "task.claim")
    live: Live = request.app.state.live
    sessions: Sessions = request.app.state.sessions
    return StreamingResponse(_events(live, sessions, who), media_type="text/event-stream")


async def _events(live: Live, sessions: Sessions, who: Session) -> AsyncIterator[bytes]:
    channel = Channel()
    looker = Looker(who.person, channel.tell)
    live.join(looker)
    try:
        yield b"retry: 3000\n\n"
        while not live.ended:
            try:
                counts = await channel.next(QUIET)
            except TimeoutError:
                await run_in_threadpool(sessions.read, who.token)
                yield b": \n\n"
                continue
            if counts is None:
                return
            yield b"event: counts\ndata: " + orjson.dumps(counts) + b"\n\n"
    except Problem:
        return
    finally:
        live.leave(looker)
