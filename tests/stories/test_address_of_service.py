"""What a party confirmed on paper in a case is where it is served from then on, in other cases too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from engine import stories
from engine.play import Player
from kernel.work import Node, Person, SettableClock, Work
from registers import service_address
from tests.stories.conftest import FILES

STORY = "processes/national/service/stories/electronic_needs_address.yaml"


def test_an_address_confirmed_in_a_case_stands_in_the_register_with_its_paper(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    story = stories.read(STORY, FILES[STORY], FILES)
    played = Player(node, clock, person).play(story.begins, story)
    assert not played.faults, played.faults
    with (work := Work(node, person("officer_1"))).transaction():
        party = work.one("select party_id as id from enforcement_case where id = %s", (played.case_id,))
        assert party is not None
        found = service_address.in_force(work, party["id"], date(2026, 3, 6))
        earlier = service_address.in_force(work, party["id"], date(2026, 3, 5))
        paper = work.one("select id from document where case_id = %s and kind = 'E29'", (played.case_id,))
        rows, _ = service_address.of_party(work, [party["id"]])
    assert found is not None
    assert paper is not None
    assert (found["receiver"], found["electronic"], found["mobile"]) == ("林国栋", True, "13925000088")
    assert found["document_id"] == paper["id"]
    assert earlier is None
    assert len(rows) == 1
