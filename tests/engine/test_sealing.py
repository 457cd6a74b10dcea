"""A paper that needs a seal is not issued without one: a certificate, or the stamped paper scanned and brought back."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import engine
from api import operating
from engine.papers import seal
from kernel.errors import InvalidAnswers, NotAllowed, Refusal
from registers import evidence


def written(stage: Any) -> str:
    case_id = str(stage.begin("small_sealed")["case_id"])
    stage.do("officer_1", case_id, "sealed_write", case_summary="六轴车超限")
    stage.sweep()
    return case_id


def paper(stage: Any, case_id: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = stage.rows("select * from document where case_id = %s order by id", case_id)
    assert [row["kind"] for row in rows] == ["T2"]
    return rows[0]


def unseal(stage: Any) -> None:
    """The agency's seal has been taken out of use."""
    for row in operating.seals(stage.node):
        if row["agency_id"] == 440100:
            operating.revoke_seal(stage.node, str(row["id"]), "印章更换")


def scan(stage: Any, kind: str = "PNG", name: str = "盖章件.png") -> evidence.Accepted:
    picture = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(picture, kind)
    return evidence.accept(stage.node.files, picture, name)


def test_a_certificate_seals_the_paper_and_openssl_agrees(stage: Any, tmp_path: Path) -> None:
    case_id = written(stage)
    row = paper(stage, case_id)
    assert (row["state"], row["seal_way"], row["seal_by"]) == ("issued", "certificate", "广州市交通运输综合行政执法局")
    (tmp_path / "d.docx").write_bytes(stage.node.files.read(bytes(row["docx_sha256"])))
    (tmp_path / "d.p7s").write_bytes(stage.node.files.read(bytes(row["signature_sha256"])))
    check = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-noverify", "-out", "/dev/null"]
    check += ["-in", str(tmp_path / "d.p7s"), "-content", str(tmp_path / "d.docx")]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    (tmp_path / "d.docx").write_bytes((tmp_path / "d.docx").read_bytes() + b"x")
    assert subprocess.run(check, capture_output=True, check=False).returncode != 0


def test_without_a_seal_the_paper_waits_and_so_does_what_follows(stage: Any) -> None:
    unseal(stage)
    case_id = written(stage)
    row = paper(stage, case_id)
    assert (row["state"], row["issued_at"]) == ("unsealed", None)
    assert row["docx_sha256"] is not None  # it can be printed
    assert stage.open(case_id) == set()


def test_the_stamped_paper_brought_back_is_evidence_and_issues_it(stage: Any) -> None:
    unseal(stage)
    case_id = written(stage)
    work = stage.work_as("officer_1")
    answer = engine.stamp_document(work, case_id, str(paper(stage, case_id)["id"]), scan(stage))
    row = paper(stage, case_id)
    assert (row["state"], row["seal_way"], str(row["scan_id"])) == ("issued", "stamp", answer["evidence_id"])
    stage.sweep()
    assert stage.open(case_id) == {"sealed_use"}
    case = engine.case(stage.work_as("officer_1"), case_id)
    assert [e["name"] for e in case["evidence"]] == [f"{row['name']}(盖章件)-盖章件.png"]
    with pytest.raises(Refusal, match="待盖章"):
        engine.stamp_document(stage.work_as("officer_1"), case_id, str(row["id"]), scan(stage))


def test_only_a_scan_is_a_stamped_paper_and_only_some_may_bring_it(stage: Any) -> None:
    unseal(stage)
    case_id = written(stage)
    paper_id = str(paper(stage, case_id)["id"])
    text = evidence.accept(stage.node.files, b"stamp", "a.txt")
    with pytest.raises(InvalidAnswers, match="更正"):
        engine.stamp_document(stage.work_as("officer_1"), case_id, paper_id, text)
    with pytest.raises(NotAllowed):
        engine.stamp_document(stage.work_as("head_1"), case_id, paper_id, scan(stage))
    assert paper(stage, case_id)["state"] == "unsealed"


def test_a_return_puts_a_paper_aside_that_waits_for_its_stamp(stage: Any, operator: Any) -> None:
    unseal(stage)
    instance = stage.begin("small_sealed")
    stage.do("officer_1", instance["case_id"], "sealed_write", case_summary="六轴车超限")
    stage.sweep()
    plan = engine.plan_move(operator, instance["instance_id"], ["sealed_write"])
    assert [p["kind"] for p in plan["papers_superseded"]] == ["T2"]
    engine.move(operator, instance["instance_id"], ["sealed_write"], reason="文字有误")
    assert paper(stage, instance["case_id"])["state"] == "superseded"


def test_a_new_seal_is_registered_from_its_file_and_used_from_then_on(stage: Any) -> None:
    unseal(stage)
    file = seal.trial_signer(seal.trial_authority(), "广州市交通运输局", "口令甲")
    with pytest.raises(InvalidAnswers):
        operating.add_seal(stage.node, 440100, None, file, "口令乙")
    operating.add_seal(stage.node, 440100, None, file, "口令甲")
    assert paper(stage, written(stage))["state"] == "issued"
    with pytest.raises(InvalidAnswers):
        operating.add_seal(stage.node, 440100, None, file, "口令甲")
