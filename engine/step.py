"""One step: thaw, apply, run to the next stop, freeze, and hand everything to one transaction.

A `Step` works on one locked instance inside an open transaction. It changes facts only by the form answers and service
results it is given; it does no input or output of its own; `write` sends every row of the step together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from content.releases import Release
from engine import clocks, documents, flow, inbox, instances, jobs
from engine.definitions import Definition, definition
from engine.facts import Snapshot
from kernel.errors import Fault
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import case as cases

_HISTORY = """insert into step_history (id, agency_id, category, instance_id, subject_id, at, element, name, kind, event, token, person_id, outcome)
select id, %s, %s, %s, %s, %s, element, name, kind, event, token, %s, outcome::jsonb
from unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) as t(id, element, name, kind, event, token, outcome)"""
_MESSAGES = """with gone as (delete from message_wait where instance_id = %(i)s and token = any(%(gone)s))
insert into message_wait (instance_id, token, agency_id, category, subject_id, message)
select %(i)s, token, %(a)s, %(c)s, %(s)s, message from unnest(%(tokens)s::text[], %(messages)s::text[]) as t(token, message)"""


class Runaway(Fault):
    """A step that would never wait: the instance stays where it was and an incident is opened."""

    code = "runaway"
    title = "流程空转"
    permanent = True


@dataclass
class Outcome:
    """What a history row says about a completed step: the answers' keys by reference, its role in the law's order."""

    step_role: str | None = None
    answers: Sequence[str] = ()
    note: str | None = None

    def as_json(self) -> str:
        """Compact; nothing that is null."""
        pairs = {"step_role": self.step_role, "answers": list(self.answers) or None, "note": self.note}
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
    run: flow.Run
    changes: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, Any] = field(default_factory=dict)
    terms: list[str] = field(default_factory=list)
    done: dict[str, Outcome] = field(default_factory=dict)
    completed: str | None = None
    source: str = ""
    papers: list[documents.Paper] = field(default_factory=list)
    new_items: list[inbox.Item] = field(default_factory=list)
    _before: dict[str, flow.Waiting] = field(default_factory=dict)
    _jobs: list[jobs.Job] = field(default_factory=list)

    # ------------------------------------------------------------------ what flow asks of its host
    def evaluate(self, text: str, data: Mapping[str, object]) -> object:
        """A FEEL condition, timer or parameter over the facts as they stand now."""
        return self.definition.expression(text).evaluate(self.snapshot(data))

    def timer_due(self, text: str, kind: str, element: str, data: Mapping[str, object]) -> datetime | None:
        """When a timer fires: `deadline:KEY` asks the subject's clock, everything else is FEEL."""
        if text.startswith("deadline:"):
            return self.clocks.due_of(text.removeprefix("deadline:").strip(), element)
        return clocks.instant(self.evaluate(text, data), self.work.now, element)

    def decide(self, element: str, decision_key: str, data: Mapping[str, object]) -> dict[str, object]:
        """A decision table's answer becomes facts of the case."""
        answer = self.definition.decide(decision_key, self.snapshot(data))
        self.learn(answer)
        return {}

    def snapshot(self, extra: Mapping[str, object] | None = None) -> Snapshot:
        """What FEEL sees."""
        return Snapshot(self.release.elements, self.facts, {**self.definition.parameters(self.clocks), **(extra or {})})

    # ------------------------------------------------------------------ applying
    def learn(self, facts: Mapping[str, Any]) -> None:
        """New facts; what stays as it was is no change."""
        for key, value in facts.items():
            if self.facts.get(key) != value:
                self.changes[key] = value
                self.facts[key] = value

    def finish(self, element: str, token: str, outcome: Outcome) -> None:
        """A human or service step is done: its effects, clocks and papers as process.yaml says, then the flow goes on."""
        config = self.definition.step(element)
        self.done[token] = outcome
        if config is not None:
            self._effects(config)
            self.clocks.apply(config, self.facts, element)
        self._guarded(lambda: self.run.complete(token, {}))
        if config is not None:
            self.papers += [documents.Paper(code, element) for code in config.papers]

    def go(self, act: Any) -> None:
        """Anything else that moves the flow: a timer, a message, a token move."""
        self._guarded(act)

    def _guarded(self, act: Any) -> None:
        try:
            act()
        except flow.Runaway as error:
            raise Runaway(
                f"流程在一步内连续经过过多环节:{error}", remedy="请建模人员检查循环中是否缺少等待环节,修正后迁移本实例"
            ) from error

    def _effects(self, config: Any) -> None:
        for column, value in (config.effects or {}).get("case", {}).items():
            self.set_column(column, self._value(value))

    def _value(self, value: object) -> Any:
        if value == "now":
            return self.work.now
        if value == "today":
            return self.work.today
        if isinstance(value, str) and value.startswith("="):
            return self.evaluate(value[1:], {})
        return value

    def set_column(self, column: str, value: Any) -> None:
        """A typed column of the case and, where the same thing is an element, the fact beside it."""
        self.columns[column] = value
        if self.release.elements.get(column) is not None:
            plain = value.isoformat() if hasattr(value, "isoformat") else value
            self.learn({column: plain})

    # ------------------------------------------------------------------ writing
    def settle(self) -> None:
        """After the flow has stopped: what is new or gone among work items, timers, service calls and messages."""
        before, after = self._before, {w.token: w for w in self.run.waiting()}
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
            self.columns["case_status"] = config.status
        role = self.definition.role(waiting.element)
        due = self.clocks.due_or_none(config.clock) if config is not None and config.clock else None
        process = self.definition.process_of(waiting.element)
        self.new_items.append(inbox.item(waiting.token, waiting.element, waiting.name, process, role, due))

    def _job(self, kind: str, waiting: flow.Waiting, due: datetime) -> None:
        i = self.instance
        key = f"{kind}:{i['id']}:{waiting.token}"
        self._jobs.append(
            jobs.Job(kind, due, key, i["agency_id"], i["category"], i["id"], waiting.token, i["subject_id"], {"element": waiting.element})
        )

    def write(self, *, fresh: bool = False) -> None:
        """Every row of the step, in one go. Numbers are taken here, last; the audit row is the command's."""
        work, i = self.work, self.instance
        documents.number_and_make(self)
        if self.run.ended and self.columns.get("case_status") is None:
            status = self.definition.end_status(self.run, self.facts)
            if status:
                self.columns["case_status"] = status
        ended = work.now if self.run.ended else None
        state = self.run.freeze()
        if fresh:
            instances.insert(work, i, state, ended)
        else:
            instances.save(work, i["id"], state, "ended" if ended else "running", ended)
        self._write_history()
        inbox.change(work, i, done=self.completed, gone=self._gone, new=self.new_items, title=self.title())
        jobs.cancel(work, i["id"], [t for t in self._gone if self._before[t].kind in ("timer", "service")])
        jobs.insert(work, self._jobs)
        self._write_messages()
        self.clocks.write()
        if self.changes or self.columns or self.terms:
            cases.apply(
                work, i["subject_id"], changes=self.changes, columns=self.columns, source=self.source, terms=self.terms,
                agency_id=i["agency_id"], category=i["category"],
            )

    def title(self) -> str:
        """What the inbox shows of the case: its cause, plate and party."""
        parts = (self.facts.get("case_cause"), self.facts.get("plate_number"), self.facts.get("party_name"))
        return " · ".join(str(p) for p in parts if p)[:200] or self.definition.name

    def _write_messages(self) -> None:
        gone = [t for t in self._gone if self._before[t].kind == "message"]
        new = [w for w in self._new if w.kind == "message" and w.message]
        if gone or new:
            i = self.instance
            self.work.execute(
                _MESSAGES,
                {
                    "i": i["id"], "a": i["agency_id"], "c": i["category"], "s": i["subject_id"], "gone": gone,
                    "tokens": [w.token for w in new], "messages": [w.message for w in new],
                },
            )

    def _write_history(self) -> None:
        rows = self.run.passed
        if not rows:
            return
        i = self.instance
        outcomes = [
            self.done[p.token].as_json() if p.event == "left" and p.token in self.done else None for p in rows
        ]
        self.work.execute(
            _HISTORY,
            (
                i["agency_id"], i["category"], i["id"], i["subject_id"], self.work.now, self.work.person.id,
                [uuid7() for _ in rows], [p.element for p in rows], [p.name for p in rows], [p.kind for p in rows],
                [p.event for p in rows], [p.token for p in rows], outcomes,
            ),
        )


def opened(work: Work, instance: Row, release: Release, clock_rows: Sequence[Row], *, source: str) -> Step:
    """A step on a stored instance: its state thawed, what waits remembered for the difference."""
    step = _prepare(work, instance, release, clock_rows, source)
    step.run = step.definition.flow.thaw(bytes(instance["state"]), step)
    step._before = {w.token: w for w in step.run.waiting()}
    return step


def begun(work: Work, instance: Row, release: Release, *, source: str, prepare: Any = None) -> Step:
    """The first step of a new instance."""
    step = _prepare(work, instance, release, (), source)
    if prepare is not None:
        prepare(step)
    try:
        step.run = step.definition.flow.start(step, {"subject": str(instance["subject_id"])})
    except flow.Runaway as error:
        raise Runaway(f"流程启动后连续经过过多环节:{error}") from error
    return step


def _prepare(work: Work, instance: Row, release: Release, clock_rows: Sequence[Row], source: str) -> Step:
    which = definition(release, instance["process_key"])
    known = clocks.Clocks(work, release, instance, clock_rows)
    return Step(work, instance, release, which, dict(instance["facts"]), known, run=None, source=source)  # type: ignore[arg-type]


def subject_of(instance: Row) -> UUID:
    """The record that the instance is about."""
    return instance["subject_id"]  # type: ignore[no-any-return]
