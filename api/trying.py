"""`zhicheng try`: a process played in the terminal, on a node of its own that vanishes afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

import engine
from api import nodes, serving
from api.landing import DEMO
from content import load
from kernel import db
from kernel.settings import Settings, settings
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from registers import account, seed

Say = Callable[[str], None]
START = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)


@contextmanager
def scratch(at: datetime = START) -> Iterator[tuple[Node, SettableClock]]:
    """A node with the demo's people and this checkout's content, in a temporary folder, with a settable day."""
    with tempfile.TemporaryDirectory(prefix="zc-try-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root the database server runs as another user
        wanted = Settings(var=Path(folder), dsn="", pdf="off", content=settings().content)
        clock = SettableClock(at)
        node = nodes.open_node(wanted, pool=4, clock=clock)
        db.needs_no_disk(node.db)
        db.migrate(node.db.owner, wanted.app_role)
        serving.publish(node, "试办")
        seed.load(serving.system_work(node), DEMO)
        engine.add_trial_seals(node)
        try:
            yield node, clock
        finally:
            node.db.close()
            server: Any = node.db._keep
            server.cleanup()


def people(node: Node) -> Callable[[str], Person]:
    """Who acts, by login."""
    return lambda login: account.person_of_login(Work(node, account.STRANGER), login)


def logins(node: Node) -> list[str]:
    """Everybody who may act, by login."""
    work = Work(node, account.STRANGER)
    with work.transaction():
        return [row["login"] for row in work.rows("select login from account where not disabled order by officer_id")]


def play(process: str, story: Path, say: Say) -> dict[str, Any]:
    """Plays a story file to its end; what happened, with `faults` where it differs from what the story expects."""
    name = f"processes/national/{process}/stories/{story.stem}.yaml"
    told = engine.read_story(name, story.read_bytes(), load.tree(settings().content))
    with scratch(min(START, told.start.at)) as (node, clock):
        return asdict(engine.Player(node, clock, people(node), say).play(told.begins, told))


class Template:
    """The prepared database, copied for each story, and for each going back by hand: what was done in one copy is not there
    in the next."""

    def __init__(self, node: Node) -> None:
        self._node = node
        server: Any = node.db._keep
        self._uri = server.get_uri()
        node.db.close()

    def copy(self, number: int, at: datetime) -> tuple[Node, SettableClock]:
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
