"""The FEEL types of what content names, so that hopeless comparisons are found before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import feel
from content.elements import Element, Elements
from content.process import Parameter

_SIMPLE: Final = {
    "integer": feel.NUMBER,
    "number": feel.NUMBER,
    "money": feel.NUMBER,
    "agency": feel.NUMBER,
    "boolean": feel.BOOLEAN,
    "date": feel.DATE,
    "datetime": feel.DATE_TIME,
    "codes": feel.list_of(feel.STRING),
    "officers": feel.list_of(feel.STRING),
    "evidence": feel.list_of(feel.STRING),
    "signature": feel.ANY,
    "location": feel.context_of({"lon": feel.STRING, "lat": feel.STRING}),
}
_OFFICER: Final = feel.context_of(
    {
        "id": feel.STRING,
        "name": feel.STRING,
        "certificate_valid": feel.BOOLEAN,
        "category_covered": feel.BOOLEAN,
        "staffing_type": feel.STRING,
    }
)
# What guards see besides facts and parameters (engine/acting.py).
GUARD: Final[Mapping[str, feel.Type]] = {
    "person": feel.ANY,
    "acting_officers": feel.list_of(_OFFICER),
    "performers": feel.ANY,
    "done": feel.ANY,
    "clocks": feel.ANY,
    "papers": feel.context_of(
        {
            "pending": feel.NUMBER,
            "made": feel.NUMBER,
            "issued": feel.NUMBER,
            "served": feel.ANY,
            "unserved": feel.list_of(feel.STRING),
        }
    ),
    "proceedings": feel.list_of(feel.STRING),
    "now": feel.DATE_TIME,
    "today": feel.DATE,
}
# What diagrams see besides facts and parameters: the record the case is about, and the day.
DIAGRAM: Final[Mapping[str, feel.Type]] = {"subject": feel.ANY, "now": feel.DATE_TIME, "today": feel.DATE}
# What forms see besides them (engine/expressions.py, `day_of`): the instant of the act and its day.
FORM: Final[Mapping[str, feel.Type]] = {"now": feel.DATE_TIME, "today": feel.DATE}
# What the defaults of fields see besides, with the people and papers by name (`of_default`): whoever fills the form in, the
# agency of the record, the item of the law that the violation falls under (engine/prefilling.py).
DEFAULT: Final[Mapping[str, feel.Type]] = {
    **FORM,
    "me": feel.STRING,
    "agency": feel.STRING,
    "item": feel.context_of({"violated": feel.STRING, "basis": feel.STRING}),
}
_PAPER: Final = feel.context_of({"name": feel.STRING, "number": feel.STRING, "served_on": feel.DATE})


def of_default(elements: Elements, papers: Iterable[str]) -> dict[str, feel.Type]:
    """What the defaults of fields may name besides facts: `names.<people>`, `papers.<code>` and `DEFAULT`."""
    people = {key: feel.STRING for key, element in elements.items() if element.type in ("officer", "officers")}
    return {**DEFAULT, "names": feel.context_of(people), "papers": feel.context_of(dict.fromkeys(papers, _PAPER))}


def of_elements(elements: Elements) -> dict[str, feel.Type]:
    """Element → its type; a table is a list of rows with the columns' types."""
    return {key: _of(element, elements) for key, element in elements.items()}


def _of(element: Element, elements: Elements) -> feel.Type:
    if element.type == "table":
        columns = {c: _of(elements[c], elements) for c in element.columns if c in elements and c != element.key}
        return feel.list_of(feel.context_of(columns))
    return _SIMPLE.get(element.type, feel.STRING)


def of_parameters(parameters: Mapping[str, Parameter]) -> dict[str, feel.Type]:
    """Parameter → the type of the content's value."""
    return {key: _of_value(parameter.value) for key, parameter in parameters.items()}


def _of_value(value: Any) -> feel.Type:
    if isinstance(value, bool):
        return feel.BOOLEAN
    if isinstance(value, int | Decimal):
        return feel.NUMBER
    return feel.STRING if isinstance(value, str) else feel.ANY
