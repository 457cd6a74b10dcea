"""BPMN diagrams: from a sketch or a BPMN file to a laid-out one with lanes, columns and orthogonal edges, and whether it can be read.

What is laid out is what bpmn-js shows: one pool, lanes, shapes, edges, names. Nothing of the meaning of a file changes.
`python -m tools.diagrams` is the command line.
"""

from __future__ import annotations

from typing import Any

from tools.diagrams.files import drawing_of, parse, q, write_diagram
from tools.diagrams.lint import faults, measures, strain
from tools.diagrams.model import Drawing
from tools.diagrams.naming import label
from tools.diagrams.picture import svg
from tools.diagrams.placing import place
from tools.diagrams.routing import Router
from tools.diagrams.sketch import compose

__all__ = [
    "Drawing",
    "compose",
    "drawing_of",
    "faults",
    "lay_out",
    "measures",
    "name_anew",
    "parse",
    "q",
    "strain",
    "svg",
]


TRIALS = 6  # ways of placing that are tried; the one that reads best is kept


def lay_out(root: Any, trials: int = TRIALS) -> bytes:
    """A BPMN tree with a fresh diagram, as bytes."""
    drawing = drawing_of(root)
    lanes = dict(drawing.lanes)
    best = (float("inf"), b"")
    for trial in range(trials):
        drawing.lanes = dict(lanes)
        for node in drawing.nodes.values():
            node.label = None
        for edge in drawing.edges:
            edge.label = None
        place(drawing, trial)
        Router(drawing).run()
        label(drawing)
        best = min(best, (strain(drawing), write_diagram(root, drawing)))
    return best[1]


def name_anew(root: Any) -> bytes:
    """A BPMN tree whose names are put anew beside shapes and edges that stay, as bytes: after a change of names only."""
    drawing = drawing_of(root)
    label(drawing)
    return write_diagram(root, drawing)
