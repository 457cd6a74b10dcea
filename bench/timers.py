"""10,000 timers overdue after an outage, drained by two worker processes, each fired once.

One case is driven by the verbs to where it waits for a period to end; its rows are then copied 10,000 times (ids anew) by
COPY. Run with arguments, this is one of the workers: it says that it is ready, waits for a line, and sweeps until nothing
is due.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

import engine
from bench.content import MORE
from bench.node import Site, bench_site, superuser
from kernel.db import Database
from kernel.files import FileStore
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.settings import ROOT, Settings
from kernel.work import Node, Work

TIMERS = 10_000
_WORKERS = 2


def to_the_wait(site: Site) -> str:
    """A case that waits for a timer; its id."""
    work = Work(site.node, site.person("officer_1"))
    case = engine.start(work, "bench_wait", {"case_cause": "超限运输"}, agency_id=work.person.agency_id, category="01")
    engine.complete(work, case["tasks"][0]["id"], {})
    return str(case["case_id"])


def multiply(site: Site, case_id: str, times: int) -> None:
    """Copies the case's rows that often, each copy with ids of its own."""
    with psycopg.connect(superuser(site.node), row_factory=dict_row) as pg:
        pg.execute("set session_replication_role = replica")
        case = _rows(pg, "enforcement_case", "id", case_id)[0]
        instance = _rows(pg, "process_instance", "subject_id", case_id)[0]
        job = _rows(pg, "job", "subject_id", case_id)[0]
        clock = _rows(pg, "clock", "subject_id", case_id)[0]
        copies: dict[str, list[dict[str, Any]]] = {
            "enforcement_case": [],
            "process_instance": [],
            "job": [],
            "clock": [],
        }
        for n in range(times):
            subject, process = uuid7(), uuid7()
            copies["enforcement_case"].append({**case, "id": subject, "case_number": f"测{n:06}"})
            state = bytes(instance["state"]).replace(case_id.encode(), str(subject).encode())
            copies["process_instance"].append({**instance, "id": process, "subject_id": subject, "state": state})
            key = f"timer:{process}:{job['token']}"
            copies["job"].append(
                {**job, "id": uuid7(), "subject_id": subject, "instance_id": process, "idempotency_key": key}
            )
            copies["clock"].append({**clock, "id": uuid7(), "subject_id": subject, "instance_id": process})
        for table, rows in copies.items():
            _copy(pg, table, rows)
        pg.commit()
        pg.autocommit = True
        pg.execute("vacuum analyze")


def _rows(pg: psycopg.Connection[Any], table: str, column: str, value: str) -> list[dict[str, Any]]:
    return pg.execute(f"select * from {table} where {column} = %s", (value,)).fetchall()  # type: ignore[arg-type]


def _copy(pg: psycopg.Connection[Any], table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    with pg.cursor().copy(f"copy {table} ({', '.join(names)}) from stdin") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row([Jsonb(v) if isinstance(v, dict | list) else v for v in row.values()])


def drain(site: Site) -> float:
    """Seconds until two workers have run everything; they are ready before the clock starts."""
    site.clock.set(site.clock.at.replace(year=site.clock.at.year + 1))
    command = [
        sys.executable,
        "-m",
        "bench.timers",
        site.node.db.dsn,
        site.node.db.owner,
        str(site.node.settings.var),
        site.clock.at.isoformat(),
    ]
    workers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(_WORKERS)
    ]
    for worker in workers:
        if worker.stdout is None or worker.stdout.readline() != "ready\n":
            raise AssertionError("a worker did not start")
    begin = time.perf_counter()
    for worker in workers:
        if worker.stdin is not None:
            worker.stdin.write("go\n")
            worker.stdin.flush()
    for worker in workers:
        if worker.wait() != 0:
            raise AssertionError("a worker failed")
    return time.perf_counter() - begin


def check(site: Site, timers: int) -> None:
    """Each fired exactly once, and nothing else happened."""
    with psycopg.connect(superuser(site.node)) as pg:

        def one(query: str) -> int:
            return int(pg.execute(query).fetchone()[0])  # type: ignore[index,arg-type]

        counts = {
            "timers fired": one("select count(*) from step_history where element = 'period_over' and event = 'left'"),
            "instances": one(
                "select count(distinct instance_id) from step_history where element = 'period_over' and event = 'left'"
            ),
            "open tasks": one("select count(*) from work_item where status = 'open' and element = 'decide'"),
            "jobs done": one("select count(*) from job where kind = 'timer' and status = 'done'"),
            "audit rows": one("select count(*) from audit_entry where verb = 'timer.fire'"),
        }
        wrong = {k: v for k, v in counts.items() if v != timers}
        if wrong or one("select count(*) from incident") or one("select count(*) from job where attempts > 1"):
            raise AssertionError(f"{timers} timers: {counts}")


def run(timers: int = TIMERS) -> dict[str, float]:
    """timers_10k_s."""
    with bench_site(MORE) as site:
        case_id = to_the_wait(site)
        multiply(site, case_id, timers - 1)
        seconds = drain(site)
        check(site, timers)
    return {"timers_10k_s": round(seconds, 1)}


def work(dsn: str, owner: str, var: str, at: str) -> None:
    """One worker: what `zhicheng worker` does, until nothing is due."""
    from datetime import datetime

    now = datetime.fromisoformat(at)
    settings = Settings(var=Path(var), pdf="off", dsn=owner)
    node = Node(Database(dsn, owner, 2), settings, FileStore(settings.files), Policy([]), lambda: now)
    print("ready", flush=True)
    sys.stdin.readline()
    while engine.sweep(node):
        pass


if __name__ == "__main__":
    work(*sys.argv[1:5]) if len(sys.argv) > 1 else print(run())
