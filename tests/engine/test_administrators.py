"""Three administrators who exclude one another: one keeps accounts and agencies, one gives roles, one reads what they did."""

from __future__ import annotations

from datetime import date, datetime

import pytest

import engine
from content import load
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.settings import ROOT
from kernel.work import LOCAL, Work
from registers import account, officer

ID_NUMBER = "440106199001011235"
WHERE = {"agency_id": 440100, "categories": ["01"], "reason": "任职通知〔2026〕1号"}


@pytest.fixture
def demo_node(national):
    """The demo's people and the national content."""
    return national


@pytest.fixture
def three(national):
    """The demo's three administrators at work."""
    return {
        name: Work(national, account.person_of_login(Work(national, account.STRANGER), f"{name}_admin_1"))
        for name in ("system", "security", "audit")
    }


@pytest.fixture
def newcomer(three):
    """Somebody without account and roles."""
    return engine.add_officer(three["system"], 440100, "钟灵", ID_NUMBER, "2")["id"]


def held(work, officer_id):
    return {(g["role"], g["agency_id"]) for g in engine.person(work, officer_id)["grants"]}


def test_a_newcomer_gets_an_account_from_one_and_a_role_from_another_and_can_log_in(three, newcomer, demo_node):
    engine.open_account(three["system"], newcomer, "zhong_ling", "Zhifa-2026-new")
    with pytest.raises(Refusal):  # an account without a role opens nothing
        account.log_in(demo_node, "zhong_ling", "Zhifa-2026-new", address="10.0.0.1")
    engine.grant_role(three["security"], newcomer, "officer", **WHERE)
    assert account.log_in(demo_node, "zhong_ling", "Zhifa-2026-new", address="10.0.0.1").person.roles == {"officer"}
    shown = engine.person(three["audit"], newcomer)
    assert shown["account"]["login"] == "zhong_ling"
    assert shown["id_number"] != ID_NUMBER


def test_the_system_administrator_gives_no_role_and_the_security_administrator_opens_no_account(three, newcomer):
    with pytest.raises(NotAllowed):
        engine.grant_role(three["system"], newcomer, "officer", **WHERE)
    with pytest.raises(NotAllowed):
        engine.open_account(three["security"], newcomer, "zhong_ling", "Zhifa-2026-new")
    with pytest.raises(NotAllowed):
        engine.open_account(three["audit"], newcomer, "zhong_ling", "Zhifa-2026-new")
    with pytest.raises(NotAllowed):
        engine.grant_role(three["audit"], newcomer, "officer", **WHERE)
    assert held(three["audit"], newcomer) == set()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("system_admin", "security_admin"), ("security_admin", "audit_admin"), ("audit_admin", "system_admin"),
        ("officer", "security_admin"), ("audit_admin", "officer"),
    ],
)  # fmt: skip
def test_what_excludes_one_another_is_not_given_to_one_person(three, newcomer, first, second):
    engine.grant_role(three["security"], newcomer, first, **WHERE)
    with pytest.raises(Refusal, match="不得由一人兼任"):
        engine.grant_role(three["security"], newcomer, second, **{**WHERE, "agency_id": 440106})
    assert held(three["audit"], newcomer) == {(first, 440100)}


def test_nobody_gives_himself_a_role_or_beyond_his_reach(three, newcomer):
    me = str(three["security"].person.id)
    with pytest.raises(NotAllowed, match="本人"):
        engine.grant_role(three["security"], me, "legal", **WHERE)
    with pytest.raises(NotAllowed):
        engine.grant_role(three["security"], newcomer, "officer", **{**WHERE, "agency_id": 440300})
    with pytest.raises(NotAllowed):
        engine.grant_role(three["security"], newcomer, "officer", **{**WHERE, "agency_id": 440000}, reach="tree")


def test_what_is_wrong_is_said_and_nothing_is_given(three, newcomer):
    for wrong in ({"role": "emperor"}, {"categories": []}, {"reason": " "}, {"valid_to": date(2020, 1, 1)}):
        with pytest.raises(InvalidAnswers) as refused:
            engine.grant_role(three["security"], newcomer, **{"role": "officer", **WHERE, **wrong})
        assert set(refused.value.fields) == set(wrong)
    assert held(three["audit"], newcomer) == set()
    with pytest.raises(InvalidAnswers) as refused:
        engine.add_officer(three["system"], 440100, " ", "44010619900101123", "8")
    assert set(refused.value.fields) == {"name", "id_number", "staffing_type"}
    with pytest.raises(InvalidAnswers) as refused:
        engine.add_officer(three["system"], 440100, "钟灵", ID_NUMBER, "2")
    assert "已登记" in refused.value.fields["id_number"]


def test_a_role_taken_away_ends_at_once_and_both_changes_stand_in_the_audit(three, newcomer):
    engine.grant_role(three["security"], newcomer, "officer", **WHERE)
    engine.revoke_role(three["security"], newcomer, "officer", 440100, "调离")
    with pytest.raises(NotFound):
        engine.revoke_role(three["security"], newcomer, "officer", 440100, "调离")
    work = three["audit"]
    with work.transaction():
        rows = work.rows(
            "select verb, person_id, outcome from audit_entry where subject_id = %s and verb like 'role.%%' order by id",
            (newcomer,),
        )
    assert [(r["verb"], r["outcome"]) for r in rows if r["verb"] != "role.grant"] == [
        ("role.give", "done"),
        ("role.take", "done"),
    ]
    assert rows[-1]["outcome"] == "refused"
    assert {r["person_id"] for r in rows} == {three["security"].person.id}


def test_who_is_off_duty_or_moved_is_out_at_once(three, newcomer, demo_node):
    engine.open_account(three["system"], newcomer, "zhong_ling", "Zhifa-2026-new")
    engine.grant_role(three["security"], newcomer, "officer", **WHERE)
    session = account.log_in(demo_node, "zhong_ling", "Zhifa-2026-new", address="10.0.0.1")
    engine.change_officer(three["system"], newcomer, "3", 440100, "停职调查")
    with pytest.raises(Refusal):
        account.session_of(demo_node, session.token)
    engine.change_officer(three["system"], newcomer, "1", 440106, "调动")
    assert held(three["audit"], newcomer) == set()
    engine.shut_account(three["system"], newcomer, True, "离职")
    with pytest.raises(Refusal):
        account.log_in(demo_node, "zhong_ling", "Zhifa-2026-new", address="10.0.0.2")


def test_people_are_listed_by_page_with_account_and_roles(three):
    seen, after = [], None
    while True:
        page = engine.people(three["audit"], None, 440100, 5, after)
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert len({one["id"] for one in seen}) == len(seen) > 5
    assert {one["login"]: one["roles"] for one in seen}["system_admin_1"] == ["system_admin"]
    assert all(one["agency_id"] == 440100 for one in seen)
    with pytest.raises(InvalidAnswers):
        engine.people(three["audit"], None, None, 5, "nonsense")


def test_a_list_of_people_costs_as_many_statements_however_long(three):
    work = three["audit"]
    spent = []
    for limit in (2, 100):
        before = work.statements
        engine.people(work, None, None, limit, None)
        spent.append(work.statements - before)
    assert spent == [4, 4]  # scope, officers, accounts, roles


def test_a_county_under_a_city_is_seen_from_above_and_not_by_its_sister(three, demo_node):
    made = engine.add_agency(
        three["system"], 440100, "440111", "广州市白云区交通运输综合行政执法大队", "穗云交", "county"
    )["id"]
    assert made == 440111
    station = engine.add_agency(_again(three["system"]), made, "440111A", "白云机场中队", "穗云机交", "station")["id"]
    tree = {a["id"]: a for a in engine.agencies(_again(three["audit"]))}
    assert (tree[made]["depth"] + 1, tree[station]["parent_id"]) == (tree[station]["depth"], made)
    person = engine.add_officer(_again(three["system"]), made, "白云", ID_NUMBER, "2")["id"]
    work = _again(three["audit"])
    assert person in {str(p["id"]) for p in engine.people(work, "白云", None, 50, None)["items"]}
    engine.rename_agency(_again(three["system"]), made, "白云区执法大队", "云交", "机构改革")
    assert {a["id"]: a["short"] for a in engine.agencies(work)}[made] == "云交"
    sister = Work(demo_node, account.person_of_login(Work(demo_node, account.STRANGER), "officer_th_1"))
    assert made not in sister.person.scope
    for wrong in (
        {"code": "440111"}, {"code": "330111"}, {"level": "city"},
    ):  # fmt: skip
        with pytest.raises(InvalidAnswers) as refused:
            engine.add_agency(
                three["system"], 440100, **{"code": "440112", "name": "x", "short": "x", "level": "county", **wrong}
            )
        assert set(refused.value.fields) == set(wrong)
    with pytest.raises(NotAllowed):
        engine.add_agency(three["system"], 440300, "440304", "x", "x", "county")


def _again(work):
    """The same person after a new log-in: the tree is read when a session begins."""
    return Work(work.node, account.load_person(work, work.person.id))


def test_a_certificate_issued_elsewhere_is_entered_and_lost_from_now_on(three, newcomer, demo_node):
    keeper = Work(demo_node, account.person_of_login(Work(demo_node, account.STRANGER), "certificate_admin_1"))
    given = {"kind": "1", "categories": ["01"], "valid_from": date(2025, 1, 1), "valid_to": date(2029, 12, 31)}
    made = engine.enter_certificate(keeper, newcomer, "19990001", **given)["id"]
    with pytest.raises(InvalidAnswers) as refused:
        engine.enter_certificate(keeper, newcomer, "19990001", **given)
    assert "已经登记" in refused.value.fields["number"]
    with pytest.raises(NotAllowed):
        engine.enter_certificate(three["system"], newcomer, "19990002", **given)
    engine.change_certificate(keeper, made, "lost", "遗失声明")
    with keeper.transaction():
        then = officer.acting(keeper, [newcomer], datetime(2025, 6, 1, tzinfo=LOCAL), "01")
        now = officer.acting(keeper, [newcomer], keeper.now, "01")
    assert (then[0]["certificate_valid"], now[0]["certificate_valid"]) == (True, False)
    assert [h["status"] for h in engine.person(keeper, newcomer)["certificates"][0]["history"]] == ["normal", "lost"]


def test_the_demo_has_people_of_the_province_who_publish_and_who_maintain_people_there(national):
    def of_the_province(login):
        return Work(national, account.person_of_login(Work(national, account.STRANGER), login))

    publisher, system, security = map(of_the_province, ("publisher_1", "system_admin_gd_1", "security_admin_gd_1"))
    assert engine.publish(publisher, load.tree(ROOT), ground="本省首次发布") == engine.releases(publisher)[0]["hash"]
    made = engine.add_officer(system, 440000, "钟灵", ID_NUMBER, "2")["id"]
    engine.open_account(system, made, "zhong_ling", "Zhifa-2026-new")
    engine.grant_role(security, made, "legal", agency_id=440000, categories=["01"], reason="任职")
    for who in (publisher, system):
        with pytest.raises(NotAllowed):
            engine.grant_role(who, made, "legal", agency_id=440000, categories=["02"], reason="任职")
    assert account.log_in(national, "zhong_ling", "Zhifa-2026-new", address="10.0.0.1").person.roles == {"legal"}
