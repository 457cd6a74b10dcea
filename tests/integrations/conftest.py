"""A bank as a program of its own, a server with the partners' door, and cases that wait for money."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import engine
from content import load, releases
from engine import release_store
from integrations import host
from kernel import log
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import LOCAL, Node, Row, Work, system_clock, system_person
from tests.api.conftest import serving
from tests.engine.conftest import small_files

ROOT = Path(__file__).parents[2]
SECRET = "test-secret-of-the-bank"


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logs as the product writes them."""
    log.set_up(Settings(pdf="off"))


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


class Ahead:
    """The wall clock, some way ahead: signatures are of now, retries fall due when the test says so."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def __call__(self) -> datetime:
        return system_clock() + self.by


@dataclass
class Bank:
    """The peer program. `order` tells it what to do."""

    address: str
    folder: Path
    process: subprocess.Popen[str]

    def order(self, what: str, **given: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.address}/control/{what}", json=given, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def pay(self, notice_no: str, **given: Any) -> dict[str, Any]:
        return self.order("pay", notice_no=notice_no, **given)


@dataclass
class Town:
    """A node, its server's address, its bank, and a clock that can be moved on."""

    node: Node
    address: str
    bank: Bank
    clock: Ahead
    work_as: Callable[[str], Work]
    speaker: host.Speaker = field(init=False)

    def __post_init__(self) -> None:
        self.speaker = host.Speaker(self.node, host.counterparts()["payment_bank"])

    def move(self, by: timedelta) -> None:
        """Time passes here and at the bank."""
        self.clock.by += by
        self.bank.order("clock", ahead=self.clock.by.total_seconds())

    def settle(self, turns: int = 12) -> None:
        """Runs what is due until nothing is."""
        for _ in range(turns):
            if not (engine.sweep(self.node) + self.speaker.turn()):
                return

    def speak(self, later: timedelta = timedelta(0)) -> None:
        """One turn of the speaker, after a while."""
        self.move(later)
        self.speaker.turn()

    def fine(self, amount: str = "3000.00") -> dict[str, Any]:
        """A case with a decision, up to the point where the bank is to be told; the notice is written, nobody called."""
        work = self.work_as("officer_1")
        facts = {"case_cause": "超限运输", "org_name": "广州穗运货运有限公司", "fine_amount": amount}
        begun = engine.start(work, "small_fine", facts, agency_id=440100, category="01")
        engine.complete(self.work_as("officer_1"), begun["tasks"][0]["id"], {})
        for _ in range(6):
            engine.sweep(self.node)
        row = self.rows("select * from exchange where subject_id = %s and direction = 'out'", begun["case_id"])[0]
        return {"case_id": begun["case_id"], "notice_no": row["business_key"], "exchange": row}

    def rows(self, query: str, *params: object) -> list[Row]:
        """The rows of a query in the city's scope."""
        with Work(self.node, system_person(440100, "01")).transaction() as work:
            return work.rows(query, params)

    def exchange(self, direction: str = "out") -> list[Row]:
        return self.rows("select * from exchange where direction = %s order by id", direction)

    def facts(self, case_id: str) -> dict[str, Any]:
        return dict(self.rows("select facts from enforcement_case where id = %s", case_id)[0]["facts"])

    def payments(self, case_id: str) -> list[Row]:
        """Changes of the case's facts that a payment message made."""
        return self.rows(
            "select changes from fact_change where subject_id = %s and source = 'message/payment_received'", case_id
        )

    def differences(self) -> list[str]:
        """Kinds of the open differences."""
        rows = self.rows("select rule from alert where rule like 'EXCHANGE:%%' order by id")
        return [row["rule"].split(":")[2] for row in rows]

    def open_tasks(self, case_id: str) -> list[str]:
        rows = self.rows("select element from work_item where subject_id = %s and status = 'open'", case_id)
        return [row["element"] for row in rows]


@pytest.fixture
def town(
    seeded: Node, work_as: Callable[[str], Work], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A node with the small fine in force, served, with a bank beside it."""
    clock = Ahead()
    seeded.clock = clock
    keep = ("forms/national/codes.yaml", "templates/national/T1/")
    files = {p: b for p, b in small_files().items() if p != keep[0]} | load.tree(Path(__file__).parent / "content")
    files |= {keep[0]: load.tree(ROOT)[keep[0]]}
    work = Work(seeded, system_person(440100, "01"))
    with work.transaction():
        release_store.store(work, files, ground="测试", effective_from=None)
    with ExitStack() as stack:
        address = stack.enter_context(serving(seeded))
        bank = stack.enter_context(Peer(address, tmp_path, monkeypatch))
        town = Town(seeded, address, bank, clock, work_as)
        now = clock().astimezone(LOCAL)
        town.move(timedelta(days=1) - timedelta(hours=now.hour, minutes=now.minute - 30))  # half past midnight
        yield town


class Peer:
    """The bank while the block runs; its settings are in the environment for whoever is started then."""

    def __init__(self, system: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.system, self.home, self.monkeypatch = system, home, monkeypatch

    def __enter__(self) -> Bank:
        folder = self.home / "out"
        command = [
            sys.executable, "-W", "ignore", "-m", "tools.bank_peer", "--secret", SECRET, "--system", self.system,
            "--folder", str(folder), "--home", str(self.home),
        ]  # fmt: skip
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        told = json.loads(self.process.stdout.readline())
        for name, value in {
            "URL": told["http"], "SECRET": SECRET, "AGENCY": "440100", "SFTP": told["sftp"],
            "SFTP_KEY": told["key"], "SFTP_HOST": told["host"],
        }.items():  # fmt: skip
            self.monkeypatch.setenv(f"ZC_PAYMENT_BANK_{name}", value)
        return Bank(told["http"], folder, self.process)

    def __exit__(self, *exc: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(60)
        self.process.stdout.close()
