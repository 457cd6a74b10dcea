"""What the risk rules say of measures and goods, on cases that were really worked on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from engine import calendars, property_names, release_store, shelf, stories
from engine.play import Played, Player
from engine.rulebook import risk
from engine.rules import rules
from kernel.ids import uuid7
from kernel.work import LOCAL, Node, Person, SettableClock, Work, system_person
from registers import property
from tests.stories.conftest import FILES

Stage = tuple[Node, Callable[[str], Person]]
VERIFIED = """insert into device_verification (id, agency_id, category, device_id, certificate_no, valid_from, valid_to, recorded_at)
values (gen_random_uuid(), 440100, '01', %(id)s, %(no)s, '2025-01-01', %(to)s, %(now)s)"""
FIVE = "processes/national/seizure_handling/stories/five_goods_extended_returned.yaml"


def play(
    stage: Stage, clock: SettableClock, until: str | None = None, change: Mapping[str, Mapping[str, Any]] | None = None
) -> Played:
    """The story of five goods, up to before a step, with other answers at some steps."""
    node, person = stage
    story = stories.read(FIVE, FILES[FIVE], FILES)
    lines = [replace(one, answers={**one.answers, **(change or {}).get(one.step or "", {})}) for one in story.steps]
    if until is not None:
        lines = lines[: next(n for n, one in enumerate(lines) if one.step == until)]
    clock.set(min(clock.at, story.start.at))
    return Player(node, clock, person).play(story.begins, replace(story, steps=tuple(lines), expect=stories.Expected()))


def alerts(node: Node, case_id: str) -> set[str]:
    work = Work(node, system_person(440100, "01"))
    with work.transaction():
        return {row["rule"] for row in work.rows("select rule from alert where subject_id = %s", (case_id,))}


def found(node: Node, case_id: str, step: str) -> tuple[set[str], dict[str, Any]]:
    """The rules that fire on the case as the registers have it, and the names that they read."""
    work = Work(node, system_person(440100, "01"))
    with work.transaction():
        release = release_store.current(work)
        book = rules(release)
        matter = SimpleNamespace(
            history=work.read(shelf.send(work, case_id, 440100, ("measure", "property", "equipment"))),
            place={}, facts={}, role=None, release=release, rules=book, work=work,
            calendar=calendars.of_agency(work, book, 440100), done=lambda role: None,
        )  # fmt: skip
        names = {name: find(matter) for name, (find, *_) in property_names.NAMES.items()}
    told = {**names, "step": step, "today": work.today, "now": work.now}
    return {a.rule for a in risk.evaluate(book.risks, told)}, names


def test_a_measure_taken_before_its_approval_is_refused(stage: Stage, clock: SettableClock) -> None:
    early = {"implement_measure": {"measure_taken_at": datetime(2026, 3, 2, 10, 15, tzinfo=LOCAL).isoformat()}}
    played = play(stage, clock, change=early)
    assert any("R_MEASURE_NO_APPROVAL" in fault for fault in played.faults), played.faults


def test_necessities_among_the_goods_are_pointed_out(stage: Stage, clock: SettableClock) -> None:
    rows = [{"name": "棉被", "quantity": "2", "unit": "床", "item_class": "necessity"}]
    played = play(stage, clock, "deliver_measure", {"implement_measure": {"seized_items": rows}})
    assert not played.faults
    assert "R_SEIZE_IRRELEVANT" in alerts(stage[0], played.case_id)


def test_a_measure_in_order_is_pointed_out_nowhere(stage: Stage, clock: SettableClock) -> None:
    played = play(stage, clock)
    assert not played.faults
    raised = {rule for rule in alerts(stage[0], played.case_id) if rule.startswith(("R_MEASURE", "R_SEIZ", "R_PROP"))}
    assert raised == {"R_SEIZURE_EXPIRING"}  # three days before the end the keeper too is told
    fired, names = found(stage[0], played.case_id, "closing")
    assert not {"R_PROPERTY_ORPHAN", "R_PROPERTY_USED", "R_SEIZURE_EXTEND_LATE"} & fired
    (measure,) = names["measures"]
    assert (measure["extensions"], measure["extension_days"]) == (1, 30)
    assert (measure["extended_on"], measure["original_due"]) == (date(2026, 3, 30), date(2026, 4, 1))
    assert measure["approved_at"] < measure["started_at"]


def test_goods_left_in_custody_hold_up_the_closing(stage: Stage, clock: SettableClock) -> None:
    played = play(stage, clock, "propose_property_act")
    fired, names = found(stage[0], played.case_id, "closing")
    assert "R_PROPERTY_ORPHAN" in fired
    assert {p["status"] for p in names["properties"]} == {"in_custody"}


@pytest.mark.parametrize("what", [{"mileage": 182_900}, {"damaged": True}])
def test_goods_that_were_used_or_damaged_are_pointed_out(
    stage: Stage, clock: SettableClock, what: dict[str, Any]
) -> None:
    played = play(stage, clock, "propose_property_act")
    work = Work(stage[0], system_person(440100, "01"))
    with work.transaction():
        truck = work.rows("select id from property_item where case_id = %s order by listed", (played.case_id,))[0]
        assert "R_PROPERTY_USED" not in found(stage[0], played.case_id, "decision")[0]
        property.correct(work, truck["id"], **what)
    assert "R_PROPERTY_USED" in found(stage[0], played.case_id, "decision")[0]


def test_a_measure_lengthened_too_late_would_be_seen(stage: Stage, clock: SettableClock) -> None:
    played = play(stage, clock, "release_measure")
    work = Work(stage[0], system_person(440100, "01"))
    with work.transaction():
        work.execute(
            "update clock set extensions = jsonb_set(extensions, '{0,granted_on}', '\"2026-04-02\"') where subject_id = %s"
            " and rule = 'DL_SEIZURE'",
            (played.case_id,),
        )
    assert "R_SEIZURE_EXTEND_LATE" in found(stage[0], played.case_id, "x")[0]


def test_a_measure_on_the_ground_of_a_mere_rule_is_refused(stage: Stage, clock: SettableClock) -> None:
    played = play(stage, clock, "release_measure")
    assert "R_MEASURE_NO_BASIS" not in found(stage[0], played.case_id, "measure")[0]
    work = Work(stage[0], system_person(440100, "01"))
    with work.transaction():
        work.execute(
            """update process_instance set own = own || '{"measure_basis_level": "rule"}' where subject_id = %s and own ? 'measure_taken_at'""",
            (played.case_id,),
        )
    assert "R_MEASURE_NO_BASIS" in found(stage[0], played.case_id, "measure")[0]


def test_an_entrusted_organisation_may_take_no_measure(stage: Stage, clock: SettableClock) -> None:
    played = play(stage, clock, "release_measure", {"implement_measure": {"measure_entrusted": True}})
    assert any("R_MEASURE_DELEGATED" in fault for fault in played.faults), played.faults


def test_a_measure_that_the_agency_takes_itself_is_not_refused(stage: Stage, clock: SettableClock) -> None:
    played = play(stage, clock, "release_measure", {"implement_measure": {"measure_entrusted": False}})
    assert not played.faults
    assert "R_MEASURE_DELEGATED" not in alerts(stage[0], played.case_id)


def test_evidence_of_a_device_past_its_verification_is_pointed_out(stage: Stage, clock: SettableClock) -> None:
    played = play(stage, clock, "release_measure")
    work = Work(stage[0], system_person(440100, "01"))
    told = {"case": played.case_id, "id": uuid7(), "now": work.now}
    with work.transaction():
        work.execute(
            """insert into device (id, agency_id, category, device_no, name, model, site_code, site_name, place, lanes, created_at)
            values (%(id)s, 440100, '01', 'W-1', '称重设备', 'wim_station', 'S1', '检测站', 'K1', '{1}', %(now)s)""",
            told,
        )
        work.execute(
            """insert into evidence (id, agency_id, category, case_id, kind, name, sha256, sm3, size, media_type, device, received_at, received_by)
            select gen_random_uuid(), 440100, '01', %(case)s, '4', '称重记录', sha256('x'), sha256('y'), 1, 'image/jpeg', 'W-1', %(now)s, o.id
            from officer o limit 1""",
            told,
        )
        work.execute(VERIFIED, {**told, "no": "C-1", "to": "2026-01-01"})
    assert "R_EQUIP_EXPIRED" in found(stage[0], played.case_id, "decision")[0]
    with work.transaction():
        work.execute(VERIFIED, {**told, "no": "C-2", "to": "2026-12-31"})
    assert "R_EQUIP_EXPIRED" not in found(stage[0], played.case_id, "decision")[0]
