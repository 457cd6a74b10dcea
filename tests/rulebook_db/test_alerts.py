"""Risk rules in a step: a block refuses and leaves an alert, a warning is given once; what becomes of alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

import engine
from engine import release_store
from engine.alerts import raise_alert
from kernel.errors import AgainstTheLaw, NotAllowed, NotFound, Refusal
from kernel.work import Node, SettableClock, Work, system_person
from tests.rulebook_db.conftest import small_files

As = Callable[[str], Work]
Begin = Callable[..., dict[str, Any]]
OWN = """risks:
  - {id: R_TEST_BLOCK, name: 摘要写有停, step: 全程, trigger: t, when: 'case_summary = "停"', severity: %s, mode: block, alert_to: [officer],
     law: ["行政处罚法#54"], basis: 行政处罚法第54条, act: 更正摘要后重新提交, mark: V, fires: {case_summary: 停}, quiet: {case_summary: 行}}
  - {id: R_TEST_WARN, name: 摘要很短, step: 全程, trigger: t, when: 'string length(case_summary) < parameters.night_to', severity: medium, mode: warn,
     alert_to: [officer], law: ["行政处罚法#54"], basis: 行政处罚法第54条, act: 补充摘要, mark: V, fires: {case_summary: 短}, quiet: {case_summary: 很长很长很长很长}}
"""


def with_rules(node: Node, severity: str) -> None:
    clock = node.clock
    assert isinstance(clock, SettableClock)
    clock.move(timedelta(minutes=1))
    files = {**small_files(), "rules/national/risk/test.yaml": (OWN % severity).encode()}
    work = Work(node, system_person(440000, "01"))
    with work.transaction():
        release_store.store(work, files, ground="测试", effective_from=None)


def fill(work: Work, case_id: str, summary: str) -> None:
    with work.transaction():
        row = work.one(
            "select id from work_item where subject_id = %s and element = 'fill' and status = 'open'", (case_id,)
        )
    assert row is not None
    engine.complete(work, str(row["id"]), {"case_summary": summary})


def test_a_block_refuses_with_article_and_act_and_leaves_an_alert(small: Node, begin: Begin, work_as: As) -> None:
    with_rules(small, "critical")
    case_id = str(begin()["case_id"])
    for _ in range(2):
        with pytest.raises(AgainstTheLaw) as refused:
            fill(work_as("officer_1"), case_id, "停")
    assert refused.value.rule == "R_TEST_BLOCK"
    assert refused.value.article == "行政处罚法#54"
    assert refused.value.remedy == "更正摘要后重新提交"
    found = engine.list_alerts(work_as("officer_2"), case_id=case_id)["items"]
    assert [(a["rule"], a["mode"], a["status"], a["facts"]) for a in found] == [
        ("R_TEST_BLOCK", "block", "open", {"case_summary": "停"})
    ]
    with pytest.raises(Refusal, match="严重预警"):
        engine.answer_alert(work_as("head_1"), str(found[0]["id"]), "released", "情况特殊")
    fill(work_as("officer_1"), case_id, "六轴车辆超限运输,现场称重")


def test_a_block_below_critical_is_released_by_the_head_with_a_reason(small: Node, begin: Begin, work_as: As) -> None:
    with_rules(small, "high")
    case_id = str(begin()["case_id"])
    with pytest.raises(AgainstTheLaw):
        fill(work_as("officer_1"), case_id, "停")
    alert = str(engine.list_alerts(work_as("officer_1"))["items"][0]["id"])
    with pytest.raises(Refusal, match="负责人"):
        engine.answer_alert(work_as("officer_1"), alert, "released", "情况特殊")
    with pytest.raises(Refusal):
        engine.answer_alert(work_as("head_1"), alert, "released", " ")
    with pytest.raises(NotFound):
        engine.answer_alert(work_as("sister_officer"), alert, "answered", "x")
    engine.answer_alert(work_as("head_1"), alert, "released", "已核实")
    fill(work_as("officer_1"), case_id, "停")
    with pytest.raises(Refusal, match="已处理"):
        engine.answer_alert(work_as("head_1"), alert, "answered", "再处理")


def test_a_warning_is_given_once_and_says_what_in_it_is_unconfirmed(small: Node, begin: Begin, work_as: As) -> None:
    with_rules(small, "critical")
    case_id = str(begin()["case_id"])
    fill(work_as("officer_1"), case_id, "短")
    for element in ("look", "ask"):
        work = work_as("officer_1")
        with work.transaction():
            row = work.one("select id from work_item where subject_id = %s and element = %s", (case_id, element))
        assert row is not None
        engine.complete(work_as("officer_1"), str(row["id"]), {})
    found = [
        a for a in engine.list_alerts(work_as("officer_1"), case_id=case_id)["items"] if a["rule"] == "R_TEST_WARN"
    ]
    assert len(found) == 1
    assert "缺省值" in found[0]["unconfirmed"]


def test_an_unanswered_alert_escalates_once(small: Node, begin: Begin, work_as: As, clock: SettableClock) -> None:
    case_id = str(begin()["case_id"])
    work = work_as("officer_1")
    with work.transaction():
        raise_alert(work, {"agency_id": 440100, "category": "01"}, case_id, "NOTIFY:x", severity="high", message="看")
    clock.move(timedelta(hours=71))
    engine.sweep(small)
    assert engine.list_alerts(work_as("officer_1"), severity="high")["items"][0]["escalated_at"] is None
    clock.move(timedelta(hours=2))
    engine.sweep(small)
    row = engine.list_alerts(work_as("officer_1"), severity="high")["items"][0]
    assert row["escalate_to"] == "head"
    assert row["alert_to"] == ["head"]
    first = row["escalated_at"]
    clock.move(timedelta(hours=100))
    engine.sweep(small)
    assert engine.list_alerts(work_as("officer_1"), severity="high")["items"][0]["escalated_at"] == first


def test_pages_of_alerts_and_the_quality_report(small: Node, begin: Begin, work_as: As, clock: SettableClock) -> None:
    case_id = str(begin()["case_id"])
    work = work_as("officer_1")
    for n in range(5):
        clock.move(timedelta(seconds=1))
        with work.transaction():
            raise_alert(
                work,
                {"agency_id": 440100, "category": "01"},
                case_id,
                f"NOTIFY:{n % 2}",
                severity="medium",
                message="看",
            )
    seen, after = [], None
    while True:
        page = engine.list_alerts(work_as("officer_1"), limit=2, after=after)
        seen += [a["id"] for a in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert {(a["kind"], a["case_id"]) for a in page["items"]} == {("case", UUID(case_id))}
    assert all(a["about"] for a in page["items"]), "an alert names what it is about"
    engine.answer_alert(work_as("officer_1"), str(seen[0]), "false_alarm", "重复提醒")
    with pytest.raises(NotAllowed):
        engine.alert_quality(work_as("officer_1"))
    report = engine.alert_quality(work_as("supervisor_1"))
    assert report[0] == {
        "rule": "NOTIFY",  # one line for what processes tell, whomever it is about
        "name": "流程通知",
        "total": 5,
        "open": 4,
        "answered": 0,
        "released": 0,
        "false_alarm": 1,
    }
