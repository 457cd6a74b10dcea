"""What risk rules read of evidence, of records of acts and of papers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from engine.risk_matter import Given, Matter, blank, instant_of, plain, required


# ── evidence and records ─────────────────────────────────────────────────────────────────────────────────────────────
def _evidence(m: Matter) -> list[dict[str, Any]]:
    approved = m.done("report")
    found = []
    for row in m.evidence:
        facts, device = row["facts"] or {}, row.get("registered")
        known = {**(device or {}), **facts}  # what is told with the evidence itself goes before the register
        corrected = row["corrected_at"]
        found.append(
            {
                "id": str(row["id"]),
                "kind": row["kind"],
                "sm3": row["sm3"],
                "timestamped": row["received_at"] is not None,
                "hash_ok": row["checked"] != "damaged",
                "changed_after_approval": bool(approved and corrected and corrected > approved),
                "offsite": facts.get("offsite", device is not None) is True,
                "device_id": row["device"],
                "captured_at": instant_of(row["taken_at"] or row["received_at"]),
                "verification_valid_to": _day(facts.get("verification_valid_to", known.get("valid_to"))),
                "legal_tech_reviewed_on": _day(facts.get("legal_tech_reviewed_on", known.get("reviewed_on"))),
                "published_on": _day(known.get("published_on")),
            }
        )
    return found


def _day(value: object) -> date | None:
    at = instant_of(value)
    return at.date() if at else None


def _recorded_acts(m: Matter) -> list[dict[str, Any]]:
    """Acts that must be filmed, with the films taken while they went on."""
    films = [row for row in m.evidence if row["media_type"].startswith(("video/", "audio/")) and row["taken_at"]]
    acts = []
    hearing = (m.instant("hearing_started_at"), m.instant("hearing_ended_at"))
    served = m.instant("served_at")
    if hearing[0] and hearing[1]:
        acts.append(("hearing", *hearing))
    if served and m.text("service_method") in ("left", "public_notice"):
        acts.append(("service", served - timedelta(hours=1), served + timedelta(hours=1)))
    found = []
    for kind, begin, end in acts:
        own = [f for f in films if begin - timedelta(hours=1) <= f["taken_at"] <= end]  # type: ignore[operator]
        until = [instant_of((f["facts"] or {}).get("ended_at")) for f in own]
        known = [at for at in until if at is not None]
        covered = max(known) >= end if known and kind == "hearing" else None  # type: ignore[operator]
        found.append({"kind": kind, "must_record": True, "has_video": bool(own), "covered": covered})
    return found


def _interviews(m: Matter) -> list[dict[str, Any]]:
    kinds = {"interview", *m.roles.get("interview_paper", "").split()}
    return [
        {
            "id": str(row["id"]),
            "officer": officer,
            "started_at": row["started_at"],
            "ended_at": row["ended_at"],
            "of_case": str(row["case_id"]) == str(m.place["subject_id"]),
        }
        for row in m.records
        if row["kind"] in kinds
        for officer in row["officers"] or []
    ]


def _two_places(m: Matter) -> bool:
    """One officer of this case in two places of different cases at once."""
    mine = [r for r in m.records if r["case_id"] == m.place["subject_id"]]
    others = [r for r in m.records if r["case_id"] != m.place["subject_id"]]
    return any(
        set(a["officers"] or []) & set(b["officers"] or [])
        and a["started_at"] < b["ended_at"]
        and b["started_at"] < a["ended_at"]
        and plain(str(a["place"] or "")) != plain(str(b["place"] or ""))
        for a in mine
        for b in others
    )


def _paper_list(m: Matter) -> list[dict[str, Any]]:
    """Papers with what is told of their signing and sealing."""
    found = []
    for row in m.contexts:
        form, context = m.template(row), row["context"]
        asked = [f for f in form.fields.values() if f.type == "signature" and f.element in m.release.elements]
        told = [f for f in form.fields.values() if "refusal" in f.key]
        witness = [f for f in asked if "witness" in f.key]
        others = [f for f in asked if f not in witness and (f.required or required(f.required_if, context))]
        found.append(
            {
                "code": row["kind"],
                "issued": row["state"] in ("issued", "served"),
                "unsigned": bool(others) and not any(_told(m, context, f) for f in others),
                "refusal_noted": any(_told(m, context, f) for f in told),
                "witness_signed": any(_told(m, context, f) for f in witness),
                "seal_required": form.seal not in ("", "none"),
                "sealed": row["seal"] is not None,
            }
        )
    return found


def _told(m: Matter, context: Mapping[str, Any], field: Any) -> bool:
    """Whether the paper has it, or a form told it afterwards: a paper is made first and signed when it is handed over.

    Of signatures only those count that a form asks for: what is signed by hand on the print alone is told nowhere.
    """
    return not blank(context, field.key) or bool(m.text(field.element or ""))


NAMES: Final[Mapping[str, Given]] = {
    "paper_list": Given(_paper_list, ("code", "issued", "unsigned", "refusal_noted", "witness_signed", "seal_required", "sealed"), reads=("context",)),
    "evidence": Given(
        _evidence,
        ("id", "kind", "sm3", "timestamped", "hash_ok", "changed_after_approval", "offsite", "device_id", "captured_at",
         "verification_valid_to", "legal_tech_reviewed_on", "published_on"),
        reads=("evidence",),
    ),
    "recorded_acts": Given(_recorded_acts, ("kind", "must_record", "has_video", "covered"), reads=("evidence",)),
    "interviews": Given(_interviews, ("id", "officer", "started_at", "ended_at", "of_case"), around=("records",)),
    "officer_in_two_places": Given(_two_places, around=("records",)),
}  # fmt: skip
