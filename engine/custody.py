"""Evidence comes into a case: an examined file, kept by hash, becomes evidence with the first event of its custody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from engine import volumes
from kernel.command import command
from kernel.work import Work
from registers import evidence
from registers.evidence import Accepted, Meta


@command(may="evidence.upload", subject="case_id")
def receive_evidence(
    work: Work,
    case_id: str,
    accepted: Accepted,
    kind: str,
    taken_at: datetime | None,
    place: str | None,
    device: str | None,
) -> dict[str, Any]:
    """Makes an accepted file evidence of the case."""
    meta = Meta(name=accepted.name, kind=kind, taken_at=taken_at, place=place, device=device)
    row = evidence.receive(work, UUID(case_id), accepted, meta)
    if accepted.media_type.startswith("image/"):
        work.after_commit.append(lambda: volumes.prepare(work.node.files, accepted.stored.sha256))
    told = {k: row[k] for k in ("kind", "name", "media_type", "size", "taken_at", "place", "device", "received_at")}
    return {**told, "id": str(row["id"]), "sha256": row["sha256"].hex(), "sm3": row["sm3"].hex()}
