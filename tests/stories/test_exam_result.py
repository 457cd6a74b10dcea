"""What an exam results in arrives, by message, at the qualification that waits for it."""

from __future__ import annotations

from collections.abc import Callable

from engine import stories
from engine.play import Player
from kernel.work import Node, Person, SettableClock, Work
from tests.stories.conftest import FILES

QUALIFICATION = "processes/national/officer_qualification/stories/failed_twice.yaml"
EXAM = "processes/national/exam/stories/offline_room_third_marker_appeal.yaml"


def test_the_exam_tells_the_qualification_that_waits(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    applicant = Player(node, clock, person)
    story = stories.read(QUALIFICATION, FILES[QUALIFICATION])
    applicant.begin("officer_qualification", story)
    for line in story.steps[:2]:
        applicant.line(line)
    sat = Player(node, clock, person).play("exam", stories.read(EXAM, FILES[EXAM]))
    assert [*applicant.played.faults, *sat.faults] == []
    with (work := Work(node, person("unit_head_th_1"))).transaction():
        row = work.rows("select status, facts from qualification where id = %s", (applicant.played.case_id,))[0]
        told = work.rows(
            "select total_marks, passed from exam_sitting where officer_id = %s", (person("applicant_th_1").id,)
        )[0]
    assert told["total_marks"] is not None
    assert row["facts"]["exam_total"] == f"{told['total_marks']:f}"
    assert (row["facts"]["exam_passed"], row["facts"]["exam_attempts"]) == (told["passed"], 1)
    assert row["facts"]["exam_taken_on"] == "2026-03-28"
