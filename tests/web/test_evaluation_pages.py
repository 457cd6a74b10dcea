"""An evaluation is scored by two people on a sheet of their own, every agency by every indicator."""

from __future__ import annotations

import json
from dataclasses import replace

from playwright.sync_api import expect

import engine
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from registers import account, draw
from tests.web.browsing import aside
from tests.web.looking import both_ways, serious, settled

PATH = ROOT / "processes/national/annual_evaluation/stories/two_agencies_objection_upheld.yaml"


def test_two_people_score_every_agency_by_every_indicator(national, clock, officer):
    def person(login):
        return account.person_of_login(Work(national, account.STRANGER), login)

    story = stories.read(str(PATH.relative_to(ROOT)), PATH.read_bytes())
    at = next(n for n, line in enumerate(story.steps) if line.step == "score_first")
    short = replace(story, steps=story.steps[:at], expect=type(story.expect)())
    player = engine.Player(national, clock, person)
    batch = aside(lambda: player.play("annual_evaluation", short)).case_id
    for login, number in (("evaluator_1", 1), ("evaluator_2", 2)):
        one = officer(login)
        one.at(clock.at)
        one.come_back()
        page = one.page
        page.goto("/evaluations")
        settled(page)
        page.locator("main tbody tr a").first.click()
        page.wait_for_url(f"**/evaluations/{batch}")
        page.wait_for_selector("[data-part=scoring]")
        tab = page.locator("[data-part=scoring] .boxes button", has_text=f"第{'一二'[number - 1]}人")
        if tab.count():
            tab.click()
        expect(page.locator("[data-part=scoring] h2")).to_have_text(f"第 {number} 人评分")
        page.click("[data-act=claim]")
        boxes = page.locator("[data-form=scores] input[type=number]")
        expect(boxes.first).to_be_visible()
        assert boxes.count() >= 4
        for n in range(boxes.count()):
            boxes.nth(n).fill("1")
        page.locator("[data-form=scores]").evaluate("f => f.noValidate = true")
        page.click("[data-act=send-scores]")
        expect(page.locator("main .refusal")).to_contain_text("扣分须写明理由")
        for n in range(boxes.count()):
            page.locator("[data-form=scores] input[type=text]").nth(n).fill("材料不全")
        assert serious(page, "scoring") == []
        one.shot(f"scoring-{number}", full=True)
        page.click("[data-act=send-scores]")
        expect(page.locator(".news")).to_contain_text("已提交")
        aside(lambda: engine.Player.settle(player))
    expect(page.locator("[data-draw=officer] [data-part=agrees]")).to_have_text("重抽一致")
    page.locator("[data-draw=officer] summary").click()
    with page.expect_download() as saved:
        page.click("[data-draw=officer] [data-act=draw-record]")
    record = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert draw.order(record["seed"], "evaluation/officer", record["pool"])[: record["wanted"]] == record["drawn"]
    assert both_ways(one, f"/evaluations/{batch}", "evaluation-draws") == []
    work = Work(national, person("supervisor_1"))
    with work.transaction():
        rounds = work.rows("select distinct round from evaluation_score order by round")
    assert [r["round"] for r in rounds] == [1, 2]
