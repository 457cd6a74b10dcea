"""The volumes of a sealed case as LibreOffice and the binding make them: what the catalogue says is where it says it is."""

from __future__ import annotations

import io
import json
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest

import engine
from content.dossier import PATH
from engine import dossier, runner, volumes
from engine.papers import render, template
from engine.verify import verify
from registers import case, evidence


def words(data: bytes, tmp_path: Path, page: int) -> str:
    (tmp_path / "v.pdf").write_bytes(data)
    ask = ["pdftotext", "-f", str(page), "-l", str(page), "-layout", "v.pdf", "-"]
    return subprocess.run(ask, cwd=tmp_path, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def office(archive: Any) -> Any:
    """The archive of a node that has LibreOffice."""
    archive.node.settings = archive.node.settings.model_copy(update={"pdf": "auto"})
    return archive


def filled(archive: Any) -> Any:
    case_id = archive.case()
    archive.paper(case_id, "D01", "立案登记表")
    archive.paper(case_id, "D15", "行政处罚决定书", 2, "粤交罚〔2026〕00009号")
    archive.paper(case_id, "E08", "法制审核意见书", 3)
    archive.file(case_id, "车头.jpg")
    archive.file(case_id, "鉴定.pdf", archive.paper_pdf(4))
    archive.file(case_id, "录音.wav", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 28)
    return case_id


def test_a_sealed_case_is_bound_with_cover_catalogue_and_back_note_and_its_pages_are_those_of_the_catalogue(
    office: Any, tmp_path: Path
) -> None:
    case_id = filled(office)
    office.sheets(case_id)
    row = office.seal(case_id)
    assert row["missing"] == []
    main, second = (office.node.files.read(bytes.fromhex(v["sha256"])) for v in row["volumes"])
    with pikepdf.open(io.BytesIO(main)) as read, read.open_outline() as outline:
        labels = [page.label for page in read.pages]
        marks = [(str(i.title), [str(c.title) for c in i.children]) for i in outline.root]
    assert marks == [
        ("卷宗封面", []),
        ("卷内目录", []),
        ("行政处罚决定书", ["行政处罚决定书"]),
        ("立案登记表", ["立案登记表"]),
        ("证据材料", ["车头.jpg", "鉴定.pdf"]),
        ("备考表", []),
    ]
    assert labels == ["卷宗封面", "卷内目录", "1", "2", "3", "4", "5", "6", "7", "8", "备考表"]
    cover, catalogue = words(main, tmp_path, 1), words(main, tmp_path, 2)
    assert "正卷" in cover
    assert re.search(r"本卷共\s*8\s*页", cover)
    for name, page in (("行政处罚决定书", "1-2"), ("立案登记表", "3"), ("车头.jpg", "4"), ("鉴定.pdf", "5-8")):
        assert re.search(rf"{re.escape(name)}.*\s{page}\s", catalogue), (name, catalogue)
    assert "粤交罚〔2026〕00009号" in catalogue.replace("\n", "").replace(" ", "") or "00009" in catalogue
    assert "电子" in catalogue  # the recording has no pages
    assert words(main, tmp_path, 6).split()[:1] == ["4"]
    assert "SM3" in words(main, tmp_path, 6)
    assert "副卷" in words(second, tmp_path, 1)
    assert re.search(r"本卷共\s*3\s*页", words(second, tmp_path, 1))


def test_the_sheets_are_issued_as_papers_with_the_pages_that_the_sealing_found(office: Any) -> None:
    case_id = filled(office)
    office.sheets(case_id)
    office.seal(case_id)
    work = office.system
    with work.transaction():
        rows = work.rows(
            "select kind, state, context, pages from document where case_id = %s and kind like 'E4_' order by kind",
            (case_id,),
        )
    assert [(r["kind"], r["state"]) for r in rows] == [("E44", "issued"), ("E45", "issued"), ("E46", "issued")]
    assert rows[0]["context"]["pages"] == "8"
    assert [line["page"] for line in rows[1]["context"]["items"]] == ["1-2", "3", "4", "5-8", "—"]


def test_a_case_that_goes_on_is_exported_with_a_catalogue_and_twice_the_same(office: Any, tmp_path: Path) -> None:
    case_id = filled(office)
    keeper = office.work_as("archivist_1")
    first = dossier.build(keeper, case_id)
    assert first == dossier.build(office.work_as("archivist_1"), case_id)
    (tmp_path / "d.zip").write_bytes(office.node.files.read(first.sha256))
    report = verify(tmp_path / "d.zip")
    assert (report.faults, report.state) == ([], "working")
    with zipfile.ZipFile(tmp_path / "d.zip") as z:
        assert "volumes/正卷.pdf" in z.namelist()
        [main, _] = json.loads(z.read("volumes.json"))
        assert "卷内目录" in words(z.read("volumes/正卷.pdf"), tmp_path, 1)
    assert (main["pages"], main["missing"]) == (8, [])


def test_signatures_drawn_by_hand_lie_together_with_name_day_and_paper_and_the_manifest_holds_each(
    office: Any, tmp_path: Path
) -> None:
    case_id = filled(office)
    work = office.work_as("officer_1")
    with work.transaction():
        drawn = [
            evidence.receive(work, case_id, office.picture((800, 300), "PNG"), {"name": f"签名({n}).png", "kind": "4"})
            for n in range(13)
        ]
        again = {"name": "现场人员签名(陈志强).png", "kind": "4", "facts": {"signature": "现场人员签名"}}
        evidence.receive(work, case_id, office.picture((800, 300), "PNG"), again)
        for n, row in enumerate(drawn):
            at = "2026-03-02T10:00:00+08:00"
            value = {"name": f"陈志强{n}", "at": at, "evidence": str(row["id"])}
            case.apply(work, case_id, changes={"scene_person_signature": value}, source="test")
    office.paper(case_id, "D04", "现场笔录")
    office.sheets(case_id)
    row = office.seal(case_id)
    assert row["missing"] == []
    (tmp_path / "d.zip").write_bytes(office.node.files.read(bytes(row["package_sha256"])))
    assert verify(tmp_path / "d.zip").ok
    with zipfile.ZipFile(tmp_path / "d.zip") as z:
        items = json.loads(z.read("volumes.json"))[0]["items"]
        listed = {one["sha256"] for one in json.loads(z.read("manifest.json"))["files"]}
        main = z.read("volumes/正卷.pdf")
    assert {bytes(one["sha256"]).hex() for one in drawn} <= listed
    names = [one["name"] for one in items if one["section"] == "证据材料"]
    assert names == ["车头.jpg", "鉴定.pdf", "录音.wav", "手写签名（14 幅）"]
    told = next(one for one in items if one["name"].startswith("手写签名"))
    assert told["last"] - told["first"] == 1
    first, second = (words(main, tmp_path, 2 + told[key]) for key in ("first", "last"))
    assert re.search(r"陈志强0\s+2026年3月2日", first)
    assert "《现场笔录》" in first
    assert bytes(drawn[0]["sm3"]).hex() in first
    assert "陈志强12" in second
    assert "未用于文书" in second  # drawn anew, and this one not kept


def test_a_dossier_sealed_without_pdf_is_bound_later_as_another_part_and_what_was_sealed_stays(
    office: Any, content: dict[str, bytes], tmp_path: Path
) -> None:
    """So with the dossiers of the demonstration's past; elsewhere after `zhicheng dossier bind`."""
    case_id = office.case()
    made = office.paper(case_id, "D15", "行政处罚决定书", None)
    form = template.load(content, "D15")
    docx = render.render(form, render.context(form, form.example["facts"], form.example))
    work = office.system
    with work.transaction():
        stored = office.node.files.put(docx)
        work.execute("update document set docx_sha256 = %s where id = %s", (stored.sha256, made))
    office.node.settings = office.node.settings.model_copy(update={"pdf": "off"})
    office.sheets(case_id)
    first = office.seal(case_id)
    assert "只有 DOCX" in "".join(first["missing"])
    assert engine.bind_later(office.node) == 0, "there is still no converter"
    office.node.settings = office.node.settings.model_copy(update={"pdf": "auto"})
    assert engine.bind_later(office.node) == 1
    while runner.sweep(office.node):
        pass
    assert engine.bind_later(office.node) == 0
    second = office.one("select * from dossier where case_id = %s and part = 2", case_id)
    assert (second["missing"], second["reason"]) == ([], "封存时没有 PDF,补装成册")
    assert (
        office.one("select package_sha256 as p from dossier where id = %s", first["id"])["p"] == first["package_sha256"]
    )
    (tmp_path / "d.zip").write_bytes(office.node.files.read(bytes(second["package_sha256"])))
    assert verify(tmp_path / "d.zip").ok
    main = office.node.files.read(bytes.fromhex(second["volumes"][0]["sha256"]))
    assert "转换件" in words(main, tmp_path, 2).replace("\n", "")
    assert "行政处罚决定书" in words(main, tmp_path, 3)


def test_a_photo_becomes_its_page_once(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = office.case()
    row = office.file(case_id, "车头.jpg")
    volumes.prepare(office.node.files, bytes(row["sha256"]))
    monkeypatch.setattr("engine.papers.volume._CHILD", Path("/nowhere"))
    assert volumes.photo_page(office.node.files, bytes(row["sha256"])).startswith(b"%PDF")
    other = office.file(case_id, "车尾.jpg")
    volumes.prepare(office.node.files, bytes(other["sha256"]))  # cannot be made: said when the dossier is, not here
    assert "《车尾.jpg》未装订" in "".join(office.seal(case_id)["missing"])


def test_order_and_names_of_the_volumes_are_content(archive: Any, content: dict[str, bytes]) -> None:
    from content import releases

    changed = content[PATH].decode().replace("name: 立案登记表, from: 30, to: 39", "name: 立案材料, from: 30, to: 35")
    binding = releases.make({**content, PATH: changed.encode()}).dossier
    assert binding is not None
    assert binding.volumes["main"].section(31) == "立案材料"
    assert binding.volumes["main"].section(37) == "其他材料"
