"""Who is known, what he may see, and whether his certificate held."""

from datetime import datetime

from kernel.work import LOCAL
from registers import officer


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
