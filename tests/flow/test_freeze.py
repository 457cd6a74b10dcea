"""The stored form: says the same as the stock serializer, stays small, and every format ever released still thaws."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import partial
from pathlib import Path

import orjson
import pytest

from bench.codec_bench import loop_ratio
from engine import flow
from engine.flow.upgrade import STEPS, upgraded
from tests.flow.drawing import Drive, World, ext, line, process
from tests.flow.lockstep import Oracle, Process
from tests.flow.random_process import decisions
from tests.flow.stock import Stock

FROZEN = Path(__file__).parent.parent / "frozen"
LOOP = process(
    [("s", "startEvent"), ("m", "exclusiveGateway"), ("a", "userTask"), ("d", "businessRuleTask", "", ext(decision="t")), ("b", "userTask"),
     ("x", "exclusiveGateway", ' default="p_f_6"'), ("e", "endEvent")],
    [("s", "m"), ("m", "a"), ("a", "d"), ("d", "b"), ("b", "x"), ("x", "m", "again"), ("x", "e")],
)  # fmt: skip


# ------------------------------------------------------------------ the same as stock
def keys(run: flow.Run) -> dict[tuple[object, ...], flow.Waiting]:
    """What waits, told apart by what its token knows; tokens that know the same are alike."""
    out: dict[tuple[object, ...], flow.Waiting] = {}
    for w in run.waiting():
        knows = sorted(run._task(w.token.split("/")[0]).data.items())
        out.setdefault((w.path, w.element, w.kind, w.message, w.due, str(knows)), w)
    return out


def picture(run: flow.Run) -> tuple[object, ...]:
    """What can be seen of a run and of each token in it; at the end, what was known then."""
    waiting = Counter((w.path, w.element, w.kind) for w in run.waiting())
    return waiting, set(keys(run)), run.ended and run.data, run.ended, Counter((p.event, p.element) for p in run.passed)


def trail(seed: int) -> int:
    """One random process and one random trail, stored our way and the stock way after each act; the number of acts."""
    r, p = random.Random(seed), Process(seed)
    definition, oracle = p.copies[0], Oracle(decisions(p.gen, r, 0.3))
    stock, acts = Stock(definition, oracle), 0
    ours = definition.start(oracle, {"case": 7})
    theirs = definition.start(oracle, {"case": 7})
    for _ in range(30):
        assert picture(ours) == picture(theirs), f"seed {seed}"
        ours, theirs = definition.thaw(ours.freeze(), oracle), stock.thaw(stock.freeze(theirs))
        if ours.ended:
            break
        if r.random() < 0.3:
            oracle.table = decisions(p.gen, r, 0.2)
        choice = r.choice(sorted(keys(ours), key=str))
        data = {f"by_{choice[1]}": r.randrange(9)} if choice[2] == "human" else {}
        for run in (ours, theirs):
            w = keys(run)[choice]
            if w.kind == "human":
                run.complete(w.token, data)
            elif w.kind == "timer":
                run.fire(w.token)
            else:
                run.message(w.message or "", {}, w.token)
        acts += 1
    return acts


def test_our_stored_form_and_the_stock_one_carry_random_runs_alike() -> None:
    assert sum(trail(seed) for seed in range(80)) > 300


@pytest.mark.long
@pytest.mark.parametrize("first", range(1000, 2500, 500))
def test_our_stored_form_and_the_stock_one_carry_many_random_runs_alike(first: int) -> None:
    assert sum(trail(seed) for seed in range(first, first + 500)) > 1_600


# ------------------------------------------------------------------ size
def test_the_thousandth_turn_of_a_loop_is_as_small_and_fast_as_the_tenth() -> None:
    d = Drive(LOOP, world=World({"again": True}))
    sizes, tasks = [], []
    for _ in range(1000):
        d.do("a", "b")
        sizes.append(len(d.run.freeze()))
        tasks.append(len(d.run._wf.tasks))
    assert max(tasks) == max(tasks[:10])
    assert max(sizes) <= max(sizes[:10]) + 40, "the turn itself leaves nothing behind"
    d.world.values["again"] = False
    d.do("a", "b")
    assert d.run.ended
    assert loop_ratio(turns=300, repeats=100) <= 1.3


def test_the_state_of_one_waiting_step_is_under_a_kilobyte() -> None:
    d = Drive(LOOP, world=World({"again": True}), data={"case": "0190c6f0-0000-7000-8000-000000000000"})
    for _ in range(3):
        d.do("a", "b")
        assert len(d.run.freeze()) < 1000


# ------------------------------------------------------------------ format
def test_the_first_byte_says_the_format() -> None:
    state = Drive(LOOP).run.freeze()
    assert state[0] == flow.FORMAT == 1
    assert set(orjson.loads(state[1:])) == {"n", "t", "l", "d", "s"}


def test_a_newer_format_is_refused_in_words() -> None:
    d = Drive(LOOP)
    with pytest.raises(flow.Unthawable, match=r"第 9 版格式.*请先升级程序"):
        d.definition.thaw(b"\x09{}", d.world)


@pytest.mark.parametrize(
    "state", [b"", b"\x00{}", b"\x01", b"\x01[]", b"\x01{}", b"\x01{", b"\x01null", b"\x01" + b"\xff" * 9]
)
def test_a_damaged_state_is_refused_in_words(state: bytes) -> None:
    d = Drive(LOOP)
    with pytest.raises(flow.Unthawable, match="流程状态"):
        d.definition.thaw(state, d.world)


def test_the_state_of_another_diagram_is_refused_in_words() -> None:
    state = Drive(line(("other", "userTask"))).run.freeze()
    d = Drive(LOOP)
    with pytest.raises(flow.Unthawable, match="与流程图不符"):
        d.definition.thaw(state, d.world)


def test_formats_are_upgraded_one_by_one() -> None:
    steps = {1: lambda d: {**d, "one": True}, 2: lambda d: {**d, "two": d["one"]}}
    assert upgraded({}, 1, 3, steps) == {"one": True, "two": True}
    assert upgraded({}, 3, 3, steps) == {}
    with pytest.raises(LookupError):
        upgraded({}, 1, 4, steps)
    assert set(STEPS) == set(range(1, flow.FORMAT)), "every older format has its step"


def test_a_frozen_run_may_go_on_without_thawing() -> None:
    d = Drive(LOOP)
    run = d.definition.start(d.world, {})
    for element in ("a", "b"):
        run.freeze()
        run.complete(run.waiting()[0].token, {})
        assert run.ended == (element == "b")


# ------------------------------------------------------------------ frozen samples
def samples() -> list[Path]:
    return sorted(FROZEN.glob("format*/*.json"))


@pytest.mark.parametrize("path", samples(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_state_ever_frozen_still_thaws_and_finishes(path: Path) -> None:
    """A sample: {bpmn, values, state (hex), waiting, finish}; `finish` are the acts that bring it to its end."""
    sample = json.loads(path.read_text(encoding="utf-8"))
    world = World(sample["values"])
    definition = flow.parse({"p.bpmn": (path.parent / sample["bpmn"]).read_bytes()}, sample["process"])
    run = definition.thaw(bytes.fromhex(sample["state"]), world)
    assert [[w.element, w.kind, list(w.path), w.token] for w in run.waiting()] == sample["waiting"]
    assert run.data == sample["data"]
    for act, element in sample["finish"]:
        w = next(w for w in run.waiting() if w.element == element)
        {"complete": run.complete, "fire": run.fire, "message": partial(run.message, w.message, {})}[act](w.token)
        run = definition.thaw(run.freeze(), world)
    assert run.ended


def test_there_are_frozen_samples_of_every_format() -> None:
    assert {p.parent.name for p in samples()} == {f"format{n}" for n in range(1, flow.FORMAT + 1)}
