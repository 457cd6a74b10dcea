"""F10: a backup restores into a fresh node with every row, every file and an audit chain that goes on."""

import io
import itertools
import os
import threading
import time

import psycopg
import pytest
from PIL import Image

from kernel import audit, backup, db
from kernel.errors import Fault, Refusal, Unavailable
from kernel.files import FileStore
from kernel.ids import uuid7
from kernel.settings import Settings
from kernel.work import Node, Work
from registers import account, case, evidence, number
from tests.kernel.chain import link_all

_counter = itertools.count()


def photo(shade):
    file = io.BytesIO()
    Image.new("RGB", (50, 40), (shade, 0, 0)).save(file, "PNG")
    return file.getvalue()


def act(work, shade):
    with work.transaction():
        case_id = uuid7()
        text = number.take(work, 440100, "案", 2026, "案{seq}", {}, case_id)
        case.insert(
            work,
            id=case_id,
            agency_id=440100,
            category="01",
            procedure_type="ordinary",
            case_status="draft",
            facts={"party_name": "粤运物流"},
            columns={"case_number": text},
            terms=["粤运物流"],
        )
        evidence.receive(work, case_id, photo(shade), {"name": "a.png", "kind": "photo"})
        audit.record(work, "case.start", subject=("case", case_id))
    return case_id


@pytest.fixture
def busy(seeded, work_as):
    """A node with ten cases, photos, a session, an audit chain."""
    work = work_as("officer_1")
    for shade in range(10):
        act(work, shade)
    account.log_in(seeded, "officer_1", "Zhifa-2026-demo", address="10.0.0.1")
    link_all(seeded)
    return seeded


@pytest.fixture
def fresh(server, tmp_path):
    """Settings of a node that has nothing yet: an empty database and no files."""
    name = f"fresh_{os.getpid()}_{next(_counter)}"
    with server.superuser() as connection:
        connection.execute(f"create database {name} owner zc_owner template template0 encoding 'UTF8' locale 'C'")
    yield Settings(var=tmp_path / name, dsn=server.dsn(name, "zc_owner"), app_role=server.app_role, pdf="off")
    server.drop(name)


def opened(settings, like):
    return Node(db.connect(settings, pool=2), settings, FileStore(settings.files), like.policy, like.clock)


def contents(dsn):
    """Every row of every table as text, but what a restore changes on purpose."""
    with psycopg.connect(dsn) as connection:
        tables = [t for t in backup.row_counts(connection) if t not in ("session", "node_era")]
        return {t: sorted(r[0] for r in connection.execute(f"select t::text from {t} t")) for t in tables}


def test_everything_comes_back_and_work_goes_on(busy, fresh, tmp_path):
    started = time.monotonic()
    kept = backup.backup(busy, tmp_path / "b1")
    assert kept.tables["enforcement_case"] == 10
    assert len(kept.files) == 10
    backup.restore(tmp_path / "b1", fresh)
    node = opened(fresh, busy)
    assert contents(node.db.owner) == contents(busy.db.owner)
    assert {p.name: p.read_bytes() for p in node.files.all()} == {p.name: p.read_bytes() for p in busy.files.all()}
    verdict = audit.verify(node.db.owner)
    assert (verdict.faults, verdict.head) == ([], audit.verify(busy.db.owner).head)
    person = account.person_of_login(Work(node, account.STRANGER), "officer_1")
    with (work := Work(node, person)).transaction():
        rows = case.search(work, party="粤运物流")["items"]
        assert len(rows) == 10
        assert all(evidence.verify_file(work, e["id"]) for row in rows for e in evidence.of_case(work, row["id"]))
        assert work.rows("select era, reason from node_era order by era desc limit 1")[0]["era"] == 2
        assert work.rows("select 1 as n from session") == []
    act(work, 99)
    assert link_all(node) == 1
    assert audit.verify(node.db.owner).faults == []
    with work.transaction():
        assert number.gaps(work, 440100, "案", 2026) == []
    node.db.close()
    assert time.monotonic() - started < 300


def test_the_restored_application_role_is_bound_as_before(busy, fresh, tmp_path):
    backup.backup(busy, tmp_path / "b1")
    backup.restore(tmp_path / "b1", fresh)
    node = opened(fresh, busy)
    with psycopg.connect(node.db.dsn) as connection:
        assert connection.execute("select count(*) from enforcement_case").fetchone() == (0,)
        for attempt in ("delete from audit_entry", "delete from evidence", "create table mine (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(attempt)
    node.db.close()


def test_a_backup_taken_while_people_work_names_no_file_it_lacks(busy, work_as, fresh, tmp_path):
    person, done, made = work_as("officer_1").person, threading.Event(), []

    def keep_working():
        for shade in range(20, 250):
            if done.is_set():
                return
            made.append(act(Work(busy, person), shade))

    thread = threading.Thread(target=keep_working)
    thread.start()
    try:
        backup.backup(busy, tmp_path / "b1")
    finally:
        done.set()
        thread.join()
    backup.restore(tmp_path / "b1", fresh)
    node = opened(fresh, busy)
    with psycopg.connect(node.db.owner) as connection:
        rows = connection.execute("select sha256, sm3 from evidence").fetchall()
    assert made
    assert 10 <= len(rows) <= 10 + len(made)
    assert all(node.files.check(bytes(sha256), bytes(sm3)) for sha256, sm3 in rows)
    assert audit.verify(node.db.owner).faults == []
    node.db.close()


def test_a_node_that_holds_anything_is_not_overwritten(busy, fresh, tmp_path):
    backup.backup(busy, tmp_path / "b1")
    with pytest.raises(Refusal, match="不是空的"):
        backup.restore(tmp_path / "b1", busy.settings)
    other = FileStore(fresh.files)
    other.put(b"something")
    with pytest.raises(Refusal, match="文件目录"):
        backup.restore(tmp_path / "b1", fresh)
    with psycopg.connect(fresh.dsn) as connection:
        assert backup.row_counts(connection) == {}
    with pytest.raises(Refusal, match="已存在"):
        backup.backup(busy, tmp_path / "b1")


@pytest.mark.parametrize("attack", ["dump", "file", "lost file", "manifest", "no manifest"])
def test_a_damaged_backup_is_refused_before_anything_is_written(busy, fresh, tmp_path, attack):
    backup.backup(busy, tmp_path / "b1")
    files = sorted(p for p in (tmp_path / "b1" / "files").rglob("*") if p.is_file())
    changed = {
        "dump": tmp_path / "b1" / "database.dump",
        "file": files[0],
        "manifest": tmp_path / "b1" / "manifest.json",
    }
    if attack in changed:
        data = bytearray(changed[attack].read_bytes())
        data[-3] ^= 1
        changed[attack].write_bytes(bytes(data))
    elif attack == "lost file":
        files[3].unlink()
    else:
        (tmp_path / "b1" / "manifest.json").unlink()
    with pytest.raises(Fault) as refused:
        backup.restore(tmp_path / "b1", fresh)
    assert refused.value.remedy
    with psycopg.connect(fresh.dsn) as connection:
        assert backup.row_counts(connection) == {}


def test_a_backup_that_fails_leaves_no_directory(busy, tmp_path):
    busy.db.owner = busy.db.owner.replace("user=zc_owner", "user=zc_nobody")
    with pytest.raises(Unavailable):
        backup.backup(busy, tmp_path / "b1")
    assert list(tmp_path.glob("b1*")) == []
