"""Ships (营运船舶): one row per IMO number or MMSI within an agency and enforcement category."""

from __future__ import annotations

from uuid import UUID

from content import identity
from kernel.errors import InvalidAnswers, NotFound
from kernel.work import Row, Work
from registers import identified


def keep(
    work: Work,
    *,
    agency_id: int,
    category: str,
    name: str,
    mmsi: str | None = None,
    imo: str | None = None,
    ship_type: str | None = None,
    transport_permit: str | None = None,
    owner_id: UUID | None = None,
    source: str = "register",
) -> UUID:
    """The ship with this IMO number or MMSI, what is new added to it; a new row when unknown. Raises `InvalidAnswers`.

    `transport_permit`: the number of its 船舶营业运输证. `owner_id`: the party that runs it.
    """
    mmsi = identity.normal(mmsi) if mmsi else None
    imo = identity.normal(imo).removeprefix("IMO") if imo else None
    wrong = {
        "mmsi": identity.ship_mmsi(mmsi) if mmsi else None,
        "imo": identity.imo(imo) if imo else None,
        "name": None if name.strip() else "请填写船名",
    }
    if fields := {key: why for key, why in wrong.items() if why}:
        raise InvalidAnswers(fields)
    values = {"name": name.strip(), "mmsi": mmsi, "imo": imo, "ship_type": ship_type}
    return identified.keep(
        work,
        "ship",
        agency_id=agency_id,
        category=category,
        values={**values, "transport_permit": transport_permit, "owner_id": owner_id},
        source=source,
    )


def get(work: Work, ship_id: UUID) -> Row:
    """The ship's row."""
    row = work.one("select * from ship where id = %s", (ship_id,))
    if row is None:
        raise NotFound("没有这艘船,或不在您的查看范围内")
    return row


def find(work: Work, text: str) -> list[Row]:
    """Ships in scope by MMSI, IMO number or exact name, at most 50."""
    number = identity.normal(text).removeprefix("IMO")
    column = (
        "mmsi" if len(number) == 9 and number.isdigit() else "imo" if len(number) == 7 and number.isdigit() else "name"
    )
    return work.rows(
        f"select * from ship where agency_id = any(%s) and {column} = %s order by created_at desc limit 50",
        (list(work.person.scope), text.strip() if column == "name" else number),
    )


def of_party(work: Work, party_id: UUID, limit: int = 200) -> list[Row]:
    """The ships that a party runs, at most `limit`."""
    return work.rows("select * from ship where owner_id = %s order by name, id limit %s", (party_id, limit))


def cases_of(work: Work, ship_id: UUID, limit: int = 50) -> list[Row]:
    """The ship's cases in scope, newest first."""
    return work.rows(
        """select id, case_number, case_cause, case_status, created_at from enforcement_case where ship_id = %s
        order by created_at desc, id desc limit %s""",
        (ship_id, limit),
    )
