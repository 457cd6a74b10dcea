"""Supervised objects and clues at a province's size: 1,000,000 cases of 100,000 vehicles and 20,000 businesses, by COPY.

Read through the engine's verbs as ordinary officers, with row-level security on. Milliseconds at the 95th percentile, the
worst over a county's officer, a city's unit head and the province's head.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

import engine
from bench.lists_bench import CATEGORIES, NULL, ROLES, _copy, agencies, p95, people
from bench.node import bench_node, superuser
from kernel.permissions import Policy
from kernel.work import Node, Person, Work

_START = datetime(2024, 1, 1, tzinfo=UTC)
_VEHICLES, _PARTIES = 100_000, 20_000
_TABLES = (
    "enforcement_case", "clue", "weigh_pass", "inspection", "permit", "alert", "vehicle", "party", "object_check", "watch_entry",
)  # fmt: skip


def _id(kind: int, n: int) -> str:
    """A made-up id: the same each time, in the order of n."""
    return str(UUID(int=(kind << 64) + n + 1))


def _place(n: int) -> str:
    """Whose a vehicle or business is: agency and category, the same for all that belongs to it."""
    return f"{1 + n % 657}\t{CATEGORIES[n // 657 % 8]}"


def _at(n: int, total: int) -> str:
    return (_START + timedelta(seconds=n * 60_000_000 // total)).isoformat()


def load(node: Node, cases: int) -> None:
    """Bulk rows as the superuser, indexes made afterwards, then ANALYZE."""
    clues, passes, others = cases // 2, cases, cases // 5
    with psycopg.connect(superuser(node)) as pg:
        pg.execute("set session_replication_role = replica")
        pg.execute("set maintenance_work_mem = '256MB'")
        indexes = pg.execute(
            "select format('drop index %%I', indexname), indexdef from pg_indexes where tablename = any(%s)"
            " and indexname not in (select conname from pg_constraint)",
            (list(_TABLES),),
        ).fetchall()
        for drop, _ in indexes:
            pg.execute(drop)
        paths = (
            f"{i}\t{c}\t{n}\t{s}\t{level}\t{p or NULL}\t{{{','.join(map(str, path))}}}"
            for i, c, n, s, level, p, path in agencies()
        )
        _copy(pg, "agency (id, code, name, short, level, parent_id, path)", paths)
        made = _at(0, 1)
        _copy(pg, "party (id, agency_id, category, party_type, name, created_at)", (
            f"{_id(1, n)}\t{_place(n)}\torganization\t业户{n}\t{made}" for n in range(_PARTIES)))  # fmt: skip
        _copy(pg, "vehicle (id, agency_id, category, plate, plate_color, created_at)", (
            f"{_id(2, n)}\t{_place(n)}\t粤A{n:05}\t2\t{made}" for n in range(_VEHICLES)))  # fmt: skip
        _copy(pg, "enforcement_case (id, agency_id, category, case_number, case_cause, procedure_type, case_status, vehicle_id, party_id, created_at)", (
            f"{_id(3, n)}\t{_place(n % _VEHICLES)}\t案{n:07}\t超限运输\tordinary\tinvestigating\t{_id(2, n % _VEHICLES)}\t{_id(1, n % _PARTIES)}\t{_at(n, cases)}"
            for n in range(cases)))  # fmt: skip
        _copy(pg, "clue (id, agency_id, category, title, status, source, occurred_at, place, plate_no, party_name, vehicle_id, party_id, created_at)", (
            f"{_id(4, n)}\t{_place(n % _VEHICLES)}\t抛洒\tpending\treport\t{_at(n, clues)}\t地点{n % 5003}\t粤A{n % _VEHICLES:05}\t业户{n % _PARTIES}"
            f"\t{_id(2, n % _VEHICLES)}\t{_id(1, n % _PARTIES)}\t{_at(n, clues)}" for n in range(clues)))  # fmt: skip
        _copy(pg, "weigh_pass (id, weighed_at, agency_id, category, device_id, check_no, site_code, plate_no, gross_kg, over_kg, measure_kind, is_usable, digest, raw, received_at)", _passes(passes))  # fmt: skip
        _copy(pg, "inspection (id, agency_id, category, number, title, status, object_kind, object_id, created_at)", (
            f"{_id(6, n)}\t{_place(n % _VEHICLES)}\t检{n:07}\t检查\tclosed\tvehicle\t{_id(2, n % _VEHICLES)}\t{_at(n, others)}" for n in range(others)))  # fmt: skip
        _copy(pg, "permit (id, agency_id, category, object_kind, object_id, kind, permit_no, valid_until, status, source, created_at)", (
            f"{_id(7, n)}\t{_place(n % _VEHICLES)}\tvehicle\t{_id(2, n % _VEHICLES)}\tvehicle_transport\tZ{n:07}\t2027-01-01\tvalid\t系统\t{_at(n, others)}"
            for n in range(others)))  # fmt: skip
        _copy(pg, "alert (id, agency_id, category, subject_id, rule, severity, message, raised_at)", (
            f"{_id(8, n)}\t{_place(n % _VEHICLES)}\t{_id(3, n)}\tR\twarning\t期限将届满\t{_at(n, others)}" for n in range(others)))  # fmt: skip
        for _, make in indexes:
            pg.execute(make)
        pg.commit()
        pg.autocommit = True
        pg.execute("vacuum analyze")


def _passes(count: int) -> Iterator[str]:
    for n in range(count):
        v = n % _VEHICLES
        yield (
            f"{_id(5, n)}\t{_at(n, count)}\t{_place(v)}\t{_id(9, n % 500)}\tP{n:08}\tS{n % 500}\t粤A{v:05}\t49000\t{NULL}\tdynamic\tt"
            f"\t\\\\x{n:064x}\t{{}}\t{_at(n, count)}"
        )


def run(cases: int = 1_000_000) -> dict[str, float]:
    """object_view_p95_ms and clue_duplicate_p95_ms."""
    rnd = random.Random(5)
    with bench_node() as node:
        node.policy = Policy([(r, "case.search") for r in ROLES])
        load(node, cases)
        views, alike = {}, {}
        for name, person in people().items():
            vehicles = [n for n in range(_VEHICLES) if 1 + n % 657 in person.scope]
            parties = [n for n in vehicles if n < _PARTIES]
            clues = [n for n in range(cases // 2) if 1 + n % _VEHICLES % 657 in person.scope]
            views[name, "vehicle"] = p95(lambda p=person, v=vehicles: _view(node, p, "vehicle", _id(2, rnd.choice(v))))
            views[name, "party"] = p95(lambda p=person, v=parties: _view(node, p, "party", _id(1, rnd.choice(v))))
            alike[name, "clue"] = p95(
                lambda p=person, c=clues: engine.similar_clues(Work(node, p), _id(4, rnd.choice(c)))
            )
        for key, value in {**views, **alike}.items():
            print(f"  {'/'.join(key):20} {value:8.2f} ms")
        return {"object_view_p95_ms": max(views.values()), "clue_duplicate_p95_ms": max(alike.values())}


def _view(node: Node, person: Person, kind: str, object_id: str) -> None:
    first = engine.object_view_of(Work(node, person), kind, object_id, 50)
    if first["next"]:
        engine.object_view_of(Work(node, person), kind, object_id, 50, first["next"])


if __name__ == "__main__":
    print(run())
