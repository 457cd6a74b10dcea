"""A vehicle on the watch list drives over a weigh station: whoever watches it learns of it, over the doors that stations really use."""

from __future__ import annotations

from datetime import timedelta

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

import engine
from kernel import signing
from kernel.work import LOCAL, Work, system_clock, system_person
from registers import supervised, vehicle, watch_list
from tests.devices.conftest import MASTER, STATION
from tests.devices.test_mqtt import listening, until

PLATE, YELLOW = "粤AB8K62", "2"  # what the station of the tests reads
WATCHER, HERE = 440300, 440100
CITY = "广州市交通运输综合行政执法局"


def watched(road, agency_id, reason="多次超限运输"):
    """The agency puts the vehicle on its list; the entry's id."""
    work = Work(road.node, system_person(agency_id, "01"))
    with work.transaction():
        id_ = vehicle.find_or_insert(work, agency_id=agency_id, category="01", plate=PLATE, plate_color=YELLOW)
        about = supervised.get(work, "vehicle", id_)
        return watch_list.put(work, about, reason, work.now + timedelta(days=30))


@pytest.fixture
def sister(road):
    """An officer of the sister city, which watches the lorry and has told all agencies so."""
    entry, officer = watched(road, WATCHER), road.work_as("sister_officer")
    with (work := officer).transaction():
        watch_list.publish(work, watch_list.entry(work, entry), "多次超限运输")
    return officer


def told(work):
    return [one["text"] for one in engine.list_news(work)["items"] if one["kind"] == "watch"]


def sightings(road):
    work = Work(road.node, system_person(WATCHER, "01"))
    with work.transaction():
        return work.rows("select owner_id, agency_id, what from watch_sighting order by id")


def met(road):
    day = system_clock().astimezone(LOCAL).date()
    return f"{day} 在花都G105国道不停车检测点过车"


def test_over_http_the_agency_that_watches_is_told_once_a_day_however_often_it_passes(road, door, sister):
    assert [one["outcome"] for one in door.send(road.passing(), road.passing(previewCode="NEXT"))] == ["stored"] * 2
    assert door.send(road.passing(previewCode="LATER"))[0]["outcome"] == "stored"
    assert sightings(road) == [{"owner_id": WATCHER, "agency_id": HERE, "what": met(road)}]
    [text] = told(sister)
    assert text == f"{CITY}遇到贵机构公开的重点监管对象({met(road)})"
    assert PLATE not in text, "news may leave the house by mail: no plate"
    door.send(road.passing(licenseCodeFront="粤AB8K63", previewCode="OTHER"))
    door.send(road.passing(licensePlateColor="蓝", previewCode="BLUE"))
    assert len(told(sister)) == 1, "another plate, or the plate in another colour, is another vehicle"


def test_what_is_not_published_or_has_ended_is_told_to_nobody(road, door):
    entry, officer = watched(road, WATCHER), road.work_as("sister_officer")
    door.send(road.passing(previewCode="ONE"))
    assert (sightings(road), told(officer)) == ([], [])
    with officer.transaction():
        watch_list.publish(officer, watch_list.entry(officer, entry), "多次超限运输")
        watch_list.remove(officer, entry, "已整改")
    door.send(road.passing(previewCode="TWO"))
    assert (sightings(road), told(officer)) == ([], [])


def test_ones_own_watched_vehicle_raises_an_alert_over_mqtt_and_the_other_city_is_told(road, broker, sister):
    watched(road, HERE, "逾期未缴罚款")
    key = signing.derived(MASTER, STATION, 1)
    from devices.wim_station import codec

    record = codec.encode(road.passing(), lambda data: signing.mac(key, data))
    client = paho.Client(CallbackAPIVersion.VERSION2)
    with listening(road, broker):
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        for _ in range(2):  # a broker may deliver twice
            client.publish(f"wim/{STATION}/pass", record, qos=1).wait_for_publish(30)
        until(lambda: len(road.passes()) == 1 and sightings(road) != [])
        client.disconnect()
        client.loop_stop()
    alerts = road.rows("select message, rule from alert")
    assert alerts == [{"message": f"重点监管对象 {PLATE}:逾期未缴罚款({met(road)})", "rule": watch_list.RULE}]
    assert sightings(road) == [{"owner_id": WATCHER, "agency_id": HERE, "what": met(road)}]
    assert len(told(sister)) == 1
