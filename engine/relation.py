"""What somebody has to do with a record that he opens: the ground that a reading leaves in the audit.

Not having anything to do with it forbids no reading within one's scope; it forbids personal data in clear (R_DATA_LEAK).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from kernel.work import Row, Work

OVERSEE: Final = "case.oversee"
NONE: Final = "none"
# A step done, a task taken, on the record itself or on one that it came of or led to; a task of one's unit that waits.
_TOUCHED = """with near as (select %(id)s::uuid as id union select origin_id from subject where id = %(id)s and origin_id is not null
  union select id from subject where origin_id = %(id)s)
select exists (select 1 from near n join step_history h on h.subject_id = n.id where h.person_id = %(me)s)
    or exists (select 1 from near n join work_item w on w.subject_id = n.id where w.claimed_by = %(me)s) as handled,
  exists (select 1 from work_item w join unnest(%(agencies)s::int[], %(roles)s::text[]) as p(a, r) on w.agency_id = p.a and w.role = p.r
    where w.subject_id = %(id)s and w.status = 'open' and w.claimed_by is null) as waiting"""


def ground(work: Work, id_: UUID, row: Mapping[str, Any], *, shared: bool = False, handled: bool = False) -> str:
    """handled, assigned, shared, duty (supervision, review, lead, keeping), waiting (a task of the unit), or none.

    `row`: the record's agency_id, category, facts. `handled`: the caller knows it already. Asks the database only when nothing
    that is known suffices.
    """
    if handled:
        return "handled"
    if str(work.person.id) in _named(row["facts"] or {}):
        return "assigned"
    if shared:
        return "shared"
    if work.node.policy.may(work.person, OVERSEE, row["agency_id"], row["category"]):
        return "duty"
    found = _touched(work, id_)
    return "handled" if found["handled"] else "waiting" if found["waiting"] else NONE


def _named(facts: Mapping[str, Any]) -> set[str]:
    people = facts.get("officers") or []
    return {str(one) for one in (*people, facts.get("lead_officer")) if one}


def _touched(work: Work, id_: UUID) -> Row:
    pairs = sorted({(a, g.role) for g in work.person.grants for a in g.agencies})
    asked = {"id": id_, "me": work.person.id, "agencies": [a for a, _ in pairs], "roles": [r for _, r in pairs]}
    return work.rows(_TOUCHED, asked)[0]
