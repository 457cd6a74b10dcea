"""Clues (线索): what may be a violation, from whatever source, until it is verified and filed, refused or transferred."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kernel.work import Row, Work
from registers.record import Kind

KIND = Kind(
    name="clue",
    label="线索",
    table="clue",
    columns={
        "number": "text",
        "title": "text",
        "status": "text",
        "source": "text",
        "occurred_at": "timestamptz",
        "place": "text",
        "plate_no": "text",
        "plate_color": "text",
        "ship_name": "text",
        "party_name": "text",
        "confidential": "boolean",
        "closed_at": "timestamptz",
    },
    codes="CLUE_STATUS",
    title=("clue_title", "case_cause", "plate_no", "ship_name", "org_name", "party_name"),
    initial={"status": "pending"},
)


_SIMILAR = """select id, number, title, status, plate_no, ship_name, place, occurred_at, created_at from clue
where id <> %(me)s and agency_id = any(%(scope)s) and coalesce(occurred_at, created_at) between %(since)s and %(until)s
and (plate_no = %(plate)s or ship_name = %(ship)s or party_name = %(party)s)
order by coalesce(occurred_at, created_at) desc, id desc limit 100"""


def similar(
    work: Work,
    subject_id: UUID,
    *,
    since: datetime,
    until: datetime,
    plate_no: str | None,
    ship_name: str | None,
    party_name: str | None,
) -> list[Row]:
    """Other clues of the scope about the same vehicle, ship or party in this time, the latest first; at most a hundred."""
    if not (plate_no or ship_name or party_name):
        return []
    asked = {"plate": plate_no, "ship": ship_name, "party": party_name, "since": since, "until": until}
    return work.rows(_SIMILAR, {**asked, "me": subject_id, "scope": list(work.person.scope)})
