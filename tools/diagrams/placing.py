"""Where nodes stand: columns by longest path, lanes and rows in the order that costs the fewest crossings.

A boundary event sits on its activity: what it leads to comes after that. The order of lanes and rows is found by trying: what an
order costs is estimated from edges drawn in the simplest way, without routing them.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator

from tools.diagrams.model import HEAD, PITCH, TASK, Drawing, Edge, Node, text_box

GAP, ROW_GAP, PAD = 60, 60, 40
CROSSING, BEND, BLOCKED, DROP, CLIMB, BACK = 6.0, 1.5, 3.0, 0.35, 0.5, 1.0
ROW = (4.0, 2.5, 6.0)  # by trial: what a row more may cost
START = 1.0  # of a row above the start: one begins to read at the top left
TRIES = 6  # rounds over all nodes

Slots = dict[str, tuple[str, int]]  # node → lane, row
_Stroke = tuple[float, float, float, Edge]  # where it lies, from, to


def place(drawing: Drawing, trial: int = 0) -> None:
    """Gives every node, lane and the pool its coordinates on the grid; a trial tries moves in its own order and prices rows its own way."""
    for node in drawing.nodes.values():
        node.rank = 0
    forward = _forward(drawing)
    _rank(drawing, forward)
    slots = _first_slots(drawing, forward)
    order = _Search(drawing, slots, trial).run()
    drawing.lanes = {lane: drawing.lanes[lane] for lane in order}
    for id_, (_, row) in slots.items():
        drawing.nodes[id_].row = row
    _coordinates(drawing)


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
    """Longest path from the start; what only leads on then moves right, next to what follows."""
    nodes = drawing.nodes
    changed = True
    while changed:
        changed = False
        for id_, targets in forward.items():
            for target in targets:
                if nodes[target].rank <= nodes[id_].rank:
                    nodes[target].rank = nodes[id_].rank + 1
                    changed = True
    before = Counter(t for targets in forward.values() for t in targets)
    for id_ in sorted((i for i, t in forward.items() if t), key=lambda i: -nodes[i].rank):
        nearest = min(nodes[t].rank for t in forward[id_])
        if nodes[id_].rank < nearest - 1 and before[id_] < len(forward[id_]):
            nodes[id_].rank = nearest - 1


def _first_slots(drawing: Drawing, forward: dict[str, list[str]]) -> Slots:
    """A node stays in the row of what leads to it, where that is free."""
    before: dict[str, list[Node]] = defaultdict(list)
    for id_, targets in forward.items():
        for target in targets:
            before[target].append(drawing.nodes[id_])
    taken: set[tuple[str, int, int]] = set()
    slots: Slots = {}
    for node in sorted((n for n in drawing.nodes.values() if not n.host), key=lambda n: n.rank):
        rows = [slots[p.id][1] for p in before[node.id] if p.lane == node.lane and p.id in slots]
        wish = min(rows) if rows else 0
        row = min((r for r in range(20) if (node.lane, r, node.rank) not in taken), key=lambda r: (abs(r - wish), r))
        taken.add((node.lane, row, node.rank))
        slots[node.id] = (node.lane, row)
    return slots


class _Search:
    """Moves nodes, and runs of nodes, to other rows of their lane, and lanes past each other, as long as that helps."""

    def __init__(self, drawing: Drawing, slots: Slots, trial: int) -> None:
        self.row = ROW[trial % len(ROW)]
        self.chance = random.Random(trial) if trial else None  # noqa: S311 - the order of tries, nothing secret
        self.nodes, self.slots = drawing.nodes, slots
        self.lanes = list(drawing.lanes)
        begun = {n.id for n in drawing.nodes.values() if n.tag == "startEvent"}
        self.starts = [*begun, *(e.target for e in drawing.edges if e.source in begun)]
        self.edges = [(self._at(e.source), e.target, e) for e in drawing.edges]

    def _at(self, id_: str) -> str:
        return self.nodes[id_].host or id_

    def run(self) -> list[str]:
        """Changes the slots; the order of the lanes."""
        best = self.cost()
        for _ in range(TRIES):
            was = best
            best = self._lanes(best)
            for move in self._moves():
                self._apply(move)
                now = self.cost()
                if now < best - 1e-6:
                    best = now
                else:
                    self._apply([(id_, new, old) for id_, old, new in move])
            self._close_up()
            best = self.cost()
            if best >= was - 1e-6:
                break
        return self.lanes

    def _lanes(self, best: float) -> float:
        for a, b in itertools.combinations(range(len(self.lanes)), 2):
            self.lanes[a], self.lanes[b] = self.lanes[b], self.lanes[a]
            now = self.cost()
            if now < best - 1e-6:
                best = now
            else:
                self.lanes[a], self.lanes[b] = self.lanes[b], self.lanes[a]
        return best

    def _moves(self) -> Iterator[list[tuple[str, int, int]]]:
        """Each: which nodes go from which row to which."""
        groups = [[id_] for id_ in self.slots] + [run for run in self._runs() if len(run) > 1]
        if self.chance:
            self.chance.shuffle(groups)
        for group in groups:
            lane, row = self.slots[group[0]]
            high = max(r for place, r in self.slots.values() if place == lane)
            for to in range(-1, high + 2):
                lane, row = self.slots[group[0]]
                if to == row or any(self.slots[g][1] != row for g in group):
                    continue
                ranks = {self.nodes[g].rank for g in group}
                there = [i for i, s in self.slots.items() if s == (lane, to) and self.nodes[i].rank in ranks]
                yield [(g, row, to) for g in group] + [(t, to, row) for t in there]

    def _runs(self) -> list[list[str]]:
        """Nodes that follow each other level, as long as nothing else stands between."""
        after = {
            s: t for s, t, _ in self.edges if self.slots[s] == self.slots[t] and self.nodes[t].rank > self.nodes[s].rank
        }
        runs = []
        for start in self.slots:
            run = [start]
            while run[-1] in after and after[run[-1]] not in run:
                run.append(after[run[-1]])
                runs.append(list(run))
        return runs

    def _apply(self, move: list[tuple[str, int, int]]) -> None:
        for id_, _, to in move:
            self.slots[id_] = (self.slots[id_][0], to)

    def _close_up(self) -> None:
        """Rows from 0 without empty ones."""
        for lane in self.lanes:
            rows = sorted({r for place, r in self.slots.values() if place == lane})
            for id_, (place, row) in self.slots.items():
                if place == lane:
                    self.slots[id_] = (lane, rows.index(row))

    def cost(self) -> float:
        """Of this order: crossings, climbs, bends, level edges through nodes, rows."""
        y, height = self._heights()
        occupied: dict[float, list[int]] = defaultdict(list)
        for id_ in self.slots:
            occupied[y[id_]].append(self.nodes[id_].rank)
        total = self.row * height + START * sum(y[s] for s in self.starts)
        across: list[_Stroke] = []
        down: list[_Stroke] = []
        for number, (source, target, edge) in enumerate(self.edges):
            total += DROP * max(0.0, y[target] - y[source]) + CLIMB * max(0.0, y[source] - y[target])
            ends = ((self.nodes[source].rank, y[source]), (self.nodes[target].rank, y[target]))
            total += _simplest(ends, edge, occupied, number, across, down, soon=not self.nodes[target].is_task)
        return total + CROSSING * _crossings(across, down)

    def _heights(self) -> tuple[dict[str, float], float]:
        """Where each node stands, in rows from the top, and how many rows there are."""
        base, height = {}, 0.0
        for lane in self.lanes:
            rows = [r for place, r in self.slots.values() if place == lane] or [0]
            base[lane] = height - min(rows)
            height += max(rows) - min(rows) + 1.4
        return {id_: base[lane] + row for id_, (lane, row) in self.slots.items()}, height


def _simplest(
    ends: tuple[tuple[float, float], tuple[float, float]],
    edge: Edge,
    occupied: dict[float, list[int]],
    number: int,
    across: list[_Stroke],
    down: list[_Stroke],
    *,
    soon: bool,
) -> float:
    """Draws an edge in the simplest way (level, then up or down, or first up or down: what meets fewer nodes) and prices it."""
    (x1, y1), (x2, y2) = ends
    if x2 <= x1:  # back over the top, each on its own line
        line = min(y1, y2) - 0.5 + number * 0.001
        across.append((line, x2, x1, edge))
        down += [(x1, line, y1, edge), (x2, line, y2, edge)]
        return BACK
    met_first, met_last = (sum(x1 < at < x2 for at in occupied[y]) for y in (y1, y2))
    if y1 == y2:
        across.append((y1, x1, x2, edge))
        return BLOCKED * met_first
    if met_first < met_last or (met_first == met_last and not soon):
        turn = x2 - 0.5
        across.append((y1, x1, turn, edge))
    else:
        turn = x1 + 0.5
        across.append((y2, turn, x2, edge))
    down.append((turn, min(y1, y2), max(y1, y2), edge))
    return BEND + BLOCKED * min(met_first, met_last)


def _crossings(across: list[_Stroke], down: list[_Stroke]) -> int:
    count = 0
    for x, top, bottom, a in down:
        for y, left, right, b in across:
            if top < y < bottom and left < x < right and a is not b and a.source != b.source and a.target != b.target:
                count += 1
    return count


def _coordinates(drawing: Drawing) -> None:
    attached = [n for n in drawing.nodes.values() if n.host]
    free = [n for n in drawing.nodes.values() if not n.host]
    for node in attached:
        host = drawing.nodes[node.host]
        node.rank, node.row, node.lane = host.rank, host.row, host.lane
    x = HEAD + 20 + PAD
    for rank in sorted({n.rank for n in free}):
        column = [n for n in free if n.rank == rank]
        wide = max(node.size[0] for node in column)
        for node in column:
            node.x = x + (wide - node.size[0]) // 2
        x += wide + _gap(drawing, rank)
    x += 2 * PITCH  # the names of ends that have lines above and below stand beside them
    y = 0
    for lane in drawing.lanes:
        y = _lane(drawing, lane, y, x)
    beside: Counter[str] = Counter()
    for node in attached:
        host = drawing.nodes[node.host]
        node.x = host.x + host.size[0] - 3 * PITCH - 3 * PITCH * beside[host.id]
        node.y = host.y + host.size[1] - node.size[1] // 2
        beside[host.id] += 1
    drawing.width, drawing.height = x, y


def _lane(drawing: Drawing, lane: str, top: int, right: int) -> int:
    """Stacks the rows of a lane, each as high as what stands in it; where the lane ends."""
    inside = [n for n in drawing.nodes.values() if n.lane == lane]
    y = top + PAD
    for row in range(max((n.row for n in inside), default=0) + 1):
        here = [n for n in inside if n.row == row and not n.host]
        high = max((n.size[1] for n in here), default=TASK[1])
        for node in here:
            node.y = y + (high - node.size[1]) // 2
        under = any(n.host and n.row == row for n in inside)  # room for what leaves there
        y += high + ROW_GAP + (PITCH if under else 0)
    y += PAD - ROW_GAP + (PITCH if any(n.host for n in inside) else 0)
    drawing.lanes[lane] = (HEAD - 10, top, right - HEAD + 10, y - top)
    return y


def _gap(drawing: Drawing, rank: int) -> int:
    """Room right of a layer: for the names of the edges that leave it, and for those that go up or down there."""
    leaving = [e for e in drawing.edges if drawing.nodes[e.source].rank == rank]
    turning = [e for e in drawing.edges if drawing.nodes[e.source].rank == rank + 1 and _turns_back(drawing, e)]
    words = max(
        (text_box(e.name)[0] for e in (*leaving, *turning) if e.name and (e in turning or _level(drawing, e))),
        default=0,
    )
    steep = sum(not _level(drawing, e) for e in leaving)
    room = max(GAP + PITCH * min(4, max(0, steep - 2)), words + 30 + (PITCH if steep > 1 else 0))
    return -(-room // PITCH) * PITCH


def _level(drawing: Drawing, edge: Edge) -> bool:
    a, b = drawing.nodes[edge.source], drawing.nodes[edge.target]
    return not a.host and (a.lane, a.row) == (b.lane, b.row)


def _turns_back(drawing: Drawing, edge: Edge) -> bool:
    return drawing.nodes[edge.target].rank <= drawing.nodes[edge.source].rank
