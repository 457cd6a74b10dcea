"""Machines at the door: a signed request is believed once, within five minutes, as often as the sender's bucket allows.

Counterparts and devices share the words of the signature (`kernel.signing`), nothing else. Who is not known gets no
further than the headers: the body is read only after the signature.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from api.problems import BadRequest
from kernel import audit, signing
from kernel.errors import NotFound, NotLoggedIn, Problem, TooMany
from kernel.work import Node, Work
from registers import account

_MOST_KEPT = 20_000


class Buckets:
    """A bucket per sender: `size` requests at once, refilled by `per_second`."""

    def __init__(self, size: float, per_second: float) -> None:
        self.size, self.per_second = size, per_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, sender: str, much: float = 1) -> None:
        """Takes from the sender's bucket; `TooMany` when it is empty."""
        now = time.monotonic()
        with self._lock:
            left, at = self._left.get(sender, (self.size, now))
            left = min(self.size, left + (now - at) * self.per_second)
            enough = left >= much
            self._left[sender] = (left - much if enough else left, now)
            self._left.move_to_end(sender)
            while len(self._left) > _MOST_KEPT:
                self._left.popitem(last=False)
        if not enough:
            raise TooMany("发送过于频繁", remedy="请降低发送频率,攒成一批后稍候重发")


_strangers = Buckets(60, 1)


async def sender(request: Request, secret_of: Callable[[str], str], buckets: Buckets) -> str:
    """Who sent a signed request; nothing of the body is read yet. Every refusal looks alike but for its reason."""
    node: Node = request.app.state.node
    address = request.client.host if request.client else ""
    name = ""
    try:
        name = signing.sender(request.headers)
        secret = await run_in_threadpool(_secret, secret_of, name)
        signing.check(secret, request.method, request.scope["path"], request.url.query, request.headers, node.clock())
    except NotLoggedIn as problem:
        _strangers.take(address)
        await run_in_threadpool(_refused, node, request.scope["state"]["request_id"], name, problem)
        raise
    buckets.take(name)
    return name


def _secret(secret_of: Callable[[str], str], name: str) -> str:
    """The secret of who says to have signed; none for a stranger, so that his signature is as wrong as any."""
    try:
        return secret_of(name)
    except NotFound:
        return ""


def _refused(node: Node, request_id: str, name: str, problem: Problem) -> None:
    work = Work(node, account.STRANGER, request_id)
    detail = {"sender": name[:64], "why": problem.detail}
    audit.record_apart(work, "signed.refuse", outcome="refused", detail=detail)


async def body(request: Request, name: str, most: int) -> bytes:
    """The signed body, at most `most` bytes, let through once: the same request again is refused as replayed."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise BadRequest(413, f"请求超过上限 {most} 字节", "请拆分后发送")
        pieces.append(piece)
    read = b"".join(pieces)
    signing.check_body(request.headers, read)
    await run_in_threadpool(_once, request.app.state.node, name, request.headers["x-nonce"])
    return read


def _once(node: Node, name: str, nonce: str) -> None:
    work = Work(node, account.STRANGER)
    with work.transaction():
        signing.once(work, name, nonce)
