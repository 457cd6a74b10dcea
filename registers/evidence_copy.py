"""Copies derived from evidence (缩略图、转写、截取): each names the original, and is kept by hash as that is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from kernel.errors import NotFound
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers.evidence import Accepted


def insert(work: Work, evidence: Row, form: str, accepted: Accepted, note: str) -> Row:
    """A copy of the evidence; a second thumbnail is left out. `form`: thumbnail, transcript, crop, other."""
    row = {
        "id": uuid7(),
        "agency_id": evidence["agency_id"],
        "category": evidence["category"],
        "evidence_id": evidence["id"],
        "form": form,
        "name": accepted.name,
        "media_type": accepted.media_type,
        "size": accepted.stored.size,
        "sha256": accepted.stored.sha256,
        "sm3": accepted.stored.sm3,
        "note": note,
        "made_at": work.now,
        "made_by": work.person.id,
    }
    work.execute(
        """insert into evidence_copy (id, agency_id, category, evidence_id, form, name, media_type, size, sha256, sm3, note,
          made_at, made_by) values (%(id)s, %(agency_id)s, %(category)s, %(evidence_id)s, %(form)s, %(name)s,
          %(media_type)s, %(size)s, %(sha256)s, %(sm3)s, %(note)s, %(made_at)s, %(made_by)s) on conflict do nothing""",
        row,
    )
    return row


def of(work: Work, evidence_ids: Sequence[UUID]) -> list[Row]:
    """The copies of these pieces of evidence, in the order made."""
    return work.rows("select * from evidence_copy where evidence_id = any(%s) order by id", (list(evidence_ids),))


def get(work: Work, evidence_id: UUID, copy_id: UUID) -> Row:
    """One copy of this evidence."""
    row = work.one("select * from evidence_copy where id = %s and evidence_id = %s", (copy_id, evidence_id))
    if row is None:
        raise NotFound("没有这份副本,或不在您的查看范围内")
    return row
