"""Evidence (证据): files kept by hash, and who had them when. There is no deletion.

Each event of custody carries the SM3 over the digest before it – the first over the file's SM3 – and its own content, so
that no event can be changed, dropped or slipped in unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal, TypedDict
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel import audit, sm3
from kernel.errors import NotFound
from kernel.files import FileStore, Stored
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import dossier, scope, subject, upload

Event = Literal["received", "read", "downloaded", "verified", "sealed", "corrected", "damaged", "restored"]


class Meta(TypedDict, total=False):
    """What is told of a piece of evidence. `kind` is a code of EVIDENCE_KIND; `name` the file's name as sent."""

    name: str
    kind: str
    taken_at: datetime | None
    place: str | None
    device: str | None
    taker_id: UUID | None
    witnesses: Sequence[str]
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Accepted:
    """A file examined and stored, not yet evidence of anything."""

    stored: Stored
    name: str
    media_type: str


def accept(files: FileStore, file: BinaryIO | bytes, name: str, most: int = upload.MOST) -> Accepted:
    """Examines and stores a file; touches no database, so that no transaction stands open while a film is copied."""
    source = upload.seekable(file)
    examined = upload.examine(source, name, most)
    return Accepted(files.put(source, most), examined.name, examined.media_type)


def receive(work: Work, case_id: UUID, file: BinaryIO | bytes | Accepted, meta: Meta) -> Row:
    """Makes a file evidence of a case: the row, with the first event of its custody. Runs in the caller's transaction."""
    accepted = file if isinstance(file, Accepted) else accept(work.node.files, file, meta["name"])
    return _insert(work, subject.get(work, case_id), accepted, meta, "")


def _insert(work: Work, owner: Row, accepted: Accepted, meta: Meta, note: str) -> Row:
    dossier.demand_open(work, owner["id"])
    row = {
        "id": uuid7(),
        "agency_id": owner["agency_id"],
        "category": owner["category"],
        "case_id": owner["id"],
        "kind": meta["kind"],
        "name": accepted.name,
        "media_type": accepted.media_type,
        "size": accepted.stored.size,
        "sha256": accepted.stored.sha256,
        "sm3": accepted.stored.sm3,
        "taken_at": meta.get("taken_at"),
        "place": meta.get("place"),
        "device": meta.get("device"),
        "taker_id": meta.get("taker_id"),
        "witnesses": list(meta.get("witnesses") or ()),
        "facts": Jsonb(dict(meta.get("facts") or {})),
        "received_at": work.now,
        "received_by": work.person.id,
    }
    work.execute(
        """insert into evidence (id, agency_id, category, case_id, kind, name, media_type, size, sha256, sm3, taken_at, place,
          device, taker_id, witnesses, facts, received_at, received_by) values (%(id)s, %(agency_id)s, %(category)s, %(case_id)s,
          %(kind)s, %(name)s, %(media_type)s, %(size)s, %(sha256)s, %(sm3)s, %(taken_at)s, %(place)s, %(device)s,
          %(taker_id)s, %(witnesses)s, %(facts)s, %(received_at)s, %(received_by)s)""",
        row,
    )
    _add_event(work, row, "received", note, last=None)
    return {**row, "facts": dict(meta.get("facts") or {})}


def carry_over(work: Work, from_id: UUID, to_id: UUID) -> int:
    """What a record had as evidence is evidence of the record that came of it too: same files, a custody of its own that
    names the row it comes from. Returns how many."""
    owner = subject.get(work, to_id)
    rows = of_case(work, from_id)
    for row in rows:
        meta = Meta(
            name=row["name"], kind=row["kind"], taken_at=row["taken_at"], place=row["place"], device=row["device"]
        )
        meta["taker_id"], meta["witnesses"] = row["taker_id"], row["witnesses"]
        meta["facts"] = {**row["facts"], "carried_from": str(row["id"])}
        stored = Stored(bytes(row["sha256"]), bytes(row["sm3"]), row["size"])
        _insert(work, owner, Accepted(stored, row["name"], row["media_type"]), meta, f"承接自 {row['id']}")
    return len(rows)


def get(work: Work, evidence_id: UUID) -> Row:
    """The row; `NotFound` also outside the scope."""
    row = work.one("select * from evidence where id = %s", (evidence_id,))
    if row is None:
        raise NotFound("没有这份证据,或不在您的查看范围内")
    return row


def of_check(work: Work, case_id: UUID, check_id: UUID) -> UUID | None:
    """The evidence of this case that an earlier check of an object has become. Whoever asks at the same time waits."""
    work.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"check {check_id} {case_id}",))
    row = work.one(
        "select id from evidence where case_id = %s and facts ->> 'object_check' = %s order by id limit 1",
        (case_id, str(check_id)),
    )
    return row["id"] if row else None


def of(work: Work, evidence_id: UUID, case_id: UUID) -> Row:
    """The row, as evidence of this very case; `NotFound` otherwise."""
    row = get(work, evidence_id)
    if row["case_id"] != case_id:
        raise NotFound("没有这份证据,或不在您的查看范围内")
    return row


def reachable(work: Work, evidence_id: UUID, case_id: UUID) -> None:
    """Opens a share of the case when the evidence lies outside one's own scope."""
    if work.one("select 1 as found from evidence where id = %s", (evidence_id,)) is None:
        scope.open_shared(work, case_id)


def of_case(work: Work, case_id: UUID) -> list[Row]:
    """The evidence of a case in the order received."""
    return work.rows("select * from evidence where case_id = %s order by id", (case_id,))


def event(work: Work, evidence_id: UUID, what: Event, detail: str = "") -> None:
    """Adds an event of custody. Two at once wait for each other."""
    row = work.one("select * from evidence where id = %s for update", (evidence_id,))
    if row is None:
        raise NotFound("没有这份证据,或不在您的查看范围内")
    last = work.one(
        "select seq, digest from evidence_event where evidence_id = %s order by seq desc limit 1", (evidence_id,)
    )
    _add_event(work, row, what, detail, last)


def _add_event(work: Work, evidence: Mapping[str, Any], what: Event, detail: str, last: Row | None) -> None:
    new = {
        "id": uuid7(),
        "agency_id": evidence["agency_id"],
        "category": evidence["category"],
        "evidence_id": evidence["id"],
        "seq": last["seq"] + 1 if last else 1,
        "at": work.now,
        "person_id": work.person.id,
        "event": what,
        "detail": detail,
    }
    before = bytes(last["digest"]) if last else bytes(evidence["sm3"])
    work.execute(
        """insert into evidence_event (id, agency_id, category, evidence_id, seq, at, person_id, event, detail, digest)
        values (%(id)s, %(agency_id)s, %(category)s, %(evidence_id)s, %(seq)s, %(at)s, %(person_id)s, %(event)s,
          %(detail)s, %(digest)s)""",
        {**new, "digest": custody_digest(before, new)},
    )


def custody_digest(before: bytes, row: Mapping[str, Any]) -> bytes:
    """SM3 of the digest before and this event: evidence, number, instant in µs, person, event, detail, parted by U+001F."""
    at: datetime = row["at"]
    micros = round(at.timestamp() * 1_000_000)
    parts = (row["evidence_id"], row["seq"], micros, row["person_id"], row["event"], row["detail"])
    return sm3.digest(before + "\x1f".join(map(str, parts)).encode())


def custody(work: Work, evidence_id: UUID) -> list[Row]:
    """The events of custody in order."""
    return work.rows(
        """select id, evidence_id, seq, at, person_id, event, detail, digest from evidence_event
        where evidence_id = %s order by seq""",
        (evidence_id,),
    )


def custody_faults(evidence: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a chain of custody, as Chinese sentences; none when it is whole."""
    faults, before = [], bytes(evidence["sm3"])
    if not events or events[0]["event"] != "received":
        faults.append(f"证据《{evidence['name']}》的保管链没有接收记录")
    for place, row in enumerate(events, 1):
        if row["seq"] != place:
            faults.append(f"证据《{evidence['name']}》的保管链缺第 {place} 环")
            break
        if custody_digest(before, row) != bytes(row["digest"]):
            faults.append(f"证据《{evidence['name']}》的保管链第 {place} 环被改动")
        before = bytes(row["digest"])
    return faults


def read_stream(
    work: Work,
    evidence_id: UUID | str,
    what: Literal["read", "downloaded"] = "downloaded",
    *,
    case_id: UUID | str | None = None,
) -> tuple[Row, BinaryIO]:
    """The row and the open file. The reading is an event of custody and an audit row, committed before a byte goes out.

    Opens its own transaction. `case_id` lets a reader in over a share of that case (`registers.scope`); evidence of
    another case is not found then.
    """
    evidence_id, of_case_id = UUID(str(evidence_id)), UUID(str(case_id)) if case_id is not None else None
    with work.transaction():
        if of_case_id is not None:
            reachable(work, evidence_id, of_case_id)
        row = of(work, evidence_id, of_case_id) if of_case_id is not None else get(work, evidence_id)
        event(work, evidence_id, what)
        audit.record(work, "evidence.read", subject=("evidence", evidence_id), outcome="read", detail={"event": what})
    return row, work.node.files.open(bytes(row["sha256"]))


def verify_file(work: Work, evidence_id: UUID) -> bool:
    """Are the stored bytes still those received? The answer becomes an event (核验 or 损坏). In the caller's transaction."""
    row = get(work, evidence_id)
    try:
        whole = work.node.files.check(bytes(row["sha256"]), bytes(row["sm3"]))
    except NotFound:
        whole = False
    event(work, evidence_id, "verified" if whole else "damaged", "" if whole else "存储的文件缺失或与登记的散列值不符")
    return whole
