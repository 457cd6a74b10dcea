"""Moving a token through the verbs: what is said beforehand is what happens, and the law's order stands."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from kernel.errors import AgainstTheLaw, InvalidAnswers, NotAllowed, Refusal
from kernel.work import Work


def names(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["element"] for entry in entries}


def test_the_plan_says_what_is_cancelled_opened_and_which_clocks_close(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    plan = engine.plan_move(operator, begun["instance_id"], ["fill"])
    assert names(plan["cancelled"]) == {"wait"}
    assert names(plan["opened"]) == {"fill"}
    assert plan["clocks_closed"] == ["陈述申辩提出期限"]
    assert names(plan["jobs_cancelled"]) == {"silence"}
    assert stage.open(begun["case_id"]) == set(), "a plan changes nothing"
    assert engine.case(stage.work_as("officer_1"), begun["case_id"])["messages"]


def test_a_move_back_across_the_parallel_block_begins_both_branches_anew(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    engine.move(operator, begun["instance_id"], ["look"], "勘验笔录有误")
    assert stage.open(begun["case_id"]) == {"look", "ask"}
    stage.do("officer_1", begun["case_id"], "look")
    stage.do("officer_1", begun["case_id"], "ask")
    stage.sweep()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    assert stage.do("head_1", begun["case_id"], "decide", fine_amount="3000")["ended"]


def test_siblings_that_count_as_arrived_are_not_begun_anew(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    plan = engine.move(operator, begun["instance_id"], ["look"], "勘验笔录有误", siblings="arrived")["plan"]
    assert names(plan["opened"]) == {"look"}
    stage.do("officer_1", begun["case_id"], "look")
    stage.sweep()
    assert [w["message"] for w in engine.case(stage.work_as("officer_1"), begun["case_id"])["messages"]] == ["reply"]


def test_clocks_of_steps_taken_back_close_with_the_reason_and_start_anew_by_their_trigger(
    stage: Any, operator: Work
) -> None:
    begun = stage.waiting()
    engine.move(operator, begun["instance_id"], ["fill"], "事实未查清")
    row = stage.clock_row(begun["case_id"], "DL_STATEMENT_DEFENCE")
    assert (row["status"], row["reason"]) == ("closed", "流程调整:事实未查清")
    stage.later(days=1)
    stage.do("officer_1", begun["case_id"], "fill", case_summary="补充查明")
    again = stage.clock_row(begun["case_id"], "DL_STATEMENT_DEFENCE")
    assert again["id"] != row["id"]
    assert again["status"] == "running"
    assert again["due_at"] > row["due_at"]


def test_a_clock_of_a_step_before_the_target_runs_on(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    engine.move(operator, begun["instance_id"], ["look"], "补充勘验")
    assert stage.clock_row(begun["case_id"], "DL_STATEMENT_DEFENCE")["status"] == "running"


def test_message_waits_and_timers_of_the_old_place_are_gone_and_come_anew(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    before = stage.rows("select token from message_wait where subject_id = %s", begun["case_id"])
    engine.move(operator, begun["instance_id"], ["look"], "补充勘验", siblings="arrived")
    assert stage.rows("select token from message_wait where subject_id = %s", begun["case_id"]) == []
    assert stage.rows("select status from job where kind = 'timer'") == [{"status": "cancelled"}]
    with pytest.raises(Refusal):
        engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    stage.do("officer_1", begun["case_id"], "look")
    stage.sweep()
    after = stage.rows("select token from message_wait where subject_id = %s", begun["case_id"])
    assert len(after) == 1
    assert after != before
    assert [j["status"] for j in stage.rows("select status from job where kind = 'timer' order by id")] == [
        "cancelled",
        "waiting",
    ]


def test_a_service_call_not_begun_is_cancelled(stage: Any, operator: Work) -> None:
    begun = stage.looked()
    stage.do("officer_1", begun["case_id"], "look")
    stage.do("officer_1", begun["case_id"], "ask")
    plan = engine.plan_move(operator, begun["instance_id"], ["fill"])
    assert names(plan["jobs_cancelled"]) == {"tell"}
    engine.move(operator, begun["instance_id"], ["fill"], "重新填写")
    assert stage.rows("select status from job where kind = 'action'") == [{"status": "cancelled"}]
    stage.sweep()
    assert stage.open(begun["case_id"]) == {"fill"}


def test_a_move_forward_past_a_guard_is_refused_with_its_article(stage: Any, operator: Work) -> None:
    begun = stage.begin()
    for ask in (
        lambda: engine.plan_move(operator, begun["instance_id"], ["decide"]),
        lambda: engine.move(operator, begun["instance_id"], ["decide"], "加快办理"),
    ):
        with pytest.raises(AgainstTheLaw) as refused:
            ask()
        assert (refused.value.rule, refused.value.article) == ("O_LOOK_FIRST", "行政处罚法#54")
    assert stage.open(begun["case_id"]) == {"fill"}


@pytest.mark.parametrize(
    ("targets", "says"),
    [
        (["nowhere"], "不存在"),
        (["split"], "网关或事件"),
        (["replied"], "网关或事件"),
        (["fill", "look"], "不能同时"),
        ([], "没有选择"),
    ],
)
def test_an_illegal_target_is_refused_with_the_reason(
    stage: Any, operator: Work, targets: list[str], says: str
) -> None:
    begun = stage.waiting()
    with pytest.raises(Refusal, match=says):
        engine.plan_move(operator, begun["instance_id"], targets)
    with pytest.raises(Refusal, match=says):
        engine.move(operator, begun["instance_id"], targets, "试一试")


def test_who_may_not_move_and_who_gives_no_reason_is_refused(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    with pytest.raises(NotAllowed):
        engine.move(stage.work_as("officer_1"), begun["instance_id"], ["fill"], "我要退回")
    with pytest.raises(InvalidAnswers):
        engine.move(operator, begun["instance_id"], ["fill"], " ")


def test_an_ended_case_cannot_be_moved(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    stage.do("head_1", begun["case_id"], "decide", fine_amount="3000")
    with pytest.raises(Refusal, match="已经结束"):
        engine.move(operator, begun["instance_id"], ["fill"], "想起一事")


def test_papers_not_yet_issued_are_superseded_and_their_numbers_void(stage: Any, operator: Work) -> None:
    begun = stage.drafted()
    plan = engine.plan_move(operator, begun["instance_id"], ["draft"])
    assert [p["kind"] for p in plan["papers_superseded"]] == ["T1", "T2"]
    engine.move(operator, begun["instance_id"], ["draft"], "文书有误")
    stage.sweep()
    papers = stage.rows("select kind, number, state, docx_sm3 from document order by id")
    assert [(p["kind"], p["state"], p["docx_sm3"]) for p in papers] == [
        ("T1", "superseded", None),
        ("T2", "superseded", None),
    ]
    assert {j["status"] for j in stage.rows("select status from job where kind = 'render'")} == {"cancelled"}
    taken = stage.rows("select text, state, reason from number_taken where kind = '告'")
    assert taken == [{"text": papers[0]["number"], "state": "void", "reason": "流程调整:文书有误"}]
    made = stage.do("officer_1", begun["case_id"], "draft", case_summary="改正后")["papers"]
    assert made[0]["number"].endswith("00002号")


def test_issued_papers_stay_issued(stage: Any, operator: Work) -> None:
    begun = stage.drafted()
    stage.sweep()
    plan = engine.move(operator, begun["instance_id"], ["draft"], "文书有误")["plan"]
    assert plan["papers_superseded"] == []
    assert [p["kind"] for p in plan["papers_kept"]] == ["T1", "T2"]
    assert {p["state"] for p in stage.rows("select state from document")} == {"issued"}
    assert {n["state"] for n in stage.rows("select state from number_taken where kind = '告'")} == {"issued"}


def test_after_service_there_is_no_return_to_before_the_paper(stage: Any, operator: Work, check_plate: Any) -> None:
    begun = stage.drafted()
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")
    states = {p["kind"]: p["state"] for p in stage.rows("select kind, state from document")}
    assert states == {"T1": "served", "T2": "issued"}, "only what asks for service is served"
    with pytest.raises(Refusal, match="《小告知书》已经送达"):
        engine.plan_move(operator, begun["instance_id"], ["draft"])
    with pytest.raises(Refusal, match="《小告知书》已经送达"):
        engine.move(operator, begun["instance_id"], ["draft"], "文书有误")
    stage.sweep()
    engine.move(operator, begun["instance_id"], ["serve"], "送达回证须重做")
    assert stage.open(begun["case_id"]) == {"serve"}


def test_a_paper_served_while_it_is_still_rendered_is_served_once_it_is_there(stage: Any) -> None:
    begun = stage.drafted()
    stage.do("officer_1", begun["case_id"], "serve")
    stage.sweep()
    row = stage.rows("select state, served_at, docx_sm3 from document where kind = 'T1'")[0]
    assert row["state"] == "served"
    assert row["served_at"] is not None
    assert row["docx_sm3"] is not None


def test_a_move_leaves_a_history_row_with_the_reason_and_an_audit_row(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    engine.move(operator, begun["instance_id"], ["fill"], "事实未查清")
    moved = stage.rows("select element, person_id, outcome from step_history where event = 'moved'")
    outcome = moved[0]["outcome"]
    assert (outcome["reason"], outcome["targets"]) == ("事实未查清", ["fill"])
    assert {"fill", "look", "ask", "decide"} <= set(outcome["taken_back"])
    assert moved == [{"element": "fill", "person_id": operator.person.id, "outcome": outcome}]
    audit = stage.rows("select person_id, outcome from audit_entry where verb = 'instance.move'", login="supervisor_1")
    assert audit == [{"person_id": operator.person.id, "outcome": "done"}]


def test_a_move_into_a_called_process_stands_there(stage: Any, operator: Work, check_plate: Any) -> None:
    begun = stage.drafted()
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "talk")
    assert stage.open(begun["case_id"]) == set()
    engine.move(operator, begun["instance_id"], ["talk_over/talk"], "须再次商议")
    assert stage.open(begun["case_id"]) == {"talk"}
    stage.do("officer_1", begun["case_id"], "talk")
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    assert stage.do("officer_1", begun["case_id"], "conclude")["ended"]
