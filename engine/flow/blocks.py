"""The blocks of a process: which parallel or inclusive split belongs to which join, and what lies between.

Theory. (1) A split S is paired with the join J of its kind for which all branches of S reach the end only through J, branches
share no node, nothing enters them but through S, and each feeds J by one edge; the smallest such J wins. A diagram with a split
that has none is refused. So every node has a *path*: the (split, branch) steps around it, outermost first; a non-interrupting
handler is a step of its own, (event, None). (2) Tokens may stand together iff, past the common prefix of their paths, they begin
in different branches of one split, or one of them passes a handler step. (3) `prune` leaves of finished tasks only what tells
open blocks from closed ones, so that "a split in the tree" means "an open block" and the tree does not grow with history.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.parallel_gateway import ParallelGateway
from SpiffWorkflow.util.deep_merge import DeepMerge
from SpiffWorkflow.util.task import TaskState as S

FINISHED = S.COMPLETED | S.CANCELLED
Path = tuple[tuple[str, str | None], ...]


class Unstructured(ValueError):
    """The diagram is not block-structured: `element`, and a Chinese sentence why."""

    def __init__(self, element: str, reason_zh: str) -> None:
        super().__init__(reason_zh)
        self.element, self.reason_zh = element, reason_zh


class Blocks:
    """joins: split → join. region: split → {branch's first node → its nodes}. feeds: split → {branch → its last node}.
    opens: join → split. path: node → its steps. main: boundary split → its activity."""

    def __init__(self, spec: Any) -> None:
        self.spec = spec
        specs = spec.task_specs
        self.end: str = spec.end.name
        sides = {
            n: i
            for n, s in specs.items() if isinstance(s, BoundaryEvent) and not s.cancel_activity
            for i in s._inputs if isinstance(specs[i], BoundaryEventSplit)
        }  # fmt: skip
        self.out: dict[str, list[str]] = {
            n: [o for o in s._outputs if not isinstance(specs[o], BoundaryEventJoin) and o not in sides]
            for n, s in specs.items()
        }
        self.main: dict[str, str] = {
            n: next(o for o in self.out[n] if not isinstance(specs[o], BoundaryEvent))
            for n, s in specs.items()
            if isinstance(s, BoundaryEventSplit)
        }
        self._entering: dict[str, list[str]] = {}
        for n, os in self.out.items():
            for o in os:
                self._entering.setdefault(o, []).append(n)
        self.joins: dict[str, str] = {}
        self.region: dict[str, dict[str, set[str]]] = {}
        self.feeds: dict[str, dict[str, str]] = {}
        self._pair()
        self.opens = {j: g for g, j in self.joins.items()}
        self._handlers(sides)

    def _pair(self) -> None:
        specs = self.spec.task_specs
        gates = {n: t for t in (ParallelGateway, InclusiveGateway) for n, s in specs.items() if isinstance(s, t)}
        for g in gates:
            if len(self.out[g]) < 2:
                continue
            found = [f for j in gates if j != g and gates[j] is gates[g] and (f := self._closes(g, j)) is not None]
            if not found:
                raise Unstructured(
                    g, "没有同类网关汇聚它的全部分支,或有流向中途进入、离开该并行块;请让每个分支都汇入同一个同类网关"
                )
            _, self.joins[g], self.region[g], self.feeds[g] = min(found, key=lambda f: f[0])
        for j in gates:
            if len(self._entering.get(j, ())) > 1 and j not in self.joins.values():
                raise Unstructured(j, "汇聚了并非由同类网关分出的分支;请改用排他网关汇合,或补上对应的分支网关")

    def _closes(self, g: str, j: str) -> tuple[int, str, dict[str, set[str]], dict[str, str]] | None:
        """(size, join, branches, last node per branch) if j closes the block that g opens."""
        if len(self._entering.get(j, ())) < 2:
            return None
        region = {o: self.reach(o, j) for o in self.out[g]}
        nodes: set[str] = set().union(*region.values())
        if self.end in nodes or g in nodes or len(nodes) != sum(map(len, region.values())):
            return None
        if any(i not in nodes and i != g for n in nodes for i in self._entering[n]):
            return None
        feeds = {o: [n for n in (region[o] or {g}) if j in self.out[n]] for o in self.out[g]}
        if any(len(f) != 1 for f in feeds.values()) or len(self._entering[j]) != len(self.out[g]):
            return None
        return len(nodes), j, region, {o: f[0] for o, f in feeds.items()}

    def _handlers(self, sides: dict[str, str]) -> None:
        start = self.reach(self.spec.start.name, None)
        side = {e: self.reach(e, self.end) for e in sides}
        for e, nodes in side.items():
            if nodes & start:
                raise Unstructured(e, "非中断边界事件的处理流程必须有自己的结束事件,不能汇回主流程")
        by_size = sorted(self.region.items(), key=lambda i: -sum(map(len, i[1].values())))

        def path(n: str) -> Path:
            event = next((e for e in side if n in side[e]), None)
            around: Path = (*path(sides[event]), (event, None)) if event else ()
            return around + tuple((g, o) for g, r in by_size for o, nodes in r.items() if n in nodes)

        self.path: dict[str, Path] = {n: path(n) for n in self.spec.task_specs}

    def reach(self, node: str, stop: str | None) -> set[str]:
        """The nodes that a token at `node` may come to without passing `stop`, itself included."""
        seen: set[str] = set()
        todo = [node]
        while todo:
            n = todo.pop()
            if n != stop and n not in seen:
                seen.add(n)
                todo += self.out[n]
        return seen

    def entry(self, name: str) -> str:
        """Where a token enters an activity: its boundary split when it has boundary events."""
        split = f"{name}.BoundaryEventSplit"
        return split if split in self.spec.task_specs else name

    def inside(self, split: str, name: str) -> bool:
        """Whether a node lies in a branch of the block that `split` opens."""
        return any(name in nodes for nodes in self.region[split].values())


def concurrent(p: Path, q: Path) -> bool:
    """May tokens at two block paths live side by side?"""
    i = 0
    while i < min(len(p), len(q)) and p[i] == q[i]:
        i += 1
    p, q = p[i:], q[i:]
    return any(b is None for _, b in p + q) or bool(p and q and p[0][0] == q[0][0])


class _Pruner:
    """One pruning of one process instance."""

    def __init__(self, wf: Any) -> None:
        self.wf, self.blocks, self.tasks = wf, wf.spec.blocks, wf.tasks
        self.kept: dict[str, list[Any]] = {}  # finished task → what hangs under it now

    def is_join(self, k: Any) -> bool:
        return k.task_spec.name in self.blocks.opens and k._state != S.COMPLETED

    def hold(self, t: Any, kids: list[Any]) -> list[Any]:
        self.kept[t.id] = kids
        return [t]

    def runs(self, split: str, kids: list[Any]) -> bool:
        """Whether the activity of a boundary split is alive."""
        return any(k.task_spec.name == self.blocks.main[split] and not k._state & FINISHED for k in kids)

    def at(self, split: str, k: Any) -> Any:
        """The instance of the split's join that k is, or has arrived at."""
        join = self.blocks.joins[split]
        if k.task_spec.name == join:
            return k if k._state != S.COMPLETED else None
        if k._state & FINISHED and self.blocks.inside(split, k.task_spec.name):
            return next((c for c in k.children if c.task_spec.name == join), None)
        return None

    def keep(self, t: Any) -> list[Any]:
        """What stays of the subtree of t, as a list of subtrees."""
        if not t._state & FINISHED:
            return [t]
        name, spec = t.task_spec.name, t.task_spec
        kids = [k for c in t.children for k in self.keep(c)]
        if name in self.blocks.joins:
            if any(self.at(name, k) is None and self.blocks.inside(name, k.task_spec.name) for k in kids):
                return self.hold(t, kids)  # open: a token is left in it
            return [k for k in kids if self.at(name, k) is None]
        if self.is_join(t):
            return self.hold(t, [])
        if any(self.is_join(k) and k._parent == t.id for k in kids):
            return self.hold(t, kids)
        if isinstance(spec, BoundaryEventSplit) and self.runs(name, kids):
            return self.hold(t, kids)
        if isinstance(spec, BoundaryEvent):
            split = t.parent
            if isinstance(split.task_spec, BoundaryEventSplit) and self.runs(split.task_spec.name, split.children):
                kids = [k for k in kids if not isinstance(k.task_spec, BoundaryEventJoin)]
                return (
                    self.hold(t, kids) if kids else []
                )  # under the split itself a handler would pass for the activity
        kids = [k for k in kids if not isinstance(k.task_spec, BoundaryEventJoin)]
        if any(k._parent == t.id and k._state & (S.WAITING | S.FUTURE) for k in kids):
            return self.hold(t, kids)
        return kids

    def run(self) -> None:
        wf, root = self.wf, self.wf.task_tree
        self.alive = {root.id}
        self._adopt(
            root, [k for c in root.children for k in self.keep(c) if not (self.is_join(k) and k._state == S.CANCELLED)]
        )
        for i in [i for i in self.tasks if i not in self.alive]:
            del self.tasks[i]
        if wf.last_task is not None and wf.last_task.id not in self.tasks:
            wf.last_task = None
        if not any(c._state & (S.WAITING | S.FUTURE) for c in root.children):
            root.data = {}  # who is under it has inherited; stale values would merge over newer ones

    def _adopt(self, parent: Any, kids: list[Any]) -> None:
        parent._children = [k.id for k in kids]
        for k in kids:
            k._parent = parent.id
            self.alive.add(k.id)
            if k.id in self.kept:
                self._adopt(k, self.kept[k.id])
            else:
                self._grown(k)

    def _grown(self, t: Any) -> None:
        for c in t._children:
            self.alive.add(c)
            self._grown(self.tasks[c])


def prune(wf: Any) -> None:
    """Leave of finished tasks only the root, the split of every open block, what has arrived at its join, the split of every
    activity with live boundary events, and the parent of a task that still inherits from it."""
    if not wf.completed:
        _remember_ends(wf)
        _Pruner(wf).run()


def _remember_ends(wf: Any) -> None:
    """What tokens knew that have come to an end beside others would go with them: the process keeps it to its own end."""
    end = wf.spec.end
    over = [
        t
        for t in wf.tasks.values()
        if t.task_spec is end and t._state == S.CANCELLED and t.parent._state == S.COMPLETED
    ]
    for t in sorted(over, key=lambda t: t.last_state_change):
        DeepMerge.merge(wf.data, t.parent.data)
