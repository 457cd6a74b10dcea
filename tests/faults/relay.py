"""A relay between client and PostgreSQL on a unix socket, which can lose the answer to a COMMIT, or the COMMIT itself."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from pathlib import Path
from typing import Literal

Loss = Literal["answer", "request"]
_PATIENCE = 10.0  # seconds that the server has to answer a COMMIT


class Relay:
    """Listens in `folder` as PostgreSQL would; `lose` arms it for the next COMMIT that passes.

    `answer`: the COMMIT is passed on, the server's answer is waited for and thrown away, then the line is cut.
    `request`: the line is cut before the COMMIT is passed on. `cuts` counts both.
    """

    def __init__(self, folder: Path, target: str) -> None:
        self.target, self.cuts = target, 0
        self._loss: Loss | None = None
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen(16)
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self, what: Loss) -> None:
        """The next COMMIT loses this."""
        with self._lock:
            self._loss = what

    def close(self) -> None:
        """No more connections; those there are end."""
        _cut(self._listener, *self._open)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.target)
            except OSError:
                _cut(client, server)
                continue
            self._open |= {client, server}
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        # One thread serves both directions: a socket that another thread reads is not really closed by close().
        # What `close` has closed meanwhile has no number to wait for: a ValueError.
        with contextlib.suppress(OSError, ValueError):
            while True:
                ready, _, _ = select.select([client, server], [], [])
                for side in ready:
                    data = side.recv(65536)
                    if not data:
                        return _cut(client, server)
                    loss = self._taken(data) if side is client else None
                    if loss is None:
                        (server if side is client else client).sendall(data)
                        continue
                    if loss == "answer":
                        server.sendall(data)
                        _until_committed(client, server)
                    _cut(client, server)
                    self.cuts += 1
                    return None
        return _cut(client, server)

    def _taken(self, data: bytes) -> Loss | None:
        if b"COMMIT" not in data:
            return None
        with self._lock:
            loss, self._loss = self._loss, None
        return loss


def _until_committed(client: socket.socket, server: socket.socket) -> None:
    """Keeps the server's answers until it says that the transaction is over (CommandComplete with its tag): it says so when
    asked for its answers, which may travel behind the COMMIT."""
    tail = b""
    while b"COMMIT\0" not in tail and b"ROLLBACK\0" not in tail:
        ready, _, _ = select.select([client, server], [], [], _PATIENCE)
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            if side is client:
                server.sendall(data)
            else:
                tail = tail[-16:] + data
        if not ready:
            return


def _cut(*sides: socket.socket) -> None:
    for side in sides:
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
        side.close()
