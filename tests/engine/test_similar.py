"""Clues that may be the same matter: the same vehicle, ship or party at about the same time."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from content.releases import Release
from engine import actions, release_store
from engine.similar import find_similar_clues
from kernel.errors import DeliveryFailed
from kernel.ids import uuid7
from kernel.work import Work, system_person

PLATE = "粤A12345"


def clue(stage: Any, title: str, plate: str | None = PLATE) -> str:
    work = stage.work_as("officer_1")
    facts = {"case_cause": title, **({"plate_no": plate} if plate else {})}
    case_id = str(engine.start(work, "small_clue", facts, agency_id=440100, category="01")["case_id"])
    with Work(stage.node, system_person(440100, "01")).transaction() as hand:
        hand.execute("update clue set plate_no = %s, occurred_at = %s where id = %s", (plate, hand.now, case_id))
    return case_id


def found(stage: Any, case_id: str, days: str = "similar_days", **facts: Any) -> dict[str, Any]:
    work = stage.work_as("officer_1")
    release: Release = release_store.current(work)
    place = (case_id, 440100, "01", {"accepted_at": work.now.isoformat(), **facts}, {"days": days})
    return find_similar_clues(work, actions.Context(*place, release, "find", "key", uuid7()))


def test_a_clue_about_the_same_vehicle_is_shown_with_its_day(stage: Any) -> None:
    clue(stage, "抛洒砂石")
    mine = clue(stage, "沿途扬撒")
    answer = found(stage, mine, plate_no=PLATE)
    assert answer["similar_count"] == 1
    assert "抛洒砂石" in answer["similar_clues"]
    assert answer["similar_clues"].startswith("2026-03-02")


def test_another_vehicle_or_another_time_is_no_similar_clue(stage: Any) -> None:
    clue(stage, "抛洒砂石")
    other = clue(stage, "超限运输", plate="粤A99999")
    assert found(stage, other, plate_no="粤A99999") == {"similar_count": 0, "similar_clues": None}
    stage.later(days=40)
    assert found(stage, other, plate_no=PLATE)["similar_count"] == 0
    assert found(stage, other, days="wide_days", plate_no=PLATE)["similar_count"] == 1


def test_without_vehicle_ship_or_party_nothing_is_compared(stage: Any) -> None:
    clue(stage, "抛洒砂石", plate=None)
    assert found(stage, clue(stage, "无车牌", plate=None))["similar_count"] == 0


def test_a_step_that_names_no_parameter_of_days_waits_for_who_drew_it(stage: Any) -> None:
    with pytest.raises(DeliveryFailed, match="没有正整数的值"):
        found(stage, clue(stage, "抛洒砂石"), days="30", plate_no=PLATE)
