"""The gateway: owns ports and sockets, finds the models' folders, decides nothing about the law.

Bytes come in by HTTP (`api/field` knows the sender by the request's signature) or by MQTT (each record carries the
signature of its device). The model's codec reads them; what it finds is kept by the record's kind, each record once per
device and number; what cannot be read or believed is kept whole with the reason. At least once comes in, once is kept:
an MQTT message is acknowledged only after its records are committed.
"""

from __future__ import annotations

import functools
import hmac
import importlib
import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import engine
from devices.wire import GARBLED, Codec, Event
from kernel import log, signing
from kernel import manifest as manifests
from kernel.errors import NotFound, Problem, Refusal, Unavailable
from kernel.manifest import Manifest
from kernel.work import SYSTEM_ID, Node, Person, Row, Work, system_person
from registers import device

_log = log.logger("devices.gateway")
HERE = Path(__file__).parent
KIND = "device"
TOGETHER = 200  # messages that share a transaction
IN_FLIGHT = 400


@dataclass(frozen=True)
class Model:
    """One folder: what its manifest says, and how its bytes are read."""

    manifest: Manifest
    codec: Callable[[], Codec]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.manifest.name

    @property
    def topics(self) -> tuple[str, ...]:
        """MQTT topics, `{device}` where the device's number stands."""
        return tuple((self.manifest.told.get("ports") or {}).get("mqtt", {}).get("topics", ()))

    @property
    def http(self) -> Mapping[str, Any]:
        """`path` below the model's address, `most` records in one request; empty without this port."""
        return dict((self.manifest.told.get("ports") or {}).get("http") or {})

    @property
    def bounds(self) -> engine.Bounds:
        """The technical bounds of its records."""
        limits = self.manifest.told.get("limits") or {}
        return engine.Bounds(
            manifests.length(limits.get("clock_drift", "2s")), Decimal(str(limits.get("axle_sum", "0.05")))
        )

    @property
    def clue(self) -> engine.Clue | None:
        """What a record over the limit begins: the process, and what the model itself knows of the matter."""
        told = self.manifest.told.get("clue")
        return engine.Clue(str(told["process"]), dict(told.get("facts") or {})) if told else None

    def device_in(self, topic: str) -> str | None:
        """The device's number in a topic of this model; None when the topic is not one."""
        given = topic.split("/")
        for pattern in self.topics:
            parts = pattern.split("/")
            if len(parts) == len(given) and all(p in ("{device}", g) for p, g in zip(parts, given, strict=True)):
                return given[parts.index("{device}")]
        return None


@functools.cache
def models(root: Path = HERE) -> Mapping[str, Model]:
    """Every model's folder, by name."""
    return {
        one.name: Model(one, importlib.import_module(f"devices.{one.name}.codec").Codec)
        for one in manifests.folders(root, KIND)
    }


@dataclass(frozen=True)
class Taken:
    """What became of one record: `stored`, `duplicate`, `conflict`, `heard` or `rejected` with `why`."""

    record_no: str
    outcome: str
    why: str = ""


# ---------------------------------------------------------------------- who it is
def door_row(node: Node, device_no: str) -> Row:
    """The registered device of this number; `NotFound`."""
    asking = Work(node, Person(SYSTEM_ID, "系统", 0))
    with asking.transaction():
        found = device.at_door(asking, device_no)
    if found is None or found["status"] != "active" or not node.settings.device_key:
        raise NotFound("没有登记这台设备,或设备接入尚未启用", remedy="请运维人员登记设备并配置 ZC_DEVICE_KEY")
    return found


def key_of(node: Node, device_no: str) -> str:
    """The key that this device signs with; `NotFound`."""
    return signing.derived(node.settings.device_key, device_no, door_row(node, device_no)["key_version"])


# ---------------------------------------------------------------------- taking in
def take(node: Node, model: Model, port: str, device_no: str, data: bytes, *, trusted: bool) -> list[Taken]:
    """One payload of one device. `trusted`: its sender is known already, records need no signature of their own."""
    return take_all(node, model, port, [(device_no, data)], trusted=trusted)


def take_all(
    node: Node, model: Model, port: str, payloads: Sequence[tuple[str, bytes]], *, trusted: bool
) -> list[Taken]:
    """Several payloads; what is of one device shares a transaction. Everything is committed when this returns."""
    by_device: dict[str, list[tuple[int, Event]]] = {}
    count = 0
    for said_by, data in payloads:
        reader = model.codec()
        for event in [*reader.feed(data), *reader.end()]:
            by_device.setdefault(said_by, []).append((count, event))
            count += 1
    found: dict[int, Taken] = {}
    for said_by, numbered in by_device.items():
        taken = _take_of(node, model, port, said_by, [event for _, event in numbered], trusted)
        found.update(zip([number for number, _ in numbered], taken, strict=True))
    return [found[number] for number in range(count)]


def _take_of(node: Node, model: Model, port: str, said_by: str, events: list[Event], trusted: bool) -> list[Taken]:
    try:
        row: Row | None = door_row(node, said_by)
    except NotFound:
        row = None
    doubts = [_doubt(node, model, row, said_by, event, trusted) for event in events]
    believed = [event for event, why in zip(events, doubts, strict=True) if why is None]
    outcomes = iter(_keep(node, model, row, believed) if row is not None else [])
    taken = [
        Taken(event.record_no, "rejected", why) if why is not None else next(outcomes)
        for event, why in zip(events, doubts, strict=True)
    ]
    work = Work(node, Person(SYSTEM_ID, "系统", 0))
    refused = [
        (event, one) for event, one in zip(events, taken, strict=True) if one.outcome in ("rejected", "conflict")
    ]
    if refused:
        with work.transaction():
            for event, one in refused:
                why = one.why or "同一编号的记录内容不一致"
                device.reject(work, model=model.name, device_no=said_by[:32], port=port, why=why, raw=event.raw)
    return taken


def _doubt(node: Node, model: Model, row: Row | None, said_by: str, event: Event, trusted: bool) -> str | None:
    """Why a record is not believed, or None."""
    if row is None:
        return "设备没有登记或已停用"
    if row["model"] != model.name:
        return f"设备登记的型号是 {row['model']}"
    if event.kind == GARBLED:
        return event.why
    if event.device_no != said_by:
        return "记录中的设备编号与发送者不符"
    if trusted:
        return None
    key = signing.derived(node.settings.device_key, said_by, row["key_version"])
    return None if hmac.compare_digest(signing.mac(key, event.signed), event.sign) else "记录的签名不正确"


def _keep(node: Node, model: Model, row: Row, events: list[Event]) -> list[Taken]:
    work = Work(node, system_person(row["agency_id"], row["category"]), request_id=f"device:{row['device_no']}")
    passes = [event for event in events if event.kind == "weigh_pass"]
    kept: Iterator[str] = iter(())
    if passes:
        records = [
            {**event.values, "check_no": event.record_no, "weighed_at": event.at, "raw": event.raw} for event in passes
        ]
        kept = iter(engine.record_passes(work, row["device_no"], records, model.bounds, model.clue))
    beats = [event for event in events if event.kind == "heartbeat" and event.at is not None]
    if beats:
        with work.transaction():
            last = max(event.at for event in beats if event.at is not None)
            device.heard(work, row["id"], work.now, round((work.now - last).total_seconds() * 1000))
    return [Taken(event.record_no, next(kept) if event.kind == "weigh_pass" else "heard") for event in events]


def replay(node: Node, limit: int = 1000) -> tuple[int, int]:
    """Reads again what was rejected, after a codec, a device's registration or its key was put right; (taken, still rejected).

    Who sent it over a signed request is believed as then; records from MQTT are checked again.
    """
    taken = left = 0
    after = None
    asking = Work(node, Person(SYSTEM_ID, "系统", 0))
    while True:
        with asking.transaction():
            rows = device.rejects(asking, 100, after)
        for row in rows:
            model, after = models().get(row["model"]), row["id"]
            good = model is not None and _reads_now(node, model, row)
            if good:
                with asking.transaction():
                    device.replayed(asking, row["id"])
            taken, left = taken + good, left + (not good)
        if not rows or taken + left >= limit:
            return taken, left


def _reads_now(node: Node, model: Model, rejected: Row) -> bool:
    said_by, trusted = rejected["device_no"], rejected["port"] == "http"
    reader = model.codec()
    events = [*reader.feed(bytes(rejected["raw"])), *reader.end()]
    try:
        row = door_row(node, said_by)
    except NotFound:
        return False
    if not events or any(_doubt(node, model, row, said_by, event, trusted) is not None for event in events):
        return False
    return all(one.outcome != "conflict" for one in _keep(node, model, row, events))


# ---------------------------------------------------------------------- MQTT
@dataclass
class _Message:
    topic: str
    payload: bytes
    mid: int
    qos: int


class Listener:
    """The subscription of this node at a broker, with a session that outlives the connection."""

    def __init__(self, node: Node, url: str, *, name: str = "gateway") -> None:
        self.node = node
        self._place = urlsplit(url)
        if self._place.scheme not in ("mqtt", "mqtts") or not self._place.hostname:
            raise Refusal("ZC_MQTT 应为 mqtt(s)://[用户[:口令]@]主机[:端口]", remedy="更正设置后重新启动")
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._stopped = False
        self.connected = False
        self.taken = 0
        self._name = name
        self._client = self._made()

    def _made(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"zhicheng-{self.node.settings.node_code}-{self._name}",
            protocol=paho.MQTTv5,
            manual_ack=True,
        )
        if self._place.scheme == "mqtts":
            client.tls_set()
        if self._place.username:
            client.username_pw_set(unquote(self._place.username), unquote(self._place.password or ""))
        client.reconnect_delay_set(1, 30)
        client.on_connect, client.on_message, client.on_disconnect = (
            self._on_connect,
            self._on_message,
            self._on_disconnect,
        )
        return client

    def start(self) -> None:
        """Connects in the background, and again whenever the connection is lost."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 7 * 86400
        properties.ReceiveMaximum = IN_FLIGHT
        tls = self._place.scheme == "mqtts"
        self._client.connect_async(
            str(self._place.hostname),
            self._place.port or (8883 if tls else 1883),
            keepalive=30,
            clean_start=False,
            properties=properties,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leaves; the broker keeps what is not acknowledged."""
        self._stopped = True
        self._client.disconnect()
        self._client.loop_stop()

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Takes messages until it is stopped or `until` says so."""
        while not self._stopped and not until():
            self.turn(0.2)

    def turn(self, patience: float) -> int:
        """Takes what has come within `patience` seconds, in one transaction per device; how many messages."""
        batch = self._batch(patience)
        if not batch:
            return 0
        try:
            self._keep(batch)
        except Unavailable as problem:  # not acknowledged: the broker gives it again after the connection is made anew
            _log.warning("gateway_waits", detail=problem.detail)
            self._again()
            return 0
        except Exception as error:
            _log.error("gateway_batch_failed", exc_info=error)
            self._one_by_one(batch)
        for message in batch:
            self._client.ack(message.mid, message.qos)
        self.taken += len(batch)
        return len(batch)

    def _batch(self, patience: float) -> list[_Message]:
        batch: list[_Message] = []
        try:
            batch.append(self._inbox.get(timeout=patience))
            while len(batch) < TOGETHER:
                batch.append(self._inbox.get_nowait())
        except queue.Empty:
            return batch
        return batch

    def _keep(self, batch: list[_Message]) -> None:
        for model in models().values():
            payloads = [(said_by, m.payload) for m in batch if (said_by := model.device_in(m.topic)) is not None]
            if payloads:
                take_all(self.node, model, "mqtt", payloads, trusted=False)

    def _one_by_one(self, batch: list[_Message]) -> None:
        """One message that nobody can keep does not hold up the others; it is kept as it came."""
        for message in batch:
            try:
                self._keep([message])
            except Unavailable:
                raise
            except Exception as error:
                why = error.detail if isinstance(error, Problem) else type(error).__name__
                work = Work(self.node, Person(SYSTEM_ID, "系统", 0))
                for model in models().values():
                    said_by = model.device_in(message.topic)
                    if said_by is not None:
                        with work.transaction():
                            device.reject(
                                work,
                                model=model.name,
                                device_no=said_by[:32],
                                port="mqtt",
                                why=f"不能保存:{why}",
                                raw=message.payload,
                            )

    def _again(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        while not self._inbox.empty():
            self._inbox.get_nowait()
        time.sleep(1)
        self._client = self._made()
        if not self._stopped:
            self.start()

    def _on_connect(self, client: paho.Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            _log.warning("mqtt_refused", reason=str(reason))
            return
        for model in models().values():
            qos = int(model.manifest.told["ports"].get("mqtt", {}).get("qos", 1))
            for topic in model.topics:
                client.subscribe(topic.replace("{device}", "+"), qos=qos)
        self.connected = True

    def _on_disconnect(self, client: paho.Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        self.connected = False
        while not self._inbox.empty():  # the broker gives them again
            self._inbox.get_nowait()

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        self._inbox.put(_Message(message.topic, bytes(message.payload), message.mid, message.qos))


# ---------------------------------------------------------------------- the check of the folders
RECORDS = frozenset({"weigh_pass", "heartbeat"})


def faults(one: Model) -> Iterator[str]:
    """What is wrong with a folder: its manifest, ports, examples that do not come out as they say."""
    yield from manifests.faults(one.manifest, ("ports", "records"))
    unknown = set(one.manifest.told.get("records") or ()) - RECORDS
    yield from (f"records 中的 {name} 没有登记簿,可用:{'、'.join(sorted(RECORDS))}" for name in sorted(unknown))
    yield from (f"主题 {topic} 中没有 {{device}}" for topic in one.topics if "{device}" not in topic.split("/"))
    if not one.topics and not one.http:
        yield "ports 中没有 mqtt 或 http"
    try:
        _ = one.bounds, one.clue
    except (ValueError, ArithmeticError, KeyError, TypeError) as error:
        yield f"limits 或 clue 有误:{error}"
    seen: set[str] = set()
    for file, example in one.manifest.examples():
        got = list(events_of(one, example))
        seen |= {event["kind"] for event in got}
        wanted = example.get("events")
        if not isinstance(wanted, list) or len(wanted) != len(got):
            yield f"examples/{file}:应有 {len(wanted or [])} 个事件,实有 {len(got)} 个"
            continue
        for number, (want, have) in enumerate(zip(wanted, got, strict=True), 1):
            wrong = {key: have.get(key) for key, value in want.items() if not _same(value, have.get(key))}
            if wrong:
                yield f"examples/{file}:第 {number} 个事件与所写不符:{wrong}"
    yield from (
        f"没有 {kind} 的例子(examples/)" for kind in sorted({*one.manifest.told.get("records", ()), GARBLED} - seen)
    )


def events_of(one: Model, example: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of an example's bytes (`text`, or `hex`), flat: kind, device_no, record_no, at, why and the values."""
    data = bytes.fromhex(example["hex"]) if "hex" in example else str(example["text"]).encode()
    reader = one.codec()
    for event in [*reader.feed(data), *reader.end()]:
        flat = {"kind": event.kind, "device_no": event.device_no, "record_no": event.record_no, "why": event.why}
        yield {**event.values, **flat, "at": event.at.isoformat() if event.at else None}


def _same(wanted: Any, got: Any) -> bool:
    if isinstance(got, Decimal):
        return str(got) == str(wanted)
    if isinstance(wanted, str) and isinstance(got, str):
        return wanted in got
    return bool(wanted == got)
