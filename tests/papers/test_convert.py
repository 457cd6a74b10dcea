"""LibreOffice makes PDF/A-2b that says what the paper says, and is replaced when it dies or hangs."""

import os
import signal
import subprocess
import threading

import pytest

from engine.papers import render, template
from engine.papers.convert import ConversionFailed, Converter
from tests.papers.conftest import CODES, a_docx


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
