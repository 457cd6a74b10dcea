"""Figures for Prometheus: requests by route template, jobs, incidents, connections. No personal data, no case numbers.

Each API process counts for itself and leaves its counts in `var/run`; a scrape, whichever process answers it, adds them up.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from kernel.ids import uuid7
from kernel.work import SYSTEM_ID, Grant, Node, Person, Work

_registry = CollectorRegistry()
_requests = Counter("zhicheng_requests", "请求数", ["method", "route", "status"], registry=_registry)
_seconds = Histogram(
    "zhicheng_request_seconds",
    "请求耗时(秒)",
    ["route"],
    registry=_registry,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_pool = Gauge("zhicheng_db_connections_in_use", "在用数据库连接数", registry=_registry)
_swept = Counter("zhicheng_swept", "到期事项处理数", registry=_registry)
_write = threading.Lock()


def count(method: str, route: str, status: int, seconds: float) -> None:
    """One request."""
    _requests.labels(method, route, str(status)).inc()
    _seconds.labels(route).observe(seconds)


def swept(number: int) -> None:
    """So many due things were run."""
    _swept.inc(number)


def _folder(node: Node) -> Path:
    folder = node.settings.var / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def leave(node: Node) -> None:
    """Writes this process's counts where the others find them."""
    pool: Any = node.db.engine.pool
    _pool.set(pool.checkedout())
    path = _folder(node) / f"metrics-{os.getpid()}.prom"
    with _write:
        temporary = path.with_suffix(f".{uuid7().hex}")
        temporary.write_bytes(generate_latest(_registry))
        temporary.replace(path)


def forget(node: Node) -> None:
    """Removes the counts of former runs."""
    for path in _folder(node).glob("metrics-*"):
        path.unlink(missing_ok=True)


def text(node: Node) -> bytes:
    """The exposition: counts of all processes added up, and what the database says now."""
    leave(node)
    return _added_up(node) + _of_database(node)


def _added_up(node: Node) -> bytes:
    totals: dict[tuple[str, tuple[tuple[str, str], ...]], float] = defaultdict(float)
    kinds: dict[str, tuple[str, str]] = {}
    for path in sorted(_folder(node).glob("metrics-*.prom")):
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8")):
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    totals[sample.name, tuple(sorted(sample.labels.items()))] += sample.value
                    kinds.setdefault(sample.name, (family.name, family.type))
    lines, told = [], set()
    for (name, labels), value in sorted(totals.items()):
        family_name, kind = kinds[name]
        if family_name not in told:
            told.add(family_name)
            shown = f"{family_name}_total" if kind == "counter" else family_name
            lines.append(f"# TYPE {shown} {kind}")
        shown_labels = ",".join(f'{k}="{_escaped(v)}"' for k, v in labels)
        lines.append(f"{name}{{{shown_labels}}} {value}" if labels else f"{name} {value}")
    return ("\n".join(lines) + "\n").encode()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


_JOBS = """select count(*) filter (where status = 'waiting' and due_at > %(now)s) as waiting,
count(*) filter (where status = 'waiting' and due_at <= %(now)s) as overdue,
count(*) filter (where status = 'running') as running,
coalesce(extract(epoch from %(now)s - min(due_at) filter (where status = 'waiting' and due_at <= %(now)s)), 0)::float as behind
from job where status in ('waiting', 'running')"""


def _of_database(node: Node) -> bytes:
    registry = CollectorRegistry()
    work = Work(node, everywhere(node))
    with work.transaction(hot=True):
        jobs, incidents = (
            work.send(_JOBS, {"now": work.now}),
            work.send("select count(*) as n from incident where status = 'open'"),
        )
        row, open_ = work.read(jobs)[0], work.read(incidents)[0]["n"]
    for name, meaning, value in (
        ("zhicheng_jobs_waiting", "尚未到期的作业数", row["waiting"]),
        ("zhicheng_jobs_overdue", "到期未处理的作业数", row["overdue"]),
        ("zhicheng_jobs_running", "正在处理的作业数", row["running"]),
        ("zhicheng_jobs_behind_seconds", "最早到期未处理作业的滞后(秒)", row["behind"]),
        ("zhicheng_incidents_open", "未处理的异常数", open_),
    ):
        Gauge(name, meaning, registry=registry).set(value)
    return generate_latest(registry)


def everywhere(node: Node) -> Person:
    """The system with every agency and category in scope: for counting, never for acting on a case."""
    nobody = Work(node, Person(SYSTEM_ID, "系统", 0))
    with nobody.transaction(hot=True):
        ids = frozenset(row["id"] for row in nobody.rows("select id from agency"))
    categories = frozenset(f"{n:02}" for n in range(1, 9))
    return Person(SYSTEM_ID, "系统", 0, (Grant("system", 0, ids, categories),))
