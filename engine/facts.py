"""The read-only snapshot that FEEL sees in a step: the subject's facts as FEEL values, converted only when read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from content.elements import Elements

_NUMBERS = ("number", "money", "integer")


class Snapshot(Mapping[str, object]):
    """Facts by element key. Money and numbers are `Decimal`, dates and instants are dates; the rest is as stored."""

    def __init__(self, elements: Elements, facts: Mapping[str, object], extra: Mapping[str, object] | None = None) -> None:
        self._elements, self._facts, self._extra = elements, facts, extra or {}

    def __getitem__(self, key: str) -> object:
        if key in self._extra:
            return self._extra[key]
        value = self._facts[key]
        element = self._elements.get(key)
        return value if element is None else feel_value(element.type, value)

    def __contains__(self, key: object) -> bool:
        return key in self._extra or key in self._facts

    def __iter__(self) -> Iterator[str]:
        return iter({**self._facts, **self._extra})

    def __len__(self) -> int:
        return len({**self._facts, **self._extra})


def feel_value(type_: str, value: object) -> object:
    """One stored value as FEEL has it; what cannot be read as its type is null, as FEEL says."""
    if value is None:
        return None
    try:
        if type_ in _NUMBERS:
            return Decimal(str(value))
        if type_ == "date":
            return date.fromisoformat(str(value))
        if type_ == "datetime":
            return datetime.fromisoformat(str(value))
    except (ValueError, InvalidOperation):
        return None
    return value
