"""FEEL, the one expression language: parse, check, compile, evaluate. Imports nothing of ours.

``compile`` turns text into an ``Expression``; ``Expression.evaluate`` gives its value over a mapping of data. Nothing
here reads a clock, a file or a Python attribute on behalf of an expression.
"""

from feel.budget import MODELLER, STANDARD, Budget, Host, Meter
from feel.errors import FeelError
from feel.expression import Expression, compile
from feel.paths import compared_with, may_be_true, needed_members, paths, texts_compared
from feel.taken import Taken
from feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from feel.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATE_TIME,
    DURATION,
    NUMBER,
    STRING,
    TIME,
    YEAR_MONTH_DURATION,
    Type,
    context_of,
    list_of,
    range_of,
)
from feel.values import Function, Range

__all__ = [
    "ANY",
    "BOOLEAN",
    "DATE",
    "DATE_TIME",
    "DURATION",
    "MODELLER",
    "NUMBER",
    "STANDARD",
    "STRING",
    "TIME",
    "YEAR_MONTH_DURATION",
    "Budget",
    "Date",
    "DateTime",
    "DayTimeDuration",
    "Expression",
    "FeelError",
    "Function",
    "Host",
    "Meter",
    "Range",
    "Taken",
    "Time",
    "Type",
    "YearMonthDuration",
    "compared_with",
    "compile",
    "context_of",
    "list_of",
    "may_be_true",
    "needed_members",
    "paths",
    "range_of",
    "texts_compared",
]
