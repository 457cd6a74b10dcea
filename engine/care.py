"""Care of files: each is looked at once a month in both its copies; what is damaged is put right, written into the chain of
custody and told; what is lost becomes an alert and an incident. Uploads that nobody finishes are cleared away here too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from engine import derived, jobs, release_store, uploads
from engine.alerts import raise_alert
from kernel import audit
from kernel.files import Finding
from kernel.work import LOCAL, SYSTEM_ID, Grant, Node, Person, Row, Work, system_person
from registers import evidence

EVERY = timedelta(days=30)
_BATCH, _SECONDS, _AGAIN = 50, 30.0, timedelta(minutes=1)
_planned: dict[str, object] = {}
_PLAN = """insert into job (id, kind, due_at, idempotency_key, agency_id, category, payload, created_at)
select gen_random_uuid(), 'integrity', %(now)s, 'integrity:' || %(day)s, a.id, '01', '{}', %(now)s from agency a
where a.parent_id is null order by a.id limit 1 on conflict (idempotency_key) do nothing"""
_DUE = """select sha256 from stored_file where checked_at < %s and state <> 'lost' order by checked_at limit %s
for update skip locked"""
_NAMED = """select agency_id, category, case_id, name, id as evidence_id from evidence where sha256 = %(sha)s
union all select e.agency_id, e.category, e.case_id, c.name, e.id from evidence_copy c join evidence e on e.id = c.evidence_id
  where c.sha256 = %(sha)s
union all select agency_id, category, case_id, name, null from document where docx_sha256 = %(sha)s
union all select agency_id, category, case_id, name, null from document where pdf_sha256 = %(sha)s"""


def plan(node: Node) -> None:
    """Leaves the job of the day, once."""
    now = node.clock().astimezone(LOCAL)
    day, place = now.date(), node.db.dsn
    if _planned.get(place) == day:
        return
    work = Work(node, system_person(0, "01"), request_id="integrity")
    with work.transaction():
        work.execute(_PLAN, {"now": now, "day": day.isoformat()})
    _planned[place] = day


def look(work: Work, job: Row) -> None:
    """The job of the day: batch after batch of what was not looked at for a month; comes back while there is more."""
    node, begun = work.node, time.monotonic()
    while time.monotonic() - begun < _SECONDS:
        with work.transaction():
            rows = work.rows(_DUE, (work.now - EVERY, _BATCH))
            for row in rows:
                state = node.files.care(bytes(row["sha256"]))
                work.execute(
                    "update stored_file set checked_at = %s, state = %s where sha256 = %s",
                    (work.now, "whole" if state == "mirrored" else state, row["sha256"]),
                )
            if len(rows) < _BATCH:
                jobs.finish(work, job["id"])
                return
    with work.transaction():
        jobs.put_off(work, job["id"], work.now + _AGAIN)


def tell(node: Node) -> int:
    """Turns what the store found damaged into events of custody, alerts and incidents; how many files there were."""
    found = node.files.findings()
    if found:
        person = everywhere(node)
        for finding in found:
            _tell(Work(node, person, request_id="integrity"), finding)
    return len(found)


def _tell(work: Work, finding: Finding) -> None:
    with work.node.files.telling(finding) as mine:
        if mine:
            _told(work, finding)


def _told(work: Work, finding: Finding) -> None:
    with work.transaction():
        rows = work.rows(_NAMED, {"sha": finding.sha256})
        for row in rows:
            _write_down(work, finding, row)
        work.execute(
            "update stored_file set state = %s, checked_at = %s where sha256 = %s",
            (finding.state, work.now, finding.sha256),
        )
        audit.record(
            work, "file.care", subject=("file", finding.sha256.hex()), outcome="done" if finding.state == "restored" else "failed",
            detail={"state": finding.state, "named": len(rows)},
        )  # fmt: skip


def _write_down(work: Work, finding: Finding, row: Row) -> None:
    restored, name = finding.state == "restored", row["name"]
    if row["evidence_id"] is not None:
        evidence.event(work, row["evidence_id"], "damaged", "存储的文件缺失或与登记的散列值不符")
        if restored:
            evidence.event(work, row["evidence_id"], "restored", "由第二份副本恢复,散列值与登记一致")
    raise_alert(
        work, row, row["case_id"], f"FILE:{finding.state}:{finding.sha256.hex()[:16]}",
        severity="high" if restored else "critical",
        message=f"《{name}》的存储文件曾损坏,已由第二份副本恢复" if restored else f"《{name}》的存储文件损坏或缺失,且没有完好的副本",
        action="请运维人员检查存储设备" if restored else "请运维人员立即用备份恢复;恢复前不得作为证据使用",
    )  # fmt: skip
    if not restored:
        jobs.open_incident(
            work, agency_id=row["agency_id"], category=row["category"], instance_id=None, job_id=None,
            subject_id=row["case_id"], kind="file", cause=f"《{name}》的存储文件损坏或缺失(SHA-256 {finding.sha256.hex()}),两份副本均不完好",
            remedy="用备份恢复该文件到存储目录,再核验证据;恢复后写明经过关闭本异常",
        )  # fmt: skip


def everywhere(node: Node) -> Person:
    """The system over all agencies and categories of the node: a file's hash does not say whose it is."""
    work = Work(node, Person(SYSTEM_ID, "系统", 0, ()))
    with work.transaction():
        agencies = frozenset(row["id"] for row in work.rows("select id from agency"))
        held = {c for row in work.rows("select categories from role_grant") for c in row["categories"]}
        release = release_store.in_force(work)
        if release is not None and "ENFORCEMENT_CATEGORY" in release.codes:
            held |= set(release.codes["ENFORCEMENT_CATEGORY"].items)
    return Person(SYSTEM_ID, "系统", 0, (Grant("system", 0, agencies, frozenset(held)),))


def forget() -> None:
    """A new database under the same name (tests, restore): plan again."""
    _planned.clear()


RUNS: Mapping[str, Callable[[Work, Row], None]] = {
    "upload": uploads.expire,
    "thumbnail": derived.make_thumbnail,
    "integrity": look,
}
KINDS = tuple(RUNS)
