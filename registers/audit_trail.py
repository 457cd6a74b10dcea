"""Search of the audit trail: who did, was refused, or read what, when – for the audit administrator; every search is itself a row.

Newest first, keyset-paged, one statement over one index of the asked thing (person, object, verb, outcome, or time alone).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from kernel import audit, permissions
from kernel.errors import NotAllowed
from kernel.work import Row, Work

MOST: Final = 50_000
_COLUMNS = """e.id, e.at, e.person_id, o.name as person, e.agency_id, e.verb, e.subject_kind, e.subject_id, e.outcome, e.detail,
e.request_id, coalesce(c.case_number, a.name, k.number, d.archive_no) as subject"""
# 0 is the agency of who was not (yet) logged in.
# What an entry is about, in words (the case that it is or belongs to, the officer, clue, dossier), for the page's entries alone.
_QUERY = """select {columns} from (select e.*, case when e.subject_id ~ '^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}$'
    then e.subject_id::uuid end as named from audit_entry e where {where} order by e.at desc, e.id desc limit %(most)s) e
  left join officer o on o.id = e.person_id left join officer a on a.id = e.named left join clue k on k.id = e.named
  left join dossier d on d.id = e.named
  left join lateral (select i.case_number from case_object x join case_identity i on i.id = x.case_id
    where x.id = e.named and i.agency_id = any(%(scope)s) limit 1) c on true
  order by e.at desc, e.id desc"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; None: whatever. `who`: a login or a person's name. `last` is not included."""

    person: UUID | None = None
    who: str | None = None
    subject: str | None = None
    case_number: str | None = None
    verb: str | None = None
    outcome: str | None = None
    first: datetime | None = None
    last: datetime | None = None

    def told(self) -> list[str]:
        """The names of what was asked by, for the search's own row: no values, they may name people."""
        return sorted(name for name in self.__slots__ if getattr(self, name) is not None)


_WHERE: Final = {
    "person": "e.person_id = %(person)s",
    "who": "e.person_id = any(array(select id from officer where name = %(who)s union select officer_id from account where login = %(who)s))",
    "subject": "e.subject_id = %(subject)s",
    "case_number": """e.subject_id = any(array(select x.id::text from case_identity c join case_object x on x.case_id = c.id
      where c.case_number = %(case_number)s and c.agency_id = any(%(scope)s)))""",
    "verb": "e.verb = %(verb)s",
    "outcome": "e.outcome = %(outcome)s",
    "first": "e.at >= %(first)s",
    "last": "e.at < %(last)s",
}


def search(work: Work, asked: Asked, limit: int, after: UUID | None) -> list[Row]:
    """Rows of one's agencies, newest first, after the row of this id."""
    _demand(work, "audit.read")
    with work.transaction(hot=True):
        rows = _rows(work, asked, limit, after)
        audit.record(work, "audit.search", outcome="read", detail={"by": asked.told(), "rows": len(rows)})
    return rows


def export(work: Work, asked: Asked) -> list[Row]:
    """As `search`, all of it up to `MOST` rows and one more (then it is too much for a sheet)."""
    _demand(work, "audit.export")
    with work.transaction(hot=True):
        rows = _rows(work, asked, MOST + 1, None)
        audit.record(work, "audit.export", outcome="read", detail={"by": asked.told(), "rows": len(rows)})
    return rows


def _demand(work: Work, verb: str) -> None:
    """Who asks for the trail without the right stands in it."""
    try:
        permissions.demand(work, verb)
    except NotAllowed as refusal:
        audit.record_apart(work, verb, outcome="refused")
        refusal.recorded = True
        raise


def _rows(work: Work, asked: Asked, limit: int, after: UUID | None) -> list[Row]:
    wanted = asked.told()
    where = ["e.agency_id = any(%(scope)s)", *(_WHERE[name] for name in wanted)]
    if after is not None:
        where.append("(e.at, e.id) < (select at, id from audit_entry where id = %(after)s)")
    params = {name: getattr(asked, name) for name in wanted}
    params |= {"scope": [0, *work.person.scope], "after": after, "most": limit}
    return work.rows(_QUERY.format(columns=_COLUMNS, where=" and ".join(where)), params)
