"""What makes a diagram hard to read, counted."""

from __future__ import annotations

import itertools

from tools.diagrams.model import (
    Box,
    Drawing,
    Edge,
    Node,
    Segment,
    akin,
    along,
    apart,
    borders,
    captions,
    crosses,
    cuts,
    grown,
    marks,
    overlap,
    segments,
)

FAR = 30  # px; a name farther from its shape is taken for another's
TOUCH = 3  # px; a line nearer to a name than this touches it on the screen
CLOSE = 9  # px; a line nearer to a shape it does not belong to seems to end there


def faults(drawing: Drawing) -> dict[str, int]:
    """What must not be in a diagram at all, each kind with its count.

    Edges from one source may leave it together and edges to one target may arrive together, without a break; anywhere else two
    edges on each other are a fault.
    """
    nodes = list(drawing.nodes.values())
    named = [n.label for n in nodes if n.label]
    labels = named + [e.label for e in drawing.edges if e.label]
    lines = [(s, e) for e in drawing.edges for s in segments(e.points)]
    return {
        "nodes_overlapping": sum(
            overlap(a.box, b.box) for a, b in itertools.combinations(nodes, 2) if a.host != b.id and b.host != a.id
        ),
        "nodes_outside_lane": sum(not _inside(n.box, drawing.lanes.get(n.lane)) for n in nodes),
        "edges_without_points": sum(len(e.points) < 2 for e in drawing.edges),
        "edges_through_nodes": sum(
            cuts(grown(n.box, CLOSE), s)
            for s, e in lines
            for n in nodes
            if n.id not in (e.source, e.target, drawing.nodes[e.source].host)
            and n.host not in (e.source, e.target, drawing.nodes[e.source].host or "-")
        ),
        "edges_along_edges": _running_together(drawing.edges),
        "edges_along_borders": sum(along(s, b) > 0 for s, _ in lines for b in borders(drawing)),
        "bends_on_edges": _bends_on_edges(drawing.edges),
        "labels_on_nodes": sum(overlap(b, n.box) for b in labels for n in nodes),
        "labels_on_labels": sum(overlap(a, b) for a, b in itertools.combinations(labels, 2)),
        "labels_on_edges": sum(cuts(grown(b, TOUCH), s) for b in named for s, _ in lines)
        + sum(
            cuts(grown(e.label, -1 if other.id == e.id or _stem(s, e) else TOUCH), s)
            for e in drawing.edges
            if e.label
            for s, other in lines
        ),
        "labels_on_borders": sum(cuts(b, s) for b in labels for s in borders(drawing))
        + sum(overlap(b, captions(drawing)) for b in labels),
        "labels_far_away": sum(apart(n.label, n.box) > FAR for n in nodes if n.label),
        "labels_on_marks": sum(overlap(b, m) for b in labels for m in marks(drawing)),
        "strokes_on_stems": _strokes_on_stems(drawing.edges),
        "names_missing": sum(bool(n.name) and n.label is None for n in _named(drawing))
        + sum(bool(e.name) and e.label is None for e in drawing.edges),
    }


def measures(drawing: Drawing) -> dict[str, int]:
    """What is better small: crossings of any two edges, bends, size, and the px edges are longer than the way there."""
    lines = [(s, e) for e in drawing.edges for s in segments(e.points)]
    return {
        "crossings": sum(crosses(s, t) for (s, a), (t, b) in itertools.combinations(lines, 2) if a is not b),
        "bends": sum(max(0, len(e.points) - 2) for e in drawing.edges),
        "detours": sum(_detour(e) for e in drawing.edges if len(e.points) > 1),
        "width": drawing.width,
        "height": drawing.height,
    }


def strain(drawing: Drawing) -> float:
    """How hard the diagram is to read, as one number: faults, then crossings, then bends, detours and size."""
    of = measures(drawing)
    size = of["height"] / 30 + of["width"] / 60
    return 50 * sum(faults(drawing).values()) + 8 * of["crossings"] + of["bends"] + of["detours"] / 100 + size


def _named(drawing: Drawing) -> list[Node]:
    return [n for n in drawing.nodes.values() if not n.is_task]


def _inside(box: Box, lane: Box | None) -> bool:
    return lane is None or (box[0] >= lane[0] and box[1] >= lane[1] and box[1] + box[3] <= lane[1] + lane[3])


def _length(edge: Edge) -> int:
    return sum(abs(a - c) + abs(b - d) for (a, b), (c, d) in segments(edge.points))


def _detour(edge: Edge) -> int:
    (x1, y1), (x2, y2) = edge.points[0], edge.points[-1]
    return max(0, _length(edge) - abs(x1 - x2) - abs(y1 - y2))


def _stem(segment: Segment, edge: Edge) -> bool:
    """Whether an edge runs on this segment of another."""
    return any(along(segment, s) for s in segments(edge.points))


def _running_together(edges: list[Edge]) -> int:
    """Pairs that run on each other other than from their common source or to their common target."""
    count = 0
    for a, b in itertools.combinations(edges, 2):
        shared = sum(along(s, t) for s in segments(a.points) for t in segments(b.points))
        if shared:
            allowed = _together(a.points, b.points) if a.source == b.source else 0
            if a.target == b.target:
                allowed += _together(a.points[::-1], b.points[::-1])
            count += shared > allowed
    return count


def _strokes_on_stems(edges: list[Edge]) -> int:
    """Default flows that leave on the stem of another flow: whose stroke it is cannot be seen."""
    return sum(
        _together(a.points, b.points) > 0
        for a, b in itertools.permutations(edges, 2)
        if a.default and a.source == b.source
    )


def _together(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> int:
    """How far two lines go the same way from their common beginning."""
    if a[0] != b[0]:
        return 0
    length = 0
    for s, t in zip(segments(a), segments(b), strict=False):
        length += along(s, t)
        if s[1] != t[1]:
            break
    return length


def _bends_on_edges(edges: list[Edge]) -> int:
    """Bends of an edge on a stranger: they read as a fork."""
    count = 0
    for a, b in itertools.permutations(edges, 2):
        if not akin(a, b):
            count += sum(
                cuts((x, y, 1, 1), s) and _on((x, y), s) for x, y in a.points[1:-1] for s in segments(b.points)
            )
    return count


def _on(point: tuple[int, int], segment: Segment) -> bool:
    (x1, y1), (x2, y2) = segment
    return min(x1, x2) <= point[0] <= max(x1, x2) and min(y1, y2) <= point[1] <= max(y1, y2)
