"""The volumes of a dossier: which materials lie in which, on which pages, and the sheets in front and behind that say so.

The order and the names are content (rules/national/dossier.yaml). Pages are numbered from the first material on; cover,
catalogue and back note carry no number (DA/T 22), so that the catalogue can be written when all numbers are known.
Without LibreOffice no sheet can be made: then there is no volume, and `missing` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from content.dossier import Binding
from content.dossier import Volume as Rule
from content.releases import Release
from engine import documents
from engine.papers import render, volume
from engine.papers.template import Template
from kernel.errors import Fault, Problem
from kernel.files import FileStore
from kernel.work import LOCAL, Node, Row

PHOTO_RECIPE = "photo-1"  # another number when a photo's page comes to look different
SHEET_RECIPE = "sheet-1"  # of a DOCX that becomes PDF when the dossier is made
SIGNATURES = "手写签名"
_LAST = ("catalogue", "pages", "volume")  # what of a sheet is known only when the volume is
_NO_PAGE = "—"


@dataclass(frozen=True)
class Signature:
    """The picture of a signature drawn by hand, a file of the package: three lines tell who, of what, and its hash."""

    source: bytes
    lines: tuple[str, str, str]


@dataclass(frozen=True)
class Piece:
    """One material: a paper or a piece of evidence. `media` tells how it becomes pages; None: it never became a file.

    `docx`: of a paper that was issued without PDF, where its pages come from.
    """

    volume: str
    place: int
    at: datetime
    title: str
    number: str | None = None
    author: str = ""
    remark: str = ""
    path: str | None = None
    source: bytes | None = None
    media: str | None = None
    caption: tuple[str, ...] = ()
    why: str = ""  # why it has no pages
    signatures: tuple[Signature, ...] = ()
    docx: bytes | None = None


@dataclass
class Laid:
    """A volume laid out: its materials with their pages, the lines of its catalogue, what cannot be shown and why."""

    rule: Rule
    materials: list[volume.Material] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    pages: int = 0

    def supply(self) -> dict[str, object]:
        """What its sheets ask for (`from: system` of their templates)."""
        keys = ("name", "doc_no", "author", "date", "page", "remark")
        return {
            "catalogue": [{key: line[key] for key in keys} for line in self.lines],
            "pages": self.pages,
            "volume": self.rule.key,
        }


@dataclass(frozen=True)
class Bound:
    """A volume made: its PDF (None when it could not be), told as volumes.json tells it."""

    key: str
    name: str
    outside: bool
    pages: int
    pdf: bytes | None
    lines: list[Row]
    missing: list[str]


def lay_out(node: Node, binding: Binding, pieces: Iterable[Piece]) -> list[Laid]:
    """Every volume that has materials, in order: by section, within it by time. Faults of the converter that pass are raised."""
    found = list(pieces)
    laid = []
    for rule in binding.volumes.values():
        mine = [p for p in found if p.volume == rule.key]
        if mine:
            laid.append(Laid(rule))
        for piece in sorted(
            mine, key=lambda p: (_rank(rule, p.place), p.at, p.place, bool(p.signatures), p.path or "", p.title)
        ):
            _lay(node, laid[-1], piece)
    return laid


def _rank(rule: Rule, place: int) -> int:
    """The section's place among the sections; what lies in none comes last."""
    names = [s.name for s in rule.sections]
    name = rule.section(place)
    return names.index(name) if name in names else len(names)


def _lay(node: Node, laid: Laid, piece: Piece) -> None:
    section = laid.rule.section(piece.place)
    line: Row = {
        "name": piece.title,
        "doc_no": piece.number,
        "author": piece.author,
        "date": piece.at.astimezone(LOCAL).date().isoformat(),
        "section": section,
        "path": piece.path,
        "first": None,
        "last": None,
        "page": _NO_PAGE,
        "remark": piece.remark,
    }
    laid.lines.append(line)
    try:
        pdf = volume.opened(_pages_of(node, piece))
    except (volume.Unreadable, Problem) as error:
        if isinstance(error, Fault) and not error.permanent:
            raise
        why = error.detail if isinstance(error, Problem) else str(error)
        line["remark"] = "；".join(filter(None, (piece.remark, why)))
        if piece.media in ("paper", "image", "pdf"):
            laid.missing.append(f"《{piece.title}》未装订：{why}")
        return
    if piece.docx is not None:
        line["remark"] = "；".join(filter(None, (piece.remark, "转换件")))
    material = volume.Material(piece.title, section, pdf, piece.caption)
    line["first"], line["last"] = laid.pages + 1, laid.pages + material.pages
    line["page"] = f"{line['first']}-{line['last']}" if material.pages > 1 else str(line["first"])
    laid.pages += material.pages
    laid.materials.append(material)


def _pages_of(node: Node, piece: Piece) -> bytes:
    files = node.files
    if piece.signatures:
        return volume.signatures(SIGNATURES, [_signed(files, one) for one in piece.signatures])
    if piece.docx is not None and documents.pdf_available(node)[0] and node.paper_sample == 1:
        return sheet(node, files.read(piece.docx))
    if piece.source is None or piece.media not in ("paper", "image", "pdf"):
        raise volume.Unreadable(piece.why or "电子文件，存于数据包")
    return photo_page(files, piece.source) if piece.media == "image" else files.read(piece.source)


def _signed(files: FileStore, one: Signature) -> volume.Signed:
    try:
        return volume.Signed(volume.opened(photo_page(files, one.source)), one.lines)
    except volume.Unreadable as error:
        return volume.Signed(None, (one.lines[0], f"{one.lines[1]}（{error}）", one.lines[2]))


def photo_page(files: FileStore, sha256: bytes) -> bytes:
    """A kept picture as PDF, made once. Raises `volume.Unreadable`."""

    def made() -> bytes:
        with files.open(sha256) as source:
            return volume.photo(source)

    return files.derived(sha256, PHOTO_RECIPE, made)


def sheet(node: Node, docx: bytes) -> bytes:
    """A DOCX as PDF, made once: LibreOffice does not write the same bytes twice, a dossier exported twice is the same."""
    return node.files.derived(hashlib.sha256(docx).digest(), SHEET_RECIPE, lambda: documents.to_pdf(node, docx) or b"")


def prepare(files: FileStore, sha256: bytes) -> None:
    """Makes a picture's page at receipt, so that a dossier only merges; what cannot be shown is said there, not here."""
    with suppress(volume.Unreadable, Problem, OSError):
        photo_page(files, sha256)


def bind(
    node: Node,
    release: Release,
    binding: Binding,
    laid: Iterable[Laid],
    sheets: Mapping[str, Mapping[str, object]],
    title: str,
) -> list[Bound]:
    """Makes the PDFs. `sheets`: code → context of the cover and the back note (absent while the case goes on) and the catalogue."""
    ready, why = documents.pdf_available(node)
    return [_bound(node, release, binding, one, sheets, title, None if ready else why) for one in laid]


def _bound(
    node: Node,
    release: Release,
    binding: Binding,
    laid: Laid,
    sheets: Mapping[str, Mapping[str, object]],
    title: str,
    why: str | None,
) -> Bound:
    rule = laid.rule
    if why is not None:
        said = [*laid.missing, f"{rule.name}没有装订成册：{why}"]
        return Bound(rule.key, rule.name, rule.outside, laid.pages, None, laid.lines, said)
    made: dict[str, volume.Material] = {}
    for code in (binding.cover, binding.catalogue, binding.back_note):
        if code in sheets:
            form = documents.template_of(release, code)
            docx = render.render(form, completed(release, form, sheets[code], laid.supply()))
            made[code] = volume.Material(form.name, "", volume.opened(sheet(node, docx)))
    front = [made[code] for code in (binding.cover, binding.catalogue) if code in made]
    back = [made[binding.back_note]] if binding.back_note in made else []
    pdf = volume.bind(volume.Volume(f"{title} {rule.name}", front, laid.materials, back))
    return Bound(rule.key, rule.name, rule.outside, laid.pages, pdf, laid.lines, laid.missing)


def completed(
    release: Release, form: Template, context: Mapping[str, object], supply: Mapping[str, object]
) -> dict[str, object]:
    """A sheet's frozen context with what is known only now."""
    late = {key: spec for key, spec in form.fields.items() if spec.origin == "system" and spec.source in _LAST}
    worded = render.context(replace(form, fields=late), {}, {"system": supply, "codes": release.codes.names})
    return {**context, **worded}


def catalogue_of(release: Release, binding: Binding, system: Mapping[str, Any]) -> dict[str, object]:
    """The context of a catalogue for a case that has none yet: it goes on, and is exported as it stands."""
    form = documents.template_of(release, binding.catalogue)
    known = {key: spec for key, spec in form.fields.items() if spec.origin == "system" and spec.source not in _LAST}
    return render.context(replace(form, fields=known), {}, {"system": system, "codes": release.codes.names})
