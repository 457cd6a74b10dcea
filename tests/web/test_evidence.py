"""Evidence at the browser: a film in pieces that is paused, survives a reload and is whole in the end; gallery and what is missing."""

import hashlib
import os

import pytest
from PIL import Image
from playwright.sync_api import expect

import engine
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from registers import account


@pytest.fixture
def case_id(national, clock):
    path = "processes/national/case_ordinary/stories/paid_in_time.yaml"
    story = stories.read(path, (ROOT / path).read_bytes(), {})
    clock.set(story.start.at)
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    return engine.start(work, "case_ordinary", dict(story.start.facts), agency_id=440100, category="01")["case_id"]


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "执法记录仪.mp4"
    path.write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + os.urandom(30 << 20))
    return path


def open_panel(one, case_id):
    one.page.goto(f"/cases/{case_id}")
    one.page.locator(".el-tabs__item", has_text="证据").click()


def test_a_film_is_paused_survives_a_reload_and_arrives_whole(case_id, film, officer, clock, national):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_back()
    open_panel(one, case_id)
    held = []

    def let_two_through(route):
        held.append(route.request.url)
        if len(held) > 2:  # the line is too slow to end before somebody presses the button
            return
        route.continue_()

    one.page.route("**/api/staff/uploads/*?offset=*", let_two_through)
    one.page.fill(".right .upload label:has-text('见证人') input", "王五")
    one.page.set_input_files(".right [data-act=upload]", str(film))
    expect(one.page.locator("[data-upload=going]")).to_contain_text("53%")
    one.page.click("[data-act=pause]")
    expect(one.page.locator("[data-upload=paused]")).to_contain_text("已暂停,传了 53%")
    one.shot("evidence-paused")
    one.page.unroute("**/api/staff/uploads/*?offset=*")
    one.page.reload()
    one.page.locator(".el-tabs__item", has_text="证据").click()
    left = one.page.locator("[data-upload=left]")
    expect(left).to_contain_text("已传 53%")
    other = film.with_name("other.mp4")
    other.write_bytes(bytes(film.stat().st_size))
    one.page.set_input_files("[data-act=goon]", str(other))
    expect(one.page.locator("body")).to_contain_text("不是同一个文件")
    one.shot("evidence-left")
    one.page.set_input_files("[data-act=goon]", str(film))
    expect(one.page.locator(".evidence.gallery")).to_contain_text("执法记录仪.mp4")
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    with work.transaction():
        [row] = work.rows("select sha256, witnesses from evidence")
    assert bytes(row["sha256"]) == hashlib.sha256(film.read_bytes()).digest()
    assert row["witnesses"] == ["王五"]


def test_photos_stand_in_a_gallery_with_custody_and_what_is_missing_beside(case_id, officer, clock, national, tmp_path):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_back()
    open_panel(one, case_id)
    for name, shade in (("车头.jpg", 90), ("车尾.jpg", 200)):
        Image.new("RGB", (1200, 900), (shade, 120, 60)).save(tmp_path / name, "JPEG")
    demands = one.page.locator("[data-part=demands]")
    expect(demands).to_contain_text("还缺")
    before = demands.locator(".lacking").count()
    one.page.set_input_files(".right [data-act=upload]", [str(tmp_path / "车头.jpg"), str(tmp_path / "车尾.jpg")])
    expect(one.page.locator(".upload [data-upload=done]")).to_have_count(2)
    engine.sweep(national)
    open_panel(one, case_id)
    expect(one.page.locator(".evidence .thumbnail")).to_have_count(2)
    expect(demands.locator(".proved").first).to_contain_text("已有:车")
    assert demands.locator(".lacking").count() < before
    one.page.locator(".evidence.gallery button").first.click()
    one.page.locator("[data-part=custody] summary").click()
    expect(one.page.locator("[data-part=custody]")).to_contain_text("接收 ")
    one.shot("evidence-custody")
    one.page.keyboard.press("Escape")
    one.shot("evidence-gallery")


def test_a_colleague_sees_personal_data_after_saying_why(case_id, officer, clock):
    one = officer("officer_2")
    one.at(clock.at)
    one.come_back()
    one.page.goto(f"/cases/{case_id}")
    one.page.locator(".el-tabs__item", has_text="事实").click()
    expect(one.page.locator("[data-act=unmask]").first).to_be_visible()
    before = one.page.locator(".facts .tag").count()
    one.page.locator("[data-act=unmask]").first.click()
    one.page.fill(".facts form input", "核实车主")
    one.page.click(".facts form button")
    expect(one.page.locator(".facts form")).to_have_count(0)
    expect(one.page.locator("[data-act=unmask]")).to_have_count(before - 1)
    one.shot("unmasked")
