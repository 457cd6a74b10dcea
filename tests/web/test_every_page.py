"""Every page of the client, with something on it: at a desk and on a phone it opens without an error, fits, has no barrier that
axe knows of, is walked by the Tab key, and shows words instead of codes. A page that is added to the router and not here fails the first test.

What only these pages need is proven elsewhere: failures of the server in `test_failing`, the keyboard in `test_keyboard`.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import TimeoutError

from kernel.settings import ROOT
from tests.web.browsing import DESK, PHONE
from tests.web.looking import at_rest, by_keys, heard, requests, serious, stood

CLIENT = ROOT / "web/staff/src"
# Who looks → address, with names for ids (see `stock`).
PAGES = {
    "officer_1": [
        "/inbox", "/inbox?box=unit", "/inbox?box=done", "/inbox?box=started", "/cases", "/cases/{case_ordinary}", "/cases/{archiving}",
        "/cases/{seizure_handling}", "/cases/{clue_handling}", "/cases/{case_ordinary}/tasks/{task}", "/start", "/start/case_ordinary",
        "/start/case_summary", "/absences", "/news", "/law", "/objects", "/objects?by=plate&term=粤A12345", "/objects/watched",
        "/objects/parties/{party}", "/objects/vehicles/{vehicle}", "/objects/ships/{ship}", "/objects/practitioners/{practitioner}",
        "/parties", "/parties?by=name&term=穗一货运", "/checks", "/checks/{check}", "/clues", "/clues/{clue_handling}/similar",
        "/law/items", "/law/items/L080001", "/law/deadlines", "/law/risks", "/law/calendar", "/law/recomputes",
        "/law/recomputes/{recompute}", "/exams/mine", "/training", "/training/hours", "/training/hours/{person}", "/devices", "/devices/passes", "/dossiers/mine",
    ],
    "unit_head_1": [
        "/watch", "/alerts", "/absences/leaving", "/clues", "/clues/outcomes", "/inspections", "/inspections/lists", "/inspections/experts",
        "/inspections/{plan}", "/inspections/draws/{draw}", "/exports", "/objects/watched", "/cases/{case_ordinary}",
        "/inbox?box=unit", "/inbox?box=cc", "/absences", "/news",
    ],
    "archivist_1": [
        "/dossiers", "/dossiers/uses", "/dossiers/statistics", "/dossiers/{dossier}", "/disposals", "/disposals/{disposal}",
        "/dossiers?state=due",
    ],
    "custodian_1": ["/property", "/property/differences", "/property/{item}", "/property/stocktakings/{stocktaking}"],
    "finance_1": ["/money", "/money/day", "/money/refunds", "/money/offsets", "/money/cases/{seizure_handling}"],
    "publisher_1": ["/law/parameters", "/alerts/quality", "/releases", "/law/calendar"],
    "legal_1": ["/law/imports", "/law/imports/{import}"],
    "exam_admin_1": ["/exams", "/exams/questions", "/exams/templates", "/cases/{exam}"],
    "invigilator_1": ["/exams/{exam}/room"],
    "marker_1": ["/exams/{exam}/scripts"],
    "evaluation_admin_1": ["/evaluations", "/evaluations/{annual_evaluation}"],
    "operator_1": ["/incidents", "/exchanges", "/exchanges/{exchange}"],
    "security_admin_1": ["/people", "/people?agency=440100", "/people/{person}", "/agencies"],
    "system_admin_1": ["/people", "/people?agency=440100", "/agencies"],
    "audit_admin_1": ["/audits"],
}  # fmt: skip
ELSEWHERE = {"/exams/sittings/*"}  # lives while an exam is sat: test_exams_and_law
# Text that is made for machines. What people enter and see so: log-in names (officer_1), numbers of devices and of clauses.
RAW = re.compile(
    r"(?<![\w/.-])[a-z]+(?:_[a-z]+)+(?![\w-])|(?<!\w)[a-z][a-zA-Z]+\.[a-z_]+(?:\.[a-zA-Z_]+)*(?!\w)|\d{4}-\d\d-\d\dT\d\d"
    r"|\b(?:undefined|null|NaN)\b|\[object "
)
_SHOWN = """() => [...document.querySelectorAll('body *')].filter((e) => e.offsetParent && !e.closest('code, pre, .verbatim'))
  .flatMap((e) => [[...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.nodeValue.trim()).join(' '),
    ...['placeholder', 'aria-label', 'title'].map((a) => e.getAttribute(a) ?? '')]).filter(Boolean)"""
_GO = "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate', { state: {} })) }"
_LOADED = "() => ![...document.querySelectorAll('main [role=status]')].some((e) => e.textContent.includes('正在读取'))"


def of_the_router():
    """Every address, with `*` for what is in it of a record."""
    text = "".join((CLIENT / name).read_text(encoding="utf-8") for name in ("router.ts", "registers.ts"))
    paths = {path for path in re.findall(r"path: '(/[^']*)'", text) if path not in ("/", "/:rest(.*)")}
    return {re.sub(r":\w+(\([^)]*\))?\??", "*", path) for path in paths}


def test_every_address_of_the_router_is_looked_at():
    looked = {path.split("?")[0] for pages in PAGES.values() for path in pages}
    shapes = {re.sub(r"\*", "[^/]*", path) + "$": path for path in of_the_router()}
    unseen = {path for shape, path in shapes.items() if not any(re.match(shape, one) for one in looked)}
    assert unseen - ELSEWHERE == set()


def test_every_page_has_a_way_to_it():
    """In the menu, or (what the button starts, statistics of dossiers) by a link on another page."""
    offered = set(re.findall(r"to: '([^']+)'", (CLIENT / "menu.ts").read_text(encoding="utf-8")))
    without_a_record = {path.removesuffix("/*") for path in of_the_router() if "*" not in path or path in ("/start/*",)}
    assert without_a_record - offered == {"/start", "/dossiers/statistics"}


def shown(page):
    """Raw codes and keys among what is to be read."""
    return sorted({found.group() for text in page.evaluate(_SHOWN) for found in RAW.finditer(text)})


def go(page, path, going):
    """To another page as a link goes there; until it stands."""
    page.evaluate(_GO, path)
    page.wait_for_function("path => decodeURI(location.pathname + location.search).startsWith(path)", arg=path)
    at_rest(page, going, quiet=150)
    page.wait_for_selector("main h1, main [role=alert]")
    page.wait_for_function(_LOADED)


def name_of(login, path):
    return re.sub(r"\W+", "-", f"{path}-{login}").strip("-")


def look(one, going, path, address):
    """What is wrong with a page."""
    page, name = one.page, name_of(one.login, path)
    page.set_viewport_size(DESK)
    go(page, address, going)
    found = [f"{path}: {text}" for text in page.locator("main > * [role=alert]").all_inner_texts() if text]
    found += [f"{path}: raw {text}" for text in shown(page)]
    one.shot(f"page-{name}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{path}: wider than a desk")
    found += serious(page, path) + by_keys(page, path)
    stood(page)
    page.set_viewport_size(PHONE)
    try:
        page.wait_for_function("() => innerWidth < 500 && document.documentElement.scrollWidth <= innerWidth")
    except TimeoutError:
        found.append(f"{path}: wider than a phone")
    one.shot(f"phone-{name}", full=True)
    return found + serious(page, f"phone {path}", anew=True)


@pytest.mark.parametrize("login", list(PAGES))
def test_every_page_is_whole_at_a_desk_and_on_a_phone(login, visitor, shop):
    one = visitor(login)
    found = []
    going = requests(one.page)
    with heard(one.page) as errors:
        one.page.goto(PAGES[login][0].format(**shop.where))
        one.page.wait_for_selector("main h1, main [role=alert]")
        for path in PAGES[login]:
            found += look(one, going, path, path.format(**shop.where))
    assert (found, errors) == ([], [])
