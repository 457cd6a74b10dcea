"""Rows that are known by numbers of their own (a ship by MMSI and IMO, a practitioner by certificate and ID card).

One row per identity within an agency and enforcement category; what is told later is added to it, old and new are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import Refusal
from kernel.ids import uuid7
from kernel.work import Work

# Table → (its Chinese name, columns that identify a row, the others).
TABLES: Final[Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    "ship": ("船舶", ("imo", "mmsi"), ("name", "ship_type", "transport_permit", "owner_id")),
    "practitioner": ("从业人员", ("certificate_no", "id_number"), ("name", "certificate_until", "employer_id")),
}


def keep(
    work: Work, table: str, *, agency_id: int, category: str, values: Mapping[str, object | None], source: str
) -> UUID:
    """The row with one of these identities, what is new in `values` added to it; a new row when none is known.

    Without any identity it is always a new row: equal names are not one thing. Two acts that bring the same new identity get
    one row. Refused when the identities belong to two rows. Values are already checked.
    """
    title, identities, others = TABLES[table]
    given = {name: value for name, value in values.items() if value not in (None, "")}
    if not given.keys() <= {*identities, *others}:
        raise KeyError(f"columns of {table}: {(*identities, *others)}")
    known = {name: given[name] for name in identities if name in given}
    for name in sorted(known):
        work.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{table}:{agency_id}:{name}:{known[name]}",)
        )
    rows = _with(work, table, agency_id, category, known) if known else []
    if len(rows) > 1:
        numbers = "、".join(str(value) for value in known.values())
        raise Refusal(f"{numbers} 分属登记簿中不同的{title}", remedy="请核对证书上的号码;登记有误的先更正登记")
    if not rows:
        return _insert(work, table, agency_id, category, given)
    row = rows[0]
    changes: dict[str, list[object]] = {name: [row[name], value] for name, value in given.items() if row[name] != value}
    if changes:
        sets = ", ".join(f"{name} = %({name})s" for name in changes)
        work.execute(f"update {table} set {sets}, version = version + 1 where id = %(id)s", {**given, "id": row["id"]})
        _remember(work, table, row["id"], agency_id, category, source, changes)
    return UUID(str(row["id"]))


def _with(
    work: Work, table: str, agency_id: int, category: str, known: Mapping[str, object]
) -> list[dict[str, object]]:
    """The rows that have one of the identities, each once: one indexed look-up per identity."""
    looks = " union ".join(
        f"select id from {table} where agency_id = %(agency)s and category = %(category)s and {name} = %({name})s"
        for name in known
    )
    return work.rows(
        f"select * from {table} where id in ({looks}) order by id for update",
        {"agency": agency_id, "category": category, **known},
    )


def _insert(work: Work, table: str, agency_id: int, category: str, given: Mapping[str, object]) -> UUID:
    id_ = uuid7()
    names = ["id", "agency_id", "category", "created_at", *given]
    work.execute(
        f"insert into {table} ({', '.join(names)}) values ({', '.join(['%s'] * len(names))})",
        (id_, agency_id, category, work.now, *given.values()),
    )
    return id_


def _remember(
    work: Work, table: str, id_: object, agency_id: int, category: str, source: str, changes: Mapping[str, list[object]]
) -> None:
    told = {name: [_plain(value) for value in both] for name, both in changes.items()}
    work.execute(
        """insert into fact_change (id, agency_id, category, subject_kind, subject_id, at, person_id, source, changes)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (uuid7(), agency_id, category, table, id_, work.now, work.person.id, source, Jsonb(told)),
    )


def _plain(value: object) -> object:
    return value if value is None else str(value)
