"""A BPMN diagram as a graph: nodes, edges, boundary events, called processes. Reads XML without entities or network.

This is what the check asks about order; the engine's own reading of a diagram is engine/flow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from kernel.errors import BadContent

BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"
_PARSER = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
}
_HUMAN: Final = frozenset({"userTask", "manualTask"})
_SCOPES: Final = frozenset({"subProcess", "transaction", "adHocSubProcess"})


@dataclass(frozen=True)
class Node:
    """A flow node. `kind` is its BPMN tag; `scope` the sub-process or process it stands in; `host` that of a boundary event."""

    id: str
    kind: str
    name: str
    scope: str
    lane: str = ""
    host: str = ""
    called: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def human(self) -> bool:
        """Is it a step that people do?"""
        return self.kind in _HUMAN


@dataclass(frozen=True)
class Diagram:
    """One process. `edges`: (from, to) pairs; `messages`: names of messages that it waits for.

    `expressions`: (element, condition or timer, text), the element of a condition being its flow's source.
    """

    key: str
    file: str
    nodes: Mapping[str, Node]
    edges: tuple[tuple[str, str], ...]
    messages: frozenset[str]
    expressions: tuple[tuple[str, str, str], ...] = ()

    def starts(self, scope: str) -> list[str]:
        """Start events of a scope (those of event sub-processes belong to their own)."""
        return [n.id for n in self.nodes.values() if n.scope == scope and n.kind == "startEvent"]

    def ends(self, scope: str) -> list[str]:
        """End events of a scope."""
        return [n.id for n in self.nodes.values() if n.scope == scope and n.kind == "endEvent"]


def read(file: str, data: bytes, key: str) -> Diagram:
    """The process `key` of one BPMN file. Raises `BadContent`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise BadContent(file, 1, "BPMN 文件不允许 DOCTYPE 和实体声明")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise BadContent(
            file, error.lineno or 0, "不是有效的 BPMN 文件(XML 格式有误),请用流程设计器重新保存"
        ) from error
    found = [p for p in root.iter(f"{{{BPMN}}}process") if p.get("id") == key]
    if len(found) != 1:
        raise BadContent(file, 0, f"文件中应有且只有一个 id 为 {key} 的流程")
    nodes: dict[str, Node] = {}
    edges: list[tuple[str, str]] = []
    lanes = _lanes(found[0])
    _scope(found[0], key, lanes, nodes, edges)
    names = {m.get("id"): m.get("name", "") for m in root.iter(f"{{{BPMN}}}message")}
    waits = {
        names.get(m.get("messageRef"), "")
        for m in found[0].iter(f"{{{BPMN}}}messageEventDefinition", f"{{{BPMN}}}receiveTask")
    }
    texts = tuple(_expressions(found[0]))
    return Diagram(key, file, nodes, tuple(edges), frozenset(name for name in waits if name), texts)


def _expressions(process: etree._Element) -> Iterator[tuple[str, str, str]]:
    for condition in process.iter(f"{{{BPMN}}}conditionExpression"):
        flow = condition.getparent()
        if flow is not None:
            yield flow.get("sourceRef", ""), "condition", (condition.text or "").strip()
    for definition in process.iter(f"{{{BPMN}}}timerEventDefinition"):
        event = definition.getparent()
        for timer in definition:
            if event is not None and isinstance(timer.tag, str):
                yield event.get("id", ""), "timer", (timer.text or "").strip()


def _lanes(process: etree._Element) -> dict[str, str]:
    return {
        (ref.text or "").strip(): lane.get("name", "")
        for lane in process.iter(f"{{{BPMN}}}lane")
        for ref in lane.findall(f"{{{BPMN}}}flowNodeRef")
    }


def _scope(
    scope: etree._Element, id_: str, lanes: Mapping[str, str], nodes: dict[str, Node], edges: list[tuple[str, str]]
) -> None:
    for child in scope:
        tag = etree.QName(child).localname if isinstance(child.tag, str) else ""
        own = child.get("id", "")
        if tag == "sequenceFlow":
            edges.append((child.get("sourceRef", ""), child.get("targetRef", "")))
        elif tag.endswith(("Task", "task", "Event", "Gateway")) or tag in _SCOPES or tag == "callActivity":
            nodes[own] = Node(
                own,
                tag,
                child.get("name", ""),
                id_,
                lanes.get(own) or lanes.get(id_, ""),
                child.get("attachedToRef", ""),
                child.get("calledElement", ""),
                _properties(child),
            )
            if tag in _SCOPES:
                _scope(child, own, {**lanes, own: lanes.get(own) or lanes.get(id_, "")}, nodes, edges)


def _properties(element: etree._Element) -> dict[str, str]:
    extensions = element.find(f"{{{BPMN}}}extensionElements")
    if extensions is None:
        return {}
    return {p.get("name", ""): p.get("value", "") for p in extensions.iter(f"{{{SPIFF}}}property")}
