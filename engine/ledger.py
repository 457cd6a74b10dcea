"""What the steps of a case book in the ledger of its money (`posts` in process.yaml), in the transaction of the step.

Decision and collection are separate (处罚法67): whoever decided a case neither takes, books nor corrects its money. Cash that
the law lets an officer collect on the spot (处罚法68、69) is booked by the step that collects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from content.releases import Release
from engine import shelf
from engine.rulebook import guards
from kernel import sm3
from kernel.errors import AgainstTheLaw, InvalidAnswers, Refusal
from kernel.ids import uuid7
from kernel.work import LOCAL, Row, Work
from registers import agency, money
from registers.money import ZERO, Line, Voucher

if TYPE_CHECKING:
    from engine.step import Step

MONEY: Final = "money"


def demand_apart(work: Work, release: Release, case_id: UUID) -> None:
    """Refuses whoever the guards keep from the money of this case (step role `money`): those who decided it."""
    performers: dict[str, list[str]] = {}
    for row in work.read(shelf.send(work, case_id, None)):
        if row["what"] == "step":
            performers.setdefault(row["name"], []).append(str(row["person_id"]))
    context = {"performers": performers, "person": {"id": str(work.person.id)}}
    for no in guards.refusals(release.guards, MONEY, "complete", context):
        raise AgainstTheLaw(no.message, article=no.law, rule=no.id, remedy=no.remedy)


def payee(work: Work, agency_id: int) -> str | None:
    """The collecting bank and its account, as the agency's particulars have them."""
    facts = agency.get(work, agency_id).get("facts") or {}
    told = [str(facts[key]) for key in ("bank_name", "bank_account") if facts.get(key)]
    return " ".join(told) or None


def yuan(value: object) -> Decimal:
    """An amount of a fact; nothing is zero."""
    return Decimal(str(value or "0")).quantize(money.FEN)


def post(step: Step) -> None:
    """Books what the steps that were just done say, in their order; then moves what was paid too much to `overpaid`."""
    book = Book(step.work, step.instance, step.instance["subject_id"])
    for element, what in step.posts:
        _ACTS[what](book, step, element)
    book.settle(final=any(what != "receipt" for _, what in step.posts))


class Book:
    """The money of one case, locked, in an open transaction: each voucher changes the balance that the next one sees."""

    def __init__(self, work: Work, place: Row, case_id: UUID) -> None:
        self.work, self.place, self.case_id = work, place, case_id
        money.lock(work, case_id)
        self.balance = money.balance(work, case_id)

    def post(self, voucher: Voucher) -> UUID | None:
        """One voucher; nothing when it is booked already or would move nothing."""
        lines = [line for line in voucher.lines if line.amount != 0]
        id_ = money.post(self.work, self.place, self.case_id, voucher) if lines else None
        if id_ is not None:
            self.balance = self.balance.after(lines)
        return id_

    def settle(self, *, final: bool) -> None:
        """What was paid beyond what is owed becomes `overpaid`. Not `final`: the charge for late payment is yet to be worked out."""
        lines = self.balance.surplus(with_surcharge=final)
        if lines:
            self.post(Voucher("overpaid", f"overpaid:{uuid7()}", self.work.today, lines))

    def decide(
        self, amounts: Mapping[str, Decimal], *, due: date, decision_no: str | None, key: str, reason: str | None = None
    ) -> UUID | None:
        """What is to be paid: account (fine, confiscation) → yuan."""
        lines = [
            line
            for account, amount in amounts.items()
            for line in (Line(account, amount, due), Line(f"decided_{account}", -amount))
        ]
        told = payee(self.work, self.place["agency_id"])
        return self.post(
            Voucher("obligation", key, self.work.today, lines, decision_no=decision_no, payee=told, reason=reason)
        )

    def redecide(self, amounts: Mapping[str, Decimal], *, document_no: str, reason: str) -> bool:
        """The decision was changed: what is booked is countered, the new amounts are booked, what was paid beyond them is to be
        refunded. False when nothing was booked yet."""
        standing = money.standing(self.work, self.case_id, "obligation")
        if not standing:
            return False
        last = money.lines_of(standing[-1])
        owed = {line.account: line.amount for line in last if line.account in amounts}
        if standing[-1]["decision_no"] == document_no and owed == {k: v for k, v in amounts.items() if v}:
            return True  # the same change entered again changes nothing
        due = next((line.due_on for line in last if line.due_on), None) or self.work.today
        for voucher in standing:
            money.counter(self.work, voucher, reason, self.work.today)
        self.balance = money.balance(self.work, self.case_id)
        key = f"obligation:{self.case_id}:{document_no}"
        if money.was_countered(self.work, key):  # entered wrongly before, and now rightly
            key = f"{key}:{uuid7()}"
        self.decide(amounts, due=due, decision_no=document_no, key=key, reason=reason)
        self.settle(final=True)
        return True

    def receive(
        self,
        fine: Decimal,
        surcharge: Decimal,
        *,
        kind: str,
        into: str,
        on: date,
        reference: str | None,
        channel: str | None,
        trade_no: str | None = None,
        decision_no: str | None = None,
        reason: str | None = None,
    ) -> UUID | None:
        """Money that came: parts that are due first are paid first; what is beyond them is `overpaid`. None when it is booked already."""
        if trade_no and money.of_trade(self.work, trade_no):
            return None
        lines, left = [Line(into, fine + surcharge)], fine
        for account in ("instalment", "fine", "confiscation"):
            part = min(left, max(self.balance.of(account), ZERO))
            lines.append(Line(account, -part))
            left -= part
        lines += [Line("overpaid", -left), Line("surcharge", -surcharge)]
        key = f"{kind}:{self.case_id}:{reference or trade_no}"
        voucher = Voucher(
            kind, key, on, lines, decision_no=decision_no, reference=reference, trade_no=trade_no, channel=channel,
            reason=reason,
        )  # fmt: skip
        id_ = self.post(voucher)
        if id_ is None and money.was_countered(self.work, key):  # entered wrongly, countered, and now entered rightly
            id_ = self.post(replace(voucher, key=f"{key}:{uuid7()}"))
        return id_

    def accrue(self, amount: Decimal) -> None:
        """The charge for late payment is so much now: the difference is booked, or the earlier ones are countered first."""
        if amount < self.balance.surcharge:
            for voucher in money.standing(self.work, self.case_id, "surcharge"):
                money.counter(self.work, voucher, "加处罚款重新计算", self.work.today)
            self.balance = money.balance(self.work, self.case_id)
        more = amount - self.balance.surcharge
        lines = [Line("surcharge", more), Line("decided_surcharge", -more)]
        self.post(Voucher("surcharge", f"surcharge:{uuid7()}", self.work.today, lines))


# ---------------------------------------------------------------------- what process.yaml may say
def _obligation(book: Book, step: Step, element: str) -> None:
    if book.balance.decided != 0:
        return
    term = step.definition.service(element).get("term") if element else None
    due = step.clocks.due_or_none(term) if term else None
    amounts = {"fine": yuan(step.facts.get("fine_amount")), "confiscation": yuan(step.facts.get("confiscated_income"))}
    number = _text(step.facts.get("decision_no"))
    day = due.astimezone(LOCAL).date() if due else step.work.today
    book.decide(amounts, due=day, decision_no=number, key=f"obligation:{book.case_id}:{number or ''}")


def _instalments(book: Book, step: Step, element: str) -> None:
    """The fine falls due in parts, or all of it later, when the agency granted that (处罚法66)."""
    result, plan = step.facts.get("instalment_result"), step.facts.get("instalment_plan") or []
    if result == "instalments" and plan:
        parts = [Line("instalment", yuan(r["instalment_amount"]), _day(r["instalment_due"])) for r in plan]
    elif result == "deferred" and step.facts.get("deferred_to"):
        parts = [Line("fine", book.balance.of("fine"), _day(step.facts["deferred_to"]))]
    else:
        return
    whole = Line("fine", -sum((part.amount for part in parts), ZERO))
    told = [(part.amount, part.due_on) for part in parts]
    book.post(Voucher("instalment", f"instalment:{book.case_id}:{_digest(told)}", step.work.today, [whole, *parts]))


def _surcharge(book: Book, step: Step, element: str) -> None:
    book.accrue(yuan(step.facts.get("surcharge_amount")))


def _redecision(book: Book, step: Step, element: str) -> None:
    """What a decision on reconsideration, a judgment or the agency's own correction made of the fine (复议法、诉讼法); nothing
    when it left the amounts as they were."""
    fine, confiscation = step.facts.get("remedy_fine_amount"), step.facts.get("remedy_confiscation")
    if fine is None and confiscation is None:
        return
    number = _text(step.facts.get("remedy_document_no")) or ""
    as_it_was = step.facts.get("confiscated_income") if confiscation is None else confiscation
    amounts = {"fine": yuan(fine), "confiscation": yuan(as_it_was)}
    book.redecide(amounts, document_no=number, reason=f"复议、诉讼结果:{number}")


def _receipt(book: Book, step: Step, element: str) -> None:
    if not step.told.get("payment_amount"):
        raise InvalidAnswers({"payment_amount": "缴款回单应写明缴款金额"})
    if "system" not in step.work.person.roles:
        demand_apart(step.work, step.release, book.case_id)
    _obligation(book, step, "")
    _receive(book, step, step.told, "receipt", "bank")


def _cash(book: Book, step: Step, element: str) -> None:
    _receive(book, step, step.facts, "cash", "cash")


def _receive(book: Book, step: Step, told: Mapping[str, Any], kind: str, into: str) -> None:
    paid_at = told.get("payment_paid_at")
    book.receive(
        yuan(told.get("payment_amount")),
        yuan(told.get("payment_surcharge")),
        kind=kind,
        into=into,
        on=datetime.fromisoformat(str(paid_at)).astimezone(LOCAL).date() if paid_at else step.work.today,
        reference=_text(told.get("payment_receipt_no")),
        channel=_text(told.get("payment_channel")),
        trade_no=step.trade_no,
        decision_no=_text(told.get("decision_no")),
    )


def _hand_in(book: Book, step: Step, element: str) -> None:
    _move(book, step, "handed_in", "cash", "office")


def _bank(book: Book, step: Step, element: str) -> None:
    _move(book, step, "banked", "office", "bank")


def _move(book: Book, step: Step, kind: str, from_: str, to: str) -> None:
    amount = book.balance.of(from_)
    reference = _text(step.facts.get("payment_receipt_no"))
    key = f"{kind}:{book.case_id}:{reference}"
    book.post(Voucher(kind, key, step.work.today, [Line(to, amount), Line(from_, -amount)], reference=reference))


_ACTS: Final = {
    "obligation": _obligation,
    "instalments": _instalments,
    "surcharge": _surcharge,
    "redecision": _redecision,
    "receipt": _receipt,
    "cash": _cash,
    "handed_in": _hand_in,
    "banked": _bank,
}


def _text(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


def _day(value: object) -> date:
    return date.fromisoformat(str(value)[:10])


def _digest(*told: object) -> str:
    return sm3.hexdigest(repr(told).encode())[:24]


def refuse_elsewhere(work: Work, agency_id: int, reference: str, case_id: UUID) -> None:
    """A receipt's number belongs to one case."""
    if money.elsewhere(work, agency_id, reference, case_id):
        raise Refusal(f"票据号 {reference} 已登记在另一案件", remedy="请核对票据号;登记错误的先红冲原登记")
