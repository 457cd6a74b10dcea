"""The finance people's day at the doors: a receipt, a mistake, the day's report, a sheet – and who may not."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import openpyxl
import pytest

from content import custody
from engine import offsetting
from engine.ledger import Book
from kernel.work import Node, Work, system_person
from registers import document, money
from tests.api.conftest import start
from tests.api.test_bad_requests import ODD, send

DAY = "2026-03-02"


@pytest.fixture
def case(come_in, small: Node) -> str:
    """A case of the city with a fine of 3000 yuan."""
    id_ = start(come_in("officer_1"), 440100)["case_id"]
    with Work(small, system_person(440100, "01")).transaction() as work:
        book = Book(work, {"agency_id": 440100, "category": "01"}, UUID(id_))
        book.decide({"fine": Decimal("3000.00")}, due=work.today, decision_no="=cmd|'/C calc'!A0", key="o")
    return id_


def receipt(**more):
    return {"receipt_no": "R1", "amount": "1000.00", "paid_on": DAY, "channel": "bank", "payer": "甲", **more}


def test_a_receipt_is_taken_once_and_the_ledger_tells_of_it(come_in, case):
    finance, officer = come_in("finance_1"), come_in("officer_1")
    url = f"/cases/{case}/receipts"
    first = finance.post(url, json=receipt(), headers={"Idempotency-Key": "k"})
    assert first.status_code == 200, first.text
    assert finance.post(url, json=receipt(), headers={"Idempotency-Key": "k"}).json() == first.json()
    assert finance.post(url, json=receipt()).status_code == 409
    assert finance.post(url, json=receipt(amount="2000.00"), headers={"Idempotency-Key": "k"}).status_code == 422
    assert officer.post(url, json=receipt(receipt_no="R2")).status_code == 403
    told = officer.get(f"/cases/{case}/money").json()
    assert (told["balance"]["remaining"], told["balance"]["received"]) == ("2000.00", "1000.00")
    assert [v["name"] for v in told["vouchers"]] == ["处罚决定", "收款"]
    assert come_in("sister_officer").get(f"/cases/{case}/money").status_code == 404
    voucher = first.json()["voucher_id"]
    undone = finance.post(f"/vouchers/{voucher}/counter", json={"reason": "误录"})
    assert undone.json()["balance"]["remaining"] == "3000.00"
    assert finance.post(f"/vouchers/{voucher}/counter", json={"reason": "再来"}).status_code == 409


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "-1.00"}, {"amount": "1.001"}, {"amount": "NaN"}, {"amount": "1e30"}, {"amount": "0", "surcharge": "0"},
        {"paid_on": "2999-01-01"}, {"paid_on": "x"}, {"channel": "cash"}, {"receipt_no": ""}, {"receipt_no": "a b"}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_booked(come_in, case, wrong):
    answer = come_in("finance_1").post(f"/cases/{case}/receipts", json=receipt(**wrong))
    assert answer.status_code == 422, answer.text
    assert answer.json()["fields"]
    assert len(come_in("finance_1").get(f"/cases/{case}/money").json()["vouchers"]) == 1


def test_two_people_refund_and_the_account_is_masked(come_in, case):
    finance, chief = come_in("finance_1"), come_in("finance_head_1")
    finance.post(f"/cases/{case}/receipts", json=receipt(amount="3100.00"))
    ask = {
        "amount": "100.00",
        "payee_name": "王小明",
        "payee_bank": "建行",
        "payee_account": "6222020200112233",
        "reason": "多缴",
    }
    made = finance.post(f"/cases/{case}/refunds", json=ask)
    assert made.status_code == 200, made.text
    id_ = made.json()["id"]
    assert finance.post(f"/refunds/{id_}/decision", json={"approve": True}).status_code == 403
    assert chief.post(f"/refunds/{id_}/decision", json={"approve": True}).json()["state"] == "approved"
    assert finance.post(f"/refunds/{id_}/paid", json={"paid_on": DAY, "reference": "退1"}).json()["state"] == "paid"
    page = finance.get("/refunds", params={"state": "paid"})
    assert page.json()["items"][0]["id"] == id_
    for hidden in ("6222020200112233", "王小明"):
        assert hidden not in page.text
        assert hidden not in finance.get(f"/cases/{case}/money").text


def test_the_day_and_its_sheet_without_a_formula(come_in, case):
    finance = come_in("finance_1")
    finance.post(f"/cases/{case}/receipts", json=receipt())
    ask = {"receipt_no": "R2", "payer": "王小明"}
    wrong = finance.post(f"/cases/{case}/receipts", json=receipt(**ask)).json()["voucher_id"]
    assert finance.post(f"/vouchers/{wrong}/counter", json={"reason": "误录到王小明名下"}).status_code == 200
    report = finance.get("/money/day", params={"day": DAY}).json()
    assert [(k["kind"], k["number"]) for k in report["vouchers"]] == [("counter", 1), ("obligation", 1), ("receipt", 2)]
    assert finance.post("/money/reconcile", json={"day": DAY}).json()["ledger"] == "1000.00"
    asked = {"first": DAY, "last": DAY}
    told = finance.get("/money/export", params={**asked, "format": "csv"})
    mark, sheet_text = told.content.decode("utf-8-sig").split("\r\n", 1)
    rows = list(csv.DictReader(io.StringIO(sheet_text)))
    for said in (f"罚没款账目 {DAY} 至 {DAY}", "finance_1", f"共 {len(rows)} 行"):
        assert said in mark
    assert "王小明" not in told.text, "what is told in words may name a person: it stays in the case's account"
    assert {r["决定书"] for r in rows if r["凭证"] == "处罚决定"} == {"'=cmd|'/C calc'!A0"}
    assert sum(Decimal(r["金额(元)"]) for r in rows) == 0
    sheet = openpyxl.load_workbook(io.BytesIO(finance.get("/money/export", params=asked).content)).active
    assert "finance_1" in sheet["A1"].value
    amounts = [line[9] for line in sheet.iter_rows(min_row=3)]
    assert {cell.data_type for cell in amounts} == {"n"}
    assert not [c for line in sheet.iter_rows() for c in line if c.data_type == "f"]
    assert come_in("officer_1").get("/money/export", params=asked).status_code == 403
    assert finance.get("/money/export", params={"first": DAY, "last": "2026-01-01"}).status_code == 422
    audit = come_in("audit_admin_1").get("/audit", params={"verb": "money.export"}).json()["items"]
    assert [row["outcome"] for row in audit] == ["refused", "read", "read"]


def test_whatever_is_sent_in_the_answer_is_a_chinese_refusal_and_never_a_fault(come_in, case):
    finance, chief, auditor = come_in("finance_1"), come_in("finance_head_1"), come_in("audit_admin_1")
    voucher = finance.get(f"/cases/{case}/money").json()["vouchers"][0]["id"]
    ask = {"amount": "1.00", "payee_name": "甲", "payee_bank": "乙", "payee_account": "62220000", "reason": "多缴"}
    change = {"fine": "1.00", "ground": "court", "document_no": "x", "reason": "x"}
    doors = [
        (finance, f"/cases/{case}/receipts", receipt()), (finance, f"/cases/{case}/obligation", change),
        (finance, f"/cases/{case}/refunds", ask), (finance, f"/vouchers/{voucher}/counter", {"reason": "x"}),
        (chief, f"/refunds/{case}/decision", {"approve": True, "note": "x"}), (finance, "/money/reconcile", {"day": DAY}),
        (finance, f"/money/differences/{case}/correct", {"reason": "x", "case_id": case, "surcharge": "1.00"}),
        (come_in("clerk_1"), "/numbers/blocks", {"agency_id": 440100, "what": "case", "count": 1, "device_no": "P1"}),
    ]  # fmt: skip
    for client, path, body in doors:
        for key in body:
            for odd in ODD:
                send(client, "POST", path, content=json.dumps({**body, key: odd}).encode())
    for key in ("person", "who", "subject", "case_number", "verb", "outcome", "first", "last", "limit", "after"):
        for odd in ODD:
            if isinstance(odd, str) and "\ud83d" not in odd:
                send(auditor, "GET", "/audit", params={key: odd})
    for odd in ("0001-01-01", "9999-12-31", "x", ""):
        send(finance, "GET", "/money/day", params={"day": odd})
        send(finance, "GET", "/money/export", params={"first": odd, "last": odd})


# ---------------------------------------------------------------------- proceeds of what was sold
@pytest.fixture
def sold(small: Node, case: str, clock) -> str:
    """Goods of the case were sold for 5000 yuan; there is an approval (E04) of it. The fine of 3000 is overdue."""
    place = {"agency_id": 440100, "category": "01"}
    work = Work(small, system_person(440100, "01"))
    with work.transaction():
        lines = [money.Line("escrow", Decimal(5000)), money.Line("proceeds", Decimal(-5000))]
        money.post(work, place, UUID(case), money.Voucher("auction", "a", work.today, lines, payee="王大锤"))
        paper = document.make(
            work, **place, case_id=UUID(case), kind="E04", name="审批表", number=None, step="x", template_hash="x", release="x",
            context={},
        )  # fmt: skip
        document.issue(work, paper, small.files.put(b"docx"), small.files.put(b"pdf"))
    clock.move(timedelta(days=1))
    return str(paper)


@pytest.fixture
def approval(monkeypatch):
    """The small content has no property: the papers that allow an auction are the national ones."""
    rule = custody.Rule("拍卖或者变卖", ("E40",), ("E04",))
    monkeypatch.setattr(offsetting, "rules_of", lambda _: custody.Custody({"auction": rule}))


def accounts(client, case):
    told = client.get(f"/cases/{case}/money").json()
    return {a["account"]: a["amount"] for a in told["balance"]["accounts"]}, told


@pytest.mark.usefixtures("approval")
def test_proceeds_pay_the_overdue_fine_and_what_is_left_goes_back_to_the_party(come_in, case, sold):
    """行政强制法46、处罚法72: two people and a paper, double entry, nothing overwritten, the rest refunded."""
    finance, chief = come_in("finance_1"), come_in("finance_head_1")
    url, ask = f"/cases/{case}/offsets", {"document_id": sold, "reason": "逾期经催告仍不缴纳"}
    assert come_in("officer_2").post(url, json=ask).status_code == 403
    assert finance.post(url, json={**ask, "reason": " "}).status_code == 422
    assert finance.post(url, json={**ask, "document_id": case}).json()["fields"].keys() == {"document_id"}
    before = accounts(finance, case)[1]["vouchers"]
    assert [v["payee"] for v in before if v["kind"] == "auction"] == ["王**"]
    made = finance.post(url, json=ask)
    assert made.status_code == 200, made.text
    door = f"/offsets/{made.json()['id']}/decision"
    assert finance.post(url, json=ask).status_code == 409, "one waits already"
    assert finance.post(door, json={"approve": True}).status_code == 403
    done = chief.post(door, json={"approve": True})
    assert (done.status_code, done.json()["state"]) == (200, "approved"), done.text
    assert chief.post(door, json={"approve": True}).status_code == 409
    balance, told = accounts(finance, case)
    assert balance == {"decided_fine": "-3000.00", "bank": "5000.00", "overpaid": "-2000.00"}
    assert (told["balance"]["remaining"], told["balance"]["to_refund"]) == ("0.00", "2000.00")
    assert [v["kind"] for v in told["vouchers"]] == ["obligation", "auction", "offset", "remainder"]
    assert told["vouchers"][: len(before)] == before, "what was booked stands"
    for voucher in told["vouchers"]:
        assert sum(Decimal(p["amount"]) for p in voucher["postings"]) == 0
    [kept] = told["offsets"]
    assert (kept["offset_amount"], kept["remainder"], kept["document_id"]) == ("3000.00", "2000.00", sold)
    assert kept["requested_by"] != kept["decided_by"]
    payee = {"payee_name": "王大锤", "payee_bank": "建行", "payee_account": "6222020200112233"}
    back = finance.post(f"/cases/{case}/refunds", json={"amount": "2000.00", "reason": "拍卖余款", **payee})
    assert chief.post(f"/refunds/{back.json()['id']}/decision", json={"approve": True}).status_code == 200
    paid = finance.post(f"/refunds/{back.json()['id']}/paid", json={"paid_on": DAY, "reference": "退1"})
    assert paid.json()["state"] == "paid"
    assert accounts(finance, case)[0] == {"decided_fine": "-3000.00", "bank": "3000.00"}


@pytest.mark.usefixtures("approval")
def test_proceeds_that_are_too_little_leave_the_rest_owed(come_in, case, sold):
    finance, chief = come_in("finance_1"), come_in("finance_head_1")
    more = {"fine": "8000.00", "ground": "correction", "document_no": "更1", "reason": "更正"}
    assert finance.post(f"/cases/{case}/obligation", json=more).status_code == 200
    made = finance.post(f"/cases/{case}/offsets", json={"document_id": sold, "reason": "逾期"}).json()["id"]
    refused = chief.post(f"/offsets/{made}/decision", json={"approve": False, "note": "先催告"})
    assert refused.json()["state"] == "refused"
    assert refused.json()["balance"]["remaining"] == "8000.00"
    made = finance.post(f"/cases/{case}/offsets", json={"document_id": sold, "reason": "已催告"}).json()["id"]
    assert chief.post(f"/offsets/{made}/decision", json={"approve": True}).json()["balance"]["remaining"] == "3000.00"
    again = finance.post(f"/cases/{case}/offsets", json={"document_id": sold, "reason": "再来"})
    assert (again.status_code, "没有拍卖" in again.text) == (409, True)


@pytest.mark.usefixtures("approval")
def test_nothing_is_set_off_before_the_term_of_payment_is_over(come_in, case, sold, clock):
    clock.move(timedelta(days=-1))
    answer = come_in("finance_1").post(f"/cases/{case}/offsets", json={"document_id": sold, "reason": "x"})
    assert (answer.status_code, "未满" in answer.text) == (409, True)
