"""The engine and the model side by side: random walk with freeze and thaw after each act, moves to every activity, on to the end.

After each act the multisets of what waits, the automatic steps passed, and completion must agree. Each process is parsed twice:
state frozen with one copy is thawed with the other, as between two workers.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine import flow
from tests.flow.drawing import START
from tests.flow.random_process import ALL, Gen, bpmn, decisions
from tests.flow.token_model import SCOPE, Model, beside

POLICIES = [(c, s) for c in ("conflict", "scope", "all") for s in ("reopen", "arrived")]


class Mismatch(Exception):
    """Engine and model disagree."""


@dataclass
class Oracle:
    """A host that answers from the model's table: condition texts read `gateway#branch`."""

    table: dict[str, object] = field(default_factory=dict)

    def evaluate(self, text: str, data: Mapping[str, object]) -> object:
        gate, hash_, branch = text.partition("#")
        if not hash_:
            return int(text)
        self._knows(data, gate)
        says = self.table[gate]
        return int(branch) in says if isinstance(says, frozenset) else says == int(branch)

    def timer_due(self, text: str, kind: str, element: str, data: Mapping[str, object]) -> datetime:
        self._knows(data, element)
        return START

    def decide(self, element: str, decision_key: str, data: Mapping[str, object]) -> dict[str, object]:
        self._knows(data, element)
        return {}

    def _knows(self, data: Mapping[str, object], where: str) -> None:
        if data.get("case") != 7:
            raise Mismatch(f"{where} has lost its data")


class Process:
    """A generated process and its two copies."""

    def __init__(self, seed: int, kinds: tuple[str, ...] = ALL) -> None:
        self.seed, self.gen, self.oracle = seed, Gen(seed, kinds), Oracle()
        self.files = {"p.bpmn": bpmn(self.gen)}
        self.copies = [flow.parse(self.files, "main") for _ in range(2)]

    def addresses(self) -> Iterator[tuple[tuple[str, ...], bool]]:
        """(address, in a multi-instance body) of every activity."""

        def walk(n, at, mi):
            if n.kind in ("user", "auto", *SCOPE):
                yield (*at, n.id), mi
            if n.kind in SCOPE:
                yield from walk(n.kids[0], (*at, n.id), mi or bool(n.mi))
            else:
                for kid in n.kids:
                    yield from walk(kid, at, mi)
            for e in n.bound:
                yield from walk(e.body, at, mi)

        yield from walk(self.gen.root, (), False)


class Engine:
    """A run of a generated process, frozen with one copy and thawed with the other after each act."""

    def __init__(self, process: Process, snapshot: tuple[bytes, int] | None = None) -> None:
        self.p, self.log, self.turn = process, Counter(), 0
        if snapshot is None:
            self.run = process.copies[0].start(process.oracle, {"case": 7})
            self.settle()
        else:
            self.state, self.turn = snapshot
            self.thaw()

    def settle(self) -> None:
        self.log.update(p.element for p in self.run.passed if p.kind == "decision" and p.event == "left")
        self.state = self.run.freeze()
        self.turn += 1
        self.thaw()

    def thaw(self) -> None:
        self.run = self.p.copies[self.turn % 2].thaw(self.state, self.p.oracle)

    def tokens(self) -> dict[str, tuple[str, flow.Waiting]]:
        """Token → (label, waiting); the events behind a gateway count as the gateway."""
        out = {}
        for w in self.run.waiting():
            name = w.element.split("_c")[0] if w.element[0] == "e" else w.element
            out[w.token.split("/")[0]] = ("/".join((*w.path, name)), w)
        return out

    def enabled(self) -> Counter[str]:
        return Counter(label for label, _ in self.tokens().values())

    def act(self, label: str, branch: int) -> None:
        w = next(w for at, w in self.tokens().values() if at == label)
        name = label.rpartition("/")[2]
        if name[0] == "u":
            if self.run.data.get("case") != 7:
                raise Mismatch(f"{label} has lost its data")
            self.run.complete(w.token, {})
        elif name[0] == "e":
            token = f"{w.token.split('/')[0]}/{name}_c{branch}"
            self.run.message(f"{name}_s{branch}", {}, token)
        elif name[0] == "n":
            self.run.message(f"{name}_s", {}, w.token)
        else:
            self.run.fire(w.token)
        self.settle()


def compare(engine: Engine, model: Model, what: str) -> None:
    e, m = engine.enabled(), model.enabled()
    if e != m:
        raise Mismatch(f"{what}: engine has {dict(e - m)} too much, lacks {dict(m - e)}")
    if engine.log != model.log:
        raise Mismatch(
            f"{what}: passed {dict(engine.log - model.log)} too often, {dict(model.log - engine.log)} too seldom"
        )
    if bool(e) == engine.run.ended:
        raise Mismatch(f"{what}: ended={engine.run.ended} with {dict(e)}")


def step(engine: Engine, model: Model, r: random.Random, timers: float, trail: list) -> None:
    labels = sorted(model.enabled())
    acts = [at for at in labels if at.rpartition("/")[2][0] in "uec"]
    label = r.choice(labels if r.random() < timers or not acts else acts)
    branch = r.randrange(2)
    trail.append(label)
    model.act(label, branch)
    engine.act(label, branch)
    compare(engine, model, f"after {label}")


def shallow(model: Model) -> Model:
    """A copy of the state; the block tree is shared."""

    def dup(v):
        if isinstance(v, dict):
            return {k: dup(x) for k, x in v.items()}
        if isinstance(v, list | tuple):
            return type(v)(dup(x) for x in v)
        return set(v) if isinstance(v, set) else v

    m = Model.__new__(Model)
    m.root, m.table, m.log, m.top = model.root, model.table, Counter(model.log), dup(model.top)
    return m


def moved(x: Engine, m: Model, targets: list, cancel: str, siblings: str, legal: bool) -> bool:
    names = ["/".join(t) for t in targets]
    try:
        plan = x.run.plan_move(names, cancel, siblings)
    except flow.Refused as no:
        if legal:
            raise Mismatch(f"refused: {no}") from no
        return False
    if not legal:
        raise Mismatch("not refused")
    if x.run.move(names, cancel, siblings) != plan:
        raise Mismatch("the move did not do what its plan said")
    m.move(targets, cancel, siblings)
    x.settle()
    return True


def triple(p: Process, model: Model, snapshot: tuple[bytes, int], address: tuple, mi: bool, r: random.Random) -> str:
    """One move on copies of engine state and model, then both to the end; sometimes two targets, sometimes a second move."""
    cancel, siblings = r.choice(POLICIES)
    targets, legal = [address], not mi
    if r.random() < 0.15:
        other, its = r.choice(list(p.addresses()))
        targets.append(other)
        legal = legal and not its and beside(p.gen.root, address, other)
        siblings = "arrived"
    m = shallow(model)
    m.log, m.table = Counter(), decisions(p.gen, r, 0.2)
    p.oracle.table = m.table
    x = Engine(p, snapshot)
    after: list = []
    try:
        if not moved(x, m, targets, cancel, siblings, legal):
            return "refused"
        compare(x, m, "after the move")
        for k in range(200):
            if not m.enabled():
                break
            if k > 12:
                m.table = {g: 0 if g[0] == "l" else v for g, v in m.table.items()}
                p.oracle.table = m.table
            step(x, m, r, 0.25 if k < 30 else 0, after)
            if k < 8 and m.enabled() and r.random() < 0.08:
                again, its = r.choice(list(p.addresses()))
                policy = r.choice(POLICIES)
                after.append((again, *policy))
                if moved(x, m, [again], *policy, not its):
                    compare(x, m, "after the second move")
        if not x.run.ended:
            raise Mismatch("never ended")
    except Mismatch as wrong:
        raise Mismatch(f"seed {p.seed}, move {targets} {cancel} {siblings}, then {after}: {wrong}") from wrong
    return "ok"


def one(
    seed: int, *, kinds: tuple[str, ...] = ALL, moves: bool = True, share: float = 0.3, steps: int = 25
) -> Counter[str]:
    """One process: a walk, and at some of its states a move to each of its activities. Raises Mismatch."""
    r, stats = random.Random(seed), Counter()
    p = Process(seed, kinds)
    table = decisions(p.gen, r, 0.3)
    p.oracle.table = table
    model, engine = Model(p.gen.root, table), Engine(p)
    trail: list = []
    try:
        compare(engine, model, "start")
        for n in range(steps):
            if not engine.enabled():
                break
            if moves and (n == 0 or r.random() < share):
                snapshot = engine.state, engine.turn
                for address, mi in p.addresses():
                    stats[triple(p, model, snapshot, address, mi, r)] += 1
                p.oracle.table = model.table
            if r.random() < 0.3:
                model.table = p.oracle.table = decisions(p.gen, r, 0.3)
            step(engine, model, r, 0.3, trail)
            stats["steps"] += 1
    except Mismatch as wrong:
        raise Mismatch(f"seed {seed}, walk {trail}: {wrong}") from wrong
    stats["processes"] += 1
    return stats
