"""Identifiers: UUID version 7 (RFC 9562), made in Python, ordered by time within a process."""

from __future__ import annotations

import os
import threading
import time
import uuid

from kernel.errors import NotFound

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A UUID whose first 48 bits are the Unix time in ms and whose next 12 count within it, so that rows sort as made."""
    global _last
    with _lock:
        # 60 bits: milliseconds and a counter in rand_a (RFC 9562 method 1); never goes back even if the clock does.
        stamp = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        _last = stamp
    value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | int.from_bytes(os.urandom(8)) >> 2
    return uuid.UUID(int=value)


def as_uuid(text: str | uuid.UUID) -> uuid.UUID:
    """An id as a client gave it. `NotFound` when it is none: nothing has such an id."""
    try:
        return text if isinstance(text, uuid.UUID) else uuid.UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从列表中重新打开") from error
