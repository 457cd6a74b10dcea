"""The product's server as a process of its own whose day can be set: its clock is what stands in a file.

    python -m tests.demo.day_server FD CLOCK

`FD` is an inherited listening socket, `CLOCK` a file with an instant (ISO 8601). Settings come from the environment, as in
`zhicheng serve`; nothing runs in its background (the test is the worker).
"""

from __future__ import annotations

import os
import socket
import sys
from datetime import datetime
from pathlib import Path

import uvicorn

from api import nodes
from api.app import create_app
from kernel import log
from kernel.settings import settings
from kernel.work import SettableClock


class WrittenClock(SettableClock):
    """Stands at what was last written; whoever sets it writes it, whoever reads it may be another process."""

    def __init__(self, file: Path, at: datetime | None = None) -> None:
        self.file = file
        if at is not None:
            self.set(at)
        super().__init__(self())

    def __call__(self) -> datetime:
        return datetime.fromisoformat(self.file.read_text())

    def set(self, at: datetime) -> None:
        """Written whole or not at all."""
        self.at = at
        fresh = self.file.with_suffix(f".{os.getpid()}")
        fresh.write_text(at.isoformat())
        fresh.replace(self.file)


def main(descriptor: str, clock: str) -> None:
    """Serves until it is killed."""
    wanted = settings()
    log.set_up(wanted)
    node = nodes.open_node(wanted, clock=WrittenClock(Path(clock)))
    nodes.refresh(node)
    listening = socket.socket(fileno=int(descriptor))
    config = uvicorn.Config(create_app(node), log_config=None, access_log=False, server_header=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
