"""First people of a node: agencies, officers with certificates, accounts and roles, from a YAML file (deploy/seeds/).

    agencies: [{id, code, name, short, level, parent, facts}]           # parents before children
    officers: [{login, password, name, agency, id_number, staffing_type, status, facts, id,
                certificate(s): {number, kind, categories, from, to, since},
                roles: [{role, agency, reach, categories, from, to}]}]

`password` at the top holds for all officers without one of their own. What exists already (agency by id, officer by
login) is left as it is, so that loading twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from kernel import audit
from kernel.errors import BadContent
from kernel.ids import uuid7
from kernel.work import LOCAL, Work
from registers import account, agency, certificate, officer

Seed = Mapping[str, Any]


def load(work: Work, path: Path) -> dict[str, int]:
    """Loads the file in one transaction; returns how many agencies and officers are new. `BadContent` names the place."""
    try:
        seed = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise BadContent(path.name, 0, f"无法读取:{error}") from error
    with work.transaction():
        added = {"agencies": 0, "officers": 0}
        for kind, add in (("agencies", _agency), ("officers", _officer)):
            for place, one in enumerate(seed.get(kind, []), 1):
                try:
                    added[kind] += add(work, {"password": seed.get("password"), **one})
                except (KeyError, ValueError, TypeError, AttributeError) as error:
                    raise BadContent(path.name, 0, f"{kind} 第 {place} 项缺少或无法识别:{error}") from error
        audit.record(work, "seed.load", detail=dict(added))
    return added


def _agency(work: Work, one: Seed) -> int:
    if work.one("select 1 as found from agency where id = %s", (one["id"],)):
        return 0
    agency.add(
        work,
        id=int(one["id"]),
        code=str(one.get("code", one["id"])),
        name=one["name"],
        short=one["short"],
        level=one["level"],
        parent_id=one.get("parent"),
        facts=one.get("facts"),
    )
    return 1


def _officer(work: Work, one: Seed) -> int:
    if work.one("select 1 as found from account where login = %s", (one["login"],)):
        return 0
    officer_id = UUID(one["id"]) if one.get("id") else uuid7()
    home = int(one["agency"])
    officer.add(
        work,
        id=officer_id,
        agency_id=home,
        name=one["name"],
        id_number=one.get("id_number"),
        staffing_type=str(one.get("staffing_type", "1")),
        status=str(one.get("status", officer.ON_DUTY)),
        facts=one.get("facts"),
    )
    account.create(work, officer_id, one["login"], one["password"])
    for held in [one["certificate"]] if one.get("certificate") else one.get("certificates", []):
        _certificate(work, officer_id, home, held)
    for role in one.get("roles", []):
        officer.grant_role(
            work,
            officer_id,
            role["role"],
            int(role.get("agency", home)),
            [str(c) for c in role["categories"]],
            reach=role.get("reach", "own"),
            valid_from=_day(role.get("from")) or date(2020, 1, 1),
            valid_to=_day(role.get("to")),
        )
    return 1


def _certificate(work: Work, officer_id: UUID, home: int, held: Seed) -> None:
    begins, ends = _day(held["from"]), _day(held["to"])
    if begins is None or ends is None:
        raise ValueError("证件有效期 from、to")
    certificate.issue(
        work,
        id=uuid7(),
        officer_id=officer_id,
        agency_id=int(held.get("agency", home)),
        certificate_no=str(held["number"]),
        kind=str(held.get("kind", "1")),
        categories=[str(c) for c in held["categories"]],
        valid_from=begins,
        valid_to=ends,
        since=datetime(begins.year, begins.month, begins.day, tzinfo=LOCAL),
    )


def _day(value: object) -> date | None:
    return value if value is None or isinstance(value, date) else date.fromisoformat(str(value))
