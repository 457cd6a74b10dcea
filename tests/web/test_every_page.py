"""Every page that the menu offers to anybody: it opens without an error, fits a desk and a phone, and has no barriers.

The pages that `test_registers` looks at with something on them are not looked at twice.
"""

from __future__ import annotations

import re

from kernel.settings import ROOT
from tests.web.looking import both_ways, heard, settled
from tests.web.test_registers import PAGES

CLIENT = ROOT / "web/staff/src"
LOGINS = [
    "unit_head_1", "officer_1", "legal_1", "presider_1", "custodian_1", "archivist_1", "clerk_1", "supervisor_1", "publisher_1",
    "finance_1", "exam_admin_1", "evaluation_admin_1", "certificate_admin_1", "operator_1", "system_admin_1", "security_admin_1",
    "audit_admin_1",
]  # fmt: skip
ELSEWHERE = {
    "/",
    "/start",
    "/dossiers/statistics",
}  # the way in, what the button starts, a link on the page of dossiers


def of_the_router():
    """The addresses without a number in them."""
    text = "".join((CLIENT / name).read_text(encoding="utf-8") for name in ("router.ts", "registers.ts"))
    found = re.findall(r"path: '(/[^']*)'", text)
    return {re.sub(r"/:\w+\?$", "", path) for path in found if not re.search(r":\w+(?!\?)(\(|/|'|$)", path)}


def menu(page):
    """What the drawer offers."""
    page.click("[data-act=menu]")
    page.wait_for_selector("nav.menu a")
    return page.eval_on_selector_all("nav.menu a", "all => all.map(one => one.getAttribute('href'))")


def test_every_page_of_everybodys_menu_opens_whole_at_a_desk_and_on_a_phone(officer):
    seen = {path.split("?")[0] for pages in PAGES.values() for path in pages.values()}
    offered, found = set(), []
    for login in LOGINS:
        one = officer(login)
        one.come_back()
        with heard(one.page) as errors:
            one.page.goto("/")
            settled(one.page)  # the first page, whoever it is
            for path in menu(one.page):
                offered.add(path)
                if path in seen:
                    continue
                seen.add(path)
                found += both_ways(one, path, f"page{path.replace('/', '-')}")
                found += [
                    f"{login} {path}: {told}"
                    for told in one.page.locator("main [role=alert]").all_inner_texts()
                    if told
                ]
        found += errors
    assert found == []
    assert of_the_router() - offered - ELSEWHERE == set(), "no page without a way to it"
