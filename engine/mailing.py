"""News on their way out by mail: who gets which letter now, and what became of it. Sends nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from engine import calendars, release_store
from engine.rulebook.calendars import Calendar
from engine.rules import rules
from kernel.work import LOCAL, Node, Row, Work, system_person

OFFICE: Final = (
    time(8, 30),
    time(17, 30),
)  # in China, on working days: outside it mail waits for those who asked for quiet
STALE = timedelta(days=1)
TRIES = 6
_LEASE = timedelta(minutes=10)
_FIRST = timedelta(minutes=2)
_TAKE = """select n.id, n.person_id, n.text, n.link, n.made_at, n.tries, d.email, d.quiet, o.agency_id from (
  select * from notification where mail_at <= %(now)s and mailed_at is null order by mail_at, id limit %(limit)s for update skip locked) n
join officer o on o.id = n.person_id left join desk d on d.person_id = n.person_id order by n.person_id, n.id"""
_AGAIN = "update notification set mail_at = %(at)s, tries = tries + %(more)s, fault = coalesce(%(fault)s, fault) where id = any(%(ids)s)"
_SENT = "update notification set mailed_at = %(now)s, fault = null where id = any(%(ids)s)"


@dataclass(frozen=True)
class Letter:
    """What one person is told in one mail. `{link}` in the text stands for the address of the pages."""

    id: str
    to: str
    subject: str
    text: str
    news: tuple[UUID, ...]
    tries: int


def take(node: Node, limit: int) -> list[Letter]:
    """Letters that are due now, leased for ten minutes; what is to wait for working hours is put off until then."""
    work = Work(node, system_person(0, "01"), request_id="mail")
    with work.transaction():
        rows = work.rows(_TAKE, {"now": work.now, "limit": limit})
        release = release_store.in_force(work)
        due: dict[UUID, list[Row]] = {}
        for row in rows:
            if row["email"] is None or work.now - row["made_at"] > STALE:
                work.execute(_AGAIN, {"at": None, "more": 0, "fault": None, "ids": [row["id"]]})
                continue
            opens = None
            if row["quiet"] and release is not None:
                opens = opening(calendars.of_agency(work, rules(release), row["agency_id"]), work.now)
            if opens is not None:
                work.execute(_AGAIN, {"at": opens, "more": 0, "fault": None, "ids": [row["id"]]})
            else:
                due.setdefault(row["person_id"], []).append(row)
        ids = [row["id"] for told in due.values() for row in told]
        if ids:
            work.execute(_AGAIN, {"at": work.now + _LEASE, "more": 1, "fault": None, "ids": ids})
    return [_letter(told) for told in due.values()]


def answered(node: Node, letter: Letter, fault: str | None, *, permanent: bool) -> None:
    """The letter is out; or it failed, and goes again after a while unless that is of no use."""
    work = Work(node, system_person(0, "01"), request_id="mail")
    with work.transaction():
        if fault is None:
            work.execute(_SENT, {"now": work.now, "ids": list(letter.news)})
            return
        over = permanent or letter.tries + 1 >= TRIES
        at = None if over else work.now + _FIRST * 4**letter.tries
        work.execute(_AGAIN, {"at": at, "more": 0, "fault": fault[:500], "ids": list(letter.news)})


def opening(calendar: Calendar, now: datetime) -> datetime | None:
    """When the office opens next; None while it is open."""
    here = now.astimezone(LOCAL)
    day = here.date()
    if calendar.is_working(day) and here.time() < OFFICE[1]:
        return None if here.time() >= OFFICE[0] else datetime.combine(day, OFFICE[0], LOCAL)
    day += timedelta(days=1)
    while not calendar.is_working(day):
        day += timedelta(days=1)
    return datetime.combine(day, OFFICE[0], LOCAL)


def _letter(rows: list[Row]) -> Letter:
    subject = rows[0]["text"][:60] if len(rows) == 1 else f"您有 {len(rows)} 条新通知"
    lines = [f"{row['text']}\n{{link}}{row['link']}" for row in rows]
    news = tuple(row["id"] for row in rows)
    plain = " ".join(subject.split())  # a heading is one line
    return Letter(
        str(news[0]), rows[0]["email"], f"〔执程〕{plain}", "\n\n".join(lines), news, max(row["tries"] for row in rows)
    )
