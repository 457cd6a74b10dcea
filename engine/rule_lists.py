"""What the rulebook in force holds, for whoever asks: every deadline and every risk rule with its source and mark.

A value not confirmed says so; a risk rule that cannot be decided yet says what it waits for.
"""

from __future__ import annotations

from typing import Any

from engine import release_store, risk_supply
from engine.rulebook.periods import Rule
from engine.rulebook.risk import Risk
from engine.rules import rules
from kernel import permissions
from kernel.work import Work


def deadline_rules(work: Work) -> list[dict[str, Any]]:
    """Every deadline in force, by id: length, how it is counted, pauses, extension, article, and why it may not be relied on."""
    permissions.demand(work, "law.read")
    with work.transaction():
        book = rules(release_store.current(work))
    return [_deadline(rule) for _, rule in sorted(book.deadlines.items())]


def _deadline(rule: Rule) -> dict[str, Any]:
    longer = rule.extension
    return {
        "id": rule.id,
        "name": rule.name,
        "group": rule.group,
        "trigger": rule.trigger,
        "length": rule.length.count,
        "unit": str(rule.length.unit),
        "kind": rule.kind.value,
        "backward": rule.backward,
        "roll_over": rule.roll_over,
        "holder": rule.holder.value,
        "pauses": [
            {"reason": p.reason, "name": p.name, "law": p.law, "mark": p.mark, "enabled": p.enabled}
            for p in rule.pauses.values()
        ],
        "extension": longer
        and {
            "longest": str(longer.longest) if longer.longest else None,
            "by": longer.by,
            "law": longer.law,
            "times": longer.times,
            "mark": longer.mark,
            "enabled": longer.enabled,
        },
        "warning_leads": list(rule.warning_leads),
        "law": list(rule.law),
        "basis": rule.basis,
        "on_breach": rule.on_breach,
        "mark": rule.mark,
        "unconfirmed": rule.unconfirmed,
        "version": rule.version,
    }


def risk_rules(work: Work) -> list[dict[str, Any]]:
    """Every risk rule in force, by id, and whether it works: `working`, `partly` or `waiting`, and for what it waits."""
    permissions.demand(work, "law.read")
    with work.transaction():
        release = release_store.current(work)
    book = rules(release)
    waits, partly = risk_supply.waiting(release, book)
    return [_risk(rule, waits, partly) for _, rule in sorted(book.risks.rules.items())]


def _risk(rule: Risk, waits: dict[str, list[str]], partly: dict[str, list[str]]) -> dict[str, Any]:
    state = "waiting" if rule.id in waits else "partly" if rule.id in partly else "working"
    return {
        "id": rule.id,
        "name": rule.name,
        "severity": rule.severity,
        "mode": rule.mode,
        "mode_reason": rule.mode_reason,
        "when": rule.when,
        "act": rule.act,
        "alert_to": list(rule.alert_to),
        "law": list(rule.law),
        "basis": rule.basis,
        "mark": rule.mark,
        "version": rule.version,
        "state": state,
        "waiting_for": waits.get(rule.id) or partly.get(rule.id) or [],
    }
