"""The ledger of a case's money: nothing is changed, everything balances, and what does not is refused by the database itself."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.ledger import Book
from kernel.errors import Refusal
from kernel.work import Node, Work, system_person
from registers import money
from registers.money import Line, Voucher

PLACE = {"agency_id": 440100, "category": "01"}
DAY = date(2026, 3, 2)
YUAN = st.decimals(min_value="0.01", max_value="9999999.99", places=2)


@pytest.fixture
def work(seeded: Node) -> Work:
    return Work(seeded, system_person(440100, "01"))


def decided(work: Work, amount: str = "3000.00") -> UUID:
    """A case with a fine."""
    case = uuid4()
    with work.transaction():
        Book(work, PLACE, case).decide(
            {"fine": Decimal(amount)}, due=DAY, decision_no="粤交罚〔2026〕1号", key=f"o:{case}"
        )
    return case


def receive(work: Work, case: UUID, amount: str, number: str = "R1", surcharge: str = "0") -> UUID | None:
    with work.transaction():
        return Book(work, PLACE, case).receive(
            Decimal(amount), Decimal(surcharge), kind="receipt", into="bank", on=DAY, reference=number, channel="bank"
        )


def balance(work: Work, case: UUID) -> money.Balance:
    with work.transaction():
        return money.balance(work, case)


def test_a_part_payment_leaves_the_rest_and_an_overpayment_is_to_be_refunded(work: Work) -> None:
    case = decided(work)
    receive(work, case, "1000.00", "R1")
    assert (balance(work, case).remaining, balance(work, case).to_refund) == (Decimal("2000.00"), Decimal(0))
    receive(work, case, "2500.00", "R2")
    assert (balance(work, case).remaining, balance(work, case).to_refund) == (Decimal("0.00"), Decimal("500.00"))


def test_the_same_receipt_is_booked_once(work: Work) -> None:
    case = decided(work)
    assert receive(work, case, "3000.00") is not None
    assert receive(work, case, "3000.00") is None
    assert balance(work, case).received == Decimal("3000.00")


def test_a_counter_voucher_is_the_exact_opposite_and_comes_once(work: Work) -> None:
    case = decided(work)
    id_ = receive(work, case, "3000.00")
    assert id_ is not None
    with work.transaction():
        money.counter(work, money.get(work, id_), "银行冲正", DAY)
    assert (balance(work, case).received, balance(work, case).remaining) == (Decimal(0), Decimal("3000.00"))
    with work.transaction(), pytest.raises(Refusal):
        money.counter(work, money.get(work, id_), "银行冲正", DAY)


def bad(work: Work, query: str, *params: Any) -> str:
    with pytest.raises(psycopg.Error) as caught, work.transaction():
        work.execute(query, params)
    return str(caught.value)


def test_the_database_refuses_change_deletion_imbalance_and_later_additions(work: Work) -> None:
    case = decided(work)
    with work.transaction():
        voucher = money.vouchers(work, case)[0]["id"]
    assert "permission denied" in bad(work, "update money_posting set amount = 1")
    assert "permission denied" in bad(work, "delete from money_voucher")
    add = """insert into money_posting (voucher_id, line, agency_id, category, case_id, account, amount)
    select %s, 10 + n, 440100, '01', %s, a, m from (values (1, 'fine', 5.00), (2, 'bank', %s)) as t(n, a, m)"""
    assert "已经记账" in bad(work, add, voucher, case, Decimal("-5.00"))
    alone = """with v as (insert into money_voucher (id, agency_id, category, case_id, kind, on_day, key, person_id, at)
      values (%s, 440100, '01', %s, 'receipt', '2026-03-02', %s, %s, now()) returning id)
    insert into money_posting (voucher_id, line, agency_id, category, case_id, account, amount)
    select v.id, 1, 440100, '01', %s, 'bank', 5.00 from v"""
    assert "借贷不平" in bad(work, alone, uuid4(), case, "k", uuid4(), case)
    empty = """insert into money_voucher (id, agency_id, category, case_id, kind, on_day, key, person_id, at)
    values (%s, 440100, '01', %s, 'receipt', '2026-03-02', 'k', %s, now())"""
    assert "没有分录" in bad(work, empty, uuid4(), case, uuid4())
    with psycopg.connect(work.node.db.owner) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("update money_posting set amount = 1")


def test_a_false_opposite_is_refused(work: Work) -> None:
    case = decided(work)
    id_ = receive(work, case, "3000.00")
    lines = [Line("bank", Decimal("-2999.00")), Line("fine", Decimal("2999.00"))]
    with pytest.raises(psycopg.errors.CheckViolation, match="不相抵"), work.transaction():
        money.post(work, PLACE, case, Voucher("counter", "k", DAY, lines, reason="x", reverses=id_))


def test_who_is_of_another_agency_sees_nothing_of_it(work: Work, seeded: Node) -> None:
    case = decided(work)
    sister = Work(seeded, system_person(440300, "01"))
    assert balance(sister, case).accounts == {}


def test_the_balance_is_one_statement_over_one_index(work: Work) -> None:
    case = decided(work)
    with work.transaction():
        before = work.statements
        money.balance(work, case)
        assert work.statements - before == 1
        work.execute("set local enable_seqscan = off")
        plan = work.rows(
            "explain select account, sum(amount) from money_posting where case_id = %s group by account", (case,)
        )
    assert any("money_posting_balance" in row["QUERY PLAN"] for row in plan)


EVENT = st.one_of(
    st.tuples(st.just("receive"), YUAN, st.decimals(min_value="0", max_value="99999.99", places=2)),
    st.tuples(st.just("accrue"), YUAN, st.none()),
    st.tuples(st.just("counter"), st.integers(0, 20), st.none()),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fine=YUAN, events=st.lists(EVENT, max_size=8))
def test_whatever_happens_what_came_in_is_what_was_owed_less_what_is_left(
    work: Work, fine: Decimal, events: list[Any]
) -> None:
    case, came = decided(work, str(fine)), Decimal(0)
    for number, (what, amount, more) in enumerate(events):
        with work.transaction():
            book = Book(work, PLACE, case)
            if what == "receive":
                book.receive(amount, more, kind="receipt", into="bank", on=DAY, reference=f"R{number}", channel="bank")
                came += amount + more
            elif what == "accrue":
                book.accrue(amount)
            else:
                receipts = money.standing(work, case, "receipt")
                if receipts:
                    chosen = receipts[amount % len(receipts)]
                    came -= money.total(chosen)
                    money.counter(work, chosen, "冲正", DAY)
        with work.transaction():
            book = Book(work, PLACE, case)
            book.settle(final=True)
            after = book.balance
        assert sum(after.accounts.values()) == 0
        assert after.received == came
        assert after.received == after.decided + after.surcharge - after.remaining + after.to_refund
