"""Answers become facts only through the form; everything wrong is said at once, with the remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from content.releases import Release
from engine import forms
from kernel.errors import InvalidAnswers

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSON = "11010519491231002X"


def filled(
    release: Release, form: str, answers: dict[str, Any], facts: dict[str, Any] | None = None, role: str = "officer"
) -> dict[str, Any]:
    return forms.check(release.form(form), answers, facts or {}, {role}, release, NOW)


def wrong(
    release: Release, form: str, answers: dict[str, Any], facts: dict[str, Any] | None = None, role: str = "officer"
) -> dict[str, str]:
    with pytest.raises(InvalidAnswers) as refused:
        filled(release, form, answers, facts, role)
    return refused.value.fields


def test_right_answers_become_normalised_facts(release: Release) -> None:
    answers = {"case_cause": " 超限运输 ", "party_name": "张三", "party_is_person": True, "party_id_no": PERSON.lower()}
    assert filled(release, "good_filing", answers) == {
        "case_cause": "超限运输",
        "party_name": "张三",
        "party_is_person": True,
        "party_id_no": PERSON,
    }


def test_all_faults_are_said_at_once(release: Release) -> None:
    fields = wrong(release, "good_filing", {"party_is_person": True, "plate_no": "x", "weather": 1})
    assert fields.keys() == {"case_cause", "party_name", "party_id_no", "plate_no", "weather"}
    assert fields["case_cause"] == "请填写“案由”(写违法行为名称)"
    assert "没有这个栏目" in fields["weather"]


def test_a_field_that_is_hidden_is_not_required(release: Release) -> None:
    assert "party_id_no" not in filled(release, "good_filing", {"case_cause": "超限", "party_name": "甲公司"})


def test_an_answer_to_a_hidden_field_is_refused(release: Release) -> None:
    answers = {"case_cause": "超限", "party_name": "甲公司", "party_is_person": False, "party_id_no": PERSON}
    assert "不适用" in wrong(release, "good_filing", answers)["party_id_no"]


def test_a_hidden_field_sent_empty_is_no_fault(release: Release) -> None:
    answers = {"case_cause": "超限", "party_name": "甲公司", "party_is_person": False, "party_id_no": ""}
    assert "party_id_no" not in filled(release, "good_filing", answers)


def test_what_the_case_knows_need_not_be_repeated(release: Release) -> None:
    facts = {"case_cause": "超限运输", "party_name": "张三"}
    assert filled(release, "good_filing", {"plate_no": "粤B12345"}, facts) == {"plate_no": "粤B12345"}


def test_a_required_fact_cannot_be_cleared(release: Release) -> None:
    assert "case_cause" in wrong(
        release, "good_filing", {"case_cause": ""}, {"case_cause": "超限", "party_name": "张三"}
    )


def test_an_optional_fact_can_be_cleared(release: Release) -> None:
    facts = {"case_cause": "超限", "party_name": "张三", "plate_no": "粤B12345"}
    assert filled(release, "good_filing", {"plate_no": None}, facts) == {"plate_no": None}


def test_only_the_role_with_the_right_may_fill_a_field(release: Release) -> None:
    facts = {"case_cause": "超限", "party_name": "张三", "head_note": "从速"}
    assert "无权填写" in wrong(release, "good_filing", {"head_note": "改"}, facts)["head_note"]
    assert filled(release, "good_filing", {"head_note": "从速"}, facts) == {}, (
        "what a reader sends back unchanged is no change"
    )
    assert filled(release, "good_filing", {"head_note": "改"}, facts, role="head") == {"head_note": "改"}


def test_a_section_appears_with_the_fact_it_is_about(release: Release) -> None:
    light = filled(release, "good_record", {"gross_kg": 40000, "interviews": [{}]} | ROWS)
    assert "overload_rate" not in light
    assert "overload_rate" in wrong(release, "good_record", {"gross_kg": 55000} | ROWS)


ROWS = {"interviews": [{"interviewee": "张三", "asked_at": "2026-03-02T09:00:00+08:00"}]}


def test_rows_are_judged_one_by_one(release: Release) -> None:
    fields = wrong(
        release, "good_record", {"interviews": [{"interviewee": "张三"}, {"asked_at": "2026-03-02T09:00:00+08:00"}]}
    )
    assert fields == {
        "interviews.0.asked_at": "第 1 行请填写“询问时间”",
        "interviews.1.interviewee": "第 2 行请填写“被询问人”",
    }
    assert "最多 3 项" in wrong(release, "good_record", {"interviews": ROWS["interviews"] * 4})["interviews"]


NOTICE = {"noticed_on": "2026-03-03", "service_method": "direct"}


def test_a_computed_field_is_rounded_to_fen_and_cannot_be_typed(release: Release) -> None:
    assert filled(release, "good_notice", {**NOTICE, "fine_amount": "100.01"})["half_fine"] == "50.01"
    assert "系统计算" in wrong(release, "good_notice", {**NOTICE, "fine_amount": "100", "half_fine": "1"})["half_fine"]


def test_the_forms_own_check_sees_parameters(release: Release) -> None:
    fields = wrong(release, "good_notice", {**NOTICE, "fine_amount": "30000.01"})
    assert fields == {"fine_amount": "罚款不得高于标准"}
    allowed = forms.check(
        release.form("good_notice"),
        {**NOTICE, "fine_amount": "30000.01"},
        {},
        {"head"},
        release,
        NOW,
        {"fine_limit": 50000},
    )
    assert allowed["fine_amount"] == "30000.01", "what the agency confirmed goes before the content's value"


def test_a_check_waits_for_right_values(release: Release) -> None:
    assert wrong(release, "good_notice", {**NOTICE, "fine_amount": "many"}).keys() == {"fine_amount"}


def test_facts_of_a_message_are_checked_by_their_elements(release: Release) -> None:
    assert forms.check_facts({"remark": "没有异议", "fine_amount": ""}, release) == {"remark": "没有异议"}
    with pytest.raises(InvalidAnswers) as refused:
        forms.check_facts({"weather": 1, "gross_kg": "x"}, release)
    assert refused.value.fields.keys() == {"weather", "gross_kg"}


def test_what_is_asked_anew_is_not_taken_from_the_time_before(release: Release) -> None:
    form = release.form("good_filing")
    again = {"case_cause", "plate_no"}
    sections = tuple(
        replace(s, fields=tuple(replace(f, anew=f.element in again) for f in s.fields)) for s in form.sections
    )
    asked, facts = (
        replace(form, sections=sections),
        {"case_cause": "超限", "party_name": "张三", "plate_no": "粤B12345"},
    )
    assert forms.prefill(asked, facts, release, NOW) == {"party_name": "张三"}
    assert (
        forms.prefill(asked, facts, release, NOW, whole=True) == facts
    )  # a form that was returned is mended, not written anew
    with pytest.raises(InvalidAnswers) as refused:
        forms.check(asked, {}, facts, {"officer"}, release, NOW)
    assert refused.value.fields.keys() == {"case_cause"}
    made = forms.check(asked, {"case_cause": "超限"}, facts, {"officer"}, release, NOW)
    assert made == {"case_cause": "超限", "plate_no": None}  # the plate of the time before does not stay


def test_a_draft_may_be_unfinished_but_not_foreign(release: Release) -> None:
    form = release.form("good_filing")
    assert forms.check_draft(form, {"plate_no": "粤B1"}, {"officer"}) == {"plate_no": "粤B1"}
    for foreign in ({"weather": 1}, {"head_note": "x"}, {"case_cause": "长" * 400_000}):
        with pytest.raises(InvalidAnswers):
            forms.check_draft(form, foreign, {"officer"})


def test_a_form_shows_what_the_case_knows(release: Release) -> None:
    facts = {"case_cause": "超限", "gross_kg": 1, "plate_no": None}
    assert forms.prefill(release.form("good_filing"), facts, release, NOW) == {"case_cause": "超限"}


def test_a_default_knows_who_fills_in_the_form(release: Release) -> None:
    form = release.form("good_filing")
    sections = tuple(
        replace(s, fields=tuple(replace(f, default="me") if f.element == "party_name" else f for f in s.fields))
        for s in form.sections
    )
    asked = replace(form, sections=sections)
    assert forms.prefill(asked, {}, release, NOW, "王芳")["party_name"] == "王芳"
    assert forms.prefill(asked, {"party_name": "张三"}, release, NOW, "王芳")["party_name"] == "张三"
    assert "party_name" not in forms.prefill(asked, {}, release, NOW)  # whoever only looks is not named


def test_what_is_asked_anew_begins_with_its_default(release: Release) -> None:
    form = release.form("good_filing")
    sections = tuple(
        replace(
            s,
            fields=tuple(replace(f, default="me", anew=True) if f.element == "party_name" else f for f in s.fields),
        )
        for s in form.sections
    )
    shown = forms.prefill(replace(form, sections=sections), {"party_name": "张三"}, release, NOW, "王芳")
    assert shown["party_name"] == "王芳"


def test_the_schema_says_what_a_client_can_check(release: Release) -> None:
    schema = forms.json_schema(release.form("good_filing"), release, {"officer"})
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["case_cause", "party_name"]
    assert schema["additionalProperties"] is False
    assert "head_note" not in schema["properties"]
    assert schema["properties"]["case_cause"]["maxLength"] == 20
    assert schema["properties"]["party_id_no"]["x-visible"] == "当事人是个人 = true"
    notice = forms.json_schema(release.form("good_notice"), release)["properties"]
    assert [one["const"] for one in notice["service_method"]["oneOf"]] == ["direct", "left"], (
        "a retired code is not offered"
    )
    assert "half_fine" not in notice
    rows = forms.json_schema(release.form("good_record"), release)["properties"]["interviews"]
    assert (rows["minItems"], rows["maxItems"], rows["items"]["required"]) == (1, 3, ["interviewee"])


def test_a_drawn_form_hides_what_the_role_may_not_see(release: Release) -> None:
    drawn = forms.describe(release.form("good_filing"), {"officer"}, release)
    rights = {field["element"]: field["right"] for field in drawn["sections"][0]["fields"]}
    assert rights["head_note"] == "read"
    assert rights["case_cause"] == "edit"
