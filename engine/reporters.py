"""Who reported a clue (举报人): read by whoever handles it and by nobody else, whatever other rights he has; every reading leaves an audit row.

Handling is holding, or having held, a task of the clue. Reporters' facts do not go into a case that comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from engine import documents, release_store
from kernel import audit
from kernel.errors import NotAllowed
from kernel.work import Row, Work

_PREFIX: Final = "reporter_"  # the elements of the form of a report
_OPEN: Final = "reporter_confidential"  # that secrecy was asked for is no secret


def told(keys: Mapping[str, Any]) -> frozenset[str]:
    """Those of the facts (or fields) that say who reported."""
    return frozenset(key for key in keys if key.startswith(_PREFIX) and key != _OPEN)


def hidden(work: Work, subject_id: UUID, facts: Mapping[str, Any]) -> frozenset[str]:
    """The facts of a clue that this person must not read; what he may read is noted in the audit. In an open transaction."""
    secret = frozenset(key for key in told(facts) if facts[key] is not None)
    if not secret:
        return frozenset()
    if not _handles(work, subject_id):
        return secret
    audit.record(work, "reporter.read", subject=("clue", subject_id), outcome="read")
    return frozenset()


def in_form(work: Work, task: Row, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a task's form is filled with beforehand: who reported only for whoever has claimed it."""
    secret = told(answers)
    if not secret:
        return dict(answers)
    if task["claimed_by"] != work.person.id:
        return {key: value for key, value in answers.items() if key not in secret}
    audit.record(work, "reporter.read", subject=("clue", task["subject_id"]), outcome="read")
    return dict(answers)


def demand_paper(work: Work, paper: Row) -> None:
    """Refuses the file of a paper that names the reporter to whoever does not handle the clue. In an open transaction."""
    subject = work.one("select kind from subject where id = %s", (paper["case_id"],))
    if subject is None or subject["kind"] != "clue":
        return
    form = documents.template_of(release_store.load(work, paper["release"]), paper["kind"])
    named = {str(field.element): field for field in form.fields.values() if field.element}
    if told(named) and not _handles(work, paper["case_id"]):
        raise NotAllowed("这份文书载有举报人信息,只有办理该线索的人员可以查看", remedy="如工作需要,请由承办人提供")


def _handles(work: Work, subject_id: UUID) -> bool:
    rows = work.rows(
        "select 1 as found from work_item where subject_id = %s and claimed_by = %s limit 1",
        (subject_id, work.person.id),
    )
    return bool(rows)
