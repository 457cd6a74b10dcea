"""Seals (印章) of agencies and signing certificates of officers: who holds which, valid when. Keys lie covered by a passphrase."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kernel.errors import InvalidAnswers, NotFound
from kernel.ids import uuid7
from kernel.work import Row, Work

_TOLD = (
    "id, agency_id, officer_id, name, fingerprint, issuer, valid_from, valid_to, trial, added_at, revoked_at, reason"
)


def add(
    work: Work,
    *,
    agency_id: int,
    officer_id: UUID | None,
    name: str,
    pkcs12: bytes,
    fingerprint: str,
    issuer: str,
    valid_from: datetime,
    valid_to: datetime,
    trial: bool = False,
) -> UUID:
    """Registers a certificate with its covered key. The same certificate twice is refused."""
    if work.one("select 1 from seal where fingerprint = %s", (fingerprint,)):
        raise InvalidAnswers({"file": "这份证书已经登记过"})
    id_ = uuid7()
    work.execute(
        """insert into seal (id, agency_id, officer_id, name, pkcs12, fingerprint, issuer, valid_from, valid_to, trial, added_at, added_by)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (id_, agency_id, officer_id, name, pkcs12, fingerprint, issuer, valid_from, valid_to, trial, work.now, work.person.id),
    )  # fmt: skip
    return id_


def for_paper(work: Work, agency_id: int, officers: list[UUID]) -> list[Row]:
    """The certificates valid now of these officers, in their order, and last the agency's: at most one each, the newest."""
    rows = work.rows(
        """select distinct on (officer_id) id, officer_id, name, pkcs12 from seal
        where agency_id = %(agency)s and (officer_id is null or officer_id = any(%(officers)s)) and revoked_at is null
        and valid_from <= %(now)s and %(now)s < valid_to order by officer_id, id desc""",
        {"agency": agency_id, "officers": officers, "now": work.now},
    )
    places = {officer: place for place, officer in enumerate(officers)}
    return sorted(rows, key=lambda row: places.get(row["officer_id"], len(places)))


def listed(work: Work) -> list[Row]:
    """Every certificate in scope, without its key."""
    return work.rows(f"select {_TOLD} from seal order by agency_id, officer_id nulls first, id")


def revoke(work: Work, seal_id: UUID, reason: str) -> None:
    """From now on nothing is sealed with it; what was stays."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写停用理由"})
    row = work.one("select revoked_at from seal where id = %s for update", (seal_id,))
    if row is None:
        raise NotFound("没有这份印章或证书")
    if row["revoked_at"] is None:
        work.execute("update seal set revoked_at = %s, reason = %s where id = %s", (work.now, reason, seal_id))
