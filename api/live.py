"""Live counts of the inboxes: one thread per process listens, counts once per change, and tells everybody who looks.

A commit that touches inboxes is heard by the process that made it, which notifies all processes over PostgreSQL; each then
counts, for the agencies that changed, what those who look through it wait for. Nothing is asked for a browser that merely
stays open. What gets lost (a database that was away) is made good at the next change; lists never rest on these counts.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import psycopg

import engine
from kernel import log
from kernel.errors import Problem
from kernel.work import SYSTEM_ID, Grant, Node, Person, Work

_log = log.logger("api.live")
CHANNEL = "zc_inbox"
TOGETHER = 0.3  # seconds: changes within it are counted once
_CATEGORIES = frozenset(f"0{n}" for n in range(1, 9))
Counts = dict[str, int]


@dataclass(eq=False)
class Looker:
    """One open page. `tell` takes the counts, or None when the server goes."""

    person: Person
    tell: Callable[[Counts | None], None]
    pairs: frozenset[tuple[int, str]] = field(init=False)
    last: Counts | None = None

    def __post_init__(self) -> None:
        self.pairs = engine.inbox_pairs(self.person)


class Live:
    """Who looks through this process, and the thread that counts for them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._lookers: set[Looker] = set()
        self._new: set[Looker] = set()
        self._touched: set[int] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)

    def start(self) -> None:
        """Begins to listen. A signal to end lets the open pages go first, since they would keep the server waiting."""
        self.node.listeners.append(self._heard)
        self._thread.start()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before(number)

    def _before(self, number: signal.Signals) -> None:
        then = signal.getsignal(number)

        def end(signum: int, frame: FrameType | None) -> None:
            self._stop.set()
            self._wake.set()
            if callable(then):
                then(signum, frame)

        if callable(then):
            signal.signal(number, end)

    def stop(self) -> None:
        """Ends; who still looks is let go."""
        self._stop.set()
        self._wake.set()
        if self._heard in self.node.listeners:
            self.node.listeners.remove(self._heard)
        if self._thread.is_alive():
            self._thread.join(5)

    @property
    def ended(self) -> bool:
        """Is the server going?"""
        return self._stop.is_set()

    def join(self, looker: Looker) -> None:
        """Somebody opened a page: told the counts soon, and again after each change."""
        with self._lock:
            self._lookers.add(looker)
            self._new.add(looker)
        self._wake.set()

    def leave(self, looker: Looker) -> None:
        """The page is closed."""
        with self._lock:
            self._lookers.discard(looker)
            self._new.discard(looker)

    def _heard(self, agency_id: int) -> None:
        with self._lock:
            self._touched.add(agency_id)
        self._wake.set()

    # ------------------------------------------------------------------ the thread
    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self.node.db.dsn, autocommit=True) as connection:
                    connection.execute(f"listen {CHANNEL}")
                    self._listen(connection)
            except (psycopg.Error, Problem) as error:
                _log.warning("live_waits", error=type(error).__name__)
                self._stop.wait(2)
        for looker in list(self._lookers):
            looker.tell(None)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        while not self._stop.is_set():
            with self._lock:
                mine, self._touched = self._touched, set()
            for agency_id in mine:
                connection.execute("select pg_notify(%s, %s)", (CHANNEL, str(agency_id)))
            told = {int(n.payload) for n in connection.notifies(timeout=0.05) if n.payload.isdigit()}
            with self._lock:
                new, self._new = self._new, set()
                lookers = set(self._lookers)
            if told or new:
                self._count(told, {one for one in lookers if one in new or {a for a, _ in one.pairs} & told})
                self._stop.wait(TOGETHER)
            elif lookers:
                self._wake.wait(0.5)  # a change of another process is heard within half a second
            else:
                self._wake.wait(5)
            self._wake.clear()

    def _count(self, told: Iterable[int], lookers: set[Looker]) -> None:
        if not lookers:
            return
        pairs = {pair for one in lookers for pair in one.pairs}
        agencies = frozenset(a for a, _ in pairs)
        system = Person(SYSTEM_ID, "系统", 0, (Grant("system", 0, agencies, _CATEGORIES),))
        waiting, held = engine.census(Work(self.node, system, "live"), pairs, {one.person.id for one in lookers})
        for one in lookers:
            unit = sum(n for (agency, role, category), n in waiting.items() if one.person.holds(role, agency, category))
            counts = engine.counts_told(held.get(one.person.id), unit)
            if counts != one.last:
                one.last = counts
                one.tell(counts)


class Channel:
    """The way from the counting thread into one answer's event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Counts | None] = asyncio.Queue()

    def tell(self, counts: Counts | None) -> None:
        """From any thread; an answer that is over hears nothing."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._queue.put_nowait, counts)

    async def next(self, seconds: float) -> Counts | None:
        """The next counts. Raises `TimeoutError`."""
        return await asyncio.wait_for(self._queue.get(), seconds)
