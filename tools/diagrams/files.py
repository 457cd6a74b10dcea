"""BPMN files: what of them is drawn, and the diagram written back. Nothing of the meaning of a file changes."""

from __future__ import annotations

from typing import Any

from lxml import etree

from tools.diagrams.model import Box, Drawing, Edge, Node

BPMN_NAMESPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "spiffworkflow": "http://spiffworkflow.org/bpmn/schema/1.0/core",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}


def q(prefix: str, tag: str) -> str:
    """A qualified name."""
    return f"{{{BPMN_NAMESPACES[prefix]}}}{tag}"


def parse(data: bytes) -> Any:
    """The XML tree; no entities, no network."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True))


def drawing_of(root: Any) -> Drawing:
    """Nodes, edges and lanes of the first process of a file; an existing diagram is read too."""
    process = root.find(q("bpmn", "process"))
    drawing = Drawing(process.get("id"), process.get("name") or process.get("id"))
    lane_of = {}
    for lane in process.iter(q("bpmn", "lane")):
        drawing.lanes[lane.get("id")] = (0, 0, 0, 0)
        lane_of.update({ref.text.strip(): lane.get("id") for ref in lane.iter(q("bpmn", "flowNodeRef"))})
    defaults = {item.get("default") for item in process}
    for item in process:
        tag = etree.QName(item).localname if isinstance(item.tag, str) else ""
        if tag == "sequenceFlow":
            id_, name = item.get("id"), item.get("name") or ""
            drawing.edges.append(Edge(id_, item.get("sourceRef"), item.get("targetRef"), name, id_ in defaults))
        elif tag.endswith(("Event", "Gateway", "Task", "task", "callActivity", "subProcess")):
            drawing.nodes[item.get("id")] = Node(
                item.get("id"),
                tag,
                item.get("name") or "",
                lane_of.get(item.get("id"), ""),
                item.get("attachedToRef") or "",
            )
    _read_diagram(root, drawing)
    return drawing


def _box(item: Any) -> Box:
    return tuple(round(float(item.get(k))) for k in ("x", "y", "width", "height"))  # type: ignore[return-value]


def _read_diagram(root: Any, drawing: Drawing) -> None:
    edges = {e.id: e for e in drawing.edges}
    for shape in root.iter(q("bpmndi", "BPMNShape")):
        of, bounds = shape.get("bpmnElement"), shape.findall(".//" + q("dc", "Bounds"))
        if of in drawing.nodes:
            node = drawing.nodes[of]
            node.x, node.y = _box(bounds[0])[:2]
            node.label = _box(bounds[1]) if len(bounds) > 1 else None
        elif of in drawing.lanes:
            drawing.lanes[of] = _box(bounds[0])
        else:
            drawing.width, drawing.height = _box(bounds[0])[2:]
    for line in root.iter(q("bpmndi", "BPMNEdge")):
        if (edge := edges.get(line.get("bpmnElement"))) is not None:
            edge.points = [
                (round(float(w.get("x"))), round(float(w.get("y")))) for w in line.findall(q("di", "waypoint"))
            ]
            bounds = line.findall(".//" + q("dc", "Bounds"))
            edge.label = _box(bounds[0]) if bounds else None


def write_diagram(root: Any, drawing: Drawing) -> bytes:
    """The file with its diagram replaced by this drawing."""
    for old in root.findall(q("bpmndi", "BPMNDiagram")):
        root.remove(old)
    diagram = etree.SubElement(root, q("bpmndi", "BPMNDiagram"), id=f"diagram_{drawing.process}")
    pool = root.find(".//" + q("bpmn", "participant"))
    of = root.find(q("bpmn", "collaboration"))
    plane = etree.SubElement(diagram, q("bpmndi", "BPMNPlane"), id=f"plane_{drawing.process}", bpmnElement=of.get("id"))
    _shape(plane, pool.get("id"), (0, 0, drawing.width, drawing.height), horizontal=True)
    for lane, box in drawing.lanes.items():
        _shape(plane, lane, box, horizontal=True)
    for node in drawing.nodes.values():
        shape = _shape(plane, node.id, node.box)
        if node.tag == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
        _label(shape, node.label)
    for edge in drawing.edges:
        line = etree.SubElement(plane, q("bpmndi", "BPMNEdge"), id=f"{edge.id}_di", bpmnElement=edge.id)
        for x, y in edge.points:
            etree.SubElement(line, q("di", "waypoint"), x=str(x), y=str(y))
        _label(line, edge.label)
    etree.indent(root, space="  ")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _shape(plane: Any, of: str, box: Box, *, horizontal: bool = False) -> Any:
    shape = etree.SubElement(plane, q("bpmndi", "BPMNShape"), id=f"{of}_di", bpmnElement=of)
    if horizontal:
        shape.set("isHorizontal", "true")
    _bounds(shape, box)
    return shape


def _bounds(parent: Any, box: Box) -> None:
    x, y, width, height = map(str, box)
    etree.SubElement(parent, q("dc", "Bounds"), x=x, y=y, width=width, height=height)


def _label(parent: Any, box: Box | None) -> None:
    if box is not None:
        _bounds(etree.SubElement(parent, q("bpmndi", "BPMNLabel")), box)
