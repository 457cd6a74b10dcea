"""Faults of deadlines: unknown ones, those that nothing starts, those that nobody hears."""

from __future__ import annotations

from collections.abc import Iterator

from content.faults import Fault
from content.process import StepConfig
from engine.checks.ground import Ground, like


def _named(step: StepConfig) -> Iterator[str]:
    yield from (start.rule for start in step.starts)
    yield from (start.after for start in step.starts if start.after)
    yield from step.stops
    yield from (pause.rule for pause in (*step.pauses, *step.resumes))
    yield from (one.rule for one in step.extends)
    if step.clock:
        yield step.clock


def unknown_deadlines(ground: Ground) -> Iterator[Fault]:
    """A step or timer names a deadline that the rulebook does not have."""
    for process, step in ground.steps:
        for rule in dict.fromkeys(_named(step)):
            if rule not in ground.deadlines:
                yield Fault(
                    process.file,
                    step.element,
                    "unknown_deadline",
                    f"没有期限 {rule},请在 rules/national/deadlines 中登记或更正",
                )
    for diagram, element, rule in ground.timers:
        if rule not in ground.deadlines:
            yield Fault(diagram.file, element, "unknown_deadline", f"定时事件等待的期限 {rule} 不存在")


def unknown_pauses(ground: Ground) -> Iterator[Fault]:
    """A clock stands still for a reason that its rule does not know."""
    for process, step in ground.steps:
        for pause in (*step.pauses, *step.resumes):
            entry = ground.deadlines.get(pause.rule, {})
            reasons = {str(one.get("reason")) for one in entry.get("pauses") or ()}
            if entry and pause.reason not in reasons:
                known = "、".join(sorted(reasons)) or "无"
                yield Fault(
                    process.file,
                    step.element,
                    "unknown_pause",
                    f"期限 {pause.rule} 没有停表事由 {pause.reason};已有:{known}",
                )


def start_elements(ground: Ground) -> Iterator[Fault]:
    """A clock starts from an element that holds no day."""
    for process, step in ground.steps:
        for start in step.starts:
            element = ground.elements.get(start.from_ or "")
            if start.from_ and (element is None or element.type not in ("date", "datetime")):
                no = f"没有登记为数据元{like(start.from_, ground.elements)}" if element is None else "不是日期类数据元"
                yield Fault(
                    process.file,
                    step.element,
                    "unknown_element",
                    f"期限 {start.rule} 的起算栏目 {start.from_} {no}",
                )


def clock_elements(ground: Ground) -> Iterator[Fault]:
    """A clock is lengthened by, or stands still from, an element that holds no number or no day."""
    for process, step in ground.steps:
        named: list[tuple[str, tuple[str, ...], str]] = [
            *((p.notice, ("date", "datetime"), "日期") for p in step.pauses if p.notice),
            *((one.count, ("integer",), "整数") for one in step.extends),
        ]
        for key, types, what in named:
            element = ground.elements.get(key)
            if element is None or element.type not in types:
                yield Fault(process.file, step.element, "unknown_element", f"期限所用的栏目 {key} 不是{what}类数据元")


def never_started(ground: Ground) -> Iterator[Fault]:
    """A clock that is stopped, shown, paused or waited for, and that nothing starts."""
    started = {start.rule for _, step in ground.steps for start in step.starts}
    for process, step in ground.steps:
        for rule in dict.fromkeys(_named(step)):
            if rule not in started:
                yield Fault(
                    process.file, step.element, "never_started", f"期限 {rule} 没有任何环节启动,请在起算环节写 starts"
                )
    for diagram, element, rule in ground.timers:
        if rule not in started:
            yield Fault(
                diagram.file, element, "never_started", f"定时事件等待的期限 {rule} 没有任何环节启动,流程会在此出错"
            )


def unheard(ground: Ground) -> Iterator[Fault]:
    """A clock that is started and that nobody sees, stops or waits for: its end would pass in silence."""
    heard = {rule for _, _, rule in ground.timers}
    heard |= {rule for _, step in ground.steps for rule in (*step.stops, *([step.clock] if step.clock else []))}
    for process, step in ground.steps:
        for start in step.starts:
            if start.rule not in heard:
                yield Fault(
                    process.file,
                    step.element,
                    "unheard",
                    f"期限 {start.rule} 启动后无人查看、办结或等待,请写 clock、stops 或定时事件",
                )
