"""Evidence comes into a case: an examined file, kept by hash, becomes evidence with the first event of its custody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from engine import clocks, derived, release_store
from engine.rules import rules
from kernel.command import command
from kernel.errors import InvalidAnswers
from kernel.ids import as_uuid
from kernel.work import Work
from registers import evidence, officer
from registers.evidence import Accepted, Meta

Json = dict[str, Any]
_TOLD = ("kind", "name", "media_type", "size", "taken_at", "place", "device", "witnesses", "received_at")


@command(may="evidence.upload", subject="case_id")
def receive_evidence(
    work: Work,
    case_id: str,
    accepted: Accepted,
    kind: str,
    taken_at: datetime | None,
    place: str | None,
    device: str | None,
    taker_id: str | None = None,
    witnesses: Sequence[str] = (),
    signature: str | None = None,
) -> Json:
    """Makes an accepted file evidence of the case. `signature`: the place on a form whose signature it shows."""
    meta = Meta(name=accepted.name, kind=kind, taken_at=taken_at, place=place, device=device, witnesses=list(witnesses))
    meta["taker_id"] = as_uuid(taker_id) if taker_id else None
    meta["facts"] = {"signature": signature} if signature else {}
    return receive(work, UUID(case_id), accepted, meta)


def receive(work: Work, case_id: UUID, accepted: Accepted, meta: Meta) -> Json:
    """As `receive_evidence`, in the transaction of the verb that calls it."""
    refuse_taker(work, meta.get("taker_id"))
    row = evidence.receive(work, case_id, accepted, meta)
    derived.ask_for_thumbnail(work, row)
    if row["media_type"].startswith(("video/", "audio/")):
        upload = rules(release_store.current(work)).risks.roles.get("av_upload")
        if upload:
            clocks.meet(work, case_id, upload, "音像资料已上传")
    return _shown(row)


def told(work: Work, evidence_id: UUID) -> Json:
    """What an upload is answered with, of evidence that came in before."""
    with work.transaction(hot=True):
        return _shown(evidence.get(work, evidence_id))


def refuse_kind(work: Work, kind: str) -> None:
    """A kind that the code list of evidence does not have. In an open transaction."""
    codes = release_store.current(work).codes
    if "EVIDENCE_KIND" in codes and kind not in codes["EVIDENCE_KIND"].items:
        choice = "、".join(f"{code} {name}" for code, name in codes["EVIDENCE_KIND"].items.items())
        raise InvalidAnswers({"kind": f"没有这种证据种类,可填:{choice}"})


def refuse_taker(work: Work, taker: UUID | None) -> None:
    """A taker of evidence who is nobody in the register of officers. In an open transaction."""
    if taker is not None and not officer.names(work, [taker]):
        raise InvalidAnswers({"taker_id": "没有这名取证人员,请从人员名册中选择"})


def _shown(row: Json) -> Json:
    return {
        **{key: row[key] for key in _TOLD},
        "id": str(row["id"]),
        "taker_id": str(row["taker_id"]) if row["taker_id"] else None,
        "sha256": bytes(row["sha256"]).hex(),
        "sm3": bytes(row["sm3"]).hex(),
    }
