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


def serious(page: Page, name: str) -> list[str]:
    """What axe finds serious or critical on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    report: dict[str, Any] = page.evaluate(
        f"axe.run(document, {{resultTypes: ['violations'], runOnly: {json.dumps(_RULES)}}})"
    )
    return [
        f"{name}: {v['id']} {v['impact']} {json.dumps([n['target'] for n in v['nodes']][:3], ensure_ascii=False)}"
        for v in report["violations"]
        if v["impact"] in ("serious", "critical")
    ]


@contextmanager
def heard(page: Page) -> Iterator[list[str]]:
    """Every error that the console shows meanwhile."""
    errors: list[str] = []

    def note(message: Any) -> None:
        if message.type == "error":
            errors.append(f"{page.url}: {message.text}")

    page.on("console", note)
    yield errors
    page.remove_listener("console", note)


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
