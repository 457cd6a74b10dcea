"""What the database knows of a case when its dossier is made: read once, in one transaction, told as files and as materials."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from content.dossier import Binding
from content.releases import Release
from engine import clocks, dossier_signatures, release_store
from engine.papers import template
from engine.volumes import SIGNATURES, Piece, Signature
from kernel.errors import Refusal
from kernel.work import LOCAL, Row, Work
from registers import agency, case, document, evidence

FORMAT = 2
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
class Entry:
    """One line of the package's catalogue. `path` is None for a paper that never became a file (void before it was issued)."""

    volume: str
    order: int
    title: str
    number: str | None
    made_at: datetime
    state: str
    path: str | None = None
    source: bytes | None = None  # SHA-256 in the file store


class Rows:
    """What the database knows of the case, read in one transaction."""

    def __init__(self, work: Work, case_id: UUID, binding: Binding, *, sheets_to_come: bool = False) -> None:
        self._work, self._id, self._binding = work, case_id, binding
        self.case = case.get(work, case_id)
        self.papers = document.of_case(work, case_id)
        self.evidence = evidence.of_case(work, case_id)
        self.agency = agency.naming(work, self.case["agency_id"])
        waived = binding.parts if sheets_to_come else frozenset[str]()
        late = [p["name"] for p in self.papers if p["state"] in ("made", "unsealed") and p["kind"] not in waived]
        if late:
            raise Refusal(f"文书尚未生成:{'、'.join(late)}", remedy="待文书生成并签发后再导出卷宗")
        self._releases = _releases(work, case_id, [p["release"] for p in self.papers])
        codes = [r.codes["EVIDENCE_KIND"].items for r in self._releases.values() if "EVIDENCE_KIND" in r.codes]
        self._kinds: Mapping[str, str] = codes[-1] if codes else {}
        self._drawn = dossier_signatures.drawn(self.evidence, self._changes(), self.papers, self._releases)
        self.entries = sorted(
            [*self._paper_entries(), *self._evidence_entries()],
            key=lambda e: (e.volume, e.order, e.path or "", e.title),
        )

    def _paper_entries(self) -> list[Entry]:
        entries = []
        for place, paper in enumerate(self.papers, 1):
            volume, order = _position(self._releases.get(paper["release"]), paper["kind"])
            stem = self._stem(place, paper, volume, order)
            made = (volume, order, paper["name"], paper["number"], paper["made_at"], paper["state"])
            files = [(f"{stem}.{kind}", paper[f"{kind}_sha256"]) for kind in ("docx", "pdf") if paper[f"{kind}_sha256"]]
            if paper["signature_sha256"]:
                files.append((f"{stem}.docx.p7s", paper["signature_sha256"]))
            entries += [Entry(*made, path, bytes(source)) for path, source in files] or [Entry(*made)]
        return entries

    @staticmethod
    def _stem(place: int, paper: Row, volume: str, order: int) -> str:
        return f"papers/{volume}/{order:03}-{place:03}-{paper['kind']}-{_safe(paper['name'])}"

    def _evidence_entries(self) -> list[Entry]:
        return [
            Entry(
                self._binding.evidence_volume,
                self._binding.place_of(e["kind"]),
                e["name"],
                None,
                e["received_at"],
                "",
                _evidence_path(place, e),
                bytes(e["sha256"]),
            )
            for place, e in enumerate(self.evidence, 1)
        ]

    def pieces(self) -> list[Piece]:
        """What goes into the volumes: papers that were issued, the scan in place of a paper stamped by hand, the evidence.

        The sheets in front and behind are made last; a paper that is void lies in the package alone. Signatures drawn by hand
        are one material.
        """
        drawn = self._drawn
        scans = {p["scan_id"]: p for p in self.papers if p["scan_id"] is not None and p["state"] != "void"}
        made = [self._evidence_piece(n, e, scans) for n, e in enumerate(self.evidence, 1) if e["id"] not in drawn]
        if drawn:
            made.append(self._signatures(drawn))
        for place, paper in enumerate(self.papers, 1):
            goes_in = paper["kind"] not in self._binding.parts and paper["state"] != "void" and paper["docx_sha256"]
            if goes_in and paper["scan_id"] is None:
                made.append(self._paper_piece(place, paper))
        return made

    def _paper_piece(self, place: int, paper: Row) -> Piece:
        volume, order = _position(self._releases.get(paper["release"]), paper["kind"])
        pdf = paper["pdf_sha256"]
        return Piece(
            volume,
            order,
            paper["made_at"],
            paper["name"],
            paper["number"],
            self.agency["name"],
            _STATES[paper["state"]] if paper["state"] in ("revoked", "superseded") else "",
            self._stem(place, paper, volume, order) + (".pdf" if pdf else ".docx"),
            bytes(pdf) if pdf else None,
            "paper",
            why="只有 DOCX，签发时未生成 PDF",
            docx=None if pdf else bytes(paper["docx_sha256"]),
        )

    def _signatures(self, drawn: Mapping[UUID, dossier_signatures.Drawn]) -> Piece:
        rows = [(place, e, drawn[e["id"]]) for place, e in enumerate(self.evidence, 1) if e["id"] in drawn]
        pictures = tuple(
            Signature(
                bytes(e["sha256"]),
                (
                    f"证据{place}：{one.name}  {one.day}",
                    "  ".join(filter(None, (f"《{one.paper}》" if one.paper else "", one.what))) or "未用于文书",
                    f"SM3 {bytes(e['sm3']).hex()}",
                ),
            )
            for place, e, one in rows
        )
        return Piece(
            self._binding.evidence_volume,
            self._binding.evidence_place,
            max(e["received_at"] for e in self.evidence),
            f"{SIGNATURES}（{len(rows)} 幅）",
            author=self.agency["name"],
            remark="原件存于数据包",
            media="image",
            signatures=pictures,
        )

    def _evidence_piece(self, place: int, row: Row, scans: Mapping[UUID, Row]) -> Piece:
        kind = row["media_type"].partition("/")[0]
        media = "image" if kind == "image" else "pdf" if row["media_type"] == "application/pdf" else None
        path, source, paper = _evidence_path(place, row), bytes(row["sha256"]), scans.get(row["id"])
        if paper is not None:
            volume, order = _position(self._releases.get(paper["release"]), paper["kind"])
            name, number = paper["name"], paper["number"]
            return Piece(
                volume, order, paper["made_at"], name, number, self.agency["name"], "盖章件", path, source, media
            )
        taken = row["taken_at"].astimezone(LOCAL).strftime("%Y-%m-%d %H:%M") if row["taken_at"] else "未记录"
        about = [f"拍摄（取得）时间：{taken}", f"地点：{row['place'] or '未记录'}"]
        about += [f"设备：{row['device']}"] if row["device"] else []
        kind = self._kinds.get(row["kind"], "")
        caption = (
            f"证据{place}{f'（{kind}）' if kind else ''}：{row['name']}",
            "  ".join(about),
            f"SM3 {bytes(row['sm3']).hex()}",
        )
        binding = self._binding
        return Piece(
            binding.evidence_volume,
            binding.place_of(row["kind"]),
            row["received_at"],
            row["name"],
            author=self.agency["name"],
            remark=kind,
            path=path,
            source=source,
            media=media,
            caption=caption if media == "image" else (),
        )

    def sheets(self) -> dict[str, Row]:
        """Code → the newest sheet (cover, catalogue, back note) of the case that stands, with its context."""
        rows = self._work.rows(
            """select * from document where case_id = %s and kind = any(%s) and state not in ('void', 'superseded')
            order by id""",
            (self._id, sorted(self._binding.parts)),
        )
        return {row["kind"]: row for row in rows}

    def texts(self) -> dict[str, bytes]:
        """Path → bytes of everything that is written here, not stored before."""
        return {
            "目录.txt": self._catalogue_text().encode(),
            "catalogue.json": json_of([self._listed(e) for e in self.entries]),
            "case.json": json_of(self._case()),
            "facts.json": json_of({"facts": self.case["facts"], "changes": self._changes()}),
            "history.json": json_of(self._history()),
            "clocks.json": json_of(self._clocks()),
            "custody.json": json_of(self._custody()),
            "rules.json": json_of(self._rules()),
        }

    @staticmethod
    def _listed(entry: Entry) -> Row:
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
        lines = [
            f"案号:{self.case['case_number'] or '(未编号)'}",
            f"案由:{self.case['facts'].get('case_cause') or self.case['case_cause']}",
        ]
        for volume, rule in self._binding.volumes.items():
            lines += ["", f"【{rule.name}】"]
            for place, e in enumerate((e for e in self.entries if e.volume == volume), 1):
                day = e.made_at.astimezone(LOCAL).date()
                told = " ".join(filter(None, (e.title, e.number, _STATES.get(e.state), e.path or "(无文件)")))
                lines.append(f"{place:>3}  {day}  {told}")
        return "\n".join(lines) + "\n"

    def _case(self) -> Row:
        work, row = self._work, self.case
        one = {"party": "select * from party where id = %s", "vehicle": "select * from vehicle where id = %s"}
        found = {name: work.one(query, (row[f"{name}_id"],)) for name, query in one.items() if row[f"{name}_id"]}
        told = {k: v for k, v in row.items() if k != "facts"}
        return {"format": FORMAT, "case": told, "agency": self.agency, **found}

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


@functools.lru_cache(maxsize=2048)
def _position(release: Release | None, code: str) -> tuple[str, int]:
    """Volume and place of a paper by its template; papers whose template is unknown stand at the end of the main volume."""
    folder = template.folders(release.files).get(code) if release is not None else None
    if release is None or folder is None:
        return "main", 999
    file = f"{folder}document.yaml"
    given = template.parse_yaml(file, release.files[file])
    return str(given.get("volume", "main")), int(given.get("order", 999))


def _evidence_path(place: int, row: Row) -> str:
    return f"evidence/{place:03}-{_safe(row['name'])}"


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


def json_of(value: object) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(value, default=_plain, option=options)
