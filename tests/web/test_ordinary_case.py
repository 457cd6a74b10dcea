"""Whole stories in the browser: every form filled by its controls, every person at his own desk."""

from __future__ import annotations

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
