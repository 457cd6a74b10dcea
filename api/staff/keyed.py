"""The Idempotency-Key on its way to a verb."""

from __future__ import annotations

from typing import Any


def keyed(key: str | None) -> dict[str, Any]:
    """Keyword arguments for a verb: the key when the request has one."""
    return {} if key is None else {"key": key}
