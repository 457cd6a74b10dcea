"""A node of its own for a benchmark: an embedded PostgreSQL in a temporary directory, people with ordinary rights."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel import db
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import Node


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
