"""What is weighed is kept once, measured exactly, judged as evidence, and over the limit becomes a clue."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kernel.work import LOCAL, system_clock


def today():
    return system_clock().astimezone(LOCAL).date()


# devices.md §1.4, worked out by hand there (without the meter's error)
TABLE = [
    ("二轴货车", 2, False, 20500, 18000, 2500),
    ("二轴货车", 2, False, 18900, 18000, 900),
    ("六轴汽车列车", 6, False, 55000, 49000, 6000),
    ("六轴汽车列车", 6, True, 55000, 46000, 9000),
    ("六轴汽车列车", 6, False, 120000, 49000, 71000),
    ("五轴汽车列车", 5, False, 43000, 43000, 0),
    ("四轴货车", 4, False, 31800, 31000, 800),
    ("三轴汽车列车", 3, False, 27001, 27000, 1),
]


@pytest.mark.parametrize(("word", "axles", "single", "gross", "limit", "over"), TABLE)
def test_every_pass_is_measured_against_its_limit(road, word, axles, single, gross, limit, over):
    told = road.passing(vehicleType=word, axisNum=axles, totalWeight=gross, driveAxleSingle="1" if single else "0")
    assert [one.outcome for one in road.take(told)] == ["stored"]
    kept = road.passes()[0]
    assert (kept["limit_kg"], kept["over_kg"]) == (limit, over)
    assert kept["over_rate"] == (Decimal(over) / limit).quantize(Decimal("0.0001"))
    assert (kept["is_usable"], kept["reasons"]) == (True, [])


def test_the_same_record_counts_once_and_another_under_its_number_is_kept_apart(road):
    told = road.passing()
    backfilled = {**told, "isBackfill": "1"}
    assert [one.outcome for one in road.take(told, told, backfilled)] == ["stored", "duplicate", "duplicate"]
    assert [one.outcome for one in road.take({**told, "totalWeight": "54000"})] == ["conflict"]
    assert [row["gross_kg"] for row in road.passes()] == [55000]
    assert [row["why"] for row in road.rejects()] == ["同一编号的记录内容不一致"]


def test_a_pass_over_the_limit_becomes_one_clue_with_what_the_device_knows(road):
    told = road.passing()
    road.take(told, told, road.passing(previewCode="LIGHT1", totalWeight="48000"))
    road.sweep()
    road.take(told)
    road.sweep()
    cases = road.rows("select * from enforcement_case")
    assert len(cases) == 1
    facts = cases[0]["facts"]
    assert (facts["check_no"], facts["plate_no"], facts["plate_color"]) == (told["previewCode"], "粤AB8K62", "2")
    assert (facts["axle_count"], facts["is_train"], facts["single_drive"], facts["gross_kg"]) == (6, True, False, 55000)
    assert (facts["weigh_station"], facts["lane_no"]) == ("花都G105国道不停车检测点", "2")
    assert facts["verification_certificate_no"] == "穗计检字第0321号"
    linked = {row["check_no"]: row["subject_id"] for row in road.passes()}
    assert linked == {told["previewCode"]: cases[0]["id"], "LIGHT1": None}
    tasks = road.rows("select element, agency_id from work_item where status = 'open'")
    assert tasks == [{"element": "review_first", "agency_id": 440100}]


def test_a_clue_whose_worker_dies_after_the_start_is_not_begun_twice(road, monkeypatch):
    from registers import weigh_pass

    road.take(road.passing())
    good = weigh_pass.link
    monkeypatch.setattr(weigh_pass, "link", lambda *_: 1 / 0)
    road.sweep()
    assert len(road.rows("select 1 from enforcement_case")) == 1
    monkeypatch.setattr(weigh_pass, "link", good)
    with road.work.transaction() as work:
        work.execute("update job set due_at = %s where kind = 'clue'", (work.now,))
    road.sweep()
    assert len(road.rows("select 1 from enforcement_case")) == 1
    assert road.passes()[0]["subject_id"] is not None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"speed": "120"}, "speed"),
        ({"laneCrossFlag": "1"}, "abnormal"),
        ({"laneNo": "9"}, "other_lane"),
        ({"previewStationCode": "4401002"}, "other_site"),
        ({"vehicleType": "特种车"}, "unknown_limit"),
        ({"axle1Weight": "20000", "axle2Weight": "20000"}, "axle_count"),
        ({f"axle{n}Weight": "8000" for n in range(1, 7)}, "axle_sum"),
        ({"snapshotTime": "2020-01-01 00:00:00"}, "snapshot_gap"),
        ({"sentTime": "2020-01-01 00:00:00"}, "clock_drift"),
    ],
)
def test_what_contradicts_itself_is_kept_but_makes_no_clue(road, changes, reason):
    assert road.take(road.passing(**changes))[0].outcome == "stored"
    kept = road.passes()[0]
    assert not kept["is_usable"]
    assert reason in kept["reasons"]
    road.sweep()
    assert road.rows("select 1 from enforcement_case") == []


def test_the_verification_is_asked_at_the_time_of_the_pass(road):
    then = system_clock().astimezone(LOCAL) - timedelta(days=150)
    past = {"previewDate": f"{then:%Y-%m-%d %H:%M:%S}", "isBackfill": "1"}
    road.take(road.passing(previewCode="A1", **past))
    assert road.passes()[0]["reasons"] == ["not_verified"]
    road.verify("穗计检字第0001号", today() - timedelta(days=400), today() - timedelta(days=101))
    road.take(road.passing(previewCode="A2", **past))
    later = road.passes()[1]
    assert (later["is_usable"], later["verification_certificate_no"]) == (True, "穗计检字第0001号")


def test_an_expired_verification_keeps_the_record_and_takes_its_worth(road):
    road.register("WIM-OLD")
    road.verify("旧证", today() - timedelta(days=400), today() - timedelta(days=1), "WIM-OLD")
    road.take(road.passing(deviceId="WIM-OLD"), device_no="WIM-OLD")
    kept = road.passes()[0]
    assert (kept["is_usable"], kept["reasons"], kept["over_kg"]) == (False, ["not_verified"], 6000)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reviewed_on": None}, "not_reviewed"),
        ({"published_on": None}, "not_published"),
        ({"published_on": today() + timedelta(days=1)}, "not_published"),
    ],
)
def test_a_place_not_examined_or_not_published_before_gives_no_evidence(road, changes, reason):
    road.register(**changes)
    road.take(road.passing())
    assert road.passes()[0]["reasons"] == [reason]


def test_a_thousand_records_with_three_broken_keep_the_rest_and_the_three_are_read_after_a_correction(road):
    from devices import gateway

    told = [
        road.passing(previewCode=f"N{n:06}", totalWeight="17000", vehicleType="二轴货车", axisNum="2")
        for n in range(500)
    ]
    for n in (7, 70, 400):
        told[n]["deviceId"] = "WIM-NEW"  # a station that was exchanged before anybody registered it
    outcomes = [one.outcome for one in road.take(*told)]
    assert (outcomes.count("stored"), outcomes.count("rejected")) == (497, 3)
    assert [row["why"] for row in road.rejects()] == ["记录中的设备编号与发送者不符"] * 3
    road.take(road.passing(deviceId="WIM-NEW", previewCode="X1"), device_no="WIM-NEW")
    assert road.rejects()[-1]["why"] == "设备没有登记或已停用"
    assert gateway.replay(road.node) == (0, 4)
    road.register("WIM-NEW")
    assert gateway.replay(road.node) == (1, 3)
    assert len(road.passes()) == 498


def test_keeping_a_batch_costs_few_statements(road):
    import engine
    from devices import gateway

    bounds = gateway.models()["wim_station"].bounds
    codec = gateway.models()["wim_station"].codec
    import json

    line = b"\n".join(
        json.dumps(road.passing(previewCode=f"N{n}", totalWeight="40000"), ensure_ascii=False).encode()
        for n in range(200)
    )
    reader = codec()
    records = [
        {**e.values, "check_no": e.record_no, "weighed_at": e.at, "raw": e.raw}
        for e in [*reader.feed(line), *reader.end()]
    ]
    work = road.work
    assert engine.record_passes(work, "WIM-440100-001", records, bounds).count("stored") == 200
    assert work.statements <= 12
