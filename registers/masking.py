"""Personal data masked by class (name, id, phone, address, bank, plate); unmasking is an act with a reason and an audit row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from content import identity
from content.elements import Element
from kernel import audit, permissions
from kernel.errors import InvalidAnswers
from kernel.work import Work

RIGHT = "personal.unmask"


def masked(kind: str, text: str | None) -> str | None:
    """The text with what identifies a person replaced by stars (the rules are content.identity's); nothing stays nothing."""
    return identity.masked(kind, text) if text else text


def masked_row(row: Mapping[str, object], classes: Mapping[str, str]) -> dict[str, object]:
    """A copy of the row in which the columns named in `classes` (column → class) are masked."""
    return {
        key: masked(classes[key], str(value)) if key in classes and value is not None else value
        for key, value in row.items()
    }


def is_personal(elements: Mapping[str, Element], element: Element) -> bool:
    """Has the element a class of personal data, or – a table – a column that has one?"""
    return bool(element.personal) or any(elements[c].personal for c in element.columns if c in elements)


def masked_value(elements: Mapping[str, Element], element: Element, value: Any) -> Any:
    """A fact as somebody without the right sees it; of a table, column by column."""
    if element.personal or not isinstance(value, list):
        return element.masked(value)
    return [
        {key: elements[key].masked(cell) if key in elements else cell for key, cell in row.items()}
        if isinstance(row, dict)
        else row
        for row in value
    ]


def unmask(work: Work, subject: tuple[str, UUID], reason: str | None) -> bool:
    """Permission to hand out a subject's personal data in clear: needs the right and a reason, writes an audit row.

    Without a reason nobody asked: False, hand out the masked form. Call inside the transaction that reads the row.
    """
    if reason is None:
        return False
    if not reason.strip():
        raise InvalidAnswers({"reason": "查看个人信息须写明理由"})
    permissions.demand(work, RIGHT)
    audit.record(work, RIGHT, subject=subject, outcome="read", detail={"reason_given": True})
    return True
