"""What hands do wrong: twice, empty, too much, somebody else's, the wrong tab, back and reload in mid-form. Nothing is lost or doubled."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect

import engine
from content import load, releases
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from tests.web.browsing import PASSWORD, picture
from tests.web.looking import at_rest, held, requests, serious, settled

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"


@pytest.fixture
def story():
    return stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())


@pytest.fixture
def case(national, clock, person, story):
    """A case whose filing form officer_1 has claimed: case, task."""
    clock.set(story.start.at)
    work = Work(national, person("officer_1"))
    made = engine.start(work, "case_ordinary", dict(story.start.facts), agency_id=440100, category="01")
    engine.claim(work, made["tasks"][0]["id"])
    return made["case_id"], made["tasks"][0]["id"]


@pytest.fixture
def one(officer, clock, case):
    """The officer at his desk."""
    found = officer("officer_1")
    found.at(clock.at)
    found.come_back()
    return found


def relogin(page):
    dialog = page.locator(".el-dialog").filter(has_text="请重新登录")
    dialog.locator("input[name=password]").fill(PASSWORD)
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_be_hidden()


def asked(page, method="GET"):
    """The paths that the page asks of the server from now on."""
    seen = []
    page.on(
        "request",
        lambda r: seen.append(r.url.split("/api/staff")[1]) if r.method == method and "/api/staff/" in r.url else None,
    )
    return seen


# ---------------------------------------------------------------------- how much a click asks
def test_a_click_on_a_box_asks_for_one_list_and_counts_come_by_themselves(one, case, national, person):
    page = one.page
    going = requests(page)
    page.goto("/inbox")
    page.wait_for_selector("[data-task]")
    at_rest(page, going)
    reads = asked(page)
    for box in ("unit", "mine"):
        page.click(f"[data-box={box}]")
        page.wait_for_selector(f".inbox[data-shown={box}][data-state=ready]")
    at_rest(page, going)
    lists, figures = ([r.split("&")[0] for r in reads if r.startswith(of)] for of in ("/tasks?", "/tasks/figures?"))
    assert lists == ["/tasks?box=unit", "/tasks?box=mine"]
    assert figures == ["/tasks/figures?box=unit", "/tasks/figures?box=mine"]  # one statement each
    assert len(reads) == 4
    reads.clear()
    engine.release(Work(national, person("officer_1")), case[1])  # a colleague's act would be told the same way
    expect(page.locator("[data-box=unit] .count")).to_have_text("1")
    expect(page.locator(".inbox .empty")).to_be_visible()
    assert sum(r.startswith("/tasks?") for r in reads) == 1


def test_no_task_holds_the_main_thread_of_inbox_and_case_room(one, case):
    slow = {}
    for name, path, ready in (
        ("inbox", "/inbox", "[data-task]"),
        ("room", "/cases/{}/tasks/{}".format(*case), "[data-act=complete]"),
    ):
        for _ in range(4):  # what is the page's own doing shows in each load
            with held(one.page) as slow[name]:
                one.page.goto(path)
                one.page.wait_for_selector(ready)
                one.page.wait_for_timeout(400)
            if not slow[name]:
                break
    assert slow == {"inbox": [], "room": []}


# ---------------------------------------------------------------------- twice
def test_what_is_sent_twice_happens_once(one, case, national, person):
    page = one.page
    page.goto("/objects")
    settled(page)
    writes = asked(page, "POST")
    page.click("[data-act=vehicle]")
    page.select_option("#ask-category", "01")
    page.fill("#ask-plate", "粤B66666")
    page.select_option("#ask-plate_color", "2")
    page.evaluate(
        "() => { const f = document.querySelector('.act-dialog form'); f.requestSubmit(); f.requestSubmit() }"
    )
    expect(page.locator(".news")).to_contain_text("登记车辆")
    assert len(writes) == 1
    page.goto("/cases/{}/tasks/{}".format(*case))
    page.wait_for_selector("[data-act=complete]")
    page.click("[data-act=actions]")
    page.click("[data-action=hand_over]")
    one.choose("#a-to_officer_id", "王芳")
    page.fill("#a-reason", "出差")
    page.mouse.click(5, 5)  # beside the dialog: what was typed stays
    expect(page.locator("#a-reason")).to_have_value("出差")
    page.locator("[data-act=confirm-action]").dblclick()
    page.wait_for_url("**/inbox")
    assert len([w for w in writes if w.endswith("/hand-over")]) == 1


def test_no_draft_goes_beside_a_form_that_is_being_handed_in(one, case, story, person):
    page = one.page
    people = {n: person(n) for n in ("officer_1", "officer_2")}
    one.names = {str(p.id): p.name for p in people.values()}
    page.goto("/cases/{}/tasks/{}".format(*case))
    page.wait_for_selector("[data-act=complete]")
    handed_in, beside = [], []

    def slowly(route):
        handed_in.append(route.request.url)
        time.sleep(3)  # longer than a form rests before its draft is saved
        route.continue_()

    page.route("**/api/staff/tasks/*/complete", slowly)
    page.on("request", lambda r: beside.append(r.url) if handed_in and r.url.endswith("/draft") else None)
    elements = releases.make(load.tree(ROOT)).elements
    one.fill(stories.with_people(story.steps[0].answers, elements, lambda login: str(person(login).id)))
    page.locator('[data-field="filing_remark"] textarea').fill("写完即办结")
    one.complete()
    assert handed_in
    assert beside == []
    expect(page.locator(".news")).not_to_contain_text("已经办结")


# ---------------------------------------------------------------------- somebody else's, nobody's
@pytest.mark.parametrize("what", ["foreign", "nobody", "garbage"])
def test_a_case_that_is_not_ones_own_says_so_and_shows_the_way_back(
    what, one, case, officer, national, person, story, clock
):
    work = Work(national, person("officer_sz_1"))
    theirs = (
        engine.start(work, "case_ordinary", dict(story.start.facts), agency_id=440300, category="01")
        if what == "foreign"
        else {}
    )
    paths = {
        "foreign": "/cases/{}/tasks/{}".format(theirs.get("case_id"), (theirs.get("tasks") or [{}])[0].get("id")),
        "nobody": f"/cases/{uuid4()}",
        "garbage": "/cases/abc/tasks/def",
    }
    one.page.goto(paths[what])
    shown = one.page.locator("main [role=alert], [role=alert]").first
    expect(shown).to_contain_text("没有")
    assert "意外" not in shown.inner_text()
    one.shot(f"not-ones-own-{what}")
    one.page.get_by_text("返回").first.click()
    one.page.wait_for_url("**/inbox")


# ---------------------------------------------------------------------- the session, in an upload and in another tab
def test_a_session_lost_while_a_photograph_is_sent_sends_it_after_the_log_in(one, case, clock, tmp_path):
    page = one.page
    page.goto(f"/cases/{case[0]}")
    page.locator(".el-tabs__item", has_text="证据").click()
    page.wait_for_selector(".right [data-act=upload]", state="attached")
    clock.move(timedelta(minutes=31))
    page.set_input_files(".right [data-act=upload]", str(picture(tmp_path / "scene.jpg")))
    relogin(page)
    expect(page.locator(".upload")).to_contain_text("散列值与本机一致")
    expect(page.locator(".evidence")).to_contain_text("scene.jpg")


def test_logged_in_anew_in_another_tab_this_tab_goes_on(one, case):
    page = one.page
    page.goto("/cases/{}/tasks/{}".format(*case))
    page.wait_for_selector("[data-act=complete]")
    other = one.context.new_page()
    other.goto("/inbox")
    other.wait_for_selector("[data-task]")
    other.click("[data-act=who]")
    other.get_by_text("退出登录").click()
    other.fill("input[name=login]", "officer_1")
    other.fill("input[name=password]", PASSWORD)
    other.click("[data-part=login] button[type=submit]")
    other.wait_for_selector(".top")
    page.fill('[data-field="case_summary"] textarea', "在另一窗口重新登录之后写的")
    expect(page.locator("[data-part=saved]")).to_contain_text("草稿已保存")
    assert page.locator(".news li, .news .bad").count() == 0


def test_somebody_else_logged_in_in_another_tab_this_tab_is_not_theirs(one, case):
    page = one.page
    page.goto("/cases/{}/tasks/{}".format(*case))
    page.wait_for_selector("[data-act=complete]")
    answer = one.context.request.post("/api/staff/session", data={"login": "officer_2", "password": PASSWORD})
    assert answer.ok
    page.fill('[data-field="case_summary"] textarea', "张伟写的")
    page.wait_for_url("**/inbox")
    expect(page.locator("[data-act=who]")).to_contain_text("王芳")


# ---------------------------------------------------------------------- back and reload
def test_back_returns_to_the_box_and_a_reload_in_mid_form_keeps_what_was_typed(one, case):
    page = one.page
    page.goto("/inbox?box=mine&term=粤AB8")
    page.locator("a.step").first.click()
    page.fill('[data-field="case_summary"] textarea', "写到一半")
    page.go_back()
    expect(page.locator(".filter input")).to_have_value("粤AB8")
    page.go_forward()
    expect(page.locator('[data-field="case_summary"] textarea')).to_have_value("写到一半")
    page.fill('[data-field="case_summary"] textarea', "刚写完就刷新")
    page.reload()
    expect(page.locator('[data-field="case_summary"] textarea')).to_have_value("刚写完就刷新")
    page.goto("/start/case_ordinary")
    page.wait_for_selector('[data-field="case_cause"]')
    page.fill('[data-field="case_cause"] input, [data-field="case_cause"] textarea', "立案前写的")
    page.reload()
    expect(page.locator('[data-field="case_cause"] input, [data-field="case_cause"] textarea')).to_have_value(
        "立案前写的"
    )
    page.go_back()
    page.wait_for_selector(".room")


# ---------------------------------------------------------------------- empty, too much
def test_too_much_and_nothing_are_said_at_the_place(one, case, tmp_path):
    page = one.page
    page.goto("/cases/{}/tasks/{}".format(*case))
    page.wait_for_selector("[data-act=complete]")
    page.fill('[data-field="case_summary"] textarea', "长" * 20_000)
    page.click("[data-act=complete]")
    expect(page.locator('[data-field="case_summary"] .fault')).to_be_visible()
    page.click("[data-act=actions]")
    page.locator("[data-action=hand_over]").dispatch_event(
        "click"
    )  # the page still glides to the fault: a mouse might slip off
    one.choose("#a-to_officer_id", "王芳")
    page.fill("#a-reason", "   ")
    expect(page.locator("[data-act=confirm-action]")).to_be_disabled()
    page.fill("#a-reason", "长" * 3_000)
    page.click("[data-act=confirm-action]")
    expect(page.locator(".el-dialog .fault")).to_contain_text("2000")
    page.keyboard.press("Escape")
    page.locator(".el-tabs__item", has_text="证据").click()
    empty = tmp_path / "空.jpg"
    empty.write_bytes(b"")
    page.set_input_files(".right [data-act=upload]", str(empty))
    expect(page.locator("[data-upload=failed]")).to_contain_text("文件是空的")


def test_who_forgot_to_log_out_elsewhere_ends_it_from_here(one, officer, clock):
    there = officer("officer_1")
    there.at(clock.at)
    there.come_back()
    there.page.goto("/inbox")
    page = one.page
    page.goto("/inbox")
    page.click("[data-act=who]")
    page.click("[data-act=logins]")
    expect(page.locator("[data-part=login-place]")).to_have_count(2)
    expect(page.locator("[data-part=login-place]").filter(has_text="本处")).to_have_count(1)
    assert serious(page, "dialog") == []
    one.shot("log-ins")
    page.click("[data-act=end-others]")
    expect(page.locator("[data-part=login-place]")).to_have_count(1)
    expect(page.locator("[data-act=end-others]")).to_be_disabled()
    clock.move(timedelta(seconds=5))
    there.page.goto("/cases")
    expect(there.page.locator("[data-part=login]")).to_be_visible()


# ---------------------------------------------------------------------- what the screen says to who does not know
def test_who_drafts_for_another_gives_it_back_and_who_signs_is_led_there(one, case, officer, clock, national, person):
    case_id, task_id = case
    work = Work(national, person("officer_1"))
    engine.delegate(work, task_id, str(person("officer_2").id), "请起草登记表")
    two = officer("officer_2")
    two.at(clock.at)
    two.come_back()
    two.page.goto(f"/cases/{case_id}/tasks/{task_id}")
    expect(two.page.locator("[data-part=lent]")).to_contain_text("请起草登记表")
    expect(two.page.locator("[data-act=complete]")).to_have_count(0)
    two.judged()
    two.page.click("[data-act=give-back]")
    two.page.fill("#a-opinion", "已起草")
    two.page.click("[data-act=confirm-action]")
    two.page.wait_for_url("**/inbox")
    engine.add_signer(work, task_id, str(person("officer_2").id), "beside", "一并核对")
    two.page.goto(f"/cases/{case_id}/tasks/{task_id}")
    expect(two.page.locator("[data-part=signing] form")).to_be_visible()
    two.page.locator("[data-part=to-sign] button").click()
    expect(two.page.locator("[data-part=signing] input").first).to_be_focused()


def test_names_stand_where_codes_are_kept_and_the_menu_says_when_to_use_what(one, case):
    page = one.page
    page.goto(f"/cases/{case[0]}")
    fact = page.locator(".facts div").filter(has_text="违法行为代码")
    expect(fact.get_by_role("link")).to_contain_text("车货总质量超限运输")
    page.click("[data-act=start]")
    expect(page.locator(".choice").filter(has_text="简易程序")).to_contain_text("当场")
    page.goto("/start/case_ordinary")
    page.locator('[data-field="occurred_at"] input').focus()
    one.judged()
    expect(page.locator(".el-picker-panel:visible")).to_have_count(0)  # it would lie over what is below
