"""Steps per second of the whole engine over the same with SpiffWorkflow's own serializer, in turns within one process.

Everything on: the verb `complete` with idempotency, audit, row-level security, history, work items, commit. Bare: state,
history and work items, one commit each.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import uuid4

import SpiffWorkflow.task

from bench.content import CASE_BPMN, CASE_FACTS, MORE
from bench.node import Site, bench_site
from bench.stock_engine import StockDefinition
from engine import commands, definitions, flow, inbox, instances, release_store
from engine import step as steps
from kernel.work import Work

_STOCK_DATA = {"filed": True, "hearing": True, "again": 0}


@contextmanager
def stock(which: definitions.Definition) -> Iterator[None]:
    """The stock serializer takes the place of ours, its ids and its way to change a task's state too."""
    ours, string_ids, quiet = which.flow, SpiffWorkflow.task.uuid4, SpiffWorkflow.task.Task._set_state
    which.flow = cast(
        "flow.Definition", StockDefinition(CASE_BPMN, "bench_case", ours, {**_STOCK_DATA, "case": dict(CASE_FACTS)})
    )
    SpiffWorkflow.task.uuid4, SpiffWorkflow.task.Task._set_state = uuid4, quiet.__wrapped__
    try:
        yield
    finally:
        which.flow, SpiffWorkflow.task.uuid4, SpiffWorkflow.task.Task._set_state = ours, string_ids, quiet


def full_case(site: Site) -> list[float]:
    """Seconds of each `complete` of one case, everything on."""
    person = site.person("officer_1")
    answer = commands.start(
        Work(site.node, person), "bench_case", CASE_FACTS, agency_id=person.agency_id, category="01"
    )
    open_, times = [t["id"] for t in answer["tasks"]], []
    while open_:
        task = open_.pop(0)
        begun = time.perf_counter()
        answer = commands.complete(Work(site.node, person), task, {}, key=task)  # type: ignore[call-arg]
        times.append(time.perf_counter() - begun)
        open_ += [t["id"] for t in answer["tasks"]]
    if not answer["ended"]:
        raise AssertionError("the case did not end")
    return times


def bare_case(site: Site, which: definitions.Definition) -> list[float]:
    """As `full_case`, without what surrounds a step: read the state, one step, write state, history and work items, commit."""
    person = site.person("officer_1")
    answer = commands.start(
        Work(site.node, person), "bench_case", CASE_FACTS, agency_id=person.agency_id, category="01"
    )
    instance_id, times, ended = answer["instance_id"], [], False
    given = which_parameters(which)
    while not ended:
        begun = time.perf_counter()
        work = Work(site.node, person)
        with work.transaction(hot=True):
            ended = _bare_step(work, which, instance_id, given)
        times.append(time.perf_counter() - begun)
    return times


def _bare_step(work: Work, which: definitions.Definition, instance_id: str, given: dict[str, Any]) -> bool:
    row = work.rows("select * from process_instance where id = %s for update", (instance_id,))[0]
    step = steps.Step(work, row, which.release, which, {}, None, given, run=None)  # type: ignore[arg-type]
    run = which.flow.thaw(bytes(row["state"]), step)
    before = {w.token: w for w in run.waiting()}
    token = next(t for t, w in before.items() if w.kind == "human")
    run.complete(token, {})
    after = {w.token: w for w in run.waiting() if w.kind == "human"}
    history = [instances.Line(p.element, p.name, p.kind, p.event, p.token, None) for p in run.passed]
    status = "ended" if run.ended else "running"
    instances.write(work, row, run.freeze(), status, work.now if run.ended else None, history)
    new = [
        inbox.item(t, w.element, w.name, "bench_case", "officer", None, None)
        for t, w in after.items()
        if t not in before
    ]
    inbox.change(work, row, done=token, gone=[t for t in before if t not in after], new=new, titles=("", ""))
    return bool(run.ended)


def which_parameters(which: definitions.Definition) -> dict[str, Any]:
    """The parameters as content has them."""
    from engine.parameters import Value

    return {key: Value(key, p.name, p.value, False) for key, p in which.parameters.items()}


def run(rounds: int = 24) -> dict[str, float]:
    """engine_ratio, bare_engine_ratio: time of a case, stock over ours, median of the rounds; and our step's median in ms."""
    ratios: dict[str, list[float]] = {"engine_ratio": [], "bare_engine_ratio": []}
    ours: dict[str, list[float]] = {"engine_step_ms": [], "bare_engine_step_ms": []}
    with bench_site(MORE) as site:
        release = release_store.current(Work(site.node, site.person("officer_1")))
        which = definitions.definition(release, "bench_case")
        for n in range(rounds + 1):
            full, bare = full_case(site), bare_case(site, which)
            with stock(which):
                stock_full, stock_bare = full_case(site), bare_case(site, which)
            if len({len(t) for t in (full, bare, stock_full, stock_bare)}) != 1:
                raise AssertionError("not the same steps")
            if n:
                ratios["engine_ratio"].append(sum(stock_full) / sum(full))
                ratios["bare_engine_ratio"].append(sum(stock_bare) / sum(bare))
                ours["engine_step_ms"] += full
                ours["bare_engine_step_ms"] += bare
    return {key: round(statistics.median(some), 2) for key, some in ratios.items()} | {
        key: round(statistics.median(some) * 1e3, 2) for key, some in ours.items()
    }


if __name__ == "__main__":
    print(run())
