"""A return behind a served paper: only once a revoking paper for it was served; and what was taken back is undone for the guards."""

from __future__ import annotations

from typing import Any

import pytest

import engine
from kernel.errors import AgainstTheLaw, InvalidAnswers, Refusal
from kernel.work import Work


@pytest.fixture
def served(stage: Any) -> dict[str, Any]:
    """A case whose first paper is served and turns out to be wrong."""
    begun: dict[str, Any] = stage.begin("small_mistake")
    stage.do("officer_1", begun["case_id"], "write", case_summary="六轴车超限")
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "hand")
    return begun


def papers(stage: Any) -> dict[str, str]:
    return {row["kind"]: row["state"] for row in stage.rows("select kind, state from document order by id")}


def test_a_revoking_paper_opens_the_return_once_it_is_served(stage: Any, operator: Work, served: Any) -> None:
    case_id, instance_id = served["case_id"], served["instance_id"]
    number = stage.rows("select number from document where kind = 'T1'")[0]["number"]
    with pytest.raises(Refusal, match="《小告知书》已经送达"):
        engine.plan_move(operator, instance_id, ["write"])
    stage.do("head_1", case_id, "revoke", revoked_docs=number)
    stage.sweep()
    assert papers(stage) == {"T1": "served", "T3": "issued"}
    with pytest.raises(Refusal, match="《小告知书》已经送达"):
        engine.move(operator, instance_id, ["write"], "告知有误")
    stage.do("officer_1", case_id, "hand_revocation")
    assert papers(stage) == {"T1": "revoked", "T3": "served"}
    plan = engine.plan_move(operator, instance_id, ["write"])
    assert [p["number"] for p in plan["papers_revoked"]] == [number]
    assert [p["kind"] for p in plan["papers_kept"]] == ["T3"]
    engine.move(operator, instance_id, ["write"], "告知有误,已撤销")
    assert stage.open(case_id) == {"write"}
    made = stage.do("officer_1", case_id, "write", case_summary="改正后")["papers"]
    assert made[0]["number"] != number
    kept = stage.rows("select state, served_at, number from document where kind = 'T1' order by id")
    assert [(k["state"], k["served_at"] is not None) for k in kept] == [("revoked", True), ("made", False)]


def test_a_paper_is_revoked_by_kind_too(stage: Any, operator: Work, served: Any) -> None:
    stage.do("head_1", served["case_id"], "revoke", revoked_docs="T1")
    stage.sweep()
    stage.do("officer_1", served["case_id"], "hand_revocation")
    assert papers(stage)["T1"] == "revoked"


@pytest.mark.parametrize(
    ("told", "says"), [(None, "请写明"), ("粤交告〔2020〕99999号", "没有已送达的文书"), ("T2", "没有已送达")]
)
def test_a_revoking_paper_names_what_was_served(stage: Any, served: Any, told: str | None, says: str) -> None:
    answers = {} if told is None else {"revoked_docs": told}
    with pytest.raises(InvalidAnswers) as refused:
        stage.do("head_1", served["case_id"], "revoke", **answers)
    assert says in refused.value.fields["revoked_docs"]
    assert papers(stage) == {"T1": "served"}
    assert stage.open(served["case_id"]) == {"revoke"}


def test_the_dossier_keeps_what_was_revoked(stage: Any, served: Any) -> None:
    stage.do("head_1", served["case_id"], "revoke", revoked_docs="T1")
    stage.sweep()
    stage.do("officer_1", served["case_id"], "hand_revocation")
    shown = {d["kind"]: d["state"] for d in engine.case(stage.work_as("officer_1"), served["case_id"])["documents"]}
    assert shown == {"T1": "revoked", "T3": "served"}


def test_after_a_return_what_was_taken_back_is_not_done(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    assert engine.plan_move(operator, begun["instance_id"], ["decide"]), "investigated: the way to the decision is open"
    engine.move(operator, begun["instance_id"], ["fill"], "事实未查清")
    with pytest.raises(AgainstTheLaw) as refused:
        engine.plan_move(operator, begun["instance_id"], ["decide"])
    assert refused.value.rule == "O_LOOK_FIRST"
    stage.do("officer_1", begun["case_id"], "fill", case_summary="重新查明")
    engine.plan_move(operator, begun["instance_id"], ["decide"])


def test_who_acted_in_a_step_taken_back_is_bound_by_it_no_more(stage: Any, operator: Work) -> None:
    begun = stage.looked()
    stage.grant("head_1", "officer")
    stage.do("head_1", begun["case_id"], "look")
    stage.do("officer_2", begun["case_id"], "ask")
    stage.sweep()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    with pytest.raises(AgainstTheLaw, match="调查人员不得"):
        stage.do("head_1", begun["case_id"], "decide", fine_amount="3000")
    engine.move(operator, begun["instance_id"], ["look"], "负责人不应勘验", siblings="arrived")
    stage.do("officer_1", begun["case_id"], "look")
    stage.sweep()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    assert stage.do("head_1", begun["case_id"], "decide", fine_amount="3000")["ended"]


def test_a_step_before_the_target_stays_done_and_a_loop_takes_nothing_back(stage: Any, operator: Work) -> None:
    begun = stage.waiting()
    engine.receive(stage.work_as("officer_1"), begun["case_id"], "reply", {})
    engine.move(operator, begun["instance_id"], ["decide"], "决定前核对")
    engine.plan_move(operator, begun["instance_id"], ["decide"])
    stage.do("head_1", begun["case_id"], "decide", again=True)
    stage.do("officer_1", begun["case_id"], "fill", case_summary="再查")
    done = stage.rows("select outcome from step_history where event = 'moved'")
    assert "fill" not in done[0]["outcome"]["taken_back"]
