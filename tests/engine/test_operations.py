"""退回、撤回、批量转办、委派、挂起: each says beforehand what it does, does it, and leaves both names in the history."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from kernel.errors import AlreadyClaimed, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import Work
from registers import officer as officers


def to_the_decision(stage: Any) -> dict[str, Any]:
    begun = stage.waiting()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    return begun


def targets(work: Work, task: str) -> dict[str, dict[str, Any]]:
    return {t["target"]: t for t in engine.return_targets(work, task)}


def item(stage: Any, case_id: str, element: str) -> dict[str, Any]:
    rows = stage.rows(
        "select id, claimed_by, note from work_item where subject_id = %s and element = %s and status = 'open'",
        case_id,
        element,
    )
    assert len(rows) == 1, element
    return rows[0]


def history(stage: Any, event: str) -> list[dict[str, Any]]:
    return stage.rows("select element, person_id, outcome from step_history where event = %s order by id", event)


# ---------------------------------------------------------------------- return
def test_a_task_says_where_it_may_be_returned_to_and_what_that_takes_back(stage: Any) -> None:
    begun = to_the_decision(stage)
    found = targets(stage.work_as("head_1"), stage.task(begun["case_id"], "decide"))
    assert set(found) == {"fill", "look", "ask"}
    through, straight = found["fill"]["through"]["plan"], found["fill"]["back_here"]["plan"]
    assert through["clocks_closed"] == straight["clocks_closed"] == ["陈述申辩提出期限"]
    assert found["look"]["through"]["plan"]["clocks_closed"] == []
    assert [c["element"] for c in straight["cancelled"]] == ["decide"]
    assert [o["element"] for o in straight["opened"]] == ["fill"]
    assert stage.open(begun["case_id"]) == {"decide"}, "asking changes nothing"


def test_a_returned_task_goes_to_who_did_it_with_the_reason_and_then_straight_back(stage: Any) -> None:
    begun = to_the_decision(stage)
    head, officer = stage.work_as("head_1"), stage.work_as("officer_2")
    engine.return_task(head, stage.task(begun["case_id"], "decide"), "ask", "询问笔录缺签名")
    again = item(stage, begun["case_id"], "ask")
    assert (again["claimed_by"], again["note"]) == (officer.person.id, "退回理由:询问笔录缺签名")
    services = len(stage.rows("select 1 as one from job where kind = 'action'"))
    assert stage.open(begun["case_id"]) == {"ask"}, "the branch beside it counts as done"
    stage.do("officer_2", begun["case_id"], "ask")
    assert stage.open(begun["case_id"]) == {"decide"}
    assert item(stage, begun["case_id"], "decide")["claimed_by"] == head.person.id
    assert len(stage.rows("select 1 as one from job where kind = 'action'")) == services, (
        "nothing in between runs again"
    )
    assert stage.rows("select status from work_item where element = 'ask' order by id")[-1]["status"] == "done"
    assert stage.do("head_1", begun["case_id"], "decide", fine_amount="3000")["ended"]
    told = history(stage, "returned")
    assert [(t["element"], t["person_id"], t["outcome"]["origin"]) for t in told] == [("ask", head.person.id, "decide")]
    left = [r["element"] for r in history(stage, "left") if r["element"] == "ask"]
    assert left == ["ask", "ask"], "done again is done, not cancelled"


def test_a_task_returned_through_walks_every_step_after_the_target_again(stage: Any) -> None:
    begun = to_the_decision(stage)
    engine.return_task(stage.work_as("head_1"), stage.task(begun["case_id"], "decide"), "fill", "事实未查清", "through")
    assert stage.open(begun["case_id"]) == {"fill"}
    stage.do("officer_1", begun["case_id"], "fill", case_summary="补充查明")
    assert stage.open(begun["case_id"]) == {"look", "ask"}


def test_a_return_across_the_open_parallel_block_brings_all_its_branches_back(stage: Any) -> None:
    begun = stage.looked()
    other = stage.work_as("officer_2")
    ask = stage.task(begun["case_id"], "ask")
    engine.claim(other, ask)
    engine.save_draft(other, ask, {"case_summary": "问到一半"})
    engine.return_task(stage.work_as("officer_1"), stage.task(begun["case_id"], "look"), "fill", "当事人写错")
    assert stage.open(begun["case_id"]) == {"fill"}
    lost = engine.list_news(other)["items"][0]["text"]
    assert lost.startswith("陈明把案件退回“填写”")
    assert "已填的内容保留;退回理由:当事人写错" in lost
    stage.do("officer_1", begun["case_id"], "fill", case_summary="改正")
    assert stage.open(begun["case_id"]) == {"look", "ask"}
    again = engine.task(other, stage.task(begun["case_id"], "ask"))
    assert (str(again["claimed_by"]), again["draft"]) == (str(other.person.id), {"case_summary": "问到一半"})
    assert stage.rows("select draft from work_item where status <> 'open' and draft is not null") == []
    stage.do("officer_1", begun["case_id"], "look")
    stage.do("officer_2", begun["case_id"], "ask")
    stage.sweep()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    assert stage.do("head_1", begun["case_id"], "decide", fine_amount="3000")["ended"]


def test_only_what_was_done_before_this_step_can_be_returned_to(stage: Any) -> None:
    begun = stage.looked()
    officer, task = stage.work_as("officer_1"), stage.task(begun["case_id"], "look")
    assert set(targets(officer, task)) == {"fill"}
    for wrong in ("ask", "decide", "look", "nowhere", "split"):
        with pytest.raises(InvalidAnswers):
            engine.return_task(officer, task, wrong, "试一试")
    with pytest.raises(InvalidAnswers):
        engine.return_task(officer, task, "fill", " ")
    engine.claim(stage.work_as("officer_2"), task)
    with pytest.raises(AlreadyClaimed):
        engine.return_task(officer, task, "fill", "不是我的")
    with pytest.raises(NotAllowed):
        engine.return_task(stage.work_as("supervisor_1"), task, "fill", "监督人员不办案")


def test_after_service_the_return_says_which_paper_stands_in_its_way(stage: Any, check_plate: Any) -> None:
    begun = stage.drafted()
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")
    stage.sweep()
    task = stage.task(begun["case_id"], "talk")
    found = targets(stage.work_as("officer_1"), task)
    assert "《小告知书》已经送达" in found["draft"]["back_here"]["why_not"]
    with pytest.raises(Refusal, match="《小告知书》已经送达"):
        engine.return_task(stage.work_as("officer_1"), task, "draft", "文书有误")
    assert stage.open(begun["case_id"]) == {"talk"}


def test_a_return_over_papers_not_yet_issued_must_walk_through(stage: Any) -> None:
    begun = stage.drafted()
    found = targets(stage.work_as("officer_1"), stage.task(begun["case_id"], "serve"))
    assert [p["kind"] for p in found["draft"]["back_here"]["plan"]["papers_superseded"]] == ["T1", "T2"]
    engine.return_task(stage.work_as("officer_1"), stage.task(begun["case_id"], "serve"), "draft", "文书有误")
    made = stage.do("officer_1", begun["case_id"], "draft", case_summary="改正")["papers"]
    assert made[0]["number"].endswith("00002号"), "the paper is made anew"
    assert stage.open(begun["case_id"]) == {"serve"}


# ---------------------------------------------------------------------- withdraw
def test_who_has_just_done_a_step_may_take_it_back_until_the_next_opened_it(stage: Any) -> None:
    begun = stage.looked()
    fill = str(stage.rows("select id from work_item where element = 'fill'")[0]["id"])
    officer = stage.work_as("officer_1")
    plan = engine.plan_withdraw(officer, fill)
    assert {c["element"] for c in plan["cancelled"]} == {"look", "ask"}
    engine.withdraw(officer, fill, "漏填一栏")
    again = item(stage, begun["case_id"], "fill")
    assert (again["claimed_by"], again["note"]) == (officer.person.id, "撤回理由:漏填一栏")
    assert history(stage, "withdrawn")[0]["person_id"] == officer.person.id
    stage.do("officer_1", begun["case_id"], "fill", case_summary="补全")
    fill = str(stage.rows("select id from work_item where element = 'fill' order by id")[-1]["id"])
    engine.claim(stage.work_as("officer_2"), stage.task(begun["case_id"], "ask"))
    engine.release(stage.work_as("officer_2"), stage.task(begun["case_id"], "ask"))
    for ask in (lambda: engine.plan_withdraw(officer, fill), lambda: engine.withdraw(officer, fill, "又漏了")):
        with pytest.raises(Refusal, match="已被签收"):
            ask()


def test_what_somebody_did_after_it_ends_the_right_to_withdraw(stage: Any) -> None:
    begun = stage.looked()
    fill = str(stage.rows("select id from work_item where element = 'fill'")[0]["id"])
    with pytest.raises(Refusal, match="本人办结"):
        engine.withdraw(stage.work_as("officer_2"), fill, "替他撤回")
    stage.do("officer_2", begun["case_id"], "look")
    with pytest.raises(Refusal, match="已经办理"):
        engine.withdraw(stage.work_as("officer_1"), fill, "漏填一栏")


def test_a_branch_that_waits_for_the_other_may_be_withdrawn(stage: Any) -> None:
    begun = stage.looked()
    stage.do("officer_1", begun["case_id"], "look")
    look = str(stage.rows("select id from work_item where element = 'look'")[0]["id"])
    engine.withdraw(stage.work_as("officer_1"), look, "勘验有误")
    assert stage.open(begun["case_id"]) == {"look", "ask"}
    with pytest.raises(Refusal, match="本人办结"):
        engine.withdraw(stage.work_as("officer_1"), stage.task(begun["case_id"], "look"), "还没办")


def test_a_step_whose_paper_was_served_cannot_be_withdrawn(stage: Any, check_plate: Any) -> None:
    begun = stage.drafted()
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")
    draft = str(stage.rows("select id from work_item where element = 'draft'")[0]["id"])
    with pytest.raises(Refusal):
        engine.withdraw(stage.work_as("officer_1"), draft, "文书有误")


# ---------------------------------------------------------------------- hand over in bulk
def test_all_tasks_of_who_leaves_go_to_colleagues_who_may_do_them(stage: Any) -> None:
    cases = [stage.begin()["case_id"] for _ in range(3)]
    officer, other, head = (stage.work_as(x) for x in ("officer_1", "officer_2", "head_1"))
    for case_id in cases:
        engine.claim(officer, stage.task(case_id, "fill"))
    whom = [str(other.person.id), str(head.person.id)]
    plan = engine.plan_hand_over_all(head, str(officer.person.id), whom)
    assert [i["to_name"] for i in plan["items"]] == ["李芳"] * 3, "the head holds no officer's post"
    assert len(engine.tasks(officer, "mine")["items"]) == 3, "a plan changes nothing"
    assert engine.hand_over_all(head, str(officer.person.id), whom, "调离") == plan
    assert len(engine.tasks(other, "mine")["items"]) == 3
    told = history(stage, "handed_over")
    assert {(t["person_id"], t["outcome"]["giver"], t["outcome"]["to"]) for t in told} == {
        (head.person.id, str(officer.person.id), str(other.person.id))
    }
    with pytest.raises(NotAllowed):
        engine.hand_over_all(officer, str(other.person.id), whom, "越权")


@pytest.mark.parametrize("how", ["retired", "moved", "post ended"])
def test_who_is_off_duty_is_named_with_his_state_as_long_as_work_of_the_agency_stands_in_his_name(
    stage: Any, how: str
) -> None:
    case_id = stage.begin()["case_id"]
    officer, other, head = (stage.work_as(x) for x in ("officer_1", "officer_2", "head_1"))
    engine.claim(officer, stage.task(case_id, "fill"))
    assert engine.left_with_tasks(head, 440100) == [], "on duty he does his work himself"
    with head.transaction():
        if how == "retired":
            officers.set_status(head, officer.person.id, "5")
        elif how == "moved":
            officers.transfer(head, officer.person.id, 440106)
        else:
            officers.revoke_role(head, officer.person.id, "officer", 440100)
    before = head.statements
    [left] = engine.left_with_tasks(head, 440100)
    assert head.statements - before == 2, "the scope and the list"
    assert (left["id"], left["open"]) == (officer.person.id, 1)
    assert (left["status"], left["agency_id"]) == (
        "5" if how == "retired" else "1",
        440106 if how == "moved" else 440100,
    )
    with pytest.raises(NotAllowed):
        engine.left_with_tasks(other, 440100)
    engine.hand_over_all(head, str(left["id"]), [str(other.person.id)], "已不在岗")
    assert engine.left_with_tasks(head, 440100) == []


def test_what_nobody_may_do_stays_and_the_answer_says_so(stage: Any) -> None:
    case_id = stage.begin()["case_id"]
    officer, head = stage.work_as("officer_1"), stage.work_as("head_1")
    engine.claim(officer, stage.task(case_id, "fill"))
    answer = engine.hand_over_all(head, str(officer.person.id), [str(head.person.id)], "调离")
    assert [(i["to"], i["why_not"]) for i in answer["items"]] == [(None, "所选人员都没有办理这项任务的岗位")]
    assert item(stage, case_id, "fill")["claimed_by"] == officer.person.id


def test_what_who_leaves_only_drafts_goes_back_to_its_owner_whoever_receives_the_rest(stage: Any) -> None:
    lent, own = (stage.begin()["case_id"] for _ in range(2))
    owner, leaver, head = (stage.work_as(x) for x in ("officer_1", "officer_2", "head_1"))
    engine.claim(owner, stage.task(lent, "fill"))
    engine.delegate(owner, stage.task(lent, "fill"), str(leaver.person.id), "请起草")
    engine.save_draft(leaver, stage.task(lent, "fill"), {"case_summary": "起草到一半"})
    engine.claim(leaver, stage.task(own, "fill"))
    plan = engine.plan_hand_over_all(head, str(leaver.person.id), [str(head.person.id)])
    told = {i["id"]: (i["to_name"], i["why_not"]) for i in plan["items"]}
    assert told[stage.task(lent, "fill")] == ("陈明", None)
    assert told[stage.task(own, "fill")] == (None, "所选人员都没有办理这项任务的岗位")
    engine.hand_over_all(head, str(leaver.person.id), [str(head.person.id)], "调离")
    back = engine.task(owner, stage.task(lent, "fill"))
    assert (str(back["claimed_by"]), back["draft"]) == (str(owner.person.id), {"case_summary": "起草到一半"})
    engine.complete(owner, stage.task(lent, "fill"), back["draft"])


def test_the_record_names_from_whom_a_task_went_to_whom_and_why(stage: Any) -> None:
    case_id = stage.begin()["case_id"]
    officer, other, head = (stage.work_as(x) for x in ("officer_1", "officer_2", "head_1"))
    task = stage.task(case_id, "fill")
    engine.claim(officer, task)
    assert "hand_over" in {a["key"] for a in engine.task(head, task)["actions"]}, "the head may take it from him"
    assert "hand_over" not in {a["key"] for a in engine.task(other, task)["actions"]}, "a colleague may not"
    engine.hand_over(head, task, str(other.person.id), "张伟出差")
    engine.delegate(other, task, str(officer.person.id), "请核对数据")
    engine.give_back_delegated(officer, task, "数据一致")
    engine.copy_to(other, case_id, str(head.person.id))
    engine.add_signer(other, task, str(head.person.id), "beside", "请阅")
    acts = [h for h in engine.case(head, case_id)["history"] if h["kind"] == "act"]
    assert [(h["event"], h["person"], h["other"], h["giver"]) for h in acts] == [
        ("handed_over", "何平", "李芳", "陈明"),
        ("delegated", "李芳", "陈明", None),
        ("delegate_returned", "陈明", "李芳", None),
        ("cc", "李芳", "何平", None),
        ("signer_added", "李芳", "何平", None),
    ]


# ---------------------------------------------------------------------- delegate
def test_the_delegate_drafts_and_the_owner_completes_both_named(stage: Any) -> None:
    case_id = stage.begin()["case_id"]
    owner, delegate = stage.work_as("officer_1"), stage.work_as("officer_2")
    task = stage.task(case_id, "fill")
    engine.claim(owner, task)
    engine.delegate(owner, task, str(delegate.person.id), "请核对过磅数据")
    for who in (owner, delegate):
        with pytest.raises(Refusal):
            engine.complete(who, task, {"case_summary": "六轴车超限"})
    for refused in (
        lambda: engine.release(delegate, task),
        lambda: engine.hand_over(delegate, task, str(owner.person.id), "x"),
        lambda: engine.delegate(delegate, task, str(owner.person.id), "x"),
    ):
        with pytest.raises(Refusal):
            refused()
    engine.save_draft(delegate, task, {"case_summary": "六轴车超限"})
    engine.give_back_delegated(delegate, task, "数据一致")
    seen = engine.task(owner, task)
    assert (seen["draft"], seen["note"]) == ({"case_summary": "六轴车超限"}, "李芳的意见:数据一致")
    engine.complete(owner, task, seen["draft"])
    assert [
        (h["outcome"]["owner"], h["person_id"]) for e in ("delegated", "delegate_returned") for h in history(stage, e)
    ] == [(str(owner.person.id), owner.person.id), (str(owner.person.id), delegate.person.id)]


def test_the_owner_may_take_a_delegated_task_back_and_nobody_else(stage: Any) -> None:
    case_id = stage.begin()["case_id"]
    owner, delegate = stage.work_as("officer_1"), stage.work_as("officer_2")
    task = stage.task(case_id, "fill")
    engine.claim(owner, task)
    engine.delegate(owner, task, str(delegate.person.id), "请起草")
    with pytest.raises(Refusal):
        engine.recall_delegated(delegate, task, "x")
    engine.recall_delegated(owner, task, "自己来")
    engine.complete(owner, task, {"case_summary": "六轴车超限"})


def test_the_menu_offers_what_each_may_do_now(stage: Any) -> None:
    begun = stage.looked()
    owner, delegate = stage.work_as("officer_1"), stage.work_as("officer_2")
    task = stage.task(begun["case_id"], "look")
    engine.claim(owner, task)
    offered = {a["key"]: a for a in engine.task(owner, task)["actions"]}
    assert {"release", "hand_over", "return", "delegate", "add_signer", "cc", "follow"} == set(offered)
    assert offered["return"]["inputs"][0]["choices"] == [{"code": "fill", "name": "填写"}]
    engine.delegate(owner, task, str(delegate.person.id), "请起草")
    assert {a["key"] for a in engine.task(owner, task)["actions"]} == {"recall", "urge", "cc", "follow"}
    assert {a["key"] for a in engine.task(delegate, task)["actions"]} == {"give_back", "cc", "follow"}
    done = str(stage.rows("select id from work_item where element = 'fill'")[0]["id"])
    assert {a["key"] for a in engine.task(owner, done)["actions"]} == {"withdraw"}
    assert engine.task(delegate, done)["actions"] == []


# ---------------------------------------------------------------------- suspend
def test_a_suspended_process_refuses_its_steps_until_it_is_resumed(stage: Any) -> None:
    begun = stage.looked()
    head, officer = stage.work_as("head_1"), stage.work_as("officer_1")
    with pytest.raises(NotAllowed):
        engine.suspend(officer, begun["instance_id"], "等检测")
    engine.suspend(head, begun["instance_id"], "等检测")
    task = stage.task(begun["case_id"], "look")
    fill = str(stage.rows("select id from work_item where element = 'fill'")[0]["id"])
    for refused in (
        lambda: engine.complete(officer, task, {}),
        lambda: engine.return_task(officer, task, "fill", "x"),
        lambda: engine.withdraw(officer, fill, "x"),
        lambda: engine.suspend(head, begun["instance_id"], "再挂起"),
    ):
        with pytest.raises(Refusal):
            refused()
    engine.resume(head, begun["instance_id"], "检测完成")
    engine.complete(officer, task, {})
    assert [h["outcome"]["reason"] for e in ("suspended", "resumed") for h in history(stage, e)] == [
        "等检测",
        "检测完成",
    ]
    with pytest.raises(Refusal):
        engine.resume(head, begun["instance_id"], "没有挂起")


def test_a_timer_that_falls_due_while_suspended_fires_after_the_process_is_resumed(stage: Any) -> None:
    begun = stage.waiting()
    head = stage.work_as("head_1")
    engine.suspend(head, begun["instance_id"], "等检测")
    stage.until(3, 20)
    assert stage.open(begun["case_id"]) == set()
    engine.resume(head, begun["instance_id"], "检测完成")
    stage.until(3, 20, 9, 20)
    assert stage.open(begun["case_id"]) == {"decide"}


def test_a_service_waits_while_the_process_is_suspended_and_a_message_is_not_lost(stage: Any) -> None:
    begun = stage.looked()
    head = stage.work_as("head_1")
    stage.do("officer_1", begun["case_id"], "look")
    stage.do("officer_1", begun["case_id"], "ask")
    engine.suspend(head, begun["instance_id"], "等检测")
    stage.sweep()
    assert stage.rows("select 1 as one from message_wait") == []
    engine.resume(head, begun["instance_id"], "检测完成")
    stage.later(minutes=16)
    stage.sweep()
    engine.suspend(head, begun["instance_id"], "再等")
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    assert stage.open(begun["case_id"]) == {"decide"}
    with pytest.raises(Refusal, match="挂起"):
        stage.do("head_1", begun["case_id"], "decide", fine_amount="3000")


# ---------------------------------------------------------------------- copy, follow, remind
def test_a_copy_is_read_with_a_receipt_and_a_followed_case_stands_in_ones_list(stage: Any) -> None:
    case_id = stage.looked()["case_id"]
    officer, other, head = (stage.work_as(x) for x in ("officer_1", "officer_2", "head_1"))
    for _ in range(2):
        engine.copy_to(officer, case_id, str(head.person.id), "请知悉")
    box = engine.watched(head, "cc")["items"]
    assert [(b["case_number"], b["note"], b["by"], b["read_at"]) for b in box] == [
        ("粤穗交案〔2026〕00001号", "请知悉", "陈明", None)
    ]
    with pytest.raises(NotFound):
        engine.read_copy(other, str(box[0]["id"]))
    engine.read_copy(head, str(box[0]["id"]))
    assert [(r["name"], r["read_at"] is not None) for r in engine.receipts(officer, case_id)] == [("何平", True)]
    assert len(history(stage, "cc")) == 1
    with pytest.raises(InvalidAnswers):
        engine.copy_to(officer, case_id, str(stage.work_as("sister_officer").person.id), "外机构")
    with pytest.raises(NotFound):
        engine.follow(stage.work_as("sister_officer"), case_id)
    engine.follow(other, case_id)
    assert [str(i["case_id"]) for i in engine.watched(other, "follow")["items"]] == [case_id]
    engine.unfollow(other, case_id)
    assert engine.watched(other, "follow")["items"] == []


def test_a_reminder_is_an_alert_to_be_answered_before_the_next(stage: Any) -> None:
    case_id = stage.looked()["case_id"]
    officer, other = stage.work_as("officer_1"), stage.work_as("officer_2")
    task = stage.task(case_id, "ask")
    engine.claim(other, task)
    engine.urge(officer, task, "当事人在等")
    with pytest.raises(Refusal, match="尚未答复"):
        engine.urge(officer, task, "再催")
    alert = next(a for a in engine.list_alerts(other, case_id=case_id)["items"] if a["rule"].startswith("URGE:"))
    assert alert["message"] == "陈明催办“询问”:当事人在等"
    engine.answer_alert(other, str(alert["id"]), "answered", "今日办结")
    engine.urge(officer, task, "还在等")
