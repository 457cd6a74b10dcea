"""Who is known, what he may see, and whether his certificate held."""

from datetime import date, datetime, timedelta

import pytest

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import LOCAL
from registers import certificate, officer


def test_an_officer_sees_his_agency_and_a_supervisor_the_tree(work_as):
    assert work_as("officer_1").person.scope == (440100,)
    assert work_as("supervisor_1").person.scope == (440000, 440100, 440106, 440300)
    assert work_as("city_supervisor").person.scope == (440100, 440106)


def test_a_certificate_is_judged_at_the_time_of_the_act(work_as):
    work = work_as("officer_1")
    one, county = work.person.id, work_as("county_officer").person.id
    with work.transaction():
        then = officer.acting(work, [one, county], datetime(2025, 12, 31, 23, 59, tzinfo=LOCAL), "01")
        later = officer.acting(work, [one, county], datetime(2026, 1, 1, 0, 0, tzinfo=LOCAL), "01")
    assert [a["certificate_valid"] for a in then] == [True, True]
    assert [a["certificate_valid"] for a in later] == [True, False]


def issue(work, officer_id, number, categories, begins, ends):
    id_ = uuid7()
    certificate.issue(
        work,
        id=id_,
        officer_id=officer_id,
        agency_id=440100,
        certificate_no=number,
        kind="1",
        categories=categories,
        valid_from=begins,
        valid_to=ends,
        since=datetime(begins.year, begins.month, begins.day, tzinfo=LOCAL),
    )
    return id_


def judged(work, officer_id, at, category):
    [one] = officer.acting(work, [officer_id], at, category)
    return one["certificate_no"], one["certificate_valid"], one["category_covered"]


def test_a_suspended_certificate_counts_for_acts_before_and_after_but_not_within(work_as, clock):
    work, other = work_as("officer_1"), work_as("supervisor_1").person.id  # who has none so far
    with work.transaction():
        assert judged(work, other, work.now, "01") == (None, False, False)
        id_ = issue(work, other, "T1", ["01"], date(2026, 1, 1), date(2026, 12, 31))
        certificate.set_status(work, id_, "suspended", "调查期间暂扣", datetime(2026, 2, 1, 8, tzinfo=LOCAL))
        certificate.set_status(work, id_, "normal", "发还", datetime(2026, 2, 20, 8, tzinfo=LOCAL))
        valid = [judged(work, other, datetime(2026, *day, tzinfo=LOCAL), "01")[1] for day in ((1, 31), (2, 2), (2, 21))]
        assert valid == [True, False, True]
        assert judged(work, other, work.now, "02") == ("T1", True, False)
        assert [h["status"] for h in certificate.history(work, id_)] == ["normal", "suspended", "normal"]
        with pytest.raises(Refusal, match="最近一次变更之后"):
            certificate.set_status(work, id_, "lost", "补记", datetime(2026, 2, 10, tzinfo=LOCAL))


def test_of_several_certificates_the_one_that_fits_the_act_counts(work_as):
    work, other = work_as("officer_1"), work_as("supervisor_1").person.id
    with work.transaction():
        issue(work, other, "OLD", ["02"], date(2020, 1, 1), date(2024, 12, 31))
        issue(work, other, "LONG", ["03"], date(2025, 1, 1), date(2030, 12, 31))
        issue(work, other, "FITS", ["02"], date(2025, 1, 1), date(2026, 12, 31))
        assert judged(work, other, datetime(2024, 6, 1, tzinfo=LOCAL), "02") == ("OLD", True, True)
        assert judged(work, other, work.now, "02") == ("FITS", True, True)
        assert judged(work, other, work.now, "01") == ("LONG", True, False)
        assert [c["status"] for c in certificate.of_officer(work, other)] == ["normal"] * 3


def test_a_cancelled_certificate_stays_cancelled(work_as):
    work, other = work_as("officer_1"), work_as("supervisor_1").person.id
    with work.transaction():
        id_ = issue(work, other, "T1", ["01"], date(2026, 1, 1), date(2026, 12, 31))
        for status, reason in (("burnt", "x"), ("cancelled", " ")):
            with pytest.raises(Refusal):
                certificate.set_status(work, id_, status, reason)
        certificate.set_status(work, id_, "cancelled", "调离执法岗位")
        with pytest.raises(Refusal, match="已注销"):
            certificate.set_status(work, id_, "normal", "恢复", work.now + timedelta(days=1))
        assert not judged(work, other, work.now, "01")[1]
        with pytest.raises(NotFound):
            certificate.set_status(work, uuid7(), "lost", "x")


def test_officers_are_judged_in_the_order_asked_strangers_left_out_in_one_query(work_as):
    work = work_as("officer_1")
    one, two = work.person.id, work_as("officer_2").person.id
    with work.transaction(hot=True):
        before = work.statements
        found = officer.acting(work, [str(two), one, two, uuid7(), "no id"], work.now, "02")
        assert work.statements - before == 1
    assert [(a["id"], a["category_covered"]) for a in found] == [(str(two), False), (str(one), True)]


def test_an_identity_number_is_masked(work_as):
    plain = work_as("officer_1")
    with plain.transaction():
        assert officer.get(plain, plain.person.id)["id_number"] == "440***********1217"
        assert "id_number" not in officer.listed(plain)[0]


def test_officers_are_listed_by_name_page_by_page_within_the_scope(work_as):
    work = work_as("city_supervisor")
    with work.transaction():
        first = officer.listed(work, limit=3)
        rest = officer.listed(work, limit=50, after=(first[-1]["name"], first[-1]["id"]))
        all_ = officer.listed(work)
        assert [o["id"] for o in first + rest] == [o["id"] for o in all_]
        assert {o["agency_id"] for o in all_} == {440100, 440106}
        assert officer.names(work, [all_[0]["id"]]) == {all_[0]["id"]: all_[0]["name"]}
