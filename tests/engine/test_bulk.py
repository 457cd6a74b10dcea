"""Claiming, handing over and reminding several tasks in one act: each task judged on its own, tried beforehand, done once."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from kernel.errors import InvalidAnswers, NotAllowed

NOBODY = "01a215b6-0744-7000-b86d-d7bc80a03214"


def fills(stage: Any, n: int = 3) -> list[str]:
    """The tasks of so many fresh cases."""
    return [stage.task(stage.begin()["case_id"], "fill") for _ in range(n)]


def whys(answer: dict[str, Any]) -> list[str | None]:
    return [item["why_not"] for item in answer["items"]]


def test_several_tasks_are_claimed_and_what_a_colleague_took_is_said(stage: Any) -> None:
    tasks = fills(stage)
    one, other = stage.work_as("officer_1"), stage.work_as("officer_2")
    engine.claim(other, tasks[1])
    done = engine.claim_all(one, [*tasks, NOBODY])
    assert [item["id"] for item in done["items"]] == [*tasks, NOBODY]
    assert [bool(why) for why in whys(done)] == [False, True, False, True]
    assert {str(item["id"]) for item in engine.tasks(one, "mine")["items"]} == {tasks[0], tasks[2]}


def test_several_tasks_go_to_one_colleague_tried_before_and_done_once(stage: Any) -> None:
    tasks = fills(stage)
    one, other, head = (stage.work_as(x) for x in ("officer_1", "officer_2", "head_1"))
    engine.claim_all(one, tasks[:2])
    engine.claim(other, tasks[2])
    given = (tasks, str(other.person.id), "出差")
    plan = engine.plan_hand_over_tasks(one, *given)
    assert [why and why[:9] for why in whys(plan)] == [None, None, "任务不在您名下,不"]
    assert len(engine.tasks(one, "mine")["items"]) == 2, "a plan changes nothing"
    assert engine.list_news(other)["items"] == [], "and nobody hears of it"
    done = engine.hand_over_tasks(one, *given, key="k")
    assert done == plan
    assert engine.hand_over_tasks(one, *given, key="k")["items"][:2] == done["items"][:2], "sent twice, done once"
    assert len(engine.tasks(other, "mine")["items"]) == 3
    told = stage.rows("select outcome from step_history where event = 'handed_over'")
    assert [t["outcome"]["to"] for t in told] == [str(other.person.id)] * 2
    assert (
        whys(engine.plan_hand_over_tasks(other, tasks, str(head.person.id), "x"))
        == ["受转人没有办理这项任务的岗位"] * 3
    )


def test_several_tasks_are_urged_once_each_until_they_are_answered(stage: Any) -> None:
    tasks = fills(stage, 2)
    one, head = stage.work_as("officer_1"), stage.work_as("head_1")
    engine.claim_all(one, tasks)
    urged = "select 1 as one from alert where rule like 'URGE:%%'"
    assert whys(engine.plan_urge_tasks(head, tasks, "请抓紧")) == [None, None]
    assert stage.rows(urged) == []
    engine.urge(head, tasks[0], "请抓紧")
    assert [why and why[:8] for why in whys(engine.urge_tasks(head, tasks, "请抓紧"))] == ["这项任务的催办尚", None]
    assert len(stage.rows(urged)) == 2


def test_of_cases_it_is_the_open_tasks_in_others_hands_that_are_urged(stage: Any) -> None:
    cases = [stage.begin()["case_id"] for _ in range(2)]
    tasks = [stage.task(case_id, "fill") for case_id in cases]
    one, other, elsewhere = (stage.work_as(x) for x in ("officer_1", "officer_2", "sister_officer"))
    engine.claim(one, tasks[0])
    assert [str(t["id"]) for t in engine.others_tasks(one, cases)["items"]] == [tasks[1]], "nobody urges himself"
    found = [str(t["id"]) for t in engine.others_tasks(other, cases)["items"]]
    assert sorted(found) == sorted(tasks)
    assert whys(engine.urge_tasks(other, found, "请抓紧")) == [None, None]
    assert engine.others_tasks(elsewhere, cases)["items"] == [], "nothing outside one's scope"


def test_without_reason_right_or_tasks_nothing_is_tried(stage: Any) -> None:
    tasks = fills(stage, 1)
    one, supervisor = stage.work_as("officer_1"), stage.work_as("city_supervisor")
    for act in (engine.plan_urge_tasks, engine.urge_tasks):
        with pytest.raises(InvalidAnswers):
            act(one, tasks, " ")
    with pytest.raises(InvalidAnswers):
        engine.claim_all(one, [])
    with pytest.raises(InvalidAnswers):
        engine.claim_all(one, tasks * 101)
    for act in (engine.plan_hand_over_tasks, engine.hand_over_tasks):
        with pytest.raises(NotAllowed):
            act(supervisor, tasks, str(one.person.id), "x")
