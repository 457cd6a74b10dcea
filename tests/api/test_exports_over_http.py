"""A list of cases leaves the system with a second person's approval, a watermark, masked data, and no formula in it."""

import csv
import io
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import openpyxl
import pytest

from engine.ledger import Book
from kernel.work import Work, system_person
from registers import list_export, party, vehicle
from tests.api.conftest import log_in, start

WANTED = {"category": "01", "since": "2026-03-01", "until": "2026-03-31", "purpose": "年度案卷评查"}
PHONE, CARD = "13800138000", "440102198503071217"


@pytest.fixture
def cases(come_in, small):
    """Two cases: one of a person, one of a firm whose name is a formula; and one of the sister city."""
    officer = come_in("officer_1")
    ids = [start(officer)["case_id"], start(officer)["case_id"]]
    start(come_in("sister_officer"), 440300)
    work = Work(small, system_person(440100, "01"))
    where = {"agency_id": 440100, "category": "01"}
    with work.transaction():
        person = party.find_or_insert(work, **where, party_type="person", name="王大锤", id_number=CARD, phone=PHONE)
        firm = party.find_or_insert(
            work, **where, party_type="organization", name="=cmd|' /C calc'!A0", phone="+8613800138000"
        )
        for case_id, party_id in zip(ids, (person, firm), strict=True):
            work.execute("update enforcement_case set party_id = %s where id = %s", (party_id, case_id))
    return ids


def ask(client, **changes):
    answer = client.post("/exports", json={**WANTED, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def approve(client, export_id, approved=True):
    return client.post(f"/exports/{export_id}/decision", json={"approved": approved, "decision": "同意"})


def test_nothing_leaves_without_a_second_person(cases, come_in):
    clerk, head, supervisor = come_in("clerk_1"), come_in("head_1"), come_in("city_supervisor")
    one = ask(clerk)
    assert clerk.get(f"/exports/{one}/file").status_code == 409
    assert approve(clerk, one).status_code == 403
    own = ask(supervisor)
    refused = approve(supervisor, own)  # has both rights, but asked himself
    assert (refused.status_code, refused.json()["detail"]) == (409, "不能批准自己的导出申请")
    assert approve(head, one).json()["state"] == "approved"
    assert approve(head, one).status_code == 409
    assert clerk.get(f"/exports/{one}/file").status_code == 200
    assert head.get(f"/exports/{one}/file").status_code == 404  # approved for who asked
    assert approve(head, own, approved=False).json()["state"] == "refused"
    assert supervisor.get(f"/exports/{own}/file").status_code == 409
    assert [e["state"] for e in head.get("/exports").json()["items"]] == ["refused", "approved"]
    assert come_in("sister_officer").get("/exports").status_code == 403


def test_a_sheet_carries_its_watermark_masked_data_and_no_formula(cases, come_in):
    clerk = come_in("clerk_1")
    one = ask(clerk)
    approve(come_in("head_1"), one)
    text = clerk.get(f"/exports/{one}/file", params={"format": "csv"}).content.decode("utf-8-sig")
    first, headings, *lines = csv.reader(io.StringIO(text))
    for told in (one, "用途:年度案卷评查", "批准人 何平", "2026-03-02", "共 2 件", "clerk_1"):
        assert told in first[0]
    by = {line[headings.index("当事人")]: line for line in lines}
    assert set(by) == {"王**", "'=cmd|' /C calc'!A0"}
    assert PHONE not in text
    assert CARD not in text
    assert all(not cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    assert {line[-1] for line in lines} == {one[-12:]}
    book = openpyxl.load_workbook(io.BytesIO(clerk.get(f"/exports/{one}/file").content))
    page = book.worksheets[0]
    assert one in page["A1"].value
    assert one in page.oddFooter.center.text
    assert [cell.data_type for row in page.iter_rows() for cell in row if cell.data_type == "f"] == []
    rows = come_in("audit_admin_1").get("/audit", params={"verb": "case.exported"}).json()["items"]
    assert len(rows) == 2


def test_data_in_clear_needs_the_right_of_who_asks(cases, come_in):
    assert come_in("finance_1").post("/exports", json={**WANTED, "plain": True}).status_code == 403
    clerk = come_in("clerk_1")
    one = ask(clerk, plain=True)
    approve(come_in("head_1"), one)
    text = clerk.get(f"/exports/{one}/file", params={"format": "csv"}).content.decode("utf-8-sig")
    assert PHONE in text
    assert "含未遮盖的个人信息" in text


def test_an_approval_ends_after_a_week(cases, come_in, address, clock):
    one = ask(come_in("clerk_1"))
    approve(come_in("head_1"), one)
    clock.move(timedelta(days=8))
    with closing(log_in(address, "clerk_1")) as later:
        assert later.get(f"/exports/{one}/file").json()["detail"] == "批准已过期"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"until": "2026-02-01"}, "until"),
        ({"until": "2028-02-01"}, "until"),
        ({"category": "9"}, "category"),
    ],
)
def test_a_wish_that_is_wrong_says_what(come_in, change, field):
    answer = come_in("clerk_1").post("/exports", json={**WANTED, **change})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])


# ---------------------------------------------------------------------- the registers besides cases
def fetched(client, export_id):
    answer = client.get(f"/exports/{export_id}/file", params={"format": "csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("kind", [one for one in list_export.LISTS if one != "money"])
def test_every_list_leaves_approved_with_its_watermark_under_its_headings(kind, cases, come_in):
    overseer = come_in("city_supervisor")
    one = ask(overseer, kind=kind)
    approve(come_in("head_1"), one)
    mark, headings, *lines = fetched(overseer, one)
    assert one in mark[0]
    assert f"共 {len(lines)} 件" in mark[0]
    assert headings == [*list_export.LISTS[kind].columns.values(), "导出编号"]
    assert {line[-1] for line in lines} <= {one[-12:]}
    [row] = come_in("audit_admin_1").get("/audit", params={"verb": "case.exported"}).json()["items"]
    assert kind in row["detail"]


def test_what_tells_of_a_person_is_masked_and_what_tells_of_a_firm_is_not(cases, come_in, small):
    work = Work(small, system_person(440100, "01"))
    with work.transaction():
        vehicle.find_or_insert(work, agency_id=440100, category="01", plate="粤A12345", plate_color="2")
    clerk, head = come_in("clerk_1"), come_in("head_1")
    seen = {}
    for kind in ("parties", "vehicles"):
        approve(head, one := ask(clerk, kind=kind))
        seen[kind] = fetched(clerk, one)[2:]
        assert PHONE not in str(seen)
        assert CARD not in str(seen)
        assert "粤A12345" not in str(seen)
    assert {line[1] for line in seen["parties"]} >= {"王**", "'=cmd|' /C calc'!A0"}
    approve(head, one := ask(clerk, kind="parties", plain=True))
    assert PHONE in str(fetched(clerk, one))


def test_finance_people_get_the_vouchers_of_a_period_with_anothers_approval(cases, come_in, small):
    """A fine, a payment and its correction: every voucher a line with its amount, its kind in words; nothing else that happened."""
    for case_id, amount in zip(cases, ("3000.00", "500.00"), strict=True):
        with Work(small, system_person(440100, "01")).transaction() as work:
            book = Book(work, {"agency_id": 440100, "category": "01"}, UUID(case_id))
            book.decide({"fine": Decimal(amount)}, due=work.today, decision_no="罚1号", key=case_id)
    finance, head = come_in("finance_1"), come_in("head_1")
    paid = {"receipt_no": "R1", "amount": "1000.00", "paid_on": "2026-03-02", "channel": "bank", "payer": "王大锤"}
    voucher = finance.post(f"/cases/{cases[0]}/receipts", json=paid).json()["voucher_id"]
    assert finance.post(f"/vouchers/{voucher}/counter", json={"reason": "王大锤的款误录"}).status_code == 200
    one = ask(finance, kind="money", purpose="月末对账")
    assert finance.get(f"/exports/{one}/file").status_code == 409
    approve(head, one)
    mark, headings, *lines = fetched(finance, one)
    assert "用途:月末对账" in mark[0]
    assert "批准人 何平" in mark[0]
    told = sorted((line[headings.index("种类")], line[headings.index("金额(元)")]) for line in lines)
    assert told == sorted([("处罚决定", "3000.00"), ("处罚决定", "500.00"), ("收款", "1000.00"), ("红冲", "1000.00")])
    assert "王大锤" not in str(lines)
    assert {line[0] for line in lines} == {"2026-03-02"}
    approve(head, empty := ask(finance, kind="money", since="2026-01-01", until="2026-01-31"))
    assert fetched(finance, empty)[2:] == []
    assert come_in("officer_1").post("/exports", json={**WANTED, "kind": "money"}).status_code == 403


def test_a_list_is_for_whoever_may_read_its_register(cases, come_in):
    clerk = come_in("clerk_1")
    assert clerk.post("/exports", json={**WANTED, "kind": "property"}).status_code == 403
    assert clerk.post("/exports", json={**WANTED, "kind": "money"}).status_code == 403
    assert clerk.post("/exports", json={**WANTED, "kind": "everything"}).status_code == 422
    assert come_in("officer_1").post("/exports", json={**WANTED, "kind": "clues"}).status_code == 403


def test_the_lists_that_may_be_asked_for_are_those_that_there_are():
    from typing import get_args

    from api.staff import exports

    assert set(get_args(exports.Kind)) == {"cases", *list_export.LISTS}
