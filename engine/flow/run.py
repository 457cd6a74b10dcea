"""One instance, from stop to stop: what waits, what may be done, what was passed."""

from __future__ import annotations

import functools
import logging
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import SpiffWorkflow.task
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState as S

from engine.flow import events, freeze
from engine.flow.errors import FlowError, Refused, Runaway
from engine.flow.host import Host, Passed, Passes, Task, Waits, Workflow, checked, learn
from engine.flow.move import Cancel, MovePlan, Mover, Place, Siblings, planned

if TYPE_CHECKING:
    from engine.flow.definition import Definition

BOUND = 200

# Task ids as strings: their hash is cached in C, and they are the tokens that the store and the inbox keep.
SpiffWorkflow.task.uuid4 = lambda: secrets.token_hex(16)


# Its log would carry task data, and builds its lines even when nobody reads them.
for _logger in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_logger).setLevel(logging.WARNING)


@functools.wraps(SpiffWorkflow.task.Task._set_state)
def _set_state(task: Any, value: int) -> None:
    """As the stock method, without its log."""
    if value != task._state:
        task._state, task.last_state_change = value, time.time()


SpiffWorkflow.task.Task._set_state = _set_state


@dataclass(frozen=True)
class Waiting:
    """Something that waits. `token` is stable while it does; `due` only for timers with a known day, `message` for messages;
    `path`: the calls and sub-processes around it, outermost first."""

    token: str
    element: str
    kind: str
    due: datetime | None
    message: str | None
    name: str
    lane: str | None
    path: tuple[str, ...] = ()


class Run:
    """A live instance on a shared `Definition`. After any exception but `Refused` throw it away and keep the stored state."""

    def __init__(self, definition: Definition, workflow: Workflow, ended_with: dict[str, Any] | None = None) -> None:
        self.definition = definition
        self._wf = workflow
        self._ended_with = ended_with
        self._before = 0

    @classmethod
    def started(cls, definition: Definition, host: Host, data: Mapping[str, object]) -> Run:
        """A new instance, gone as far as its first stop."""
        run = cls(definition, definition.new_workflow(host))
        learn(run._wf.task_tree, data)
        run._advance()
        return run

    # ------------------------------------------------------------------ what is
    @property
    def ended(self) -> bool:
        """Whether no token is left."""
        return bool(self._wf.completed)

    @property
    def data(self) -> dict[str, Any]:
        """What the tokens know, merged; after the end, what was known then."""
        if self._ended_with is not None:
            return dict(self._ended_with)
        if self.ended:
            return freeze.final(self._wf)
        data: dict[str, Any] = {}
        for _, task in self._live():
            data.update(task.data)
        return data

    @property
    def passed(self) -> list[Passed]:
        """What was entered, left and cancelled since start or thaw, in order; automatic elements too."""
        return list(self._wf.trace.passed)

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Messages thrown since start or thaw: (name, element). The host delivers them."""
        return list(self._wf.trace.sent)

    def waiting(self) -> list[Waiting]:
        """Everything that waits for someone, in tree order, outer processes first."""
        return [w for at, task in self._live() for w in self._waits(at, task)]

    def freeze(self) -> bytes:
        """The state to store. Freeze after every step: it is what keeps the tree small."""
        if self._ended_with is not None:
            return freeze.freeze_ended(self._ended_with)
        return freeze.freeze(self._wf)

    # ------------------------------------------------------------------ what may be done
    def complete(self, token: str, data: Mapping[str, object] | None = None) -> None:
        """A person or a service has finished a step; the flow goes on to its next stop."""
        task = self._task(token)
        if task._state != S.READY or not task.task_spec.manual:
            raise Refused(f"“{_name(task)}”不是待办环节,不能办结")
        fresh = checked(data or {})
        with_data = {**task.data, **fresh}
        learn(task, with_data if fresh else {})
        self._do(task.run)

    def fire(self, token: str) -> None:
        """A timer is due: exactly this one happens."""
        task, event = self._event(token)
        if not isinstance(event[1], events.Timer):
            raise Refused(f"“{_name(task)}”不是定时事件")
        self._do(lambda: self._happen(task, event[0], {}))

    def message(self, name: str, data: Mapping[str, object] | None = None, token: str | None = None) -> None:
        """A message has come. Without a token exactly one element must wait for it."""
        fits = [w for w in self.waiting() if w.kind == "message" and w.message == name and token in (None, w.token)]
        if not fits:
            raise Refused(f"流程没有在等待消息“{name}”")
        if len(fits) > 1:
            where = "、".join(w.name or w.element for w in fits)
            raise Refused(f"流程有 {len(fits)} 处在等待消息“{name}”({where}),请指明其中一处")
        payload = checked(data or {})
        task, event = self._event(fits[0].token)
        self._do(lambda: self._happen(task, event[0], payload))

    def error(self, token: str, code: str) -> None:
        """A step has failed with a business error: the boundary event that catches its code takes over."""
        task = self._task(token)
        boundary = events.attached(task, "error", code) or events.catcher(task.workflow, "error", code)
        if boundary is None:
            raise Refused(f"“{_name(task)}”没有捕获错误“{code}”的边界事件")
        self._do(lambda: events.fire(boundary))

    def move(self, targets: Sequence[str], cancel: str = "conflict", siblings: str = "reopen") -> MovePlan:
        """Cancel what cannot stand beside the targets, stand tokens there and go on to the next stop. Raises Refused before
        anything has changed. cancel: conflict, scope or all; siblings of blocks that are not open: reopen or arrived."""
        plan = self._move(targets, cancel, siblings)
        self._advance()
        return plan

    def plan_move(self, targets: Sequence[str], cancel: str = "conflict", siblings: str = "reopen") -> MovePlan:
        """What `move` would do, tried on a copy without running automatic steps; this run stays as it is. Raises Refused."""
        return self.definition.thaw(self.freeze(), self._wf.host)._move(targets, cancel, siblings)

    def _move(self, targets: Sequence[str], cancel: str, siblings: str) -> MovePlan:
        before, mover = self._places(), Mover(self.definition.addresses, self._wf)
        try:
            mover.move(targets, cast(Cancel, cancel), cast(Siblings, siblings))
        except SpiffWorkflowException as error:
            raise FlowError(f"流程无法移动:{error}") from error
        return planned(mover, before, self._places())

    def cancel(self) -> None:
        """End the instance at once: everything that runs is cancelled."""
        if self.ended:
            raise Refused("流程已结束,不能撤销")
        data = self.data
        self._wf.cancel()
        self._ended_with = data

    # ------------------------------------------------------------------ inside
    def _live(self) -> Iterator[tuple[tuple[str, ...], Task]]:
        """(path, task) of what may wait, outer processes first."""
        for wf in self._processes():
            at = self._path(wf)
            for task in list(wf.tasks.values()):
                if task._state & (S.READY | S.WAITING):
                    yield at, task

    def _places(self) -> dict[str, Place]:
        """Where tokens stand, as people see it: elements that wait, and automatic ones about to run; no boundary events."""
        out = {}
        for wf in self._processes():
            at = self._path(wf)
            for task in wf.tasks.values():
                spec = task.task_spec
                stands = isinstance(spec, Waits) and task.id in self._wf.trace.inside
                runs = isinstance(spec, Passes) and task._state == S.READY and spec.kind != "start"
                if stands or runs:
                    out[task.id] = Place(spec.bpmn_id, spec.bpmn_name or spec.bpmn_id, at)
        return out

    def _processes(self) -> list[Any]:
        if self._wf.completed:
            return []
        return [self._wf, *(s for s in self._wf.subprocesses.values() if not s.completed)]

    def _path(self, wf: Any) -> tuple[str, ...]:
        at: tuple[str, ...] = ()
        while wf.parent_task_id is not None:
            holder = self._wf.get_task_from_id(wf.parent_task_id)
            at, wf = (holder.task_spec.bpmn_id, *at), holder.workflow
        return at

    def _waits(self, at: tuple[str, ...], task: Task) -> Iterator[Waiting]:
        spec = task.task_spec
        if task._state == S.READY:
            if spec.manual:
                yield self._item(task.id, spec.bpmn_id, spec.kind, None, None, at)
        elif isinstance(spec, events.EventGateway):
            for name, event in spec.event_definition.events.items():
                due = task.internal_data["dues"].get(name)
                yield self._event_item(f"{task.id}/{name}", name, event, due, at)
        elif isinstance(spec, CatchingEvent) and isinstance(spec.event_definition, events.Timer | events.Message):
            yield self._event_item(task.id, spec.bpmn_id, spec.event_definition, task.internal_data.get("due"), at)

    def _event_item(self, token: str, element: str, event: Any, due: str | None, at: tuple[str, ...]) -> Waiting:
        if isinstance(event, events.Timer):
            return self._item(token, element, "timer", datetime.fromisoformat(due) if due else None, None, at)
        return self._item(token, element, "message", None, event.name, at)

    def _item(
        self, token: str, element: str, kind: str, due: datetime | None, message: str | None, at: tuple[str, ...]
    ) -> Waiting:
        step = self.definition.steps()[element]
        return Waiting(token, element, kind, due, message, step.name, step.lane, at)

    def _task(self, token: str) -> Task:
        for wf in self._processes():
            if token in wf.tasks:
                task = wf.tasks[token]
                if task._state & (S.READY | S.WAITING | S.STARTED):
                    return task
        raise Refused("该环节已办结或已取消,请刷新后再试")

    def _event(self, token: str) -> tuple[Task, tuple[str, Any]]:
        """(task, (element chosen behind a gateway or "", event definition)) of a token that waits for an event."""
        first, _, chosen = token.partition("/")
        task = self._task(first)
        spec = task.task_spec
        if task._state == S.WAITING and isinstance(spec, CatchingEvent):
            if not chosen and not isinstance(spec, events.EventGateway):
                return task, ("", spec.event_definition)
            if isinstance(spec, events.EventGateway) and chosen in spec.event_definition.events:
                return task, (chosen, spec.event_definition.events[chosen])
        raise Refused(f"“{_name(task)}”没有在等待事件")

    def _happen(self, task: Task, chosen: str, payload: Mapping[str, object]) -> None:
        if chosen:
            task.internal_data["chosen"] = chosen
        events.fire(task, payload)

    def _do(self, act: Any) -> None:
        try:
            act()
        except SpiffWorkflowException as error:
            raise FlowError(f"流程无法继续:{error}") from error
        self._advance()

    def _advance(self) -> None:
        """Run what needs nobody, deepest processes first, until all that is left waits."""
        wf, count, self._before = self._wf, 0, len(self._wf.trace.passed)
        try:
            while True:
                ran = 0
                for process in self._deepest_first():
                    while passed := self._pass_through(process, count):
                        count += passed
                        ran += passed
                        if process.completed:
                            break
                if not ran or wf.completed:
                    return
        except SpiffWorkflowException as error:
            raise FlowError(f"流程无法继续:{error}") from error

    def _deepest_first(self) -> Sequence[Any]:
        live = [s for s in self._wf.subprocesses.values() if not s.completed]
        return [*sorted(live, key=lambda s: s.depth, reverse=True), self._wf]

    def _pass_through(self, process: Any, before: int) -> int:
        """Run each automatic task of one process that is ready now; how many there were."""
        count = 0
        for task in [t for t in process.tasks.values() if t._state == S.READY and not t.task_spec.manual]:
            if task._state != S.READY or task.id not in process.tasks:
                continue  # an earlier one has cancelled it
            count += 1
            if before + count > BOUND * 4 or self._elements() > BOUND:
                raise Runaway(
                    f"一步之内经过的环节超过 {BOUND} 个而没有停下,最后经过“{_name(task)}”;请检查循环中是否缺少等待环节"
                )
            task.run()
        return count

    def _elements(self) -> int:
        return (len(self._wf.trace.passed) - self._before) // 2


def _name(task: Task) -> str:
    spec = task.task_spec
    return str(getattr(spec, "bpmn_name", None) or spec.name)
