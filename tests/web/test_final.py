"""What cannot be taken back is said before it is done, and only then done."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import engine
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work, system_person
from tests.web.browsing import aside
from tests.web.looking import serious

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"


@pytest.fixture
def story():
    return stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())


@pytest.fixture
def examined(national, clock, person, story):
    """A case whose filing waits to be approved: (case, task)."""
    short = type(story)(**{**vars(story), "steps": story.steps[:2], "expect": type(story.expect)()})
    case_id = aside(lambda: engine.Player(national, clock, person).play("case_ordinary", short)).case_id
    work = Work(national, system_person(440100, "01"))
    with work.transaction():
        row = work.one("select id, element from work_item where subject_id = %s and status = 'open'", (case_id,))
    assert row is not None
    assert row["element"] == "approve_filing"
    return str(case_id), str(row["id"])


@pytest.mark.parametrize("phone", [False, True])
def test_before_a_case_number_is_taken_it_is_said_what_happens_and_escape_does_nothing(
    examined, officer, clock, story, national, phone
):
    head = officer("head_1", phone=phone)
    head.at(clock.at)
    head.come_back()
    page = head.page
    head.open_task(*examined)
    page.click("[data-act=complete]")
    expect(page.locator(".faulty .fault").first).to_be_visible()  # what is missing comes first
    expect(page.locator("[data-act=sure]")).to_have_count(0)
    head.fill(story.steps[2].answers)
    page.click("[data-act=complete]")
    dialog = page.locator("[data-part=final]")
    expect(dialog).to_contain_text("取案号")
    expect(dialog).to_contain_text("普通程序作出处罚决定")
    assert serious(page, "final") == []
    head.fits()
    head.shot("phone-final" if phone else "final")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-act=complete]")).to_be_focused()
    work = Work(national, system_person(440100, "01"))
    with work.transaction():
        assert work.one("select status from work_item where id = %s", (examined[1],)) == {"status": "open"}
    head.complete()
    expect(page.locator("[data-part=done]")).to_be_visible()
