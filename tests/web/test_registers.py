"""The registers, the rulebook and administration in the browser, each page as the person sees it who may."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import engine
from engine import jobs
from kernel.work import Work, system_person
from tests.web.looking import serious, settled

PLACE = {"agency_id": 440100, "category": "02"}


@pytest.fixture
def stocked(national, person):
    """Something in each register."""
    officer = Work(national, person("officer_1"))
    engine.register_vehicle(officer, **PLACE, plate="粤A12345", plate_color="2", transport_permit="440100001234")
    engine.register_ship(officer, **PLACE, name="粤运 168", mmsi="413000123")
    made = engine.register_practitioner(officer, **PLACE, name="王五", certificate_no="4401001234")
    system = Work(national, system_person(440100, "02"))
    with system.transaction():
        incident = jobs.open_incident(
            system, agency_id=440100, category="02", instance_id=None, job_id=None, subject_id=None, kind="action",
            cause="文书服务没有应答,已重试 5 次", remedy="请检查 LibreOffice 后重试",
        )  # fmt: skip
    return {"practitioner": made["id"], "incident": str(incident)}


def test_the_drawer_shows_each_person_the_pages_of_his_roles(officer, stocked):
    one, admin = officer("officer_1"), officer("security_admin_1", phone=True)
    one.come_back()
    one.page.goto("/cases")
    one.page.click("[data-act=menu]")
    drawer = one.page.locator("nav.menu")
    expect(drawer).to_contain_text("监管对象")
    expect(drawer).not_to_contain_text("题库")
    expect(drawer).not_to_contain_text("审计记录")
    assert serious(one.page, "drawer") == []
    one.shot("drawer")
    drawer.get_by_text("违法行为事项").click()
    one.page.wait_for_url("**/law/items")
    admin.come_back()
    admin.page.goto("/people")
    settled(admin.page)
    admin.page.locator("[data-act=menu]").tap()
    expect(admin.page.locator("nav.menu a")).to_have_count(4)
    admin.shot("phone-drawer")


def test_an_object_is_found_opened_and_a_new_one_entered_with_what_is_wrong_beside_its_field(officer, stocked):
    one = officer("officer_1")
    one.come_back()
    page = one.page
    page.goto("/objects")
    page.select_option("select[name=by]", "practitioner")
    page.fill("input[name=term]", "王五")
    page.keyboard.press("Enter")
    expect(page.locator("main tbody tr")).to_have_count(1)
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator(":focus")).to_have_text("王*")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/objects/practitioners/{stocked['practitioner']}")
    expect(page.locator(".facts")).to_contain_text("4401001234")
    one.shot("object", full=True)
    page.go_back()
    page.click("[data-act=vehicle]")
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="plate"] .fault')).to_contain_text("请填写")
    page.select_option("#ask-category", "02")
    page.fill("#ask-plate", "甲")
    page.select_option("#ask-plate_color", "2")
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="plate"] .fault')).to_be_visible()
    expect(page.locator("#ask-plate")).to_have_value("甲")
    assert serious(page, "dialog") == []
    one.shot("dialog-fault")
    page.fill("#ask-plate", "粤B66666")
    page.click("[data-act=confirm]")
    expect(page.locator(".news")).to_contain_text("登记车辆")


def test_discretion_is_tried_out_with_every_reason(officer, stocked):
    one = officer("officer_1")
    one.come_back()
    page = one.page
    page.goto("/law/items/L080001")
    page.fill("input[name=act_date]", "2026-03-02")
    page.keyboard.press("Enter")
    page.fill("input[name=fact-0]", "违法所得")
    page.fill("input[name=value-0]", "20000")
    page.click("[data-act=discretion]")
    expect(page.locator("[data-part=finding]")).to_contain_text("须以本省公布的裁量基准替换")
    one.shot("discretion", full=True)


def test_an_operator_skips_an_incident_with_a_reason_and_it_is_gone(officer, stocked):
    one = officer("operator_1")
    one.come_back()
    page = one.page
    page.goto("/incidents")
    row = page.locator(f"[data-row='{stocked['incident']}']")
    expect(row).to_contain_text("LibreOffice")
    row.locator("[data-act=skip]").click()
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="reason"] .fault')).to_be_visible()
    page.fill("#ask-reason", "文书已另行制作")
    page.click("[data-act=confirm]")
    expect(page.locator(".empty")).to_contain_text("没有未处理的异常")


def test_who_comes_in_stands_before_the_first_page_that_he_may_see(officer, stocked):
    for login, first in (("officer_1", "/inbox"), ("audit_admin_1", "/audits"), ("security_admin_1", "/people")):
        one = officer(login)
        one.come_back()
        one.page.goto("/")
        one.page.wait_for_url(f"**{first}")
        settled(one.page)
        expect(one.page.locator("main [role=alert]")).to_have_count(0)


def test_the_security_administrator_gives_a_role_that_the_system_administrator_may_not(officer, stocked, person):
    target = person("officer_2").id
    keeper = officer("system_admin_1")
    keeper.come_back()
    keeper.page.goto("/")
    keeper.page.wait_for_url("**/people")  # his daily work, not the cases
    keeper.page.goto(f"/people/{target}")
    settled(keeper.page)
    expect(keeper.page.locator("[data-act=shut-account]")).to_be_visible()
    expect(keeper.page.locator("[data-act=grant]")).to_have_count(0)
    body = {"role": "legal", "agency_id": 440100, "categories": ["01"], "reason": "x"}
    csrf = keeper.context.request.get("/api/staff/session").json()["csrf"]
    refused = keeper.context.request.post(
        f"/api/staff/people/{target}/grants", data=body, headers={"X-CSRF-Token": csrf}
    )
    assert (refused.status, "没有“授予、撤销岗位”的权限" in refused.text()) == (403, True)
    one = officer("security_admin_1")
    one.come_back()
    page = one.page
    page.goto(f"/people/{target}")
    settled(page)
    expect(page.locator("[data-act=shut-account]")).to_have_count(0)
    page.click("[data-act=grant]")
    page.select_option("#ask-role", "system_admin")
    page.select_option("#ask-agency_id", "440100")
    page.locator('[data-ask="categories"] label', has_text="公路路政").click()
    page.fill("#ask-reason", "任职通知〔2026〕1号")
    page.click("[data-act=confirm]")
    expect(page.locator(".act-dialog .refusal")).to_contain_text("不得由一人兼任")
    one.shot("role-refused")
    page.select_option("#ask-role", "legal")
    page.click("[data-act=confirm]")
    expect(page.locator("[data-part=grants]")).to_contain_text("法制审核人员")
    expect(page.locator(".facts")).to_contain_text("在岗")
    assert serious(page, "person") == []
    one.shot("person", full=True)


def test_a_county_is_added_below_its_city(officer, stocked):
    one = officer("system_admin_1")
    one.come_back()
    page = one.page
    page.goto("/agencies")
    settled(page)
    page.click("[data-act=agency]")
    page.select_option("#ask-parent_id", "440100")
    page.select_option("#ask-level", "county")
    page.fill("#ask-code", "330111")
    page.fill("#ask-name", "广州市白云区交通运输综合行政执法大队")
    page.fill("#ask-short", "穗云交")
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="code"] .fault')).to_contain_text("前两位")
    page.fill("#ask-code", "440111")
    page.click("[data-act=confirm]")
    expect(page.locator("[data-row='440111']")).to_contain_text("白云区")
    one.shot("agency-added", full=True)
