"""Faults that the rulebook finds itself: rules that it cannot read, and examples that do not come true."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import yaml

from content.faults import Fault
from content.permissions import FOLDER, PUBLISH
from content.reader import under
from engine.checks.ground import Ground
from engine.rulebook import calendars, deadlines, dmn, examples
from engine.rulebook.calendars import Calendar
from engine.rulebook.discretion import load_book
from engine.rulebook.risk import load_risks, risk_faults

_ROOT = "rules/national/"
_SERVICE = f"{_ROOT}deadlines/service_dates.yaml"
_UNREAD = "不能读取:"
_ID = re.compile(rf"(?:{_UNREAD})?([A-Z][A-Z0-9]*_[A-Z0-9_]+)[:: ]")  # what a sentence begins with says where to look
Top = Mapping[str, Any]


def time(ground: Ground) -> Iterator[Fault]:
    """The calendar, every deadline with its examples, the days of service."""
    named = _folder(ground, "deadlines")
    try:
        calendar = calendars.load_calendar(_folder(ground, "calendar").values())
    except (ValueError, KeyError, TypeError) as error:
        yield Fault(f"{_ROOT}calendar", "", "calendar", f"日历不能读取:{_said(error)}")
        return
    found = [
        fault
        for path, top in named.items()
        if "deadlines" in top
        for fault in _run(path, "deadline", functools.partial(_deadlines, top, calendar))
    ]
    yield from found
    if _SERVICE in named and not any(fault.message.startswith(_UNREAD) for fault in found):
        yield from _run(_SERVICE, "service", lambda: _service(named, calendar))


def _deadlines(top: Top, calendar: Calendar) -> list[str]:
    return examples.deadline_faults(deadlines.by_id([top]), calendar)


def _service(named: Mapping[str, Top], calendar: Calendar) -> list[str]:
    known = deadlines.by_id([top for top in named.values() if "deadlines" in top])
    return examples.service_faults(named[_SERVICE], known, calendar)


def rights(ground: Ground) -> Iterator[Fault]:
    """Nobody may publish any more: then nobody can put it right either."""
    roles = ground.permissions
    if roles.verbs and not roles.roles_that(PUBLISH):
        yield Fault(
            FOLDER,
            "",
            "no_publisher",
            f"没有任何角色可以“{PUBLISH}”(发布内容),发布后将无人能再修改内容;请至少给一个角色",
        )


def discretion(ground: Ground) -> Iterator[Fault]:
    """Violation items, tiers and overload tables with their examples."""
    tops = _folder(ground, "discretion")
    if tops:
        yield from _run(
            f"{_ROOT}discretion", "discretion", lambda: examples.discretion_faults(load_book(tops.values()))
        )


def risk(ground: Ground) -> Iterator[Fault]:
    """Risk rules with their examples, over elements and the names of context.yaml."""
    tops = _folder(ground, "risk")
    if tops:
        yield from _run(f"{_ROOT}risk", "risk", lambda: risk_faults(load_risks(tops.values()), ground.elements))


def decisions(ground: Ground) -> Iterator[Fault]:
    """Decision tables that cannot be read, that name unknown data, that have gaps, overlaps or rules never reached."""
    whole = {name for e in ground.elements.values() if e.type == "integer" for name in (e.key, e.name)}
    for path in sorted(path for path in ground.files if path.endswith(".dmn")):
        try:
            model = dmn.load(ground.files[path], aliases=ground.aliases, elements=ground.names)
            tables = dmn.check_model(dmn.parse(ground.files[path]), whole)
        except dmn.DmnError as error:
            yield Fault(path, "", "decision", f"决策表不能读取:{error}")
            continue
        yield from (Fault(path, fault.element, "decision", fault.message) for fault in model.faults)
        for name, findings in tables.items():
            found = (one for one in findings if one.kind != "unchecked")
            yield from (Fault(path, name, f"decision_{one.kind}", one.message) for one in found)


def _run(path: str, code: str, find: Callable[[], Iterable[str]]) -> Iterator[Fault]:
    """What the rulebook says, sentence by sentence; what it cannot read is one sentence."""
    try:
        wrong = list(find())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        wrong = [f"{_UNREAD}{_said(error)}"]
    for what in wrong:
        named = _ID.match(what)
        yield Fault(path, named[1] if named else "", code, what)


def _said(error: Exception) -> str:
    return f"缺少 {error}" if isinstance(error, KeyError) else str(error)


def _folder(ground: Ground, name: str) -> dict[str, Top]:
    """The files of one folder of rules, as the rulebook reads them. What is no YAML was said before."""
    found: dict[str, Top] = {}
    for path in under(ground.files, f"{_ROOT}{name}/"):
        try:
            top = yaml.load(ground.files[path], Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            continue
        if isinstance(top, dict):
            found[path] = top
    return found
