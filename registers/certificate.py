"""Enforcement certificates (执法证件). Status is a history, so that "valid at the time of the act" is answerable years later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from kernel.errors import NotFound, Refusal
from kernel.work import Row, Work

Status = Literal["normal", "lost", "suspended", "cancelled", "revoked", "expired"]
_FINAL = frozenset({"cancelled", "revoked"})
_NAMES = {
    "normal": "正常",
    "lost": "挂失",
    "suspended": "暂扣",
    "cancelled": "注销",
    "revoked": "吊销",
    "expired": "过期",
}


def issue(
    work: Work,
    *,
    id: UUID,
    officer_id: UUID,
    agency_id: int,
    certificate_no: str,
    kind: str,
    categories: Iterable[str],
    valid_from: date,
    valid_to: date,
    since: datetime | None = None,
) -> None:
    """A new certificate in status 正常 from `since` (else now). `kind` is a code of CERT_KIND. Dates both included."""
    work.execute(
        """insert into certificate (id, officer_id, agency_id, certificate_no, kind, categories, valid_from, valid_to)
        values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (id, officer_id, agency_id, certificate_no, kind, sorted(categories), valid_from, valid_to),
    )
    work.execute(
        "insert into certificate_status (certificate_id, status, since, reason) values (%s, 'normal', %s, '核发')",
        (id, since or work.now),
    )


def set_status(work: Work, certificate_id: UUID, status: Status, reason: str, since: datetime | None = None) -> None:
    """Adds a status from `since` (else now) on. 注销 and 吊销 are final: nothing follows them."""
    if not reason.strip():
        raise Refusal("变更证件状态须写明原因", remedy="请填写原因")
    if status not in _NAMES:
        raise Refusal(f"没有“{status}”这种证件状态", remedy=f"可用的状态:{'、'.join(_NAMES)}")
    if not work.rows("select 1 as found from certificate where id = %s for update", (certificate_id,)):
        raise NotFound("没有这本执法证件")
    at = since or work.now
    last = history(work, certificate_id)
    if last and last[-1]["status"] in _FINAL:
        raise Refusal(f"证件已{_NAMES[last[-1]['status']]},不能再变更状态", remedy="如需恢复执法资格,请重新核发证件")
    if last and last[-1]["since"] >= at:
        raise Refusal("证件状态只能在最近一次变更之后再变更", remedy="请核对生效时间")
    work.execute(
        "insert into certificate_status (certificate_id, status, since, reason) values (%s, %s, %s, %s)",
        (certificate_id, status, at, reason.strip()),
    )


def history(work: Work, certificate_id: UUID) -> list[Row]:
    """Status, since, reason – in order of time."""
    return work.rows(
        "select status, since, reason from certificate_status where certificate_id = %s order by since",
        (certificate_id,),
    )


def of_officer(work: Work, officer_id: UUID, at: datetime | None = None) -> list[Row]:
    """The officer's certificates with `status` at that instant (else now), the longest valid first."""
    return work.rows(
        """select c.*, (select s.status from certificate_status s where s.certificate_id = c.id and s.since <= %s
          order by s.since desc limit 1) as status from certificate c where c.officer_id = %s order by c.valid_to desc, c.id""",
        (at or work.now, officer_id),
    )
