"""Conditions of the rulebook: FEEL texts compiled once, answering yes, no or “a fact is missing”."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import feel


class BadCondition(ValueError):
    """条件表达式有误:说明在哪一条、错在哪里。"""


class Aliases:
    """Chinese names of facts → keys. Hashable by content, so that compiled texts can be shared."""

    __slots__ = ("_key", "names")

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self._key = frozenset(self.names.items())

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Aliases) and self._key == other._key


NO_ALIASES = Aliases({})


@lru_cache(maxsize=8192)
def _compiled(text: str, aliases: Aliases) -> feel.Expression:
    return feel.compile(text, aliases=aliases.names)


def expression(text: str, aliases: Aliases = NO_ALIASES, where: str = "") -> feel.Expression:
    """The compiled text. Raises BadCondition naming `where` when it does not compile."""
    try:
        return _compiled(text, aliases)
    except feel.FeelError as error:
        raise BadCondition(f"{where}:条件“{text}”有误:{error}") from error


@lru_cache(maxsize=8192)
def plain(text: str) -> feel.Expression:
    """The compiled text of an entry that was checked and has no aliases."""
    return _compiled(text, NO_ALIASES)


def holds(text: str, facts: Mapping[str, Any], aliases: Aliases = NO_ALIASES, where: str = "") -> bool | None:
    """True or False, or None when the facts do not decide it."""
    value = expression(text, aliases, where).evaluate(facts)
    return value if isinstance(value, bool) else None


def missing(text: str, facts: Mapping[str, Any], aliases: Aliases = NO_ALIASES) -> tuple[str, ...]:
    """Keys the text reads that the facts do not have."""
    reads = expression(text, aliases).reads
    return tuple(sorted(key for key in reads if facts.get(key) is None))
