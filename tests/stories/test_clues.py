"""Clues from every source, on the real content: taken in once, imported line by line, merged and parted, reporters kept secret."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

import engine
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import Node, Person, SettableClock, Work

HERE: dict[str, Any] = {"agency_id": 440100, "category": "02"}
FACTS = {
    "case_source": "department_transfer",
    "source_organ": "佛山市交通运输局",
    "accepted_at": "2026-03-02T08:30:00+08:00",
    "clue_title": "货车沿途抛洒砂石",
    "clue_content": "粤AB8K62货车沿途抛洒砂石。",
    "occurred_at": "2026-03-02T07:50:00+08:00",
    "violation_place": "广州市白云区石沙路",
    "plate_no": "粤AB8K62",
    "plate_color": "2",
}
REPORTED = {**FACTS, "case_source": "report", "source_organ": None}


@pytest.fixture
def people(stage: tuple[Node, Callable[[str], Person]]) -> Callable[[str], Work]:
    node, person = stage
    return lambda login: Work(node, person(login))


def taken(clerk: Work, facts: dict[str, Any] = FACTS, **more: Any) -> str:
    return str(engine.take_clue(clerk, **HERE, facts=facts, **more)["case_id"])


def settle(work: Work) -> None:
    while engine.sweep(work.node):
        pass


def test_what_a_sender_numbered_is_one_clue_however_often_it_is_told(people: Callable[[str], Work]) -> None:
    clerk = people("clerk_1")
    first = engine.take_clue(clerk, **HERE, facts=FACTS, sender="佛山市交通运输局", sender_no="佛交抄〔2026〕12号")
    again = engine.take_clue(
        clerk,
        **HERE,
        facts={**FACTS, "violation_place": "石沙路与石槎路口"},
        sender="佛山市交通运输局",
        sender_no="佛交抄〔2026〕12号",
    )
    assert (first["updated"], again["updated"]) == (False, True)
    assert first["case_id"] == again["case_id"]
    items = engine.list_clues(clerk)["items"]
    assert [(str(c["id"]), c["sender"], c["place"]) for c in items] == [
        (first["case_id"], "佛山市交通运输局", "石沙路与石槎路口")
    ]
    with pytest.raises(InvalidAnswers):
        engine.take_clue(clerk, **HERE, facts=FACTS, sender_no="12")


def test_a_clue_is_tied_to_its_vehicle(people: Callable[[str], Work]) -> None:
    clerk = people("clerk_1")
    id_ = taken(clerk)
    with clerk.transaction():
        row = clerk.one("select v.plate from clue c join vehicle v on v.id = c.vehicle_id where c.id = %s", (id_,))
    assert row == {"plate": "粤AB8K62"}


def test_two_tellings_within_minutes_are_suggested_as_one_and_merged_and_parted(
    people: Callable[[str], Work], clock: SettableClock
) -> None:
    clerk, head = people("clerk_1"), people("unit_head_1")
    main, other = (
        taken(clerk),
        taken(clerk, {**FACTS, "clue_title": "砂石车扬撒", "occurred_at": "2026-03-02T07:55:00+08:00"}),
    )
    far = taken(clerk, {**FACTS, "plate_no": "粤A99999", "violation_place": "花都区", "clue_title": "别的"})
    settle(clerk)
    found = engine.similar_clues(head, other)["items"]
    assert [(str(c["id"]), c["why"]) for c in found] == [(main, ["place", "vehicle"])]
    engine.merge_clue(head, other, main, "同一车辆同一时段")
    assert engine.similar_clues(head, main)["items"] == []
    task = next(t for t in engine.record(clerk, other)["tasks"])
    with pytest.raises(Refusal):
        engine.complete(clerk, str(task["id"]), {"clue_class": "violation"})
    for wrong in ((other, far), (main, far), (far, other)):
        with pytest.raises(Refusal):
            engine.merge_clue(head, *wrong, "再合并")
    clock.move(timedelta(hours=1))
    engine.undo_merge(head, other, "核对后是两辆车")
    engine.complete(clerk, str(task["id"]), {"clue_class": "violation"})
    told = engine.similar_clues(head, other)["merges"]
    assert [(m["reason"], m["undo_reason"]) for m in told] == [("同一车辆同一时段", "核对后是两辆车")]
    with pytest.raises(Refusal):
        engine.undo_merge(head, other, "再撤销")


def test_merging_needs_the_right_a_reason_and_the_scope(people: Callable[[str], Work]) -> None:
    clerk = people("clerk_1")
    one, two = taken(clerk), taken(clerk)
    with pytest.raises(NotAllowed):
        engine.merge_clue(people("officer_1"), one, two, "x")
    with pytest.raises(InvalidAnswers):
        engine.merge_clue(clerk, one, two, " ")
    with pytest.raises(NotFound):
        engine.merge_clue(people("clerk_sz_1"), one, two, "x")


def test_who_reported_is_read_by_who_handles_and_by_nobody_else(people: Callable[[str], Work]) -> None:
    clerk, colleague = people("clerk_1"), people("officer_1")
    reporter = {
        "reporter_name": "赵晓明",
        "reporter_phone": "13925000077",
        "reporter_gender": "male",
        "reporter_confidential": True,
    }
    id_ = taken(clerk, REPORTED, reporter=reporter)
    task = next(t for t in engine.record(clerk, id_)["tasks"])

    def seen(work: Work) -> dict[str, Any]:
        return {f["key"]: f["value"] for f in engine.record(work, id_)["facts"] if f["key"].startswith("reporter_")}

    hidden = {"reporter_name": "***", "reporter_phone": "***", "reporter_gender": "***", "reporter_confidential": True}
    assert seen(clerk) == seen(colleague) == hidden  # although both may unmask personal data
    assert "reporter_name" not in engine.task(clerk, str(task["id"]))["answers"]
    engine.claim(clerk, str(task["id"]))
    assert engine.task(clerk, str(task["id"]))["answers"]["reporter_name"] == "赵晓明"
    assert seen(clerk)["reporter_phone"] == "13925000077"
    assert seen(colleague) == hidden
    with clerk.transaction():
        rows = clerk.rows("select person_id from audit_entry where verb = 'reporter.read' and subject_id = %s", (id_,))
    assert {r["person_id"] for r in rows} == {clerk.person.id}

    engine.complete(
        clerk,
        str(task["id"]),
        {"reported_at": "2026-03-02T08:30:00+08:00", "report_type": "phone", "reporter_confidential": True, "report_content": "抛洒", "reporter_name": "赵晓明", "reporter_phone": "13925000077"},
    )  # fmt: skip
    with clerk.transaction():
        paper = clerk.one("select * from document where case_id = %s and kind = 'E01'", (id_,))
    assert paper is not None
    with colleague.transaction(), pytest.raises(NotAllowed, match="举报人"):
        engine.demand_reader(colleague, paper)
    with clerk.transaction():
        engine.demand_reader(clerk, paper)


SHEET = """案件来源,受案时间,线索标题,线索内容,违法行为发生时间,违法行为发生地点,车牌号,车牌颜色,来文(来电)单位,来文编号
行政检查,2026-03-02 08:30,货车扬撒,沿途抛洒,2026-03-02 07:50,石沙路,粤AB8K62,黄色,,
投诉举报,2026-03-02 08:40,客车甩客,中途甩客,2026/03/02 07:10,机场路,,,12328,GD-001
"""
WRONG = SHEET + "行政检查,昨天,无时间,内容,,,粤X,黄色,,\n没有的来源,2026-03-02 08:30,甲,乙,,,,,,\n"


def test_a_sheet_is_imported_whole_or_every_wrong_line_is_named(people: Callable[[str], Work]) -> None:
    clerk = people("clerk_1")
    told = engine.import_clues(clerk, 440100, "02", WRONG.encode())
    assert (told["imported"], [f["line"] for f in told["faults"]]) == (0, [4, 5])
    assert set(told["faults"][0]["fields"]) >= {"受案时间"}
    assert set(told["faults"][1]["fields"]) == {"案件来源"}
    assert engine.list_clues(clerk)["items"] == []
    each = engine.import_clues(clerk, 440100, "02", WRONG.encode(), each=True)
    assert (each["imported"], each["updated"], len(each["faults"])) == (2, 0, 2)
    again = engine.import_clues(clerk, 440100, "02", SHEET.encode())
    assert (again["imported"], again["updated"]) == (1, 1)  # 12328's order is known by its number
    settle(clerk)
    for item in engine.list_clues(clerk)["items"]:
        assert engine.record(clerk, str(item["id"]))["tasks"]  # each opens a task


def test_outcomes_are_counted_by_source(people: Callable[[str], Work]) -> None:
    clerk, head = people("clerk_1"), people("unit_head_1")
    taken(clerk)
    taken(clerk, REPORTED)
    told = engine.clue_outcomes(head, date(2026, 3, 2), date(2026, 3, 2))
    assert {s["name"]: (s["total"], s["by_status"]) for s in told["sources"]} == {
        "部门移送": (1, {"pending": 1}),
        "投诉举报": (1, {"pending": 1}),
    }
    assert engine.clue_outcomes(head, date(2026, 3, 3), date(2026, 3, 3))["sources"] == []
    with pytest.raises(InvalidAnswers):
        engine.clue_outcomes(head, date(2026, 3, 3), date(2026, 3, 2))
