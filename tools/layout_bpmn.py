"""Draws BPMN diagrams: from a compact sketch or from a BPMN file to a laid-out BPMN with lanes, layers and orthogonal edges.

    python tools/layout_bpmn.py compose sketch.yaml > process.bpmn    # sketch → BPMN with diagram
    python tools/layout_bpmn.py layout process.bpmn                   # lays an existing file out anew, in place
    python tools/layout_bpmn.py lint process.bpmn …                   # overlaps, crossings, bends; exit 1 when something overlaps
    python tools/layout_bpmn.py svg process.bpmn > picture.svg        # to look at

A sketch is YAML: `process`, `name`, `lanes` (lane name → lines `kind id name @argument key=value…`), `flows` (`a -> b -> c`,
or `a -> b | label | condition`, `default` as condition for the default flow). Kinds: start end user service call rule receive
xor and or event message timer boundary. Argument: of `call` the called process, of `service` the action, of `timer` its text,
of `message` the message's name, of `end` the status of the case, of `rule` the decision's key, of `boundary` a timer's text or
`message:NAME`; a boundary event names its activity with `on=…` and goes on beside it with `cancel=false`.

What is laid out is what bpmn-js shows: one pool, lanes, shapes, edges, labels. Nothing of the meaning of a file changes.
"""

from __future__ import annotations

import heapq
import itertools
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NS = {"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": DD, "spiffworkflow": SPIFF, "xsi": XSI}
KINDS = {
    "start": "startEvent", "end": "endEvent", "user": "userTask", "service": "serviceTask", "call": "callActivity",
    "rule": "businessRuleTask", "receive": "receiveTask", "xor": "exclusiveGateway", "and": "parallelGateway",
    "or": "inclusiveGateway", "event": "eventBasedGateway", "message": "intermediateCatchEvent", "timer": "intermediateCatchEvent",
    "boundary": "boundaryEvent",
}  # fmt: skip
PITCH = 20  # px; every node centre and every edge lies on this grid
TASK, SMALL = (120, 80), (40, 40)
GAP, ROW_GAP, PAD, HEAD = 60, 60, 40, 40
Point = tuple[int, int]
Box = tuple[int, int, int, int]  # x, y, width, height in px


@dataclass
class Node:
    """A flow node. Position is its box's upper left corner in px; `host` is the activity of a boundary event."""

    id: str
    tag: str
    name: str
    lane: str
    host: str = ""
    x: int = 0
    y: int = 0
    rank: int = 0
    row: int = 0
    label: Box | None = None

    @property
    def is_task(self) -> bool:
        return self.tag.endswith(("Task", "task", "Activity", "Process"))

    @property
    def size(self) -> tuple[int, int]:
        return TASK if self.is_task else SMALL

    @property
    def box(self) -> Box:
        return (self.x, self.y, *self.size)


@dataclass
class Edge:
    """A sequence flow with its waypoints."""

    id: str
    source: str
    target: str
    name: str = ""
    points: list[Point] = field(default_factory=list)
    label: Box | None = None


@dataclass
class Drawing:
    """One process: its nodes in reading order, its edges, its lanes from top to bottom (name → box)."""

    process: str
    name: str
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    lanes: dict[str, Box] = field(default_factory=dict)
    width: int = 0
    height: int = 0


# ─────────────────────────────────────────────────────────────── BPMN ↔ drawing
def q(prefix: str, tag: str) -> str:
    """A qualified name."""
    return f"{{{NS[prefix]}}}{tag}"


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
    for item in process:
        tag = etree.QName(item).localname if isinstance(item.tag, str) else ""
        if tag == "sequenceFlow":
            drawing.edges.append(
                Edge(item.get("id"), item.get("sourceRef"), item.get("targetRef"), item.get("name") or "")
            )
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


# ─────────────────────────────────────────────────────────────── sketch → BPMN
def compose(sketch: dict[str, Any]) -> Any:
    """A sketch as a BPMN tree without diagram. Raises ValueError with the line that is wrong."""
    key = sketch["process"]
    root = etree.Element(
        q("bpmn", "definitions"), nsmap=NS, id=f"definitions_{key}", targetNamespace="urn:zhicheng:process"
    )
    both = etree.SubElement(root, q("bpmn", "collaboration"), id=f"collaboration_{key}")
    etree.SubElement(both, q("bpmn", "participant"), id=f"pool_{key}", name=sketch["name"], processRef=key)
    process = etree.SubElement(root, q("bpmn", "process"), id=key, name=sketch["name"], isExecutable="true")
    lanes = etree.SubElement(process, q("bpmn", "laneSet"), id=f"lanes_{key}")
    nodes: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for number, (lane_name, lines) in enumerate(sketch["lanes"].items(), 1):
        lane = etree.SubElement(lanes, q("bpmn", "lane"), id=f"lane_{key}_{number}", name=lane_name)
        for line in lines:
            node = _compose_node(process, line, messages)
            nodes[node.get("id")] = node
            etree.SubElement(lane, q("bpmn", "flowNodeRef")).text = node.get("id")
    for line in sketch["flows"]:
        _compose_flows(process, nodes, line)
    for node in nodes.values():  # the schema wants incoming and outgoing before the event definitions
        refs = node.findall(q("bpmn", "incoming")) + node.findall(q("bpmn", "outgoing"))
        at = 1 if node.find(q("bpmn", "extensionElements")) is not None else 0
        for ref in reversed(refs):
            node.remove(ref)
            node.insert(at, ref)
    for message in messages.values():
        root.insert(1, message)
    return root


def _compose_node(process: Any, line: str, messages: dict[str, Any]) -> Any:
    words = line.split()
    if len(words) < 3 or words[0] not in KINDS:
        raise ValueError(f"节点一行应为“类型 标识 名称 …”:{line}")
    kind, id_, name = words[:3]
    rest = words[3:]
    argument = rest.pop(0)[1:] if rest and rest[0].startswith("@") else ""
    attached = dict(word.split("=", 1) for word in rest) if kind == "boundary" else {}
    node = etree.SubElement(process, q("bpmn", KINDS[kind]), id=id_, name=name)
    properties = {"service": "zc.action", "rule": "zc.decision", "end": "zc.status"}
    pairs = [(properties[kind], argument)] if kind in properties and argument else []
    pairs += [(f"zc.{k}", v) for k, v in (word.split("=", 1) for word in rest) if k not in attached]
    if pairs:
        holder = etree.SubElement(
            etree.SubElement(node, q("bpmn", "extensionElements")), q("spiffworkflow", "properties")
        )
        for k, v in pairs:
            etree.SubElement(holder, q("spiffworkflow", "property"), name=k, value=v)
    if kind == "call":
        node.set("calledElement", argument)
    if kind == "boundary":
        node.set("attachedToRef", attached["on"])
        node.set("cancelActivity", attached.get("cancel", "true"))
    if kind == "timer" or (kind == "boundary" and not argument.startswith("message:")):
        text = etree.SubElement(
            etree.SubElement(node, q("bpmn", "timerEventDefinition"), id=f"{id_}_timer"), q("bpmn", "timeDate")
        )
        text.set(q("xsi", "type"), "bpmn:tFormalExpression")
        text.text = argument
    if kind in ("message", "receive", "boundary") and node.find(q("bpmn", "timerEventDefinition")) is None:
        argument = argument.removeprefix("message:")
        ref = f"message_{argument}"
        messages.setdefault(argument, etree.Element(q("bpmn", "message"), id=ref, name=argument))
        if kind == "receive":
            node.set("messageRef", ref)
        else:
            etree.SubElement(node, q("bpmn", "messageEventDefinition"), id=f"{id_}_message", messageRef=ref)
    return node


def _compose_flows(process: Any, nodes: dict[str, Any], line: str) -> None:
    chain, _, rest = line.partition("|")
    label, _, condition = (part.strip() for part in rest.partition("|"))
    ids = [part.strip() for part in chain.split("->")]
    for source, target in itertools.pairwise(ids):
        if source not in nodes or target not in nodes:
            raise ValueError(f"连线两端须为已有节点:{line}")
        flow = etree.SubElement(
            process, q("bpmn", "sequenceFlow"), id=f"flow_{source}_{target}", sourceRef=source, targetRef=target
        )
        etree.SubElement(nodes[source], q("bpmn", "outgoing")).text = flow.get("id")
        etree.SubElement(nodes[target], q("bpmn", "incoming")).text = flow.get("id")
        if label:
            flow.set("name", label)
        if condition == "default":
            nodes[source].set("default", flow.get("id"))
        elif condition:
            text = etree.SubElement(flow, q("bpmn", "conditionExpression"))
            text.set(q("xsi", "type"), "bpmn:tFormalExpression")
            text.text = condition


# ─────────────────────────────────────────────────────────────── placing
def place(drawing: Drawing) -> None:
    """Layers by longest path (turning edges left out), rows within lanes, coordinates on the grid.

    A boundary event sits on its activity: what it leads to comes after that.
    """
    attached = {n.id: n for n in drawing.nodes.values() if n.host}
    forward = _forward(drawing)
    _rank(drawing, forward)
    rows = _rows(drawing, forward)
    x = HEAD + 20 + PAD
    by_rank: dict[int, list[Node]] = defaultdict(list)
    for node in drawing.nodes.values():
        if not node.host:
            by_rank[node.rank].append(node)
    for rank in sorted(by_rank):
        wide = max(node.size[0] for node in by_rank[rank])
        for node in by_rank[rank]:
            node.x = x + (wide - node.size[0]) // 2
        x += wide + _gap(drawing, rank)
    y, top = 0, {}
    for lane in drawing.lanes:
        top[lane] = y
        below = any(drawing.nodes[n.host].lane == lane for n in attached.values())  # room for what leaves there
        height = 2 * PAD + rows[lane] * TASK[1] + (rows[lane] - 1) * ROW_GAP + (2 * PITCH if below else 0)
        drawing.lanes[lane] = (HEAD - 10, y, x - HEAD + 10, height)
        y += height
    for node in drawing.nodes.values():
        centre = top[node.lane] + PAD + node.row * (TASK[1] + ROW_GAP) + TASK[1] // 2
        node.y = centre - node.size[1] // 2
    beside: Counter[str] = Counter()
    for node in attached.values():
        host = drawing.nodes[node.host]
        node.rank, node.row, node.lane = host.rank, host.row, host.lane
        node.x = host.x + host.size[0] - 3 * PITCH - 3 * PITCH * beside[host.id]
        node.y = host.y + host.size[1] - node.size[1] // 2
        beside[host.id] += 1
    drawing.width, drawing.height = x, y


def _gap(drawing: Drawing, rank: int) -> int:
    """Room right of a layer: for the names of the edges that leave it, and for those that go up or down there."""
    leaving = [e for e in drawing.edges if drawing.nodes[e.source].rank == rank]
    words = max((_text_box(e.name, 10)[0] for e in leaving if e.name and _level(drawing, e)), default=0)
    steep = sum(not _level(drawing, e) for e in leaving)
    room = max(GAP + PITCH * min(4, max(0, steep - 2)), words + 30)
    return -(-room // PITCH) * PITCH


def _level(drawing: Drawing, edge: Edge) -> bool:
    a, b = drawing.nodes[edge.source], drawing.nodes[edge.target]
    return not a.host and (a.lane, a.row) == (b.lane, b.row)


def _forward(drawing: Drawing) -> dict[str, list[str]]:
    """Successors without the edges that turn back (found by a walk from the start in reading order)."""
    after: dict[str, list[str]] = defaultdict(list)
    for edge in drawing.edges:
        after[drawing.nodes[edge.source].host or edge.source].append(edge.target)
    kept: dict[str, list[str]] = defaultdict(list)
    state: dict[str, int] = {}

    def walk(id_: str) -> None:
        state[id_] = 1
        for target in after[id_]:
            if state.get(target) != 1:
                kept[id_].append(target)
                if target not in state:
                    walk(target)
        state[id_] = 2

    for id_, node in drawing.nodes.items():
        if id_ not in state and not node.host:
            walk(id_)
    return kept


def _rank(drawing: Drawing, forward: dict[str, list[str]]) -> None:
    """Longest path from the start; then nodes that only lead on move right, next to what follows."""
    changed = True
    while changed:
        changed = False
        for id_, targets in forward.items():
            for target in targets:
                if drawing.nodes[target].rank <= drawing.nodes[id_].rank:
                    drawing.nodes[target].rank = drawing.nodes[id_].rank + 1
                    changed = True


def _rows(drawing: Drawing, forward: dict[str, list[str]]) -> dict[str, int]:
    """Rows within each lane; returns how many each has. A node stays in the row of what leads to it, where that is free."""
    before: dict[str, list[Node]] = defaultdict(list)
    for id_, targets in forward.items():
        for target in targets:
            before[target].append(drawing.nodes[id_])
    taken: set[tuple[str, int, int]] = set()
    last: dict[tuple[str, int], int] = defaultdict(lambda: -1)
    count = dict.fromkeys(drawing.lanes, 1)
    for node in sorted((n for n in drawing.nodes.values() if not n.host), key=lambda n: n.rank):
        rows = [p.row for p in before[node.id] if p.lane == node.lane]
        wish = min(rows) if rows else 0
        free = [r for r in range(12) if (node.lane, r, node.rank) not in taken]
        node.row = min(free, key=lambda r: (abs(r - wish), r))
        taken.add((node.lane, node.row, node.rank))
        last[node.lane, node.row] = node.rank
        count[node.lane] = max(count[node.lane], node.row + 1)
    return count


# ─────────────────────────────────────────────────────────────── routing
STEPS = {"e": (1, 0), "w": (-1, 0), "s": (0, 1), "n": (0, -1)}
BACK = {"e": "w", "w": "e", "n": "s", "s": "n"}
BEND, CROSS, SHARE, BUNDLE, NEAR, SOFT = 4, 5, 200, 4, 1, 2


class Router:
    """Orthogonal edges on the grid by A*: short, few bends, few crossings, never through a node, never along another edge."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.limit = (drawing.width // PITCH, drawing.height // PITCH)
        self.blocked: set[Point] = set()
        self.soft: set[Point] = set()
        self.used: dict[frozenset[Point], list[Edge]] = defaultdict(list)
        self.passed: dict[Point, dict[str, Edge]] = defaultdict(dict)
        self.borders = {v // PITCH for _, y, _, h in drawing.lanes.values() for v in (y, y + h)}
        self.ports: Counter[tuple[Point, str]] = Counter()
        self.attached: dict[str, set[Point]] = defaultdict(set)
        for node in drawing.nodes.values():
            x, y, w, h = (v // PITCH for v in node.box)
            cells = {(i, j) for i in range(x, x + w + 1) for j in range(y, y + h + 1)}
            self.blocked |= cells
            if node.host:
                self.attached[node.host] |= cells
            if not node.is_task:
                self.soft |= {(i, y + h + 1) for i in range(x - 1, x + w + 2)}

    def run(self) -> None:
        """Straight ones first, then by length: what is short gets the short way."""
        for edge in sorted(self.drawing.edges, key=self._order):
            path = self._find(edge)
            self._take(edge, path)
            edge.points = _corners([(x * PITCH, y * PITCH) for x, y in path])

    def _order(self, edge: Edge) -> tuple[int, int, str]:
        a, b = self.drawing.nodes[edge.source], self.drawing.nodes[edge.target]
        straight = _level(self.drawing, edge) and b.rank > a.rank
        return (0 if straight else 1, abs(a.x - b.x) + abs(a.y - b.y) + (4000 if b.rank <= a.rank else 0), edge.id)

    def _sides(self, node: Node, best: str, worst: str) -> Iterator[tuple[Point, str, int]]:
        """Ports: point, outward direction, cost. What leaves and what enters never share one (`best` w: entering)."""
        same, other = ("in", "out") if best == "w" else ("out", "in")
        x, y, w, h = (v // PITCH for v in node.box)
        for side, (dx, dy) in STEPS.items():
            if node.host and side != "s":
                continue
            base = 0 if side == best else 14 if side == worst else 3
            spread = range(-1, 2) if node.is_task else range(1)
            wide = range(-2, 3) if node.is_task and dy else spread
            for off in wide:
                px = x + w // 2 + (dx * w // 2 if dx else off)
                py = y + h // 2 + (dy * h // 2 if dy else off)
                port = (px, py)
                if side == "s" and port in self.attached.get(node.id, ()):
                    continue
                taken = (8 if not node.is_task else 40) * self.ports[port, same] + 150 * self.ports[port, other]
                yield port, side, base + abs(off) * 2 + taken

    def _find(self, edge: Edge) -> list[Point]:
        a, b = self.drawing.nodes[edge.source], self.drawing.nodes[edge.target]
        goals = {(p, BACK[d]): cost for p, d, cost in self._sides(b, "w", "e")}
        gx, gy = (b.x + b.size[0] // 2) // PITCH, (b.y + b.size[1] // 2) // PITCH
        heap: list[tuple[float, int, Point, str]] = []
        cost: dict[tuple[Point, str], float] = {}
        came: dict[tuple[Point, str], tuple[Point, str] | None] = {}
        for point, side, base in self._sides(a, "e", "w"):
            cost[point, side] = base
            came[point, side] = None
            heapq.heappush(heap, (base, len(heap), point, side))
        done: set[tuple[Point, str]] = set()
        order = len(heap)
        while heap:
            _, _, point, way = heapq.heappop(heap)
            if (point, way) in done:
                continue
            done.add((point, way))
            if (point, way) in goals and came[point, way] is not None:
                return _trace(came, (point, way))
            first = came[point, way] is None
            for turn, (dx, dy) in STEPS.items():
                if turn == BACK[way] or (first and turn != way):
                    continue
                new = (point[0] + dx, point[1] + dy)
                if new in self.blocked and (new, turn) not in goals:
                    continue
                if not (3 <= new[0] < self.limit[0] and 0 < new[1] < self.limit[1]):
                    continue
                price = cost[point, way] + self._price(edge, point, new, way, turn) + goals.get((new, turn), 0)
                if price < cost.get((new, turn), 1e9):
                    cost[new, turn], came[new, turn] = price, (point, way)
                    order += 1
                    guess = max(0, abs(new[0] - gx) + abs(new[1] - gy) - 5)
                    heapq.heappush(heap, (price + guess, order, new, turn))
        raise ValueError(f"连线 {edge.id} 无路可走")

    def _price(self, edge: Edge, old: Point, new: Point, way: str, turn: str) -> float:
        """Of one step on the grid. Edges to one target (or from one source) may run together at the end; others never."""
        price = 1.0 + (BEND if way != turn else 0)
        for other in self.used[frozenset((old, new))]:
            price += BUNDLE if _akin(edge, other) else SHARE
        strangers = [o for o in self.passed[new].values() if not _akin(edge, o)]
        price += CROSS * len(strangers)
        if way != turn and any(not _akin(edge, o) for o in self.passed[old].values()):
            price += 10 * CROSS  # a bend on another edge reads as a fork
        if new in self.soft:
            price += SOFT
        if turn in "ew" and new[1] in self.borders:
            price += SOFT
        side = STEPS["n" if turn in "ew" else "e"]
        for sign in (1, -1):
            if (new[0] + sign * side[0], new[1] + sign * side[1]) in self.blocked:
                price += NEAR
        return price

    def _take(self, edge: Edge, path: list[Point]) -> None:
        self.ports[path[0], "out"] += 1
        self.ports[path[-1], "in"] += 1
        for point in path:
            self.passed[point][edge.id] = edge
        for old, new in itertools.pairwise(path):
            self.used[frozenset((old, new))].append(edge)


def _akin(a: Edge, b: Edge) -> bool:
    return a.target == b.target or a.source == b.source


def _trace(came: dict[tuple[Point, str], tuple[Point, str] | None], state: tuple[Point, str]) -> list[Point]:
    path, at = [state[0]], came[state]
    while at is not None:
        path.append(at[0])
        at = came[at]
    return path[::-1]


def _corners(path: list[Point]) -> list[Point]:
    kept = [path[0]]
    for before, at, after in zip(path, path[1:], path[2:], strict=False):
        if (at[0] - before[0], at[1] - before[1]) != (after[0] - at[0], after[1] - at[1]):
            kept.append(at)
    return [*kept, path[-1]]


# ─────────────────────────────────────────────────────────────── labels
def _text_box(text: str, per_line: int = 8) -> tuple[int, int]:
    lines = -(-len(text) // per_line)
    return (min(len(text), per_line) * 12 + 4, lines * 14 + 2)


def label(drawing: Drawing) -> None:
    """Names of events, gateways and edges where they cover least."""
    lines = [(s, e.id) for e in drawing.edges for s in _segments(e.points)]
    placed: list[Box] = [n.box for n in drawing.nodes.values()]
    for node in drawing.nodes.values():
        if node.is_task or not node.name:
            continue
        w, h = _text_box(node.name)
        x, y, s, _ = node.box
        middle = x + s // 2 - w // 2
        spots = [
            (middle, y + s + 4),
            (middle, y - h - 4),
            (x + s - 4, y - h - 2),
            (x - w + 4, y - h - 2),
            (x + s - 4, y + s),
            (x - w + 4, y + s),
        ]
        node.label = _best(spots, w, h, placed, lines)
        placed.append(node.label)
    for edge in drawing.edges:
        if edge.name:
            w, h = _text_box(edge.name, 10)
            edge.label = _best(list(_beside(edge, w, h)), w, h, placed, lines)
            placed.append(edge.label)


def _beside(edge: Edge, w: int, h: int) -> Iterator[Point]:
    for (x1, y1), (x2, y2) in _segments(edge.points):
        if y1 == y2:
            for t in (6, 20, 40, 60, 100):
                x = x1 + t if x2 > x1 else x1 - t - w
                yield from ((x, y1 - h - 2), (x, y1 + 2))
        else:
            for t in (4, 16, 30, 60, 100):
                y = y1 + t if y2 > y1 else y1 - t - h
                yield from ((x1 + 3, y), (x1 - w - 3, y))


def _best(
    spots: Iterable[Point], w: int, h: int, placed: list[Box], lines: list[tuple[tuple[Point, Point], str]]
) -> Box:
    def cost(index_spot: tuple[int, Point]) -> float:
        index, (x, y) = index_spot
        box = (x, y, w, h)
        hits = 30 * sum(_overlap(box, other) for other in placed) + 10 * sum(_cuts(box, s) for s, _ in lines)
        return hits + index * 0.5

    _, (x, y) = min(enumerate(spots), key=cost)
    return (x, y, w, h)


def _segments(points: list[Point]) -> list[tuple[Point, Point]]:
    return list(itertools.pairwise(points))


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _cuts(box: Box, segment: tuple[Point, Point]) -> bool:
    (x1, y1), (x2, y2) = segment
    flat = (min(x1, x2), min(y1, y2), max(abs(x1 - x2), 1), max(abs(y1 - y2), 1))
    return _overlap((box[0] + 1, box[1] + 1, box[2] - 2, box[3] - 2), flat)


# ─────────────────────────────────────────────────────────────── lint
def lint(drawing: Drawing) -> dict[str, int]:
    """What makes a diagram hard to read, counted. The first six must be 0.

    Edges to one target, or from one source, may run together: `edges_along_edges` and `crossings` count strangers only.
    """
    nodes = list(drawing.nodes.values())
    labels = [n.label for n in nodes if n.label] + [e.label for e in drawing.edges if e.label]
    report = {
        "nodes_overlapping": sum(
            _overlap(a.box, b.box)
            for i, a in enumerate(nodes)
            for b in nodes[i + 1 :]
            if a.host != b.id and b.host != a.id
        ),
        "nodes_outside_lane": sum(not _inside(n.box, drawing.lanes.get(n.lane)) for n in nodes),
        "edges_without_points": sum(len(e.points) < 2 for e in drawing.edges),
        "edges_through_nodes": sum(
            _cuts(n.box, s)
            for e in drawing.edges
            for s in _segments(e.points)
            for n in nodes
            if n.id not in (e.source, e.target, drawing.nodes[e.source].host)
        ),
        "edges_along_edges": 0,
        "labels_on_nodes": sum(_overlap(b, n.box) for b in labels for n in nodes),
        "labels_on_labels": sum(_overlap(a, b) for i, a in enumerate(labels) for b in labels[i + 1 :]),
        "labels_on_edges": sum(_cuts(b, s) for b in labels for e in drawing.edges for s in _segments(e.points)),
        "crossings": 0,
        "bends": sum(max(0, len(e.points) - 2) for e in drawing.edges),
        "width": drawing.width,
        "height": drawing.height,
    }
    flat = [(s, e) for e in drawing.edges for s in _segments(e.points)]
    for i, (s, a) in enumerate(flat):
        for t, b in flat[i + 1 :]:
            if not _akin(a, b):
                report["edges_along_edges"] += _along(s, t)
                report["crossings"] += _crosses(s, t)
    return report


def _inside(box: Box, lane: Box | None) -> bool:
    return lane is None or (box[0] >= lane[0] and box[1] >= lane[1] and box[1] + box[3] <= lane[1] + lane[3])


def _along(s: tuple[Point, Point], t: tuple[Point, Point]) -> bool:
    for axis in (0, 1):
        if s[0][axis] == s[1][axis] == t[0][axis] == t[1][axis]:
            a, b = sorted(p[1 - axis] for p in s), sorted(p[1 - axis] for p in t)
            return min(a[1], b[1]) - max(a[0], b[0]) > 0
    return False


def _crosses(s: tuple[Point, Point], t: tuple[Point, Point]) -> bool:
    if (s[0][0] == s[1][0]) == (t[0][0] == t[1][0]):
        return False
    v, h = (s, t) if s[0][0] == s[1][0] else (t, s)
    xs, ys = sorted(p[0] for p in h), sorted(p[1] for p in v)
    return xs[0] < v[0][0] < xs[1] and ys[0] < h[0][1] < ys[1]


# ─────────────────────────────────────────────────────────────── picture
def svg(drawing: Drawing, lane_names: dict[str, str]) -> str:
    """The diagram as SVG, near to what bpmn-js shows."""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width + 10}" height="{drawing.height + 10}" '
        'font-family="Noto Sans CJK SC, Noto Serif CJK SC, sans-serif" font-size="12">'
        '<defs><marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
        '<rect width="100%" height="100%" fill="#fff"/>'
    ]
    for number, (id_, (x, y, w, h)) in enumerate(drawing.lanes.items()):
        out.append(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{"#fafbfd" if number % 2 else "#fff"}" stroke="#999"/>'
        )
        out.append(
            f'<text transform="translate({x + 18},{y + h // 2}) rotate(-90)" text-anchor="middle" font-size="14">{escape(lane_names.get(id_, id_))}</text>'
        )
    for edge in drawing.edges:
        points = " ".join(f"{x},{y}" for x, y in edge.points)
        out.append(f'<polyline points="{points}" fill="none" stroke="#333" stroke-width="1.3" marker-end="url(#a)"/>')
    for node in sorted(drawing.nodes.values(), key=lambda n: bool(n.host)):
        out.append(_picture(node))
    named: list[Node | Edge] = [*drawing.nodes.values(), *drawing.edges]
    for item in named:
        if item.label:
            x, y, w, _ = item.label
            per = 8 if isinstance(item, Node) else 10
            for number, start in enumerate(range(0, len(item.name), per)):
                out.append(
                    f'<text x="{x + w // 2}" y="{y + 12 + number * 14}" text-anchor="middle" fill="#124">{escape(item.name[start : start + per])}</text>'
                )
    return "\n".join([*out, "</svg>"])


def _picture(node: Node) -> str:
    x, y, w, h = node.box
    if node.is_task:
        width = 4 if node.tag == "callActivity" else 1.5
        fill = {"serviceTask": "#eef6ee", "callActivity": "#fff8e6"}.get(node.tag, "#eef3fb")
        text = f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="{fill}" stroke="#222" stroke-width="{width}"/>'
        lines = [node.name[i : i + 8] for i in range(0, len(node.name), 8)]
        for number, line in enumerate(lines):
            text += f'<text x="{x + w // 2}" y="{y + h // 2 + 4 + round((number - (len(lines) - 1) / 2) * 16)}" text-anchor="middle" font-size="13">{escape(line)}</text>'
        return text
    cx, cy, r = x + w // 2, y + h // 2, w // 2
    if node.tag.endswith("Gateway"):
        mark = {"exclusiveGateway": "×", "parallelGateway": "+", "inclusiveGateway": "○"}.get(node.tag, "⬠")
        shape = f'<path d="M{cx},{y} L{x + w},{cy} L{cx},{y + h} L{x},{cy} z" fill="#fffbe8" stroke="#222" stroke-width="1.5"/>'
        return shape + f'<text x="{cx}" y="{cy + 7}" text-anchor="middle" font-size="20">{mark}</text>'
    width = 4 if node.tag == "endEvent" else 1.5
    ring = (
        f'<circle cx="{cx}" cy="{cy}" r="{r - 4}" fill="none" stroke="#222"/>'
        if "intermediate" in node.tag or node.host
        else ""
    )
    return f'<circle cx="{cx}" cy="{cy}" r="{r}" fill="#fff" stroke="#222" stroke-width="{width}"/>' + ring


# ─────────────────────────────────────────────────────────────── command line
def lay_out(root: Any) -> bytes:
    """A BPMN tree with a fresh diagram, as bytes."""
    drawing = drawing_of(root)
    for node in drawing.nodes.values():
        node.label = None
    for edge in drawing.edges:
        edge.label = None
    place(drawing)
    Router(drawing).run()
    label(drawing)
    return write_diagram(root, drawing)


def _lint_files(files: list[str]) -> int:
    bad = 0
    for file in files:
        report = lint(drawing_of(parse(Path(file).read_bytes())))
        print(file, json.dumps(report, ensure_ascii=False))  # noqa: T201 - a command line
        bad += sum(list(report.values())[:6])
    return 1 if bad else 0


def main(arguments: list[str]) -> int:
    """The four verbs of the module's docstring."""
    verbs = ("compose", "layout", "lint", "svg")
    if len(arguments) < 2 or arguments[0] not in verbs:
        print(__doc__, file=sys.stderr)  # noqa: T201 - a command line
        return 2
    verb, *files = arguments
    if verb == "lint":
        return _lint_files(files)
    file = Path(files[0])
    if verb == "compose":
        sys.stdout.buffer.write(lay_out(compose(yaml.safe_load(file.read_text("utf-8")))))
    elif verb == "layout":
        file.write_bytes(lay_out(parse(file.read_bytes())))
    else:
        root = parse(file.read_bytes())
        names = {lane.get("id"): lane.get("name") or "" for lane in root.iter(q("bpmn", "lane"))}
        sys.stdout.write(svg(drawing_of(root), names))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
