"""What risk rules read of single acts as their forms tell them: enforcing, acting elsewhere, commissioning, transfer, indicators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from engine.risk_matter import ANY, Given, Matter


def _holiday(m: Matter) -> bool | None:
    begin = m.instant("enforce_started_at")
    if begin is None:
        return None
    entry = m.calendar.special.get(begin.date())
    return entry is not None and not entry.working


def _in_jurisdiction(m: Matter) -> bool | None:
    """Whether the place of the act lies in the divisions of the agency: those on file, else its own with all below it."""
    told = m.text("act_area_code")
    if told is None:
        return None
    listed = (m.agency.get("facts") or {}).get("jurisdiction_codes")
    own = listed if isinstance(listed, list) else [str(m.agency.get("code") or "")[:6]]
    return any(told.startswith(_trunk(str(code))) for code in own)


def _trunk(code: str) -> str:
    """A division's code without the levels that it leaves open (GB/T 2260)."""
    while code.endswith("00"):
        code = code[:-2]
    return code


def _declined(m: Matter) -> datetime | None:
    """When it was decided not to transfer the case to the police."""
    return m.done("criminal_transfer_approval") if m.true("transfer_approved") is False else None


def _indicators(m: Matter) -> list[dict[str, Any]]:
    rows = m.facts.get("evaluation_indicators") or []
    return [
        {
            "name": f"{row.get('indicator_parent') or ''}{row.get('indicator_name') or ''}",
            "standard": row.get("indicator_standard"),
        }
        for row in rows
        if isinstance(row, dict)
    ]


NAMES: Final[Mapping[str, Given]] = {
    "enforcement_started_at": Given(lambda m: m.instant("enforce_started_at"), (ANY,), needs=("enforce_started_at",)),
    "enforcement_ended_at": Given(lambda m: m.instant("enforce_ended_at"), (ANY,), needs=("enforce_ended_at",)),
    "enforcement_on_holiday": Given(_holiday, needs=("enforce_started_at",)),
    "enforcement_urgent": Given(lambda m: m.true("enforce_urgent"), needs=("enforce_urgent",)),
    "immediate_substitute": Given(lambda m: m.text("substitute_mode") == "immediate", needs=("substitute_mode",)),
    "act_in_jurisdiction": Given(_in_jurisdiction, reads=("agency",), needs=("act_area_code",)),
    "assistance_letter": Given(lambda m: m.text("assistance_letter_no") is not None, needs=("assistance_letter_no",)),
    "appraisal_commissioned": Given(lambda m: m.done("examination_request") is not None, needs=("examination_institution",)),
    "oral_notice_given": Given(lambda m: m.true("oral_notice_confirm"), needs=("oral_notice_confirm",)),
    "transfer_declined_at": Given(_declined, needs=("transfer_approved",)),
    "performance_items": Given(_indicators, ("name", "standard"), needs=("evaluation_indicators",)),
}  # fmt: skip
