"""A node with weigh stations registered, its server, a real MQTT broker, and the stations' simulator as a program of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

import engine
from content import load, releases
from devices import gateway
from engine import release_store
from kernel import log, signing
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import LOCAL, Node, Row, Work, system_clock, system_person
from registers import device
from tests.api.conftest import serving
from tests.engine.conftest import small_files

ROOT = Path(__file__).parents[2]
MASTER = "test-master-key-of-the-devices"
STATION = "WIM-440100-001"
PATH = "/api/field/wim_station/passes"


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Logs as the product writes them."""
    log.set_up(Settings(pdf="off"))


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The rights as the content has them."""
    rights = releases.make(load.tree(ROOT)).permissions
    return Policy(rights.allows, rights.inherits, rights.names)


@dataclass
class Road:
    """A node beside a road."""

    node: Node
    work_as: Callable[[str], Work]

    @property
    def work(self) -> Work:
        return Work(self.node, system_person(440100, "01"))

    def rows(self, query: str, *params: object) -> list[Row]:
        with self.work.transaction() as work:
            return work.rows(query, params)

    def register(self, device_no: str = STATION, **changes: Any) -> None:
        told: dict[str, Any] = {
            "agency_id": 440100, "category": "01", "model": "wim_station", "name": "石英式动态汽车衡", "site_code": "4401001",
            "site_name": "花都G105国道不停车检测点", "place": "G105国道K2486+300", "lanes": [1, 2, 3, 4],
            "reviewed_on": date(2025, 1, 1), "published_on": date(2025, 2, 1),
        }  # fmt: skip
        with self.work.transaction() as work:
            device.put(work, device_no=device_no, **{**told, **changes})

    def verify(self, number: str, first: date, last: date, device_no: str = STATION, **more: Any) -> None:
        with self.work.transaction() as work:
            device.verify(work, device_no, number, first, last, **more)

    def passing(self, **changes: object) -> dict[str, object]:
        """A pass as the station tells it, now."""
        now = system_clock().astimezone(LOCAL)
        told = {
            "deviceId": STATION, "previewCode": f"4401001{now:%Y%m%d%H%M%S%f}", "previewDate": f"{now:%Y-%m-%d %H:%M:%S}",
            "previewStationCode": "4401001", "licenseCodeFront": "粤AB8K62", "licensePlateColor": "黄", "vehicleType": "六轴汽车列车",
            "axisNum": "6", "speed": "46.5", "laneNo": "2", "totalWeight": "55000",
        }  # fmt: skip
        return {key: value for key, value in {**told, **changes}.items() if value is not None}

    def take(self, *passes: dict[str, object], device_no: str = STATION) -> list[gateway.Taken]:
        data = b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in passes)
        return gateway.take(self.node, gateway.models()["wim_station"], "http", device_no, data, trusted=True)

    def passes(self) -> list[Row]:
        return self.rows("select * from weigh_pass order by check_no")

    def rejects(self) -> list[Row]:
        return self.rows("select * from device_reject where status = 'open' order by id")

    def sweep(self) -> None:
        while engine.sweep(self.node):
            pass


def road_files() -> dict[str, bytes]:
    """The small content with the national limits, and a process that takes over what is too heavy."""
    national = load.tree(ROOT)
    keep = ("rules/national/discretion/", "rules/national/law/", "forms/national/codes.yaml")
    files = small_files() | load.tree(Path(__file__).parent / "content")
    return files | {path: body for path, body in national.items() if path.startswith(keep)}


@pytest.fixture
def road(seeded: Node, work_as: Callable[[str], Work]) -> Road:
    """One verified station; the clock is the wall's, as signatures are of now."""
    seeded.clock = system_clock
    seeded.settings.device_key = MASTER
    with Work(seeded, system_person(440100, "01")).transaction() as work:
        release_store.store(work, road_files(), ground="测试", effective_from=None)
    made = Road(seeded, work_as)
    made.register()
    today = system_clock().astimezone(LOCAL).date()
    made.verify(
        "穗计检字第0321号",
        today - timedelta(days=100),
        today + timedelta(days=265),
        speed_min=Decimal("0.5"),
        speed_max=Decimal(100),
    )
    return made


@dataclass
class Door:
    """The field door as a station sees it."""

    address: str
    key: str = signing.derived(MASTER, STATION, 1)

    def post(
        self,
        body: bytes,
        *,
        path: str = PATH,
        sender: str = STATION,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        **how: Any,
    ) -> httpx.Response:
        signed = signing.sign(self.key if key is None else key, sender, "POST", path, "", body, **how)
        return httpx.post(
            self.address + path,
            content=body,
            headers={"Content-Type": "application/x-ndjson", **signed, **(headers or {})},
            timeout=60,
        )

    def send(self, *passes: dict[str, object]) -> list[dict[str, str]]:
        answer = self.post(b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in passes))
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]


@pytest.fixture
def door(road: Road) -> Iterator[Door]:
    with serving(road.node) as address:
        yield Door(address)


# ---------------------------------------------------------------------- a real broker
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Broker:
    """A mosquitto of our own; it can be killed and come back on the same port with what it kept."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {self.folder}/\n"
            "max_inflight_messages 500\nmax_queued_messages 0\nautosave_interval 1\nuser root\n"
        )
        program = next(
            p
            for p in ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")
            if Path(p).exists()
        )
        self.process = subprocess.Popen(
            [program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the broker does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    made = Broker(folder, free_port())
    made.start()
    yield made
    made.stop()


@contextmanager
def simulator(url: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    """The stations' program; its last line is what it sent, by its own count."""
    told = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    command = [sys.executable, "-W", "ignore", "-m", "tools.wim_simulator", "--url", url, "--master", MASTER, *told]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process


def sent(process: subprocess.Popen[str]) -> dict[str, int]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return dict(json.loads(out.splitlines()[-1]))
