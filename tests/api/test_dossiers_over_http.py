"""A sealed dossier over HTTP: found, asked for, granted, read with the reader's name; the package as it was sealed."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest

from engine.verify import verify
from kernel.ids import uuid7
from kernel.work import Work, system_person
from registers import case, dossier


@pytest.fixture
def sealed(small: Any) -> dict[str, Any]:
    """A dossier of the city with one bound volume, and its package."""
    work = Work(small, system_person(440100, "01"))
    made = pikepdf.Pdf.new()
    made.add_blank_page(page_size=(595, 842))
    file = io.BytesIO()
    made.save(file)
    volume, package = small.files.put(file.getvalue()), small.files.put(b"PK: the package")
    told = {"sha256": volume.sha256.hex(), "sm3": volume.sm3.hex(), "size": volume.size, "pages": 1}
    with work.transaction():
        case_id = uuid7()
        where = {"agency_id": 440100, "category": "01"}
        case.insert(work, id=case_id, **where, procedure_type="ordinary", case_status="archived", facts={})  # type: ignore[arg-type]
        id_ = dossier.insert(
            work,
            {
                **where,
                "case_id": case_id,
                "part": 1,
                "archive_no": "粤穗交档〔2026〕00001号",
                "case_number": "粤穗交案〔2026〕00001号",
                "title": "车辆违法超限运输",
                "procedure_type": "ordinary",
                "year": 2026,
                "pages": 1,
                "files": 3,
                "volumes": [{"key": "main", "name": "正卷", "outside": True, **told}],
                "missing": [],
                "package_sha256": package.sha256,
                "package_sm3": package.sm3,
                "package_size": package.size,
                "keys": [],
                "effect_key": "test",
                "retention_unconfirmed": "未确认",
            },
        )
    return {"id": str(id_), "case_id": str(case_id), "package": b"PK: the package"}


def test_from_the_list_to_the_page(come_in: Any, sealed: dict[str, Any]) -> None:
    officer, keeper = come_in("officer_1"), come_in("archivist_1")
    [line] = officer.get("/dossiers", params={"archive_no": "粤穗交档〔2026〕00001号"}).json()["items"]
    assert (line["id"], line["state"], line["retention_unconfirmed"]) == (sealed["id"], "kept", "未确认")
    door = f"/cases/{sealed['case_id']}/dossier/volumes/main"
    refused = officer.get(door)
    assert (refused.status_code, refused.json()["remedy"]) == (409, "请申请查阅并写明事由")
    ask = {"purpose": "行政复议答复", "days": 3, "volumes": ["main"]}
    key = {"Idempotency-Key": str(uuid7())}
    asked = officer.post(f"/dossiers/{sealed['id']}/requests", json=ask, headers=key)
    assert asked.status_code == 200, asked.text
    assert officer.post(f"/dossiers/{sealed['id']}/requests", json=ask, headers=key).json()["id"] == asked.json()["id"]
    [waiting] = keeper.get("/dossiers/uses", params={"state": "asked"}).json()["items"]
    granted = keeper.post(f"/dossiers/uses/{waiting['id']}/decision", json={"granted": True})
    assert granted.json()["state"] == "granted"
    page = officer.get(door)
    assert page.status_code == 200
    assert page.headers["content-type"] == "application/pdf"
    assert len(pikepdf.open(io.BytesIO(page.content)).pages) == 1
    events = [e["event"] for e in keeper.get(f"/dossiers/{sealed['id']}/events").json()["items"]]
    assert events == ["read", "granted", "asked", "sealed"]
    [counted] = keeper.get("/dossiers/statistics").json()
    assert (counted["dossiers"], counted["reads"]) == (1, 1)


def test_the_package_goes_out_as_it_was_sealed_to_who_may_export(come_in: Any, sealed: dict[str, Any]) -> None:
    door = f"/dossiers/{sealed['id']}/package"
    assert come_in("officer_1").get(door).status_code == 403
    assert come_in("archivist_1").get(door).content == sealed["package"]
    assert come_in("archivist_1").get(f"/dossiers/{uuid7()}/package").status_code == 404


def test_what_is_wrong_is_said_by_its_field(come_in: Any, sealed: dict[str, Any]) -> None:
    keeper = come_in("archivist_1")
    door = f"/dossiers/{sealed['id']}"
    for path, body, field in (
        ("/loan", {"reader_id": str(uuid7()), "purpose": "应诉", "days": 3}, "reader_id"),
        ("/loan", {"reader_id": str(uuid7()), "purpose": "应诉", "days": 0}, "days"),
        ("/requests", {"purpose": "应诉", "days": 3, "volumes": ["third"]}, "volumes"),
        ("/retention", {"reason": "x"}, "years"),
    ):
        answer = keeper.post(door + path, json=body)
        assert answer.status_code == 422, answer.text
        assert any(name.endswith(field) for name in answer.json()["fields"]), answer.text
    assert keeper.get("/dossiers", params={"after": "rubbish"}).status_code == 422
    listed = {"agency_id": 440100, "kind": "destroy", "dossier_ids": [sealed["id"]], "reason": "期满"}
    refused = keeper.post("/disposal-lists", json=listed)
    assert refused.status_code == 422
    assert "尚未核定" in refused.json()["fields"][sealed["id"]]


def test_the_verifier_says_of_rubbish_that_it_cannot_be_opened(tmp_path: Any) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK: the package")
    assert "无法打开" in verify(tmp_path / "x.zip").faults[0]
