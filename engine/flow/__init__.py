"""The only room that knows SpiffWorkflow: parse, run, freeze, move."""

from engine.flow.definition import Definition, Place, Step
from engine.flow.definition import parse_files as parse
from engine.flow.errors import BadDiagram, Fault, FlowError, Refused, Runaway, Uncaught, Unthawable
from engine.flow.freeze import FORMAT
from engine.flow.host import Host, Passed
from engine.flow.lint import all_of as faults
from engine.flow.move import MovePlan
from engine.flow.move import Place as Position
from engine.flow.run import Run, Waiting

__all__ = [
    "FORMAT",
    "BadDiagram",
    "Definition",
    "Fault",
    "FlowError",
    "Host",
    "MovePlan",
    "Passed",
    "Place",
    "Position",
    "Refused",
    "Run",
    "Runaway",
    "Step",
    "Uncaught",
    "Unthawable",
    "Waiting",
    "faults",
    "parse",
]
