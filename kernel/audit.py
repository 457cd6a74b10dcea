"""The audit trail: one row per command in its transaction, linked into one chain per node, anchored outside.

A row carries the SM3 of its own content, computed here. One chainer links committed rows each second: the head of link n
is SM3(head n-1 ‖ digest n). Update, delete and truncate are refused by the database. `verify` finds every change; a cut
tail only with the anchor, which therefore lies outside the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg

from kernel import sm3
from kernel.ids import uuid7
from kernel.work import Node, Person, Work

_LINK_LOCK = 7_210_002
_GENESIS = sm3.digest("执程审计链".encode())
_INSERT = """insert into audit_entry (id, at, person_id, agency_id, verb, subject_kind, subject_id, outcome, detail, request_id, digest)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""


def _digest(row: Mapping[str, Any]) -> bytes:
    at: datetime = row["at"]
    parts = [
        str(row["id"]),
        str(round(at.timestamp() * 1_000_000)),
        *(str(row[k] if row[k] is not None else "") for k in _SIGNED),
    ]
    return sm3.digest("\x1f".join(parts).encode())


_SIGNED = ("person_id", "agency_id", "verb", "subject_kind", "subject_id", "outcome", "detail", "request_id")


def record(
    work: Work,
    verb: str,
    *,
    subject: tuple[str, UUID | str] | None = None,
    outcome: str = "done",
    detail: Mapping[str, object] | None = None,
    beside: tuple[str, Sequence[object]] | None = None,
) -> None:
    """Writes one row into the open transaction. `detail` holds identifiers and codes, never personal data.

    `beside`: another change (a statement and its parameters) that travels in the same statement.
    """
    _insert(work, work.person, work.now, verb, subject, outcome, detail, work.request_id, beside)


def record_apart(
    work: Work,
    verb: str,
    *,
    subject: tuple[str, UUID | str] | None = None,
    outcome: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Writes one row in a transaction of its own: refusals, failures, failed log-ins, reads of personal data and evidence."""
    with work.transaction(hot=True):
        record(work, verb, subject=subject, outcome=outcome, detail=detail)


def _insert(
    work: Work,
    person: Person,
    at: datetime,
    verb: str,
    subject: tuple[str, UUID | str] | None,
    outcome: str,
    detail: Mapping[str, object] | None,
    request_id: str,
    beside: tuple[str, Sequence[object]] | None = None,
) -> None:
    row: dict[str, Any] = {
        "id": uuid7(),
        "at": at,
        "person_id": person.id,
        "agency_id": person.agency_id,
        "verb": verb,
        "subject_kind": subject[0] if subject else None,
        "subject_id": str(subject[1]) if subject else None,
        "outcome": outcome,
        "detail": orjson.dumps(detail, default=str, option=orjson.OPT_SORT_KEYS).decode() if detail else "",
        "request_id": request_id or None,
    }
    first, params = (f"with beside as ({beside[0]}) ", beside[1]) if beside else ("", ())
    work.execute(first + _INSERT, (*params, *row.values(), _digest(row)))


def link(node: Node, most: int = 20_000) -> int:
    """Links rows that have committed, in the order (era, transaction, id); returns how many. One chainer at a time."""
    with node.db.plain() as pg:
        [mine] = pg.execute("select pg_try_advisory_xact_lock(%s)", (_LINK_LOCK,)).fetchone() or [False]
        if not mine:
            return 0
        last = pg.execute("select seq, era, xid, head from audit_link order by seq desc limit 1").fetchone()
        seq, era, xid, head = last or (0, 0, "0", _GENESIS)
        fresh = pg.execute(
            """select id, era, xid, digest from audit_entry where (era, xid) > (%s, %s::xid8)
            and (era < zc.era() or xid < pg_snapshot_xmin(pg_current_snapshot())) order by era, xid, id limit %s""",
            (era, str(xid), most),
        ).fetchall()
        if len(fresh) == most:
            # The rows of one transaction are linked together: what turns up later under a linked one is forged.
            fresh = [row for row in fresh if row[1:3] != fresh[-1][1:3]]
            if not fresh:
                pg.commit()
                return link(node, most * 10)
        if fresh:
            with pg.cursor().copy("copy audit_link (seq, entry_id, era, xid, digest, head) from stdin") as copy:
                for id_, era_, xid_, digest in fresh:
                    seq += 1
                    head = sm3.digest(bytes(head) + bytes(digest))
                    copy.write_row((seq, id_, era_, str(xid_), bytes(digest), head))
        return len(fresh)


@dataclass
class Verdict:
    """What `verify` found. `head` is the chain's head in hexadecimal, `faults` Chinese sentences (none: intact)."""

    entries: int = 0
    linked: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)


# What a row's digest is over, joined by the database as `_digest` joins it: verifying reads bytes and hashes them.
_TEXT = "convert_to(concat(e.id, chr(31), (extract(epoch from e.at) * 1000000)::bigint{}), 'UTF8')".format(
    "".join(f", chr(31), e.{name}" for name in _SIGNED)
)
_LINKED = f"""select l.seq, l.entry_id::text, l.digest, l.head, e.digest, {_TEXT}, e.id is null
from audit_link l left join audit_entry e on e.id = l.entry_id order by l.seq"""
_UNLINKED = f"""select e.id::text, e.digest, {_TEXT}, e.era, e.xid::text from audit_entry e
left join audit_link l on l.entry_id = e.id where l.entry_id is null"""


def verify(dsn: str, anchor: Path | None = None) -> Verdict:
    """Recomputes every row's digest and the chain, and compares with the anchored heads. Reads only."""
    verdict, head, last = Verdict(), _GENESIS, 0
    anchors = read_anchors(anchor)
    with psycopg.connect(dsn) as pg:
        with pg.cursor("entries") as cursor:
            cursor.itersize = 5_000
            cursor.execute(_LINKED, binary=True)
            for row in cursor:
                last += 1
                seq = row[0]
                if seq != last:
                    verdict.faults.append(f"链号不连续:应为 {last},实为 {seq}")
                    last = seq
                head = _check_link(row, head, anchors, verdict)
                verdict.linked += 1
        _check_unlinked(pg, verdict)
    verdict.entries += verdict.linked
    verdict.head = head.hex()
    for seq, expected in anchors.items():
        if seq > last:
            verdict.faults.append(f"锚定记录有第 {seq} 链,数据库只到第 {last} 链(疑被截断;锚定链头 {expected[:16]}…)")
    return verdict


def _check_unlinked(pg: psycopg.Connection[Any], verdict: Verdict) -> None:
    last = _last_position(pg)
    for id_, digest, text, era, xid in pg.execute(_UNLINKED, binary=True):
        verdict.entries += 1
        if digest != sm3.digest(text):
            verdict.faults.append(f"审计行 {id_} 的内容与摘要不符")
        if (era, int(xid)) <= last:
            verdict.faults.append(f"审计行 {id_} 早于链尾却不在链中(疑被事后插入)")


def _last_position(pg: psycopg.Connection[Any]) -> tuple[int, int]:
    row = pg.execute("select era, xid from audit_link order by seq desc limit 1").fetchone()
    return (row[0], int(row[1])) if row else (0, 0)


def _check_link(row: tuple[Any, ...], head: bytes, anchors: Mapping[int, str], verdict: Verdict) -> bytes:
    seq, entry, linked, linked_head, digest, text, gone = row
    if gone:
        verdict.faults.append(f"第 {seq} 链所指的审计行 {entry} 已不存在")
    elif not sm3.digest(text) == linked == digest:
        verdict.faults.append(f"第 {seq} 链的审计行 {entry} 内容被改动")
    head = sm3.digest(head + linked)
    if head != linked_head:
        verdict.faults.append(f"第 {seq} 链的链头不符(链被改写)")
        head = linked_head
    if seq in anchors and anchors[seq] != head.hex():
        verdict.faults.append(f"第 {seq} 链的链头与外部锚定不符(整链被重写)")
    return head


def anchor_head(node: Node, path: Path) -> str | None:
    """Adds the present head to the anchor file (one line: instant, link, head); returns the line, None for an empty chain."""
    with node.db.plain() as pg:
        row = pg.execute("select seq, head from audit_link order by seq desc limit 1").fetchone()
    if row is None:
        return None
    line = f"{node.clock().isoformat()} {row[0]} {bytes(row[1]).hex()}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return line


def read_anchors(path: Path | None) -> dict[int, str]:
    """Link number → head, from an anchor file."""
    if path is None or not path.exists():
        return {}
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {int(seq): head for _, seq, head in lines}
