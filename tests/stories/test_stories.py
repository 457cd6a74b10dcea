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
from engine.play import Player
from engine.walks import RECORDED, Walks
from kernel.work import Node, SettableClock, Work
from registers import account
from tests.conftest import START
from tests.stories.conftest import FILES

STORIES = [stories.read(path, FILES[path], FILES) for path in stories.paths(FILES)]
WALKS = Walks({path: body for path, body in FILES.items() if "/stories/" not in path})


@pytest.fixture
def played(
    make_node: Callable[[str], Node], clock: SettableClock, server: Any
) -> Callable[[stories.Story], dict[str, Any]]:
    """Story → {"faults", "said", "recorded"}, from this worker or from the one that has played it."""
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
    played = Player(
        node, clock, lambda login: account.person_of_login(Work(node, account.STRANGER), login), said.append
    )
    faults = played.play(story.begins, story).faults
    with psycopg.connect(node.db.owner) as connection:
        recorded = connection.execute(RECORDED).fetchall()
    return {"faults": faults, "said": said, "recorded": recorded}


@pytest.mark.parametrize("story", STORIES, ids=lambda s: f"{s.process}-{Path(s.file).stem}")
def test_the_story_goes_as_it_is_told(story: stories.Story, played: Callable[[stories.Story], dict[str, Any]]) -> None:
    found = played(story)
    assert not found["faults"], "\n".join([*found["said"], *found["faults"]])


def test_the_stories_walk_every_element_of_every_diagram(played: Callable[[stories.Story], dict[str, Any]]) -> None:
    walked = {pair for story in STORIES for pair in WALKS.attributed(map(tuple, played(story)["recorded"]))}
    assert WALKS.missing(walked) == {}


@pytest.mark.parametrize("process", sorted(WALKS.elements))
def test_a_process_has_three_stories_at_least(process: str) -> None:
    assert len([story for story in STORIES if story.process == process]) >= 3
