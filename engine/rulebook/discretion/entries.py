"""What the content of discretion says, as typed data: items, ranges, tiers, grounds, triggers, parameters.

Money is Decimal yuan; conditions are FEEL texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from engine.rulebook.expressions import Aliases


class BadDiscretion(ValueError):
    """裁量内容或裁量的使用有误:说明是哪一事项、哪一项、怎样改。"""


@dataclass(frozen=True, slots=True)
class Range:
    """A statutory range. `fixed`: yuan; `percent`/`multiple`: of the fact `base`; `income`: multiples of `base` when it
    passes `threshold` (by `threshold_op`), else min–max yuan. `when`: the phase applies; `requires`: a precondition.
    """

    id: str
    type: str
    target: str
    phase: str
    minimum: Decimal
    maximum: Decimal
    optional: bool
    base: str
    threshold: Decimal | None
    threshold_op: str
    mult_min: Decimal | None
    mult_max: Decimal | None
    when: str
    requires: str
    precondition: str


@dataclass(frozen=True, slots=True)
class Step:
    """One tier of a range, from its own line or its ladder. `formula` names one of the item's computed formulas."""

    tier: str
    text: str
    when: str
    penalty: str
    minimum: Decimal | None
    maximum: Decimal | None
    mult_min: Decimal | None
    mult_max: Decimal | None
    formula: str
    note: str


@dataclass(frozen=True, slots=True)
class Version:
    """The law an item rested on between two days; `current`: the item's own ranges and tiers, else min–max yuan."""

    first: date
    last: date | None
    basis: str
    current: bool
    minimum: Decimal | None
    maximum: Decimal | None


@dataclass(frozen=True, slots=True)
class Computed:
    """Fines by formula: `formulas` by name; `parameter` chooses among them; `uses`: fact ← item whose fine it is."""

    inputs: tuple[str, ...]
    parameter: str
    formulas: Mapping[str, str]
    uses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """A violation item."""

    id: str
    name: str
    category: str
    codes: Mapping[str, str | None]
    violated: str
    basis: str
    law: tuple[str, ...]
    authority: str
    kinds: tuple[str, ...]
    subject: str
    note: str
    also_consider: str
    coercive_measures: str
    mark: str
    range_verified: bool
    tiers_mark: str
    illustrative: bool
    tiers_note: str
    source: str
    ranges: tuple[Range, ...]
    tiers: Mapping[str, tuple[Step, ...]]
    versions: tuple[Version, ...]
    computed: Computed | None
    version: str
    examples: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Ground:
    """A statutory ground: `effect` is no_penalty, lighter or heavier; `must`: 应当, else 可以."""

    id: str
    name: str
    effect: str
    must: bool
    when: str
    law: str
    mark: str
    then: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes a step (hearing, legal_review, collective_discussion) necessary."""

    id: str
    step: str
    name: str
    when: str
    law: str
    mark: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """An agency's value. `confirmed`: by the agency with its `basis`; a default marked K is not.

    `fills`: the name conditions use, when the value is for one `party` type (person, organization) only.
    """

    id: str
    name: str
    value: Decimal | str
    confirmed: bool
    basis: str
    fills: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """All of discretion. `bases`: the articles of the mechanisms (retroactivity …). `version` names the shared parts (grounds, triggers, ladders); items carry their own."""

    items: Mapping[str, Item]
    grounds: tuple[Ground, ...]
    triggers: tuple[Trigger, ...]
    parameters: Mapping[str, Parameter]
    names: Mapping[str, str]
    types: Mapping[str, str]
    aliases: Aliases
    tables: Mapping[str, Any]
    categories: Mapping[str, str]
    bases: Mapping[str, str]
    version: str
