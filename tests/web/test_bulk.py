"""Several tasks in one act: one request, tried before it is done, a result for each."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

import engine
from content import load
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from tests.web.browsing import aside

STORY = "processes/national/case_summary/stories/cash_hard_later.yaml"


@pytest.fixture
def penalised(national, clock, person):
    """Two penalties given on the spot and served; neither is reported to the agency yet."""
    files = load.tree(ROOT)
    story = stories.read(STORY, files[STORY], files)
    served = next(n for n, line in enumerate(story.steps, 1) if line.step == "deliver_spot_decision")
    short = type(story)(**{**vars(story), "steps": story.steps[:served], "expect": type(story.expect)()})
    made = []
    for _ in range(2):
        clock.set(story.start.at)
        player = engine.Player(national, clock, person)
        made.append(aside(lambda p=player: p.play("case_summary", short)).case_id)
    return made


@contextmanager
def writes(page):
    """The acts (not the reads) that the page asks of the server meanwhile."""
    seen: list[str] = []
    page.on("request", lambda r: seen.append(r.url.split("/api/staff")[1]) if r.method != "GET" else None)
    yield seen


def choose_all(page, box):
    page.goto(f"/inbox?box={box}")
    page.wait_for_selector("[data-task]")
    page.locator("thead input[type=checkbox]").check()


def test_two_penalties_are_reported_to_the_agency_in_one_act_and_tasks_handed_over_in_one_request(
    penalised, officer, clock, national, person
):
    work = Work(national, person("officer_1"))
    reports = [t for t in engine.tasks(work, "unit")["items"] if t["element"] == "report_summary"]
    assert len(reports) == 2
    engine.claim_all(work, [str(t["id"]) for t in reports])
    one = officer("officer_1")
    one.at(clock.at)
    one.come_back()
    page = one.page
    with writes(page) as asked:
        choose_all(page, "mine")
        page.click("[data-act=bulk-complete]")
        page.fill(
            '.el-dialog [data-field="summary_report_note"] textarea, .el-dialog [data-field="summary_report_note"] input',
            "已登记备案。",
        )
        expect(page.locator("[data-act=bulk-run]")).to_be_disabled()
        assert page.locator('.el-dialog [data-field="penalty_content"]').count() == 0, (
            "what is each task's own is not shown"
        )
        page.click("[data-act=bulk-plan]")
        expect(page.locator("[data-result=ok]")).to_have_count(2)
        one.shot("bulk-complete-plan")
        page.click("[data-act=bulk-run]")
        expect(page.locator("[data-part=summary]")).to_contain_text("成功 2 项,未办 0 项")
        expect(page.locator("[data-act=bulk-plan]")).to_have_count(0)
    assert [a for a in asked if not a.endswith("/form")] == ["/tasks/complete-all/plan", "/tasks/complete-all"]
    cash = [t for t in engine.tasks(work, "unit")["items"] if t["element"] == "collect_cash"]
    assert len(cash) == 2
    with writes(page) as asked:
        choose_all(page, "unit")
        page.click("[data-act=bulk-claim]")
        expect(page.locator("[data-part=summary]")).to_contain_text("成功 2 项,未办 0 项")
        choose_all(page, "mine")
        page.click("[data-act=bulk-hand]")
        one.choose("#b-to", "王芳")
        page.fill("#b-why", "出差")
        page.click("[data-act=bulk-plan]")
        expect(page.locator("[data-result=ok]").first).to_contain_text("可以转办")
        one.shot("bulk-hand-plan")
        page.fill("#b-why", "休假")
        expect(page.locator("[data-result]")).to_have_count(0)  # what was tried is no longer what would be done
        page.click("[data-act=bulk-run]")
        expect(page.locator("[data-result=ok]")).to_have_count(2)
    assert asked == ["/tasks/claim-all", "/tasks/hand-over-all/plan", "/tasks/hand-over-all"]
    mine = engine.tasks(Work(national, person("officer_2")), "mine")["items"]
    assert {t["id"] for t in mine} == {t["id"] for t in cash}


def test_several_are_reminded_in_one_act_and_a_changed_reason_is_another_act(
    penalised, officer, clock, national, person
):
    work = Work(national, person("officer_1"))
    reports = [t for t in engine.tasks(work, "unit")["items"] if t["element"] == "report_summary"]
    engine.claim_all(work, [str(t["id"]) for t in reports])
    one = officer("unit_head_1")
    one.at(clock.at)
    one.come_back()
    page = one.page
    keys = []
    page.on(
        "request",
        lambda r: keys.append(r.headers.get("idempotency-key")) if r.url.endswith("/tasks/urge-all") else None,
    )
    for report in reports:
        engine.add_signer(work, str(report["id"]), str(person("unit_head_1").id), "beside", "请把关")
    choose_all(page, "sign")
    page.click("[data-act=bulk-urge]")
    page.fill("#b-why", "请于今日上报")
    page.click("[data-act=bulk-plan]")
    expect(page.locator("[data-result=ok]")).to_have_count(2)
    page.route("**/tasks/urge-all", lambda route: route.abort())
    page.click("[data-act=bulk-run]")
    expect(page.locator("[data-part=bulk] .refusal")).to_be_visible()
    page.click("[data-act=bulk-run]")
    expect(page.locator("[data-part=bulk] .refusal")).to_be_visible()
    page.unroute("**/tasks/urge-all")
    page.fill("#b-why", "请于明日上报")
    page.click("[data-act=bulk-run]")
    expect(page.locator("[data-part=summary]")).to_contain_text("成功 2 项,未办 0 项")
    one.shot("bulk-urge")
    assert len(keys) == 3
    assert keys[0] == keys[1] != keys[2]

    reminded = officer("officer_1")
    reminded.at(clock.at)
    reminded.come_back()
    desk = reminded.page
    desk.goto(f"/cases/{reports[0]['case_id']}/tasks/{reports[0]['id']}")
    panel = desk.locator("[data-part=urged]")
    expect(panel).to_contain_text("请于明日上报")
    reminded.shot("urged")
    panel.get_by_role("button").first.click()
    desk.fill(".el-dialog textarea", "今晚上报")
    desk.locator(".el-dialog [data-act=answer-alert], .el-dialog .el-button--primary").last.click()
    expect(panel).to_contain_text("今晚上报")
    news = engine.list_news(Work(national, person("unit_head_1")))["items"]
    assert any("答复您对" in item["text"] and "今晚上报" in item["text"] for item in news)


def test_whoever_follows_or_began_cases_urges_those_who_have_them(penalised, officer, clock, national, person):
    for case_id in penalised:
        engine.follow(Work(national, person("unit_head_1")), case_id)
    head, one = officer("unit_head_1"), officer("officer_1")
    for who, box, act in ((head, "follow", "请于今日办结"), (one, "started", "请签收")):
        who.at(clock.at)
        who.come_back()
        page = who.page
        page.goto(f"/inbox?box={box}")
        page.wait_for_selector("[data-row] a")
        page.locator("thead input[type=checkbox]").check()
        who.shot(f"urge-{box}")
        page.click("[data-act=bulk-urge]")
        page.fill("#b-why", act)
        page.click("[data-act=bulk-plan]")
        expect(page.locator("[data-part=summary]")).to_contain_text("可以办" if box == "follow" else "不能办")
        who.shot(f"urge-{box}-plan")
        page.click("[data-act=bulk-run]")
        expect(page.locator("[data-part=summary]")).to_contain_text(
            "成功 4 项,未办 0 项" if box == "follow" else "未办 4 项"
        )
    expect(page.locator("[data-result=no]").first).to_contain_text("催办尚未答复")
