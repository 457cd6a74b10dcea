"""Events: what is waited for and thrown, and who catches it. Only `Run.fire` and `Run.message` let an event happen, never the clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    EventBasedGateway,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ReceiveTask,
    SendTask,
    StartEvent,
)
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task as BaseTask
from SpiffWorkflow.util.task import TaskState

from engine.flow.errors import FlowError, Uncaught
from engine.flow.host import (
    Passes,
    Task,
    Waits,
    checked,
    learn,
    trace_of,
)


class Timer(EventDefinition):  # type: ignore[misc]
    """A date or duration. The host says once when it is due; only `Run.fire` lets it happen, never the wall clock."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__()
        self.name, self.kind, self.text = text, kind, text

    def has_fired(self, my_task: Task) -> bool:
        """Whether it has been fired; the first time, asks the host when it is due."""
        if "due" not in my_task.internal_data:
            my_task.internal_data["due"] = self.due(my_task, my_task.task_spec.bpmn_id)
        return bool(my_task.internal_data.get("event_fired"))

    def due(self, my_task: Task, element: str) -> str | None:
        """The host's answer as text with offset."""
        at = my_task.workflow.top_workflow.host.timer_due(self.text, self.kind, element, my_task.data)
        if at is None:
            return None
        if at.tzinfo is None:
            raise FlowError(f"定时事件“{element}”的到期时间缺少时区")
        return str(at.isoformat())


class _Quiet:
    """Throwing such an event is done by its spec; SpiffWorkflow's way would leave an event behind in the instance."""

    def throw(self, my_task: Task) -> None:
        """Called by SpiffWorkflow when the spec runs."""
        return


class Nothing(_Quiet, NoneEventDefinition):  # type: ignore[misc]
    """No event at all."""


class Message(EventDefinition):  # type: ignore[misc]
    """A message by name. Thrown ones are only reported; the host delivers them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def throw(self, my_task: Task) -> None:
        """Report it."""
        trace_of(my_task).sent.append((self.name, my_task.task_spec.bpmn_id))

    def update_task_data(self, my_task: Task) -> None:
        """What came with the message becomes data of the token."""
        learn(my_task, my_task.internal_data.pop("payload", {}))


class Code(_Quiet, EventDefinition):  # type: ignore[misc]
    """An error or an escalation, by code; a catching one without code catches all."""

    def __init__(self, kind: str, code: str | None) -> None:
        super().__init__()
        self.name, self.kind, self.code = code or kind, kind, code


class Terminate(_Quiet, TerminateEventDefinition):  # type: ignore[misc]
    """Ends its process instance: the end event itself cancels what runs."""


class Choice(EventDefinition):  # type: ignore[misc]
    """What an event-based gateway waits for: the first of the events behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.name = "choice"
        self.events: dict[str, Any] = {}

    def has_fired(self, my_task: Task) -> bool:
        """Whether one was chosen; the first time, asks when the timers are due."""
        if "dues" not in my_task.internal_data:
            my_task.internal_data["dues"] = {
                e: d.due(my_task, e) for e, d in self.events.items() if isinstance(d, Timer)
            }
        return "chosen" in my_task.internal_data


def fire(task: Task, payload: Mapping[str, object] | None = None) -> None:
    """Let a waiting event happen. A boundary event goes on at once, so that what it interrupts is gone before anything else runs."""
    if payload:
        task.internal_data["payload"] = checked(payload)
    task.internal_data["event_fired"] = True
    task.task_spec._update(task)
    if isinstance(task.task_spec, BoundaryEvent):
        task.run()


def cancel(token: Task) -> None:
    """Cancel a token with its instances, sub-processes and boundary events."""
    split = token.parent
    for c in token.children:  # instances: the engine would drop them without a word to their subprocess
        if c.triggered and not c._state & TaskState.FINISHED_MASK:
            cancel(c)
    token.cancel()
    if split is not None and isinstance(split.task_spec, BoundaryEventSplit):
        for e in split.children:
            if e._state == TaskState.WAITING and isinstance(e.task_spec, BoundaryEvent):
                e.cancel()


def catcher(workflow: Any, kind: str, code: str | None) -> Task | None:
    """The boundary event around a process instance, or around one it lies in, that catches a code."""
    while workflow.parent_task_id is not None:
        holder = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        found = attached(holder, kind, code)
        if found is not None:
            return found
        workflow = holder.workflow
    return None


def attached(task: Task, kind: str, code: str | None) -> Task | None:
    """The waiting boundary event on an activity (or on the loop it is an instance of) that catches a code."""
    if task.parent is not None and isinstance(task.parent.task_spec, LoopTask):
        task = task.parent
    if task.parent is None or not isinstance(task.parent.task_spec, BoundaryEventSplit):
        return None
    fits = [
        e
        for e in task.parent.children
        if isinstance(e.task_spec, Boundary) and e._state == TaskState.WAITING
        and isinstance(e.task_spec.event_definition, Code) and e.task_spec.event_definition.kind == kind
        and e.task_spec.event_definition.code in (None, code)
    ]  # fmt: skip
    return min(fits, key=lambda e: e.task_spec.event_definition.code is None, default=None)


class Throws(Passes):
    """A throwing event: messages are reported, codes look for who catches them."""

    def _run_hook(self, my_task: Task) -> bool | None:
        super()._run_hook(my_task)
        definition = self.event_definition
        if not isinstance(definition, Code):
            return True
        boundary = catcher(my_task.workflow, definition.kind, definition.code)
        if boundary is None:
            if definition.kind == "error":
                raise Uncaught(f"结束事件“{self.bpmn_name or self.bpmn_id}”抛出的错误没有边界事件捕获")
            return True
        if (
            boundary.task_spec.cancel_activity
        ):  # this very task goes with the sub-process: it is reported now, and not completed
            trace_of(my_task).note(my_task, "entered")
            trace_of(my_task).note(my_task, "left")
        fire(boundary)
        return None if boundary.task_spec.cancel_activity else True


class Start(Passes, StartEvent):  # type: ignore[misc]
    """None and message starts: whoever starts the run has the message in hand."""

    kind = "start"


class End(Throws, EndEvent):  # type: ignore[misc]
    """None, message, error, escalation, terminate."""

    kind = "end"


class Throw(Throws, IntermediateThrowEvent):  # type: ignore[misc]
    """None, message, escalation."""

    kind = "throw"


class Send(Throws, SendTask):  # type: ignore[misc]
    """A message, drawn as a task."""

    kind = "send"


class Catch(Waits, IntermediateCatchEvent):  # type: ignore[misc]
    """A timer or a message on the way; behind an event-based gateway it has happened already."""

    kind = "message"


class Receive(Waits, ReceiveTask):  # type: ignore[misc]
    """A message, drawn as a task."""

    kind = "message"


class Boundary(Passes, BoundaryEvent):  # type: ignore[misc]
    """Timer, message, error or escalation on an activity."""

    kind = "boundary"

    def _on_complete_hook(self, my_task: Task) -> None:
        super()._on_complete_hook(my_task)
        split = my_task.parent
        running = [
            c
            for c in split.children
            if not isinstance(c.task_spec, BoundaryEvent) and not c._state & TaskState.FINISHED_MASK
        ]
        if self.cancel_activity:
            for main in running:
                cancel(main)
        elif running and not isinstance(self.event_definition, Timer):
            self._wait_again(split)

    def _wait_again(self, split: Task) -> None:
        """A message or escalation that does not interrupt may come any number of times; SpiffWorkflow takes the first only."""
        again = BaseTask(split.workflow, self, split, state=TaskState.MAYBE)
        self._predict(again)
        again._set_state(TaskState.WAITING)
        self._update(again)


class EventGateway(Waits, EventBasedGateway):  # type: ignore[misc]
    """Keeps the events of its targets; the first that happens is chosen."""

    kind = "event_gateway"

    def connect(self, child: Any) -> None:
        """Take over the target's event."""
        CatchingEvent.connect(self, child)
        self.event_definition.events[child.name] = child.event_definition
        child.event_definition = Nothing()

    def _run_hook(self, my_task: Task) -> bool:
        chosen = my_task.internal_data.pop("chosen")
        learn(my_task, my_task.internal_data.pop("payload", {}))
        my_task._sync_children([self._wf_spec.task_specs[chosen]], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True
