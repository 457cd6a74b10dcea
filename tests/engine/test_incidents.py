"""Jobs that fail come back later and later; what gives up is an incident that an operator settles."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from engine import jobs
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import Work


def served(stage: Any) -> dict[str, Any]:
    """A case whose plate is to be checked by a service."""
    begun: dict[str, Any] = stage.drafted()
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")
    return begun


def given_up(stage: Any, action: Any) -> dict[str, Any]:
    """A case whose service failed as often as it is tried."""
    begun = served(stage)
    action.fails = jobs.TRIES
    for _ in range(jobs.TRIES):
        stage.sweep(1)
        stage.later(hours=1, seconds=1)
    return begun


def the_job(stage: Any) -> dict[str, Any]:
    row: dict[str, Any] = stage.rows("select * from job where kind = 'action'")[0]
    return row


def test_a_failed_job_comes_back_after_a_growing_while(stage: Any, check_plate: Any) -> None:
    served(stage)
    check_plate.fails = 4
    waits = []
    for _ in range(4):
        stage.sweep(1)
        row = the_job(stage)
        assert row["status"] == "waiting"
        assert "没有应答" in row["last_error"]
        waits.append((row["due_at"] - stage.clock.at).total_seconds())
        stage.clock.set(row["due_at"])
    assert waits == [5, 10, 20, 40]
    stage.sweep()
    assert the_job(stage)["status"] == "done"
    assert len(check_plate.ran) == 5
    assert len(set(check_plate.ran)) == 1, "every try carries the same key"


def test_a_job_is_not_run_before_it_is_due_again(stage: Any, check_plate: Any) -> None:
    served(stage)
    check_plate.fails = 1
    stage.sweep()
    assert len(check_plate.ran) == 1
    stage.later(seconds=4)
    stage.sweep()
    assert len(check_plate.ran) == 1


def test_a_job_of_a_dead_worker_is_taken_by_another_when_its_lease_is_over(stage: Any, check_plate: Any) -> None:
    begun = served(stage)
    taken = jobs.take(stage.node, ["action"], 5)
    assert [job["attempts"] for job in taken] == [1]
    stage.sweep()
    assert check_plate.ran == [], "the lease protects the one who holds it"
    stage.later(minutes=2, seconds=1)
    stage.sweep()
    assert len(check_plate.ran) == 1
    assert stage.open(begun["case_id"]) == {"talk"}


def test_after_its_tries_a_job_becomes_an_incident_with_cause_and_remedy(
    stage: Any, check_plate: Any, operator: Work
) -> None:
    begun = given_up(stage, check_plate)
    assert len(check_plate.ran) == jobs.TRIES
    found = engine.incidents(operator)["items"]
    assert [(i["kind"], str(i["subject_id"]), i["status"]) for i in found] == [("action", begun["case_id"], "open")]
    assert "没有应答" in found[0]["cause"]
    assert "重试" in found[0]["remedy"]
    stage.later(days=1)
    stage.sweep()
    assert len(check_plate.ran) == jobs.TRIES, "what gave up is not tried on its own"


def test_an_incident_retried_runs_again_with_all_its_tries(stage: Any, check_plate: Any, operator: Work) -> None:
    begun = given_up(stage, check_plate)
    incident = str(engine.incidents(operator)["items"][0]["id"])
    check_plate.fails = 1
    engine.retry_incident(operator, incident)
    stage.sweep()
    assert the_job(stage)["status"] == "waiting"
    stage.later(seconds=6)
    stage.sweep()
    assert stage.open(begun["case_id"]) == {"talk"}
    assert engine.incidents(operator)["items"] == []
    with pytest.raises(Refusal, match="已经处理"):
        engine.retry_incident(operator, incident)


def test_an_incident_skipped_with_its_reason_lets_the_flow_go_on(stage: Any, check_plate: Any, operator: Work) -> None:
    begun = given_up(stage, check_plate)
    incident = str(engine.incidents(operator)["items"][0]["id"])
    with pytest.raises(InvalidAnswers):
        engine.skip_incident(operator, incident, " ")
    engine.skip_incident(operator, incident, "已电话核对车牌")
    assert stage.open(begun["case_id"]) == {"talk"}
    left = stage.rows("select outcome from step_history where element = 'check_it' and event = 'left'")
    assert left[0]["outcome"]["note"] == "跳过:已电话核对车牌"
    closed = stage.rows("select status, reason, closed_by from incident")
    assert closed == [{"status": "skipped", "reason": "已电话核对车牌", "closed_by": operator.person.id}]
    stage.do("officer_1", begun["case_id"], "talk")
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    assert stage.do("officer_1", begun["case_id"], "conclude")["ended"]


def test_an_incident_repaired_by_a_move_is_closed_with_what_was_done(
    stage: Any, check_plate: Any, operator: Work
) -> None:
    begun = given_up(stage, check_plate)
    incident = str(engine.incidents(operator)["items"][0]["id"])
    engine.move(operator, begun["instance_id"], ["mend"], "人工更正车牌")
    assert the_job(stage)["status"] == "cancelled"
    engine.repair_incident(operator, incident, "已调整到更正环节")
    assert engine.incidents(operator)["items"] == []
    stage.do("officer_1", begun["case_id"], "mend")
    assert stage.open(begun["case_id"]) == {"talk"}


def test_only_operators_see_and_settle_incidents(stage: Any, check_plate: Any, operator: Work) -> None:
    given_up(stage, check_plate)
    incident = str(engine.incidents(operator)["items"][0]["id"])
    for act in (
        lambda w: engine.incidents(w),
        lambda w: engine.retry_incident(w, incident),
        lambda w: engine.skip_incident(w, incident, "不要了"),
        lambda w: engine.repair_incident(w, incident, "修好了"),
    ):
        with pytest.raises(NotAllowed):
            act(stage.work_as("officer_1"))
    with pytest.raises(NotFound):
        engine.retry_incident(operator, "00000000-0000-7000-8000-00000000ffff")
    with pytest.raises(NotFound):
        engine.retry_incident(operator, "not-an-id")


def test_an_action_that_nobody_wrote_is_an_incident_at_once(stage: Any, operator: Work) -> None:
    begun = stage.begin("small_broken")
    stage.do("officer_1", begun["case_id"], "br_go")
    stage.sweep(1)
    found = engine.incidents(operator)["items"]
    assert len(found) == 1
    assert "no_such" in found[0]["cause"]
    assert the_job(stage)["attempts"] == 1
    engine.skip_incident(operator, str(found[0]["id"]), "流程图有误,此步无须办理")
    assert stage.rows("select status from process_instance") == [{"status": "ended"}]


def test_a_loop_that_never_waits_is_refused_and_an_operator_hears_of_it(stage: Any, operator: Work) -> None:
    begun = stage.begin("small_runaway")
    before = stage.rows("select state, version, status from process_instance")
    for _ in range(2):
        with pytest.raises(Exception, match="连续经过过多环节") as refused:
            stage.do("officer_1", begun["case_id"], "run_go", again=True)
    assert refused.value.code == "runaway"  # type: ignore[attr-defined]
    assert stage.rows("select state, version, status from process_instance") == before
    assert stage.open(begun["case_id"]) == {"run_go"}
    found = engine.incidents(operator)["items"]
    assert [(i["kind"], str(i["instance_id"])) for i in found] == [("runaway", begun["instance_id"])], (
        "once, not per try"
    )
    with pytest.raises(Refusal, match="没有可以重试的作业"):
        engine.retry_incident(operator, str(found[0]["id"]))
    engine.repair_incident(operator, str(found[0]["id"]), "已改正填写内容")
    assert stage.do("officer_1", begun["case_id"], "run_go", again=False)["ended"]


def test_a_business_error_of_a_service_goes_by_its_boundary(stage: Any, check_plate: Any, operator: Work) -> None:
    begun = served(stage)
    check_plate.business = "bad"
    stage.sweep()
    assert stage.open(begun["case_id"]) == {"mend"}
    assert engine.incidents(operator)["items"] == []
    facts = {f["key"]: f["value"] for f in engine.case(stage.work_as("officer_1"), begun["case_id"])["facts"]}
    assert facts["remark"] == "车牌不符"
    stage.do("officer_1", begun["case_id"], "mend")
    assert stage.open(begun["case_id"]) == {"talk"}


def test_a_business_error_that_nothing_catches_is_an_incident(stage: Any, check_plate: Any, operator: Work) -> None:
    served(stage)
    check_plate.business = "unheard_of"
    stage.sweep()
    assert "unheard_of" in engine.incidents(operator)["items"][0]["cause"]


def test_a_boundary_timer_asks_beside_the_task_and_leaves_it(stage: Any, check_plate: Any) -> None:
    begun = stage.drafted()
    stage.until(3, 5, 8)
    assert stage.open(begun["case_id"]) == {"serve"}
    stage.until(3, 5, 9, 1)
    assert stage.open(begun["case_id"]) == {"serve", "urge"}
    stage.do("officer_1", begun["case_id"], "serve")
    stage.do("officer_1", begun["case_id"], "urge")
    stage.sweep()
    assert stage.open(begun["case_id"]) == {"talk"}


def test_an_escalation_out_of_a_called_process_goes_to_its_boundary(stage: Any, check_plate: Any) -> None:
    begun = served(stage)
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "talk", again=True)
    assert stage.open(begun["case_id"]) == {"reconsider"}
    stage.do("head_1", begun["case_id"], "reconsider")
    waits = stage.rows("select message from message_wait where subject_id = %s", begun["case_id"])
    assert waits == [{"message": "reply"}]


def test_a_paper_whose_rendering_failed_is_rendered_at_the_next_try(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.drafted()
    put = stage.node.files.put
    full = [OSError("磁盘已满"), OSError("磁盘已满")]

    def once_full(source: Any) -> Any:
        if full:
            raise full.pop()
        return put(source)

    monkeypatch.setattr(stage.node.files, "put", once_full)
    stage.sweep(1)
    assert {p["state"] for p in stage.rows("select state from document")} == {"made"}
    stage.later(seconds=6)
    stage.sweep()
    assert {p["state"] for p in stage.rows("select state from document")} == {"issued"}
