"""Names of events, gateways and flows where they cover least and touch nothing."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator

from tools.diagrams.model import (
    PITCH,
    Box,
    Drawing,
    Edge,
    Node,
    Segment,
    apart,
    borders,
    captions,
    cuts,
    grown,
    marks,
    overlap,
    segments,
    text_box,
)

CLEAR = 4  # px; nearer than this a line touches the name
ASTRAY = 10  # px; a flow's name so near to another flow is taken for that one's


def label(drawing: Drawing) -> None:
    """Names all things. Whoever comes late finds the best places taken: several orders are tried."""
    nodes = [n for n in drawing.nodes.values() if n.name and not n.is_task]
    edges = [e for e in drawing.edges if e.name]
    short = sorted(edges, key=lambda e: sum(abs(a - c) + abs(b - d) for (a, b), (c, d) in segments(e.points)))
    orders: list[list[Node | Edge]] = [[*nodes, *edges], [*nodes, *short], [*short, *nodes], [*reversed(edges), *nodes]]
    tried = [_labelled(drawing, order) for order in orders]
    for thing, box in min(tried, key=lambda one: one[0])[1]:
        thing.label = box


def _labelled(drawing: Drawing, order: list[Node | Edge]) -> tuple[float, list[tuple[Node | Edge, Box]]]:
    """What the names cost in this order, and where each is."""
    page = _Page(drawing)
    total, found = 0.0, []
    for thing in order:
        if isinstance(thing, Node):
            cost, box = min(
                (page.cost(b, "") + i * 0.5 + 3 * max(apart(b, thing.box) - 6, 0), b)
                for i, b in enumerate(_around(thing))
            )
        else:
            cost, box = min((page.cost(b, thing.id) + i * 0.5, b) for i, b in enumerate(_beside(thing)))
        total += cost
        page.take(box)
        found.append((thing, box))
    return total, found


class _Page:
    """What lies where a name might stand, by tiles of the page."""

    TILE, REACH = 240, 70  # px; a name is asked about in the tile of its middle and reaches so far beyond it

    def __init__(self, drawing: Drawing) -> None:
        self.borders = borders(drawing)
        self.lines: dict[tuple[int, int], list[tuple[Segment, str]]] = defaultdict(list)
        self.boxes: dict[tuple[int, int], list[Box]] = defaultdict(list)
        for edge in drawing.edges:
            for (x1, y1), (x2, y2) in segments(edge.points):
                for tile in self._tiles((min(x1, x2), min(y1, y2), abs(x1 - x2) + 1, abs(y1 - y2) + 1)):
                    self.lines[tile].append((((x1, y1), (x2, y2)), edge.id))
        for box in (*(n.box for n in drawing.nodes.values()), *marks(drawing), captions(drawing)):
            self.take(box)

    def _tiles(self, box: Box) -> Iterator[tuple[int, int]]:
        x, y, w, h = grown(box, self.REACH)
        across = range(x // self.TILE, (x + w) // self.TILE + 1)
        return itertools.product(across, range(y // self.TILE, (y + h) // self.TILE + 1))

    def take(self, box: Box) -> None:
        """Nothing else may stand there."""
        for tile in self._tiles(box):
            self.boxes[tile].append(box)

    def cost(self, box: Box, own: str) -> float:
        """Of a name in this box; `own` is the flow it belongs to."""
        tile = (box[0] + box[2] // 2) // self.TILE, (box[1] + box[3] // 2) // self.TILE
        hits = sum(overlap(grown(box, 1), other) for other in self.boxes[tile])
        hits += sum(cuts(grown(box, 1), line) for line in self.borders)
        close = 0
        wide = grown(box, ASTRAY)
        lines = [(line, id_) for line, id_ in self.lines[tile] if cuts(wide, line)]
        for line, id_ in lines:
            if cuts(grown(box, -1 if id_ == own else CLEAR), line):
                hits += 1
            elif id_ != own:
                close += 40 if own else 4  # also on a stem: whose name it is should be seen
        return 500.0 * hits + close


def _around(node: Node) -> Iterator[Box]:
    """Boxes for the name of an event or gateway, the best first: below, above, at the corners, beside what leaves there."""
    w, h = text_box(node.name)
    x, y, s, _ = node.box
    middle = x + s // 2 - w // 2
    for aside in (0, 8, -8, 16, -16, 26, -26):
        yield from ((middle + aside, y + s + 4, w, h), (middle + aside, y - h - 4, w, h))
    for far in (0, 8, 24, 44):
        for at in (y - h - 2 - far, y + s + far):
            yield from ((x + s - 4 + far // 2, at, w, h), (x - w + 4 - far // 2, at, w, h))
    for across in (s // 2 + CLEAR + 1, s // 2 - w - CLEAR - 1):
        for down in (s + 4, s + 10, -h - 4, -h - 10):
            yield (x + across, y + down, w, h)
    for across in (s + 2, s - 6, -w - 2, -w + 6):  # beside, above or below the line that goes level
        for down in (s // 2 + CLEAR + 2, s // 2 - h - CLEAR - 2):
            yield (x + across, y + down, w, h)
    yield from ((middle, y + s + 4 + PITCH, w, h), (middle, y - h - 4 - PITCH, w, h))


def _beside(edge: Edge) -> Iterator[Box]:
    """Boxes for the name of a flow: near its beginning, on both sides of each of its segments in turn."""
    w, h = text_box(edge.name)
    for ((x1, y1), (x2, y2)), away in itertools.product(segments(edge.points), (3, 8)):
        flat = y1 == y2
        for t in (6, 13, 20, 30, 40, 60, 80, 100, 130, 160, 200):
            if t > 6 and t + (w if flat else h) > abs(x2 - x1) + abs(y2 - y1):
                break
            if flat:
                x = x1 + t if x2 > x1 else x1 - t - w
                yield from ((x, y1 - h - away, w, h), (x, y1 + away, w, h))
            else:
                y = y1 + t if y2 > y1 else y1 - t - h
                yield from ((x1 + 1 + away, y, w, h), (x1 - w - 1 - away, y, w, h))
