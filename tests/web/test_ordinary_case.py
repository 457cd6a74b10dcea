"""Whole stories in the browser: every form filled by its controls, every person at his own desk."""

from __future__ import annotations

from kernel.work import Work, system_person
from tests.web.in_browser import InBrowser

PICTURES = ("collect_evidence", "finalize_proposal", "sign_decision", "archive_case", "draft_measure", "decide_recusal", "conduct_hearing")  # fmt: skip


def test_an_ordinary_case_goes_from_clue_to_archive_in_the_browser(national, clock, officer):
    player = InBrowser(national, clock, officer, PICTURES)
    played = player.play_file("case_ordinary", "hearing_paid_late")
    assert played.status == "archived"
    assert played.faults == []
    assert len(player.desks) >= 7


def test_a_presider_is_recused_in_the_hearing_and_another_goes_on(national, clock, officer):
    player = InBrowser(national, clock, officer, PICTURES)
    played = player.play_file("recusal", "presider_replaced_in_hearing")
    assert played.faults == []
    assert any("回避" in text for text in player.refusals), "who is recused is refused on his screen"
    assert {"clerk_1", "unit_head_1", "head_1", "presider_1", "presider_2"} <= player.desks.keys()


def test_a_vehicle_is_detained_beside_the_case_and_the_detention_extended(national, clock, officer):
    player = InBrowser(national, clock, officer, PICTURES)
    played = player.play_file("coercive_measure", "extended_and_examined")
    assert played.faults == []
    assert {"officer_1", "unit_head_1", "head_1"} <= player.desks.keys()


def test_a_penalty_on_the_spot_is_given_on_a_phone_and_signed_with_the_finger(national, clock, officer):
    player = InBrowser(
        national, clock, lambda login: officer(login, phone=True), ("record_spot", "decide_on_spot", "collect_cash")
    )
    played = player.play_file("case_summary", "cash_hard_later")
    assert (played.status, played.faults) == ("archived", [])
    assert player.refusals, "collecting cash without a ground is refused on the screen"
    work = Work(national, system_person(440100, "02"))
    with work.transaction():
        drawn = work.rows("select kind from evidence where case_id = %s", (played.case_id,))
        signed = work.one(
            "select facts->'scene_person_signature' as it from enforcement_case where id = %s", (played.case_id,)
        )
    assert signed is not None
    assert signed["it"]["evidence"], "the record names the drawing"
    assert drawn
