"""A supervisor's first page: per unit what is breached, ends soon, was warned of – and the cases behind each figure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import engine
from engine.alerts import raise_alert
from kernel.errors import InvalidAnswers, NotAllowed
from kernel.work import Work, system_person


def units(stage: Any, login: str) -> dict[int, dict[str, Any]]:
    return {u["agency_id"]: u for u in engine.supervised_units(stage.work_as(login))["units"]}


def shown(stage: Any, login: str, state: Any, **more: Any) -> list[str]:
    return [str(p["case_id"]) for p in engine.supervised(stage.work_as(login), state, **more)["items"]]


def breach(stage: Any, case_id: str, agency: int = 440100) -> None:
    """An open period of the agency that is over, as the sweep leaves it."""
    with Work(stage.node, system_person(agency, "01")).transaction() as work:
        work.execute("update clock set status = 'breached', due_at = %s where subject_id = %s and closed_at is null", (work.now - timedelta(days=1), case_id))  # fmt: skip


def test_what_ends_soon_and_what_is_breached_stand_per_unit_with_the_case_behind(stage: Any) -> None:
    begun, other = stage.looked(), stage.looked()
    due = stage.clock_row(begun["case_id"], "DL_STATEMENT_DEFENCE")["due_at"]
    stage.clock.set(due - timedelta(days=2))
    found = units(stage, "city_supervisor")
    assert list(found) == [440100]
    assert (found[440100]["week"], found[440100]["today"], found[440100]["breached"]) == (2, 0, 0)
    breach(stage, other["case_id"])
    stage.clock.set(due - timedelta(hours=1))
    found = units(stage, "city_supervisor")
    assert (found[440100]["week"], found[440100]["today"], found[440100]["breached"]) == (1, 1, 1)
    assert shown(stage, "city_supervisor", "breached") == [other["case_id"]]
    page = engine.supervised(stage.work_as("city_supervisor"), "today", 440100)["items"]
    assert [str(p["case_id"]) for p in page] == [begun["case_id"]]
    assert sorted(page[0]["steps"]) == ["勘验", "询问"]
    assert page[0]["clock"]["name"] == "陈述申辩提出期限"


def test_open_alerts_are_counted_by_severity_until_answered(stage: Any) -> None:
    begun = stage.begin()
    with Work(stage.node, system_person(440100, "01")).transaction() as work:
        for severity in ("critical", "high", "high"):
            raise_alert(work, {"agency_id": 440100, "category": "01"}, begun["case_id"], f"T:{severity}", severity=severity, message="测试")  # fmt: skip
    unit = units(stage, "city_supervisor")[440100]
    assert (unit["critical"], unit["high"], unit["medium"], unit["info"]) == (1, 2, 0, 0)


def test_everyone_sees_his_own_scope_and_who_does_not_supervise_nothing(stage: Any) -> None:
    begun = stage.looked()
    breach(stage, begun["case_id"])
    assert 440100 in units(stage, "supervisor_1"), "the province looks down"
    assert 440100 in units(stage, "unit_head_1")
    with pytest.raises(NotAllowed):
        engine.supervised_units(stage.work_as("officer_1"))
    with pytest.raises(InvalidAnswers):
        engine.supervised(stage.work_as("unit_head_1"), "breached", 440300)


def test_pages_meet_without_gap(stage: Any) -> None:
    cases = [stage.looked()["case_id"] for _ in range(5)]
    for one in cases:
        breach(stage, one)
    found: list[str] = []
    after = None
    while True:
        page = engine.supervised(stage.work_as("supervisor_1"), "breached", limit=2, after=after)
        found += [str(p["case_id"]) for p in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(found) == sorted(cases)


def test_the_page_costs_one_statement_and_each_list_one(stage: Any) -> None:
    work = stage.work_as("supervisor_1")
    engine.supervised(work, "week")
    before = work.statements
    engine.supervised_units(work)
    engine.supervised(work, "week")
    assert work.statements - before == 4, "the scope and the page, twice"
