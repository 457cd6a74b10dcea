"""Records that a process is about: one table per kind, each with typed columns, `facts`, a version, and a history of changes.

A kind's table has at least id, agency_id, category, facts, version, created_at, and its columns for number and status.
Every record has a row in `subject` too: papers, evidence and origins hang on it, whatever its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.ids import uuid7
from kernel.work import Row, Work
from registers.terms import normal_all


@dataclass(frozen=True)
class Kind:
    """What the engine has to know of a kind of record. `columns`: those that may be set, with their PostgreSQL types.

    `title`: the elements whose values name a record in lists. `codes`: the code list of its status. `terms`: whether it is
    found by whole terms (`case_term`). `initial`: columns of a record that nothing is known of yet.
    """

    name: str
    label: str
    table: str
    columns: Mapping[str, str]
    codes: str
    status: str = "status"
    number: str = "number"
    title: tuple[str, ...] = ()
    terms: bool = False
    initial: Mapping[str, object] = field(default_factory=dict)


def insert(
    work: Work,
    kind: Kind,
    *,
    id: UUID,
    agency_id: int,
    category: str,
    facts: Mapping[str, object],
    columns: Mapping[str, object] | None = None,
    source: str = "start",
    terms: Iterable[str | None] = (),
    origin_id: UUID | None = None,
) -> None:
    """A new record with its first facts, their history row, its row in `subject` and its search terms: one statement."""
    given = {**kind.initial, **(columns or {})}
    names = [_known(kind, name) for name in given]
    values = "".join(f", %(c_{name})s::{kind.columns[name]}" for name in names)
    work.execute(
        f"""with about as (
          insert into subject (id, kind, agency_id, category, origin_id, created_at)
          values (%(id)s, %(kind)s, %(agency)s, %(category)s, %(origin)s, %(at)s)),
        made as (
          insert into {kind.table} (id, agency_id, category, facts, created_at{"".join(f", {n}" for n in names)})
          values (%(id)s, %(agency)s, %(category)s, %(facts)s, %(at)s{values}) returning id),
        change as (
          insert into fact_change (id, agency_id, category, subject_kind, subject_id, at, person_id, source, changes)
          select %(change)s, %(agency)s, %(category)s, %(kind)s, %(id)s, %(at)s, %(person)s, %(source)s,
            (select coalesce(jsonb_object_agg(key, jsonb_build_array(null, value)), '{{}}') from jsonb_each(%(facts)s))
          where %(facts)s <> '{{}}'::jsonb){_TERM_OF_NEW if kind.terms else ""}
        select 1 from made""",
        {
            **_history(work, source),
            **{f"c_{name}": value for name, value in given.items()},
            "id": id,
            "kind": kind.name,
            "agency": agency_id,
            "category": category,
            "origin": origin_id,
            "facts": Jsonb(dict(facts)),
            "terms": normal_all(terms),
        },
    )


_TERM_OF_NEW = """,
        term as (
          insert into case_term (agency_id, category, term, case_id, created_at)
          select %(agency)s, %(category)s, t, %(id)s, %(at)s from unnest(%(terms)s::text[]) t on conflict do nothing)"""
_TERM = """,
        term as (
          insert into case_term (agency_id, category, term, case_id, created_at)
          select agency_id, category, t, id, created_at from new, unnest(%(terms)s::text[]) t on conflict do nothing)"""
# Who has the record locked and read tells how it was; for the others the statement looks.
_BEFORE = """old as (select id, facts from {table} where id = %(id)s for update),
        was as (select (select jsonb_object_agg(n.key, jsonb_build_array(old.facts -> n.key, n.value))
            from jsonb_each(%(facts)s) n where (old.facts -> n.key) is distinct from n.value) as changes from old),"""


def apply(
    work: Work,
    kind: Kind,
    id: UUID,
    *,
    changes: Mapping[str, object] | None = None,
    columns: Mapping[str, object] | None = None,
    source: str,
    terms: Iterable[str | None] = (),
    agency_id: int | None = None,
    category: str | None = None,
    before: Mapping[str, object] | None = None,
) -> None:
    """Changes facts and typed columns, counts the version up, keeps old and new values, adds search terms: one statement.

    `source` says where the change comes from (a step's element id, a message, a correction). A record that does not exist
    or lies outside the scope makes the transaction fail (SQLSTATE P0002), never a silent nothing; so does one that is not
    of the `agency_id` and `category` that the caller believes it to be of, when given. `before`: its facts, from a row that
    this transaction has locked.
    """
    sets = "".join(f", {_known(kind, name)} = %(c_{name})s::{kind.columns[name]}" for name in columns or {})
    told = before is not None
    work.execute(
        f"""with {"" if told else _BEFORE.format(table=kind.table)}
        new as (
          update {kind.table} c set facts = c.facts || %(facts)s, version = c.version + 1{sets}
          {"where" if told else "from old where c.id = old.id and"} c.id = %(id)s
            and c.agency_id = coalesce(%(agency)s::int, c.agency_id) and c.category = coalesce(%(category)s::text, c.category)
          returning c.id, c.agency_id, c.category, c.created_at),
        change as (
          insert into fact_change (id, agency_id, category, subject_kind, subject_id, at, person_id, source, changes)
          select %(change)s, agency_id, category, %(kind)s, id, %(at)s, %(person)s, %(source)s, changes
          from new, {"(select %(changes)s::jsonb as changes)" if told else ""} was where changes is not null){_TERM if kind.terms else ""}
        select zc.must_be(count(*)) from new""",
        {
            **_history(work, source),
            **{f"c_{name}": value for name, value in (columns or {}).items()},
            "id": id,
            "kind": kind.name,
            "agency": agency_id,
            "category": category,
            "facts": Jsonb(dict(changes or {})),
            "changes": _changes(before, changes or {}) if before is not None else None,
            "terms": normal_all(terms),
        },
    )


def _changes(before: Mapping[str, object], after: Mapping[str, object]) -> Jsonb | None:
    """Fact → [old value, new value]; None when nothing is another."""
    changed = {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
    return Jsonb(changed) if changed else None


def get(work: Work, kind: Kind, id: UUID) -> Row | None:
    """The record's row; None also when it lies outside the scope."""
    return work.one(f"select * from {kind.table} where id = %s", (id,))


def _known(kind: Kind, name: str) -> str:
    if name not in kind.columns:
        raise KeyError(f"{kind.table} has no settable column {name!r}")
    return name


def _history(work: Work, source: str) -> dict[str, object]:
    return {"change": uuid7(), "at": work.now, "person": work.person.id, "source": source}
