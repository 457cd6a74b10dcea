"""From a compact sketch to a BPMN tree without a diagram."""

from __future__ import annotations

import itertools
from typing import Any

from lxml import etree

from tools.diagrams.files import BPMN_NAMESPACES, q

KINDS = {
    "start": "startEvent", "end": "endEvent", "user": "userTask", "service": "serviceTask", "call": "callActivity",
    "rule": "businessRuleTask", "receive": "receiveTask", "xor": "exclusiveGateway", "and": "parallelGateway",
    "or": "inclusiveGateway", "event": "eventBasedGateway", "message": "intermediateCatchEvent", "timer": "intermediateCatchEvent",
    "boundary": "boundaryEvent",
}  # fmt: skip


def compose(sketch: dict[str, Any]) -> Any:
    """A sketch as a BPMN tree without diagram. Raises ValueError with the line that is wrong."""
    key = sketch["process"]
    root = etree.Element(
        q("bpmn", "definitions"), nsmap=BPMN_NAMESPACES, id=f"definitions_{key}", targetNamespace="urn:zhicheng:process"
    )
    both = etree.SubElement(root, q("bpmn", "collaboration"), id=f"collaboration_{key}")
    etree.SubElement(both, q("bpmn", "participant"), id=f"pool_{key}", name=sketch["name"], processRef=key)
    process = etree.SubElement(root, q("bpmn", "process"), id=key, name=sketch["name"], isExecutable="true")
    lanes = etree.SubElement(process, q("bpmn", "laneSet"), id=f"lanes_{key}")
    nodes: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for number, (lane_name, lines) in enumerate(sketch["lanes"].items(), 1):
        lane = etree.SubElement(lanes, q("bpmn", "lane"), id=f"lane_{key}_{number}", name=lane_name)
        for line in lines:
            node = _compose_node(process, line, messages)
            nodes[node.get("id")] = node
            etree.SubElement(lane, q("bpmn", "flowNodeRef")).text = node.get("id")
    for line in sketch["flows"]:
        _compose_flows(process, nodes, line)
    for node in nodes.values():  # the schema wants incoming and outgoing before the event definitions
        refs = node.findall(q("bpmn", "incoming")) + node.findall(q("bpmn", "outgoing"))
        at = 1 if node.find(q("bpmn", "extensionElements")) is not None else 0
        for ref in reversed(refs):
            node.remove(ref)
            node.insert(at, ref)
    for message in messages.values():
        root.insert(1, message)
    return root


def _compose_node(process: Any, line: str, messages: dict[str, Any]) -> Any:
    words = line.split()
    if len(words) < 3 or words[0] not in KINDS:
        raise ValueError(f"节点一行应为“类型 标识 名称 …”:{line}")
    kind, id_, name = words[:3]
    rest = words[3:]
    argument = rest.pop(0)[1:] if rest and rest[0].startswith("@") else ""
    attached = dict(word.split("=", 1) for word in rest) if kind == "boundary" else {}
    node = etree.SubElement(process, q("bpmn", KINDS[kind]), id=id_, name=name)
    properties = {"service": "zc.action", "rule": "zc.decision", "end": "zc.status"}
    pairs = [(properties[kind], argument)] if kind in properties and argument else []
    pairs += [(f"zc.{k}", v) for k, v in (word.split("=", 1) for word in rest) if k not in attached]
    if pairs:
        holder = etree.SubElement(
            etree.SubElement(node, q("bpmn", "extensionElements")), q("spiffworkflow", "properties")
        )
        for k, v in pairs:
            etree.SubElement(holder, q("spiffworkflow", "property"), name=k, value=v)
    if kind == "call":
        node.set("calledElement", argument)
    if kind == "boundary":
        node.set("attachedToRef", attached["on"])
        node.set("cancelActivity", attached.get("cancel", "true"))
    if kind == "timer" or (kind == "boundary" and not argument.startswith("message:")):
        text = etree.SubElement(
            etree.SubElement(node, q("bpmn", "timerEventDefinition"), id=f"{id_}_timer"), q("bpmn", "timeDate")
        )
        text.set(q("xsi", "type"), "bpmn:tFormalExpression")
        text.text = argument
    if kind in ("message", "receive", "boundary") and node.find(q("bpmn", "timerEventDefinition")) is None:
        argument = argument.removeprefix("message:")
        ref = f"message_{argument}"
        messages.setdefault(argument, etree.Element(q("bpmn", "message"), id=ref, name=argument))
        if kind == "receive":
            node.set("messageRef", ref)
        else:
            etree.SubElement(node, q("bpmn", "messageEventDefinition"), id=f"{id_}_message", messageRef=ref)
    return node


def _compose_flows(process: Any, nodes: dict[str, Any], line: str) -> None:
    chain, _, rest = line.partition("|")
    label, _, condition = (part.strip() for part in rest.partition("|"))
    ids = [part.strip() for part in chain.split("->")]
    for source, target in itertools.pairwise(ids):
        if source not in nodes or target not in nodes:
            raise ValueError(f"连线两端须为已有节点:{line}")
        flow = etree.SubElement(
            process, q("bpmn", "sequenceFlow"), id=f"flow_{source}_{target}", sourceRef=source, targetRef=target
        )
        etree.SubElement(nodes[source], q("bpmn", "outgoing")).text = flow.get("id")
        etree.SubElement(nodes[target], q("bpmn", "incoming")).text = flow.get("id")
        if label:
            flow.set("name", label)
        if condition == "default":
            nodes[source].set("default", flow.get("id"))
        elif condition:
            text = etree.SubElement(flow, q("bpmn", "conditionExpression"))
            text.set(q("xsi", "type"), "bpmn:tFormalExpression")
            text.text = condition
