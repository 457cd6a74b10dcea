"""The names that risk rules read, each worked out when a rule reads it: from facts, clocks, papers, evidence, registers, history.

`GIVEN` says which names there are and which members each has; a rule that reads anything else waits (engine/risk_supply.py).
What the records do not tell is null, never a guess. The names stand with what they are about: engine/risk_case.py, risk_law.py,
risk_records.py, risk_money.py, risk_acts.py, property_names.py; what a name costs is told beside it and read only where a rule
asks for it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from engine import property_names, risk_acts, risk_case, risk_inspections, risk_law, risk_money, risk_records, shelf
from engine.risk_matter import PAPER, Given, Matter, Path, Wants
from kernel.work import LOCAL

GIVEN: Final[Mapping[str, Given]] = {
    "inspections_this_year": Given(risk_inspections.this_year, needs=("inspected_object_id",)),
    **risk_case.NAMES,
    **risk_law.NAMES,
    **risk_records.NAMES,
    **risk_money.NAMES,
    **risk_acts.NAMES,
    **{name: Given(find, members, reads, needs=needs) for name, (find, members, reads, needs) in property_names.NAMES.items()},
}  # fmt: skip
# Worked out for an officer or an agency in the daily sweep (engine/risk_sweep.py), not for a case.
GIVEN_DAILY: Final[Mapping[str, tuple[str, ...]]] = {
    "certificate_days_left": (),
    "annual_review_result": (),
    "officer_stats": ("sample", "withdrawal_rate", "withdrawal_z", "lenient_z", "refusal_z", "same_vehicle_z"),
}
# Told by the verb that does it (alerting.judge_act), not by a step of a process.
GIVEN_ACTS: Final[Mapping[str, tuple[str, ...]]] = {"export_rows": (), "query_unrelated": ()}


@functools.lru_cache(maxsize=1024)
def wants_of(paths: frozenset[Path]) -> Wants:
    """What these paths rest on: the parts of the shelf (engine/shelf.py), what is asked of other cases."""
    given = [GIVEN[path[0]] for path in paths if path[0] in GIVEN]
    parts = {part for one in given for part in one.reads}
    if any(path[0] == "papers" and len(path) > 2 and path[2] not in PAPER for path in paths):
        parts.add("context")
    return Wants(paths, shelf.ALWAYS.union(parts), frozenset(part for one in given for part in one.around))


class Told(dict[str, object]):
    """What a sweep or a verb tells as a context for rules; what is not told is null."""

    def __init__(self, told: Mapping[str, object], now: datetime) -> None:
        super().__init__({"now": now.astimezone(LOCAL), "today": now.astimezone(LOCAL).date(), **told})

    def __missing__(self, key: str) -> None:
        return None


class Names(Mapping[str, object]):
    """A matter as a context for rules: names given here, else facts of the case as FEEL values, else null."""

    def __init__(self, matter: Matter) -> None:
        self._matter = matter
        self._found: dict[str, object] = {}

    def __getitem__(self, key: str) -> object:
        if key not in self._found:
            self._found[key] = self._find(key)
        return self._found[key]

    def _find(self, key: str) -> object:
        given = GIVEN.get(key)
        if given is not None:
            try:
                return given.find(self._matter)
            except KeyError as error:  # FEEL would take it for a name that is not there
                raise RuntimeError(f"{key}: {error!r}") from error
        if key in self._matter.release.elements:
            value = self._matter.facts.get(key)
            return None if value is None else self._matter.release.elements.as_feel(key, value)
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return key in GIVEN or key in self._matter.release.elements

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
