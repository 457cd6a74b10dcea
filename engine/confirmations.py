"""What agencies confirmed of the rulebook: lengths of deadlines, parameters of discretion, thresholds of risk.

Rows of `parameter` with the keys `deadline:<ID>`, `risk:<id>` and, for discretion, the parameter's own name, because flows and
guards read some of them too; an agency's own confirmation goes before that of an agency above it. What is confirmed is used without a warning from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import parameters, release_store
from engine.rulebook import deadlines, risk
from engine.rulebook.discretion.book import BadDiscretion, Book, with_parameters
from engine.rules import Rules, rules
from kernel import permissions
from kernel.errors import NotFound
from kernel.work import LOCAL, Work

Entries = Mapping[str, parameters.Confirmed]
BAD = (deadlines.BadDeadline, BadDiscretion, risk.BadRisk)


def deadline_settings(work: Work, book: Rules, agency_id: int) -> Mapping[str, deadlines.Setting]:
    """Deadline id → what is confirmed for this agency; an entry that no longer fits the rules is left out."""
    return settings_of(book, parameters.confirmed(work, agency_id))


def settings_of(book: Rules, entries: Entries) -> dict[str, deadlines.Setting]:
    """The settings among an agency's confirmations."""
    found: dict[str, deadlines.Setting] = {}
    for key, entry in entries.items():
        if key.startswith("deadline:"):
            try:
                found.update(deadlines.load_settings({"settings": [_setting(key, entry)]}, book.deadlines))
            except deadlines.BadDeadline:
                continue  # the rule changed since: unconfirmed again, and whatever rests on it says so
    return found


def _setting(key: str, entry: parameters.Confirmed) -> dict[str, Any]:
    value = entry.value if isinstance(entry.value, Mapping) else {}
    confirmed_on = entry.at.astimezone(LOCAL).date()
    return {**value, "rule": key.partition(":")[2], "basis": entry.ground, "confirmed_on": confirmed_on}


def discretion_book(work: Work, book: Rules, agency_id: int) -> Book:
    """The discretion of the release with this agency's parameters."""
    entries = _of(parameters.confirmed(work, agency_id), "", book.discretion.parameters)
    return with_parameters(book.discretion, entries) if entries else book.discretion


def risks(work: Work, book: Rules, agency_id: int) -> risk.Risks:
    """The risk rules of the release with this agency's thresholds."""
    entries = _of(parameters.confirmed(work, agency_id), "risk:", book.risks.thresholds)
    return risk.with_thresholds(book.risks, entries) if entries else book.risks


def _of(entries: Entries, prefix: str, known: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    return {
        key.removeprefix(prefix): {"value": entry.value, "basis": entry.ground}
        for key, entry in entries.items()
        if key.startswith(prefix) and key.removeprefix(prefix) in known
    }


def stored_as(name: str) -> str:
    """The key of the row that holds a confirmation."""
    return name.removeprefix("discretion:")


def judge(book: Rules, name: str, entry: parameters.Confirmed) -> None:
    """Raises one of `BAD` or `NotFound` when the value may not be confirmed under the rules."""
    kind, _, key = name.partition(":")
    if kind == "deadline":
        deadlines.load_settings({"settings": [_setting(name, entry)]}, book.deadlines)
    elif kind == "discretion":
        with_parameters(book.discretion, {key: {"value": entry.value, "basis": entry.ground}})
    elif kind == "risk":
        _number(entry.value)
        risk.with_thresholds(book.risks, {key: {"value": entry.value, "basis": entry.ground}})
    else:
        raise NotFound(f"没有名为 {name} 的参数", remedy="名称以 deadline:、discretion: 或 risk: 开头,见参数列表")


def _number(value: Any) -> None:
    from decimal import Decimal, InvalidOperation

    try:
        if not Decimal(str(value)).is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise risk.BadRisk(f"阈值“{value}”不是数,请填写数字") from None


def confirmable(work: Work, agency_id: int) -> list[dict[str, Any]]:
    """Everything of the rulebook that an agency may confirm: value in force, whether confirmed, by what ground."""
    permissions.demand(work, "release.read")
    with work.transaction():
        book = rules(release_store.current(work))
        entries = parameters.confirmed(work, agency_id)
    found: list[dict[str, Any]] = []
    for rule in book.deadlines.values():
        if rule.unconfirmed or rule.configurable or any(not p.enabled for p in rule.pauses.values()):
            found.append(_line(f"deadline:{rule.id}", rule.name, str(rule.length), rule.unconfirmed, entries))
    for parameter in book.discretion.parameters.values():
        why = None if parameter.confirmed else "裁量参数未经机构确认"
        found.append(_line(f"discretion:{parameter.id}", parameter.name, str(parameter.value), why, entries))
    for threshold in book.risks.thresholds.values():
        why = None if threshold.confirmed else "预警阈值为缺省值,未经机构确认"
        found.append(_line(f"risk:{threshold.id}", threshold.name, str(threshold.value), why, entries))
    return found


def _line(key: str, name: str, value: str, why: str | None, entries: Entries) -> dict[str, Any]:
    entry = entries.get(stored_as(key))
    return {
        "key": key,
        "name": name,
        "default": value,
        "value": entry.value if entry else None,
        "ground": entry.ground if entry else None,
        "confirmed_at": entry.at if entry else None,
        "unconfirmed": why if entry is None else None,
    }
