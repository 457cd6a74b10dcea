"""An archived case is sealed: entered once, nothing more comes to it but with a reason, and what lay in it does not change."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import engine
from engine import dossier, runner
from engine.verify import verify
from kernel.errors import InvalidAnswers, NotAllowed, Refusal
from kernel.ids import uuid7
from registers import document, evidence


def package(archive: Any, row: Any, path: Path) -> Path:
    path.write_bytes(archive.node.files.read(bytes(row["package_sha256"])))
    return path


def test_sealing_enters_the_dossier_once_however_often_it_runs(archive: Any) -> None:
    row = archive.archived()
    again = archive.seal(row["case_id"])
    assert (again["id"], again["part"], row["files"] > 0) == (row["id"], 1, True)
    assert archive.one("select count(*) as n from dossier where case_id = %s", row["case_id"])["n"] == 1


def test_without_libreoffice_the_dossier_is_sealed_and_says_what_is_missing(archive: Any, tmp_path: Path) -> None:
    row = archive.archived()
    assert [v["sha256"] for v in row["volumes"]] == [None, None]
    assert all("没有装订成册" in said for said in row["missing"])
    report = verify(package(archive, row, tmp_path / "d.zip"))
    assert (report.faults, report.state, set(report.keys)) == ([], "sealed", {"Ed25519", "SM2"})
    assert sorted(report.keys.values()) == sorted(row["keys"])
    with zipfile.ZipFile(tmp_path / "d.zip") as z:
        volumes = json.loads(z.read("volumes.json"))
    assert [(i["name"], i["page"]) for i in volumes[0]["items"]] == [("行政处罚决定书", "1-2"), ("车头.jpg", "3")]
    assert [i["page"] for i in volumes[1]["items"]] == ["1"]


def test_what_is_exported_afterwards_is_what_was_sealed(archive: Any) -> None:
    row = archive.archived()
    archive.clock.move(timedelta(days=40))
    stored = dossier.build(archive.work_as("archivist_1"), row["case_id"])
    assert stored.sha256 == bytes(row["package_sha256"])


def test_nothing_comes_to_a_sealed_case(archive: Any) -> None:
    row = archive.archived()
    accepted = evidence.accept(archive.node.files, archive.picture(), "补.jpg")
    with pytest.raises(Refusal, match="封存") as refused:
        engine.receive_evidence(archive.work_as("officer_1"), str(row["case_id"]), accepted, "1", None, None, None)
    assert "补充归档" in (refused.value.remedy or "")


def changes(row: Any) -> list[tuple[str, tuple[object, ...]]]:
    case_id = row["case_id"]
    return [
        ("update document set name = 'x' where case_id = %s", (case_id,)),
        ("update document set pdf_sha256 = sha256('x') where case_id = %s", (case_id,)),
        ("update evidence set name = 'x' where case_id = %s", (case_id,)),
        ("delete from document where case_id = %s", (case_id,)),
        ("delete from evidence where case_id = %s", (case_id,)),
        ("delete from dossier where case_id = %s", (case_id,)),
        ("truncate dossier cascade", ()),
        ("update dossier_event set detail = '' where dossier_id = %s", (row["id"],)),
        ("delete from dossier_signature", ()),
    ]


def test_the_database_refuses_to_change_what_was_sealed_even_to_its_owner(archive: Any) -> None:
    row = archive.archived()
    for query, params in changes(row):
        with psycopg.connect(archive.node.db.owner) as owner:
            owner.execute(
                "select set_config('app.scope', '{440100}', false), set_config('app.categories', '{01}', false)"
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(query, params)
    work = archive.system
    with pytest.raises(psycopg.errors.InsufficientPrivilege), work.transaction():
        archive._make(work, row["case_id"], "D16", "责令改正", None, {})


def test_a_later_decision_may_revoke_a_paper_whose_file_stays(archive: Any) -> None:
    row = archive.archived()
    work = archive.system
    with work.transaction():
        work.execute("update document set state = 'revoked' where case_id = %s and kind = 'D15'", (row["case_id"],))
    assert archive.one("select state from document where case_id = %s and kind = 'D15'", row["case_id"]) == {
        "state": "revoked"
    }


def later_proceeding(archive: Any, case_id: Any, status: str = "running") -> None:
    archive.clock.move(timedelta(days=3))
    work = archive.system
    with work.transaction():
        work.execute(
            """insert into process_instance (id, agency_id, category, process_key, release, subject_kind, subject_id, status,
            state, started_at) values (%s, 440100, '01', 'court_enforcement', %s, 'case', %s, %s, 'x', %s)""",
            (uuid7(), archive.release, case_id, status, work.now),
        )


def test_a_later_proceeding_goes_on_with_its_own_papers_and_is_sealed_as_another_part(
    archive: Any, tmp_path: Path
) -> None:
    first = archive.archived()
    later_proceeding(archive, first["case_id"])
    archive.clock.move(timedelta(hours=1))
    archive.paper(first["case_id"], "E38", "强制执行申请书")
    work = archive.system
    with pytest.raises(psycopg.errors.InsufficientPrivilege), work.transaction():
        work.execute("update document set name = 'x' where case_id = %s and kind = 'D15'", (first["case_id"],))
    archive.clock.move(timedelta(days=1))
    second = archive.seal(first["case_id"], "action:again")
    assert (second["part"], second["reason"]) == (2, "后续程序办结后再次归档")
    with zipfile.ZipFile(package(archive, second, tmp_path / "2.zip")) as z:
        manifest = json.loads(z.read("manifest.json"))
    assert manifest["previous"] == bytes(first["package_sm3"]).hex()
    assert any("E38" in f["path"] for f in manifest["files"])
    assert verify(package(archive, first, tmp_path / "1.zip"), bytes(first["package_sm3"]).hex()).ok


def test_something_added_needs_a_reason_and_makes_another_part(archive: Any, tmp_path: Path) -> None:
    row = archive.archived()
    archive.clock.move(timedelta(days=9))
    keeper = archive.work_as("archivist_1")
    accepted = evidence.accept(archive.node.files, archive.paper_pdf(2), "回执.pdf")
    with pytest.raises(InvalidAnswers):
        engine.supplement_dossier(keeper, str(row["case_id"]), accepted, " ")
    with pytest.raises(NotAllowed):
        engine.supplement_dossier(archive.work_as("officer_1"), str(row["case_id"]), accepted, "漏装")
    asked = engine.supplement_dossier(keeper, str(row["case_id"]), accepted, "漏装邮寄回执")
    assert asked["state"] == "asked"
    assert archive.one("select count(*) as n from dossier where case_id = %s", row["case_id"])["n"] == 1
    for login, problem in (("archivist_1", NotAllowed), ("officer_1", NotAllowed)):
        with pytest.raises(problem):
            engine.decide_supplement(archive.work_as(login), asked["id"], True, "")
    head = archive.work_as("head_1")
    with pytest.raises(InvalidAnswers):
        engine.decide_supplement(head, asked["id"], False, " ")
    assert engine.decide_supplement(head, asked["id"], True, "")["state"] == "accepted"
    with pytest.raises(Refusal, match="已经处理"):
        engine.decide_supplement(head, asked["id"], True, "")
    while runner.sweep(archive.node):
        pass
    second = archive.one("select * from dossier where case_id = %s and part = 2", row["case_id"])
    assert second["reason"] == "补充归档:漏装邮寄回执"
    with zipfile.ZipFile(package(archive, second, tmp_path / "2.zip")) as z:
        assert "evidence/002-回执.pdf" in z.namelist()
    assert verify(tmp_path / "2.zip").ok
    other = evidence.accept(archive.node.files, archive.picture(), "再补.jpg")
    with pytest.raises(Refusal, match="封存"):
        engine.receive_evidence(archive.work_as("officer_1"), str(row["case_id"]), other, "1", None, None, None)


def keeper_with_upload(archive: Any) -> Any:
    return archive.work_as("officer_1")


@pytest.mark.parametrize("procedure", ["ordinary", "summary"])
def test_retention_is_reckoned_by_the_procedures_rule_and_is_not_relied_on_before_it_is_confirmed(
    archive: Any, procedure: str
) -> None:
    row = archive.archived(procedure)
    name, called = {
        "ordinary": ("DL_ARCHIVE_RETENTION_ORD", "普通程序案卷保管"),
        "summary": ("DL_ARCHIVE_RETENTION_SIM", "简易程序案卷保管"),
    }[procedure]
    assert (row["retention_rule"], row["retention_years"], str(row["retain_until"])) == (name, 10, "2036-12-31")
    assert row["retention_unconfirmed"] == f"“{called}”的期限未经本机构确认"
    keeper = archive.work_as("archivist_1")
    archive.clock.move(timedelta(days=366 * 12))
    assert engine.dossiers_due(keeper, None, 50, None)["items"] == []


def test_a_paper_without_pdf_and_a_damaged_scan_are_named(archive: Any, tmp_path: Path) -> None:
    case_id = archive.case()
    archive.paper(case_id, "D15", "行政处罚决定书", None)
    archive.file(case_id, "坏.pdf", b"%PDF-1.4 nothing of a PDF follows\n%%EOF")
    archive.file(case_id, "录音.wav", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 28)
    row = archive.seal(case_id)
    said = "\n".join(row["missing"])
    assert "《行政处罚决定书》未装订：只有 DOCX" in said
    assert "录音" not in said  # nobody expects pages of it
    assert "《坏.pdf》未装订" in said
    with zipfile.ZipFile(package(archive, row, tmp_path / "d.zip")) as z:
        lines = {i["name"]: i["remark"] for i in json.loads(z.read("volumes.json"))[0]["items"]}
    assert lines["录音.wav"] == "书证；电子文件，存于数据包"


def test_the_guard_does_not_stand_in_the_way_of_an_open_case(archive: Any) -> None:
    case_id = archive.case()
    made = archive.paper(case_id, "D15", "行政处罚决定书")
    work = archive.system
    with work.transaction():
        document.set_served(work, made)
    archive.file(case_id, "a.jpg")
