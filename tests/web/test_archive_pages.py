"""Dossiers in the browser: found, checked, asked for, granted, read, lent and late, put on a list that two others approve."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from psycopg.types.json import Jsonb

import engine
from content import load
from engine import release_store, runner
from kernel.settings import ROOT
from kernel.work import Work, system_person
from registers import account
from tests.dossier.conftest import Archive
from tests.web.browsing import aside, picture
from tests.web.looking import both_ways, heard, serious, settled


@pytest.fixture
def archive(national, clock):
    """An archive of the demo's city whose dossiers are sealed by the real sealing."""

    def work_as(login):
        return Work(national, account.person_of_login(Work(national, account.STRANGER), login))

    work = Work(national, system_person(440100, "01"))
    with work.transaction():
        release = release_store.current(work).hash
    return Archive(national, clock, work_as, release, load.tree(ROOT), itertools.count(1))


def sealed(archive):
    """A dossier with a main and a second volume that can be read as PDF."""
    row = aside(archive.archived)
    pdf = archive.node.files.put(archive.paper_pdf(3))
    told = {"sha256": pdf.sha256.hex(), "sm3": pdf.sm3.hex(), "size": pdf.size, "pages": 3}
    volumes = [
        {"key": "main", "name": "正卷", "outside": True, **told},
        {"key": "second", "name": "副卷", "outside": False, **told},
    ]
    work = archive.system
    with work.transaction():
        work.execute("update dossier set volumes = %s where id = %s", (Jsonb(volumes), row["id"]))
    return row


def seated(officer, clock, login, **how):
    one = officer(login, **how)
    one.at(clock.at)
    one.come_back()
    return one


def confirmed(page):
    page.click("[data-act=confirm]")
    expect(page.locator(".act-dialog")).to_have_count(0)


def test_a_dossier_is_found_checked_asked_for_granted_and_read_with_the_readers_name(archive, officer, clock):
    row = sealed(archive)
    reader, keeper = seated(officer, clock, "officer_1"), seated(officer, clock, "archivist_1")
    page = reader.page
    with heard(page) as errors:
        page.goto(f"/dossiers?no={row['archive_no']}")
        settled(page)
        expect(page.locator("main tbody tr")).to_have_count(1)
        page.locator("main tbody tr a").first.click()
        page.wait_for_url(f"**/dossiers/{row['id']}")
        settled(page)
        expect(page.locator(".facts")).to_contain_text(row["archive_no"])
        catalogue = page.locator("[data-volume=main] [data-part=catalogue]")
        expect(catalogue).to_contain_text("行政处罚决定书")
        expect(page.locator("[data-volume=second]")).to_contain_text("不在您可以查阅的范围内")
        page.click("[data-volume=main] [data-act=read]")
        expect(page.locator(".preview [role=alert]")).to_contain_text("请申请查阅并写明事由")
        page.keyboard.press("Escape")
        page.click("[data-act=ask-to-read]")
        page.locator('[data-ask="volumes"] label', has_text="正卷").click()
        page.fill("#ask-purpose", "行政复议答复")
        page.fill("#ask-days", "5")
        assert serious(page, "ask to read") == []
        confirmed(page)
        expect(page.locator("main")).to_contain_text("待审批")
    assert [e for e in errors if "409" not in e] == []

    desk = keeper.page
    with heard(desk) as errors:
        found = both_ways(keeper, "/dossiers/uses?state=asked", "dossier-uses")
        desk.goto("/dossiers/uses?state=asked")
        settled(desk)
        desk.click("[data-act=grant-use]")
        confirmed(desk)
        expect(desk.locator(".empty")).to_be_visible()
        desk.goto(f"/dossiers/{row['id']}")
        settled(desk)
        desk.click("[data-act=verify]")
        expect(desk.locator("[data-part=verified]")).to_contain_text("核验通过")
        keeper.shot("dossier", full=True)
        with desk.expect_download() as saved:
            desk.click("[data-act=package]")
        assert saved.value.path().read_bytes().startswith(b"PK")
        assert saved.value.suggested_filename.endswith(".zip")
    assert (found, errors) == ([], [])

    page.reload()
    settled(page)
    page.click("[data-volume=main] [data-act=read]")
    expect(page.locator(".preview .pages[data-state=ready] canvas")).to_have_count(3)
    reader.shot("dossier-reading")
    page.keyboard.press("Escape")
    found = both_ways(reader, "/dossiers/mine", "dossiers-mine")
    found += both_ways(reader, f"/dossiers/{row['id']}", "dossier-of-reader")
    assert found == []


def test_a_package_that_was_changed_is_said_to_be_broken_and_what_to_do(archive, officer, clock):
    row = sealed(archive)
    other = archive.node.files.put(b"PK: somebody else's file")
    work = archive.system
    with work.transaction():
        work.execute("update dossier set package_sha256 = %s where id = %s", (other.sha256, row["id"]))
    one = seated(officer, clock, "archivist_1")
    one.page.goto(f"/dossiers/{row['id']}")
    settled(one.page)
    one.page.click("[data-act=verify]")
    expect(one.page.locator("[data-part=verified]")).to_contain_text("核验不通过")
    expect(one.page.locator("[data-part=verified]")).to_contain_text("请保全现场")
    assert serious(one.page, "broken dossier") == []
    one.shot("dossier-broken", full=True)


def test_a_loan_that_is_late_is_marked_everywhere_until_it_is_back(archive, officer, clock):
    row = sealed(archive)
    keeper = seated(officer, clock, "archivist_1")
    page = keeper.page
    page.goto(f"/dossiers/{row['id']}")
    settled(page)
    page.click("[data-act=lend]")
    page.fill("#ask-purpose", "应诉")
    page.fill("#ask-days", "3")
    page.select_option("#ask-reader_id", index=1)
    confirmed(page)
    expect(page.locator(".facts")).to_contain_text("借出")
    clock.move(timedelta(days=4))
    keeper.at(clock.at)
    keeper.come_back()
    page.goto(f"/dossiers/{row['id']}")
    settled(page)
    expect(page.locator("main [role=alert]")).to_contain_text("借阅已逾期")
    keeper.shot("dossier-late", full=True)
    assert both_ways(keeper, "/dossiers/uses?overdue=1", "dossier-uses-late") == []
    expect(page.locator("main tbody tr")).to_contain_text("逾期")
    page.goto(f"/dossiers/{row['id']}")
    settled(page)
    page.click("[data-act=take-back]")
    confirmed(page)
    expect(page.locator(".timeline")).to_contain_text("逾期")
    expect(page.locator(".facts")).to_contain_text("在库")


def test_what_has_run_out_is_listed_and_destroyed_on_record_by_two_others(archive, officer, clock):
    row = sealed(archive)
    engine.set_retention(archive.work_as("archivist_1"), str(row["id"]), 10, False, "按机关保管期限表")
    clock.move(timedelta(days=366 * 11))
    keeper = seated(officer, clock, "archivist_1")
    page = keeper.page
    found = both_ways(keeper, "/dossiers?state=due", "dossiers-due")
    found += both_ways(keeper, "/disposals", "disposals-none")
    page.goto("/disposals")
    settled(page)
    page.click("[data-act=disposal-list]")
    page.select_option("#ask-kind", "destroy")
    page.fill("#ask-reason", "期满,无继续保存价值")
    page.locator('[data-ask="dossier_ids"] label').first.click()
    keeper.shot("disposal-list")
    page.click("[data-act=confirm]")
    page.wait_for_url("**/disposals/*-*")
    settled(page)
    expect(page.locator("[data-act=approve]")).to_have_count(0)
    address = page.url
    for login in ("unit_head_1", "head_1"):
        one = seated(officer, clock, login)
        one.page.goto(address)
        settled(one.page)
        one.page.click("[data-act=approve]")
        expect(one.page.locator(".act-dialog .note")).to_contain_text("不删除任何文件")
        confirmed(one.page)
    settled(one.page)
    expect(one.page.locator(".facts").first).to_contain_text("已同意")
    assert serious(one.page, "disposal") == []
    one.shot("disposal", full=True)
    found += both_ways(keeper, "/dossiers/statistics", "dossier-statistics")
    found += both_ways(keeper, "/dossiers?state=waiting", "dossiers-waiting")
    found += both_ways(keeper, "/dossiers", "dossiers")
    assert found == []


def test_another_agency_asks_by_number_and_reads_the_volume_for_outside(archive, officer, clock):
    row = sealed(archive)
    far = seated(officer, clock, "officer_sz_1")
    page = far.page
    page.goto("/dossiers/mine")
    settled(page)
    page.click("[data-act=ask-from-afar]")
    page.locator('[data-ask="agency_id"] .el-select__wrapper').click()
    page.locator('[data-ask="agency_id"] input').fill("广州市")
    page.locator(".el-select-dropdown__item:visible", has_text="广州市").first.click()
    page.fill("#ask-archive_no", row["archive_no"])
    page.fill("#ask-purpose", "同案比对")
    page.fill("#ask-days", "7")
    confirmed(page)
    expect(page.locator("[data-part=requests]")).to_contain_text("待对方审批")
    keeper = seated(officer, clock, "archivist_1")
    keeper.page.goto("/news")
    settled(keeper.page)
    expect(keeper.page.locator("main")).to_contain_text(f"申请调阅案卷 {row['archive_no']}")
    with (work := archive.work_as("archivist_1")).transaction():
        [use] = work.rows("select id from dossier_use where state = 'asked'")
    engine.decide_use(archive.work_as("archivist_1"), str(use["id"]), True, None, "同意")
    page.reload()
    settled(page)
    expect(page.locator("[data-part=remote]")).to_contain_text("同案比对")
    expect(page.locator("[data-part=requests]")).to_contain_text("已同意")
    assert both_ways(far, "/dossiers/mine", "dossiers-remote") == []
    page.click("[data-act=read-remote]")
    expect(page.locator(".preview .pages[data-state=ready] canvas")).to_have_count(3)


def test_a_late_paper_is_proposed_by_one_accepted_by_another_and_sealed_beside(archive, officer, clock, tmp_path):
    row = sealed(archive)
    keeper, head = seated(officer, clock, "archivist_1"), seated(officer, clock, "head_1")
    page = keeper.page
    page.goto(f"/dossiers/{row['id']}")
    settled(page)
    page.click("[data-act=supplement]")
    page.set_input_files("#ask-file", str(picture(tmp_path / "邮寄回执.jpg")))
    page.fill("#ask-reason", "漏装邮寄回执")
    assert serious(page, "supplement") == []
    confirmed(page)
    panel = page.locator("[data-part=supplements]")
    expect(panel).to_contain_text("待审批")
    expect(panel.locator("[data-act=accept-supplement]")).to_have_count(0)

    desk = head.page
    desk.goto("/news")
    settled(desk)
    desk.get_by_text("补充归档,请审批").first.click()
    desk.wait_for_url(f"**/dossiers/{row['id']}")
    settled(desk)
    desk.click("[data-act=refuse-supplement]")
    desk.click("[data-act=confirm]")
    expect(desk.locator(".act-dialog .fault")).to_contain_text("请填写")
    desk.keyboard.press("Escape")
    desk.click("[data-act=accept-supplement]")
    confirmed(desk)
    expect(desk.locator("[data-part=supplements]")).to_contain_text("已同意")
    clock.move(timedelta(minutes=1))
    aside(lambda: runner.sweep(archive.node))
    head.at(clock.at)
    desk.reload()
    settled(desk)
    expect(desk.locator("[data-part=parts]")).to_contain_text("漏装邮寄回执")
    head.shot("dossier-supplement", full=True)
    assert both_ways(head, f"/dossiers/{row['id']}", "dossier-supplement") == []
    with (work := archive.system).transaction():
        parts = work.rows("select part, package_sm3 from dossier where case_id = %s order by part", (row["case_id"],))
    assert [one["part"] for one in parts] == [1, 2]
    assert bytes(parts[0]["package_sm3"]) == bytes(row["package_sm3"]), "what was sealed stays as it is"
