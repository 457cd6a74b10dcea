"""A province's size, loaded once for all benchmarks of a run: 657 agencies, 1,000,000 cases of 100,000 vehicles and 20,000
businesses, their 5,000,000 pieces of evidence, 1,000,000 open tasks, clues, weighings, inspections, permits, alerts.

Everything by COPY as the superuser, by two processes, indexes made afterwards, then ANALYZE.
"""

from __future__ import annotations

import atexit
import functools
import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg

from bench.node import bench_node, superuser
from content import load as content_load
from engine import release_store
from kernel.settings import ROOT
from kernel.work import Grant, Node, Person, Work, system_person

CASES, TASKS, EVIDENCE = 1_000_000, 1_000_000, 5_000_000
VEHICLES, PARTIES, NAMES = 100_000, 20_000, 50_021
CATEGORIES = ["01", "02", "03", "04", "05", "06", "07", "08"]
ROLES = ["officer", "unit_head", "legal", "head"]
NULL = r"\N"  # COPY's sign
_START = datetime(2024, 1, 1, tzinfo=UTC)
_DAYS = [(_START + timedelta(days=days)).isoformat() for days in range(1_000)]
_DUE = [(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m)).isoformat() for m in range(0, 600_000, 60)]


def id_of(kind: int, n: int) -> str:
    """A made-up id: the same each time, in the order of n. 1 party, 2 vehicle, 3 case, 4 clue."""
    text = f"{kind:016x}{n + 1:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def agencies() -> list[tuple[int, str, str, str, str, int | None, list[int]]]:
    """1 province, 21 cities, 635 counties: (id, code, name, short, level, parent, path)."""
    rows: list[tuple[int, str, str, str, str, int | None, list[int]]] = [
        (1, "440000", "省交通运输厅", "粤", "province", None, [1])
    ]
    for city in range(21):
        rows.append((2 + city, f"44{city + 1:02}00", f"市局{city}", "市", "city", 1, [1, 2 + city]))
    for county in range(635):
        parent = 2 + county % 21
        rows.append((23 + county, f"45{county:04}", f"县局{county}", "县", "county", parent, [1, parent, 23 + county]))
    return rows


def people() -> dict[str, Person]:
    """An officer of a county, a unit head of a city with its tree, a supervisor of the whole province."""
    tree = {row[0]: [r[0] for r in agencies() if row[0] in r[6]] for row in agencies()[:24]}

    def person(n: int, agency: int, role: str) -> Person:
        reach = frozenset(tree.get(agency, [agency]))
        return Person(UUID(int=n), role, agency, (Grant(role, agency, reach, frozenset(CATEGORIES)),))

    return {
        "county": person(23, 23, "officer"),
        "city": person(2, 2, "unit_head"),
        "province": person(1, 1, "head"),
    }


def place(n: int) -> str:
    """Whose a vehicle is, with all that belongs to it: agency and category."""
    return f"{1 + n % VEHICLES % 657}\t{CATEGORIES[n % VEHICLES // 657 % 8]}"


def _at(n: int, total: int) -> str:
    return _DAYS[n * 694 // total]


# ---------------------------------------------------------------------- the rows, as lines of COPY
def _party() -> Iterator[str]:
    return (f"{id_of(1, n)}\t{place(n)}\torganization\t业户{n}\t{_DAYS[0]}" for n in range(PARTIES))


def _vehicle() -> Iterator[str]:
    return (f"{id_of(2, n)}\t{place(n)}\t粤A{n:05}\t2\t{_DAYS[0]}" for n in range(VEHICLES))


def _case() -> Iterator[str]:
    for n in range(CASES):
        of = f"{id_of(2, n % VEHICLES)}\t{id_of(1, n % PARTIES)}"
        yield f"{id_of(3, n)}\t{place(n)}\t粤交案〔2026〕{n:07}号\t超限运输\tordinary\tinvestigating\t{of}\t{_at(n, CASES)}"


def _term() -> Iterator[str]:
    for n in range(CASES):
        rest = f"{id_of(3, n)}\t{_at(n, CASES)}"
        for term in (f"粤交案〔2026〕{n:07}号", f"粤A{n % VEHICLES:05}", f"当事人{n % NAMES}"):
            yield f"{place(n)}\t{term}\t{rest}"


def _task() -> Iterator[str]:
    rnd = random.Random(7)
    for n in range(TASKS):
        agency = 1 + n % 657
        mine = UUID(int=agency) if n % 5 == 0 else NULL
        yield (
            f"{id_of(11, n)}\t{agency}\t{CATEGORIES[n % 8]}\t{ROLES[n // 657 % 4]}\t{id_of(3, n % CASES)}\t{id_of(3, n % CASES)}\t{n}\treview\t审查"
            f"\tcase_ordinary\t超限运输 · 粤A12345\t{mine}\t{rnd.choice(_DUE)}\t{_DAYS[0]}"
        )


def _evidence() -> Iterator[str]:
    each = EVIDENCE // CASES
    for n in range(EVIDENCE):
        case = n // each
        digest = rf"\\x{n * 0x9E3779B97F4A7C15 % (1 << 64):016x}{n:048x}"
        yield (
            f"{id_of(10, n)}\t{place(case)}\t{id_of(3, case)}\t2\t照片{n}\timage/jpeg\t200000\t{digest}\t{digest}"
            f"\t{_at(case, CASES)}\t{id_of(12, n % 5_000)}"
        )


def _clue() -> Iterator[str]:
    clues = CASES // 2
    for n in range(clues):
        at, v, p = _at(n, clues), n % VEHICLES, n % PARTIES
        yield (
            f"{id_of(4, n)}\t{place(n)}\t抛洒\tpending\treport\t{at}\t地点{n % 5003}\t粤A{v:05}\t业户{p}\t{id_of(2, v)}\t{id_of(1, p)}\t{at}"
        )


def _pass() -> Iterator[str]:
    for n in range(CASES):
        at = _at(n, CASES)
        yield (
            f"{id_of(5, n)}\t{at}\t{place(n)}\t{id_of(9, n % 500)}\tP{n:08}\tS{n % 500}\t粤A{n % VEHICLES:05}\t49000\t{NULL}\tdynamic\tt"
            f"\t\\\\x{n:064x}\t{{}}\t{at}"
        )


def _inspection() -> Iterator[str]:
    others = CASES // 5
    for n in range(others):
        yield f"{id_of(6, n)}\t{place(n)}\t检{n:07}\t检查\tclosed\tvehicle\t{id_of(2, n % VEHICLES)}\t{_at(n, others)}"


def _permit() -> Iterator[str]:
    others = CASES // 5
    for n in range(others):
        of = id_of(2, n % VEHICLES)
        yield f"{id_of(7, n)}\t{place(n)}\tvehicle\t{of}\tvehicle_transport\tZ{n:07}\t2027-01-01\tvalid\t系统\t{_at(n, others)}"


def _alert() -> Iterator[str]:
    others = CASES // 5
    for n in range(others):
        yield f"{id_of(8, n)}\t{place(n)}\t{id_of(3, n)}\tR\twarning\t期限将届满\t{_at(n, others)}"


_PARTS: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "evidence": ("id, agency_id, category, case_id, kind, name, media_type, size, sha256, sm3, received_at, received_by", _evidence),
    "case_term": ("agency_id, category, term, case_id, created_at", _term),
    "enforcement_case": ("id, agency_id, category, case_number, case_cause, procedure_type, case_status, vehicle_id, party_id, created_at", _case),
    "work_item": (
        "id, agency_id, category, role, instance_id, subject_id, token, element, name, process_key, title, claimed_by, due_at, created_at", _task,
    ),
    "weigh_pass": (
        "id, weighed_at, agency_id, category, device_id, check_no, site_code, plate_no, gross_kg, over_kg, measure_kind, is_usable, digest,"
        " raw, received_at", _pass,
    ),
    "clue": (
        "id, agency_id, category, title, status, source, occurred_at, place, plate_no, party_name, vehicle_id, party_id, created_at", _clue,
    ),
    "inspection": ("id, agency_id, category, number, title, status, object_kind, object_id, created_at", _inspection),
    "permit": ("id, agency_id, category, object_kind, object_id, kind, permit_no, valid_until, status, source, created_at", _permit),
    "alert": ("id, agency_id, category, subject_id, rule, severity, message, raised_at", _alert),
    "vehicle": ("id, agency_id, category, plate, plate_color, created_at", _vehicle),
    "party": ("id, agency_id, category, party_type, name, created_at", _party),
}  # fmt: skip
_FIRST = ("evidence", "weigh_pass")  # about half of the work: one process takes these, another the rest


@functools.cache
def province() -> Node:
    """The node, loaded at the first asking and there until the program ends; who measures sets the policy he needs."""
    kept = ExitStack()
    node = kept.enter_context(bench_node())
    atexit.register(kept.close)  # after the server's own, so that it runs before
    begin = time.monotonic()
    with psycopg.connect(superuser(node)) as pg, pg.cursor().copy("copy agency (id, code, name, short, level, parent_id, path) from stdin") as copy:  # fmt: skip
        for row in agencies():
            copy.write_row(row)
    halves = [_FIRST, tuple(table for table in _PARTS if table not in _FIRST)]
    loading = [
        multiprocessing.get_context("spawn").Process(target=load, args=(superuser(node), half)) for half in halves
    ]
    for one in loading:
        one.start()
    for one in loading:
        one.join()
    if any(one.exitcode for one in loading):
        raise RuntimeError("the data could not be loaded")
    print(f"  a province's data loaded in {time.monotonic() - begin:.0f} s", flush=True)
    return node


def in_force(node: Node) -> dict[str, bytes]:
    """The national content, published on this node; its files."""
    files = content_load.tree(ROOT)
    work = Work(node, system_person(1, "01"))
    with work.transaction():
        release_store.store(work, files, ground="测量", effective_from=None)
    return files


def load(dsn: str, tables: tuple[str, ...]) -> None:
    """Some tables, one after the other: without their indexes, which are made afterwards."""
    with psycopg.connect(dsn, autocommit=True) as pg:
        pg.execute("set session_replication_role = replica")
        pg.execute("set maintenance_work_mem = '256MB'")
        for table in tables:
            indexes = pg.execute(
                "select format('drop index %%I', indexname), indexdef from pg_indexes where tablename = %s"
                " and indexname not in (select conname from pg_constraint)",
                (table,),
            ).fetchall()
            for drop, _ in indexes:
                pg.execute(drop)
            columns, lines = _PARTS[table]
            _copy(pg, f"{table} ({columns})", lines())
            for _, make in indexes:
                pg.execute(make)
            pg.execute(f"vacuum analyze {table}")  # type: ignore[arg-type]


def _copy(pg: psycopg.Connection[Any], table: str, lines: Iterator[str]) -> None:
    with pg.cursor().copy(f"copy {table} from stdin") as copy:  # type: ignore[arg-type]
        while block := list(islice(lines, 5_000)):
            copy.write("\n".join(block) + "\n")
