"""Orthogonal edges on the grid by A*: short, few bends, few crossings, never through a node.

Edges of one source may leave it together, edges to one target may arrive together: such a stem is shared from its beginning (or
to its end) without a break, never in between. Strangers never run on each other. After the first pass every edge is taken up
and laid anew while the others lie, as long as that makes the whole cheaper.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator

from tools.diagrams.model import PITCH, Drawing, Edge, Node, Point, akin

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # east, south, west, north; opposite is (n + 2) % 4
EAST, SOUTH, WEST, NORTH = range(4)
BEND, CROSS, SHARE, FORK = 5.0, 9.0, 200.0, 60.0
# Of a step on a shared stem: names want a line of their own, the stroke of a default flow still more.
STEM, NAMED_STEM, DEFAULT_STEM = -0.5, 10.0, 90.0
NEAR, SOFT, BORDER, BESIDE = 1.0, 3.0, 8.0, 0.3
MARGIN = 14  # columns of the grid left and right of both ends where a way is looked for first
ROUNDS = 4


class Router:
    """Lays the edges of a placed drawing."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.wide, self.high = drawing.width // PITCH, drawing.height // PITCH
        self.row = self.wide + 1
        self.delta = [dx + dy * self.row for dx, dy in STEPS]
        size = self.row * (self.high + 1)
        self.blocked = bytearray(size)
        self.along = [[1.0] * size, [1.0] * size]  # price of entering a cell across, down
        self.passed: dict[int, dict[str, Edge]] = defaultdict(dict)
        self.used: dict[tuple[int, int], dict[str, Edge]] = defaultdict(dict)
        self.corners: Counter[int] = Counter()
        self.ports: Counter[tuple[int, str]] = Counter()
        self.paths: dict[str, list[int]] = {}
        self.attached: dict[str, set[int]] = defaultdict(set)
        self._ground()

    def _ground(self) -> None:
        for node in self.drawing.nodes.values():
            x, y, w, h = (v // PITCH for v in node.box)
            cells = {i + j * self.row for i in range(x, x + w + 1) for j in range(y, y + h + 1)}
            for cell in cells:
                self.blocked[cell] = 1
            if node.host:
                self.attached[node.host] |= cells
            if not node.is_task and node.name:
                for i in range(x - 1, x + w + 2):
                    self._dear((i, y + h + 1), SOFT, SOFT)
            for i, j in itertools.product(range(x - 1, x + w + 2), range(y - 1, y + h + 2)):
                if not (x <= i <= x + w and y <= j <= y + h):
                    inside_x, inside_y = x <= i <= x + w, y <= j <= y + h
                    self._dear((i, j), NEAR if inside_x else 0, NEAR if inside_y else 0)
        for _, y, _, h in self.drawing.lanes.values():
            for line in (y, y + h):
                for i in range(self.row):
                    self._dear((i, line // PITCH), BORDER, 0)

    def _dear(self, at: Point, across: float, down: float) -> None:
        if 0 <= at[0] <= self.wide and 0 <= at[1] <= self.high:
            self.along[0][at[0] + at[1] * self.row] += across
            self.along[1][at[0] + at[1] * self.row] += down

    def run(self) -> None:
        """Straight ones first, then by length: what is short gets the short way. Then in rounds, until nothing gets better."""
        costs: dict[str, float] = {}
        for edge in sorted(self.drawing.edges, key=self._order):
            costs[edge.id] = self._lay(edge)
        for _ in range(ROUNDS):
            moved = False
            for edge in sorted(self.drawing.edges, key=lambda e: (-costs[e.id], e.id)):
                old = self.paths[edge.id]
                self._lift(edge)
                costs[edge.id] = self._lay(edge)
                moved |= self.paths[edge.id] != old
            if not moved:
                break
        for edge in self.drawing.edges:
            cells = [(c % self.row * PITCH, c // self.row * PITCH) for c in self.paths[edge.id]]
            edge.points = _corners(cells)

    def _order(self, edge: Edge) -> tuple[int, int, str]:
        a, b = self.drawing.nodes[edge.source], self.drawing.nodes[edge.target]
        straight = not a.host and (a.lane, a.row) == (b.lane, b.row) and b.rank > a.rank
        return (0 if straight else 1, abs(a.x - b.x) + abs(a.y - b.y) + (4000 if b.rank <= a.rank else 0), edge.id)

    def _sides(self, edge: Edge, node: Node, *, leaving: bool) -> Iterator[tuple[int, int, float]]:
        """Ports: cell, outward direction, cost. What leaves and what enters never share one."""
        same, other = ("out", "in") if leaving else ("in", "out")
        best, worst = (EAST, WEST) if leaving else (WEST, EAST)
        x, y, w, h = (v // PITCH for v in node.box)
        crowd = 40.0 if node.is_task else 8.0
        if not node.is_task and (not leaving or not edge.name):
            crowd = 1.0
        for side, (dx, dy) in enumerate(STEPS):
            if node.host and side != SOUTH:
                continue
            base = 0 if side == best else 24 if side == worst else 3
            reach = 0 if not node.is_task else 2 if dy else 1
            for off in range(-reach, reach + 1):
                cell = (
                    x + w // 2 + (dx * w // 2 if dx else off) + (y + h // 2 + (dy * h // 2 if dy else off)) * self.row
                )
                if side == SOUTH and cell in self.attached.get(node.id, ()):
                    continue
                yield cell, side, base + abs(off) * 2 + crowd * self.ports[cell, same] + 150 * self.ports[cell, other]

    def _lay(self, edge: Edge) -> float:
        a, b = self.drawing.nodes[edge.source], self.drawing.nodes[edge.target]
        left = min(a.x, b.x) // PITCH - MARGIN
        right = max(a.x, b.x) // PITCH + MARGIN + 6
        found = self._find(edge, max(4, left), min(self.wide - 1, right)) or self._find(edge, 4, self.wide - 1)
        if found is None:
            raise ValueError(f"连线 {edge.id} 无路可走")
        cost, path = found
        self.ports[path[0], "out"] += 1
        self.ports[path[-1], "in"] += 1
        self.paths[edge.id] = path
        for cell in path:
            self.passed[cell][edge.id] = edge
        for pair in itertools.pairwise(path):
            self.used[pair][edge.id] = edge
        self.corners.update(_turns(path))
        return cost

    def _lift(self, edge: Edge) -> None:
        path = self.paths.pop(edge.id)
        self.ports[path[0], "out"] -= 1
        self.ports[path[-1], "in"] -= 1
        for cell in path:
            self.passed[cell].pop(edge.id, None)
        for pair in itertools.pairwise(path):
            self.used[pair].pop(edge.id, None)
        self.corners.subtract(_turns(path))

    def _find(self, edge: Edge, left: int, right: int) -> tuple[float, list[int]] | None:
        """The cheapest way within these columns, and its price."""
        b = self.drawing.nodes[edge.target]
        goals = {cell * 4 + (side + 2) % 4: price for cell, side, price in self._sides(edge, b, leaving=False)}
        gx, gy = (b.x + b.size[0] // 2) // PITCH, (b.y + b.size[1] // 2) // PITCH
        row, delta, blocked, along = self.row, self.delta, self.blocked, self.along
        cost: dict[int, float] = {}
        came: dict[int, int] = {}
        heap: list[tuple[float, int]] = []
        for cell, side, base in self._sides(edge, self.drawing.nodes[edge.source], leaving=True):
            cost[cell * 4 + side], came[cell * 4 + side] = base, -1
            heapq.heappush(heap, (base, cell * 4 + side))
        done: set[int] = set()
        while heap:
            _, state = heapq.heappop(heap)
            if state in done:
                continue
            done.add(state)
            cell, way = divmod(state, 4)
            first = came[state] == -1
            if state in goals and not first:
                return cost[state], self._trace(came, state)
            spent = cost[state]
            busy = bool(self.passed.get(cell))
            for turn in (way,) if first else (way, (way + 1) % 4, (way + 3) % 4):
                new = cell + delta[turn]
                if not left <= new % row <= right or not row <= new < row * self.high:
                    continue
                to = new * 4 + turn
                if blocked[new] and to not in goals:
                    continue
                price = spent + along[turn & 1][new] + (0 if way == turn else BEND) + goals.get(to, 0)
                if busy or self.passed.get(new):
                    price += self._meeting(edge, cell, new, cell - delta[way], bent=way != turn, first=first)
                price += self._company(edge, new, delta[(turn + 1) % 4], cell - new)
                if price < cost.get(to, 1e9):
                    cost[to], came[to] = price, state
                    guess = max(0, abs(new % row - gx) + abs(new // row - gy) - 5)
                    heapq.heappush(heap, (price + guess, to))
        return None

    def _company(self, edge: Edge, new: int, side: int, back: int) -> float:
        """Of running next to a stranger: twenty px are enough to read, forty are better."""
        price = 0.0
        for beside in (new + side, new - side):
            there = self.passed.get(beside)
            if there and (self.used.get((beside, beside + back)) or self.used.get((beside + back, beside))):
                price += BESIDE
        return price

    def _meeting(self, edge: Edge, old: int, new: int, before: int, *, bent: bool, first: bool) -> float:
        """What a step costs where other edges lie: crossing, running along, and all that would read as a fork."""
        price = 0.0
        here, there = self.passed.get(old, {}), self.passed.get(new, {})
        ahead, behind = self.used.get((old, new), {}), self.used.get((before, old), {})
        against = self.used.get((new, old), {})
        price += SHARE * len(against)
        for id_, other in ahead.items():
            if not akin(edge, other):
                price += SHARE
            elif other.source == edge.source and other.target != edge.target:
                price += _stem(edge, other) if first or id_ in behind else SHARE
            else:
                price += STEM
        for id_, other in there.items():
            if id_ not in ahead and id_ not in against and other.target != edge.target:
                price += CROSS + (FORK if self.corners[new] > 0 and self._turns_at(id_, new) else 0)
        if first:
            return price
        for id_, other in here.items():
            if id_ in ahead:
                continue
            if other.target == edge.target:
                price += SHARE if id_ in behind else CROSS  # a stem is not left before the target
            elif bent and id_ not in behind:
                price += FORK  # a bend on another edge
        return price

    def _turns_at(self, id_: str, cell: int) -> bool:
        path = self.paths[id_]
        at = path.index(cell)
        return 0 < at < len(path) - 1 and path[at] - path[at - 1] != path[at + 1] - path[at]

    def _trace(self, came: dict[int, int], state: int) -> list[int]:
        path = []
        while state != -1:
            path.append(state // 4)
            state = came[state]
        return path[::-1]


def _stem(edge: Edge, other: Edge) -> float:
    if edge.default or other.default:
        return DEFAULT_STEM
    return NAMED_STEM if edge.name or other.name else STEM


def _turns(path: list[int]) -> list[int]:
    return [at for before, at, after in zip(path, path[1:], path[2:], strict=False) if at - before != after - at]


def _corners(path: list[Point]) -> list[Point]:
    kept = [path[0]]
    for before, at, after in zip(path, path[1:], path[2:], strict=False):
        if (at[0] - before[0], at[1] - before[1]) != (after[0] - at[0], after[1] - at[1]):
            kept.append(at)
    return [*kept, path[-1]]
