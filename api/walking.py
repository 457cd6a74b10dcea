"""`zhicheng content --walk`: plays every story, each on a database of its own, and says which elements nobody walked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

import engine
from api import trying
from content import load
from kernel.settings import settings

Say = Callable[[str], None]


def walk(say: Say) -> dict[str, Any]:
    """{"stories", "elements", "walked", "missing": {process: [elements]}, "faults": [story: what went otherwise]}."""
    files = load.tree(settings().content)
    told = [engine.read_story(path, files[path], files) for path in engine.story_paths(files)]
    walks, walked, faults = engine.Walks(files), set[tuple[str, str]](), list[str]()
    first = min([trying.START, *(story.start.at for story in told)])
    with trying.scratch(first) as (node, _):
        template = trying.Template(node)
        for number, story in enumerate(told, 1):
            copy, clock = template.copy(number, first)
            played = engine.Player(copy, clock, trying.people(copy)).play(story.begins, story)
            with psycopg.connect(copy.db.owner) as connection:
                walked |= walks.attributed(connection.execute(engine.RECORDED).fetchall())
            faults += [f"{story.file}:{fault}" for fault in played.faults]
            template.drop(copy)
            say(f"{number}/{len(told)} {story.process} · {story.name}{'(不符)' if played.faults else ''}")
    missing = walks.missing(walked)
    total = sum(map(len, walks.elements.values()))
    return {
        "stories": len(told),
        "elements": total,
        "walked": total - sum(map(len, missing.values())),
        "missing": missing,
        "faults": faults,
    }
