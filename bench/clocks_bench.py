"""Recomputing 1,000,000 open clocks after a calendar change: history for each that moved, two processes, row-level security on.

Cases of 657 agencies with two clocks each, begun in the two weeks before a holiday arrangement that is published late, so
that most of them move. `clocks_1m_s` is from the publication's commit to the last part's.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from datetime import UTC, date, datetime, timedelta

import psycopg

from bench.node import Site, bench_site, superuser
from bench.province import agencies
from engine import jobs, recompute, release_store
from engine.rulebook import deadlines
from engine.rules import rules
from kernel.db import Database
from kernel.files import FileStore
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import Node, SettableClock, Work, system_person

RULES = (
    "DL_STATEMENT_DEFENCE",
    "DL_CASE_FILING",
    "DL_SEIZURE",
    "DL_PENALTY_DECISION",
    "DL_HEARING_REQUEST",
    "DL_FINE_PAYMENT",
)
DAYS = 14
YEAR = "rules/national/calendar/2026.yaml"
EXTRA = "holidays:\n  - {name: 特别放假, days: [%s]}\n"


def load(site: Site, count: int) -> None:
    """Bulk rows by COPY as the superuser."""
    rnd = random.Random(5)
    with site_work(site) as work:
        book = rules(release_store.current(work))
    begun = date(2026, 2, 16)
    answers: dict[tuple[str, int], tuple[str, datetime, datetime | None, str | None]] = {}
    for rule in RULES:
        for n in range(DAYS):
            clock = deadlines.Clock(book.deadline(rule), begun + timedelta(days=n))
            due = datetime.combine(deadlines.due_date(clock, book.calendar), datetime.max.time(), UTC).replace(
                hour=15, microsecond=0
            )
            next_ = deadlines.next_wake(clock, book.calendar, site.clock())
            unconfirmed = ";".join(deadlines.due(clock, book.calendar, site.clock()).unconfirmed) or None
            answers[rule, n] = (clock.started.isoformat(), due, next_.at if next_ else None, unconfirmed)
    with psycopg.connect(superuser(site.node)) as pg:
        pg.execute("set session_replication_role = replica")
        with pg.cursor().copy("copy agency (id, code, name, short, level, parent_id, path) from stdin") as copy:
            for row in agencies():
                copy.write_row((row[0], f"9{row[1][1:]}", *row[2:]))  # beside the agencies of the demo
        with pg.cursor().copy(
            "copy clock (id, agency_id, category, subject_id, rule, rule_version, started, element, due_at, next_wake, calendar_version,"
            " unconfirmed, created_at) from stdin"
        ) as copy:
            for n in range(count):
                if n % 2 == 0:
                    case, agency = uuid7(), 1 + n // 2 % 657
                rule = rnd.choice(RULES)
                started, due, wake, unconfirmed = answers[rule, rnd.randrange(DAYS)]
                version = book.deadline(rule).version
                copy.write_row(
                    (
                        uuid7(),
                        agency,
                        f"0{1 + n % 8}",
                        case,
                        rule,
                        version,
                        started,
                        "file_case",
                        due,
                        wake,
                        book.calendar.version,
                        unconfirmed,
                        due,
                    )
                )
        pg.commit()
        pg.autocommit = True
        pg.execute("vacuum analyze clock")


def site_work(site: Site):  # type: ignore[no-untyped-def]
    """A transaction of the system."""
    return Work(site.node, system_person(440000, "01")).transaction()


def runner(dsn: str, owner: str, var: str, at: datetime) -> None:
    """One process: part after part until none is left."""
    settings = Settings(var=var, pdf="off", dsn=owner)
    node = Node(Database(dsn, owner, 2), settings, FileStore(settings.files), Policy([]), SettableClock(at))
    while taken := jobs.take(node, ["recompute"], 4):
        for job in taken:
            recompute.run(Work(node, recompute.system_of(job["agency_id"])), job)
    node.db.close()


def run(count: int = 1_000_000) -> dict[str, float]:
    """clocks_1m_s: seconds for a million open clocks; clocks_moved: the share that moved."""
    with bench_site() as site:
        load(site, count)
        files = dict(site.files)
        days = ", ".join(f"2026-03-{n:02}" for n in (3, 4, 5, 6))
        files[YEAR] = files[YEAR].replace(b"holidays:\n", (EXTRA % days).encode(), 1)
        site.clock.move(timedelta(minutes=1))
        with site_work(site) as work:
            release_store.store(work, files, ground="节假日安排公布", effective_from=None)
        node = site.node
        place = (node.db.dsn, node.db.owner, str(node.settings.var), site.clock())
        workers = [multiprocessing.get_context("spawn").Process(target=runner, args=place) for _ in range(2)]
        begin = time.monotonic()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        taken = time.monotonic() - begin
        with site_work(site) as work:
            report = work.one(
                "select sum(seen)::float as seen, sum(moved)::float as moved, sum(cases)::float as cases from recompute_part"
            )
        if report is None or report["seen"] != count or any(worker.exitcode for worker in workers):
            raise AssertionError(f"not every clock was seen: {report}")
        print(f"  {report['seen']:.0f} clocks, {report['moved']:.0f} moved in {report['cases']:.0f} cases")
        return {
            "clocks_1m_s": round(taken * 1_000_000 / count, 1),
            "clocks_moved_share": round(report["moved"] / count, 2),
        }


if __name__ == "__main__":
    import sys

    print(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
