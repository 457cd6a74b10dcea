"""Older stored formats: one step per format, from n to n + 1, applied in a chain when an old state is thawed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Step = Callable[[dict[str, Any]], dict[str, Any]]

# format n → the function that makes format n + 1 of it. Format 1 is the first.
STEPS: Mapping[int, Step] = {}


def upgraded(document: Any, version: int, target: int, steps: Mapping[int, Step] = STEPS) -> Any:
    """A document of format `version` in format `target`. Raises LookupError when a step of the chain is missing."""
    while version < target:
        document = steps[version](document)
        version += 1
    if version < 1:
        raise LookupError(version)
    return document
