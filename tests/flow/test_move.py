"""Moving tokens: the property against a model, and what is refused."""

from __future__ import annotations

from collections import Counter

import pytest

from engine import flow
from tests.flow.drawing import Drive, World, boundary, ext, file, line, message, process, scope, timer
from tests.flow.lockstep import one

P, X, E = "parallelGateway", "exclusiveGateway", "eventBasedGateway"
MI = '<multiInstanceLoopCharacteristics isSequential="false"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>'


def call(i: str, inner: str = "") -> tuple[str, ...]:
    return (i, "callActivity", ' calledElement="q"', inner)


CALLED = line(("t", "userTask"), id="q")
BLOCK = process(
    [
        ("s", "startEvent"),
        ("g", P),
        ("a", "userTask"),
        ("b", "userTask"),
        ("j", P),
        ("z", "userTask"),
        ("e", "endEvent"),
    ],
    [("s", "g"), ("g", "a"), ("g", "b"), ("a", "j"), ("b", "j"), ("j", "z"), ("z", "e")],
)


# ------------------------------------------------------------------ the property
def moves(first: int, wanted: int) -> Counter[str]:
    total: Counter[str] = Counter()
    seed = first
    while total["ok"] < wanted:
        total += one(seed)
        seed += 1
    return total


def test_after_any_legal_move_the_engine_does_what_the_model_does() -> None:
    assert moves(0, 400)["refused"] > 20


@pytest.mark.long
@pytest.mark.parametrize("first", range(1_000_000, 1_100_000, 10_000))
def test_after_very_many_moves_the_engine_still_does_what_the_model_does(first: int) -> None:
    assert moves(first, 2_000)["processes"] > 50


@pytest.mark.long
@pytest.mark.parametrize("first", range(5000, 7200, 550))
def test_without_moves_the_engine_walks_as_the_model_does(first: int) -> None:
    assert sum((one(seed, moves=False) for seed in range(first, first + 550)), Counter())["steps"] > 2_500


# ------------------------------------------------------------------ what is refused
@pytest.mark.parametrize(
    ("nodes", "target", "reason"),
    [
        ([("a", "userTask")], "nothing", "不存在"),
        ([("a", "userTask")], "p_start", "不是可办理的环节"),
        ([("a", "userTask"), ("g", X)], "g", "不是可办理的环节"),
        ([("a", "userTask"), ("c", "intermediateCatchEvent", "", timer("P1D"))], "c", "不是可办理的环节"),
        ([("a", "userTask"), call("k1"), call("k2")], "t", "多处被调用.*k1/t、k2/t"),
        ([("a", "userTask"), call("k", MI)], "k/t", "多实例环节之内"),
    ],
)
def test_an_illegal_target_is_refused_with_the_reason(nodes: list[tuple[str, ...]], target: str, reason: str) -> None:
    d = Drive(line(*nodes), CALLED, world=World({"2": 2}))
    before = d.run.freeze()
    for act in (d.run.plan_move, d.run.move):
        with pytest.raises(flow.Refused, match=reason):
            act([target])
    assert d.run.freeze() == before
    assert d.run.passed == []


def test_what_an_event_gateway_chooses_cannot_be_jumped_to() -> None:
    nodes = [("s", "startEvent"), ("g", E), ("r", "receiveTask", ' messageRef="m_other"'), ("t", "intermediateCatchEvent", "", timer("P3D")),
             ("x", X), ("a", "userTask"), ("e", "endEvent")]  # fmt: skip
    d = Drive(process(nodes, [("s", "g"), ("g", "r"), ("g", "t"), ("r", "x"), ("t", "x"), ("x", "a"), ("a", "e")]))
    with pytest.raises(flow.Refused, match="由事件网关选择"):
        d.run.move(["r"])
    assert d.move("a") == ["a"]


def test_of_a_process_called_twice_one_place_is_named() -> None:
    d = Drive(line(call("k1"), call("k2")), CALLED)
    assert d.move("k2/t") == ["t"]
    assert d.run.waiting()[0].path == ("k2",)
    with pytest.raises(flow.Refused, match="不能同时处于办理中"):
        d.run.move(["k1/t", "k2/t"])


def test_nothing_moves_in_an_ended_instance_or_without_a_target() -> None:
    d = Drive(line(("a", "userTask")))
    for targets, how in (([], {}), (["a"], {"cancel": "none"}), (["a"], {"siblings": "none"})):
        with pytest.raises(flow.Refused):
            d.run.move(targets, **how)
    d.do("a")
    with pytest.raises(flow.Refused, match="已结束"):
        d.run.move(["a"])


# ------------------------------------------------------------------ what it says beforehand, and does
def test_the_plan_says_what_goes_what_opens_and_changes_nothing() -> None:
    d = Drive(BLOCK)
    d.do("a")
    before = d.run.freeze()
    plan = d.run.plan_move(["a"])
    assert (plan.cancelled, [p.element for p in plan.opened], plan.taken_back) == ((), ["a"], ("a",))
    assert d.run.freeze() == before
    assert d.run.passed == []
    assert d.run.move(["a"]) == plan
    d = Drive(BLOCK)
    d.do("a", "b")
    plan = d.run.plan_move(["a"], "conflict", "arrived")
    assert ([p.element for p in plan.cancelled], [p.element for p in plan.opened], plan.arrived) == (
        ["z"],
        ["a"],
        ("b",),
    )
    assert [p.name for p in d.run.plan_move(["a"]).opened] == ["环节a", "环节b"]


def test_a_plan_runs_no_automatic_step() -> None:
    d = Drive(line(("a", "userTask"), ("dec", "businessRuleTask", "", ext(decision="t")), ("z", "userTask")))
    plan = d.run.plan_move(["dec"])
    assert [p.element for p in plan.opened] == ["dec"]
    assert d.world.asked == []
    assert d.move("dec") == ["z"]
    assert d.lines() == ["cancelled a", "entered dec", "left dec", "entered z"]


def test_a_return_out_of_a_called_process_cancels_it_and_its_timers() -> None:
    nodes = [("s", "startEvent"), ("a", "userTask"), call("k"), ("b", "boundaryEvent", *boundary("k", timer("P9D"))), ("h", "userTask"),
             ("e", "endEvent"), ("e2", "endEvent")]  # fmt: skip
    d = Drive(process(nodes, [("s", "a"), ("a", "k"), ("k", "e"), ("b", "h"), ("h", "e2")]), CALLED)
    assert d.do("a") == ["b", "t"]
    assert {p.element for p in d.run.plan_move(["a"]).cancelled} == {"k", "t"}
    assert d.move("a") == ["a"]
    assert d.lines() == ["cancelled t", "cancelled k", "entered a"]
    assert d.do("a") == ["b", "t"]


def test_a_move_into_a_sub_process_starts_its_timers_and_messages() -> None:
    inner = scope([("is", "startEvent"), ("t", "userTask"), ("u", "userTask"), ("ub", "boundaryEvent", *boundary("u", message("m_other"))), ("ie", "endEvent"), ("ie2", "endEvent")],
                  [("is", "t"), ("t", "u"), ("u", "ie"), ("ub", "ie2")], "in")  # fmt: skip
    d = Drive(line(("a", "userTask"), ("sub", "subProcess", "", inner), ("z", "userTask")))
    assert d.move("sub/u") == ["u", "ub"]
    assert d.message("other") == ["z"]


def test_a_new_token_knows_what_the_tokens_of_its_process_knew() -> None:
    d = Drive(BLOCK)
    d.do("a", from_a=1)
    d.do("b", from_b=2)
    d.move("b", siblings="arrived")
    assert d.run.data == {"from_a": 1, "from_b": 2}


def test_a_standard_loop_is_moved_to_as_a_whole() -> None:
    loop = '<standardLoopCharacteristics loopMaximum="2"/>'
    d = Drive(line(("m", "userTask", "", loop), ("a", "userTask")))
    assert (d.at(), d.do("m"), d.do("m")) == (["m"], ["m"], ["a"])
    assert (d.move("m"), d.do("m"), d.move("m"), d.do("m"), d.do("m")) == (["m"], ["m"], ["m"], ["m"], ["a"])
    assert d.do("a") == []
    assert d.run.ended


def test_a_block_in_a_non_interrupting_handler_is_moved_in_beside_the_main_token() -> None:
    nodes = [("s", "startEvent"), ("a", "userTask"), ("z", "userTask"), ("e", "endEvent"), ("e2", "endEvent"),
             ("h", "boundaryEvent", *boundary("a", timer("P1D"), interrupting=False)), ("g", P), ("b", "userTask"), ("c", "userTask"), ("j", P), ("k", "userTask")]  # fmt: skip
    pairs = [
        ("s", "a"),
        ("a", "z"),
        ("z", "e"),
        ("h", "g"),
        ("g", "b"),
        ("g", "c"),
        ("b", "j"),
        ("c", "j"),
        ("j", "k"),
        ("k", "e2"),
    ]
    d = Drive(process(nodes, pairs))
    assert d.fire("h") == ["a", "b", "c"]
    assert (d.do("b"), d.move("b")) == (["a", "c"], ["a", "b", "c"])  # an arrival comes back
    assert (d.do("b", "c"), d.move("c")) == (
        ["a", "k"],
        ["a", "b", "c"],
    )  # a closed block reopens, the main token stays
    assert (d.do("a", "b", "c"), d.move("c", siblings="arrived")) == (["k", "z"], ["c", "z"])
    assert "a" in d.move("a")
    assert [x for x in d.move("a", cancel="scope") if x != "h"] == ["a"]  # handlers beside, or not
    assert d.fire("h") == ["a", "b", "c"]
    assert (d.move("z", cancel="all"), d.do("z")) == (["z"], [])
    assert d.run.ended


def test_error_boundaries_live_through_a_move() -> None:
    """Not in the random processes: errors and escalations around a moved token are caught as before."""
    nodes = [("s", "startEvent"), ("a", "userTask"), call("k"), ("b", "boundaryEvent", *boundary("k", '<errorEventDefinition errorRef="e_bad"/>')), ("h", "userTask"),
             ("e", "endEvent"), ("e2", "endEvent")]  # fmt: skip
    called = process([("qs", "startEvent"), ("t", "userTask"), ("u", "userTask"), ("late", "intermediateThrowEvent", "", ""), ("qe", "endEvent", "", '<errorEventDefinition errorRef="e_bad"/>')],
                     [("qs", "t"), ("t", "u"), ("u", "late"), ("late", "qe")], "q")  # fmt: skip
    d = Drive(process(nodes, [("s", "a"), ("a", "k"), ("k", "e"), ("b", "h"), ("h", "e2")]), called)
    assert d.move("k/u") == ["u"]
    assert d.do("u") == ["h"]
    assert d.move("k/t") == ["t"]
    assert d.error("t", "bad") == ["h"]
    assert d.do("h") == []
    assert d.run.ended


def test_several_instances_are_merged_by_a_worker_that_never_created_one() -> None:
    body = {"p.bpmn": file(line(("m", "userTask", "", MI)))}
    world = World({"2": 2})
    state = flow.parse(body, "p").start(world, {}).freeze()
    run = flow.parse(body, "p").thaw(state, world)
    for w in run.waiting():
        run.complete(w.token)
    assert run.ended
