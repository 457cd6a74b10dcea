"""The stored form of a run: our own, versioned, without specs and without history.

One byte of format number, then an orjson document (format 1):
`n` spec names used; `t` tasks of the process as rows [id, position of the parent, index into n, state, time of last change,
triggered, internal data, data], parents before children; `l` position of the last task; `d` what ended tokens knew; `s` running sub-processes as
[id of the holding task, spec name, {t, l, d}], outer before inner; `e` final data, only when the run has ended.
Finished history is pruned first, so size and time do not grow with turns. What a finished task knew is kept only while someone
still inherits from it.
"""

from __future__ import annotations

from typing import Any

import orjson
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState as S

from engine.flow.blocks import prune
from engine.flow.errors import Unthawable
from engine.flow.host import Host, SubWorkflow, Waits, Workflow
from engine.flow.upgrade import upgraded

FORMAT = 1
_BEGUN = S.WAITING | S.READY | S.STARTED


def freeze(wf: Workflow) -> bytes:
    """The state of a run that has come to a stop; the run itself may go on afterwards."""
    if wf.completed:
        return freeze_ended(final(wf))
    names: dict[str, int] = {}
    document = _rows(wf, names)
    live = {k: s for k, s in wf.subprocesses.items() if not s.completed}
    wf.subprocesses = live
    document["s"] = [(k, s.spec.name, _rows(s, names)) for k, s in live.items()]
    document["n"] = list(names)
    return bytes([FORMAT]) + orjson.dumps(document)


def freeze_ended(data: dict[str, Any]) -> bytes:
    """The state of a run that has ended with this data."""
    return bytes([FORMAT]) + orjson.dumps({"e": data})


def final(wf: Workflow) -> dict[str, Any]:
    """What an ended run knew at its end."""
    return {**wf.data, **(wf.last_task.data if wf.last_task is not None else {})}


def _rows(wf: Any, names: dict[str, int]) -> dict[str, Any]:
    prune(wf)
    tasks = wf.tasks
    rows: list[tuple[Any, ...]] = []
    position: dict[str, int] = {}
    open_joins = {
        t.task_spec for t in tasks.values() if not t._state & S.FINISHED_MASK and isinstance(t.task_spec, Join)
    }
    stack = [wf.task_tree]
    while stack:
        t = stack.pop()
        position[t.id] = len(rows)
        data = t.data
        if t._state & S.FINISHED_MASK and data and t is not wf.last_task and _inherited(t, tasks, open_joins):
            data = None
        spec = names.setdefault(t.task_spec.name, len(names))
        parent = position.get(t._parent, -1)
        rows.append(
            (t.id, parent, spec, t._state, t.last_state_change, t.triggered, t.internal_data or None, data or None)
        )
        if t._children:
            stack.extend(tasks[c] for c in reversed(t._children))
    return {"t": rows, "l": position.get(wf.last_task.id) if wf.last_task else None, "d": wf.data or None}


def _inherited(t: Any, tasks: dict[str, Any], open_joins: set[Any]) -> bool:
    """Whether nobody will inherit from a finished task any more: children that are READY or further have done so, and an open
    join reads its parents when it runs; a parent that has not finished still merges its instances."""
    if t._parent is not None and not tasks[t._parent]._state & S.FINISHED_MASK:
        return False
    return all(tasks[c]._state >= S.READY and tasks[c].task_spec not in open_joins for c in t._children)


def thaw(state: bytes, spec: Any, subs: dict[str, Any], host: Host) -> tuple[Workflow, dict[str, Any] | None]:
    """(workflow, final data if it has ended). Raises Unthawable for what this program or this diagram cannot carry on."""
    document = _document(state)
    wf = Workflow(spec, subs, host, deserializing=True)
    if "e" in document:
        wf.completed = True
        return wf, document["e"]
    try:
        _restore(wf, document, document["n"])
        for holder, name, inner in document["s"]:
            sub = SubWorkflow(subs[name], holder, wf, deserializing=True)
            _restore(sub, inner, document["n"])
            wf.subprocesses[holder] = sub
            task = wf.get_task_from_id(holder)
            sub.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Unthawable(f"流程状态与流程图不符({error!r}),请确认实例所用的版本") from error
    return wf, None


def _document(state: bytes) -> dict[str, Any]:
    if not state:
        raise Unthawable("流程状态为空,请从备份恢复该实例")
    version = state[0]
    if version > FORMAT:
        raise Unthawable(f"流程状态为第 {version} 版格式,本程序只认识到第 {FORMAT} 版,请先升级程序")
    try:
        document = upgraded(orjson.loads(state[1:]), version, FORMAT)
    except (orjson.JSONDecodeError, LookupError) as error:
        raise Unthawable(f"流程状态(第 {version} 版格式)已损坏,请从备份恢复该实例") from error
    if not isinstance(document, dict):
        raise Unthawable("流程状态已损坏,请从备份恢复该实例")
    return document


def _restore(wf: Any, document: dict[str, Any], names: list[str]) -> None:
    inside = wf.top_workflow.trace.inside
    table = [wf.spec.task_specs.get(name) for name in names]
    tasks, new = wf.tasks, object.__new__
    ids: list[str] = []
    for i, parent, spec, state, changed, triggered, internal, data in document["t"]:
        t = new(Task)
        t.id, t.workflow, t._children, t._state, t.triggered = i, wf, [], state, triggered
        t.task_spec = table[spec]
        if t.task_spec is None:
            raise KeyError(names[spec])
        t.thread_id, t.data, t.internal_data, t.last_state_change = 0, data or {}, internal or {}, changed
        t._parent = ids[parent] if parent >= 0 else None
        if parent >= 0:
            tasks[ids[parent]]._children.append(i)
        ids.append(i)
        tasks[i] = t
        if state & _BEGUN and isinstance(t.task_spec, Waits):
            inside.add(i)
    wf.task_tree = tasks[ids[0]]
    wf.data = document.get("d") or {}
    wf.last_task = tasks[ids[document["l"]]] if document["l"] is not None else None
