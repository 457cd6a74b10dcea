"""The static check: unknown names and comparisons that can never answer, found before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

from feel import nodes as n
from feel.types import Type


def check(
    tree: n.Node, names: Mapping[str, Type], aliases: Mapping[str, str], types: Mapping[str, Type], kind: str
) -> None:
    """Raise FeelError at the first fault."""
