"""What a run hangs on: the host that answers, the trace of what it passes, the small data of its tokens.

A spec is shared by all instances of a worker: nothing is stored on it while running. What a run knows of itself hangs on the
workflow object. SpiffWorkflow's script engine is replaced whole: there is no way from text in a diagram to `eval` or `exec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson
from SpiffWorkflow.bpmn.specs.control import BpmnTaskSpec
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.flow.errors import FlowError

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


class _Quick:
    """What SpiffWorkflow does too slowly for every step of every task."""

    tasks: dict[str, Task]

    def update_waiting_tasks(self) -> None:
        """As the stock method, which walks the whole tree to find them."""
        for task in [t for t in self.tasks.values() if t._state == TaskState.WAITING]:
            if task._state == TaskState.WAITING and task.id in self.tasks:
                task.task_spec._update(task)

    def collect_log_extras(self, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        """SpiffWorkflow's own log is not used."""
        return {}


class SubWorkflow(_Quick, BpmnSubWorkflow):  # type: ignore[misc]
    """A sub-process or called process that runs."""


class Workflow(_Quick, BpmnWorkflow):  # type: ignore[misc]
    """An instance: SpiffWorkflow's, with our trace and host."""

    def __init__(self, spec: Any, subs: Mapping[str, Any], host: Host, *, deserializing: bool = False) -> None:
        self.trace = Trace()
        self.host = host
        super().__init__(spec, subs, script_engine=HostEngine(host), deserializing=deserializing)

    def create_subprocess(self, my_task: Task, spec_name: str) -> SubWorkflow:
        """As the stock method, of our class."""
        made = SubWorkflow(self.subprocess_specs[spec_name], parent_task_id=my_task.id, top_workflow=self)
        self.subprocesses[my_task.id] = made
        return made


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


def trace_of(task: Task) -> Trace:
    """The trace of the run that a task belongs to."""
    trace: Trace = task.workflow.top_workflow.trace
    return trace


class Waits(BpmnTaskSpec):  # type: ignore[misc]
    """An element that a token may stand in: entered, then left or cancelled."""

    def _update_hook(self, my_task: Task) -> Any:
        trace = trace_of(my_task)
        if my_task.id not in trace.inside:
            trace.inside.add(my_task.id)
            trace.note(my_task, "entered")
        return super()._update_hook(my_task)

    def _on_complete_hook(self, my_task: Task) -> None:
        trace = trace_of(my_task)
        trace.inside.discard(my_task.id)
        trace.note(my_task, "left")
        super()._on_complete_hook(my_task)

    def _on_cancel(self, my_task: Task) -> None:
        super()._on_cancel(my_task)
        trace = trace_of(my_task)
        if my_task.id in trace.inside:
            trace.inside.discard(my_task.id)
            trace.note(my_task, "cancelled")


class Passes(BpmnTaskSpec):  # type: ignore[misc]
    """An element that is over as soon as it happens: entered and left at once."""

    def _on_complete_hook(self, my_task: Task) -> None:
        trace = trace_of(my_task)
        trace.note(my_task, "entered")
        trace.note(my_task, "left")
        super()._on_complete_hook(my_task)
