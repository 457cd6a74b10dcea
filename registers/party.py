"""Parties (当事人): persons and organisations, one row per identity within an agency and enforcement category."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, cast
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import NotFound, Stale
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import masking

PERSONAL: Mapping[str, str] = {"id_number": "id", "phone": "phone", "address": "address"}


def find_or_insert(
    work: Work,
    *,
    agency_id: int,
    category: str,
    party_type: Literal["person", "organization"],
    name: str,
    id_number: str | None = None,
    uscc: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    facts: Mapping[str, object] | None = None,
) -> UUID:
    """The party with this identity number (a person's) or USCC (an organisation's); a new one when unknown. One round trip.

    Without either it is a new row: equal names are not one party. Values are already checked (content.elements). Two acts
    that bring the same new party at once get one row: they wait for each other.
    """
    identity = uscc if party_type == "organization" else id_number
    column = "uscc" if party_type == "organization" else "id_number"
    if identity:
        work.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"party:{agency_id}:{identity}",))
    rows = work.rows(
        f"""with found as (
          select coalesce(merged_into, id) as id from party where agency_id = %(agency)s and category = %(category)s
            and {column} = %(identity)s and party_type = %(type)s order by created_at, id limit 1),
        made as (
          insert into party (id, agency_id, category, party_type, name, id_number, uscc, phone, address, facts, created_at)
          select %(id)s, %(agency)s, %(category)s, %(type)s, %(name)s, %(id_number)s, %(uscc)s, %(phone)s, %(address)s,
            %(facts)s, %(at)s where not exists (select 1 from found) returning id)
        select id from found union all select id from made""",
        {
            "id": uuid7(),
            "agency": agency_id,
            "category": category,
            "identity": identity,
            "type": party_type,
            "name": name,
            "id_number": id_number,
            "uscc": uscc,
            "phone": phone,
            "address": address,
            "facts": Jsonb(dict(facts or {})),
            "at": work.now,
        },
    )
    return UUID(str(rows[0]["id"]))


def get(work: Work, party_id: UUID) -> Row:
    """The party's row, masked."""
    row = work.one("select * from party where id = %s", (party_id,))
    if row is None:
        raise NotFound("没有这个当事人,或不在您的查看范围内")
    classes = {**PERSONAL, **({"name": "name"} if row["party_type"] == "person" else {})}
    return masking.masked_row(row, classes)


def correct(work: Work, party_id: UUID, version: int, *, source: str, columns: Mapping[str, str | None]) -> None:
    """Corrects name, phone, address or identity; `version` is the one that was read. Old and new are kept."""
    allowed = {"name", "id_number", "uscc", "phone", "address"}
    if not columns or not set(columns) <= allowed:
        raise KeyError(f"settable columns of party: {sorted(allowed)}")
    old = work.one("select * from party where id = %s for update", (party_id,))
    if old is None:
        raise NotFound("没有这个当事人,或不在您的查看范围内")
    if old["version"] != version:
        raise Stale("当事人信息已被他人修改", remedy="请刷新后核对再改")
    sets = ", ".join(f"{name} = %(c_{name})s" for name in columns)
    work.execute(
        f"update party set {sets}, version = version + 1 where id = %(id)s",
        {**{f"c_{name}": value for name, value in columns.items()}, "id": party_id},
    )
    changes = {name: [old[name], value] for name, value in columns.items() if old[name] != value}
    work.execute(
        """insert into fact_change (id, agency_id, category, subject_kind, subject_id, at, person_id, source, changes)
        values (%s, %s, %s, 'party', %s, %s, %s, %s, %s)""",
        (uuid7(), old["agency_id"], old["category"], party_id, work.now, work.person.id, source, Jsonb(changes)),
    )


def cases_of(work: Work, party_id: UUID, limit: int = 50) -> list[Row]:
    """The party's cases in scope, those of rows merged into it too, newest first: id, case_number, case_cause, case_status,
    created_at."""
    return work.rows(
        """select id, case_number, case_cause, case_status, created_at from enforcement_case
        where party_id = any(select p.id from party p where p.id = %(id)s or p.merged_into = %(id)s)
        order by created_at desc, id desc limit %(limit)s""",
        {"id": party_id, "limit": limit},
    )


def born(row: Mapping[str, Any]) -> date | None:
    """The day of birth of a person: as registered, else by places 7 to 14 of the ID number; None when unknown."""
    if row["party_type"] != "person":
        return None
    number = str(row["id_number"] or "")
    if row.get("birth_date") is not None or len(number) != 18:
        return cast("date | None", row.get("birth_date"))
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
