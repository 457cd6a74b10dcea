"""The desk as people use it: boxes and bulk acts, absence with a substitute, news, plans before acting, the supervisor's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

import engine
from engine import stories
from engine.alerts import raise_alert
from kernel.settings import ROOT
from kernel.work import Work, system_person
from tests.web.browsing import aside
from tests.web.looking import serious

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"


@pytest.fixture
def story():
    return stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())


@pytest.fixture
def cases(national, clock, person, story):
    """Three cases that wait for their filing form: (case, task)."""
    clock.set(story.start.at)
    work = Work(national, person("officer_1"))
    made = []
    for _ in range(3):
        begun = engine.start(work, "case_ordinary", dict(story.start.facts), agency_id=440100, category="01")
        made.append((begun["case_id"], begun["tasks"][0]["id"]))
    return made


@pytest.fixture
def reported(national, clock, person, story):
    """A case that stands beyond its parallel investigation."""
    player = engine.Player(national, clock, person)
    short = type(story)(**{**vars(story), "steps": story.steps[:9], "expect": type(story.expect)()})
    return aside(lambda: player.play("case_ordinary", short)).case_id


# ---------------------------------------------------------------------- boxes, bulk
def test_several_tasks_are_claimed_and_handed_over_with_a_result_for_each(cases, officer, clock, national, person):
    engine.claim(Work(national, person("officer_2")), cases[2][1])
    one = officer("officer_1")
    one.at(clock.at)
    one.come_in()
    one.page.click("[data-box=unit]")
    expect(one.page.locator("[data-task]")).to_have_count(2)
    expect(one.page.locator("[data-box=started] .count")).to_have_text("3")
    one.page.keyboard.press("j")
    one.page.keyboard.press("x")
    one.page.keyboard.press("k")
    one.page.keyboard.press("x")
    one.shot("inbox-chosen")
    one.page.click("[data-act=bulk-claim]")
    expect(one.page.locator("[data-part=summary]")).to_contain_text("成功 2 项,未办 0 项")
    one.shot("bulk-claim")
    one.page.locator(".el-dialog__footer button").first.click()
    expect(one.page.locator("[data-box=mine] .count")).to_have_text("2")
    one.page.click("[data-box=mine]")
    expect(one.page.locator("[data-task]")).to_have_count(2)
    one.page.locator("thead input[type=checkbox]").check()
    one.page.click("[data-act=bulk-hand]")
    one.choose("#b-to", "王芳")
    one.page.fill("#b-why", "出差")
    one.shot("bulk-hand")
    one.page.click("[data-act=bulk-run]")
    expect(one.page.locator("[data-result=ok]")).to_have_count(2)
    one.page.locator(".el-dialog__footer button").first.click()
    expect(one.page.locator(".empty")).to_be_visible()


def test_the_figures_above_a_box_narrow_it_and_let_it_go_again(cases, officer, clock, national, person):
    work = Work(national, system_person(440100, "01"))
    with work.transaction():
        dates = (clock.at - timedelta(days=1), clock.at + timedelta(minutes=5), clock.at + timedelta(days=30))
        for (_, task), at in zip(cases, dates, strict=True):
            work.execute("update work_item set due_at = %s where id = %s", (at, task))
        raise_alert(work, {"agency_id": 440100, "category": "01"}, cases[0][0], "T", severity="high", message="将到期")
    engine.claim_all(Work(national, person("officer_1")), [task for _, task in cases])
    engine.mark_seen(Work(national, person("officer_1")), [cases[0][1]])
    for phone in (False, True):
        one = officer("officer_1", phone=phone)
        one.at(clock.at)
        one.come_back()
        page = one.page
        page.goto("/inbox")
        page.wait_for_selector(".figures[data-known=true]")
        shown = {
            f: int(page.locator(f"[data-figure={f}] strong").inner_text().rstrip("+"))
            for f in ("over", "today", "week", "unread")
        }
        assert shown == {"over": 1, "today": 1, "week": 1, "unread": 2}
        assert int(page.locator("[data-figure=alerts] strong").inner_text()) >= 1
        for figure, n in shown.items():
            page.click(f"[data-figure={figure}]")
            expect(page.locator(f"[data-figure={figure}]")).to_have_attribute("aria-pressed", "true")
            expect(page.locator("[data-task]")).to_have_count(n)
            if figure == "over":
                one.shot("phone-inbox-figures" if phone else "inbox-figures")
                assert serious(page, "figures") == []
            page.click(f"[data-figure={figure}]")
            expect(page.locator("[data-task]")).to_have_count(3)
        one.fits()
    with page.expect_response("**/api/staff/tasks/figures?*"):  # what others do is told at once
        engine.hand_over(Work(national, person("officer_1")), cases[0][1], str(person("officer_2").id), "出差")
    expect(page.locator("[data-figure=over] strong")).to_have_text("0")
    page.click("[data-figure=over]")
    expect(page.locator(".empty")).to_contain_text("没有符合所选条件")
    page.click("[data-act=widen]")
    expect(page.locator("[data-task]")).to_have_count(2)
    page.click("[data-figure=alerts]")
    expect(page.locator(".alertcard").first).to_contain_text("将到期")


def test_a_search_is_kept_on_the_server_and_shared_and_columns_follow_the_person(cases, officer, clock):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_in()
    one.page.click("[data-box=unit]")
    one.page.fill(".filter input", "粤A")
    one.page.keyboard.press("Enter")
    expect(one.page.locator(".empty")).to_contain_text("开头三个字")
    one.page.fill(".filter input", "粤AB8")
    one.page.keyboard.press("Enter")
    expect(one.page.locator("[data-task]")).to_have_count(3)
    one.page.click("[data-act=keep]")
    one.page.fill("#keep-name", "AB8 车")
    one.page.check(".el-dialog input[type=checkbox]")
    one.shot("keep-search")
    one.page.click("[data-act=keep-now]")
    expect(one.page.locator('[data-filter="AB8 车"]')).to_be_visible()
    one.page.click("[data-act=columns]")
    one.page.locator(".el-checkbox", has_text="自定日期").click()
    expect(one.page.locator("th.c-own")).to_be_visible()
    one.page.keyboard.press("Escape")
    one.page.locator("td.c-own input").first.fill((clock.at + timedelta(days=2)).strftime("%Y-%m-%d"))
    one.page.keyboard.press("Tab")
    expect(one.page.locator(".due.own").first).to_contain_text("自定")
    one.shot("inbox-own")
    other = officer("officer_2")
    other.at(clock.at)
    other.come_in()
    other.page.locator('[data-filter="AB8 车"] button').click()
    expect(other.page.locator("[data-task]")).to_have_count(3)
    expect(other.page.locator('[data-filter="AB8 车"]')).to_contain_text("张伟共享")
    assert other.page.locator("th.c-own").count() == 0
    again = officer("officer_1")  # another browser of the same person
    again.at(clock.at)
    again.come_in()
    again.page.click("[data-box=unit]")
    expect(again.page.locator("th.c-own")).to_be_visible()


def test_what_was_opened_is_read_on_every_browser_of_the_person(cases, officer, clock):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_in()
    one.page.click("[data-box=unit]")
    row = one.page.locator(f'[data-task="{cases[0][1]}"]')
    expect(row).to_have_class("unread")
    with one.page.expect_response("**/api/staff/tasks/seen"):
        row.locator("a.step").click()
    one.page.wait_for_selector("[data-act=claim]")
    again = officer("officer_1")
    again.at(clock.at)
    again.come_in()
    again.page.click("[data-box=unit]")
    expect(again.page.locator(f'[data-task="{cases[1][1]}"]')).to_have_class("unread")
    expect(again.page.locator(f'[data-task="{cases[0][1]}"]')).not_to_have_class("unread")


# ---------------------------------------------------------------------- absence
def test_somebody_away_is_stood_in_for_and_both_names_are_in_the_record(cases, officer, clock, national, person):
    _, task_id = cases[0]
    engine.claim(Work(national, person("officer_1")), task_id)
    one, other = officer("officer_1"), officer("officer_2")
    one.at(clock.at)
    one.come_in()
    one.page.click("[data-act=who]")
    one.page.click("[data-act=absences]")
    one.page.click("[data-act=add-absence]")
    one.choose("#ab-sub", "王芳")
    one.page.fill("#ab-to", (clock.at + timedelta(days=4)).strftime("%Y-%m-%d"))
    one.page.fill("#ab-why", "年休假")
    expect(one.page.locator("[data-part=plan]")).to_contain_text("可代办")
    one.shot("absence", full=True)
    assert serious(one.page, "absence") == []
    one.page.click("[data-act=save-absence]")
    expect(one.page.locator("[data-absence]")).to_contain_text("代理中")
    other.at(clock.at)
    other.come_in()
    expect(other.page.locator("[data-act=bell] .count")).to_have_text("1")
    row = other.page.locator(f'[data-task="{task_id}"]')
    expect(row.locator(".stands")).to_have_text("代张伟")
    other.shot("inbox-stands-for")
    row.locator("a.step").click()
    expect(other.page.locator("[data-part=stands-for]")).to_contain_text("您代张伟办理")
    expect(other.page.locator("[data-act=complete]")).to_be_visible()
    other.page.fill('[data-field="case_summary"] textarea', "代为填写")
    expect(other.page.locator("[data-part=saved]")).to_contain_text("草稿已保存")
    one.page.click("[data-act=end-absence]")
    one.page.click("[data-act=end-sure]")
    expect(one.page.locator("[data-absence]")).to_contain_text("提前结束")
    other.page.goto("/inbox")
    expect(other.page.locator(".empty")).to_be_visible()
    # He leaves for good: what he has open goes over in one act, shown before it is done.
    head = officer("unit_head_1")
    head.at(clock.at)
    head.come_back()
    head.page.goto("/absences")
    head.page.locator('main a[href="/absences/leaving"]').click()
    who = str(person("officer_1").id)
    expect(head.page.locator(f'#lv-who option[value="{who}"]')).to_be_attached()
    head.page.select_option("#lv-who", value=who)
    expect(head.page.locator("[data-part=open]")).to_contain_text("1 项")
    head.page.click("[data-act=leaving-plan]")
    expect(head.page.locator("[data-part=leaving] .fault")).to_have_text(["请填写“转给”", "请填写“转办理由”"])
    head.page.locator(f'[data-part=leaving] input[value="{person("officer_2").id}"]').check()
    head.page.fill("#lv-why", "调离")
    head.page.click("[data-act=leaving-plan]")
    expect(head.page.locator("[data-part=shared]")).to_contain_text("可以转 1 项")
    head.shot("leaving")
    head.page.click("[data-act=leaving-run]")
    expect(head.page.locator("[data-part=shared]")).to_contain_text("已转 1 项")
    expect(head.page.locator("[data-part=open]")).to_contain_text("0 项")
    head.page.goto(f"/cases/{cases[0][0]}")
    head.page.locator(".el-tabs__item", has_text="经过").click()
    told = head.page.locator("[data-event=handed_over]")
    expect(told).to_contain_text("由张伟名下转给王芳")
    expect(told).to_contain_text("理由:调离")


# ---------------------------------------------------------------------- news
def test_who_is_given_a_task_hears_the_bell_and_chooses_what_goes_by_mail(cases, officer, clock, national, person):
    one = officer("officer_2")
    one.at(clock.at)
    one.come_in()
    expect(one.page.locator("[data-act=bell]")).to_be_visible()
    assert one.page.locator("[data-act=bell] .count").count() == 0
    giver = Work(national, person("officer_1"))
    engine.claim(giver, cases[0][1])
    engine.hand_over(giver, cases[0][1], str(person("officer_2").id), "出差")
    expect(one.page.locator("[data-act=bell] .count")).to_have_text("1")
    one.page.click("[data-act=bell]")
    expect(one.page.locator("[data-part=bell]")).to_contain_text("张伟把“填写立案登记表”转给您办理:出差")
    one.shot("bell")
    one.page.locator("[data-part=bell] li button").first.click()
    one.page.wait_for_url(f"**/tasks/{cases[0][1]}")
    expect(one.page.locator("[data-act=bell] .count")).to_have_count(0)
    one.page.goto("/news")
    expect(one.page.locator("[data-part=mail-off]")).to_contain_text("没有配置邮件服务器")
    one.page.fill("#n-mail", "不是邮箱")
    one.page.locator("[data-part=mail] .choices input").first.check()
    one.page.evaluate("document.querySelector('[data-part=mail]').noValidate = true")
    one.page.click("[data-act=save-mail]")
    expect(one.page.locator("[data-part=mail] .fault")).to_contain_text("邮箱地址的格式")
    one.page.fill("#n-mail", "wang@example.cn")
    with one.page.expect_response(lambda answer: answer.request.method == "PUT"):
        one.page.click("[data-act=save-mail]")
    one.page.reload()
    expect(one.page.locator("#n-mail")).to_have_value("wang@example.cn")
    one.shot("news", full=True)
    assert serious(one.page, "news") == []


# ---------------------------------------------------------------------- plans
def test_a_return_across_a_parallel_block_says_beforehand_what_it_does(reported, officer, clock, national, person):
    """The case stands beyond the block in which scene, questioning and evidence went side by side."""
    head = Work(national, system_person(440100, "01"))
    with head.transaction():
        row = head.one("select id, element, role from work_item where subject_id = %s and status = 'open'", (reported,))
    assert row is not None
    login = {"officer": "officer_1", "unit_head": "unit_head_1", "legal": "legal_1", "head": "head_1"}[row["role"]]
    one = officer(login)
    one.at(clock.at)
    one.come_back()
    one.open_task(reported, str(row["id"]))
    one.page.click("[data-act=actions]")
    one.page.click("[data-action=return]")
    expect(one.page.locator("[data-part=effects]")).to_contain_text("期限")
    inside = next(
        t for t in engine.return_targets(Work(national, person(login)), str(row["id"])) if t["element"] in PARALLEL
    )
    one.page.select_option("#a-target", value=inside["target"])
    one.page.select_option("#a-way", value="through")
    expect(one.page.locator("[data-part=plan]")).to_contain_text(inside["name"])
    one.page.fill("#a-reason", "笔录缺签名")
    one.shot("return-plan")
    assert serious(one.page, "return") == []
    one.page.click("[data-act=confirm-action]")
    one.page.wait_for_url("**/inbox")
    with head.transaction():
        opened = head.rows("select element from work_item where subject_id = %s and status = 'open'", (reported,))
    assert [r["element"] for r in opened] == [inside["element"]], "its sibling branches count as done"


PARALLEL = {"record_scene", "inquest_scene", "interview_person", "collect_evidence", "order_correction"}


def test_a_case_is_followed_copied_held_and_let_go_on_from_its_menu(cases, officer, clock):
    case_id, _ = cases[0]
    one = officer("unit_head_1")
    one.at(clock.at)
    one.come_back()
    one.page.goto(f"/cases/{case_id}")
    one.page.click("[data-act=actions]")
    one.page.locator("[data-action^='suspend:']").click()
    expect(one.page.locator("[data-part=effects]")).to_contain_text("不停表")
    one.page.fill("#a-reason", "等待鉴定")
    one.shot("suspend-plan")
    one.page.click("[data-act=confirm-action]")
    one.page.wait_for_selector(".el-dialog", state="hidden")
    one.page.click("[data-act=actions]")
    expect(one.page.locator("[data-action^='resume:']")).to_be_visible()
    with one.page.expect_response("**/follow"):
        one.page.locator("[data-action=follow]").click()
    one.page.goto("/inbox?box=follow")
    expect(one.page.locator("[data-list=follow] [data-watch]")).to_have_count(1)


# ---------------------------------------------------------------------- supervision
def test_a_supervisor_begins_with_what_is_due_and_breached_and_goes_down_to_the_case(
    reported, officer, clock, national
):
    work = Work(national, system_person(440100, "01"))
    with work.transaction():
        work.execute("update clock set status = 'breached', due_at = %s where subject_id = %s and closed_at is null", (work.now - timedelta(days=2), reported))  # fmt: skip
        raise_alert(
            work, {"agency_id": 440100, "category": "01"}, reported, "T", severity="critical", message="立案期限已超"
        )
    one = officer("unit_head_1")
    one.at(clock.at)
    one.come_in()
    one.page.wait_for_selector("[data-page=watch] .tiles")
    expect(one.page.locator("[data-figure=critical]")).to_contain_text("1")
    breached = int(one.page.locator("[data-figure=breached] strong").inner_text())
    assert breached >= 1
    expect(one.page.locator("[data-part=periods] [data-period]")).to_have_count(breached)
    one.shot("watch")
    assert serious(one.page, "watch") == []
    one.page.click("[data-figure=week]")
    one.page.wait_for_url("**state=week")
    one.page.go_back()
    one.page.locator("[data-period] a").first.click()
    one.page.wait_for_url(f"**/cases/{reported}")
    one.page.goto("/watch")
    one.page.click("[data-figure=critical]")
    expect(one.page.locator(".alertcard")).to_contain_text("立案期限已超")
    above = officer("supervisor_1")
    above.at(clock.at)
    above.come_back()
    above.page.goto(f"/cases/{reported}")
    expect(above.page.locator("[data-part=open-tasks] li").first).to_be_visible()
    expect(above.page.locator("[data-part=open-tasks] li a")).to_have_count(0)  # a task is not his to open
    expect(above.page.locator(".facts div").filter(has_text="主办人员").locator("dd")).to_have_text("张伟")
    above.page.click("[data-act=actions]")
    above.page.locator("[data-action^='urge:']").first.click()
    expect(above.page.locator("[data-part=effects]")).to_contain_text("须答复")
    above.page.fill("#a-reason", "期限已过")
    above.page.click("[data-act=confirm-action]")
    above.page.wait_for_selector(".el-dialog", state="hidden")
