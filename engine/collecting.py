"""Taking money beside the steps of a case: receipts at the counter, corrections, refunds – acts of the agency's finance people.

Every act books vouchers and never changes one. Who decided a case does none of this for it (`ledger.demand_apart`); a refund
takes two people. When what was received covers what the case waits for, its flow is told in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from engine import commands, ledger, news, outside, release_store
from engine.ledger import Book, yuan
from engine.property import rules_of
from kernel import permissions, sm3
from kernel.command import command
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.ids import as_uuid, uuid7
from kernel.work import LOCAL, Row, Work
from registers import masking, money, offset
from registers.money import ZERO, Line, Voucher

Json = dict[str, Any]
MESSAGE: Final = "payment_received"  # what a flow that waits for money waits for
_CASE = "select id, agency_id, category, case_number, case_status, facts from enforcement_case where id = %s"
_WAITS = "select 1 from message_wait where subject_id = %s and message = %s limit 1"
_PAPERS: Final = """select id, name, number from document where case_id = %s and kind = any(%s)
and state in ('made', 'unsealed', 'issued', 'served') order by id desc"""
_HIDDEN: Final = {"payee_name": "name", "payee_account": "bank"}


# ---------------------------------------------------------------------- looking
def case_money(work: Work, case_id: str) -> Json:
    """The ledger of a case: balance, vouchers with postings, refunds (the payee's account masked), proceeds that wait to be set
    off and the papers that allow it."""
    permissions.demand(work, "money.read")
    with work.transaction(hot=True):
        case = _case(work, case_id)
        standing = money.balance(work, case["id"])
        booked = money.vouchers(work, case["id"])
        asked = money.refunds(work, case_id=case["id"])
        offsets = offset.of_case(work, case["id"])
        held = max(-standing.of("proceeds"), ZERO)
        allowing = rules_of(release_store.current(work)).allowing("auction") if held else ()
        papers = work.rows(_PAPERS, (case["id"], list(allowing))) if allowing else []
    return {
        "case_id": str(case["id"]),
        "case_number": case["case_number"],
        "balance": told(standing),
        "vouchers": [_shown(v) for v in booked],
        "refunds": [masking.masked_row(r, _HIDDEN) for r in asked],
        "proceeds": f"{held:.2f}",
        "offsets": offsets,
        "offset_papers": papers,
    }


def told(balance: money.Balance) -> Json:
    """A balance as it is shown; yuan as decimal strings."""
    return {
        "decided": f"{balance.decided:.2f}",
        "surcharge": f"{balance.surcharge:.2f}",
        "received": f"{balance.received:.2f}",
        "remaining": f"{balance.remaining:.2f}",
        "to_refund": f"{balance.to_refund:.2f}",
        "refund_due": f"{balance.refund_due:.2f}",
        "accounts": [
            {"account": account, "name": name, "amount": f"{balance.of(account):.2f}"}
            for account, name in money.ACCOUNTS.items()
            if balance.of(account) != 0
        ],
    }


def _shown(voucher: Row) -> Json:
    buyer = voucher["payee"] if voucher["kind"] == "auction" else None
    return {
        **voucher,
        "payee": masking.masked("name", buyer) if buyer and masking.like_a_person(buyer) else voucher["payee"],
        "name": money.KINDS[voucher["kind"]],
        "postings": [{**p, "name": money.ACCOUNTS[p["account"]]} for p in voucher["postings"]],
    }


def refunds(work: Work, state: str | None, limit: int, after: UUID | None) -> list[Row]:
    """Requests for refunds in scope, newest first; the payee's account masked."""
    permissions.demand(work, "money.read")
    with work.transaction(hot=True):
        rows = money.refunds(work, state=state, limit=limit, after=after)
    return [masking.masked_row(row, _HIDDEN) for row in rows]


# ---------------------------------------------------------------------- receiving
@command(may="money.receive", subject="case_id")
def take_receipt(
    work: Work,
    case_id: str,
    *,
    receipt_no: str,
    amount: Decimal,
    surcharge: Decimal,
    paid_on: date,
    channel: str,
    payer: str,
) -> Json:
    """登记收款: a paper receipt of the collecting bank, entered at the counter – all of what is owed, a part, or too much.

    Yuan; `amount` of fine and confiscation, `surcharge` of the charge for late payment. Cash is not taken here: the law lets
    an officer collect it on the spot only, and that is a step of the summary procedure.
    """
    case, book = opened(work, "money.receive", case_id)
    if paid_on > work.today:
        raise InvalidAnswers({"paid_on": "缴款日期不能晚于今天"})
    ledger.refuse_elsewhere(work, case["agency_id"], receipt_no, case["id"])
    voucher = receive(
        book,
        case,
        receipt_no=receipt_no,
        amount=amount,
        surcharge=surcharge,
        paid_on=paid_on,
        channel=channel,
        payer=payer,
    )
    if voucher is None:
        raise Refusal(f"票据号 {receipt_no} 已在本案登记", remedy="请核对票据号;登记有误的先红冲")
    return {"voucher_id": str(voucher), "balance": told(book.balance)}


def receive(
    book: Book,
    case: Row,
    *,
    receipt_no: str,
    amount: Decimal,
    surcharge: Decimal,
    paid_on: date,
    channel: str,
    payer: str,
    trade_no: str | None = None,
    reason: str | None = None,
) -> UUID | None:
    """Books money that came and tells the flow when it covers what the case waits for; None when it is booked already."""
    if amount + surcharge <= 0 or min(amount, surcharge) < 0:
        raise InvalidAnswers({"amount": "收款金额应大于 0 元"})
    if book.balance.decided == 0:
        _obliged_before(book, case)
    if book.balance.decided == 0:
        raise Refusal("本案还没有应缴的罚没款", remedy="待处罚决定书送达、应缴罚没款入账后再登记收款")
    voucher = book.receive(
        yuan(amount), yuan(surcharge), kind="receipt", into="bank", on=paid_on, reference=receipt_no, channel=channel,
        trade_no=trade_no, decision_no=case["facts"].get("decision_no"), reason=reason,
    )  # fmt: skip
    if voucher is not None:
        book.settle(final=False)
        tell_flow(book, case, receipt_no, paid_on, channel, payer)
    return voucher


def _obliged_before(book: Book, case: Row) -> None:
    """A case whose decision was served before there was a ledger waits for its money: what it owes is booked first."""
    facts = case["facts"]
    if book.work.rows(_WAITS, (case["id"], MESSAGE)):
        amounts = {"fine": yuan(facts.get("fine_amount")), "confiscation": yuan(facts.get("confiscated_income"))}
        number = facts.get("decision_no")
        key = f"obligation:{case['id']}:{number or ''}"
        book.decide(amounts, due=book.work.today, decision_no=number, key=key)


def tell_flow(book: Book, case: Row, receipt_no: str, paid_on: date, channel: str, payer: str) -> None:
    """What came in covers what the case waits for: its flow hears of the payment, once."""
    work, facts = book.work, case["facts"]
    if not work.rows(_WAITS, (case["id"], MESSAGE)):
        return
    by_parts = facts.get("instalment_result") == "instalments"
    before = yuan(facts.get("fine_paid_before")) if by_parts else ZERO
    paid = book.balance.decided - book.balance.remaining_fine - before
    wanted = yuan(facts.get("instalment_amount")) if by_parts else book.balance.decided
    if paid < wanted:
        return
    at = datetime.combine(paid_on, time(), tzinfo=LOCAL)
    commands.hear(
        work,
        case["id"],
        MESSAGE,
        {
            "payment_receipt_no": receipt_no,
            "payment_payer": payer,
            "payment_amount": f"{paid:.2f}",
            "payment_paid_at": at.isoformat(),
            "payment_channel": channel,
            "decision_no": facts.get("decision_no") or "",
            "payment_surcharge": f"{_charge_paid(book):.2f}",
        },
    )
    book.balance = money.balance(work, book.case_id)


def _charge_paid(book: Book) -> Decimal:
    return book.balance.surcharge - book.balance.of("surcharge")


# ---------------------------------------------------------------------- correcting
@command(may="money.correct", subject="voucher_id")
def counter_receipt(work: Work, voucher_id: str, reason: str) -> Json:
    """红冲 of a receipt that was entered wrongly or that the bank took back: its exact opposite is booked, with the reason."""
    voucher = money.get(work, as_uuid(voucher_id))
    demand_reason(reason)
    if voucher["kind"] not in ("receipt", "surcharge"):
        raise Refusal("只有收款和加处罚款的凭证可以这样红冲", remedy="决定金额变动的,请办理“变更应缴金额”")
    _, book = opened(work, "money.correct", str(voucher["case_id"]))
    opposite = undo(book, money.get(work, voucher["id"]), reason.strip(), work.today)
    return {"voucher_id": str(opposite), "balance": told(book.balance)}


def undo(book: Book, voucher: Row, reason: str, on: date) -> UUID:
    """Counters a voucher. What was moved to `overpaid` is worked out anew; what of it is refunded already is owed again."""
    moved = money.standing(book.work, book.case_id, "overpaid")
    for one in moved:
        money.counter(book.work, one, f"随凭证红冲:{reason}", on)
    opposite = money.counter(book.work, voucher, reason, on)
    book.balance = money.balance(book.work, book.case_id)
    book.settle(final=bool(moved))
    missing = -book.balance.to_refund
    if missing > 0:
        lines = [Line("fine", missing), Line("overpaid", -missing)]
        book.post(Voucher("overpaid", f"overpaid:{uuid7()}", on, lines, reason="红冲后恢复应收"))
    return opposite


@command(may="money.correct", subject="case_id")
def change_obligation(
    work: Work,
    case_id: str,
    *,
    fine: Decimal,
    confiscation: Decimal,
    ground: Literal["reconsideration", "court", "correction"],
    document_no: str,
    reason: str,
) -> Json:
    """变更应缴金额 after reconsideration, judgment or correction: the decision booked is countered, the new one booked; what was
    paid beyond it is to be refunded. Whoever collects is told by a new notice that replaces the former one."""
    case, book = opened(work, "money.correct", case_id)
    demand_reason(reason)
    if min(fine, confiscation) < 0:
        raise InvalidAnswers({"fine": "金额不能小于 0 元"})
    why = f"{_GROUNDS[ground]}:{document_no}。{reason.strip()}"
    amounts = {"fine": yuan(fine), "confiscation": yuan(confiscation)}
    if not book.redecide(amounts, document_no=document_no, reason=why):
        raise Refusal("本案还没有应缴的罚没款", remedy="待处罚决定书送达、应缴罚没款入账后再办理")
    owed = book.balance.remaining_fine
    key = f"notice:{case_id}:{sm3.hexdigest(document_no.encode())[:16]}:{owed}"
    outside.replace_payment_notice(work, case, case["id"], amount=owed, document_no=document_no, key=key)
    return {"balance": told(book.balance)}


_GROUNDS: Final[Mapping[str, str]] = {
    "reconsideration": "行政复议决定",
    "court": "人民法院裁判",
    "correction": "本机关自行纠正",
}


# ---------------------------------------------------------------------- refunding
@command(may="money.refund", subject="case_id")
def request_refund(
    work: Work, case_id: str, *, amount: Decimal, payee_name: str, payee_bank: str, payee_account: str, reason: str
) -> Json:
    """申请退款 of what was paid too much; another person approves it."""
    case, book = opened(work, "money.refund", case_id)
    demand_reason(reason)
    _demand_surplus(book, amount)
    payee = {"name": payee_name, "bank": payee_bank, "account": payee_account}
    made = money.add_refund(work, case, case["id"], yuan(amount), payee, reason.strip())
    tell_deciders(work, case, f"退款 {yuan(amount)} 元", "/money/refunds?state=requested")
    return {"id": str(made)}


def tell_deciders(work: Work, case: Row, what: str, link: str) -> None:
    """Whoever approves payments at the case's agency learns that a request waits; he is not the one who asks."""
    text = f"{work.person.name}申请{what}(案件 {case['case_number'] or '未编号'}),请审批"
    news.tell_holders(work, "money.approve", case, "money", text, link)


def tell_asker(work: Work, case: Row, row: Row, what: str) -> None:
    """Who asked learns what became of the request, where the case's account shows it."""
    text = f"{work.person.name}{what}(案件 {case['case_number'] or '未编号'})"
    news.tell(work, [news.News(row["requested_by"], "money", text, f"/money/cases/{case['id']}")])


def demand_undecided(work: Work, row: Row, what: str) -> None:
    """Of two people: who asked does not decide, and nobody decides twice."""
    if row["requested_by"] == work.person.id:
        raise NotAllowed(f"申请人不能审批自己的{what}", remedy="请由另一人审批")
    if row["state"] != "requested":
        raise Refusal(f"这项{what}已经审批", remedy="请刷新案件账目")


@command(may="money.approve", subject="refund_id")
def decide_refund(work: Work, refund_id: str, *, approve: bool, note: str) -> Json:
    """审批退款, by somebody else than who asked for it and than who decided the case. Approved: it is owed to the payer."""
    row = money.refund(work, as_uuid(refund_id), lock=True)
    case, book = opened(work, "money.approve", str(row["case_id"]))
    demand_undecided(work, row, "退款申请")
    if not approve:
        demand_reason(note)
        money.decide_refund(work, row["id"], "refused", note.strip())
        tell_asker(work, case, row, "不同意您的退款申请")
        return {"id": str(row["id"]), "state": "refused"}
    _demand_surplus(book, row["amount"])
    lines = [Line("overpaid", row["amount"]), Line("refund", -row["amount"])]
    book.post(Voucher("refund", f"refund:{row['id']}", work.today, lines, reason=row["reason"]))
    money.decide_refund(work, row["id"], "approved", note.strip())
    tell_asker(work, case, row, "同意您的退款申请")
    return {"id": str(row["id"]), "state": "approved"}


@command(may="money.receive", subject="refund_id")
def record_refunded(work: Work, refund_id: str, *, paid_on: date, reference: str) -> Json:
    """登记已退付: the bank has paid an approved refund out, by its paper; what its day-end file says is booked by itself."""
    row = money.refund(work, as_uuid(refund_id), lock=True)
    _, book = opened(work, "money.receive", str(row["case_id"]))
    if row["state"] != "approved":
        raise Refusal("只有已核准、未退付的退款可以登记退付", remedy="请刷新退款列表")
    if paid_on > work.today:
        raise InvalidAnswers({"paid_on": "退付日期不能晚于今天"})
    pay_out(book, row["amount"], paid_on, reference=reference)
    return {"id": str(row["id"]), "state": "paid"}


def pay_out(
    book: Book, amount: Decimal, on: date, *, reference: str | None = None, trade_no: str | None = None
) -> UUID | None:
    """The oldest approved refund of this amount is paid; None when there is none."""
    row = money.refund_paid(book.work, book.case_id, amount, on)
    if row is None:
        return None
    lines = [Line("refund", amount), Line("bank", -amount)]
    return book.post(
        Voucher(
            "refunded", f"refunded:{row['id']}", on, lines, reference=reference, trade_no=trade_no, reason=row["reason"]
        )
    )


def _demand_surplus(book: Book, amount: Decimal) -> None:
    if amount <= 0 or amount > book.balance.to_refund:
        told_ = f"{book.balance.to_refund:.2f}"
        raise InvalidAnswers({"amount": f"可退金额为 {told_} 元,退款应大于 0 元且不超过它"})


# ---------------------------------------------------------------------- shared
def opened(work: Work, verb: str, case_id: str) -> tuple[Row, Book]:
    """A case whose money this person may handle, and its book, locked."""
    case = _case(work, case_id)
    permissions.demand(work, verb, case["agency_id"], case["category"])
    ledger.demand_apart(work, release_store.current(work), case["id"])
    return case, Book(work, case, case["id"])


def _case(work: Work, case_id: str) -> Row:
    row = work.one(_CASE, (as_uuid(case_id),))
    if row is None:
        raise NotFound("没有这个案件,或不在您的数据范围内", remedy="请从案件列表中选择")
    return row


def demand_reason(reason: str) -> None:
    """A reason that says something."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写理由"})
