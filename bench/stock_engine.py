"""The engine with SpiffWorkflow's own way of keeping state: the same verbs, transactions and rows around it.

`StockDefinition` stands in for `engine.flow.Definition`: it thaws with `deserialize_json` and freezes with `serialize_json`,
specs in every document, its own script engine for the conditions, the case's data in the tokens, as SpiffWorkflow is used
where nothing is built around it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from engine import flow
from engine.flow import Passed


class StockRun:
    """What a step asks of a run, answered by a stock workflow."""

    def __init__(self, stock: StockDefinition, workflow: BpmnWorkflow) -> None:
        self._stock, self._wf, self.passed = stock, workflow, list[Passed]()
        self._seen = {str(t.id): t.state for t in workflow.get_tasks()}

    def waiting(self) -> list[flow.Waiting]:
        """The human steps that are ready."""
        ready = self._wf.get_tasks(state=TaskState.READY, manual=True)
        return [
            flow.Waiting(str(t.id), t.task_spec.bpmn_id, "human", None, None, t.task_spec.bpmn_name or "", None)
            for t in ready
        ]

    def complete(self, token: str, data: Mapping[str, object]) -> None:
        """Runs the task and everything automatic behind it."""
        task = self._wf.get_task_from_id(uuid.UUID(token))
        task.data.update(data)
        task.run()
        self.advance()

    def advance(self) -> None:
        """To the next stop; notes what was passed, as the history wants it."""
        self._wf.do_engine_steps()
        for task in self._wf.get_tasks():
            spec, now, was = task.task_spec, task.state, self._seen.get(str(task.id))
            if spec.bpmn_id is None or now == was:
                continue
            if was is None or was < TaskState.READY <= now:
                self._note(task, "entered")
            if now == TaskState.COMPLETED:
                self._note(task, "left")

    def _note(self, task: Any, event: str) -> None:
        spec = task.task_spec
        self.passed.append(
            Passed(spec.bpmn_id, spec.bpmn_name or "", "human" if spec.manual else "gateway", event, str(task.id))
        )

    def freeze(self) -> bytes:
        """The stock document."""
        return str(self._stock.serializer.serialize_json(self._wf)).encode()

    @property
    def ended(self) -> bool:
        """Whether no token is left."""
        return bool(self._wf.is_completed())


class StockDefinition:
    """A diagram as SpiffWorkflow parses and keeps it; everything else is asked of `ours`."""

    def __init__(self, bpmn: bytes, process_id: str, ours: flow.Definition, data: Mapping[str, object]) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_str(bpmn)
        self._spec, self._subs = parser.get_spec(process_id), parser.get_subprocess_specs(process_id)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self._ours, self._data = ours, dict(data)

    def start(self, host: object, data: Mapping[str, object]) -> StockRun:
        """A new workflow at its first stop."""
        workflow = BpmnWorkflow(self._spec, self._subs)
        workflow.task_tree.data.update({**self._data, **data})
        run = StockRun(self, workflow)
        run.advance()
        return run

    def thaw(self, state: bytes, host: object) -> StockRun:
        """The workflow of a stored document."""
        return StockRun(self, self.serializer.deserialize_json(state.decode()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ours, name)
