"""Decision models (DMN) on FEEL: load, decide, and say which rule answered and on which article."""

from engine.rulebook.dmn.decisions import Answer, Decisions, Fault, load
from engine.rulebook.dmn.model import DmnError
from engine.rulebook.dmn.table import Match

__all__ = ["Answer", "Decisions", "DmnError", "Fault", "Match", "load"]
