"""What lies in a sealed dossier, whether it still is what was sealed, and what another agency let us read.

All three read what sealing left (the package's own lists, the hashes and keys on record); nothing is made anew.
"""

from __future__ import annotations

import json
import zipfile
from typing import Any

from engine import dossier, release_store, verify
from kernel import audit, permissions
from kernel.errors import NotFound
from kernel.files import Damaged
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import dossier as register
from registers import scope, signing_key

Json = dict[str, Any]
READ, KEEP = "dossier.read", "dossier.keep"
_VOLUMES = "volumes.json"


def dossier_catalogue(work: Work, dossier_id: str) -> Json:
    """Volume by volume the lines of the catalogue with their pages, as sealed. Who neither keeps the dossier nor was granted
    more sees the volumes for outside. A package of the old format has no such list: no volumes."""
    permissions.demand(work, READ)
    with work.transaction():
        row = register.get(work, as_uuid(dossier_id))
        open_ = _open_volumes(work, row)
        audit.record(work, READ, subject=("dossier", row["id"]), outcome="read", detail={"what": "catalogue"})
    return {"volumes": [one for one in _volumes(work, row) if open_ is None or one["outside"] or one["key"] in open_]}


def _open_volumes(work: Work, row: Row) -> list[str] | None:
    """The volumes that were granted beyond those for outside; None: all, to the keeper."""
    if work.node.policy.may(work.person, KEEP, row["agency_id"], row["category"]):
        return None
    use = register.granted_to_me(work, row["id"])
    return list(use["volumes"]) if use else []


def _volumes(work: Work, row: Row) -> list[Json]:
    try:
        with work.node.files.open(bytes(row["package_sha256"])) as file, zipfile.ZipFile(file) as archive:
            told = json.loads(archive.read(_VOLUMES)) if _VOLUMES in archive.namelist() else []
    except (zipfile.BadZipFile, ValueError, NotFound, Damaged):
        return []  # what is broken is said by the verification
    return [{key: one[key] for key in ("key", "name", "outside", "pages", "items")} for one in told]


def verify_dossier(work: Work, dossier_id: str) -> Json:
    """Is the package what was sealed – every file, both signatures, the SM3 on record, keys of its agency? `faults`: Chinese
    sentences, each naming its file; none: whole. The outcome is an event of the dossier."""
    permissions.demand(work, READ)
    with work.transaction():
        row = register.get(work, as_uuid(dossier_id))
        known = [one["fingerprint"] for one in signing_key.listed(work) if one["agency_id"] == row["agency_id"]]
    report = _checked(work, row, known)
    with work.transaction():
        found = f"{len(report.faults)} 处不符" if report.faults else "完整"
        register.event(work, row, "verified", f"{work.person.name}:{found}")
        audit.record(work, READ, subject=("dossier", row["id"]), outcome="read", detail={"what": "verify"})
    return {
        "ok": report.ok, "faults": report.faults, "files": report.files, "size": report.size, "sm3": report.sm3,
        "signed_by": report.keys, "checked_at": work.now,
    }  # fmt: skip


def _checked(work: Work, row: Row, known: list[str]) -> verify.Report:
    sm3 = bytes(row["package_sm3"]).hex()
    try:
        with work.node.files.open(bytes(row["package_sha256"])) as file:
            return verify.verify(file.name, sm3, known)
    except (NotFound, Damaged) as error:
        return verify.Report("", faults=[error.detail])


def remote_dossiers(work: Work) -> list[Row]:
    """Dossiers of other agencies that ours may read now, with what for, until when, and the volumes that are for outside."""
    permissions.demand(work, READ)
    with work.transaction():
        binding = dossier.binding_of(release_store.current(work))
        rows = scope.dossiers_shared_with_us(work)
    volumes = [{"key": rule.key, "name": rule.name} for rule in binding.volumes.values() if rule.outside]
    return [{**row, "volumes": volumes} for row in rows]
