"""What the flows put on the ledger of property, and take off it: with the paper and the two officers of every movement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import property as goods
from engine import stories
from engine.play import Player
from kernel.work import Node, Person, SettableClock, Work
from tests.stories.test_stories import FILES, policy, stage

__all__ = ["policy", "stage"]
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
    return played.case_id, [goods.item(work, str(row["id"])) for row in reversed(items)]


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
