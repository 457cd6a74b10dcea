"""Content comes in packed through the front door: checked first, published by who may, never anything harmful."""

import functools
import json
from datetime import timedelta
from pathlib import Path

import pytest

from api import limits
from content import load
from tests.api.conftest import ROOT
from tests.api.test_cli import zhicheng
from tests.content.test_packed import zipped
from tests.papers.conftest import a_docx

GOOD = Path(__file__).parent.parent / "content" / "good"
PROCESS = "processes/national/good_case/process.yaml"


def good():
    """A small set without a fault, under the national rights (else its publisher would lose his own)."""
    return dict(_good())


@functools.cache
def _good():
    rights = {p: b for p, b in load.tree(ROOT).items() if p.startswith("rules/national/permissions/")}
    return {**load.tree(GOOD), **rights, "templates/national/P1/document.docx": a_docx("{{ party }} {{ fine }}")}


def send(client, files, path="/releases/upload", **fields):
    body = files if isinstance(files, bytes) else zipped(files)
    return client.post(path, files={"file": ("content.zip", body)}, data=fields)


@pytest.fixture
def repository(small, tmp_path):
    """The node's own folder holds the good files."""
    for path, body in good().items():
        (tmp_path / "repository" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "repository" / path).write_bytes(body)
    small.settings = small.settings.model_copy(update={"content": tmp_path / "repository"})
    return tmp_path / "repository"


def test_a_set_is_checked_without_being_published_and_then_published(come_in):
    publisher = come_in("publisher_1")
    before = publisher.get("/releases").json()
    told = send(publisher, good(), "/releases/upload/check")
    assert told.status_code == 200, told.text
    assert told.json()["faults"] == []
    assert PROCESS in told.json()["difference"]["added"]
    assert publisher.get("/releases").json() == before
    made = send(publisher, good(), ground="省厅 2026 年第 3 号文", effective_from="2026-07-01T00:00:00+08:00")
    assert made.status_code == 201, made.text
    assert made.json()["hash"] == told.json()["hash"]
    newest = publisher.get("/releases").json()[0]
    assert (newest["hash"], newest["ground"]) == (made.json()["hash"], "省厅 2026 年第 3 号文")
    assert newest["effective_from"].startswith("2026-06-30T16:00")
    assert newest["own_content"] is True


def test_a_repeated_key_publishes_once(come_in):
    publisher = come_in("publisher_1")
    key = {"Idempotency-Key": "publish-0001"}
    body = {"file": ("content.zip", zipped(good()))}
    both = [publisher.post("/releases/upload", files=body, data={"ground": "修订"}, headers=key).json() for _ in "ab"]
    assert both[0] == both[1]


def test_what_fails_the_check_is_listed_with_file_and_line(come_in):
    publisher = come_in("publisher_1")
    files = good()
    files[PROCESS] += b"\nsteps:\n  x: {}\n"
    files["processes/national/good_case/run.py"] = b"import os"
    refused = send(publisher, files, ground="修订")
    assert (refused.status_code, refused.json()["code"]) == (409, "content_refused")
    told = {f["file"]: f for f in refused.json()["faults"]}
    assert told[PROCESS]["line"] > 1
    assert "没有程序" in told["processes/national/good_case/run.py"]["message"]
    checked = send(publisher, files, "/releases/upload/check").json()
    assert checked["faults"] == refused.json()["faults"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({}, "ground"), ({"ground": "x", "effective_from": "明天"}, "effective_from"), ({"ground": "x", "y": "z"}, "y")],
)
def test_what_is_missing_or_unreadable_is_said_per_field(come_in, fields, field):
    refused = send(come_in("publisher_1"), good(), **fields)
    assert refused.status_code == 422
    assert field in refused.json()["fields"]


def test_bombs_and_giants_stay_outside(come_in, monkeypatch):
    publisher = come_in("publisher_1")
    bomb = send(publisher, {"rules/national/x.yaml": b"\0" * (64 << 20)}, ground="x")
    assert (bomb.status_code, "膨胀" in bomb.text) == (422, True)
    assert publisher.post("/releases/upload", data={"ground": "x"}).status_code == 422
    uploads = [path for path, _ in limits._UPLOADS if path.match("/api/staff/releases/upload")]
    monkeypatch.setattr(limits, "_UPLOADS", [(path, 1000) for path in uploads])
    assert send(publisher, good(), ground="x").status_code == 413


def test_only_who_may_publish_sends_anything_in(come_in):
    for login in ("officer_1", "legal_1", "audit_admin_1"):
        assert send(come_in(login), good(), ground="x").status_code == 403, login
        assert send(come_in(login), good(), "/releases/upload/check").status_code == 403, login


def test_the_repository_is_a_proposal_once_the_node_has_its_own(come_in, repository, clock):
    publisher, files = come_in("publisher_1"), {p: (repository / p).read_bytes() for p in good()}
    clock.move(timedelta(seconds=1))
    assert publisher.post("/releases", json={"ground": "初始"}).status_code == 201
    assert publisher.get("/releases/proposed").json()["own_content"] is False
    own = {**files, "rules/national/numbers.yaml": files["rules/national/numbers.yaml"] + b"note: own\n"}
    clock.move(timedelta(seconds=1))
    assert send(publisher, own, ground="本省修订").status_code == 201
    path = repository / "forms/national/elements.yaml"
    path.write_bytes(path.read_bytes() + b"# newer\n")
    refused = publisher.post("/releases", json={"ground": "升级"})
    assert (refused.status_code, "不能直接覆盖" in refused.text) == (409, True)
    told = publisher.get("/releases/proposed").json()
    assert [e["path"] for e in told["proposed"]] == ["forms/national/elements.yaml"]
    assert [e["path"] for e in told["own"]] == ["rules/national/numbers.yaml"]
    merged = {**own, "forms/national/elements.yaml": path.read_bytes()}
    clock.move(timedelta(seconds=1))
    assert send(publisher, merged, ground="并入", imported="true").status_code == 201
    assert publisher.get("/releases/proposed").json()["proposed"] == []


def test_the_command_line_publishes_a_folder_or_a_zip(small, tmp_path, repository):
    (tmp_path / "set.zip").write_bytes(zipped({**good(), "rules/national/x.yaml": b"a: ["}))
    dry = zhicheng("publish", str(tmp_path / "set.zip"), "--dry-run", "--json", node=small)
    assert dry.returncode == 1, dry.stderr
    assert json.loads(dry.stdout)["faults"][0]["file"] == "rules/national/x.yaml"
    refused = zhicheng("publish", str(tmp_path / "set.zip"), "--ground", "修订", node=small)
    assert refused.returncode == 1
    assert "rules/national/x.yaml:" in refused.stderr
    made = zhicheng("publish", str(repository), "--ground", "修订", "--json", node=small)
    assert made.returncode == 0, made.stderr
    over = zhicheng("publish", "--ground", "升级", node=small)
    assert (over.returncode, "不能直接覆盖" in over.stderr) == (1, True)
    told = zhicheng("content", "proposed", "--json", node=small)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["own_content"] is True
