"""How the client goes out: one page under a strict policy, assets for good, and plain words where there is no build."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from api import web
from tests.api.conftest import serving


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
    assert web.built(tmp_path) is None
    with serving(national) as base:
        assert "网页办案界面没有构建" not in httpx.get(f"{base}/welcome").text
    monkeypatch.setattr(web, "built", lambda: None)
    with serving(national) as bare:
        assert "网页办案界面没有构建" in httpx.get(bare).text
