"""Moving a token: the one mechanism beneath return, withdraw, repair and migration. Works on a thawed state without history.

Theory: `blocks.py`, and docs/adr/0009. A target is an address: the calls and sub-processes from the top, then the element. The
mover descends while the sub-process runs; where it must act it walks the target's block path while the splits are in the tree
(open), cancels what cannot stand beside the target, takes back the arrival of the target's branch, rebuilds the blocks that are
not open, and enters the target as the engine itself would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent, ThrowingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import (
    BoundaryEvent,
    EventBasedGateway,
    ReceiveTask,
    SendTask,
)
from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState as S

from engine.flow.blocks import Blocks, Path, concurrent, prune
from engine.flow.errors import Refused
from engine.flow.events import cancel as cancel_token

LIVE = S.READY | S.WAITING | S.STARTED
NO_ACTIVITY = (ExclusiveGateway, UnstructuredJoin, EventBasedGateway, CatchingEvent, ThrowingEvent)
Address = tuple[str, ...]
Cancel = Literal["conflict", "scope", "all"]
Siblings = Literal["reopen", "arrived"]


@dataclass(frozen=True)
class Place:
    """A token in words: element, its name, and the calls and sub-processes around it."""

    element: str
    name: str
    path: Address = ()


@dataclass(frozen=True)
class MovePlan:
    """What a move does, or would do. `cancelled`: tokens that go; `opened`: tokens that stand afterwards and did not before
    (targets and reopened sibling branches); `taken_back`: elements whose arrival at their block's join is undone; `arrived`:
    branches that count as done without having been walked."""

    cancelled: tuple[Place, ...] = ()
    opened: tuple[Place, ...] = ()
    taken_back: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()


class Addresses:
    """Made once per definition: the address of every element, and the reason against moving to it, if there is one."""

    def __init__(self, spec: Any, subs: Mapping[str, Any]) -> None:
        self.spec, self.subs = spec, subs
        self.reasons: dict[Address, str | None] = {}
        self._walk(spec, (), None)

    def _walk(self, spec: Any, at: Address, why: str | None) -> None:
        for name, t in spec.task_specs.items():
            if t.bpmn_id is None or name.endswith(" [child]"):
                continue
            body = spec.task_specs[t.task_spec] if isinstance(t, LoopTask) else t
            reason = why
            if isinstance(body, NO_ACTIVITY) and not isinstance(body, ReceiveTask | SendTask):
                reason = "是网关或事件,不是可办理的环节"
            elif any(isinstance(i, EventBasedGateway) for i in t.inputs):
                reason = "由事件网关选择后才能到达,请移到该网关之前或之后的环节"
            self.reasons[(*at, name)] = reason
            if isinstance(body, SubWorkflowTask):
                many = "位于多实例环节之内,无法确定是哪一个实例,请移到该多实例环节本身" if body is not t else None
                self._walk(self.subs[body.spec], (*at, name), why or many)

    def resolve(self, target: str) -> Address:
        """The one address that ends in `target` ("element" or "call/element"). Raises Refused."""
        full = tuple(target.split("/"))
        hits = [full] if full in self.reasons else [a for a in self.reasons if a[-len(full) :] == full]
        if not hits:
            raise Refused(f"目标环节“{target}”不存在,请从流程图中选择")
        if len(hits) > 1:
            raise Refused(f"目标环节“{target}”在多处被调用,请指明其中之一:{'、'.join('/'.join(h) for h in hits)}")
        reason = self.reasons[hits[0]]
        if reason:
            raise Refused(f"目标“{target}”{reason}")
        return hits[0]

    def place_of(self, address: Address, depth: int) -> Path:
        """The block path of the address's element at a depth, within its process."""
        spec = self.spec
        for name in address[:depth]:
            spec = self.subs[spec.task_specs[name].spec]
        b: Blocks = spec.blocks
        return b.path[b.entry(address[depth])]

    def together(self, addresses: Sequence[Address]) -> None:
        """Raises Refused for two targets that cannot be active side by side."""
        for i, a in enumerate(addresses):
            for b in addresses[:i]:
                d = next((d for d, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
                if d is None or not concurrent(self.place_of(a, d), self.place_of(b, d)):
                    raise Refused(f"“{'/'.join(a)}”与“{'/'.join(b)}”不能同时处于办理中,请分两次移动或只选其一")


class Mover:
    """One move on one instance. A refusal leaves it untouched; after any other exception throw the instance away."""

    def __init__(self, addresses: Addresses, top: Any) -> None:
        self.addresses, self.top = addresses, top
        self.taken_back: list[str] = []
        self.arrived: list[str] = []

    def move(self, targets: Sequence[str], cancel: Cancel, siblings: Siblings) -> None:
        """cancel: "conflict" (only tokens that cannot stand beside a target), "scope" (also the handlers running in the same
        branch of the innermost open block, or in the process instance) or "all". siblings: what the other branches of a block
        that is not open get: "reopen" (a token at their beginning) or "arrived" (none). Automatic steps are the caller's."""
        if not targets:
            raise Refused("没有选择目标环节")
        if cancel not in ("conflict", "scope", "all") or siblings not in ("reopen", "arrived"):
            raise Refused("移动方式不正确:取消范围应为 conflict、scope 或 all,同级分支应为 reopen 或 arrived")
        if self.top.completed:
            raise Refused("流程已结束,不能移动")
        found = [self.addresses.resolve(t) for t in targets]
        self.addresses.together(found)
        if cancel == "all":
            data = self._knows(self.top)
            for t in self._tokens(self.top):
                cancel_token(t)
        self._prune()
        if cancel == "all":
            self.top.task_tree.data = data
        for a in found:
            self._place(self.top, a, cancel, siblings)
        for wf in self._processes():
            wf.last_task = None
        self._prune()

    def _processes(self) -> list[Any]:
        return [self.top, *(s for s in self.top.subprocesses.values() if not s.completed)]

    def _prune(self) -> None:
        for wf in self._processes():
            prune(wf)

    def _tokens(self, wf: Any) -> list[Any]:
        return [
            t for t in list(wf.tasks.values())
            if t._state & LIVE and not t.triggered and t.id in wf.tasks and not isinstance(t.task_spec, BoundaryEvent | Join)
        ]  # fmt: skip

    def _knows(self, wf: Any) -> dict[str, Any]:
        """What the tokens of a scope know: the new token goes on with it."""
        data = dict(wf.task_tree.data)
        for t in self._tokens(wf):
            data.update(t.data)
        return data

    def _place(self, wf: Any, address: Address, cancel: Cancel, siblings: Siblings) -> None:
        b, name = wf.spec.blocks, address[0]
        if len(address) > 1:
            subs = wf.top_workflow.subprocesses
            live = [t for t in self._tokens(wf) if t.task_spec.name == name and t._state == S.STARTED and t.id in subs]
            if live:
                self._place(subs[live[0].id], address[1:], cancel, siblings)
                return
        path = b.path[b.entry(name)]
        own = max((i + 1 for i, (_, o) in enumerate(path) if o is None), default=0)
        parent, last, todo = self._open(wf, path[own:])
        data, region = self._knows(wf), path[: len(path) - len(todo)]
        for t in self._tokens(wf):
            other = b.path[t.task_spec.name]
            if not concurrent(other, path) or (cancel == "scope" and not own and other[: len(region)] == region):
                cancel_token(t)
        self._take_back(wf, last)
        later = []
        for split, branch in todo:
            parent, rest = self._split(wf, parent, split, branch, siblings, data)
            later += rest
        task = self._enter(parent, b.entry(name), data)
        for p, n in later:
            self._enter(p, n, data)
        self._one_waits(wf)
        if len(address) > 1:
            self._descend(wf, task, address, cancel, siblings)

    def _open(
        self, wf: Any, steps: Sequence[tuple[str, Any]]
    ) -> tuple[Any, tuple[str, Any] | None, list[tuple[str, Any]]]:
        """(where to hang the token, innermost open block around it, blocks still to be opened); a handler needs none of the
        blocks around its activity."""
        parent, last, todo = wf.task_tree, None, list(steps)
        while todo:
            inst = [t for t in wf.tasks.values() if t.task_spec.name == todo[0][0] and t._state == S.COMPLETED]
            if not inst:
                break
            parent, last = inst[0], todo.pop(0)
        return parent, last, todo

    def _take_back(self, wf: Any, last: tuple[str, Any] | None) -> None:
        """What has arrived from the target's branch at its join comes back; so does what has arrived at the end."""
        b = wf.spec.blocks
        join = b.joins[last[0]] if last else None
        feed = b.feeds[last[0]][last[1]] if last else None
        for t in list(wf.tasks.values()):
            if not t._state & (S.WAITING | S.CANCELLED) or t.id not in wf.tasks:
                continue
            mine = join is not None and t.task_spec.name == join and t.parent.task_spec.name == feed
            if t.task_spec.name == b.end or mine:
                if mine and feed is not None:
                    self.taken_back.append(feed)
                wf._remove_task(t.id)

    def _one_waits(self, wf: Any) -> None:
        """Of the arrivals at an open join one waits, as the engine has it."""
        for join in wf.spec.blocks.joins.values():
            at = [t for t in wf.tasks.values() if t.task_spec.name == join and t._state & (S.WAITING | S.CANCELLED)]
            if at and not any(t._state == S.WAITING for t in at):
                at[-1]._set_state(S.WAITING)

    def _descend(self, wf: Any, task: Any, address: Address, cancel: Cancel, siblings: Siblings) -> None:
        """Into a sub-process just entered: its own start token goes, the rest of the address is placed in it."""
        sub = wf.top_workflow.subprocesses[task.id]
        for c in list(sub.task_tree.children):
            c.cancel()
            sub._remove_task(c.id)
        self._place(sub, address[1:], cancel, siblings)

    def _split(
        self, wf: Any, parent: Any, split: str, branch: str, siblings: Siblings, data: Mapping[str, Any]
    ) -> tuple[Any, list[tuple[Any, str]]]:
        b, spec = wf.spec.blocks, wf.spec.task_specs[split]
        task = Task(wf, spec, parent, state=S.COMPLETED)
        task.data = dict(data)
        others = [o for o in b.region[split] if o != branch]
        if isinstance(spec, InclusiveGateway):
            matches, default = spec._get_matching_outputs(task)
            chosen = {s.name for s in (matches or default)}
            others = [o for o in others if o in chosen]
        later, join = [], b.joins[split]
        for o in others:
            if siblings == "reopen" and o != join:
                later.append((task, o))
                continue
            feed = task if o == join else Task(wf, wf.spec.task_specs[b.feeds[split][o]], task, state=S.COMPLETED)
            feed.data = dict(task.data)
            Task(wf, wf.spec.task_specs[join], feed, state=S.CANCELLED)
            if o != join:
                self.arrived.append(o.removesuffix(".BoundaryEventSplit"))
        return task, later

    def _enter(self, parent: Any, name: str, data: Mapping[str, Any]) -> Any:
        wf = parent.workflow
        spec = wf.spec.task_specs[name]
        task = Task(wf, spec, parent, state=S.FUTURE)
        task.data = dict(data)
        spec._predict(task, mask=S.PREDICTED_MASK | S.FUTURE)
        if not isinstance(spec, BoundaryEventSplit):
            spec._update(task)
            return task
        task._inherit_data()
        spec._run_hook(task)
        task._set_state(S.COMPLETED)
        for c in task.children:
            c.task_spec._update(c)
        return next(c for c in task.children if not isinstance(c.task_spec, BoundaryEvent))


def planned(mover: Mover, before: Mapping[str, Place], after: Mapping[str, Place]) -> MovePlan:
    """The plan that a move amounts to, from what waited before and after it (token → place)."""
    return MovePlan(
        tuple(p for t, p in before.items() if t not in after),
        tuple(p for t, p in after.items() if t not in before),
        tuple(dict.fromkeys(mover.taken_back)),
        tuple(dict.fromkeys(mover.arrived)),
    )
