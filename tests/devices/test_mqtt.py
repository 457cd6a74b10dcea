"""Stations over a real broker: storms, duplicates, disorder, garbage, a gateway that dies — each record once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from devices import gateway
from kernel import signing
from kernel.errors import Unavailable
from tests.devices.conftest import MASTER, STATION, sent, simulator


@contextmanager
def listening(road, broker):
    """The gateway at work in a thread."""
    listener = gateway.Listener(road.node, broker.url)
    listener.start()
    thread = threading.Thread(target=listener.run, daemon=True)
    thread.start()
    until(lambda: listener.connected)
    try:
        yield listener
    finally:
        listener.stop()
        thread.join(60)


def until(there: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for something that happens in another program."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def counted(road) -> int:
    return road.rows("select count(*) as n from weigh_pass")[0]["n"]


def test_every_fault_of_a_station_at_once(road, broker):
    with listening(road, broker), simulator(broker.url, rate=400, count=600, duplicates=0.1, disorder=0.1, garbage=0.05, backfill=0.1, storms=3, seed=3) as process:  # fmt: skip
        told = sent(process)
        until(lambda: counted(road) == told["pass"] and len(road.rejects()) >= told["garbage"])
    assert counted(road) == 600
    over = road.rows("select count(*) as n from weigh_pass where over_kg > 0")[0]["n"]
    assert over == told["over"]
    road.sweep()
    clues = road.rows("select count(*) as n, count(distinct facts ->> 'check_no') as d from enforcement_case")[0]
    assert clues["n"] == clues["d"]
    assert 0 < clues["n"] <= told["over"]


def test_a_gateway_that_dies_again_and_again_loses_nothing(road, broker):
    with listening(road, broker):
        pass  # the session is known to the broker from now on
    with simulator(broker.url, rate=300, count=600, seed=4) as process:
        for _ in range(4):
            with listening(road, broker):
                time.sleep(0.3)
        told = sent(process)
        with listening(road, broker):
            until(lambda: counted(road) == told["pass"])
    assert road.rejects() == []


def test_a_database_that_is_away_makes_the_broker_keep_the_message(road, broker, monkeypatch):
    real, away = gateway.take_all, threading.Event()
    away.set()

    def take_all(*args, **kwargs):
        if away.is_set():
            raise Unavailable("数据库暂时无法连接")
        return real(*args, **kwargs)

    monkeypatch.setattr(gateway, "take_all", take_all)
    with listening(road, broker) as listener, simulator(broker.url, rate=200, count=30, seed=6) as process:
        sent(process)
        time.sleep(1.5)
        assert (counted(road), listener.taken) == (0, 0)
        away.clear()
        until(lambda: counted(road) == 30)


def test_a_clock_that_is_wrong_marks_the_records(road, broker):
    with listening(road, broker), simulator(broker.url, rate=100, count=20, skew=60, seed=7) as process:
        sent(process)
        until(lambda: counted(road) == 20)
    rows = road.passes()
    assert not any(row["is_usable"] for row in rows)
    assert {reason for row in rows for reason in row["reasons"]} == {"clock_drift"}


@pytest.fixture
def station(broker):
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def test_who_has_no_key_cannot_speak_for_a_station(road, broker, station):
    forged = {**road.passing(), "sign": signing.mac("guess", b"x")}
    with listening(road, broker) as listener:
        for topic, told in (
            (f"wim/{STATION}/pass", forged),
            (f"wim/{STATION}/pass", road.passing()),
            ("wim/WIM-NOBODY/pass", forged),
            (f"wim/{STATION}/else", forged),
        ):
            station.publish(topic, json.dumps(told), qos=1).wait_for_publish(60)
        until(lambda: listener.taken >= 3)
        until(lambda: len(road.rejects()) == 3)
    assert counted(road) == 0
    assert [row["why"] for row in road.rejects()] == ["记录的签名不正确", "记录的签名不正确", "设备没有登记或已停用"]


def test_a_sign_of_life_is_noted_with_the_drift_of_the_clock(road, broker, station):
    from devices.wim_station import codec
    from kernel.work import system_clock

    key = signing.derived(MASTER, STATION, 1)
    beat = codec.encode(
        {"deviceId": STATION, "kind": "status", "time": system_clock().isoformat()}, lambda data: signing.mac(key, data)
    )
    with listening(road, broker):
        station.publish(f"wim/{STATION}/status", beat, qos=1).wait_for_publish(60)
        until(lambda: road.rows("select heard_at from device")[0]["heard_at"] is not None)
    assert abs(road.rows("select drift_ms from device")[0]["drift_ms"]) < 60_000  # a slow machine hears it late
