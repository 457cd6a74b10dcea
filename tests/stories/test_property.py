"""What the flows put on the ledger of property, and take off it: with the paper and the two officers of every movement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import engine
from engine import property as goods
from engine import stories
from engine.play import Player
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from tests.stories.conftest import FILES

Stage = tuple[Node, Callable[[str], Person]]


def told(stage: Stage, clock: SettableClock, name: str, until: str | None = None) -> tuple[str, list[dict[str, Any]]]:
    """A story played (up to before its step `until`): the case, and its items with their movements."""
    node, person = stage
    story = stories.read(f"processes/national/{name}.yaml", FILES[f"processes/national/{name}.yaml"], FILES)
    if until is not None:
        at = next(n for n, line in enumerate(story.steps) if line.step == until and n >= story.taken)
        story = stories.Story(**{**story.__dict__, "steps": story.steps[:at], "expect": stories.Expected()})
    clock.set(min(clock.at, story.start.at))
    said: list[str] = []
    played = Player(node, clock, person, said.append).play(story.begins, story)
    assert not played.faults, "\n".join([*said, *played.faults])
    work = Work(node, person("custodian_1"))
    items = goods.ledger(work, case_id=played.case_id)["items"]
    officer = Work(node, person("officer_1"))  # who received and witnessed is masked without a reason
    return played.case_id, [goods.item(officer, str(row["id"]), "核对移动记录") for row in reversed(items)]


def moves(item: dict[str, Any]) -> list[tuple[str, str]]:
    return [(m["movement"], m["paper"]) for m in item["movements"]]


def test_what_the_list_says_stands_in_the_ledger(stage: Stage, clock: SettableClock) -> None:
    _, items = told(stage, clock, "coercive_measure/stories/extended_and_examined", until="propose_property_act")
    assert [(i["name"], i["spec"], i["quantity"], i["unit"]) for i in items] == [
        ("重型半挂牵引车", "粤AB8K62", "1", "辆"),
        ("半挂车", "粤A6183挂", "1", "辆"),
    ]
    assert [i["status"] for i in items] == ["stored", "stored"]
    assert {i["keeper"] for i in items} == {"徐海"}
    assert {i["place"] for i in items} == {"花都超限检测站停车场"}
    assert [moves(i) for i in items] == [[("take", "D08"), ("store", "E40")]] * 2
    assert all(m["giver"] != m["taker"] for i in items for m in i["movements"])


def test_a_release_returns_everything_that_was_seized(stage: Stage, clock: SettableClock) -> None:
    _, items = told(stage, clock, "coercive_measure/stories/extended_and_examined")
    assert [moves(i)[-1] for i in items] == [("return", "D10")] * 2
    assert [i["movements"][-1]["receiver"] for i in items] == ["林国栋"] * 2
    assert [i["place"] for i in items] == [None, None]


def test_five_goods_are_five_items_with_seal_place_and_keeper(stage: Stage, clock: SettableClock) -> None:
    name = "seizure_handling/stories/five_goods_extended_returned"
    _, items = told(stage, clock, name, until="propose_property_act")
    story = stories.read(f"processes/national/{name}.yaml", FILES[f"processes/national/{name}.yaml"], FILES)
    listed = next(line.answers["seized_items"] for line in story.steps if line.step == "implement_measure")
    assert [(i["name"], i["quantity"], i["seal_number"]) for i in items] == [
        (row["name"], row["quantity"], row.get("item_seal_no")) for row in listed
    ]
    assert {(i["place"], i["shelf"], i["keeper"], i["status"]) for i in items} == {
        ("花都超限检测站停车场", "A-01", "徐海", "stored")
    }
    assert [i["number"][-6:] for i in items] == ["00001号", "00002号", "00003号", "00004号", "00005号"]
    assert [i["name"] for i in items if i["third_party"]] == ["半挂车"]


def test_what_belongs_to_a_third_person_goes_back_to_him(stage: Stage, clock: SettableClock) -> None:
    _, items = told(stage, clock, "seizure_handling/stories/five_goods_extended_returned")
    receivers = {i["name"]: i["movements"][-1]["receiver"] for i in items}
    assert receivers.pop("半挂车") == "佛山顺达汽车租赁有限公司 黄志伟"
    assert set(receivers.values()) == {"林国栋"}


def test_an_item_shows_its_period_and_how_it_counts(stage: Stage, clock: SettableClock) -> None:
    _, items = told(stage, clock, "seizure_handling/stories/examination_stops_the_clock", until="record_appraisal")
    (period,) = {i["period"] for i in items}
    assert period == "DL_SEIZURE"
    assert {i["paused"] for i in items} == {True}
    assert not any(i["overdue"] for i in items)
    told_clock = next(c for c in items[0]["clocks"] if c["rule"] == "DL_SEIZURE")
    assert told_clock["paused"][0]["first"] == "2026-03-10"


def test_two_measures_at_once_have_their_own_goods_and_periods(stage: Stage, clock: SettableClock) -> None:
    _, items = told(stage, clock, "coercive_measure/stories/two_at_once", until="return_seized")
    periods = {i["name"]: i["due_at"].astimezone(LOCAL).date().isoformat() if i["due_at"] else None for i in items}
    assert periods == {"重型半挂牵引车": None, "半挂车": None, "袋装水泥": "2026-05-09"}
    assert {i["name"]: i["receipt_number"] for i in items}["袋装水泥"] != items[0]["receipt_number"]


def test_the_end_of_one_measure_leaves_the_goods_of_the_other(stage: Stage, clock: SettableClock) -> None:
    _, items = told(stage, clock, "coercive_measure/stories/two_at_once")
    assert {i["name"]: i["status"] for i in items} == {
        "重型半挂牵引车": "returned",
        "半挂车": "returned",
        "袋装水泥": "stored",
    }


def test_goods_sold_or_destroyed_are_so_under_an_approval(stage: Stage, clock: SettableClock) -> None:
    case_id, (fish,) = told(stage, clock, "seizure_handling/stories/perishable_auctioned")
    node, person = stage
    book = engine.case_money(Work(node, person("officer_1")), case_id)
    [sold] = [v for v in book["vouchers"] if v["kind"] == "auction"]
    proceeds = fish["movements"][-1]["proceeds"]
    assert (sold["name"], sold["reference"]) == ("拍卖变卖", fish["number"])
    assert [(p["account"], Decimal(p["amount"])) for p in sold["postings"]] == [
        ("escrow", proceeds),
        ("proceeds", -proceeds),
    ]
    assert Decimal(book["balance"]["received"]) == 0, "what was sold is no payment of the fine"
    last = fish["movements"][-1]
    assert (fish["status"], last["receiver"], last["proceeds"]) == (
        "auctioned",
        "广州市水产市场有限公司",
        Decimal(54000),
    )
    assert last["approval_id"] is not None


def test_goods_destroyed_are_so_before_witnesses(stage: Stage, clock: SettableClock) -> None:
    _, (cement,) = told(stage, clock, "seizure_handling/stories/destroyed_before_witnesses")
    last = cement["movements"][-1]
    assert (cement["status"], last["witnesses"]) == ("destroyed", ["梁文杰", "何秀英"])
    assert last["photos"] == ["粤执录20260310001", "粤执录20260310002"]


def test_preserved_goods_that_are_seized_are_no_new_items(stage: Stage, clock: SettableClock) -> None:
    node, person = stage
    name = "processes/national/evidence_preservation/stories/turned_into_seizure.yaml"
    story = stories.read(name, FILES[name], FILES)
    same = [{"name": "行车记录仪", "spec": "海康D5", "quantity": "1", "unit": "台", "item_condition": "完好"}]

    def line(one: stories.Line) -> stories.Line:
        answers = {**one.answers, "seized_items": same} if "seized_items" in one.answers else one.answers
        return replace(one, answers=answers)

    story = replace(story, steps=tuple(map(line, story.steps)), expect=stories.Expected())
    clock.set(min(clock.at, story.start.at))
    played = Player(node, clock, person).play(story.begins, story)
    assert not played.faults, played.faults
    work = Work(node, person("custodian_1"))
    rows = goods.ledger(work, case_id=played.case_id)["items"]
    seen = {row["name"]: goods.item(work, str(row["id"])) for row in rows}
    assert len(rows) == 2
    assert moves(seen["行车记录仪"]) == [("take", "D06"), ("retake", "D08"), ("store", "E40")]
    assert (seen["行车记录仪"]["basis"], seen["行车记录仪"]["period"]) == ("seized", "DL_SEIZURE")
    assert (seen["货物运单"]["basis"], seen["货物运单"]["status"]) == ("preserved", "seized")
