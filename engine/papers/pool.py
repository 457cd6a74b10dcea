"""Warm processes that fill templates (`child.py`): lent one job at a time, killed and replaced when they overrun."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from kernel.errors import Fault

_CHILD = Path(__file__).with_name("child.py")
_MAX_FRAME = 64 * 1024 * 1024


class BadPaper(Fault):
    """A template that cannot be filled: its own fault, so trying again does not help."""

    code = "bad_template"
    title = "文书模板有误"
    permanent = True


class _Gone(Exception):
    """The process ended or ran out of time."""


class _Process:
    """One child with its pipes."""

    def __init__(self) -> None:
        # -I and an empty environment: neither the product nor its settings are within reach of a template.
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
        self.jobs = 0
        self.spent = False

    def ask(self, head: Mapping[str, object], body: bytes, deadline: float) -> tuple[dict[str, object], bytes]:
        """One job. Raises `_Gone`; the process must then be thrown away."""
        text = json.dumps(head, ensure_ascii=False).encode()
        self.jobs += 1
        try:
            sink = self._pipe(self.process.stdin)
            sink.write(struct.pack("!II", len(text), len(body)) + text + body)
            sink.flush()
            head_size, body_size = struct.unpack("!II", self._read(8, deadline))
            if head_size + body_size > _MAX_FRAME:
                raise _Gone
            reply: dict[str, object] = json.loads(self._read(head_size, deadline))
            result = self._read(body_size, deadline)
        except (OSError, ValueError) as error:
            raise _Gone from error
        self.spent = bool(reply.get("dying"))
        return reply, result

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        if pipe is None:
            raise _Gone
        return pipe

    def _read(self, size: int, deadline: float) -> bytes:
        source = self._pipe(self.process.stdout).fileno()
        data = bytearray()
        while len(data) < size:
            if not select.select([source], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise _Gone
            chunk = os.read(source, min(size - len(data), 1 << 20))
            if not chunk:
                raise _Gone
            data += chunk
        return bytes(data)

    def end(self) -> None:
        """Kill and reap."""
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self.process.wait()


class Pool:
    """At most `size` children. `wall` seconds of clock and `cpu` seconds of processor per job; renewed after `renew` jobs."""

    def __init__(self, size: int = 2, *, wall: float = 9.0, cpu: int = 5, renew: int = 500) -> None:
        self.wall, self.cpu, self.renew = wall, cpu, renew
        self._slots = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._owner = os.getpid()

    def _take(self) -> _Process:
        with self._lock:
            if self._owner != os.getpid():
                # After a fork the pipes are shared with the parent process: leave them to it.
                self._idle, self._owner = [], os.getpid()
            return self._idle.pop() if self._idle else _Process()

    def _give_back(self, child: _Process) -> None:
        if child.spent or child.jobs >= self.renew:
            child.end()
            return
        with self._lock:
            self._idle.append(child)

    def ask(self, do: str, docx: bytes, context: Mapping[str, object] | None = None) -> tuple[dict[str, object], bytes]:
        """Do one job in a child. Raises `BadPaper` when the template is refused, overruns or ends the child."""
        key = hashlib.sha256(docx).hexdigest()
        head = {"do": do, "key": key, "context": dict(context or {}), "seconds": self.cpu}
        with self._slots:
            child = self._take()
            deadline = time.monotonic() + self.wall
            try:
                reply, body = child.ask(head, b"", deadline)
                if reply.get("need"):
                    reply, body = child.ask(head, docx, deadline)
            except _Gone as error:
                child.end()
                raise BadPaper(
                    "模板填写超出时间或内存限制,已中止",
                    remedy="检查模板中的重复与条件,或减少文书内容后重试",
                ) from error
            except BaseException:
                child.end()
                raise
            self._give_back(child)
        if faults := reply.get("faults"):
            raise BadPaper(";".join(map(str, faults)) if isinstance(faults, list) else str(faults))
        return reply, body

    def close(self) -> None:
        """End the children of this process."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle if self._owner == os.getpid() else []:
            child.end()


_shared: Pool | None = None
_shared_lock = threading.Lock()


def shared() -> Pool:
    """The pool of this process, begun at first use."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Pool()
            atexit.register(_shared.close)
        return _shared
