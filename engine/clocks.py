"""Clocks of a subject: rows with the date that the rulebook computed, woken by one index.

Nobody types a due date: a clock starts with its trigger, stands still and is lengthened by acts, and is recomputed when a
calendar is published late. `due_at` is the last second of the last day (or the exact instant for hours); what waits for
the period to be over goes on one second later.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
import psycopg

from content.releases import Release
from engine import calendars, confirmations, news, release_store
from engine.alerts import raise_alert
from engine.rulebook import deadlines
from engine.rulebook.calendars import Calendar
from engine.rulebook.periods import Length, Unit
from engine.rules import Rules, rules
from kernel.errors import AgainstTheLaw, BadContent, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import LOCAL, Node, Row, Work, array_of, system_person

_COLUMNS = """id, instance_id, rule, rule_version, started, element, pauses, extensions, status, due_at, next_wake, calendar_version, unconfirmed,
created_at, closed_at, reason"""
# One statement for every clock that a step touched and what happened to it.
_WRITE = """with c as (select * from jsonb_to_recordset(%(rows)s::jsonb) as t(id uuid, instance_id uuid, rule text, rule_version text, started text,
  element text, due_at timestamptz, next_wake timestamptz, calendar_version text, unconfirmed text, created_at timestamptz, status text,
  pauses jsonb, extensions jsonb, closed_at timestamptz, reason text)),
put as (insert into clock (id, agency_id, category, subject_id, instance_id, rule, rule_version, started, element, due_at, next_wake,
    calendar_version, unconfirmed, created_at, status, pauses, extensions, closed_at, reason)
  select id, %(agency)s, %(category)s, %(subject)s, instance_id, rule, rule_version, started, element, due_at, next_wake,
    calendar_version, unconfirmed, created_at, status, pauses, extensions, closed_at, reason from c
  on conflict (id) do update set status = excluded.status, due_at = excluded.due_at, next_wake = excluded.next_wake,
    pauses = excluded.pauses, extensions = excluded.extensions, closed_at = excluded.closed_at, reason = excluded.reason)
insert into clock_history (id, clock_id, agency_id, category, at, person_id, event, due_before, due_after, reason)
select id, clock_id, %(agency)s, %(category)s, %(now)s, %(person)s, event, due_before, due_after, reason
from jsonb_to_recordset(%(history)s::jsonb) as t(id uuid, clock_id uuid, event text, due_before timestamptz, due_after timestamptz, reason text)"""
_WOKEN = """with w as (select * from jsonb_to_recordset(%(rows)s::jsonb) as t(id uuid, line uuid, next_wake timestamptz, status text,
  event text, reason text)),
put as (update clock c set next_wake = w.next_wake, status = w.status from w where c.id = w.id
  returning w.*, c.agency_id, c.category, c.due_at)
insert into clock_history (id, clock_id, agency_id, category, at, person_id, event, due_before, due_after, reason)
select line, id, agency_id, category, %(at)s, %(by)s, event, due_at, due_at, reason from put"""
_MET = """with c as (update clock set status = case when due_at >= %(now)s then 'met' else 'breached' end, closed_at = %(now)s,
  reason = %(reason)s, next_wake = null where subject_id = %(subject)s and rule = %(rule)s and closed_at is null
  returning id, agency_id, category, due_at)
insert into clock_history (id, clock_id, agency_id, category, at, person_id, event, due_before, due_after, reason)
select gen_random_uuid(), id, agency_id, category, %(now)s, %(person)s, 'closed', due_at, due_at, %(reason)s from c"""
_IN_HAND = """select wi.id, wi.subject_id, wi.name, wi.claimed_by, wi.clock from work_item wi
join unnest(%s::uuid[], %s::text[]) as t(subject, rule) on wi.subject_id = t.subject and wi.clock = t.rule
where wi.status = 'open' and wi.claimed_by is not null"""
_KEPT = ("id", "instance_id", "rule", "rule_version", "started", "element", "due_at", "next_wake", "calendar_version", "unconfirmed", "created_at",
         "status", "pauses", "extensions", "closed_at", "reason")  # fmt: skip
_LAST_SECOND = time(23, 59, 59)


# Of each rule and process the clock that counts: however often a loop turned, a step reads no more than there are rules.
_CURRENT = f"""select * from (select distinct on (subject_id, rule, instance_id) subject_id, {_COLUMNS} from clock
where subject_id = any(%s::uuid[]) and status <> 'closed' order by subject_id, rule, instance_id, id desc) t order by id"""


def send(work: Work, subject_id: UUID | str) -> psycopg.Cursor[Row]:
    """Asks for the clocks that a step needs, the latest of each rule: to be given to `Clocks`, or read with `work.read`."""
    return work.send(_CURRENT, (array_of([str(subject_id)]),))


def send_all(work: Work, subject_id: UUID | str) -> psycopg.Cursor[Row]:
    """As `send`, with those of former turns: what people are shown."""
    return work.send(f"select {_COLUMNS} from clock where subject_id = %s order by id", (subject_id,))


def of_subjects(work: Work, subject_ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """The clocks of several subjects, by subject; as `send` gives them for one."""
    found: dict[UUID, list[Row]] = {subject: [] for subject in subject_ids}
    for row in work.rows(_CURRENT, (array_of(map(str, found)),)):
        found[row["subject_id"]].append(row)
    return found


def end_instant(due: date | datetime) -> datetime:
    """The last second that belongs to the period."""
    return due if isinstance(due, datetime) else datetime.combine(due, _LAST_SECOND, LOCAL)


def instant(value: object, now: datetime, element: str) -> datetime:
    """A FEEL timer's answer as an instant: a date-time, a date (its beginning), or a duration from now."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=LOCAL)
    if isinstance(value, date):
        return datetime.combine(value, time(0), LOCAL)
    if isinstance(value, timedelta):
        return now + value
    raise BadContent("process.bpmn", 0, f"定时事件 {element} 的表达式没有得出时刻、日期或时长")


@dataclass
class _Change:
    event: str
    row: Row
    before: datetime | None
    reason: str


@dataclass
class Clocks:
    """The clocks of one subject within a step: started, stopped, paused here; written by `write`."""

    work: Work
    release: Release
    instance: Row
    rows: Sequence[Row] | psycopg.Cursor[Row]  # or asked for with `send` and on their way
    moved: list[str] = field(default_factory=list)
    _changes: list[_Change] = field(default_factory=list)

    @functools.cached_property
    def _all(self) -> list[Row]:
        """Read only when asked for: meanwhile the step thaws."""
        rows = self.work.read(self.rows) if isinstance(self.rows, psycopg.Cursor) else self.rows
        return [dict(row) for row in rows]

    @property
    def _rules(self) -> Rules:
        return rules(self.release)

    @functools.cached_property
    def calendar(self) -> Calendar:
        """The calendar of the agency: the nation's, with the days of its province."""
        return calendars.of_agency(self.work, self._rules, self.instance["agency_id"])

    @functools.cached_property
    def _settings(self) -> Mapping[str, deadlines.Setting]:
        return confirmations.deadline_settings(self.work, self._rules, self.instance["agency_id"])

    # ------------------------------------------------------------------ asking
    def _latest(self, rule: str) -> Row | None:
        """The clock of a rule that counts here: that of this process or of the record itself, else that of another process."""
        found = [row for row in reversed(self._all) if row["rule"] == rule and row["status"] != "closed"]
        return next((row for row in found if self._own(row)), found[0] if found else None)

    def _mine(self, row: Row) -> bool:
        return bool(row["instance_id"] == self.instance.get("id"))

    def _own(self, row: Row) -> bool:
        """That of this process, or one of the record itself, which every process on it shares."""
        return row["instance_id"] is None or self._mine(row)

    def due_of(self, rule: str, element: str) -> datetime:
        """When what waits for this period goes on: the second after its end."""
        row = self._latest(rule)
        if row is None:
            raise BadContent("process.bpmn", 0, f"定时事件 {element} 等待的期限 {rule} 尚未启动")
        return row["due_at"] + timedelta(seconds=1)  # type: ignore[no-any-return]

    def due_or_none(self, rule: str) -> datetime | None:
        """The due instant of a running clock, for the inbox."""
        row = self._latest(rule)
        return row["due_at"] if row is not None and row["status"] in ("running", "breached") else None

    def for_guards(self) -> dict[str, dict[str, object]]:
        """What guards see: rule → due (day), met, elapsed, running."""
        seen: dict[str, dict[str, object]] = {}
        for row in sorted(self._all, key=self._weight):
            if row["status"] == "closed":
                continue
            seen[row["rule"]] = {
                "due": row["due_at"].astimezone(LOCAL).date(),
                "met": row["status"] == "met",
                "elapsed": self.work.now > row["due_at"],
                "running": row["closed_at"] is None,
            }
        return seen

    def _weight(self, row: Row) -> tuple[bool, bool]:
        """Which of several clocks of a rule counts: one's own, else one that is over and still runs, else the latest."""
        return self._own(row), row["closed_at"] is None and self.work.now > row["due_at"]

    def remaining(self, rule: str) -> int | None:
        """What is left of the latest clock of a rule, in its unit; None where there is none or it is closed."""
        row = self._latest(rule)
        if row is None or row["closed_at"] is not None:
            return None
        return deadlines.due(self.clock_of(row), self.calendar, self.work.now).remaining

    def for_papers(self) -> dict[str, dict[str, str]]:
        """What papers may print of the clocks: rule → due (day, as it stands) and first_due (day, without extensions)."""
        latest = {row["rule"]: row for row in sorted(self._all, key=self._own) if row["status"] != "closed"}
        seen = {}
        for rule, row in latest.items():
            due = row["due_at"].astimezone(LOCAL).date()
            first = due
            if row["extensions"]:
                clock = dataclasses.replace(self.clock_of(row), extensions=())
                first = end_instant(deadlines.due(clock, self.calendar, self.work.now).due).astimezone(LOCAL).date()
            seen[rule] = {"due": due.isoformat(), "first_due": first.isoformat()}
        return seen

    def all_explained(self) -> list[dict[str, Any]]:
        """Every clock with its counting."""
        return [self._explain(row) for row in self._all]

    def explained(self, rule: str) -> dict[str, Any] | None:
        """The latest clock of a rule with its counting."""
        row = self._latest(rule)
        return self._explain(row) if row is not None else None

    def _explain(self, row: Row) -> dict[str, Any]:
        answer = deadlines.due(self.clock_of(row), self.calendar, self.work.now).as_dict()
        return {
            **answer,
            "id": str(row["id"]),
            "status": row["status"],
            "due_at": row["due_at"],
            "closed_at": row["closed_at"],
            "reason": row["reason"],
            "element": row["element"],
            **self._adjustable(row),
            "statutory": row["rule"] in self._rules.deadlines and not self._rules.deadlines[row["rule"]].configurable,
        }

    def _adjustable(self, row: Row) -> dict[str, Any]:
        """On what grounds a running clock may be stopped, on which it stands still, and how its rule lets it be lengthened."""
        if row["closed_at"] is not None:
            return {}
        rule = self.clock_of(row).rule
        allowed = rule.extension
        return {
            "standing": next((p["reason"] for p in row["pauses"] if p["end"] is None), None),
            "grounds": [
                {"code": one.reason, "name": one.name, "notice": one.requires_notice} for one in rule.pauses.values()
            ],
            "extension": allowed
            and {
                "unit": (allowed.longest or rule.length).unit.value,
                "longest": allowed.longest and str(allowed.longest),
                "by": allowed.by,
            },
        }

    # ------------------------------------------------------------------ acting
    def apply(self, config: Any, facts: Mapping[str, Any], element: str) -> None:
        """What process.yaml says of a step that is done: stops first, then starts, extensions, pauses, resumes.

        Raises `AgainstTheLaw` for an extension that the rule does not allow.
        """
        for rule in config.stops:
            self.stop(rule, f"{element} 办结")
        for start in config.starts:
            self.start(start.rule, self._trigger(start, facts, element), element, of_record=start.record)
        for one in config.extends:
            if facts.get(one.count) is not None:
                self._lengthen(one.rule, int(facts[one.count]), str(facts.get(one.reason) or ""))
        for pause in config.pauses:
            told = facts.get(pause.notice) if pause.notice else None
            self.pause(pause.rule, pause.reason, _day(str(told)) if told else None)
        for pause in config.resumes:
            self.resume(pause.rule, pause.reason)

    def _lengthen(self, rule_id: str, count: int, reason: str) -> None:
        row = self._latest(rule_id)
        if row is None or row["closed_at"] is not None:
            raise Refusal("要延长的期限已经结束", remedy="期限已经届满或者办结的,不得延长")
        clock = self.clock_of(row)
        allowed = clock.rule.extension
        unit = allowed.longest.unit if allowed is not None and allowed.longest is not None else clock.length.unit
        by = allowed.by if allowed is not None else ""
        extension = deadlines.Extension(Length(count, unit), by, self.work.today, reason)
        why_not = deadlines.extension_refusal(clock, extension, self.calendar)
        if why_not is None and not self.work.person.holds(by, self.instance["agency_id"], self.instance["category"]):
            why_not = f"{clock.rule.name}的延长须由法律规定的批准人批准"
        if why_not:
            raise AgainstTheLaw(
                why_not, article=clock.rule.article, rule=rule_id, remedy="请按期办结,或者核对延长的依据"
            )
        self.extend(rule_id, extension)

    def _trigger(self, start: Any, facts: Mapping[str, Any], element: str) -> date | datetime:
        value = facts.get(start.from_) if start.from_ else None
        if start.after:
            ended = (self.due_of(start.after, element) - timedelta(seconds=1)).astimezone(LOCAL).date()
            return ended if value is None else max(ended, _day(str(value)))
        if not start.from_:
            return self.work.now.astimezone(LOCAL)
        if value is None:
            raise BadContent("process.yaml", 0, f"环节 {element} 启动期限 {start.rule} 所需的“{start.from_}”没有值")
        text = str(value)
        return datetime.fromisoformat(text).astimezone(LOCAL) if len(text) > 10 else date.fromisoformat(text)

    def start(self, rule_id: str, started: date | datetime, element: str, *, of_record: bool = False) -> None:
        """A clock starts; one of the same rule that still runs is closed: its trigger has happened anew.

        `of_record`: it runs on when this process is over. While one does, no process starts another of its rule.
        """
        old = self._latest(rule_id)
        if old is not None and old["closed_at"] is None and self._own(old):
            if old["instance_id"] is None and not of_record:
                return
            self._close(old, "closed", "起算事由再次发生,重新起算")
        rule = self._rules.deadline(rule_id)
        row: Row = {
            "id": uuid7(),
            "instance_id": None if of_record else self.instance["id"],
            "rule": rule_id,
            "rule_version": rule.version,
            "started": started.isoformat(),
            "element": element,
            "pauses": [],
            "extensions": [],
            "status": "running",
            "closed_at": None,
            "reason": None,
            "created_at": self.work.now,
            "calendar_version": self.calendar.version,
        }
        self._date(row)
        self._all.append(row)
        self._changes.append(_Change("started", row, None, f"{element} 起算"))
        if of_record:  # another process may wait on it already: the one that this very step set going
            self.moved.append(rule_id)

    def stop(self, rule_id: str, reason: str) -> None:
        """What the period asked for has happened."""
        row = self._latest(rule_id)
        if row is not None and row["closed_at"] is None:
            self._close(row, "met" if self.work.now <= row["due_at"] else "breached", reason)

    def started_by(self, elements: Sequence[str]) -> list[str]:
        """Names of the running clocks that these steps started."""
        rows = [r for r in self._all if r["element"] in elements and r["closed_at"] is None and self._mine(r)]
        return [self._rules.deadline(r["rule"]).name for r in rows]

    def close(self, elements: Sequence[str], reason: str) -> None:
        """Clocks started by steps that a move cancelled: closed with the reason; they start anew with their trigger."""
        for row in self._all:
            if row["element"] in elements and row["closed_at"] is None and self._mine(row):
                self._close(row, "closed", reason)

    def close_all(self, reason: str) -> None:
        """The process is over: the clocks that it started are."""
        for row in self._all:
            if row["closed_at"] is None and self._mine(row):
                self._close(row, "closed", reason)

    def pause(self, rule_id: str, reason: str, notice_served: date | None = None) -> None:
        """The clock stands still on a ground of its rule."""
        row = self._latest(rule_id)
        if row is None or row["closed_at"] is not None:
            return
        before = row["due_at"]
        served = notice_served.isoformat() if notice_served else None
        row["pauses"] = [
            *row["pauses"],
            {"reason": reason, "start": self.work.today.isoformat(), "end": None, "notice": served},
        ]
        self._date(row)
        self._changes.append(_Change("paused", row, before, reason))

    def extend(self, rule_id: str, extension: deadlines.Extension) -> None:
        """The period is lengthened. The verb has asked whether it may be."""
        row = self._latest(rule_id)
        if row is None or row["closed_at"] is not None:
            return
        before = row["due_at"]
        kept = {
            "count": extension.length.count,
            "unit": str(extension.length.unit),
            "by": extension.by,
            "granted_on": extension.granted_on.isoformat(),
            "reason": extension.reason,
        }
        row["extensions"] = [*row["extensions"], kept]
        self._date(row)
        if row["status"] == "breached" and row["due_at"] >= self.work.now:
            row["status"] = "running"
        self._changes.append(_Change("extended", row, before, extension.reason))

    def running(self, clock_id: UUID) -> Row:
        """The row of a clock that still runs (or stands still). Refused when it is over or began anew."""
        row = next((r for r in self._all if r["id"] == clock_id), None)
        if row is None:
            raise NotFound("没有这个期限,或者它不在您的权限范围内")
        if row["closed_at"] is not None or self._latest(row["rule"]) is not row:
            raise Refusal("这个期限已经结束或者重新起算", remedy="请刷新案件后核对期限")
        return row

    def later(self, rule: str) -> datetime | None:
        """When what waits for a clock is to look again: it stands still, or another process has moved its end meanwhile.
        None when the period is over."""
        row = self._latest(rule)
        if row is None:
            return None
        if not is_paused(row):
            end = row["due_at"]
            return end + timedelta(seconds=1) if row["closed_at"] is None and end >= self.work.now else None
        end = end_instant(deadlines.due(self.clock_of(row), self.calendar, self.work.now).due)
        return end + timedelta(seconds=1) if end >= self.work.now else None

    def resume(self, rule_id: str, reason: str) -> None:
        """The clock runs on."""
        row = self._latest(rule_id)
        if row is None:
            return
        open_ = [p for p in row["pauses"] if p["reason"] == reason and p["end"] is None]
        if not open_:
            return
        before = row["due_at"]
        row["pauses"] = [{**p, "end": self.work.today.isoformat()} if p in open_ else p for p in row["pauses"]]
        self._date(row)
        self._changes.append(_Change("resumed", row, before, reason))

    def _close(self, row: Row, status: str, reason: str) -> None:
        row.update(status=status, closed_at=self.work.now, reason=reason, next_wake=None)
        self._changes.append(_Change("closed", row, row["due_at"], reason))

    def _date(self, row: Row) -> None:
        clock = self.clock_of(row)
        answer = deadlines.due(clock, self.calendar, self.work.now)
        if row.get("due_at") not in (None, end_instant(answer.due)):
            self.moved.append(row["rule"])
        row["due_at"] = end_instant(answer.due)
        row["unconfirmed"] = ";".join(answer.unconfirmed) or None
        wake = deadlines.next_wake(clock, self.calendar, self.work.now)
        row["next_wake"] = wake.at if wake is not None else None

    def clock_of(self, row: Row) -> deadlines.Clock:
        """A row of this subject as the rulebook's clock."""
        return as_clock(self._rules, row, self._settings)

    # ------------------------------------------------------------------ writing
    def write(self) -> None:
        """Rows and their history, in one statement."""
        if not self._changes:
            return
        work, i = self.work, self.instance
        rows = {change.row["id"]: change.row for change in self._changes}
        history = [
            {
                "id": uuid7(),
                "clock_id": change.row["id"],
                "event": change.event,
                "due_before": change.before,
                "due_after": change.row["due_at"],
                "reason": change.reason,
            }
            for change in self._changes
        ]
        work.execute(
            _WRITE,
            {
                "rows": orjson.dumps([{key: row[key] for key in _KEPT} for row in rows.values()]).decode(),
                "history": orjson.dumps(history).decode(),
                "agency": i["agency_id"],
                "category": i["category"],
                "subject": i["subject_id"],
                "now": work.now,
                "person": work.person.id,
            },
        )
        self._changes.clear()


def as_clock(book: Rules, row: Row, settings: Mapping[str, deadlines.Setting]) -> deadlines.Clock:
    """A stored row as the rulebook's clock, with what its agency confirmed."""
    pauses = tuple(
        deadlines.Pause(
            p["reason"],
            _day(p["start"]),
            _day(p["end"]) if p["end"] else None,
            _day(p["notice"]) if p.get("notice") else None,
        )
        for p in row["pauses"]
    )
    extensions = tuple(
        deadlines.Extension(Length(e["count"], Unit(e["unit"])), e["by"], _day(e["granted_on"]), e["reason"])
        for e in row["extensions"]
    )
    text = row["started"]
    started = datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    return deadlines.Clock(book.deadline(row["rule"]), started, pauses, extensions, settings.get(row["rule"]))


def meet(work: Work, subject_id: UUID, rule: str, reason: str) -> None:
    """What a period asked for has happened beside the steps of a process: every running clock of the rule on a record ends."""
    told = {"subject": subject_id, "rule": rule, "reason": reason, "now": work.now, "person": work.person.id}
    work.execute(_MET, told)


def is_paused(row: Row) -> bool:
    """Does the clock of this row stand still now?"""
    return row["closed_at"] is None and any(p["end"] is None for p in row["pauses"])


def _day(text: str) -> date:
    """The day here of a date, or of an instant whatever zone it is written in."""
    if len(text) == 10:
        return date.fromisoformat(text)
    at = datetime.fromisoformat(text)
    return (at.astimezone(LOCAL) if at.tzinfo else at).date()


# ---------------------------------------------------------------------- waking
def sweep(node: Node, limit: int) -> int:
    """Clocks that wake: warnings and breaches become alerts, each once; returns how many woke."""
    with node.db.plain() as pg:
        rows = pg.execute(
            "select agency_id, category, array_agg(id) from (select * from clock_due where next_wake <= %s"
            " order by next_wake limit %s) t group by 1, 2",
            (node.clock(), limit),
        ).fetchall()
    woke = 0
    for agency_id, category, ids in rows:
        work = Work(node, system_person(agency_id, category), request_id="clocks")
        with work.transaction(hot=True):
            book = rules(release_store.current(work))
            due = work.rows(
                "select *, agency_id, category from clock where id = any(%s) and next_wake <= %s for update skip locked",
                (ids, work.now),
            )
            settings = confirmations.deadline_settings(work, book, agency_id)
            calendar = calendars.of_agency(work, book, agency_id)
            woken = [_wake(work, book, calendar, row, settings) for row in due]
            if woken:
                work.execute(_WOKEN, {"rows": orjson.dumps(woken).decode(), "at": work.now, "by": work.person.id})
                _tell(work, due, woken)
            woke += len(due)
    return woke


def _wake(
    work: Work, book: Rules, calendar: Calendar, row: Row, settings: Mapping[str, deadlines.Setting]
) -> dict[str, object]:
    """What becomes of a clock that wakes: its new row and its line of history; an alert where somebody must act."""
    clock = as_clock(book, row, settings)
    passed = work.now > row["due_at"]
    following = deadlines.next_wake(clock, calendar, work.now)
    rule = clock.rule
    day = row["due_at"].astimezone(LOCAL).date().isoformat()
    breach = passed and rule.kind.value == "max" and rule.holder.value == "agency"
    text = f"{rule.name}已于 {day} 届满" if passed else f"{rule.name}将于 {day} 届满"
    if breach or not passed:
        raise_alert(
            work,
            row,
            row["subject_id"],
            row["rule"],
            severity="high" if breach else "medium",
            message=text,
            article=rule.article,
            action="立即办理,并写明逾期原因" if breach else "请在期满前办结",
        )
    return {
        "id": row["id"],
        "line": uuid7(),
        "next_wake": following.at if following is not None else None,
        "status": "breached" if breach else row["status"],
        "event": "breached" if breach else "elapsed" if passed else "warned",
        "reason": text,
    }


def _tell(work: Work, due: Sequence[Row], woken: Sequence[Mapping[str, Any]]) -> None:
    """Who holds a task that rests on a clock that warns or is breached is told."""
    pairs = zip(due, woken, strict=True)
    said = {(row["subject_id"], row["rule"]): line["reason"] for row, line in pairs if line["event"] != "elapsed"}
    if not said:
        return
    items = work.rows(_IN_HAND, ([s for s, _ in said], [r for _, r in said]))
    news.tell(
        work, [news.of_task(i["claimed_by"], "due", f"{{task}}:{said[i['subject_id'], i['clock']]}", i) for i in items]
    )


def nearest(work: Work, case_id: str) -> str | None:
    """The next due day among a case's running clocks, in words; in an open transaction."""
    row = work.one(
        "select rule, due_at from clock where subject_id = %s and closed_at is null and due_at > %s order by due_at limit 1",
        (case_id, work.now),
    )
    return f"{row['rule']} {row['due_at'].astimezone(LOCAL).date()}" if row else None
