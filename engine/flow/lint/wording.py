"""Faults that do not keep a diagram from running but from being published: ids, Chinese names, lanes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.flow.document import BPMN, DC, DI, Scope, tag
from engine.flow.errors import Fault
from engine.flow.lint.context import Context, fault

_SNAKE = re.compile(r"[a-z][a-z0-9_]*\Z")
_CHINESE = re.compile("[\u4e00-\u9fff]")
NAMED = frozenset(
    {
        "userTask",
        "manualTask",
        "serviceTask",
        "businessRuleTask",
        "receiveTask",
        "sendTask",
        "callActivity",
        "subProcess",
        "intermediateCatchEvent",
        "boundaryEvent",
    }
)


def snake_ids(c: Context, s: Scope) -> Iterator[Fault]:
    """Element ids are what process.yaml, tables and moves name."""
    for i in ([s.id] if s.parent is None else []) + list(s.nodes):
        if not _SNAKE.match(i):
            yield fault(s, i, "id_form", f"id “{i}”应为英文小写加下划线(如 file_case),请修改")


def chinese_names(c: Context, s: Scope) -> Iterator[Fault]:
    """Names are what people read in inbox and history."""
    named = [e for e in s.nodes.values() if tag(e) in NAMED]
    for e in ([s.element] if s.parent is None else []) + named:
        if not _CHINESE.search(e.get("name", "")):
            yield fault(s, e, "no_name", f"(id {e.get('id')})没有中文名称,请填写")


def branch_names(c: Context, s: Scope) -> Iterator[Fault]:
    """A person who reads the diagram must see what a branching exclusive gateway asks."""
    for g in s.of("exclusiveGateway"):
        if len(s.outgoing.get(g.get("id", ""), ())) > 1 and not _CHINESE.search(g.get("name", "")):
            yield fault(s, g, "no_question", f"(id {g.get('id')})是分支网关,没有中文名称,请写明判断内容")


def lanes(c: Context, s: Scope) -> Iterator[Fault]:
    """A human step lies in a named lane, itself or the sub-process around it."""
    known = c.document(s).lanes()
    around, up = s.id, s.parent
    inherited = None
    while up is not None and inherited is None:
        inherited, around, up = known.get(around), up.id, up.parent
    for e in s.of("userTask", "manualTask"):
        if not (known.get(e.get("id", "")) or inherited):
            yield fault(s, e, "no_lane", "不在任何泳道中,无法确定由谁办理,请放入相应岗位的泳道")


def lane_members(c: Context, s: Scope) -> Iterator[Fault]:
    """Lanes have names, and list elements that are there."""
    if s.parent is not None:
        return
    inside = {i for t in c.scopes if t.process == s.id for i in t.nodes}
    for lane in s.element.iter(f"{{{BPMN}}}lane"):
        if not lane.get("name"):
            yield fault(s, lane, "lane_name", "泳道没有名称,请填写岗位名称")
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
            if (ref.text or "").strip() not in inside:
                yield fault(
                    s, lane, "lane_member", f"泳道列出了不存在的元素“{(ref.text or '').strip()}”,请重新保存流程图"
                )


def foreign_attributes(c: Context, s: Scope) -> Iterator[Fault]:
    """Settings of other engines (assignees, forms, delegates) are not read."""
    for e in [s.element, *s.nodes.values()]:
        for name in e.attrib:
            space, _, local = str(name).rpartition("}")
            if space and space[1:] not in (BPMN, DI, DC, "http://www.w3.org/2001/XMLSchema-instance"):
                yield fault(s, e, "foreign_attribute", f"带有其他产品的属性“{local}”,不会生效,请删除")


CHECKS = (snake_ids, chinese_names, branch_names, lanes, lane_members, foreign_attributes)
