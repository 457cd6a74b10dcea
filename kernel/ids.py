"""Identifiers: UUID version 7 (RFC 9562), made in Python, ordered by time within a process."""

from __future__ import annotations

import base64
import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import orjson

from kernel.errors import InvalidAnswers, NotFound

_NO_MARK: Final = "翻页标记不正确,请从第一页重新打开"
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


def as_mark(after: str | uuid.UUID | None) -> uuid.UUID | None:
    """Where the last page of a list ended, as its `next` told it: an id. `InvalidAnswers` when it is no such mark."""
    if not after or isinstance(after, uuid.UUID):
        return after or None
    return uuid.UUID(str(as_marks(after, uuid.UUID)[0]))


def as_marks(after: str, *kinds: Callable[[str], object]) -> list[Any]:
    """The parts of a mark, `|` between them, each read by its kind; the first may hold `|` itself. `InvalidAnswers` otherwise."""
    parts = after.rsplit("|", len(kinds) - 1)
    try:
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]
    except ValueError as error:
        raise InvalidAnswers({"after": _NO_MARK}) from error


def packed_marks(after: str, *kinds: Callable[[str], object]) -> list[Any]:
    """As `as_marks`, of a mark that is a JSON list of texts in base64."""
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]
    except ValueError as error:
        raise InvalidAnswers({"after": _NO_MARK}) from error


def instant(text: str) -> datetime:
    """An instant with its offset. `ValueError` otherwise."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at
