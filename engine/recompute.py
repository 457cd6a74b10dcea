"""Clocks recomputed when what they rest on changes: a calendar published late, a deadline rule, an agency's confirmation.

One part per agency, gone through case by case in order; each batch is one transaction that re-dates clocks, timers and work
items, writes the history with the days that caused it, raises one alert per moved case and moves the part's cursor. Killed at
any moment it goes on where the last batch ended. Clocks without pauses that share rule and first day are computed once.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from content.releases import Release
from engine import calendars, clocks, confirmations, jobs, parameters, release_store
from engine.definitions import definition
from engine.rulebook import deadlines
from engine.rulebook.calendars import Calendar
from engine.rules import Rules, rules
from kernel import permissions
from kernel.errors import NotFound
from kernel.ids import uuid7
from kernel.work import LOCAL, SYSTEM_ID, Grant, Node, Person, Row, Work

CATEGORIES = frozenset(f"0{n}" for n in range(1, 9))
BATCH = 5000
_LEASE = timedelta(minutes=2)
_START = """insert into recompute (id, cause, from_release, to_release, reason, due_at, requested_by, requested_at, calendar_id)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_PARTS = """with part as (insert into recompute_part (recompute_id, agency_id)
  select %(id)s, id from agency where (%(under)s::int is null or %(under)s = any(path))
    and (%(division)s::text is null or left(code, 2) = left(%(division)s, 2)) returning agency_id)
insert into job (id, kind, due_at, idempotency_key, agency_id, category, payload, created_at)
select gen_random_uuid(), 'recompute', %(due)s, 'recompute:' || %(id)s || ':' || agency_id, agency_id, '01',
  jsonb_build_object('recompute', %(id)s::text), %(now)s from part"""
_PART = """select r.id, r.cause, r.from_release, r.calendar_id, r.reason, p.agency_id, p.cursor from recompute_part p join recompute r on r.id = p.recompute_id
where p.recompute_id = %s and p.agency_id = %s and p.done_at is null for update of p"""
_READ = """select id::text as id, subject_id, category, instance_id, rule, rule_version, started, pauses, extensions, status, due_at, next_wake,
unconfirmed, calendar_version from clock where agency_id = %s and closed_at is null and (%s::uuid is null or subject_id > %s)
order by subject_id, id limit %s"""
# Only a clock that is still as it was read is changed: a step that came between has dated it itself.
_WRITE = """with t as (select * from unnest(%(id)s::uuid[], %(before)s::timestamptz[], %(due)s::timestamptz[], %(wake)s::timestamptz[],
    %(status)s::text[], %(version)s::text[], %(unconfirmed)s::text[], %(history)s::uuid[], %(why)s::int[])
    as t(id, before, due, wake, status, version, unconfirmed, history, why)),
  changed as (update clock c set due_at = t.due, next_wake = t.wake, status = t.status, rule_version = t.version,
    unconfirmed = nullif(t.unconfirmed, ''), calendar_version = %(calendar)s
    from t where c.id = t.id and c.due_at = t.before and c.closed_at is null returning c.id, c.category)
insert into clock_history (id, clock_id, agency_id, category, at, person_id, event, due_before, due_after, reason, recompute_id)
select t.history, t.id, %(agency)s, changed.category, %(now)s, %(person)s, 'recomputed', t.before, t.due, (%(reasons)s::text[])[t.why], %(recompute)s
from t join changed on changed.id = t.id where t.due <> t.before"""
_RESTING = """select 'item' as kind, w.id, w.subject_id, w.element, i.process_key, i.release from work_item w
join process_instance i on i.id = w.instance_id where w.subject_id = any(%(s)s) and w.status = 'open'
union all select 'timer', j.id, j.subject_id, j.payload->>'element', i.process_key, i.release from job j
join process_instance i on i.id = j.instance_id where j.instance_id = any(%(i)s) and j.kind = 'timer' and j.status = 'waiting'"""
_REDATE = """with items as (update work_item w set due_at = t.due from unnest(%(items)s::uuid[], %(item_dues)s::timestamptz[]) as t(id, due)
  where w.id = t.id and w.status = 'open')
update job j set due_at = t.due from unnest(%(timers)s::uuid[], %(timer_dues)s::timestamptz[]) as t(id, due)
where j.id = t.id and j.status = 'waiting'"""
_ALERT = """insert into alert (id, agency_id, category, subject_id, rule, severity, message, suggested_action, raised_at)
select id, %s, category, subject_id, %s, 'medium', message, '请核对新的期限并据此安排办理', %s
from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[]) as t(id, category, subject_id, message)"""
_FORWARD = """update recompute_part set cursor = %s, seen = seen + %s, moved = moved + %s, cases = cases + %s, done_at = %s
where recompute_id = %s and agency_id = %s"""


# ---------------------------------------------------------------------- asking for it
def after_publish(work: Work, before: Release | None, after: Release) -> UUID | None:
    """In the transaction of a publication: asks for a recomputation when calendar or deadline rules differ."""
    if before is None or before.hash == after.hash:
        return None
    old, new = rules(before), rules(after)
    changed = [r for r in new.deadlines.values() if r.id in old.deadlines and old.deadlines[r.id].version != r.version]
    parts = []
    if old.calendar.version != new.calendar.version:
        parts.append(f"日历变动 {len(old.calendar.differences(new.calendar))} 天")
    if old.all_province_days != new.all_province_days:
        parts.append("地方休息日、工作日变动")
    if changed:
        parts.append("期限规则变动:" + "、".join(rule.name for rule in changed[:10]))
    if not parts:
        return None
    due = max(after.effective_from or work.now, work.now)
    return _ask(work, "release", before.hash, after.hash, ";".join(parts), due, None)


def after_confirmation(work: Work, release: Release, agency_id: int, reason: str) -> UUID:
    """In the transaction of a confirmation: the agency's open clocks and those of the agencies below it."""
    return _ask(work, "confirmation", release.hash, release.hash, reason, work.now, agency_id)


def after_calendar(work: Work, release: Release, division: str, calendar_id: UUID, reason: str, due: datetime) -> UUID:
    """In the transaction of a province's calendar: the open clocks of its agencies, when the calendar takes effect."""
    return _ask(work, "calendar", release.hash, release.hash, reason, due, None, division, calendar_id)


def _ask(
    work: Work, cause: str, before: str, after: str, reason: str, due: datetime, under: int | None,
    division: str | None = None, calendar_id: UUID | None = None,
) -> UUID:  # fmt: skip
    id_ = uuid7()
    work.execute(_START, (id_, cause, before, after, reason[:1000], due, work.person.id, work.now, calendar_id))
    work.execute(_PARTS, {"id": str(id_), "under": under, "division": division, "due": due, "now": work.now})
    return id_


# ---------------------------------------------------------------------- doing it
@dataclass(frozen=True, slots=True)
class _Answer:
    """What a clock is now: the last second that belongs to it, its wakes in order, what in it is unconfirmed."""

    due: datetime
    due_text: str
    wakes: tuple[datetime, ...]
    unconfirmed: str
    ends_in_breach: bool


_known: dict[tuple[object, ...], dict[tuple[str, str], _Answer]] = {}


@dataclass
class _Book:
    """The rulebook in force for one agency, and what was worked out with it so far."""

    rules: Rules
    calendar: Calendar
    settings: Mapping[str, deadlines.Setting]
    changed: Sequence[tuple[date, str]]
    cause: str
    now: datetime
    known: dict[tuple[str, str], _Answer]
    reasons: dict[str, int] = field(default_factory=dict)
    said: dict[tuple[object, ...], str] = field(default_factory=dict)

    def answer(self, row: Row) -> _Answer:
        """The clock's new answer; without pauses and extensions it depends on rule and start alone."""
        if row["pauses"] or row["extensions"]:
            return self._work_out(row)
        key = (row["rule"], row["started"])
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._work_out(row)
        return found

    def _work_out(self, row: Row) -> _Answer:
        clock = clocks.as_clock(self.rules, row, self.settings)
        answer = deadlines.due(clock, self.calendar, self.now)
        due = clocks.end_instant(answer.due)
        wakes = tuple(w.at for w in deadlines.wakes(clock, self.calendar, self.now))
        rule = clock.rule
        return _Answer(
            due,
            due.isoformat(),
            wakes,
            ";".join(answer.unconfirmed),
            rule.kind.value == "max" and rule.holder.value == "agency",
        )

    def why(self, row: Row, after: _Answer) -> str:
        """The days (or the rule, or the confirmation) that moved a clock."""
        key = (row["rule"], row["rule_version"], row["started"][:10], row["due_at"], after.due)
        text = self.said.get(key)
        if text is None:
            text = self.said[key] = self._why(row, after)
        return text

    def _why(self, row: Row, after: _Answer) -> str:
        rule = self.rules.deadline(row["rule"])
        before, later = row["due_at"].astimezone(LOCAL).date(), after.due.astimezone(LOCAL).date()
        ends = sorted((date.fromisoformat(row["started"][:10]), before, later))
        days = [text for day, text in self.changed if ends[0] <= day <= ends[-1]]
        parts = [*days[:12], *([f"等 {len(days)} 天"] if len(days) > 12 else [])]
        if row["rule_version"] != rule.version:
            parts.append(f"期限规则修改({rule.basis})")
        return f"{rule.name}由 {before} 改为 {later}:{';'.join(parts) or self.cause}"[:1000]


def run(work: Work, job: Row) -> None:
    """A part's job: batch after batch until its agency is done; each batch a transaction of its own."""
    while _batch(work.node, UUID(job["payload"]["recompute"]), job["agency_id"], job["id"]):
        pass


def system_of(agency_id: int) -> Person:
    """The system, bounded to one agency, in every category."""
    return Person(SYSTEM_ID, "系统", agency_id, (Grant("system", agency_id, frozenset({agency_id}), CATEGORIES),))


def _batch(node: Node, recompute_id: UUID, agency_id: int, job_id: UUID) -> bool:
    """One batch; False when the part is done."""
    work = Work(node, system_of(agency_id), request_id=f"recompute:{recompute_id}")
    with work.transaction(hot=True):
        part = work.one(_PART, (recompute_id, agency_id))
        if part is None:
            jobs.finish(work, job_id)
            return False
        rows = work.rows(_READ, (agency_id, part["cursor"], part["cursor"], BATCH + 1))
        whole = _whole_cases(work, rows, agency_id)
        moved = _apply(work, part, whole) if whole else []
        over = len(rows) <= BATCH
        work.execute(
            _FORWARD,
            (
                whole[-1]["subject_id"] if whole else part["cursor"],
                len(whole),
                len(moved),
                len({row["subject_id"] for row in moved}),
                work.now if over else None,
                recompute_id,
                agency_id,
            ),
        )
        if over:
            jobs.finish(work, job_id)
        else:
            work.execute("update job set lease_until = %s where id = %s", (work.now + _LEASE, job_id))
    return not over


def _whole_cases(work: Work, rows: list[Row], agency_id: int) -> list[Row]:
    """A batch ends with a case, so that a case's alert names all its clocks."""
    if len(rows) <= BATCH:
        return rows
    last = rows[-1]["subject_id"]
    whole = [row for row in rows if row["subject_id"] != last]
    if whole:
        return whole
    raise NotFound(
        f"案件 {last}(机构 {agency_id})的期限超过 {BATCH} 条,不能重新计算", remedy="请核对该案的流程是否反复起算期限"
    )


def _book(work: Work, part: Row) -> _Book:
    release = release_store.current(work)
    book = rules(release)
    calendar = calendars.of_agency(work, book, part["agency_id"])
    changed: list[tuple[date, str]] = []
    if part["calendar_id"] is not None:
        before = calendars.of_agency(work, book, part["agency_id"], without=part["calendar_id"])
        changed = changed_days(before, calendar)
    elif part["from_release"] and part["from_release"] != release.hash:
        old = rules(release_store.load(work, part["from_release"]))
        changed = _changed(calendars.of_agency(work, old, part["agency_id"]), calendar)
    settings = confirmations.settings_of(book, parameters.confirmed(work, part["agency_id"]))
    # The answers of clocks without pauses do not depend on the hour, so all parts of a process share them.
    place = (release.hash, calendar.version, tuple(settings[key] for key in sorted(settings)))
    if place not in _known:
        while len(_known) >= 8:
            _known.pop(next(iter(_known)))
        _known[place] = {}
    return _Book(book, calendar, settings, changed, part["reason"], work.now, _known[place])


@functools.lru_cache(maxsize=8)
def _changed(before: Calendar, after: Calendar) -> list[tuple[date, str]]:
    return changed_days(before, after)


def changed_days(before: Calendar, after: Calendar) -> list[tuple[date, str]]:
    """The days that are worked in one calendar and not in the other, with what they were and are."""
    return [(d, f"{d}:{a.reason} → {b.reason}") for d, a, b in before.differences(after)]


def _apply(work: Work, part: Row, rows: list[Row]) -> list[Row]:
    """Computes, writes, re-dates what rests on the moved clocks, tells the cases; returns the moved rows."""
    book = _book(work, part)
    columns: list[list[str]] = [[] for _ in range(9)]
    moved: list[Row] = []
    for row in rows:
        after = book.answer(row)
        wake, status = _wake(row, after, book.now)
        version = book.rules.deadline(row["rule"]).version
        has_moved = after.due != row["due_at"]
        same = not has_moved and wake == row["next_wake"] and status == row["status"] and version == row["rule_version"]
        if same and after.unconfirmed == (row["unconfirmed"] or ""):
            continue
        why = 0
        if has_moved:
            row["text"] = book.why(row, after)
            why = book.reasons.setdefault(row["text"], len(book.reasons) + 1)
            moved.append({**row, "due_after": after.due})
        values = (row["id"], row["due_at"].isoformat(), after.due_text, wake.isoformat() if wake else "NULL", status, version,
                  _quoted(after.unconfirmed), str(uuid7()), str(why))  # fmt: skip
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    if columns[0]:
        _write(work, part, book, columns)
    if moved:
        _redate(work, moved)
        _tell(work, part, moved)
    return moved


def _wake(row: Row, after: _Answer, now: datetime) -> tuple[datetime | None, str]:
    """When the clock wakes next and what it is now: a date that moved into the past wakes at once, one that moved into
    the future is no breach any more."""
    status = row["status"]
    if status == "breached" and after.due >= now:
        status = "running"
    wake = next((at for at in after.wakes if at > now), None)
    if wake is None and after.due < now <= row["due_at"] and after.wakes and after.ends_in_breach:
        wake = now
    return wake, status


def _quoted(text: str) -> str:
    """A member of a PostgreSQL array literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write(work: Work, part: Row, book: _Book, columns: list[list[str]]) -> None:
    names = ("id", "before", "due", "wake", "status", "version", "unconfirmed", "history", "why")
    # Array literals made by joining: a list of half a million adapted values would cost more than the database's work.
    arrays = {name: "{" + ",".join(column) + "}" for name, column in zip(names, columns, strict=True)}
    work.execute(
        _WRITE,
        {
            **arrays,
            "calendar": book.calendar.version,
            "agency": part["agency_id"],
            "now": work.now,
            "person": work.person.id,
            "reasons": list(book.reasons) or [""],
            "recompute": part["id"],
        },
    )


def _redate(work: Work, moved: list[Row]) -> None:
    """Timers and open tasks that rest on the moved clocks."""
    due = {(row["subject_id"], row["rule"]): row["due_after"] for row in moved}
    instances = list({row["instance_id"] for row in moved if row["instance_id"]})
    resting = work.rows(_RESTING, {"s": list({row["subject_id"] for row in moved}), "i": instances})
    found: dict[str, list[tuple[UUID, datetime]]] = {"item": [], "timer": []}
    for row in resting:
        rule = _rests_on(work, row)
        at = due.get((row["subject_id"], rule)) if rule else None
        if at is not None:
            found[row["kind"]].append((row["id"], at + timedelta(seconds=1) if row["kind"] == "timer" else at))
    if found["item"] or found["timer"]:
        work.execute(
            _REDATE,
            {
                "items": [id_ for id_, _ in found["item"]],
                "item_dues": [at for _, at in found["item"]],
                "timers": [id_ for id_, _ in found["timer"]],
                "timer_dues": [at for _, at in found["timer"]],
            },
        )


def _rests_on(work: Work, row: Row) -> str | None:
    """The deadline on which a waiting step rests, by the release that its instance is pinned to."""
    which = definition(release_store.load(work, row["release"]), row["process_key"])
    if row["kind"] == "timer":
        return next((p.text for p in which.flow.deadlines() if p.element == row["element"]), None)
    config = which.step(row["element"])
    return config.clock if config is not None else None


def _tell(work: Work, part: Row, moved: list[Row]) -> None:
    cases: dict[UUID, list[Row]] = {}
    for row in moved:
        cases.setdefault(row["subject_id"], []).append(row)
    subjects = list(cases)
    work.execute(
        _ALERT,
        (
            part["agency_id"],
            f"RECOMPUTED:{part['id']}",
            work.now,
            [uuid7() for _ in subjects],
            [cases[s][0]["category"] for s in subjects],
            subjects,
            ["期限重新计算:" + ";".join(row["text"] for row in cases[s])[:1800] for s in subjects],
        ),
    )


# ---------------------------------------------------------------------- the report
def recomputes(work: Work) -> list[Row]:
    """Every recomputation, newest first: why, how far, how many clocks and cases moved (of all agencies)."""
    permissions.demand(work, "clock.read")
    with work.transaction():
        return work.rows(
            """select r.id, r.cause, r.reason, r.due_at, r.requested_at, count(*) as parts, count(p.done_at) as parts_done,
            sum(p.seen)::bigint as seen, sum(p.moved)::bigint as moved, sum(p.cases)::bigint as cases, max(p.done_at) as last_at
            from recompute r join recompute_part p on p.recompute_id = r.id group by r.id order by r.id desc limit 100"""
        )


def moved_cases(work: Work, recompute_id: str, limit: int = 50, after: str | None = None) -> dict[str, Any]:
    """Which clocks a recomputation moved and why, within what the person may see: a page in order of writing."""
    permissions.demand(work, "clock.read")
    with work.transaction():
        rows = work.rows(
            """select h.id, h.clock_id, c.subject_id as case_id, e.case_number, c.rule, h.due_before, h.due_after, h.reason, h.at
            from clock_history h join clock c on c.id = h.clock_id left join enforcement_case e on e.id = c.subject_id
            where h.recompute_id = %s and (%s::uuid is null or h.id > %s) order by h.id limit %s""",
            (recompute_id, after, after, limit + 1),
        )
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if more else None}
