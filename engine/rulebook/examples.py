"""Runs the examples that content carries and says, in Chinese, which do not come true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.rulebook.calendars import Calendar
from engine.rulebook.deadlines import Clock, Extension, Pause, due, due_date
from engine.rulebook.discretion import Book, Item, discretion, overload, with_parameters
from engine.rulebook.discretion.book import item_faults
from engine.rulebook.periods import BadDeadline, Length, Rule, Setting, Unit
from engine.rulebook.service_dates import load_service_rules, served_on

FIRST_CONFIRMED = date(2000, 1, 1)
FIRST_ACT = date(2026, 9, 1)


def deadline_faults(rules: Mapping[str, Rule], calendar: Calendar) -> list[str]:
    """Rules without an example, and examples whose date comes out differently."""
    faults = []
    for rule in rules.values():
        if not rule.examples:
            faults.append(f"{rule.id}:没有算例(examples)")
        faults.extend(filter(None, (_deadline_fault(rule, calendar, example) for example in rule.examples)))
    return faults


def _deadline_fault(rule: Rule, calendar: Calendar, example: Mapping[str, Any]) -> str | None:
    try:
        if rule.length.unit is Unit.LESSON:
            met = int(example["done"]) >= rule.length.count
            return None if met == example["met"] else f"{rule.id}:算例 {dict(example)} 结果应为 {met}"
        clock = example_clock(rule, example)
        expected = _moment(example["due"])
        found = due_date(clock, calendar)
        due(clock, calendar, clock.started).as_dict()
    except (KeyError, TypeError, ValueError) as error:
        return f"{rule.id}:算例 {dict(example)} 无法计算:{error}"
    return (
        None
        if found == expected
        else f"{rule.id}:算例自 {example['started']} 应为 {expected},算得 {found}(改了长度、单位的,算例要一并改写;省里改的,写在省文件这一条的 examples 里)"
    )


def example_clock(rule: Rule, example: Mapping[str, Any]) -> Clock:
    """The clock an example describes."""
    confirmed = example.get("confirmed")
    setting = None
    if confirmed:
        setting = Setting(
            rule.id,
            str(confirmed["basis"]),
            FIRST_CONFIRMED,
            pauses=frozenset(confirmed.get("pauses", ())),
            extension=confirmed.get("extension") is True,
        )
    return Clock(
        rule,
        _moment(example["started"]),
        tuple(_pause(entry) for entry in example.get("pauses", ())),
        tuple(_extension(entry) for entry in example.get("extensions", ())),
        setting,
    )


def service_faults(mapping: Mapping[str, Any], deadlines: Mapping[str, Rule], calendar: Calendar) -> list[str]:
    """Service methods whose example day comes out differently, or that have none."""
    rules, faults = load_service_rules(mapping), []
    for entry in mapping["service_dates"]:
        example = entry.get("example")
        if not example:
            faults.append(f"送达方式 {entry['id']}:没有算例(example)")
            continue
        served = served_on(str(entry["id"]), example, rules, deadlines, calendar)
        if served.on != example["served"]:
            faults.append(f"送达方式 {entry['id']}:算例应为 {example['served']},算得 {served.on or served.missing}")
    return faults


def _pause(entry: Mapping[str, Any]) -> Pause:
    end = entry.get("end")
    return Pause(
        str(entry["reason"]), _moment(entry["start"]), None if end is None else _moment(end), entry.get("notice_served")
    )


def _extension(entry: Mapping[str, Any]) -> Extension:
    return Extension(Length(int(entry["length"]), Unit(entry["unit"])), str(entry["by"]), entry["granted_on"])


def _moment(value: object) -> date | datetime:
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise BadDeadline(f"{value} 不是带时区的时刻") from None
    raise BadDeadline(f"{value} 不是日期")


def joined(files: Iterable[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    """The entries under `key` of several mappings, in order."""
    return [entry for mapping in files for entry in mapping.get(key, [])]


def discretion_faults(book: Book) -> list[str]:
    """Items without an example, tiers beyond their range, and examples whose finding comes out differently."""
    faults = item_faults(book)
    for item in book.items.values():
        if not item.examples:
            faults.append(f"{item.id}:没有算例(examples)")
        faults.extend(filter(None, (_discretion_fault(book, item, example) for example in item.examples)))
    for example in book.tables.get("examples", []):
        faults.extend(_overload_fault(book, example))
    return faults


def _discretion_fault(book: Book, item: Item, example: Mapping[str, Any]) -> str | None:
    expect = example["expect"]
    try:
        finding = discretion(book, item, example["given"], example["act"], example.get("as_of", example["act"]))
    except ValueError as error:
        return f"{item.id}:算例无法计算:{error}"
    charge = next((c for c in finding.charges if c.range == expect["range"]), None)
    if charge is None:
        return f"{item.id}:算例没有得出幅度 {expect['range']}"
    found = {"tier": charge.tier, "min": charge.tier_minimum, "max": charge.tier_maximum, "amount": charge.suggested}
    for key, value in expect.items():
        if key != "range" and str(found[key]) != str(value):
            return f"{item.id}:算例 {dict(example['given'])} 的 {key} 应为 {value},算得 {found[key]}"
    return None


def _overload_fault(book: Book, example: Mapping[str, Any]) -> list[str]:
    settings = {k: example[k] for k in ("mpe_policy", "remainder_rule") if k in example}
    own = with_parameters(book, {key: {"value": value, "basis": "算例"} for key, value in settings.items()})
    measured = overload(
        own,
        axles=example["axles"],
        train=example["train"],
        gross_kg=example["gross_kg"],
        single_drive=example.get("single_drive") is True,
        single_tyre=example.get("single_tyre") is True,
        mpe=Decimal(str(example.get("mpe", 0))),
    )
    finding = discretion(own, example.get("item", "L010006"), {"over_kg": measured.over_kg}, FIRST_ACT, FIRST_ACT)
    fine = (finding.main.suggested if finding.main else None) or Decimal(0)
    found = {"limit_kg": measured.limit_kg, "over_kg": measured.over_kg, "fine": fine}
    return [
        f"超限算例 {dict(example)}:{key} 应为 {example[key]},算得 {value}"
        for key, value in found.items()
        if Decimal(str(example[key])) != value
    ]
