"""What is to be added to a sealed dossier: proposed by its keeper, accepted or refused by somebody else. The file is stored
from the beginning, but it is evidence of nothing until it is accepted."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from kernel.errors import NotFound
from kernel.files import Stored
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers.evidence import Accepted

_INSERT: Final = """insert into dossier_supplement (id, agency_id, category, dossier_id, case_id, name, media_type, file_sha256,
file_sm3, size, reason, asked_by, asked_at, state) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'asked')"""
_OF: Final = """select s.id, s.name, s.size, s.reason, s.state, s.asked_at, s.asked_by, a.name as asker, s.decided_at, d.name as decider,
s.note from dossier_supplement s join officer a on a.id = s.asked_by left join officer d on d.id = s.decided_by
where s.case_id = %s order by s.id desc limit 50"""
_DECIDE: Final = "update dossier_supplement set state = %s, decided_by = %s, decided_at = %s, note = %s where id = %s"


def add(work: Work, dossier: Row, accepted: Accepted, reason: str) -> UUID:
    """One more proposal for a dossier."""
    id_, stored = uuid7(), accepted.stored
    place = (id_, dossier["agency_id"], dossier["category"], dossier["id"], dossier["case_id"])
    file = (accepted.name, accepted.media_type, stored.sha256, stored.sm3, stored.size)
    work.execute(_INSERT, (*place, *file, reason, work.person.id, work.now))
    return id_


def get(work: Work, supplement_id: UUID) -> Row:
    """A proposal, locked; `NotFound` also outside the scope."""
    row = work.one("select * from dossier_supplement where id = %s for update", (supplement_id,))
    if row is None:
        raise NotFound("没有这条补充归档,或不在您的查看范围内")
    return row


def file_of(row: Row) -> Accepted:
    """The file that is proposed, as it was examined."""
    stored = Stored(bytes(row["file_sha256"]), bytes(row["file_sm3"]), row["size"])
    return Accepted(stored, row["name"], row["media_type"])


def decide(work: Work, supplement_id: UUID, state: str, note: str | None) -> None:
    """Accepted or refused, by the person of `work`, now."""
    work.execute(_DECIDE, (state, work.person.id, work.now, note, supplement_id))


def of_case(work: Work, case_id: UUID) -> list[Row]:
    """The proposals for a case's dossier, the newest first, with who asked and who decided."""
    return work.rows(_OF, (case_id,))
