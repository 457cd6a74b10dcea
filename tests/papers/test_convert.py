"""LibreOffice makes PDF/A-2b that says what the paper says, and is replaced when it dies or hangs."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine.papers import render, template
from engine.papers.convert import ConversionFailed, Converter
from tests.papers.conftest import CODES, ROOT, a_docx


@pytest.fixture(scope="module")
def converter():
    with Converter() as made:
        yield made


def text_of(pdf: bytes) -> str:
    """The text of all pages without spaces."""
    out = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return "".join(out.decode().split())


def test_it_is_available_here(converter):
    assert converter.available() == (True, "")


@pytest.mark.parametrize("code", CODES)
def test_a_paper_becomes_an_archivable_pdf_with_its_number_and_party(files, converter, code):
    paper = template.load(files, code)
    filled, docx = render.example(paper)
    pdf = converter.pdf(docx)
    assert pdf.startswith(b"%PDF-")
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf
    text = text_of(pdf)
    for key in ("document_number", "case_number", "party_display_name", "org_name", "payer", "addressee", "speaker"):
        if filled.get(key, "/") != "/" and not (code == "E46" and key == "case_number"):
            assert "".join(str(filled[key]).split()) in text, key
    assert "广州市交通运输局" in text
    assert "第1页" in text


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page without spaces."""
    out = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return ["".join(page.split()) for page in out.decode().split("\f")[:-1]]


# A list that a form fills, per paper: field of the paper → element.
LISTS = [
    ("D05", "sampling_items"),
    ("D06", "preserve_items"),
    ("D07", "preserve_returned_items"),
    ("D08", "seized_items"),
    ("D10", "returned_items"),
    ("E02", "preserve_items"),
    ("E21", "transfer_materials"),
    ("E23", "handover_items"),
    ("E25", "handover_items"),
    ("E38", "court_materials"),
    ("E40", "seized_items"),
    ("E53", "examined_items"),
]


@pytest.mark.parametrize(("code", "element"), LISTS)
def test_a_list_of_sixty_rows_goes_on_over_pages_with_its_head_on_each(files, converter, code, element):
    paper = template.load(files, code)
    row = {"name": "货物", "court_material_kind": "other", "spec": "规格", "quantity": "1", "unit": "件", "copies": 1}
    rows = [{**row, "name": f"物品第{n:02}号"} for n in range(1, 61)]
    facts = {**paper.example["facts"], element: rows}
    pdf = converter.pdf(render.render(paper, render.context(paper, facts, paper.example)))
    pages = pages_of(pdf)
    holding = [page for page in pages if "物品第" in page]
    assert len(holding) >= 2
    assert all("序号" in page and "名称" in page for page in holding)
    text = "".join(pages)
    assert [text.count(f"物品第{n:02}号") for n in range(1, 61)] == [1] * 60
    assert f"第{len(pages)}页共{len(pages)}页" in pages[-1]


@pytest.mark.parametrize("code", CODES)
def test_no_page_of_a_paper_is_empty_or_holds_only_its_foot(files, converter, code):
    pages = pages_of(converter.pdf(render.example(template.load(files, code))[1]))
    assert len(pages) <= 3
    for page in pages:
        body = page.split("本文书一式")[0].replace(f"共{len(pages)}页", "")
        assert len(body) > 40, page


def test_the_fonts_are_embedded_and_chinese(files, converter):
    pdf = converter.pdf(render.example(template.load(files, "D15"))[1])
    listed = subprocess.run(["pdffonts", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    fonts = listed.splitlines()[2:]
    assert any("CJK" in line or "Fandol" in line or "FangSong" in line for line in fonts)
    assert all(" yes yes " in line for line in fonts)


def test_a_killed_office_is_replaced_without_anybody_noticing(converter):
    converter.pdf(a_docx("一"))
    office = converter._office
    os.killpg(office.process.pid, signal.SIGKILL)
    assert "二" in text_of(converter.pdf(a_docx("二")))
    assert converter._office is not office


def test_a_hung_office_is_ended_and_told():
    with Converter(seconds=2) as hung:
        hung.pdf(a_docx("一"))
        os.killpg(hung._office.process.pid, signal.SIGSTOP)
        with pytest.raises(ConversionFailed, match="超时"):
            hung.pdf(a_docx("二"))
        hung.seconds = 60
        assert "三" in text_of(hung.pdf(a_docx("三")))


def test_it_is_renewed_after_some_papers_and_leaves_nothing_behind():
    with Converter(renew=2) as short:
        short.pdf(a_docx("一"))
        first = short._office
        folder = first.folder
        short.pdf(a_docx("二"))
        assert short._office is None
        assert not folder.exists()
        assert "三" in text_of(short.pdf(a_docx("三")))


def test_threads_share_one_office(converter):
    results: dict[int, str] = {}

    def make(n: int) -> None:
        results[n] = text_of(converter.pdf(a_docx(f"第{n}份文书")))

    threads = [threading.Thread(target=make, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"第{n}份文书" in results[n] for n in range(4))


def pages(pdf: bytes) -> list[str]:
    out = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return ["".join(page.split()) for page in out.decode().split("\f")][:-1]


def test_a_long_catalogue_breaks_over_pages_with_its_head_on_each(files, converter):
    paper = template.load(files, "E45")
    rows = [
        {"name": f"证据材料第{n}号", "doc_no": "粤交案〔2026〕00001号", "date": "2026-03-02", "page": n}
        for n in range(1, 91)
    ]
    filled = render.context(paper, {}, {"system": {**paper.example["system"], "catalogue": rows}})
    found = pages(converter.pdf(render.render(paper, filled)))
    assert len(found) >= 3
    assert all("材料名称" in page for page in found)
    assert "证据材料第90号" in found[-1]


def test_a_long_record_breaks_inside_its_cell_and_loses_nothing(files, converter):
    paper = template.load(files, "D03")
    long = "\n".join(f"第{n}处:" + "车辙深度与桥面铺装破损情况逐段测量记录。" * 4 for n in range(1, 60))
    filled = render.context(paper, {**paper.example["facts"], "inquest_result": long}, paper.example)
    found = pages(converter.pdf(render.render(paper, filled)))
    assert len(found) >= 3
    text = "".join(found)
    assert all(f"第{n}处" in text for n in range(1, 60))
    assert "记录人签名" in found[-1]


def test_nothing_outlives_a_killed_process():
    code = (
        "import sys, time; from engine.papers.convert import Converter; from tests.papers.conftest import a_docx\n"
        "c = Converter(); c.pdf(a_docx('一')); print(c._office.process.pid, c._office.folder, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    group, folder = owner.stdout.readline().decode().split()
    owner.kill()
    owner.wait()
    owner.stdout.close()
    for _ in range(100):
        if not Path(folder).exists() and not _members(int(group)):
            break
        time.sleep(0.1)
    assert not Path(folder).exists()
    assert _members(int(group)) == []


def _members(group: int) -> list[str]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(stat.parent.name)
    return found


def test_an_unsafe_file_never_reaches_libreoffice(converter):
    with pytest.raises(ConversionFailed, match="不安全") as refused:
        converter.pdf(a_docx("x", more={"word/vbaProject.bin": b"x"}))
    assert refused.value.permanent


def test_switched_off_it_says_so():
    off = Converter(enabled=False)
    ready, why = off.available()
    assert not ready
    assert "DOCX" in why
    with pytest.raises(ConversionFailed):
        off.pdf(a_docx("x"))
