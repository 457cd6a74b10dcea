"""What is seen of a case's evidence: the chain of custody of each piece, and what of the evidence the case needs is missing."""

from __future__ import annotations

from typing import Any

from engine import release_store
from engine.rulebook import demands
from engine.rules import rules
from kernel import audit, permissions
from kernel.errors import NotFound
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import evidence, officer, scope

Json = dict[str, Any]
_CASE = "select id, facts, agency_id from enforcement_case where id = %s"
_ISSUED = "select id, kind, name from document where case_id = %s and state in ('issued', 'served') order by id"


def demanded_evidence(work: Work, case_id: str) -> Json:
    """What the case needs by its violation item, what proves it, and what is missing."""
    permissions.demand(work, "evidence.read")
    id_ = as_uuid(case_id)
    with work.transaction(hot=True):
        row = work.one(_CASE, (id_,))
        if row is None:
            scope.open_shared(work, id_)
            row = work.one(_CASE, (id_,))
            audit.record(work, "evidence.read", subject=("case", id_), outcome="read", detail={"what": "demanded"})
        if row is None:
            raise NotFound("没有这个案件,或不在您的查看范围内")
        item = row["facts"].get("violation_code")
        needs = rules(release_store.current(work)).demands.of(item)
        kept, papers = evidence.of_case(work, id_), work.rows(_ISSUED, (id_,))
    names = {str(e["id"]): e["name"] for e in kept} | {str(p["id"]): p["name"] for p in papers}
    shown = [e for e in kept if not e["facts"].get("signature")]  # the picture of a signature proves nothing by itself
    proofs = demands.proved(needs, {str(e["id"]): e["kind"] for e in shown}, {str(p["id"]): p["kind"] for p in papers})
    items = [_told(need, proof, names) for need, proof in zip(needs, proofs, strict=True)]
    return {"item": item, "items": items, "missing": sum(proof is None for proof in proofs)}


def _told(need: demands.Need, proof: str | None, names: dict[str, str]) -> Json:
    told = {"id": need.id, "name": need.name, "kinds": list(need.kinds), "papers": list(need.papers)}
    by = {"proved_by": proof, "proved_by_name": names[proof] if proof else None}
    return {**told, **by, "unconfirmed": need.mark != "V", "source": need.source}


def custody_of(work: Work, case_id: str, evidence_id: str) -> Json:
    """The chain of custody: who had it when, and whether the chain is whole. The reading leaves an audit row."""
    permissions.demand(work, "evidence.read")
    with work.transaction():
        evidence.reachable(work, as_uuid(evidence_id), as_uuid(case_id))
        row = evidence.of(work, as_uuid(evidence_id), as_uuid(case_id))
        events = evidence.custody(work, row["id"])
        names = officer.names(work, {event["person_id"] for event in events})
        audit.record(work, "evidence.read", subject=("evidence", row["id"]), outcome="read", detail={"what": "custody"})
    return {
        "evidence_id": str(row["id"]),
        "faults": evidence.custody_faults(row, events),
        "events": [_event(event, names) for event in events],
    }


def _event(event: Row, names: dict[Any, str]) -> Json:
    told = {key: event[key] for key in ("seq", "at", "event", "detail")}
    return {**told, "person": names.get(event["person_id"], "系统"), "digest": bytes(event["digest"]).hex()}
