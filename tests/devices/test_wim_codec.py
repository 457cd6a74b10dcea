"""The codec of weigh stations: whatever the split, the garbage and the order, each whole record comes out once."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.wim_station.codec import MOST_BYTES, Codec, encode, signed_bytes
from devices.wire import GARBLED, Event

PLATES = st.builds(
    lambda a, b: f"粤{a}{b}", st.sampled_from("ABCD"), st.text("ABCDEFGH0123456789", min_size=5, max_size=6)
)
RECORDS = st.fixed_dictionaries(
    {
        "deviceId": st.sampled_from(["W1", "WIM-440100-001"]),
        "previewCode": st.text("0123456789", min_size=10, max_size=30),
        "previewDate": st.datetimes().map(lambda at: f"{at.replace(year=2026):%Y-%m-%d %H:%M:%S}"),
        "previewStationCode": st.just("4401001"),
        "licenseCodeFront": PLATES,
        "licensePlateColor": st.sampled_from(["黄", "蓝色", "2", "94", "渐变绿"]),
        "vehicleType": st.sampled_from(["二轴货车", "六轴汽车列车", "不明"]),
        "axisNum": st.integers(2, 10).map(str) | st.integers(2, 10),
        "speed": st.decimals(0, 200, places=1).map(str),
        "laneNo": st.integers(1, 8).map(str),
        "totalWeight": st.integers(1, 200_000).map(str) | st.integers(1, 200_000),
    }
)
NOISE = st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b""))


def read(pieces: list[bytes]) -> list[Event]:
    codec = Codec()
    return [event for piece in pieces for event in codec.feed(piece)] + codec.end()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=4), st.lists(st.integers(0, 10**6), max_size=8))
def test_reading_survives_any_split(records: list[dict[str, Any]], places: list[int]) -> None:
    data = b"".join(encode(record) for record in records)
    whole = read([data])
    assert [event.record_no for event in whole] == [record["previewCode"] for record in records]
    assert all(event.kind == "weigh_pass" for event in whole)
    assert read(cut(data, places)) == whole
    assert read([bytes([byte]) for byte in data]) == whole


@settings(max_examples=150, deadline=None)
@given(
    st.lists(RECORDS, min_size=1, max_size=4),
    st.lists(NOISE, min_size=1, max_size=4),
    st.lists(st.integers(0, 10**6), max_size=5),
)
def test_garbage_between_records_loses_none_of_them(
    records: list[dict[str, Any]], noise: list[bytes], places: list[int]
) -> None:
    lines = [line for record, dirt in zip(records, noise * 4, strict=False) for line in (dirt + b"\n", encode(record))]
    found = read(cut(b"".join(lines), places))
    assert [event.record_no for event in found if event.kind == "weigh_pass"] == [r["previewCode"] for r in records]
    kept = [event.raw for event in found if event.kind == GARBLED]
    assert kept == [stripped for dirt in (noise * 4)[: len(records)] if (stripped := dirt.strip(b" \t\r"))]


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_fall_and_none_are_lost(data: bytes) -> None:
    found = read([data])
    assert b"".join(event.raw for event in found if event.kind == GARBLED).replace(b" ", b"") == b"".join(
        line.strip(b" \t\r") for line in data.split(b"\n")
    ).replace(b" ", b"")


@settings(max_examples=150, deadline=None)
@given(RECORDS, st.sampled_from(sorted(["axisNum", "speed", "laneNo", "totalWeight", "previewDate", "licenseCodeFront", "media"])), st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6))  # fmt: skip
def test_a_field_of_any_value_is_read_or_refused_never_a_fall(record: dict[str, Any], name: str, value: Any) -> None:
    (event,) = read([json.dumps({**record, name: value}).encode()])
    assert event.kind in ("weigh_pass", GARBLED)
    assert (event.why != "") == (event.kind == GARBLED)


def test_a_line_without_end_is_given_up_once_and_the_next_is_read() -> None:
    codec = Codec()
    found = []
    for _ in range(5):
        found += codec.feed(b"x" * (MOST_BYTES // 2))
    found += codec.feed(b"\n" + encode({"deviceId": "W1", "kind": "status", "time": "2026-03-02 08:40:00"}))
    assert [event.kind for event in found] == [GARBLED, "heartbeat"]


def test_a_signature_is_over_everything_but_itself_whatever_the_order() -> None:
    one = {"b": "2", "a": {"d": 1, "c": "中"}}
    assert signed_bytes(one) == signed_bytes({"a": {"c": "中", "d": 1}, "sign": "x", "b": "2"})
    assert signed_bytes(one) != signed_bytes({**one, "b": "3"})
