"""Parties, permits, checks, exports and experts in the browser, each act by the person who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

import engine
from kernel.ids import uuid7
from kernel.work import Work, system_person
from registers import case, document, party
from tests.web.looking import both_ways, heard, serious, settled

PLACE = {"agency_id": 440100, "category": "01"}


@pytest.fixture
def carrier(national):
    """A carrier with a case and a signed paper, entered a second time with the same name and phone; ids by what they are."""
    work = Work(national, system_person(440100, "01"))
    firm = {**PLACE, "party_type": "organization", "name": "粤运物流有限公司", "phone": "02083331234"}
    with work.transaction():
        kept = party.find_or_insert(work, **firm, uscc="91440101MA59K2T895", address="广州市天河区一路1号")
        twin = party.find_or_insert(work, **firm)
        man = party.find_or_insert(
            work, **PLACE, party_type="person", name="王大锤", id_number="440102201203071215", phone="13800138000"
        )
        case_id = uuid7()
        case.insert(work, id=case_id, **PLACE, procedure_type="ordinary", case_status="filed", facts={})
        work.execute("update enforcement_case set party_id = %s where id = %s", (kept, case_id))
        paper = document.make(
            work, agency_id=440100, category="01", case_id=case_id, kind="E09", name="送达地址确认书", number=None,
            step="x", template_hash="x", release="x", context={},
        )  # fmt: skip
        document.issue(work, paper, national.files.put(b"docx"), None)
    return {"kept": str(kept), "twin": str(twin), "man": str(man), "case": str(case_id), "paper": str(paper)}


def seated(officer, clock, login, **how):
    one = officer(login, **how)
    one.at(clock.at)
    one.come_back()
    return one


def confirmed(page):
    page.click("[data-act=confirm]")
    expect(page.locator(".act-dialog")).to_have_count(0)


def day(page, field, text):
    page.fill(f"#ask-{field}", text)
    page.locator(f"#ask-{field}").press("Enter")


def test_an_address_of_service_is_confirmed_with_its_paper_and_an_agent_named(carrier, officer, clock):
    one = seated(officer, clock, "officer_1")
    page = one.page
    found = both_ways(one, "/parties?by=name&term=粤运物流有限公司", "parties")
    found += both_ways(one, "/parties?by=name&term=没有的名字", "parties-nothing")
    found += both_ways(one, "/parties", "parties-idle")
    page.goto("/parties?by=name&term=粤运物流有限公司")
    settled(page)
    page.locator("main tbody tr a").first.click()
    page.wait_for_url("**/objects/parties/*")
    page.goto(f"/objects/parties/{carrier['kept']}")
    page.wait_for_selector("[data-part=addresses]")
    expect(page.locator("[data-part=addresses]")).to_contain_text("还没有确认过送达地址")
    page.click("[data-act=address]")
    page.fill("#ask-receiver", "李经理")
    page.fill("#ask-post_address", "广州市天河区一路1号 510000")
    page.check("#ask-electronic")
    day(page, "valid_from", "2026-03-01")
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="mobile"] .fault')).to_contain_text("同意电子送达的")
    page.fill("#ask-mobile", "13800138000")
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="document_id"] .fault')).to_contain_text("请选择来源")
    assert serious(page, "address") == []
    one.shot("party-address")
    page.select_option("#ask-document_id", carrier["paper"])
    confirmed(page)
    expect(page.locator("[data-part=addresses]")).to_contain_text("138****8000")
    page.click("[data-act=agent]")
    page.fill("#ask-name", "陈律师")
    page.fill("#ask-relation", "委托代理人")
    page.fill("#ask-scope", "陈述、申辩,代收文书")
    day(page, "valid_from", "2026-03-01")
    page.select_option("#ask-document_id", carrier["paper"])
    confirmed(page)
    expect(page.locator("[data-part=agents]")).to_contain_text("代收文书")
    page.locator("[data-part=agents] [data-act=end]").click()
    page.fill("#ask-reason", "解除委托")
    confirmed(page)
    expect(page.locator("[data-part=agents]")).to_contain_text("解除委托")
    found += both_ways(one, f"/objects/parties/{carrier['kept']}", "party")
    assert found == []


def test_a_minor_is_marked_and_a_number_is_seen_in_clear_for_a_reason_only(carrier, officer, clock, national):
    one = seated(officer, clock, "officer_1")
    page = one.page
    page.goto(f"/objects/parties/{carrier['man']}")
    page.wait_for_selector("[data-part=clear]")
    expect(page.locator("main")).to_contain_text("未达处罚年龄")
    expect(page.locator("main")).not_to_contain_text("440102201203071215")
    page.click("[data-act=unmask]")
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="reason"] .fault')).to_be_visible()
    page.fill("#ask-reason", "核对身份")
    confirmed(page)
    expect(page.locator("[data-part=clear]")).to_contain_text("440102201203071215")
    assert serious(page, "in clear") == []
    one.shot("party-clear", full=True)
    work = Work(national, system_person(440100, "01"))
    with work.transaction():
        [kept] = work.rows("select subject_kind, reason from unmasking")
    assert kept == {"subject_kind": "party", "reason": "核对身份"}


def test_a_duplicate_is_merged_after_a_look_at_what_becomes_of_both_and_split_again(carrier, officer, clock):
    one = seated(officer, clock, "unit_head_1")
    page = one.page
    page.goto(f"/objects/parties/{carrier['kept']}")
    duplicates = page.locator("[data-part=duplicates]")
    expect(duplicates).to_contain_text("名称和电话相同")
    duplicates.locator("[data-act=merge]").click()
    expect(page.locator(".act-dialog .before li")).to_have_count(4)
    page.fill("#ask-reason", "同一单位,重复登记")
    assert serious(page, "merge") == []
    one.shot("party-merge")
    confirmed(page)
    expect(duplicates).to_have_count(0)
    merges = page.locator("[data-part=merges]")
    expect(merges).to_contain_text("同一单位")
    page.goto(f"/objects/parties/{carrier['twin']}")
    expect(page.locator("main")).to_contain_text("已并入另一条登记")
    page.goto(f"/objects/parties/{carrier['kept']}")
    merges.locator("[data-act=undo-merge]").click()
    page.fill("#ask-reason", "查明为两家")
    confirmed(page)
    expect(merges).to_contain_text("查明为两家")
    expect(duplicates).to_be_visible()
    one.shot("party-split", full=True)


def test_a_permit_is_entered_and_checked_with_time_and_source_as_evidence_of_the_case(
    carrier, officer, clock, national, person
):
    clerk = Work(national, person("officer_1"))
    made = engine.register_vehicle(clerk, **PLACE, plate="粤A12345", plate_color="2", transport_permit="440100001234")
    one = seated(officer, clock, "officer_1")
    page = one.page
    with heard(page) as errors:
        page.goto(f"/objects/vehicles/{made['id']}")
        settled(page)
        page.click("[data-act=permit]")
        page.select_option("#ask-kind", "oversize")
        page.fill("#ask-permit_no", "粤超2026001")
        day(page, "valid_until", "2026-03-01")
        page.fill("#ask-source", "许可证原件")
        confirmed(page)
        expect(page.locator("[data-part=permits]")).to_contain_text("过期")
        one.shot("object-permits", full=True)
        page.click("main [data-act=check]")
        page.wait_for_url("**/checks?*")
        found = both_ways(
            one, f"/checks?kind=vehicle&number=粤A12345&color=2&category=01&case={carrier['case']}", "check"
        )
        page.fill("input[name=number]", "")
        page.click("form [data-act=check]")
        expect(page.locator("form .fault")).to_be_visible()
        page.fill("input[name=number]", "粤A12345")
        page.click("form [data-act=check]")
        page.wait_for_url("**/checks/*-*")
        settled(page)
        expect(page.locator("[data-part=permits]")).to_contain_text("过期")
        expect(page.locator("[data-part=proof]")).to_contain_text("没有改动")
        expect(page.locator("main")).to_contain_text("已作为证据入卷")
        expect(page.locator(".facts")).to_contain_text("监管对象登记簿")
        found += both_ways(one, page.url.split("?")[0].removeprefix(one.base), "check-found")
        page.goto("/checks?kind=vehicle&number=粤B99999&color=2&category=01")
        page.click("form [data-act=check]")
        page.wait_for_url("**/checks/*-*")
        expect(page.locator("[data-part=not-found]")).to_contain_text("不等于没有许可")
        one.shot("check-not-found", full=True)
    assert (found, errors) == ([], [])
    with clerk.transaction():
        [kept] = clerk.rows("select name from evidence where case_id = %s", (carrier["case"],))
    assert kept["name"].startswith("查验记录-粤A12345")


def test_a_list_of_cases_leaves_after_another_approved_it_with_a_watermark_and_for_a_week(carrier, officer, clock):
    asker, head = seated(officer, clock, "unit_head_1"), seated(officer, clock, "head_1")
    page = asker.page
    found = both_ways(asker, "/exports", "exports-nothing")
    page.goto("/exports")
    settled(page)
    page.click("[data-act=export]")
    page.select_option("#ask-category", "01")
    day(page, "since", "2026-03-01")
    day(page, "until", "2026-02-01")
    page.fill("#ask-purpose", "年度案卷评查")
    page.click("[data-act=confirm]")
    expect(page.locator('[data-ask="until"] .fault')).to_contain_text("截止日期")
    day(page, "until", "2026-03-31")
    asker.shot("export-ask")
    confirmed(page)
    expect(page.locator("main tbody")).to_contain_text("待批准")
    expect(page.locator("[data-act=approve-export]")).to_have_count(0)
    head.page.goto("/exports")
    settled(head.page)
    head.page.click("[data-act=approve-export]")
    head.page.fill("#ask-decision", "同意,用于评查")
    confirmed(head.page)
    expect(head.page.locator("[data-act=xlsx]")).to_have_count(0)
    page.reload()
    settled(page)
    with page.expect_download() as saved:
        page.click("[data-act=csv]")
    text = saved.value.path().read_text(encoding="utf-8-sig")
    assert "年度案卷评查" in text.splitlines()[0]
    found += both_ways(asker, "/exports", "exports")
    clock.move(timedelta(days=8))
    asker.at(clock.at)
    asker.come_back()
    page.goto("/exports")
    settled(page)
    expect(page.locator("main tbody")).to_contain_text("批准已过期")
    expect(page.locator("[data-act=csv]")).to_have_count(0)
    assert found == []


def test_experts_are_entered_and_found_by_their_field(carrier, officer, clock, national, person):
    head = Work(national, person("unit_head_1"))
    engine.add_expert(head, **PLACE, name="周工", organisation="省质检院", field="桥梁检测")
    one = seated(officer, clock, "unit_head_1")
    page = one.page
    page.goto("/inspections/experts")
    settled(page)
    page.click("[data-act=expert]")
    page.select_option("#ask-category", "01")
    page.fill("#ask-name", "吴工")
    page.fill("#ask-organisation", "华南理工大学")
    page.fill("#ask-field", "危险货物运输")
    confirmed(page)
    expect(page.locator("main tbody tr")).to_have_count(2)
    found = both_ways(one, "/inspections/experts", "experts")
    page.goto("/inspections/experts?term=危险")
    settled(page)
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody")).to_contain_text("吴工")
    page.goto("/inspections/experts?term=%25")
    settled(page)
    expect(page.locator(".empty")).to_be_visible()
    assert found == []
