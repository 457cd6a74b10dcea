"""What whoever supervises sees first: per unit in his scope, the periods that are breached or end soon and the open alerts;
and, one level down, the cases behind a figure, most urgent first.

Two indexed statements; no count goes further than anybody reads.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import orjson

from engine import inbox, release_store, workbench
from engine.workbench import COUNTED
from kernel import permissions
from kernel.errors import InvalidAnswers
from kernel.ids import instant, packed_marks
from kernel.work import LOCAL, Row, Work
from registers import subject

Json = dict[str, Any]
State = Literal["breached", "today", "week"]
DAYS: Final[Mapping[State, int]] = {"breached": 0, "today": 1, "week": 7}
_SEVERITIES = ("critical", "high", "medium", "info")
_OPEN = "from clock c where c.agency_id = {agency} and c.closed_at is null and c.status ="
_SOON = f"{_OPEN} 'running' and c.due_at >= %(now)s and c.due_at <"
_COUNT = "(select count(*)::int from (select 1 {what} limit {most}) f)"
_ALERTS = "from alert a where a.agency_id = s.agency and a.status = 'open' and a.severity ="
_NUMBER = ", ".join(f"(select {k.number} from {k.table} n where n.id = c.subject_id)" for k in subject.KINDS.values())


def _counted(what: str, name: str) -> str:
    return f"{_COUNT.format(what=what.format(agency='s.agency'), most=COUNTED)} as {name}"


_UNITS = f"""select s.agency as agency_id, g.name, g.level, {_counted(f"{_OPEN} 'breached'", "breached")},
  {_counted(f"{_SOON} %(today)s", "today")}, {_counted(f"{_SOON} %(week)s", "week")},
  {", ".join(_counted(f"{_ALERTS} '{one}'", one) for one in _SEVERITIES)}
from unnest(%(scope)s::int[]) as s(agency) join agency g on g.id = s.agency"""
_LIST = f"""select c.id, c.subject_id as case_id, c.agency_id, c.category, c.rule, c.status, c.due_at, coalesce({_NUMBER}) as case_number,
  (select {inbox.TITLE} from work_item wi where wi.subject_id = c.subject_id and wi.status = 'open' order by wi.id limit 1) as title,
  array(select distinct wi.name from work_item wi where wi.subject_id = c.subject_id and wi.status = 'open' limit 4) as steps,
  array(select distinct o.name from work_item wi join officer o on o.id = wi.claimed_by
    where wi.subject_id = c.subject_id and wi.status = 'open' limit 4) as people
from ({{branches}}) c order by c.due_at, c.id limit %(limit)s"""
_BRANCH = """select c.* from unnest(%(scope)s::int[]) as s(agency) cross join lateral
  (select * {what} {keyset} order by c.due_at, c.id limit %(limit)s) c"""


def supervised_units(work: Work) -> Json:
    """Per unit in one's scope with anything to look at: breached, due today, due within a week, open alerts by severity.

    Units with the most breached first; `most`: a count stands for so many or more.
    """
    permissions.demand(work, "report.read")
    with work.transaction(hot=True):
        rows = work.rows(_UNITS, {"scope": _scope(work), **_days(work)})
    figures = ("breached", "today", "week", *_SEVERITIES)
    units = [row for row in rows if any(row[name] for name in figures)]
    units.sort(key=lambda r: (*(-r[name] for name in figures), r["agency_id"]))
    total = {name: min(COUNTED, sum(row[name] for row in units)) for name in figures}
    return {"units": units, "total": total, "agencies": len(rows), "most": COUNTED}


def supervised(
    work: Work, state: State, agency_id: int | None = None, limit: int = 50, after: str | None = None
) -> Json:
    """A page of the periods behind a figure, of one unit or of the whole scope, the nearest end first; with the case, the
    steps that are open in it, and who has them."""
    permissions.demand(work, "report.read")
    scope = _scope(work)
    if agency_id is not None and agency_id not in scope:
        raise InvalidAnswers({"agency_id": "不在您的查看范围内"})
    asked: Json = {
        "scope": scope if agency_id is None else [agency_id],
        "limit": limit + 1,
        **_days(work),
        **inbox.reader(work),
    }
    keyset = ""
    if after is not None:
        asked["at"], asked["id"] = _position(after)
        keyset = "and (c.due_at, c.id) > (%(at)s, %(id)s)"
    what = f"{_OPEN} 'breached'" if state == "breached" else f"{_SOON} %({state})s"
    branch = _BRANCH.format(what=what.format(agency="s.agency"), keyset=keyset)
    with work.transaction(hot=True):
        rows = work.rows(_LIST.format(branches=branch), asked)
        release = release_store.current(work)
    for row in rows:
        row["clock"] = workbench.clock_of(release, row.pop("rule"))
    more = len(rows) > limit
    return {"items": rows[:limit], "next": _cursor(rows[limit - 1]) if more else None}


def _scope(work: Work) -> list[int]:
    return sorted(
        {a for g in work.person.grants if "report.read" in work.node.policy.verbs(g.role) for a in g.agencies}
    )


def _days(work: Work) -> dict[str, datetime]:
    midnight = datetime.combine(work.today, time(), LOCAL)
    return {"now": work.now, **{name: midnight + timedelta(days=days) for name, days in DAYS.items() if days}}


def _cursor(row: Row) -> str:
    text = orjson.dumps([row["due_at"].isoformat(), str(row["id"])])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _position(after: str) -> tuple[datetime, UUID]:
    at, id_ = packed_marks(after, instant, UUID)
    return at, id_
