"""People at browsers: each has a context (cookies, storage) of his own; forms are filled control by control, as a hand would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, TimeoutError, expect

from kernel.settings import ROOT
from kernel.work import LOCAL

PASSWORD = "Zhifa-2026-demo"
SHOTS = ROOT / "var" / "screenshots"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PATIENCE = 30_000  # ms: a slow machine is no defect
_MOST_PASSES = 6
_MOST_LOOKS = 6
_INKED = """c => { const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data
  let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n > 300 }"""
# The server has said how the form stands; the act that was asked for has been answered, one way or the other.
_JUDGED = "within => { const f = document.querySelector(within); return f && f.dataset.looking !== 'true' }"
_ANSWERED = """() => document.querySelector('[data-part=done]') ||
  (document.querySelector('.refusal, .faulty .fault') && !document.querySelector('[data-act=complete].is-loading'))"""


class Officer:
    """One person at one browser."""

    def __init__(self, browser: Browser, base: str, login: str, *, phone: bool = False) -> None:
        self.base, self.login, self.phone = base, login, phone
        self.context: BrowserContext = browser.new_context(
            base_url=base, viewport=PHONE if phone else DESK, is_mobile=phone, has_touch=phone, locale="zh-CN",
            service_workers="block", reduced_motion="reduce",
        )  # fmt: skip
        self.page: Page = self.context.new_page()
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda m: self.troubles.append(m.text) if "Content Security Policy" in m.text else None)
        self.context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)

    def log_in(self) -> None:
        """By the log-in page."""
        self.page.goto("/")
        self.page.fill("input[name=login]", self.login)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("[data-part=login] button[type=submit]")
        self.page.wait_for_selector(".top")

    def come_back(self) -> None:
        """A session for this browser without the page: days have passed between two acts of a story."""
        answer = self.context.request.post("/api/staff/session", data={"login": self.login, "password": PASSWORD})
        assert answer.ok, answer.text()

    def come_in(self) -> None:
        """On the first page, with a session; that the log-in page gives one is told in `test_workbench`."""
        self.come_back()
        self.page.goto("/")
        self.page.wait_for_selector(".top")

    def at(self, instant: datetime) -> None:
        """The browser's day is the server's."""
        self.page.clock.set_fixed_time(instant)

    def choose(self, where: str, name: str) -> None:
        """A colleague from a plain list, by his name; the list says where he works as well."""
        box = self.page.locator(where)
        line = box.locator("option").filter(has_text=name).first
        expect(line).to_be_attached()
        box.select_option(value=line.get_attribute("value"))  # what stands beside the name may still come

    def open_task(self, case_id: str, task_id: str) -> None:
        """The case room of a task, claimed."""
        self.page.goto(f"/cases/{case_id}/tasks/{task_id}")
        claim, complete = self.page.locator(".room [data-act=claim]"), self.page.locator(".room [data-act=complete]")
        expect(claim.or_(complete).or_(self.page.locator(".room .panel.note")).first).to_be_visible()
        if claim.count():
            claim.click()
            expect(complete).to_be_visible()

    def fill(self, answers: Mapping[str, Any], within: str = ".form") -> None:
        """Fills what is to be seen, again and again, because fields show one another; what stays out of sight fails."""
        left = dict(answers)
        if left:
            self.judged(within)
        for _ in range(_MOST_PASSES):
            if not left:
                return
            for element in list(left):
                row = self.page.locator(f'{within} [data-field="{element}"]')
                if row.count():
                    self.put(row, left.pop(element))
            self.judged(within)
        raise AssertionError(f"not to be seen on the form: {sorted(left)}")

    def judged(self, within: str = ".form") -> None:
        """Until the form is there and the server has said how it stands."""
        self.page.wait_for_function(_JUDGED, arg=within)

    def opinion(self, opinion: str, note: str = "") -> None:
        """同意 or 不同意 on the task that is open, which somebody else does."""
        panel = self.page.locator("[data-part=signing]")
        panel.locator(f'input[value="{opinion}"]').check()
        panel.locator("textarea").fill(note)
        panel.locator("[data-act=sign]").click()
        self.page.locator("[data-act=sure]").click()
        expect(panel.locator("[data-act=sign]")).to_have_count(0)

    def put(self, row: Locator, value: Any) -> None:
        """One field."""
        kind = row.get_attribute("data-type")
        if kind == "table":
            self._rows(row, value)
        elif kind == "boolean":
            row.locator("input[type=radio]").nth(0 if value else 1).check()
        elif kind in ("code", "codes") and row.locator("input[type=radio], input[type=checkbox]").count():
            for one in value if isinstance(value, list) else [value]:
                row.locator(f'input[value="{one}"]').check()
        elif kind in ("officers", "officer", "code", "violation"):
            self._choose(row, value if isinstance(value, list) else [value], kind)
        elif kind in ("date", "datetime"):
            text = (
                value
                if len(str(value)) == 10
                else datetime.fromisoformat(str(value)).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
            )
            if row.locator("input").input_value() != str(text):  # Enter on what stands there already opens the calendar
                row.locator("input").fill(str(text))
                row.locator("input").press("Enter")
            expect(row.locator("input")).to_have_value(str(text))
        elif kind == "location":
            for place, part in enumerate(("lon", "lat")):
                row.locator("input").nth(place).fill(str(value[part]))
        elif kind in ("party", "vehicle"):
            self.look_up(row, value)
        elif kind == "signature":
            row.locator("input").fill(value["name"] if isinstance(value, dict) else str(value))
            if self.phone and row.locator("button").count():  # without a case there is nothing to sign
                self.sign(row)
        else:
            row.locator("textarea, input").first.fill(str(value))

    def look_up(self, row: Locator, whole: str) -> None:
        """The only party or vehicle of the register that is called so, with what goes beside it."""
        row.locator("input").fill(whole)
        row.locator("[data-act=look-up]").click()
        row.locator("[data-pick]").first.click()
        expect(row.locator("[role=status]")).to_contain_text("已填入")

    def sign(self, row: Locator) -> None:
        """A name drawn with the finger, as the touch screen tells it."""
        row.locator("button").tap()
        canvas = self.page.locator("canvas.signature:visible")
        canvas.scroll_into_view_if_needed()  # it stands still
        box = canvas.bounding_box()
        assert box is not None
        screen = self.context.new_cdp_session(self.page)
        points = [
            (box["x"] + box["width"] * part / 10, box["y"] + box["height"] * (0.3 + 0.4 * (part % 2)))
            for part in range(2, 9)
        ]
        for number, (x, y) in enumerate(points):
            kind = "touchMove" if number else "touchStart"
            screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        self.page.wait_for_function(_INKED, arg=canvas.element_handle())
        self.shot("phone-signature")
        self.page.click("[data-act=keep-signature]")  # a tap after a picture is no click to Chromium
        expect(row.locator("[data-part=signed]")).to_be_visible()

    def fits(self) -> None:
        """Nothing is wider than the screen. (A phone's `innerWidth` grows with a page that is too wide: the screen's own counts.)"""
        wide, screen = self.page.evaluate("document.documentElement.scrollWidth"), self.page.viewport_size
        assert screen is not None
        assert wide <= screen["width"], f"{self.page.url} is {wide} px wide on a screen of {screen['width']}"

    def _choose(self, row: Locator, values: list[str], kind: str) -> None:
        names = self.names if kind in ("officers", "officer") else {}
        chosen = row.locator(".el-tag").all_inner_texts()
        for value in values:
            name = names.get(value, value)
            if name in chosen:
                continue
            box = self._pick(row, value, name, kind)
            if kind == "officers":
                expect(row.locator(".el-tag").filter(has_text=name)).to_be_visible()
                box.press("Escape")
            expect(box).to_have_attribute("aria-expanded", "false")

    def _pick(self, row: Locator, value: str, name: str, kind: str) -> Locator:
        """One of a list's own options, opened again where something took the focus away from it; its box."""
        box = row.locator("input[role=combobox]")
        for look in range(_MOST_LOOKS):
            if box.get_attribute("aria-expanded") != "true":
                row.locator(".el-select__wrapper").click()
            if kind == "violation":
                box.fill(name)
            options = self.page.locator(f'[id="{box.get_attribute("aria-controls")}"] .el-select-dropdown__item')
            wanted = (
                options.and_(self.page.locator(f'[data-value="{value}"]'))
                if kind == "code"
                else options.filter(has_text=name)
            )
            try:
                wanted.first.click(timeout=PATIENCE / 4)
            except TimeoutError:
                if look == _MOST_LOOKS - 1:
                    raise
            else:
                break
        return box

    names: Mapping[str, str] = {}  # officer id → name

    def _rows(self, table: Locator, rows: list[Mapping[str, Any]]) -> None:
        cards = table.locator(".rowcard")
        expect(table.locator("[data-act=add-row]")).to_be_visible()  # the control is loaded when it is needed
        for number, row in enumerate(rows):
            if cards.count() <= number:
                table.locator("[data-act=add-row]").click()
                expect(cards).to_have_count(number + 1)
            for key, value in row.items():
                self.put(cards.nth(number).locator(f'[data-field$=".{key}"]'), value)

    def complete(self) -> None:
        """办结; what is refused fails with its text."""
        self.try_complete()
        if not self.page.locator("[data-part=done]").count():
            texts = self.page.locator(".refusal, .faulty").all_inner_texts()
            raise AssertionError(f"refused: {texts}")

    def try_complete(self) -> None:
        """办结, until it is answered."""
        self.page.click("[data-act=complete]")
        self.page.wait_for_function(f"() => document.querySelector('[data-act=sure]') || ({_ANSWERED})()")
        sure = self.page.locator("[data-act=sure]")
        if sure.count():  # what cannot be taken back is asked for once more
            sure.click()
            self.page.wait_for_function(_ANSWERED)

    def shot(self, name: str, *, full: bool = False) -> None:
        """A picture among the artefacts of the run."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=full)

    def close(self) -> None:
        """Nothing may have gone wrong unseen."""
        self.context.close()
        assert self.troubles == [], self.troubles


def aside(act: Callable[[], Any]) -> Any:
    """In a thread of its own: Playwright keeps an event loop in this one, beside which signing papers does not run."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def picture(path: Path) -> Path:
    """A small photograph to send in."""
    from PIL import Image

    Image.new("RGB", (320, 240), (96, 110, 122)).save(path, "JPEG")
    return path
