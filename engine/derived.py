"""Copies derived from evidence – a thumbnail, a transcript, a crop. Each names its original; none takes its place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from engine import jobs, volumes
from engine.jobs import Job
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import evidence, evidence_copy
from registers.evidence import Accepted

Json = dict[str, Any]
_CHILD = Path(__file__).with_name("thumbnail_child.py")
_WALL = 30  # seconds
_MOST = 100 << 20  # bytes of a picture of which a thumbnail is made


def ask_for_thumbnail(work: Work, row: Row) -> None:
    """Leaves the job that makes the thumbnail of a picture just received, in its transaction."""
    if row["media_type"].startswith("image/") and row["size"] <= _MOST:
        key, payload = f"thumbnail:{row['id']}", {"evidence": str(row["id"])}
        job = Job(
            "thumbnail", work.now, key, row["agency_id"], row["category"], subject_id=row["case_id"], payload=payload
        )
        jobs.insert(work, [job])


def make_thumbnail(work: Work, job: Row) -> None:
    """The job: a picture that cannot be read has no thumbnail, which is no fault of the case. Its page for the dossier is made too."""
    with work.transaction():
        row = evidence.get(work, as_uuid(job["payload"]["evidence"]))
    with work.node.files.open(bytes(row["sha256"])) as source:
        small = _shrunk(source)
    stored = work.node.files.put(small) if small else None
    volumes.prepare(work.node.files, bytes(row["sha256"]))
    with work.transaction():
        if stored is not None:
            accepted = Accepted(stored, f"{Path(row['name']).stem}.jpg", "image/jpeg")
            evidence_copy.insert(work, row, "thumbnail", accepted, "系统生成的缩略图")
        jobs.finish(work, job["id"])


def _shrunk(source: BinaryIO) -> bytes | None:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            stdin=source, capture_output=True, timeout=_WALL, check=False, cwd="/", env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 and done.stdout else None


@command(may="evidence.upload", subject="evidence_id")
def add_copy(work: Work, case_id: str, evidence_id: str, accepted: Accepted, form: str, note: str) -> Json:
    """Hangs a transcript, a crop or another copy on its original; `note` says how it was made."""
    if not note.strip():
        raise InvalidAnswers({"note": "请写明这份副本怎样得来,如“截取第 3 至 8 秒”"})
    row = _of_case(work, case_id, evidence_id)
    permissions.demand(work, "evidence.upload", row["agency_id"], row["category"])
    made = evidence_copy.insert(work, row, form, accepted, note.strip())
    evidence.event(work, row["id"], "read", f"制作副本《{accepted.name}》:{note.strip()}"[:500])
    return _shown(made)


def open_copy(work: Work, case_id: str, evidence_id: str, copy_id: str) -> tuple[Row, BinaryIO]:
    """A copy and its open file. A thumbnail comes with the case, whose reading is audited; any other is audited by itself."""
    permissions.demand(work, "evidence.read")
    with work.transaction():
        evidence.reachable(work, as_uuid(evidence_id), as_uuid(case_id))
        _of_case(work, case_id, evidence_id)
        row = evidence_copy.get(work, as_uuid(evidence_id), as_uuid(copy_id))
        if row["form"] != "thumbnail":
            permissions.demand(work, "evidence.download")
            evidence.event(work, as_uuid(evidence_id), "read", f"查看副本《{row['name']}》")
            audit.record(work, "evidence.read", subject=("evidence", as_uuid(evidence_id)), outcome="read", detail={"copy": copy_id})  # fmt: skip
    return row, work.node.files.open(bytes(row["sha256"]))


def _of_case(work: Work, case_id: str, evidence_id: str) -> Row:
    return evidence.of(work, as_uuid(evidence_id), as_uuid(case_id))


def _shown(row: Row) -> Json:
    keys = ("form", "name", "media_type", "size", "note", "made_at")
    ids: dict[str, UUID] = {"id": row["id"], "evidence_id": row["evidence_id"]}
    return {**{k: row[k] for k in keys}, **{k: str(v) for k, v in ids.items()}, "sha256": bytes(row["sha256"]).hex()}
