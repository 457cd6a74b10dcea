"""Every dialog and drawer on a phone: it fits, its buttons are within reach, the focus stays in it and goes back, Escape closes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import engine
from engine import stories
from engine.alerts import raise_alert
from kernel.settings import ROOT
from kernel.work import Work, system_person
from tests.web.looking import serious

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"
OPEN = ".el-dialog:visible, .el-drawer:visible"
_WIDE = """() => [...document.querySelectorAll('.el-dialog, .el-drawer, .el-dialog__body, .el-drawer__body')]
  .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1).map((one) => `${one.className} ${one.scrollWidth}>${one.clientWidth}`)"""
# What slides in stands, at the last picture and at this one.
_STANDS = """() => { const one = [...document.querySelectorAll('.el-dialog, .el-drawer')].filter((e) => e.offsetParent).at(-1)
  const was = window.__stood; window.__stood = JSON.stringify(one?.getBoundingClientRect())
  return one && was === window.__stood && document.getAnimations().every((a) => a.playState !== 'running') }"""
_INSIDE = "() => !!document.activeElement?.closest('.el-dialog, .el-drawer')"


@pytest.fixture
def case(national, clock, person):
    """A case whose filing form waits in an officer's name, with an alert: (case, task)."""
    story = stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())
    clock.set(story.start.at)
    work = Work(national, person("officer_1"))
    begun = engine.start(work, "case_ordinary", dict(story.start.facts), agency_id=440100, category="01")
    task = str(begun["tasks"][0]["id"])
    engine.claim(work, task)
    system = Work(national, system_person(440100, "01"))
    with system.transaction():
        raise_alert(
            system, {"agency_id": 440100, "category": "01"}, begun["case_id"], "T", severity="high", message="将到期"
        )
    return str(begun["case_id"]), task


ROOM = "/cases/{}/tasks/{}"
DIALOGS = {
    "log-ins": ("officer_1", "/inbox", ["[data-act=who]", "[data-act=logins]"]),
    "menu": ("officer_1", "/inbox", ["[data-act=menu]"]),
    "law": ("officer_1", ROOM, ["[data-act=law]"]),
    "hand-over": ("officer_1", ROOM, [".acts [data-act=actions]", "[data-action=hand_over]"]),
    "return-to-unit": ("officer_1", ROOM, [".acts [data-act=actions]", "[data-action=release]"]),
    "bulk": ("officer_1", "/inbox", ["[data-task] input[type=checkbox]", "[data-act=bulk-hand]"]),
    "keep": ("officer_1", "/inbox?term=粤AB8", ["[data-act=keep]"]),
    "answer-alert": ("unit_head_1", "/alerts", [".alertcard button"]),
    "export": ("unit_head_1", "/exports", ["[data-act=export]"]),
    "export-clues": ("unit_head_1", "/clues", ["[data-act=export]"]),
    "party": ("officer_1", "/parties", ["[data-act=party]"]),
    "expert": ("unit_head_1", "/inspections/experts", ["[data-act=expert]"]),
    "officer": ("system_admin_1", "/people", [".headline .el-button"]),
}


@pytest.mark.parametrize("name", list(DIALOGS))
def test_a_dialog_on_a_phone_fits_keeps_the_focus_and_gives_it_back(name, case, officer, clock):
    login, path, openers = DIALOGS[name]
    one = officer(login, phone=True)
    one.at(clock.at)
    one.come_back()
    page = one.page
    page.goto(path.format(*case))
    page.wait_for_selector("main h1")
    for opener in openers[:-1]:
        page.locator(opener).first.click()
    last = page.locator(openers[-1]).first
    expect(last).to_be_visible()
    last.focus()
    page.keyboard.press("Enter")
    box = page.locator(OPEN).last
    expect(box).to_be_visible()
    page.wait_for_function(_INSIDE)
    page.wait_for_function(_STANDS)
    one.shot(f"phone-dialog-{name}")
    assert page.evaluate(_WIDE) == []
    one.fits()
    assert serious(page, name) == []
    for button in box.locator("footer button").all():
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=0.95)
        place = button.bounding_box()
        assert place is not None
        assert place["height"] >= 40, name
    for _ in range(25):  # round and round within it
        page.keyboard.press("Tab")
        assert page.evaluate(_INSIDE), f"{name}: the focus left the dialog"
    page.keyboard.press("Escape")
    expect(page.locator(OPEN)).to_have_count(0)
    page.wait_for_function("() => document.activeElement && document.activeElement !== document.body")
