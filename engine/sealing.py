"""A paper that needs a seal is not issued without one: sealed by the agency's certificate, or stamped by hand and scanned back.

Where the agency has a certificate that is valid on the day, the PDF is signed (PAdES) – a paper without PDF gets a detached
signature over its DOCX. Where it has none the paper waits (待盖章) until the stamped paper comes back as a scan.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from engine import jobs
from engine.papers import seal
from kernel import audit
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import as_uuid
from kernel.work import Node, Row, Work, system_person
from registers import evidence
from registers import number as numbers
from registers import seal as seals
from registers.evidence import Accepted, Meta

Json = dict[str, Any]
_keys: dict[UUID, seal.Signer] = {}
_lock = threading.Lock()
SCAN_KIND = "1"  # of the code list EVIDENCE_KIND: documentary evidence


@dataclass(frozen=True)
class Sealed:
    """What sealing made of a paper: its PDF as it stays, or the signature beside its DOCX; by whom. `complete`: no seal is missing."""

    pdf: bytes | None
    signature: bytes | None
    by: str | None
    complete: bool


def seal_paper(work: Work, paper: Row, *, sealed: bool, docx: bytes, pdf: bytes | None) -> Sealed:
    """Seals and signs a rendered paper. `sealed`: its template asks for the agency's seal. Opens a transaction of its own."""
    officers = [UUID(str(o)) for o in paper["signer_ids"] or []]
    if not sealed and not officers:
        return Sealed(pdf, None, None, True)
    with work.transaction():
        rows = seals.for_paper(work, paper["agency_id"], officers)
    who = [_signer(work.node, row) for row in rows if row["officer_id"] is not None or sealed]
    complete = not sealed or any(row["officer_id"] is None for row in rows)
    if not who or not complete:
        return Sealed(pdf, None, None, complete)
    by = "、".join(signer.name for signer in who)
    if pdf is None:
        return Sealed(None, seal.sign_detached(docx, who[-1]), by, True)
    return Sealed(seal.sign_pdf(pdf, who), None, by, True)


def _signer(node: Node, row: Row) -> seal.Signer:
    """A key is opened once per process: its cover is made to be slow."""
    with _lock:
        found = _keys.get(row["id"])
        if found is None:
            is_agency = row["officer_id"] is None
            found = seal.load(row["name"], bytes(row["pkcs12"]), node.settings.passphrase(), picture=is_agency)
            _keys[row["id"]] = found
    return found


@command(may="document.stamp", subject="document_id")
def stamp_document(work: Work, case_id: str, document_id: str, accepted: Accepted) -> Json:
    """The paper was printed, stamped and scanned: the scan becomes evidence of the record, the paper is issued."""
    row = work.one("select * from document where id = %s for update", (as_uuid(document_id),))
    if row is None or row["case_id"] != as_uuid(case_id):
        raise NotFound("没有这份文书,或不在您的查看范围内")
    if row["state"] != "unsealed":
        raise Refusal(f"《{row['name']}》现在不是待盖章状态", remedy="请刷新后核对文书状态")
    if accepted.media_type != "application/pdf" and not accepted.media_type.startswith("image/"):
        raise InvalidAnswers({"file": "盖章件应为扫描的 PDF 或者图片"})
    name = f"{row['name']}(盖章件)-{accepted.name}"[:300]
    meta = Meta(name=name, kind=SCAN_KIND, taker_id=work.person.id, taken_at=work.now)
    scan = evidence.receive(work, row["case_id"], replace(accepted, name=name), meta)
    work.execute(
        """update document set state = 'issued', issued_at = %(now)s, seal_way = 'stamp', sealed_at = %(now)s, seal_by = %(by)s,
        scan_id = %(scan)s where id = %(id)s""",
        {"now": work.now, "by": work.person.name, "scan": scan["id"], "id": row["id"]},
    )
    if row["number"]:
        numbers.mark_issued(work, row["agency_id"], row["number"])
    jobs.ring(work, row["case_id"])
    return {"id": str(row["id"]), "state": "issued", "evidence_id": str(scan["id"])}


def unsealed(work: Work, case_id: UUID) -> list[str]:
    """Names of the papers of a record that wait for their stamp."""
    with work.transaction():
        rows = work.rows("select name from document where case_id = %s and state = 'unsealed' order by id", (case_id,))
    return [row["name"] for row in rows]


@command(may="seal.manage")
def add_seal(work: Work, agency_id: int, officer_id: str | None, file: bytes, passphrase: str) -> Json:
    """Registers the certificate of an agency's seal or of an officer from a PKCS#12 file; its key is covered anew."""
    certificate = seal.certificate_of(file, passphrase)
    if not certificate.not_valid_before_utc <= work.now < certificate.not_valid_after_utc:
        raise InvalidAnswers({"file": "证书不在有效期内"})
    held = _holder(work, agency_id, as_uuid(officer_id) if officer_id else None)
    covered = seal.covered_anew(file, passphrase, work.node.settings.passphrase())
    id_ = _register(work, agency_id, held, covered, certificate, trial=False)
    return {"id": str(id_), "name": held["name"], "valid_to": certificate.not_valid_after_utc}


def _holder(work: Work, agency_id: int, officer_id: UUID | None) -> Row:
    row = (
        work.one("select id as officer_id, name from officer where id = %s and agency_id = %s", (officer_id, agency_id))
        if officer_id
        else work.one("select null::uuid as officer_id, name from agency where id = %s", (agency_id,))
    )
    if row is None:
        raise NotFound("没有这个机构,或者该机构没有这名人员")
    return row


def _register(work: Work, agency_id: int, held: Row, covered: bytes, certificate: Any, *, trial: bool) -> UUID:
    return seals.add(
        work,
        agency_id=agency_id,
        officer_id=held["officer_id"],
        name=held["name"],
        pkcs12=covered,
        trial=trial,
        **seal.told(certificate),
    )


def add_trial_seals(node: Node) -> int:
    """Seals under an authority made for the purpose, for every agency of the node that has none: for demonstrations and tests.

    Their certificates say what they are; a node that works in earnest registers certificates of a licensed authority.
    """
    with node.db.connection() as connection:
        agencies = [row[0] for row in connection.execute(text("select id from agency order by id"))]
    authority, passphrase, added = seal.trial_authority(), node.settings.passphrase(), 0
    for agency_id in agencies:
        work = Work(node, system_person(agency_id, "01"), request_id="trial-seals")
        with work.transaction():
            if any(row["officer_id"] is None for row in seals.for_paper(work, agency_id, [])):
                continue
            held = _holder(work, agency_id, None)
            file = seal.trial_signer(authority, held["name"], passphrase)
            _register(work, agency_id, held, file, seal.certificate_of(file, passphrase), trial=True)
            audit.record(work, "seal.trial", subject=("agency", agency_id))
            added += 1
    return added


def listed(work: Work) -> list[Mapping[str, Any]]:
    """Every certificate in scope, without its key."""
    with work.transaction():
        return list(seals.listed(work))


@command(may="seal.manage", subject="seal_id")
def revoke_seal(work: Work, seal_id: str, reason: str) -> Json:
    """Nothing more is sealed with it; what was stays sealed."""
    seals.revoke(work, as_uuid(seal_id), reason)
    _keys.pop(as_uuid(seal_id), None)
    return {"id": seal_id}
