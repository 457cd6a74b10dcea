"""Parties, vehicles, violation items, papers, first people."""

import threading
from datetime import date

import pytest

from kernel.errors import BadContent, NotFound, Refusal, Stale
from kernel.files import Stored
from kernel.settings import ROOT
from kernel.work import Work, system_person
from registers import account, agency, document, law, masking, party, seed, vehicle

ORGANISATION = {
    "agency_id": 440100,
    "category": "01",
    "party_type": "organization",
    "name": "粤运物流有限公司",
    "uscc": "91440101MA5ABCDE1X",
}
PERSON = {
    "agency_id": 440100,
    "category": "01",
    "party_type": "person",
    "name": "王小明",
    "id_number": "440102198503071217",
    "phone": "13800138000",
}


def test_one_identity_is_one_party(work_as):
    with (work := work_as("officer_1")).transaction():
        first = party.find_or_insert(work, **ORGANISATION)
        assert party.find_or_insert(work, **{**ORGANISATION, "name": "粤运物流公司"}) == first
        assert party.find_or_insert(work, **PERSON) != first
        assert party.find_or_insert(work, **{**PERSON, "category": "02"}) != party.find_or_insert(work, **PERSON)
        nameless = {**PERSON, "id_number": None}
        assert party.find_or_insert(work, **nameless) != party.find_or_insert(work, **nameless)


@pytest.mark.parametrize("hot", [False, True])
def test_two_acts_that_bring_the_same_new_party_get_one_row(seeded, work_as, hot):
    person, found = work_as("officer_1").person, []

    def act():
        with (work := Work(seeded, person)).transaction(hot=hot):
            found.append(
                (
                    party.find_or_insert(work, **ORGANISATION),
                    vehicle.find_or_insert(work, agency_id=440100, category="01", plate="粤A12345", plate_color="2"),
                )
            )

    threads = [threading.Thread(target=act) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 8
    assert len(set(found)) == 1


def test_personal_data_is_masked(work_as):
    officer = work_as("officer_1")
    with officer.transaction():
        party_id = party.find_or_insert(officer, **PERSON)
        row = party.get(officer, party_id)
        assert (row["name"], row["id_number"], row["phone"]) == ("王**", "440***********1217", "138****8000")


def test_masks_hide_what_identifies_and_nothing_short_slips_through():
    assert masking.masked("bank", "6222021234567890123") == "6222***********0123"
    assert masking.masked("address", "广州市天河区体育西路1号") == "广州市天河区******"
    assert masking.masked("plate", "粤A12345") == "粤A****5"
    assert masking.masked("phone", "12345") == "*****"
    assert masking.masked("new class", "secret") == "******"
    assert masking.masked("id", None) is None


def test_a_correction_keeps_what_was_and_refuses_the_stale(work_as):
    with (work := work_as("officer_1")).transaction():
        party_id = party.find_or_insert(work, **PERSON)
        party.correct(work, party_id, 1, source="更正", columns={"phone": "13900139000"})
        with pytest.raises(Stale):
            party.correct(work, party_id, 1, source="更正", columns={"phone": "13700137000"})
        [change] = work.rows("select subject_kind, changes, source from fact_change")
    assert change == {"subject_kind": "party", "changes": {"phone": ["13800138000", "13900139000"]}, "source": "更正"}


def test_a_vehicle_learns_and_keeps_its_plate_in_one_spelling(work_as):
    with (work := work_as("officer_1")).transaction():
        one = vehicle.find_or_insert(
            work, agency_id=440100, category="01", plate="粤A·12345", plate_color="2", facts={"axles": 6}
        )
        two = vehicle.find_or_insert(
            work, agency_id=440100, category="01", plate="粤a12345", plate_color="2", facts={"trailer": "粤A1234挂"}
        )
        assert one == two
        row = vehicle.get(work, one)
        assert (row["plate"], row["facts"], row["version"]) == ("粤A12345", {"axles": 6, "trailer": "粤A1234挂"}, 2)
        assert vehicle.find_or_insert(work, agency_id=440100, category="01", plate="粤A12345", plate_color="1") != one
        assert len(vehicle.by_plate(work, "粤A12345")) == 2
    with (sister := work_as("sister_officer")).transaction():
        assert vehicle.by_plate(sister, "粤A12345") == []


ITEM = {
    "code": "L010007",
    "category": "01",
    "name": "车辆违法超限运输",
    "valid_from": "2016-09-21",
    "fine": {"max": "30000.00"},
}


def test_an_item_is_looked_up_by_the_day_of_the_act(work_as):
    old = {**ITEM, "valid_to": "2025-12-31"}
    new = {**ITEM, "valid_from": date(2026, 1, 1), "name": "车辆超限运输"}
    with (work := work_as("officer_1")).transaction():
        assert law.sync(work, [old, new]) == 2
        assert law.sync(work, [old, new]) == 0
        assert law.sync(work, [old, {**new, "fine": {"max": "20000.00"}}]) == 1
        assert law.item(work, "L010007", date(2025, 12, 31))["name"] == "车辆违法超限运输"
        assert law.item(work, "L010007", date(2026, 1, 1))["data"]["fine"]["max"] == "20000.00"
        with pytest.raises(NotFound, match="2016年09月20日"):
            law.item(work, "L010007", date(2016, 9, 20))
        assert [i["code"] for i in law.items(work, date(2026, 3, 2), "01")] == ["L010007"]
        assert law.items(work, date(2026, 3, 2), "03") == []


@pytest.mark.parametrize("broken", [{"code": "L1"}, {**ITEM, "valid_from": "soon"}, {**ITEM, "valid_to": "2000-01-01"}])
def test_an_item_with_faults_is_refused_by_name(work_as, broken):
    with pytest.raises(BadContent, match="违法行为事项"), (work := work_as("officer_1")).transaction():
        law.sync(work, [broken])


def stored(mark):
    return Stored(bytes([mark]) * 32, bytes([mark]) * 32, 100 + mark)


@pytest.fixture
def paper(work_as):
    """A paper of a case: (work, document id), inside an open transaction."""
    from kernel.ids import uuid7
    from registers import case

    with (work := work_as("officer_1")).transaction():
        case_id = uuid7()
        case.insert(
            work, id=case_id, agency_id=440100, category="01", procedure_type="ordinary", case_status="draft", facts={}
        )
        document_id = document.make(
            work,
            agency_id=440100,
            category="01",
            case_id=case_id,
            kind="D15",
            name="行政处罚决定书",
            number="粤交罚〔2026〕00001号",
            step="decide",
            template_hash="t",
            release="r",
            context={"a": 1},
        )
        yield work, document_id


def test_what_was_issued_is_never_rewritten(paper):
    work, id_ = paper
    document.issue(work, id_, stored(1), None)
    document.issue(work, id_, stored(1), None)
    document.issue(work, id_, stored(1), stored(2))  # the PDF came later
    with pytest.raises(Refusal, match="不得改动"):
        document.issue(work, id_, stored(3), None)
    row = document.get(work, id_)
    assert (bytes(row["docx_sm3"]), bytes(row["pdf_sm3"]), row["state"]) == (bytes([1]) * 32, bytes([2]) * 32, "issued")
    document.set_served(work, id_)
    document.set_served(work, id_)
    with pytest.raises(Refusal, match="已送达"):
        document.void(work, id_)
    document.supersede(work, id_)
    assert [d["state"] for d in document.of_case(work, row["case_id"])] == ["superseded"]


def test_a_paper_is_not_served_before_it_is_issued(paper):
    work, id_ = paper
    with pytest.raises(Refusal, match="不能改为已送达"):
        document.set_served(work, id_)


def test_agencies_stand_in_a_tree_and_name_their_numbers(work_as):
    with (work := work_as("officer_1")).transaction():
        assert agency.subtree_ids(work, 440100) == {440100, 440106}
        assert [a["id"] for a in agency.tree(work)] == [440000, 440100, 440106, 440300]
        assert [(a["id"], a["depth"]) for a in agency.tree(work, 440100)] == [(440100, 2), (440106, 3)]
        assert agency.naming(work, 440106)["province"] == "粤"
        assert agency.naming(work, 440106)["agency"] == "穗天交"
        with pytest.raises(NotFound):
            agency.get(work, 1)
        with pytest.raises(Refusal, match="行政区划"):
            agency.add(work, id=9, code="990000", name="x", short="x", level="city", parent_id=None)
    assert agency.province_short("330100") == "浙"


def test_first_people_loaded_twice_are_there_once(seeded, request):
    path = request.path.parent.parent / "people.yaml"
    assert seed.load(Work(seeded, system_person(440000, "01")), path) == dict.fromkeys(
        ("agencies", "officers", "courses", "hours", "questions", "exam_templates"), 0
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("agencies: [{id: 1}]", "agencies 第 1 项"), ("officers: [{login: a}]", "officers 第 1 项"), ("{", "无法读取")],
)
def test_a_broken_file_of_people_is_refused_with_the_place(node, tmp_path, text, said):
    path = tmp_path / "people.yaml"
    path.write_text(text)
    with pytest.raises(BadContent, match=said):
        seed.load(Work(node, system_person(440000, "01")), path)


def test_the_demo_people_load_and_may_come_in(node):
    loaded = seed.load(Work(node, system_person(440000, "01")), ROOT / "deploy" / "seeds" / "demo.yaml")
    assert loaded["agencies"] >= 5
    assert loaded["officers"] >= 11
    person = account.person_of_login(Work(node, account.STRANGER), "officer_1")
    assert person.holds("officer", 440100, "01")
    assert account.log_in(node, "supervisor_1", "Zhifa-2026-demo", address="10.0.0.1").person.roles
