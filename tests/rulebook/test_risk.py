"""Risk rules: what fires, what does not, and what may become of an alert."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.rulebook.risk import (
    BadRisk,
    State,
    answer,
    as_dict,
    escalates,
    evaluate,
    lets_through,
    load_risks,
    quality,
    reads_of,
    risk_faults,
    with_thresholds,
)

FOLDER = Path(__file__).parents[2] / "rules/national/risk"
FILES = [yaml.safe_load(p.read_bytes()) for p in sorted(FOLDER.glob("*.yaml"))]
RISKS = load_risks(FILES)
CN = timezone(timedelta(hours=8))


def test_every_rule_of_the_catalogue_is_there_and_its_examples_come_true() -> None:
    assert len(RISKS.rules) == 102
    assert {rule.severity for rule in RISKS.rules.values()} <= {"critical", "high", "medium", "info"}
    assert risk_faults(RISKS) == []


def test_an_empty_case_raises_no_alert() -> None:
    assert evaluate(RISKS, {}) == []


@pytest.mark.parametrize("clocks", [5, "DL_SEIZURE", [], None])
def test_clocks_that_are_none_raise_no_alert_and_no_fault(clocks: object) -> None:
    """An example in content may say anything: the check tells of it, it does not fall over."""
    assert evaluate(RISKS, {"clocks": clocks}) == []


def test_an_alert_says_which_facts_article_act_and_addressee() -> None:
    (alert,) = evaluate(RISKS, {"procedure_type": "summary", "party_type": "person", "fine_amount": Decimal(500)})
    shown = as_dict(alert)
    assert shown["rule"] == "R_SUMMARY_OVER_LIMIT"
    assert shown["facts"] == {"fine_amount": "500", "party_type": "person", "procedure_type": "summary"}
    assert shown["articles"] == ["行政处罚法#51"]
    assert shown["act"]
    assert shown["alert_to"]
    assert shown["version"] == RISKS.rules["R_SUMMARY_OVER_LIMIT"].version


def test_alerts_come_gravest_first() -> None:
    found = evaluate(RISKS, {"certificate_days_left": 30, "surcharge_amount": Decimal(2), "fine_amount": Decimal(1)})
    assert [alert.severity for alert in found] == ["critical", "medium"]


def test_a_critical_block_is_never_released() -> None:
    (alert,) = evaluate(RISKS, {"service_method": "electronic"})
    with pytest.raises(BadRisk, match="不得放行"):
        answer(RISKS, alert, State.RELEASED, by="head", reason="情况特殊")
    assert answer(RISKS, alert, State.ANSWERED, by="officer", reason="已补签确认书").state is State.ANSWERED


def test_a_high_block_is_released_by_the_head_with_a_reason() -> None:
    (alert,) = evaluate(RISKS, {"remedy_pending": True, "surcharge_running": True})
    with pytest.raises(BadRisk, match="负责人"):
        answer(RISKS, alert, State.RELEASED, by="officer", reason="已停止累计")
    with pytest.raises(BadRisk, match="理由"):
        answer(RISKS, alert, State.RELEASED, by="head", reason=" ")
    released = answer(RISKS, alert, State.RELEASED, by="head", reason="已停止累计")
    assert not released.blocks
    with pytest.raises(BadRisk, match="已处理"):
        answer(RISKS, released, State.FALSE_ALARM, by="head", reason="误报")


def test_an_expired_seizure_lets_only_its_end_through() -> None:
    (alert,) = evaluate(
        RISKS, {"clocks": {"DL_SEIZURE": {"elapsed": True, "running": True}}}, only=["R_SEIZURE_OVERDUE"]
    )
    assert lets_through(RISKS, alert, "解除")
    assert not lets_through(RISKS, alert, "延长")
    with pytest.raises(BadRisk, match="只放行"):
        answer(RISKS, alert, State.RELEASED, by="head", reason="需要继续扣押", act="延长")


def test_thresholds_are_the_agencys_and_say_when_unconfirmed() -> None:
    facts: dict[str, Any] = {"papers": {"E43": {"working_days_since": 6}}}
    (alert,) = evaluate(RISKS, facts, only=["R_OFFSITE_NOT_NOTIFIED"])
    assert "缺省值" in alert.unconfirmed[0]
    own = with_thresholds(RISKS, {"offsite_notice_days": {"value": "10", "basis": "本省规定"}})
    assert evaluate(own, facts, only=["R_OFFSITE_NOT_NOTIFIED"]) == []
    with pytest.raises(BadRisk, match="依据"):
        with_thresholds(RISKS, {"offsite_notice_days": {"value": "10"}})


def test_unanswered_alerts_go_to_the_next_role() -> None:
    (alert,) = evaluate(RISKS, {"service_method": "electronic"})
    raised = datetime(2026, 3, 2, 9, tzinfo=CN)
    assert escalates(RISKS, alert, raised, raised + timedelta(hours=23)) is None
    assert escalates(RISKS, alert, raised, raised + timedelta(hours=24)) == "supervisor"


def test_the_quality_report_counts_false_alarms_per_rule() -> None:
    (alert,) = evaluate(RISKS, {"certificate_days_left": 30})
    false = answer(RISKS, alert, State.FALSE_ALARM, by="self", reason="已换证")
    (row,) = quality([alert, false])
    assert (row["total"], row["open"], row["false_alarm"]) == (2, 1, 1)


def test_the_engine_learns_what_to_load() -> None:
    assert reads_of(RISKS, ["R_ESERVICE_NO_CONSENT"]) == {"service_method", "e_service_consent"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"when": "1 +"}, "R_SURCHARGE_CAP"),
        ({"severity": "grave"}, "severity 只能是"),
        ({"mode": "warn"}, "mode_reason"),
        ({"act": ""}, "缺少 act"),
    ],
)
def test_faulty_rules_are_refused_in_chinese(change: dict[str, Any], message: str) -> None:
    entry = next(e for f in FILES for e in f.get("risks", []) if e["id"] == "R_SURCHARGE_CAP")
    with pytest.raises(BadRisk, match=message):
        load_risks([{"risks": [{**entry, **change}]}])


def test_an_example_that_does_not_come_true_is_a_fault() -> None:
    entry = next(e for f in FILES for e in f.get("risks", []) if e["id"] == "R_SURCHARGE_CAP")
    faulty = load_risks([{"risks": [{**entry, "fires": entry["quiet"]}]}])
    assert risk_faults(faulty) == ["R_SURCHARGE_CAP:例子 fires 没有触发预警"]
    assert "未登记" in risk_faults(load_risks([{"risks": [entry]}]), elements=["fine_amount"])[0]
