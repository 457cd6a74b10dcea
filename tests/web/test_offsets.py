"""Proceeds of sold goods set off against the overdue fine, on the pages: asked for by one, decided by another."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

import engine
from content import load
from engine import stories
from engine.ledger import Book
from kernel.settings import ROOT
from kernel.work import Work, system_person
from registers import account
from tests.web.browsing import aside
from tests.web.looking import both_ways, heard, serious, settled

STORY = "processes/national/seizure_handling/stories/perishable_auctioned.yaml"


@pytest.fixture
def sold(national, clock):
    """A case whose goods were sold for 54000 yuan; its fine of 30000 was due yesterday. Its id."""
    files = load.tree(ROOT)
    story = stories.read(STORY, files[STORY], files)
    person = lambda login: account.person_of_login(Work(national, account.STRANGER), login)  # noqa: E731
    played = aside(lambda: engine.Player(national, clock, person).play(story.begins, story))
    assert not played.faults, played.faults
    work = Work(national, person("custodian_1"))
    with work.transaction():
        case = work.rows("select id, agency_id, category from enforcement_case where id = %s", (played.case_id,))[0]
    work = Work(national, system_person(case["agency_id"], case["category"]))
    with work.transaction():
        Book(work, case, case["id"]).decide({"fine": Decimal(30000)}, due=work.today, decision_no="罚1号", key="fine")
    clock.move(timedelta(days=1))
    return case["id"]


def test_one_asks_another_decides_and_the_rest_waits_for_the_party(sold, officer, clock):
    finance, chief = officer("finance_1"), officer("finance_head_1")
    for one in (finance, chief):
        one.at(clock.at)
        one.come_back()
    page = finance.page
    with heard(page) as errors:
        assert both_ways(finance, "/money/offsets", "offsets") == []
        expect(page.locator("main .empty")).to_contain_text("没有抵缴申请")
        page.goto(f"/money/cases/{sold}")
        settled(page)
        expect(page.locator("[data-part=offsets]")).to_contain_text("尚未申请抵缴")
        expect(page.locator("main .facts")).to_contain_text("54,000.00")
        page.click("[data-act=offset]")
        page.click("[data-act=confirm]")
        expect(page.locator(".act-dialog .fault").first).to_be_visible()  # what is missing is named beside it
        page.select_option("#ask-document_id", index=1)
        page.fill("#ask-reason", "逾期经催告仍不缴纳")
        page.click("[data-act=confirm]")
        expect(page.locator("[data-offset=requested]")).to_contain_text("逾期经催告仍不缴纳")
        expect(page.locator("[data-act=offset]")).to_have_count(0)
        expect(page.locator("[data-act=approve-offset]")).to_have_count(0)  # not by who asked
        finance.shot("offset-asked", full=True)
    assert errors == []
    page = chief.page
    with heard(page) as errors:
        page.goto("/news")
        settled(page)
        page.get_by_text("以拍卖、变卖价款抵缴").first.click()  # nobody told him but the news
        page.wait_for_url("**/money/offsets?state=requested")
        settled(page)
        expect(page.locator("main tbody tr")).to_have_count(1)
        page.click("[data-act=refuse-offset]")
        page.click("[data-act=confirm]")
        expect(page.locator(".act-dialog .fault")).to_be_visible()  # a refusal says why
        page.locator(".act-dialog").get_by_text("取消").click()
        page.goto(f"/money/cases/{sold}")
        settled(page)
        page.click("[data-act=approve-offset]")
        page.click("[data-act=confirm]")
        done = page.locator("[data-offset=approved]")
        expect(done).to_contain_text("30,000.00")
        expect(done).to_contain_text("24,000.00")
        expect(page.locator("main .facts")).to_contain_text("24,000.00")  # 应退
        assert serious(page, "offset decided") == []
        assert both_ways(chief, f"/money/cases/{sold}", "case-money-offset") == []
    assert errors == []
