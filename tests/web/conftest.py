"""The product as `make run` gives it: the built client, a real server, a real PostgreSQL, Debian's Chromium."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, sync_playwright

from content import load, releases
from kernel import log
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import ROOT, Settings
from kernel.work import Node, Person, SettableClock
from tests.api.conftest import serving
from tests.conftest import START, Server
from tests.web import stock
from tests.web.browsing import FLAGS, Officer
from tools import web


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    """The client is built from these sources; without an npm registry that is a failure said plainly."""
    log.set_up(Settings(pdf="off"))
    lock = ROOT / "var" / "web-build.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:  # one worker builds, the other finds it built
        fcntl.flock(file, fcntl.LOCK_EX)
        assert web.main(["build"]) == 0, "网页办案界面没有构建,见上面的说明"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a file: Playwright keeps an event loop running in this thread, which tests of other folders must not find."""
    # The same engine without windows, where Debian's package of it is there: it takes a third less of the processor.
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert program, "缺少浏览器:apt-get install chromium-headless-shell"
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@pytest.fixture
def person(national: Node) -> Callable[[str], Person]:
    """Who logs in so."""
    return lambda login: stock.person(national, login)


@pytest.fixture
def address(national: Node) -> Iterator[str]:
    """A server over it; time and jobs run when the test says so."""
    with serving(national) as base:
        yield base


@pytest.fixture
def officer(browser: Browser, address: str) -> Iterator[Callable[..., Officer]]:
    """People at their browsers."""
    made: list[Officer] = []

    def person(login: str, *, phone: bool = False) -> Officer:
        one = Officer(browser, address, login, phone=phone)
        made.append(one)
        return one

    yield person
    for one in made:
        one.close()


@dataclass(frozen=True)
class Shop:
    """A server over a node that is at work, its clock, and the ids that stand in addresses (see `stock`). Only to be read."""

    base: str
    clock: SettableClock
    where: Mapping[str, str]
    node: Node


@pytest.fixture(scope="session")
def shop(server: Server, policy: Policy) -> Iterator[Shop]:
    """Stocked once per run, for all who only look: each worker has a copy of it."""
    kept, name = server.root / "shop", f"shop_{os.getpid()}"
    clock = SettableClock(START)

    def opened(database: str) -> Node:
        # The files are those of whoever stocked it: nobody writes any.
        settings = Settings(var=kept, pdf="off", dsn=server.dsn(database, "zc_owner"), app_role=server.app_role)
        return Node(server.database(database), settings, FileStore(settings.files), policy, clock)

    with (server.root / "shop.lock").open("w") as lock:  # a lock of its own: others make their databases meanwhile
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "where.json").exists():
            kept.mkdir(exist_ok=True)
            server.ensure("national")
            server.create("shop", "national")
            (kept / "where.json").write_text(json.dumps(_stocked(opened("shop"), clock)))
    where = json.loads((kept / "where.json").read_text())
    server.create(name, "shop")
    clock.set(stock.DAY)
    node = opened(name)
    with serving(node) as base:
        yield Shop(base, clock, where, node)
    node.db.close()
    server.drop(name)


def _stocked(node: Node, clock: SettableClock) -> dict[str, str]:
    where = stock.told(node, clock)
    clock.set(stock.DAY)
    where |= stock.entered(node, clock, where["case_ordinary"])
    where |= stock.found(node, where["case_ordinary"])
    node.db.close()
    return where


@pytest.fixture
def visitor(browser: Browser, shop: Shop) -> Iterator[Callable[..., Officer]]:
    """People who look at what is in the shop, logged in."""
    made: list[Officer] = []

    def person(login: str, *, phone: bool = False) -> Officer:
        one = Officer(browser, shop.base, login, phone=phone)
        made.append(one)
        one.at(shop.clock.at)
        one.come_back()
        return one

    yield person
    for one in made:
        one.close()
