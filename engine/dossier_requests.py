"""Requests that wait for somebody else: who is told of them, and how those stand that went to other agencies.

What was asked of another agency stands with that agency; ours keeps the request itself, and reads its state over the asked
agency's scope, for these requests alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine import news
from kernel import permissions
from kernel.work import Row, Work

Json = dict[str, Any]
KIND = "dossier"
_MOST = 50
_KEEP = """insert into dossier_request (id, agency_id, category, owner_id, archive_no, purpose, days, asked_by, asked_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_MINE = """select r.id, r.owner_id, a.name as owner, r.archive_no, r.purpose, r.days, r.asked_at from dossier_request r
join agency a on a.id = r.owner_id where r.asked_by = %s order by r.id desc limit %s"""
_OTHERS = "select id, name from agency where not id = any(%s) order by id limit 2000"
_STANDING = """select u.id, u.state, u.decided_at, u.reason, u.due_at from dossier_use u where u.id = any(%s) and u.kind = 'remote'
and u.asked_by = %s"""


def tell_deciders(work: Work, right: str, row: Row, text: str, link: str) -> None:
    """Whoever may decide at the agency of `row` (agency_id, category) is told that something waits for him."""
    news.tell_holders(work, right, row, KIND, text, link)


def tell_asker(work: Work, person: UUID, text: str, link: str) -> None:
    """Who asked is told what became of it."""
    news.tell(work, [news.News(person, KIND, text, link)])


def keep(work: Work, use_id: UUID, owner: Row, purpose: str, days: int) -> None:
    """The request that went to another agency, as ours keeps it; `owner` is the dossier's row."""
    place = (use_id, work.person.agency_id, owner["category"], owner["agency_id"])
    work.execute(_KEEP, (*place, owner["archive_no"], purpose, days, work.person.id, work.now))


def agencies_to_ask(work: Work) -> list[Row]:
    """Every other agency of the node by name: who keeps a dossier that is not ours. `id`, `name`."""
    permissions.demand(work, "dossier.read")
    with work.transaction():
        return work.rows(_OTHERS, (list(work.person.scope),))


def remote_requests(work: Work) -> list[Json]:
    """The person's newest requests to other agencies: `state` asked, granted, refused, ended or expired, with reason and term."""
    permissions.demand(work, "dossier.read")
    with work.transaction():
        rows = work.rows(_MINE, (work.person.id, _MOST))
        standing: dict[Any, Row] = {}
        for owner in {row["owner_id"] for row in rows}:
            work.widen_scope(owner)
            ids = [row["id"] for row in rows if row["owner_id"] == owner]
            standing |= {one["id"]: one for one in work.rows(_STANDING, (ids, work.person.id))}
    return [_told(work, row, standing.get(row["id"])) for row in rows]


def _told(work: Work, row: Row, use: Row | None) -> Json:
    if use is None:
        return {**row, "state": "asked", "decided_at": None, "reason": None, "due_at": None}
    over = use["state"] == "granted" and use["due_at"] is not None and use["due_at"] <= work.now
    return {**row, **use, "state": "expired" if over else use["state"]}
