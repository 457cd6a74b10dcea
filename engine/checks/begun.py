"""Faults of processes that are begun by others: nobody fills their intake form, so what it requires must come with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import feel
from content.faults import Fault
from content.forms import Field
from content.process import Process
from engine.checks import known
from engine.checks.ground import Ground

_TEXT: Final = re.compile(r'"([^"]*)"')


def intake_not_given(ground: Ground) -> Iterator[Fault]:
    """A service task begins a process about a new record, and what that one's intake form requires is not taken along, or
    is told by nobody about the record that it is taken from.
    """
    for process in ground.processes.values():
        for element, service in process.services.items():
            target = ground.processes.get(service.parameters.get("process", ""))
            if service.action != "start_process" or service.parameters.get("about", "new") != "new" or target is None:
                continue
            told, copied = _told(ground, process), service.parameters.get("copy", "all")
            taken = told if copied == "all" else {key.strip() for key in copied.split(",")}
            fixed = _constants(ground, process)
            for field in _required(ground, target):
                if _never(ground, field, fixed):
                    continue
                name = ground.elements[field.element].name if field.element in ground.elements else field.element
                begun = f"启动的“{target.name}”不填受理表单“{target.start.form}”,其中必填的“{name}”({field.element})"
                if field.element not in taken:
                    what = f"{begun}没有带去,请加入 copy,或者写入该流程的 start.effects"
                    yield Fault(process.file, element, "intake_not_given", what)
                elif field.element not in told:
                    what = f"{begun}虽列入 copy,但本流程所在的记录没有表单、来件或者动作提供它"
                    yield Fault(process.file, element, "intake_not_given", what)


def _required(ground: Ground, target: Process) -> Iterator[Field]:
    """The fields of the intake form that must be filled, always or under a condition, and that the start itself does not set."""
    form = ground.forms.get(target.start.form or "")
    set_by_start = set(target.start.effects.get(target.subject, ()))
    for field in form.fields.values() if form is not None else ():
        if field.required is not False and not field.computed and field.element not in set_by_start:
            yield field


def _constants(ground: Ground, process: Process) -> dict[str, str]:
    """Elements that the forms of a process compute as one fixed text: element → text."""
    forms = {process.start.form, *(step.form for step in process.steps.values())}
    fields = [field for name in forms if name in ground.forms for field in ground.forms[name].fields.values()]
    return {f.element: m.group(1) for f in fields if f.computed and (m := _TEXT.fullmatch(f.computed.strip()))}


def _never(ground: Ground, field: Field, fixed: Mapping[str, str]) -> bool:
    """Is the condition under which the field is required false, whatever else is told?"""
    if not isinstance(field.required, str):
        return False
    try:
        condition = feel.compile(field.required, aliases=ground.aliases, names=ground.form_names)
    except feel.FeelError:
        return False  # said by data.form_expressions
    return condition.reads <= fixed.keys() and condition.evaluate(fixed) is False


def _told(ground: Ground, process: Process) -> set[str]:
    """Everything that somebody tells of the record by then: forms, messages, effects and actions of the process, of those that
    it calls, that call it, and that run beside it; what was copied into the record.
    """
    found = {key for facts in known.ACTION_FACTS.values() for key in facts}
    for one in _together(ground, process):
        forms = {one.start.form, *(step.form for step in one.steps.values())}
        found |= {key for name in forms if name in ground.forms for key in ground.forms[name].fields}
        found |= {key for brought in one.messages.values() for key in brought}
        for effects in (one.start.effects, *(step.effects for step in one.steps.values())):
            found |= set(effects.get(process.subject, ()))
        found |= _copied_into(ground, one)
    return found


def _together(ground: Ground, process: Process) -> list[Process]:
    """The processes that may work on one record with this one. Beside a record anything may have gone before."""
    above = {process.key}
    while more := {key for key, called in ground.calls.items() if called & above} - above:
        above |= more
    near = set(above)
    while more := {one for key in near for one in ground.calls.get(key, ())} - near:
        near |= more
    same = [one for one in ground.processes.values() if one.subject == process.subject]
    if any(ground.processes[key].beside for key in above if key in ground.processes):
        return same
    return [one for one in same if one.key in near or one.beside]


def _copied_into(ground: Ground, target: Process) -> set[str]:
    """What service tasks of others take along to a record that this process is begun about."""
    services = [service for process in ground.processes.values() for service in process.services.values()]
    lists = [
        service.parameters.get("copy", "")
        for service in services
        if service.action == "start_process" and service.parameters.get("process") == target.key
    ]
    return {key.strip() for one in lists for key in one.split(",")} - {"", "all"}
