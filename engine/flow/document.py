"""A BPMN file as read: hardened XML, its processes, scopes, nodes and flows. Knows no engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from engine.flow.errors import BadDiagram, Fault

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
PROPERTIES = "http://spiffworkflow.org/bpmn/schema/1.0/core"
MAX_BYTES = 2 * 1024 * 1024

TASKS = frozenset(
    {"task", "userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "receiveTask", "sendTask"}
)
SCOPES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
NODES = TASKS | SCOPES | GATEWAYS | EVENTS | {"callActivity"}
DEFINITIONS = (
    "messageEventDefinition", "timerEventDefinition", "errorEventDefinition", "escalationEventDefinition",
    "terminateEventDefinition", "signalEventDefinition", "conditionalEventDefinition", "linkEventDefinition",
    "compensateEventDefinition", "cancelEventDefinition",
)  # fmt: skip

Element = Any  # lxml has no types of its own


def tag(element: Element) -> str:
    """The local name of a BPMN element; "" for anything of another namespace."""
    name = element.tag
    return name[len(BPMN) + 2 :] if isinstance(name, str) and name.startswith("{" + BPMN + "}") else ""


def kids(element: Element, *names: str) -> list[Element]:
    """The BPMN children with one of these local names; all BPMN children without names."""
    return [k for k in element if tag(k) and (not names or tag(k) in names)]


def text_of(element: Element | None) -> str:
    """The text inside an element, stripped; "" when there is none."""
    return "" if element is None else "".join(element.itertext()).strip()


def child_text(element: Element, name: str) -> str:
    """The text of the first child of this name."""
    found = kids(element, name)
    return text_of(found[0]) if found else ""


def properties(element: Element) -> dict[str, str]:
    """Our data on an element: the name → value pairs of its `spiffworkflow:properties`."""
    return {
        p.get("name", ""): p.get("value", "")
        for ext in kids(element, "extensionElements")
        for p in ext.iterfind(f"{{{PROPERTIES}}}properties/{{{PROPERTIES}}}property")
    }


@dataclass
class Flow:
    """A sequence flow. `condition` is the FEEL text or ""."""

    id: str
    source: str
    target: str
    condition: str
    element: Element


@dataclass
class Scope:
    """A process or an embedded sub-process: what is drawn directly in it."""

    id: str
    file: str
    element: Element
    parent: Scope | None
    nodes: dict[str, Element] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    outgoing: dict[str, list[Flow]] = field(default_factory=dict)
    incoming: dict[str, list[Flow]] = field(default_factory=dict)
    boundaries: dict[str, list[Element]] = field(default_factory=dict)

    @property
    def process(self) -> str:
        """The id of the process that this scope lies in."""
        return self.parent.process if self.parent else self.id

    def of(self, *names: str) -> list[Element]:
        """The nodes with one of these tags, in document order."""
        return [n for n in self.nodes.values() if tag(n) in names]


@dataclass
class Document:
    """One file."""

    file: str
    root: Element
    scopes: list[Scope]

    @property
    def processes(self) -> list[Scope]:
        """Its top-level processes."""
        return [s for s in self.scopes if s.parent is None]

    def named(self, kind: str) -> dict[str, Element]:
        """The root elements of a kind (message, error, escalation, signal) by id."""
        return {e.get("id", ""): e for e in kids(self.root, kind)}

    def lanes(self) -> dict[str, str]:
        """Node id → lane name; of nested lanes the innermost."""
        out: dict[str, str] = {}
        for ref in self.root.iter(f"{{{BPMN}}}flowNodeRef"):
            out[text_of(ref)] = ref.getparent().get("name", "")
        return out

    def bounds(self) -> dict[str, tuple[float, float, float, float]]:
        """Element id → (x, y, width, height) on the drawing, as far as it is drawn."""
        out = {}
        for shape in self.root.iter(f"{{{DI}}}BPMNShape"):
            box = shape.find(f"{{{DC}}}Bounds")
            if box is not None and shape.get("bpmnElement"):
                try:
                    x, y, w, h = (float(box.get(k, 0)) for k in ("x", "y", "width", "height"))
                except ValueError:
                    continue
                out[shape.get("bpmnElement")] = (x, y, w, h)
        return out


def read(file: str, body: bytes) -> Document:
    """Read one BPMN file. Refuses what is too large, has a DOCTYPE, or is no BPMN: raises BadDiagram."""

    def bad(code: str, message: str) -> BadDiagram:
        return BadDiagram([Fault(file, "", code, message)])

    if len(body) > MAX_BYTES:
        raise bad("too_large", f"文件超过 {MAX_BYTES // 1024 // 1024} MB,请拆分流程后重新上传")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None)
        raise bad(
            "not_xml", f"不是有效的 XML 文件{f'(第 {line} 行)' if line else ''},请用流程设计器重新导出"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise bad("doctype", "文件含有 DOCTYPE 声明,不予接受,请删除后重新上传")
    if tag(root) != "definitions":
        raise bad("not_bpmn", "不是 BPMN 2.0 文件(根元素应为 definitions),请用流程设计器重新导出")
    scopes = [s for p in kids(root, "process") for s in _scopes(file, p, None)]
    return Document(file, root, scopes)


def _scopes(file: str, element: Element, parent: Scope | None) -> Iterator[Scope]:
    scope = Scope(element.get("id", ""), file, element, parent)
    inner = []
    for k in kids(element):
        name = tag(k)
        if name in NODES:
            scope.nodes.setdefault(k.get("id", ""), k)
            if name in SCOPES:
                inner.append(k)
            if name == "boundaryEvent":
                scope.boundaries.setdefault(k.get("attachedToRef", ""), []).append(k)
        elif name == "sequenceFlow":
            flow = Flow(
                k.get("id", ""), k.get("sourceRef", ""), k.get("targetRef", ""), child_text(k, "conditionExpression"), k
            )
            scope.flows.append(flow)
            scope.outgoing.setdefault(flow.source, []).append(flow)
            scope.incoming.setdefault(flow.target, []).append(flow)
    yield scope
    for k in inner:
        yield from _scopes(file, k, scope)


def closure(documents: Mapping[str, Document], process_id: str) -> tuple[dict[str, Document], list[str]]:
    """The process and all that it calls (id → its document), and the ids of called processes that no file has."""
    home = {p.id: d for d in documents.values() for p in d.processes}
    seen: dict[str, Document] = {}
    missing: list[str] = []
    todo = [process_id]
    while todo:
        pid = todo.pop()
        if pid in seen or pid in missing:
            continue
        if pid not in home:
            missing.append(pid)
            continue
        seen[pid] = home[pid]
        todo += [c.get("calledElement", "") for s in home[pid].scopes if s.process == pid for c in s.of("callActivity")]
    return seen, missing


def definitions_of(event: Element) -> list[Element]:
    """The event definitions of an event or of a send/receive task."""
    return kids(event, *DEFINITIONS)


def timer_of(event: Element) -> tuple[str, str]:
    """(kind, text) of a timer event; kind is date, duration, cycle or ""."""
    for definition in kids(event, "timerEventDefinition"):
        for name in ("timeDate", "timeDuration", "timeCycle"):
            if kids(definition, name):
                return name[4:].lower(), child_text(definition, name)
    return "", ""
