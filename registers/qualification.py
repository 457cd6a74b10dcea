"""Qualifications (执法资格): one record from an officer's application to the end of his certificate."""

from __future__ import annotations

from registers.record import Kind

KIND = Kind(
    name="qualification",
    label="资格",
    table="qualification",
    columns={
        "number": "text",
        "title": "text",
        "status": "text",
        "officer_id": "uuid",
        "certificate_id": "uuid",
        "admitted_at": "timestamptz",
        "issued_at": "timestamptz",
        "ended_at": "timestamptz",
    },
    codes="QUALIFICATION_STATUS",
    title=("certificate_no", "qualification_ground"),
    initial={"status": "applied"},
)
