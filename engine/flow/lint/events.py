"""Faults of events: kinds that parse as something else, texts and references that are missing, codes that nobody catches."""

from __future__ import annotations

from collections.abc import Iterator

from engine.flow.document import Element, Scope, child_text, definitions_of, kids, tag
from engine.flow.errors import Fault
from engine.flow.lint.context import ACTIVITIES, Context, fault

_NAMES = {
    "messageEventDefinition": "消息", "timerEventDefinition": "定时", "errorEventDefinition": "错误",
    "escalationEventDefinition": "升级", "terminateEventDefinition": "终止", "signalEventDefinition": "信号",
    "conditionalEventDefinition": "条件", "linkEventDefinition": "链接", "compensateEventDefinition": "补偿",
    "cancelEventDefinition": "取消",
}  # fmt: skip
_PLACES = {
    "startEvent": ("开始事件", {"messageEventDefinition"}),
    "endEvent": ("结束事件", {"messageEventDefinition", "errorEventDefinition", "escalationEventDefinition", "terminateEventDefinition"}),
    "intermediateCatchEvent": ("中间捕获事件", {"messageEventDefinition", "timerEventDefinition"}),
    "intermediateThrowEvent": ("中间抛出事件", {"messageEventDefinition", "escalationEventDefinition"}),
    "boundaryEvent": ("边界事件", {"messageEventDefinition", "timerEventDefinition", "errorEventDefinition", "escalationEventDefinition"}),
}  # fmt: skip
_REFS = {
    "messageEventDefinition": ("messageRef", "message", "name", "消息"),
    "errorEventDefinition": ("errorRef", "error", "errorCode", "错误"),
    "escalationEventDefinition": ("escalationRef", "escalation", "escalationCode", "升级"),
}


def kinds(c: Context, s: Scope) -> Iterator[Fault]:
    """Signal ends, links and compensation parse as plain events; the rest has no meaning where it stands."""
    for e in s.of(*_PLACES):
        place, allowed = _PLACES[tag(e)]
        found = [tag(d) for d in definitions_of(e)]
        for kind in found:
            if kind not in allowed:
                yield fault(s, e, "event_kind", f"是{_NAMES[kind]}{place},引擎不支持或会误读为普通事件,请改用其他方式")
        if len(found) > 1 or kids(e, "eventDefinitionRef"):
            yield fault(s, e, "several_definitions", "含有多个或引用的事件定义,请只保留一个")
        if not found and tag(e) in ("intermediateCatchEvent", "boundaryEvent"):
            yield fault(s, e, "no_definition", f"是没有类型的{place},请改为定时、消息等具体类型")


def starts(c: Context, s: Scope) -> Iterator[Fault]:
    """Each process and sub-process has exactly one start event; only whole processes start by message."""
    found = s.of("startEvent")
    if len(found) != 1:
        yield fault(s, s.element, "one_start", f"有 {len(found)} 个开始事件,应当恰好一个")
    for e in found:
        if s.parent is not None and definitions_of(e):
            yield fault(s, e, "inner_start", "是子流程的开始事件,应为普通开始事件")


def ends(c: Context, s: Scope) -> Iterator[Fault]:
    """A process without an end event never ends as drawn."""
    if not s.of("endEvent"):
        yield fault(s, s.element, "no_end", "没有结束事件,请补充")


def timers(c: Context, s: Scope) -> Iterator[Fault]:
    """A timer is one date or one duration, with a text. Cycles are not run."""
    for e in s.nodes.values():
        for definition in kids(e, "timerEventDefinition"):
            found = kids(definition, "timeDate", "timeDuration", "timeCycle")
            if any(tag(k) == "timeCycle" for k in found):
                yield fault(s, e, "timer_cycle", "是周期定时,引擎不支持,请用循环加一次性定时,或由期限预警代替")
            elif len(found) != 1 or not child_text(definition, tag(found[0])):
                yield fault(s, e, "timer_text", "没有填写到期时间,请填写 FEEL 日期、时长或 deadline:期限编号")


def references(c: Context, s: Scope) -> Iterator[Fault]:
    """Messages by name, errors and escalations by code: the thing named must be there and have one."""
    document = c.document(s)
    for e in s.nodes.values():
        holders = [*definitions_of(e), *([e] if tag(e) in ("sendTask", "receiveTask") else [])]
        for holder in holders:
            kind = "messageEventDefinition" if holder is e else tag(holder)
            if kind not in _REFS:
                continue
            attribute, root, value, name = _REFS[kind]
            ref = holder.get(attribute)
            if not ref and tag(e) == "boundaryEvent" and root != "message":
                continue  # catches every code
            target = document.named(root).get(ref or "")
            if target is None:
                yield fault(s, e, "no_reference", f"没有指定{name},或指定的{name}不存在,请选择")
            elif not target.get(value):
                yield fault(s, e, "empty_reference", f"引用的{name}“{ref}”没有填写 {value},请补充")


def boundaries(c: Context, s: Scope) -> Iterator[Fault]:
    """A boundary event sits on an activity of the same scope; errors interrupt."""
    for e in s.of("boundaryEvent"):
        holder = s.nodes.get(e.get("attachedToRef", ""))
        if holder is None or tag(holder) not in ACTIVITIES:
            yield fault(s, e, "not_attached", "没有附着在环节、子流程或调用活动上,请拖到相应环节的边框上")
        elif tag(holder) in ("businessRuleTask", "sendTask"):
            yield fault(s, e, "on_automatic", "附着在不停留的自动环节上,永远不会发生,请删除")
        elif kids(e, "escalationEventDefinition") and tag(holder) not in ("subProcess", "callActivity"):
            yield fault(s, e, "escalation_place", "是升级边界事件,只能附着在子流程或调用活动上")
        if kids(e, "errorEventDefinition") and e.get("cancelActivity", "true") != "true":
            yield fault(s, e, "error_interrupts", "是错误边界事件,必须是中断型,请勾选中断")


def event_gateways(c: Context, s: Scope) -> Iterator[Fault]:
    """Behind an event-based gateway stand catching events, each reached by it alone, and no two for one message."""
    for g in s.of("eventBasedGateway"):
        out = s.outgoing.get(g.get("id", ""), [])
        if len(out) < 2:
            yield fault(s, g, "event_gateway", "是事件网关,至少要有两个分支")
        messages = []
        for f in out:
            target = s.nodes.get(f.target)
            if target is None:
                continue
            plain = tag(target) in ("intermediateCatchEvent", "receiveTask") and f.target not in s.boundaries
            if not plain or len(s.incoming.get(f.target, ())) != 1:
                yield fault(
                    s,
                    target,
                    "event_gateway_target",
                    "在事件网关之后,应为只由该网关到达、不带边界事件的捕获事件或接收任务",
                )
            messages += [_message(target)] if _message(target) else []
        if len(set(messages)) != len(messages):
            yield fault(s, g, "event_gateway_twice", "的两个分支等待同一消息,无法区分,请合并或改名")


def _message(e: Element) -> str:
    own = e.get("messageRef", "") if tag(e) == "receiveTask" else ""
    return own or next((d.get("messageRef", "") for d in kids(e, "messageEventDefinition")), "")


def uncaught(c: Context, s: Scope) -> Iterator[Fault]:
    """Errors and escalations that nobody around catches."""
    for e in s.of("endEvent", "intermediateThrowEvent"):
        for kind in ("error", "escalation"):
            for definition in kids(e, f"{kind}EventDefinition"):
                code = _code(c, s, kind, definition)
                if code and not _caught(c, s, kind, code, set()):
                    what = "错误" if kind == "error" else "升级"
                    yield fault(
                        s, e, f"uncaught_{kind}", f"抛出的{what}“{code}”没有边界事件捕获,请在外层子流程或调用活动上补充"
                    )


def _code(c: Context, s: Scope, kind: str, definition: Element) -> str:
    target = c.document(s).named(kind).get(definition.get(f"{kind}Ref", ""))
    return target.get(f"{kind}Code", "") if target is not None else ""


def _caught(c: Context, s: Scope, kind: str, code: str, seen: set[str]) -> bool:
    """Whether every activity that holds this scope catches the code, or lies in one that does."""
    if s.id in seen:
        return False
    if s.parent is not None:
        holders = [(s.parent, s.element)]
    else:
        holders = [(t, e) for t, e in c.calls() if e.get("calledElement") == s.id]
    return bool(holders) and all(
        any(_catches(c, t, b, kind, code) for b in t.boundaries.get(e.get("id", ""), ()))
        or _caught(c, t, kind, code, seen | {s.id})
        for t, e in holders
    )


def _catches(c: Context, s: Scope, boundary: Element, kind: str, code: str) -> bool:
    return any(
        not d.get(f"{kind}Ref") or _code(c, s, kind, d) == code for d in kids(boundary, f"{kind}EventDefinition")
    )


CHECKS = (kinds, starts, ends, timers, references, boundaries, event_gateways, uncaught)
