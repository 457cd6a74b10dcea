"""The calendar of an agency: the nation's with 调休, and over it the days of its province.

A province's days come from `rules/provinces/<code>/calendar/*.yaml` of the release and, over them, from what was published
by verb: dated, versioned, never changed. They count for that province's agencies only; its open clocks are recomputed when
a version is published late, with the cases that moved and why.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from engine.rulebook.calendars import Calendar, SpecialDay
from engine.rules import Rules
from kernel.work import Row, Work

_FRESH_SECONDS = 3.0
_OF_AGENCY = """select left(a.code, 2) || '0000' as division, c.id, c.year, c.version, c.days, c.effective_from from agency a
left join province_calendar c on c.division = left(a.code, 2) || '0000' where a.id = %s order by c.year, c.version"""
# (database, agency) → (when read, division, versions published for it)
_known: dict[tuple[str, int], tuple[float, str, list[Row]]] = {}


def of_agency(work: Work, book: Rules, agency_id: int, *, without: UUID | None = None) -> Calendar:
    """The calendar for an agency now; `without`: as it was before this version was published. In an open transaction."""
    division, versions = _versions(work, agency_id)
    counting = {
        row["year"]: row for row in versions if row["effective_from"] <= work.now and row["id"] != without
    }  # later versions come later
    days = tuple(day for year in sorted(counting) for day in _days(counting[year]["days"]))
    own = book.province_days(division)
    return _over(book, own, days) if own or days else book.calendar


def _versions(work: Work, agency_id: int) -> tuple[str, list[Row]]:
    place = (work.node.db.dsn, agency_id)
    found = _known.get(place)
    if found is None or time.monotonic() - found[0] > _FRESH_SECONDS:
        rows = work.rows(_OF_AGENCY, (agency_id,))
        division = rows[0]["division"] if rows else ""
        found = _known[place] = (time.monotonic(), division, [row for row in rows if row["id"] is not None])
    return found[1], found[2]


def forget() -> None:
    """After a publication: the next asking reads anew."""
    _known.clear()


def _days(kept: Sequence[Mapping[str, Any]]) -> list[SpecialDay]:
    return [SpecialDay(date.fromisoformat(d["day"]), d["working"], d["name"], d["source"]) for d in kept]


@functools.lru_cache(maxsize=64)
def _over(book: Rules, own: tuple[SpecialDay, ...], days: tuple[SpecialDay, ...]) -> Calendar:
    national = book.calendar
    return Calendar(national.years, [*national.special.values(), *own, *days])
