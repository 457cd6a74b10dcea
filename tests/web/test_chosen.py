"""What a register knows is chosen, not typed; where the act was is what the phone says."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kernel.work import Work
from registers import account, party, vehicle
from tests.web.looking import serious

HERE = {"agency_id": 440100, "category": "01"}
USCC = "91440101MA59K2T895"


@pytest.fixture
def known(national):
    """A haulier and its vehicle in the register of the agency; who reads in it."""
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    with work.transaction():
        haulier = party.find_or_insert(
            work, **HERE, party_type="organization", name="广州粤运物流有限公司", uscc=USCC, phone="02081234567", address="广州市白云区机场路 1 号",
        )  # fmt: skip
        lorry = vehicle.find_or_insert(work, **HERE, plate="粤A12345", plate_color="2", transport_permit="440100001")
    return work, str(haulier), str(lorry)


def at_start(officer, process, **how):
    one = officer("officer_1", **how)
    one.come_back()
    one.page.goto(f"/start/{process}")
    one.page.wait_for_selector(".form")
    one.judged()
    return one


def value(one, element):
    return one.page.locator(f'[data-field="{element}"] input').first.input_value()


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_party_and_a_vehicle_of_the_register_fill_the_filing_form_and_can_be_corrected(officer, known, phone):
    work, haulier, lorry = known
    one = at_start(officer, "case_ordinary", phone=phone)
    page = one.page
    one.fill(
        {"violation_code": "L010006", "registered_party": "广州粤运物流有限公司", "registered_vehicle": "粤A12345"}
    )
    expect(page.locator('[data-field="org_name"] input')).to_have_value("广州粤运物流有限公司")
    assert [value(one, key) for key in ("org_uscc", "org_address", "org_phone")] == [
        USCC,
        "广州市白云区机场路 1 号",
        "02081234567",
    ]
    assert [value(one, key) for key in ("plate_no", "transport_permit")] == ["粤A12345", "440100001"]
    expect(page.locator('[data-field="plate_color"]')).to_contain_text("黄")
    page.fill('[data-field="org_phone"] input', "02087654321")
    one.judged()
    one.fits()
    page.locator('[data-field="registered_party"]').scroll_into_view_if_needed()
    one.shot("phone-chosen" if phone else "chosen")
    assert serious(page, "chosen") == []
    with work.transaction():
        seen = work.rows("select subject_kind, reason from unmasking where subject_id = %s", (haulier,))
    assert [(row["subject_kind"], row["reason"]) for row in seen] == [("party", "填写表单:受理案件线索")]
    assert lorry


def test_nothing_found_says_so_and_what_is_typed_counts(officer, known):
    one = at_start(officer, "case_ordinary")
    row = one.page.locator('[data-field="registered_party"]')
    row.locator("input").fill("没有登记过的公司")
    row.locator("[data-act=look-up]").click()
    expect(row.locator("[role=status]")).to_contain_text("登记簿中没有")
    one.fill({"party_type": "organization", "org_name": "没有登记过的公司"})
    assert value(one, "org_name") == "没有登记过的公司"


def test_what_is_inspected_is_chosen_and_no_number_is_typed(officer, known):
    _, haulier, _ = known
    one = at_start(officer, "inspection")
    one.fill({"registered_party": "广州粤运物流有限公司"})
    expect(one.page.locator('[data-field="inspected_object_name"] input')).to_have_value("广州粤运物流有限公司")
    assert value(one, "inspected_object_id") == haulier


def test_the_phone_says_where_it_is(officer, known):
    one = officer("officer_1", phone=True)
    one.context.grant_permissions(["geolocation"])
    one.context.set_geolocation({"longitude": 113.264385, "latitude": 23.129112})
    one.come_back()
    one.page.goto("/start/case_summary")
    one.page.wait_for_selector(".form")
    one.judged()
    row = one.page.locator('[data-field="violation_location"]')
    row.locator("[data-act=locate]").tap()
    expect(row.locator("input").first).to_have_value("113.264385")
    expect(row.locator("input").nth(1)).to_have_value("23.129112")
    one.fits()
    row.scroll_into_view_if_needed()
    one.shot("phone-location")
