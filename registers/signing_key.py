"""Keys that sign dossiers, two per agency (Ed25519 and SM2), and the signatures they gave. Private keys lie covered."""

from __future__ import annotations

from uuid import UUID

from kernel import sm3
from kernel.errors import InvalidAnswers
from kernel.ids import uuid7
from kernel.work import Row, Work

_TOLD = "id, agency_id, algorithm, public_key, fingerprint, made_at, retired_at, reason"


def in_use(work: Work, agency_id: int) -> dict[str, Row]:
    """Algorithm → the key that signs for an agency now."""
    rows = work.rows("select * from dossier_key where agency_id = %s and retired_at is null", (agency_id,))
    return {row["algorithm"]: row for row in rows}


def add(work: Work, agency_id: int, algorithm: str, public: bytes, covered: bytes) -> None:
    """A new pair of keys, unless another process has made one meanwhile: its counts."""
    work.execute(
        """insert into dossier_key (id, agency_id, algorithm, public_key, fingerprint, covered, made_at, made_by)
        values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict (agency_id, algorithm) where retired_at is null do nothing""",
        (uuid7(), agency_id, algorithm, public, sm3.hexdigest(public), covered, work.now, work.person.id),
    )


def listed(work: Work) -> list[Row]:
    """Every key in scope, without its private part: what an agency publishes so that others can check its dossiers."""
    return work.rows(f"select {_TOLD} from dossier_key order by agency_id, algorithm, made_at, id")


def retire(work: Work, agency_id: int, reason: str) -> int:
    """Nothing more is signed with an agency's keys; the next dossier makes new ones. Returns how many."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明停用理由"})
    return len(
        work.rows(
            "update dossier_key set retired_at = %s, reason = %s where agency_id = %s and retired_at is null returning id",
            (work.now, reason.strip(), agency_id),
        )
    )


def signatures(work: Work, digest: bytes, keys: list[UUID]) -> dict[UUID, bytes]:
    """Key → the signature it gave earlier over the manifest of this SM3."""
    rows = work.rows(
        "select key_id, signature from dossier_signature where manifest_sm3 = %s and key_id = any(%s)", (digest, keys)
    )
    return {row["key_id"]: bytes(row["signature"]) for row in rows}


def keep(work: Work, digest: bytes, key: Row, signature: bytes) -> None:
    """Keeps a signature; where two were made at once, the first counts."""
    work.execute(
        """insert into dossier_signature (manifest_sm3, key_id, agency_id, signature, signed_at)
        values (%s, %s, %s, %s, %s) on conflict do nothing""",
        (digest, key["id"], key["agency_id"], signature, work.now),
    )
