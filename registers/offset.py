"""Requests to set the proceeds of sold goods off against the fine (抵缴): one at a time per case, asked by one, decided by another."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work


def add(work: Work, case: Row, document_id: UUID, reason: str) -> UUID:
    """A request under a paper of the case. Refused while another waits."""
    rows = work.rows(
        """insert into money_offset (id, agency_id, category, case_id, document_id, reason, requested_by, requested_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (case_id) where state = 'requested' do nothing returning id""",
        (uuid7(), case["agency_id"], case["category"], case["id"], document_id, reason, work.person.id, work.now),
    )
    if not rows:
        raise Refusal("本案已有待审批的抵缴申请", remedy="请先办结该申请")
    return UUID(str(rows[0]["id"]))


def get(work: Work, offset_id: UUID) -> Row:
    """One request in scope, locked."""
    row = work.one("select * from money_offset where id = %s for update", (offset_id,))
    if row is None:
        raise NotFound("没有这项抵缴申请,或不在您的数据范围内", remedy="请从案件账目中选择")
    return row


def decide(work: Work, offset_id: UUID, note: str, done: tuple[Decimal, Decimal] | None) -> None:
    """Refused (None), or approved: what was set off and what is left for the party, yuan. The database refuses one person for both."""
    amount, remainder = done or (None, None)
    work.execute(
        """update money_offset set state = %s, decided_by = %s, decided_at = %s, note = %s, offset_amount = %s, remainder = %s
        where id = %s""",
        ("approved" if done else "refused", work.person.id, work.now, note, amount, remainder, offset_id),
    )


_SHOWN = """select o.*, c.case_number, d.name as paper_name, d.number as paper_number from money_offset o
left join enforcement_case c on c.id = o.case_id left join document d on d.id = o.document_id"""


def of_case(work: Work, case_id: UUID) -> list[Row]:
    """The requests of a case with the paper each stands on, newest first."""
    return work.rows(f"{_SHOWN} where o.case_id = %s order by o.id desc", (case_id,))


def listed(work: Work, state: str | None, limit: int, after: UUID | None) -> list[Row]:
    """A page of the requests in scope, newest first, after the row of this id."""
    return work.rows(
        f"""{_SHOWN} where o.agency_id = any(%(scope)s) {"" if state is None else "and o.state = %(state)s"}
        {"" if after is None else "and o.id < %(after)s"} order by o.id desc limit %(limit)s""",
        {"scope": list(work.person.scope), "state": state, "after": after, "limit": limit},
    )
