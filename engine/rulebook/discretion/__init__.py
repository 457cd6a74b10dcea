"""Discretion: from a violation item and its circumstances to tier, range and amount, each with its article.

The face: `load_book` reads the content, `discretion` finds, `rule_on` judges an amount, `overload` measures a vehicle,
`narrowing_faults` checks a province against the nation. Pure.
"""

from engine.rulebook.discretion.book import (
    BadDiscretion,
    Book,
    Item,
    Parameter,
    load_book,
    narrowing_faults,
    with_parameters,
)
from engine.rulebook.discretion.finding import Charge, Factor, Finding, discretion
from engine.rulebook.discretion.overload import Overload, overload
from engine.rulebook.discretion.ruling import Ruling, combined_cap, rule_on

__all__ = [
    "BadDiscretion",
    "Book",
    "Charge",
    "Factor",
    "Finding",
    "Item",
    "Overload",
    "Parameter",
    "Ruling",
    "combined_cap",
    "discretion",
    "load_book",
    "narrowing_faults",
    "overload",
    "rule_on",
    "with_parameters",
]
