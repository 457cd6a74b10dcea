"""The national content as the release loader would hand it over: mappings by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.rulebook.calendars import Calendar, load_calendar
from engine.rulebook.deadlines import Rule, by_id

ROOT = Path(__file__).parents[2]


def mappings(folder: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(p.read_bytes()) for p in sorted((ROOT / "rules/national" / folder).rglob("*.yaml"))]


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return load_calendar(mappings("calendar"))


@pytest.fixture(scope="session")
def rules() -> dict[str, Rule]:
    return by_id(m for m in mappings("deadlines") if "deadlines" in m)
