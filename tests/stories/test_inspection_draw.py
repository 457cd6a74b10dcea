"""A double-random inspection from the plan to the publication, on the real content, by ordinary people."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

import engine
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Node, Person, SettableClock, Work
from registers import draw_record, supervised, vehicle

HERE: dict[str, Any] = {"agency_id": 440100, "category": "02"}
ITEMS = [{"item": "车辆动态监控", "standard": "在线", "basis": "道路运输车辆动态监督管理办法"}]


@pytest.fixture
def people(stage: tuple[Node, Callable[[str], Person]]) -> Callable[[str], Work]:
    node, person = stage
    return lambda login: Work(node, person(login))


@pytest.fixture
def plan(people: Callable[[str], Work]) -> str:
    """A plan of 20 of 1,000 vehicles, two officers each."""
    head = people("unit_head_1")
    with head.transaction():
        head.execute(
            """insert into vehicle (id, agency_id, category, plate, plate_color, created_at)
            select gen_random_uuid(), 440100, '02', '粤A' || lpad(n::text, 5, '0'), '2', now() from generate_series(1, 1000) n"""
        )
    listed = engine.put_check_list(head, **HERE, list_no="QD-01", name="货运车辆", items=ITEMS)
    return str(
        engine.plan_inspection(
            head,
            **HERE,
            values={
                "plan_no": "穗交双随2026-01",
                "name": "2026年第一季度货运车辆抽查",
                "kind": "random",
                "focus": "general",
                "basis": "年度抽查计划",
                "check_list_id": listed["id"],
                "object_kind": "vehicle",
                "conditions": {},
                "object_count": 20,
                "inspectors_each": 2,
                "experts_each": 0,
                "supervisors": [str(people("supervisor_1").person.id)],
                "opens_on": date(2026, 3, 2),
                "closes_on": date(2026, 3, 31),
            },
        )["id"]
    )


def test_twenty_of_a_thousand_are_drawn_inspected_published_and_drawn_again_elsewhere(
    people: Callable[[str], Work], plan: str, clock: SettableClock
) -> None:
    head, supervisor = people("unit_head_1"), people("supervisor_1")
    frozen = engine.freeze_pools(head, plan, seed_way="published", seed_source="双色球 2026024 期")
    assert (frozen["object_count"], frozen["seed"], frozen["result"]) == (1000, None, [])
    assert "A 级对象抽取权重" in frozen["unconfirmed"]
    clock.move(timedelta(hours=12))
    with pytest.raises(Refusal, match="冻结人以外"):
        engine.run_draw(head, frozen["id"], "03 07 11")
    drawn = engine.run_draw(supervisor, frozen["id"], "03 07 11")
    assert len(drawn["result"]) == 20
    with pytest.raises(Refusal, match="不能更改"):
        engine.run_draw(supervisor, frozen["id"], "04 08 12")

    record = engine.draw_record_of(supervisor, frozen["id"])
    assert record["frozen"]["sha256"] == hashlib.sha256(record["frozen"]["text"].encode()).hexdigest()
    assert record["frozen"]["sha256"] == frozen["frozen_sha256"]
    assert draw_record.verify(record).faults == ()

    assert engine.dispatch_draw(head, frozen["id"])["inspections"] == 20
    assert engine.dispatch_draw(head, frozen["id"])["inspections"] == 20  # again: nothing twice
    while engine.sweep(head.node):
        pass
    made = engine.inspections_of_draw(head, frozen["id"], 50, None)["items"]
    assert [one["draw_place"] for one in made] == list(range(1, 21))
    by_id = {
        f"officer:{work.person.id}": work for work in map(people, ("officer_1", "officer_2", "officer_3", "officer_4"))
    }
    first = next(one for one in drawn["result"] if one["inspectors"][0] in by_id)
    officer = by_id[first["inspectors"][0]]
    mine = engine.tasks(officer, "mine")["items"]
    about = {task["subject_id"] if "subject_id" in task else task["case_id"] for task in mine}
    one = made[first["place"] - 1]
    assert str(one["id"]) in {str(i) for i in about}

    task = next(t for t in mine if str(t.get("subject_id") or t["case_id"]) == str(one["id"]))
    engine.complete(
        officer,
        str(task["id"]),
        {
            "officers": [person.partition(":")[2] for person in first["inspectors"]],
            "certificate_shown": True,
            "inspection_reason_told": True,
            "inspection_started_at": "2026-03-02T21:00:00+08:00",
            "inspection_ended_at": "2026-03-02T21:10:00+08:00",
            "inspection_place": "石沙路",
            "inspected_person_name": "王五",
            "inspection_items": [{"check_item": "车辆动态监控", "check_basis": "办法", "check_finding": "pass"}],
            "inspection_findings": "在线",
            "inspection_result": "none",
            "inspection_party_signature": "王五",
        },
    )
    with pytest.raises(NotFound):
        engine.publication_of(head, frozen["id"])
    public = engine.publish_draw(supervisor, frozen["id"])
    shown = public["objects"][first["place"] - 1]
    assert (shown["object"], shown["result"]) == (first["label"], "none")
    assert "officer" not in str(public)


def test_a_redraw_is_a_new_draw_with_a_reason_and_the_former_stays(people: Callable[[str], Work], plan: str) -> None:
    head = people("unit_head_1")
    first = engine.freeze_pools(head, plan, seed_way="system")
    with pytest.raises(InvalidAnswers, match="更正"):
        engine.freeze_pools(head, plan, seed_way="system")
    with head.transaction():
        vehicle.find_or_insert(head, **HERE, plate="粤B00001", plate_color="2")
    second = engine.freeze_pools(head, plan, seed_way="system", reason="冻结后新增车辆")
    assert second["object_count"] == first["object_count"] + 1
    assert second["frozen_sha256"] != first["frozen_sha256"]
    with pytest.raises(Refusal, match="这次冻结作废"):
        engine.run_draw(head, first["id"])
    engine.run_draw(head, second["id"])
    third = engine.freeze_pools(head, plan, seed_way="system", reason="两名检查人员调离")
    with pytest.raises(Refusal, match="已经重新抽取"):
        engine.dispatch_draw(head, second["id"])
    engine.run_draw(head, third["id"])
    told = engine.draw_record_of(head, third["id"])["redraw"]
    before = engine.draw_of(head, second["id"])
    assert (told["reason"], told["former"]) == ("两名检查人员调离", second["id"])
    assert told["former_result_sha256"] == draw_record.sha256_of(before["result"])


def test_weights_and_recusals_are_frozen_with_the_pools(people: Callable[[str], Work], plan: str) -> None:
    head, officer = people("unit_head_1"), people("officer_1")
    with head.transaction():
        one = vehicle.by_plate(head, "粤A00007")[0]["id"]
    engine.class_object(officer, "vehicle", str(one), "D", "一年内三次超限")
    engine.declare_relation(
        officer,
        person_kind="officer",
        person_id=str(officer.person.id),
        kind="vehicle",
        object_id=str(one),
        reason="车主是本人近亲属",
    )
    frozen = engine.freeze_pools(head, plan, seed_way="system")
    engine.run_draw(head, frozen["id"])
    text = engine.draw_record_of(head, frozen["id"])["frozen"]["text"]
    assert f"8 vehicle:{one}\n" in text
    assert f"officer:{officer.person.id} vehicle:{one}\n" in text


def test_conditions_choose_the_objects(people: Callable[[str], Work], plan: str) -> None:
    head = people("unit_head_1")
    with head.transaction():
        row = supervised.get(head, "vehicle", vehicle.by_plate(head, "粤A00003")[0]["id"])
        supervised.put_class(head, row, "C", "信用差")
        weights = {"A": 1, "B": 2, "C": 4, "D": 8}
        about = {"agency_ids": [440100], "category": "02", "weights": weights, "unclassed": 2}
        chosen = supervised.pool(head, "vehicle", **about, conditions={"risk_classes": ["C"]})
        everything = supervised.pool(head, "vehicle", **about, conditions={"not_inspected_since": "2026-01-01"})
        watched = supervised.pool(head, "vehicle", **about, conditions={"watched": True})
    assert chosen == [f"4 vehicle:{row['id']}".encode()]
    assert (len(everything), watched) == (1000, [])
    assert everything == sorted(everything)


def test_nobody_changes_what_is_frozen_or_drawn(people: Callable[[str], Work], plan: str) -> None:
    head = people("unit_head_1")
    frozen = engine.freeze_pools(head, plan, seed_way="system")
    engine.run_draw(head, frozen["id"])
    for change in (
        "update inspection_draw set seed = 'x', seed_word = 'x'",
        "update inspection_draw set result = '[]'",
        "update inspection_draw set frozen_sha256 = sha256('x')",
        "delete from inspection_draw",
    ):
        with pytest.raises(psycopg.Error) as refused, head.transaction():
            head.execute(change)
        assert refused.value.sqlstate == "42501"


def test_too_few_objects_or_people_are_refused_before_the_seed(people: Callable[[str], Work], plan: str) -> None:
    head = people("unit_head_1")
    with head.transaction():
        head.execute("update vehicle set category = '01' where plate > '粤A00010'")
    with pytest.raises(InvalidAnswers) as refused:
        engine.freeze_pools(head, plan, seed_way="system")
    assert "只有 10 个" in refused.value.fields["objects"]


def test_drawing_needs_the_right_and_the_scope(people: Callable[[str], Work], plan: str) -> None:
    with pytest.raises(NotAllowed):
        engine.freeze_pools(people("officer_1"), plan, seed_way="system")
    with pytest.raises(NotFound):
        engine.freeze_pools(people("unit_head_sz_1"), plan, seed_way="system")
    with pytest.raises(NotFound):
        engine.run_draw(people("unit_head_1"), str(uuid7()))
