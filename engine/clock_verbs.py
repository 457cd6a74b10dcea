"""The verbs of a clock: it stands still, runs on, is lengthened – only as its rule allows, and each with its reason.

What rests on the clock – timers, due dates in the inbox – is dated anew in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from engine import clocks, instances, release_store
from engine import step as steps
from engine.rulebook import deadlines
from engine.rulebook.clock import why_not_counted
from engine.rulebook.periods import Length
from engine.rules import Rules, rules
from kernel import permissions
from kernel.command import command
from kernel.errors import AgainstTheLaw, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import LOCAL, Row, Work

Json = dict[str, Any]
Act = Literal["pause", "resume", "extend"]
# What the act does to the clock's row, given the step and the rules in force; answers with why the date is what it is now.
_Do = Callable[[steps.Step, Row, Rules], "_Ground"]


class _Ground(NamedTuple):
    """On what an act upon a clock rests: a Chinese sentence, and the article."""

    sentence: str
    article: str


@command(may="clock.manage", subject="clock_id")
def pause_clock(work: Work, clock_id: str, reason: str, notice_served: date | None = None) -> Json:
    """The clock stands still from today on a ground of its rule (`reason`: appraisal, hearing …).

    `notice_served`: the day on which the party was told in writing, where the rule asks for that. Refused, with the
    article, where the law knows no such ground.
    """
    return _done(work, clock_id, "clock_paused", reason, _pausing(reason, notice_served))


@command(may="clock.manage", subject="clock_id")
def resume_clock(work: Work, clock_id: str, reason: str) -> Json:
    """The clock that stands still on this ground runs on from today."""
    return _done(work, clock_id, "clock_resumed", reason, _resuming(reason))


@command(may="clock.manage", subject="clock_id")
def extend_clock(work: Work, clock_id: str, count: int, reason: str) -> Json:
    """The period is lengthened by `count` units of its rule, by who may grant that under the rule. `reason` is kept."""
    return _done(work, clock_id, "clock_extended", reason, _extending(count, reason))


def plan_clock(
    work: Work, clock_id: str, act: Act, reason: str, *, count: int = 0, notice_served: date | None = None
) -> Json:
    """What the act would do – the new date, why, and what rests on it – before anybody confirms it; changes nothing.

    Refused as the act itself would be.
    """
    permissions.demand(work, "clock.manage")
    do = {
        "pause": lambda: _pausing(reason, notice_served),
        "resume": lambda: _resuming(reason),
        "extend": lambda: _extending(count, reason),
    }[act]()
    with work.transaction():
        return _on(work, clock_id, do)[1]


def _pausing(reason: str, notice_served: date | None) -> _Do:
    def act(step: steps.Step, row: Row, book: Rules) -> _Ground:
        if clocks.is_paused(row):
            raise Refusal("这个期限已经停表", remedy="请先恢复计时")
        if notice_served is not None and notice_served > step.work.today:
            raise InvalidAnswers({"notice_served": "告知当事人的日期不得晚于今日"})
        clock = step.clocks.clock_of(row)
        why_not = why_not_counted(clock, deadlines.Pause(reason, step.work.today, None, notice_served))
        if why_not:
            raise AgainstTheLaw(
                why_not, article=clock.rule.article, rule=clock.rule.id, remedy="请核对停表的法定事由和告知文书"
            )
        step.clocks.pause(row["rule"], reason, notice_served)
        ground = clock.rule.pauses[reason]
        return _Ground(
            f"因“{ground.name}”自 {step.work.today} 起停表,停表期间不计入期限,恢复计时之日起继续计算", ground.law
        )

    return act


def _resuming(reason: str) -> _Do:
    def act(step: steps.Step, row: Row, book: Rules) -> _Ground:
        since = next((p["start"] for p in row["pauses"] if p["reason"] == reason and p["end"] is None), None)
        if since is None:
            raise Refusal("这个期限没有因该事由停表", remedy="请核对停表事由")
        step.clocks.resume(row["rule"], reason)
        ground = step.clocks.clock_of(row).rule.pauses[reason]
        return _Ground(f"因“{ground.name}”自 {since[:10]} 起的停表于 {step.work.today} 结束,其间不计入期限", ground.law)

    return act


def _extending(count: int, reason: str) -> _Do:
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写延长理由"})
    if count < 1:
        raise InvalidAnswers({"count": "延长的长度须为正整数"})

    def act(step: steps.Step, row: Row, book: Rules) -> _Ground:
        clock, work = step.clocks.clock_of(row), step.work
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
        article = allowed.law if allowed is not None else clock.rule.article
        return _Ground(f"{work.person.name}于 {work.today} 批准延长 {extension.length}:{extension.reason}", article)

    return act


def _done(work: Work, clock_id: str, event: str, reason: str, do: _Do) -> Json:
    step, answer = _on(work, clock_id, do)
    told = {key: answer[key] for key in ("rule", "name", "why")}
    step.noted(answer["element"], event, {**told, "reason": reason})
    step.settle()
    step.write()
    return answer


def _on(work: Work, clock_id: str, do: _Do) -> tuple[steps.Step, Json]:
    """The act upon the clock in memory, and what is to be said about it."""
    found = work.one("select instance_id from clock where id = %s", (_id(clock_id),))
    if found is None or found["instance_id"] is None:
        raise NotFound("没有这个期限,或者它不在您的权限范围内")
    instance = instances.locked(work, found["instance_id"])
    permissions.demand(work, "clock.manage", instance["agency_id"], instance["category"])
    if instance["status"] not in ("running", "incident"):
        raise Refusal("流程已经结束,期限不能再调整", remedy="请刷新案件")
    clock_rows = clocks.send(work, instance["subject_id"])
    step = steps.opened(work, instance, release_store.load(work, instance["release"]), clock_rows, source="clock")
    row = step.clocks.running(_id(clock_id))
    book = rules(step.clocks.release)
    before = row["due_at"]
    ground = do(step, row, book)
    return step, {
        "id": clock_id,
        "rule": row["rule"],
        "name": book.deadline(row["rule"]).name,
        "element": row["element"],
        "paused": clocks.is_paused(row),
        "due_before": before,
        "due_at": row["due_at"],
        "why": _sentence(ground.sentence, before, row["due_at"]),
        "article": ground.article,
        "affects": step.resting_on(row["rule"]),
    }


def _sentence(ground: str, before: datetime, after: datetime) -> str:
    days = [at.astimezone(LOCAL).date() for at in (before, after)]
    return f"{ground};届满日{'仍为 ' if days[0] == days[1] else f'由 {days[0]} 改为 '}{days[1]}"


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从列表中重新打开") from error
