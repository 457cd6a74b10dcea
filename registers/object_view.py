"""Everything that is known of one supervised object over time, as one line of events: one statement, read page by page.

Each kind of event is read along its own index, newest first, no further than the page; the pages are merged.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from kernel.work import Row, Work

# What an object's kind is called in enforcement_case and clue.
_COLUMN: Final = {"party": "party_id", "vehicle": "vehicle_id", "ship": "ship_id", "practitioner": "practitioner_id"}

# event → (its table, the instant, the condition, what is told of it: title, status, number)
_EVENTS: Final = {
    "case": ("enforcement_case e", "e.created_at", "e.{column} = %(id)s", "e.case_cause", "e.case_status", "e.case_number"),
    "clue": ("clue e", "e.created_at", "e.{column} = %(id)s", "e.title", "e.status", "e.number"),
    "weigh_pass": (
        "weigh_pass e",
        "e.weighed_at",
        "e.plate_no = %(plate)s",
        "e.site_code || case when e.over_kg > 0 then ' 超限 ' || e.over_kg || ' 千克' else '' end",
        "case when e.is_usable then 'usable' else 'not_usable' end",
        "e.check_no",
    ),
    "inspection": ("inspection e", "e.created_at", "e.object_id = %(id)s", "e.title", "coalesce(e.result, e.status)", "e.number"),
    "permit": ("permit e", "e.created_at", "e.object_id = %(id)s", "e.kind", "e.status", "e.permit_no"),
    "check": ("object_check e", "e.checked_at", "e.object_id = %(id)s", "e.source", "e.outcome", "encode(e.sha256, 'hex')"),
    "watch": ("watch_entry e", "e.since", "e.object_id = %(id)s", "e.reason", "case when e.removed_at is null then 'watched' else 'removed' end", "null"),
    "alert": ("alert e", "e.raised_at", "e.subject_id = %(id)s", "e.message", "e.status", "e.rule"),
    "case_alert": (
        "enforcement_case c join alert e on e.subject_id = c.id",
        "e.raised_at",
        "c.{column} = %(id)s",
        "e.message",
        "e.status",
        "e.rule",
    ),
}  # fmt: skip


def timeline(
    work: Work,
    kind: str,
    object_id: UUID,
    *,
    plate: str | None,
    limit: int,
    after: tuple[datetime, UUID] | None,
    until: datetime | None = None,
) -> list[Row]:
    """Events of an object, newest first: at, what, id, title, status, number. `until`: as it was known on a day in the past."""
    branches = [
        _branch(what, after is not None, until is not None, _COLUMN.get(kind))
        for what in _EVENTS
        if not (what in ("case", "clue", "case_alert") and kind not in _COLUMN)
        and not (what == "weigh_pass" and plate is None)
    ]
    at, id_ = after or (None, None)
    return work.rows(
        f"select * from ({' union all '.join(branches)}) l order by at desc, id desc limit %(limit)s",
        {"id": object_id, "plate": plate, "limit": limit, "at": at, "after": id_, "until": until},
    )


def _branch(what: str, paged: bool, bounded: bool, column: str | None) -> str:
    table, at, where, title, status, number = _EVENTS[what]
    keyset = f" and {at} <= %(at)s and ({at}, e.id) < (%(at)s, %(after)s)" if paged else ""
    bound = f" and {at} <= %(until)s" if bounded else ""
    name = "alert" if what == "case_alert" else what
    return (
        f"(select {at} as at, '{name}' as what, e.id, {title} as title, {status} as status, {number} as number from {table}"
        f" where {where.format(column=column)}{keyset}{bound} order by {at} desc, e.id desc limit %(limit)s)"
    )
