"""Weighings in motion: one row per device and record number, typed for searching; what cannot count as evidence is kept and says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from kernel import sm3
from kernel.work import Row, Work

_COLUMNS: Mapping[str, str] = {
    "id": "uuid", "weighed_at": "timestamptz", "agency_id": "int", "category": "text", "device_id": "uuid", "check_no": "text",
    "site_code": "text", "lane_no": "int", "plate_no": "text", "plate_rear": "text", "plate_color": "text", "vehicle_type": "text",
    "axle_count": "int", "is_train": "boolean", "single_drive": "boolean", "gross_kg": "int", "limit_kg": "int", "over_kg": "int",
    "over_rate": "numeric", "speed_kmh": "numeric", "length_mm": "int", "width_mm": "int", "height_mm": "int", "axle_kg": "int[]",
    "measure_kind": "text", "is_backfill": "boolean", "drift_ms": "bigint", "is_usable": "boolean", "reasons": "text[]",
    "verification_certificate_no": "text", "digest": "bytea", "raw": "jsonb", "received_at": "timestamptz",
}  # fmt: skip
_SHOWN = """id, weighed_at, agency_id, category, device_id, check_no, site_code, lane_no, plate_no, plate_rear, plate_color, vehicle_type,
axle_count, is_train, gross_kg, limit_kg, over_kg, over_rate, speed_kmh, measure_kind, is_backfill, is_usable, reasons,
verification_certificate_no, received_at, subject_id"""


def digest(raw: bytes) -> bytes:
    """SM3 of a record's bytes."""
    return sm3.digest(raw)


def known(work: Work, device_id: UUID, check_nos: Iterable[str]) -> dict[str, bytes]:
    """Record number → digest, of those that the device sent before."""
    rows = work.rows(
        "select check_no, digest from weigh_pass where device_id = %s and check_no = any(%s)",
        (device_id, list(check_nos)),
    )
    return {row["check_no"]: bytes(row["digest"]) for row in rows}


def insert(work: Work, passes: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Adds passes in one statement; the ids of those that are new. `files`: kind → SHA-256 in hexadecimal."""
    if not passes:
        return set()
    document = orjson.dumps([_plain(one) for one in passes], default=str).decode()
    columns = ", ".join(_COLUMNS)
    typed = ", ".join(_read(name, kind) for name, kind in _COLUMNS.items())
    rows = work.rows(
        f"""insert into weigh_pass ({columns}) select {typed} from jsonb_array_elements(%s::jsonb) as e(e)
        on conflict (device_id, check_no, weighed_at) do nothing returning id""",
        (document,),
    )
    fresh = {UUID(str(row["id"])) for row in rows}
    files = [
        (one["agency_id"], one["category"], one["weighed_at"], one["id"], kind, bytes.fromhex(value))
        for one in passes
        if one["id"] in fresh
        for kind, value in one["files"].items()
    ]
    for file in files:
        work.execute(
            "insert into weigh_pass_file (agency_id, category, weighed_at, pass_id, kind, sha256) values (%s, %s, %s, %s, %s, %s)",
            file,
        )
    return fresh


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: one[name].hex() if name == "digest" else [str(v) for v in one[name]] if name == "reasons" else one[name]
        for name in _COLUMNS
    }


def _read(name: str, kind: str) -> str:
    if kind == "bytea":
        return f"decode(e ->> '{name}', 'hex')"
    if kind == "jsonb":
        return f"e -> '{name}'"
    if kind.endswith("[]"):
        return f"array(select jsonb_array_elements_text(e -> '{name}'))::{kind}"
    return f"(e ->> '{name}')::{kind}"


def at(work: Work, weighed_at: datetime, pass_id: UUID) -> Row | None:
    """One pass by its whole key."""
    return work.one("select * from weigh_pass where weighed_at = %s and id = %s", (weighed_at, pass_id))


def files(work: Work, weighed_at: datetime, pass_id: UUID) -> list[Row]:
    """The files that a pass names; `size` and `sm3` are empty until they have arrived."""
    return work.rows(
        """select f.kind, f.sha256, d.sm3, d.size, d.media_type from weigh_pass_file f left join device_file d on d.sha256 = f.sha256
        where f.weighed_at = %s and f.pass_id = %s order by f.kind""",
        (weighed_at, pass_id),
    )


def link(work: Work, weighed_at: datetime, pass_id: UUID, subject_id: UUID) -> None:
    """The clue or case that came of a pass."""
    work.execute(
        "update weigh_pass set subject_id = %s where weighed_at = %s and id = %s", (subject_id, weighed_at, pass_id)
    )


def page(
    work: Work, limit: int, after: tuple[datetime, UUID] | None, *, plate_no: str | None = None, over: bool = False
) -> list[Row]:
    """Passes in scope, newest first, after this time and id."""
    scope = list(work.person.scope)
    limits = "and (weighed_at, id) < (%(at)s, %(id)s)" if after else ""
    only = ("and plate_no = %(plate)s " if plate_no else "") + ("and over_kg > 0" if over else "")
    agencies = "agency_id = any(%(agencies)s)"
    when, id_ = after or (None, None)
    return work.rows(
        f"select {_SHOWN} from weigh_pass where {agencies} {limits} {only} order by weighed_at desc, id desc limit %(limit)s",
        {"agencies": scope, "at": when, "id": id_, "plate": plate_no, "limit": limit},
    )
