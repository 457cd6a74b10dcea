"""Vehicles: one row per plate and plate colour within an agency and enforcement category."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import NotFound
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers.terms import normal


def find_or_insert(
    work: Work,
    *,
    agency_id: int,
    category: str,
    plate: str,
    plate_color: str,
    facts: Mapping[str, object] | None = None,
) -> UUID:
    """The vehicle with this plate; a new one when unknown; new `facts` are added to it. One statement, one round trip.

    `plate_color` is a code of PLATE_COLOR. The plate is already checked (content.elements); spelling is made uniform here.
    """
    rows = work.rows(
        """insert into vehicle (id, agency_id, category, plate, plate_color, facts, created_at)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (agency_id, category, plate, plate_color) do update
        set facts = vehicle.facts || excluded.facts,
          version = vehicle.version + (vehicle.facts || excluded.facts <> vehicle.facts)::int returning id""",
        (uuid7(), agency_id, category, normal(plate), plate_color, Jsonb(dict(facts or {})), work.now),
    )
    return UUID(str(rows[0]["id"]))


def get(work: Work, vehicle_id: UUID) -> Row:
    """The vehicle's row."""
    row = work.one("select * from vehicle where id = %s", (vehicle_id,))
    if row is None:
        raise NotFound("没有这辆车,或不在您的查看范围内")
    return row


def by_plate(work: Work, plate: str) -> list[Row]:
    """The rows of this plate in scope (one per agency, category and colour)."""
    return work.rows("select * from vehicle where plate = %s order by created_at, id", (normal(plate),))


def cases_of(work: Work, vehicle_id: UUID, limit: int = 50) -> list[Row]:
    """The vehicle's cases in scope, newest first."""
    return work.rows(
        """select id, case_number, case_cause, case_status, created_at from enforcement_case where vehicle_id = %s
        order by created_at desc, id desc limit %s""",
        (vehicle_id, limit),
    )
