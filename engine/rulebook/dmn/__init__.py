"""Decision models (DMN) on FEEL: load, decide, and say which rule answered and on which article."""

from engine.rulebook.dmn.decisions import Answer, Decisions, Fault, load
from engine.rulebook.dmn.gaps import Finding, check_model, check_table
from engine.rulebook.dmn.model import DmnError
from engine.rulebook.dmn.table import Match
from engine.rulebook.dmn.xml import parse

__all__ = [
    "Answer",
    "Decisions",
    "DmnError",
    "Fault",
    "Finding",
    "Match",
    "check_model",
    "check_table",
    "load",
    "parse",
]
