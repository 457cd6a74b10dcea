"""The read-only snapshot that FEEL sees in a step: the subject's facts as FEEL values, converted only when read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from content.elements import Elements


class Snapshot(Mapping[str, object]):
    """Facts by element key: money and numbers as `Decimal`, dates and instants as such; `extra` (parameters) goes first.

    Facts that a case does not have yet are null, as FEEL has it for names it knows.
    """

    def __init__(
        self, elements: Elements, facts: Mapping[str, object], extra: Mapping[str, object] | None = None
    ) -> None:
        self._elements, self._facts, self._extra = elements, facts, extra or {}

    def __getitem__(self, key: str) -> object:
        if key in self._extra:
            return self._extra[key]
        if key not in self._facts and key in self._elements:
            return None
        return self._elements.as_feel(key, self._facts[key])

    def __contains__(self, key: object) -> bool:
        return key in self._extra or key in self._facts or key in self._elements

    def __iter__(self) -> Iterator[str]:
        return iter({**self._facts, **self._extra})

    def __len__(self) -> int:
        return len({**self._facts, **self._extra})
