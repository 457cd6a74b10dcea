"""PDFs put together: a photo becomes a page, materials become a volume with bookmarks and page numbers, a copy its watermark.

Pages are merged as they are – what papers and photos look like was decided at issue and at receipt. The same materials give the
same bytes. What a foreign PDF could do (scripts, forms, links) does not come along: only what its pages show.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Pdf

from engine.papers.lettering import Lettering, size_of

_MM = 72 / 25.4
A4 = (210 * _MM, 297 * _MM)
_FRAME = (170 * _MM, 225 * _MM)  # what a photo may fill
_FOOT = 42 * _MM  # below it: its caption
_CHILD = Path(__file__).with_name("photo_child.py")
_SECONDS = 90
_NUMBER_SIZE, _CAPTION_SIZE, _MARK_SIZE, _SMALL_SIZE = 11.0, 9.0, 15.0, 5.2
_COLUMNS, _ROWS = 2, 6  # signatures on one page
_CELL = (85 * _MM, 40 * _MM)


class Unreadable(Exception):
    """Not a file whose pages can be shown; the text says why, in Chinese."""


@dataclass(frozen=True)
class Material:
    """What goes into a volume: its name in the bookmarks, the section it stands in, its pages, lines below each photo."""

    title: str
    section: str
    pdf: Pdf
    caption: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self.pdf.pages)


@dataclass(frozen=True)
class Signed:
    """A signature drawn by hand: its page as `photo` made it (None when it cannot be shown), three lines below it."""

    page: Pdf | None
    lines: tuple[str, str, str]


@dataclass
class Volume:
    """One volume: in front cover and catalogue, then the numbered materials, behind them the back note."""

    title: str
    front: list[Material] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    back: list[Material] = field(default_factory=list)

    @property
    def pages(self) -> int:
        """How many numbered pages."""
        return sum(m.pages for m in self.materials)


def opened(data: bytes) -> Pdf:
    """A PDF whose pages can be merged, its stamps and seals part of the page. Raises `Unreadable`."""
    try:
        pdf = Pdf.open(io.BytesIO(data))
        if not len(pdf.pages):
            raise Unreadable("没有一页")
        if any(Name.Annots in page for page in pdf.pages):
            pdf.flatten_annotations("all")
    except pikepdf.PasswordError as error:
        raise Unreadable("设有密码") from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as error:
        raise Unreadable("不是完整的 PDF") from error
    return pdf


def photo(source: BinaryIO) -> bytes:
    """A picture as a PDF, each of its frames a page of A4. It is read in a process of its own. Raises `Unreadable`."""
    source.seek(0)
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            input=source.read(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("图片过于复杂，无法打开") from error
    if done.returncode != 0 or not done.stdout:
        raise Unreadable("图片无法打开")
    pdf, at = Pdf.new(), 0
    while at < len(done.stdout):
        width, height, size = struct.unpack_from(">III", done.stdout, at)
        _photo_page(pdf, done.stdout[at + 12 : at + 12 + size], width, height)
        at += 12 + size
    return _saved(pdf)


def _photo_page(pdf: Pdf, jpeg: bytes, width: int, height: int) -> None:
    scale = min(_FRAME[0] / width, _FRAME[1] / height)
    wide, high = width * scale, height * scale
    x, y = (A4[0] - wide) / 2, _FOOT + (A4[1] - _FOOT - 20 * _MM - high) / 2
    picture = pdf.make_stream(jpeg)
    picture.stream_dict = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    page = pdf.add_blank_page(page_size=A4)
    page.Resources = Dictionary(XObject=Dictionary(Photo=picture))
    page.Contents = pdf.make_stream(f"q {wide:.2f} 0 0 {high:.2f} {x:.2f} {y:.2f} cm /Photo Do Q".encode())


def signatures(title: str, drawn: Sequence[Signed]) -> bytes:
    """Signatures drawn by hand, twelve to a page of A4: each with its lines below."""
    pdf = Pdf.new()
    letters = Lettering(pdf, "ZcS")
    most = _COLUMNS * _ROWS
    for start in range(0, len(drawn), most):
        page = pdf.add_blank_page(page_size=A4)
        page.Resources = Dictionary(XObject=Dictionary())
        x = (A4[0] - letters.width(title, _MARK_SIZE)) / 2
        shown = [b"0 g", letters.line(title, _MARK_SIZE, x, A4[1] - 25 * _MM)]
        for place, one in enumerate(drawn[start : start + most]):
            left = 20 * _MM + place % _COLUMNS * _CELL[0]
            top = A4[1] - 35 * _MM - place // _COLUMNS * _CELL[1]
            shown.append(_signature(pdf, page, letters, one, place, (left, top)))
        letters.place(page, b" ".join(shown))
    letters.finish()
    return _saved(pdf)


def _signature(
    pdf: Pdf, page: pikepdf.Page, letters: Lettering, one: Signed, place: int, corner: tuple[float, float]
) -> bytes:
    left, top = corner
    wide, high = _CELL
    shown = [f"0.6 G {left:.2f} {top - high:.2f} {wide:.2f} {high:.2f} re S".encode()]
    if one.page is not None:
        image = pdf.copy_foreign(one.page.pages[0].Resources.XObject.Photo)
        width, height = int(image.Width), int(image.Height)
        scale = min((wide - 6 * _MM) / width, (high - 18 * _MM) / height)
        page.Resources.XObject[f"/S{place}"] = image
        x, y = left + (wide - width * scale) / 2, top - 2 * _MM - height * scale
        shown.append(f"q {width * scale:.2f} 0 0 {height * scale:.2f} {x:.2f} {y:.2f} cm /S{place} Do Q".encode())
    for line, text in enumerate(one.lines):
        size = _SMALL_SIZE if line == len(one.lines) - 1 else _CAPTION_SIZE
        text = _cut(letters, text, size, wide - 4 * _MM)
        shown.append(letters.line(text, size, left + 2 * _MM, top - high + (12 - 4.6 * line) * _MM))
    return b" ".join(shown)


def bind(volume: Volume) -> bytes:
    """The volume as one PDF: bookmarks by section, the page's number at the upper right of every material's page."""
    pdf = Pdf.new()
    letters = Lettering(pdf)
    places: list[tuple[Material, int]] = []
    for material in (*volume.front, *volume.materials, *volume.back):
        places.append((material, len(pdf.pages)))
        pdf.pages.extend(material.pdf.pages)
    number, first = 0, sum(m.pages for m in volume.front)
    for material, start in places[len(volume.front) : len(volume.front) + len(volume.materials)]:
        for page in pdf.pages[start : start + material.pages]:
            number += 1
            letters.place(page, _numbered(letters, page, number) + _caption(letters, material.caption))
    letters.finish()
    for page in pdf.pages:
        for key in (Name.Annots, Name.AA, Name.StructParents, Name.Tabs):
            if key in page:
                del page[key]
    _bookmarks(pdf, volume, places)
    pdf.Root.PageLabels = Dictionary(Nums=Array(_labels(volume, first)))
    pdf.Root.PageMode = Name.UseOutlines
    pdf.docinfo[Name.Title] = volume.title
    return _saved(pdf)


def _numbered(letters: Lettering, page: pikepdf.Page, number: int) -> bytes:
    width, height = size_of(page)
    text = str(number)
    x = width - 15 * _MM - letters.width(text, _NUMBER_SIZE)
    return b"0 g " + letters.line(text, _NUMBER_SIZE, x, height - 12 * _MM)


def _caption(letters: Lettering, lines: Sequence[str]) -> bytes:
    shown = (
        letters.line(
            _cut(letters, line, _CAPTION_SIZE, _FRAME[0]), _CAPTION_SIZE, 20 * _MM, _FOOT - (5 + 5 * place) * _MM
        )
        for place, line in enumerate(lines)
    )
    return b" ".join([b"", *shown])


def _cut(letters: Lettering, line: str, size: float, most: float) -> str:
    while line and letters.width(line, size) > most:
        line = f"{line[:-2]}…"
    return line


def _bookmarks(pdf: Pdf, volume: Volume, places: Sequence[tuple[Material, int]]) -> None:
    """Sections with their materials beneath; what stands in front and behind has no section."""
    with pdf.open_outline() as outline:
        sections: dict[str, OutlineItem] = {}
        for material, start in places:
            entry = OutlineItem(material.title, start)
            if not material.section:
                outline.root.append(entry)
                continue
            if material.section not in sections:
                sections[material.section] = OutlineItem(material.section, start)
                outline.root.append(sections[material.section])
            sections[material.section].children.append(entry)


def _labels(volume: Volume, first: int) -> list[object]:
    """What a reader calls a page: its stamped number; in front and behind, the name of the sheet."""
    labels: list[object] = []
    at = 0
    for sheet in volume.front:
        labels += [at, _named(sheet)]
        at += sheet.pages
    if volume.materials:
        labels += [first, Dictionary(S=Name.D, St=1)]
    at = first + volume.pages
    for sheet in volume.back:
        labels += [at, _named(sheet)]
        at += sheet.pages
    return labels


def _named(sheet: Material) -> Dictionary:
    return Dictionary(P=sheet.title, S=Name.r) if sheet.pages > 1 else Dictionary(P=sheet.title)


def watermarked(data: bytes, lines: Sequence[str]) -> bytes:
    """A reader's copy: who reads it, and when, across and below every page."""
    pdf = Pdf.open(io.BytesIO(data))
    letters = Lettering(pdf, "ZcW")
    across = "  ".join(lines)
    for page in pdf.pages:
        width, height = size_of(page)
        slope = (0.819, 0.574)  # 35°
        marks = [
            letters.line(across, _MARK_SIZE, width * 0.06 + shift, height * part, slope)
            for part, shift in ((0.08, 0), (0.38, -10), (0.66, 10))
        ]
        below = letters.line(across, 8, 20 * _MM, 6 * _MM)
        letters.place(page, b"0.8 g " + b" ".join(marks) + b" 0.4 g " + below)
    letters.finish()
    return _saved(pdf)


def _saved(pdf: Pdf) -> bytes:
    file = io.BytesIO()
    pdf.save(file, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return file.getvalue()
