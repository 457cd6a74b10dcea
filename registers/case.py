"""Cases: typed columns for what is searched and joined, `facts` for the rest, and a row for every change of facts."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

import orjson
import sqlalchemy as sa

from kernel.errors import NotFound
from kernel.ids import instant, packed_marks
from kernel.work import Row, Work
from registers import record
from registers.terms import normal_all

# Column → PostgreSQL type. `fine_amount` is yuan.
COLUMNS: Mapping[str, str] = {
    "case_number": "text",
    "case_cause": "text",
    "procedure_type": "text",
    "case_status": "text",
    "case_source": "text",
    "violation_code": "text",
    "party_id": "uuid",
    "vehicle_id": "uuid",
    "ship_id": "uuid",
    "practitioner_id": "uuid",
    "lead_officer_id": "uuid",
    "occurred_at": "timestamptz",
    "filed_at": "timestamptz",
    "decided_at": "timestamptz",
    "closed_at": "timestamptz",
    "archived_at": "timestamptz",
    "fine_amount": "numeric",
}
NARROW = 8  # so many agencies are searched one by one; a wider scope is left to row-level security (mechanics.md)

# For a transaction that searches: the planner takes a policy for more selective than it is and would gather everything and
# sort it (35 against 1 ms).
HINTS: Mapping[str, str] = {"enable_bitmapscan": "off"}


class Page(TypedDict):
    """One page of a keyset-paged list; `next` goes into `after` for the following page."""

    items: list[Row]
    next: str | None


KIND = record.Kind(
    name="case",
    label="案件",
    table="enforcement_case",
    columns=COLUMNS,
    codes="CASE_STATUS",
    status="case_status",
    number="case_number",
    title=("case_cause", "plate_no", "ship_name", "org_name", "party_name"),
    terms=True,
    initial={"procedure_type": "ordinary", "case_status": "draft"},
)


def insert(
    work: Work,
    *,
    id: UUID,
    agency_id: int,
    category: str,
    procedure_type: str,
    case_status: str,
    facts: Mapping[str, object],
    columns: Mapping[str, object] | None = None,
    source: str = "start",
    terms: Iterable[str | None] = (),
) -> None:
    """A new case: `record.insert` with what every case must say of itself."""
    given = {**(columns or {}), "procedure_type": procedure_type, "case_status": case_status}
    record.insert(
        work,
        KIND,
        id=id,
        agency_id=agency_id,
        category=category,
        facts=facts,
        columns=given,
        source=source,
        terms=terms,
    )


def apply(work: Work, case_id: UUID, **given: Any) -> None:
    """Changes a case: `record.apply`, which says what may be given."""
    record.apply(work, KIND, case_id, **given)


def get(work: Work, case_id: UUID) -> Row:
    """The case's row; `NotFound` also when it lies outside the scope."""
    return _found(work.one("select * from enforcement_case where id = %s", (case_id,)))


def for_update(work: Work, case_id: UUID) -> Row:
    """As `get`, locked until the end of the transaction."""
    return _found(work.one("select * from enforcement_case where id = %s for update", (case_id,)))


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound("没有这个案件,或不在您的查看范围内", remedy="请核对案号;跨机构查阅须经移送、协助或调阅审批")
    return row


def history_of_facts(work: Work, case_id: UUID) -> list[Row]:
    """Every change in order: at, person_id, source, changes {element: [old, new]}."""
    return work.rows(
        "select id, at, person_id, source, changes from fact_change where subject_id = %s order by id", (case_id,)
    )


def search(
    work: Work,
    *,
    number: str | None = None,
    party: str | None = None,
    plate: str | None = None,
    text: str | None = None,
    status: str | None = None,
    category: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Cases that this person may see, newest first. Terms are whole (a number, a name, a plate …); all given must match.

    `text` may hold several terms parted by spaces. `limit` 1–200. Open the transaction with `HINTS`.
    """
    wanted = list(
        dict.fromkeys(t for part in (number, plate, party, *(text or "").split()) for t in normal_all([part]))
    )
    limit = min(max(limit, 1), 200)
    query = sa.select(*(_CASE.c[name] for name in _LISTED))
    if status:
        query = query.where(_CASE.c.case_status == status)
    if category:
        query = query.where(_CASE.c.category == category)
    query = _by_term(query, wanted) if wanted else query
    place = (_TERM.c.created_at, _TERM.c.case_id) if wanted else (_CASE.c.created_at, _CASE.c.id)
    if after:
        query = query.where(sa.tuple_(*place) < sa.tuple_(*_position(after)))
    query = query.order_by(*(column.desc() for column in place)).limit(limit + 1)
    if len(work.person.scope) <= NARROW:
        # Each branch runs along an index that begins with the agency; a wide scope is left to row-level security.
        where = _TERM.c.agency_id if wanted else _CASE.c.agency_id
        branches = [query.where(where == agency_id) for agency_id in work.person.scope]
        if not branches:
            return {"items": [], "next": None}
        both = sa.union_all(*(sa.select(branch.subquery()) for branch in branches)).subquery()
        query = sa.select(both).order_by(both.c.created_at.desc(), both.c.id.desc()).limit(limit + 1)
    return _page(work.select(query), limit)


def counts(work: Work, since: datetime, until: datetime) -> list[Row]:
    """How many cases that this person may see were begun from `since` up to (not including) `until`, by category and status.

    One query over the index that holds just these columns. Rows: category, case_status, cases.
    """
    narrow = len(work.person.scope) <= NARROW
    return work.rows(
        f"""select category, case_status, count(*) as cases from enforcement_case
        where created_at >= %(since)s and created_at < %(until)s {"and agency_id = any(%(scope)s)" if narrow else ""}
        group by category, case_status order by category, case_status""",
        {"since": since, "until": until, "scope": list(work.person.scope)},
    )


def _by_term(query: sa.Select[Any], wanted: Sequence[str]) -> sa.Select[Any]:
    """Along the index of the first term; each further one must be there too."""
    query = query.join(_TERM, _TERM.c.case_id == _CASE.c.id).where(_TERM.c.term == wanted[0])
    for term in wanted[1:]:
        other = _TERM.alias()
        query = query.where(sa.exists().where(other.c.case_id == _CASE.c.id, other.c.term == term))
    return query


_LISTED = (
    "id",
    "agency_id",
    "category",
    "case_number",
    "case_cause",
    "procedure_type",
    "case_status",
    "party_id",
    "vehicle_id",
    "fine_amount",
    "filed_at",
    "created_at",
)
_CASE = sa.table("enforcement_case", *(sa.column(name) for name in _LISTED))
_TERM = sa.table("case_term", *(sa.column(name) for name in ("agency_id", "term", "case_id", "created_at")))


def _page(rows: list[Row], limit: int) -> Page:
    if len(rows) <= limit:
        return {"items": rows, "next": None}
    last = rows[limit - 1]
    mark = orjson.dumps([last["created_at"].isoformat(), str(last["id"])])
    return {"items": rows[:limit], "next": base64.urlsafe_b64encode(mark).decode()}


def _position(after: str) -> tuple[Any, Any]:
    moment, case_id = packed_marks(after, instant, UUID)
    return sa.cast(moment, sa.TIMESTAMP(timezone=True)), sa.cast(case_id, sa.Uuid())
