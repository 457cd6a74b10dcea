"""Weigh stations as a program of their own: realistic passes at a rate, with the faults that real stations have.

    python -m tools.wim_simulator --url mqtt://127.0.0.1:1883 --master KEY --device WIM-1 --rate 50 --count 1000 --seed 1
    python -m tools.wim_simulator --url http://127.0.0.1:8000 …            the same passes by HTTP, in batches

Faults, each a share of the passes: --duplicates, --disorder, --garbage, --skew (seconds that the clock is wrong), --storms
(how many times the connection is torn down on the way), --backfill (sent again later, as after a failure of the line).
At the end it prints one JSON line: what it sent, by its own count, and what should be found over the limit.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from devices.wim_station import codec
from kernel import signing

CHINA = timezone(timedelta(hours=8))
# vehicle → axles, its word, limit (kilograms), usual gross mass and spread
KINDS = (
    (2, "二轴货车", 18_000, 15_500, 2_500),
    (3, "三轴货车", 25_000, 22_000, 3_000),
    (4, "四轴货车", 31_000, 28_000, 3_500),
    (5, "五轴汽车列车", 43_000, 39_000, 4_000),
    (6, "六轴汽车列车", 49_000, 45_500, 5_000),
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


class Station:
    """One station and its clock."""

    def __init__(self, device: str, site: str, lanes: int, seed: int, start: datetime, skew: float) -> None:
        self.device, self.site, self.lanes = device, site, lanes
        self.dice = random.Random(seed)
        self.at, self.skew = start, timedelta(seconds=skew)
        self.number = 0

    def next(self, step: float) -> tuple[dict[str, str], bool]:
        """The next pass, as the public table has it (all text), and whether it is over the limit."""
        dice = self.dice
        self.number += 1
        self.at += timedelta(seconds=step)
        axles, word, limit, usual, spread = dice.choices(KINDS, weights=(3, 2, 2, 1, 5))[0]
        gross = max(3_000, round(dice.gauss(usual, spread)))
        plate = "粤" + dice.choice("ABCDE") + "".join(dice.choice(_LETTERS + "0123456789") for _ in range(5))
        shares = [dice.uniform(0.8, 1.2) for _ in range(axles)]
        weights = [round(gross * share / sum(shares)) for share in shares]
        shown = (self.at + self.skew).astimezone(CHINA)
        told = {
            "deviceId": self.device,
            "previewCode": f"{self.site}{shown:%Y%m%d%H%M%S}{self.number:06}",
            "previewDate": f"{shown:%Y-%m-%d %H:%M:%S}",
            "previewStationCode": self.site,
            "licenseCodeFront": plate,
            "licenseCodeBack": plate,
            "licensePlateColor": dice.choice(("黄色", "黄", "2")),
            "vehicleType": word,
            "axisNum": str(axles),
            "speed": f"{dice.uniform(20, 80):.1f}",
            "laneNo": str(dice.randint(1, self.lanes)),
            "totalWeight": str(gross),
            "measureType": "动态",
            "snapshotTime": f"{shown:%Y-%m-%d %H:%M:%S}",
            **{f"axle{n}Weight": str(kg) for n, kg in enumerate(weights, 1)},
        }
        return told, gross > limit


def garbage(dice: random.Random, good: bytes) -> bytes:
    """What a broken line makes of a record."""
    return (
        dice.choice(
            (
                good[: len(good) // 2],
                b"\xff\xfe" + good[:40],
                b'{"deviceId": 1}',
                good.replace(b'"axisNum"', b'"axisNum_"'),
                b"\x00" * 20,
            )
        ).replace(b"\n", b"")
        + b"\n"
    )


def passes(given: argparse.Namespace, key: str) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """(bytes to send, what it is) in the order of sending."""
    now = datetime.now(CHINA)  # noqa: TID251 - a station has a clock of its own
    start = now - timedelta(seconds=given.count / given.rate)
    station = Station(given.device, given.site, given.lanes, given.seed, start, given.skew)
    faults = random.Random(given.seed + 1)
    held: list[tuple[bytes, dict[str, Any]]] = []
    for _ in range(given.count):
        told, over = station.next(1 / given.rate)
        line = codec.encode(told, lambda data: signing.mac(key, data))
        one = (line, {"no": told["previewCode"], "over": over, "kind": "pass"})
        if faults.random() < given.garbage:
            yield garbage(faults, line), {"kind": "garbage"}
        if faults.random() < given.disorder:
            held.append(one)
            continue
        yield one
        if faults.random() < given.duplicates:
            yield line, {"kind": "again"}
        if faults.random() < given.backfill:
            yield codec.encode({**told, "isBackfill": "1"}, lambda data: signing.mac(key, data)), {"kind": "again"}
        if held and faults.random() < 0.3:
            yield held.pop(0)
    yield from held


def over_mqtt(given: argparse.Namespace, sending: list[tuple[bytes, dict[str, Any]]]) -> None:
    """Publishes with QoS 1; a storm tears the connection down and what was not acknowledged is sent again."""
    place = urlsplit(given.url)
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"station-{given.device}", clean_session=False)
    client.max_inflight_messages_set(200)
    client.reconnect_delay_set(1, 2)
    arrived: set[int] = set()
    client.on_publish = lambda client, userdata, mid, reason, properties: arrived.add(mid)
    client.connect(place.hostname or "127.0.0.1", place.port or 1883, 30)
    client.loop_start()
    storms = {round(len(sending) * n / (given.storms + 1)) for n in range(1, given.storms + 1)}
    begun = time.monotonic()
    waiting: set[int] = set()
    for number, (line, _) in enumerate(sending):
        ahead = number / given.rate - (time.monotonic() - begun)
        if ahead > 0.002:
            time.sleep(ahead)
        if number in storms:
            sock = client.socket()
            if sock is not None:
                sock.shutdown(socket.SHUT_RDWR)
        waiting.add(
            client.publish(f"wim/{given.device}/pass", line, qos=1).mid
        )  # away or not, the client keeps it until it is heard
    end = time.monotonic() + 60
    while waiting - arrived and time.monotonic() < end:
        time.sleep(0.05)
    if waiting - arrived:
        raise SystemExit(f"{len(waiting - arrived)} of {len(waiting)} messages were not acknowledged")
    client.disconnect()
    client.loop_stop()


def over_http(given: argparse.Namespace, sending: list[tuple[bytes, dict[str, Any]]], key: str) -> None:
    """Posts batches; what is not answered is sent again."""
    path = "/api/field/wim_station/passes"
    begun = time.monotonic()
    for first in range(0, len(sending), given.batch):
        ahead = first / given.rate - (time.monotonic() - begun)
        if ahead > 0:
            time.sleep(ahead)
        body = b"".join(line for line, _ in sending[first : first + given.batch])
        for wait in (0.2, 1, 3, 0):
            headers = {
                "Content-Type": "application/x-ndjson",
                **signing.sign(key, given.device, "POST", path, "", body),
            }
            request = urllib.request.Request(given.url + path, body, headers)  # noqa: S310 - the operator's address
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                    answer.read()
                break
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503) or not wait:
                    raise
            time.sleep(wait)


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description="称重检测站模拟程序")
    parser.add_argument("--url", required=True)
    parser.add_argument("--master", required=True, help="设备主密钥(ZC_DEVICE_KEY),由它导出本设备的密钥")
    parser.add_argument("--key-version", type=int, default=1)
    parser.add_argument("--device", default="WIM-440100-001")
    parser.add_argument("--site", default="4401001")
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    for fault in ("duplicates", "disorder", "garbage", "backfill", "skew"):
        parser.add_argument(f"--{fault}", type=float, default=0)
    parser.add_argument("--storms", type=int, default=0)
    given = parser.parse_args()
    key = signing.derived(given.master, given.device, given.key_version)
    sending = list(passes(given, key))
    if given.url.startswith("mqtt"):
        over_mqtt(given, sending)
    else:
        over_http(given, sending, key)
    count = {kind: sum(one["kind"] == kind for _, one in sending) for kind in ("pass", "again", "garbage")}
    print(json.dumps({**count, "over": sum(bool(one.get("over")) for _, one in sending)}), flush=True)


if __name__ == "__main__":
    main()
