"""How the client goes out: one page under a strict policy, assets for good, and plain words where there is no build."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import httpx
from playwright.sync_api import expect

from api import web
from tests.api.conftest import serving
from tests.web.browsing import Officer


def test_every_address_of_the_client_is_its_page_and_others_are_not_there(address):
    for path in (
        "/",
        "/inbox",
        "/cases",
        "/cases/1/tasks/2",
        "/start/case_ordinary",
        "/alerts",
        "/law",
        "/watch",
        "/absences",
        "/absences/leaving",
        "/news",
    ):
        assert '<div id="app">' in httpx.get(address + path).text
    assert httpx.get(f"{address}/nowhere").status_code == 404
    assert httpx.get(f"{address}/static/../index.html").status_code == 404
    assert httpx.get(f"{address}/welcome").status_code == httpx.get(f"{address}/docs").status_code == 200


def test_the_page_allows_nothing_inline_and_nothing_from_elsewhere(address):
    answer = httpx.get(f"{address}/inbox")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|https?://", answer.text)


def test_assets_are_kept_for_good_and_sent_compressed_and_the_page_is_asked_for_each_time(address):
    page = httpx.get(f"{address}/inbox")
    assert page.headers["cache-control"] == "no-cache"
    script = re.search(r'src="(/static/[^"]+\.js)"', page.text).group(1)
    packed = httpx.get(address + script)
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "gzip"
    plain = httpx.get(address + script, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content


def test_without_a_build_the_first_page_says_how_to_get_one(national, tmp_path: Path, monkeypatch):
    with serving(national) as base:
        assert "网页办案界面没有构建" not in httpx.get(f"{base}/welcome").text
    monkeypatch.setattr(web, "DIST", tmp_path)
    with serving(national) as bare:
        assert "网页办案界面没有构建" in httpx.get(bare).text


def rebuilt(dist: Path) -> None:
    """As a build leaves it that has changed every piece: other names, in the files and of them; the old ones are gone."""
    static = dist / "static"
    for packed in static.glob("*.gz"):
        packed.unlink()
    names = sorted((one.name for one in static.iterdir()), key=len, reverse=True)
    old = re.compile("|".join(map(re.escape, names)).encode())
    for one in [dist / "index.html", *(f for f in static.iterdir() if f.suffix in (".js", ".css"))]:
        one.write_bytes(old.sub(lambda found: b"anew-" + found[0], one.read_bytes()))
    for one in list(static.iterdir()):
        one.rename(one.with_name(f"anew-{one.name}"))


def test_a_new_build_is_served_without_a_restart_and_an_open_page_is_opened_anew_with_a_word(
    national, browser, tmp_path: Path, monkeypatch
):
    dist = tmp_path / "dist"
    shutil.copytree(web.DIST, dist)
    monkeypatch.setattr(web, "DIST", dist)
    with serving(national) as base:
        one = Officer(browser, base, "officer_1")
        page = one.page
        one.come_in()
        expect(page.locator(".inbox[data-state=ready]")).to_be_visible()
        [script] = re.findall(r'src="(/static/[^"]+\.js)"', httpx.get(f"{base}/inbox").text)
        rebuilt(dist)
        assert httpx.get(base + script).status_code == 404
        [script] = re.findall(r'src="(/static/[^"]+\.js)"', httpx.get(f"{base}/inbox").text)
        assert httpx.get(base + script).status_code == 200
        page.locator('.top a[href="/cases"]').click()
        expect(page.locator(".news")).to_contain_text("网页已更新,您要打开的页面已按新版本重新打开")
        expect(page).to_have_url(f"{base}/cases")
        expect(page.locator("main h1")).to_be_attached()
        one.close()
