"""Proceedings beside a case: who is recused hands his work over, both names stay; a period begins where another one ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import engine
from engine import stories
from engine.play import Player
from kernel.work import Node, Person, SettableClock, Work
from tests.stories.conftest import FILES, policy, stage

__all__ = ["policy", "stage"]

RECUSAL = "processes/national/recusal/stories/investigator_replaced.yaml"


def told(file: str, until: str) -> stories.Story:
    """A story up to, and with, the first line that does `until`; nothing is expected of it."""
    story = stories.read(file, FILES[file], FILES)
    last = next(n for n, line in enumerate(story.steps) if line.step == until)
    return replace(story, steps=story.steps[: last + 1], expect=stories.Expected())


def test_what_the_recused_officer_had_taken_goes_to_his_replacement(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    old, new = person("officer_1"), person("legal_2")

    def takes(step: str, by: str, case_id: str) -> None:
        if step == "decide_recusal":
            work = Work(node, old)
            with work.transaction():
                row = work.one(
                    "select id from work_item where subject_id = %s and element = 'order_correction'", (case_id,)
                )
            assert row is not None
            engine.claim(work, str(row["id"]))

    story = told(RECUSAL, "decide_recusal")
    clock.set(min(clock.at, story.start.at))
    player = Player(node, clock, person, before=takes)
    played = player.play(story.begins, story)
    assert played.faults == []
    work = Work(node, person("head_1"))
    with work.transaction():
        task = work.one(
            "select claimed_by from work_item where subject_id = %s and element = 'order_correction' and status = 'open'",
            (played.case_id,),
        )
        line = work.one(
            "select outcome from step_history where subject_id = %s and event = 'replaced'", (played.case_id,)
        )
        row = work.one("select lead_officer_id, facts from enforcement_case where id = %s", (played.case_id,))
    assert task is not None
    assert line is not None
    assert row is not None
    assert task["claimed_by"] == new.id
    assert (line["outcome"]["old"], line["outcome"]["new"]) == (old.name, new.name)
    assert row["lead_officer_id"] == new.id
    assert str(old.id) not in row["facts"]["officers"]
    assert row["facts"]["recused_officers"] == [str(old.id)]


def test_the_report_of_a_major_penalty_is_due_when_its_period_ends(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    """The inbox and the watch say the same date, though the period begins in the step that sets the filing going."""
    node, person = stage
    story = told("processes/national/major_filing/stories/accepted.yaml", "draft_filing")
    story = replace(story, steps=story.steps[:-1])
    clock.set(min(clock.at, story.start.at))
    played = Player(node, clock, person).play(story.begins, story)
    assert played.faults == []
    work = Work(node, person("officer_5"))
    with work.transaction():
        row = work.one(
            """select w.due_at, c.due_at as ends from work_item w join clock c on c.subject_id = w.subject_id and c.rule = w.clock
            where w.subject_id = %s and w.element = 'draft_filing'""",
            (played.case_id,),
        )
    assert row is not None
    assert row["due_at"] == row["ends"]
