"""A node of its own for a benchmark: an embedded PostgreSQL in a temporary directory, people with ordinary rights."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from content import load, releases
from engine import release_store, sealing
from kernel import db
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import ROOT, Settings
from kernel.work import LOCAL, Node, Person, SettableClock, Work, system_person
from registers import account, seed

START = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)


@contextmanager
def bench_node(pool: int = 8) -> Iterator[Node]:
    """A migrated, empty node; its data directory vanishes with it."""
    with tempfile.TemporaryDirectory(prefix="zc-bench-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        settings = Settings(var=Path(directory), pdf="off", pool=pool, dsn="")
        database = db.connect(settings)
        db.migrate(database.owner, settings.app_role)
        node = Node(database, settings, FileStore(settings.files), Policy([]))
        try:
            yield node
        finally:
            database.close()
            database._keep._stop()  # type: ignore[attr-defined]


def superuser(node: Node) -> str:
    """The conninfo of the embedded server's superuser: only to load bulk data without firing foreign keys row by row."""
    return node.db.owner.replace("user=zc_owner", "user=postgres")


@dataclass
class Site:
    """A node with the national content in force and the people of the demo."""

    node: Node
    clock: SettableClock
    files: Mapping[str, bytes]

    def person(self, login: str) -> Person:
        """A person of the demo."""
        return account.person_of_login(Work(self.node, account.STRANGER), login)


@contextmanager
def bench_site(more: Mapping[str, bytes] | None = None, pool: int = 8) -> Iterator[Site]:
    """A bench node, seeded; `more` are content files beside the national ones."""
    with bench_node(pool) as node:
        files = {**load.tree(ROOT), **(more or {})}
        rights = releases.make(files).permissions
        node.policy = Policy(rights.allows, rights.inherits, rights.names)
        node.clock = clock = SettableClock(START)
        work = Work(node, system_person(440000, "01"))
        seed.load(work, ROOT / "deploy" / "seeds" / "demo.yaml")
        with work.transaction():
            release_store.store(work, files, ground="测量", effective_from=None)
        sealing.add_trial_seals(node)
        yield Site(node, clock, files)
