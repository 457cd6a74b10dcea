"""What was backed up comes back whole, into an empty node only, and a damaged backup says so."""

import json

import psycopg
import pytest

import engine
from api import backup
from kernel import audit
from kernel.errors import Refusal
from kernel.work import Work
from registers import account, evidence
from registers.evidence import Meta


@pytest.fixture
def worked(small, work_as):
    """A node with a case, evidence, a job and an audit trail."""
    officer = work_as("officer_1")
    begun = engine.start(officer, "small_case", {"case_cause": "超限"}, agency_id=440100, category="01")
    engine.complete(officer, begun["tasks"][0]["id"], {"case_summary": "x"})
    with officer.transaction():
        evidence.receive(officer, account.UUID(begun["case_id"]), "六轴".encode(), Meta(name="a.txt", kind="3"))
    return small, begun["case_id"]


def test_backup_and_restore_into_a_fresh_node(worked, node, work_as, tmp_path):
    source, case_id = worked
    target = tmp_path / "backup"
    saved = backup.back_up(source, target)
    back = backup.restore(node, target)
    assert back.faults == []
    assert back.rows == saved.rows
    assert back.files == saved.files == 1
    assert back.audit_head == saved.audit_head
    person = work_as("officer_1").person
    seen = engine.case(Work(node, person), case_id)
    assert {t["element"] for t in seen["tasks"]} == {"look", "ask"}
    look = next(t for t in seen["tasks"] if t["element"] == "look")
    engine.complete(Work(node, person), str(look["id"]), {})
    audit.link(node)
    assert audit.verify(node.db.owner).faults == []
    with (work := Work(node, person)).transaction():
        assert evidence.verify_file(work, seen["evidence"][0]["id"]) is True


def test_a_node_in_use_is_not_overwritten_nor_is_a_backup(worked, tmp_path):
    source, _ = worked
    target = tmp_path / "backup"
    backup.back_up(source, target)
    with pytest.raises(Refusal, match="已存在"):
        backup.back_up(source, target)
    with pytest.raises(Refusal, match="已有数据"):
        backup.restore(source, target)


def test_a_damaged_backup_is_refused_or_its_file_named(worked, node, tmp_path):
    source, _ = worked
    target = tmp_path / "backup"
    backup.back_up(source, target)
    stored = next((target / "files").rglob("*/*/*"))
    stored.write_bytes(b"changed")
    report = backup.restore(node, target)
    assert any(stored.name[:16] in fault for fault in report.faults)
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    manifest["database_sm3"] = "0" * 64
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(Refusal, match="SM3"):
        backup.restore(node, target)


def test_every_column_that_names_a_file_is_in_the_backup(node):
    no_file = {
        ("stored_file", "sha256"),
        ("evidence_upload", "sha256"),
        ("object_check", "sha256"),
        ("weigh_pass_file", "sha256"),
    }
    with psycopg.connect(node.db.owner) as pg:
        columns = set(
            pg.execute(
                """select c.table_name, c.column_name from information_schema.columns c join pg_tables t on t.tablename = c.table_name
                where t.schemaname = 'public' and c.data_type = 'bytea' and c.column_name like '%sha256'"""
            )
        )
    asked = {(query.partition(" from ")[2], query.partition("select ")[2].partition(" from")[0])
             for _, text in backup._FILES for query in text.split(" union ") if "jsonb" not in query}  # fmt: skip
    assert columns - asked - no_file == set()
