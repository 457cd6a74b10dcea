"""What the rulebook holds, and whether it is sound: counts by mark, every example run, every fault named.

`load` turns the files of a release into the rulebook; `report` is what `zhicheng content` prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from engine.rulebook.calendars import Calendar, load_calendar
from engine.rulebook.deadlines import by_id
from engine.rulebook.discretion import Book, load_book
from engine.rulebook.examples import deadline_faults, discretion_faults, service_faults
from engine.rulebook.expressions import BadCondition, expression
from engine.rulebook.lawbase import LawBase, links, load_laws
from engine.rulebook.periods import Rule
from engine.rulebook.risk import Risks, load_risks, risk_faults
from engine.rulebook.service_dates import ServiceRule, load_service_rules

FOLDERS = ("deadlines", "calendar", "discretion", "risk", "law")


class BadFile(ValueError):
    """规则文件不能读取:说明是哪个文件、错在哪里。"""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The pure rulebook of one release."""

    deadlines: Mapping[str, Rule]
    service_dates: Mapping[str, ServiceRule]
    calendar: Calendar
    book: Book
    risks: Risks
    laws: LawBase
    guards: Mapping[str, str]


def mappings(files: Mapping[str, bytes], folder: str) -> list[dict[str, Any]]:
    """The YAML mappings of one rules folder, in order of path. Raises BadFile naming the file.

    Paths are those of a release: `rules/<folder>/…` or, in the repository, `rules/national/<folder>/…`.
    """
    found = []
    for path in sorted(files):
        parts = PurePosixPath(path).parts
        if parts[:1] == ("rules",) and folder in parts[1:-1] and path.endswith((".yaml", ".yml")):
            found.append(_mapping(path, files[path]))
    return found


def _mapping(path: str, data: bytes) -> dict[str, Any]:
    try:
        value = yaml.load(data, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise BadFile(f"{path}:YAML 有误:{error}") from error
    if not isinstance(value, dict):
        raise BadFile(f"{path}:最外层应为键值对")
    return value


def load(files: Mapping[str, bytes]) -> Rulebook:
    """The rulebook of a release (path → bytes). Raises BadFile, BadDeadline, BadCalendar, BadDiscretion, BadRisk, BadLaw."""
    deadlines = mappings(files, "deadlines")
    service = next((m for m in deadlines if "service_dates" in m), {})
    return Rulebook(
        deadlines=by_id(m for m in deadlines if "deadlines" in m),
        service_dates=load_service_rules(service),
        calendar=load_calendar(mappings(files, "calendar")),
        book=load_book(mappings(files, "discretion")),
        risks=load_risks(mappings(files, "risk")),
        laws=load_laws(mappings(files, "law")),
        guards=_guard_laws(mappings(files, "guards")),
    )


def _guard_laws(files: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Guard or precedence id → its article."""
    entries = [entry for mapping in files for key in ("guards", "precedence") for entry in mapping.get(key) or []]
    return {str(entry["id"]): str(entry["law"]) for entry in entries if entry.get("law")}


def report(files: Mapping[str, bytes], elements: Iterable[str] | None = None) -> dict[str, Any]:
    """Counts, a line of text for each kind, and all faults. `elements`: keys of the data elements, to check names.

    {"deadlines": {"total", "verified", "unverified"}, "further_deadlines": {set: the same}, "items": …, "risks": …, "articles": …,
    "calendar": …, "lines": [...], "faults": [...]} – a file that cannot be loaded is a fault, and then nothing else is counted.
    `deadlines` are those of the law's catalogue; a file that says `set: NAME` holds further ones, counted by themselves.
    """
    try:
        rulebook = load(files)
    except (ValueError, KeyError, TypeError) as error:
        return {"lines": [], "faults": [str(error)]}
    rules, book, risks = rulebook.deadlines.values(), rulebook.book, rulebook.risks
    sets = _sets(mappings(files, "deadlines"))
    counts = {
        "deadlines": _counts([rule.unconfirmed is None for rule in rules if rule.id not in sets]),
        "items": _counts([item.mark == "V" and item.range_verified for item in book.items.values()]),
        "risks": _counts([rule.mark == "V" for rule in risks.rules.values()]),
        "articles": _counts([article.mark == "V" for article in rulebook.laws.articles()]),
    }
    further = {
        name: _counts([rule.unconfirmed is None for rule in rules if sets.get(rule.id) == name])
        for name in sorted(set(sets.values()))
    }
    years = sorted(rulebook.calendar.years)
    illustrative = sum(item.illustrative for item in book.items.values())
    named = {"deadlines": counts["deadlines"], **{f"deadlines of {name}": c for name, c in further.items()}, **counts}
    lines = [
        f"{name} {c['total']} ({c['verified']} verified, {c['unverified']} unverified)" for name, c in named.items()
    ]
    if years:
        lines.append(f"calendar {years[0]}–{years[-1]} ({len(years)} years)")
    return {
        **counts,
        "further_deadlines": further,
        "conflicts": sorted(rule.id for rule in rules if rule.audited == "conflict"),
        "illustrative_tiers": illustrative,
        "calendar": {"years": years, "version": rulebook.calendar.version},
        "lines": lines,
        "faults": faults(rulebook, files, elements),
    }


def _sets(files: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Deadline → the set that its file says it belongs to."""
    return {str(e["id"]): str(f["set"]) for f in files if f.get("set") for e in f.get("deadlines") or []}


def _counts(verified: list[bool]) -> dict[str, int]:
    return {"total": len(verified), "verified": sum(verified), "unverified": len(verified) - sum(verified)}


def faults(rulebook: Rulebook, files: Mapping[str, bytes], elements: Iterable[str] | None = None) -> list[str]:
    """Every fault of the rulebook in Chinese: examples that do not come true, links that lead nowhere."""
    service = next((m for m in mappings(files, "deadlines") if "service_dates" in m), None)
    found = deadline_faults(rulebook.deadlines, rulebook.calendar)
    if service is not None:
        found += service_faults(service, rulebook.deadlines, rulebook.calendar)
    found += discretion_faults(rulebook.book)
    found += risk_faults(rulebook.risks, elements)
    found += condition_faults(rulebook.book)
    found += _dangling(rulebook)
    return found


def condition_faults(book: Book) -> list[str]:
    """Conditions of discretion that do not compile or read a fact that `circumstances.yaml` does not know."""
    known = {*book.names, "amount", "confiscated", "proposed_kinds", *book.parameters}
    known |= {p.fills for p in book.parameters.values() if p.fills}
    texts = [(item.id, step.when) for item in book.items.values() for steps in item.tiers.values() for step in steps]
    texts += [
        (item.id, text) for item in book.items.values() for r in item.ranges for text in (r.when, r.requires) if text
    ]
    texts += [(ground.id, ground.when) for ground in book.grounds] + [(t.id, t.when) for t in book.triggers]
    texts += [(i.id, text) for i in book.items.values() if i.computed for text in i.computed.formulas.values()]
    found = []
    for where, text in texts:
        try:
            unknown = sorted(expression(text, book.aliases, where).reads - known)
        except BadCondition as error:
            found.append(str(error))
            continue
        found.extend(f"{where}:条件“{text}”用到未登记的事实 {key}" for key in unknown)
    return list(dict.fromkeys(found))


def cited(rulebook: Rulebook) -> dict[str, dict[str, list[str]]]:
    """What rests on each article: citation → {deadlines, items, risks, guards, grounds, triggers: [ids]}."""
    return links(
        {
            "deadlines": [(rule.id, rule.law) for rule in rulebook.deadlines.values()],
            "items": [(item.id, item.law) for item in rulebook.book.items.values()],
            "risks": [(rule.id, rule.law) for rule in rulebook.risks.rules.values()],
            "guards": [(guard, (law,)) for guard, law in rulebook.guards.items()],
            "grounds": [(ground.id, (ground.law,)) for ground in rulebook.book.grounds],
            "triggers": [(trigger.id, (trigger.law,)) for trigger in rulebook.book.triggers],
        }
    )


def _dangling(rulebook: Rulebook) -> list[str]:
    """Citations of laws or articles the law base does not have, and risks that name a deadline there is not."""
    found = []
    for citation, users in cited(rulebook).items():
        name, _, no = citation.partition("#")
        law = rulebook.laws.find(name)
        where = "、".join(f"{ids[0]}" for ids in users.values())
        if law is None:
            found.append(f"{where}:法规库没有 {name}")
        elif no and no not in law.articles:
            found.append(f"{where}:法规库的 {name} 没有第 {no} 条")
    for rule in rulebook.risks.rules.values():
        if rule.deadline and rule.deadline not in rulebook.deadlines:
            found.append(f"{rule.id}:没有期限 {rule.deadline}")
    for service in rulebook.service_dates.values():
        if service.then and service.then not in rulebook.deadlines:
            found.append(f"送达方式 {service.method}:没有期限 {service.then}")
    return found
