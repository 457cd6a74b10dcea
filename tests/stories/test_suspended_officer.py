"""A certificate that is suspended stops its officer's very next act, and what he still has to do is shown to the head of his unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

import engine
from engine import stories
from engine.play import Player
from kernel.errors import AgainstTheLaw, AlreadyClaimed, NotAllowed
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from tests.stories.conftest import FILES

CERTIFIED = "processes/national/officer_qualification/stories/certified_suspended_lifted_retired.yaml"
CASE = "processes/national/case_ordinary/stories/paid_in_time.yaml"
NEWCOMER = "applicant_th_1"


class Unit:
    """The county's officers at work: a case opened by the newcomer and a colleague."""

    def __init__(self, node: Node, person: Callable[[str], Person]) -> None:
        self.node, self.person = node, person
        self.answers = {line.step: line.answers for line in stories.read(CASE, FILES[CASE]).steps if line.step}

    def work(self, login: str) -> Work:
        return Work(self.node, self.person(login))

    def facts(self, given: Any) -> dict[str, Any]:
        release = engine.current_release(self.work("officer_th_1"))
        here = {"officer_1": "officer_th_1", "officer_2": NEWCOMER}
        return stories.with_people(given, release.elements, lambda login: str(self.person(here.get(login, login)).id))

    def task(self, login: str, case_id: str, element: str) -> str:
        work = self.work(login)
        with work.transaction():
            rows = work.rows(
                "select id from work_item where subject_id = %s and element = %s and status = 'open'",
                (case_id, element),
            )
        return str(rows[0]["id"])

    def does(self, login: str, case_id: str, element: str) -> None:
        task = self.task(login, case_id, element)
        engine.claim(self.work(login), task)
        engine.complete(self.work(login), task, self.facts(self.answers[element]))


def suspended_in_the_middle(
    node: Node, person: Callable[[str], Person], clock: SettableClock
) -> tuple[Unit, str, Player]:
    """The newcomer is certified, opens a case with a colleague and claims its next step; then his certificate is suspended."""
    story = stories.read(CERTIFIED, FILES[CERTIFIED])
    player = Player(node, clock, person)
    upto = next(n for n, line in enumerate(story.steps) if line.message == "certificate_matter")
    player.begin("officer_qualification", story)
    for line in story.steps[:upto]:
        player.line(line)
    assert player.played.faults == []
    unit = Unit(node, person)
    clock.set(datetime(2027, 5, 31, 9, 0, tzinfo=LOCAL))
    start = unit.facts(stories.read(CASE, FILES[CASE]).start.facts)
    case_id = engine.start(unit.work("officer_th_1"), "case_ordinary", start, agency_id=440106, category="01")[
        "case_id"
    ]
    for login, element in (
        ("officer_th_1", "file_case"),
        ("unit_head_th_1", "review_filing"),
        ("head_th_1", "approve_filing"),
    ):
        unit.does(login, case_id, element)
    player.settle()
    engine.claim(unit.work(NEWCOMER), unit.task(NEWCOMER, case_id, "record_scene"))
    for line in story.steps[upto : upto + 3]:
        player.line(line)
    assert player.played.faults == []
    return unit, case_id, player


@pytest.fixture
def suspended(stage: tuple[Node, Callable[[str], Person]], clock: SettableClock) -> tuple[Unit, str, Player]:
    return suspended_in_the_middle(*stage, clock)


def test_the_very_next_act_is_refused(suspended: tuple[Unit, str, Player]) -> None:
    unit, case_id, _ = suspended
    task = unit.task(NEWCOMER, case_id, "record_scene")
    with pytest.raises(AgainstTheLaw) as refused:
        engine.complete(unit.work(NEWCOMER), task, unit.facts(unit.answers["record_scene"]))
    assert refused.value.rule in ("G_CERTIFICATE_VALID", "G_TWO_OFFICERS")


def test_his_open_tasks_are_shown_and_handed_over_by_the_head_of_the_unit(suspended: tuple[Unit, str, Player]) -> None:
    unit, case_id, player = suspended
    whose = str(unit.person(NEWCOMER).id)
    assert player.played.case_id
    head = unit.work("unit_head_th_1")
    shown = engine.tasks_of(head, whose)["items"]
    assert [(t["element"], str(t["case_id"])) for t in shown] == [("record_scene", case_id)]
    alerts = engine.list_alerts(head, case_id=player.played.case_id)["items"]
    assert any("未办结的任务" in a["message"] for a in alerts)
    to = str(unit.person("officer_th_2").id)
    with pytest.raises(AlreadyClaimed):
        engine.hand_over(unit.work("officer_th_1"), str(shown[0]["id"]), to, "替他办")
    with pytest.raises(NotAllowed):
        engine.tasks_of(unit.work("officer_th_1"), whose)
    engine.hand_over(head, str(shown[0]["id"]), to, "证件暂扣,改由他人办理")
    assert engine.tasks_of(head, whose)["items"] == []
