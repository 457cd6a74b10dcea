"""From BPMN files to specs that can run. SpiffWorkflow's parser walks the diagram; what it makes of each element is ours.

Whatever it would silently misread is refused before it sees the diagram (`lint`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    EventBasedGatewayParser,
    IntermediateCatchEventParser,
    IntermediateThrowEventParser,
    ReceiveTaskParser,
    SendTaskParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from engine.flow import events, specs
from engine.flow.blocks import Blocks, Unstructured
from engine.flow.document import Document, child_text, definitions_of, kids, properties, tag, timer_of
from engine.flow.errors import BadDiagram, Fault
from engine.flow.host import Count


class _Ours:
    """What every element of ours is read with: our properties, document order, our loops."""

    STANDARD_LOOP_CLASS = specs.Loop
    PARALLEL_MI_CLASS = specs.ParallelInstances
    SEQUENTIAL_MI_CLASS = specs.SequentialInstances
    node: Any
    process_parser: Any
    task: Any
    event_nodes: list[Any]

    def parse_extensions(self, node: Any = None) -> dict[str, str]:
        return properties(self.node if node is None else node)

    def get_position(self, node: Any = None) -> dict[str, float]:
        """Flows are tried in document order, not in the order of the drawing."""
        return {"x": 0.0, "y": 0.0}

    def parse_condition(self, sequence_flow: Any) -> str | None:
        return child_text(sequence_flow, "conditionExpression") or None

    def parse_incoming_data_references(self) -> list[Any]:
        """Data objects do not exist: facts are the case's."""
        return []

    parse_outgoing_data_references = parse_incoming_data_references

    def get_event_definition(self, xpaths: Any) -> Any:
        """Our event definitions in place of the stock ones."""
        found = definitions_of(self.node)
        if not found:
            return events.Nothing()
        definition, kind = found[0], tag(found[0])
        if kind == "timerEventDefinition":
            return events.Timer(*timer_of(self.node))
        if kind == "messageEventDefinition":
            return events.Message(self.process_parser.parser.messages[definition.get("messageRef")])
        if kind == "errorEventDefinition":
            return events.Code("error", self._code("errors", "errorRef", "error_code"))
        if kind == "escalationEventDefinition":
            return events.Code("escalation", self._code("escalations", "escalationRef", "escalation_code"))
        if kind == "terminateEventDefinition":
            return events.Terminate()
        raise ValueError(f"unsupported {kind}")

    def _code(self, table: str, ref: str, key: str) -> str | None:
        name = definitions_of(self.node)[0].get(ref)
        return getattr(self.process_parser.parser, table)[name][key] if name else None

    def get_description(self) -> str:
        return ""

    def _add_multiinstance_task(self, loop_characteristics: Any) -> None:
        super()._add_multiinstance_task(loop_characteristics)  # type: ignore[misc]
        loop, task = loop_characteristics, self.task
        task.cardinality = Count(child_text(loop, "loopCardinality")) if kids(loop, "loopCardinality") else None
        task.data_input = (
            specs.HostList(child_text(loop, "loopDataInputRef")) if kids(loop, "loopDataInputRef") else None
        )
        task.condition = child_text(loop, "completionCondition") or None


class _Task(_Ours, TaskParser):  # type: ignore[misc]
    pass


class _Sub(_Ours, SubWorkflowParser):  # type: ignore[misc]
    pass


class _Call(_Ours, CallActivityParser):  # type: ignore[misc]
    pass


class _Gateway(_Ours, GatewayParser):  # type: ignore[misc]
    pass


class _Conditional(_Ours, ConditionalGatewayParser):  # type: ignore[misc]
    pass


class _Start(_Ours, StartEventParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        """Whoever starts a run has its message in hand: a message start is a plain start with a name."""
        task = self._create_task(events.Nothing())
        self.spec.start.connect(task)
        return task


class _End(_Ours, EndEventParser):  # type: ignore[misc]
    pass


class _Catch(_Ours, IntermediateCatchEventParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        task = super().create_task()
        task.kind = "timer" if isinstance(task.event_definition, events.Timer) else "message"
        return task


class _Throw(_Ours, IntermediateThrowEventParser):  # type: ignore[misc]
    pass


class _Send(_Ours, SendTaskParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        """A send or receive task names its message itself."""
        return self._create_task(events.Message(self.process_parser.parser.messages[self.node.get("messageRef")]))


class _Receive(_Send, ReceiveTaskParser):  # type: ignore[misc]
    pass


class _Boundary(_Ours, BoundaryEventParser):  # type: ignore[misc]
    pass


class _EventGateway(_Ours, EventBasedGatewayParser):  # type: ignore[misc]
    def create_task(self) -> Any:
        return self._create_task(events.Choice())


class _Process(ProcessParser):  # type: ignore[misc]
    """Embedded event sub-processes and data objects are refused before; nothing of ours to add."""


class _Parser(BpmnParser):  # type: ignore[misc]
    PROCESS_PARSER_CLASS = _Process
    PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("startEvent"): (_Start, events.Start),
        full_tag("endEvent"): (_End, events.End),
        full_tag("userTask"): (_Task, specs.Human),
        full_tag("manualTask"): (_Task, specs.Manual),
        full_tag("serviceTask"): (_Task, specs.Service),
        full_tag("businessRuleTask"): (_Task, specs.Decision),
        full_tag("receiveTask"): (_Receive, events.Receive),
        full_tag("sendTask"): (_Send, events.Send),
        full_tag("callActivity"): (_Call, specs.Call),
        full_tag("subProcess"): (_Sub, specs.Sub),
        full_tag("exclusiveGateway"): (_Conditional, specs.Exclusive),
        full_tag("inclusiveGateway"): (_Conditional, specs.Inclusive),
        full_tag("parallelGateway"): (_Gateway, specs.Parallel),
        full_tag("eventBasedGateway"): (_EventGateway, events.EventGateway),
        full_tag("intermediateCatchEvent"): (_Catch, events.Catch),
        full_tag("intermediateThrowEvent"): (_Throw, events.Throw),
        full_tag("boundaryEvent"): (_Boundary, events.Boundary),
    }


def build(process_id: str, home: Mapping[str, Document]) -> tuple[Any, dict[str, Any]]:
    """(spec, {id: spec of what it calls or embeds}) of a process whose documents have passed the checks.

    Raises BadDiagram for whatever SpiffWorkflow still refuses, and for diagrams that are not block-structured.
    """
    document = home[process_id]
    parser = _Parser()
    try:
        for d in {id(d): d for d in home.values()}.values():
            parser.add_bpmn_xml(d.root.getroottree(), d.file)
        spec, subs = parser.get_spec(process_id), parser.get_subprocess_specs(process_id)
    except Exception as error:  # whatever the library stumbles over is a fault of the diagram, not of the program
        node = getattr(error, "tag", "") or ""
        where = getattr(error, "sourceline", None)
        line = f"(第 {where} 行)" if where else ""
        raise BadDiagram(
            [Fault(document.file, str(node), "unreadable", f"流程图无法解析{line}:{str(error)[:200]}")]
        ) from error
    faults = []
    for s in [spec, *subs.values()]:
        try:
            _finish(s)
        except Unstructured as error:
            faults.append(
                Fault(s.file or document.file, error.element, "unstructured", f"“{error.element}”{error.reason_zh}")
            )
    if faults:
        raise BadDiagram(faults)
    return spec, subs


def _finish(spec: Any) -> None:
    """What running must not add to a shared spec is added now: blocks, and who hears of finished instances."""
    spec.blocks = Blocks(spec)
    for t in list(spec.task_specs.values()):
        if isinstance(t, LoopTask):
            child = spec.task_specs[t.task_spec]
            if not child.completed_event.is_connected(t.merge_child):
                child.completed_event.connect(t.merge_child)
