"""What risk rules read of coercive measures, of goods on the ledger, and of the devices that took the evidence.

A measure is a proceeding that has taken goods: it has an instant at which it was taken (`measure_taken_at`). What it says of
itself is its own (`process_instance.own`); at a step of it, what the step has just learned. Everything comes with the one
statement of engine/shelf.py; what the records do not tell is null.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from engine import clocks
from engine import property as ledger
from engine.rulebook import deadlines
from kernel.work import LOCAL, Row

Json = dict[str, Any]
TAKEN, LISTED = "measure_taken_at", "seized_items"
# Level of the basis, as the form asks for it → kind of law, as the law base has it.
_KINDS: Final[Mapping[str, str]] = {"law": "1", "administrative_regulation": "2", "local_regulation": "4"}
_OTHER_KIND: Final = "3"
_GONE: Final = ("return", "hand_over")  # movements whose papers decide what becomes of the goods


def _rows(matter: Any, what: str) -> Iterator[Row]:
    return (row for row in matter.history if row["what"] == what)


# ── measures ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _measures(matter: Any) -> list[Json]:
    here = matter.place.get("id")
    found = [
        _measure(matter, matter.facts if UUID(row["more"]["id"]) == here else row["more"]["own"], row["more"])
        for row in _rows(matter, "measure")
    ]
    known = any(UUID(row["more"]["id"]) == here for row in _rows(matter, "measure"))
    if not known and matter.role == "measure" and matter.facts.get(TAKEN):  # it is being taken now
        found.append(_measure(matter, matter.facts, {"id": str(here), "approved_at": None, "clocks": []}))
    return found


def _measure(matter: Any, facts: Mapping[str, Any], more: Mapping[str, Any]) -> Json:
    level = facts.get("measure_basis_level")
    approved = more["approved_at"] or (
        matter.done("measure_approval") if more["id"] == str(matter.place.get("id")) else None
    )
    granted = [one for clock in more["clocks"] for one in clock["extensions"]]
    return {
        "id": more["id"],
        "started_at": _moment(facts.get(TAKEN)),
        "approved_at": _moment(approved) if facts.get("measure_approved") is True else None,
        "emergency": facts.get("measure_emergency"),
        "law_kind": _KINDS.get(str(level), _OTHER_KIND) if level else None,
        "item_allows": None,  # the items tell it in words only
        "basis_added": bool(facts.get("measure_basis")),
        "delegated": facts.get("measure_entrusted"),
        "extensions": len(granted),
        "extension_days": sum(int(one["count"]) for one in granted),
        "extended_on": max((date.fromisoformat(one["granted_on"][:10]) for one in granted), default=None),
        "original_due": _first_due(matter, more["clocks"]),
    }


def _moment(value: object) -> datetime | None:
    """An instant of the records; a form may give it without an offset."""
    if value in (None, ""):
        return None
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at.astimezone(LOCAL) if at.tzinfo else at.replace(tzinfo=LOCAL)


def _first_due(matter: Any, rows: list[Json]) -> date | None:
    """The day on which the period ended before it was lengthened."""
    if not rows:
        return None
    row = {**rows[-1], "closed_at": None}
    clock = dataclasses.replace(clocks.as_clock(matter.rules, row, {}), extensions=())
    due = deadlines.due(clock, matter.calendar, matter.work.now).due
    return clocks.end_instant(due).date()


# ── goods ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _properties(matter: Any) -> list[Json]:
    rules = ledger.rules_of(matter.release)
    deciding = {code for name in _GONE if name in rules.movements for code in rules.movements[name].papers}
    found = [
        {
            "id": row["more"]["id"],
            "status": _status(row),
            "disposal_decided": bool(deciding & set(row["more"]["papers"])),
            "forbidden_class": row["more"]["class"] in rules.forbidden,
            "out_without_approval": False,  # the ledger takes no such movement
            "mileage_gap_km": row["more"]["mileage"],
            "condition": ("damaged" if row["more"]["damaged"] else "good") if _status(row) == "in_custody" else None,
            "keeping_fee_charged": None,
        }
        for row in _rows(matter, "property")
    ]
    entered = {row["more"]["instance"] for row in _rows(matter, "property")}
    if str(matter.place.get("id")) not in entered and matter.role == "measure":  # listed, not yet on the ledger
        listed = matter.facts.get(LISTED) or []
        found += [{"id": None, "forbidden_class": one.get("item_class") in rules.forbidden} for one in listed]
    return found


def _status(row: Row) -> str:
    """Samples are used up by the examination: they wait for no decision."""
    held = row["state"] in ("seized", "stored", "lent") and row["more"]["basis"] != "sampled"
    return "in_custody" if held else str(row["state"])


def _equipment(matter: Any) -> list[Json]:
    return [
        {
            "id": row["more"]["id"],
            "status": "in_use" if row["state"] == "active" else "stopped",
            "verification_valid_to": _day(row["more"]["valid_to"]),
            "scrap_on": _day(row["more"]["scrap_on"]),
        }
        for row in _rows(matter, "equipment")
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


# Name → how it is worked out, its members, the parts of the shelf it rests on, facts of which a form must ask one.
NAMES: Final[Mapping[str, tuple[Callable[[Any], Any], tuple[str, ...], tuple[str, ...], tuple[str, ...]]]] = {
    "measures": (
        _measures,
        ("id", "started_at", "approved_at", "emergency", "law_kind", "item_allows", "basis_added", "delegated", "extensions",
         "extension_days", "extended_on", "original_due"),
        ("measure",),
        (TAKEN,),
    ),
    "properties": (
        _properties,
        ("id", "status", "disposal_decided", "forbidden_class", "out_without_approval", "mileage_gap_km", "condition",
         "keeping_fee_charged"),
        ("property",),
        (LISTED,),
    ),
    "equipment": (_equipment, ("id", "status", "verification_valid_to", "scrap_on"), ("equipment",), ()),
}  # fmt: skip
