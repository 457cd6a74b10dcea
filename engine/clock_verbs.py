"""The verbs of a clock: it stands still, runs on, is lengthened – only as its rule allows, and each with its reason.

What rests on the clock – timers, due dates in the inbox – is dated anew in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from engine import clocks, instances, release_store
from engine import step as steps
from engine.rulebook import deadlines
from engine.rulebook.clock import why_not_counted
from engine.rulebook.periods import Length
from engine.rules import Rules, rules
from kernel.command import command
from kernel.errors import AgainstTheLaw, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import Row, Work

Json = dict[str, Any]


@command(may="clock.manage", subject="clock_id")
def pause_clock(work: Work, clock_id: str, reason: str, notice_served: date | None = None) -> Json:
    """The clock stands still from today on a ground of its rule (`reason`: appraisal, hearing …).

    `notice_served`: the day on which the party was told in writing, where the rule asks for that. Refused, with the
    article, where the law knows no such ground.
    """

    def act(step: steps.Step, row: Row, book: Rules) -> None:
        if clocks.is_paused(row):
            raise Refusal("这个期限已经停表", remedy="请先恢复计时")
        clock = step.clocks.clock_of(row)
        why_not = why_not_counted(clock, deadlines.Pause(reason, work.today, None, notice_served))
        if why_not:
            raise AgainstTheLaw(
                why_not, article=clock.rule.article, rule=clock.rule.id, remedy="请核对停表的法定事由和告知文书"
            )
        step.clocks.pause(row["rule"], reason, notice_served)

    return _on(work, clock_id, "clock_paused", reason, act)


@command(may="clock.manage", subject="clock_id")
def resume_clock(work: Work, clock_id: str, reason: str) -> Json:
    """The clock that stands still on this ground runs on from today."""

    def act(step: steps.Step, row: Row, book: Rules) -> None:
        if not any(p["reason"] == reason and p["end"] is None for p in row["pauses"]):
            raise Refusal("这个期限没有因该事由停表", remedy="请核对停表事由")
        step.clocks.resume(row["rule"], reason)

    return _on(work, clock_id, "clock_resumed", reason, act)


@command(may="clock.manage", subject="clock_id")
def extend_clock(work: Work, clock_id: str, count: int, reason: str) -> Json:
    """The period is lengthened by `count` units of its rule, by who may grant that under the rule. `reason` is kept."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写延长理由"})
    if count < 1:
        raise InvalidAnswers({"count": "延长的长度须为正整数"})

    def act(step: steps.Step, row: Row, book: Rules) -> None:
        clock = step.clocks.clock_of(row)
        allowed = clock.rule.extension
        unit = allowed.longest.unit if allowed is not None and allowed.longest is not None else clock.length.unit
        by = allowed.by if allowed is not None else ""
        extension = deadlines.Extension(Length(count, unit), by, work.today, reason.strip())
        why_not = deadlines.extension_refusal(clock, extension, step.clocks.calendar)
        if why_not:
            raise AgainstTheLaw(
                why_not, article=clock.rule.article, rule=clock.rule.id, remedy="请按期办结,或核对延长的依据"
            )
        if not work.person.holds(by, step.instance["agency_id"], step.instance["category"]):
            raise NotAllowed("这个期限的延长须由法律规定的批准人办理", remedy="请报执法部门负责人批准")
        step.clocks.extend(row["rule"], extension)

    return _on(work, clock_id, "clock_extended", reason, act)


def _on(work: Work, clock_id: str, event: str, reason: str, act: Callable[[steps.Step, Row, Rules], None]) -> Json:
    found = work.one("select instance_id from clock where id = %s", (_id(clock_id),))
    if found is None or found["instance_id"] is None:
        raise NotFound("没有这个期限,或者它不在您的权限范围内")
    instance = instances.locked(work, found["instance_id"])
    if instance["status"] not in ("running", "incident"):
        raise Refusal("流程已经结束,期限不能再调整", remedy="请刷新案件")
    clock_rows = work.read(clocks.send(work, instance["subject_id"]))
    release = release_store.load(work, instance["release"])
    step = steps.opened(work, instance, release, clock_rows, source=event)
    row = step.clocks.running(_id(clock_id))
    act(step, row, rules(step.clocks.release))
    step.noted(row["element"], event, {"rule": row["rule"], "reason": reason})
    step.settle()
    step.write()
    return {"id": clock_id, "rule": row["rule"], "due_at": row["due_at"], "paused": clocks.is_paused(row)}


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从列表中重新打开") from error
