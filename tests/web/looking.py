"""Looking at pages as a careful person would: at a desk and on a phone, for barriers, for errors nobody sees."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kernel.settings import ROOT
from tests.web.browsing import DESK, PHONE

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
    page.wait_for_timeout(150)
    one.shot(f"phone-{name}", full=True)
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append(f"{name}: wider than a phone")
    found += serious(page, f"phone-{name}")
    page.set_viewport_size(DESK)
    return found
