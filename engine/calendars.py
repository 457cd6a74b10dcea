"""The calendar of an agency: the nation's with 调休, and over it the days of its province.

A province's days come from `rules/provinces/<code>/calendar/*.yaml` of the release and, over them, from what was published
by verb: dated, versioned, never changed. They count for that province's agencies only; its open clocks are recomputed when
a version is published late, with the cases that moved and why.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from engine import recompute, release_store
from engine.rulebook.calendars import BadCalendar, Calendar, SpecialDay, load_calendar
from engine.rules import Rules, rules
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers
from kernel.ids import uuid7
from kernel.work import Row, Work

_FRESH_SECONDS = 3.0
_OF_AGENCY = """select left(a.code, 2) || '0000' as division, c.id, c.year, c.version, c.days, c.effective_from from agency a
left join province_calendar c on c.division = left(a.code, 2) || '0000' where a.id = %s order by c.year, c.version"""
_DIVISION = re.compile(r"[1-9]\d0000\Z")
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


@command(may="calendar.publish", subject="division")
def publish_calendar(
    work: Work,
    division: str,
    year: int,
    days: Sequence[Mapping[str, Any]],
    ground: str,
    effective_from: datetime | None = None,
) -> dict[str, Any]:
    """Publishes a province's own days of one year: [{day, working, name, source}]; they replace its earlier version.

    `division`: GB/T 2260 of the province (440000). `ground`: the announcement. The province's open clocks are recomputed
    when it takes effect (now, or `effective_from`). Refuses days outside the year, twice, or without name and source.
    """
    if not _DIVISION.match(division):
        raise InvalidAnswers({"division": "请填写省级行政区划代码(GB/T 2260,六位,后四位为零),如 440000"})
    agencies = work.rows(
        "select id from agency where left(code, 2) = %s order by cardinality(path) limit 1", (division[:2],)
    )
    if not agencies:
        raise InvalidAnswers({"division": f"本节点没有 {division} 的机构"})
    permissions.demand(work, "calendar.publish", agencies[0]["id"])
    if not ground.strip():
        raise InvalidAnswers({"ground": "请填写公布文件(名称、文号)"})
    kept = checked(year, days)
    row = work.one(
        "select coalesce(max(version), 0) + 1 as version from province_calendar where division = %s and year = %s",
        (division, year),
    )
    version, id_ = (row or {})["version"], uuid7()
    at = effective_from or work.now
    work.execute(
        """insert into province_calendar (id, division, year, version, days, ground, effective_from, published_by, published_at)
        values (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s)""",
        (id_, division, year, version, orjson.dumps(kept).decode(), ground.strip(), at, work.person.id, work.now),
    )
    work.after_commit.append(forget)
    forget()
    release = release_store.current(work)
    reason = f"{division} 公布 {year} 年地方休息日、工作日({ground.strip()})"
    asked = recompute.after_calendar(work, release, division, id_, reason, max(at, work.now))
    return {
        "id": str(id_),
        "division": division,
        "year": year,
        "version": version,
        "days": len(kept),
        "recompute": str(asked),
    }


def checked(year: int, days: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The days as they are stored. Raises `InvalidAnswers` naming the entry."""
    groups = []
    for number, entry in enumerate(days):
        where = f"days[{number}]"
        try:
            day = entry["day"] if type(entry["day"]) is date else date.fromisoformat(str(entry["day"]))
        except (KeyError, ValueError):
            raise InvalidAnswers({where: "day 应为日期,如 2026-04-20"}) from None
        if day.year != year:
            raise InvalidAnswers({where: f"{day} 不在 {year} 年"})
        if not str(entry.get("name") or "").strip() or not str(entry.get("source") or "").strip():
            raise InvalidAnswers({where: "须写明 name(名称)和 source(依据文件)"})
        if not isinstance(entry.get("working"), bool):
            raise InvalidAnswers({where: "working 应为 true(上班)或 false(休息)"})
        groups.append(
            {"name": str(entry["name"]), "source": str(entry["source"]), "working": entry["working"], "days": [day]}
        )
    found = [g["days"][0] for g in groups]
    if len(set(found)) != len(found):
        raise InvalidAnswers({"days": "同一天写了两次"})
    try:
        load_calendar([{"extra": groups}])
    except BadCalendar as error:
        raise InvalidAnswers({"days": str(error)}) from error
    return [
        {"day": g["days"][0].isoformat(), "working": g["working"], "name": g["name"], "source": g["source"]}
        for g in groups
    ]


def province_calendars(work: Work, division: str | None = None) -> list[dict[str, Any]]:
    """Every version published for provinces, the newest first: days, ground, since when, by whom."""
    permissions.demand(work, "law.read")
    with work.transaction():
        return work.rows(
            """select id, division, year, version, days, ground, effective_from, published_by, published_at from province_calendar
            where %(division)s::text is null or division = %(division)s order by published_at desc, id desc limit 200""",
            {"division": division},
        )


def calendar_year(work: Work, agency_id: int, year: int) -> dict[str, Any]:
    """The days of a year that differ from the plain week, as they count for one agency, each with its reason and source."""
    permissions.demand(work, "law.read")
    if not 1990 <= year <= 2120:
        raise InvalidAnswers({"year": "年份应在 1990 至 2120 之间"})
    with work.transaction():
        book = rules(release_store.current(work))
        calendar = of_agency(work, book, agency_id)
    days = [
        {"day": day.isoformat(), "working": entry.working, "name": entry.name, "source": entry.source,
         "province": book.calendar.special.get(day) != entry}
        for day, entry in sorted(calendar.special.items())
        if day.year == year
    ]  # fmt: skip
    return {"year": year, "announced": year in calendar.years, "version": calendar.version, "days": days}
