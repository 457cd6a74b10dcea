"""A process as a worker holds it: parsed once, shared by all instances and threads, never changed by running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.flow import freeze, lint, parse
from engine.flow.document import (
    Document,
    Element,
    Scope,
    child_text,
    closure,
    definitions_of,
    kids,
    properties,
    read,
    tag,
    timer_of,
)
from engine.flow.errors import BadDiagram, Fault
from engine.flow.host import Host, Workflow
from engine.flow.move import Addresses
from engine.flow.run import Run

DEADLINE = "deadline:"
_KINDS = {
    "userTask": "human", "manualTask": "human", "serviceTask": "service", "businessRuleTask": "decision",
    "receiveTask": "message", "sendTask": "send", "callActivity": "call", "subProcess": "subprocess",
    "startEvent": "start", "endEvent": "end", "intermediateThrowEvent": "throw", "boundaryEvent": "boundary",
    "eventBasedGateway": "event_gateway",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """An element of a diagram. `process` is the id of the process it lies in, `extensions` its zc.* properties; `attached_to`
    the activity of a boundary event, `interrupting` whether that ends it."""

    id: str
    name: str
    lane: str | None
    kind: str
    extensions: Mapping[str, str]
    process: str
    called: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    message: str | None = None


@dataclass(frozen=True)
class Place:
    """A FEEL text and where it stands. kind: condition, date, duration, count, collection, completion, loop, parameter."""

    element: str
    kind: str
    text: str


@dataclass
class Definition:
    """What `flow.parse` gives: start runs and thaw them; ask what the diagram contains."""

    process_id: str
    name: str
    _documents: Mapping[str, Document]
    _spec: Any
    _subs: dict[str, Any]

    def start(self, host: Host, data: Mapping[str, object]) -> Run:
        """A new run, gone as far as its first stop. `data`: JSON, at most 2,048 bytes; ids only."""
        return Run.started(self, host, data)

    def thaw(self, state: bytes, host: Host) -> Run:
        """A run as it was frozen. Raises Unthawable."""
        workflow, ended_with = freeze.thaw(state, self._spec, self._subs, host)
        return Run(self, workflow, ended_with)

    def new_workflow(self, host: Host) -> Workflow:
        """An instance before its first step."""
        return Workflow(self._spec, self._subs, host)

    @property
    def specs(self) -> list[Any]:
        """The spec of the process, then those of what it calls and embeds."""
        return [self._spec, *self._subs.values()]

    @property
    def subs(self) -> Mapping[str, Any]:
        """Called and embedded processes by id."""
        return self._subs

    @cached_property
    def addresses(self) -> Addresses:
        """Where a token may be moved to."""
        return Addresses(self._spec, self._subs)

    @cached_property
    def _scopes(self) -> list[Scope]:
        return [s for pid, d in self._documents.items() for s in d.scopes if s.process == pid]

    @cached_property
    def _steps(self) -> dict[str, Step]:
        lanes = {pid: d.lanes() for pid, d in self._documents.items()}
        messages = {pid: d.named("message") for pid, d in self._documents.items()}
        return {
            i: _step(s, i, e, lanes[s.process], messages[s.process]) for s in self._scopes for i, e in s.nodes.items()
        }

    def steps(self) -> Mapping[str, Step]:
        """Every element of the process and of what it calls, by id."""
        return self._steps

    @property
    def start_message(self) -> str | None:
        """The name of the message that starts the process, if one does."""
        return next(
            (
                s.message
                for s in self._steps.values()
                if s.kind == "start" and s.process == self.process_id and s.message
            ),
            None,
        )

    def expressions(self) -> list[Place]:
        """Every FEEL text, in document order. Service parameters are FEEL when they begin with "=" (left out here)."""
        return [p for s in self._scopes for p in places(s)]

    def deadlines(self) -> list[Place]:
        """Timers that rest on a clock: the text is the clock's key."""
        return [
            Place(e.get("id"), "deadline", text.removeprefix(DEADLINE).strip())
            for s in self._scopes
            for e in s.nodes.values()
            if (text := timer_of(e)[1]).startswith(DEADLINE)
        ]

    @cached_property
    def edges(self) -> Mapping[tuple[str, ...], list[tuple[str, ...]]]:
        """What follows what, by address: along what is drawn, into and out of what is called, from an activity to its
        boundary events. The start events of the process itself are what nothing leads to."""
        out: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        self._draw(self.process_id, (), out)
        return out

    def _draw(self, scope_id: str, at: tuple[str, ...], out: dict[tuple[str, ...], list[tuple[str, ...]]]) -> None:
        scope = next(s for s in self._scopes if s.id == scope_id)
        for f in scope.flows:
            out.setdefault((*at, f.source), []).append((*at, f.target))
        for i, e in scope.nodes.items():
            here = out.setdefault((*at, i), [])
            here += [(*at, b.get("id", "")) for b in scope.boundaries.get(i, [])]
            inner = e.get("calledElement") or (i if tag(e) == "subProcess" else None)
            body = next((s for s in self._scopes if s.id == inner), None)
            if body is None or len(at) > 8:
                continue
            after = [(*at, f.target) for f in scope.outgoing.get(i, [])]
            self._draw(body.id, (*at, i), out)
            here += [(*at, i, n) for n, d in body.nodes.items() if tag(d) == "startEvent"]
            for n, d in body.nodes.items():
                if tag(d) == "endEvent":
                    out.setdefault((*at, i, n), []).extend(after)

    def diagram(self) -> Mapping[str, tuple[float, float, float, float]]:
        """Element id → (x, y, width, height) in drawing units, as far as it is drawn."""
        return {i: b for d in self._documents.values() for i, b in d.bounds().items()}


def _step(scope: Scope, i: str, e: Element, lanes: Mapping[str, str], messages: Mapping[str, Element]) -> Step:
    kind = _KINDS.get(tag(e), "gateway")
    if tag(e) == "intermediateCatchEvent":
        kind = "timer" if timer_of(e)[0] else "message"
    lane, around = lanes.get(i), scope
    while lane is None and around.parent is not None:  # what lies in a sub-process lies in its lane
        lane, around = lanes.get(around.id), around.parent
    ref = e.get("messageRef") or next((d.get("messageRef") for d in definitions_of(e) if d.get("messageRef")), None)
    message = messages[ref].get("name") if ref is not None and ref in messages else None
    return Step(
        i, e.get("name", ""), lane, kind, properties(e), scope.process, e.get("calledElement"), e.get("attachedToRef"),
        e.get("cancelActivity", "true") == "true", message,
    )  # fmt: skip


def places(scope: Scope) -> list[Place]:
    """The FEEL texts drawn directly in a scope."""
    out = [Place(f.id, "condition", f.condition) for f in scope.flows if f.condition]
    for i, e in scope.nodes.items():
        kind, text = timer_of(e)
        if text and not text.startswith(DEADLINE):
            out.append(Place(i, kind, text))
        for loop in kids(e, "multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
            for name, what in (
                ("loopCardinality", "count"), ("loopDataInputRef", "collection"), ("completionCondition", "completion"), ("loopCondition", "loop"),
            ):  # fmt: skip
                if child_text(loop, name):
                    out.append(Place(i, what, child_text(loop, name)))
        out += [
            Place(i, "parameter", v[1:]) for k, v in properties(e).items() if k.startswith("zc.") and v.startswith("=")
        ]
    return out


def parse_files(files: Mapping[str, bytes], process_id: str) -> Definition:
    """A process and all it calls, ready to run. Raises BadDiagram with every fault that would let it run otherwise than drawn."""
    documents: dict[str, Document] = {}
    unreadable: list[Fault] = []
    for file, body in sorted(files.items()):
        try:
            documents[file] = read(file, body)
        except BadDiagram as error:
            unreadable += error.faults
    home, missing = closure(documents, process_id)
    twice = [f for f in lint.twice(documents) if f.element in home]
    if twice:
        raise BadDiagram(twice)
    if process_id in missing:
        raise BadDiagram(
            [*unreadable, Fault("", process_id, "no_process", f"没有找到流程“{process_id}”,请检查流程文件及其 id")]
        )
    found = lint.misread(home)
    if found:
        raise BadDiagram([*found, *(unreadable if missing else [])])
    spec, subs = parse.build(process_id, home)
    top = next(p for p in home[process_id].processes if p.id == process_id)
    return Definition(process_id, top.element.get("name", ""), home, spec, subs)
