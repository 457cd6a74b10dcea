"""What a list calls a record: cause, plate and party – for each reader as the case room shows him the facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import engine
from engine import inbox
from engine.step import Step
from kernel.work import Node, Work
from registers import case as cases
from registers import masking

As = Callable[[str], Work]
CLEAR, HIDDEN = "司徒望舒超限运输 · 粤A12345", "司***超限运输 · 粤A****5"


@pytest.fixture
def case(begin: Callable[..., dict[str, Any]]) -> str:
    return str(begin(case_cause="司徒望舒超限运输", plate_no="粤A12345", driver_name="司徒望舒")["case_id"])


def titles(work: Work, box: inbox.Box, **wanted: Any) -> list[str]:
    return [item["title"] for item in engine.tasks(work, box, **wanted)["items"]]


def room(work: Work, case_id: str) -> set[str]:
    """Plate and name as the case room shows them."""
    facts = engine.case(work, case_id)["facts"]
    return {one["value"] for one in facts if one["key"] in ("plate_no", "driver_name")}


def test_a_title_shows_of_a_person_what_the_case_room_shows(case: str, work_as: As, small: Node) -> None:
    mine, colleague = work_as("officer_1"), work_as("officer_2")
    assert titles(mine, "unit") == [CLEAR], "he began the case"
    assert room(mine, case) == {"粤A12345", "司徒望舒"}
    assert titles(colleague, "unit") == [HIDDEN]
    assert room(colleague, case) == {"粤A****5", "司***"}
    [task] = engine.tasks(colleague, "unit")["items"]
    assert engine.task(colleague, str(task["id"]))["title"] == HIDDEN
    engine.claim(colleague, str(task["id"]))
    assert titles(colleague, "mine") == [CLEAR], "he has it in hand now"
    assert engine.task(colleague, str(task["id"]))["title"] == CLEAR
    assert room(colleague, case) == {"粤A12345", "司徒望舒"}
    engine.release(colleague, str(task["id"]))
    assert titles(colleague, "unit") == [HIDDEN], "and has not any more"


def test_who_may_not_see_persons_reads_masked_titles_of_his_own_tasks_too(
    case: str, work_as: As, small: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = work_as("officer_1")
    monkeypatch.setattr(type(small.policy), "may", lambda policy, person, right, *place: right != "personal.unmask")
    [task] = engine.tasks(mine, "unit")["items"]
    engine.claim(mine, str(task["id"]))
    assert titles(mine, "mine") == [HIDDEN]
    assert room(mine, case) == {"粤A****5", "司***"}


def test_without_the_right_a_plate_and_a_name_are_found_by_the_whole_only(
    case: str, work_as: As, small: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = work_as("officer_1")
    assert titles(mine, "unit", term="粤A1") == [CLEAR]
    monkeypatch.setattr(type(small.policy), "may", lambda policy, person, right, *place: right != "personal.unmask")
    for guess in ("粤A1", "粤A12", "粤A1234"):
        assert titles(mine, "unit", term=guess) == [], guess
    assert titles(mine, "unit", term="粤A12345") == [HIDDEN]


def test_a_page_of_titles_costs_the_scope_and_the_page(case: str, work_as: As) -> None:
    for login, box in (("officer_1", "unit"), ("officer_2", "unit"), ("officer_1", "mine"), ("officer_1", "done")):
        work = work_as(login)
        before = work.statements
        titles(work, box)
        assert work.statements - before == 2, (login, box)


def test_where_the_cause_stands_alone_it_names_nobody(case: str, work_as: As) -> None:
    """Search, followed cases: the cause is a column of the list. The fact, and with it the papers, name him."""
    mine, colleague = work_as("officer_1"), work_as("officer_2")
    with colleague.transaction():
        assert [one["case_cause"] for one in cases.search(colleague, text="粤A12345")["items"]] == ["司***超限运输"]
    engine.follow(colleague, case)
    assert [one["title"] for one in engine.watched(colleague, "follow")["items"]] == ["司***超限运输"]
    with mine.transaction():
        row = mine.one("select facts->>'case_cause' as told from enforcement_case where id = %s", (case,))
    assert row == {"told": "司徒望舒超限运输"}


def test_without_new_tasks_no_title_is_made(case: str, work_as: As, monkeypatch: pytest.MonkeyPatch) -> None:
    """Masking a free text is dear; a step that makes no task does without it."""
    made: list[Step] = []
    of = Step.titles
    monkeypatch.setattr(Step, "titles", lambda step: made.append(step) or of(step))
    mine = work_as("officer_1")
    [task] = engine.tasks(mine, "unit")["items"]
    engine.complete(mine, str(task["id"]), {"case_summary": "六轴车超限"})
    assert len(made) == 1
    for element in ("look", "ask"):
        [task] = [one for one in engine.tasks(mine, "unit")["items"] if one["element"] == element]
        engine.complete(mine, str(task["id"]), {})
    assert len(made) == 1, "what follows is a message and no task"


def test_the_columns_of_a_record_are_masked_as_its_facts(small: Node, work_as: As) -> None:
    """A clue keeps its plate in a column of its own, by which others are found that are alike."""
    mine, colleague = work_as("officer_1"), work_as("officer_2")
    facts = {"case_cause": "粤A12345 沿途抛洒", "plate_no": "粤A12345"}
    begun = engine.start(mine, "small_clue", facts, agency_id=440100, category="01")
    assert engine.record(mine, begun["case_id"])["record"]["plate_no"] == "粤A12345"
    shown = engine.record(colleague, begun["case_id"])["record"]
    assert (shown["plate_no"], shown["title"]) == ("粤A****5", "粤A****5 沿途抛洒")
    [listed] = engine.list_clues(colleague)["items"]
    assert (listed["plate_no"], listed["title"]) == ("粤A****5", "粤A****5 沿途抛洒")
    assert engine.list_clues(mine)["items"][0]["plate_no"] == "粤A12345"


def test_of_a_persons_record_the_title_is_masked_with_the_name_and_a_firms_name_stays() -> None:
    classes = {"party_name": "name", "plate_no": "plate"}
    person = {"party_name": "司徒望舒", "plate_no": None, "title": "司徒望舒超限运输"}
    assert masking.record_row(person, classes) == {
        "party_name": "司***",
        "plate_no": None,
        "title": "司***超限运输",
    }
    firm = {"party_name": "广州穗运货运有限公司", "plate_no": None, "title": None}
    assert masking.record_row(firm, classes) == firm
