"""How much the stored form saves: thaw + step + freeze of one case, ours against SpiffWorkflow's own way, without a database.

Stock: its parser, its Python script engine, the whole workflow with specs as JSON (`serialize_json` / `deserialize_json`).
Ours: `engine.flow`. Both carry the same diagram (call, parallel block, boundary timers, decision gateways, a loop back) with the
same 1 KB of data, in turns within one process, so that noise hits both. One human task a step; automatic steps are gateways
and throw events, which both engines have.
"""

from __future__ import annotations

import gc
import statistics
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import SpiffWorkflow.task
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from engine import flow

Clock = Callable[[], float]
HEAD = '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
_DUE = datetime(2040, 1, 1, tzinfo=UTC)
CONDITIONS = {
    "filed": lambda d: d["filed"],
    "again > 0": lambda d: d["again"] > 0,
    "hearing": lambda d: d["hearing"],
    "loop > 0": lambda d: d["loop"] > 0,
}


class _Host:
    """Answers the conditions of the diagram as the stock script engine would."""

    def evaluate(self, text: str, data: Mapping[str, object]) -> object:
        return bool(CONDITIONS[text](data))

    def timer_due(self, text: str, kind: str, element: str, data: Mapping[str, object]) -> datetime:
        return _DUE

    def decide(self, element: str, decision_key: str, data: Mapping[str, object]) -> dict[str, object]:
        return {}


def _process(pid: str, nodes: list[tuple[str, ...]], flows: list[tuple[str, ...]]) -> str:
    body = "".join(
        f'<{tag} id="{i}" name="{i}"{"".join(rest[:1])}>{"".join(rest[1:])}</{tag}>' for i, tag, *rest in nodes
    )
    for k, (a, b, *condition) in enumerate(flows):
        inner = f"<conditionExpression>{condition[0].replace('>', '&gt;')}</conditionExpression>" if condition else ""
        body += f'<sequenceFlow id="{pid}_f{k}" sourceRef="{a}" targetRef="{b}">{inner}</sequenceFlow>'
    return f'<process id="{pid}" name="{pid}" isExecutable="true">{body}</process>'


def _timer(i: str, on: str) -> tuple[str, ...]:
    event = '<timerEventDefinition><timeDuration>"P30D"</timeDuration></timerEventDefinition>'
    return i, "boundaryEvent", f' attachedToRef="{on}" cancelActivity="false"', event


def case_diagram() -> bytes:
    """17 human steps with 7 automatic ones, a parallel block of three, a called hearing with 4 steps, a loop back, a reminder."""
    human = ["clue", "file", "approve", "inquest", "interview", "sampling", "report", "unit", "legal", "notice", "statement", "decide",
             "issue", "serve", "pay", "close", "archive"]  # fmt: skip
    nodes: list[tuple[str, ...]] = [("start", "startEvent"), *((t, "userTask") for t in human)]
    nodes += [(f"auto{k}", "intermediateThrowEvent") for k in range(7)]
    nodes += [
        ("x_filed", "exclusiveGateway", ' default="case_f3"'), ("no", "endEvent"), ("split", "parallelGateway"), ("join", "parallelGateway"),
        ("m_legal", "exclusiveGateway"), ("x_legal", "exclusiveGateway", ' default="case_f18"'), ("x_hear", "exclusiveGateway", ' default="case_f25"'),
        ("hear", "callActivity", ' calledElement="hearing"'), ("m_hear", "exclusiveGateway"), _timer("late", "report"), ("remind", "userTask"),
        ("reminded", "endEvent"), ("end", "endEvent"),
    ]  # fmt: skip
    chain = [
        ("start", "clue"), ("clue", "auto0"), ("auto0", "x_filed"), ("x_filed", "no"), ("x_filed", "file", "filed"), ("file", "approve"),
        ("approve", "split"), ("split", "inquest"), ("split", "interview"), ("split", "sampling"), ("inquest", "join"), ("interview", "join"),
        ("sampling", "join"), ("join", "auto1"), ("auto1", "report"), ("report", "m_legal"), ("m_legal", "unit"), ("unit", "legal"),
        ("x_legal", "notice"), ("legal", "x_legal"), ("x_legal", "m_legal", "again > 0"), ("notice", "auto2"), ("auto2", "statement"),
        ("statement", "x_hear"), ("x_hear", "hear", "hearing"), ("x_hear", "m_hear"), ("hear", "m_hear"), ("m_hear", "decide"), ("decide", "auto3"),
        ("auto3", "issue"), ("issue", "auto4"), ("auto4", "serve"), ("serve", "pay"), ("pay", "auto5"), ("auto5", "close"), ("close", "archive"),
        ("archive", "auto6"), ("auto6", "end"), ("late", "remind"), ("remind", "reminded"),
    ]  # fmt: skip
    called = ["summon", "open", "argue", "minutes"]
    inner = ["h_start", *called, "h_end"]
    hearing = _process(
        "hearing", [("h_start", "startEvent"), *((t, "userTask") for t in called), ("h_end", "endEvent")], list(pairwise(inner))
    )  # fmt: skip
    return (HEAD + _process("case", nodes, chain) + hearing + "</definitions>").encode()


def loop_diagram() -> bytes:
    """Two human steps and a gateway that goes back."""
    nodes = [
        ("start", "startEvent"),
        ("m", "exclusiveGateway"),
        ("a", "userTask"),
        ("b", "userTask"),
        ("x", "exclusiveGateway", ' default="loop_f5"'),
        ("end", "endEvent"),
    ]
    flows = [("start", "m"), ("m", "a"), ("a", "b"), ("b", "x"), ("x", "m", "loop > 0"), ("x", "end")]
    return (HEAD + _process("loop", nodes, flows) + "</definitions>").encode()


def _data() -> dict[str, Any]:
    ids = {f"evidence_{k:02}": str(uuid.UUID(int=k)) for k in range(17)}
    return {"filed": True, "again": 0, "hearing": True, "case": ids}


class _Stock:
    """SpiffWorkflow as it comes: specs in every document."""

    def __init__(self) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_str(case_diagram())
        self.spec, self.subs = parser.get_spec("case"), parser.get_subprocess_specs("case")
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))

    def start(self) -> str:
        wf = BpmnWorkflow(self.spec, self.subs)
        wf.task_tree.data.update(_data())
        wf.do_engine_steps()
        return str(self.serializer.serialize_json(wf))

    def step(self, state: str) -> tuple[str, bool]:
        wf = self.serializer.deserialize_json(state)
        wf.get_next_task(state=TaskState.READY, manual=True).run()
        wf.do_engine_steps()
        return self.serializer.serialize_json(wf), wf.is_completed()


class _Ours:
    """`engine.flow`."""

    def __init__(self) -> None:
        self.definition, self.host = flow.parse({"case.bpmn": case_diagram()}, "case"), _Host()

    def start(self) -> bytes:
        return self.definition.start(self.host, _data()).freeze()

    def step(self, state: bytes) -> tuple[bytes, bool]:
        run = self.definition.thaw(state, self.host)
        run.complete(next(w.token for w in run.waiting() if w.kind == "human"))
        return run.freeze(), run.ended


def _case(way: Any, clock: Clock) -> tuple[list[float], int]:
    """One case from start to end: the time of each step, and the largest state."""
    state, ended, times, size = way.start(), False, [], 0
    while not ended:
        begun = clock()
        state, ended = way.step(state)
        times.append(clock() - begun)
        size = max(size, len(state))
    return times, size


def _stock_ids(active: bool) -> None:
    """SpiffWorkflow's own way of making ids for its turn, ours for ours."""
    SpiffWorkflow.task.uuid4 = uuid.uuid4 if active else lambda: uuid.uuid4().hex


def compare(rounds: int = 12, clock: Clock = time.perf_counter) -> dict[str, float]:
    """Mean milliseconds of a step and bytes of the largest state, both ways, over whole cases in turns."""
    ways = {"stock": _Stock(), "ours": _Ours()}
    times: dict[str, list[float]] = {name: [] for name in ways}
    sizes: dict[str, int] = {}
    gc.collect()
    try:
        for n in range(rounds + 1):
            for name, way in ways.items():
                _stock_ids(name == "stock")
                taken, sizes[name] = _case(way, clock)
                times[name] += taken if n else []
    finally:
        _stock_ids(False)
    if len(times["stock"]) != len(times["ours"]):
        raise AssertionError("the two ways did not take the same steps")
    out = {f"{name}_ms": statistics.mean(t) * 1e3 for name, t in times.items()}
    return {
        **out,
        **{f"{name}_bytes": float(size) for name, size in sizes.items()},
        "steps": len(times["ours"]) / rounds,
    }


def loop_ratio(turns: int = 1000, repeats: int = 200, clock: Clock = time.process_time) -> float:
    """Time of the last of `turns` turns of a loop over that of the 10th, frozen after each step; then the loop must end.

    The states before both turns are kept, and the turns run again and again in alternation, so that noise hits both: medians.
    """
    definition, host = flow.parse({"loop.bpmn": loop_diagram()}, "loop"), _Host()

    def turn(state: bytes, again: int) -> tuple[bytes, bool]:
        for _ in "ab":
            run = definition.thaw(state, host)
            run.complete(run.waiting()[0].token, {"loop": again})
            state = run.freeze()
        return state, run.ended

    state, kept = definition.start(host, {"loop": 1}).freeze(), {}
    for n in range(1, turns + 1):
        kept[n] = state
        state, _ = turn(state, 1)
    if not turn(state, 0)[1]:
        raise AssertionError("the loop did not end")
    times: dict[int, list[float]] = {10: [], turns: []}
    gc.collect()
    gc.disable()  # else the collector's rhythm falls on one of the two
    try:
        for k in range(repeats):
            for n in (10, turns) if k % 2 else (turns, 10):
                begun = clock()
                turn(kept[n], 1)
                times[n].append(clock() - begun)
    finally:
        gc.enable()
    return statistics.median(times[turns]) / statistics.median(times[10])


def run() -> dict[str, float]:
    """codec_ratio_1kb: stock over ours, mean time of thaw + step + freeze. turn_1000_over_turn_10: see `loop_ratio`."""
    took = compare()
    return {
        "codec_ratio_1kb": round(took["stock_ms"] / took["ours_ms"], 1),
        "codec_step_ms": round(took["ours_ms"], 3),
        "codec_state_bytes": took["ours_bytes"],
        "turn_1000_over_turn_10": round(loop_ratio(), 2),
    }


if __name__ == "__main__":
    print(compare())
    print(run())
