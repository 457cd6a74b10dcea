"""One act, one transaction, one instant; a database that is away is said plainly."""

from datetime import timedelta

import pytest

from kernel import audit, db
from kernel.errors import Unavailable
from kernel.ids import uuid7
from kernel.work import Work, system_person

INSERT = "insert into party (id, agency_id, category, party_type, name, created_at) values (%s, 440100, '01', 'person', '甲', %s)"


@pytest.mark.parametrize("hot", [False, True])
def test_what_fails_leaves_nothing(work_as, hot):
    work = work_as("officer_1")
    with pytest.raises(ValueError, match="halt"), work.transaction(hot=hot):
        work.execute(INSERT, (uuid7(), work.now))
        raise ValueError("halt")
    assert not work.is_open
    with work.transaction(hot=hot):
        assert work.rows("select 1 as n from party") == []


def test_a_transaction_within_a_transaction_is_refused(work_as):
    work = work_as("officer_1")
    with work.transaction(), pytest.raises(RuntimeError, match="one transaction"), work.transaction():
        pass


def test_the_instant_stands_still_in_an_act_and_the_day_is_chinas(work_as, clock):
    work = work_as("officer_1")
    clock.set(clock.at.replace(hour=23, minute=30))
    with work.transaction():
        before = work.now
        clock.move(timedelta(hours=2))
        assert work.now == before
        assert work.today.isoformat() == "2026-03-02"
    assert work.today.isoformat() == "2026-03-03"


def test_callbacks_run_after_the_commit_only(work_as):
    work, told = work_as("officer_1"), []
    with work.transaction():
        work.after_commit.append(lambda: told.append(work.is_open))
        assert told == []
    assert told == [False]


def test_in_a_hot_transaction_statements_travel_together(work_as):
    work = work_as("officer_1")
    with work.transaction(hot=True):
        sent = [work.send("select %s::int as n", (n,)) for n in range(5)]
        assert [work.read(cursor)[0]["n"] for cursor in sent] == [0, 1, 2, 3, 4]
    assert work.round_trips <= 6
    assert work.statements == 6


def test_a_look_outside_any_act_forgets_no_statement_that_is_prepared(work_as):
    work = work_as("officer_1")

    def prepared() -> int:
        with work.transaction(hot=True):
            return work.one("select count(*) as n from pg_prepared_statements where statement like '%% from party'")[
                "n"
            ]

    for _ in range(4):
        with work.transaction(hot=True):
            work.rows("select 1 as n from party")
    assert prepared() == 1
    with work.node.db.plain() as pg:
        pg.execute("select 1 from party")
    audit.link(work.node)
    audit.link(work.node)
    assert prepared() == 1


def test_a_failed_statement_in_a_hot_transaction_fails_the_act(work_as):
    work = work_as("officer_1")
    with pytest.raises(Exception, match="zc_nothing"), work.transaction(hot=True):
        work.execute(INSERT, (uuid7(), work.now))
        work.execute("select * from zc_nothing")
    with work.transaction():
        assert work.rows("select 1 as n from party") == []


def test_a_database_that_is_away_is_unavailable(seeded):
    away = db.Database("host=/nowhere dbname=x user=y", "host=/nowhere dbname=x user=y")
    seeded.db.close()
    seeded.db = away
    with pytest.raises(Unavailable) as said, Work(seeded, system_person(440100, "01")).transaction():
        pass
    assert said.value.status == 503
    assert said.value.remedy


def test_a_connection_cut_in_an_act_is_unavailable_and_the_next_act_works(server, seeded, work_as):
    work = work_as("officer_1")
    with pytest.raises(Unavailable), work.transaction():
        backend = work.rows("select pg_backend_pid() as pid")[0]["pid"]
        with server.superuser() as connection:
            connection.execute("select pg_terminate_backend(%s)", (backend,))
        work.rows("select 1 as n")
    with work.transaction():
        assert work.rows("select 1 as n") == [{"n": 1}]
