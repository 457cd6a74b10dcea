"""The workbench as people use it: an inbox, two at one task, a session that ends in mid-form, a phone, and no barrier."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

import engine
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from tests.web.browsing import aside, picture
from tests.web.looking import settled

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"
AXE = ROOT / "web/staff/node_modules/axe-core/axe.min.js"


@pytest.fixture
def story():
    return stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())


@pytest.fixture
def case(national, clock, person, story):
    """A case that waits for its filing form; its id and the task's."""
    clock.set(story.start.at)
    work = Work(national, person("officer_1"))
    facts = dict(story.start.facts)
    made = engine.start(work, "case_ordinary", facts, agency_id=440100, category="01")
    return made["case_id"], made["tasks"][0]["id"]


@pytest.fixture
def investigated(national, clock, person, story):
    """A case in which the scene is recorded: papers, clocks, alerts and a diagram to look at."""
    player = engine.Player(national, clock, person)
    short = type(story)(**{**vars(story), "steps": story.steps[:4], "expect": type(story.expect)()})
    return aside(lambda: player.play("case_ordinary", short)).case_id


def draft(address_of_task, national, person):
    """What the server keeps of a task's draft."""
    work = Work(national, person)
    with work.transaction():
        return work.one("select draft, version from work_item where id = %s", (address_of_task,))


def test_log_in_claim_fill_complete_and_go_on(case, officer, clock, story, person):
    _, task_id = case
    one = officer("officer_1")
    one.names = {str(person(n).id): person(n).name for n in ("officer_1", "officer_2")}
    one.at(clock.at)
    one.log_in()
    one.shot("inbox-empty")
    one.page.click("[data-box=unit]")
    row = one.page.locator(f'[data-task="{task_id}"]')
    expect(row).to_contain_text("填写立案登记表")
    expect(row).to_have_class("unread")
    one.shot("inbox")
    one.page.keyboard.press("j")
    one.page.keyboard.press("Enter")
    one.page.click("[data-act=claim]")
    one.page.click("[data-act=complete]")
    expect(one.page.locator('[data-field="lead_officer"] .fault')).to_contain_text("请填写")
    line = story.steps[0]
    one.fill(stories.with_people(line.answers, _elements(one, person), lambda login: str(person(login).id)))
    expect(one.page.locator("[data-part=saved]")).to_contain_text("草稿已保存")
    one.shot("case-room")
    one.complete()
    expect(one.page.locator("[data-part=done]")).to_contain_text("审查立案材料")
    expect(one.page.locator("[data-part=done]")).to_contain_text("刘建国")  # by whom
    expect(one.page.locator("[data-part=done]")).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d 周. 前"))  # by which day
    one.shot("done")
    one.page.goto("/inbox?box=done")
    expect(one.page.locator(f'[data-task="{task_id}"]')).to_be_visible()
    one.page.click("[data-box=started]")
    expect(one.page.locator(".list")).to_contain_text("车货总质量超限运输")


def _elements(one, person):
    from content import load, releases

    return releases.make(load.tree(ROOT)).elements


def test_a_session_lost_in_mid_form_loses_nothing(case, officer, clock, national, person):
    case_id, task_id = case
    one = officer("officer_1")
    one.at(clock.at)
    one.log_in()
    one.open_task(case_id, task_id)
    one.page.fill('[data-field="case_summary"] textarea', "写到一半")
    expect(one.page.locator("[data-part=saved]")).to_contain_text("草稿已保存")
    clock.move(timedelta(minutes=31))
    one.page.fill('[data-field="filing_basis"] textarea', "登录失效之后写的")
    dialog = one.page.locator(".el-dialog").filter(has_text="请重新登录")
    expect(dialog).to_be_visible()
    one.shot("session-lost")
    assert "登录失效之后写的" in one.page.evaluate("JSON.stringify(localStorage)")
    dialog.locator("input[name=password]").fill("Zhifa-2026-demo")
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_be_hidden()
    expect(one.page.locator("[data-part=saved]")).to_contain_text("草稿已保存")
    expect(one.page.locator('[data-field="case_summary"] textarea')).to_have_value("写到一半")
    kept = draft(task_id, national, person("officer_1"))["draft"]
    assert (kept["case_summary"], kept["filing_basis"]) == ("写到一半", "登录失效之后写的")
    assert "登录失效之后写的" not in one.page.evaluate("JSON.stringify(localStorage)")


def test_a_browser_that_died_before_saving_gives_back_what_was_typed(case, officer, clock):
    case_id, task_id = case
    one = officer("officer_1")
    one.at(clock.at)
    one.log_in()
    one.open_task(case_id, task_id)
    one.page.route("**/draft", lambda route: route.abort())
    one.page.fill('[data-field="case_summary"] textarea', "断网时写的")
    expect(one.page.locator("[data-part=saved]")).to_contain_text("存于本机")
    one.page.unroute("**/draft")
    one.page.reload()
    expect(one.page.locator('[data-field="case_summary"] textarea')).to_have_value("断网时写的")
    expect(one.page.locator("[data-part=saved]")).to_contain_text("草稿已保存")


def test_two_people_on_one_task_and_one_person_at_two_screens(case, officer, clock):
    case_id, task_id = case
    one, other = officer("officer_1"), officer("officer_2")
    for who in (one, other):
        who.at(clock.at)
        who.log_in()
        who.page.goto(f"/cases/{case_id}/tasks/{task_id}")
        who.page.wait_for_selector("[data-act=claim]")
    one.page.click("[data-act=claim]")
    one.page.wait_for_selector("[data-act=complete]")
    other.page.click("[data-act=claim]")
    expect(other.page.locator(".news")).to_contain_text("任务已由他人签收")
    expect(other.page.locator(".left")).to_contain_text("已由张伟签收")
    expect(other.page.locator("[data-act=complete]")).to_have_count(0)
    assert other.page.locator(".form textarea").count() == 0
    other.shot("taken")
    second = one.context.new_page()
    second.goto(f"/cases/{case_id}/tasks/{task_id}")
    second.wait_for_selector("[data-act=complete]")
    one.page.fill('[data-field="case_summary"] textarea', "甲窗口")
    expect(one.page.locator("[data-part=saved]")).to_contain_text("草稿已保存")
    second.fill('[data-field="case_summary"] textarea', "乙窗口")
    conflict = second.locator(".el-dialog").filter(has_text="他处也改过")
    expect(conflict).to_contain_text("甲窗口")
    expect(conflict).to_contain_text("乙窗口")
    second.screenshot(path=str(ROOT / "var/screenshots/conflict.png"))
    conflict.locator("label", has_text="他处").locator("input").first.check()
    conflict.locator("[data-act=resolve]").click()
    expect(second.locator('[data-field="case_summary"] textarea')).to_have_value("甲窗口")


def test_counts_change_by_themselves_when_a_colleague_acts(case, officer, clock, national, person):
    _, task_id = case
    one = officer("officer_2")
    one.at(clock.at)
    one.log_in()
    one.page.click("[data-box=unit]")
    expect(one.page.locator("[data-box=unit] .count")).to_have_text("1")
    engine.claim(Work(national, person("officer_1")), task_id)
    expect(one.page.locator("[data-box=unit] .count")).to_have_text("0")
    expect(one.page.locator(".empty")).to_contain_text("没有待签收")


def test_a_task_is_handed_over_from_the_menu_that_the_server_fills(case, officer, clock, national, person):
    case_id, task_id = case
    one = officer("officer_1")
    one.at(clock.at)
    one.log_in()
    one.open_task(case_id, task_id)
    one.page.click("[data-act=actions]")
    one.page.click("[data-action=hand_over]")
    one.choose("#a-to_officer_id", "王芳")
    listed = one.page.locator("#a-to_officer_id option").all_inner_texts()
    assert not [line for line in listed if line.startswith("张伟")], "one does not hand over to oneself"
    assert [line for line in listed if line.startswith("王芳 · 广州市交通运输局 · 证件有效")]
    one.page.fill("#a-reason", "出差")
    one.shot("hand-over")
    one.page.click("[data-act=confirm-action]")
    one.page.wait_for_url("**/inbox")
    work = Work(national, person("officer_2"))
    with work.transaction():
        row = work.one("select claimed_by from work_item where id = %s", (UUID(task_id),))
    assert row["claimed_by"] == person("officer_2").id


def test_evidence_is_sent_in_hashed_and_looked_at(investigated, officer, clock, tmp_path):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_back()
    one.page.goto(f"/cases/{investigated}")
    one.page.locator(".el-tabs__item", has_text="证据").click()
    one.page.set_input_files(".right [data-act=upload]", str(picture(tmp_path / "scene.jpg")))
    expect(one.page.locator(".upload")).to_contain_text("散列值与本机一致")
    one.page.locator(".evidence button").first.click()
    expect(one.page.locator(".el-dialog img.media")).to_be_visible()
    one.shot("evidence")


def test_papers_clocks_and_diagram_are_there_to_be_seen(investigated, officer, clock):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_back()
    one.page.goto(f"/cases/{investigated}")
    one.page.locator(".el-tabs__item", has_text="流程图").click()
    expect(one.page.locator(".diagram .st-active").first).to_be_visible()
    mark = one.page.locator(".bjs-powered-by")
    expect(mark).to_be_visible()
    one.page.wait_for_function(
        "e => { const b = e.getBoundingClientRect(); return e.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)) }",
        arg=mark.element_handle(),
    )
    one.shot("diagram")
    one.page.locator(".el-tabs__item", has_text="期限").click()
    one.page.locator(".clock summary").first.click()
    expect(one.page.locator(".clock table").first).to_contain_text("计入")
    one.shot("clocks")
    one.page.locator(".el-tabs__item", has_text="文书").click()
    one.page.locator("[data-paper=D01]").click()
    expect(one.page.locator(".pages[data-state=ready]")).to_be_visible()
    one.shot("paper")


def test_a_phone_width_run(case, officer, clock, story, person):
    case_id, task_id = case
    one = officer("officer_1", phone=True)
    one.names = {str(person(n).id): person(n).name for n in ("officer_1", "officer_2")}
    one.at(clock.at)
    one.log_in()
    one.page.click("[data-box=unit]")
    expect(one.page.locator(f'[data-task="{task_id}"]')).to_be_visible()
    one.shot("phone-inbox")
    one.page.locator(f'[data-task="{task_id}"] .step').tap()
    one.page.locator("[data-act=claim]").tap()
    one.page.wait_for_selector("[data-act=complete]")
    one.shot("phone-task")
    line = story.steps[0]
    one.fill(stories.with_people(line.answers, _elements(one, person), lambda login: str(person(login).id)))
    one.complete()
    one.shot("phone-done")
    for path in ("/inbox", "/cases", "/alerts", "/law", "/start/case_ordinary", f"/cases/{case_id}"):
        one.page.goto(path)
        settled(one.page)
        one.fits()


def test_axe_finds_nothing_serious_on_the_log_in_on_a_claimed_task_and_behind_the_tabs_of_a_case(
    case, investigated, officer, clock
):
    case_id, task_id = case
    one = officer("officer_1")
    one.at(clock.at)
    found = []
    one.page.goto("/")
    one.page.wait_for_selector("[data-part=login]")
    found += _serious(one.page, "log in")
    one.come_back()
    pages = {
        "case": f"/cases/{investigated}",
        "task": f"/cases/{case_id}/tasks/{task_id}",
    }  # the others: test_every_page
    for name, path in pages.items():
        one.page.goto(path)
        one.page.wait_for_selector("main h1, .room, .inbox")
        one.page.wait_for_load_state("networkidle")
        if name == "task":
            one.page.click("[data-act=claim]")
            one.page.wait_for_selector("[data-act=complete]")
        found += _serious(one.page, name)
        one.shot(f"page-{name}")
        if name == "case":
            for tab in ("期限", "文书", "证据", "预警", "经过", "流程图"):
                one.page.locator(".el-tabs__item", has_text=tab).click()
                expect(one.page.locator(".el-tabs__item.is-active")).to_contain_text(tab)
                one.page.wait_for_load_state("networkidle")
                found += _serious(one.page, f"case/{tab}")
    assert found == []


def _serious(page, name):
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    report = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
    )
    return [
        f"{name}: {v['id']} {v['impact']} {json.dumps([n['target'] for n in v['nodes']][:3], ensure_ascii=False)}"
        for v in report["violations"]
        if v["impact"] in ("serious", "critical")
    ]


def test_the_first_load_of_the_inbox_stays_below_its_budget(officer, clock, case):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_back()
    sizes = {}
    one.page.on(
        "response",
        lambda r: sizes.__setitem__(r.url, int(r.headers.get("content-length", 0))) if "/static/" in r.url else None,
    )
    one.page.goto("/inbox")
    one.page.wait_for_selector(".inbox .empty, .list")
    total = sum(sizes.values())
    print(f"first load of the inbox: {total / 1000:.0f} kB gzip in {len(sizes)} files")
    assert total <= 450_000
