"""Small BPMN diagrams for tests, written as lists of nodes and flows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from engine import flow

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'id="defs" targetNamespace="t">'
)
START = datetime(2026, 3, 2, tzinfo=UTC)


def ext(**values: str) -> str:
    """zc properties: ext(action="notify") → zc.action."""
    inner = "".join(f'<spiffworkflow:property name="zc.{k}" value={quoteattr(v)}/>' for k, v in values.items())
    return f"<extensionElements><spiffworkflow:properties>{inner}</spiffworkflow:properties></extensionElements>"


def timer(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{escape(text)}</{kind}></timerEventDefinition>"


def message(ref: str) -> str:
    return f'<messageEventDefinition messageRef="{ref}"/>'


def error(ref: str) -> str:
    return f'<errorEventDefinition errorRef="{ref}"/>'


def escalation(ref: str) -> str:
    return f'<escalationEventDefinition escalationRef="{ref}"/>'


def boundary(to: str, inner: str, *, interrupting: bool = True) -> tuple[str, str]:
    return f' attachedToRef="{to}" cancelActivity="{str(interrupting).lower()}"', inner


def node(id: str, tag: str, attrs: str = "", inner: str = "") -> str:
    name = "" if " name=" in attrs else f' name="环节{escape(id)}"'
    return f'<{tag} id="{id}"{name}{attrs}>{inner}</{tag}>'


def flows(pairs: Sequence[tuple[str, ...]], prefix: str = "f") -> str:
    out = ""
    for k, (a, b, *cond) in enumerate(pairs):
        inner = f"<conditionExpression>{escape(cond[0])}</conditionExpression>" if cond else ""
        out += f'<sequenceFlow id="{prefix}_{k}" sourceRef="{a}" targetRef="{b}">{inner}</sequenceFlow>'
    return out


LANE = '<laneSet id="{0}_lanes"><lane id="{0}_lane" name="执法人员">{1}</lane></laneSet>'


def process(nodes: Sequence[tuple[str, ...]], pairs: Sequence[tuple[str, ...]], id: str = "p") -> str:
    """A process of (id, tag[, attributes[, inner]]) nodes and (source, target[, condition]) flows, all in one lane."""
    lane = LANE.format(id, "".join(f"<flowNodeRef>{n[0]}</flowNodeRef>" for n in nodes))
    body = "".join(node(*n) for n in nodes) + flows(pairs, f"{id}_f")
    return f'<process id="{id}" name="流程{id}" isExecutable="true">{lane}{body}</process>'


def scope(nodes: Sequence[tuple[str, ...]], pairs: Sequence[tuple[str, ...]], prefix: str) -> str:
    """What stands inside a subProcess."""
    return "".join(node(*n) for n in nodes) + flows(pairs, f"{prefix}_f")


def line(*nodes: tuple[str, ...], id: str = "p") -> str:
    """A process that is one line: start, the nodes, end."""
    s, e = f"{id}_start", f"{id}_end"
    ids = [s, *[n[0] for n in nodes], e]
    return process([(s, "startEvent"), *nodes, (e, "endEvent")], list(pairwise(ids)), id)


ROOTS = (
    '<message id="m_statement" name="statement"/><message id="m_other" name="other"/>'
    '<error id="e_bad" name="坏件" errorCode="bad"/><error id="e_worse" name="更坏" errorCode="worse"/>'
    '<escalation id="x_late" name="迟到" escalationCode="late"/>'
)


def file(*bodies: str) -> bytes:
    return (HEAD + ROOTS + "".join(bodies) + "</definitions>").encode()


@dataclass
class World:
    """A host whose answers are a table: text → value; everything asked is remembered."""

    values: dict[str, object] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    decisions: dict[str, dict[str, object]] = field(default_factory=dict)

    def evaluate(self, text: str, data: Mapping[str, object]) -> object:
        self.asked.append(("evaluate", text))
        return self.values.get(text)

    def timer_due(self, text: str, kind: str, element: str, data: Mapping[str, object]) -> datetime | None:
        self.asked.append((f"timer {kind} {element}", text))
        return START + timedelta(days=30)

    def decide(self, element: str, decision_key: str, data: Mapping[str, object]) -> dict[str, object]:
        self.asked.append((f"decide {element}", decision_key))
        return self.decisions.get(decision_key, {})


class Drive:
    """A run that is frozen and thawed after each act; elements are named by id."""

    def __init__(
        self, *bodies: str, id: str = "p", world: World | None = None, data: Mapping[str, object] | None = None
    ) -> None:
        self.world = world or World()
        self.files = {"p.bpmn": file(*bodies)}
        self.definition = flow.parse(self.files, id)
        self.run = self.definition.start(self.world, data or {})
        self.history: list[flow.Passed] = []
        self.sent: list[tuple[str, str]] = []
        self._turn()

    def _turn(self) -> None:
        self.history += self.run.passed
        self.sent += self.run.sent
        self.last = self.run.passed
        self.run = self.definition.thaw(self.run.freeze(), self.world)

    def at(self) -> list[str]:
        return sorted(w.element for w in self.run.waiting())

    def token(self, element: str) -> str:
        return next(w.token for w in self.run.waiting() if w.element == element)

    def do(self, *elements: str, **data: object) -> list[str]:
        for e in elements:
            self.run.complete(self.token(e), data)
            self._turn()
        return self.at()

    def fire(self, element: str) -> list[str]:
        self.run.fire(self.token(element))
        self._turn()
        return self.at()

    def message(self, name: str, **data: object) -> list[str]:
        self.run.message(name, data)
        self._turn()
        return self.at()

    def error(self, element: str, code: str) -> list[str]:
        self.run.error(self.token(element), code)
        self._turn()
        return self.at()

    def move(self, *targets: str, cancel: str = "conflict", siblings: str = "reopen") -> list[str]:
        self.run.move(list(targets), cancel, siblings)
        self._turn()
        return self.at()

    def lines(self) -> list[str]:
        """The last act's history as "event element"."""
        return [f"{p.event} {p.element}" for p in self.last]
