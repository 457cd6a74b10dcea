"""SpiffWorkflow's own serializer for our runs: whole history, nothing pruned. The yardstick of the stored form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnSubWorkflowConverter, BpmnWorkflowConverter
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from engine import flow
from engine.flow.host import SubWorkflow, Waits, Workflow


class Stock:
    """Stores the tasks of a run as SpiffWorkflow does; specs are shared, since ours have no converters."""

    def __init__(self, definition: flow.Definition, host: flow.Host) -> None:
        class Converter(BpmnWorkflowConverter):
            def to_dict(self, workflow: Any) -> dict[str, Any]:
                d = super(BpmnWorkflowConverter, self).to_dict(workflow)
                d["subprocesses"] = {str(UUID(k)): s for k, s in self.mapping_to_dict(workflow.subprocesses).items()}
                return d

            def from_dict(self, d: dict[str, Any]) -> Any:
                wf = Workflow(definition._spec, definition._subs, host, deserializing=True)
                wf.tasks = self.mapping_from_dict(d["tasks"], UUID, workflow=wf)
                wf.task_tree = wf.tasks[UUID(d["root"])]
                self.set_default_attributes(wf, d)
                self.subprocesses_from_dict(d["subprocesses"], wf)
                return wf

        self.definition = definition
        self.serializer = BpmnWorkflowSerializer(
            BpmnWorkflowSerializer.configure(
                {**SPIFF_CONFIG, Workflow: Converter, SubWorkflow: BpmnSubWorkflowConverter}
            )
        )

    def freeze(self, run: flow.Run) -> str:
        assert run._wf.bpmn_events == []
        return str(self.serializer.serialize_json(run._wf))

    def thaw(self, state: str) -> flow.Run:
        wf = self.serializer.deserialize_json(state)
        begun = TaskState.WAITING | TaskState.READY | TaskState.STARTED
        _string_ids(wf)
        for process in [wf, *wf.subprocesses.values()]:
            wf.trace.inside |= {
                t.id for t in process.tasks.values() if t._state & begun and isinstance(t.task_spec, Waits)
            }
        return flow.Run(self.definition, wf)


def _string_ids(wf: Any) -> None:
    """The stock serializer gives UUIDs back where there were strings."""
    for process in [wf, *wf.subprocesses.values()]:
        for t in process.tasks.values():
            t.id, t._parent, t._children = t.id.hex, t._parent and t._parent.hex, [c.hex for c in t._children]
        process.tasks = {i.hex: t for i, t in process.tasks.items()}
        if process is not wf:
            process.parent_task_id = process.parent_task_id.hex
    wf.subprocesses = {i.hex: s for i, s in wf.subprocesses.items()}
