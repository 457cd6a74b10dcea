"""What is drawn: nodes, edges, lanes, and the geometry all rooms of this package share. Lengths in px."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

PITCH = 20  # every node centre and every edge lies on this grid
TASK, SMALL = (120, 80), (40, 40)
HEAD = 40
Point = tuple[int, int]
Box = tuple[int, int, int, int]  # x, y, width, height
Segment = tuple[Point, Point]


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
    default: bool = False
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


def segments(points: list[Point]) -> list[Segment]:
    """The straight parts of a line."""
    return list(itertools.pairwise(points))


def overlap(a: Box, b: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def grown(box: Box, by: int) -> Box:
    """The box with so much more on each side (less, when negative)."""
    return (box[0] - by, box[1] - by, box[2] + 2 * by, box[3] + 2 * by)


def cuts(box: Box, segment: Segment) -> bool:
    """Whether a segment goes through a box."""
    (x1, y1), (x2, y2) = segment
    return overlap(box, (min(x1, x2), min(y1, y2), max(abs(x1 - x2), 1), max(abs(y1 - y2), 1)))


def apart(a: Box, b: Box) -> int:
    """The gap between two boxes: across plus down."""
    across = max(a[0] - b[0] - b[2], b[0] - a[0] - a[2], 0)
    return across + max(a[1] - b[1] - b[3], b[1] - a[1] - a[3], 0)


def akin(a: Edge, b: Edge) -> bool:
    """Whether two edges may run together at one end."""
    return a.target == b.target or a.source == b.source


def crosses(s: Segment, t: Segment) -> bool:
    """Whether two segments cross in the midst of both."""
    if (s[0][0] == s[1][0]) == (t[0][0] == t[1][0]):
        return False
    v, h = (s, t) if s[0][0] == s[1][0] else (t, s)
    xs, ys = sorted(p[0] for p in h), sorted(p[1] for p in v)
    return xs[0] < v[0][0] < xs[1] and ys[0] < h[0][1] < ys[1]


def along(s: Segment, t: Segment) -> int:
    """How far two segments run on each other."""
    for axis in (0, 1):
        if s[0][axis] == s[1][axis] == t[0][axis] == t[1][axis]:
            a, b = sorted(p[1 - axis] for p in s), sorted(p[1 - axis] for p in t)
            return max(0, min(a[1], b[1]) - max(a[0], b[0]))
    return 0


def captions(drawing: Drawing) -> Box:
    """Where the names of the pool and of the lanes stand."""
    return (0, 0, HEAD + 20, drawing.height)


def borders(drawing: Drawing) -> list[Segment]:
    """The lines between lanes and around the pool."""
    edges = {y for _, top, _, high in drawing.lanes.values() for y in (top, top + high)}
    right = ((drawing.width, 0), (drawing.width, drawing.height))
    return [*(((0, y), (drawing.width, y)) for y in sorted(edges)), right]


def marks(drawing: Drawing) -> list[Box]:
    """Where the stroke through the beginning of a default flow is drawn."""
    boxes = []
    for edge in drawing.edges:
        if edge.default and len(edge.points) > 1:
            (x1, y1), (x2, y2) = edge.points[:2]
            length = max(abs(x2 - x1) + abs(y2 - y1), 1)
            x, y = x1 + (x2 - x1) * 10 // length, y1 + (y2 - y1) * 10 // length
            boxes.append((x - 6, y - 6, 12, 12))
    return boxes


def text_box(text: str, per_line: int = 8) -> tuple[int, int]:
    """Width and height: bpmn-js breaks every name beside a shape or an edge after eight characters."""
    lines = -(-len(text) // per_line)
    return (min(len(text), per_line) * 12 + 4, lines * 14 + 2)
