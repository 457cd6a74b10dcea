"""Processes beside each other on one record, about other records than cases, and what they tell each other."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

import engine
from kernel.errors import AgainstTheLaw, NotAllowed, Refusal
from registers import evidence


def aside(stage: Any, case_id: str, login: str = "officer_1") -> dict[str, Any]:
    return engine.start_beside(stage.work_as(login), case_id, "small_beside", {})


def to_the_wait(stage: Any) -> str:
    case_id = str(stage.begin()["case_id"])
    stage.do("officer_1", case_id, "fill", case_summary="六轴车超限")
    stage.do("officer_1", case_id, "look")
    stage.do("officer_2", case_id, "ask")
    stage.sweep()
    return case_id


def test_a_process_beside_the_main_one_has_its_own_steps_on_the_same_case(stage: Any) -> None:
    case_id = str(stage.begin()["case_id"])
    answer = aside(stage, case_id)
    assert answer["case_id"] == case_id
    assert stage.open(case_id) == {"fill", "beside_ask"}
    view = engine.case(stage.work_as("officer_1"), case_id)
    assert [i["process_key"] for i in view["instances"]] == ["small_case", "small_beside"]
    assert view["case"]["case_status"] == "investigating"


def test_its_message_moves_the_main_process_on(stage: Any) -> None:
    case_id = to_the_wait(stage)
    aside(stage, case_id)
    stage.do("officer_1", case_id, "beside_ask")
    stage.sweep()
    assert stage.open(case_id) == {"decide", "beside_close"}


def test_a_message_that_nobody_waits_for_holds_nothing_up(stage: Any) -> None:
    case_id = str(stage.begin()["case_id"])
    aside(stage, case_id)
    stage.do("officer_1", case_id, "beside_ask")
    stage.sweep()
    assert stage.open(case_id) == {"fill", "beside_close"}


def test_a_second_one_is_refused_while_a_single_one_runs(stage: Any) -> None:
    case_id = str(stage.begin()["case_id"])
    aside(stage, case_id)
    with pytest.raises(Refusal, match="正在办理"):
        aside(stage, case_id)
    stage.do("officer_1", case_id, "beside_ask")
    stage.sweep()
    stage.do("officer_1", case_id, "beside_close")
    aside(stage, case_id)
    assert stage.open(case_id) == {"fill", "beside_ask"}


def test_a_guard_of_the_start_refuses_and_leaves_nothing(stage: Any) -> None:
    work = stage.work_as("officer_1")
    case_id = engine.start(work, "small_case", {"case_cause": "无"}, agency_id=440100, category="01")["case_id"]
    with pytest.raises(AgainstTheLaw, match="案由不明"):
        aside(stage, case_id)
    assert stage.rows("select process_key from process_instance where subject_id = %s", case_id) == [
        {"process_key": "small_case"}
    ]


def test_only_its_roles_may_begin_it_and_only_on_a_record(stage: Any) -> None:
    case_id = str(stage.begin()["case_id"])
    with pytest.raises(NotAllowed):
        aside(stage, case_id, "head_1")
    with pytest.raises(Refusal, match="已有的案件"):
        engine.start(stage.work_as("officer_1"), "small_beside", {}, agency_id=440100, category="01")
    with pytest.raises(Refusal, match="不能在已有的案件中启动"):
        engine.start_beside(stage.work_as("officer_1"), case_id, "small_case", {"case_cause": "超限"})


def test_its_end_closes_only_the_clocks_that_it_started(stage: Any) -> None:
    case_id = to_the_wait(stage)
    aside(stage, case_id)
    stage.do("officer_1", case_id, "beside_ask")
    stage.sweep()
    stage.do("officer_1", case_id, "beside_close")
    clocks = stage.rows("select rule, status from clock where subject_id = %s order by rule", case_id)
    assert [(c["rule"], c["status"]) for c in clocks] == [
        ("DL_SMALL_ACT", "closed"),
        ("DL_STATEMENT_DEFENCE", "running"),
    ]


def test_a_clock_moved_by_a_verb_redates_the_waiting_step_of_whatever_process(stage: Any) -> None:
    case_id = str(stage.begin()["case_id"])
    aside(stage, case_id)
    stage.do("officer_1", case_id, "beside_ask")
    stage.sweep()
    query = "select due_at from work_item where subject_id = %s and element = 'beside_close' and status = 'open'"
    before = stage.rows(query, case_id)[0]["due_at"]
    clock = stage.rows("select id, due_at from clock where subject_id = %s and rule = 'DL_SMALL_ACT'", case_id)[0]
    assert before == clock["due_at"]
    stage.clock.set(stage.clock.at + timedelta(days=1))
    assert stage.open(case_id) == {"fill", "beside_close"}


def test_what_runs_beside_is_offered_to_those_who_may_begin_it(stage: Any) -> None:
    case_id = str(stage.begin()["case_id"])
    offered = engine.beside(stage.work_as("officer_1"), case_id)
    assert [(p["key"], p["running"]) for p in offered] == [("small_beside", 0)]
    aside(stage, case_id)
    assert engine.beside(stage.work_as("officer_1"), case_id)[0]["running"] == 1
    assert "small_beside" not in [p["key"] for p in engine.startable(stage.work_as("officer_1"))]


def test_a_clue_becomes_a_case_that_knows_where_it_comes_from(stage: Any) -> None:
    work = stage.work_as("officer_1")
    facts = {"case_cause": "超限运输", "plate_no": "粤A12345"}
    clue_id = engine.start(work, "small_clue", facts, agency_id=440100, category="01")["case_id"]
    with work.transaction():
        photo = io.BytesIO()
        Image.new("RGB", (8, 8)).save(photo, "PNG")
        photo.seek(0)
        evidence.receive(work, UUID(clue_id), photo, {"name": "a.png", "kind": "audiovisual"})
    stage.do("officer_1", clue_id, "clue_verify")
    stage.sweep()
    clue = engine.record(stage.work_as("officer_1"), clue_id)
    assert (clue["kind"], clue["record"]["status"], clue["record"]["title"]) == ("clue", "filed", "超限运输")
    assert clue["record"]["plate_no"] == "粤A12345"
    assert [(r["kind"], r["relation"]) for r in clue["relatives"]] == [("case", "outcome")]
    case_id = str(clue["relatives"][0]["id"])
    case = engine.case(stage.work_as("officer_1"), case_id)
    assert [(r["kind"], r["relation"]) for r in case["relatives"]] == [("clue", "origin")]
    assert {f["key"] for f in case["facts"]} >= {"case_cause", "plate_no"}
    assert [e["name"] for e in case["evidence"]] == ["a.png"]
    assert stage.open(case_id) == {"fill"}
