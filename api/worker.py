"""The door that time knocks on: threads that run what falls due, link the audit chain, anchor it daily, keep house.

PostgreSQL is the memory; Looking each second is the correctness path. Celery (when a Redis is configured) only
rings a bell: a task says "look now", and the same sweep runs. Losing the broker loses a second, never a deadline.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import engine
from api import mailing, metrics, nodes
from integrations import host
from kernel import audit, log, signing
from kernel.errors import Problem
from kernel.work import LOCAL, Node, Work
from registers import account

_log = log.logger("api.worker")
SECOND = 1.0
TOGETHER = 0.1
KEY_LIFE = timedelta(hours=24)


class Housekeeper:
    """The background threads of one process."""

    def __init__(self, node: Node, sweepers: int, *, every: float = SECOND) -> None:
        self.node, self.every = node, every
        self._stop = threading.Event()
        self._bell = threading.Event()
        duties: list[tuple[str, Callable[[], bool]]] = [("rights", self._rights)]
        if sweepers:
            duties += [("sweep", self._sweep)] * sweepers + [("chain", self._chain), ("tidy", self._tidy)]
            duties += [("mail", lambda: mailing.turn(node))] if node.settings.smtp else []
            # One thread per counterpart: a slow one keeps nobody else waiting.
            duties += [(f"exchange-{one.name}", host.Speaker(node, one).turn) for one in host.ready()]
        self._threads = [
            # One sweeper hears the bell: it wakes for every commit, and the others would only look at the same rows.
            threading.Thread(target=self._run, args=(name, duty, n == 1), name=f"{name}-{n}", daemon=True)
            for n, (name, duty) in enumerate(duties)
        ]

    def start(self) -> None:
        """Begins."""
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float = 20) -> None:
        """Ends after the piece of work that each thread has in hand."""
        self._stop.set()
        self._bell.set()
        until = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def wait(self) -> None:
        """Until somebody calls `stop`."""
        while not self._stop.wait(1):
            pass

    def ring(self) -> None:
        """Look now, do not wait for the second to pass."""
        self._bell.set()

    def _run(self, name: str, duty: Callable[[], bool], hears: bool) -> None:
        wait = self.every
        while not self._stop.is_set():
            try:
                busy = duty()
                wait = 0.0 if busy else self.every
            except Problem as problem:  # the database is away: again in a moment
                _log.warning("duty_failed", duty=name, code=problem.code, detail=problem.detail)
                wait = min(max(wait, self.every) * 2, 5.0)
            except Exception as error:
                _log.error("duty_failed", duty=name, exc_info=error)
                wait = min(max(wait, self.every) * 2, 30.0)
            if not wait:
                continue
            if hears and self._bell.wait(wait):
                self._stop.wait(TOGETHER)  # what is committed within this moment is found by one look
                self._bell.clear()
            elif not hears:
                self._stop.wait(wait)

    def _sweep(self) -> bool:
        done = engine.sweep(self.node)
        metrics.swept(done)
        return done > 0

    def _chain(self) -> bool:
        linked = audit.link(self.node)
        path = self.node.settings.anchor
        if path is not None and not _anchored_today(self.node):
            audit.anchor_head(self.node, path)
        return linked >= 20_000

    def _rights(self) -> bool:
        nodes.refresh(self.node)
        metrics.leave(self.node)
        return False

    def _tidy(self) -> bool:
        """Ended sessions, idempotency keys older than a day and nonces out of their window go."""
        account.sweep(self.node)
        work = Work(self.node, account.STRANGER)
        with work.transaction():
            work.execute("delete from idempotency where created_at < %s", (work.now - KEY_LIFE,))
            signing.forget(work)
        self._stop.wait(600)
        return False


def _anchored_today(node: Node) -> bool:
    path = node.settings.anchor
    if path is None or not path.exists():
        return False
    today = node.clock().astimezone(LOCAL).date()
    lines = path.read_text(encoding="utf-8").splitlines()
    return bool(lines) and datetime.fromisoformat(lines[-1].split()[0]).astimezone(LOCAL).date() == today


# ---------------------------------------------------------------------- Celery, the doorbell
LOOK_NOW = "zhicheng.look_now"


def celery_app(node: Node) -> Any:
    """A Celery application whose one task runs the sweep until nothing is due; its result goes nowhere."""
    from celery import Celery

    app = Celery("zhicheng", broker=node.settings.redis)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,
        broker_connection_retry_on_startup=True,
        worker_hijack_root_logger=False,
        task_default_queue="zhicheng",
    )

    def look_now() -> int:
        total = 0
        while done := engine.sweep(node):
            total += done
            metrics.swept(done)
        return total

    app.task(name=LOOK_NOW)(look_now)
    return app


class Bell:
    """Rings the Celery workers after a commit: best effort, in the background, never an error for who rings."""

    def __init__(self, url: str) -> None:
        from celery import Celery

        self._app = Celery("zhicheng", broker=url)
        self._app.conf.update(
            task_default_queue="zhicheng",
            broker_transport_options={"socket_timeout": 1, "socket_connect_timeout": 1},
            broker_connection_retry=False,
        )
        self._wanted = threading.Event()
        threading.Thread(target=self._ring, name="bell", daemon=True).start()

    def ring(self) -> None:
        """Asks for a look; many askings become one."""
        self._wanted.set()

    def _ring(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                self._app.send_task(LOOK_NOW, retry=False, expires=30)
            except Exception as error:  # the sweeper finds the job within a second or so anyway
                _log.warning("bell_failed", error=type(error).__name__)
            time.sleep(0.05)
