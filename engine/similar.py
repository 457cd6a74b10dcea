"""Service action: clues that may be the same matter – the same vehicle, ship, party or place at about the same time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from content.releases import Release
from engine import parameters
from kernel.work import LOCAL, Work
from registers import clue

if TYPE_CHECKING:
    from engine.actions import Context

_SHOWN = 10


def find_similar_clues(work: Work, context: Context) -> dict[str, Any]:
    """Facts `similar_count` and `similar_clues` (a line for each of the nearest ten); `days`: the parameter that
    says how many before and after the matter. It decides nothing, so that nobody is told when it is unconfirmed."""
    facts = context.facts
    told = facts.get("occurred_at") or facts.get("accepted_at")
    about = datetime.fromisoformat(str(told)) if told else work.now
    with work.transaction():
        days = days_around(work, context.release, context.agency_id, context.parameters.get("days", ""))
        rows = clue.similar(
            work,
            context.case_id,
            since=about - days,
            until=about + days,
            plate_no=facts.get("plate_no"),
            ship_name=facts.get("ship_name"),
            party_name=facts.get("org_name") or facts.get("party_name"),
            place=facts.get("violation_place"),
            about=about,
        )
    return {"similar_count": len(rows), "similar_clues": "\n".join(_line(row) for row in rows[:_SHOWN]) or None}


def days_around(work: Work, release: Release, agency_id: int, key: str = "similar_days") -> timedelta:
    """How far before and after a matter another may be the same, by the parameter in force; in an open transaction."""
    return timedelta(days=int(parameters.counted(work, release, agency_id, key).value))


def _line(row: dict[str, Any]) -> str:
    when = row["occurred_at"] or row["created_at"]
    row = clue.shown(row, plain=False)  # it is kept with the facts, whoever reads them
    what = "、".join(str(row[key]) for key in ("number", "title", "plate_no", "ship_name", "place") if row[key])
    return f"{when.astimezone(LOCAL):%Y-%m-%d %H:%M} {what}"
