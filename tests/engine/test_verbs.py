"""The verbs on a small process: start, claim, complete, messages, clocks, jobs, moves – each one transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import engine
from kernel.errors import AgainstTheLaw, AlreadyClaimed, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import LOCAL, Node, SettableClock, Work

As = Callable[[str], Work]
Begin = Callable[..., dict[str, Any]]


def open_task(work: Work, case_id: str, element: str) -> str:
    with work.transaction(hot=True):
        row = work.one(
            "select id from work_item where subject_id = %s and element = %s and status = 'open'", (case_id, element)
        )
    assert row is not None, element
    return str(row["id"])


def do(work: Work, case_id: str, element: str, **answers: object) -> dict[str, Any]:
    return engine.complete(work, open_task(work, case_id, element), answers)


def to_the_wait(begin: Begin, work_as: As) -> str:
    case_id = begin()["case_id"]
    do(work_as("officer_1"), case_id, "fill", case_summary="六轴车超限")
    do(work_as("officer_1"), case_id, "look")
    do(work_as("officer_2"), case_id, "ask")
    engine.sweep(work_as("officer_1").node)
    return case_id


def test_a_case_starts_with_its_first_task_in_the_unit_inbox(begin: Begin, work_as: As) -> None:
    answer = begin(plate_no="粤A12345")
    page = engine.tasks(work_as("officer_2"), "unit")
    assert [t["element"] for t in page["items"]] == ["fill"]
    assert page["items"][0]["title"] == "超限运输 · 粤A****5"  # nobody has taken it yet
    assert answer["tasks"][0]["element"] == "fill"


def test_only_a_role_of_the_start_form_may_start(small: Node, work_as: As) -> None:
    work = work_as("head_1")
    with pytest.raises(NotAllowed):
        engine.start(work, "small_case", {"case_cause": "超限"}, agency_id=440100, category="01")


def test_a_category_outside_the_grant_is_refused(small: Node, work_as: As) -> None:
    with pytest.raises(NotAllowed):
        engine.start(work_as("officer_1"), "small_case", {"case_cause": "超限"}, agency_id=440100, category="05")


def test_answers_that_the_form_refuses_change_nothing(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    with pytest.raises(InvalidAnswers) as refused:
        do(work_as("officer_1"), case_id, "fill")
    assert "case_summary" in refused.value.fields
    assert open_task(work_as("officer_1"), case_id, "fill")


def test_a_task_claimed_by_a_colleague_cannot_be_completed(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    task = open_task(work_as("officer_1"), case_id, "fill")
    engine.claim(work_as("officer_1"), task)
    with pytest.raises(AlreadyClaimed):
        engine.complete(work_as("officer_2"), task, {"case_summary": "x"})
    engine.release(work_as("officer_1"), task)
    engine.complete(work_as("officer_2"), task, {"case_summary": "x"})


def test_a_sister_agency_does_not_find_the_task(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    task = open_task(work_as("officer_1"), case_id, "fill")
    with pytest.raises(NotFound):
        engine.complete(work_as("sister_officer"), task, {"case_summary": "x"})


def test_filling_takes_the_case_number_and_starts_the_clock(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    do(work_as("officer_1"), case_id, "fill", case_summary="六轴车超限")
    seen = engine.case(work_as("officer_1"), case_id)
    assert seen["case"]["case_number"] == "粤穗交案〔2026〕00001号"
    assert {t["element"] for t in seen["tasks"]} == {"look", "ask"}
    clock = seen["clocks"][0]
    assert clock["rule"] == "DL_STATEMENT_DEFENCE"
    assert clock["due"] == "2026-03-09"
    assert sum(span["days"] for span in clock["counted"]) == 5
    assert clock["due_at"].astimezone(LOCAL).strftime("%H:%M:%S") == "23:59:59"


def test_a_repeated_submit_with_its_key_gets_the_first_answer(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    task = open_task(work_as("officer_1"), case_id, "fill")
    first = engine.complete(work_as("officer_1"), task, {"case_summary": "x"}, key="k-1")  # type: ignore[call-arg]
    again = engine.complete(work_as("officer_1"), task, {"case_summary": "x"}, key="k-1")  # type: ignore[call-arg]
    assert first == again
    with pytest.raises(Refusal):
        engine.complete(work_as("officer_1"), task, {"case_summary": "x"})


def test_a_service_task_waits_for_its_job_and_then_the_flow_goes_on(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    do(work_as("officer_1"), case_id, "fill", case_summary="x")
    do(work_as("officer_1"), case_id, "look")
    do(work_as("officer_1"), case_id, "ask")
    assert engine.case(work_as("officer_1"), case_id)["messages"] == []
    engine.sweep(work_as("officer_1").node)
    assert [m["message"] for m in engine.case(work_as("officer_1"), case_id)["messages"]] == ["reply"]


def test_a_message_moves_the_case_and_cancels_the_timer(begin: Begin, work_as: As) -> None:
    case_id = to_the_wait(begin, work_as)
    engine.receive(work_as("officer_1"), case_id, "reply", {"remark": "请求从轻"})
    seen = engine.case(work_as("officer_1"), case_id)
    assert [t["element"] for t in seen["tasks"]] == ["decide"]
    with work_as("officer_1").transaction() as work:
        assert work.rows("select status from job where kind = 'timer'") == [{"status": "cancelled"}]
    with pytest.raises(Refusal):
        engine.receive(work_as("officer_1"), case_id, "reply", {})


def test_the_timer_fires_once_the_period_is_over_and_not_before(
    begin: Begin, work_as: As, clock: SettableClock
) -> None:
    case_id = to_the_wait(begin, work_as)
    clock.set(clock.at.replace(day=9, hour=23, minute=59, second=59))
    engine.sweep(work_as("officer_1").node)
    assert engine.case(work_as("officer_1"), case_id)["tasks"] == []
    clock.move(timedelta(seconds=2))
    engine.sweep(work_as("officer_1").node)
    assert [t["element"] for t in engine.case(work_as("officer_1"), case_id)["tasks"]] == ["decide"]


def test_the_guard_refuses_a_head_who_investigated(begin: Begin, work_as: As, small: Node) -> None:
    case_id = to_the_wait(begin, work_as)
    engine.receive(work_as("officer_1"), case_id, "reply", {})
    with work_as("officer_1").transaction() as work:
        work.execute(
            "insert into role_grant (officer_id, role, agency_id, categories, valid_from)"
            " select o.id, 'head', 440100, array['01'], '2025-01-01' from officer o where o.name = '陈明'"
        )
    with pytest.raises(AgainstTheLaw) as refused:
        do(work_as("officer_1"), case_id, "decide")
    assert refused.value.rule == "G_REVIEWER"
    assert do(work_as("head_1"), case_id, "decide", fine_amount="3000")["ended"]


def test_the_decision_ends_the_case_with_its_columns(begin: Begin, work_as: As) -> None:
    case_id = to_the_wait(begin, work_as)
    engine.receive(work_as("officer_1"), case_id, "reply", {})
    do(work_as("head_1"), case_id, "decide", fine_amount="3000")
    seen = engine.case(work_as("officer_1"), case_id)["case"]
    assert seen["case_status"] == "closed"
    assert str(seen["fine_amount"]) == "3000.00"
    assert seen["decided_at"] is not None


def test_a_loop_opens_the_same_step_again(begin: Begin, work_as: As) -> None:
    case_id = to_the_wait(begin, work_as)
    engine.receive(work_as("officer_1"), case_id, "reply", {})
    do(work_as("head_1"), case_id, "decide", again=True)
    assert [t["element"] for t in engine.case(work_as("officer_1"), case_id)["tasks"]] == ["fill"]


def test_every_change_of_facts_has_its_source(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    do(work_as("officer_1"), case_id, "fill", case_summary="六轴车超限")
    with work_as("officer_1").transaction() as work:
        rows = work.rows("select source, changes from fact_change where subject_id = %s order by id", (case_id,))
    assert rows[-1]["source"] == "small_case/fill"
    assert rows[-1]["changes"]["case_summary"] == [None, "六轴车超限"]


def test_an_act_leaves_one_audit_row_and_a_refusal_too(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    with pytest.raises(InvalidAnswers):
        do(work_as("officer_1"), case_id, "fill")
    do(work_as("officer_1"), case_id, "fill", case_summary="x")
    with work_as("officer_1").transaction() as work:
        rows = work.rows("select outcome from audit_entry where verb = 'task.complete' order by id")
    assert [r["outcome"] for r in rows] == ["refused", "done"]


def test_a_submit_stays_within_its_statements_and_round_trips(begin: Begin, work_as: As) -> None:
    case_id = begin()["case_id"]
    task = open_task(work_as("officer_1"), case_id, "fill")
    engine.complete(work_as("officer_1"), task, {"case_summary": "x"})
    work = work_as("officer_1")
    task = open_task(work, case_id, "look")
    engine.task(work, task)
    work = work_as("officer_1")
    engine.complete(work, task, {}, key="measured")  # type: ignore[call-arg]
    assert work.statements - 1 <= 12  # the scope is session, not counted
    assert work.round_trips <= 8
