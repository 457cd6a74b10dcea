"""会签 of somebody away: his substitute signs in his place, once, in his own name; the record has both."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine
from kernel.errors import NotAllowed, Refusal
from kernel.work import Work

AWAY = {"begins": date(2026, 3, 2), "ends": date(2026, 3, 6), "reason": "年休假"}
THREE = ("officer_1", "officer_2", "unit_head_1")


def away(stage: Any, who: str, by: str) -> None:
    engine.record_absence(stage.work_as(who), str(stage.work_as(by).person.id), **AWAY)


def to_sign(work: Work) -> list[tuple[str, str | None]]:
    return [(t["element"], t["stands_for"]) for t in engine.tasks(work, "sign")["items"]]


def begun(stage: Any, *signers: str) -> str:
    ids = [str(stage.work_as(login).person.id) for login in signers]
    return str(stage.begin("small_sign", officers=ids)["case_id"])


def menu(work: Work, task: str) -> set[str]:
    return {a["name"] for a in engine.task(work, task)["actions"] if a["key"] == "sign"}


def test_the_substitute_signs_in_the_place_of_who_is_away_and_both_names_are_in_the_record(stage: Any) -> None:
    stage.grant("unit_head_1", "officer")
    case_id = begun(stage, "officer_1", "officer_2")
    task = stage.task(case_id, "share")
    away(stage, "officer_2", "unit_head_1")
    two, head = stage.work_as("officer_2"), stage.work_as("unit_head_1")
    assert to_sign(head) == [("share", "李芳")]
    assert engine.counts(head)["sign"] == 1
    assert menu(head, task) == {"代李芳签署意见"}
    stands = engine.sign(head, task, "agree")
    assert [(s["name"], s["opinion"], s["reason"]) for s in stands["signers"]] == [
        ("陈明", None, None),
        ("赵强", "agree", "代李芳会签(离岗)"),
    ]
    assert (to_sign(head), to_sign(two), engine.counts(head)["sign"]) == ([], [], 0)
    [told] = stage.rows("select person_id, outcome from step_history where event = 'signed'")
    assert (told["person_id"], told["outcome"]["stands_for"]) == (head.person.id, str(two.person.id))
    [struck] = stage.rows("select person_id, removed_by, reason from task_signer where removed_at is not null")
    assert tuple(struck.values()) == (two.person.id, head.person.id, "离岗,由赵强代签")
    with pytest.raises(Refusal, match="不是这项任务的会签人员"):
        engine.sign(two, task, "agree")
    with pytest.raises(Refusal, match="已经签署"):
        engine.sign(head, task, "agree")


def test_in_order_the_substitute_waits_for_the_turn_of_who_is_away(stage: Any) -> None:
    stage.grant("unit_head_1", "officer")
    case_id = begun(stage, "officer_1", "officer_2")
    engine.sign(stage.work_as("officer_2"), stage.task(case_id, "share"), "agree")
    stage.do("officer_1", case_id, "share")
    away(stage, "officer_2", "unit_head_1")
    head, task = stage.work_as("unit_head_1"), stage.task(case_id, "order")
    assert (to_sign(head), menu(head, task)) == ([], set())
    with pytest.raises(Refusal, match="尚未签署"):
        engine.sign(head, task, "agree")
    engine.sign(stage.work_as("officer_1"), task, "agree")
    assert to_sign(head) == [("order", "李芳")]
    engine.sign(head, task, "agree")
    stage.do("officer_1", case_id, "order")
    assert stage.open(case_id) == {"any"}


def test_who_signs_himself_has_no_second_voice_and_who_lacks_the_post_none(stage: Any) -> None:
    case_id = begun(stage, "officer_1", "officer_2")
    task = stage.task(case_id, "share")
    away(stage, "officer_2", "officer_1")
    one = stage.work_as("officer_1")
    assert to_sign(one) == [("share", None)]
    engine.sign(one, task, "agree")
    with pytest.raises(Refusal, match="已经签署"):
        engine.sign(one, task, "agree")
    assert to_sign(one) == []
    engine.sign(stage.work_as("officer_2"), task, "refuse", "证据不足")  # he may still act himself
    other = begun(stage, "officer_2", "officer_1")
    engine.end_absence(stage.work_as("officer_2"), engine.list_absences(stage.work_as("officer_2"))["items"][0]["id"])
    away(stage, "officer_2", "unit_head_1")
    with pytest.raises(NotAllowed, match="没有离岗人的岗位"):
        engine.sign(stage.work_as("unit_head_1"), stage.task(other, "share"), "agree")


def test_the_absence_over_nobody_signs_for_him(stage: Any) -> None:
    stage.grant("unit_head_1", "officer")
    case_id = begun(stage, "officer_1", "officer_2")
    away(stage, "officer_2", "unit_head_1")
    stage.until(3, 7)
    head = stage.work_as("unit_head_1")
    assert to_sign(head) == []
    with pytest.raises(Refusal, match="不是这项任务的会签人员"):
        engine.sign(head, stage.task(case_id, "share"), "agree")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(THREE), st.sampled_from(("agree", "refuse"))), max_size=6))
def test_whoever_acts_in_whatever_order_there_is_one_voice_for_each_place(
    stage: Any, acts: list[tuple[str, str]]
) -> None:
    """Two signers; one of them is away and stood in for by a third."""
    if not stage.rows("select 1 as one from absence"):
        stage.grant("unit_head_1", "officer")
        away(stage, "officer_2", "unit_head_1")
    case_id = begun(stage, "officer_1", "officer_2")
    task = stage.task(case_id, "share")
    for login, opinion in acts:
        try:
            engine.sign(stage.work_as(login), task, opinion, "因为")
        except Refusal:
            continue
    rows = engine.signing_of(stage.work_as("officer_1"), task)["signers"]
    voices = {r["name"] for r in rows if r["opinion"]}
    acted = {login for login, _ in acts}
    assert len(rows) == 2
    assert voices <= {"陈明", "李芳", "赵强"}
    assert not {"李芳", "赵强"} <= {r["name"] for r in rows}, "never both he and his substitute"
    assert ("陈明" in voices) == ("officer_1" in acted)
    assert bool(voices & {"李芳", "赵强"}) == bool(acted & {"officer_2", "unit_head_1"}), (
        "the first of the two who acts"
    )
