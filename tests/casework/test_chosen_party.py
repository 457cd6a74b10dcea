"""A party chosen in the register: its particulars are taken over into the form, and the case is about that very row."""

from __future__ import annotations

import pytest

import engine
from content import load, releases
from engine import stories
from kernel.errors import NotAllowed, NotFound
from kernel.permissions import Policy
from kernel.settings import ROOT
from kernel.work import Work
from registers import account, party

HERE = {"agency_id": 440100, "category": "01"}
NAME = "广州粤运物流有限公司"


@pytest.fixture(scope="session")
def policy():
    """The rights as the content has them."""
    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture
def desk(national):
    def of(login):
        return Work(national, account.person_of_login(Work(national, account.STRANGER), login))

    return of


@pytest.fixture
def haulier(desk):
    with (work := desk("officer_1")).transaction():
        return str(party.find_or_insert(work, **HERE, party_type="organization", name=NAME, phone="02081234567"))


def test_what_the_register_knows_is_taken_over_in_clear_and_kept_with_the_party(desk, haulier):
    values = engine.take_over(desk("officer_1"), "party", haulier, "受理案件线索")["values"]
    assert {key: values[key] for key in ("party_type", "org_name", "org_phone")} == {
        "party_type": "organization",
        "org_name": NAME,
        "org_phone": "02081234567",
    }
    with (work := desk("officer_1")).transaction():
        [kept] = work.rows("select reason, elements from unmasking where subject_id = %s", (haulier,))
    assert (kept["reason"], "org_phone" in kept["elements"]) == ("填写表单:受理案件线索", True)


def test_nobody_without_the_right_and_nobody_of_another_agency_takes_it_over(desk, haulier):
    with pytest.raises(NotAllowed):
        engine.take_over(desk("archivist_1"), "party", haulier, "受理案件线索")
    with pytest.raises(NotFound):
        engine.take_over(desk("sister_officer"), "party", haulier, "受理案件线索")


@pytest.mark.parametrize(("name", "same"), [(NAME, True), ("改填的另一家公司", False)])
def test_the_case_is_about_the_chosen_party_as_long_as_the_form_still_names_it(
    desk, haulier, national, clock, name, same
):
    files = load.tree(ROOT)
    path = "processes/national/case_ordinary/stories/paid_in_time.yaml"
    begin = stories.read(path, files[path], files).start
    clock.set(begin.at)
    facts = {key: value for key, value in begin.facts.items() if key not in ("org_name", "org_uscc")}
    work = desk(begin.by)
    told = {**facts, "org_name": name, "org_uscc": "91440101MA59K2T895", "registered_party": haulier}
    made = engine.start(work, "case_ordinary", told, agency_id=440100, category=begin.category)
    with work.transaction():
        [row] = work.rows("select party_id from enforcement_case where id = %s", (made["case_id"],))
    assert (str(row["party_id"]) == haulier) is same
