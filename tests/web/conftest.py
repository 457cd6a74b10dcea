"""The product as `make run` gives it: the built client, a real server, a real PostgreSQL, Debian's Chromium."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from content import load, releases
from kernel import log
from kernel.permissions import Policy
from kernel.settings import ROOT, Settings
from kernel.work import Node
from tests.api.conftest import serving
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
    program = shutil.which("chromium")
    assert program, "缺少 chromium:apt-get install chromium"
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
