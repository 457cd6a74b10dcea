"""An exam is sat from the first minute to handing in though the line breaks, marked by two; a law comes in by two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

import engine
from engine import stories
from kernel.settings import ROOT
from kernel.work import LOCAL, Work
from tests.web.browsing import aside
from tests.web.looking import both_ways, heard, serious, settled

STORIES = ROOT / "processes/national/exam/stories"
LAW = """laws:
  - id: panda_law
    name: 竹林法
    full_name: 中华人民共和国竹林法
    kind: "1"
    versions: [{from: 2020-01-01, label: "2020", mark: K}]
    articles:
      - {id: "3", text: "熊猫出行须备案", mark: K}
"""


@pytest.fixture
def played(national, clock, person):
    """The id of an exam of which a story's first steps have been taken."""

    def play(name: str, steps: int) -> str:
        path = STORIES / f"{name}.yaml"
        story = stories.read(str(path.relative_to(ROOT)), path.read_bytes())
        short = replace(story, steps=story.steps[:steps], expect=type(story.expect)())
        return str(aside(lambda: engine.Player(national, clock, person).play("exam", short)).case_id)

    return play


def answers_of(national, login, person):
    """What the server has kept of a candidate's answers."""
    work = Work(national, person(login))
    with work.transaction():
        return {
            row["item"]: row["answer"]
            for row in work.rows(
                "select a.item, a.answer from exam_answer a join exam_sitting s on s.id = a.sitting_id where s.officer_id = %s",
                (person(login).id,),
            )
        }


def test_an_exam_is_sat_from_the_first_minute_to_handing_in_though_the_line_breaks(
    national, clock, person, officer, played
):
    played("bank_too_small", 4)
    clock.set(datetime(2026, 3, 28, 8, 50, tzinfo=LOCAL))
    one = officer("officer_th_1")
    one.come_back()
    page = one.page
    page.goto("/exams/mine")
    expect(page.locator("main tbody tr")).to_contain_text("待考")
    page.click("[data-act=sit]")
    expect(page.locator("[role=alert]")).to_contain_text("考试尚未开始")
    one.shot("exam-too-early")
    clock.set(datetime(2026, 3, 28, 9, 10, tzinfo=LOCAL))
    page.click("[data-act=retry-begin]")
    items = page.locator("fieldset.question")
    expect(items.first).to_be_visible()
    assert items.count() >= 10
    expect(page.locator("[data-part=clock]")).to_contain_text(":")
    items.nth(0).locator("input").nth(1).check()
    expect(page.locator("[data-part=saved]")).to_contain_text("已保存")
    assert len(answers_of(national, "officer_th_1", person)) == 1
    assert serious(page, "sitting") == []
    one.shot("exam-sitting")
    # The line breaks: what is answered meanwhile waits in the browser, also over a reload, and goes out by itself.
    one.context.set_offline(True)
    items.nth(1).locator("input").nth(0).check()
    items.nth(2).locator("input").nth(0).check()
    expect(page.locator("[data-part=saved]")).to_contain_text("连接中断,2 题存于本机")
    one.shot("exam-line-lost")
    assert len(answers_of(national, "officer_th_1", person)) == 1
    one.context.set_offline(False)
    expect(page.locator("[data-part=saved]")).to_contain_text("已保存")
    assert len(answers_of(national, "officer_th_1", person)) == 3
    # The browser dies and comes back: the paper, the answers and the clock are the server's.
    clock.move(timedelta(minutes=10))
    page.reload()
    expect(items.nth(2).locator("input:checked")).to_have_count(1)
    page.click("[data-act=hand-in]")
    expect(page.locator("[data-part=unanswered]")).to_contain_text(f"还有 {items.count() - 3} 题未答")
    one.shot("exam-hand-in")
    page.click("[data-act=confirm]")
    expect(page.locator("[data-part=handed]")).to_contain_text("作答 3 题")
    page.goto("/exams/mine")
    expect(page.locator("main tbody tr")).to_contain_text("已交卷")
    expect(page.locator("[data-act=sit]")).to_have_count(0)
    assert page.evaluate("Object.keys(sessionStorage).filter(k => k.startsWith('zc-sitting'))") == []


def test_an_exam_on_a_phone_and_more_time_for_who_lost_it(national, clock, person, officer, played):
    exam_id = played("bank_too_small", 4)
    clock.set(datetime(2026, 3, 28, 9, 30, tzinfo=LOCAL))
    one, keeper = officer("officer_th_2", phone=True), officer("exam_admin_1")
    one.come_back()
    page = one.page
    page.goto("/exams/mine")
    page.locator("[data-act=sit]").tap()
    expect(page.locator("fieldset.question").first).to_be_visible()
    one.fits()
    assert serious(page, "phone sitting") == []
    one.shot("phone-exam-sitting")
    keeper.come_back()
    assert both_ways(keeper, f"/exams/{exam_id}/room", "room") == []
    keeper.page.locator("main tbody tr", has_text="作答中").locator("[data-act=extend]").click()
    keeper.page.fill("#ask-minutes", "30")
    keeper.page.fill("#ask-reason", "机房断电半小时")
    keeper.page.click("[data-act=confirm]")
    expect(keeper.page.locator("tbody")).to_contain_text("已延长 30 分钟")


def test_two_people_mark_without_names_and_a_mark_too_high_is_refused_beside_it(
    national, clock, person, officer, played
):
    path = STORIES / "offline_room_third_marker_appeal.yaml"
    story = stories.read(str(path.relative_to(ROOT)), path.read_bytes())
    first = next(n for n, line in enumerate(story.steps) if getattr(line, "step", None) == "mark_first")
    exam_id = played("offline_room_third_marker_appeal", first)

    def runs_on():
        player = engine.Player(national, clock, person)
        aside(lambda: engine.Player.settle(player))

    for login, number in (("marker_1", 1), ("marker_2", 2)):
        one = officer(login)
        one.at(clock.at)
        one.come_back()
        page = one.page
        page.goto("/exams")
        settled(page)
        page.goto(f"/exams/{exam_id}/scripts")
        settled(page)
        tabs = page.locator(".boxes button")
        if tabs.count() > 1:
            tabs.nth(number - 1).click()
        expect(page.locator("h1")).to_have_text(f"第 {number} 人评卷")
        page.click("[data-act=claim]")
        expect(page.locator("[data-act=send-marks]")).to_be_visible()
        scripts = page.locator("[data-script]")
        assert scripts.count() >= 2
        expect(page.locator("main")).not_to_contain_text("阮")
        scripts.nth(0).locator("input[type=number]").fill("99")
        page.locator("form[data-form=marks]").evaluate("f => f.noValidate = true")
        page.click("[data-act=send-marks]")
        expect(scripts.nth(0).locator(".fault")).to_contain_text("得分应在")
        one.shot(f"marking-{number}")
        for n in range(scripts.count()):
            scripts.nth(n).locator("input[type=number]").fill("6")
        assert serious(page, "marking") == []
        page.click("[data-act=send-marks]")
        expect(page.locator(".news")).to_contain_text("已提交")
    runs_on()
    work = Work(national, person("marker_1"))
    with work.transaction():
        marks = work.rows("select round, count(*) as n from exam_mark group by round order by round")
    assert [m["round"] for m in marks] == [1, 2]


def test_a_question_waits_for_a_second_person(national, officer):
    author, checker = officer("exam_admin_1"), officer("exam_admin_2")
    author.come_back()
    page = author.page
    page.goto("/exams/questions?state=draft")
    settled(page)
    page.click("[data-act=question]")
    for name, value in (
        ("question_no", "T-900"),
        ("topic", "处罚"),
        ("stem", "罚款决定书几日内送达?"),
        ("options", "三日\n七日\n十日"),
        ("answer", "B"),
    ):
        page.fill(f"#ask-{name}", value)
    page.click("[data-act=confirm]")
    row = page.locator("main tbody tr", has_text="T-900")
    expect(row).to_contain_text("须由另一人审核")
    expect(row.locator("[data-act=activate]")).to_have_count(0)
    checker.come_back()
    checker.page.goto("/exams/questions?state=draft")
    checker.page.locator("main tbody tr", has_text="T-900").locator("[data-act=activate]").click()
    expect(checker.page.locator(".act-dialog .note")).to_contain_text("答案:B")
    checker.shot("question-check")
    checker.page.click("[data-act=confirm]")
    expect(checker.page.locator(".empty")).to_be_visible()


def test_a_course_is_opened_and_hours_credited_and_taken_off_again(national, officer, person):
    one = officer("certificate_admin_1")
    one.come_back()
    page = one.page
    page.goto("/training")
    settled(page)
    page.click("[data-act=course]")
    page.fill("#ask-course_no", "GW-900")
    page.fill("#ask-name", "年度岗位培训")
    page.fill("#ask-hours", "8")
    page.click("[data-act=confirm]")
    expect(page.locator("tbody")).to_contain_text("GW-900")
    page.goto(f"/training/hours/{person('officer_1').id}")
    page.click("[data-act=credit]")
    page.select_option("#ask-course_id", label="年度岗位培训")
    page.fill("#ask-hours", "8")
    page.fill("#ask-attended_on", "2026-03-02")
    page.keyboard.press("Enter")
    page.click("[data-act=confirm]")
    expect(page.locator("main tbody tr")).to_contain_text("资格培训")
    page.click("[data-act=correct]")
    page.fill("#ask-reason", "登记错人")
    page.click("[data-act=confirm]")
    expect(page.locator("main tbody tr")).to_have_count(2)
    one.shot("hours-corrected", full=True)


@pytest.fixture
def sound(monkeypatch):
    """The whole check of the national content has tests of its own; here it would only cost half a minute."""
    import sys

    monkeypatch.setattr(sys.modules["engine.law_import"], "check", lambda files: [])


def test_a_law_comes_in_by_one_and_counts_by_another(national, clock, officer, person, sound, tmp_path):
    file = tmp_path / "竹林法.yaml"
    file.write_text(LAW, encoding="utf-8")
    clock.move(timedelta(seconds=5))
    one, other = officer("legal_1"), officer("legal_2")
    one.come_back()
    page = one.page
    with heard(page) as errors:
        page.goto("/law/imports")
        settled(page)
        page.click("[data-act=import]")
        page.set_input_files("#ask-file", str(file))
        page.fill("#ask-ground", "国令〔2026〕1号")
        one.shot("import-dialog")
        page.click("[data-act=confirm]")
        page.wait_for_url("**/law/imports/*-*")
        expect(page.locator("[data-part=differences]")).to_contain_text("竹林法#3")
        expect(page.locator(".note")).to_contain_text("须由另一人核对批准")
        expect(page.locator("[data-act=approve]")).to_have_count(0)
        assert serious(page, "import") == []
        one.shot("import-difference", full=True)
    assert errors == []
    other.come_back()
    other.page.goto(page.url.removeprefix(one.base))
    other.page.click("[data-act=approve]")
    other.page.click("[data-act=confirm]")
    expect(other.page.locator(".facts")).to_contain_text("已批准")
    clock.move(timedelta(seconds=5))
    other.page.goto("/law")
    other.page.fill("input[type=search] >> nth=-1", "竹林法第三条")
    other.page.keyboard.press("Enter")
    expect(other.page.locator(".hits")).to_contain_text("熊猫出行须备案")


def test_a_province_publishes_its_days_and_sees_what_moved(national, officer, person):
    one = officer("publisher_1")
    one.come_back()
    page = one.page
    page.goto("/law/calendar")
    page.fill("input[name=year]", "2026")
    page.keyboard.press("Tab")
    page.click("[data-act=edit-calendar]")
    page.fill("input[name=division]", "440000")
    page.fill("input[name=ground]", "省政府〔2026〕1号")
    page.fill("input[name=day-0]", "2027-03-05")
    page.keyboard.press("Enter")
    page.fill("input[name=name-0]", "地方节日")
    page.fill("input[name=source-0]", "省政府〔2026〕1号")
    page.click("[data-act=publish-calendar]")
    expect(page.locator("[data-form=calendar] .refusal")).to_contain_text("不在 2026 年")
    page.fill("input[name=day-0]", "2026-03-05")
    page.keyboard.press("Enter")
    assert serious(page, "calendar") == []
    one.shot("calendar-publish", full=True)
    page.click("[data-act=publish-calendar]")
    page.wait_for_url("**/law/recomputes/*")
    expect(page.locator("h1")).to_have_text("变动的期限")
    page.goto("/law/calendar")
    expect(page.locator("main")).to_contain_text("地方节日")
