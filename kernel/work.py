"""Work: who acts, for which agency, in which transaction, at what time.

One `Work` per request or job. `transaction()` opens the one transaction of an act: the data scope is set in it, the
instant is fixed in it, and everything the act does commits or vanishes together. Hot verbs open it with `hot=True`: a
psycopg pipeline, in which statements travel together and a round trip happens only when a result is read.
"""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import orjson
import psycopg
import sqlalchemy as sa
from psycopg.rows import RowFactory, dict_row, tuple_row
from psycopg.types.json import set_json_dumps, set_json_loads

from kernel.settings import Settings

if TYPE_CHECKING:
    from kernel.db import Database
    from kernel.files import FileStore
    from kernel.permissions import Policy

set_json_dumps(orjson.dumps)
set_json_loads(orjson.loads)

LOCAL = zoneinfo.ZoneInfo("Asia/Shanghai")
Row = dict[str, Any]
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place; everyone else asks work.now


class SettableClock:
    """A clock for tests, stories and the demo: it stands still until it is set or moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        """Stands at this instant from now on."""
        self.at = at

    def move(self, by: timedelta) -> None:
        """Goes forward (or back) by this much."""
        self.at += by


@dataclass(frozen=True)
class Grant:
    """One role of a person: in an agency, reaching `agencies` (itself, or its tree), for some enforcement categories."""

    role: str
    agency_id: int
    agencies: frozenset[int]
    categories: frozenset[str]


@dataclass(frozen=True)
class Person:
    """Who acts. `grants` are those in force when the session was read; the system itself is a person too."""

    id: UUID
    name: str
    agency_id: int
    grants: tuple[Grant, ...] = ()
    login: str = ""

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role, wherever held."""
        return frozenset(g.role for g in self.grants)

    @cached_property
    def scope(self) -> tuple[int, ...]:
        """The agencies whose rows this person may see."""
        return tuple(sorted({a for g in self.grants for a in g.agencies}))

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The enforcement categories (执法门类) whose rows this person may see."""
        return tuple(sorted({c for g in self.grants for c in g.categories}))

    @cached_property
    def scope_settings(self) -> tuple[str, str]:
        """Scope and categories as PostgreSQL reads them: written once per session, asked for by every transaction."""
        return array_of(map(str, self.scope)), array_of(self.categories)

    def holds(self, role: str, agency_id: int, category: str) -> bool:
        """Does this person hold the role for this agency and category?"""
        return any(g.role == role and agency_id in g.agencies and category in g.categories for g in self.grants)


def array_of(identifiers: Iterable[str]) -> str:
    """An array of identifiers (no braces, commas, quotes or blanks in them) as PostgreSQL reads it: written by psycopg it costs several times as
    much. The statement casts it."""
    return "{" + ",".join(identifiers) + "}"


# The same bytes each time: psycopg finds by them what it knows of a statement.
_encoded = functools.lru_cache(maxsize=4096)(str.encode)
_SCOPE = "select set_config('app.scope', %s, true), set_config('app.categories', %s, true)"


@dataclass
class Node:
    """One node (部、省、市): its database, files, policy and clock. Made once per process."""

    db: Database
    settings: Settings
    files: FileStore
    policy: Policy
    clock: Clock = system_clock
    paper_sample: int = 1  # a simulation renders one paper in so many; whoever works in earnest renders all
    # Told, after a commit that touched its inboxes, the agency; what is not heard is lost and does no harm.
    listeners: list[Callable[[int], None]] = field(default_factory=list)


SYSTEM_ID = UUID("00000000-0000-7000-8000-000000000001")


def system_person(agency_id: int, category: str) -> Person:
    """The system as actor, bounded to the agency and category of the job it runs."""
    grant = Grant("system", agency_id, frozenset({agency_id}), frozenset({category}))
    return Person(SYSTEM_ID, "系统", agency_id, (grant,))


@dataclass
class Work:
    """Who acts, for which agency, in which transaction, at what time."""

    node: Node
    person: Person
    request_id: str = ""
    statements: int = 0
    round_trips: int = 0
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    _connection: sa.Connection | None = None
    _pg: psycopg.Connection[Any] | None = None
    _hot: bool = False
    _now: datetime | None = None
    _first: Callable[[], None] | None = None

    @property
    def now(self) -> datetime:
        """The instant of this act (aware, UTC): one and the same through the transaction."""
        return self._now or self.node.clock()

    @property
    def today(self) -> date:
        """The day of this act in China."""
        return self.now.astimezone(LOCAL).date()

    @property
    def is_open(self) -> bool:
        """Is a transaction open?"""
        return self._pg is not None

    @contextmanager
    def transaction(self, *, hot: bool = False, hints: Mapping[str, str] | None = None) -> Iterator[Work]:
        """The one transaction of an act. Commits at the end, rolls back on any exception.

        `hints`: settings of the planner for this transaction alone; they travel with the scope and cost no statement.
        """
        if self.is_open:
            raise RuntimeError("one act, one transaction: it is open already")
        with self.node.db.connection() as connection:
            pg = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            self._connection, self._pg, self._hot, self._now = connection, pg, hot, self.node.clock()
            try:
                if hot:
                    # psycopg would wait for an answer to its own BEGIN and COMMIT: these travel with the other statements.
                    pg.autocommit = True
                    with pg.pipeline():
                        pg.execute(b"BEGIN", prepare=False)
                        self._set_scope(hints or {})
                        yield self
                        pg.execute(b"COMMIT", prepare=False)
                        self.round_trips += 1
                else:
                    self._set_scope(hints or {})
                    yield self
                    connection.commit()
                    pg.commit()
            except BaseException:
                _roll_back(pg)
                raise
            finally:
                if hot and not pg.closed:
                    pg.autocommit = False
                self._connection = self._pg = None
                self._now = self._first = None
        callbacks, self.after_commit = self.after_commit, []
        for call in callbacks:
            call()

    def _set_scope(self, hints: Mapping[str, str]) -> None:
        hinted = "".join(f", set_config('{name}', %s, true)" for name in hints)
        self._raw(_SCOPE + hinted, (*self.person.scope_settings, *hints.values()), tuple_row)

    def widen_scope(self, agency_id: int) -> None:
        """Opens one more agency's rows for the rest of this transaction: a case shared by `case_scope`, read by its id."""
        scope = "{" + ",".join(map(str, {*self.person.scope, agency_id})) + "}"
        self._raw("select set_config('app.scope', %s, true)", (scope,))

    def _raw(
        self, query: str, params: Sequence[object] | Mapping[str, object] = (), rows: RowFactory[Any] = dict_row
    ) -> psycopg.Cursor[Any]:
        if self._pg is None:
            raise RuntimeError("no transaction is open")
        self.statements += 1
        cursor = psycopg.Cursor(self._pg, row_factory=rows)
        cursor.execute(_encoded(query), params)
        return cursor

    def execute(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> None:
        """A statement whose result nobody reads; in a hot transaction it waits for company."""
        self.settle_first()
        self._raw(query, params, tuple_row)

    def send(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> psycopg.Cursor[Row]:
        """A query sent now and read later with `read`: several sent in a row cost one round trip in a hot transaction."""
        return self._raw(query, params)

    def read(self, cursor: psycopg.Cursor[Row]) -> list[Row]:
        """The rows of a query that was sent."""
        if self._hot and cursor.pgresult is None:
            self.round_trips += 1
        rows = cursor.fetchall()
        self.settle_first()
        return rows

    def first(self, check: Callable[[], None]) -> None:
        """What must hold before the act learns anything: asked when its first rows are in, before it is given them, so that
        what `check` reads (sent already) costs no round trip of its own. It raises if the act may not go on."""
        self._first = check

    def settle_first(self) -> None:
        """Asks now what `first` was told to ask, if nobody has yet."""
        check, self._first = self._first, None
        if check is not None:
            check()

    def rows(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        """The rows of a query, as dictionaries."""
        return self.read(self._raw(query, params))

    def one(self, query: str, params: Sequence[object] | Mapping[str, object] = ()) -> Row | None:
        """The first row, or None."""
        rows = self.rows(query, params)
        return rows[0] if rows else None

    @property
    def sql(self) -> sa.Connection:
        """The SQLAlchemy connection of a transaction that is not hot: for queries composed at run time."""
        if self._connection is None or self._hot:
            raise RuntimeError("SQLAlchemy serves open transactions that are not hot")
        return self._connection

    def select(self, query: sa.Executable) -> list[Row]:
        """The rows of a SQLAlchemy query."""
        self.statements += 1
        return [dict(row) for row in self.sql.execute(query).mappings()]


def _roll_back(pg: psycopg.Connection[Any]) -> None:
    """Back to before the act. A connection that cannot even do this is closed: then the server does it."""
    try:
        if not pg.closed:
            pg.rollback()
    except psycopg.Error:
        pg.close()
