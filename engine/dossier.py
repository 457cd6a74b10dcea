"""The dossier (电子卷宗): everything of a case in one ZIP that says of itself whether it is whole.

Built twice from the same rows at the same instant it is the same bytes: fixed timestamps, sorted names, nothing compressed.
`engine.verify` checks it with no database. Layout:

    目录.txt catalogue.json     main volume and second volume (正卷、副卷) in the order of document.yaml
    papers/main papers/second  issued papers, DOCX and PDF
    evidence/                  every file as received
    case.json facts.json history.json clocks.json custody.json rules.json
    manifest.json              size, SM3 and SHA-256 of every file above
    manifest.sm3               SM3 of manifest.json: the dossier's own digest
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

import orjson

from content.releases import Release
from engine import clocks, release_store
from engine.papers import template
from kernel import audit, permissions, sm3
from kernel.errors import Refusal
from kernel.files import FileStore, Stored
from kernel.work import LOCAL, Row, Work
from registers import agency, case, document, evidence

FORMAT = 1
RIGHT = "dossier.export"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20
_VOLUMES = {"main": "正卷", "second": "副卷"}
_EVIDENCE_PLACE = 75  # of the main volume: after expert opinions, before the investigation report (documents.yaml)
_STATES = {
    "made": "已制作",
    "unsealed": "待盖章",
    "issued": "已签发",
    "served": "已送达",
    "revoked": "已撤销",
    "superseded": "已被取代",
    "void": "已作废",
}


@dataclass(frozen=True)
class _Entry:
    """One line of the catalogue. `path` is None for a paper that never became a file (void before it was issued)."""

    volume: str
    order: int
    title: str
    number: str | None
    made_at: datetime
    state: str
    path: str | None = None
    source: bytes | None = None  # SHA-256 in the file store


def build(work: Work, case_id: UUID | str) -> Stored:
    """Makes the dossier of a case and keeps it in the node's file store. Opens a transaction when none is open.

    Refuses while a paper is made but not yet issued; `NotFound` outside the scope.
    """
    with tempfile.TemporaryFile() as file:
        write(work, UUID(str(case_id)), file)
        file.seek(0)
        return work.node.files.put(file)


def write(work: Work, case_id: UUID, target: BinaryIO) -> None:
    """Writes the dossier into a seekable file."""
    permissions.demand(work, RIGHT)
    with nullcontext(work) if work.is_open else work.transaction():
        rows = _Rows(work, case_id)
        texts = rows.texts()
        audit.record(work, RIGHT, subject=("case", case_id), outcome="read")
    _Archive(target, work.node.files).fill(rows.entries, texts)


class _Rows:
    """What the database knows of the case, read in one transaction."""

    def __init__(self, work: Work, case_id: UUID) -> None:
        self._work, self._id = work, case_id
        self.case = case.get(work, case_id)
        self.papers = document.of_case(work, case_id)
        self.evidence = evidence.of_case(work, case_id)
        late = [p["name"] for p in self.papers if p["state"] in ("made", "unsealed")]
        if late:
            raise Refusal(f"文书尚未生成:{'、'.join(late)}", remedy="待文书生成并签发后再导出卷宗")
        self._releases = _releases(work, case_id, [p["release"] for p in self.papers])
        self.entries = sorted(
            [*self._paper_entries(), *self._evidence_entries()],
            key=lambda e: (e.volume, e.order, e.path or "", e.title),
        )

    def _paper_entries(self) -> list[_Entry]:
        entries = []
        for place, paper in enumerate(self.papers, 1):
            volume, order = _position(self._releases.get(paper["release"]), paper["kind"])
            stem = f"papers/{volume}/{order:03}-{place:03}-{paper['kind']}-{_safe(paper['name'])}"
            made = (volume, order, paper["name"], paper["number"], paper["made_at"], paper["state"])
            files = [(f"{stem}.{kind}", paper[f"{kind}_sha256"]) for kind in ("docx", "pdf") if paper[f"{kind}_sha256"]]
            if paper["signature_sha256"]:
                files.append((f"{stem}.docx.p7s", paper["signature_sha256"]))
            entries += [_Entry(*made, path, bytes(source)) for path, source in files] or [_Entry(*made)]
        return entries

    def _evidence_entries(self) -> list[_Entry]:
        return [
            _Entry(
                "main",
                _EVIDENCE_PLACE,
                e["name"],
                None,
                e["received_at"],
                "",
                f"evidence/{place:03}-{_safe(e['name'])}",
                bytes(e["sha256"]),
            )
            for place, e in enumerate(self.evidence, 1)
        ]

    def texts(self) -> dict[str, bytes]:
        """Path → bytes of everything that is written here, not stored before."""
        return {
            "目录.txt": self._catalogue_text().encode(),
            "catalogue.json": _json([self._listed(e) for e in self.entries]),
            "case.json": _json(self._case()),
            "facts.json": _json({"facts": self.case["facts"], "changes": self._changes()}),
            "history.json": _json(self._history()),
            "clocks.json": _json(self._clocks()),
            "custody.json": _json(self._custody()),
            "rules.json": _json(self._rules()),
        }

    @staticmethod
    def _listed(entry: _Entry) -> Row:
        return {
            "volume": entry.volume,
            "order": entry.order,
            "path": entry.path,
            "title": entry.title,
            "number": entry.number,
            "at": entry.made_at,
            "state": entry.state,
        }

    def _catalogue_text(self) -> str:
        lines = [f"案号:{self.case['case_number'] or '(未编号)'}", f"案由:{self.case['case_cause']}"]
        for volume, name in _VOLUMES.items():
            lines += ["", f"【{name}】"]
            for place, e in enumerate((e for e in self.entries if e.volume == volume), 1):
                day = e.made_at.astimezone(LOCAL).date()
                told = " ".join(filter(None, (e.title, e.number, _STATES.get(e.state), e.path or "(无文件)")))
                lines.append(f"{place:>3}  {day}  {told}")
        return "\n".join(lines) + "\n"

    def _case(self) -> Row:
        work, row = self._work, self.case
        one = {"party": "select * from party where id = %s", "vehicle": "select * from vehicle where id = %s"}
        found = {name: work.one(query, (row[f"{name}_id"],)) for name, query in one.items() if row[f"{name}_id"]}
        place = agency.naming(work, row["agency_id"])
        return {"format": FORMAT, "case": {k: v for k, v in row.items() if k != "facts"}, "agency": place, **found}

    def _changes(self) -> list[Row]:
        return case.history_of_facts(self._work, self._id)

    def _history(self) -> Row:
        steps = self._work.rows(
            """select h.id, h.instance_id, h.at, h.element, h.name, h.kind, h.event, h.person_id, o.name as person, h.outcome
            from step_history h left join officer o on o.id = h.person_id where h.subject_id = %s order by h.id""",
            (self._id,),
        )
        instances = self._work.rows(
            """select id, process_key, release, status, started_at, ended_at from process_instance
            where subject_id = %s order by id""",
            (self._id,),
        )
        return {"instances": instances, "steps": steps}

    def _clocks(self) -> list[Row]:
        rows = self._work.rows("select * from clock where subject_id = %s order by id", (self._id,))
        history = self._work.rows(
            """select clock_id, at, person_id, event, due_before, due_after, reason from clock_history
            where clock_id = any(%s) order by id""",
            ([r["id"] for r in rows],),
        )
        release = next(iter(self._releases.values()), None)
        counted: dict[str, Any] = {}
        if rows and release is not None:
            subject = {**self.case, "subject_id": self._id}
            counted = {c["id"]: c for c in clocks.Clocks(self._work, release, subject, rows).all_explained()}
        return [
            {
                **row,
                "counting": counted.get(str(row["id"])),
                "history": [h for h in history if h["clock_id"] == row["id"]],
            }
            for row in rows
        ]

    def _custody(self) -> list[Row]:
        paths = [e.path for e in self.entries if e.path and e.path.startswith("evidence/")]
        by_place = sorted(p for p in paths if p)
        return [
            {
                "path": path,
                "evidence": row,
                "events": [
                    {**e, "at_micros": round(e["at"].timestamp() * 1_000_000)}
                    for e in evidence.custody(self._work, row["id"])
                ],
            }
            for path, row in zip(by_place, self.evidence, strict=True)
        ]

    def _rules(self) -> Row:
        hashes = sorted(self._releases)
        published = self._work.rows(
            "select hash, files, effective_from, ground, published_at from release where hash = any(%s) order by hash",
            (hashes,),
        )
        versions = self._work.rows(
            """select distinct rule, rule_version, calendar_version from clock where subject_id = %s
            order by rule, rule_version, calendar_version""",
            (self._id,),
        )
        papers = [{k: p[k] for k in ("kind", "number", "template_hash", "release")} for p in self.papers]
        return {"releases": published, "deadlines": versions, "papers": papers}


def _releases(work: Work, case_id: UUID, of_papers: list[str]) -> dict[str, Release]:
    pinned = work.rows("select distinct release from process_instance where subject_id = %s", (case_id,))
    hashes = dict.fromkeys([*(sorted(r["release"] for r in pinned)), *of_papers])
    known = {r["hash"] for r in work.rows("select hash from release where hash = any(%s)", (list(hashes),))}
    return {h: release_store.load(work, h) for h in hashes if h in known}


def _position(release: Release | None, code: str) -> tuple[str, int]:
    """Volume and place of a paper by its template; papers whose template is unknown stand at the end of the main volume."""
    folder = template.folders(release.files).get(code) if release is not None else None
    if release is None or folder is None:
        return "main", 999
    file = f"{folder}document.yaml"
    given = template.parse_yaml(file, release.files[file])
    return str(given.get("volume", "main")), int(given.get("order", 999))


def _safe(name: str) -> str:
    return "".join("_" if c in '/\\<>:"|?*' or not c.isprintable() else c for c in name)[:80]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(LOCAL).isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _json(value: object) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(value, default=_plain, option=options)


class _Archive:
    """A ZIP whose bytes depend on its contents alone."""

    def __init__(self, target: BinaryIO, files: FileStore) -> None:
        self._target, self._files = target, files
        self._listed: list[dict[str, object]] = []

    def fill(self, entries: list[_Entry], texts: Mapping[str, bytes]) -> None:
        """Everything by name, then the manifest over it, then the manifest's digest."""
        sources = {e.path: e.source for e in entries if e.path is not None and e.source is not None}
        with zipfile.ZipFile(self._target, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted([*sources, *texts]):
                if path in texts:
                    data = texts[path]
                    self._put(archive, path, data)
                    self._list(path, len(data), hashlib.sha256(data).hexdigest(), sm3.hexdigest(data))
                else:
                    self._copy(archive, path, sources[path])
            manifest = _json({"format": FORMAT, "files": self._listed})
            self._put(archive, "manifest.json", manifest)
            self._put(archive, "manifest.sm3", f"{sm3.hexdigest(manifest)}  manifest.json\n".encode())

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
