"""Money of cases: what was decided, what came in, what goes back. Double entry: vouchers with postings that sum to zero.

Debit is positive, credit negative; yuan, exact to the fen. Nothing is overwritten: the database refuses change and deletion,
and what was wrong is countered by its exact opposite (红冲). Posting the same event again (`key`) changes nothing. A case's
balance is one query over one index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work

FEN: Final = Decimal("0.01")
ZERO: Final = Decimal("0.00")
ACCOUNTS: Final[Mapping[str, str]] = {
    "fine": "应收罚款",
    "instalment": "应收分期罚款",
    "confiscation": "应收没收违法所得",
    "surcharge": "应收加处罚款",
    "decided_fine": "罚款决定",
    "decided_confiscation": "没收决定",
    "decided_surcharge": "加处罚款",
    "bank": "代收银行",
    "cash": "当场收缴待交",
    "office": "机关待缴付",
    "overpaid": "多缴待退",
    "refund": "应退款",
    "escrow": "涉案财物价款专户",
    "proceeds": "涉案财物拍卖变卖价款",
}
KINDS: Final[Mapping[str, str]] = {
    "obligation": "处罚决定",
    "instalment": "分期",
    "surcharge": "加处罚款",
    "receipt": "收款",
    "cash": "当场收缴",
    "handed_in": "上交机关",
    "banked": "缴付银行",
    "overpaid": "转多缴",
    "refund": "核准退款",
    "refunded": "已退付",
    "counter": "红冲",
    "auction": "拍卖变卖",
    "offset": "抵缴罚款",
    "remainder": "抵缴余款待退",
}
OWED: Final = ("fine", "instalment", "confiscation", "surcharge")
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s::text, 7210012))"
_BALANCE = "select account, sum(amount) as amount from money_posting where case_id = %s group by account"
_POST = """with v as (insert into money_voucher (id, agency_id, category, case_id, kind, decision_no, reference, trade_no, channel,
  payee, on_day, reason, reverses, key, person_id, at)
values (%(id)s, %(agency)s, %(category)s, %(case)s, %(kind)s, %(decision_no)s, %(reference)s, %(trade_no)s, %(channel)s,
  %(payee)s, %(on)s, %(reason)s, %(reverses)s, %(key)s, %(person)s, %(at)s) on conflict (key) do nothing returning id)
insert into money_posting (voucher_id, line, agency_id, category, case_id, account, amount, due_on)
select v.id, t.line, %(agency)s, %(category)s, %(case)s, t.account, t.amount, t.due_on
from v, unnest(%(accounts)s::text[], %(amounts)s::numeric[], %(dues)s::date[]) with ordinality as t(account, amount, due_on, line)
returning voucher_id"""
_WHOLE = """select v.*, coalesce((select id from money_voucher r where r.reverses = v.id), null) as reversed_by,
  (select jsonb_agg(jsonb_build_object('account', p.account, 'amount', p.amount::text, 'due_on', p.due_on) order by p.line)
    from money_posting p where p.voucher_id = v.id) as postings from money_voucher v"""


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: yuan, debit positive, credit negative; of what is owed, the day it is due."""

    account: str
    amount: Decimal
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Voucher:
    """One event of a case's money. `key` makes it unique; `lines` sum to zero."""

    kind: str
    key: str
    on: date
    lines: Sequence[Line]
    decision_no: str | None = None
    reference: str | None = None
    trade_no: str | None = None
    channel: str | None = None
    payee: str | None = None
    reason: str | None = None
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a case owes and has, in yuan. `accounts`: account → sum of its postings."""

    accounts: Mapping[str, Decimal] = field(default_factory=dict)

    def of(self, account: str) -> Decimal:
        """The sum of an account; nothing posted is zero."""
        return self.accounts.get(account, ZERO)

    @property
    def decided(self) -> Decimal:
        """Fine and confiscation as they stand decided now."""
        return -(self.of("decided_fine") + self.of("decided_confiscation"))

    @property
    def surcharge(self) -> Decimal:
        """The charge for late payment as it stands."""
        return -self.of("decided_surcharge")

    @property
    def remaining(self) -> Decimal:
        """What is still to be paid, the charge included."""
        return sum((max(self.of(account), ZERO) for account in OWED), ZERO)

    @property
    def remaining_fine(self) -> Decimal:
        """What is still to be paid of fine and confiscation."""
        return self.remaining - max(self.of("surcharge"), ZERO)

    @property
    def received(self) -> Decimal:
        """What is there, wherever: at the bank, at the office, in an officer's hand."""
        return self.of("bank") + self.of("cash") + self.of("office")

    @property
    def to_refund(self) -> Decimal:
        """What was paid too much and is not yet approved for refund."""
        return -self.of("overpaid")

    @property
    def refund_due(self) -> Decimal:
        """What is approved for refund and not yet paid out."""
        return -self.of("refund")

    def after(self, lines: Sequence[Line]) -> Balance:
        """The balance once these are posted."""
        accounts = dict(self.accounts)
        for line in lines:
            accounts[line.account] = accounts.get(line.account, ZERO) + line.amount
        return Balance(accounts)

    def surplus(self, *, with_surcharge: bool) -> list[Line]:
        """Postings that move what was paid beyond what is owed to `overpaid`, after it has met what else of the fine is owed.

        What was paid as a charge never pays the fine by itself, nor the other way round: that is for people to decide.
        """
        moved: dict[str, Decimal] = {}
        fine = {account: self.of(account) for account in ("fine", "instalment", "confiscation")}
        for account in [a for a, amount in fine.items() if amount < 0]:
            left = -fine[account]
            moved[account] = left
            for other in [a for a, amount in fine.items() if amount > 0]:
                part = min(left, fine[other])
                fine[other] -= part
                left -= part
                moved[other] = moved.get(other, ZERO) - part
            moved["overpaid"] = moved.get("overpaid", ZERO) - left
        charge = self.of("surcharge")
        if with_surcharge and charge < 0:
            moved["surcharge"] = -charge
            moved["overpaid"] = moved.get("overpaid", ZERO) + charge
        return [Line(account, amount) for account, amount in moved.items() if amount != 0]


def lock(work: Work, case_id: UUID) -> None:
    """One act after the other on the money of a case; held until the commit."""
    work.execute(_LOCK, (str(case_id),))


def balance(work: Work, case_id: UUID) -> Balance:
    """What stands on each account of a case."""
    return Balance({row["account"]: row["amount"] for row in work.rows(_BALANCE, (case_id,))})


def post(work: Work, place: Row, case_id: UUID, voucher: Voucher) -> UUID | None:
    """Writes one voucher with its postings: one statement. None when its key is posted already."""
    lines = [line for line in voucher.lines if line.amount != 0]
    if not lines or sum(line.amount for line in lines) != 0:
        raise ValueError(f"unbalanced voucher {voucher.key}: {lines}")
    rows = work.rows(
        _POST,
        {
            "id": uuid7(),
            "agency": place["agency_id"],
            "category": place["category"],
            "case": case_id,
            "kind": voucher.kind,
            "decision_no": voucher.decision_no,
            "reference": voucher.reference,
            "trade_no": voucher.trade_no,
            "channel": voucher.channel,
            "payee": voucher.payee,
            "on": voucher.on,
            "reason": voucher.reason,
            "reverses": voucher.reverses,
            "key": voucher.key,
            "person": work.person.id,
            "at": work.now,
            "accounts": [line.account for line in lines],
            "amounts": [line.amount for line in lines],
            "dues": [line.due_on for line in lines],
        },
    )
    return UUID(str(rows[0]["voucher_id"])) if rows else None


def counter(work: Work, voucher: Row, reason: str, on: date) -> UUID:
    """红冲: the exact opposite of a voucher. Refuses one that was countered before, and a counter-voucher itself."""
    if voucher["kind"] == "counter" or voucher["reversed_by"] is not None:
        raise Refusal("这张凭证已经红冲,或者本身是红冲凭证", remedy="请刷新案件账目后再办理")
    opposite = Voucher(
        "counter", f"counter:{voucher['id']}", on, [Line(p.account, -p.amount) for p in lines_of(voucher)],
        decision_no=voucher["decision_no"], reference=voucher["reference"], trade_no=voucher["trade_no"],
        channel=voucher["channel"], payee=voucher["payee"], reason=reason, reverses=voucher["id"],
    )  # fmt: skip
    id_ = post(work, voucher, voucher["case_id"], opposite)
    if id_ is None:
        raise Refusal("这张凭证已经红冲", remedy="请刷新案件账目后再办理")
    return id_


def lines_of(voucher: Row) -> list[Line]:
    """The postings of a voucher that was read."""
    return [
        Line(p["account"], Decimal(p["amount"]), date.fromisoformat(p["due_on"]) if p["due_on"] else None)
        for p in voucher["postings"]
    ]


def get(work: Work, voucher_id: UUID) -> Row:
    """One voucher in scope with its postings."""
    row = work.one(f"{_WHOLE} where v.id = %s", (voucher_id,))
    if row is None:
        raise NotFound("没有这张凭证,或不在您的数据范围内", remedy="请从案件账目中选择")
    return row


def vouchers(work: Work, case_id: UUID) -> list[Row]:
    """Every voucher of a case with its postings, oldest first."""
    return work.rows(f"{_WHOLE} where v.case_id = %s order by v.id", (case_id,))


def standing(work: Work, case_id: UUID, *kinds: str) -> list[Row]:
    """The vouchers of these kinds that were not countered, oldest first."""
    return [v for v in vouchers(work, case_id) if v["kind"] in kinds and v["reversed_by"] is None]


def of_trade(work: Work, trade_no: str) -> list[Row]:
    """Receipts of one trade of the bank that stand, oldest first."""
    rows = work.rows(f"{_WHOLE} where v.trade_no = %s and v.kind = 'receipt' order by v.id", (trade_no,))
    return [row for row in rows if row["reversed_by"] is None]


def trades_booked(work: Work, trades: Sequence[str]) -> set[str]:
    """Which of these trades of the bank have a receipt that stands."""
    rows = work.rows(
        """select distinct trade_no from money_voucher v where trade_no = any(%s) and kind = 'receipt'
        and not exists (select 1 from money_voucher r where r.reverses = v.id)""",
        (list(trades),),
    )
    return {row["trade_no"] for row in rows}


def was_countered(work: Work, key: str) -> bool:
    """Whether the voucher of this key, and every one that came in its place, is countered."""
    rows = work.rows(
        """select exists (select 1 from money_voucher r where r.reverses = v.id) as gone from money_voucher v
        where v.key = %(key)s or v.key like %(like)s""",
        {"key": key, "like": key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + ":%"},
    )
    return bool(rows) and all(row["gone"] for row in rows)


def elsewhere(work: Work, agency_id: int, reference: str, case_id: UUID) -> bool:
    """Whether a receipt of this number is booked for another case of the agency."""
    return bool(
        work.rows(
            "select 1 from money_voucher where agency_id = %s and reference = %s and case_id <> %s and kind in ('receipt', 'cash') limit 1",
            (agency_id, reference, case_id),
        )
    )


def total(voucher: Row, accounts: Sequence[str] = ("bank", "cash", "office")) -> Decimal:
    """What a voucher moved on these accounts."""
    return sum((line.amount for line in lines_of(voucher) if line.account in accounts), ZERO)


def receipts_of_day(work: Work, agency_ids: Sequence[int], on: date) -> list[Row]:
    """The receipts of the bank on one day with their postings, oldest first."""
    return work.rows(
        f"{_WHOLE} where v.agency_id = any(%s) and v.on_day = %s and v.kind = 'receipt' order by v.id",
        (list(agency_ids), on),
    )


def day(work: Work, agency_ids: Sequence[int], on: date) -> list[Row]:
    """Of one day: agency, kind, account → number of vouchers and sum of postings."""
    return work.rows(
        """select v.agency_id, v.kind, p.account, count(distinct v.id) as number, sum(p.amount) as amount
        from money_voucher v join money_posting p on p.voucher_id = v.id
        where v.agency_id = any(%s) and v.on_day = %s group by 1, 2, 3 order by 1, 2, 3""",
        (list(agency_ids), on),
    )


def page_of_day(work: Work, agency_ids: Sequence[int], first: date, last: date, most: int) -> list[Row]:
    """The vouchers of these days with case number and postings, oldest first, at most `most`: for an export."""
    return work.rows(
        """select v.id, v.on_day, v.at, v.kind, v.decision_no, v.reference, v.trade_no, v.channel, v.reason, v.agency_id,
          c.case_number, o.name as person, p.account, p.amount
        from money_voucher v join money_posting p on p.voucher_id = v.id left join enforcement_case c on c.id = v.case_id
        left join officer o on o.id = v.person_id
        where v.agency_id = any(%s) and v.on_day between %s and %s order by v.agency_id, v.on_day, v.id, p.line limit %s""",
        (list(agency_ids), first, last, most),
    )


# ---------------------------------------------------------------------- refunds
State = Literal["requested", "approved", "refused", "paid"]


def add_refund(work: Work, place: Row, case_id: UUID, amount: Decimal, payee: Mapping[str, str], reason: str) -> UUID:
    """A request for a refund; one at a time per case."""
    rows = work.rows(
        """insert into money_refund (id, agency_id, category, case_id, amount, payee_name, payee_bank, payee_account, reason, requested_by, requested_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (case_id) where state = 'requested' do nothing returning id""",
        (
            uuid7(), place["agency_id"], place["category"], case_id, amount, payee["name"], payee["bank"], payee["account"],
            reason, work.person.id, work.now,
        ),
    )  # fmt: skip
    if not rows:
        raise Refusal("本案已有待审批的退款申请", remedy="请先办结该申请")
    return UUID(str(rows[0]["id"]))


def refund(work: Work, refund_id: UUID, *, lock: bool = False) -> Row:
    """One request in scope."""
    row = work.one(f"select * from money_refund where id = %s{' for update' if lock else ''}", (refund_id,))
    if row is None:
        raise NotFound("没有这项退款申请,或不在您的数据范围内", remedy="请从退款列表中选择")
    return row


def decide_refund(work: Work, refund_id: UUID, state: State, note: str) -> None:
    """Approved or refused; the database refuses that the same person does both."""
    work.execute(
        "update money_refund set state = %s, decided_by = %s, decided_at = %s, note = %s where id = %s",
        (state, work.person.id, work.now, note, refund_id),
    )


def refund_paid(work: Work, case_id: UUID, amount: Decimal, on: date) -> Row | None:
    """The oldest approved refund of this amount is paid out; None when there is none."""
    return work.one(
        """update money_refund set state = 'paid', paid_on = %s where id = (select id from money_refund
          where case_id = %s and amount = %s and state = 'approved' order by id limit 1) returning *""",
        (on, case_id, amount),
    )


def refunds(
    work: Work, *, case_id: UUID | None = None, state: str | None = None, limit: int = 50, after: UUID | None = None
) -> list[Row]:
    """Requests in scope, newest first, after the row of this id."""
    return work.rows(
        f"""select r.*, c.case_number from money_refund r left join enforcement_case c on c.id = r.case_id
        where {"r.agency_id = any(%(agencies)s)" if len(work.person.scope) <= 8 else "true"}
        {"" if case_id is None else "and r.case_id = %(case)s"} {"" if state is None else "and r.state = %(state)s"}
        {"" if after is None else "and r.id < %(after)s"} order by r.id desc limit %(limit)s""",
        {"agencies": list(work.person.scope), "case": case_id, "state": state, "after": after, "limit": limit},
    )
