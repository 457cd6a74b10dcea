"""A province's own days: they move that province's clocks and no other's, version after version, and say which and why."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from psycopg import errors

import engine
from engine import calendars
from kernel.errors import InvalidAnswers, NotAllowed
from kernel.ids import uuid7
from kernel.work import LOCAL, Node, SettableClock, Work, system_person
from registers import agency

As = Callable[[str], Work]
Begin = Callable[..., dict[str, Any]]
FUJIAN = 350100
GROUND = "粤府办〔2026〕1号"
FREE = {"day": date(2026, 3, 5), "working": False, "name": "地方节日", "source": GROUND}


def of(node: Node, agency_id: int = 440000) -> Work:
    return Work(node, system_person(agency_id, "01"))


@pytest.fixture
def clocks(begin: Begin, small: Node) -> dict[int, str]:
    """An open clock of five working days from 2 March in two cities of Guangdong and in one of Fujian: agency → clock."""
    made = {}
    work = of(small)
    with work.transaction():
        agency.add(work, id=350000, code="350000", name="福建省厅", short="闽交", level="province", parent_id=None)
        agency.add(work, id=FUJIAN, code="350100", name="福州市局", short="榕交", level="city", parent_id=350000)
    for place in (440100, 440300, FUJIAN):
        case, work = begin(), of(small, place)
        made[place] = str(uuid7())
        with work.transaction():
            work.execute(
                "insert into clock (id, agency_id, category, subject_id, rule, rule_version, started, element, due_at,"
                " calendar_version, created_at) values (%s, %s, '01', %s, 'DL_STATEMENT_DEFENCE', '1', '2026-03-02', 'x',"
                " '2026-03-09 23:59:59+08', '1', %s)",
                (made[place], place, case["case_id"], work.now),
            )
    return made


def due(node: Node, clocks: dict[int, str]) -> dict[int, str]:
    """Agency → the clock's last day, as each agency sees its own."""
    found = {}
    for place, id_ in clocks.items():
        work = of(node, place)
        with work.transaction():
            row = work.one("select due_at from clock where id = %s", (id_,))
        assert row is not None
        found[place] = f"{row['due_at'].astimezone(LOCAL):%m-%d}"
    return found


def sweep_all(node: Node) -> None:
    while engine.sweep(node):
        pass


def test_only_the_clocks_of_that_province_move_and_say_why(small: Node, clocks: dict[int, str]) -> None:
    made = engine.publish_calendar(of(small), "440000", 2026, [FREE], GROUND)
    sweep_all(small)
    assert due(small, clocks) == {440100: "03-10", 440300: "03-10", FUJIAN: "03-09"}
    report = next(r for r in engine.recomputes(of(small)) if str(r["id"]) == made["recompute"])
    assert (report["moved"], report["parts"]) == (2, report["parts_done"])
    assert report["parts"] == 4  # the province, two cities and a county; none of Fujian
    [moved] = engine.moved_cases(of(small, 440100), made["recompute"])["items"]
    assert "2026-03-05:工作日 → 地方节日" in moved["reason"]
    answer = [engine.due(of(small, p), "DL_STATEMENT_DEFENCE", "2026-03-02", [], None, p) for p in (440100, FUJIAN)]
    assert [a["due"] for a in answer] == ["2026-03-10", "2026-03-09"]


def test_a_later_version_takes_the_place_of_the_earlier_which_stays_on_record(
    small: Node, clocks: dict[int, str], clock: SettableClock
) -> None:
    engine.publish_calendar(of(small), "440000", 2026, [FREE], GROUND)
    sweep_all(small)
    clock.move(timedelta(minutes=5))
    again = engine.publish_calendar(of(small), "440000", 2026, [], "粤府办〔2026〕2号(取消)")
    sweep_all(small)
    assert again["version"] == 2
    assert due(small, clocks)[440100] == "03-09"
    first = engine.province_calendars(of(small), "440000", limit=1)
    then = engine.province_calendars(of(small), "440000", limit=1, after=first["next"])
    assert [(c["version"], len(c["days"])) for c in (*first["items"], *then["items"])] == [(2, 0), (1, 1)]
    assert then["next"] is None
    [moved] = engine.moved_cases(of(small, 440100), again["recompute"])["items"]
    assert "2026-03-05:地方节日" in moved["reason"]
    work = of(small)
    with pytest.raises(errors.InsufficientPrivilege), work.transaction():
        work.execute("update province_calendar set ground = 'x'")


def test_a_version_of_the_future_waits_for_its_day(small: Node, clocks: dict[int, str], clock: SettableClock) -> None:
    day = datetime(2026, 3, 4, tzinfo=LOCAL)
    engine.publish_calendar(of(small), "440000", 2026, [FREE], GROUND, day)
    sweep_all(small)
    assert due(small, clocks)[440100] == "03-09"
    clock.set(day + timedelta(hours=1))
    calendars.forget()
    sweep_all(small)
    assert due(small, clocks)[440100] == "03-10"


def test_the_calendar_of_a_year_shows_whose_each_day_is(small: Node, clocks: dict[int, str]) -> None:
    engine.publish_calendar(of(small), "440000", 2026, [FREE], GROUND)
    mine, other = (engine.calendar_year(of(small), place, 2026) for place in (440100, FUJIAN))
    assert [d["day"] for d in mine["days"] if d["province"]] == ["2026-03-05"]
    assert not [d for d in other["days"] if d["province"]]
    assert mine["announced"]
    assert {"day": "2026-02-17", "working": False}.items() <= next(
        d for d in mine["days"] if d["day"] == "2026-02-17"
    ).items()


def test_a_city_cannot_publish_for_its_province_and_an_unknown_province_is_named(small: Node, work_as: As) -> None:
    with pytest.raises(NotAllowed):
        engine.publish_calendar(work_as("officer_1"), "440000", 2026, [FREE], GROUND)
    for division, says in (("440100", "后四位为零"), ("990000", "没有 990000 的机构")):
        with pytest.raises(InvalidAnswers) as refused:
            engine.publish_calendar(of(small), division, 2026, [FREE], GROUND)
        assert says in refused.value.fields["division"]


def test_an_amount_confirmed_once_counts_in_discretion_and_in_the_flow(small: Node) -> None:
    """较大数额罚款 decides the right to a hearing in the finding and at the guard: one value, one confirmation."""
    from engine import confirmations, parameters, release_store
    from engine.rules import rules

    work = of(small, 440100)
    engine.confirm_rule(work, "discretion:hearing_amount_person", 30000, agency_id=440100, ground="粤交执〔2026〕1号")
    with work.transaction():
        release = release_store.current(work)
        book = confirmations.discretion_book(work, rules(release), 440100)
        flow = parameters.values(work, release.all_parameters, 440100)["hearing_amount_person"]
    assert book.parameters["hearing_amount_person"].value == flow.value == 30000
    assert (book.parameters["hearing_amount_person"].confirmed, flow.unconfirmed) == (True, False)


def test_two_publications_at_once_become_two_versions(small: Node) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = pool.map(
            lambda n: engine.publish_calendar(of(small), "440000", 2026, [FREE], f"{GROUND}之{n}")["version"], range(6)
        )
    assert sorted(both) == [1, 2, 3, 4, 5, 6]
