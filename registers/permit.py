"""Permits and certificates (许可、证书) of supervised objects: one row per kind and number, with validity; changes are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from content import identity
from kernel.errors import InvalidAnswers, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work

KINDS: Final[Mapping[str, str]] = {
    "road_business": "道路运输经营许可证",
    "vehicle_transport": "道路运输证",
    "oversize": "超限运输车辆通行证",
    "practitioner": "从业资格证",
    "waterway_business": "水路运输经营许可证",
    "ship_business": "船舶营业运输证",
    "port_business": "港口经营许可证",
    "road_works": "涉路施工许可",
    "other": "其他许可",
}
STATUSES: Final[Mapping[str, str]] = {
    "valid": "有效",
    "suspended": "暂扣",
    "revoked": "吊销",
    "cancelled": "注销",
}


def keep(work: Work, about: Row, values: Mapping[str, Any], source: str) -> UUID:
    """The permit of this kind and number, what changed is kept; a new row when unknown. `about`: as of `supervised.get`.

    `values`: kind, permit_no, valid_from, valid_until (days, both included; null: without end), status, scope, issuer. Refused
    when the number is another object's.
    """
    number = identity.normal(str(values["permit_no"]))
    wrong = {
        "kind": None if values["kind"] in KINDS else f"许可种类应为:{'、'.join(KINDS.values())}",
        "permit_no": identity.practitioner_certificate(number),
        "status": None if values["status"] in STATUSES else f"许可状态应为:{'、'.join(STATUSES.values())}",
        "valid_until": "有效期至不得早于有效期起"
        if values.get("valid_from") and values.get("valid_until") and values["valid_from"] > values["valid_until"]
        else None,
    }
    if fields := {key: why for key, why in wrong.items() if why}:
        raise InvalidAnswers(fields)
    given = {key: values.get(key) for key in ("scope", "issuer", "valid_from", "valid_until", "status")}
    place = (about["agency_id"], about["category"], values["kind"], number)
    old = work.one(
        "select * from permit where agency_id = %s and category = %s and kind = %s and permit_no = %s for update", place
    )
    if old is not None and old["object_id"] != about["id"]:
        raise Refusal(
            f"{KINDS[values['kind']]} {number} 已登记在别的对象名下", remedy="请核对证号;登记有误的先更正登记"
        )
    if old is None:
        rows = work.rows(
            """insert into permit (id, agency_id, category, object_kind, object_id, kind, permit_no, scope, issuer, valid_from,
              valid_until, status, source, created_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (agency_id, category, kind, permit_no) do nothing returning id""",
            (uuid7(), *place[:2], about["kind"], about["id"], *place[2:], *given.values(), source, work.now),
        )
        if not rows:
            raise Refusal(f"{KINDS[values['kind']]} {number} 刚由他人登记", remedy="请刷新后重试")
        return UUID(str(rows[0]["id"]))
    changes = {key: [_plain(old[key]), _plain(value)] for key, value in given.items() if old[key] != value}
    if changes:
        sets = ", ".join(f"{key} = %({key})s" for key in given)
        work.execute(
            f"update permit set {sets}, source = %(source)s, version = version + 1 where id = %(id)s",
            {**given, "source": source, "id": old["id"]},
        )
        work.execute(
            """insert into fact_change (id, agency_id, category, subject_kind, subject_id, at, person_id, source, changes)
            values (%s, %s, %s, 'permit', %s, %s, %s, %s, %s)""",
            (uuid7(), *place[:2], old["id"], work.now, work.person.id, source, Jsonb(changes)),
        )
    return UUID(str(old["id"]))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def of_objects(work: Work, object_ids: list[UUID], day: date) -> list[Row]:
    """The permits of these objects with their `state` on a day: valid, not_yet, expired, suspended, revoked, cancelled; newest first."""
    return read(work, send(work, object_ids), day)


def send(work: Work, object_ids: list[UUID]) -> psycopg.Cursor[Row]:
    """As `of_objects`, asked for now and read later with `read`."""
    return work.send(
        """select id, object_id, object_kind, kind, permit_no, scope, issuer, valid_from, valid_until, status, source from permit
        where object_id = any(%s) order by created_at desc, id desc limit 200""",
        (object_ids,),
    )


def read(work: Work, sent: psycopg.Cursor[Row], day: date) -> list[Row]:
    """The answer to `send`."""
    return [{**row, "name": KINDS[row["kind"]], "state": state(row, day)} for row in work.read(sent)]


def state(row: Mapping[str, Any], day: date) -> str:
    """Whether a permit holds on a day."""
    if row["status"] != "valid":
        return str(row["status"])
    if row["valid_from"] is not None and day < row["valid_from"]:
        return "not_yet"
    return "expired" if row["valid_until"] is not None and day > row["valid_until"] else "valid"
