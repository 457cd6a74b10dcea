"""A law comes in through the front door, differs, and waits for a second person; a province publishes its days."""

import sys
from contextlib import closing
from datetime import timedelta

import pytest

from content import load
from engine import release_store
from kernel.work import Work, system_person
from registers import officer
from registers.account import UUID
from tests.api.conftest import ROOT, log_in, start
from tests.api.test_cli import zhicheng

LAW = """laws:
  - id: panda_law
    name: 竹林法
    full_name: 中华人民共和国竹林法
    kind: "1"
    versions: [{from: 2020-01-01, label: "2020", mark: K}]
    articles:
      - {id: "3", text: "熊猫出行须备案", mark: K}
"""
DAY = {"day": "2026-03-05", "working": False, "name": "地方节日", "source": "省政府〔2026〕1号"}


@pytest.fixture
def lawful(small):
    """The law base of the nation beside the small process."""
    keep = ("rules/national/law/", "rules/national/discretion/", "rules/national/risk/", "forms/national/elements")
    small.clock.move(timedelta(seconds=1))
    work = Work(small, system_person(440000, "01"))
    with work.transaction():
        files = dict(release_store.current(work).files)
        files |= {p: b for p, b in load.tree(ROOT).items() if p.startswith(keep) and p not in files}
        release_store.store(work, files, ground="法规", effective_from=None)
    small.clock.move(timedelta(seconds=1))
    return small


def send(client, name="竹林法.yaml", data=LAW, **fields):
    body = {"kind": "law", "ground": "国令〔2026〕1号", **fields}
    return client.post("/law/imports", files={"file": (name, data.encode())}, data=body)


@pytest.fixture
def sound(monkeypatch):
    """The whole check of the national content has tests of its own; here it would only cost half a minute."""
    monkeypatch.setattr(sys.modules["engine.law_import"], "check", lambda files: [])


def test_a_law_comes_in_and_counts_when_a_second_person_approves(lawful, sound, come_in):
    legal, publisher = come_in("legal_1"), come_in("publisher_1")
    asked = send(legal)
    assert asked.status_code == 201, asked.text
    id_ = asked.json()["id"]
    assert ("new", "竹林法#3") in {(d["change"], d["what"]) for d in asked.json()["differences"]}
    assert legal.get("/law/imports", params={"state": "open"}).json()["items"][0]["id"] == id_
    alone = legal.post(f"/law/imports/{id_}/approval")
    assert (alone.status_code, "另一人" in alone.text) == (403, True)
    done = publisher.post(f"/law/imports/{id_}/approval")
    assert done.status_code == 200, done.text
    shown = legal.get(f"/law/imports/{id_}").json()
    assert (shown["state"], shown["release"]) == ("approved", done.json()["release"])
    lawful.clock.move(timedelta(seconds=5))
    assert legal.get("/law", params={"q": "熊猫备案"}).json()[0]["citation"] == "竹林法#3"
    assert publisher.post(f"/law/imports/{id_}/approval").status_code == 409


def test_what_is_wrong_is_said_per_field_and_nothing_waits(lawful, sound, come_in):
    legal = come_in("legal_1")
    for answer, field in (
        (send(legal, data="laws: ["), "file"),
        (send(legal, name="a.docx"), "file"),
        (send(legal, kind="bylaw"), "kind"),
        (send(legal, effective_from="明天"), "effective_from"),
        (legal.post("/law/imports", data={"kind": "law", "ground": "x"}), "file"),
    ):
        assert answer.status_code == 422, answer.text
        assert field in answer.json()["fields"]
    assert legal.get("/law/imports").json() == {"items": [], "next": None}


def test_sent_back_it_says_why(lawful, sound, come_in):
    legal, publisher = come_in("legal_1"), come_in("publisher_1")
    id_ = send(legal).json()["id"]
    assert publisher.post(f"/law/imports/{id_}/rejection", json={"reason": "条号未核对"}).status_code == 200
    shown = legal.get(f"/law/imports/{id_}").json()
    assert (shown["state"], shown["reason"], shown["release"]) == ("rejected", "条号未核对", None)


def test_the_rules_in_force_are_listed_with_what_they_wait_for(lawful, come_in):
    officer_1 = come_in("officer_1")
    deadlines = {d["id"]: d for d in officer_1.get("/deadlines").json()}
    assert deadlines["DL_STATEMENT_DEFENCE"]["unconfirmed"]
    rules = officer_1.get("/risks").json()
    assert len(rules) == 102
    assert all(bool(rule["waiting_for"]) == (rule["state"] != "working") for rule in rules)


@pytest.fixture
def provincial(small, work_as):
    """A publisher of the province."""
    work = Work(small, system_person(440000, "01"))
    with work.transaction():
        officer.grant_role(work, UUID(str(work_as("supervisor_1").person.id)), "publisher", 440000, ["01"])
    return small


def test_a_province_publishes_its_days_and_its_clocks_move(provincial, address, come_in):
    case_id = start(come_in("officer_1"))["case_id"]
    with closing(log_in(address, "supervisor_1")) as province:
        made = province.put("/calendars/440000/2026", json={"days": [DAY], "ground": "省政府〔2026〕1号"})
        assert made.status_code == 200, made.text
        assert (made.json()["version"], made.json()["days"]) == (1, 1)
        assert province.get("/calendars", params={"division": "440000"}).json()["items"][0]["days"] == [DAY]
        assert province.get("/recomputes").json()[0]["id"] == made.json()["recompute"]
    days = come_in("officer_1").get("/calendar", params={"year": 2026}).json()["days"]
    assert {**DAY, "province": True} in days
    assert case_id
    city = come_in("publisher_1").put("/calendars/440000/2026", json={"days": [DAY], "ground": "x"})
    assert city.status_code == 403


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ([{**DAY, "day": "2027-03-05"}], "days[0]"),
        ([DAY, DAY], "days"),
        ([{**DAY, "name": " "}], "days[0]"),
        ([{"day": "三月"}], "days"),
    ],
)
def test_faulty_days_are_refused(provincial, address, days, field):
    with closing(log_in(address, "supervisor_1")) as province:
        refused = province.put("/calendars/440000/2026", json={"days": days, "ground": "文"})
        assert refused.status_code == 422
        assert any(key.startswith(field) for key in refused.json()["fields"]), refused.text
        assert province.get("/calendars").json()["items"] == []


def test_the_command_line_shows_and_publishes(small, tmp_path):
    file = tmp_path / "days.yaml"
    file.write_text("days:\n  - {day: 2026-04-20, working: false, name: 三月三, source: 省府办}\n", encoding="utf-8")
    done = zhicheng(
        "calendar", "publish", str(file), "--division", "440000", "--year", "2026", "--ground", "省府办", node=small
    )
    assert done.returncode == 0, done.stderr
    assert "第 1 版(1 天)" in done.stdout
    shown = zhicheng("calendar", "show", "2026", "--agency", "440100", "--json", node=small)
    assert '"三月三"' in shown.stdout
    assert "没有导入过" in zhicheng("law", "imports", node=small).stdout
