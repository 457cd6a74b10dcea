"""A custodian at the browser: a thing lent with two people and a paper, a shelf counted, what is missing answered."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import engine
from content import load
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from registers import account
from tests.web.browsing import aside
from tests.web.looking import both_ways, heard, serious, settled

STORY = "processes/national/seizure_handling/stories/five_goods_extended_returned.yaml"


@pytest.fixture
def stored(national, clock):
    """A case whose five goods lie on a shelf; its papers by kind."""
    files = load.tree(ROOT)
    story = stories.read(STORY, files[STORY], files)
    at = next(n for n, line in enumerate(story.steps) if line.step == "propose_property_act")
    story = stories.Story(**{**story.__dict__, "steps": story.steps[:at], "expect": stories.Expected()})
    person = lambda login: account.person_of_login(Work(national, account.STRANGER), login)  # noqa: E731
    played = aside(lambda: engine.Player(national, clock, person).play(story.begins, story))
    assert not played.faults, played.faults
    work = Work(national, person("custodian_1"))
    with work.transaction():
        return {r["kind"]: str(r["id"]) for r in work.rows("select kind, id from document order by id")}


def test_a_thing_is_lent_with_a_paper_and_two_people_and_the_shelf_is_counted(stored, officer, clock):
    one = officer("custodian_1")
    one.at(clock.at)
    one.come_back()
    page = one.page
    with heard(page) as errors:
        assert both_ways(one, "/property", "property") == []
        assert both_ways(one, "/objects/watched", "watched") == []
        page.goto("/property")
        expect(page.locator("main tbody tr")).to_have_count(5)
        page.get_by_text("行车记录仪").click()
        page.wait_for_url("**/property/*-*")
        settled(page)
        page.click("[data-act=move]")
        page.select_option("#ask-movement", "lend")
        page.select_option("#ask-document_id", stored["E40"])
        page.select_option("#ask-approval_id", stored["E04"])
        one.choose("#ask-colleague_id", "王芳")
        page.fill("#ask-receiver", "广东省电子数据鉴定中心")
        page.fill("#ask-due_on", "2026-03-09")
        page.keyboard.press("Enter")
        page.fill("#ask-reason", "提取行车数据")
        page.click("[data-act=confirm]")
        expect(page.locator(".facts")).to_contain_text("借出")
        expect(page.locator(".timeline")).to_contain_text("广东省电子数据鉴定中心")
        assert serious(page, "property item") == []
        one.shot("property-item", full=True)
        with page.expect_download() as saved:
            page.click("[data-act=label]")
        assert saved.value.path().read_bytes().lstrip().startswith(b"<")
        page.goto("/property")
        expect(page.locator("main tbody tr")).to_have_count(5)
        place = page.locator("main tbody tr").last.locator('[data-label="保管地点"]').inner_text().rsplit(" ", 1)[0]
        page.click("[data-act=stocktaking]")
        page.select_option("#ask-category", "01")
        page.fill("#ask-place", place)
        one.choose("#ask-colleague_id", "王芳")
        page.click("[data-act=confirm]")
        page.wait_for_url("**/property/stocktakings/*")
        settled(page)
        page.fill("input[name=code]", "不认识的编码")
        page.click("[data-act=count]")
        expect(page.locator("[data-form=count] .hits")).to_contain_text("账上没有")
        assert serious(page, "stocktaking") == []
        one.shot("stocktaking", full=True)
        page.click("[data-act=close-stocktaking]")
        page.click("[data-act=confirm]")
        expect(page.locator(".act-dialog")).to_have_count(0)
        page.goto("/property/differences")
        row = page.locator("main tbody tr").first
        row.locator("[data-act=answer]").click()
        page.fill("#ask-answer", "已核对,标签脱落")
        left = page.locator("main tbody tr").count()  # they came together
        page.click("[data-act=confirm]")
        expect(page.locator("main tbody tr")).to_have_count(left - 1)
        one.shot("stock-differences", full=True)
    assert errors == []
