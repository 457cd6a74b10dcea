"""Activities, gateways and repetitions: they report what a run passes, and ask the host for every decision."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    CallActivity,
    ExclusiveGateway,
    InclusiveGateway,
    ManualTask,
    ParallelGateway,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    StandardLoopTask,
    SubWorkflowTask,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskIterator, TaskState

from engine.flow.errors import FlowError
from engine.flow.host import (
    MAX_INSTANCES,
    Host,
    Passes,
    Task,
    Waits,
    checked,
    learn,
)


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
