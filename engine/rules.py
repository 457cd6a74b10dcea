"""The rulebook of a release, read once per process: deadlines, calendar. Dated, not pinned: steps ask the release in force."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import yaml

from content.releases import Release
from engine.rulebook import calendars, catalogue
from engine.rulebook import deadlines as deadline_rules
from engine.rulebook.discretion.book import Book, load_book
from engine.rulebook.lawbase import LawBase, load_laws
from engine.rulebook.risk import Risks, load_risks
from kernel.errors import BadContent


class Rules:
    """What `rules/national` of one release says of time."""

    def __init__(self, release: Release) -> None:
        self.release = release

    def _files(self, folder: str) -> list[Mapping[str, Any]]:
        prefix = f"rules/national/{folder}/"
        paths = sorted(p for p in self.release.files if p.startswith(prefix) and p.endswith(".yaml"))
        return [yaml.load(self.release.files[p], Loader=yaml.CSafeLoader) for p in paths]

    @functools.cached_property
    def deadlines(self) -> Mapping[str, deadline_rules.Rule]:
        """Every deadline by its id (DL_…)."""
        return deadline_rules.by_id(file for file in self._files("deadlines") if "deadlines" in file)

    @functools.cached_property
    def calendar(self) -> calendars.Calendar:
        """The national calendar with 调休."""
        return calendars.load_calendar(self._files("calendar"))

    @functools.cached_property
    def discretion(self) -> Book:
        """Violation items with their ranges, tiers and circumstances."""
        return load_book(self._files("discretion"))

    @functools.cached_property
    def risks(self) -> Risks:
        """Risk rules with their thresholds and severities."""
        return load_risks(self._files("risk"))

    @functools.cached_property
    def laws(self) -> LawBase:
        """Laws and articles."""
        return load_laws(self._files("law"))

    @functools.cached_property
    def cited(self) -> Mapping[str, Mapping[str, list[str]]]:
        """What rests on each article: citation → {kind: ids}."""
        return catalogue.cited(catalogue.load(dict(self.release.files)))

    @functools.cached_property
    def paper_lengths(self) -> Mapping[str, Mapping[str, object]]:
        """Rule id → length and unit, for the wording of papers."""
        return {k: {"length": r.length.count, "unit": str(r.length.unit)} for k, r in self.deadlines.items()}

    def deadline(self, rule_id: str) -> deadline_rules.Rule:
        """One deadline; a name nobody wrote is bad content."""
        try:
            return self.deadlines[rule_id]
        except KeyError as error:
            raise BadContent("rules/national/deadlines", 0, f"没有期限 {rule_id}") from error


@functools.lru_cache(maxsize=16)
def _rules(hash_: str, release: Release) -> Rules:
    return Rules(release)


def rules(release: Release) -> Rules:
    """The rulebook of a release."""
    return _rules(release.hash, release)
