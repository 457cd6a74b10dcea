"""The verbs of provinces' calendars: publish the rest and work days of a province for a year; what was published.

A version is never changed: a later one of the same province and year takes its place. The province's open clocks are
recomputed when it takes effect, with the cases that moved and why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from engine import calendars, recompute, release_store
from engine.rulebook.calendars import BadCalendar, load_calendar
from engine.rules import rules
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers
from kernel.ids import uuid7
from kernel.work import Work

_DIVISION = re.compile(r"[1-9]\d0000\Z")


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
    # Two publications at once would take the same version number: the second waits.
    work.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"province_calendar:{division}",))
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
    work.after_commit.append(calendars.forget)
    calendars.forget()
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


def province_calendars(
    work: Work, division: str | None = None, limit: int = 50, after: str | None = None
) -> dict[str, Any]:
    """A page of the versions published for provinces, the newest first: days, ground, since when, by whom."""
    permissions.demand(work, "law.read")
    with work.transaction():
        rows = work.rows(
            """select id, division, year, version, days, ground, effective_from, published_by, published_at from province_calendar
            where (%(division)s::text is null or division = %(division)s)
            and (%(after)s::uuid is null or id < %(after)s) order by id desc limit %(most)s""",
            {"division": division, "after": after, "most": limit + 1},
        )
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


def calendar_year(work: Work, agency_id: int, year: int) -> dict[str, Any]:
    """The days of a year that differ from the plain week, as they count for one agency, each with its reason and source."""
    permissions.demand(work, "law.read")
    if not 1990 <= year <= 2120:
        raise InvalidAnswers({"year": "年份应在 1990 至 2120 之间"})
    with work.transaction():
        book = rules(release_store.current(work))
        calendar = calendars.of_agency(work, book, agency_id)
    days = [
        {"day": day.isoformat(), "working": entry.working, "name": entry.name, "source": entry.source,
         "province": book.calendar.special.get(day) != entry}
        for day, entry in sorted(calendar.special.items())
        if day.year == year
    ]  # fmt: skip
    return {"year": year, "announced": year in calendar.years, "version": calendar.version, "days": days}
