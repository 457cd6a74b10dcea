"""What the rulebook says of a fine becomes facts of the case: range, tier, suggested amount, articles, versions, what is unconfirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from content.releases import Release
from kernel.work import Work


def facts(work: Work, release: Release, known: Mapping[str, Any]) -> dict[str, Any]:
    """Placeholder until the rulebook lands."""
    return {}
