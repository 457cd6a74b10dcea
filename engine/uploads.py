"""Evidence in pieces: an upload is begun, takes pieces in order, and becomes evidence when it is finished.

What stopped goes on from the byte where it stopped, on the same device or another. What nobody finishes is cleared away by a
job; nothing is evidence before the whole file was examined and both its hashes are known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID

from engine import custody, jobs
from engine.jobs import Job
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, Refusal
from kernel.files import TooLarge, measured
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import upload, uploading
from registers.evidence import Accepted, Meta

Json = dict[str, Any]
RIGHT = "evidence.upload"


@command(may=RIGHT, subject="case_id")
def begin_upload(work: Work, case_id: str, name: str, size: int, sha256: str | None, told: Mapping[str, Any]) -> Json:
    """Begins an upload of `size` bytes. `told`: kind, taken_at, place, device, taker_id, witnesses, as `receive_evidence`."""
    if size > uploading.MOST:
        raise TooLarge(uploading.MOST)
    row = uploading.begin(work, as_uuid(case_id), name, size, bytes.fromhex(sha256) if sha256 else None, told)
    permissions.demand(work, RIGHT, row["agency_id"], row["category"])
    custody.refuse_kind(work, str(told["kind"]))
    custody.refuse_taker(work, as_uuid(str(told["taker_id"])) if told.get("taker_id") else None)
    upload.refuse_name(row["name"])
    job = Job("upload", row["expires_at"], f"upload:{row['id']}", row["agency_id"], row["category"])
    jobs.insert(work, [Job(**{**vars(job), "payload": {"upload": str(row["id"])}})])
    return _shown(row)


def unfinished_uploads(work: Work, case_id: str) -> list[Json]:
    """One's own uploads of a case that wait for more."""
    permissions.demand(work, RIGHT)
    with work.transaction(hot=True):
        return [_shown(row) for row in uploading.unfinished(work, as_uuid(case_id))]


def one_upload(work: Work, upload_id: str) -> Json:
    """How far an upload is."""
    permissions.demand(work, RIGHT)
    with work.transaction(hot=True):
        return _shown(uploading.mine(work, as_uuid(upload_id)))


def take_piece(work: Work, upload_id: str, offset: int, piece: bytes, sha256: bytes | None) -> Json:
    """Takes a piece at its place. No audit row of its own: the bytes are nothing yet; beginning and finishing have theirs."""
    permissions.demand(work, RIGHT)
    if sha256 is not None and hashlib.sha256(piece).digest() != sha256:
        raise InvalidAnswers({"file": "分片在传输中受损,请重发这一片"}, detail="分片的校验和不符")
    if not piece:
        raise InvalidAnswers({"file": "分片是空的"})
    with work.transaction(hot=True):
        uploading.refuse_over(uploading.mine(work, as_uuid(upload_id)))
    return _shown(uploading.take(work, as_uuid(upload_id), offset, piece))


def finish_upload(work: Work, upload_id: str) -> Json:
    """Examines and keeps the whole file and makes it evidence. Asked again, it answers with the same evidence."""
    permissions.demand(work, RIGHT)
    id_ = as_uuid(upload_id)
    with work.transaction(hot=True):
        row = uploading.mine(work, id_)
    if row["state"] == "finished":
        return custody.told(work, row["evidence_id"])
    uploading.refuse_over(row)
    if row["received"] < row["size"]:
        raise uploading.OutOfPlace(row["received"])
    at = uploading.path(work, id_)
    with uploading.held(at):
        if not at.exists() or at.stat().st_size == 0:  # who held it before has finished and taken it away
            return _finished_meanwhile(work, id_)
        accepted = _accepted(work, row)
        answer = _finish(work, upload_id, accepted)
        at.unlink(missing_ok=True)
    return answer


def _finished_meanwhile(work: Work, id_: UUID) -> Json:
    with work.transaction(hot=True):
        row = uploading.mine(work, id_)
    if row["state"] == "finished":
        uploading.path(work, id_).unlink(missing_ok=True)
        return custody.told(work, row["evidence_id"])
    raise Refusal("已收到的部分丢失,无法完成上传", remedy="请重新选择文件上传")


def _accepted(work: Work, row: Row) -> Accepted:
    at = uploading.path(work, row["id"])
    if at.stat().st_size != row["size"]:
        raise Refusal("收到的字节数与文件大小不符,无法完成上传", remedy="请放弃这次上传,重新选择文件")
    with ThreadPoolExecutor(1) as beside, at.open("rb") as file:  # hashing lets go of the interpreter: both cores work
        hashing = beside.submit(measured, at)
        examined = upload.examine(file, row["name"], uploading.MOST)
        stored = hashing.result()
    if row["sha256"] is not None and bytes(row["sha256"]) != stored.sha256:
        raise InvalidAnswers({"file": "整个文件的 SHA-256 与开始时申报的不符,请重新上传"})
    work.node.files.adopt(at, stored)
    return Accepted(stored, examined.name, examined.media_type)


@command(may=RIGHT, subject="upload_id")
def _finish(work: Work, upload_id: str, accepted: Accepted) -> Json:
    row = uploading.mine(work, as_uuid(upload_id), lock=True)
    uploading.refuse_over(row)
    told = row["told"]
    meta = Meta(name=accepted.name, kind=told["kind"], place=told.get("place"), device=told.get("device"))
    meta["taken_at"] = datetime.fromisoformat(told["taken_at"]) if told.get("taken_at") else None
    meta["taker_id"] = as_uuid(told["taker_id"]) if told.get("taker_id") else None
    meta["witnesses"] = told.get("witnesses") or []
    answer = custody.receive(work, row["case_id"], accepted, meta)
    uploading.close(work, row["id"], "finished", UUID(answer["id"]))
    return answer


@command(may=RIGHT, subject="upload_id")
def give_up_upload(work: Work, upload_id: str) -> Json:
    """Lets an upload go; what came of it is cleared away. Letting go twice changes nothing."""
    row = uploading.mine(work, as_uuid(upload_id), lock=True)
    if row["state"] != "given_up":
        uploading.refuse_over(row)
        uploading.close(work, row["id"], "given_up")
    uploading.path(work, row["id"]).unlink(missing_ok=True)
    return {"id": str(row["id"]), "state": "given_up"}


def expire(work: Work, job: Row) -> None:
    """The job of an upload: clears it away when nothing more came, or looks again when its time is over."""
    id_ = as_uuid(job["payload"]["upload"])
    with work.transaction():
        row = work.one("select id, state, expires_at from evidence_upload where id = %s for update", (id_,))
        if row is not None and row["state"] == "open" and row["expires_at"] > work.now:
            jobs.put_off(work, job["id"], row["expires_at"])
            return
        if row is not None and row["state"] == "open":
            uploading.close(work, id_, "expired")
        uploading.path(work, id_).unlink(missing_ok=True)
        jobs.finish(work, job["id"])


def _shown(row: Row) -> Json:
    told = row["told"] if isinstance(row["told"], dict) else row["told"].obj
    return {
        "id": str(row["id"]),
        "case_id": str(row["case_id"]),
        "name": row["name"],
        "kind": told["kind"],
        "size": row["size"],
        "received": row["received"],
        "piece": uploading.PIECE,
        "state": row["state"],
        "evidence_id": str(row["evidence_id"]) if row["evidence_id"] else None,
        "expires_at": row["expires_at"].isoformat(),
    }
