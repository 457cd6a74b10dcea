"""The proceeds of goods that were sold are set off against the fine (行政强制法46、处罚法72); what is left is the party's.

As with refunds one person asks and another decides, neither of whom decided the case; the paper that approved it is one of the
case. Everything is booked as vouchers: the proceeds leave the escrow, what is owed is paid by them – what falls due first, first
– and the remainder waits to be refunded as what was paid too much does.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from engine import collecting, release_store
from engine.collecting import demand_reason, demand_undecided, opened, told
from engine.ledger import Book
from engine.property import rules_of
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, Refusal
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import money, offset
from registers.money import ZERO, Line, Voucher

Json = dict[str, Any]
_PAPER: Final = """select number, kind from document where id = %s and case_id = %s
and state in ('made', 'unsealed', 'issued', 'served')"""
_FIRST: Final = ("instalment", "fine", "confiscation", "surcharge")


@command(may="money.refund", subject="case_id")
def request_offset(work: Work, case_id: str, *, document_id: str, reason: str) -> Json:
    """申请抵缴: the proceeds that the case's escrow holds against what is owed and was not paid in time, under an approval."""
    case, book = opened(work, "money.refund", case_id)
    demand_reason(reason)
    _demand_proceeds(book)
    kinds = rules_of(release_store.current(work)).allowing("auction")
    paper = work.one(_PAPER, (as_uuid(document_id), case["id"]))
    if paper is None or paper["kind"] not in kinds:
        raise InvalidAnswers({"document_id": f"抵缴须有本案现行有效的批准文书({'、'.join(kinds)})"})
    made = offset.add(work, case, as_uuid(document_id), reason.strip())
    collecting.tell_deciders(work, case, "以拍卖、变卖价款抵缴", "/money/offsets?state=requested")
    return {"id": str(made)}


def offsets(work: Work, state: str | None, limit: int, after: UUID | None) -> list[Row]:
    """Requests in scope, newest first: what waits for the second person."""
    permissions.demand(work, "money.read")
    with work.transaction(hot=True):
        return offset.listed(work, state, limit, after)


@command(may="money.approve", subject="offset_id")
def decide_offset(work: Work, offset_id: str, *, approve: bool, note: str) -> Json:
    """审批抵缴, by somebody else than who asked. Approved: booked at once, with the amounts as they stand now."""
    row = offset.get(work, as_uuid(offset_id))
    case, book = opened(work, "money.approve", str(row["case_id"]))
    demand_undecided(work, row, "抵缴申请")
    if not approve:
        demand_reason(note)
        offset.decide(work, row["id"], note.strip(), None)
        collecting.tell_asker(work, case, row, "不同意您的抵缴申请")
        return {"id": str(row["id"]), "state": "refused", "balance": told(book.balance)}
    offset.decide(work, row["id"], note.strip(), _set_off(book, case, row))
    collecting.tell_asker(work, case, row, "同意您的抵缴申请")
    return {"id": str(row["id"]), "state": "approved", "balance": told(book.balance)}


def _set_off(book: Book, case: Row, row: Row) -> tuple[Decimal, Decimal]:
    held = _demand_proceeds(book)
    left, paid = held, []
    for account in _FIRST:
        part = min(left, max(book.balance.of(account), ZERO))
        paid.append(Line(account, -part))
        left -= part
    amount, today = held - left, book.work.today
    paper = book.work.rows("select number, name from document where id = %s", (row["document_id"],))[0]
    reference = str(paper["number"] or paper["name"])  # an approval form has no number
    lines = [Line("bank", amount), Line("escrow", -amount), Line("proceeds", amount), *paid]
    number = case["facts"].get("decision_no")
    book.post(
        Voucher(
            "offset", f"offset:{row['id']}", today, lines, decision_no=number, reference=reference, reason=row["reason"]
        )
    )
    rest = [Line("bank", left), Line("escrow", -left), Line("proceeds", left), Line("overpaid", -left)]
    book.post(Voucher("remainder", f"remainder:{row['id']}", today, rest, reference=reference, reason=row["reason"]))
    collecting.tell_flow(book, case, reference, today, "bank", "拍卖、变卖价款抵缴")
    return amount, left


def _demand_proceeds(book: Book) -> Decimal:
    """What the escrow holds for the party. Refused when there is nothing, nothing is owed, or it is not yet overdue."""
    held = -book.balance.of("proceeds")
    if held <= 0:
        raise Refusal("本案没有拍卖、变卖所得可以抵缴", remedy="拍卖、变卖入账后再申请")
    if book.balance.remaining <= 0:
        raise Refusal("本案没有未缴的罚没款", remedy="价款应退还当事人的,请按退还财物办理")
    due = [
        line.due_on
        for v in money.standing(book.work, book.case_id, "obligation", "instalment")
        for line in money.lines_of(v)
    ]
    last = max((day for day in due if day is not None), default=None)
    if last is not None and last >= book.work.today:
        raise Refusal(f"缴款期限至 {last} 未满,不能抵缴", remedy="当事人逾期不缴纳、经催告仍不履行的,再申请")
    return held
