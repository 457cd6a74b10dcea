"""FEEL texts of a release, compiled once; and facts as FEEL sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import feel
from content.elements import Elements
from kernel.work import LOCAL


def compiled(aliases: Mapping[str, str], text: str) -> feel.Expression:
    """An expression in which facts and parameters are named by key or by Chinese name; FEEL keeps it, by `aliases`.

    Raises `feel.FeelError`.
    """
    return feel.compile(text, aliases=aliases)


def day_of(now: datetime) -> dict[str, object]:
    """The names `now` and `today` of an act (checks/types.py declares them): FEEL reads no clock."""
    return {"now": now, "today": now.astimezone(LOCAL).date()}


class Facts(Mapping[str, object]):
    """Facts by element key, converted to FEEL values only when read; names that are no elements stay as they are."""

    def __init__(self, elements: Elements, *layers: Mapping[str, object]) -> None:
        """`layers`: later ones stand before earlier ones."""
        self._elements = elements
        self._raw: dict[str, object] = {}
        for layer in layers:
            self._raw.update(layer)

    def __getitem__(self, key: str) -> object:
        return self._elements.as_feel(key, self._raw[key])

    def __contains__(self, key: object) -> bool:
        return key in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


def true(aliases: Mapping[str, str], text: str, context: Mapping[str, object]) -> bool:
    """Is the expression true? False and null are both no."""
    return compiled(aliases, text).evaluate(context) is True
