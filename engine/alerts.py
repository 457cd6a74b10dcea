"""Alerts: what somebody must look at – a clock that warns or is breached, a value nobody confirmed, a reminder of a process."""

from __future__ import annotations

from uuid import UUID

from kernel.ids import uuid7
from kernel.work import Row, Work

_INSERT = """insert into alert (id, agency_id, category, subject_id, rule, severity, message, article, suggested_action, raised_at)
select %(id)s, %(agency)s, %(category)s, %(subject)s, %(rule)s, %(severity)s, %(message)s, %(article)s, %(action)s, %(at)s
where not %(once)s or not exists (select 1 from alert where subject_id = %(subject)s and rule = %(rule)s)"""


URGE = "URGE:"  # an alert of this kind of rule reminds of the task whose id follows


def raise_alert(
    work: Work,
    place: Row,
    subject_id: UUID,
    rule: str,
    *,
    severity: str,
    message: str,
    article: str | None = None,
    action: str | None = None,
    once: bool = False,
) -> None:
    """Adds an alert in the open transaction. `place` has agency_id and category; `once`: at most one per subject and rule."""
    work.execute(
        _INSERT,
        {
            "id": uuid7(),
            "agency": place["agency_id"],
            "category": place["category"],
            "subject": subject_id,
            "rule": rule,
            "severity": severity,
            "message": message,
            "article": article,
            "action": action,
            "at": work.now,
            "once": once,
        },
    )


def of_subject(work: Work, subject_id: UUID) -> list[Row]:
    """The alerts of one case, newest first; in an open transaction."""
    return work.rows("select * from alert where subject_id = %s order by id desc", (subject_id,))
