"""The verbs: one verb, one function, one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from content.process import StepConfig
from engine import (
    absences,
    acting,
    alerting,
    clocks,
    forms,
    inbox,
    instances,
    moves,
    news,
    proceedings,
    qualifications,
    release_store,
    signers,
)
from engine import step as steps
from engine.definitions import Definition, definition
from engine.incident import opens_when_runaway
from engine.rulebook import guards
from kernel import permissions
from kernel.command import command
from kernel.errors import AgainstTheLaw, AlreadyClaimed, InvalidAnswers, Refusal
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import account, subject
from registers.subject import KINDS

Json = dict[str, Any]


@command(may="case.start", hot=True)
def start(work: Work, process_key: str, facts: Mapping[str, Any], *, agency_id: int, category: str) -> Json:
    """Begins a process about a new record (a case, a clue …) and lets it run to its first stop.

    `facts` answer the process's start form. The instance stays on the release in force now.
    """
    permissions.demand(work, "case.start", agency_id, category)
    release = release_store.current(work)
    which = definition(release, process_key)
    if which.process.beside:
        raise Refusal(
            f"“{which.name}”须在已有的{KINDS[which.process.subject].label}中启动", remedy="请打开该记录后启动"
        )
    proceedings.demand_starter(work, which, agency_id, category)
    checked = proceedings.answers(work, which, release, facts, {})
    return answer(proceedings.on_new_record(work, release, which, checked, agency_id=agency_id, category=category))


@opens_when_runaway
@command(may="case.start", subject="subject_id", hot=True, reads_first=True)
def start_beside(work: Work, subject_id: str, process_key: str, facts: Mapping[str, Any]) -> Json:
    """Begins a further process on a record that exists, beside those that run on it: a seizure, a recusal, a suspension.

    It shares the record's facts and has its own steps, papers and clocks. Refused where the law's order (the guards of the
    start's `step_role`) or `single: true` forbids it.
    """
    row = subject.locked(work, subject.kind_of(work, as_uuid(subject_id)), as_uuid(subject_id))
    permissions.demand(work, "case.start", row["agency_id"], row["category"])
    release = release_store.current(work)
    which = definition(release, process_key)
    if not which.process.beside or which.process.subject != row["kind"]:
        raise Refusal(f"“{which.name}”不能在已有的{row['label']}中启动", remedy="请从该记录可启动的程序中选择")
    proceedings.demand_starter(work, which, row["agency_id"], row["category"])
    checked = proceedings.answers(work, which, release, facts, row["facts"])
    officers = acting.officers_in(row["facts"], checked)
    ask = acting.Acting(work, row["id"], row["category"], officers)
    step = proceedings.on_record(work, release, which, row, checked)
    _guard(step, which, "start", which.process.start.step_role, ask)
    step.write(fresh=True)
    return answer(step)


@command(may="task.claim", subject="task_id", hot=True, reads_first=True)
def claim(work: Work, task_id: str) -> Json:
    """Takes a task of one's unit. Taking one's own again changes nothing; another's is refused."""
    row = inbox.claim(work, as_uuid(task_id))
    return {"id": str(row["id"]), "claimed_by": str(work.person.id)}


@command(may="task.release", subject="task_id", hot=True, reads_first=True)
def release(work: Work, task_id: str) -> Json:
    """Gives one's task back to the unit; what was filled in stays as its draft."""
    row = inbox.release(work, as_uuid(task_id))
    return {"id": str(row["id"]), "claimed_by": None}


@command(may="task.draft", subject="task_id", hot=True, reads_first=True)
def save_draft(work: Work, task_id: str, answers: Mapping[str, Any], version: int | None = None) -> Json:
    """Keeps what is filled in so far, judged leniently; `version` is the one that was read (If-Match)."""
    if len(repr(answers)) > 1_000_000:
        raise InvalidAnswers({"answers": "草稿内容过大(上限约 1 MB),请将大段材料作为证据上传"})
    return {"id": task_id, "version": inbox.save_draft(work, as_uuid(task_id), dict(answers), version, absences.own)}


@command(may="task.hand_over", subject="task_id")
def hand_over(work: Work, task_id: str, to_officer_id: str, reason: str) -> Json:
    """转办: gives a task to a colleague who holds its role; both names stay in the record."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写转办理由"})
    row = inbox.get(work, as_uuid(task_id), lock=True)
    if row["status"] != "open":
        raise Refusal("任务已经办结或取消", remedy="请刷新待办列表")
    if row["claimed_by"] not in (None, work.person.id) and not qualifications.may_take_from(work, row):
        raise AlreadyClaimed("任务不在您名下,不能转办", remedy="请签收人本人或者办案机构负责人转办")
    to = account.load_person(work, as_uuid(to_officer_id))
    if to is None or not to.holds(row["role"], row["agency_id"], row["category"]):
        raise Refusal("受转人没有办理这项任务的岗位", remedy="请选择本机构承担该岗位的人员")
    inbox.not_delegated(row)
    inbox.hand_over(work, row, to.id)
    steps.note(work, row, "handed_over", reason=reason, to=str(to.id), giver=row["claimed_by"])
    news.tell(work, [news.of_task(to.id, "given", f"{work.person.name}把{{task}}转给您办理:{reason.strip()}", row)])
    return {"id": str(row["id"]), "claimed_by": str(to.id)}


@alerting.remembers_blocks
@opens_when_runaway
@command(may="task.complete", subject="task_id", hot=True, reads_first=True)
def complete(work: Work, task_id: str, answers: Mapping[str, Any]) -> Json:
    """Finishes a task and lets the case run to its next stop.

    Refuses a task claimed by someone else, answers that the form does not accept, and what the guards forbid.
    """
    return do(work, task_id, answers)


def do(work: Work, task_id: str, answers: Mapping[str, Any], *, bulk: bool = False) -> Json:
    """What `complete` does, inside a transaction that is open already. `bulk`: only a step that allows it."""
    row = instances.locked_by_task(work, as_uuid(task_id))
    away = may_complete(work, row)
    release_ = release_store.load(work, row["release"])
    which = definition(release_, row["process_key"])
    config = which.step(row["element"]) or StepConfig(row["element"])
    if bulk and not config.bulk:
        raise Refusal("本环节须逐件办理,不能批量办结", remedy="请打开任务单独办理")
    if row["signing"] is not None:
        signers.demand(work, row["task_id"], row["signing"])
    officers = acting.officers_in(row["facts"], answers)
    read = alerting.parts(release_, release_store.load(work, row["in_force"]), config.step_role)
    ask = acting.Acting(work, row["subject_id"], row["category"], officers, row["agency_id"], read)
    clock_rows = clocks.send(work, row["subject_id"])
    step = steps.opened(work, row, release_, clock_rows, source=f"{row['step_process']}/{row['element']}")
    step.was = None if row["own"] else row["facts"]
    facts: Mapping[str, Any] = {}
    if config.form:
        form = release_.form(config.form)
        facts = forms.check(form, answers, row["facts"], work.person.roles, release_, work.now, step.parameter_values)
    step.learn(facts)
    _guard(step, which, row["element"], config.step_role, ask)
    step.completed = row["token"]
    step.stands_for = away
    outcome = steps.Outcome(config.step_role, sorted(facts), stands_for=str(away["id"]) if away else None)
    step.finish(row["element"], row["token"], outcome, row["back_to"])
    step.settle()
    step.write()
    return answer(step)


def may_complete(work: Work, row: Row) -> Row | None:
    """Refuses whoever may not act on a task now: closed, suspended, somebody else's, delegated. Who acts as the substitute of
    an absent colleague is told for whom (`absences`)."""
    if row["task_status"] != "open":
        raise Refusal("任务已经办结或取消", remedy="请刷新待办列表")
    if row["status"] != "running":
        raise Refusal("案件流程已挂起或结束,暂不能办理", remedy="请先恢复流程")
    inbox.may_do(work, row)
    away = absences.demand(work, row)
    if away is None and row["claimed_by"] not in (None, work.person.id):
        raise AlreadyClaimed("任务已由他人签收", remedy="如需接办,请签收人退回或转办")
    inbox.not_delegated(row)
    return away


def _guard(step: steps.Step, which: Definition, element: str, step_role: str | None, ask: acting.Acting) -> None:
    context = ask.context(step.facts, step.clocks.for_guards(), step.parameter_values)
    step.officers = ask.officers
    refusals = guards.refusals(step.release.guards, step_role, "complete", context, element=element)
    if refusals:
        first = refusals[0]
        raise AgainstTheLaw(first.message, article=first.law, rule=first.id, remedy=first.remedy)
    alerting.judge(step, step_role, ask, context)


@opens_when_runaway
@command(may="message.receive", subject="case_id", hot=True)
def receive(work: Work, case_id: str, message: str, facts: Mapping[str, Any]) -> Json:
    """A message for a case: a statement, a request for a hearing, a payment. Refused when nothing waits for it."""
    return hear(work, as_uuid(case_id), message, facts)


def hear(work: Work, case_id: UUID, message: str, facts: Mapping[str, Any], *, trade_no: str | None = None) -> Json:
    """What `receive` does, inside a transaction that is open already."""
    step = proceedings.deliver(work, case_id, message, facts, trade_no=trade_no)
    if step is None:
        raise Refusal("案件当前没有等待这类来件的环节", remedy="请核对案件进度;如确有必要,由办案人员记录在案")
    return answer(step)


@command(may="instance.cancel", subject="instance_id", hot=True, reads_first=True)
def cancel(work: Work, instance_id: str, reason: str) -> Json:
    """Ends a running process without its goal; numbers taken stay and are void only by their own verb."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写终止理由"})
    row = instances.locked(work, as_uuid(instance_id))
    if row["status"] in ("ended", "cancelled"):
        raise Refusal("流程已经结束", remedy="请刷新案件")
    step = steps.opened(
        work,
        row,
        release_store.load(work, row["release"]),
        clocks.send(work, row["subject_id"]),
        source="cancel",
    )
    step.cancel(reason)
    return answer(step)


@command(may="instance.suspend", subject="instance_id", hot=True)
def suspend(work: Work, instance_id: str, reason: str) -> Json:
    """挂起: the process stands still – its steps refuse, its timers and services wait, messages are still taken in – until it is resumed. Legal periods run on:
    stopping a clock is an act of its own."""
    return _held(work, instance_id, reason, "running", "suspended", "suspended")


@command(may="instance.suspend", subject="instance_id", hot=True)
def resume(work: Work, instance_id: str, reason: str) -> Json:
    """恢复 of a process that was suspended: what fell due meanwhile happens within a quarter of an hour."""
    return _held(work, instance_id, reason, "suspended", "running", "resumed")


def _held(work: Work, instance_id: str, reason: str, before: str, after: str, event: str) -> Json:
    row = instances.locked(work, as_uuid(instance_id))
    permissions.demand(work, "instance.suspend", row["agency_id"], row["category"])
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写理由"})
    if row["status"] != before:
        word = "正在运行" if before == "running" else "已挂起"
        raise Refusal(f"只有{word}的流程才能如此处理", remedy="请刷新案件")
    return held(work, row, after, event, reason)


def held(work: Work, row: Row, after: str, event: str, reason: str) -> Json:
    """Lets a locked process stand still or go on, with the reason in its history."""
    line = instances.Line(
        row["process_key"], row["process_key"], "act", event, None, orjson.dumps({"reason": reason}).decode()
    )
    instances.write(work, row, bytes(row["state"]), after, None, [line])
    inbox.touched(work, row["agency_id"])
    return {"instance_id": str(row["id"]), "status": after}


def plan_move(
    work: Work, instance_id: str, targets: Sequence[str], cancel: str = "conflict", siblings: str = "reopen"
) -> Json:
    """What a move would do, before anybody confirms it; changes nothing."""
    permissions.demand(work, "instance.move")
    with work.transaction():
        row = instances.locked(work, as_uuid(instance_id))
        step = movable(work, row)
        guard_targets(step, targets)
        return moves.planned(step, targets, cancel, siblings).told()


@opens_when_runaway
@command(may="instance.move", subject="instance_id", hot=True)
def move(
    work: Work,
    instance_id: str,
    targets: Sequence[str],
    reason: str,
    cancel: str = "conflict",
    siblings: str = "reopen",
) -> Json:
    """Stands the case's tokens at other steps: cancels what cannot stand beside them, opens the targets.

    Illegal targets and targets beyond a guard of the law's order are refused with the reason, and so is a return to before
    a paper that was served. Of the steps that the move takes back issued papers stay issued, papers not yet issued are
    superseded and their numbers void, running clocks are closed with the reason; jobs not begun are cancelled.
    """
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写调整理由"})
    row = instances.locked(work, as_uuid(instance_id))
    step = movable(work, row)
    guard_targets(step, targets)
    move_ = moves.planned(step, targets, cancel, siblings)
    plan = move_.told()
    move_.make(reason)
    return {**answer(step), "plan": plan}


def movable(work: Work, row: Row) -> steps.Step:
    """The step on an instance whose tokens may be moved."""
    if row["status"] == "suspended":
        raise Refusal("流程已挂起,不能调整", remedy="请先恢复流程")
    if row["status"] not in ("running", "incident"):
        raise Refusal("流程已经结束,不能调整", remedy="已结束的案件如需纠正,请另行立案或按监督程序处理")
    release_ = release_store.load(work, row["release"])
    return steps.opened(work, row, release_, clocks.send(work, row["subject_id"]), source="move")


def guard_targets(step: steps.Step, targets: Sequence[str]) -> None:
    """A move may not jump over what the law puts before its target."""
    ask = acting.Acting(step.work, step.instance["subject_id"], step.instance["category"], [])
    context = ask.context(step.facts, step.clocks.for_guards(), step.parameter_values)
    for target in targets:
        element = target.rpartition("/")[2]
        config = step.definition.step(element)
        if config is None or not config.step_role:
            continue
        for refusal in guards.precedence_refusals(step.release.guards, config.step_role, context):
            raise AgainstTheLaw(refusal.message, article=refusal.law, rule=refusal.id, remedy=refusal.remedy)


def answer(step: steps.Step) -> Json:
    """What a verb that moved the flow answers: tasks opened, papers made, whether it ended."""
    i = step.instance
    return {
        "case_id": str(i["subject_id"]),
        "instance_id": str(i["id"]),
        "ended": bool(step.run.ended),
        "tasks": [{"id": str(t.id), "element": t.element, "name": t.name, "role": t.role} for t in step.new_items],
        "papers": [{"kind": p.code, "number": p.number} for p in step.papers],
    }
