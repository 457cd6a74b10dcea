"""The collecting bank, played by a program of its own that fails, repeats, delays and lies: 0 lost, 0 doubled, differences visible."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from itertools import pairwise

import engine
from kernel.work import LOCAL, Work, system_person
from registers import exchange
from tests.api.conftest import log_in
from tests.integrations.conftest import SECRET

HOUR = timedelta(hours=1)


def test_a_served_decision_tells_the_bank_what_is_owed(town):
    fine = town.fine("3000.00")
    assert town.bank.order("state")["notices"] == {}  # the step wrote a row; nobody was called
    town.settle()
    notice = town.bank.order("state")["notices"][fine["notice_no"]]
    number = town.rows("select number from document where case_id = %s", fine["case_id"])[0]["number"]
    due = town.rows("select due_at from clock where rule = 'DL_FINE_PAYMENT'")[0]["due_at"]
    assert notice == {
        "notice_no": fine["notice_no"], "decision_no": number, "payer_name": "广州穗运货运有限公司", "payer_id": "",
        "amount": "3000.00", "due_date": f"{due.astimezone(LOCAL):%Y%m%d}", "surcharge_rate": "0.03", "surcharge_cap": "1",
        "agency": "广州市交通运输综合行政执法局", "region": "440100",
    }  # fmt: skip
    assert town.exchange()[0]["status"] == "done"
    assert town.facts(fine["case_id"])["decision_no"] == number


def test_a_receipt_reaches_its_case_once_however_often_it_comes(town):
    fine = town.fine()
    town.settle()
    told = town.bank.pay(fine["notice_no"], times=5)
    assert [a["duplicate"] for a in told["answers"]] == [False, True, True, True, True]
    other = town.fine()
    town.settle()
    together = town.bank.pay(other["notice_no"], times=8, together=True)
    assert sorted(a["duplicate"] for a in together["answers"]) == [False] + [True] * 7
    town.settle()
    assert town.open_tasks(fine["case_id"]) == ["check_payment"]
    assert len(town.payments(fine["case_id"])) == 1
    facts = town.facts(fine["case_id"])
    receipt = told["receipt"]
    assert facts["payment_receipt_no"] == receipt["receipt_no"]
    assert (facts["payment_amount"], facts["payment_surcharge"]) == ("3000.00", "0.00")
    assert (facts["payment_payer"], facts["payment_channel"]) == ("广州穗运货运有限公司", "bank")
    assert facts["decision_no"] == receipt["decision_no"]
    assert town.differences() == []
    assert [row["status"] for row in town.exchange("in")] == ["done", "done"]


def test_a_bank_that_fails_in_every_way_gets_the_notice_once(town):
    fines = [town.fine() for _ in range(3)]
    town.bank.order(
        "fail", next=["503", "hang_up", "lose_answer", "garbage", "lose_answer", "429:1", "503", "hang_up", "500"]
    )
    for _ in range(12):
        town.speak(HOUR)
    state = town.bank.order("state")
    assert sorted(state["notices"]) == sorted(f["notice_no"] for f in fines)
    assert {row["status"] for row in town.exchange()} == {"done"}
    assert len(set(state["calls"])) == 3, "one idempotency key per notice, whatever happened"
    tries = town.rows("select outcome from exchange_try order by id")
    assert [t["outcome"] for t in tries].count("delivered") == 3
    assert [t["outcome"] for t in tries].count("failed") == 9


def test_the_wait_grows_and_gives_up_after_three_days_with_an_incident(town):
    town.fine()
    town.bank.order("fail", next=["503"] * 200)
    waits, last = [], town.clock()
    for _ in range(40):
        town.speaker.turn()
        due = town.rows("select due_at, status from job where kind = 'exchange:payment.notice'")[0]
        if due["status"] == "incident":
            break
        waits.append((due["due_at"] - town.clock()).total_seconds())
        last = town.clock()
        town.speaker._failures = 0  # the breaker is another test's matter
        town.move(due["due_at"] - last + timedelta(seconds=1))
    assert due["status"] == "incident"
    assert 45 < waits[0] < 75
    assert all(later > earlier * 1.5 for earlier, later in pairwise(waits[:6]))
    assert max(waits) < 12 * 3600 * 1.21
    incident = town.rows("select * from incident where status = 'open'")[0]
    assert "HTTP 503" in incident["cause"]
    assert incident["remedy"]
    assert town.exchange()[0]["status"] == "given_up"
    town.bank.order("fail", next=[])
    operator = Work(town.node, system_person(440100, "01"))
    engine.retry_incident(operator, str(incident["id"]))
    town.settle()
    assert town.exchange()[0]["status"] == "done"


def test_a_permanent_no_is_an_incident_at_once(town):
    town.fine()
    town.bank.order("fail", next=["refuse"])
    town.settle()
    incident = town.rows("select cause, remedy from incident where status = 'open'")[0]
    assert "执收单位未开户" in incident["cause"]
    assert town.rows("select count(*) as n from exchange_try")[0]["n"] == 1


def test_ten_failures_in_a_row_leave_the_bank_in_peace_for_a_minute(town):
    for _ in range(11):
        town.fine()
    town.bank.order("fail", next=["503"] * 30)
    town.speaker.turn()
    calls = len(town.bank.order("state")["calls"])
    town.speak(HOUR)
    assert len(town.bank.order("state")["calls"]) == calls


def test_patience_that_the_bank_asks_for_is_kept(town):
    town.fine()
    town.bank.order("fail", next=["429:7200"])
    town.speaker.turn()
    due = town.rows("select due_at from job where kind = 'exchange:payment.notice'")[0]["due_at"]
    assert due - town.clock() > timedelta(minutes=119)


def test_a_lie_about_the_amount_is_held_and_seen(town):
    fine = town.fine("3000.00")
    town.settle()
    for order, kind in (
        ({"amount": "300.00"}, "wrong_amount"),
        ({"amount": "30000.00"}, "wrong_amount"),
        ({"decision_no": "粤交罚〔2026〕99999号"}, "unknown_decision"),
        ({"surcharge": "3000.01"}, "wrong_amount"),
    ):
        told = town.bank.pay(fine["notice_no"], **order)
        assert told["answers"][0]["held"], order
        assert town.differences()[-1] == kind
    town.settle()
    assert town.payments(fine["case_id"]) == []
    assert town.open_tasks(fine["case_id"]) == []
    assert town.bank.pay(fine["notice_no"])["answers"][0]["held"] is False  # the right money still finds its case
    town.settle()
    assert town.open_tasks(fine["case_id"]) == ["check_payment"]


def test_money_that_comes_twice_is_held_the_second_time(town):
    fine = town.fine()
    town.settle()
    first = town.bank.pay(fine["notice_no"])
    second = town.bank.pay(fine["notice_no"])
    assert (first["answers"][0]["held"], second["answers"][0]["held"]) == (False, True)
    town.settle()
    assert town.differences() == ["doubled"]
    assert town.facts(fine["case_id"])["payment_receipt_no"] == first["receipt"]["receipt_no"]


def test_money_for_a_notice_that_nobody_sent_is_held_and_seen(town):
    answer = town.bank.pay("4401002026999999999999", amount="100.00", decision_no="粤交罚〔2026〕1号")["answers"][0]
    assert (answer["accepted"], answer["held"]) == (True, True)
    assert town.differences() == ["unknown_notice"]


def test_the_same_number_with_other_content_is_a_conflict(town):
    fine = town.fine()
    town.settle()
    town.bank.pay(fine["notice_no"], trade_no="T1", receipt_no="R1")
    again = town.bank.pay(fine["notice_no"], trade_no="T1", receipt_no="R2")["answers"][0]
    assert again["status"] == 409
    town.settle()
    assert town.facts(fine["case_id"])["payment_receipt_no"] == "R1"
    assert town.differences() == ["conflict"]


def test_a_receipt_before_the_case_waits_is_kept_and_given_later(town):
    fine = town.fine()
    town.settle()
    case = fine["case_id"]
    with Work(town.node, system_person(440100, "01")).transaction() as work:
        work.execute("update message_wait set message = 'later' where subject_id = %s", (case,))
    town.bank.pay(fine["notice_no"])
    town.settle()
    assert town.payments(case) == []
    with Work(town.node, system_person(440100, "01")).transaction() as work:
        work.execute("update message_wait set message = 'payment_received' where subject_id = %s", (case,))
    town.move(timedelta(minutes=2))
    town.settle()
    assert len(town.payments(case)) == 1
    assert town.exchange("in")[0]["status"] == "done"


# ---------------------------------------------------------------------- the day-end file
def test_a_true_file_finds_nothing(town):
    day = f"{town.clock().astimezone(LOCAL):%Y-%m-%d}"
    fines = [town.fine() for _ in range(3)]
    town.settle()
    for fine in fines:
        town.bank.pay(fine["notice_no"])
    town.bank.order("day_end", day=day)
    town.speak(HOUR)
    assert town.rows("select status, report from exchange_file")[0] == {
        "status": "reconciled", "report": {"lines": 3, "differences": []},
    }  # fmt: skip
    assert "file_missing" not in town.differences() or town.differences() == ["file_missing"]


def test_every_lie_of_a_file_is_seen_once_and_nothing_is_booked(town):
    day = f"{town.clock().astimezone(LOCAL):%Y-%m-%d}"
    fines = [town.fine() for _ in range(5)]
    town.settle()
    for number, fine in enumerate(fines[:4], 1):
        town.bank.pay(fine["notice_no"], trade_no=f"T{number}")
    town.bank.pay(fines[4]["notice_no"], trade_no="T5", silent=True)  # paid, but the receipt never came
    town.settle()
    before = {fine["case_id"]: town.facts(fine["case_id"]) for fine in fines}
    order = {
        "day": day, "leave_out": ["T1"], "repeat": ["T2"], "amounts": {"T3": "30.00"},
        "add": [["999", "T90", "500.00", "PAY"], [fines[3]["notice_no"], "T4", "3000.00", "REV"]],
    }  # fmt: skip
    town.bank.order("day_end", **order)
    for _ in range(3):  # looked at again each hour
        town.speak(HOUR)
    found = sorted(kind for kind in town.differences() if kind != "file_missing")
    assert found == sorted(
        ["missing_in_file", "repeated_line", "wrong_amount", "unknown_notice", "reversed", "missing_receipt"]
    )
    assert {fine["case_id"]: town.facts(fine["case_id"]) for fine in fines} == before
    alerts = {r["rule"].split(":")[2]: r for r in town.rows("select rule, subject_id, suggested_action from alert")}
    assert str(alerts["missing_receipt"]["subject_id"]) == fines[4]["case_id"]
    assert all(alert["suggested_action"] for kind, alert in alerts.items())
    assert (
        town.bank.pay(fines[4]["notice_no"], trade_no="T6")["answers"][0]["held"] is False
    )  # the receipt sent after all


def test_a_cut_or_changed_file_is_refused_whole_and_a_half_written_one_is_not_seen(town):
    day = f"{town.clock().astimezone(LOCAL):%Y-%m-%d}"
    fine = town.fine()
    town.settle()
    town.bank.pay(fine["notice_no"])
    town.bank.order("day_end", day=day, half=True)
    town.speak(HOUR)
    assert town.rows("select count(*) as n from exchange_file")[0]["n"] == 0
    for spoil, version in (("cut", "_v2"), ("digest", "_v3")):
        town.bank.order("day_end", day=day, spoil=spoil, version=version)
    town.speak(HOUR)
    assert [row["status"] for row in town.rows("select status from exchange_file")] == ["rejected", "rejected"]
    assert town.differences().count("file_rejected") == 2
    town.bank.order("day_end", day=day, version="_v4")
    town.speak(HOUR)
    assert town.rows("select report from exchange_file where status = 'reconciled'")[0]["report"]["differences"] == []


def test_a_file_that_does_not_come_is_missed(town):
    now = town.clock().astimezone(LOCAL)
    town.move(timedelta(hours=(11 - now.hour) % 24, minutes=1))
    town.speaker.turn()
    town.speak(HOUR)
    assert town.differences() == ["file_missing"]


# ---------------------------------------------------------------------- what operators see
def test_the_conversation_is_shown_without_secrets_and_personal_data(town):
    fine = town.fine()
    town.bank.order("fail", next=["503"])
    town.speaker.turn()
    town.speak(HOUR)
    town.bank.pay(fine["notice_no"], payer="王小明")
    with closing(log_in(town.address, "supervisor_1")) as client:
        page = client.get("/exchanges").json()["items"]
        assert [(row["direction"], row["message"], row["status"]) for row in page] == [
            ("in", "payment.receipt", "waiting"),
            ("out", "payment.notice", "done"),
        ]
        told = [client.get(f"/exchanges/{row['id']}") for row in page]
    assert [one["outcome"] for answer in reversed(told) for one in answer.json()["tries"]] == [
        "failed", "delivered", "received",
    ]  # fmt: skip
    text = "".join(answer.text for answer in told)
    assert fine["notice_no"] in text
    for hidden in ("王小明", "广州穗运货运有限公司", SECRET):
        assert hidden not in text


def test_a_page_of_exchanges_is_one_query(town):
    for _ in range(3):
        town.fine()
    work = town.work_as("supervisor_1")
    with work.transaction():
        before = work.statements
        assert len(exchange.page(work, 50, None)) == 3
        assert work.statements == before + 1
