"""Clues (线索): what may be a violation, from whatever source, until it is verified and filed, refused or transferred."""

from __future__ import annotations

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
