"""`zhicheng content --walk`: plays every story, each on a database of its own, and says which elements nobody walked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

import engine
from api import trying
from content import load
from kernel import db
from kernel.settings import settings
from kernel.work import Node, SettableClock

Say = Callable[[str], None]


def walk(say: Say) -> dict[str, Any]:
    """{"stories", "elements", "walked", "missing": {process: [elements]}, "faults": [story: what went otherwise]}."""
    files = load.tree(settings().content)
    told = [engine.read_story(path, files[path], files) for path in engine.story_paths(files)]
    walks, walked, faults = engine.Walks(files), set[tuple[str, str]](), list[str]()
    first = min([trying.START, *(story.start.at for story in told)])
    with trying.scratch(first) as (node, _):
        template = _Template(node)
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


class _Template:
    """The prepared database, copied for each story: what one story did is not there for the next."""

    def __init__(self, node: Node) -> None:
        self._node = node
        server: Any = node.db._keep
        self._uri = server.get_uri()
        node.db.close()

    def copy(self, number: int, at: Any) -> tuple[Node, SettableClock]:
        """A node on a fresh copy, and its clock."""
        name, clock = f"story_{number}", SettableClock(at)
        self._do(f"create database {name} template zhicheng owner zc_owner")
        app, owner = (make_conninfo(self._uri, dbname=name, user=u) for u in (self._node.settings.app_role, "zc_owner"))
        return Node(db.Database(app, owner, 4), self._node.settings, self._node.files, self._node.policy, clock), clock

    def drop(self, node: Node) -> None:
        """Away with it."""
        node.db.close()
        with psycopg.connect(node.db.owner) as connection:
            name = connection.info.dbname
        self._do(f"drop database {name} with (force)")

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement.encode())
