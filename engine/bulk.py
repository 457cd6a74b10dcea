"""批量办结、签收、转办、催办: one act for several tasks, each on its own. What is completed together are steps that allow it
(process.yaml `bulk: true`), with the same answers.

Each task is judged – rights, form, guards, risk rules – as if it were done alone, in a transaction of its own: what one
refuses holds up no other. A plan does each for trial and undoes it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine import alerting, commands, watching
from engine.commands import do
from engine.incident import opens_when_runaway
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, Refusal
from kernel.work import Work

Json = dict[str, Any]
MOST = 100


class _Tried(Exception):
    """Carries the answer of a trial out of the transaction that it undoes."""

    def __init__(self, answer: Json) -> None:
        self.answer = answer


def plan_complete_all(work: Work, task_ids: Sequence[str], answers: Mapping[str, Any]) -> Json:
    """What `complete_all` would do with each task: the tasks that would follow and the papers, or why it is refused. Each is
    done for trial and undone; nothing is kept, no number is taken."""
    permissions.demand(work, "task.complete")
    return _each(task_ids, lambda task_id: _completed_for_trial(work, task_id, answers))


def complete_all(work: Work, task_ids: Sequence[str], answers: Mapping[str, Any], key: str | None = None) -> Json:
    """Completes the tasks one after the other; each has its own result and its own audit row. `key`: see `kernel.command`."""
    permissions.demand(work, "task.complete")

    return _each(task_ids, lambda task_id: _complete_one(work, task_id, answers, **_keyed(key, task_id)))


@alerting.remembers_blocks
@opens_when_runaway
@command(may="task.complete", subject="task_id", hot=True)
def _complete_one(work: Work, task_id: str, answers: Mapping[str, Any]) -> Json:
    return do(work, task_id, answers, bulk=True)


def _completed_for_trial(work: Work, task_id: str, answers: Mapping[str, Any]) -> Json:
    done = _trial(work, lambda: do(work, task_id, answers, bulk=True))
    return {**done, "papers": [{**paper, "number": None} for paper in done["papers"]]}


# ---------------------------------------------------------------------- changing hands, asking to hurry
def claim_all(work: Work, task_ids: Sequence[str], key: str | None = None) -> Json:
    """Takes several open tasks; who was quicker keeps his."""
    permissions.demand(work, "task.claim")
    return _each(task_ids, lambda one: commands.claim(work, one, **_keyed(key, one)))


def plan_hand_over_tasks(work: Work, task_ids: Sequence[str], to_officer_id: str, reason: str) -> Json:
    """What `hand_over_tasks` would do with each task; nothing is kept."""
    permissions.demand(work, "task.hand_over")
    return _each(_for_a_reason(task_ids, reason), _tried(work, commands.hand_over, to_officer_id, reason))


def hand_over_tasks(
    work: Work, task_ids: Sequence[str], to_officer_id: str, reason: str, key: str | None = None
) -> Json:
    """转办 of several tasks to one colleague; each goes only if he may do it. `key`: see `kernel.command`."""
    permissions.demand(work, "task.hand_over")
    chosen = _for_a_reason(task_ids, reason)
    return _each(chosen, lambda one: commands.hand_over(work, one, to_officer_id, reason, **_keyed(key, one)))


def plan_urge_tasks(work: Work, task_ids: Sequence[str], reason: str) -> Json:
    """What `urge_tasks` would do with each task; nobody hears of it."""
    permissions.demand(work, "task.urge")
    return _each(_for_a_reason(task_ids, reason), _tried(work, watching.urge, reason))


def urge_tasks(work: Work, task_ids: Sequence[str], reason: str, key: str | None = None) -> Json:
    """催办 of several tasks; one that has not answered its last reminder is left out and says so."""
    permissions.demand(work, "task.urge")
    return _each(_for_a_reason(task_ids, reason), lambda one: watching.urge(work, one, reason, **_keyed(key, one)))


def _for_a_reason(task_ids: Sequence[str], reason: str) -> Sequence[str]:
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写理由"})
    return task_ids


def _keyed(key: str | None, task_id: str) -> Any:
    return {} if key is None else {"key": f"{key}:{task_id}"[-200:]}


def _tried(work: Work, verb: Callable[..., Any], *arguments: str) -> Callable[[str], Json]:
    """The verb for trial: without its transaction and its audit row, since a plan is no act."""
    bare = inspect.unwrap(verb)
    return lambda task_id: _trial(work, lambda: bare(work, task_id, *arguments))


def _trial(work: Work, act: Callable[[], Json]) -> Json:
    waiting = list(work.after_commit)
    try:
        with work.transaction(hot=True):
            raise _Tried(act())
    except _Tried as tried:
        return tried.answer
    finally:
        work.after_commit[:] = waiting


def _each(task_ids: Sequence[str], act: Callable[[str], Json]) -> Json:
    if not 0 < len(task_ids) <= MOST:
        raise InvalidAnswers({"task_ids": f"请选择 1 至 {MOST} 项任务"})
    items = []
    for task_id in dict.fromkeys(task_ids):
        try:
            done, why = act(task_id), None
        except Refusal as refused:
            fields = ";".join(dict.fromkeys(refused.fields.values()))
            done, why = None, f"{refused.detail}{f'({fields})' if fields else ''}"
        items.append({"id": task_id, "result": done, "why_not": why})
    return {"items": items}
