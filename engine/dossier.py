"""The dossier (电子卷宗): everything of a case in one ZIP that says of itself whether it is whole, and who says so.

Built twice from the same rows at the same instant it is the same bytes: fixed timestamps, sorted names, nothing compressed.
`engine.verify` checks it with no database. Layout:

    volumes/ volumes.json      each volume (正卷、副卷) as one PDF with bookmarks and page numbers; what lies on which page
    目录.txt catalogue.json     every file by volume, in the order of document.yaml
    papers/main papers/second  issued papers, DOCX and PDF
    evidence/                  every file as received
    case.json facts.json history.json clocks.json custody.json rules.json
    manifest.json              size, SM3 and SHA-256 of every file above
    manifest.sm3               SM3 of manifest.json: the dossier's own digest
    signatures/                over manifest.json, Ed25519 and SM2, each with the public key that checks it
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from content.dossier import Binding
from content.releases import Release
from engine import documents, dossier_signing, release_store, volumes
from engine.dossier_rows import FORMAT, Rows, json_of
from engine.dossier_signing import Signature
from engine.volumes import Bound, Laid
from kernel import audit, permissions, sm3
from kernel.errors import Refusal
from kernel.files import FileStore, Stored
from kernel.work import Row, Work
from registers import case
from registers import dossier as register

RIGHT = "dossier.export"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20
_KEPT = ("sha256", "sm3", "size")  # of a volume's PDF; the manifest has them


@dataclass(frozen=True)
class Made:
    """A dossier that was made: the package, its volumes (as volumes.json tells them, with the hashes of their PDFs), its keys."""

    stored: Stored
    case: Row
    volumes: list[Row]
    files: int
    keys: list[str]

    @property
    def pages(self) -> int:
        """Numbered pages of all volumes."""
        return sum(int(volume["pages"]) for volume in self.volumes)

    @property
    def missing(self) -> list[str]:
        """What could not be bound, in sentences."""
        return [said for volume in self.volumes for said in volume["missing"]]


def build(work: Work, case_id: UUID | str) -> Stored:
    """The dossier of a case, kept in the node's file store. Opens a transaction when none is open.

    What was sealed, and nothing came after, is given out as it was sealed. Refuses while a paper is made but not yet issued;
    `NotFound` outside the scope.
    """
    permissions.demand(work, RIGHT)
    id_ = UUID(str(case_id))
    with nullcontext(work) if work.is_open else work.transaction():
        case.get(work, id_)
        sealed = register.sealed_whole(work, id_)
        if sealed is not None:
            register.event(work, sealed, "exported", work.person.name)
            audit.record(work, RIGHT, subject=("case", id_), outcome="read")
            return Stored(bytes(sealed["package_sha256"]), bytes(sealed["package_sm3"]), sealed["package_size"])
    return make(work, id_).stored


def binding_of(release: Release) -> Binding:
    """How dossiers are bound under a release."""
    if release.dossier is None:
        raise Refusal(
            "现行内容版本没有卷宗装订规则(rules/national/dossier.yaml)", remedy="请内容发布人员发布含该文件的新版本"
        )
    return release.dossier


def make(work: Work, case_id: UUID, *, sealing: bool = False, previous: str | None = None) -> Made:
    """Makes the dossier anew. `sealing`: the sheets in front and behind are issued on the way; `previous`: the SM3 of the part before."""
    permissions.demand(work, RIGHT)
    release, binding, rows = _read(work, case_id, sheets_to_come=sealing)
    laid = volumes.lay_out(work.node, binding, rows.pieces())
    if sealing:
        _issue_sheets(work, release, case_id, binding, laid)
    with nullcontext(work) if work.is_open else work.transaction():
        rows = Rows(work, case_id, binding)
        texts, sheets = rows.texts(), rows.sheets()
        audit.record(work, RIGHT, subject=("case", case_id), outcome="read")
    bound = volumes.bind(
        work.node, release, binding, laid, _contexts(rows, release, binding, sheets), _title(rows.case)
    )
    told = [_kept(work.node.files, one) for one in bound]
    texts["volumes.json"] = json_of([{k: v for k, v in one.items() if k not in _KEPT} for one in told])
    sources = {e.path: e.source for e in rows.entries if e.path is not None and e.source is not None}
    sources |= {one["path"]: bytes.fromhex(one["sha256"]) for one in told if one["path"]}
    about = {"format": FORMAT, "case": case_id, "number": rows.case["case_number"], "previous": previous}
    about["state"] = "sealed" if sealing else "working"
    with tempfile.TemporaryFile() as file:
        archive = _Archive(file, work.node.files)
        signed = archive.fill(sources, texts, about, lambda m: dossier_signing.sign(work, rows.case["agency_id"], m))
        file.seek(0)
        stored = work.node.files.put(file)
    return Made(stored, rows.case, told, archive.count, [s.fingerprint for s in signed])


def _read(work: Work, case_id: UUID, *, sheets_to_come: bool) -> tuple[Release, Binding, Rows]:
    with nullcontext(work) if work.is_open else work.transaction():
        release = release_store.current(work)
        binding = binding_of(release)
        return release, binding, Rows(work, case_id, binding, sheets_to_come=sheets_to_come)


def _issue_sheets(work: Work, release: Release, case_id: UUID, binding: Binding, laid: list[Laid]) -> None:
    """The sheets that the archiving step made, issued with the pages that only now are known; the register has the first volume's."""
    ready = documents.pdf_available(work.node)[0] and work.node.paper_sample == 1
    with nullcontext(work) if work.is_open else work.transaction():
        papers = [p for p in documents.made(work, case_id) if p["kind"] in binding.parts]
        for paper in papers:
            form = documents.template_of(release, paper["kind"])
            mine = next((one for one in laid if one.rule.key == form.volume), None)
            if ready and mine is not None:
                paper["context"] = volumes.completed(release, form, paper["context"], mine.supply())
                documents.complete_context(work, paper)
    for paper in papers:
        documents.issue(work, paper, volumes.sheet if ready else None)


def _contexts(
    rows: Rows, release: Release, binding: Binding, sheets: Mapping[str, Row]
) -> dict[str, Mapping[str, object]]:
    found: dict[str, Mapping[str, object]] = {code: row["context"] for code, row in sheets.items()}
    if binding.catalogue not in found:
        system = {"case_number": rows.case["case_number"] or "(未编号)", "agency_name": rows.agency["name"]}
        found[binding.catalogue] = volumes.catalogue_of(release, binding, system)
    return found


def _title(row: Row) -> str:
    return str(row["case_number"] or row["case_cause"])


def _kept(files: FileStore, bound: Bound) -> Row:
    """A volume as it is told; its PDF is kept like every file."""
    told: Row = {"key": bound.key, "name": bound.name, "outside": bound.outside, "pages": bound.pages}
    told |= {"items": bound.lines, "missing": bound.missing, "path": None, **dict.fromkeys(_KEPT)}
    if bound.pdf is not None:
        stored = files.put(bound.pdf)
        told |= {"path": f"volumes/{bound.name}.pdf", "size": stored.size}
        told |= {"sha256": stored.sha256.hex(), "sm3": stored.sm3.hex()}
    return told


class _Archive:
    """A ZIP whose bytes depend on its contents alone."""

    def __init__(self, target: BinaryIO, files: FileStore) -> None:
        self._target, self._files = target, files
        self._listed: list[dict[str, object]] = []

    @property
    def count(self) -> int:
        """How many files the manifest lists."""
        return len(self._listed)

    def fill(
        self,
        sources: Mapping[str, bytes],
        texts: Mapping[str, bytes],
        about: Mapping[str, object],
        sign: Callable[[bytes], list[Signature]],
    ) -> list[Signature]:
        """Everything by name, then the manifest over it, its digest, its signatures."""
        with zipfile.ZipFile(self._target, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted([*sources, *texts]):
                if path in texts:
                    data = texts[path]
                    self._put(archive, path, data)
                    self._list(path, len(data), hashlib.sha256(data).hexdigest(), sm3.hexdigest(data))
                else:
                    self._copy(archive, path, sources[path])
            manifest = json_of({**about, "files": self._listed})
            self._put(archive, "manifest.json", manifest)
            self._put(archive, "manifest.sm3", f"{sm3.hexdigest(manifest)}  manifest.json\n".encode())
            signed = sign(manifest)
            for one in signed:
                stem = f"signatures/{one.algorithm.lower()}"
                self._put(archive, f"{stem}.pem", one.pem)
                self._put(archive, f"{stem}.sig", one.signature)
        return signed

    def _copy(self, archive: zipfile.ZipFile, path: str, sha256: bytes) -> None:
        first, second, size = hashlib.sha256(), sm3.new(), 0
        with self._files.open(sha256) as file, archive.open(_info(path), "w", force_zip64=True) as target:
            while piece := file.read(_CHUNK):
                first.update(piece)
                second.update(piece)
                size += len(piece)
                target.write(piece)
        self._list(path, size, first.hexdigest(), second.hexdigest())

    @staticmethod
    def _put(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
        archive.writestr(_info(path), data)

    def _list(self, path: str, size: int, sha256: str, sm3_: str) -> None:
        self._listed.append({"path": path, "size": size, "sha256": sha256, "sm3": sm3_})


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, _EPOCH)
    info.create_system, info.external_attr = 3, 0o644 << 16
    return info
