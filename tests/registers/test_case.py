"""Cases: every change of facts is kept, what is searched is found within one's scope, and shares open one case."""

from datetime import timedelta

import psycopg
import pytest

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from registers import case, record, scope


def make(work, agency_id=440100, category="01", facts=None, terms=(), **columns):
    case_id = uuid7()
    case.insert(
        work,
        id=case_id,
        agency_id=agency_id,
        category=category,
        procedure_type="ordinary",
        case_status="draft",
        facts=facts or {},
        columns=columns,
        terms=terms,
    )
    return case_id


@pytest.mark.parametrize("hot", [False, True])
def test_a_change_keeps_old_and_new_and_its_source(work_as, hot):
    work = work_as("officer_1")
    with work.transaction(hot=hot):
        case_id = make(work, facts={"party_name": "粤运物流", "gross_kg": 55000})
        case.apply(
            work,
            case_id,
            changes={"gross_kg": 54000, "plate_number": "粤A12345", "party_name": "粤运物流"},
            columns={"case_status": "filed", "filed_at": work.now, "fine_amount": "500.00"},
            source="file_case",
            terms=["粤A·12345"],
            agency_id=440100,
            category="01",
        )
        row = case.get(work, case_id)
        history = case.history_of_facts(work, case_id)
    assert row["facts"] == {"party_name": "粤运物流", "gross_kg": 54000, "plate_number": "粤A12345"}
    assert (row["case_status"], str(row["fine_amount"]), row["version"]) == ("filed", "500.00", 2)
    assert [(h["source"], h["changes"]) for h in history] == [
        ("start", {"party_name": [None, "粤运物流"], "gross_kg": [None, 55000]}),
        ("file_case", {"gross_kg": [55000, 54000], "plate_number": [None, "粤A12345"]}),
    ]
    assert history[1]["person_id"] == work.person.id


def test_a_change_is_one_statement(work_as):
    work = work_as("officer_1")
    with work.transaction(hot=True):
        case_id = make(work)
        before = work.statements
        case.apply(work, case_id, changes={"a": 1}, columns={"case_status": "filed"}, source="x", terms=["甲", "乙"])
        assert work.statements - before == 1


def test_what_did_not_change_leaves_no_history(work_as):
    work = work_as("officer_1")
    with work.transaction():
        case_id = make(work, facts={"a": 1})
        case.apply(work, case_id, changes={"a": 1}, source="x")
        assert len(case.history_of_facts(work, case_id)) == 1


@pytest.mark.parametrize("hot", [False, True])
def test_a_change_of_a_case_out_of_reach_fails_loudly(work_as, hot):
    work, sister = work_as("officer_1"), work_as("sister_officer")
    with work.transaction():
        case_id = make(work)
    with pytest.raises(psycopg.errors.NoDataFound), sister.transaction(hot=hot):
        case.apply(sister, case_id, changes={"a": 1}, source="x")
    with pytest.raises(psycopg.errors.NoDataFound), work.transaction(hot=hot):
        case.apply(work, case_id, changes={"a": 1}, source="x", category="02")
    with pytest.raises(psycopg.errors.NoDataFound), work.transaction(hot=hot):
        record.apply(work, case.KIND, case_id, changes={"a": 1}, source="x", category="02", before={})


def test_who_has_locked_a_record_tells_how_it_was_and_the_history_is_the_same(work_as):
    work = work_as("officer_1")
    with work.transaction():
        told, looked = make(work, facts={"a": 1, "b": 2}), make(work, facts={"a": 1, "b": 2})
        changes = {"a": 1, "b": 3, "c": None, "d": "x"}
        record.apply(work, case.KIND, told, changes=changes, source="x", before={"a": 1, "b": 2})
        record.apply(work, case.KIND, looked, changes=changes, source="x")
        assert case.get(work, told)["facts"] == case.get(work, looked)["facts"]
        mine, theirs = (case.history_of_facts(work, one)[-1]["changes"] for one in (told, looked))
        assert mine["b"] == theirs["b"] == [2, 3]
        assert mine["d"] == theirs["d"] == [None, "x"]
        assert "a" not in mine | theirs


def test_only_known_columns_are_set(work_as):
    work = work_as("officer_1")
    with work.transaction():
        case_id = make(work)
        with pytest.raises(KeyError):
            case.apply(work, case_id, columns={"agency_id = 1, version": 2}, source="x")


def test_a_case_is_absent_for_a_sister_agency_and_another_category_and_present_above(work_as):
    with (work := work_as("officer_1")).transaction():
        case_id = make(work)
    for login in ("supervisor_1", "city_supervisor", "officer_2"):
        with (above := work_as(login)).transaction():
            assert case.get(above, case_id)["id"] == case_id
    for login in ("sister_officer", "county_officer", "waterway_officer"):
        with (other := work_as(login)).transaction(), pytest.raises(NotFound):
            case.get(other, case_id)


def test_search_finds_number_party_plate_in_any_spelling(work_as):
    with (work := work_as("officer_1")).transaction():
        one = make(
            work,
            case_number="粤穗交案〔2026〕00001号",
            terms=["粤穗交案〔2026〕00001号", "粤运物流有限公司", "粤A12345"],
        )
        make(work, terms=["粤运物流有限公司", "粤B99999"])

        def found(**terms):
            return [row["id"] for row in case.search(work, **terms)["items"]]

        assert found(number="粤穗交案[2026]00001号") == [one]
        assert found(plate=" 粤a12345 ") == [one]
        assert found(plate="粤A·12345") == [one]
        assert len(found(party="粤运物流有限公司")) == 2
        assert found(party="粤运物流有限公司", plate="粤A12345") == [one]
        assert found(text="粤运物流有限公司 粤Ａ12345") == [one]
        assert found(party="粤运") == []
    with (sister := work_as("sister_officer")).transaction():
        assert case.search(sister, plate="粤A12345")["items"] == []


@pytest.mark.parametrize("login", ["officer_1", "city_supervisor", "supervisor_1"])
def test_pages_are_complete_without_doubles_and_newest_first(work_as, clock, login):
    work, county = work_as("officer_1"), work_as("county_officer")
    made = []
    for n in range(25):
        if n % 3:
            clock.move(timedelta(minutes=1))  # some in the same instant
        writer, agency_id = (work, 440100) if n % 5 or login == "officer_1" else (county, 440106)
        with writer.transaction():
            made.append(make(writer, agency_id, terms=["甲公司"], case_status="draft"))
    for terms in ({}, {"party": "甲公司"}, {"status": "draft"}, {"category": "01"}):
        reader, seen, after = work_as(login), [], None
        while True:
            with reader.transaction():
                page = case.search(reader, limit=7, after=after, **terms)
            seen += [row["id"] for row in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(seen) == sorted(made)
        assert len(seen) == 25
    with reader.transaction():
        assert case.search(reader, status="archived")["items"] == []
        assert case.search(reader, category="02")["items"] == []


def test_a_bad_page_mark_is_refused(work_as):
    with (work := work_as("officer_1")).transaction(), pytest.raises(InvalidAnswers):
        case.search(work, after="nonsense!")


def test_a_shared_case_opens_for_the_entitled_agency_alone(work_as):
    with (work := work_as("officer_1")).transaction():
        case_id, other = make(work), make(work)
        scope.grant(work, case_id, 440300, "移送管辖")
        scope.grant(work, case_id, 440300, "再次移送")
    with (sister := work_as("sister_officer")).transaction():
        [share] = scope.shared_with_us(sister)
        assert (share["case_id"], share["owner_id"], share["reason"]) == (case_id, 440100, "移送管辖")
        assert scope.open_shared(sister, case_id)["id"] == case_id
    with sister.transaction():
        with pytest.raises(NotFound):
            case.get(sister, case_id)  # the widened scope ended with its transaction
        with pytest.raises(NotFound):
            scope.open_shared(sister, other)
    with (county := work_as("county_officer")).transaction(), pytest.raises(NotFound):
        scope.open_shared(county, case_id)


def test_a_share_lapses(work_as, clock):
    with (work := work_as("officer_1")).transaction():
        case_id = make(work)
        scope.grant(work, case_id, 440300, "调阅", due_at=work.now + timedelta(days=3))
    clock.move(timedelta(days=3))
    with (sister := work_as("sister_officer")).transaction(), pytest.raises(NotFound):
        scope.open_shared(sister, case_id)


def test_nobody_shares_what_is_not_his(work_as):
    with (work := work_as("officer_1")).transaction():
        case_id = make(work)
        with pytest.raises(Refusal, match="理由"):
            scope.grant(work, case_id, 440300, " ")
        scope.grant(work, case_id, 440300, "协助")
    with (sister := work_as("sister_officer")).transaction():
        with pytest.raises(NotFound):
            scope.grant(sister, case_id, 440106, "转给别人")
        scope.open_shared(sister, case_id)
        with pytest.raises(Refusal, match="本机构"):
            scope.grant(sister, case_id, 440106, "转给别人")
