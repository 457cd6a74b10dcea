"""Every story of every process, played through the verbs by ordinary people on a real database, papers' contexts checked.

Each is played once per run, whichever test asks for it first.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine import stories
from engine.walks import RECORDED, Walks
from kernel.work import Node, SettableClock, Work
from registers import account
from tests.conftest import START
from tests.stories.conftest import FILES
from tests.stories.retyping import Watched

STORIES = [stories.read(path, FILES[path], FILES) for path in stories.paths(FILES)]
_PAPERS = """select d.kind, d.served_at is not null, i.process_key, d.step from document d left join process_instance i on i.id = d.instance_id
where d.state not in ('void', 'superseded')"""
WALKS = Walks({path: body for path, body in FILES.items() if "/stories/" not in path})


@pytest.fixture
def played(
    make_node: Callable[[str], Node], clock: SettableClock, server: Any, sweeps_where_clocks_run: None
) -> Callable[[stories.Story], dict[str, Any]]:
    """Story → {"faults", "said", "recorded", "retyped"}, from this worker or from the one that has played it."""
    kept = Path(server.root) / "stories"
    kept.mkdir(exist_ok=True)

    def play(story: stories.Story) -> dict[str, Any]:
        with (kept / story.file.replace("/", "-")).open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if told := file.read():
                return json.loads(told)  # type: ignore[no-any-return]
            found = _play(make_node("national"), clock, story)
            file.write(json.dumps(found))
            return found

    return play


def _play(node: Node, clock: SettableClock, story: stories.Story) -> dict[str, Any]:
    assert clock.at == START <= story.start.at, "the content is in force from START on"
    said: list[str] = []
    played = Watched(
        node, clock, lambda login: account.person_of_login(Work(node, account.STRANGER), login), said.append
    )
    faults = played.play(story.begins, story).faults
    with psycopg.connect(node.db.owner) as connection:
        recorded = connection.execute(RECORDED).fetchall()
        papers = connection.execute(_PAPERS).fetchall()
    return {"faults": faults, "said": said, "recorded": recorded, "retyped": played.retyped, "papers": papers}


@pytest.mark.parametrize("story", STORIES, ids=lambda s: f"{s.process}-{Path(s.file).stem}")
def test_the_story_goes_as_it_is_told(story: stories.Story, played: Callable[[stories.Story], dict[str, Any]]) -> None:
    found = played(story)
    assert not found["faults"], "\n".join([*found["said"], *found["faults"]])


def test_the_stories_walk_every_element_of_every_diagram(played: Callable[[stories.Story], dict[str, Any]]) -> None:
    walked = {pair for story in STORIES for pair in WALKS.attributed(map(tuple, played(story)["recorded"]))}
    assert WALKS.missing(walked) == {}


def test_every_paper_that_is_to_be_served_is_served_in_the_stories_that_come_to_their_end(
    played: Callable[[stories.Story], dict[str, Any]],
) -> None:
    ended = [story for story in STORIES if story.expect.status in ("closed", "archived")]
    asked = {
        path.split("/")[2]
        for path, body in FILES.items()
        if path.endswith("/document.yaml") and b"service: required" in body
    }
    waiting = {
        (kind, step, story.file)
        for story in ended
        for kind, served, _, step in played(story)["papers"]
        if kind in asked and not served
    }
    assert waiting == set()
    assert asked - {kind for story in STORIES for kind, served, *_ in played(story)["papers"] if served} == set()


@pytest.mark.parametrize("process", sorted(WALKS.elements))
def test_a_process_has_three_stories_at_least(process: str) -> None:
    assert len([story for story in STORIES if story.process == process]) >= 3


def test_no_form_asks_for_what_the_case_knows(played: Callable[[stories.Story], dict[str, Any]]) -> None:
    typed: dict[str, str] = {}
    for story in STORIES:
        typed |= played(story)["retyped"]
    assert typed == {}, "give these fields a default, or ask them anew"
