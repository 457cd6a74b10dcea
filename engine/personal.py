"""Personal data in clear: an act with a reason, written down, of a person who has the right."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kernel import audit, permissions
from kernel.errors import InvalidAnswers
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import masking

_INSERT = """insert into unmasking (id, agency_id, category, subject_kind, subject_id, person_id, elements, reason, at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""


def demand(work: Work, row: Row, about: tuple[str, UUID], elements: Sequence[str], reason: str) -> None:
    """Refuses without the right or a reason; else `keep`. In the transaction that reads them."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明查看个人信息的理由"})
    permissions.demand(work, masking.RIGHT, row["agency_id"], row["category"])
    keep(work, row, about, elements, reason.strip())


def keep(work: Work, row: Row, about: tuple[str, UUID], elements: Sequence[str], reason: str) -> None:
    """Writes down who saw which personal data of a record, and why; `row` has its agency_id and category."""
    id_ = uuid7()
    where = (id_, row["agency_id"], row["category"], *about)
    work.execute(_INSERT, (*where, work.person.id, list(elements), reason, work.now))
    # The reason may itself name people: it stands in the row that is named here.
    detail = {"elements": list(elements), "unmasking": str(id_)}
    audit.record(work, "personal.seen", subject=about, outcome="read", detail=detail)
