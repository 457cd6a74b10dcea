"""One step: thaw, apply, run to the next stop, freeze, and hand everything to one transaction.

A `Step` works on one locked instance inside an open transaction. It changes facts only by the form answers and service
results it is given; it does no input or output of its own; `write` sends every row of the step together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
import psycopg

from content.releases import Release
from engine import (
    clocks,
    documents,
    flow,
    inbox,
    instances,
    jobs,
    ledger,
    news,
    objects,
    parameters,
    parties,
    release_store,
    signers,
)
from engine.decisions import decide
from engine.definitions import Definition, definition
from engine.expressions import day_of
from engine.facts import Snapshot
from kernel.errors import Fault, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import masking, record
from registers.subject import KINDS

_MESSAGES = """with gone as (delete from message_wait where instance_id = %(i)s and token = any(%(gone)s))
insert into message_wait (instance_id, token, agency_id, category, subject_id, message)
select %(i)s, token, %(a)s, %(c)s, %(s)s, message from unnest(%(tokens)s::text[], %(messages)s::text[]) as t(token, message)"""


# What a record is found by (registers.case.search), besides its numbers.
_SEARCHED = frozenset(
    {"party_name", "org_name", "plate_no", "trailer_plate_no", "ship_name", "org_uscc", "party_id_no", "case_cause"}
)


ClockRows = Sequence[Row] | psycopg.Cursor[Row]


class Runaway(Fault):
    """A step that would never wait: the instance stays where it was and an incident is opened (by the verb, or by the runner)."""

    code = "runaway"
    title = "流程空转"
    permanent = True
    instance: Row | None = None


@dataclass
class Outcome:
    """What a history row says about a completed step: the answers' keys by reference, its role in the law's order."""

    step_role: str | None = None
    answers: Sequence[str] = ()
    note: str | None = None
    stands_for: str | None = None  # the absent colleague whose substitute did it

    def as_json(self) -> str:
        """Compact; nothing that is null."""
        pairs = {"step_role": self.step_role, "answers": list(self.answers) or None, "note": self.note,
                 "stands_for": self.stands_for}  # fmt: skip
        return orjson.dumps({k: v for k, v in pairs.items() if v is not None}).decode()


@dataclass
class Step:
    """One instance, locked, on its way from stop to stop."""

    work: Work
    instance: Row
    release: Release
    definition: Definition
    facts: dict[str, Any]
    clocks: clocks.Clocks
    parameters: Mapping[str, parameters.Value]
    run: flow.Run
    unconfirmed: dict[str, str] = field(default_factory=dict)
    takes_case_number: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    terms: list[str] = field(default_factory=list)
    done: dict[str, Outcome] = field(default_factory=dict)
    completed: str | None = None
    source: str = ""
    officers: Sequence[Row] | None = None  # those who act, with their certificates, when a verb has asked already
    papers: list[documents.Paper] = field(default_factory=list)
    new_items: list[inbox.Item] = field(default_factory=list)
    posts: list[tuple[str, str]] = field(default_factory=list)  # (element, what it books in the ledger)
    confirmed: list[str] = field(default_factory=list)  # elements at which a party confirmed where it is served
    told: Mapping[str, Any] = field(default_factory=dict)  # what the message brought
    trade_no: str | None = None  # the bank's trade that it came with
    before: dict[str, flow.Waiting] = field(default_factory=dict)
    was: Mapping[str, Any] | None = None  # the facts of the record, read under the lock that this act alone holds
    _jobs: list[jobs.Job] = field(default_factory=list)
    _paper_jobs: list[jobs.Job] = field(default_factory=list)
    _gone: list[str] = field(default_factory=list)
    _new: list[flow.Waiting] = field(default_factory=list)
    _notes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    opening: dict[Sequence[str], dict[str, Any]] = field(
        default_factory=dict
    )  # address → what a return says of its item
    _straight: str | None = None
    stands_for: Row | None = None  # whose substitute acts: id, name
    _serves: bool = False
    _served_kinds: tuple[str, ...] = ()

    # ------------------------------------------------------------------ what flow asks of its host
    def evaluate(self, text: str, data: Mapping[str, object]) -> object:
        """A FEEL condition, timer or parameter over the facts as they stand now."""
        expression = self.definition.expression(text)
        self._told(expression.reads)
        return expression.evaluate(self.snapshot(data))

    def _told(self, reads: frozenset[str]) -> None:
        """What rests on a parameter that nobody confirmed says so."""
        for key in reads & self.parameters.keys():
            if self.parameters[key].unconfirmed:
                self.unconfirmed[key] = self.parameters[key].name

    def timer_due(self, text: str, kind: str, element: str, data: Mapping[str, object]) -> datetime | None:
        """When a timer fires: `deadline:KEY` asks the subject's clock, everything else is FEEL."""
        if text.startswith("deadline:"):
            return self.clocks.due_of(text.removeprefix("deadline:").strip(), element)
        return clocks.instant(self.evaluate(text, data), self.work.now, element)

    def decide(self, element: str, decision_key: str, data: Mapping[str, object]) -> dict[str, object]:
        """A decision table's answer becomes facts of the case."""
        answer, kept = decide(self.release, decision_key, self.snapshot(data))
        self.learn({key: value for key, value in answer.items() if key in self.release.elements})
        self._notes.append((element, "decided", kept))
        return {}

    def snapshot(self, extra: Mapping[str, object] | None = None) -> Snapshot:
        """What FEEL sees."""
        return Snapshot(
            self.release.elements, self.facts, {**self.parameter_values, **day_of(self.work.now), **(extra or {})}
        )

    @property
    def kind(self) -> record.Kind:
        """The kind of record that this is about."""
        return KINDS[self.instance["subject_kind"]]

    @property
    def parameter_values(self) -> dict[str, Any]:
        """What the agency confirmed, else what the content says: parameter → value."""
        return {key: p.value for key, p in self.parameters.items()}

    # ------------------------------------------------------------------ applying
    def learn(self, facts: Mapping[str, Any]) -> None:
        """New facts; what stays as it was is no change."""
        for key, value in facts.items():
            if self.facts.get(key) != value:
                self.changes[key] = value
                self.facts[key] = value

    def finish(self, element: str, token: str, outcome: Outcome, back_to: Sequence[Row] | None = None) -> None:
        """A human or service step is done: its effects, clocks and papers as process.yaml says, then the flow goes on.

        `back_to`: a step that was returned and is done again; the case then stands where it was returned from.
        """
        config = self.definition.step(element)
        self.done[token] = outcome
        if config is not None:
            self.effects(config)
            self.takes_case_number |= config.number == "case_number"
            self._serves |= config.step_role == "service" or bool(config.serves)
            self._served_kinds += config.serves
            self.posts += [(element, what) for what in config.posts]
            self.confirmed += [element] if config.step_role == parties.CONFIRMATION else []
            self.clocks.apply(config, self.facts, element)
        if back_to:
            self._go_back(token, back_to)
        else:
            self.guarded(lambda: self.run.complete(token, {}))
        if config is not None:
            handed = bool(config.hands_over) and self.evaluate(config.hands_over, {}) is True
            self.papers += [documents.Paper(code, element, handed=handed) for code in config.papers]

    def _go_back(self, token: str, places: Sequence[Row]) -> None:
        self._straight = token
        kept = inbox.take_drafts(self.work, [p["item"] for p in places if p.get("item")])
        for p in places:
            again = {"claimed_by": p["person"], "draft": kept.get(p.get("item") or "")}
            self.opening[tuple(p["target"].split("/"))] = again
        targets = [p["target"] for p in places]
        try:
            self.guarded(lambda: self.run.move(targets, siblings="arrived"))
        except flow.Refused as error:
            raise Refusal(f"不能直接回到退回的环节:{error}", remedy="请由流程运行管理员调整流程位置") from error

    def fire(self, token: str) -> None:
        """A timer that fell due; its job is the one that runs."""
        self.completed = token
        self.guarded(lambda: self.run.fire(token))

    def error(self, token: str, code: str) -> None:
        """A service that answered with a business error: the boundary event that catches its code takes over."""
        try:
            self.guarded(lambda: self.run.error(token, code))
        except flow.Refused as error:
            raise Refusal(str(error), remedy="请建模人员为该环节画出捕获此错误的边界事件") from error

    def message(self, name: str, token: str) -> None:
        """A message that arrived for the task that waits for it."""
        waiting = self.before.get(token)
        config = self.definition.step(waiting.element) if waiting is not None else None
        self.posts += [(config.element, what) for what in config.posts] if config is not None else []
        self.guarded(lambda: self.run.message(name, {}, token))

    def not_yet(self, waiting: flow.Waiting) -> datetime | None:
        """For a timer that rests on a clock that stands still or has another end by now: when to look again."""
        rule = next((p.text for p in self.definition.flow.deadlines() if p.element == waiting.element), None)
        return self.clocks.later(rule) if rule is not None else None

    def noted(self, element: str, event: str, what: dict[str, Any]) -> None:
        """An act beside the flow, for the history."""
        self._notes.append((element, event, what))

    def waiting(self, token: str) -> flow.Waiting | None:
        """What waits under this token, if it still does."""
        return self.before.get(token)

    def cancel(self, reason: str) -> None:
        """Ends the instance without its goal."""
        self.run.cancel()
        self.clocks.close_all(f"流程终止:{reason}")
        self._notes.append((self.instance["process_key"], "cancelled", {"reason": reason}))
        self.settle()
        self.write(status="cancelled")

    def guarded(self, act: Callable[[], object]) -> None:
        """An act of the flow; one that would never stop is a `Runaway`."""
        try:
            act()
        except flow.Runaway as error:
            runaway = Runaway(
                f"流程在一步内连续经过过多环节:{error}", remedy="请建模人员检查循环中是否缺少等待环节,修正后迁移本实例"
            )
            runaway.instance = self.instance
            raise runaway from error

    def effects(self, config: Any) -> None:
        """What process.yaml writes into the typed columns and the facts of the record."""
        for column, value in (config.effects or {}).get(self.kind.name, {}).items():
            self.set_column(column, self._value(value))

    def _value(self, value: object) -> Any:
        if value == "now":
            return self.work.now
        if value == "today":
            return self.work.today
        if isinstance(value, str) and value.startswith("="):
            return self.evaluate(value[1:], {"subject": {"status": self._status()}})
        return value

    def _status(self) -> str:
        """The record's status as it is by now."""
        known = self.columns.get(self.kind.status) or self.instance.get("record_status")
        return str(known or self.kind.initial[self.kind.status])

    def set_column(self, column: str, value: Any) -> None:
        """A typed column of the record and, where the same thing is an element, the fact beside it; what is an element and
        no column is a fact only."""
        if column in self.kind.columns or self.release.elements.get(column) is None:
            self.columns[column] = value
        if self.release.elements.get(column) is not None:
            plain = value.isoformat() if hasattr(value, "isoformat") else value
            plain = str(plain) if isinstance(plain, Decimal) else plain  # money is a decimal text in facts
            self.learn({column: plain})

    # ------------------------------------------------------------------ writing
    def settle(self) -> None:
        """After the flow has stopped: what is new or gone among work items, timers, service calls and messages."""
        before, after = self.before, {w.token: w for w in self.run.waiting()}
        gone, new = [t for t in before if t not in after], [w for t, w in after.items() if t not in before]
        self._gone, self._new = gone, new
        for waiting in new:
            if waiting.kind == "human":
                self._open(waiting)
            elif waiting.kind == "timer" and waiting.due is not None:
                self._job("timer", waiting, waiting.due)
            elif waiting.kind == "service":
                self._job("action", waiting, self.work.now)

    def _open(self, waiting: flow.Waiting) -> None:
        config = self.definition.step(waiting.element)
        if config is not None and config.status:
            self.columns[self.kind.status] = config.status
        role = self.definition.role(waiting.element)
        clock = config.clock if config is not None else None
        due = self.clocks.due_or_none(clock) if clock else None
        process = self.definition.process_of(waiting.element)
        more = self.opening.get((*waiting.path, waiting.element), {})
        if config is not None and config.signing is not None:
            more = {**more, "signing": signers.rule_of(config.signing)}
        self.new_items.append(
            inbox.item(waiting.token, waiting.element, waiting.name, process, role, due, clock, **more)
        )

    def later(self, job: jobs.Job) -> None:
        """A job of a paper, to be added with the step's own and before them: a service may need the paper."""
        self._paper_jobs.append(job)

    def _job(self, kind: str, waiting: flow.Waiting, due: datetime) -> None:
        i = self.instance
        key = f"{kind}:{i['id']}:{waiting.token}"
        self._jobs.append(
            jobs.Job(
                kind,
                due,
                key,
                i["agency_id"],
                i["category"],
                i["id"],
                waiting.token,
                i["subject_id"],
                {"element": waiting.element},
            )
        )

    def write(self, *, fresh: bool = False, status: str | None = None) -> None:
        """Every row of the step, in one go. Numbers are taken here, last; the audit row is the command's."""
        work, i = self.work, self.instance
        if self._serves:
            self._mark_served()
        if self.posts:
            ledger.post(self)
        documents.number_and_make(self)
        if self.run.ended:
            final = self.definition.end_status(self._ended_at())
            if final:
                self.columns[self.kind.status] = final
            self.clocks.close_all("流程结束")
        ended = work.now if self.run.ended or status else None
        if fresh:
            self._write_state(status, ended, fresh=True)  # what follows refers to it
        items = [t for t in self._gone if self.before[t].kind == "human"]
        titles = self.titles() if self.new_items else ("", "")
        inbox.change(work, i, done=self.completed, gone=items, new=self.new_items, titles=titles)
        self._call_signers()
        self._tell()
        ours = [t for t in self._gone if self.before[t].kind in ("timer", "service") and t != self.completed]
        jobs.cancel(work, i["id"], ours)
        jobs.insert(work, [*self._paper_jobs, *self._jobs])
        self._write_messages()
        self._redate()
        self.clocks.write()
        self._write_alerts()
        self._columns_from_facts()
        if self.kind.name in objects.LINKED:
            objects.link(self)
        for element in self.confirmed:
            parties.take_confirmed(self, element)
        if self.changes or self.columns or self.terms:
            record.apply(
                work,
                self.kind,
                i["subject_id"],
                changes=self.changes,
                columns=self.columns,
                source=self.source,
                terms=self.terms,
                before=self.was,
            )
        if not fresh:
            self._write_state(status, ended)  # last: the database works on the others while the state is frozen

    def _write_state(self, status: str | None, ended: datetime | None, *, fresh: bool = False) -> None:
        i = self.instance
        goes_on = "suspended" if i.get("status") == "suspended" else "running"  # a message may come in meanwhile
        now_is = status or ("ended" if ended else goes_on)
        own = {**(i.get("blank") or {}), **self.changes} if self.definition.process.apart else None
        instances.write(self.work, i, self.run.freeze(), now_is, ended, self._history(), fresh=fresh, own=own)

    def _call_signers(self) -> None:
        for item in self.new_items:
            config = self.definition.step(item.element)
            if config is None or config.signing is None:
                continue
            people = signers.called(
                self.work, self.instance, config.signing, self.facts, self.release.permissions.roles
            )
            ordered = config.signing.rule == "order"
            signers.insert(
                self.work, self.instance, item.id, [(p, n if ordered else 1) for n, p in enumerate(people, 1)]
            )
            about = {"id": item.id, "subject_id": self.instance["subject_id"], "name": item.name}
            news.tell(self.work, [news.of_task(one, "sign", "请您会签{task}", about) for one in people])

    def _tell(self) -> None:
        """Whoever gets a task at once, because it was returned to him or is his again, is told."""
        subject = self.instance["subject_id"]
        told = []
        for item in self.new_items:
            about = {"id": item.id, "subject_id": subject, "name": item.name}
            why = f":{item.note}" if item.note else ""
            told.append(news.of_task(item.claimed_by, "given", f"{{task}}回到您名下{why}", about))
        news.tell(self.work, told)

    def _mark_served(self) -> None:
        """The papers of this proceeding: on the day that the receipt says; handed over on the spot: now."""
        receipt = self.facts.get("served_at") if not self._served_kinds else None
        listed = [] if self._served_kinds else self.facts.get("service_docs") or []
        documents.mark_served(
            self.work,
            self.instance["id"],
            datetime.fromisoformat(str(receipt)) if receipt else self.work.now,
            kinds=self._served_kinds,
            names=[str(row.get("name")) for row in listed if isinstance(row, dict)],
        )

    def _columns_from_facts(self) -> None:
        """Facts that have a typed column beside them, and the terms by which the record is found."""
        for key, value in self.changes.items():
            if key in self.kind.columns and key in self.release.elements:
                self.columns.setdefault(key, value)
            if key in _SEARCHED and isinstance(value, str):
                self.terms.append(value)
        # The cause stands in lists: a person who is named in it is masked there, the fact and the papers name him.
        cause = self.kind.title[0] if self.kind.title else ""
        if (
            self.changes
            and cause in self.kind.columns
            and cause in self.release.elements
            and isinstance(told := self.facts.get(cause), str)
        ):
            shown = masking.masker(self.release.elements, self.facts)(self.release.elements[cause], told)
            if cause in self.changes or shown != told:
                self.columns[cause] = shown

    def _write_alerts(self) -> None:
        for key, name in self.unconfirmed.items():
            parameters.tell_unconfirmed(self.work, self.instance, self.instance["subject_id"], key, name)

    def _ended_at(self) -> str | None:
        """The end event that the process reached last."""
        steps = self.definition.flow.steps()
        ends = (p.element for p in reversed(self.run.passed) if p.element in steps and steps[p.element].kind == "end")
        return next((e for e in ends if steps[e].process == self.definition.key), None)

    def _redate(self) -> None:
        """Timers and tasks that rest on a clock whose date moved in this step."""
        moved = set(self.clocks.moved)
        if not moved:
            return
        rests_on = {place.element: place.text for place in self.definition.flow.deadlines()}
        for waiting in self.before.values():
            rule = rests_on.get(waiting.element)
            if waiting.kind == "timer" and rule in moved and waiting.token not in self._gone:
                jobs.redate(self.work, self.instance["id"], waiting.token, self.clocks.due_of(rule, waiting.element))
        for rule in sorted(moved):
            due = self.clocks.due_or_none(rule)
            if due is not None:
                inbox.redate(self.work, self.instance, rule, due)

    def resting_on(self, rule: str) -> list[dict[str, str]]:
        """The tasks and timers that wait now and are dated by this clock."""
        rests_on = {place.element: place.text for place in self.definition.flow.deadlines()}
        found = []
        for waiting in self.before.values():
            config = self.definition.step(waiting.element)
            if rests_on.get(waiting.element) == rule or (config is not None and config.clock == rule):
                found.append({"element": waiting.element, "name": waiting.name})
        return found

    def titles(self) -> tuple[str, str]:
        """What the inbox shows of the record (of a case its cause, plate and party): in clear, and to who may not see persons."""
        elements, told = self.release.elements, {key: self.facts[key] for key in self.kind.title if self.facts.get(key)}
        seen = masking.masker(elements, self.facts)
        masked = {key: seen(elements[key], one) if key in elements else one for key, one in told.items()}
        plain, hidden = (
            " · ".join(dict.fromkeys(map(str, one.values())))[:200] for one in (told, masked)
        )  # each but once
        return plain or self.definition.name, hidden or self.definition.name

    def _write_messages(self) -> None:
        gone = [t for t in self._gone if self.before[t].kind == "message"]
        new = [w for w in self._new if w.kind == "message" and w.message]
        if gone or new:
            i = self.instance
            self.work.execute(
                _MESSAGES,
                {
                    "i": i["id"],
                    "a": i["agency_id"],
                    "c": i["category"],
                    "s": i["subject_id"],
                    "gone": gone,
                    "tokens": [w.token for w in new],
                    "messages": [w.message for w in new],
                },
            )

    def _history(self) -> list[instances.Line]:
        lines = [
            instances.Line(
                p.element,
                p.name,
                p.kind,
                event,
                p.token,
                self.done[p.token].as_json() if event == "left" and p.token in self.done else None,
            )
            for p in self.run.passed
            for event in ("left" if p.token == self._straight and p.event == "cancelled" else p.event,)
        ]
        return lines + [
            instances.Line(element, element, "act", event, None, orjson.dumps(what).decode())
            for element, event, what in self._notes
        ]


def opened(work: Work, instance: Row, release: Release, clock_rows: ClockRows, *, source: str) -> Step:
    """A step on a stored instance: its state thawed, what waits remembered for the difference."""
    step = _prepare(work, instance, release, clock_rows, source)
    step.run = step.definition.flow.thaw(bytes(instance["state"]), step)
    step.before = {w.token: w for w in step.run.waiting()}
    return step


def begun(
    work: Work,
    instance: Row,
    release: Release,
    *,
    source: str,
    answers: Mapping[str, Any],
    clock_rows: ClockRows = (),
) -> Step:
    """The first step of a new instance; on a record that exists already with its clocks."""
    step = _prepare(work, instance, release, clock_rows, source)
    step.learn(answers)
    step.effects(step.definition.process.start)
    try:
        step.run = step.definition.flow.start(step, {"subject": str(instance["subject_id"])})
    except flow.Runaway as error:
        raise Runaway(f"流程启动后连续经过过多环节:{error}", remedy="请建模人员检查流程图中的循环") from error
    return step


def _prepare(work: Work, instance: Row, release: Release, clock_rows: ClockRows, source: str) -> Step:
    which = definition(release, instance["process_key"])
    in_force = release_store.load(work, instance["in_force"]) if "in_force" in instance else release
    book = clocks.Clocks(work, in_force, instance, clock_rows)
    known = parameters.values(work, which.parameters, instance["agency_id"])
    return Step(work, instance, release, which, dict(instance["facts"]), book, known, run=None, source=source)  # type: ignore[arg-type]


def note(work: Work, item: Row, event: str, **what: object) -> None:
    """A history row for an act beside the flow: a task handed over."""
    work.execute(
        "insert into step_history (id, agency_id, category, instance_id, subject_id, at, element, name, kind, event, token, person_id, outcome)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, 'act', %s, %s, %s, %s)",
        (
            uuid7(),
            item["agency_id"],
            item["category"],
            item["instance_id"],
            item["subject_id"],
            work.now,
            item["element"],
            item["name"],
            event,
            item["token"],
            work.person.id,
            orjson.dumps(what, default=str).decode(),
        ),
    )
