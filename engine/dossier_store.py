"""Sealing: the dossier of a case is built and kept by hash like every file; its hashes become facts of the case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine.dossier import build
from kernel.work import Work


def seal(work: Work, case_id: UUID) -> dict[str, Any]:
    """Builds and keeps the dossier; repeatable: the same case gives the same bytes."""
    stored = build(work, case_id)
    return {"dossier_sm3": stored.sm3.hex(), "dossier_sha256": stored.sha256.hex(), "dossier_size": stored.size}
