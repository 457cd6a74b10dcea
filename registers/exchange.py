"""Exchanges with counterparts: what goes out and comes in, every try of it, and the files that were fetched.

An exchange is kept in our own words (`body`); what was really said is in its tries, with secrets and personal data
struck out. `key` is the idempotency key: what is told or heard again is one row still.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal
from uuid import UUID

import orjson
from psycopg.types.json import Jsonb

from kernel import sm3
from kernel.errors import NotFound
from kernel.files import Stored
from kernel.ids import uuid7
from kernel.work import Row, Work

Status = Literal["waiting", "done", "differing", "given_up"]
Outcome = Literal["delivered", "received", "duplicate", "conflict", "refused", "failed"]
_LIST = (
    "id, agency_id, category, direction, counterpart, message, business_key, subject_id, status, created_at, done_at"
)


def digest(body: Mapping[str, object]) -> bytes:
    """SM3 of a body in one fixed spelling (keys sorted)."""
    return sm3.digest(orjson.dumps(body, default=str, option=orjson.OPT_SORT_KEYS))


def insert(
    work: Work,
    place: Row,
    *,
    direction: Literal["out", "in"],
    message: str,
    business_key: str,
    key: str,
    body: Mapping[str, object],
    subject_id: UUID | None,
    counterpart: str = "",
    status: Status = "waiting",
    day: date | None = None,
    about: str | None = None,
) -> UUID | None:
    """A new exchange of this agency and category; None when its key is known already."""
    rows = work.rows(
        """insert into exchange (id, agency_id, category, direction, counterpart, message, business_key, key, digest, body, subject_id, status, day, about, created_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (key) do nothing returning id""",
        (
            uuid7(), place["agency_id"], place["category"], direction, counterpart, message, business_key, key,
            digest(body), Jsonb(dict(body)), subject_id, status, day, about, work.now,
        ),
    )  # fmt: skip
    return UUID(str(rows[0]["id"])) if rows else None


def owner(work: Work, *, key: str | None = None, message: str = "", business_key: str = "") -> Row | None:
    """Whose an exchange is, found by its key or, of what went out, by message and business key; bound to no scope."""
    if key is not None:
        return work.one("select * from exchange_owner where key = %s", (key,))
    return work.one(
        "select * from exchange_owner where direction = 'out' and message = %s and business_key = %s order by id desc limit 1",
        (message, business_key),
    )


def get(work: Work, exchange_id: UUID, *, lock: bool = False) -> Row:
    """One exchange in scope."""
    row = work.one(f"select * from exchange where id = %s{' for update' if lock else ''}", (exchange_id,))
    if row is None:
        raise NotFound("没有这条交换记录,或不在您的数据范围内", remedy="请从交换记录列表中重新打开")
    return row


def settle(
    work: Work, exchange_id: UUID, status: Status, answer: Mapping[str, object] | None = None, counterpart: str = ""
) -> None:
    """How it ended."""
    work.execute(
        """update exchange set status = %s, answer = %s, done_at = %s, counterpart = coalesce(nullif(%s, ''), counterpart)
        where id = %s""",
        (status, None if answer is None else Jsonb(dict(answer)), work.now, counterpart, exchange_id),
    )


def add_try(
    work: Work, row: Row, outcome: Outcome, request: Mapping[str, object], response: Mapping[str, object]
) -> None:
    """One try of the conversation; both sides already struck out."""
    work.execute(
        """insert into exchange_try (id, agency_id, category, exchange_id, at, outcome, request, response)
        values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (uuid7(), row["agency_id"], row["category"], row["id"], work.now, outcome, Jsonb(dict(request)), Jsonb(dict(response))),
    )  # fmt: skip


def tries(work: Work, exchange_id: UUID) -> list[Row]:
    """The conversation of one exchange, oldest first."""
    return work.rows(
        "select at, outcome, request, response from exchange_try where exchange_id = %s order by id", (exchange_id,)
    )


def page(work: Work, limit: int, after: UUID | None, status: str | None = None) -> list[Row]:
    """Exchanges in scope, newest first, after the row of this id."""
    limits = (
        "" if after is None else "and (created_at, id) < (select created_at, id from exchange where id = %(after)s)"
    )
    only = "" if status is None else "and status = %(status)s"
    agencies = "agency_id = any(%(agencies)s)" if len(work.person.scope) <= 8 else "true"
    return work.rows(
        f"select {_LIST} from exchange where {agencies} {limits} {only} order by created_at desc, id desc limit %(limit)s",
        {"agencies": list(work.person.scope), "after": after, "status": status, "limit": limit},
    )


def of_business(work: Work, direction: str, message: str, business_keys: Iterable[str]) -> list[Row]:
    """The exchanges of these business keys in scope, oldest first."""
    return work.rows(
        "select * from exchange where direction = %s and message = %s and business_key = any(%s) order by id",
        (direction, message, list(business_keys)),
    )


def records_about(work: Work, counterpart: str, message: str, about: str) -> list[Row]:
    """What came in about one thing that we told, in scope, oldest first; what is held is left out."""
    return work.rows(
        """select body from exchange where direction = 'in' and counterpart = %s and message = %s and about = %s
        and status <> 'differing' order by id""",
        (counterpart, message, about),
    )


def of_day(work: Work, counterpart: str, message: str, day: date) -> list[Row]:
    """What came in from a counterpart for a business day, in scope, oldest first."""
    return work.rows(
        "select * from exchange where counterpart = %s and message = %s and day = %s and direction = 'in' order by id",
        (counterpart, message, day),
    )


def counts(work: Work) -> list[Row]:
    """Direction, counterpart, message and status, each with its number and the oldest that waits; identifiers only."""
    return work.rows(
        """select direction, counterpart, message, status, count(*) as number, min(created_at) as oldest
        from exchange_owner group by 1, 2, 3, 4 order by 1, 2, 3, 4"""
    )


# ---------------------------------------------------------------------- files
def known_files(work: Work, counterpart: str) -> dict[str, set[bytes]]:
    """Name → the SHA-256s under which a file of this name was fetched."""
    found: dict[str, set[bytes]] = {}
    for row in work.rows("select name, sha256 from exchange_file where counterpart = %s", (counterpart,)):
        found.setdefault(row["name"], set()).add(bytes(row["sha256"]))
    return found


def add_file(
    work: Work,
    counterpart: str,
    name: str,
    stored: Stored,
    *,
    day: date | None,
    status: str,
    report: Mapping[str, object],
) -> bool:
    """A fetched file and what came of it; False when it was known."""
    return bool(
        work.rows(
            """insert into exchange_file (counterpart, name, sha256, sm3, size, day, status, report, fetched_at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning 1 as fresh""",
            (counterpart, name, stored.sha256, stored.sm3, stored.size, day, status, Jsonb(dict(report)), work.now),
        )
    )


def files(work: Work, counterpart: str, limit: int = 50) -> Sequence[dict[str, Any]]:
    """The files of a counterpart, newest first."""
    return work.rows(
        "select name, size, day, status, report, fetched_at from exchange_file where counterpart = %s order by fetched_at desc, name desc limit %s",
        (counterpart, limit),
    )
