"""The national guards, one sentence each, judged as a step judges them; and what a step tells them."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

import pytest

import engine
from content import load, releases
from content.releases import Release
from engine import release_store
from engine.rulebook import guards
from kernel.errors import AgainstTheLaw, InvalidAnswers
from kernel.work import LOCAL, Work, system_person
from tests.engine.conftest import ROOT, small_files

A = {"id": "a", "name": "甲", "certificate_valid": True, "category_covered": True, "staffing_type": "2"}
B = {**A, "id": "b", "name": "乙"}
GUARDS = "rules/national/guards/guards.yaml"


@cache
def national() -> Release:
    return releases.make(load.tree(ROOT))


def refused(role: str, **context: Any) -> dict[str, str]:
    """Guard → its article, of those that refuse a step of this role."""
    base: dict[str, Any] = {
        "person": {**A, "roles": ["officer"]},
        "acting_officers": [A, B],
        "performers": {},
        "done": {},
        "clocks": {},
        "papers": {"pending": 0, "made": 0, "issued": 0},
        "now": datetime(2026, 3, 2, 9, tzinfo=LOCAL),
        "today": date(2026, 3, 2),
    }
    found = guards.refusals(national().guards, role, "complete", {**base, **context})
    return {r.id: r.law for r in found}


def test_one_officer_alone_may_not_investigate() -> None:
    assert refused("investigation", acting_officers=[A])["G_TWO_OFFICERS"] == "行政处罚法#42"
    assert not {"G_TWO_OFFICERS", "G_CERTIFICATE_VALID"} & set(refused("investigation"))


def test_nobody_named_is_not_two_officers() -> None:
    assert {"G_TWO_OFFICERS", "G_CERTIFICATE_VALID"} <= set(refused("investigation", acting_officers=[]))


def test_a_certificate_that_lapsed_does_not_count() -> None:
    lapsed = {**B, "certificate_valid": False}
    assert {"G_TWO_OFFICERS", "G_CERTIFICATE_VALID"} <= set(refused("investigation", acting_officers=[A, lapsed]))
    three = refused("investigation", acting_officers=[A, {**B, "id": "c"}, lapsed])
    assert "G_TWO_OFFICERS" not in three
    assert "G_CERTIFICATE_VALID" in three, "whoever acts must be certified, also the third"


def test_a_certificate_of_another_category_does_not_count() -> None:
    other = {**B, "category_covered": False}
    assert {"G_TWO_OFFICERS", "G_CERTIFICATE_VALID"} <= set(refused("investigation", acting_officers=[A, other]))


def test_an_auxiliary_may_not_take_evidence() -> None:
    assert "G_NO_AUXILIARY" in refused("investigation", acting_officers=[A, B, {**B, "id": "c", "staffing_type": "9"}])


def test_a_record_is_made_by_one_who_took_part() -> None:
    assert "G_ACTOR_AMONG_OFFICERS" in refused("investigation", person={**A, "id": "z", "roles": []})


def test_who_investigated_may_not_review_preside_or_approve() -> None:
    by_a = {"performers": {"investigation": ["a"]}, "officers": ["b"]}
    assert "G_REVIEWER_NOT_INVESTIGATOR" in refused("review", **by_a)
    assert "G_PRESIDER_NOT_INVESTIGATOR" in refused("hearing", **by_a)
    assert "G_REVIEWER_NOT_INVESTIGATOR" in refused("review", performers={"investigation": ["b"]}, officers=["a"])
    assert "G_HEAD_NOT_INVESTIGATOR" in refused("decision", officers=["a"])
    clear = {"performers": {"investigation": ["b"]}, "officers": ["b"]}
    assert "G_REVIEWER_NOT_INVESTIGATOR" not in refused("review", **clear)


def test_there_is_no_decision_before_the_statement_period_ends() -> None:
    running = {"DL_STATEMENT_DEFENCE": {"due": date(2026, 3, 9), "elapsed": False, "met": False, "running": True}}
    over = {"DL_STATEMENT_DEFENCE": {"due": date(2026, 3, 9), "elapsed": True, "met": False, "running": True}}
    for role in ("discussion", "decision_approval", "decision"):
        assert refused(role, clocks=running)["G_DECISION_AFTER_STATEMENT_PERIOD"] == "行政处罚法#62"
        assert "G_DECISION_AFTER_STATEMENT_PERIOD" in refused(role), "a period that never began has not ended"
        assert "G_DECISION_AFTER_STATEMENT_PERIOD" not in refused(role, clocks=over)


def test_a_signed_waiver_ends_the_wait_only_for_what_it_names() -> None:
    names = {e.name: key for key, e in national().elements.items()}
    told = {
        "clocks": {"DL_STATEMENT_DEFENCE": {"elapsed": False}},
        "papers": {"served": {"D11": date(2026, 3, 2)}},
        names["放弃声明当事人签名"]: "张三",
        names["放弃声明日期"]: "2026-03-03",
        names["放弃的权利"]: ["statement"],
        names["告知听证权利"]: False,
    }
    assert "G_DECISION_AFTER_STATEMENT_PERIOD" not in refused("decision", **told)
    with_hearing = {**told, names["告知听证权利"]: True}
    assert "G_DECISION_AFTER_STATEMENT_PERIOD" in refused("decision", **with_hearing)
    before_service = {**told, names["放弃声明日期"]: "2026-03-01"}
    assert "G_DECISION_AFTER_STATEMENT_PERIOD" in refused("decision", **before_service)


def test_nothing_is_archived_while_a_paper_is_still_to_be_issued() -> None:
    assert "G_PAPERS_ISSUED" in refused("archiving", papers={"pending": 1, "made": 3, "issued": 2})
    assert "G_PAPERS_ISSUED" not in refused("archiving", papers={"pending": 0, "made": 3, "issued": 3})


def test_an_agencys_parameter_goes_before_the_contents() -> None:
    names = {e.name: key for key, e in national().elements.items()}
    notice = {names["拟罚款金额"]: "8000.00", names["当事人类型"]: "person", names["告知听证权利"]: False}
    notice[names["处罚种类"]] = ["02"]
    assert "G_HEARING_RIGHT" in refused("notice_draft", **notice, hearing_amount_person=1)
    assert "G_HEARING_RIGHT" not in refused("notice_draft", **notice, hearing_amount_person=10**9)


# ---------------------------------------------------------------------- what a step tells them
def guarded(stage: Any, require: str) -> None:
    """The small processes with one more guard, on the service of papers."""
    extra = (
        f"  - {{id: G_TOLD, law: '行政处罚法#47', mark: V, step_roles: [service], require: '{require}',"
        " message: 不可以, remedy: 稍候}\nprecedence:"
    )
    files = small_files()
    stage.later(seconds=1)
    work = Work(stage.node, system_person(440100, "01"))
    with work.transaction():
        release_store.store(
            work,
            {**files, GUARDS: files[GUARDS].replace(b"precedence:", extra.encode())},
            ground="加严",
            effective_from=None,
        )
    stage.later(seconds=1)


def test_a_step_counts_the_papers_of_its_case(stage: Any) -> None:
    guarded(stage, "papers.pending = 0 and papers.made = 2 and papers.issued = 2")
    begun = stage.drafted()
    with pytest.raises(AgainstTheLaw) as refusal:
        stage.do("officer_1", begun["case_id"], "serve")
    assert refusal.value.rule == "G_TOLD"
    stage.sweep()
    stage.do("officer_1", begun["case_id"], "serve")


def test_a_guard_reads_the_agencys_confirmed_parameter(stage: Any) -> None:
    guarded(stage, "small_limit >= 2000")
    begun = stage.drafted()
    with pytest.raises(AgainstTheLaw):
        stage.do("officer_1", begun["case_id"], "serve")
    publisher = stage.grant("head_1", "publisher")
    for value in ("许多", ""):
        with pytest.raises(InvalidAnswers) as wrong:
            engine.confirm_parameter(publisher, "small_limit", value, agency_id=440100, ground="会议纪要")
        assert "应为数字" in wrong.value.fields["value"]
    with pytest.raises(InvalidAnswers):
        engine.confirm_parameter(publisher, "no_such_parameter", 1, agency_id=440100, ground="会议纪要")
    engine.confirm_parameter(publisher, "small_limit", 2500, agency_id=440100, ground="本局会议纪要〔2026〕1号")
    stage.do("officer_1", begun["case_id"], "serve")


@pytest.mark.parametrize(
    ("change", "login"),
    [
        ("update certificate set valid_to = '2026-03-01' where officer_id = %s", "officer_2"),
        ("update certificate set categories = array['03'] where officer_id = %s", "officer_2"),
    ],
    ids=["lapsed", "other category"],
)
def test_the_certificate_is_judged_at_the_time_of_the_act(stage: Any, change: str, login: str) -> None:
    guarded(stage, "count(acting_officers[certificate_valid and category_covered]) = 2")
    officers = [str(stage.work_as(one).person.id) for one in ("officer_1", "officer_2")]
    begun = stage.begin("small_more", officers=officers)
    stage.do("officer_1", begun["case_id"], "draft", case_summary="x")
    with Work(stage.node, system_person(440100, "01")).transaction() as work:
        work.execute(change, (stage.work_as(login).person.id,))
    with pytest.raises(AgainstTheLaw):
        stage.do("officer_1", begun["case_id"], "serve")
