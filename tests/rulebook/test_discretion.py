"""Discretion: tiers, ranges, grounds, triggers, law in force by date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rulebook.discretion import (
    BadDiscretion,
    Book,
    Finding,
    combined_cap,
    discretion,
    load_book,
    narrowing_faults,
    overload,
    rule_on,
    with_parameters,
)
from engine.rulebook.examples import discretion_faults

FOLDER = Path(__file__).parents[2] / "rules/national/discretion"
FILES = [yaml.safe_load(p.read_bytes()) for p in sorted(FOLDER.glob("*.yaml"))]
BOOK = load_book(FILES)
ACT, NOW = date(2026, 9, 1), date(2026, 9, 20)


def find(code: str, act: date = ACT, now: date = NOW, book: Book = BOOK, **facts: Any) -> Finding:
    return discretion(book, code, facts, act, now)


def test_all_items_of_the_catalogue_are_there_and_their_examples_come_true() -> None:
    assert len(BOOK.items) == 144
    assert {item.category for item in BOOK.items.values()} == {f"0{n}" for n in range(1, 9)}
    assert discretion_faults(BOOK) == []


def test_illegal_income_exactly_at_the_threshold_follows_the_wording() -> None:
    at = find("L020001", illegal_income=20000).main  # “超过”:恰等于阈值按区间
    assert at is not None
    assert (at.minimum, at.maximum) == (Decimal(10000), Decimal(100000))
    above = find("L020001", illegal_income="20000.01").main
    assert above is not None
    assert (above.minimum, above.maximum) == (Decimal("40000.02"), Decimal("200000.10"))
    gte = find("L030001", illegal_income=30000).main  # “以上”:恰等于阈值按倍数
    assert gte is not None
    assert (gte.minimum, gte.maximum) == (Decimal("30000.00"), Decimal("150000.00"))


def test_low_income_is_confiscated_all_the_same() -> None:
    assert find("L020001", illegal_income=500).confiscate == Decimal(500)


def test_severe_circumstances_take_their_own_range_without_a_tier() -> None:
    charge = find("L020002", illegal_income=0, severe=True).main
    assert charge is not None
    assert (charge.phase, charge.minimum, charge.maximum) == ("severe", Decimal(10000), Decimal(50000))
    assert charge.suggested is None
    assert "由承办人填写" in charge.reasons[-1]


def test_persons_in_charge_are_charged_only_when_correction_is_overdue() -> None:
    assert [c.range for c in find("L020027", violations_in_year=1).charges] == ["main"]
    both = find("L020027", violations_in_year=1, overdue_correction=True, overdue_days=10)
    assert [c.range for c in both.charges] == ["main", "persons_overdue"]
    assert both.charges[1].maximum == Decimal(50000)


def test_a_fine_with_a_precondition_waits_for_it() -> None:
    charge = find("L020006", refused_correction=False).main
    assert charge is not None
    assert charge.met is False
    assert charge.suggested is None
    finding = find("L020006", refused_correction=False)
    assert not rule_on(finding, charge, Decimal(5000)).allowed


def test_persons_and_organizations_have_their_own_ranges() -> None:
    person = find("L040005", party_type="person", violations_in_year=2)
    organization = find("L040005", party_type="organization", violations_in_year=2)
    assert [c.maximum for c in person.charges] == [Decimal(2000)]
    assert [c.maximum for c in organization.charges] == [Decimal(50000)]
    assert "party_type" in find("L040005").missing


@pytest.mark.parametrize(
    ("act", "now", "low", "high", "current"),
    [
        (date(2026, 9, 1), date(2026, 9, 20), 10000, 100000, True),
        (date(2025, 3, 1), date(2025, 6, 1), 0, 100000, False),
        (date(2025, 3, 1), date(2026, 9, 1), 0, 100000, False),  # 旧规定无下限,较轻
        (date(2022, 3, 1), date(2026, 9, 1), 10000, 100000, True),  # 新规定下限较低,较轻
        (date(2022, 3, 1), date(2024, 5, 1), 0, 100000, False),
    ],
)
def test_the_law_of_the_act_or_the_milder_new_one(act: date, now: date, low: int, high: int, current: bool) -> None:
    finding = find("L060025", act, now, violations_in_year=2)
    charge = finding.main
    assert charge is not None
    assert (charge.minimum, charge.maximum) == (Decimal(low), Decimal(high))
    assert finding.law.current is current


def test_an_act_before_every_known_law_is_left_to_the_lawyers() -> None:
    finding = find("L020027", date(2025, 5, 1), NOW)
    assert finding.law.unresolved
    assert finding.charges == ()


def test_an_old_act_under_a_newer_text_is_flagged() -> None:
    laws = {"道路运输条例": date(2023, 7, 20)}
    finding = discretion(BOOK, "L020010", {}, date(2022, 1, 1), NOW, laws=laws)
    assert any("从旧兼从轻" in text for text in finding.unconfirmed)


@pytest.mark.parametrize(
    ("facts", "ground"),
    [
        ({"party_age": 13}, "under_14"),
        ({"mental_incapable": True}, "mental_incapable"),
        ({"slight": True, "corrected_in_time": True, "no_harm": True}, "slight_no_harm"),
        ({"no_fault_proven": True}, "no_fault"),
    ],
)
def test_grounds_of_no_penalty_forbid_the_fine(facts: dict[str, Any], ground: str) -> None:
    finding = find("L010010", violations_in_year=2, **facts)
    assert ground in [f.id for f in finding.no_penalty]
    assert finding.main is not None
    ruling = rule_on(finding, finding.main, Decimal(3000))
    assert not ruling.allowed
    assert ruling.article.startswith("行政处罚法#3")


def test_a_first_slight_violation_may_go_unpunished_but_need_not() -> None:
    finding = find("L010010", violations_in_year=1, first_time=True, slight_harm=True, corrected_in_time=True)
    assert [(f.id, f.must) for f in finding.no_penalty] == [("first_slight_harm", False)]
    assert finding.main is not None
    assert rule_on(finding, finding.main, Decimal(1500)).allowed


def test_lighter_grounds_lower_the_suggestion_within_the_tier() -> None:
    plain = find("L010010", violations_in_year=2).main
    lighter = find("L010010", violations_in_year=2, confessed=True).main
    assert plain is not None
    assert lighter is not None
    assert (plain.suggested, lighter.suggested) == (Decimal("2800.00"), Decimal("2560.00"))


def test_outside_the_tier_needs_a_reason_and_the_collective_discussion() -> None:
    finding = find("L010010", violations_in_year=2)
    charge = finding.main
    assert charge is not None
    assert rule_on(finding, charge, Decimal(2200)).allowed
    assert not rule_on(finding, charge, Decimal(3400)).allowed  # 阶次含下限不含上限
    assert "理由" in rule_on(finding, charge, Decimal(4500)).message
    assert "集体讨论" in rule_on(finding, charge, Decimal(4500), reason="影响恶劣").message
    assert rule_on(finding, charge, Decimal(4500), reason="影响恶劣", discussed=True).allowed
    assert rule_on(finding, charge, Decimal(5001), reason="影响恶劣", discussed=True).kind == "above"


def test_below_the_statutory_minimum_only_with_a_mitigating_ground() -> None:
    none = find("L010010", violations_in_year=2)
    assert none.main is not None
    assert rule_on(none, none.main, Decimal(500), reason="困难", discussed=True).kind == "below"
    merit = find("L010010", violations_in_year=2, merit=True)
    assert merit.main is not None
    ruling = rule_on(merit, merit.main, Decimal(500), reason="立功", discussed=True)
    assert (ruling.allowed, ruling.kind, ruling.article) == (True, "mitigated", "行政处罚法#32")


def test_hearing_and_review_follow_the_agencys_amounts_and_say_when_unconfirmed() -> None:
    facts = {"violations_in_year": 2, "party_type": "person"}
    before = find("L010021", **facts)  # 建议 22500 元
    assert [t.id for t in before.hearing] == ["hearing_fine"]
    assert any("较大数额罚款(公民)" in text for text in before.unconfirmed)
    own = with_parameters(BOOK, {"hearing_amount_person": {"value": "30000", "basis": "本省听证规定"}})
    after = find("L010021", book=own, **facts)
    assert after.hearing == ()
    assert not any("较大数额罚款(公民)" in text for text in after.unconfirmed)
    assert after.versions["parameter:hearing_amount_person"] == "30000"


def test_a_person_in_charge_has_the_hearing_amount_of_persons() -> None:
    facts = {"violations_in_year": 1, "leak": False, "corrected_in_time": True, "party_type": "organization"}
    own = with_parameters(BOOK, {"hearing_amount_organization": {"value": "1000000", "basis": "本省听证规定"}})
    assert find("L020027", book=own, **facts).hearing == ()
    late = find("L020027", book=own, overdue_correction=True, overdue_days=20, **facts)  # 责任人员 3 万余元
    assert [t.id for t in late.hearing] == ["hearing_fine"]


def test_an_item_that_punishes_persons_only_has_them_as_its_main_charge() -> None:
    finding = find("L060008", leak=True)
    assert finding.main is not None
    assert finding.main.range == "persons"


def test_revoking_a_licence_needs_a_hearing_whatever_the_fine() -> None:
    assert [t.id for t in find("L020009", refused_insurance=True).hearing] == ["hearing_licence"]
    assert find("L060001", scrapped=True).hearing[0].id == "hearing_vessel"


def test_illustrative_tiers_say_so() -> None:
    assert any("示例" in text for text in find("L010010", violations_in_year=2).unconfirmed)
    assert not any("示例" in text for text in find("L010001", dig_sqm=3).unconfirmed)


def test_what_a_graver_tier_would_need_is_listed() -> None:
    finding = find("L010001", dig_sqm=3)
    assert any("特别严重" in text and "造成严重后果" in text for text in finding.undecided)


def test_a_large_vehicle_off_its_permit_pays_both_fines() -> None:
    finding = find(
        "L010008", violations_in_year=2, over_kg=2500, oversize=True, height_mm=4300, width_mm=2500, length_mm=18000
    )
    assert finding.main is not None
    assert finding.main.suggested == Decimal("1600.00")


def test_fines_for_weight_and_size_together_stay_under_the_cap() -> None:
    total, cuts = combined_cap(BOOK, {"L010006": Decimal(30000), "L010007": Decimal(2000), "L010010": Decimal(1000)})
    assert total == Decimal(31000)
    assert "30000" in cuts[0]


def test_the_outline_is_measured_too() -> None:
    measured = overload(BOOK, axles=6, train=True, gross_kg=49000, height_mm=4001, width_mm=2550, length_mm=18100)
    assert measured.over_kg == 0
    assert measured.oversize == ("高 4001 毫米超过 4000 毫米",)
    with pytest.raises(BadDiscretion, match="没有 7 轴货车"):
        overload(BOOK, axles=7, train=False, gross_kg=49000)


def test_a_province_may_narrow_and_never_widen() -> None:
    def province(**change: Any) -> Book:
        files = [yaml.safe_load(yaml.safe_dump(f)) for f in FILES]
        item = next(i for f in files for i in f.get("items", []) if i["id"] == "L010010")
        item["ranges"][0].update(change)
        return load_book(files)

    assert narrowing_faults(BOOK, BOOK) == []
    assert any("超出" in f for f in narrowing_faults(BOOK, province(max="6000")))
    tight = narrowing_faults(BOOK, province(min="1000", max="5000"))
    assert tight == []


def test_the_same_inputs_give_the_same_answer() -> None:
    first = find("L010010", violations_in_year=2).as_dict()
    assert find("L010010", violations_in_year=2, book=load_book(FILES)).as_dict() == first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ranges": [{"id": "main", "type": "fixed", "min": 1.5, "max": "2"}]}, "带引号"),
        ({"ranges": [{"id": "main", "type": "fixed", "min": "3", "max": "2"}]}, "min 大于 max"),
        ({"ranges": [{"id": "main", "type": "odd", "min": "1", "max": "2"}]}, "type 只能是"),
        ({"tiers": [{"range": "other", "steps": []}]}, "不存在"),
        ({"basis": ""}, "缺少 basis"),
    ],
)
def test_faulty_items_are_refused_in_chinese(change: dict[str, Any], message: str) -> None:
    item = next(i for f in FILES for i in f.get("items", []) if i["id"] == "L010010")
    with pytest.raises(BadDiscretion, match=message):
        load_book([{"bases": dict(BOOK.bases), "items": [{**item, **change}]}])


def test_bad_facts_and_parameters_are_refused() -> None:
    with pytest.raises(BadDiscretion, match="十进制"):
        find("L010006", over_kg=1.5)
    with pytest.raises(BadDiscretion, match="依据"):
        with_parameters(BOOK, {"remainder_rule": {"value": "ceil"}})
    with pytest.raises(BadDiscretion, match="没有编号"):
        find("L999999")


CIRCUMSTANCES = st.fixed_dictionaries(
    {
        "violations_in_year": st.integers(1, 6),
        "illegal_income": st.integers(0, 500_000),
        "contract_price": st.integers(1, 10_000_000),
        "unit_fine": st.integers(1, 1_000_000),
        "diverted_cost": st.integers(1, 1_000_000),
        "timber_value": st.integers(1, 100_000),
        "over_kg": st.integers(0, 90_000),
        "party_type": st.sampled_from(["person", "organization"]),
    },
    optional={name: st.booleans() for name, kind in BOOK.types.items() if kind == "boolean"},
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(BOOK.items)), CIRCUMSTANCES)
def test_every_suggestion_lies_in_its_tier_and_the_law(code: str, facts: dict[str, Any]) -> None:
    finding = discretion(BOOK, code, facts, ACT, NOW)
    for charge in finding.charges:
        if charge.suggested is None or charge.minimum is None or charge.maximum is None:
            continue
        assert charge.tier_minimum is not None
        assert charge.tier_maximum is not None
        assert charge.minimum <= charge.tier_minimum <= charge.suggested <= charge.tier_maximum <= charge.maximum
