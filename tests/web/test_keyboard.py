"""Without a mouse: to the page past the bar, into menus and dialogs and back, through a form to its end, by keys that a list names.

That the Tab key goes through every page as it reads, and shows where it is, is proven in `test_every_page`.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

import engine
from engine import stories
from kernel.settings import ROOT
from kernel.work import Work
from registers import account
from tests.web.browsing import aside, picture
from tests.web.looking import at_rest, requests, serious

STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"


def active(page):
    return page.locator(":focus")


def tab_to(page, selector, most=60):
    """The Tab key, until it stands there."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the Tab key never came to {selector}")


def test_past_the_bar_into_menus_and_dialogs_and_back(visitor):
    one = visitor("officer_1")
    page = one.page
    page.goto("/objects")
    page.wait_for_selector("main h1")
    page.keyboard.press("Tab")
    expect(active(page)).to_have_text("跳到正文")
    expect(active(page)).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")
    # the list of keys, anywhere but where one types
    page.keyboard.press("?")
    keys = page.locator("[data-part=keys]")
    expect(keys).to_contain_text("Ctrl+Enter")
    assert serious(page, "keys") == []
    one.shot("keys")
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    assert page.evaluate("!!document.activeElement.closest('main')"), "the focus comes back"
    page.focus("main input[type=search]")
    page.keyboard.type("?")
    expect(page.locator("main input[type=search]")).to_have_value("?")
    expect(keys).to_have_count(0)
    # a menu: Enter opens, arrows move, Escape gives back, Enter chooses
    page.focus("[data-act=start]")
    page.keyboard.press("Enter")
    items = page.locator(".el-dropdown-menu__item:visible")
    expect(items.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".el-dropdown-menu__item:focus")).to_have_count(1)
    first = active(page).inner_text()
    page.keyboard.press("ArrowDown")
    assert active(page).inner_text() != first
    page.keyboard.press("Escape")
    expect(items.first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(items.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".el-dropdown-menu__item:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/start/*")


def pick(page, field, *names):
    """Of a list, by arrows and Enter."""
    row = page.locator(f'[data-field="{field}"]')
    tab_to(page, f'[data-field="{field}"] input')
    for name in names:
        if row.locator(".el-tag", has_text=name).count():
            continue
        page.keyboard.press("ArrowDown")  # opens the list
        option = page.locator(
            f'[id="{active(page).get_attribute("aria-controls")}"] .el-select-dropdown__item', has_text=name
        )
        expect(option).to_be_visible()
        for _ in range(40):
            if "is-hovering" in (option.get_attribute("class") or ""):
                break
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(option).to_have_class(re.compile("is-selected"))
    if active(page).get_attribute("aria-expanded") == "true":
        page.keyboard.press("Escape")


@pytest.fixture
def task(national, clock):
    """A filing form that officer_1 has claimed: its address."""
    story = stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())
    clock.set(story.start.at)
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    made = engine.start(work, "case_ordinary", dict(story.start.facts), agency_id=440100, category="01")
    engine.claim(work, made["tasks"][0]["id"])
    return f"/cases/{made['case_id']}/tasks/{made['tasks'][0]['id']}"


def test_a_form_is_filled_and_handed_in_without_a_mouse(task, officer, clock):
    one = officer("officer_1")
    one.at(clock.at)
    one.come_back()
    page = one.page
    page.goto(task)
    one.judged()
    page.keyboard.press("Control+Enter")  # what is missing is told, and the focus stands there
    expect(page.locator(".faulty .fault").first).to_be_visible()
    page.wait_for_function("() => document.activeElement.closest('.faulty')")
    page.focus("main")
    tab_to(page, '[data-field="case_summary"] textarea')
    page.keyboard.type("车货总质量超过限定标准。")
    tab_to(page, '[data-field="filing_basis"] textarea')
    page.keyboard.type("公路法第五十条")
    pick(page, "officers", "张伟", "王芳")
    pick(page, "lead_officer", "张伟")
    tab_to(page, '[data-field="correction_needed"] input')
    page.keyboard.press("Space")
    one.judged()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        "() => document.querySelector('[data-act=sure], [data-part=done], .faulty .fault, .refusal')"
    )
    assert page.locator(".faulty").all_inner_texts() == []
    expect(page.locator("[data-part=done]")).to_be_visible()
    one.shot("form-by-keys")


def form_of(national, clock, step):
    """The form of this step of the ordinary procedure, claimed: its address, who does it, what the story answers."""
    story = stories.read(str(STORY.relative_to(ROOT)), STORY.read_bytes())
    place = next(n for n, line in enumerate(story.steps) if line.step == step)
    line, short = story.steps[place], replace(story, steps=story.steps[:place], expect=type(story.expect)())

    def person(login):
        return account.person_of_login(Work(national, account.STRANGER), login)

    played = aside(lambda: engine.Player(national, clock, person).play("case_ordinary", short))
    assert not played.faults, played.faults
    work = Work(national, person(line.by))
    with work.transaction():
        [task] = work.rows(
            "select id from work_item where subject_id = %s and element = %s and status = 'open'",
            (played.case_id, step),
        )
    engine.claim(work, str(task["id"]))
    return f"/cases/{played.case_id}/tasks/{task['id']}", line


def test_rows_moments_and_signatures_of_an_interview_without_a_mouse(national, clock, officer):
    address, line = form_of(national, clock, "interview_person")
    one = officer(line.by)
    one.at(clock.at)
    one.come_back()
    page = one.page
    page.goto(address)
    one.judged()
    # a moment is typed; the calendar that opens with the arrow is left by Escape and keeps what was typed
    began = '[data-field="interview_started_at"] input'
    tab_to(page, began)
    page.keyboard.type("2026-03-02 11:00")
    page.keyboard.press("Enter")
    expect(page.locator(began)).to_have_value("2026-03-02 11:00")
    tab_to(page, '[data-field="interview_ended_at"] input')
    page.keyboard.type("2026-03-02 11:30")
    page.keyboard.press("Tab")
    expect(page.locator('[data-field="interview_ended_at"] input')).to_have_value("2026-03-02 11:30")
    expect(page.locator(".el-picker-panel:visible")).to_have_count(0)
    # rows: a new one is where one goes on; the last that goes away leaves one at the button that adds
    rows = page.locator('[data-field="qa"] .rowcard')
    had = rows.count()
    tab_to(page, '[data-field="qa"] [data-act=add-row]', most=120)
    for n in (1, 2):
        page.keyboard.press("Enter")
        expect(rows).to_have_count(had + n)
        page.wait_for_function(
            "n => document.activeElement.closest('.rowcard')?.ariaLabel.includes(n)", arg=str(had + n)
        )
        page.keyboard.type(f"第{n}个回答")
        if n == 1:
            tab_to(page, '[data-field="qa"] [data-act=add-row]')
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('[data-act=remove-row]')"):
            break
    page.keyboard.press("Enter")
    expect(rows).to_have_count(had + 1)
    page.wait_for_function("() => document.activeElement.matches('[data-act=remove-row]')")
    assert "第1个回答" in rows.nth(had).locator("input, textarea").first.input_value()
    # a signature: the name is typed, and the page says how it is signed without drawing; the drawing opens and closes by keys
    name = '[data-field="interviewee_signature"] input'
    tab_to(page, name)
    page.keyboard.type("陈志强")
    expect(page.locator('[data-field="interviewee_signature"] [data-part=sign-other]')).to_contain_text("扫描件")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("canvas.signature")).to_be_visible()
    page.wait_for_function("() => document.activeElement.closest('.el-dialog')")
    page.keyboard.press("Escape")
    expect(page.locator("canvas.signature")).to_be_hidden()
    page.wait_for_function("() => document.activeElement.closest('[data-field=interviewee_signature]')")
    one.shot("interview-by-keys", full=True)


def to_pane(page, name):
    """From pane to pane of what the case knows by arrows."""
    page.locator(".right .el-tabs__item.is-active").focus()
    for _ in range(12):
        if name in active(page).inner_text():
            return
        before = active(page).inner_text()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "was => document.activeElement.matches('.el-tabs__item.is-active') && document.activeElement.innerText !== was",
            arg=before,
        )
    raise AssertionError(f"no arrow leads to {name}")


def test_a_file_is_chosen_and_the_diagram_moved_without_a_mouse(task, officer, tmp_path):
    one = officer("officer_1")
    one.come_back()  # time goes on: in a browser whose clock stands still Vue hands no key from a tab to its bar
    page = one.page
    page.on("filechooser", lambda one: None)  # the browser learns early that nobody opens a window for files
    going = requests(page)
    page.goto(task)
    one.judged()
    to_pane(page, "证据")
    expect(page.locator(".right [data-act=upload]")).to_be_attached()
    at_rest(page, going)  # what the pane reads draws it anew
    tab_to(page, ".right [data-act=upload]")
    assert page.evaluate("getComputedStyle(document.activeElement.closest('label')).outlineStyle") != "none"
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(str(picture(tmp_path / "scene.jpg")))
    expect(page.locator(".right .evidence")).to_contain_text("scene.jpg")
    # the diagram: its buttons, and arrows once it has the focus
    to_pane(page, "流程图")
    expect(page.locator(".diagram .djs-shape").first).to_be_visible()
    moved = "() => document.querySelector('.diagram .viewport').getAttribute('transform')"
    tab_to(page, ".right .legend button")
    before = page.evaluate(moved)
    page.keyboard.press("Enter")
    page.wait_for_function(f"was => ({moved})() !== was", arg=before)
    tab_to(page, ".diagram svg")
    before = page.evaluate(moved)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"was => ({moved})() !== was", arg=before)
    one.shot("diagram-by-keys")


def test_the_acts_of_a_row_are_reached_from_the_row(visitor):
    one = visitor("unit_head_1")
    page = one.page
    page.goto("/objects/watched")
    page.wait_for_selector("main tbody tr")
    page.keyboard.press("j")
    page.wait_for_function("() => document.activeElement.closest('tbody tr')")
    acts = page.locator("main tbody tr").first.locator("button")
    for _ in range(acts.count() + 2):
        if page.evaluate("document.activeElement.matches('tbody button')"):
            break
        page.keyboard.press("Tab")
    label = active(page).inner_text()
    page.keyboard.press("Enter")
    dialog = page.locator(".el-dialog:visible")
    expect(dialog).to_be_visible()
    page.wait_for_function("() => document.activeElement.closest('.el-dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(active(page)).to_have_text(label)
