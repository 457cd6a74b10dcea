"""批量办结: several tasks of steps that allow it (process.yaml `bulk: true`), completed with the same answers, each on its own.

Each task is judged – rights, form, guards, risk rules – as if it were done alone, in a transaction of its own: what one
refuses holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine import alerting
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
    return _each(task_ids, lambda task_id: _trial(work, task_id, answers))


def complete_all(work: Work, task_ids: Sequence[str], answers: Mapping[str, Any], key: str | None = None) -> Json:
    """Completes the tasks one after the other; each has its own result and its own audit row. `key`: see `kernel.command`."""
    permissions.demand(work, "task.complete")

    def one(task_id: str) -> Json:
        keyed: Json = {"key": f"{key}:{task_id}"[-200:]} if key is not None else {}
        return _complete_one(work, task_id, answers, **keyed)

    return _each(task_ids, one)


@alerting.remembers_blocks
@opens_when_runaway
@command(may="task.complete", subject="task_id", hot=True)
def _complete_one(work: Work, task_id: str, answers: Mapping[str, Any]) -> Json:
    return do(work, task_id, answers, bulk=True)


def _trial(work: Work, task_id: str, answers: Mapping[str, Any]) -> Json:
    waiting = list(work.after_commit)
    try:
        with work.transaction(hot=True):
            raise _Tried(do(work, task_id, answers, bulk=True))
    except _Tried as tried:
        papers = [{**paper, "number": None} for paper in tried.answer["papers"]]
        return {**tried.answer, "papers": papers}
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
