"""The menus say beforehand what an act does; what a record offers as a whole can be done from there."""

from __future__ import annotations

from typing import Any

import engine


def menu(stage: Any, login: str, task: str) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in engine.task(stage.work_as(login), task)["actions"]}


def on_record(stage: Any, login: str, case_id: str) -> dict[str, dict[str, Any]]:
    return {one["key"].partition(":")[0]: one for one in engine.acts_on_record(stage.work_as(login), case_id)}


def test_every_act_that_asks_something_says_what_it_does_to_steps_papers_and_periods(stage: Any) -> None:
    begun = stage.waiting()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    task = stage.task(begun["case_id"], "decide")
    engine.claim(stage.work_as("head_1"), task)
    found = menu(stage, "head_1", task)
    assert {"release", "hand_over", "return", "delegate", "add_signer", "cc", "follow"} <= found.keys()
    for key, one in found.items():
        assert [e["about"] for e in one["effects"]] == ([] if key == "follow" else ["环节", "文书", "期限"]), key
    assert found["return"]["plan"] == f"/tasks/{task}/return-targets"


def test_a_withdrawal_is_offered_with_its_plan_to_who_has_just_done_the_step(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    stage.do("officer_1", begun["case_id"], "fill", case_summary="六轴车超限")
    assert menu(stage, "officer_1", task)["withdraw"]["plan"] == f"/tasks/{task}/withdraw-plan"
    assert menu(stage, "officer_2", task) == {}


def test_a_process_is_held_and_let_go_on_from_the_record(stage: Any) -> None:
    begun = stage.looked()
    assert "suspend" not in on_record(stage, "officer_1", begun["case_id"])
    offered = on_record(stage, "unit_head_1", begun["case_id"])["suspend"]
    steps, _, clocks = (e["text"] for e in offered["effects"])
    assert "“勘验”" in steps
    assert "“询问”" in steps
    assert "不停表" in clocks
    assert "届满" in clocks, "the period that runs on is named with its day"
    engine.suspend(stage.work_as("unit_head_1"), begun["instance_id"], "等待鉴定")
    assert offered["path"] == f"/instances/{begun['instance_id']}/suspend"
    found = on_record(stage, "unit_head_1", begun["case_id"])
    assert "suspend" not in found
    assert found["resume"]["path"] == f"/instances/{begun['instance_id']}/resume"


def test_who_follows_is_offered_to_stop(stage: Any) -> None:
    begun = stage.begin()
    assert "follow" in on_record(stage, "officer_2", begun["case_id"])
    engine.follow(stage.work_as("officer_2"), begun["case_id"])
    assert "unfollow" in on_record(stage, "officer_2", begun["case_id"])


def test_who_oversees_hurries_a_step_from_the_record(stage: Any) -> None:
    """A supervisor has no inbox and opens no task: the record offers it, for what is not his own to do."""
    begun = stage.begin()
    assert "urge" not in on_record(stage, "officer_2", begun["case_id"]), "his own unit's, free for him to take"
    offered = on_record(stage, "city_supervisor", begun["case_id"])["urge"]
    task = stage.task(begun["case_id"], "fill")
    assert offered["path"] == f"/tasks/{task}/urge"
    assert "须答复" in offered["effects"][0]["text"]
    engine.claim(stage.work_as("officer_1"), task)
    assert "urge" not in on_record(stage, "officer_1", begun["case_id"])
    assert "urge" in on_record(stage, "officer_2", begun["case_id"]), "somebody else has taken it"
