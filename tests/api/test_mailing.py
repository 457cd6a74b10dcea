"""News by mail over a real SMTP server: one letter a person, quiet outside working hours, tried again, given up in the end."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

import engine
from api import mailing
from kernel.work import LOCAL


class PostOffice:
    """A server that takes letters, or refuses as it is told."""

    def __init__(self) -> None:
        self.letters: list[Any] = []
        self.refuses: str | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuses:
            return self.refuses
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    @property
    def told(self) -> list[tuple[str, str]]:
        """To whom, and the text."""
        return [(str(one["To"]), one.get_content()) for one in self.letters]


@pytest.fixture
def office() -> Iterator[tuple[PostOffice, str]]:
    """The server and its address."""
    handler = PostOffice()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield handler, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.fixture
def posted(small: Any, office: tuple[PostOffice, str], clock: Any) -> Any:
    """The node with this server; a Monday in working hours."""
    clock.set(datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL))
    small.settings = small.settings.model_copy(
        update={"smtp": office[1], "mail_from": "no-reply@example.cn", "mail_link": "https://zf.example.cn"}
    )
    return small


@pytest.fixture
def given(posted: Any, work_as: Any) -> Any:
    """officer_1 hands a task to officer_2, who wants mail."""

    def give(*, quiet: bool = True, times: int = 1) -> None:
        two = work_as("officer_2")
        engine.set_desk(two, mail={"email": "li@example.cn", "kinds": ["given"], "quiet": quiet})
        one = work_as("officer_1")
        for _ in range(times):
            begun = engine.start(one, "small_case", {"case_cause": "超限"}, agency_id=440100, category="01")
            engine.claim(one, begun["tasks"][0]["id"])
            engine.hand_over(one, begun["tasks"][0]["id"], str(two.person.id), "出差")

    return give


def rows(node: Any, work_as: Any) -> list[dict[str, Any]]:
    with work_as("officer_2").transaction() as work:
        return work.rows("select mail_at, mailed_at, tries, fault from notification order by id")


def test_several_news_of_one_person_are_one_letter(posted: Any, office: Any, given: Any, work_as: Any) -> None:
    given(times=3)
    assert mailing.turn(posted) is False
    letter = office[0].letters[0]
    assert (str(letter["To"]), str(letter["From"]), str(letter["Subject"])) == (
        "li@example.cn",
        "no-reply@example.cn",
        "〔执程〕您有 3 条新通知",
    )
    text = letter.get_content()
    assert text.count("陈明把“填写”转给您办理:出差") == 3
    assert text.count("https://zf.example.cn/cases/") == 3
    assert all(r["mailed_at"] for r in rows(posted, work_as))
    mailing.turn(posted)
    assert len(office[0].letters) == 1, "a letter goes out once"


def test_who_asked_for_no_mail_gets_none(posted: Any, office: Any, work_as: Any, given: Any) -> None:
    given()
    engine.urge(work_as("head_1"), str(engine.tasks(work_as("officer_2"), "mine")["items"][0]["id"]), "请抓紧")
    mailing.turn(posted)
    assert len(office[0].letters) == 1
    assert "请抓紧" not in office[0].told[0][1], "only the kinds that were asked for"


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (datetime(2026, 3, 2, 20, 0, tzinfo=LOCAL), datetime(2026, 3, 3, 8, 30, tzinfo=LOCAL)),
        (datetime(2026, 3, 6, 18, 0, tzinfo=LOCAL), datetime(2026, 3, 9, 8, 30, tzinfo=LOCAL)),  # over a weekend
        (datetime(2026, 9, 30, 18, 0, tzinfo=LOCAL), datetime(2026, 10, 8, 8, 30, tzinfo=LOCAL)),  # over the holidays
        (datetime(2026, 3, 3, 6, 0, tzinfo=LOCAL), datetime(2026, 3, 3, 8, 30, tzinfo=LOCAL)),
    ],
)
def test_mail_waits_for_working_hours(
    posted: Any, office: Any, given: Any, clock: Any, work_as: Any, at: datetime, opens: datetime
) -> None:
    clock.set(at)
    given()
    mailing.turn(posted)
    assert office[0].letters == []
    assert rows(posted, work_as)[0]["mail_at"] == opens.astimezone(UTC)
    clock.set(opens + timedelta(seconds=1))
    mailing.turn(posted)
    assert len(office[0].letters) == (1 if opens - at < timedelta(days=1) else 0), (
        "what is more than a day old stays in the page"
    )


def test_who_wants_no_quiet_is_told_at_night(posted: Any, office: Any, given: Any, clock: Any) -> None:
    clock.set(datetime(2026, 3, 2, 23, 0, tzinfo=LOCAL))
    given(quiet=False)
    mailing.turn(posted)
    assert len(office[0].letters) == 1


def test_a_refusal_that_may_pass_is_tried_again_and_one_that_will_not_is_given_up(
    posted: Any, office: Any, given: Any, clock: Any, work_as: Any
) -> None:
    given()
    office[0].refuses = "451 busy"
    mailing.turn(posted)
    assert rows(posted, work_as)[0]["mail_at"] == clock() + timedelta(minutes=2)
    clock.move(timedelta(minutes=3))
    office[0].refuses = "550 no such box"
    mailing.turn(posted)
    assert rows(posted, work_as)[0]["mail_at"] is None
    assert "550" in rows(posted, work_as)[0]["fault"]
    office[0].refuses = None
    clock.move(timedelta(hours=1))
    mailing.turn(posted)
    assert office[0].letters == []


def test_a_server_that_is_away_keeps_nothing_from_going_out_later(
    posted: Any, office: Any, given: Any, clock: Any
) -> None:
    given()
    here = posted.settings
    posted.settings = here.model_copy(update={"smtp": "smtp://127.0.0.1:1"})
    mailing.turn(posted)
    posted.settings = here
    clock.move(timedelta(minutes=3))
    mailing.turn(posted)
    assert len(office[0].letters) == 1


def test_without_a_server_nothing_is_sent_and_the_page_says_so(
    small: Any, come_in: Any, given: Any, office: Any
) -> None:
    given()
    with_server = dataclasses.replace(small, settings=small.settings.model_copy(update={"smtp": ""}))
    assert mailing.turn(with_server) is False
    assert office[0].letters == []
    assert come_in("officer_2").get("/desk").json()["mail_works"] is True
    small.settings = with_server.settings
    assert come_in("officer_2").get("/desk").json()["mail_works"] is False
