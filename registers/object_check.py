"""Checks of supervised objects (查验): what was asked, of which source, when, and the answer – kept with its hashes, never rewritten."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from kernel import sm3
from kernel.errors import NotFound
from kernel.ids import uuid7
from kernel.work import Row, Work


def keep(
    work: Work,
    place: Mapping[str, Any],
    *,
    kind: str,
    object_id: UUID | None,
    asked: Mapping[str, Any],
    source: str,
    outcome: str,
    findings: Mapping[str, Any],
) -> Row:
    """Keeps a check; its row with both hashes over the canonical JSON of what was asked, of whom, when and answered."""
    at = work.now.astimezone(UTC)
    told = plain({"asked": asked, "source": source, "outcome": outcome, "at": at, "findings": findings})
    data = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    row = {
        "id": uuid7(),
        "agency_id": place["agency_id"],
        "category": place["category"],
        "object_kind": kind,
        "object_id": object_id,
        "asked": Jsonb(told["asked"]),
        "source": source,
        "outcome": outcome,
        "findings": Jsonb(told["findings"]),
        "sha256": hashlib.sha256(data).digest(),
        "sm3": sm3.digest(data),
        "checked_by": work.person.id,
        "checked_at": work.now,
    }
    names = list(row)
    work.execute(f"insert into object_check ({', '.join(names)}) values ({', '.join(f'%({n})s' for n in names)})", row)
    return {**row, "asked": told["asked"], "findings": told["findings"]}


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    return orjson.loads(orjson.dumps(value, default=str))


def get(work: Work, check_id: UUID) -> Row:
    """A check as it was kept. `NotFound` also outside the scope."""
    row = work.one("select * from object_check where id = %s", (check_id,))
    if row is None:
        raise NotFound("没有这次查验,或不在您的查看范围内", remedy="请从对象的经过中打开")
    return row


def unchanged(row: Row) -> bool:
    """Does the row still have the hashes that it was kept with?"""
    at = row["checked_at"].astimezone(UTC)
    told = {"asked": row["asked"], "source": row["source"], "outcome": row["outcome"], "at": at}
    data = orjson.dumps(plain({**told, "findings": row["findings"]}), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(data).digest() == bytes(row["sha256"]) and sm3.digest(data) == bytes(row["sm3"])
