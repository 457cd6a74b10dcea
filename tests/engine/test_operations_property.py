"""After any sequence of operations on generated processes no token is stuck or doubled, the work items are the human steps that
wait, and the state freezes and thaws equal; the case can still be brought to its end."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import engine
from engine import release_store
from engine.definitions import definition
from kernel.errors import Refusal
from kernel.work import Work, system_person
from tests.engine.conftest import small_files

Tree = tuple[str, list[Any]]
_numbers = itertools.count(1)
_leaf = st.sampled_from([("task", []), ("task", []), ("task", []), ("call", [])])
TREES = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.tuples(st.just("seq"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("par"), st.lists(inner, min_size=2, max_size=3)),
        st.tuples(st.just("sub"), st.lists(inner, min_size=1, max_size=1)),
    ),
    max_leaves=7,
)


@dataclass
class Drawn:
    """A process drawn from a tree: its nodes and flows, and its human steps."""

    nodes: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    last: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def flow(self, a: str, b: str) -> None:
        self.flows.append(f'<sequenceFlow id="f{next(self.last)}" sourceRef="{a}" targetRef="{b}"/>')

    def scope(self, tree: Tree) -> None:
        """A start, the tree, an end."""
        start, end = f"s{next(self.last)}", f"e{next(self.last)}"
        self.nodes += [f'<startEvent id="{start}"/>', f'<endEvent id="{end}"/>']
        first, final = self.draw(tree)
        self.flow(start, first)
        self.flow(final, end)

    def draw(self, tree: Tree) -> tuple[str, str]:
        kind, kids = tree
        name = f"{kind}{next(self.last)}"
        if kind == "task":
            self.tasks.append(name)
            self.nodes.append(f'<userTask id="{name}" name="{name}"/>')
            return name, name
        if kind == "call":
            self.nodes.append(f'<callActivity id="{name}" name="{name}" calledElement="gen_called"/>')
            return name, name
        if kind == "sub":
            inner = Drawn(last=self.last)
            inner.scope(kids[0])
            self.tasks += inner.tasks
            self.nodes.append(
                f'<subProcess id="{name}" name="{name}">{"".join(inner.nodes + inner.flows)}</subProcess>'
            )
            return name, name
        ends = [self.draw(kid) for kid in kids]
        if kind == "seq":
            for (_, a), (b, _) in itertools.pairwise(ends):
                self.flow(a, b)
            return ends[0][0], ends[-1][1]
        self.nodes += [f'<parallelGateway id="{name}"/>', f'<parallelGateway id="{name}j"/>']
        for a, b in ends:
            self.flow(name, a)
            self.flow(b, f"{name}j")
        return name, f"{name}j"


def content(key: str, tree: Tree, first: int = 1) -> dict[str, bytes]:
    """The folder of a generated process; its ids count from `first`."""
    drawn = Drawn(last=itertools.count(first))
    drawn.scope(tree)
    bpmn = (
        '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
        f'<process id="{key}" name="{key}" isExecutable="true">{"".join(drawn.nodes + drawn.flows)}</process></definitions>'
    )
    steps = "".join(f"  {task}: {{roles: [officer]}}\n" for task in drawn.tasks)
    config = (
        f'key: {key}\nname: 生成的流程\nsubject: case\nlaw: [{{article: "行政处罚法#44", mark: V}}]\nlanes: {{执法人员: officer}}\n'
        f"start: {{roles: [officer], form: small_start}}\nsteps:\n{steps}"
    )
    return {
        f"processes/national/{key}/process.bpmn": bpmn.encode(),
        f"processes/national/{key}/process.yaml": config.encode(),
    }


class Walk:
    """One case of a generated process, and the people who act on it."""

    def __init__(self, stage: Any, tree: Tree) -> None:
        self.stage, self.key = stage, f"gen{next(_numbers)}"
        self.people = {login: stage.work_as(login) for login in ("officer_1", "officer_2")}
        self.by_id = {work.person.id: work for work in self.people.values()}
        self.head = stage.work_as("head_1")
        stage.later(seconds=1)
        files = {**small_files(), **content(self.key, tree)}
        files |= content("gen_called", ("par", [("task", []), ("seq", [("task", []), ("task", [])])]), first=1000)
        system = Work(stage.node, system_person(440100, "01"))
        with system.transaction():
            release_store.store(system, files, ground="测试", effective_from=None)
        begun = stage.begin(self.key)
        self.case_id, self.instance_id = begun["case_id"], begun["instance_id"]
        self.holds()

    def items(self, status: str) -> list[dict[str, Any]]:
        return list(
            self.stage.rows(
                "select id, token, element, claimed_by, owner_id, closed_by from work_item where subject_id = %s and status = %s order by id",
                self.case_id, status,
            )
        )  # fmt: skip

    def who(self, item: dict[str, Any], other: bool) -> Work:
        """Who has the task; else one of the two."""
        return self.by_id.get(item["claimed_by"]) or list(self.people.values())[other]

    def holds(self) -> bool:
        """Checks what must always be so; whether the case has ended."""
        row = self.stage.rows("select state, status, release from process_instance where id = %s", self.instance_id)[0]
        with self.people["officer_1"].transaction() as work:
            which = definition(release_store.load(work, row["release"]), self.key)
        host: Any = None
        run = which.flow.thaw(bytes(row["state"]), host)
        waiting = run.waiting()
        assert which.flow.thaw(run.freeze(), host).freeze() == run.freeze(), "freezes and thaws equal"
        again = which.flow.thaw(run.freeze(), host).waiting()
        assert {(w.token, *w.path, w.element) for w in again} == {(w.token, *w.path, w.element) for w in waiting}
        places = [(*w.path, w.element) for w in waiting]
        assert len(places) == len(set(places)), "no token is doubled"
        open_items = self.items("open")
        assert sorted(i["token"] for i in open_items) == sorted(w.token for w in waiting if w.kind == "human")
        assert run.ended == (row["status"] == "ended")
        assert run.ended or waiting, "no token is stuck"
        return bool(run.ended)

    def act(self, draw: Callable[[Any], Any]) -> None:
        """One operation, whichever; what the law or the state forbids is refused and changes nothing."""
        open_items, done = self.items("open"), self.items("done")
        acts = [a for a in ACTS if done or a is not withdraw]
        item = draw(st.sampled_from(open_items))
        act = draw(st.sampled_from(acts))
        try:
            act(self, draw, item, draw(st.booleans()))
            event(f"{act.__name__} done")
        except Refusal:
            event(f"{act.__name__} refused")

    def finish(self) -> None:
        """Brings the case to its end, task by task."""
        with contextlib.suppress(Refusal):
            engine.resume(self.head, self.instance_id, "继续")
        for _ in range(120):
            if self.holds():
                return
            item = self.items("open")[0]
            if item["owner_id"] is not None:
                engine.recall_delegated(self.by_id[item["owner_id"]], str(item["id"]), "收回")
                item = next(i for i in self.items("open") if i["id"] == item["id"])
            for signer in engine.signing_of(self.head, str(item["id"]))["signers"]:
                if signer["opinion"] is None:
                    engine.sign(self.stage.work_as("head_1"), str(item["id"]), "agree")
            engine.complete(self.who(item, False), str(item["id"]), {})
        raise AssertionError("never ends")


def complete(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    engine.complete(walk.who(item, other), str(item["id"]), {})


def claim(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    engine.claim(list(walk.people.values())[other], str(item["id"]))


def send_back(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    work, way = walk.who(item, other), draw(st.sampled_from(["back_here", "through"]))
    for target in engine.return_targets(work, str(item["id"])):
        if draw(st.booleans()):
            said = target[way]
            if said["plan"] is None:
                with pytest.raises(Refusal):
                    engine.return_task(work, str(item["id"]), target["target"], "退回", way)
                return
            did = engine.return_task(work, str(item["id"]), target["target"], "退回", way)
            assert did["plan"] == said["plan"], "what was said beforehand is what happens"
            return


def withdraw(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    mine = draw(st.sampled_from(walk.items("done")))
    work = walk.by_id[mine["closed_by"]]
    plan = engine.plan_withdraw(work, str(mine["id"]))
    assert engine.withdraw(work, str(mine["id"]), "撤回")["plan"] == plan


def lend(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    to = list(walk.people.values())[other]
    engine.delegate(walk.who(item, not other), str(item["id"]), str(to.person.id), "起草")


def give_back(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    engine.give_back_delegated(walk.who(item, other), str(item["id"]), "已起草")


def hold(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    (engine.suspend if other else engine.resume)(walk.head, walk.instance_id, "检测")


def countersign(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    engine.add_signer(walk.who(item, other), str(item["id"]), str(walk.head.person.id), "after", "请阅")


def all_over(walk: Walk, draw: Any, item: dict[str, Any], other: bool) -> None:
    one, two = walk.people.values()
    giver, to = (one, two) if other else (two, one)
    engine.hand_over_all(walk.head, str(giver.person.id), [str(to.person.id)], "离岗")


ACTS = [complete, complete, complete, complete, claim, send_back, send_back, withdraw, lend, give_back, hold, countersign, all_over]  # fmt: skip


def walked(stage: Any, data: st.DataObject, tree: Tree) -> None:
    walk = Walk(stage, tree)
    for _ in range(data.draw(st.integers(3, 14))):
        walk.act(data.draw)
        if walk.holds():
            return
    walk.finish()


_QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=16, derandomize=True, **_QUIET)
@given(data=st.data(), tree=TREES)
def test_after_any_operations_no_token_is_stuck_or_doubled(stage: Any, data: st.DataObject, tree: Tree) -> None:
    walked(stage, data, tree)


@pytest.mark.long
@settings(max_examples=400, **_QUIET)
@given(data=st.data(), tree=TREES)
def test_after_very_many_operations_no_token_is_stuck_or_doubled(stage: Any, data: st.DataObject, tree: Tree) -> None:
    walked(stage, data, tree)
