"""Every story of every process, played through the verbs by ordinary people on a real database, papers' contexts checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from content import load, releases
from engine import release_store, stories
from engine.play import Player
from kernel.permissions import Policy
from kernel.work import Node, Person, SettableClock, Work, system_person
from registers import account

ROOT = Path(__file__).parent.parent.parent
FILES = load.tree(ROOT)
STORIES = [stories.read(path, FILES[path], FILES) for path in stories.paths(FILES)]


@pytest.fixture(scope="session")
def policy() -> Policy:
    rights = releases.make(FILES).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture
def stage(make_node: Callable[[str], Node]) -> tuple[Node, Callable[[str], Person]]:
    node = make_node("demo")
    work = Work(node, system_person(440100, "01"))
    with work.transaction():
        release_store.store(work, FILES, ground="测试", effective_from=None)
    return node, lambda login: account.person_of_login(Work(node, account.STRANGER), login)


@pytest.mark.parametrize("story", STORIES, ids=lambda s: f"{s.process}-{Path(s.file).stem}")
def test_the_story_goes_as_it_is_told(
    story: stories.Story, stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    node, person = stage
    said: list[str] = []
    clock.set(min(clock.at, story.start.at))
    played = Player(node, clock, person, said.append).play(story.begins, story)
    assert not played.faults, "\n".join([*said, *played.faults])
