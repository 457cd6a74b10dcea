"""The front door under load: two API processes behind one socket, eight connections, ordinary officers, everything on.

A submit is `POST /tasks/{id}/complete` of a small case, with session, CSRF, Idempotency-Key, row-level security, audit,
history and commit. `python -m bench.run http_bench`.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from content import load
from engine import release_store
from kernel import db
from kernel.files import FileStore
from kernel.ids import uuid7
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import Node, Work, system_person
from registers import seed

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "engine" / "small"
PASSWORD = "Zhifa-2026-demo"
CONNECTIONS = 8
SECONDS = 12.0


def run() -> dict[str, float]:
    """http_submits_per_s, http_submit_p50_ms, start_s, api_rss_mb."""
    with tempfile.TemporaryDirectory(prefix="zc-http-", ignore_cleanup_errors=True) as folder:
        var = Path(folder)
        var.chmod(0o755)  # as root the database server runs as another user
        _prepare(var)
        port = _free_port()
        with _serving(var, port, 1):  # the first start fills caches of files and bytecode
            pass
        with _serving(var, port, 1) as (_, started):
            pass
        with _serving(var, port, 2) as (server, _):
            one = _latencies(port)
            many = _throughput(port)
            rss = _largest(server)
    return {
        "http_submits_per_s": round(many, 1),
        "http_submit_p50_ms": round(statistics.median(one), 2),
        "start_s": round(started, 2),
        "api_rss_mb": round(rss, 1),
    }


def _prepare(var: Path) -> None:
    """A node with people and the small process in force."""
    settings = Settings(var=var, dsn="", pdf="off")
    database = db.connect(settings, pool=2)
    db.migrate(database.owner, settings.app_role)
    node = Node(database, settings, FileStore(settings.files), Policy([]))
    work = Work(node, system_person(440100, "01"))
    seed.load(work, ROOT / "tests" / "people.yaml")
    keep = ("rules/national/deadlines/", "rules/national/calendar/", "rules/national/permissions/")
    files = {p: b for p, b in load.tree(ROOT).items() if p.startswith(keep)} | load.tree(SMALL)
    with work.transaction():
        release_store.store(work, files, ground="bench", effective_from=None)
    database.close()


@contextmanager
def _serving(var: Path, port: int, processes: int) -> Iterator[tuple[psutil.Process, float]]:
    """`zhicheng serve`; yields it and the seconds until it was ready."""
    begin = time.monotonic()
    command = [
        f"ZC_VAR={var}",
        f"ZC_PROCESSES={processes}",
        "ZC_PDF=off",
        "ZC_LOG_LEVEL=WARNING",
        f"PYTHONPATH={':'.join(sys.path)}",
    ]
    server = subprocess.Popen(
        ["env", *command, sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while not _ready(port):
            if server.poll() is not None or time.monotonic() - begin > 120:
                raise RuntimeError("the server did not become ready")
            time.sleep(0.02)
        yield psutil.Process(server.pid), time.monotonic() - begin
    finally:
        server.terminate()
        server.wait(40)


def _ready(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class _Officer:
    """One keep-alive connection of one logged-in officer."""

    def __init__(self, port: int, login: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers: dict[str, str] = {"Content-Type": "application/json"}
        self._cookie = ""
        me = self.ask("POST", "/session", {"login": login, "password": PASSWORD})
        self._headers |= {"Cookie": self._cookie, "X-CSRF-Token": me["csrf"]}
        self._keys, self._name = 0, uuid7().hex

    def ask(self, method: str, path: str, body: object, **headers: str) -> Any:
        """One request; its answer. Fails on anything but success."""
        self._connection.request(method, f"/api/staff{path}", json.dumps(body), {**self._headers, **headers})
        answer = self._connection.getresponse()
        if cookie := answer.getheader("set-cookie"):
            self._cookie = re.split(";", cookie)[0]
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text)

    def start(self) -> str:
        """A case; the id of its first task."""
        body = {"process": "small_case", "agency_id": 440100, "category": "01", "facts": {"case_cause": "超限运输"}}
        return str(self.ask("POST", "/cases", body)["tasks"][0]["id"])

    def submit(self, task: str, answers: dict[str, object]) -> list[str]:
        """Completes a task; the ids of the tasks that it opened."""
        self._keys += 1
        key = f"{self._name}-{self._keys}"
        done = self.ask("POST", f"/tasks/{task}/complete", {"answers": answers}, **{"Idempotency-Key": key})
        return [t["id"] for t in done["tasks"]]

    def case(self, times: list[float]) -> None:
        """Three submits of one case, timed; its start is not."""
        task = self.start()
        begin = time.perf_counter()
        look, ask = self.submit(task, {"case_summary": "六轴车超限"})
        middle = time.perf_counter()
        self.submit(look, {})
        later = time.perf_counter()
        self.submit(ask, {})
        times += [middle - begin, later - middle, time.perf_counter() - later]

    def close(self) -> None:
        """Hangs up."""
        self._connection.close()


def _latencies(port: int) -> list[float]:
    """Milliseconds of single submits by one client."""
    officer, times = _Officer(port, "officer_1"), []
    for _ in range(10):
        officer.case([])
    for _ in range(60):
        officer.case(times)
    officer.close()
    return [t * 1000 for t in times]


def _throughput(port: int) -> float:
    """Submits a second over eight connections: cases are begun beforehand, only submits are counted."""
    officers = [_Officer(port, f"officer_{1 + n % 2}") for n in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:  # all at once: no connection idles until the server hangs up
        stocks = list(pool.map(lambda officer: [officer.start() for _ in range(int(SECONDS * 10))], officers))
    ready, counts = threading.Barrier(CONNECTIONS), [0] * CONNECTIONS
    until = [0.0]

    def work(n: int) -> None:
        if ready.wait() == 0:
            until[0] = time.monotonic() + SECONDS
        ready.wait()
        for task in stocks[n]:
            look, ask = officers[n].submit(task, {"case_summary": "六轴车超限"})
            for task_id in (look, ask):
                officers[n].submit(task_id, {})
            counts[n] += 3
            if time.monotonic() > until[0]:
                return

    threads = [threading.Thread(target=work, args=(n,)) for n in range(CONNECTIONS)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.monotonic() - begin
    for officer in officers:
        officer.close()
    return sum(counts) / taken


def _largest(server: psutil.Process) -> float:
    """Resident megabytes of the largest API process."""
    python = [p for p in server.children(recursive=True) if "python" in p.name()]
    return max(float(p.memory_info().rss) for p in python) / (1 << 20)


if __name__ == "__main__":
    print(run())
