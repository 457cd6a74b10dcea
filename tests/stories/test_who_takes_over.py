"""Who takes another's place after a recusal hears of it, and so does who left; the record names both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import engine
from engine import stories
from engine.play import Player
from kernel.work import Node, Person, SettableClock, Work
from tests.stories.conftest import FILES

STORY = "processes/national/recusal/stories/presider_replaced_in_hearing.yaml"


def test_a_presider_who_takes_over_a_hearing_is_told_and_so_is_the_one_who_was_recused(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    story = stories.read(STORY, FILES[STORY], FILES)
    place = next(n for n, line in enumerate(story.steps) if line.step == "decide_recusal")
    until = replace(story, steps=story.steps[:place], expect=type(story.expect)())
    played = Player(node, clock, person).play(story.begins, until)
    assert not played.faults, played.faults
    old, new = person("presider_1"), person("presider_2")
    work = Work(node, person("head_1"))
    open_ = {task["element"]: str(task["id"]) for task in engine.case(work, played.case_id)["tasks"]}
    engine.claim(Work(node, old), open_["check_readiness"])
    engine.claim(work, open_["decide_recusal"])
    foreseen = {line["about"]: line["text"] for line in engine.task(work, open_["decide_recusal"])["final"]}
    [waits] = [one for one in engine.case(work, played.case_id)["tasks"] if one["claimed_by"] == old.id]
    assert foreseen["任务"].startswith(f"视办理结果,{old.name}名下的“{waits['name']}”连同已填的内容转给接替人员")
    assert foreseen["案件"].startswith("在原环节继续办理"), "whatever is decided"
    engine.complete(work, open_["decide_recusal"], {**story.steps[place].answers, "recusal_replacement": str(new.id)})
    while engine.sweep(node):
        pass
    lines = [h["outcome"] for h in engine.case(work, played.case_id)["history"] if h["event"] == "replaced"]
    assert lines
    assert {(line["old"], line["new"], line["to"]) for line in lines} == {(old.name, new.name, str(new.id))}
    told = [n["text"] for n in engine.list_news(Work(node, new))["items"] if n["kind"] == "given"]
    assert any(text.startswith(f"{old.name}名下的“") and text.endswith("改由您办理") for text in told), told
    left = [n["text"] for n in engine.list_news(Work(node, old))["items"] if n["kind"] == "given"]
    assert any(text.endswith(f"改由{new.name}办理") for text in left), left
