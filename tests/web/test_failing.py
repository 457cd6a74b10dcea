"""The server refuses, breaks or is away: each page says so in words and asks again when told to; what was typed stays."""

from __future__ import annotations

import itertools
import json

import pytest
from playwright.sync_api import expect

from tests.web.looking import at_rest, requests
from tests.web.test_every_page import PAGES, go

# What the server says, and what of it is to be read. None: it cannot be reached; HTML: something before it answers.
FAILURES = {
    403: "您没有这项权限。请联系安全管理员",
    404: "没有这条记录。请返回列表",
    409: "别人刚刚改过。请刷新后再办",
    422: "查找条件有误。请更正后再查",
    500: "出现意外情况",
    502: "出现意外情况,请重试",
    None: "连接不上服务,请检查网络",
}
QUIET = ("/session", "/words", "/events", "/counts", "/news", "/processes", "/filters")


def failing(page, status):
    """From now on each reading of the page's own fails so."""

    def answer(route):
        path = route.request.url.split("?")[0]
        if route.request.method != "GET" or any(path.endswith(quiet) for quiet in QUIET):
            route.continue_()
        elif status is None:
            route.abort("connectionrefused")
        elif status == 502:
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")
        else:
            detail, _, remedy = FAILURES[status].partition("。")
            problem = {"type": "about:blank", "status": status, "detail": detail, "remedy": remedy}
            route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(problem))

    page.route("**/api/staff/**", answer)


# A page that asks nothing before it is told to has nothing to fail at.
ASKS_NOTHING = ("/objects", "/parties", "/checks", "/law", "/start", "/news", "/absences")


@pytest.mark.parametrize("login", list(PAGES))
def test_a_page_that_cannot_be_read_says_why_and_reads_again(login, visitor, shop):
    one = visitor(login)
    page, wrong = one.page, []
    going = requests(page)
    page.goto("/objects" if login != "audit_admin_1" else "/audits")
    page.wait_for_selector("main h1, main [role=alert]")
    for path, (status, told) in zip(PAGES[login], itertools.cycle(FAILURES.items()), strict=False):
        if path in ASKS_NOTHING:
            continue
        page.evaluate("history.replaceState({}, '', '/')")
        failing(page, status)
        go(page, path.format(**shop.where), going)
        alert = page.locator("main [role=alert]")
        text = " ".join(alert.all_inner_texts())
        if status == 422 and path.startswith("/cases/"):
            told = "没有这样的案件或任务,请检查网址"  # the address itself is wrong
        if told not in text:
            wrong.append(f"{path} {status}: {text!r}")
        page.unroute("**/api/staff/**")
        again = alert.locator("button", has_text="重试")
        if not again.count():
            wrong.append(f"{path} {status}: no way to try again")
            continue
        for _ in range(4):  # each part that could not be read by itself
            if not again.count():
                break
            again.first.click()
            at_rest(page, going, quiet=150)
        if alert.count():
            wrong.append(f"{path} {status}: still {alert.all_inner_texts()}")
    assert wrong == []


@pytest.mark.parametrize("status", [403, 409, 422, 500, None])
def test_what_was_typed_into_a_dialog_stays_when_the_server_refuses(status, visitor):
    one = visitor("officer_1")
    page = one.page
    page.goto("/objects")
    page.click("[data-act=vehicle]")
    page.select_option("#ask-category", "02")
    page.fill("#ask-plate", "粤B66666")
    page.select_option("#ask-plate_color", "2")
    detail, _, remedy = FAILURES[status].partition("。")
    body = {
        "status": status,
        "detail": detail,
        "remedy": remedy,
        "fields": {"plate": "号牌有误"} if status == 422 else {},
    }
    page.route(
        "**/api/staff/objects/**",
        lambda route: (
            route.abort("connectionrefused")
            if status is None
            else route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(body))
        ),
    )
    page.click("[data-act=confirm]")
    expect(page.locator(".act-dialog .refusal")).to_contain_text(FAILURES[status].split("。")[0])
    expect(page.locator("#ask-plate")).to_have_value("粤B66666")
    if status == 422:
        expect(page.locator('[data-ask="plate"] .fault')).to_have_text("号牌有误")
        expect(page.locator("#ask-plate")).to_be_focused()
    page.unroute("**/api/staff/objects/**")
    expect(page.locator("[data-act=confirm]")).to_be_enabled()
