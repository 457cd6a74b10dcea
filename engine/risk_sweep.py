"""The daily sweep of the risk rules: what comes true by time alone, and what is judged of officers, not of a case.

Once a day a job per agency goes through its open clocks case by case, in batches of a transaction each; a killed sweep goes
on where it was. Alerts are those of the steps: a warning once per case (or officer) and rule.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from engine import alerting, calendars, clocks, confirmations, jobs, loans, recompute, release_store, risk_supply, shelf
from engine.risk_matter import Matter
from engine.risk_names import Names, Told, wants_of
from engine.rulebook import risk
from engine.rules import Rules, rules
from kernel.work import LOCAL, Node, Row, Work, system_person

BATCH = 500
_LEASE = timedelta(minutes=5)
_HOUR = time(1, 30)  # when offices are closed
_DAY, _MONTH = timedelta(hours=20), timedelta(days=30)
_planned: dict[str, object] = {}
_PLAN = """insert into job (id, kind, due_at, idempotency_key, agency_id, category, payload, created_at)
select gen_random_uuid(), 'risk', %(now)s, 'risk:' || a.id || ':' || %(day)s, a.id, '01', '{}', %(now)s from agency a
where a.id in (select agency_id from clock_agency union select agency_id from officer) on conflict (idempotency_key) do nothing"""
_CASES = """select c.subject_id, e.category, e.facts, i.release, min(i.process_key) as process_key
from (select distinct subject_id from clock where agency_id = %(agency)s and closed_at is null and rule = any(%(rules)s)
    and (%(after)s::uuid is null or subject_id > %(after)s) order by subject_id limit %(most)s) c
join enforcement_case e on e.id = c.subject_id
join lateral (select p.release, p.process_key from process_instance p where p.subject_id = c.subject_id order by p.id desc limit 1) i on true
group by 1, 2, 3, 4 order by 1"""
_WITH_PAPERS = """select d.case_id as subject_id, e.category, e.facts, d.release, d.step as process_key from (
  select distinct on (case_id) case_id, release, step from document where agency_id = %(agency)s and kind = any(%(kinds)s)
    and made_at > %(since)s and state in ('made', 'issued', 'served') order by case_id) d
join enforcement_case e on e.id = d.case_id where e.closed_at is null and (%(after)s::uuid is null or d.case_id > %(after)s)
order by 1 limit %(most)s"""
_CERTIFICATES = """select o.id, o.name, c.valid_to - %(day)s::date as left, o.facts->>'annual_review_result' as annual
from officer o left join lateral (select max(k.valid_to) as valid_to from certificate k where k.officer_id = o.id) c on true
where o.agency_id = %(agency)s and o.status in ('1', '2')"""
# Per officer over a year of filed cases, beside the mean and spread of the agency: how often withdrawn, decided in a low tier,
# refused to sign, and leniency repeated for one vehicle.
_STATS = """with own as (select lead_officer_id as officer, (case_status = 'withdrawn' or coalesce(facts->>'withdrawal_approved' = 'true', false))::int as withdrawn,
    coalesce(facts->>'discretion_tier' = any(%(low)s), false)::int as lenient,
    (coalesce(facts->>'interview_refusal_remark', facts->>'scene_refusal_remark') is not null)::int as refused,
    facts->>'plate_no' as plate
  from enforcement_case where agency_id = %(agency)s and lead_officer_id is not null and filed_at > %(since)s),
each as (select officer, count(*)::int as sample, avg(withdrawn) as withdrawal, avg(lenient) as lenient, avg(refused) as refusal,
    (count(plate) filter (where lenient = 1) - count(distinct plate) filter (where lenient = 1))::numeric as same
  from own group by officer)
select e.officer, o.name, e.sample, round(e.withdrawal, 4) as withdrawal_rate,
  round((e.withdrawal - avg(e.withdrawal) over ()) / nullif(stddev_pop(e.withdrawal) over (), 0), 2) as withdrawal_z,
  round((e.lenient - avg(e.lenient) over ()) / nullif(stddev_pop(e.lenient) over (), 0), 2) as lenient_z,
  round((e.refusal - avg(e.refusal) over ()) / nullif(stddev_pop(e.refusal) over (), 0), 2) as refusal_z,
  round((e.same - avg(e.same) over ()) / nullif(stddev_pop(e.same) over (), 0), 2) as same_vehicle_z
from each e join officer o on o.id = e.officer"""


def plan(node: Node) -> None:
    """Leaves the jobs of the day, once: from half past one on, one per agency that has open clocks or officers."""
    now = node.clock().astimezone(LOCAL)
    day = now.date()
    place = node.db.dsn
    if now.time() < _HOUR or _planned.get(place) == day:
        return
    work = Work(node, system_person(0, "01"), request_id="risk")
    with work.transaction():
        work.execute(_PLAN, {"now": now, "day": day.isoformat()})
    _planned[place] = day


def forget() -> None:
    """A new database under the same name (tests, restore): plan again."""
    _planned.clear()


# ── one agency ───────────────────────────────────────────────────────────────────────────────────────────────────────
def run(work: Work, job: Row) -> None:
    """An agency's job of the day: reminders of what it lent, then its cases batch after batch, then its officers."""
    loans.remind(work.node, job["agency_id"])
    while _batch(work.node, job):
        pass


def _batch(node: Node, job: Row) -> bool:
    """One batch in a transaction of its own; False when the agency is done."""
    agency = job["agency_id"]
    work = Work(node, recompute.system_of(agency), request_id=f"risk:{agency}")
    with work.transaction(hot=True):
        row = work.one("select payload, status from job where id = %s for update", (job["id"],))
        if row is None or row["status"] != "running":
            return False
        book = rules(release_store.current(work))
        after = row["payload"].get("cursor")
        cases = _cases(work, book, agency, after) if book.risks.rules else []
        if cases:
            _judge(work, book, agency, cases)
        over = len(cases) < BATCH
        if over:
            _officers(work, book, agency)
            jobs.finish(work, job["id"])
        else:
            cursor = orjson.dumps({"cursor": str(cases[-1]["subject_id"])}).decode()
            query = "update job set payload = %s::jsonb, lease_until = %s where id = %s"
            work.execute(query, (cursor, work.now + _LEASE, job["id"]))
    return not over


def _cases(work: Work, book: Rules, agency: int, after: str | None) -> list[Row]:
    """The next cases with an open clock that a timed rule reads, or with a paper whose age one reads."""
    texts = tuple(risk_supply.timed(book.release, book).values())
    paths = risk_supply.wanted(texts)
    named = sorted({p[1] for p in paths if p[0] == "clocks" and len(p) > 1})
    kinds = sorted({p[1] for p in paths if p[0] == "papers" and p[2:] == ("working_days_since",)})
    where = {"agency": agency, "after": after, "most": BATCH}
    rows = work.rows(_CASES, {**where, "rules": named}) if named else []
    if kinds:
        since = work.now - timedelta(days=90)
        seen = {row["subject_id"] for row in rows}
        more = work.rows(_WITH_PAPERS, {**where, "kinds": kinds, "since": since})
        rows = sorted([*rows, *(r for r in more if r["subject_id"] not in seen)], key=lambda r: r["subject_id"])[:BATCH]
    return rows


def _judge(work: Work, book: Rules, agency: int, cases: list[Row]) -> None:
    subjects = [row["subject_id"] for row in cases]
    clock_rows = clocks.of_subjects(work, subjects)
    standing = alerting.standing(work, subjects)
    known = confirmations.risks(work, book, agency)
    own = confirmations.discretion_book(work, book, agency)
    calendar = calendars.of_agency(work, book, agency)
    shelves = shelf.Shelves(work, subjects, agency)
    for case in cases:
        place = {"agency_id": agency, "category": case["category"], "subject_id": case["subject_id"]}
        release = release_store.load(work, case["release"])
        timed = risk_supply.timed(release, book)
        moments = {key for key, text in timed.items() if _momentary(text)}
        # What is told once and was told needs no second look, however long the case lies.
        given = standing.get(case["subject_id"], frozenset()) - moments
        texts = {key: text for key, text in timed.items() if key not in given}
        mine = clocks.Clocks(work, book.release, place, clock_rows[case["subject_id"]])
        matter = Matter(
            work, release, book, own, calendar, place, case["facts"], mine.for_guards(),
            wants=wants_of(risk_supply.wanted(tuple(timed.values()))), roles=book.risks.roles, remaining=mine.remaining, shelves=shelves,
        )  # fmt: skip
        found = risk.evaluate(known, Names(matter), only=texts)
        alerting.raise_all(work, place, [a for a in found if a.rule not in moments])
        alerting.raise_all(work, place, [a for a in found if a.rule in moments], _DAY)


@functools.lru_cache(maxsize=4096)
def _momentary(text: str) -> bool:
    """True of one day only (so many days are left), so each day's warning is one of its own."""
    return any(path[-1] in ("remaining", "certificate_days_left") for path in risk.paths_of(text))


def _officers(work: Work, book: Rules, agency: int) -> None:
    """Rules about officers: certificates that end, reviews not passed, figures that stand out."""
    texts = risk_supply.daily(book.release, book)
    if not texts:
        return
    known = confirmations.risks(work, book, agency)
    names = {path[0] for path in risk_supply.wanted(tuple(texts.values()))}
    found: dict[UUID, dict[str, Any]] = {}
    if names & {"certificate_days_left", "annual_review_result"}:
        for row in work.rows(_CERTIFICATES, {"agency": agency, "day": work.today}):
            left = None if row["left"] is None else Decimal(row["left"])
            found[row["id"]] = {"certificate_days_left": left, "annual_review_result": row["annual"]}
    if "officer_stats" in names:
        since = work.now - timedelta(days=365)
        for row in work.rows(_STATS, {"agency": agency, "since": since, "low": book.lowest_tiers}):
            found.setdefault(row["officer"], {})["officer_stats"] = _figures(row)
    for officer, told in found.items():
        place = {"agency_id": agency, "category": "01", "subject_id": officer}
        found_here = risk.evaluate(known, Told(told, work.now), only=texts)
        for alert in found_here:
            alerting.raise_all(work, place, [alert], _DAY if _momentary(texts[alert.rule]) else _MONTH)


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("officer", "name")}
