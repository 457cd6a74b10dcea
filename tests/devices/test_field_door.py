"""The door of devices: who is not known gets nowhere, what is heard twice counts once, nothing makes it fall."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from kernel import signing
from kernel.work import system_clock
from tests.devices.conftest import MASTER, PATH, STATION, simulator
from tests.devices.conftest import sent as sent_by


def body(*passes) -> bytes:
    return b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in passes)


def test_a_signed_batch_is_answered_one_by_one(road, door):
    told = road.passing()
    results = door.send(told, told, {"deviceId": STATION}, {**told, "totalWeight": "1"})
    assert [one["outcome"] for one in results] == ["stored", "duplicate", "rejected", "conflict"]
    assert results[2]["why"]


def test_a_device_is_told_of_its_record_and_of_nothing_else(road, door):
    """Not of the vehicle, whose it is, or what is known of it: number, what became of the record, and why it was not taken."""
    told = road.passing()
    answer = door.post(body(told, {**told, "totalWeight": "1"}, road.passing()))
    results = answer.json()["results"]
    assert all(set(one) == {"record_no", "outcome", "why"} for one in results)
    assert set(answer.json()) == {"results"}
    assert told["licenseCodeFront"] not in answer.text


def test_nobody_comes_in_without_the_devices_own_signature(road, door):
    road.register("WIM-OTHER")
    good = body(road.passing())
    assert httpx.post(door.address + PATH, content=good).status_code == 401
    assert door.post(good, key="wrong").status_code == 401
    assert door.post(good, sender="WIM-NOBODY").status_code == 401
    assert door.post(good, sender="WIM-OTHER").status_code == 401  # another's key
    assert door.post(good, at=system_clock() - timedelta(minutes=6)).status_code == 401
    assert door.post(good, at=system_clock() + timedelta(minutes=6)).status_code == 401
    signed = signing.sign(door.key, STATION, "POST", PATH, "", good)
    assert httpx.post(door.address + PATH, content=good.replace(b"55000", b"15000"), headers=signed).status_code == 401
    assert httpx.post(door.address + PATH + "?x=1", content=good, headers=signed).status_code == 401
    assert road.passes() == []
    refused = road.rows("select count(*) as n from audit_entry where verb = 'signed.refuse'")[0]["n"]
    assert refused >= 7


def test_a_request_heard_again_is_refused_and_a_record_sent_again_counts_once(road, door):
    good = body(road.passing())
    assert door.post(good, nonce="n1").status_code == 200
    again = door.post(good, nonce="n1")
    assert (again.status_code, again.json()["code"]) == (409, "replayed")
    assert door.post(good).json()["results"][0]["outcome"] == "duplicate"
    assert len(road.passes()) == 1


def test_a_device_speaks_for_itself_only_and_a_turned_key_is_worth_nothing(road, door):
    from registers import device

    road.register("WIM-OTHER")
    results = door.send(road.passing(deviceId="WIM-OTHER"))
    assert (results[0]["outcome"], results[0]["why"]) == ("rejected", "记录中的设备编号与发送者不符")
    with road.work.transaction() as work:
        device.turn_key(work, STATION)
    assert door.post(body(road.passing())).status_code == 401
    assert door.post(body(road.passing()), key=signing.derived(MASTER, STATION, 2)).status_code == 200


def test_too_much_at_once_is_told_so(road, door):
    assert door.post(b"\n" * 501).status_code == 413
    assert door.post(b"x" * (3 << 20)).status_code == 413
    assert door.post(body(road.passing()), path="/api/field/wim_station/moons").status_code == 404
    assert door.post(body(road.passing()), path="/api/field/nothing/passes").status_code == 404


def test_a_picture_is_kept_by_its_hash_and_found_by_the_pass(road, door):
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "JPEG")
    data = picture.getvalue()
    answer = door.post(data, path="/api/field/files", headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert road.node.files.read(bytes.fromhex(answer.json()["sha256"])) == data
    missing = hashlib.sha256(b"later").hexdigest()
    told = road.passing(media={"front": answer.json()["sha256"], "rear": missing})
    door.send(told)
    road.sweep()
    assert road.rows("select facts from enforcement_case")[0]["facts"]["offsite_media"] == "车头图、车尾图(未到)"
    bad = door.post(b"MZ" + b"\0" * 500, path="/api/field/files")
    assert bad.status_code == 422
    assert bad.json()["title"]


def test_no_body_makes_the_door_fall(road, door):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=300) | st.builds(lambda **told: json.dumps({**road.passing(), **told}).encode(), previewCode=st.text(max_size=10), licenseCodeFront=st.text(max_size=10), totalWeight=st.text(max_size=8) | st.integers() | st.floats(), media=st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)))  # fmt: skip
    def one(data: bytes) -> None:
        assert door.post(data).status_code == 200

    one()


def test_a_station_over_http_with_every_fault_loses_nothing_and_doubles_nothing(road, door):
    with simulator(
        door.address, rate=2000, count=300, duplicates=0.1, disorder=0.1, garbage=0.05, backfill=0.1, seed=5
    ) as process:
        told = sent_by(process)
    assert len(road.passes()) == told["pass"] == 300
    assert len(road.rejects()) == told["garbage"] > 0
    over = road.rows("select count(*) as n from weigh_pass where over_kg > 0")[0]["n"]
    assert over == told["over"] > 0
