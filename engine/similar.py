"""Service action: clues that may be the same matter – the same vehicle, ship, party or place at about the same time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kernel.work import LOCAL, Work
from registers import clue

if TYPE_CHECKING:
    from engine.actions import Context

_SHOWN = 10


def find_similar_clues(work: Work, context: Context) -> dict[str, Any]:
    """Facts `similar_count` and `similar_clues` (a line for each of the nearest ten); `days` before and after the matter."""
    facts, days = context.facts, int(context.parameters.get("days", "30"))
    told = facts.get("occurred_at") or facts.get("accepted_at")
    about = datetime.fromisoformat(str(told)) if told else work.now
    with work.transaction():
        rows = clue.similar(
            work,
            context.case_id,
            since=about - timedelta(days=days),
            until=about + timedelta(days=days),
            plate_no=facts.get("plate_no"),
            ship_name=facts.get("ship_name"),
            party_name=facts.get("org_name") or facts.get("party_name"),
            place=facts.get("violation_place"),
            about=about,
        )
    return {"similar_count": len(rows), "similar_clues": "\n".join(_line(row) for row in rows[:_SHOWN]) or None}


def _line(row: dict[str, Any]) -> str:
    when = row["occurred_at"] or row["created_at"]
    what = "、".join(str(row[key]) for key in ("number", "title", "plate_no", "ship_name", "place") if row[key])
    return f"{when.astimezone(LOCAL):%Y-%m-%d %H:%M} {what}"
