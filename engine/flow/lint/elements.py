"""Faults of single elements: what the engine does not know, or would silently read as something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.flow.document import (
    DEFINITIONS,
    NODES,
    PROPERTIES,
    SCOPES,
    Element,
    Scope,
    child_text,
    kids,
    properties,
    tag,
)
from engine.flow.errors import Fault
from engine.flow.lint.context import Context, fault, is_event_scope, label

RESERVED = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
HARMLESS = frozenset({
    "sequenceFlow", "laneSet", "documentation", "extensionElements", "incoming", "outgoing", "association", "textAnnotation",
    "group", "auditing", "monitoring", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "category",
})  # fmt: skip
DATA = frozenset(
    {
        "dataObject",
        "dataObjectReference",
        "ioSpecification",
        "property",
        "dataInputAssociation",
        "dataOutputAssociation",
        "inputSet",
        "outputSet",
    }
)
STORES = frozenset({"dataStore", "dataStoreReference"})
INNER = frozenset({*DEFINITIONS, "eventDefinitionRef", "conditionExpression", "script"})
UNSUPPORTED = {
    "task": ("untyped_task", "没有类型,请改为用户任务、服务任务等具体类型"),
    "scriptTask": ("script_task", "是脚本任务,本系统不执行脚本,请改为服务任务或决策任务"),
    "complexGateway": ("complex_gateway", "是复杂网关,引擎不支持,请改用排他、并行或包容网关"),
    "transaction": ("transaction", "是事务子流程,引擎不支持,请改用普通子流程"),
    "adHocSubProcess": ("ad_hoc", "是自由子流程,引擎不支持,请改用普通子流程"),
}
MAX_NODES, MAX_FLOWS, MAX_DEPTH = 300, 900, 8
LOOPABLE = frozenset({"userTask", "manualTask", "serviceTask", "callActivity", "subProcess"})


def missing_ids(c: Context, s: Scope) -> Iterator[Fault]:
    """An element without an id cannot be named by forms, history or moves."""
    for k in kids(s.element, *NODES, "sequenceFlow"):
        if not k.get("id"):
            yield fault(s, k, "no_id", "没有 id,请补充")


def reserved_ids(c: Context, s: Scope) -> Iterator[Fault]:
    """ "Start" gives an empty process, "End" an engine-internal task; names with a dot or bracket clash with inner ones."""
    for i in [s.id, *s.nodes]:
        if (
            i in RESERVED
            or "." in i
            or "/" in i
            or "[" in i
            or i.endswith(("EndJoin", "BoundaryEventSplit", "BoundaryEventJoin"))
        ):
            yield fault(s, i, "reserved_id", f"id “{i}”是引擎保留的名字,会被静默误读,请换一个 id")


def unsupported_kinds(c: Context, s: Scope) -> Iterator[Fault]:
    """Kinds of element that the engine refuses, or that stand outside our rules."""
    for e in s.nodes.values():
        if tag(e) in UNSUPPORTED:
            yield fault(s, e, *UNSUPPORTED[tag(e)])


def unknown_elements(c: Context, s: Scope) -> Iterator[Fault]:
    """BPMN that is not read at all: it would vanish in silence."""
    for k in kids(s.element):
        if tag(k) not in NODES | HARMLESS | DATA | STORES:
            yield fault(s, k, "unknown_element", f"(类型 {tag(k)})引擎不认识,会被忽略,请删除或改用其他元素")
    for e in s.nodes.values():
        for k in kids(e):
            if tag(e) not in SCOPES and tag(k) not in HARMLESS | DATA | INNER:
                yield fault(s, e, "unknown_element", f"内含引擎不认识的内容(类型 {tag(k)}),会被忽略,请删除")


def data_objects(c: Context, s: Scope) -> Iterator[Fault]:
    """Data flows do not exist: facts are the case's."""
    for e in [s.element, *s.nodes.values()]:
        for k in kids(e, *DATA):
            if tag(e) not in SCOPES or e is s.element:
                yield fault(
                    s,
                    k if k.get("id") else e,
                    "data_object",
                    "使用了数据对象,本系统的案件数据由要素保存,请删除数据对象及其连线",
                )


def data_stores(c: Context, s: Scope) -> Iterator[Fault]:
    """A data store without a registered class makes the file unreadable."""
    for k in [*kids(s.element, *STORES), *(kids(c.document(s).root, *STORES) if s.parent is None else ())]:
        yield fault(s, k, "data_store", "是数据存储,引擎不支持,请删除")


def event_sub_processes(c: Context, s: Scope) -> Iterator[Fault]:
    """Interrupting ones do not interrupt, error ones start at once, timer ones keep the process from ending."""
    if is_event_scope(s):
        yield fault(s, s.element, "event_subprocess", "是事件子流程,引擎会误读其触发方式,请改用边界事件或调用活动")


def not_executable(c: Context, s: Scope) -> Iterator[Fault]:
    """A process must say that it is executable."""
    if s.parent is None and s.element.get("isExecutable") != "true":
        yield fault(s, s.element, "not_executable", "没有勾选“可执行”(isExecutable),不能发布")


def too_large(c: Context, s: Scope) -> Iterator[Fault]:
    """What nobody can read, and what would exhaust the parser's stack."""
    depth, up = 0, s.parent
    while up is not None:
        depth, up = depth + 1, up.parent
    if depth > MAX_DEPTH:
        yield fault(s, s.element, "too_deep", f"子流程嵌套超过 {MAX_DEPTH} 层,请拆分为调用活动")
    if len(s.nodes) > MAX_NODES or len(s.flows) > MAX_FLOWS:
        yield fault(s, s.element, "too_many", f"超过 {MAX_NODES} 个元素或 {MAX_FLOWS} 条连线,请拆分为调用活动")


def duplicate_ids(c: Context, s: Scope) -> Iterator[Fault]:
    """Two elements of one id: the engine reads one and drops the other. Processes used together share one name space."""
    if s.parent is None and s.id == next(iter(c.home), None):
        everywhere = Counter(i for t in c.scopes for i in _ids(t))
        for i, n in everywhere.items():
            if i and n > 1:
                where = next(t for t in c.scopes if i in _ids(t))
                yield fault(where, i, "duplicate_id", f"id “{i}”重复使用了 {n} 次,请保证流程及其调用流程中 id 唯一")


def _ids(scope: Scope) -> list[str]:
    own = [k.get("id", "") for k in kids(scope.element, *NODES, "sequenceFlow")]
    return [scope.id, *own] if scope.parent is None else own


def extensions(c: Context, s: Scope) -> Iterator[Fault]:
    """Only our properties are read; anything else (scripts before and after, operators, other vendors' settings) is not."""
    for e in [*s.nodes.values(), *kids(s.element, "sequenceFlow"), s.element]:
        for ext in kids(e, "extensionElements"):
            for k in ext:
                if k.tag != f"{{{PROPERTIES}}}properties":
                    yield fault(
                        s, e, "unknown_extension", f"含有不认识的扩展“{str(k.tag).rpartition('}')[2]}”,不会生效,请删除"
                    )
        for name in properties(e):
            if not name.startswith("zc."):
                yield fault(s, e, "unknown_property", f"的扩展属性“{name}”不以 zc. 开头,不会生效,请改正或删除")


def ignored_attributes(c: Context, s: Scope) -> Iterator[Fault]:
    """BPMN attributes with a meaning that the engine ignores."""
    for e in s.nodes.values():
        for name, plain in (
            ("isForCompensation", "false"), ("instantiate", "false"), ("parallelMultiple", "false"), ("startQuantity", "1"), ("completionQuantity", "1"),
        ):  # fmt: skip
            if e.get(name, plain) != plain:
                yield fault(s, e, "ignored_attribute", f"的属性 {name}=“{e.get(name)}”引擎不支持,会被忽略,请删除")
        for condition in kids(e, "conditionExpression"):
            yield fault(s, e, "misplaced_condition", f"含有不起作用的条件“{label(condition)}”,请删除")


def services(c: Context, s: Scope) -> Iterator[Fault]:
    """A service task without an action would wait for ever, a decision without a table has no answer."""
    for e in s.of("serviceTask"):
        if not properties(e).get("zc.action"):
            yield fault(s, e, "no_action", "没有指定要执行的动作,请填写扩展属性 zc.action")
    for e in s.of("businessRuleTask"):
        if not properties(e).get("zc.decision"):
            yield fault(s, e, "no_decision", "没有指定决策表,请填写扩展属性 zc.decision")


def instances(c: Context, s: Scope) -> Iterator[Fault]:
    """Multi-instance: a number or a list, on something that may be repeated, with no output."""
    for e in s.nodes.values():
        for loop in kids(e, "multiInstanceLoopCharacteristics"):
            if tag(e) not in LOOPABLE:
                yield fault(s, e, "misplaced_loop", "不能设为多实例,请只在用户任务、服务任务、子流程和调用活动上使用")
            count, items = child_text(loop, "loopCardinality"), child_text(loop, "loopDataInputRef")
            if bool(count) == bool(items):
                yield fault(s, e, "loop_source", "的多实例应填写实例数或集合,二者必居其一")
            if kids(loop, "loopDataOutputRef", "outputDataItem"):
                yield fault(s, e, "loop_output", "的多实例不能有输出集合,各实例的结果请写入要素")
            for item in kids(loop, "inputDataItem"):
                if not item.get("id") or not items:
                    yield fault(s, e, "loop_item", "的多实例元素变量没有 id 或没有集合,请补充")
            for name in ("loopCardinality", "loopDataInputRef", "completionCondition"):
                if kids(loop, name) and not child_text(loop, name):
                    yield fault(s, e, "empty_expression", f"的多实例 {name} 没有内容,请填写 FEEL 表达式")


def loops(c: Context, s: Scope) -> Iterator[Fault]:
    """A standard loop needs a maximum, so that it ends."""
    for e in s.nodes.values():
        for loop in kids(e, "standardLoopCharacteristics"):
            if (
                tag(e) not in LOOPABLE
                or len(kids(e, "standardLoopCharacteristics", "multiInstanceLoopCharacteristics")) > 1
            ):
                yield fault(
                    s,
                    e,
                    "misplaced_loop",
                    "不能设为循环,请只在用户任务、服务任务、子流程和调用活动上使用,且只设一种循环",
                )
            maximum = loop.get("loopMaximum", "")
            if not (maximum.isascii() and maximum.isdigit() and 1 <= int(maximum[:9]) <= 200):
                yield fault(s, e, "loop_maximum", "的循环没有最大次数(1 至 200 的整数),请填写")
            if kids(loop, "loopCondition") and not child_text(loop, "loopCondition"):
                yield fault(s, e, "empty_expression", "的循环条件没有内容,请填写 FEEL 表达式")


def _called(e: Element) -> str:
    return str(e.get("calledElement", ""))


def calls(c: Context, s: Scope) -> Iterator[Fault]:
    """A call names a process that is there, starts plainly, and does not come back to the caller."""
    for e in s.of("callActivity"):
        called = c.process(_called(e))
        if not _called(e):
            yield fault(s, e, "no_called", "没有指定被调用的流程(calledElement),请选择")
        elif called is None:
            yield fault(s, e, "missing_called", f"调用的流程“{_called(e)}”不存在,请检查流程文件")
        elif s.process in _callees(c, called.id):
            yield fault(s, e, "recursive_call", f"调用的流程“{_called(e)}”又调用回本流程,会无限递归,请改正")
        elif any(kids(start, "messageEventDefinition") for start in called.of("startEvent")):
            yield fault(
                s, e, "called_message_start", f"调用的流程“{_called(e)}”由消息启动,不能被调用,请改为普通开始事件"
            )


def _callees(c: Context, pid: str) -> set[str]:
    seen: set[str] = set()
    todo = [pid]
    while todo:
        p = todo.pop()
        if p in seen or p not in c.home:
            continue
        seen.add(p)
        todo += [_called(e) for t in c.home[p].scopes if t.process == p for e in t.of("callActivity")]
    return seen


SIZE = (too_large,)
CHECKS = (
    missing_ids, reserved_ids, duplicate_ids, unsupported_kinds, unknown_elements, event_sub_processes, not_executable,
    data_objects, data_stores, extensions, ignored_attributes, services, instances, loops, calls,
)  # fmt: skip
