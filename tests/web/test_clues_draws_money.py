"""Clues, double-random draws and money in the browser, by the people whose work they are."""

from __future__ import annotations

import json
from datetime import date, timedelta

from playwright.sync_api import expect

import engine
from kernel.work import Work
from registers import draw_record
from tests.web.looking import serious, settled

HERE = {"agency_id": 440100, "category": "02"}
SHEET = """案件来源,受案时间,线索标题,线索内容,来文(来电)单位,来文编号
投诉举报,2026-03-01 09:00,货车沿途抛洒,车辆未覆盖,12328,GD-1
没有的来源,2026-03-01 10:00,超限运输,夜间绕行,,
"""


def test_a_sheet_of_clues_comes_in_and_its_wrong_line_is_named(officer, tmp_path):
    sheet = tmp_path / "线索.csv"
    sheet.write_text(SHEET, encoding="utf-8")
    one = officer("clerk_1")
    one.come_back()
    page = one.page
    page.goto("/clues")
    settled(page)
    page.click("[data-act=import-clues]")
    page.select_option("#ask-category", "02")
    page.set_input_files("#ask-file", str(sheet))
    page.locator("#ask-each").check()
    page.click("[data-act=confirm]")
    expect(page.locator("[data-part=imported]")).to_contain_text("导入 1 条")
    expect(page.locator("[data-part=imported] li")).to_contain_text("3")
    row = page.locator("main tbody tr")
    expect(row).to_contain_text("货车沿途抛洒")
    expect(row).to_contain_text("12328")
    assert serious(page, "clues") == []
    one.shot("clues-imported", full=True)
    row.get_by_text("相似线索").click()
    expect(page.locator(".empty")).to_contain_text("没有相似的线索")


def test_a_draw_is_frozen_by_one_drawn_by_another_and_its_record_repeats_it(officer, national, clock, person, tmp_path):
    head = Work(national, person("unit_head_1"))
    with head.transaction():
        head.execute(
            """insert into vehicle (id, agency_id, category, plate, plate_color, created_at)
            select gen_random_uuid(), 440100, '02', '粤A' || lpad(n::text, 5, '0'), '2', now() from generate_series(1, 40) n"""
        )
    listed = engine.put_check_list(
        head, **HERE, list_no="QD-01", name="货运车辆",
        items=[{"item": "动态监控", "standard": "在线", "basis": "动态监督管理办法"}],
    )  # fmt: skip
    values = {
        "plan_no": "穗交双随2026-01", "name": "第一季度货运车辆抽查", "kind": "random", "focus": "general", "basis": "年度计划",
        "check_list_id": listed["id"], "object_kind": "vehicle", "conditions": {}, "object_count": 5, "inspectors_each": 2,
        "experts_each": 0, "supervisors": [str(person("supervisor_1").id)], "opens_on": date(2026, 3, 2),
        "closes_on": date(2026, 3, 31),
    }  # fmt: skip
    plan = engine.plan_inspection(head, **HERE, values=values)["id"]
    one, other = officer("unit_head_1"), officer("supervisor_1")
    one.come_back()
    page = one.page
    page.goto(f"/inspections/{plan}")
    settled(page)
    page.click("[data-act=freeze]")
    page.click("[data-act=confirm]")
    page.wait_for_url("**/inspections/draws/*")
    expect(page.locator("main")).to_contain_text("尚未抽取")
    where = page.url.removeprefix(one.base)
    clock.move(timedelta(minutes=5))
    other.come_back()
    page = other.page
    page.goto(where)
    page.click("[data-act=seed]")
    page.click("[data-act=confirm]")
    expect(page.locator("[data-part=result] tbody tr")).to_have_count(5)
    expect(page.locator("[data-part=result]")).to_contain_text("粤A")
    expect(page.locator("[data-part=result]")).not_to_contain_text("officer:")
    assert serious(page, "draw") == []
    other.shot("draw", full=True)
    with page.expect_download() as saved:
        page.click("[data-act=record]")
    record = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert draw_record.verify(record).faults == ()
    page.click("[data-act=dispatch]")
    page.click("[data-act=confirm]")
    expect(page.locator("main")).to_contain_text("派发时间")
