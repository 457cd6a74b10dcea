"""Lists at a province's size: 657 agencies, 1,000,000 open tasks, 1,000,000 cases, read as ordinary officers.

Every read goes through the functions that the API uses, with row-level security on. Milliseconds at the 95th percentile.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
    """Bulk rows by COPY as the superuser, then ANALYZE."""
    rnd = random.Random(7)
    with psycopg.connect(superuser(node)) as pg:
        pg.execute("set session_replication_role = replica")
        with pg.cursor().copy("copy agency (id, code, name, short, level, parent_id, path) from stdin") as copy:
            for row in agencies():
                copy.write_row(row)
        ids = [uuid7() for _ in range(cases_n)]
        with pg.cursor().copy(
            "copy enforcement_case (id, agency_id, category, case_number, case_cause, procedure_type, case_status, facts, created_at) from stdin"
        ) as copy:
            for n, id_ in enumerate(ids):
                at = _START + timedelta(seconds=n * 20)
                number = f"粤交案〔2026〕{n:07}号"
                copy.write_row(
                    (id_, 1 + n % 657, CATEGORIES[n % 8], number, "超限运输", "ordinary", "investigating", "{}", at)
                )
        with pg.cursor().copy("copy case_term (agency_id, category, term, case_id) from stdin") as copy:
            for n, id_ in enumerate(ids):
                for term in (f"粤交案〔2026〕{n:07}号", f"粤A{n % 99991:05}", f"当事人{n % 50021}"):
                    copy.write_row((1 + n % 657, CATEGORIES[n % 8], term, id_))
        with pg.cursor().copy(
            "copy work_item (id, agency_id, category, role, instance_id, subject_id, token, element, name, process_key, title, claimed_by,"
            " due_at, created_at) from stdin"
        ) as copy:
            for n in range(tasks_n):
                due = _START + timedelta(minutes=rnd.randrange(600_000))
                mine = UUID(int=1 + n % 657) if n % 5 == 0 else None
                copy.write_row(
                    (
                        uuid7(),
                        1 + n % 657,
                        CATEGORIES[n % 8],
                        ROLES[n // 657 % 4],
                        uuid7(),
                        ids[n % cases_n],
                        str(n),
                        "review",
                        "审查",
                        "case_ordinary",
                        "超限运输 · 粤A12345",
                        mine,
                        due,
                        _START,
                    )
                )
        pg.commit()
        pg.autocommit = True
        pg.execute("vacuum analyze")


def people() -> dict[str, Person]:
    """An officer of a county, a unit head of a city with its tree, a supervisor of the whole province."""
    tree = {row[0]: [r[0] for r in agencies() if row[0] in r[6]] for row in agencies()[:24]}

    def person(n: int, agency: int, role: str) -> Person:
        reach = frozenset(tree.get(agency, [agency]))
        return Person(UUID(int=n), role, agency, (Grant(role, agency, reach, frozenset(CATEGORIES)),))

    return {
        "county": person(23 + 1, 23, "officer"),
        "city": person(3, 2, "unit_head"),
        "province": person(2, 1, "head"),
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
        first = inbox.listing(work, box, 50, None, None)
        if first["next"]:
            inbox.listing(work, box, 50, first["next"], None)


def _search(node: Node, person: Person, what: dict[str, str]) -> None:
    work = Work(node, person)
    with work.transaction():
        cases.search(work, limit=50, **what)


if __name__ == "__main__":
    print(run())
