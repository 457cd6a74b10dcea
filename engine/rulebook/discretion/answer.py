"""The answer of discretion: what is found, with its explanation, as data and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Factor:
    """One line of the factor table. `present`: True, False, or None when the facts do not say."""

    id: str
    name: str
    present: bool | None
    effect: str
    must: bool
    article: str
    mark: str
    then: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A fine (or other penalty) on one kind of party. Money in yuan; None where nothing is fixed.

    `minimum`/`maximum`: the statutory range; `tier_minimum`/`tier_maximum`: the tier's. `met`: the precondition, None
    unknown. `suggested` is None where an officer must fill the amount and give reasons.
    """

    range: str
    target: str
    phase: str
    basis: str
    minimum: Decimal | None
    maximum: Decimal | None
    tier: str
    tier_text: str
    tier_minimum: Decimal | None
    tier_maximum: Decimal | None
    penalty: str
    suggested: Decimal | None
    optional: bool
    precondition: str
    met: bool | None
    illustrative: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """Which law applies and why (处罚法37). `current`: the item's own ranges and tiers are the ones in force."""

    basis: str
    first: date | None
    current: bool
    reason: str
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unresolved: bool = False


@dataclass(frozen=True, slots=True)
class Fired:
    """A trigger that is met (or undecided)."""

    id: str
    name: str
    article: str
    mark: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The whole answer; `as_dict` is its JSON form."""

    item: str
    name: str
    act_date: date
    as_of: date
    law: Law
    charges: tuple[Charge, ...]
    no_penalty: tuple[Factor, ...]
    factors: tuple[Factor, ...]
    confiscate: Decimal | None
    hearing: tuple[Fired, ...]
    legal_review: tuple[Fired, ...]
    collective_discussion: tuple[Fired, ...]
    articles: tuple[str, ...]
    bases: Mapping[str, str]
    versions: Mapping[str, str]
    missing: tuple[str, ...]
    undecided: tuple[str, ...]
    unconfirmed: tuple[str, ...]

    @property
    def main(self) -> Charge | None:
        """The charge on the party itself; where the item punishes persons only, the first of those; None without any."""
        own = (c for c in self.charges if not c.range.startswith("persons"))
        return next(own, self.charges[0] if self.charges else None)

    def as_dict(self) -> dict[str, Any]:
        """JSON form: money as decimal strings, days as ISO dates."""
        result = plain(self)
        assert isinstance(result, dict)  # noqa: S101 - a dataclass always becomes a dict
        return result


def plain(value: Any) -> Any:
    """Dataclasses, decimals and dates as JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
