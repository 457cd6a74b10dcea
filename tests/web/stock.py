"""A node on which every page of the client has something to show: told stories, and what people enter besides."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

import engine
from content import load
from engine import jobs, stories
from kernel.settings import ROOT
from kernel.work import LOCAL, Work, system_person
from registers import account
from tests.web.browsing import aside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kernel.work import Node, Person, SettableClock

DAY = datetime(2026, 4, 10, 10, tzinfo=LOCAL)  # when everything is looked at: a Friday
HERE: Mapping[str, Any] = {"agency_id": 440100, "category": "02"}
LAW = """laws:
  - id: panda_law
    name: 竹林法
    full_name: 中华人民共和国竹林法
    kind: "1"
    versions: [{from: 2020-01-01, label: "2020", mark: K}]
    articles:
      - {id: "3", text: "熊猫出行须备案", mark: K}
""".encode()
# What two deeds differ in: the same once more would be refused.
DEED = ("粤AB8K62", "K2486+300", "穗运货运", "44010020260302084000")
# Story → how many of its steps are told (None: all).
TOLD: Mapping[str, int | None] = {
    "exam/offline_room_third_marker_appeal": None,
    "archiving/filed": None,
    "seizure_handling/perishable_auctioned": None,
    "case_ordinary/paid_in_time": 6,
    "clue_handling/report_filed": 3,
    "annual_evaluation/two_agencies_objection_upheld": None,
}


def person(node: Node, login: str) -> Person:
    """Who logs in so."""
    return account.person_of_login(Work(node, account.STRANGER), login)


def _with(data: bytes, others: Mapping[str, str]) -> bytes:
    for one, other in others.items():
        data = data.replace(one.encode(), other.encode())
    return data


def told(node: Node, clock: SettableClock) -> dict[str, str]:
    """Plays the stories one after another, the clock set back for each; process → the record it left."""
    left: dict[str, str] = {}
    all_files = load.tree(ROOT)
    for number, (name, steps) in enumerate(TOLD.items()):
        path = "processes/national/{}/stories/{}.yaml".format(*name.split("/"))
        other = (
            f"粤AC1K0{number}",
            f"K240{number}+300",
            f"穗{'一二三四五六'[number]}货运",
            f"44010020260302084000{number}",
        )
        files = {
            p: _with(data, dict(zip(DEED, other, strict=True))) for p, data in all_files.items() if "/stories/" in p
        }
        story = stories.read(path, files[path], files)
        if steps is not None:
            story = replace(story, steps=story.steps[:steps], expect=type(story.expect)())
        clock.set(story.start.at)
        player = engine.Player(node, clock, lambda login: person(node, login))
        played = aside(lambda player=player, story=story: player.play(story.begins, story))
        assert not played.faults, (name, played.faults)
        left[name.split("/")[0]] = played.case_id
    return left


def entered(node: Node, clock: SettableClock, case_id: str) -> dict[str, str]:
    """What people enter besides: a vehicle and what is known of it, a draw, a count of a shelf, days, lists."""

    def as_(login: str) -> Work:
        return Work(node, person(node, login))

    officer, head, system = as_("officer_1"), as_("unit_head_1"), Work(node, system_person(440100, "02"))
    engine.copy_to(officer, case_id, str(head.person.id), "请阅")
    vehicle = engine.register_vehicle(
        officer, **HERE, plate="粤A12345", plate_color="2", transport_permit="440100001234"
    )["id"]
    ship = engine.register_ship(officer, **HERE, name="粤运 168", mmsi="413000123")["id"]
    man = engine.register_practitioner(officer, **HERE, name="王五", certificate_no="4401001234")["id"]
    engine.watch_object(head, "vehicle", vehicle, "多次超限", clock.at + timedelta(days=60))
    check = engine.check_object(officer, **HERE, kind="vehicle", number="粤A12345", plate_color="2")["id"]
    engine.add_expert(head, **HERE, name="周工", organisation="省质检院", field="桥梁检测")
    listed = engine.put_check_list(
        head, **HERE, list_no="QD-01", name="货运车辆",
        items=[{"item": "动态监控", "standard": "在线", "basis": "动态监督管理办法"}],
    )  # fmt: skip
    values = {
        "plan_no": "穗交双随2026-01", "name": "第一季度货运车辆抽查", "kind": "random", "focus": "general", "basis": "年度计划",
        "check_list_id": listed["id"], "object_kind": "vehicle", "conditions": {}, "object_count": 1, "inspectors_each": 2,
        "experts_each": 0, "supervisors": [str(person(node, "supervisor_1").id)], "opens_on": date(2026, 3, 2),
        "closes_on": date(2026, 3, 31),
    }  # fmt: skip
    plan = engine.plan_inspection(head, **HERE, values=values)["id"]
    draw = engine.freeze_pools(head, plan, seed_way="system")["id"]
    engine.request_export(head, "02", date(2026, 3, 1), date(2026, 3, 2), None, "年度案卷评查", plain=False)
    days = [{"day": date(2026, 12, 7), "working": False, "name": "地方节日", "source": "省政府〔2026〕1号"}]
    engine.publish_calendar(as_("publisher_1"), "440000", 2026, days, "省政府〔2026〕1号")
    keeper = as_("archivist_1")
    with system.transaction():
        jobs.open_incident(
            system, **HERE, instance_id=None, job_id=None, subject_id=None, kind="action",
            cause="文书服务没有应答,已重试 5 次", remedy="请检查 LibreOffice 后重试",
        )  # fmt: skip
    roads = Work(node, system_person(440100, "01"))
    with roads.transaction():
        [dossier] = roads.rows("select id from dossier")
    engine.set_retention(keeper, str(dossier["id"]), 10, False, "按机关保管期限表")
    clock.move(timedelta(days=366 * 11))
    disposal = engine.list_for_disposal(keeper, 440100, "destroy", [str(dossier["id"])], None, "期满,无继续保存价值")[
        "id"
    ]
    clock.set(DAY)
    counted = engine.start_stocktaking(
        as_("custodian_1"), 440100, "01", "罚没物品库", str(person(node, "officer_2").id)
    )["id"]
    with pytest.MonkeyPatch.context() as patched:
        # the whole check of the national content has tests of its own; here it would only cost half a minute
        patched.setattr(sys.modules["engine.law_import"], "check", lambda files: [])
        law = engine.import_law(as_("legal_1"), "law", "竹林法.yaml", LAW, "国令〔2026〕1号")["id"]
    return {
        "vehicle": vehicle, "ship": ship, "practitioner": man, "check": check, "plan": plan, "draw": draw,
        "disposal": disposal, "stocktaking": counted, "import": law,
    }  # fmt: skip


# What stands for an id in an address → the newest row that belongs there.
_NEWEST = {
    "dossier": "select id from dossier",
    "party": "select id from party",
    "item": "select id from property_item",
    "exchange": "select id from exchange",
    "recompute": "select id from recompute",
    "person": "select id from officer where name = '张伟'",
}


def found(node: Node, case_id: str) -> dict[str, str]:
    """What stands for an id in an address → the id; `task` is one of an officer in this case."""
    with psycopg.connect(node.db.owner) as connection:
        rows = {name: connection.execute(f"{sql} order by id desc limit 1").fetchone() for name, sql in _NEWEST.items()}
        task = "select id from work_item where subject_id = %s and status = 'open' and role = 'officer' order by id limit 1"
        rows["task"] = connection.execute(task, (case_id,)).fetchone()
    assert all(rows.values()), rows
    return {name: str(row[0]) for name, row in rows.items() if row}
