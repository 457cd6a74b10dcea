"""How a stored file goes out: as an attachment, never sniffed, never run, its hash beside it."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO, ParamSpec, TypeVar
from urllib.parse import quote

import anyio
from anyio.lowlevel import RunVar
from fastapi.responses import StreamingResponse

from kernel.errors import Unavailable
from registers import upload

_CHUNK = 1 << 18
_AT_ONCE = 8  # threads that may wait for the store: when it is slow, everything else goes on
_PATIENCE = 20  # seconds that a request waits for one of them
_threads: RunVar[anyio.CapacityLimiter] = RunVar("threads of the file store")
P = ParamSpec("P")
T = TypeVar("T")
# Generators of clients take the first; what else may come is what may be stored, and packages.
_KINDS = [
    "application/octet-stream",
    *sorted({kind for kind, _ in upload.TYPES.values()} | {"application/zip", "text/csv"}),
]
SCHEMA: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "文件",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS},
    }
}


def attachment(file: BinaryIO, *, name: str, media_type: str, size: int, sha256: bytes) -> StreamingResponse:
    """The open file as a download; it is closed when it has gone out."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(size),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Repr-Digest": f"sha-256=:{base64.b64encode(sha256).decode()}:",
    }
    return StreamingResponse(_pieces(file), media_type=media_type, headers=headers)


def made(data: bytes, *, name: str, media_type: str) -> StreamingResponse:
    """Bytes that were made for this reader alone, as a download."""
    sha256 = hashlib.sha256(data).digest()
    return attachment(io.BytesIO(data), name=name, media_type=media_type, size=len(data), sha256=sha256)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK):
            yield piece


async def aside(act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs what waits for the store in a thread of a few kept for it; says 503 when all stay busy."""
    try:
        limiter = _threads.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_AT_ONCE)
        _threads.set(limiter)
    with anyio.move_on_after(_PATIENCE):
        await limiter.acquire()
        try:
            with anyio.CancelScope(shield=True):
                return await anyio.to_thread.run_sync(partial(act, *args, **kwargs))
        finally:
            limiter.release()
    raise Unavailable("文件存储繁忙", remedy="文件没有保存,请稍后重试;分片上传会自动从断点继续")
