"""Money beside the steps: part payments, mistakes, a decision that is changed, a refund by two people, the bank's day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

import engine
from engine.play import Player
from kernel.errors import AgainstTheLaw, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import Grant, Node, Person, SettableClock, Work, system_person
from tests.casework.test_money_in_flows import PAID, until
from tests.stories.conftest import policy, stage

__all__ = ["policy", "stage"]


class Town:
    """A case that waits for 3000 yuan, and the people around it."""

    def __init__(self, node: Node, person: Callable[[str], Person], clock: SettableClock) -> None:
        self.node, self.person, self.clock = node, person, clock
        story = until(PAID, "payment_received")
        clock.set(min(clock.at, story.start.at))
        self.case = str(Player(node, clock, person).play(story.begins, story).case_id)

    def work(self, login: str = "finance_1") -> Work:
        return Work(self.node, self.person(login))

    def money(self) -> dict[str, Any]:
        return engine.case_money(self.work(), self.case)["balance"]

    def receive(self, amount: str, number: str, login: str = "finance_1", **more: Any) -> dict[str, Any]:
        told = {"surcharge": Decimal(0), "channel": "bank", "payer": "穗运货运", **more}
        day = self.clock.at.date()
        return engine.take_receipt(
            self.work(login), self.case, receipt_no=number, amount=Decimal(amount), paid_on=day, **told
        )

    def open_steps(self) -> set[str]:
        with self.work("officer_1").transaction() as work:
            rows = work.rows("select element from work_item where subject_id = %s and status = 'open'", (self.case,))
        return {row["element"] for row in rows}


@pytest.fixture
def town(stage: tuple[Node, Callable[[str], Person]], clock: SettableClock) -> Town:
    return Town(*stage, clock)


def test_part_payments_add_up_and_the_flow_goes_on_when_all_is_there(town: Town) -> None:
    town.receive("1000.00", "R1")
    assert town.money()["remaining"] == "2000.00"
    assert "record_payment" not in town.open_steps()
    town.receive("2000.00", "R2")
    assert town.money()["remaining"] == "0.00"
    assert "record_payment" in town.open_steps()
    with town.work("officer_1").transaction() as work:
        facts = work.rows("select facts from enforcement_case where id = %s", (town.case,))[0]["facts"]
    assert (facts["payment_amount"], facts["payment_receipt_no"]) == ("3000.00", "R2")
    assert [v["kind"] for v in engine.case_money(town.work(), town.case)["vouchers"]] == [
        "obligation",
        "receipt",
        "receipt",
    ]


def test_a_case_from_before_the_ledger_gets_what_it_owes_with_its_first_receipt(town: Town) -> None:
    with psycopg.connect(town.node.db.owner) as owner:  # as it was before the migration
        owner.execute("alter table money_posting disable trigger user")
        owner.execute("alter table money_voucher disable trigger user")
        owner.execute("delete from money_posting")
        owner.execute("delete from money_voucher")
        owner.execute("alter table money_posting enable trigger user")
        owner.execute("alter table money_voucher enable trigger user")
    town.receive("1000.00", "R1")
    assert town.money()["remaining"] == "2000.00"
    assert [v["kind"] for v in engine.case_money(town.work(), town.case)["vouchers"]] == ["obligation", "receipt"]


def test_a_receipt_is_entered_once_and_for_one_case_only(town: Town) -> None:
    town.receive("1000.00", "R1")
    with pytest.raises(Refusal, match="已在本案登记"):
        town.receive("1000.00", "R1")
    with pytest.raises(InvalidAnswers) as early:
        engine.take_receipt(
            town.work(), town.case, receipt_no="R9", amount=Decimal(1), surcharge=Decimal(0),
            paid_on=town.clock.at.date() + timedelta(days=2), channel="bank", payer="甲",
        )  # fmt: skip
    assert "paid_on" in early.value.fields


def test_what_was_entered_wrongly_is_countered_and_entered_anew(town: Town) -> None:
    wrong = town.receive("300.00", "R1")["voucher_id"]
    engine.counter_receipt(town.work(), wrong, "金额误录")
    assert town.money()["remaining"] == "3000.00"
    town.receive("3000.00", "R1")
    assert town.money()["received"] == "3000.00"
    kinds = [v["kind"] for v in engine.case_money(town.work(), town.case)["vouchers"]]
    assert kinds == ["obligation", "receipt", "counter", "receipt"]
    with pytest.raises(Refusal, match="红冲"):
        engine.counter_receipt(town.work(), wrong, "再冲一次")


def test_a_decision_reduced_in_court_leaves_a_refund_that_two_people_make(town: Town) -> None:
    town.receive("3000.00", "R1")
    engine.change_obligation(
        town.work(), town.case, fine=Decimal("2000.00"), confiscation=Decimal(0), ground="court",
        document_no="(2026)粤71行终1号", reason="变更罚款数额",
    )  # fmt: skip
    assert (town.money()["decided"], town.money()["to_refund"]) == ("2000.00", "1000.00")
    told = {"payee_name": "穗运货运", "payee_bank": "建行", "payee_account": "44050104000000104", "reason": "多缴"}
    with pytest.raises(InvalidAnswers) as more:
        engine.request_refund(town.work(), town.case, amount=Decimal("1000.01"), **told)
    assert "1000.00" in more.value.fields["amount"]
    both = Grant("finance_head", 440100, frozenset({440100}), frozenset({"01"}))
    asker = town.person("finance_1")
    asker = Person(asker.id, asker.name, asker.agency_id, (*asker.grants, both))
    id_ = engine.request_refund(Work(town.node, asker), town.case, amount=Decimal("1000.00"), **told)["id"]
    with pytest.raises(NotAllowed, match="自己的"):
        engine.decide_refund(Work(town.node, asker), id_, approve=True, note="")
    assert engine.decide_refund(town.work("finance_head_1"), id_, approve=True, note="")["state"] == "approved"
    assert (town.money()["to_refund"], town.money()["refund_due"]) == ("0.00", "1000.00")
    engine.record_refunded(town.work(), id_, paid_on=town.clock.at.date(), reference="退1")
    assert (town.money()["refund_due"], town.money()["received"]) == ("0.00", "2000.00")
    shown = engine.case_money(town.work(), town.case)["refunds"][0]
    assert shown["state"] == "paid"
    assert "44050104000000104" not in str(shown)


def told_of(work: Work) -> list[tuple[str, str]]:
    """News of payments that a person got: text, link – the oldest first."""
    news = [one for one in engine.list_news(work)["items"] if one["kind"] == "money"]
    return [(one["text"], one["link"]) for one in reversed(news)]


def test_whoever_approves_a_refund_is_told_of_it_and_whoever_asked_of_the_answer(town: Town) -> None:
    town.receive("3500.00", "R1")
    finance, chief = town.work(), town.work("finance_head_1")
    told = {"payee_name": "王小明", "payee_bank": "建行", "payee_account": "44050104000000104", "reason": "多缴"}
    for approve, note in ((False, "账号不符"), (True, "")):
        id_ = engine.request_refund(finance, town.case, amount=Decimal(500), **told)["id"]
        engine.decide_refund(chief, id_, approve=approve, note=note)
    [first, second] = told_of(chief)
    assert first == second
    assert first[1] == "/money/refunds?state=requested"
    assert "申请退款 500.00 元" in first[0]
    assert [("不同意" in text, link) for text, link in told_of(finance)] == [
        (True, f"/money/cases/{town.case}"),
        (False, f"/money/cases/{town.case}"),
    ]
    assert not {"王小明", "44050104000000104"} & set("".join(text for text, _ in told_of(chief)).split())
    with (work := Work(town.node, system_person(440100, "01"))).transaction():
        work.execute("update money_refund set state = 'requested', requested_by = %s, decided_by = null, decided_at = null, note = null where id = %s", (work.person.id, id_))  # fmt: skip
    engine.decide_refund(chief, id_, approve=False, note="不退")
    assert len(told_of(finance)) == 2, "what the system asked for is answered to nobody"
    for other in ("head_1", "officer_1"):
        assert told_of(town.work(other)) == [], "only whoever may approve"


def test_who_decided_does_not_touch_the_money_in_any_way(town: Town) -> None:
    grants = (*town.person("finance_head_1").grants, *town.person("head_1").grants)
    decider = town.person("head_1")
    work = Work(town.node, Person(decider.id, decider.name, decider.agency_id, grants))
    voucher = town.receive("3500.00", "R1")["voucher_id"]
    told = {"payee_name": "甲", "payee_bank": "乙", "payee_account": "6222", "reason": "多缴"}
    refund = engine.request_refund(town.work(), town.case, amount=Decimal(500), **told)["id"]
    acts: list[Callable[[], object]] = [
        lambda: engine.take_receipt(
            work, town.case, receipt_no="R2", amount=Decimal(1), surcharge=Decimal(0), paid_on=date(2026, 3, 2),
            channel="bank", payer="甲",
        ),
        lambda: engine.counter_receipt(work, voucher, "x"),
        lambda: engine.change_obligation(
            work, town.case, fine=Decimal(1), confiscation=Decimal(0), ground="court", document_no="x", reason="x"
        ),
        lambda: engine.request_refund(work, town.case, amount=Decimal(500), **told),
        lambda: engine.decide_refund(work, refund, approve=True, note=""),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(AgainstTheLaw, match="罚缴分离"):
            act()


def test_another_city_sees_no_ledger_and_an_officer_books_nothing(town: Town) -> None:
    with pytest.raises(NotFound):
        engine.case_money(town.work("officer_sz_1"), town.case)
    with pytest.raises(NotAllowed):
        town.receive("1.00", "R1", login="officer_1")


INSTALMENTS = "processes/national/fine_execution/stories/instalments.yaml"


def test_an_instalment_in_two_parts_wakes_the_flow_when_it_is_whole(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    story = until(INSTALMENTS, "payment_received")
    clock.set(min(clock.at, story.start.at))
    case = str(Player(node, clock, person).play(story.begins, story).case_id)

    def receive(amount: str, number: str) -> set[str]:
        engine.take_receipt(
            Work(node, person("finance_1")), case, receipt_no=number, amount=Decimal(amount), surcharge=Decimal(0),
            paid_on=clock.at.date(), channel="bank", payer="甲",
        )  # fmt: skip
        with Work(node, person("officer_1")).transaction() as work:
            query = "select element from work_item where subject_id = %s and status = 'open'"
            return {row["element"] for row in work.rows(query, (case,))}

    assert "record_instalment" not in receive("400.00", "R1")
    assert "record_instalment" in receive("600.00", "R2")
    told = engine.case_money(Work(node, person("finance_1")), case)["balance"]
    assert told["remaining"] == "2000.00"
    assert {(a["account"], a["amount"]) for a in told["accounts"]} == {
        ("instalment", "2000.00"), ("decided_fine", "-3000.00"), ("bank", "1000.00"),
    }  # fmt: skip


def test_taking_a_receipt_costs_few_statements(town: Town) -> None:
    work = town.work()
    engine.take_receipt(
        work, town.case, receipt_no="R1", amount=Decimal(1), surcharge=Decimal(0), paid_on=town.clock.at.date(),
        channel="bank", payer="甲",
    )  # fmt: skip
    # The scope, the case, who did what, lock, balance, the number elsewhere, the voucher, whether anything waits, the audit row.
    assert work.statements <= 10, work.statements
