"""What the desk is told: how a half-filled form stands, what follows a step, what waits, which cases are about the same."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import yaml

from content import load, releases
from engine import forms, workbench
from engine.checks.ground import Ground
from engine.definitions import definition
from kernel.errors import InvalidAnswers
from kernel.settings import ROOT
from kernel.work import LOCAL

NOW = datetime(2026, 3, 31, 12, tzinfo=LOCAL)  # after everything that the story tells of at its start
STORY = ROOT / "processes/national/case_ordinary/stories/paid_in_time.yaml"


@pytest.fixture(scope="module")
def release():
    return releases.make(load.tree(ROOT))


@pytest.fixture(scope="module")
def intake():
    """The answers of a start form that is accepted."""
    facts = yaml.safe_load(STORY.read_text(encoding="utf-8"))["start"]["facts"]
    return {k: f"{v.isoformat()}+08:00" if hasattr(v, "isoformat") else _zoned(v) for k, v in facts.items()}


def _zoned(value):
    is_moment = isinstance(value, str) and len(value) == 16 and value[10] == "T"
    return f"{value}:00+08:00" if is_moment else value


def stands(release, answers, key="case_intake", facts=None):
    return forms.filled(release.form(key), answers, facts or {}, {"officer"}, release, NOW)


def test_fields_show_and_ask_for_one_another(release):
    empty = stands(release, {})
    assert "source_organ" not in empty["visible"]
    assert "case_source" in empty["required"]
    assigned = stands(release, {"case_source": "superior_assigned"})
    assert "source_organ" in assigned["visible"]
    assert "source_organ" in assigned["required"]


def test_nothing_is_wrong_with_what_is_not_filled_in_yet(release):
    assert stands(release, {})["wrong"] == {}


def test_what_is_given_and_wrong_is_said_at_its_place(release):
    found = stands(release, {"case_source": "nowhere", "axle_count": "六"})
    assert "请从列表中选择" in found["wrong"]["case_source"]
    assert "axle_count" in found["wrong"]


def test_what_the_form_checks_is_said_while_it_is_filled_in(release, intake):
    late = {**intake, "accepted_at": "2026-03-01T08:40:00+08:00"}
    assert "受案时间不得早于违法行为发生时间" in stands(release, late)["wrong"].values()


def test_an_accepted_form_stands_without_fault_and_a_gap_in_it_is_refused_as_the_screen_said(release, intake):
    found = stands(release, intake)
    assert found["wrong"] == {}
    assert set(found["required"]) <= intake.keys()
    form = release.form("case_intake")
    for missing in found["required"]:
        with pytest.raises(InvalidAnswers) as refused:
            forms.check(form, {k: v for k, v in intake.items() if k != missing}, {}, {"officer"}, release, NOW)
        assert missing in refused.value.fields


def test_each_way_on_is_told_with_who_and_until_when(release):
    which = definition(release, "case_ordinary")
    after = {one["element"]: one for one in workbench.following(which, [("file_case",)])}
    assert after["review_filing"]["role"] == "unit_head"
    assert after["review_filing"]["clock"] == "立案审批"
    names = [one["name"] for one in workbench.following(which, [("approve_filing",)])]
    assert "现场检查并制作现场笔录" in names


def test_what_follows_the_service_of_one_paper_is_not_what_follows_that_of_another(release):
    which = definition(release, "case_ordinary")
    after = {one["element"] for one in workbench.following(which, [("serve_notice", "complete_receipt")])}
    assert {"statement_received", "waiver_received"} <= after
    assert "publicise_decision" not in after


def test_the_discretion_stands_beside_the_amount_it_is_about(release):
    facts = {"discretion_tier": "较轻", "suggested_fine": "3000.00", "fine_min": "1000.00", "fine_max": "5000.00"}
    beside = workbench.discretion_beside(release.form("penalty_proposal"), facts)
    assert beside["field"] == "fine_amount"
    assert Decimal(beside["suggested"]) == 3000
    assert workbench.discretion_beside(release.form("filing"), facts) is None
    assert workbench.discretion_beside(release.form("penalty_proposal"), {}) is None


def test_what_is_said_to_have_come_in_after_today_is_refused(release, intake):
    came = datetime.fromisoformat(intake["accepted_at"])
    form = release.form("case_intake")
    with pytest.raises(InvalidAnswers) as refused:
        forms.check(form, intake, {}, {"officer"}, release, came - timedelta(days=1))
    assert refused.value.fields["accepted_at"] == "受案时间不得晚于今天"
    assert forms.check(form, intake, {}, {"officer"}, release, came)["accepted_at"]
    assert "accepted_at" in forms.filled(form, intake, {}, {"officer"}, release, came - timedelta(days=1))["wrong"]


def test_a_form_that_calls_for_a_clock_it_has_not_is_refused_by_the_check():
    ground = Ground(load.tree(ROOT))
    assert ground.wrong("受案时间 <= now", ground.form_names) is None
    assert "不能调用" in str(ground.wrong("受案时间 <= now()", ground.form_names))
