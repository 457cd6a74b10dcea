"""First people of a node: agencies, officers with certificates, accounts and roles, from a YAML file (deploy/seeds/).

    agencies: [{id, code, name, short, level, parent, facts}]           # parents before children
    officers: [{login, password, name, agency, id_number, staffing_type, status, facts, id,
                certificate(s): {number, kind, categories, from, to, since},
                roles: [{role, agency, reach, categories, from, to}]}]
    courses: [{agency, number, name, kind, hours}]
    hours: [{login, course, hours, attended, mode}]
    questions: [{agency, file, checker}]                            # file: a sheet beside this one; checker: a login
    exam_templates: [{agency, number, name, minutes, pass, rules: [{kind, count, marks, topic, difficulty, bank_level}]}]

`password` at the top holds for all officers without one of their own. What exists already (agency by id, officer by
login) is left as it is, so that loading twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from kernel import audit
from kernel.errors import BadContent
from kernel.ids import uuid7
from kernel.work import LOCAL, Row, Work
from registers import account, agency, certificate, exam, officer, question, training

Seed = Mapping[str, Any]


def load(work: Work, path: Path) -> dict[str, int]:
    """Loads the file in one transaction; returns how many of each kind are new. `BadContent` names the place."""
    try:
        seed = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise BadContent(path.name, 0, f"无法读取:{error}") from error
    with work.transaction():
        added = dict.fromkeys(_KINDS, 0)
        for kind, add in _KINDS.items():
            for place, one in enumerate(seed.get(kind, []), 1):
                try:
                    added[kind] += add(work, {"password": seed.get("password"), "folder": path.parent, **one})
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


def _course(work: Work, one: Seed) -> int:
    work.widen_scope(int(one["agency"]))
    if work.one("select 1 as found from training_course where course_no = %s", (str(one["number"]),)):
        return 0
    hours = Decimal(str(one["hours"]))
    training.open_course(
        work,
        agency_id=int(one["agency"]),
        course_no=str(one["number"]),
        name=one["name"],
        kind=str(one["kind"]),
        hours=hours,
    )
    return 1


def _hours(work: Work, one: Seed) -> int:
    whose = _of_login(work, one["login"])
    work.widen_scope(whose["agency_id"])
    on = _day(one["attended"])
    if on is None:
        raise ValueError("参训日期 attended")
    return training.take_over(
        work,
        officer_id=whose["officer_id"],
        agency_id=whose["agency_id"],
        course_no=str(one["course"]),
        hours=Decimal(str(one["hours"])),
        attended_on=on,
        mode=one.get("mode", "onsite"),
    )


def _questions(work: Work, one: Seed) -> int:
    work.widen_scope(int(one["agency"]))
    checker = _of_login(work, one["checker"])["officer_id"]
    answer = question.take_over(work, int(one["agency"]), (one["folder"] / one["file"]).read_bytes(), checker)
    if answer["faults"]:
        raise ValueError(f"{one['file']}:{answer['faults'][:3]}")
    return int(answer["imported"])


def _template(work: Work, one: Seed) -> int:
    work.widen_scope(int(one["agency"]))
    if work.one("select 1 as found from exam_template where template_no = %s", (str(one["number"]),)):
        return 0
    exam.put_template(
        work,
        agency_id=int(one["agency"]),
        template_no=str(one["number"]),
        name=one["name"],
        rules=one["rules"],
        minutes=int(one["minutes"]),
        pass_marks=Decimal(str(one["pass"])),
    )
    return 1


def _of_login(work: Work, login: str) -> Row:
    row = work.one(
        "select a.officer_id, o.agency_id from account a join officer o on o.id = a.officer_id where a.login = %s",
        (login,),
    )
    if row is None:
        raise ValueError(f"没有登录名 {login}")
    return row


_KINDS: Mapping[str, Callable[[Work, Seed], int]] = {
    "agencies": _agency,
    "officers": _officer,
    "courses": _course,
    "hours": _hours,
    "questions": _questions,
    "exam_templates": _template,
}
