"""Looking at pages as a careful person would: at a desk and on a phone, for barriers, for errors nobody sees."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from playwright.sync_api import TimeoutError

from kernel.settings import ROOT
from tests.web.browsing import DESK, PATIENCE, PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.web.browsing import Officer

AXE = ROOT / "web/staff/node_modules/axe-core/axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


# The colours that a text is read in, its size and weight, and what can be seen of it.
_READ = """const read = (e) => { let under = e
    while (under && ['rgba(0, 0, 0, 0)', 'transparent'].includes(getComputedStyle(under).backgroundColor)) under = under.parentElement
    const s = getComputedStyle(e)
    return [s.color, s.fontSize, s.fontWeight, s.opacity, under && getComputedStyle(under).backgroundColor, e.textContent.length].join() }
  const texts = () => [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility({ visibilityProperty: true })
    && (/^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName) || [...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim())))"""
_STOOD = "() => {" + _READ + "; window.__read = new Map(texts().map((e) => [e, read(e)])) }"
_ANEW = (
    "() => {" + _READ + "; document.querySelectorAll('[data-anew]').forEach((e) => delete e.dataset.anew)\n"
    "texts().forEach((e) => { if (window.__read?.get(e) !== read(e)) e.dataset.anew = '' }) }"
)


def stood(page: Page) -> None:
    """Remembers how each text is read now; `serious(anew=True)` weighs the contrast of what has changed since."""
    page.evaluate(_STOOD)


def serious(page: Page, name: str, *, anew: bool = False) -> list[str]:
    """What axe finds serious or critical on the page as it stands. `anew`: the contrast, which takes it half of its time, of
    texts alone that did not stand there so when `stood` looked."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    if anew:
        page.evaluate(_ANEW)
    of = "[data-anew]" if anew else "*"
    page.evaluate(f"axe.configure({{rules: [{{id: 'color-contrast', selector: '{of}'}}]}})")
    report: dict[str, Any] = page.evaluate(
        f"axe.run(document, {{resultTypes: ['violations'], preload: false, runOnly: {json.dumps(_RULES)}}})"
    )
    return [
        f"{name}: {v['id']} {v['impact']} {json.dumps([n['target'] for n in v['nodes']][:3], ensure_ascii=False)}"
        for v in report["violations"]
        if v["impact"] in ("serious", "critical")
    ]


@contextmanager
def heard(page: Page) -> Iterator[list[str]]:
    """Every error that the console shows meanwhile, and every answer that refuses what the page itself asked for."""
    errors: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error":
            errors.append(f"{page.url}: {message.text}")

    def refused(answer: Any) -> None:
        if answer.status >= 400:
            errors.append(f"{page.url}: {answer.status} {answer.request.method} {answer.url}")

    page.on("console", note)
    page.on("response", refused)
    yield errors
    page.remove_listener("console", note)
    page.remove_listener("response", refused)


@contextmanager
def held(page: Page, most: int = 200) -> Iterator[list[int]]:
    """Tasks that meanwhile held the main thread for more than `most` ms of processor time: how long the page had to wait for
    its turn on a machine that others use too is not its doing."""
    tasks: list[int] = []
    browser = page.context.browser
    assert browser is not None
    browser.start_tracing(page=page, categories=["toplevel"])
    yield tasks
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {
        (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    times = [
        e.get("tdur", 0) / 1000 for e in events if e["name"].endswith("::RunTask") and (e["pid"], e["tid"]) in main
    ]
    assert max(times, default=0) > 0, "nothing was traced"
    tasks += [round(ms) for ms in times if ms > most]


# What the Tab key should come to, in the order of the page, each marked with its number; radio buttons of a group are one stop.
_STOPS = """() => { const seen = new Set(); let n = 0
  document.querySelectorAll('[data-stop]').forEach((e) => delete e.dataset.stop)
  for (const e of document.querySelectorAll('main :is(a[href], button, input, select, textarea, summary, [tabindex])')) {
    if (e.tabIndex < 0 || e.disabled || e.type === 'hidden' || !e.checkVisibility({ visibilityProperty: true })) continue
    if (e.type === 'radio' && seen.has(e.name)) continue
    if (e.type === 'radio') { seen.add(e.name); e.closest('main').querySelectorAll(`input[type=radio][name="${e.name}"]`).forEach((one) => (one.dataset.stop = n)) }
    else e.dataset.stop = n
    n++
  }
  return n }"""
_HERE = """() => { const e = document.activeElement, rings = [e, e.parentElement, e.closest('.el-input__wrapper, .el-select__wrapper, .button, label')]
  const box = e.getBoundingClientRect(), name = `${e.tagName} ${e.className} ${(e.textContent || e.getAttribute('aria-label') || e.name || '').trim().slice(0, 30)}`
  return { stop: e.dataset.stop === undefined ? null : Number(e.dataset.stop), name, inside: !!e.closest('main'),
    ring: rings.some((r) => r && getComputedStyle(r).outlineStyle !== 'none' && parseFloat(getComputedStyle(r).outlineWidth) >= 2),
    seen: box.bottom > 0 && box.top < innerHeight } }"""
_DEAF = """() => [...document.querySelectorAll('main *')].filter((e) => getComputedStyle(e).cursor === 'pointer' && e.checkVisibility()
  && !e.closest('a, button, input, select, textarea, summary, label, [tabindex], td, .el-select, .el-date-editor, .bjs-powered-by, svg, .djs-container')).map((e) => e.outerHTML.slice(0, 80))"""


def by_keys(page: Page, name: str, most: int = 12) -> list[str]:
    """What the Tab key does wrong on the page: leaves something out, goes another way than the page reads, shows no ring, stops
    out of sight; and what answers to the mouse alone."""
    found = [f"{name}: mouse only {what}" for what in page.evaluate(_DEAF)[:3]]
    stops = page.evaluate(_STOPS)
    page.evaluate("() => { document.querySelector('#main').focus(); scrollTo(0, 0) }")
    for stop in range(min(stops, most)):
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
        if here["stop"] != stop:
            found.append(f"{name}: stop {stop} is {here}")
            break
        if not (here["ring"] and here["seen"]):
            found.append(f"{name}: {'no ring' if here['seen'] else 'out of sight'} {here['name']}")
    return found


def at_rest(page: Page, going: set[Any], quiet: int = 400) -> None:
    """Until `going` (see `requests`) has been empty for `quiet` ms."""
    until, since = time.monotonic() + PATIENCE / 1000, time.monotonic()
    while time.monotonic() - since < quiet / 1000:
        page.wait_for_timeout(50)
        if going:
            since = time.monotonic()
            assert since < until, [request.url for request in going]


def requests(page: Page) -> set[Any]:
    """What the page asks of the server and has no answer to yet, but for the news, which never end."""
    going: set[Any] = set()
    page.on("request", lambda one: None if one.url.endswith("/events") else going.add(one))
    page.on("requestfinished", lambda one: going.discard(one))
    page.on("requestfailed", lambda one: going.discard(one))
    return going


def settled(page: Page) -> None:
    """Until the page shows a heading and nothing loads any more."""
    page.wait_for_selector("main h1")
    page.wait_for_function("() => !document.querySelector('main [role=status].soft')")


def both_ways(one: Officer, path: str, name: str) -> list[str]:
    """Opens a page at a desk, then makes it as narrow as a phone; a picture of each. What is wrong with either."""
    page = one.page
    page.set_viewport_size(DESK)
    page.goto(path)
    settled(page)
    found = serious(page, name)
    one.shot(name, full=True)
    page.set_viewport_size(PHONE)
    try:
        page.wait_for_function("() => innerWidth < 500 && document.documentElement.scrollWidth <= innerWidth")
    except TimeoutError:
        found.append(f"{name}: wider than a phone")
    one.shot(f"phone-{name}", full=True)
    found += serious(page, f"phone-{name}")
    page.set_viewport_size(DESK)
    return found
