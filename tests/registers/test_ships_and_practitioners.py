"""Ships and practitioners: known by numbers that check themselves, one row each, what changed is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.work import Work
from registers import party, practitioner, ship, vehicle

HERE: dict[str, Any] = {"agency_id": 440100, "category": "01"}
MMSI, IMO = "413000123", "9074729"


def test_a_ship_is_one_row_by_mmsi_and_by_imo(work_as: Callable[[str], Work]) -> None:
    with (work := work_as("officer_1")).transaction():
        first = ship.keep(work, **HERE, name="粤运 168", mmsi=MMSI)
        again = ship.keep(
            work, **HERE, name="粤运 168", mmsi="413 000 123", imo=f"IMO{IMO}", transport_permit="粤水〔2025〕1"
        )
        assert first == again == ship.keep(work, **HERE, name="粤运 168", imo=IMO)
        row = ship.get(work, first)
        assert (row["mmsi"], row["imo"], row["transport_permit"], row["version"]) == (MMSI, IMO, "粤水〔2025〕1", 2)
        assert [s["id"] for s in ship.find(work, IMO)] == [s["id"] for s in ship.find(work, MMSI)] == [first]
        assert [s["id"] for s in ship.find(work, "粤运 168")] == [first]


def test_what_changed_is_kept_with_its_source(work_as: Callable[[str], Work]) -> None:
    with (work := work_as("officer_1")).transaction():
        id_ = ship.keep(work, **HERE, name="粤运 168", mmsi=MMSI)
        ship.keep(work, **HERE, name="粤运 169", mmsi=MMSI, source="case_ordinary/scene")
        rows = work.rows("select subject_kind, source, changes from fact_change where subject_id = %s", (id_,))
    assert rows == [
        {"subject_kind": "ship", "source": "case_ordinary/scene", "changes": {"name": ["粤运 168", "粤运 169"]}}
    ]


def test_equal_names_are_not_one_ship_nor_one_practitioner(work_as: Callable[[str], Work]) -> None:
    with (work := work_as("officer_1")).transaction():
        assert ship.keep(work, **HERE, name="粤运 168") != ship.keep(work, **HERE, name="粤运 168")
        assert practitioner.keep(work, **HERE, name="王五") != practitioner.keep(work, **HERE, name="王五")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "甲", "mmsi": "012345678"}, "mmsi"),
        ({"name": "甲", "mmsi": "41300012"}, "mmsi"),
        ({"name": "甲", "imo": "9074728"}, "imo"),
        ({"name": " ", "mmsi": MMSI}, "name"),
    ],
)
def test_a_ships_number_that_is_none_is_refused(work_as: Callable[[str], Work], given: Any, field: str) -> None:
    with (work := work_as("officer_1")).transaction(), pytest.raises(InvalidAnswers) as refused:
        ship.keep(work, **HERE, **given)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "王五", "certificate_no": "?"}, "certificate_no"),
        ({"name": "王五", "id_number": "440101199001010000"}, "id_number"),
        ({"name": "", "certificate_no": "4401001234"}, "name"),
    ],
)
def test_a_practitioners_number_that_is_none_is_refused(work_as: Callable[[str], Work], given: Any, field: str) -> None:
    with (work := work_as("officer_1")).transaction(), pytest.raises(InvalidAnswers) as refused:
        practitioner.keep(work, **HERE, **given)
    assert list(refused.value.fields) == [field]


def test_numbers_of_two_ships_are_not_made_one(work_as: Callable[[str], Work]) -> None:
    with (work := work_as("officer_1")).transaction():
        ship.keep(work, **HERE, name="甲", mmsi=MMSI)
        ship.keep(work, **HERE, name="乙", imo=IMO)
        with pytest.raises(Refusal, match="分属登记簿中不同的船舶"):
            ship.keep(work, **HERE, name="丙", mmsi=MMSI, imo=IMO)


def test_two_acts_that_bring_the_same_new_ship_get_one_row(work_as: Callable[[str], Work]) -> None:
    def enter(_: int) -> object:
        with (work := work_as("officer_1")).transaction():
            return ship.keep(work, **HERE, name="粤运 168", mmsi=MMSI, imo=IMO)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(enter, range(8)))) == 1


def test_a_practitioner_is_shown_masked_and_found_by_any_number(work_as: Callable[[str], Work]) -> None:
    with (work := work_as("officer_1")).transaction():
        id_ = practitioner.keep(
            work, **HERE, name="王五", certificate_no="4401001234", certificate_until=date(2027, 1, 1)
        )
        row = practitioner.get(work, id_)
        assert (row["name"], row["certificate_no"], row["certificate_until"]) == ("王*", "4401001234", date(2027, 1, 1))
        assert [p["id"] for p in practitioner.find(work, "44 0100-1234")] == [id_]
        assert [p["id"] for p in practitioner.find(work, "王五")] == [id_]


def test_what_belongs_to_a_business_is_listed_under_it(work_as: Callable[[str], Work]) -> None:
    with (work := work_as("officer_1")).transaction():
        owner = party.find_or_insert(work, **HERE, party_type="organization", name="粤运物流")
        truck = vehicle.find_or_insert(work, **HERE, plate="粤A12345", plate_color="2")
        version = vehicle.get(work, truck)["version"]
        assert truck == vehicle.find_or_insert(work, **HERE, plate="粤A12345", plate_color="2", owner_id=owner)
        assert vehicle.get(work, truck)["version"] == version + 1
        assert truck == vehicle.find_or_insert(work, **HERE, plate="粤A12345", plate_color="2")
        assert vehicle.get(work, truck)["version"] == version + 1, "what is not told changes nothing"
        boat = ship.keep(work, **HERE, name="粤运 168", mmsi=MMSI, owner_id=owner)
        driver = practitioner.keep(work, **HERE, name="王五", certificate_no="4401001234", employer_id=owner)
        assert [v["id"] for v in vehicle.of_party(work, owner)] == [truck]
        assert [s["id"] for s in ship.of_party(work, owner)] == [boat]
        assert [p["id"] for p in practitioner.of_party(work, owner)] == [driver]


def test_a_sister_agency_sees_nothing(work_as: Callable[[str], Work]) -> None:
    with (work := work_as("officer_1")).transaction():
        boat = ship.keep(work, **HERE, name="粤运 168", mmsi=MMSI)
        driver = practitioner.keep(work, **HERE, name="王五", certificate_no="4401001234")
    with (sister := work_as("sister_officer")).transaction():
        assert ship.find(sister, MMSI) == practitioner.find(sister, "王五") == []
        with pytest.raises(NotFound):
            ship.get(sister, boat)
        with pytest.raises(NotFound):
            practitioner.get(sister, driver)
