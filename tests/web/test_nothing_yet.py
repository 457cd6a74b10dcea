"""Every list of the client on the first day, when nothing is there yet: it says that it is reading, then what the list is and
what to do, at a desk and on a phone. What it says when it cannot be read is in `test_failing`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from kernel.files import FileStore
from kernel.settings import Settings
from kernel.work import Node, SettableClock
from tests.api.conftest import serving
from tests.conftest import START
from tests.web.browsing import DESK, PHONE, Officer
from tests.web.looking import at_rest, heard, requests, serious, stood
from tests.web.test_every_page import _GO, name_of, of_the_router
from tests.web.test_failing import QUIET

# Who looks → list, and what it calls that which is not there.
LISTS = {
    "officer_1": {
        "/inbox?box=mine": "待办", "/inbox?box=unit": "任务", "/inbox?box=done": "任务", "/inbox?box=started": "案件",
        "/inbox?box=sign": "会签", "/inbox?box=cc": "抄送", "/inbox?box=follow": "关注", "/cases": "案件", "/absences": "离岗",
        "/news": "通知", "/objects/watched": "名单", "/objects?by=plate&term=粤X00000": "对象", "/parties?by=name&term=没有的公司": "当事人",
        "/dossiers/mine": "查阅", "/exams/mine": "考试", "/training": "课程", "/training/hours": "学时", "/devices": "设备",
        "/devices/passes": "称重", "/law/recomputes": "期限",
    },
    "unit_head_1": {
        "/watch": "期限", "/clues": "线索", "/clues/outcomes": "线索", "/inspections": "计划", "/inspections/lists": "清单",
        "/inspections/experts": "专家", "/exports": "导出", "/alerts": "预警",
    },
    "archivist_1": {"/dossiers": "案卷", "/dossiers/uses": "利用", "/dossiers/statistics": "案卷", "/disposals": "清单"},
    "custodian_1": {"/property": "财物", "/property/differences": "差异"},
    "finance_1": {"/money": "差异", "/money/day": "凭证", "/money/refunds": "退款", "/money/offsets": "抵缴"},
    "publisher_1": {"/alerts/quality": "预警"},
    "legal_1": {"/law/imports": "法规"},
    "exam_admin_1": {"/exams": "考试", "/exams/questions?state=retired": "题目"},
    "evaluation_admin_1": {"/evaluations": "考核"},
    "operator_1": {"/incidents": "异常", "/exchanges": "交换"},
    "security_admin_1": {"/people?name=没有的人": "人员"},
}  # fmt: skip
# Full from the first day: the content itself, the people who log in, what was just written down of them.
NEVER_EMPTY = {
    "/law/items", "/law/deadlines", "/law/risks", "/law/parameters", "/law/calendar", "/releases", "/agencies", "/audits",
    "/exams/templates",
}  # fmt: skip
NO_LIST = {"/law", "/checks", "/absences/leaving"}


@pytest.fixture(scope="module")
def bare(server, policy, tmp_path_factory) -> Iterator[tuple[str, SettableClock]]:
    """A server over the people and the content alone: its address and clock. Only to be read."""
    name, clock = f"bare_{os.getpid()}", SettableClock(START)
    server.ensure("national")
    server.create(name, "national")
    settings = Settings(
        var=tmp_path_factory.mktemp("bare"), pdf="off", dsn=server.dsn(name, "zc_owner"), app_role=server.app_role
    )
    node = Node(server.database(name), settings, FileStore(settings.files), policy, clock)
    with serving(node) as base:
        yield base, clock
    node.db.close()
    server.drop(name)


def test_every_list_without_a_record_in_its_address_is_in_the_table():
    listed = {re.sub(r"\?.*", "", path) for of in LISTS.values() for path in of}
    addresses = {path.removesuffix("/*") for path in of_the_router() if "*" not in path or path == "/training/hours/*"}
    assert addresses - listed == NEVER_EMPTY | NO_LIST


class Slow:
    """The server's answers to what a page reads, held back until they are let go."""

    def __init__(self, page):
        self.waiting, self.open, self.bar = [], True, QUIET
        page.route("**/api/staff/**", self._answer)

    def _answer(self, route):
        path = route.request.url.split("?")[0]
        if self.open or route.request.method != "GET" or path.endswith(self.bar):
            route.continue_()
        else:
            self.waiting.append(route)

    def hold(self, page):
        """From now on, but for what the bar reads on every page – where that is not the page's own."""
        self.open, self.bar = False, tuple(quiet for quiet in QUIET if quiet != page)

    def let_go(self):
        self.open = True
        for route in self.waiting:
            route.continue_()
        self.waiting.clear()


@pytest.mark.parametrize("login", list(LISTS))
def test_a_list_says_that_it_reads_then_what_it_is_and_what_to_do(login, browser, bare):
    base, clock = bare
    one = Officer(browser, base, login)
    one.at(clock.at)
    one.come_back()
    page, found = one.page, []
    slow = Slow(page)
    going = requests(page)
    page.goto("/start")
    page.wait_for_selector("main h1, main [role=alert]")
    at_rest(page, going)
    with heard(page) as errors:
        for path, what in LISTS[login].items():
            page.set_viewport_size(DESK)
            slow.hold(path)
            page.evaluate(_GO, path)
            expect(page.locator("main [role=status]").filter(has_text="正在读取").first, path).to_be_visible()
            slow.let_go()
            empty = page.locator("main .empty")
            expect(empty, path).to_have_count(1)
            told = empty.inner_text()
            first, _, todo = told.partition("。")
            if what not in first or not todo.strip():
                found.append(f"{path}: {told!r}")
            found += serious(page, path)
            stood(page)
            page.set_viewport_size(PHONE)
            page.wait_for_function("() => innerWidth < 500")
            one.fits()
            found += serious(page, f"phone {path}", anew=True)
            one.shot(f"nothing-{name_of(login, path)}")
    one.close()
    assert (found, errors) == ([], [])
