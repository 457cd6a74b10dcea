"""What people do with their tasks beside finishing them, and that every verb may be repeated with its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

import engine
from kernel.errors import AlreadyClaimed, InvalidAnswers, KeyReused, NotAllowed, Refusal, Stale
from kernel.settings import ROOT

SEARCH_TERMS = ROOT / "deploy/migrations/versions/0024_search_terms.sql"


def person_id(stage: Any, login: str) -> str:
    return str(stage.work_as(login).person.id)


def test_a_draft_is_kept_and_gone_when_the_task_is_done(stage: Any) -> None:
    begun = stage.begin()
    officer, task = stage.work_as("officer_1"), stage.task(begun["case_id"], "fill")
    engine.claim(officer, task)
    engine.save_draft(officer, task, {"case_summary": "写了一半"})
    assert engine.task(stage.work_as("officer_1"), task)["draft"] == {"case_summary": "写了一半"}
    engine.complete(officer, task, {"case_summary": "写完了"})
    assert stage.rows("select draft, status from work_item where id = %s", task) == [{"draft": None, "status": "done"}]


def test_a_draft_saved_over_another_is_refused_as_stale(stage: Any) -> None:
    begun = stage.begin()
    officer, task = stage.work_as("officer_1"), stage.task(begun["case_id"], "fill")
    engine.claim(officer, task)
    read = engine.task(stage.work_as("officer_1"), task)["version"]
    engine.save_draft(officer, task, {"case_summary": "第一处"}, read)
    with pytest.raises(Stale):
        engine.save_draft(officer, task, {"case_summary": "第二处"}, read)
    assert engine.task(stage.work_as("officer_1"), task)["draft"] == {"case_summary": "第一处"}
    engine.save_draft(officer, task, {"case_summary": "核对后"}, read + 1)


def test_only_who_holds_the_task_may_save_its_draft(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    with pytest.raises(AlreadyClaimed, match="不在您名下"):
        engine.save_draft(stage.work_as("officer_1"), task, {})
    engine.claim(stage.work_as("officer_1"), task)
    with pytest.raises(AlreadyClaimed):
        engine.save_draft(stage.work_as("officer_2"), task, {})
    with pytest.raises(InvalidAnswers):
        engine.save_draft(stage.work_as("officer_1"), task, {"case_summary": "长" * 1_000_001})


def test_a_task_given_back_keeps_its_draft_for_whoever_takes_it(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    engine.claim(stage.work_as("officer_1"), task)
    engine.save_draft(stage.work_as("officer_1"), task, {"case_summary": "写了一半"})
    engine.release(stage.work_as("officer_1"), task)
    with pytest.raises(AlreadyClaimed):
        engine.release(stage.work_as("officer_1"), task)
    engine.claim(stage.work_as("officer_2"), task)
    assert engine.task(stage.work_as("officer_2"), task)["draft"] == {"case_summary": "写了一半"}
    engine.claim(stage.work_as("officer_2"), task)
    with pytest.raises(AlreadyClaimed):
        engine.claim(stage.work_as("officer_1"), task)


def test_a_task_is_handed_over_to_a_colleague_of_the_role_with_both_names_on_record(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    engine.claim(stage.work_as("officer_1"), task)
    to = person_id(stage, "officer_2")
    engine.hand_over(stage.work_as("officer_1"), task, to, "外出培训")
    with pytest.raises(AlreadyClaimed):
        engine.complete(stage.work_as("officer_1"), task, {"case_summary": "x"})
    note = stage.rows("select person_id, outcome from step_history where event = 'handed_over'")[0]
    assert str(note["person_id"]) == person_id(stage, "officer_1")
    assert note["outcome"] == {"reason": "外出培训", "to": to, "giver": person_id(stage, "officer_1")}
    engine.complete(stage.work_as("officer_2"), task, {"case_summary": "x"})


@pytest.mark.parametrize("login", ["head_1", "waterway_officer", "sister_officer"])
def test_a_person_without_the_role_here_gets_no_task(stage: Any, login: str) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    engine.claim(stage.work_as("officer_1"), task)
    with pytest.raises(Refusal, match="没有办理这项任务的岗位"):
        engine.hand_over(stage.work_as("officer_1"), task, person_id(stage, login), "请代办")
    with pytest.raises(InvalidAnswers):
        engine.hand_over(stage.work_as("officer_1"), task, person_id(stage, "officer_2"), "")


def test_a_task_is_handed_over_by_its_holder_only(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    engine.claim(stage.work_as("officer_1"), task)
    with pytest.raises(AlreadyClaimed):
        engine.hand_over(stage.work_as("officer_2"), task, person_id(stage, "officer_2"), "我来办")
    engine.complete(stage.work_as("officer_1"), task, {"case_summary": "x"})
    with pytest.raises(Refusal, match="已经办结"):
        engine.hand_over(stage.work_as("officer_1"), task, person_id(stage, "officer_2"), "晚了")


def test_a_cancelled_case_ends_with_its_reason_and_all_that_waited_is_gone(stage: Any) -> None:
    begun = stage.waiting()
    operator = stage.grant("supervisor_1", "operator")
    with pytest.raises(InvalidAnswers):
        engine.cancel(operator, begun["instance_id"], "")
    engine.cancel(operator, begun["instance_id"], "重复立案")
    assert stage.rows("select status from process_instance") == [{"status": "cancelled"}]
    assert stage.rows("select 1 from message_wait") == []
    assert {j["status"] for j in stage.rows("select status from job where kind = 'timer'")} == {"cancelled"}
    clock = stage.clock_row(begun["case_id"], "DL_STATEMENT_DEFENCE")
    assert (clock["status"], clock["reason"]) == ("closed", "流程终止:重复立案")
    with pytest.raises(Refusal, match="已经结束"):
        engine.cancel(operator, begun["instance_id"], "再来一次")


Verb = Callable[[Any, dict[str, Any], str], Any]


def _start(stage: Any, begun: dict[str, Any], key: str, cause: str = "超限") -> Any:
    return engine.start(
        stage.work_as("officer_1"),
        "small_case",
        {"case_cause": cause},
        agency_id=440100,
        category="01",
        key=key,  # type: ignore[call-arg]
    )


def _held(stage: Any, begun: dict[str, Any]) -> str:
    task: str = stage.task(begun["case_id"], "look")
    engine.claim(stage.work_as("officer_1"), task)
    return task


def _one_draft(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    task = _held(stage, begun)
    return lambda key: engine.save_draft(stage.work_as("officer_1"), task, {"remark": "半"}, key=key)  # type: ignore[call-arg]


def _one_claim(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    task = stage.task(begun["case_id"], "look")
    return lambda key: engine.claim(stage.work_as("officer_1"), task, key=key)  # type: ignore[call-arg]


def _one_release(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    task = _held(stage, begun)
    return lambda key: engine.release(stage.work_as("officer_1"), task, key=key)  # type: ignore[call-arg]


def _one_hand_over(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    task, to = _held(stage, begun), person_id(stage, "officer_2")
    return lambda key: engine.hand_over(stage.work_as("officer_1"), task, to, "外出", key=key)  # type: ignore[call-arg]


def _one_complete(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    task = stage.task(begun["case_id"], "look")
    return lambda key: engine.complete(stage.work_as("officer_1"), task, {}, key=key)  # type: ignore[call-arg]


def _one_move(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    operator = stage.grant("supervisor_1", "operator")
    return lambda key: engine.move(operator, begun["instance_id"], ["fill"], "重填", key=key)  # type: ignore[call-arg]


def _one_cancel(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    operator = stage.grant("supervisor_1", "operator")
    return lambda key: engine.cancel(operator, begun["instance_id"], "重复立案", key=key)  # type: ignore[call-arg]


def _one_receive(stage: Any, begun: dict[str, Any]) -> Callable[[str], Any]:
    stage.do("officer_1", begun["case_id"], "look")
    stage.do("officer_1", begun["case_id"], "ask")
    stage.sweep()
    return lambda key: engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {}, key=key)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "prepare",
    [_one_draft, _one_claim, _one_release, _one_hand_over, _one_complete, _one_move, _one_cancel, _one_receive],
    ids=["draft", "claim", "release", "hand_over", "complete", "move", "cancel", "receive"],
)
def test_a_verb_repeated_with_its_key_answers_the_same_and_happens_once(
    stage: Any, prepare: Callable[[Any, dict[str, Any]], Callable[[str], Any]]
) -> None:
    act = prepare(stage, stage.looked())
    first = act("the-key")
    counts = "select (select count(*) from step_history) as history, (select sum(version) from work_item) as versions"
    before = stage.rows(counts)
    assert act("the-key") == first
    assert stage.rows(counts) == before


def test_a_start_repeated_with_its_key_makes_one_case(stage: Any) -> None:
    first = _start(stage, {}, "start-1")
    assert _start(stage, {}, "start-1") == first
    assert len(stage.rows("select 1 from enforcement_case")) == 1
    with pytest.raises(KeyReused):
        _start(stage, {}, "start-1", cause="另一案由")


def test_a_refusal_is_not_remembered_under_its_key(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    with pytest.raises(InvalidAnswers):
        engine.complete(stage.work_as("officer_1"), task, {}, key="k")  # type: ignore[call-arg]
    engine.complete(stage.work_as("officer_1"), task, {"case_summary": "x"}, key="k")  # type: ignore[call-arg]


def test_a_key_belongs_to_its_person(stage: Any) -> None:
    begun = stage.looked()
    look, ask = stage.task(begun["case_id"], "look"), stage.task(begun["case_id"], "ask")
    engine.complete(stage.work_as("officer_1"), look, {}, key="same")  # type: ignore[call-arg]
    engine.complete(stage.work_as("officer_2"), ask, {}, key="same")  # type: ignore[call-arg]
    assert stage.open(begun["case_id"]) == set()


def test_nobody_acts_for_a_role_they_lack(stage: Any) -> None:
    begun = stage.looked()
    with pytest.raises(NotAllowed):
        engine.complete(stage.work_as("head_1"), stage.task(begun["case_id"], "look"), {})


@pytest.mark.parametrize(("days", "due", "is_told"), [(0, "over", False), (3, "week", False), (30, None, True)])
def test_a_search_kept_by_days_is_asked_by_what_is_asked_today_or_says_that_it_is_not(
    stage: Any, days: int, due: str | None, is_told: bool
) -> None:
    stage.begin()
    officer = stage.work_as("officer_1")
    engine.keep_filter(officer, "急件", "mine", {"term": "粤A", "due_within": days})
    with psycopg.connect(stage.node.db.owner) as connection:
        connection.execute(SEARCH_TERMS.read_bytes())
    [kept] = engine.filters(officer)
    assert (kept["query"].get("due"), kept["query"]["term"], "due_within" in kept["query"]) == (due, "粤A", False)
    assert ("请重新收藏" in kept["name"]) == is_told
