"""The rulebook of a release, read once per process: deadlines, calendar. Dated, not pinned: steps ask the release in force."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import yaml

from content.releases import Release
from engine.rulebook import calendars, catalogue
from engine.rulebook import deadlines as deadline_rules
from engine.rulebook.demands import Demands
from engine.rulebook.demands import load as load_demands
from engine.rulebook.discretion.book import Book, load_book
from engine.rulebook.lawbase import LawBase, cited_in, load_laws
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

    def province_days(self, division: str) -> tuple[calendars.SpecialDay, ...]:
        """The days of a province's own (`rules/provinces/<code>/calendar/*.yaml`), over the national calendar."""
        return self.all_province_days.get(division, ())

    @functools.cached_property
    def all_province_days(self) -> Mapping[str, tuple[calendars.SpecialDay, ...]]:
        """By GB/T 2260 of the province."""
        found: dict[str, tuple[calendars.SpecialDay, ...]] = {}
        for path in sorted(self.release.files):
            parts = path.split("/")
            if parts[:2] == ["rules", "provinces"] and len(parts) > 4 and parts[3] == "calendar":
                file = yaml.load(self.release.files[path], Loader=yaml.CSafeLoader)
                found[parts[2]] = (*found.get(parts[2], ()), *calendars.extra_days(file))
        return found

    @functools.cached_property
    def discretion(self) -> Book:
        """Violation items with their ranges, tiers and circumstances."""
        return load_book(self._files("discretion"))

    @functools.cached_property
    def risks(self) -> Risks:
        """Risk rules with their thresholds and severities."""
        return load_risks(self._files("risk"))

    @functools.cached_property
    def demands(self) -> Demands:
        """What evidence each violation item demands."""
        return load_demands(self._files("evidence"))

    @functools.cached_property
    def laws(self) -> LawBase:
        """Laws and articles."""
        return load_laws(self._files("law"))

    @functools.cached_property
    def minor_list(self) -> list[Mapping[str, Any]]:
        """The acts that an agency does not punish (轻微不罚、首违不罚): {id, name, item?}."""
        return [entry for file in self._files("discretion") for entry in file.get("minor_list") or []]

    @functools.cached_property
    def lowest_tiers(self) -> list[str]:
        """The names of the lightest tier of each item: what counts as lenient in figures."""
        return sorted(
            {steps[0].tier for item in self.discretion.items.values() for steps in item.tiers.values() if steps}
        )

    @functools.cached_property
    def old_numbers(self) -> list[Mapping[str, str]]:
        """Article numbers of a law before it was renumbered: {law, old, word (what the text around it speaks of), now}."""
        found = [entry for file in self._files("risk") for entry in file.get("old_numbers") or []]
        return [{key: str(value) for key, value in entry.items()} for entry in found]

    @functools.cached_property
    def paragraphed(self) -> frozenset[str]:
        """Articles that the violation items cite by paragraph or item: a paper that cites only the article is imprecise."""
        texts = (text for item in self.discretion.items.values() for text in (item.basis, item.violated))
        return frozenset(f"{c.law}#{c.no}" for text in texts for c in cited_in(text, self.laws) if c.paragraph)

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
