"""A migration is whole or not at all: killed in the middle, run by several at once, or met by a newer database."""

import itertools
import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from kernel import db
from kernel.errors import Fault
from kernel.settings import ROOT

_counter = itertools.count()
PROGRAM = "import sys; from kernel import db; print(db.migrate(sys.argv[1], 'zc_app'))"


@pytest.fixture
def empty(server):
    """An empty database of the owner's: its name."""
    name = f"empty_{os.getpid()}_{next(_counter)}"
    with server.superuser() as connection:
        connection.execute(f"create database {name} owner zc_owner template template0 encoding 'UTF8' locale 'C'")
    yield name
    server.drop(name)


def start(server, name):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, server.dsn(name, "zc_owner")],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tables(server, name):
    with server.superuser(name) as connection:
        return {
            r[0]
            for r in connection.execute(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
            )
        }


def wait_for(what, seconds=60):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def test_killed_in_the_middle_it_leaves_nothing_and_runs_again(server, empty):
    with server.superuser(empty) as connection:
        connection.execute(
            "create function pause() returns event_trigger language plpgsql as 'begin perform pg_sleep(0.1); end'"
        )
        connection.execute(
            "create event trigger pause on ddl_command_end when tag in ('CREATE TABLE') execute function pause()"
        )
        running = start(server, empty)
        busy = "select count(*) from pg_locks where database = (select oid from pg_database where datname = %s) and mode = 'AccessExclusiveLock' and locktype = 'relation'"
        wait_for(lambda: connection.execute(busy, (empty,)).fetchone()[0] > 8)  # some tables are made, none committed
        running.send_signal(signal.SIGKILL)
        running.communicate()
        wait_for(
            lambda: (
                connection.execute("select count(*) from pg_stat_activity where datname = %s", (empty,)).fetchone()[0]
                == 1
            )
        )
        connection.execute("drop event trigger pause")
    assert tables(server, empty) == set()
    db.migrate(server.dsn(empty, "zc_owner"), "zc_app")
    assert "enforcement_case" in tables(server, empty)


def test_several_processes_at_once_migrate_once(server, empty):
    running = [start(server, empty) for _ in range(3)]
    answers = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], answers
    assert len({out for out, _ in answers}) == 1
    with server.superuser(empty) as connection:
        assert connection.execute("select count(*) from node_era").fetchone() == (1,)


def test_again_it_changes_nothing(server, empty):
    said = []
    db.migrate(server.dsn(empty, "zc_owner"), "zc_app", said.append)
    db.migrate(server.dsn(empty, "zc_owner"), "zc_app", said.append)
    assert len(said) == 1
    with server.superuser(empty) as connection:
        may = "select has_database_privilege('zc_app', %s, 'temp'), has_schema_privilege('zc_app', 'public', 'create')"
        assert connection.execute(may, (empty,)).fetchone() == (False, False)


def test_a_database_newer_than_the_program_is_refused(server, empty):
    dsn = server.dsn(empty, "zc_owner")
    db.migrate(dsn, "zc_app")
    with psycopg.connect(dsn) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(Fault, match="比本程序新") as refused:
        db.migrate(dsn, "zc_app")
    assert refused.value.remedy
