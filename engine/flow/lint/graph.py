"""Faults of how things are connected."""

from __future__ import annotations

from collections.abc import Iterator

from engine.flow.document import GATEWAYS, Scope, kids, tag
from engine.flow.errors import Fault
from engine.flow.lint.context import WAITING, Context, fault, following, label, reach, starts_of

CONDITIONAL = frozenset({"exclusiveGateway", "inclusiveGateway"})


def flows(c: Context, s: Scope) -> Iterator[Fault]:
    """A flow joins two elements of one scope."""
    for f in s.flows:
        if f.source not in s.nodes or f.target not in s.nodes:
            yield fault(s, f.id, "dangling_flow", f"连线“{f.id}”的起点或终点不在同一流程或子流程中,请重新连接")


def implicit_splits(c: Context, s: Scope) -> Iterator[Fault]:
    """Several ways out of anything but a gateway are not read."""
    for i, e in s.nodes.items():
        if tag(e) not in GATEWAYS and len(s.outgoing.get(i, ())) > 1:
            yield fault(s, e, "implicit_split", "有多条流出连线,请改由网关分支")


def ends_of_flows(c: Context, s: Scope) -> Iterator[Fault]:
    """Nothing flows into a start or boundary event, nothing out of an end event."""
    for i, e in s.nodes.items():
        if tag(e) in ("startEvent", "boundaryEvent") and s.incoming.get(i):
            yield fault(s, e, "flow_into_start", "不能有流入连线,请删除")
        if tag(e) == "endEvent" and s.outgoing.get(i):
            yield fault(s, e, "flow_out_of_end", "是结束事件,不能有流出连线,请删除")


def conditions(c: Context, s: Scope) -> Iterator[Fault]:
    """At a branching exclusive or inclusive gateway: one default, and a condition on every other flow."""
    for g in s.of(*CONDITIONAL):
        out = s.outgoing.get(g.get("id", ""), [])
        if len(out) < 2:
            continue
        default = g.get("default")
        if default not in {f.id for f in out}:
            yield fault(s, g, "no_default", "没有指定默认流向,所有条件都不满足时流程无法继续,请指定")
        for f in out:
            target = label(s.nodes[f.target]) if f.target in s.nodes else f.target
            if f.id == default and f.condition:
                yield fault(s, g, "condition_on_default", f"的默认流向(到“{target}”)带有条件,条件不会起作用,请删除")
            if f.id != default and not f.condition:
                yield fault(
                    s, g, "no_condition", f"到“{target}”的流向没有条件,请填写;其余情况都走的那一条,指定为默认流向"
                )


def idle_conditions(c: Context, s: Scope) -> Iterator[Fault]:
    """A condition anywhere else is ignored; one in another language is not FEEL."""
    for f in s.flows:
        source = s.nodes.get(f.source)
        if source is not None and f.condition and (tag(source) not in CONDITIONAL or len(s.outgoing[f.source]) < 2):
            yield fault(s, source, "idle_condition", "的流出连线带有条件,但此处条件不会起作用,请改用排他网关")
        for k in kids(f.element, "conditionExpression"):
            if "feel" not in (k.get("language") or "feel").lower():
                yield fault(s, f.id, "language", f"连线“{f.id}”的条件语言“{k.get('language')}”不受支持,请改写为 FEEL")
            if not f.condition:
                yield fault(s, f.id, "empty_expression", f"连线“{f.id}”的条件没有内容,请填写或删除")


def defaults_elsewhere(c: Context, s: Scope) -> Iterator[Fault]:
    """`default` means something on exclusive and inclusive gateways only."""
    for e in s.nodes.values():
        if e.get("default") and tag(e) not in CONDITIONAL:
            yield fault(s, e, "idle_default", "指定了默认流向,但此处不起作用,请删除")


def mixed_gateways(c: Context, s: Scope) -> Iterator[Fault]:
    """One gateway either joins or splits."""
    for g in s.of("parallelGateway", "inclusiveGateway"):
        i = g.get("id", "")
        if len(s.incoming.get(i, ())) > 1 and len(s.outgoing.get(i, ())) > 1:
            yield fault(s, g, "mixed_gateway", "既汇聚又分支,请拆成一个汇聚网关和一个分支网关")


def unconnected(c: Context, s: Scope) -> Iterator[Fault]:
    """What nothing leads to is dropped in silence; what leads nowhere ends the flow unseen."""
    for i, e in s.nodes.items():
        into = s.incoming.get(i) or tag(e) in ("startEvent", "boundaryEvent")
        out = s.outgoing.get(i) or tag(e) == "endEvent"
        if not into and not out:
            yield fault(s, e, "unconnected", "没有与任何元素相连,会被静默丢弃,请连接或删除")
        elif not into:
            yield fault(s, e, "no_way_in", "没有流入连线,永远不会到达,请连接或删除")
        elif not out:
            yield fault(s, e, "dead_end", "没有流出连线,流程会在此中断,请连接到后续环节或结束事件")


def unreachable(c: Context, s: Scope) -> Iterator[Fault]:
    """Connected, but not to the start."""
    reached = reach(s, starts_of(s))
    for i, e in s.nodes.items():
        if i not in reached and (s.incoming.get(i) or tag(e) == "boundaryEvent") and s.of("startEvent"):
            yield fault(s, e, "unreachable", "从开始事件无法到达,请检查连线")


def no_way_out(c: Context, s: Scope) -> Iterator[Fault]:
    """From every element some end event can be reached."""
    ends = {e.get("id", "") for e in s.of("endEvent")}
    back: dict[str, list[str]] = {}
    for n in s.nodes:
        for m in following(s, n):
            back.setdefault(m, []).append(n)
    good, todo = set(ends), list(ends)
    while todo:
        for n in back.get(todo.pop(), ()):
            if n not in good:
                good.add(n)
                todo.append(n)
    for i, e in s.nodes.items():
        if ends and i not in good and s.outgoing.get(i):
            yield fault(s, e, "no_way_out", "之后无法到达任何结束事件,流程将永不结束,请检查连线")


def waitless_cycles(c: Context, s: Scope) -> Iterator[Fault]:
    """A cycle in which nothing waits would run for ever."""
    waits = {
        i
        for i, e in s.nodes.items()
        if tag(e) in WAITING or (tag(e) in ("callActivity", "subProcess") and _always_waits(c, s, i, frozenset()))
    }
    state: dict[str, int] = {}
    for start in s.nodes:
        if start in waits or start in state:
            continue
        stack = [(start, iter(following(s, start, handlers=False)))]
        state[start] = 1
        while stack:
            node, rest = stack[-1]
            n = next(rest, None)
            if n is None:
                state[node] = 2
                stack.pop()
            elif n in s.nodes and n not in waits:
                if state.get(n) == 1:
                    yield fault(
                        s,
                        s.nodes[n],
                        "waitless_cycle",
                        "所在的循环中没有任何等待的环节,会无限空转,请加入人工环节或定时事件",
                    )
                elif n not in state:
                    state[n] = 1
                    stack.append((n, iter(following(s, n, handlers=False))))


def _always_waits(c: Context, s: Scope, activity: str, seen: frozenset[str]) -> bool:
    """Whether a sub-process or called process cannot be passed without waiting in it."""
    e = s.nodes[activity]
    if tag(e) == "callActivity":
        inner = c.process(e.get("calledElement", ""))
    else:
        inner = next((t for t in c.document(s).scopes if t.element is e), None)
    if inner is None or inner.id in seen:
        return True
    passed: set[str] = set()
    todo = starts_of(inner)
    while todo:
        n = todo.pop()
        node = inner.nodes.get(n)
        if node is None or n in passed or tag(node) in WAITING:
            continue
        if tag(node) in ("callActivity", "subProcess") and _always_waits(c, inner, n, seen | {inner.id}):
            continue
        passed.add(n)
        todo += following(inner, n, handlers=False)
    return not any(tag(inner.nodes[n]) == "endEvent" for n in passed)


CHECKS = (
    flows, implicit_splits, ends_of_flows, conditions, idle_conditions, defaults_elsewhere, mixed_gateways, unconnected,
    unreachable, no_way_out, waitless_cycles,
)  # fmt: skip
