"""The bank's day against the ledger: what differs waits for a finance person, who explains it or books it; reversals are countered."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import engine
from kernel.errors import Refusal
from kernel.work import LOCAL, Grant, Person, Work
from registers import money
from tests.api.conftest import log_in

HOUR = timedelta(hours=1)


@pytest.fixture
def finance(town):
    """A person of the finance office of the city (no more than that)."""

    def work() -> Work:
        who = town.work_as("officer_2").person
        roles = ("finance", "finance_head")
        grants = tuple(Grant(r, 440100, frozenset({440100}), frozenset({"01"})) for r in roles)
        return Work(town.node, Person(who.id, who.name, who.agency_id, grants))

    return work


def today(town) -> Any:
    return town.clock().astimezone(LOCAL).date()


def differences(work: Work, state: str = "open") -> dict[str, dict[str, Any]]:
    """By kind; that yesterday's file has not come is true or not by the hour at which the tests run."""
    return {row["kind"]: row for row in engine.differences(work, state, 200, None) if row["kind"] != "file_missing"}


def balance(work: Work, case_id: str) -> money.Balance:
    with work.transaction():
        return money.balance(work, case_id)


def day_end(town, **order: Any) -> None:
    town.bank.order("day_end", day=today(town).isoformat(), **order)
    town.speak(HOUR)


def test_a_receipt_of_the_bank_is_in_the_ledger_once_with_its_trade(town, finance):
    fine = town.fine()
    town.settle()
    town.bank.pay(fine["notice_no"], trade_no="T1", times=3)
    town.settle()
    booked = engine.case_money(finance(), fine["case_id"])
    assert [(v["kind"], v["trade_no"]) for v in booked["vouchers"]] == [("obligation", None), ("receipt", "T1")]
    assert booked["balance"]["remaining"] == "0.00"
    day_end(town)
    told = engine.reconcile(finance(), today(town))
    assert (told["bank"], told["ledger"], told["lines"]) == ("3000.00", "3000.00", 1)
    assert differences(finance()) == {}


def test_a_reversal_is_countered_and_stays_a_task_until_somebody_saw_to_it(town, finance):
    fine = town.fine()
    town.settle()
    town.bank.pay(fine["notice_no"], trade_no="T1")
    town.settle()
    day_end(town, add=[[fine["notice_no"], "T1", "3000.00", "REV"]])
    owed = balance(finance(), fine["case_id"])
    assert (owed.remaining, owed.received) == (Decimal("3000.00"), Decimal(0))
    task = differences(finance())["reversed"]
    assert str(task["case_id"]) == fine["case_id"]
    assert task["addressee_role"] == "finance"
    assert task["voucher_id"] is not None
    town.speak(HOUR)  # the same file again: nothing twice
    assert len(engine.case_money(finance(), fine["case_id"])["vouchers"]) == 3
    engine.correct_difference(finance(), str(task["id"]), reason="已通知当事人重新缴款")
    assert "reversed" not in differences(finance())
    with pytest.raises(Refusal, match="已经处理"):
        engine.explain_difference(finance(), str(task["id"]), "再说明")


def test_money_that_is_held_is_booked_by_finance_and_the_flow_goes_on_when_all_is_there(town, finance):
    fine = town.fine("3000.00")
    town.settle()
    town.bank.pay(fine["notice_no"], trade_no="T1", amount="1000.00")
    town.bank.pay(fine["notice_no"], trade_no="T2", amount="2500.00")
    rows = [r for r in engine.differences(finance(), "open", 50, None) if r["kind"] == "wrong_amount"]
    assert sorted(r["key"] for r in rows) == ["T1", "T2"]
    for row in sorted(rows, key=lambda r: r["key"]):
        assert town.open_tasks(fine["case_id"]) == []
        engine.correct_difference(finance(), str(row["id"]), reason="分两笔缴纳,核对无误")
    owed = balance(finance(), fine["case_id"])
    assert (owed.remaining, owed.to_refund) == (Decimal("0.00"), Decimal("500.00"))
    assert town.open_tasks(fine["case_id"]) == ["check_payment"]
    assert [row["status"] for row in town.exchange("in")] == ["done", "done"]


def test_a_payment_of_which_only_the_file_tells_is_booked_and_its_late_receipt_changes_nothing(town, finance):
    fine = town.fine()
    town.settle()
    told = town.bank.pay(fine["notice_no"], trade_no="T1", silent=True)
    day_end(town)
    row = differences(finance())["missing_receipt"]
    engine.correct_difference(finance(), str(row["id"]), reason="银行已确认到账")
    assert balance(finance(), fine["case_id"]).remaining == 0
    town.bank.pay(fine["notice_no"], trade_no="T1", receipt_no=told["receipt"]["receipt_no"])
    town.settle()
    assert balance(finance(), fine["case_id"]).received == Decimal("3000.00")


def test_money_of_an_unknown_case_finds_its_case(town, finance):
    fine = town.fine("100.00")
    town.settle()
    town.bank.pay("4401002026999999999999", amount="100.00", decision_no="粤交罚〔2026〕1号", trade_no="T9")
    row = differences(finance())["unknown_notice"]
    assert row["case_id"] is None
    engine.correct_difference(finance(), str(row["id"]), reason="通知单号填错", case_id=fine["case_id"])
    assert balance(finance(), fine["case_id"]).remaining == 0


def test_a_refund_that_the_bank_reports_pays_out_what_was_approved(town, finance):
    fine = town.fine()
    town.settle()
    town.bank.pay(fine["notice_no"], trade_no="T1", amount="3100.00")
    row = differences(finance())["wrong_amount"]
    engine.correct_difference(finance(), str(row["id"]), reason="多缴")
    told = {"payee_name": "甲", "payee_bank": "乙", "payee_account": "62220000", "reason": "多缴"}
    id_ = engine.request_refund(finance(), fine["case_id"], amount=Decimal(100), **told)["id"]
    other = town.work_as("officer_1").person
    approver = Work(town.node, Person(other.id, other.name, other.agency_id, finance().person.grants))
    engine.decide_refund(approver, id_, approve=True, note="")
    day_end(town, add=[[fine["notice_no"], "T1R", "100.00", "REF"]])
    owed = balance(finance(), fine["case_id"])
    assert (owed.refund_due, owed.received) == (Decimal("0.00"), Decimal("3000.00"))
    assert differences(finance(), "corrected")["reversed"]["key"] == "T1R"


def test_a_changed_amount_replaces_the_notice_at_the_bank_and_only_what_is_owed_then_is_collected(town, finance):
    fine = town.fine("3000.00")
    town.settle()
    change = {"confiscation": Decimal(0), "ground": "court", "document_no": "粤行终〔2026〕8号", "reason": "变更罚款"}
    for amount in (
        "900.00",
        "1000.00",
        "1000.00",
    ):  # entered wrongly, rightly, and once more: the last word counts once
        engine.change_obligation(finance(), fine["case_id"], fine=Decimal(amount), **change)
        assert balance(finance(), fine["case_id"]).remaining == Decimal(amount)
    town.settle()
    [notice] = town.bank.order("state")["notices"].values()
    assert (notice["amount"], notice["ground"]) == ("1000.00", "粤行终〔2026〕8号")
    town.bank.pay(notice["notice_no"], trade_no="T1")
    town.settle()
    assert balance(finance(), fine["case_id"]).remaining == 0
    assert town.open_tasks(fine["case_id"]) == ["check_payment"]
    assert differences(finance()) == {}


def test_a_change_after_all_was_paid_tells_the_bank_nothing_and_leaves_a_refund(town, finance):
    fine = town.fine("3000.00")
    town.settle()
    town.bank.pay(fine["notice_no"], trade_no="T1")
    town.settle()
    engine.change_obligation(
        finance(), fine["case_id"], fine=Decimal("1000.00"), confiscation=Decimal(0), ground="court",
        document_no="粤行终〔2026〕9号", reason="变更罚款",
    )  # fmt: skip
    town.settle()
    assert list(town.bank.order("state")["notices"]) == [fine["notice_no"]]
    assert balance(finance(), fine["case_id"]).to_refund == Decimal("2000.00")


def test_what_the_ledger_has_and_the_file_has_not_is_found_by_reconciling(town, finance):
    fine, other = town.fine(), town.fine()
    town.settle()
    town.bank.pay(other["notice_no"], trade_no="T1")
    town.settle()
    engine.take_receipt(
        finance(), fine["case_id"], receipt_no="纸票1", amount=Decimal("3000.00"), surcharge=Decimal(0),
        paid_on=today(town), channel="bank", payer="甲",
    )  # fmt: skip
    day_end(town)
    told = engine.reconcile(finance(), today(town))
    assert (told["bank"], told["ledger"], told["opened"]) == ("3000.00", "6000.00", 1)
    assert engine.reconcile(finance(), today(town))["opened"] == 0
    assert "纸票1" in differences(finance())["missing_in_file"]["text"]
    engine.explain_difference(finance(), str(differences(finance())["missing_in_file"]["id"]), "银行次日入账")
    engine.reconcile(finance(), today(town))
    assert differences(finance()) == {}


def test_the_list_of_differences_is_one_query(town, finance):
    town.bank.pay("4401002026999999999999", amount="100.00", decision_no="粤交罚〔2026〕1号")
    work = finance()
    with closing(log_in(town.address, "supervisor_1")) as client:
        assert [d["kind"] for d in client.get("/money/differences").json()["items"]] == ["unknown_notice"]
    engine.differences(work, "open", 50, None)
    assert work.statements == 2  # the scope, the page
