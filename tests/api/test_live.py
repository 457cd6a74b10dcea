"""Counts of the inbox that change by themselves, over one node with two server processes; what the started find again."""

import dataclasses
import queue
import threading

import pytest

import engine
from api.live import Live, Looker
from kernel.work import Work
from registers import account
from tests.api.conftest import start


@pytest.fixture
def person(small):
    return lambda login: account.person_of_login(Work(small, account.STRANGER), login)


class Page:
    """An open page: what it is told, in order."""

    def __init__(self, live, person):
        self.told = queue.Queue()
        self.looker = Looker(person, self.told.put)
        live.join(self.looker)

    def next(self):
        return self.told.get(timeout=300)


@pytest.fixture
def live(small):
    """The counting of another process than the one that acts: it hears only what PostgreSQL carries."""
    elsewhere, here = Live(dataclasses.replace(small, listeners=[])), Live(small)
    for one in (elsewhere, here):
        one.start()
    yield elsewhere
    for one in (elsewhere, here):
        one.stop()


def test_a_claim_is_told_to_those_whose_counts_it_changes_and_to_nobody_else(small, live, person, come_in):
    officer, stranger = Page(live, person("officer_2")), Page(live, person("sister_officer"))
    none = {"mine": 0, "sign": 0, "cc": 0, "news": 0, "unit": 0, "most": 999}
    assert officer.next() == none
    stranger.next()
    started = start(come_in("officer_1"))
    assert officer.next()["unit"] == 1
    engine.claim(Work(small, person("officer_2")), started["tasks"][0]["id"])
    assert officer.next() == {**none, "mine": 1}
    assert stranger.told.empty()


def test_what_is_asked_and_what_is_told_are_the_same(small, live, person, come_in):
    for _ in range(3):
        start(come_in("officer_1"))
    told = Page(live, person("officer_2")).next()
    asked = come_in("officer_2").get("/tasks/counts").json()
    assert told == {key: asked[key] for key in told}
    assert (asked["unit"], asked["done"], asked["started"], asked["follow"]) == (3, 0, 0, 0)


def test_a_change_costs_two_statements_however_many_look(small, live, person, come_in, monkeypatch):
    pages = [Page(live, person("officer_2")) for _ in range(20)]
    for page in pages:
        page.next()
    asked, census = [], engine.census

    def counted(work, pairs, people):
        answer = census(work, pairs, people)
        asked.append(work.statements)
        return answer

    monkeypatch.setattr(engine, "census", counted)
    start(come_in("officer_1"))
    assert [page.next()["unit"] for page in pages] == [1] * 20
    assert asked == [3]  # the scope, what waits, what is held


def test_the_line_gives_the_counts_at_once_and_ends_with_the_server(come_in, live):
    with come_in("officer_1").stream("GET", "/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: counts"


def test_who_is_not_let_in_hears_nothing(come_in):
    assert come_in("security_admin_1").get("/events").status_code == 403


def test_what_a_person_began_is_found_again_by_that_person(come_in):
    mine = start(come_in("officer_1"))["case_id"]
    start(come_in("officer_2"))
    found = come_in("officer_1").get("/cases", params={"started": True}).json()["items"]
    assert [row["id"] for row in found] == [mine]


def test_a_live_thread_is_gone_after_stop(small):
    before = set(threading.enumerate())
    one = Live(small)
    one.start()
    (begun,) = (t for t in threading.enumerate() if t.name == "live" and t not in before)
    one.stop()
    begun.join(30)
    assert not begun.is_alive()
