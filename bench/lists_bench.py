"""Lists at a province's size: 657 agencies, 1,000,000 open tasks, 1,000,000 cases, read as ordinary officers.

Every read goes through the functions that the API uses, with row-level security on. Milliseconds at the 95th percentile.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg

from bench.node import bench_node, superuser
from engine import inbox
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.work import Grant, Node, Person, Work
from registers import case as cases

CATEGORIES = ["01", "02", "03", "04", "05", "06", "07", "08"]
ROLES = ["officer", "unit_head", "legal", "head"]
NULL = r"\N"  # COPY's sign
_START = datetime(2026, 1, 1, tzinfo=UTC)


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


def load(node: Node, cases_n: int, tasks_n: int) -> None:
    """Bulk rows by COPY as the superuser, the indexes made afterwards, then ANALYZE."""
    rnd, ids = random.Random(7), [str(uuid7()) for _ in range(cases_n)]
    tables = ("enforcement_case", "case_term", "work_item")
    with psycopg.connect(superuser(node)) as pg:
        pg.execute("set session_replication_role = replica")
        pg.execute("set maintenance_work_mem = '256MB'")
        indexes = pg.execute(
            "select format('drop index %%I', indexname), indexdef from pg_indexes where tablename = any(%s)"
            " and indexname not in (select conname from pg_constraint)",
            (list(tables),),
        ).fetchall()
        for drop, _ in indexes:
            pg.execute(drop)
        paths = (
            f"{i}\t{c}\t{n}\t{s}\t{level}\t{p or NULL}\t{{{','.join(map(str, path))}}}"
            for i, c, n, s, level, p, path in agencies()
        )
        _copy(pg, "agency (id, code, name, short, level, parent_id, path)", paths)
        places = [f"{1 + n % 657}\t{CATEGORIES[n % 8]}" for n in range(657 * 8)]
        at = [(_START + timedelta(seconds=n * 20)).isoformat() for n in range(cases_n)]
        _copy(pg, "enforcement_case (id, agency_id, category, case_number, case_cause, procedure_type, case_status, facts, created_at)", (
            f"{id_}\t{places[n % 5256]}\t粤交案〔2026〕{n:07}号\t超限运输\tordinary\tinvestigating\t{{}}\t{at[n]}" for n, id_ in enumerate(ids)
        ))  # fmt: skip
        _copy(pg, "case_term (agency_id, category, term, case_id, created_at)", (
            f"{places[n % 5256]}\t{term}\t{id_}\t{at[n]}"
            for n, id_ in enumerate(ids)
            for term in (f"粤交案〔2026〕{n:07}号", f"粤A{n % 99991:05}", f"当事人{n % 50021}")
        ))  # fmt: skip
        due = [(_START + timedelta(minutes=m)).isoformat() for m in range(0, 600_000, 60)]
        _copy(pg, "work_item (id, agency_id, category, role, instance_id, subject_id, token, element, name, process_key, title, claimed_by, due_at, created_at)", (
            f"{uuid7()}\t{places[n % 5256]}\t{ROLES[n // 657 % 4]}\t{ids[n % cases_n]}\t{ids[n % cases_n]}\t{n}\treview\t审查\tcase_ordinary"
            f"\t超限运输 · 粤A12345\t{UUID(int=1 + n % 657) if n % 5 == 0 else NULL}\t{rnd.choice(due)}\t{at[0]}" for n in range(tasks_n)
        ))  # fmt: skip
        for _, make in indexes:
            pg.execute(make)
        pg.commit()
        pg.autocommit = True
        pg.execute("vacuum analyze")


def _copy(pg: psycopg.Connection[Any], table: str, lines: Iterator[str]) -> None:
    with pg.cursor().copy(f"copy {table} from stdin") as copy:  # type: ignore[arg-type]
        while block := list(islice(lines, 5_000)):
            copy.write("\n".join(block) + "\n")


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


def p95(work: Callable[[], object], times: int = 120) -> float:
    """The 95th percentile in ms, after a warm-up."""
    for _ in range(10):
        work()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.quantiles(taken, n=20)[18]


def run(cases_n: int = 1_000_000, tasks_n: int = 1_000_000) -> dict[str, float]:
    """inbox_p95_ms and case_search_p95_ms: the worst over the three people and the kinds of reading."""
    rnd = random.Random(3)
    with bench_node() as node:
        node.policy = Policy([(r, v) for r in ROLES for v in ("task.claim", "case.search")])
        load(node, cases_n, tasks_n)
        inbox_ms, search_ms = {}, {}
        for name, person in people().items():
            for box in ("mine", "unit"):
                inbox_ms[name, box] = p95(lambda p=person, b=box: _page(node, p, b))
            for kind, make in (
                ("plate", lambda: {"plate": f"粤A{rnd.randrange(99991):05}"}),
                ("number", lambda: {"number": f"粤交案〔2026〕{rnd.randrange(cases_n):07}号"}),
                ("party", lambda: {"party": f"当事人{rnd.randrange(50021)}"}),
                ("recent", dict),
            ):
                search_ms[name, kind] = p95(lambda p=person, m=make: _search(node, p, m()))
        for key, value in {**inbox_ms, **search_ms}.items():
            print(f"  {'/'.join(key):20} {value:8.2f} ms")
        return {"inbox_p95_ms": max(inbox_ms.values()), "case_search_p95_ms": max(search_ms.values())}


def _page(node: Node, person: Person, box: inbox.Box) -> None:
    work = Work(node, person)
    with work.transaction(hot=True):
        first = inbox.listing(work, box, 50, None, inbox.Wanted())
        if first["next"]:
            inbox.listing(work, box, 50, first["next"], inbox.Wanted())


def _search(node: Node, person: Person, what: dict[str, str]) -> None:
    work = Work(node, person)
    with work.transaction(hints=cases.HINTS):
        cases.search(work, limit=50, **what)


if __name__ == "__main__":
    print(run())
