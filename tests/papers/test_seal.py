"""Signatures in PDFs, checked by a tool that is not ours (pdfsig of poppler)."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pypdf
import pytest

from engine.papers import seal
from kernel.errors import InvalidAnswers

AGENCY, OFFICER = "广州市交通运输局", "王芳"


@pytest.fixture(scope="module")
def who() -> list[seal.Signer]:
    authority = seal.trial_authority()
    files = {name: seal.trial_signer(authority, name, "口令") for name in (OFFICER, AGENCY)}
    return [seal.load(name, file, "口令", picture=name == AGENCY) for name, file in files.items()]


def blank() -> bytes:
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(595, 842)
    writer.write(out)
    return out.getvalue()


def pdfsig(path: Path) -> str:
    return subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False).stdout


def test_officer_and_agency_sign_one_after_the_other_and_both_hold(who: list[seal.Signer], tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(seal.sign_pdf(blank(), who))
    said = pdfsig(path)
    assert said.count("Signature is Valid") == 2, said
    assert OFFICER in said
    assert AGENCY in said
    assert said.count("ETSI.CAdES.detached") == 2
    assert "Total document signed" in said


def test_what_is_changed_afterwards_is_noticed(who: list[seal.Signer], tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    signed = bytearray(seal.sign_pdf(blank(), who[1:]))
    place = signed.index(b"595")
    signed[place : place + 3] = b"596"
    path.write_bytes(bytes(signed))
    assert "Signature is Valid" not in pdfsig(path)


def test_the_seal_stands_on_the_page_and_the_officers_signature_does_not(who: list[seal.Signer]) -> None:
    page = pypdf.PdfReader(io.BytesIO(seal.sign_pdf(blank(), who))).pages[0]
    rects = [[float(x) for x in a.get_object()["/Rect"]] for a in page["/Annots"]]
    sizes = sorted(round(r[2] - r[0]) for r in rects)
    assert sizes == [0, round(seal.SEAL_MM * 72 / 25.4)]


@pytest.mark.parametrize(("file", "passphrase"), [(b"", "口令"), (b"\x30\x03\x02\x01\x00", "口令"), (None, "别的口令")])
def test_a_file_that_is_no_certificate_or_a_wrong_passphrase_is_said(file: bytes | None, passphrase: str) -> None:
    given = file if file is not None else seal.trial_signer(seal.trial_authority(), AGENCY, "口令")
    with pytest.raises(InvalidAnswers) as refused:
        seal.load(AGENCY, given, passphrase)
    assert "file" in refused.value.fields
