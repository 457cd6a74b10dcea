"""The desk of one person: every box one statement, unread marks, own dates, saved searches, news of what others did."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

import engine
from kernel.errors import InvalidAnswers, NotFound
from kernel.work import Work, system_person


def boxes(stage: Any, login: str) -> dict[str, int]:
    counts = engine.counts(stage.work_as(login))
    return {box: counts[box] for box in counts if counts[box] and box != "most"}


def news(stage: Any, login: str) -> list[tuple[str, str]]:
    return [(n["kind"], n["text"]) for n in engine.list_news(stage.work_as(login))["items"]]


def one(stage: Any, login: str, box: str = "mine", **wanted: Any) -> list[str]:
    return [t["element"] for t in engine.tasks(stage.work_as(login), box, **wanted)["items"]]


# ---------------------------------------------------------------------- boxes
def test_every_box_says_how_many_lie_in_it(stage: Any) -> None:
    begun = stage.looked()
    assert boxes(stage, "officer_1") == {"unit": 2, "done": 1, "started": 1}
    engine.claim(stage.work_as("officer_2"), stage.task(begun["case_id"], "look"))
    engine.copy_to(stage.work_as("officer_1"), begun["case_id"], str(stage.work_as("head_1").person.id), "请阅")
    engine.follow(stage.work_as("head_1"), begun["case_id"])
    assert boxes(stage, "officer_2") == {"mine": 1, "unit": 1}
    assert boxes(stage, "head_1") == {"cc": 1, "news": 1, "follow": 1}
    copy = engine.watched(stage.work_as("head_1"), "cc")["items"][0]
    engine.read_copy(stage.work_as("head_1"), str(copy["id"]))
    engine.read_news(stage.work_as("head_1"))
    assert boxes(stage, "head_1") == {"follow": 1}


@pytest.mark.parametrize("box", ["mine", "unit", "done", "sign"])
def test_a_box_is_one_statement_however_it_is_narrowed(stage: Any, box: Any) -> None:
    stage.looked()
    work = stage.work_as("officer_1")
    engine.tasks(work, box)  # the release in force is known from then on
    before = work.statements
    engine.tasks(work, box, 50, None, "粤A12345", process="small_case", due="week", unread=True)
    assert work.statements - before == 2, "the scope and the page"


def test_the_counts_of_all_boxes_are_three_statements(stage: Any) -> None:
    work = stage.work_as("officer_1")
    engine.counts(work)
    assert work.statements == 4, "the scope, what is held, what waits, the quiet boxes"


def test_a_box_narrows_to_a_term_its_beginning_a_process_and_a_period(stage: Any) -> None:
    begun = stage.looked()
    number = engine.case(stage.work_as("officer_1"), begun["case_id"])["case"]["case_number"]
    assert sorted(one(stage, "officer_1", "unit", term=number)) == ["ask", "look"]
    assert sorted(one(stage, "officer_1", "unit", term=number[:5])) == ["ask", "look"], "its beginning is enough"
    assert one(stage, "officer_1", "unit", term=number[:2]) == [], "two characters stand for nothing"
    assert one(stage, "officer_1", "unit", term="不存在的") == []
    assert sorted(one(stage, "officer_1", "unit", process="small_case")) == ["ask", "look"]
    assert one(stage, "officer_1", "unit", process="small_more") == []
    assert one(stage, "officer_1", "unit", due="over") == []


# ---------------------------------------------------------------------- marks
def test_a_task_is_unread_until_this_person_has_seen_it(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    engine.mark_seen(stage.work_as("officer_1"), [task])
    seen = [engine.tasks(stage.work_as(login), "unit")["items"][0]["seen"] for login in ("officer_1", "officer_2")]
    assert seen == [True, False]
    engine.mark_seen(stage.work_as("officer_1"), [task], seen=False)
    assert engine.tasks(stage.work_as("officer_1"), "unit")["items"][0]["seen"] is False


def test_work_that_is_held_says_so_in_its_row_since_when_and_why_until_it_goes_on(stage: Any) -> None:
    begun = stage.looked()
    head, officer = stage.work_as("head_1"), stage.work_as("officer_1")
    held = lambda box: [task["held"] for task in engine.tasks(officer, box)["items"]]  # noqa: E731
    engine.claim(officer, stage.task(begun["case_id"], "look"))
    assert (held("mine"), held("unit")) == ([None], [None])
    engine.suspend(head, begun["instance_id"], "等称重检测报告")
    before = officer.statements
    [mine], [unit] = held("mine"), held("unit")
    assert officer.statements - before == 4, "twice the scope and the page"
    assert mine == unit
    assert (mine["state"], mine["reason"]) == ("suspended", "等称重检测报告")
    assert datetime.fromisoformat(mine["at"]) == head.now
    assert held("done") == [None], "what is done is not held"
    engine.resume(head, begun["instance_id"], "报告已到")
    assert (held("mine"), held("unit")) == ([None], [None])
    engine.suspend(head, begun["instance_id"], "再等复检")
    assert [one["reason"] for one in held("mine")] == ["再等复检"], "the last time counts"


def test_a_task_outside_ones_scope_cannot_be_marked(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    engine.mark_seen(stage.work_as("sister_officer"), [task])
    with pytest.raises(NotFound):
        engine.set_own_date(stage.work_as("sister_officer"), task, date(2026, 3, 5))
    assert stage.rows("select 1 as one from task_mark") == []


def test_a_date_of_ones_own_stands_beside_the_periods_and_moves_nothing(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    before = engine.tasks(stage.work_as("officer_1"), "unit")["items"][0]["due_at"]
    engine.set_own_date(stage.work_as("officer_1"), task, date(2026, 3, 5))
    mine, other = (engine.tasks(stage.work_as(n), "unit")["items"][0] for n in ("officer_1", "officer_2"))
    assert (mine["own_date"], mine["due_at"], other["own_date"]) == (date(2026, 3, 5), before, None)
    with pytest.raises(InvalidAnswers):
        engine.set_own_date(stage.work_as("officer_1"), task, date(2026, 3, 1))
    engine.set_own_date(stage.work_as("officer_1"), task, None)
    assert engine.tasks(stage.work_as("officer_1"), "unit")["items"][0]["own_date"] is None


# ---------------------------------------------------------------------- saved searches, columns
def test_a_search_is_kept_for_oneself_or_shared_with_the_agency(stage: Any) -> None:
    work = stage.work_as("officer_1")
    own = engine.keep_filter(work, "超限的", "unit", {"term": "超限运输"})
    engine.keep_filter(work, "快到期", "unit", {"due": "week"}, True)
    engine.keep_filter(work, "快到期", "mine", {"due": "today"}, True)
    assert [(f["name"], f["box"], f["shared"], f["own"]) for f in engine.filters(work)] == [
        ("快到期", "mine", True, True), ("超限的", "unit", False, True),
    ]  # fmt: skip
    assert [(f["name"], f["own"], f["owner"]) for f in engine.filters(stage.work_as("officer_2"))] == [
        ("快到期", False, "陈明")
    ]
    assert engine.filters(stage.work_as("sister_officer")) == []
    with pytest.raises(NotFound):
        engine.drop_filter(stage.work_as("officer_2"), own["id"])
    engine.drop_filter(work, own["id"])
    assert [f["name"] for f in engine.filters(work)] == ["快到期"]


def test_columns_and_mail_are_kept_apart_and_checked(stage: Any) -> None:
    work = stage.work_as("officer_1")
    engine.set_desk(work, columns={"unit": ["name", "due"]})
    engine.set_desk(work, mail={"email": "chen@example.cn", "kinds": ["given"], "quiet": False})
    kept = engine.my_desk(work)
    assert (kept["columns"], kept["email"], kept["mail"], kept["quiet"]) == (
        {"unit": ["name", "due"]}, "chen@example.cn", ["given"], False,
    )  # fmt: skip
    for bad, field in (
        ({"email": "chen", "kinds": [], "quiet": True}, "email"),
        ({"email": None, "kinds": ["given"], "quiet": True}, "email"),
        ({"email": "a@b.cn", "kinds": ["weather"], "quiet": True}, "kinds"),
    ):
        with pytest.raises(InvalidAnswers) as refused:
            engine.set_desk(work, mail=bad)
        assert set(refused.value.fields) == {field}


# ---------------------------------------------------------------------- news
def test_who_is_given_a_task_is_told_by_whom_and_why(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    one_, two = stage.work_as("officer_1"), stage.work_as("officer_2")
    engine.claim(one_, task)
    assert news(stage, "officer_1") == [], "nobody is told what he did himself"
    engine.hand_over(one_, task, str(two.person.id), "出差")
    assert news(stage, "officer_2") == [("given", "陈明把“填写”转给您办理:出差")]
    engine.delegate(two, task, str(one_.person.id), "请起草")
    engine.give_back_delegated(one_, task, "已起草")
    assert news(stage, "officer_1") == [("given", "李芳委派您起草“填写”:请起草")]
    assert news(stage, "officer_2")[0] == ("given", "陈明交回了“填写”:已起草")
    engine.urge(stage.work_as("head_1"), task, "期限将至")
    assert news(stage, "officer_2")[0] == ("urge", "何平催办“填写”:期限将至")


def test_a_returned_task_is_told_to_who_gets_it_again(stage: Any) -> None:
    begun = stage.waiting()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    engine.return_task(stage.work_as("head_1"), stage.task(begun["case_id"], "decide"), "ask", "询问笔录缺签名")
    assert news(stage, "officer_2") == [("given", "“询问”回到您名下:退回理由:询问笔录缺签名")]


def test_a_period_that_warns_is_told_to_who_holds_the_task_that_rests_on_it(stage: Any) -> None:
    begun = stage.drafted()
    item = stage.rows("select id, clock from work_item where subject_id = %s and status = 'open'", begun["case_id"])[0]
    engine.claim(stage.work_as("officer_1"), str(item["id"]))
    clock = stage.rows(
        "select rule, next_wake, due_at from clock where subject_id = %s and next_wake is not null", begun["case_id"]
    )[0]
    with stage.work_as("officer_1").transaction() as work:
        work.execute("update work_item set clock = %s where id = %s", (clock["rule"], item["id"]))
    stage.clock.set(clock["next_wake"] + timedelta(minutes=1))
    stage.sweep()
    told = news(stage, "officer_1")
    assert [kind for kind, _ in told] == ["due"]
    assert "届满" in told[0][1]


def test_news_are_ones_own_page_by_page(stage: Any) -> None:
    begun = stage.begin()
    task = stage.task(begun["case_id"], "fill")
    for login, other in (("officer_1", "officer_2"), ("officer_2", "officer_1")) * 2:
        engine.hand_over(stage.work_as(login), task, str(stage.work_as(other).person.id), "轮换")
    page = engine.list_news(stage.work_as("officer_1"), 1)
    rest = engine.list_news(stage.work_as("officer_1"), 1, page["next"])
    assert rest["next"] is None
    assert {n["id"] for n in page["items"]} != {n["id"] for n in rest["items"]}
    engine.read_news(stage.work_as("officer_2"), [str(page["items"][0]["id"])])
    assert engine.counts(stage.work_as("officer_1"))["news"] == 2, "another's news stay unread"
    engine.read_news(stage.work_as("officer_1"), [str(page["items"][0]["id"])])
    assert engine.counts(stage.work_as("officer_1"))["news"] == 1


# ---------------------------------------------------------------------- how a box stands
def figures(stage: Any, login: str, box: Any = "unit") -> dict[str, Any]:
    return {name: n for name, n in engine.task_figures(stage.work_as(login), box).items() if n and name != "most"}


def test_what_is_over_due_today_within_a_week_and_unread_is_counted_and_each_figure_is_the_length_of_its_list(
    stage: Any,
) -> None:
    begun = stage.looked()
    now = stage.work_as("officer_1").now
    look, ask = (stage.task(begun["case_id"], one) for one in ("look", "ask"))
    dates = {look: now - timedelta(minutes=1), ask: now + timedelta(minutes=1)}
    for task, at in dates.items():
        with Work(stage.node, system_person(440100, "01")).transaction() as work:
            work.execute("update work_item set due_at = %s where id = %s", (at, task))
    engine.mark_seen(stage.work_as("officer_1"), [look])
    assert figures(stage, "officer_1") == {"over": 1, "today": 1, "week": 1, "unread": 1}
    for due, element in (("over", "look"), ("today", "ask"), ("week", "ask")):
        assert one(stage, "officer_1", "unit", due=due) == [element]
    assert one(stage, "officer_1", "unit", unread=True) == ["ask"]
    assert figures(stage, "officer_1", "mine") == {}
    assert figures(stage, "officer_2") == {"over": 1, "today": 1, "week": 1, "unread": 2}, "unread is each one's own"
    assert figures(stage, "sister_officer") == {}


def test_the_figures_of_a_box_are_one_statement(stage: Any) -> None:
    work = stage.work_as("officer_1")
    for box in ("mine", "unit", "sign"):
        before = work.statements
        engine.task_figures(work, box)
        assert work.statements - before == 2, "the scope and the figures"
