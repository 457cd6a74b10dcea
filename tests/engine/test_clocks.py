"""Clocks in a running case: they warn once, stand still, are lengthened, and what rests on them follows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import engine
from engine import clocks
from kernel.errors import AgainstTheLaw, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.work import LOCAL

ACT, WAIT = "DL_SMALL_ACT", "DL_SMALL_WAIT"


def talked(stage: Any) -> str:
    """A case of many kinds that waits for an answer or the end of its period."""
    begun = stage.drafted()
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "talk")
    case_id: str = begun["case_id"]
    return case_id


def due(stage: Any, case_id: str, rule: str) -> str:
    return str(stage.clock_row(case_id, rule)["due_at"].astimezone(LOCAL).date())


def clock_id(stage: Any, case_id: str, rule: str) -> str:
    return str(stage.clock_row(case_id, rule)["id"])


def timer(stage: Any, case_id: str) -> str:
    rows = stage.rows(
        "select due_at from job where kind = 'timer' and status = 'waiting' and subject_id = %s"
        " and payload->>'element' = 'silence'",
        case_id,
    )
    return str(rows[0]["due_at"].astimezone(LOCAL).date()) if rows else ""


def alerts(stage: Any, rule: str) -> list[str]:
    return [a["severity"] for a in stage.rows("select severity from alert where rule = %s order by id", rule)]


def test_each_warning_and_the_breach_become_one_alert_each(stage: Any) -> None:
    begun = stage.drafted()
    assert due(stage, begun["case_id"], ACT) == "2026-03-12"
    stage.until(3, 9, 7)
    assert alerts(stage, ACT) == []
    stage.until(3, 9, 8, 1)
    stage.sweep()
    assert alerts(stage, ACT) == ["medium"], "three days before"
    stage.until(3, 11, 8, 1)
    assert alerts(stage, ACT) == ["medium", "medium"], "one day before"
    stage.until(3, 12, 23, 59)
    assert alerts(stage, ACT) == ["medium", "medium"]
    stage.until(3, 13, 0, 1)
    stage.sweep()
    stage.until(3, 20)
    assert alerts(stage, ACT) == ["medium", "medium", "high"]
    assert stage.clock_row(begun["case_id"], ACT)["status"] == "breached"
    told = stage.rows("select message, article from alert where severity = 'high'")[0]
    assert "2026-03-12" in told["message"]
    assert "行政处罚法" in told["article"]


def test_after_an_outage_a_clock_that_was_breached_meanwhile_says_so_once(stage: Any) -> None:
    stage.drafted()
    stage.until(4, 20)
    stage.sweep()
    assert alerts(stage, ACT) == ["high"]


def test_a_partys_right_that_lapses_is_no_breach(stage: Any) -> None:
    begun = stage.drafted()
    stage.until(3, 20)
    assert "high" not in alerts(stage, WAIT)
    assert stage.clock_row(begun["case_id"], WAIT)["status"] == "running"
    events = stage.rows(
        "select event from clock_history where clock_id = %s order by id", stage.clock_row(begun["case_id"], WAIT)["id"]
    )
    assert events[-1]["event"] == "elapsed"


def test_the_end_of_the_case_ends_its_alerts_of_clocks(stage: Any, check_plate: Any) -> None:
    case_id = talked(stage)
    engine.receive(stage.work_as("officer_1"), case_id, "reply", {})
    stage.do("officer_1", case_id, "conclude")
    assert stage.clock_row(case_id, ACT)["status"] == "met"
    stage.until(4, 20)
    assert alerts(stage, ACT) == []


def test_a_pause_holds_the_clock_and_the_resumed_clock_is_later_by_the_days_between(
    stage: Any, check_plate: Any
) -> None:
    case_id = talked(stage)
    assert (due(stage, case_id, WAIT), timer(stage, case_id)) == ("2026-03-07", "2026-03-08")
    head = stage.work_as("head_1")
    answer = engine.pause_clock(head, clock_id(stage, case_id, WAIT), "appraisal")
    assert answer["paused"]
    stage.until(3, 6)
    engine.resume_clock(head, clock_id(stage, case_id, WAIT), "appraisal")
    assert (due(stage, case_id, WAIT), timer(stage, case_id)) == ("2026-03-10", "2026-03-11")
    stage.until(3, 10, 23, 59)
    assert stage.open(case_id) == set()
    stage.until(3, 11, 0, 1)
    assert stage.open(case_id) == {"conclude"}
    shown = {c["rule"]: c for c in engine.case(stage.work_as("officer_1"), case_id)["clocks"]}[WAIT]
    assert sum(span["days"] for span in shown["paused"]) == 3, "the first day does not count anyway"
    assert "鉴定" in shown["paused"][0]["reason"]


def test_a_timer_does_not_fire_while_its_clock_stands_still(stage: Any, check_plate: Any) -> None:
    case_id = talked(stage)
    engine.pause_clock(stage.work_as("head_1"), clock_id(stage, case_id, WAIT), "appraisal")
    stage.until(3, 25)
    stage.sweep()
    assert stage.open(case_id) == set()
    assert alerts(stage, WAIT) == []
    engine.resume_clock(stage.work_as("head_1"), clock_id(stage, case_id, WAIT), "appraisal")
    assert due(stage, case_id, WAIT) == "2026-03-29"
    stage.until(3, 30, 0, 1)
    assert stage.open(case_id) == {"conclude"}


def test_a_pause_that_the_rule_does_not_know_is_refused(stage: Any) -> None:
    case_id = stage.drafted()["case_id"]
    head, clock = stage.work_as("head_1"), clock_id(stage, case_id, ACT)
    for ground, says in (("lunch", "不在"), ("suspension", "未核到依据"), ("hearing", "告知当事人")):
        with pytest.raises(AgainstTheLaw, match=says):
            engine.pause_clock(head, clock, ground)
    engine.pause_clock(head, clock, "hearing", notice_served=date(2026, 3, 2))
    with pytest.raises(Refusal, match="已经停表"):
        engine.pause_clock(head, clock, "appraisal")
    with pytest.raises(Refusal, match="没有因该事由停表"):
        engine.resume_clock(head, clock, "appraisal")


def test_an_extension_moves_the_clock_the_timer_and_the_inbox(stage: Any, check_plate: Any) -> None:
    begun = stage.drafted()
    case_id = begun["case_id"]
    engine.extend_clock(stage.work_as("head_1"), clock_id(stage, case_id, ACT), 5, "案情复杂")
    assert due(stage, case_id, ACT) == "2026-03-17"
    item = stage.rows("select due_at from work_item where element = 'serve'")[0]
    assert str(item["due_at"].astimezone(LOCAL).date()) == "2026-03-17"
    stage.sweep()
    stage.do("officer_1", case_id, "serve")
    stage.sweep()
    stage.do("officer_1", case_id, "talk")
    engine.extend_clock(stage.work_as("head_1"), clock_id(stage, case_id, WAIT), 3, "当事人在外地")
    assert (due(stage, case_id, WAIT), timer(stage, case_id)) == ("2026-03-10", "2026-03-11")
    history = stage.rows("select reason from clock_history where event = 'extended' order by id")
    assert [h["reason"] for h in history] == ["案情复杂", "当事人在外地"]
    assert {h["event"] for h in stage.rows("select event from step_history where event like 'clock%%'")} == {
        "clock_extended"
    }


def test_an_extension_beyond_what_the_rule_allows_is_refused(stage: Any, begin: Any) -> None:
    case_id = stage.drafted()["case_id"]
    head, clock = stage.work_as("head_1"), clock_id(stage, case_id, ACT)
    with pytest.raises(AgainstTheLaw, match="最多延长"):
        engine.extend_clock(head, clock, 6, "案情复杂")
    with pytest.raises(InvalidAnswers):
        engine.extend_clock(head, clock, 5, "")
    with pytest.raises(InvalidAnswers):
        engine.extend_clock(head, clock, 0, "案情复杂")
    with pytest.raises(NotAllowed):
        engine.extend_clock(stage.work_as("unit_head_1"), clock, 5, "案情复杂")
    with pytest.raises(NotAllowed):
        engine.extend_clock(stage.work_as("officer_1"), clock, 5, "案情复杂")
    engine.extend_clock(head, clock, 5, "案情复杂")
    with pytest.raises(AgainstTheLaw, match="只能延长 1 次"):
        engine.extend_clock(head, clock, 5, "还是复杂")
    other = stage.looked()["case_id"]
    with pytest.raises(AgainstTheLaw, match="不得延长"):
        engine.extend_clock(head, clock_id(stage, other, "DL_STATEMENT_DEFENCE"), 5, "案情复杂")


def test_an_extension_after_the_end_is_refused(stage: Any) -> None:
    case_id = stage.drafted()["case_id"]
    stage.until(3, 14)
    with pytest.raises(AgainstTheLaw, match="届满"):
        engine.extend_clock(stage.work_as("head_1"), clock_id(stage, case_id, ACT), 5, "忘记了")


def test_a_clock_that_is_over_or_of_a_sister_agency_is_not_touched(stage: Any, check_plate: Any) -> None:
    case_id = talked(stage)
    clock = clock_id(stage, case_id, ACT)
    engine.receive(stage.work_as("officer_1"), case_id, "reply", {})
    stage.do("officer_1", case_id, "conclude")
    with pytest.raises(Refusal, match="已经结束"):
        engine.pause_clock(stage.work_as("head_1"), clock, "appraisal")
    with pytest.raises(NotFound):
        engine.pause_clock(stage.work_as("head_1"), "no-clock", "appraisal")


def test_a_new_trigger_starts_the_clock_anew_and_closes_the_old(stage: Any) -> None:
    begun = stage.waiting()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    stage.do("head_1", begun["case_id"], "decide", again=True)
    stage.later(days=1)
    stage.do("officer_1", begun["case_id"], "fill", case_summary="重办")
    rows = stage.rows("select status from clock where rule = 'DL_STATEMENT_DEFENCE' order by id")
    assert [r["status"] for r in rows] == ["met", "running"]


def test_an_instant_counts_by_the_day_here_whatever_zone_it_is_written_in():
    assert [clocks._day(text).isoformat() for text in ("2026-05-29", "2026-05-29T20:00:00+00:00", "2026-05-29T09:00:00+08:00")] == [
        "2026-05-29", "2026-05-30", "2026-05-29",
    ]  # fmt: skip
