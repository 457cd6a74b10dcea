"""Lists at a province's size: 657 agencies, 1,000,000 open tasks, 1,000,000 cases, read as ordinary officers.

Every read goes through the functions that the API uses, with row-level security on. Milliseconds at the 95th percentile.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from bench.province import CASES, NAMES, ROLES, VEHICLES, people, province
from engine import inbox
from kernel.permissions import Policy
from kernel.work import Node, Person, Work
from registers import case as cases


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


def run() -> dict[str, float]:
    """inbox_p95_ms and case_search_p95_ms: the worst over the three people and the kinds of reading."""
    rnd = random.Random(3)
    node = province()
    node.policy = Policy([(r, v) for r in ROLES for v in ("task.claim", "case.search")])
    inbox_ms, search_ms = {}, {}
    for name, person in people().items():
        for box in ("mine", "unit"):
            inbox_ms[name, box] = p95(lambda p=person, b=box: _page(node, p, b))
        for kind, make in (
            ("plate", lambda: {"plate": f"粤A{rnd.randrange(VEHICLES):05}"}),
            ("number", lambda: {"number": f"粤交案〔2026〕{rnd.randrange(CASES):07}号"}),
            ("party", lambda: {"party": f"当事人{rnd.randrange(NAMES)}"}),
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
