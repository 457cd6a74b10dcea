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
    owner_id: UUID | None = None,
    transport_permit: str | None = None,
) -> UUID:
    """The vehicle with this plate; a new one when unknown; what is new is added to it. One statement, one round trip.

    `owner_id`: the party that runs it. `transport_permit`: the number of its 道路运输证. `plate_color` is a code of PLATE_COLOR. The plate is already checked (content.elements); spelling is made uniform here.
    """
    rows = work.rows(
        """insert into vehicle as old (id, agency_id, category, plate, plate_color, facts, created_at, owner_id, transport_permit)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (agency_id, category, plate, plate_color) do update
        set facts = old.facts || excluded.facts, owner_id = coalesce(excluded.owner_id, old.owner_id),
          transport_permit = coalesce(excluded.transport_permit, old.transport_permit),
          version = old.version + ((old.facts || excluded.facts, coalesce(excluded.owner_id, old.owner_id),
            coalesce(excluded.transport_permit, old.transport_permit))
            is distinct from (old.facts, old.owner_id, old.transport_permit))::int returning id""",
        (
            uuid7(),
            agency_id,
            category,
            normal(plate),
            plate_color,
            Jsonb(dict(facts or {})),
            work.now,
            owner_id,
            transport_permit,
        ),
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


def of_party(work: Work, party_id: UUID, limit: int = 200) -> list[Row]:
    """The vehicles that a party runs, at most `limit`."""
    return work.rows("select * from vehicle where owner_id = %s order by plate, id limit %s", (party_id, limit))


def cases_of(work: Work, vehicle_id: UUID, limit: int = 50) -> list[Row]:
    """The vehicle's cases in scope, newest first."""
    return work.rows(
        """select id, case_number, case_cause, case_status, created_at from enforcement_case where vehicle_id = %s
        order by created_at desc, id desc limit %s""",
        (vehicle_id, limit),
    )
