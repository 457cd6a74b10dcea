"""The day a paper counts as served, by method (民事诉讼法88–95, 处罚法61).

Content: `rules/…/deadlines/service_dates.yaml` – one entry per method: which fact gives the day, what must be on file before
the method counts at all, and, for public notice, the deadline that must run out first. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.rulebook.calendars import Calendar
from engine.rulebook.deadlines import LOCAL, Clock, due
from engine.rulebook.periods import BadDeadline, Rule, Setting


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """`takes`: fact keys, the first present gives the day; `requires`: fact keys that must be true; `then`: a deadline."""

    method: str
    name: str
    takes: tuple[str, ...]
    requires: Mapping[str, str]
    then: str | None
    law: str
    mark: str


@dataclass(frozen=True, slots=True)
class Served:
    """`on` is None while something is missing; `missing` says what, in Chinese."""

    on: date | None
    method: str
    article: str
    missing: tuple[str, ...]
    unconfirmed: tuple[str, ...]


def load_service_rules(mapping: Mapping[str, Any]) -> dict[str, ServiceRule]:
    """Rules by method from `{service_dates: [{id, name, takes, requires, then, law, mark}]}`."""
    rules = {}
    for entry in mapping.get("service_dates", []):
        if not entry.get("id") or not entry.get("takes") or entry.get("mark") not in ("V", "K"):
            raise BadDeadline(f"送达日期规则 {entry.get('id')} 须有 id、takes 与 mark(V/K)")
        rules[str(entry["id"])] = ServiceRule(
            method=str(entry["id"]),
            name=str(entry["name"]),
            takes=tuple(map(str, entry["takes"])),
            requires={str(k): str(v) for k, v in (entry.get("requires") or {}).items()},
            then=entry.get("then"),
            law=str(entry["law"]),
            mark=str(entry["mark"]),
        )
    return rules


def served_on(
    method: str,
    facts: Mapping[str, Any],
    service_rules: Mapping[str, ServiceRule],
    deadlines: Mapping[str, Rule],
    calendar: Calendar,
    settings: Mapping[str, Setting] | None = None,
) -> Served:
    """The day of service. Facts are dates or instants by key; requirements are booleans."""
    rule = service_rules.get(method)
    if rule is None:
        raise BadDeadline(f"没有送达方式 {method};可用:{'、'.join(service_rules)}")
    missing = [message for key, message in rule.requires.items() if facts.get(key) is not True]
    value = next((facts[key] for key in rule.takes if facts.get(key) is not None), None)
    if value is None:
        missing.append(f"{rule.name}须填写送达日期所依据的事实({'、'.join(rule.takes)})")
    unconfirmed = [] if rule.mark == "V" else [f"{rule.name}的送达日期规则未核对到条文"]
    if value is None or missing:
        return Served(None, method, rule.law, tuple(missing), tuple(unconfirmed))
    day = value.astimezone(LOCAL).date() if isinstance(value, datetime) else value
    if rule.then is not None:
        clock = Clock(deadlines[rule.then], day, setting=(settings or {}).get(rule.then))
        answer = due(clock, calendar, day)
        unconfirmed.extend(answer.unconfirmed)
        day = answer.due if not isinstance(answer.due, datetime) else answer.due.date()
    return Served(day, method, rule.law, (), tuple(unconfirmed))
