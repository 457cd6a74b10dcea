"""What our diagrams are made of: task specs that report what a run passes, and ask the host for every decision.

A spec is shared by all instances of a worker: nothing here is stored on a spec while running. What a run knows of itself
(its host, its trace) hangs on the workflow object. SpiffWorkflow's script engine is replaced whole: there is no way from
text in a diagram to Python's `eval` or `exec`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit, BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    CallActivity,
    EndEvent,
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ManualTask,
    ParallelGateway,
    ParallelMultiInstanceTask,
    ReceiveTask,
    SendTask,
    SequentialMultiInstanceTask,
    StandardLoopTask,
    StartEvent,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions import NoneEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task as BaseTask
from SpiffWorkflow.util.task import TaskIterator, TaskState

from engine.flow.errors import FlowError, Uncaught

Task = Any
MAX_DATA = 2048
MAX_INSTANCES = 200
_STRICT = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS


class Host(Protocol):
    """Who answers what a diagram asks. Nothing in it may do input or output on the way."""

    def evaluate(self, text: str, data: Mapping[str, object]) -> object:
        """The value of a FEEL text; None for null. A condition holds only when the value is true itself."""
        ...

    def timer_due(self, text: str, kind: str, element: str, data: Mapping[str, object]) -> datetime | None:
        """When a timer (`kind` date or duration) falls due, with offset; None: not yet known. `deadline:KEY` names a clock."""
        ...

    def decide(self, element: str, decision_key: str, data: Mapping[str, object]) -> Mapping[str, object]:
        """The answer of a decision table, to be merged into the token's data (ids only)."""
        ...


@dataclass(frozen=True)
class Passed:
    """One line of history: an element entered, left or cancelled by a token."""

    element: str
    name: str
    kind: str
    event: str
    token: str


@dataclass
class Trace:
    """What a run passed since it was started or thawed, in order; `inside`: tokens standing in an element that waits."""

    passed: list[Passed] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    inside: set[str] = field(default_factory=set)

    def note(self, task: Task, event: str) -> None:
        """Add a line for the element of a task."""
        spec = task.task_spec
        self.passed.append(Passed(spec.bpmn_id, spec.bpmn_name or "", spec.kind, event, task.id))


class Count(str):
    """The text of a number of instances."""

    __slots__ = ()


def _count(task: Task, text: str, value: Any) -> int:
    try:
        exact = not isinstance(value, bool) and int(value) == value and 0 <= value <= MAX_INSTANCES
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact:
        raise FlowError(f"多实例环节“{task.task_spec.bpmn_id}”的实例数“{text}”应为 0 至 {MAX_INSTANCES} 的整数")
    return int(value)


class HostEngine:
    """In place of SpiffWorkflow's script engine: hands texts to the host, runs no script."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def evaluate(self, task: Task, expression: str, external_context: object = None) -> object:
        """The host's value of a text over the data of a task; of a `Count` a whole number within bounds."""
        value = self.host.evaluate(str(expression), task.data)
        return _count(task, expression, value) if isinstance(expression, Count) else value

    def execute(self, task: Task, script: str, external_context: object = None) -> None:
        """Scripts do not exist."""
        raise FlowError(f"环节“{task.task_spec.name}”含有脚本,本系统不执行脚本")

    def call_service(self, task: Task, **kwargs: object) -> None:
        """Services are completed from outside."""
        raise FlowError(f"环节“{task.task_spec.name}”不能在流程内直接调用服务")


class Workflow(BpmnWorkflow):  # type: ignore[misc]
    """An instance: SpiffWorkflow's, with our trace and host."""

    def __init__(self, spec: Any, subs: Mapping[str, Any], host: Host, *, deserializing: bool = False) -> None:
        self.trace = Trace()
        self.host = host
        super().__init__(spec, subs, script_engine=HostEngine(host), deserializing=deserializing)

    def collect_log_extras(self, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        """SpiffWorkflow's own log is not used."""
        return {}


def checked(data: Mapping[str, object]) -> dict[str, Any]:
    """Data for a token as plain JSON. Raises FlowError when it is not JSON; case data belongs in facts, not here."""
    try:
        plain = orjson.loads(orjson.dumps(dict(data), option=_STRICT))
    except (TypeError, ValueError) as error:
        raise FlowError(f"流程数据只能是 JSON 值({error}),案件数据请写入要素") from error
    return dict(plain)


def learn(task: Task, data: Mapping[str, object]) -> None:
    """Add data to a token; refuses more than 2,048 bytes in all."""
    if not data:
        return
    merged = {**task.data, **checked(data)}
    size = len(orjson.dumps(merged))
    if size > MAX_DATA:
        raise FlowError(f"流程数据 {size} 字节,超过 {MAX_DATA} 字节上限:流程中只保存编号,案件数据请写入要素")
    task.data = merged


def _trace(task: Task) -> Trace:
    trace: Trace = task.workflow.top_workflow.trace
    return trace


# ------------------------------------------------------------------ reporting
class Waits(BpmnTaskSpec):  # type: ignore[misc]
    """An element that a token may stand in: entered, then left or cancelled."""

    def _update_hook(self, my_task: Task) -> Any:
        trace = _trace(my_task)
        if my_task.id not in trace.inside:
            trace.inside.add(my_task.id)
            trace.note(my_task, "entered")
        return super()._update_hook(my_task)

    def _on_complete_hook(self, my_task: Task) -> None:
        trace = _trace(my_task)
        trace.inside.discard(my_task.id)
        trace.note(my_task, "left")
        super()._on_complete_hook(my_task)

    def _on_cancel(self, my_task: Task) -> None:
        super()._on_cancel(my_task)
        trace = _trace(my_task)
        if my_task.id in trace.inside:
            trace.inside.discard(my_task.id)
            trace.note(my_task, "cancelled")


class Passes(BpmnTaskSpec):  # type: ignore[misc]
    """An element that is over as soon as it happens: entered and left at once."""

    def _on_complete_hook(self, my_task: Task) -> None:
        trace = _trace(my_task)
        trace.note(my_task, "entered")
        trace.note(my_task, "left")
        super()._on_complete_hook(my_task)


# ------------------------------------------------------------------ events
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


class Nothing(NoneEventDefinition):  # type: ignore[misc]
    """No event at all; the stock one leaves an event behind when thrown."""

    def throw(self, my_task: Task) -> None:
        """Nothing happens."""


class Message(EventDefinition):  # type: ignore[misc]
    """A message by name. Thrown ones are only reported; the host delivers them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def throw(self, my_task: Task) -> None:
        """Report it."""
        _trace(my_task).sent.append((self.name, my_task.task_spec.bpmn_id))

    def update_task_data(self, my_task: Task) -> None:
        """What came with the message becomes data of the token."""
        learn(my_task, my_task.internal_data.pop("payload", {}))


class Code(EventDefinition):  # type: ignore[misc]
    """An error or an escalation, by code; a catching one without code catches all."""

    def __init__(self, kind: str, code: str | None) -> None:
        super().__init__()
        self.name, self.kind, self.code = code or kind, kind, code

    def throw(self, my_task: Task) -> None:
        """Done by the throwing spec, which must know whether it is still alive."""


class Terminate(TerminateEventDefinition):  # type: ignore[misc]
    """Ends its process instance; the stock one also leaves an event behind."""

    def throw(self, my_task: Task) -> None:
        """The end event itself cancels what runs."""


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
            _trace(my_task).note(my_task, "entered")
            _trace(my_task).note(my_task, "left")
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


# ------------------------------------------------------------------ activities
class Human(Waits, UserTask):  # type: ignore[misc]
    """A user task."""

    kind = "human"


class Manual(Waits, ManualTask):  # type: ignore[misc]
    """A manual task: for us the same as a user task."""

    kind = "human"


class Service(Waits, BpmnSpecMixin):  # type: ignore[misc]
    """A service task: waits until someone outside completes it."""

    kind = "service"

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True


class Decision(Passes, BpmnSpecMixin):  # type: ignore[misc]
    """A business rule task: the host decides, at once."""

    kind = "decision"

    def _run_hook(self, my_task: Task) -> bool:
        host: Host = my_task.workflow.top_workflow.host
        answer = host.decide(self.bpmn_id, self.extensions.get("zc.decision", ""), my_task.data)
        learn(my_task, answer)
        return True


class _Holds:
    """A sub-process hands back what all of its tokens knew, not only the last to end."""

    def update_data(self, my_task: Task, subworkflow: Any) -> None:
        """Called by the engine when the sub-process has ended."""
        my_task.data = deepcopy({**subworkflow.data, **subworkflow.last_task.data})


class Call(_Holds, Waits, CallActivity):  # type: ignore[misc]
    """A call activity."""

    kind = "call"


class Sub(_Holds, Waits, SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process."""

    kind = "subprocess"


# ------------------------------------------------------------------ gateways
class Condition:
    """A FEEL text on a flow: holds only when its value is true itself, not merely something."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _matches(self, task: Task) -> bool:
        return task.workflow.script_engine.evaluate(task, self.text) is True


class Exclusive(Passes, ExclusiveGateway):  # type: ignore[misc]
    """The first flow in document order whose condition holds, else the default."""

    kind = "gateway"

    def connect_outgoing_if(self, condition: str, taskspec: Any) -> None:
        """Conditions are ours."""
        self.connect_if(Condition(condition), taskspec)


class BlockJoin:
    """Joins know their block: they fire when no token is left in it. The stock ones fire early in the second turn of a loop and
    lose sight of tokens behind an exclusive gateway in an inclusive branch."""

    def _check_threshold_unstructured(self, my_task: Task) -> bool:
        blocks = my_task.workflow.spec.blocks
        split = blocks.opens.get(my_task.task_spec.name)
        if split is None:
            return True
        return not any(
            t.task_spec is not self and blocks.inside(split, t.task_spec.name)
            and t.parent._state & (TaskState.COMPLETED | TaskState.CANCELLED) and not isinstance(t.task_spec, BoundaryEvent)
            for t in TaskIterator(my_task.find_ancestor(split), state=TaskState.DEFINITE_MASK)
        )  # fmt: skip


class Parallel(Passes, BlockJoin, ParallelGateway):  # type: ignore[misc]
    """Splits or joins a parallel block."""

    kind = "gateway"


class Inclusive(Passes, BlockJoin, InclusiveGateway):  # type: ignore[misc]
    """Splits or joins an inclusive block."""

    kind = "gateway"

    def connect_outgoing_if(self, condition: str, taskspec: Any) -> None:
        """Conditions are ours."""
        self.connect_if(Condition(condition), taskspec)


# ------------------------------------------------------------------ several instances
class HostList:
    """The list that a multi-instance runs over: a FEEL text, evaluated once when the activity is entered."""

    def __init__(self, text: str) -> None:
        self.name = self.bpmn_id = self.text = text

    def exists(self, my_task: Task) -> bool:
        """The host always has an answer."""
        return True

    def get(self, my_task: Task) -> Sequence[object]:
        """The items, at most 200."""
        if "items" not in my_task.internal_data:
            value = my_task.workflow.script_engine.evaluate(my_task, self.text)
            if not isinstance(value, list | tuple):
                raise FlowError(f"多实例环节“{my_task.task_spec.bpmn_id}”的集合“{self.text}”不是列表")
            if len(value) > MAX_INSTANCES or any(v is None for v in value):
                raise FlowError(f"多实例环节“{my_task.task_spec.bpmn_id}”的集合含有空值,或超过 {MAX_INSTANCES} 项")
            my_task.internal_data["items"] = checked({"items": list(value)})["items"]
        items: Sequence[object] = my_task.internal_data["items"]
        return items


class _Repeats:
    """A repeated activity may be reached from a boundary event, where the engine has only guessed at it and then refuses instances."""

    def _update_hook(self: Any, my_task: Task) -> Any:
        if my_task._state & TaskState.PREDICTED_MASK:
            my_task._set_state(TaskState.FUTURE)
        return super()._update_hook(my_task)  # type: ignore[misc]


class _Instances(_Repeats):
    """What parallel and sequential multi-instances have in common: the item goes to the instance and is not merged back."""

    kind = "loop"

    def merge_child(self: Any, workflow: Any, child: Task) -> None:
        item = self.input_item
        if item is not None:
            child.data.pop(item.bpmn_id, None)
        super().merge_child(workflow, child)  # type: ignore[misc]

    def check_completion_condition(self: Any, my_task: Task) -> bool:
        merged = my_task.internal_data.get("merged", [])
        if not merged or self.condition is None:
            return False
        last = next(c for c in my_task.children if c.id == merged[-1])
        return my_task.workflow.script_engine.evaluate(last, self.condition) is True


class ParallelInstances(_Instances, ParallelMultiInstanceTask):  # type: ignore[misc]
    """All instances at once."""


class SequentialInstances(_Instances, SequentialMultiInstanceTask):  # type: ignore[misc]
    """One instance after the other."""


class Loop(_Repeats, StandardLoopTask):  # type: ignore[misc]
    """A standard loop, with a maximum."""

    kind = "loop"
