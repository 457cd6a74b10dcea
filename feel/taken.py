"""Data that many expressions read one after the other: each value enters the language once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from feel.budget import Meter
from feel.values import from_python

LACKING: Final = object()
"""In place of a value that the data do not have."""


class Taken(dict[str, Any]):
    """A context for `Expression.evaluate`, by name the values inside the language. The data behind it must not change meanwhile.

    `given`: mappings; an earlier one stands before a later one. What no expression reads is never looked up.
    """

    __slots__ = ("_given",)

    def __init__(self, *given: Mapping[str, object]) -> None:
        super().__init__()
        self._given = given

    def take(self, key: str, meter: Meter) -> Any:
        """The value of a name that was not read before; `LACKING` when there is none."""
        for one in self._given:
            try:
                value = self[key] = from_python(one[key], meter)
            except KeyError:
                continue
            return value
        self[key] = LACKING
        return LACKING
