"""离岗代理: tasks of somebody away go to his substitute day by day, whose own post and certificate count, with both names kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import engine
from kernel.errors import AgainstTheLaw, AlreadyClaimed, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import Work

AWAY = {"begins": date(2026, 3, 2), "ends": date(2026, 3, 6), "reason": "年休假"}


def person(stage: Any, login: str) -> str:
    return str(stage.work_as(login).person.id)


def away(stage: Any, login: str = "officer_1", by: str = "officer_2", **more: Any) -> dict[str, Any]:
    return engine.record_absence(stage.work_as(login), person(stage, by), **{**AWAY, **more})


def wrong(stage: Any, *who: str, **more: Any) -> dict[str, str]:
    with pytest.raises(InvalidAnswers) as refused:
        away(stage, *who, **more)
    return refused.value.fields


def mine(stage: Any, login: str) -> list[tuple[str, str | None]]:
    return [(t["element"], t["stands_for"]) for t in engine.tasks(stage.work_as(login), "mine")["items"]]


@pytest.fixture
def held(stage: Any) -> dict[str, Any]:
    """A case whose first task officer_1 has claimed."""
    begun = stage.begin()
    engine.claim(stage.work_as("officer_1"), stage.task(begun["case_id"], "fill"))
    return begun


def test_a_substitute_finds_the_tasks_of_who_is_away_marked_with_his_name(stage: Any, held: dict[str, Any]) -> None:
    assert mine(stage, "officer_2") == []
    away(stage)
    assert mine(stage, "officer_2") == [("fill", "陈明")]
    assert mine(stage, "officer_1") == [("fill", None)], "he still sees his own"
    assert engine.counts(stage.work_as("officer_2"))["mine"] == 1
    assert engine.task(stage.work_as("officer_2"), stage.task(held["case_id"], "fill"))["stands_for"] == "陈明"


def test_the_substitute_drafts_and_completes_and_both_names_stay_in_the_record(
    stage: Any, held: dict[str, Any]
) -> None:
    away(stage)
    task = stage.task(held["case_id"], "fill")
    engine.save_draft(stage.work_as("officer_2"), task, {"case_summary": "六轴车超限"})
    engine.complete(stage.work_as("officer_2"), task, {"case_summary": "六轴车超限"})
    left = stage.rows("select person_id, outcome from step_history where event = 'left' and element = 'fill'")
    assert [(str(r["person_id"]), r["outcome"]["stands_for"]) for r in left] == [
        (person(stage, "officer_2"), person(stage, "officer_1"))
    ]
    shown = engine.case(stage.work_as("officer_1"), held["case_id"])["history"]
    assert "李芳(代陈明)" in [h["person"] for h in shown if h["event"] == "left" and h["element"] == "fill"]


def test_the_absence_begins_and_ends_by_itself(stage: Any, held: dict[str, Any]) -> None:
    away(stage, begins=date(2026, 3, 3), ends=date(2026, 3, 4))
    assert mine(stage, "officer_2") == []
    stage.until(3, 4, 23)
    assert mine(stage, "officer_2") == [("fill", "陈明")]
    stage.until(3, 5, 0, 1)
    assert mine(stage, "officer_2") == []
    with pytest.raises(AlreadyClaimed):
        stage.do("officer_2", held["case_id"], "fill", case_summary="六轴车超限")


def test_ended_early_it_ends_at_once(stage: Any, held: dict[str, Any]) -> None:
    made = away(stage)
    engine.end_absence(stage.work_as("officer_1"), made["id"])
    assert mine(stage, "officer_2") == []
    with pytest.raises(NotFound):
        engine.end_absence(stage.work_as("officer_1"), made["id"])
    away(stage)  # the days are free again


def test_the_scope_bounds_it_to_processes_and_categories(stage: Any, held: dict[str, Any]) -> None:
    engine.end_absence(stage.work_as("officer_1"), away(stage, processes=["small_more"])["id"])
    made = away(stage, processes=["small_more"])
    assert mine(stage, "officer_2") == []
    with pytest.raises(AlreadyClaimed):
        stage.do("officer_2", held["case_id"], "fill", case_summary="六轴车超限")
    engine.end_absence(stage.work_as("officer_1"), made["id"])
    made = away(stage, categories=["02"])
    assert mine(stage, "officer_2") == []
    engine.end_absence(stage.work_as("officer_1"), made["id"])
    away(stage, processes=["small_case"], categories=["01"])
    assert mine(stage, "officer_2") == [("fill", "陈明")]


def test_a_substitute_without_the_post_may_not_act(stage: Any, held: dict[str, Any]) -> None:
    away(stage, by="unit_head_1")
    plan = engine.plan_absence(stage.work_as("officer_1"), person(stage, "unit_head_1"))
    assert [(i["name"], i["why_not"]) for i in plan["items"]] == [
        (plan["items"][0]["name"], "代理人没有办理这项任务的岗位")
    ]
    with pytest.raises(NotAllowed, match="岗位"):
        stage.do("unit_head_1", held["case_id"], "fill", case_summary="六轴车超限")


def test_a_certificate_that_lapsed_since_stops_the_substitute_at_the_time_of_the_act(
    stage: Any, held: dict[str, Any]
) -> None:
    away(stage)
    assert engine.plan_absence(stage.work_as("officer_1"), person(stage, "officer_2"))["items"][0]["why_not"] is None
    with Work(stage.node, stage.work_as("officer_1").person).transaction() as work:
        work.execute(
            "insert into certificate_status (certificate_id, status, since, reason) select id, 'suspended', %s, '年审'"
            " from certificate where officer_id = %s",
            (work.now, person(stage, "officer_2")),
        )
    with pytest.raises(NotAllowed, match="有效执法证件"):
        stage.do("officer_2", held["case_id"], "fill", case_summary="六轴车超限")


def test_a_substitute_has_no_substitute(stage: Any, held: dict[str, Any]) -> None:
    stage.grant("unit_head_1", "officer")
    away(stage)
    assert "也离岗" in wrong(stage, "unit_head_1", "officer_1")["substitute_id"]
    away(stage, "officer_2", "unit_head_1")
    assert mine(stage, "unit_head_1") == [], "what officer_2 does for another does not pass on"


def test_what_is_wrong_is_said_at_its_field(stage: Any) -> None:
    bad = {
        "begins": date(2026, 3, 6),
        "ends": date(2026, 3, 5),
        "reason": " ",
        "processes": ["x"],
        "categories": ["99"],
    }
    assert set(wrong(stage, **bad)) == {"ends", "reason", "processes", "categories"}
    assert "过去" in wrong(stage, begins=date(2026, 2, 1), ends=date(2026, 2, 2))["ends"]
    assert "本人" in wrong(stage, by="officer_1")["substitute_id"]
    assert "任职" in wrong(stage, by="sister_officer")["substitute_id"]
    away(stage)
    with pytest.raises(Refusal, match="已经登记"):
        away(stage, begins=date(2026, 3, 6), ends=date(2026, 3, 9))


def test_only_who_may_hand_over_records_it_for_another(stage: Any, held: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        engine.record_absence(
            stage.work_as("officer_2"), person(stage, "officer_2"), officer_id=person(stage, "officer_1"), **AWAY
        )
    made = engine.record_absence(
        stage.work_as("unit_head_1"), person(stage, "officer_2"), officer_id=person(stage, "officer_1"), **AWAY
    )
    listed = engine.list_absences(stage.work_as("unit_head_1"), "unit")["items"]
    assert [(a["officer"], a["substitute"], a["made_by"], a["now"]) for a in listed] == [("陈明", "李芳", "赵强", True)]
    assert [a["substitute"] for a in engine.list_absences(stage.work_as("officer_2"))["items"]] == ["李芳"]
    with pytest.raises(NotAllowed):
        engine.end_absence(stage.work_as("officer_2"), made["id"])


def test_the_boxes_stay_one_statement(stage: Any, held: dict[str, Any]) -> None:
    away(stage)
    work = stage.work_as("officer_2")
    engine.tasks(work, "mine")
    before = work.statements
    engine.tasks(work, "mine")
    assert work.statements - before <= 3  # scope, the page, the release in force


def test_a_substitute_whom_recusal_bars_may_not_decide(stage: Any) -> None:
    begun = stage.waiting()  # officer_2 has investigated
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    stage.grant("officer_2", "head")
    engine.claim(stage.work_as("head_1"), stage.task(begun["case_id"], "decide"))
    away(stage, "head_1", "officer_2")
    with pytest.raises(AgainstTheLaw, match="调查人员不得作出决定"):
        stage.do("officer_2", begun["case_id"], "decide", fine_amount="3000")
    stage.grant("unit_head_1", "head")
    engine.end_absence(stage.work_as("head_1"), engine.list_absences(stage.work_as("head_1"))["items"][0]["id"])
    away(stage, "head_1", "unit_head_1")
    assert stage.do("unit_head_1", begun["case_id"], "decide", fine_amount="3000")["ended"]


def test_what_the_substitute_investigated_counts_for_who_was_away_too(stage: Any, held: dict[str, Any]) -> None:
    away(stage)
    stage.do("officer_2", held["case_id"], "fill", case_summary="六轴车超限")
    for login, element in (("officer_2", "look"), ("officer_2", "ask")):
        stage.do(login, held["case_id"], element)
    stage.sweep()
    engine.receive(stage.work_as("officer_2"), held["case_id"], "reply", {})
    stage.grant("officer_1", "head")
    with pytest.raises(AgainstTheLaw, match="调查人员不得作出决定"):
        stage.do("officer_1", held["case_id"], "decide", fine_amount="3000")
