"""A real server on a free port over a real PostgreSQL, and people who come in by the front door."""

from __future__ import annotations

import io
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn

from api.app import create_app
from content import load, releases
from engine import release_store
from kernel import log
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import Node, Work, system_person

ROOT = Path(__file__).parent.parent.parent
SMALL = ROOT / "tests" / "engine" / "small"
PASSWORD = "Zhifa-2026-demo"


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logs as the product writes them: the default of structlog prints megabytes of local variables with a traceback."""
    log.set_up(Settings(pdf="off"))


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the product and its libraries log during a test. (The stream of `logs` is older than any capture of pytest's.)"""
    kept, stream = structlog.get_config()["logger_factory"], io.StringIO()
    other = logging.StreamHandler(stream)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
    logging.getLogger().addHandler(other)
    yield stream
    logging.getLogger().removeHandler(other)
    structlog.configure(logger_factory=kept)


def small_files() -> dict[str, bytes]:
    """The small process over the national rulebook of time and rights."""
    keep = ("rules/national/deadlines/", "rules/national/calendar/", "rules/national/permissions/")
    national = {p: b for p, b in load.tree(ROOT).items() if p.startswith(keep)}
    return {**national, **load.tree(SMALL)}


@pytest.fixture
def seeded(make_node: Callable[[str], Node]) -> Node:
    """A node with the people of tests/people.yaml and, from people.yaml here, one of each further role."""
    return make_node("roles")


@pytest.fixture
def small(seeded: Node) -> Node:
    """A seeded node on which the small process is in force."""
    work = Work(seeded, system_person(440100, "01"))
    with work.transaction():
        release_store.store(work, small_files(), ground="测试", effective_from=None)
    return seeded


@contextmanager
def serving(node: Node, **options: Any) -> Iterator[str]:
    """The application behind uvicorn in a thread; its base address."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    config = uvicorn.Config(
        create_app(node, **options), log_config=None, access_log=False, server_header=False, lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "server ended before it began"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


@pytest.fixture
def address(small: Node) -> Iterator[str]:
    """A server over the small node; nothing runs in its background but what the tests run."""
    with serving(small) as base:
        yield base


def log_in(address: str, login: str, password: str = PASSWORD) -> httpx.Client:
    """A client with a session of this person; unsafe requests carry the CSRF token."""
    client = httpx.Client(base_url=f"{address}/api/staff", timeout=300)
    answer = client.post("/session", json={"login": login, "password": password})
    if answer.status_code != 200:
        client.close()
        raise AssertionError(answer.text)
    client.headers["X-CSRF-Token"] = answer.json()["csrf"]
    return client


@pytest.fixture
def come_in(address: str) -> Iterator[Callable[[str], httpx.Client]]:
    """Logs people in, each once."""
    clients: dict[str, httpx.Client] = {}

    def person(login: str) -> httpx.Client:
        if login not in clients:
            clients[login] = log_in(address, login)
        return clients[login]

    yield person
    for client in clients.values():
        client.close()


def open_task(client: httpx.Client, case_id: str, element: str) -> str:
    """The id of the open task at this element, as the case view shows it."""
    found = client.get(f"/cases/{case_id}").json()
    return next(t["id"] for t in found["tasks"] if t["element"] == element)


def start(client: httpx.Client, agency_id: int = 440100, **facts: object) -> dict[str, Any]:
    """A small case."""
    body = {
        "process": "small_case",
        "agency_id": agency_id,
        "category": "01",
        "facts": {"case_cause": "超限运输", **facts},
    }
    answer = client.post("/cases", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()
