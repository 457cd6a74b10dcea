"""会签、或签、比例、顺序, 加签、减签, and 批量办结."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from kernel.errors import AlreadyClaimed, InvalidAnswers, Refusal
from kernel.work import Work


def begun(stage: Any) -> tuple[str, Work, Work]:
    one, two = stage.work_as("officer_1"), stage.work_as("officer_2")
    return stage.begin("small_sign", officers=[str(one.person.id), str(two.person.id)])["case_id"], one, two


def to_order(stage: Any) -> tuple[str, Work, Work]:
    case_id, one, two = begun(stage)
    engine.sign(two, stage.task(case_id, "share"), "agree")
    stage.do("officer_1", case_id, "share")
    return case_id, one, two


def to_sign(work: Work) -> list[str]:
    return [t["element"] for t in engine.tasks(work, "sign")["items"]]


def test_a_share_of_the_signers_suffices_and_one_refusal_only_counts(stage: Any) -> None:
    case_id, one, two = begun(stage)
    task = stage.task(case_id, "share")
    assert (to_sign(one), to_sign(two)) == (["share"], ["share"])
    with pytest.raises(Refusal, match="50% 同意,现有 0 人"):
        engine.complete(one, task, {})
    with pytest.raises(InvalidAnswers):
        engine.sign(one, task, "refuse")
    engine.sign(one, task, "refuse", "证据不足")
    with pytest.raises(Refusal, match="会签未完成"):
        engine.complete(one, task, {})
    stands = engine.sign(two, task, "agree")
    assert stands["missing"] is None
    assert [(s["name"], s["opinion"], s["note"]) for s in stands["signers"]] == [
        ("陈明", "refuse", "证据不足"),
        ("李芳", "agree", None),
    ]
    with pytest.raises(Refusal, match="已经签署"):
        engine.sign(two, task, "agree")
    engine.complete(one, task, {})
    assert stage.open(case_id) == {"order"}
    signed = stage.rows("select person_id, outcome from step_history where event = 'signed' order by id")
    assert [(s["person_id"], s["outcome"]["opinion"]) for s in signed] == [
        (one.person.id, "refuse"),
        (two.person.id, "agree"),
    ]


def test_in_order_each_signs_in_his_turn_and_one_refusal_stops_the_step(stage: Any) -> None:
    case_id, one, two = to_order(stage)
    task = stage.task(case_id, "order")
    assert (to_sign(one), to_sign(two)) == (["order"], [])
    with pytest.raises(Refusal, match="在您之前"):
        engine.sign(two, task, "agree")
    engine.sign(one, task, "agree")
    assert (to_sign(one), to_sign(two)) == ([], ["order"])
    engine.sign(two, task, "refuse", "罚款偏重")
    with pytest.raises(Refusal, match="李芳不同意"):
        engine.complete(one, task, {})
    engine.return_task(one, task, "share", "按李芳的意见修改")
    engine.sign(one, stage.task(case_id, "share"), "agree")
    stage.do("officer_1", case_id, "share")
    assert to_sign(one) == ["order"], "back here all sign anew"
    for who in (one, two):
        engine.sign(who, stage.task(case_id, "order"), "agree")
    stage.do("officer_1", case_id, "order")
    assert stage.open(case_id) == {"any"}


def test_signers_are_added_before_beside_and_after_and_struck_off_with_a_reason(stage: Any) -> None:
    case_id, one, two = to_order(stage)
    task, unit_head, head = stage.task(case_id, "order"), stage.work_as("unit_head_1"), stage.work_as("head_1")
    ids = {name: str(work.person.id) for name, work in (("unit", unit_head), ("head", head), ("two", two))}
    with pytest.raises(AlreadyClaimed):
        engine.add_signer(one, task, ids["unit"], "before", "先请机构负责人看")
    engine.claim(one, task)
    with pytest.raises(InvalidAnswers):
        engine.add_signer(one, task, ids["unit"], "before", " ")
    with pytest.raises(InvalidAnswers, match="更正"):
        engine.add_signer(one, task, str(stage.work_as("supervisor_1").person.id), "after", "不办案")
    engine.add_signer(one, task, ids["unit"], "before", "先请机构负责人看")
    stands = engine.add_signer(one, task, ids["head"], "after", "最后请负责人定")
    assert [(s["name"], s["turn"]) for s in stands["signers"]] == [
        ("赵强", True), ("陈明", False), ("李芳", False), ("何平", False)]  # fmt: skip
    engine.sign(unit_head, task, "agree")
    with pytest.raises(Refusal, match="尚未签署的"):
        engine.remove_signer(one, task, ids["unit"], "已签的不能减")
    engine.remove_signer(one, task, ids["two"], "出差")
    engine.sign(one, task, "agree")
    with pytest.raises(Refusal, match="会签未完成"):
        engine.complete(one, task, {})
    engine.sign(head, task, "agree")
    engine.complete(one, task, {})
    told = stage.rows("select event from step_history where event like 'signer%%' order by id")
    assert [t["event"] for t in told] == ["signer_added", "signer_added", "signer_removed"]


def test_an_ordinary_step_with_an_added_signer_waits_for_him(stage: Any) -> None:
    case_id = stage.begin()["case_id"]
    officer, head = stage.work_as("officer_1"), stage.work_as("head_1")
    task = stage.task(case_id, "fill")
    engine.claim(officer, task)
    engine.add_signer(officer, task, str(head.person.id), "beside", "请负责人阅")
    assert {"add_signer"} <= {a["key"] for a in engine.task(officer, task)["actions"]}
    assert "sign" in {a["key"] for a in engine.task(head, task)["actions"]}
    with pytest.raises(Refusal, match="会签未完成"):
        engine.complete(officer, task, {"case_summary": "六轴车超限"})
    engine.sign(head, task, "agree")
    engine.complete(officer, task, {"case_summary": "六轴车超限"})


def test_the_last_signer_is_struck_off_only_where_the_process_asks_for_none(stage: Any) -> None:
    case_id = stage.begin()["case_id"]
    officer, head = stage.work_as("officer_1"), stage.work_as("head_1")
    task = stage.task(case_id, "fill")
    engine.claim(officer, task)
    engine.add_signer(officer, task, str(head.person.id), "beside", "选错了人")
    assert "remove_signer" in {a["key"] for a in engine.task(officer, task)["actions"]}
    stands = engine.remove_signer(officer, task, str(head.person.id), "选错了人")
    assert (stands["rule"], stands["signers"]) == (None, [])
    assert to_sign(head) == []
    engine.complete(officer, task, {"case_summary": "六轴车超限"})
    case_id, one, two = to_order(stage)
    task = stage.task(case_id, "order")
    engine.claim(one, task)
    engine.remove_signer(one, task, str(two.person.id), "出差")
    with pytest.raises(Refusal, match="本环节须会签"):
        engine.remove_signer(one, task, str(one.person.id), "算了")


def test_what_a_signer_signed_can_no_longer_be_withdrawn_by_who_sent_it(stage: Any) -> None:
    case_id, one, _ = to_order(stage)
    engine.sign(one, stage.task(case_id, "order"), "agree")
    share = str(stage.rows("select id from work_item where element = 'share'")[0]["id"])
    with pytest.raises(Refusal, match="已被签收"):
        engine.withdraw(one, share, "再改改")


def test_bulk_completion_answers_for_each_task_and_only_where_the_step_allows_it(stage: Any) -> None:
    cases = []
    for _ in range(2):
        case_id, one, two = to_order(stage)
        for who in (one, two):
            engine.sign(who, stage.task(case_id, "order"), "agree")
        stage.do("officer_1", case_id, "order")
        cases.append(case_id)
    engine.sign(two, stage.task(cases[0], "any"), "agree")
    other = stage.task(stage.begin()["case_id"], "fill")
    tasks = [*(stage.task(case_id, "any") for case_id in cases), other]
    plan = engine.plan_complete_all(one, tasks, {})
    assert [i["why_not"] and i["why_not"][:6] for i in plan["items"]] == [None, "会签未完成:", "本环节须逐件"]
    assert plan["items"][0]["result"]["ended"]
    assert stage.open(cases[0]) == {"any"}, "a trial is undone"
    done = engine.complete_all(one, tasks, {}, key="k1")
    assert [i["why_not"] for i in done["items"]] == [i["why_not"] for i in plan["items"]]
    assert (stage.open(cases[0]), stage.open(cases[1])) == (set(), {"any"})
    again = engine.complete_all(one, tasks[:1], {}, key="k1")
    assert again["items"] == done["items"][:1], "sent again with its key: the first answer"
