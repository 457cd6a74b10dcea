"""What a case is about is found again by plate, name and identity, personal data masked, and only within one's scope."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import engine
from engine import stories
from kernel.errors import InvalidAnswers
from kernel.work import Node, Person, SettableClock, Work
from tests.stories.conftest import FILES

STORY = "processes/national/case_ordinary/stories/paid_in_time.yaml"


def test_a_case_is_found_by_its_vehicle_and_its_party(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    story = stories.read(STORY, FILES[STORY])
    work = Work(node, person(story.start.by))
    release = engine.current_release(work)
    facts = stories.with_people(story.start.facts, release.elements, lambda login: str(person(login).id))
    case_id = engine.start(work, "case_ordinary", facts, agency_id=work.person.agency_id, category="01")["case_id"]
    plate, uscc = str(facts["plate_no"]), str(facts["org_uscc"])
    for asked in ({"plate": plate}, {"identity": uscc}, {"name": str(facts["org_name"])}):
        found = engine.objects(work, **asked)
        cases = [c["id"] for kind in found.values() for one in kind for c in one["cases"]]
        assert [str(c) for c in cases] == [case_id], asked
    party = engine.objects(work, identity=uscc)["parties"][0]
    assert "*" in party["phone"]
    elsewhere = Work(node, person("officer_sz_1"))
    assert engine.objects(elsewhere, plate=plate) == {
        "parties": [],
        "vehicles": [],
        "ships": [],
        "practitioners": [],
    }
    with pytest.raises(InvalidAnswers):
        engine.objects(work)
