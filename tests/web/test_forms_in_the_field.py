"""Forms where they are filled in: the paper beside the form before it is issued, a signature by finger, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import engine
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from registers import account
from tests.web.browsing import PHONE, aside
from tests.web.looking import serious

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"


@pytest.fixture
def at(national, clock):
    """A case of the ordinary procedure that waits for this step: its id, the task's, what the story fills in, its people."""
    story = stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())

    def person(login):
        return account.person_of_login(Work(national, account.STRANGER), login)

    def wait_for(step):
        place = next(n for n, line in enumerate(story.steps) if line.step == step)
        short = type(story)(**{**vars(story), "steps": story.steps[:place], "expect": type(story.expect)()})
        played = aside(lambda: engine.Player(national, clock, person).play("case_ordinary", short))
        assert not played.faults, played.faults
        work = Work(national, person(story.steps[place].by))
        with work.transaction():
            [task] = work.rows(
                "select id from work_item where subject_id = %s and element = %s and status = 'open'",
                (played.case_id, step),
            )
        engine.claim(work, str(task["id"]))
        return played.case_id, str(task["id"]), story.steps[place].answers

    return wait_for


def papers(national, case_id):
    """The papers of a case and their numbers, and how many numbers were taken."""
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    with work.transaction():
        made = work.rows("select kind, number from document where case_id = %s order by id", (case_id,))
        return made, work.rows("select count(*) as n from number_taken")


def officers(national):
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    with work.transaction():
        rows = work.rows(
            "select o.id, o.name from officer o join account a on a.officer_id = o.id where a.login in ('officer_1', 'officer_2')"
        )
        return {str(row["id"]): row["name"] for row in rows}


def seated(officer, clock, login, **how):
    one = officer(login, **how)
    one.at(clock.at)
    one.come_back()
    return one


def test_the_paper_stands_beside_the_form_with_what_is_missing_marked_and_follows_what_is_typed(
    at, officer, clock, national
):
    case_id, task_id, answers = at("record_scene")
    before = papers(national, case_id)
    one = seated(officer, clock, "officer_1")
    page = one.page
    page.goto(f"/cases/{case_id}/tasks/{task_id}")
    page.click("[data-act=preview]")
    sheet = page.locator("[data-part=paper-draft] .draftsheet")
    expect(page.locator(".draftsheet[data-state=ready]")).to_be_visible()
    expect(sheet.locator("[data-open]").first).to_contain_text("待填")
    page.locator("[data-part=paper-draft] summary").click()
    expect(page.locator("[data-part=paper-draft] details li").first).to_be_visible()
    assert serious(page, "draft") == []
    one.shot("paper-draft")
    one.names = officers(national)
    one.fill({**answers, "officers": list(one.names)})
    expect(sheet).to_contain_text("经检定合格的称重设备")
    expect(sheet.locator("[data-open]")).to_have_count(0)
    one.shot("paper-draft-typed", full=True)
    assert papers(national, case_id) == before


def test_who_is_chosen_shows_his_unit_and_that_his_certificate_no_longer_holds(at, officer, clock):
    case_id, task_id, _ = at("record_scene")
    one = seated(officer, clock, "officer_1")
    page = one.page
    page.goto(f"/cases/{case_id}/tasks/{task_id}")
    page.locator(".field", has=page.locator("[id$=officers]")).first.locator(".el-select__wrapper").click()
    options = page.locator(".el-select-dropdown__item:visible")
    holds, lapsed = (options.filter(has_text=text).first for text in ("证件有效", "证件已过期"))
    expect(holds).to_contain_text("广州市")
    expect(lapsed.locator(".bad")).to_have_text("证件已过期")
    one.shot("officer-options")


def test_nobody_else_sees_the_draft_and_no_paper_of_another_step(at, officer, clock):
    _, task_id, _ = at("record_scene")
    mine, other = seated(officer, clock, "officer_1"), seated(officer, clock, "officer_2")

    def asked(one, paper):
        token = one.context.request.get("/api/staff/session").json()["csrf"]
        path = f"/api/staff/tasks/{task_id}/papers/{paper}/draft"
        return one.context.request.post(path, data={"answers": {}}, headers={"X-CSRF-Token": token})

    code = mine.context.request.get(f"/api/staff/tasks/{task_id}").json()["papers"][0]
    assert asked(mine, code).status == 200
    assert asked(mine, "Z99").status == 409
    refused = asked(other, code)
    assert (refused.status, "已由他人签收" in refused.text()) == (409, True)


def test_a_party_signs_with_a_finger_on_a_phone_and_the_picture_is_evidence(at, officer, clock, national):
    case_id, task_id, _ = at("record_scene")
    one = seated(officer, clock, "officer_1", phone=True)
    page = one.page
    page.goto(f"/cases/{case_id}/tasks/{task_id}")
    field = page.locator('[data-field="scene_person_signature"]')
    field.scroll_into_view_if_needed()
    button = field.locator("button").first
    expect(button).to_be_disabled()
    field.locator("input").fill("陈志强")
    button.tap()
    canvas = page.locator("canvas.signature")
    expect(canvas).to_be_visible()
    keep = page.locator("[data-act=keep-signature]")
    expect(keep).to_be_disabled()
    box = canvas.bounding_box()
    assert box is not None
    drawn = """(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((x) => x !== 0)"""
    touch = """(canvas, points) => points.forEach(([x, y], n) => {
      const type = n === 0 ? 'pointerdown' : n === points.length - 1 ? 'pointerup' : 'pointermove'
      const at = canvas.getBoundingClientRect()
      canvas.dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: 'touch', pointerId: 1, isPrimary: true,
        buttons: type === 'pointerup' ? 0 : 1, clientX: at.left + x, clientY: at.top + y }))
    })"""
    stroke = [[20 + 8 * n, 60 + (n % 5) * 12] for n in range(20)]
    page.evaluate("() => { HTMLCanvasElement.prototype.setPointerCapture = () => {} }")
    canvas.evaluate(touch, stroke)
    expect(keep).to_be_enabled()
    assert canvas.evaluate(drawn)
    one.shot("phone-signature")
    page.locator("[data-act=clear-signature]").tap()
    expect(keep).to_be_disabled()
    assert not canvas.evaluate(drawn)
    canvas.evaluate(touch, stroke)
    keep.tap()
    expect(field.locator(".tag")).to_have_text("已手写")
    expect(canvas).to_be_hidden()  # while it goes away it lies over the form
    one.fits()
    assert serious(page, "phone-signed") == []
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    with work.transaction():
        names = {
            row["name"]: row["place"]
            for row in work.rows(
                "select name, facts ->> 'signature' as place from evidence where case_id = %s", (case_id,)
            )
        }
        [beside] = work.rows(
            "select id from work_item where subject_id = %s and element = 'collect_evidence' and status = 'open'",
            (case_id,),
        )
    assert names["现场人员签名(陈志强).png"] == "现场人员签名"
    one.open_task(case_id, str(beside["id"]))  # photos are sent in from the field as well
    expect(page.locator(".form [data-act=upload]")).to_be_attached()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], "the window of a phone grows with what is too wide for it"
