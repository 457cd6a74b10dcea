"""Plays a story: a case through the same verbs as the API, with a settable clock.

`zhicheng demo`, `zhicheng try`, the tests of the stories and the check at publish all use this one player.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from content.releases import Release
from engine import absences, clocks, commands, jobs, release_store, runner, signing, stories
from engine.definitions import definition
from kernel.errors import Problem, Refusal
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from registers import subject

Say = Callable[[str], None]
_MOST_WAKES = 2_000
_TASK = """select w.id from work_item w join (select id, rank() over (partition by process_key order by id) as nth
  from process_instance where subject_id = %(case)s) p on p.id = w.instance_id
where w.subject_id = %(case)s and w.element = %(element)s and w.status = 'open' and (%(nth)s::int is null or p.nth = %(nth)s)
order by w.id"""


@dataclass
class Played:
    """What happened."""

    case_id: str = ""
    instance_id: str = ""
    case_number: str | None = None
    status: str = ""
    path: list[str] = field(default_factory=list)
    papers: list[dict[str, Any]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    clocks: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    faults: list[str] = field(default_factory=list)


class Player:
    """One story on one node. `person` finds who acts by login; `clock` is the node's."""

    def __init__(
        self,
        node: Node,
        clock: SettableClock,
        person: Callable[[str], Person],
        say: Say | None = None,
        before: Callable[[str, str, str], None] = lambda step, by, case_id: None,
    ) -> None:
        self.node, self.clock, self.person, self.say, self.before = node, clock, person, say, before
        self.played = Played()
        self._first_login = ""
        self._process = ""
        self._begun: list[str] = []
        self._release: Release | None = None
        self._who: dict[str, Person] = {}  # who acts, looked up once for a line: the next may find other rights
        self._seen = (0, 0)  # elements and papers of the story that this one goes on from, and what waits at its end
        self._waiting: list[str] = []

    def play(self, process_key: str, story: stories.Story) -> Played:
        """Plays to the end; what differs from what the story expects is in `faults`."""
        self.begin(process_key, story)
        for number, line in enumerate(story.steps):
            if number and number == story.taken:
                self.go_on()
            before = len(self.played.faults)
            self.line(line)
            if len(self.played.faults) > before and not line.refused:
                break
        self.outcome()
        self.played.faults += stories.differences(story, vars(self.played))
        return self.played

    def outcome(self) -> Played:
        """What has happened so far of the story's own lines, as its `expect` would say it."""
        self._gather()
        self.played.path = self._waiting + self.played.path[self._seen[0] :]
        self.played.papers = self.played.papers[self._seen[1] :]
        return self.played

    def _who_is(self, login: str) -> Person:
        if login not in self._who:
            self._who[login] = self.person(login)
        return self._who[login]

    def _work(self, login: str) -> Work:
        return Work(self.node, self._who_is(login), request_id=f"story:{login}")

    def begin(self, process_key: str, story: stories.Story) -> None:
        """Starts the record, at its time."""
        begin = story.start
        self._process = process_key
        self._begun = [line.begin for line in story.steps if line.begin]
        self._first_login = begin.by
        self.until(begin.at)
        work = self._work(begin.by)
        self._release = release_store.current(work)
        answer = commands.start(
            work,
            process_key,
            self._people(begin.facts),
            agency_id=begin.agency_id or work.person.agency_id,
            category=begin.category,
        )
        self.played.case_id, self.played.instance_id = answer["case_id"], answer["instance_id"]
        self._told(begin.by, "启动", answer)
        self.settle()

    def go_on(self) -> None:
        """Here the story's own lines begin: what was before is not compared, what waits is where its path starts."""
        self._gather()
        self._seen = (len(self.played.path), len(self.played.papers))
        work = self._work(self._first_login)
        with work.transaction(hot=True):
            rows = work.rows(
                "select element from work_item where subject_id = %s and status = 'open' order by id",
                (self.played.case_id,),
            )
        self._waiting = [row["element"] for row in rows]

    def line(self, line: stories.Line) -> None:
        """One line at its time; what went otherwise is in `played.faults`."""
        try:
            self.act(line)
        except Problem as problem:
            self._refused(line, problem)
            return
        if line.refused:
            self.played.faults.append(f"{line.label}:应被拒绝({line.refused}),实际办成了")

    def act(self, line: stories.Line) -> None:
        """One line at its time. Raises the `Problem` that the engine answers with."""
        self._who.clear()
        if line.at is not None:
            self.until(line.at)
        if line.until is not None:
            self.until(line.until)
            return
        answer = self._act(line)
        self.played.steps += 1
        self._told(line.by or "system", self._name(line), answer)
        self.settle()

    def _act(self, line: stories.Line) -> dict[str, Any]:
        if line.message is not None:
            return commands.receive(
                self._work(line.by or "clerk_1"), self.played.case_id, line.message, self._people(line.facts)
            )
        work = self._work(line.by or "")
        if line.sign is not None or line.away is not None:
            return self._beside_step(work, line)
        if line.begin is not None:
            return commands.start_beside(work, self.played.case_id, line.begin, self._people(line.facts))
        task_id = self._task(work, line)
        if task_id is None:
            raise Refusal(f"此刻没有“{line.step}”这个待办环节;待办:{self._open_elements(work)}")
        commands.claim(work, task_id)
        self.before(line.step or "", line.by or "", self.played.case_id)
        return commands.complete(work, task_id, self._people(line.answers))

    def _beside_step(self, work: Work, line: stories.Line) -> dict[str, Any]:
        """An opinion signed on a step that somebody else does, or somebody away from this day on."""
        if line.away is not None:
            stand_in, ends = str(self._who_is(line.away).id), date.fromisoformat(line.answers["ends"])
            return absences.record_absence(work, stand_in, work.today, ends, line.answers["reason"])
        task_id = self._task(work, line)
        if task_id is None:
            raise Refusal(f"此刻没有“{line.sign}”这个待办环节;待办:{self._open_elements(work)}")
        return signing.sign(work, task_id, line.answers["opinion"], line.answers.get("note", ""))

    def _name(self, line: stories.Line) -> str:
        """A line in the words of the diagram."""
        if line.sign is not None or line.away is not None:
            return line.label
        if line.step is None or self._release is None:
            return f"启动 {line.begin}" if line.begin else f"来件 {line.message}"
        flows = (definition(self._release, key).flow.steps() for key in (self._process, *self._begun))
        return next((steps[line.step].name for steps in flows if line.step in steps), line.step)

    def _people(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Logins in answers become the people's ids."""
        if self._release is None:
            raise RuntimeError("the story has not begun")
        return stories.with_people(answers, self._release.elements, lambda login: str(self._who_is(login).id))

    def _task(self, work: Work, line: stories.Line) -> str | None:
        with work.transaction(hot=True):
            row = work.one(
                _TASK, {"case": self.played.case_id, "element": line.step or line.sign or "", "nth": line.nth}
            )
        return str(row["id"]) if row else None

    def _open_elements(self, work: Work) -> str:
        with work.transaction(hot=True):
            rows = work.rows(
                "select element from work_item where subject_id = %s and status = 'open'", (self.played.case_id,)
            )
        return "、".join(r["element"] for r in rows) or "无"

    def _refused(self, line: stories.Line, problem: Problem) -> None:
        rule = getattr(problem, "rule", None) or problem.code
        if line.refused and line.refused in (rule, problem.code):
            self._say(line.by or "", f"{line.label}:依规则 {rule} 拒绝——{problem.detail}")
            work = self._work(line.by or "")
            task_id = self._task(work, line)
            if task_id is not None:  # what was claimed for the refused try goes back to the unit
                try:
                    commands.release(work, task_id)
                except Refusal:
                    self._say(line.by or "", "任务未签收")
            return
        fields = ";".join(f"{k}:{v}" for k, v in problem.fields.items())
        self.played.faults.append(f"{line.label}({line.by}):{rule} {problem.detail} {fields}".strip())

    def until(self, at: datetime) -> None:
        """Time goes on to `at`; whatever falls due on the way happens at its own instant."""
        for _ in range(_MOST_WAKES):
            due = jobs.next_due(self.node)
            if due is None or due > at:
                break
            if due > self.clock.at:
                self.clock.set(due)
            if runner.sweep(self.node) == 0:
                break
        if at > self.clock.at:
            self.clock.set(at)
        self.settle()

    def settle(self) -> None:
        """Runs the jobs due now, until none is left."""
        for _ in range(_MOST_WAKES):
            if runner.sweep(self.node) == 0:
                return

    def _gather(self) -> None:
        work = self._work(self._first_login)
        with work.transaction(hot=True):
            kind = subject.kind_of(work, UUID(self.played.case_id))
            row = work.one(
                f"select {kind.number} as number, {kind.status} as status, facts from {kind.table} where id = %s",
                (self.played.case_id,),
            )
            started = work.rows(
                """select i.process_key from subject s join process_instance i on i.subject_id = s.id
                where s.origin_id = %s order by i.id""",
                (self.played.case_id,),
            )
            history = work.rows(
                "select element, kind, event from step_history where subject_id = %s order by id",
                (self.played.case_id,),
            )
            papers = work.rows(
                "select kind, number, state, pdf_size from document where case_id = %s order by id",
                (self.played.case_id,),
            )
            rows = work.rows("select rule, due_at from clock where subject_id = %s order by id", (self.played.case_id,))
        if row is not None:
            self.played.case_number, self.played.status = row["number"], row["status"]
            self.played.facts = row["facts"]
        self.played.path = [h["element"] for h in history if h["event"] == "entered"]
        self.played.papers = papers
        self.played.started = [s["process_key"] for s in started]
        self.played.clocks = {r["rule"]: r["due_at"].astimezone(LOCAL).date().isoformat() for r in rows}

    def _told(self, login: str, label: str, answer: Mapping[str, Any]) -> None:
        if self.say is None:
            return  # nobody listens: the nearest period is not asked for
        papers = "、".join(f"{p['kind']} {p['number'] or ''}".strip() for p in answer.get("papers", ()))
        waiting = "、".join(t["name"] for t in answer.get("tasks", ()))
        parts = [label, f"文书:{papers}" if papers else "", f"下一步:{waiting}" if waiting else ""]
        self._say(login, ";".join(p for p in parts if p) + self._clock_note())

    def _clock_note(self) -> str:
        work = self._work(self._first_login)
        with work.transaction(hot=True):
            due = clocks.nearest(work, self.played.case_id)
        return f";最近期限:{due}" if due else ""

    def _say(self, login: str, text: str) -> None:
        if self.say is not None:
            self.say(f"{self.clock.at.astimezone(LOCAL):%Y-%m-%d %H:%M}  {login:<14}  {text}")
