"""What a case does to its ledger: the decision, instalments, the charge, what came in – booked by the steps, once, and balanced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

import engine
from api import invariants
from engine import stories
from engine.play import Player
from kernel.errors import AgainstTheLaw
from kernel.work import Node, Person, SettableClock, Work
from registers import money
from tests.stories.conftest import FILES, policy, stage

__all__ = ["policy", "stage"]

# Story → its vouchers, and what the accounts hold in the end.
LEDGERS = {
    "case_ordinary/stories/paid_in_time.yaml": (
        ["obligation", "receipt"],
        {"decided_fine": "-3000.00", "bank": "3000.00"},
    ),
    "case_ordinary/stories/hearing_paid_late.yaml": (
        ["obligation", "receipt", "surcharge"],
        {"decided_fine": "-3000.00", "decided_surcharge": "-3000.00", "bank": "6000.00"},
    ),
    "fine_execution/stories/second_instalment_late.yaml": (
        ["obligation", "instalment", "receipt", "receipt", "surcharge"],
        {"decided_fine": "-3000.00", "decided_surcharge": "-300.00", "bank": "3300.00"},
    ),
    "fine_execution/stories/deferral_then_late.yaml": (
        ["obligation", "instalment", "receipt", "surcharge"],
        {"decided_fine": "-3000.00", "decided_surcharge": "-720.00", "bank": "3720.00"},
    ),
    "case_summary/stories/collected_on_water.yaml": (["obligation", "cash", "handed_in", "banked"], None),
}


@pytest.mark.parametrize("file", LEDGERS, ids=lambda f: Path(f).stem)
def test_the_steps_book_what_the_law_makes_of_the_money(
    file: str, stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    story = stories.read(f"processes/national/{file}", FILES[f"processes/national/{file}"], FILES)
    clock.set(min(clock.at, story.start.at))
    played = Player(node, clock, person).play(story.begins, story)
    assert played.faults == []
    work = Work(node, person("head_1"))
    with work.transaction():
        vouchers = money.vouchers(work, played.case_id)
        standing = money.balance(work, played.case_id)
    kinds, accounts = LEDGERS[file]
    assert [v["kind"] for v in vouchers] == kinds
    held = {account: str(amount) for account, amount in standing.accounts.items() if amount}
    if accounts is not None:
        assert held == accounts
    assert standing.remaining == standing.to_refund == Decimal(0)
    assert standing.of("bank") == standing.decided + standing.surcharge > 0
    assert vouchers[0]["decision_no"]
    assert "3602001209000123456" in vouchers[0]["payee"]
    with psycopg.connect(node.db.owner) as connection:
        assert invariants.broken_in(node, connection)["罚没款账目相符"] == []


PAID = "processes/national/case_ordinary/stories/paid_in_time.yaml"


def until(file: str, message: str) -> stories.Story:
    """A story up to, not with, the line that brings `message`; nothing is expected of it."""
    story = stories.read(file, FILES[file], FILES)
    last = next(n for n, line in enumerate(story.steps) if line.message == message)
    return replace(story, steps=story.steps[:last], expect=stories.Expected())


def test_who_decided_the_case_does_not_take_its_money_and_a_colleague_does(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    story = until(PAID, "payment_received")
    clock.set(min(clock.at, story.start.at))
    case_id = Player(node, clock, person).play(story.begins, story).case_id
    facts = {
        "payment_receipt_no": "粤财票1", "payment_payer": "甲", "payment_amount": "3000.00",
        "payment_paid_at": "2026-03-31T10:00:00+08:00", "payment_channel": "bank", "decision_no": "粤交罚〔2026〕00001号",
    }  # fmt: skip
    decider = person("head_1")
    both = Person(decider.id, decider.name, decider.agency_id, (*decider.grants, *person("clerk_1").grants))
    with pytest.raises(AgainstTheLaw, match="罚缴分离") as refused:
        engine.receive(Work(node, both), str(case_id), "payment_received", facts)
    assert refused.value.article == "行政处罚法#67"
    engine.receive(Work(node, person("clerk_1")), str(case_id), "payment_received", facts)
    with Work(node, person("clerk_1")).transaction() as work:
        booked = money.vouchers(work, case_id)
    assert [v["kind"] for v in booked] == ["obligation", "receipt"]
    assert booked[1]["person_id"] == person("clerk_1").id


def test_confiscated_income_is_owed_told_to_the_bank_and_paid_with_the_fine(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    story = until(PAID, "payment_received")
    clock.set(min(clock.at, story.start.at))

    def decided(step: str, by: str, case_id: str) -> None:
        """The item of this story allows no confiscation: the decision is given it before it is served."""
        if step == "complete_receipt":
            with Work(node, person("officer_1")).transaction() as work:
                more = (
                    """update enforcement_case set facts = facts || '{"confiscated_income": "500.00"}' where id = %s"""
                )
                work.execute(more, (case_id,))

    played = Player(node, clock, person, before=decided).play(story.begins, story)
    assert played.faults == []
    with Work(node, person("clerk_1")).transaction() as work:
        notice = work.rows("select body from exchange where subject_id = %s and direction = 'out'", (played.case_id,))
        owed = money.balance(work, played.case_id)
    assert notice[0]["body"]["amount"] == "3500.00"
    assert (owed.of("fine"), owed.of("confiscation"), owed.remaining) == (Decimal(3000), Decimal(500), Decimal(3500))
    facts = {
        "payment_receipt_no": "粤财票1", "payment_payer": "甲", "payment_amount": "3500.00",
        "payment_paid_at": "2026-03-31T10:00:00+08:00", "payment_channel": "bank", "decision_no": "粤交罚〔2026〕00001号",
    }  # fmt: skip
    engine.receive(Work(node, person("clerk_1")), str(played.case_id), "payment_received", facts)
    with Work(node, person("clerk_1")).transaction() as work:
        assert money.balance(work, played.case_id).remaining == 0
