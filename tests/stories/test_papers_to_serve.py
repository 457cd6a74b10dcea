"""What the case knows is not typed again: the papers to be served; and what opens a case upwards says on what it rests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg

import engine
from engine import stories
from engine.play import Player
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from tests.stories.conftest import FILES
from tests.stories.test_remedies import play, rows

Stage = tuple[Node, Callable[[str], Person]]


def test_the_form_of_service_names_the_paper_that_is_to_be_served_and_not_the_one_served_before(
    stage: Stage, clock: SettableClock
) -> None:
    node, person = stage
    shown: list[list[dict[str, Any]]] = []

    def look(step: str, by: str, case_id: str) -> None:
        if step != "attempt_service":
            return
        task = rows(stage, "select id from work_item where subject_id = %s and element = %s and status = 'open'", case_id, step)  # fmt: skip
        shown.append(engine.task(Work(node, person(by)), str(task[0]["id"]))["answers"]["service_docs"])

    path = "processes/national/case_ordinary/stories/paid_in_time.yaml"
    story = stories.read(path, FILES[path], FILES)
    clock.set(min(clock.at, story.start.at))
    played = Player(node, clock, person, before=look).play(story.begins, replace(story, expect=stories.Expected()))
    assert not played.faults, played.faults
    assert [[paper["name"] for paper in papers] for papers in shown] == [["违法行为通知书"], ["行政处罚决定书"]]
    assert shown[1][0]["number"].startswith("粤交罚〔2026〕")


def served_on(stage: Stage, case: str, kind: str) -> list[str]:
    told = rows(stage, "select served_at from document where case_id = %s and kind = %s", case, kind)
    return [row["served_at"].astimezone(LOCAL).date().isoformat() for row in told]


def test_an_order_to_correct_is_served_when_it_is_signed_for_on_the_spot_or_with_the_notice(
    stage: Stage, clock: SettableClock
) -> None:
    signed = play(stage, clock, "case_ordinary/paid_in_time")
    later = play(stage, clock, "case_ordinary/port_facility")
    assert served_on(stage, signed, "D16") == ["2026-03-02"]
    assert served_on(stage, later, "D16") == served_on(stage, later, "D11")


def test_a_case_is_not_closed_while_its_order_to_correct_has_not_reached_the_party(
    stage: Stage, clock: SettableClock
) -> None:
    path = "processes/national/case_ordinary/stories/port_facility.yaml"
    story = stories.read(path, FILES[path], FILES)
    alone = [{"name": "行政处罚决定书", "copies": 1}]
    lines = tuple(
        replace(line, answers={**line.answers, "service_docs": [d for d in line.answers["service_docs"] if d["name"] != "责令改正违法行为通知书"] or alone})
        if line.step == "attempt_service"
        else line
        for line in story.steps
    )  # fmt: skip
    clock.set(min(clock.at, story.start.at))
    played = Player(*stage[:1], clock, stage[1]).play(
        story.begins, replace(story, steps=lines, expect=stories.Expected())
    )
    assert [fault.split(")")[-1].split(" ")[0] for fault in played.faults] == [":G_CLOSING_SERVED"]


def test_a_case_filed_upwards_is_open_for_the_term_of_the_agency_and_says_that_nobody_confirmed_it(
    stage: Stage, clock: SettableClock
) -> None:
    case = play(stage, clock, "major_filing/accepted")
    with psycopg.connect(stage[0].db.owner) as connection:
        shared = connection.execute("select due_at - granted_at from case_scope where case_id = %s and granted_by is not null and due_at is not null", (case,)).fetchall()  # fmt: skip
        told = connection.execute("select message from alert where subject_id = %s and rule = 'PARAMETER:filing_open_days'", (case,)).fetchall()  # fmt: skip
    assert shared == [(timedelta(days=90),)]
    assert ["备案时向上一级机关开放本案查阅的日数" in message for (message,) in told] == [True]
