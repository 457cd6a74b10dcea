"""Addresses of service (送达地址) that a party confirmed on paper, and agents (代理人) with their powers: each with its validity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work

PERSONAL: Mapping[str, str] = {
    "receiver": "name", "name": "name", "id_number": "id", "phone": "phone", "post_address": "address", "mobile": "phone",
    "wechat": "phone", "email": "address", "fax": "phone",
}  # fmt: skip
_ADDRESS = (
    "receiver", "relation", "post_address", "electronic", "mobile", "wechat", "email", "fax", "valid_from", "valid_to",
    "document_id", "evidence_id",
)  # fmt: skip
_AGENT = ("case_id", "name", "id_number", "phone", "relation", "special", "scope", "valid_from", "valid_to", "document_id", "evidence_id")  # fmt: skip


def keep(work: Work, party: Row, told: Mapping[str, Any]) -> UUID:
    """A confirmed address; the one before it ends the day it begins. `told`: the columns of `_ADDRESS`."""
    work.execute(
        """update service_address set ended_at = %s, ended_by = %s, end_reason = '重新确认送达地址'
        where party_id = %s and ended_at is null""",
        (work.now, work.person.id, party["id"]),
    )
    return _insert(work, "service_address", party, {n: told.get(n) for n in _ADDRESS}, ("confirmed_by", "confirmed_at"))


def add_agent(work: Work, party: Row, told: Mapping[str, Any]) -> UUID:
    """An agent with powers. `told`: the columns of `_AGENT`; `special`: powers beyond the general ones, named in `scope`."""
    return _insert(work, "party_agent", party, {n: told.get(n) for n in _AGENT}, ("added_by", "added_at"))


def _insert(work: Work, table: str, party: Row, told: Mapping[str, Any], by: tuple[str, str]) -> UUID:
    row = {"id": uuid7(), "agency_id": party["agency_id"], "category": party["category"], "party_id": party["id"]}
    row |= {**told, by[0]: work.person.id, by[1]: work.now}
    names = ", ".join(row)
    values = ", ".join(f"%({name})s" for name in row)
    work.execute(f"insert into {table} ({names}) values ({values})", row)
    return UUID(str(row["id"]))


def end(work: Work, table: str, id_: UUID, party_id: UUID, reason: str) -> None:
    """Ends an address or the powers of an agent (`table`: service_address, party_agent)."""
    by = ", ended_by = %(me)s" if table == "service_address" else ""
    row = work.one(f"select ended_at from {table} where id = %s and party_id = %s for update", (id_, party_id))
    if row is None:
        raise NotFound("没有这条登记,或不在您的查看范围内")
    if row["ended_at"] is not None:
        raise Refusal("这条登记已经终止", remedy="请刷新后查看")
    work.execute(
        f"update {table} set ended_at = %(at)s, end_reason = %(reason)s{by} where id = %(id)s",
        {"at": work.now, "reason": reason, "me": work.person.id, "id": id_},
    )


def of_party(work: Work, party_ids: list[UUID]) -> tuple[list[Row], list[Row]]:
    """Addresses and agents of a party (and of those merged into it), newest first."""
    return (
        work.rows("select * from service_address where party_id = any(%s) order by id desc limit 100", (party_ids,)),
        work.rows("select * from party_agent where party_id = any(%s) order by id desc limit 100", (party_ids,)),
    )


def in_force(work: Work, party_id: UUID, day: date) -> Row | None:
    """The address at which this party is served on that day, also one confirmed under a row merged into it."""
    return work.one(
        """select a.* from service_address a join party p on p.id = a.party_id
        where (p.id = %(id)s or p.merged_into = %(id)s) and a.ended_at is null and a.valid_from <= %(day)s
          and (a.valid_to is null or a.valid_to >= %(day)s) order by a.valid_from desc, a.id desc limit 1""",
        {"id": party_id, "day": day},
    )
