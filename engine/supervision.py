"""Supervised objects: permits, checks with proof, the watch list, everything known of one object, import by sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID

from content import identity
from engine import clues, news, release_store
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, Refusal
from kernel.ids import as_mark, as_uuid
from kernel.work import LOCAL, Row, Work
from registers import (
    agency,
    evidence,
    inspection,
    masking,
    object_check,
    object_view,
    party,
    permit,
    practitioner,
    sheet,
    ship,
    supervised,
    vehicle,
    watch_list,
)

Json = dict[str, Any]
_MOST_ROWS = 2_000


# ---------------------------------------------------------------------- registers
@command(may="object.register")
def register_party(
    work: Work,
    *,
    agency_id: int,
    category: str,
    name: str,
    uscc: str,
    phone: str | None = None,
    address: str | None = None,
    operating_licence: str | None = None,
) -> Json:
    """Enters a business by its credit code, or adds to the one that has it."""
    permissions.demand(work, "object.register", agency_id, category)
    return {"id": str(_party(work, agency_id, category, name, uscc, phone, address, operating_licence))}


def _party(
    work: Work,
    agency_id: int,
    category: str,
    name: str,
    uscc: str,
    phone: str | None,
    address: str | None,
    licence: str | None,
) -> UUID:
    code = identity.normal(uscc)
    wrong = {"uscc": identity.uscc(code), "name": None if name.strip() else "请填写单位名称"}
    if fields := {key: why for key, why in wrong.items() if why}:
        raise InvalidAnswers(fields)
    id_ = party.find_or_insert(
        work,
        agency_id=agency_id,
        category=category,
        party_type="organization",
        name=name.strip(),
        uscc=code,
        phone=phone,
        address=address,
    )
    if licence:
        work.execute("update party set operating_licence = %s where id = %s", (licence.strip(), id_))
    return id_


@command(may="object.register")
def register_project(
    work: Work,
    *,
    agency_id: int,
    category: str,
    project_no: str,
    name: str,
    kind: str | None = None,
    place: str | None = None,
    owner_id: str | None = None,
) -> Json:
    """Enters a project by its number, or adds to the one that has it."""
    permissions.demand(work, "object.register", agency_id, category)
    owner = as_uuid(owner_id) if owner_id else None
    if owner and not work.rows("select 1 as found from party where id = %s and agency_id = %s", (owner, agency_id)):
        raise InvalidAnswers({"owner_id": "本机构的登记簿里没有这个业户"})
    made = supervised.keep_project(
        work,
        agency_id=agency_id,
        category=category,
        project_no=project_no,
        name=name,
        kind=kind,
        place=place,
        owner_id=owner,
    )
    return {"id": str(made)}


@command(may="object.register", subject="object_id")
def put_permit(work: Work, kind: str, object_id: str, values: Mapping[str, Any], source: str) -> Json:
    """A permit of an object, or what changed of it. `source`: who told of it (the licence itself, the licensing system)."""
    about = supervised.get(work, kind, as_uuid(object_id))
    permissions.demand(work, "object.register", about["agency_id"], about["category"])
    if not source.strip():
        raise InvalidAnswers({"source": "请写明来源,如许可系统、证件原件"})
    return {"id": str(permit.keep(work, about, values, source.strip()))}


# ---------------------------------------------------------------------- checks
@command(may="object.check")
def check_object(
    work: Work,
    *,
    agency_id: int,
    category: str,
    kind: str,
    number: str,
    plate_color: str | None = None,
    case_id: str | None = None,
) -> Json:
    """Checks a vehicle by plate and colour, a business by credit code, a ship by MMSI or IMO, a practitioner by certificate,
    a project by number: permits and whether they hold now, operator, cases, watch list – kept as proof with its hashes.

    With `case_id` the proof is evidence of that case too. "Not found" says which register was asked, never "no permit".
    """
    permissions.demand(work, "object.check", agency_id, category)
    supervised.kind_of(kind)
    reach = [agency_id, *(a for a in work.person.scope if a != agency_id)]
    about = _found(work, kind, number, plate_color, reach, category)
    source = f"{agency.get(work, agency_id)['name']}监管对象登记簿"
    asked = {"kind": kind, "number": identity.normal(number), "plate_color": plate_color}
    findings = _findings(work, about) if about else {}
    asked_for = (identity.normal(number), plate_color if kind == "vehicle" else None)
    elsewhere = watch_list.send_elsewhere(
        work,
        kind,
        supervised.identity_of(about) if about else asked_for,
        category,
        besides=about["id"] if about else None,
        at=work.now,
    )
    if others := work.read(elsewhere):
        findings["watched_elsewhere"] = others
    row = object_check.keep(
        work,
        {"agency_id": agency_id, "category": category},
        kind=kind,
        object_id=about["id"] if about else None,
        asked=asked,
        source=source,
        outcome="found" if about else "not_found",
        findings=findings,
    )
    if others:
        plain, color = supervised.identity_of(about) if about else asked_for
        known = [(str(plain), color)]
        met = watch_list.met_numbers(work, (agency_id, category), kind, known, "查验", row["id"])
        news.of_sightings(work, met, "查验")
    kept = _as_evidence(work, as_uuid(case_id), row, work.person.name) if case_id else None
    return {**_check(row), "evidence_id": str(kept) if kept else None}


@command(may="object.check", subject="case_id")
def check_as_evidence(work: Work, check_id: str, case_id: str) -> Json:
    """A check that was made before the case was (the usual order) becomes its evidence, with its own time; once per case.

    Refuses a check that no longer has its hashes, and a case that stands after the check's agency's scope.
    """
    row = object_check.get(work, as_uuid(check_id))
    permissions.demand(work, "object.check", row["agency_id"], row["category"])
    if not object_check.unchanged(row):
        raise Refusal("这次查验的内容与当时的散列不符,不能作为证据", remedy="请重新查验,并向系统管理员报告")
    about = as_uuid(case_id)
    earlier = evidence.of_check(work, about, row["id"])
    if earlier is None:
        by = work.one("select name from officer where id = %s", (row["checked_by"],))
        earlier = _as_evidence(work, about, row, by["name"] if by else "")
    return {**_check(row), "evidence_id": str(earlier)}


_BY: Final[Mapping[str, str]] = {
    "party": "uscc = %(number)s",
    "vehicle": "plate = %(number)s and plate_color = %(color)s",
    "practitioner": "certificate_no = %(number)s",
    "project": "project_no = %(number)s",
}


def _found(
    work: Work, kind: str, number: str, plate_color: str | None, agencies: Sequence[int], category: str
) -> Row | None:
    """The object with this number in the registers of these agencies, the first one's first."""
    text = identity.normal(number)
    if not text:
        raise InvalidAnswers({"number": "请填写号码"})
    if kind == "vehicle" and not plate_color:
        raise InvalidAnswers({"plate_color": "请填写车牌颜色:同一号牌不同颜色是不同的车"})
    where = _BY.get(kind) or ("imo = %(number)s" if len(text.removeprefix("IMO")) == 7 else "mmsi = %(number)s")
    row = work.one(
        f"""select id from {supervised.KINDS[kind].table} where agency_id = any(%(agencies)s) and category = %(category)s
        and {where} order by agency_id = %(first)s desc, created_at limit 1""",
        {
            "agencies": list(agencies),
            "first": agencies[0],
            "category": category,
            "number": text.removeprefix("IMO") if kind == "ship" else text,
            "color": plate_color,
        },
    )
    return supervised.get(work, kind, row["id"]) if row else None


def _findings(work: Work, about: Row) -> Json:
    owner = _owner(work, about)
    ids = [about["id"], *([owner["id"]] if owner else [])]
    permits = permit.of_objects(work, ids, work.today)
    column = {"party": "party_id", "vehicle": "vehicle_id", "ship": "ship_id", "practitioner": "practitioner_id"}
    cases = (
        work.rows(
            f"""select case_number, case_cause, case_status, created_at from enforcement_case where {column[about["kind"]]} = %s
            order by created_at desc, id desc limit 20""",
            (about["id"],),
        )
        if about["kind"] in column
        else []
    )
    watched = work.rows(
        "select reason, until from watch_entry where object_id = %s and removed_at is null and until > %s",
        (about["id"], work.now),
    )
    return {
        "object": {"kind": about["kind"], "id": str(about["id"]), "label": about["label"]},
        "owner": {"id": str(owner["id"]), "name": owner["name"]} if owner else None,
        "permits": [
            {
                **{k: one[k] for k in ("kind", "name", "permit_no", "valid_from", "valid_until", "state", "source")},
                "of": "object" if one["object_id"] == about["id"] else "owner",
            }
            for one in permits
        ],
        "cases": cases,
        "watched": watched,
        "inspections_this_year": inspection.this_year(work, about["id"]),
    }


def _owner(work: Work, about: Row) -> Row | None:
    column = {"vehicle": "owner_id", "ship": "owner_id", "project": "owner_id", "practitioner": "employer_id"}
    if about["kind"] not in column:
        return None
    table = supervised.KINDS[about["kind"]].table
    return work.one(
        f"select p.id, p.name from {table} o join party p on p.id = o.{column[about['kind']]} where o.id = %s",
        (about["id"],),
    )


_STATES: Final = {
    "valid": "有效",
    "not_yet": "尚未生效",
    "expired": "已过期",
    **{k: v for k, v in permit.STATUSES.items() if k != "valid"},
}


def _as_evidence(work: Work, case_id: UUID, row: Row, checker: str) -> UUID:
    """The check as a text that can be read, evidence of the case (electronic data)."""
    found, at = row["findings"], row["checked_at"].astimezone(LOCAL)
    known = "object" in found
    label = found["object"]["label"] if known else row["asked"]["number"]
    lines = [
        "监管对象查验记录",
        f"查验时间:{at:%Y-%m-%d %H:%M:%S}",
        f"查验来源:{row['source']}",
        f"查验人员:{checker}",
        f"查验对象:{supervised.KINDS[row['object_kind']].label} {label}",
    ]
    if not known:
        lines.append("结果:该登记簿中没有这个对象(不等于没有许可)")
    for one in found.get("permits", []):
        until = one["valid_until"] or "无终止日期"
        lines.append(f"{one['name']} {one['permit_no']}:{_STATES[one['state']]},有效期至 {until},来源 {one['source']}")
    lines += [f"重点监管:{one['agency']},{one['reason']}" for one in found.get("watched_elsewhere", [])]
    lines.append(f"SHA-256:{bytes(row['sha256']).hex()}")
    lines.append(f"SM3:{bytes(row['sm3']).hex()}")
    data = ("\n".join(lines) + "\n").encode()
    name = f"查验记录-{label}-{at:%Y%m%d%H%M%S}.txt"
    meta = evidence.Meta(name=name, kind="4", taken_at=row["checked_at"], taker_id=row["checked_by"])
    meta["facts"] = {"object_check": str(row["id"])}
    return UUID(str(evidence.receive(work, case_id, data, meta)["id"]))


def _check(row: Row) -> Json:
    return {
        "id": str(row["id"]),
        "kind": row["object_kind"],
        "object_id": str(row["object_id"]) if row["object_id"] else None,
        "asked": row["asked"],
        "source": row["source"],
        "outcome": row["outcome"],
        "findings": row["findings"],
        "sha256": bytes(row["sha256"]).hex(),
        "sm3": bytes(row["sm3"]).hex(),
        "checked_by": str(row["checked_by"]),
        "checked_at": row["checked_at"].isoformat(),
    }


def object_check_of(work: Work, check_id: str) -> Json:
    """A check as it was kept, and whether it still has its hashes."""
    permissions.demand(work, "object.check")
    with work.transaction(hot=True):
        row = object_check.get(work, as_uuid(check_id))
        audit.record(work, "object.check", subject=("object_check", row["id"]), outcome="read")
    return {**_check(row), "unchanged": object_check.unchanged(row)}


# ---------------------------------------------------------------------- watch list
@command(may="object.watch", subject="object_id")
def watch_object(work: Work, kind: str, object_id: str, reason: str, until: datetime) -> Json:
    """Puts an object on the watch list, with reason and term: whatever names it raises an alert."""
    about = supervised.get(work, kind, as_uuid(object_id))
    permissions.demand(work, "object.watch", about["agency_id"], about["category"])
    return {"id": str(watch_list.put(work, about, reason, until))}


@command(may="object.watch", subject="entry_id")
def unwatch_object(work: Work, entry_id: str, reason: str) -> Json:
    """Takes an entry off the watch list."""
    row = watch_list.remove(work, as_uuid(entry_id), reason)
    permissions.demand(work, "object.watch", row["agency_id"], row["category"])
    return {"id": str(row["id"])}


@command(may="object.watch", subject="entry_id")
def publish_watch_entry(work: Work, entry_id: str, reason: str) -> Json:
    """Lets the other agencies of the category know that an object is on the list, in the words of `reason` – not the entry's own."""
    row = watch_list.entry(work, as_uuid(entry_id))
    permissions.demand(work, "object.watch", row["agency_id"], row["category"])
    watch_list.publish(work, row, reason)
    return {"id": str(row["id"])}


def watched_objects(work: Work, limit: int, after: str | None, ended: bool) -> Json:
    """The watch list, newest first."""
    permissions.demand(work, "case.search")
    with work.transaction(hot=True):
        rows = watch_list.listed(work, limit + 1, as_mark(after), ended=ended)
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if more else None}


# ---------------------------------------------------------------------- one view
_STATE_AT: Final = """select (select risk_class from object_class where object_id = %(id)s) as risk_class,
  (select reason from watch_entry where object_id = %(id)s and since <= %(at)s and until > %(at)s
    and (removed_at is null or removed_at > %(at)s) order by id desc limit 1) as watched"""


def object_view_of(
    work: Work, kind: str, object_id: str, limit: int = 50, after: str | None = None, on: date | None = None
) -> Json:
    """All that is known of one object: who it is, class, permits, watch list, and its events in one line, newest first.

    `on`: as it was known at the end of a day in the past. Leaves an audit row.
    """
    permissions.demand(work, "case.search")
    until = datetime.combine(on, time.max, LOCAL) if on else None
    with work.transaction(hot=True):
        about = supervised.get(work, kind, as_uuid(object_id))
        plate = str(about["label"]) if kind == "vehicle" else None
        permits_sent = permit.send(work, [about["id"]])  # read after the line: all three travel together
        state_sent = work.send(_STATE_AT, {"id": about["id"], "at": until or work.now})
        elsewhere_sent = watch_list.send_elsewhere(
            work, kind, supervised.identity_of(about), about["category"], besides=about["id"], at=until or work.now
        )
        rows = object_view.timeline(
            work, kind, about["id"], plate=plate, limit=limit + 1, after=clues.cursor(after), until=until
        )
        permits, state = permit.read(work, permits_sent, on or work.today), work.read(state_sent)
        elsewhere = work.read(elsewhere_sent)
        audit.record(work, "object.read", subject=(kind, about["id"]), outcome="read")
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    return {
        "id": str(about["id"]),
        "kind": kind,
        "label": about["label"],
        "number": masking.masked("id", about["number"]) if kind == "practitioner" else about["number"],
        "agency_id": about["agency_id"],
        "category": about["category"],
        **state[0],
        "watched_elsewhere": elsewhere,
        "permits": permits,
        "events": rows[:limit],
        "next": f"{last['at'].isoformat()}|{last['id']}" if last else None,
    }


# ---------------------------------------------------------------------- import
_OWNER = "owner_uscc"
_PERMIT_HEADINGS: Final = {
    "对象种类": "object_kind", "对象号码": "object_number", "车牌颜色": "plate_color", "许可种类": "kind", "证号": "permit_no",
    "有效期起": "valid_from", "有效期至": "valid_until", "状态": "status", "许可范围": "scope", "发证机关": "issuer",
}  # fmt: skip
_HEADINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "party": {"业户名称": "name", "统一社会信用代码": "uscc", "联系电话": "phone", "地址": "address", "经营许可证号": "operating_licence"},
    "vehicle": {"车牌号": "plate", "车牌颜色": "plate_color", "道路运输证号": "transport_permit", "业户信用代码": _OWNER},
    "ship": {"船名": "name", "MMSI": "mmsi", "IMO": "imo", "船舶种类": "ship_type", "船舶营业运输证号": "transport_permit", "业户信用代码": _OWNER},
    "practitioner": {"姓名": "name", "从业资格证号": "certificate_no", "资格证有效期至": "certificate_until", "身份证号": "id_number", "业户信用代码": _OWNER},
    "project": {"项目编号": "project_no", "项目名称": "name", "项目种类": "kind", "地点": "place", "业户信用代码": _OWNER},
    "permit": _PERMIT_HEADINGS,
}  # fmt: skip


@command(may="object.register")
def import_objects(work: Work, agency_id: int, category: str, kind: str, data: bytes, each: bool = False) -> Json:
    """Objects (or permits) of one kind from a sheet: all, or none and every wrong line named. `each`: those that are right."""
    permissions.demand(work, "object.register", agency_id, category)
    if kind not in _HEADINGS:
        raise InvalidAnswers({"kind": f"可导入的有:{'、'.join(_HEADINGS)}"})
    names = {key: heading for heading, key in _HEADINGS[kind].items()}
    take: Callable[[Work, int, str, Json], object] = _TAKE[kind]
    work.execute("savepoint whole")
    done, faults = 0, []
    for line, row in sheet.rows(data, _HEADINGS[kind], _MOST_ROWS):
        work.execute("savepoint line")
        try:
            take(work, agency_id, category, dict(row))
            done += 1
        except InvalidAnswers as error:
            faults.append({"line": line, "fields": {names.get(k, k): why for k, why in error.fields.items()}})
            work.execute("rollback to savepoint line")
        except Refusal as error:
            faults.append({"line": line, "fields": {"整行": f"{error.detail};{error.remedy or ''}"}})
            work.execute("rollback to savepoint line")
        work.execute("release savepoint line")
    if faults and not each:
        work.execute("rollback to savepoint whole")
        done = 0
    return {"imported": done, "faults": faults}


def _told(row: Json, *needed: str) -> None:
    if missing := {key: "必须填写" for key in needed if not row.get(key)}:
        raise InvalidAnswers(missing)


def _day(row: Json, key: str) -> date | None:
    text = row.get(key)
    if not text:
        return None
    try:
        return datetime.fromisoformat(str(text).replace("/", "-")).date()
    except ValueError as error:
        raise InvalidAnswers({key: "应为日期,如 2026-12-31"}) from error


def _by_uscc(work: Work, agency_id: int, category: str, row: Json) -> UUID | None:
    text = row.pop(_OWNER, None)
    if not text:
        return None
    code = identity.normal(text)
    if why := identity.uscc(code):
        raise InvalidAnswers({_OWNER: why})
    found = work.one(
        "select id from party where agency_id = %s and category = %s and uscc = %s limit 1", (agency_id, category, code)
    )
    if found is None:
        raise InvalidAnswers({_OWNER: "登记簿中没有这个业户,请先导入业户"})
    return UUID(str(found["id"]))


def _color(work: Work, text: str) -> str:
    items = release_store.current(work).codes["PLATE_COLOR"].items
    code = next((c for c, name in items.items() if text in (c, name)), None)
    if code is None:
        raise InvalidAnswers({"plate_color": f"应为:{'、'.join(items.values())}"})
    return code


def _take_party(work: Work, agency_id: int, category: str, row: Json) -> object:
    _told(row, "name", "uscc")
    return _party(work, agency_id, category, row["name"], row["uscc"], row.get("phone"), row.get("address"), row.get("operating_licence"))  # fmt: skip


def _take_vehicle(work: Work, agency_id: int, category: str, row: Json) -> object:
    _told(row, "plate", "plate_color")
    plate = identity.normal(row["plate"])
    if why := identity.plate(plate):
        raise InvalidAnswers({"plate": why})
    owner = _by_uscc(work, agency_id, category, row)
    number = row.get("transport_permit")
    if number and (why := identity.practitioner_certificate(identity.normal(number))):
        raise InvalidAnswers({"transport_permit": why})
    return vehicle.find_or_insert(
        work,
        agency_id=agency_id,
        category=category,
        plate=plate,
        plate_color=_color(work, row["plate_color"]),
        transport_permit=identity.normal(number) if number else None,
        owner_id=owner,
    )


def _take_ship(work: Work, agency_id: int, category: str, row: Json) -> object:
    owner = _by_uscc(work, agency_id, category, row)
    if not (row.get("mmsi") or row.get("imo")):
        raise InvalidAnswers({"mmsi": "请填写 MMSI 或 IMO 编号"})
    _told(row, "name")
    return ship.keep(work, agency_id=agency_id, category=category, owner_id=owner, source="import", **row)


def _take_practitioner(work: Work, agency_id: int, category: str, row: Json) -> object:
    employer = _by_uscc(work, agency_id, category, row)
    if not (row.get("certificate_no") or row.get("id_number")):
        raise InvalidAnswers({"certificate_no": "请填写从业资格证号或身份证号"})
    _told(row, "name")
    row["certificate_until"] = _day(row, "certificate_until")
    return practitioner.keep(work, agency_id=agency_id, category=category, employer_id=employer, source="import", **row)


def _take_project(work: Work, agency_id: int, category: str, row: Json) -> object:
    owner = _by_uscc(work, agency_id, category, row)
    _told(row, "project_no", "name")
    return supervised.keep_project(work, agency_id=agency_id, category=category, owner_id=owner, **row)


def _take_permit(work: Work, agency_id: int, category: str, row: Json) -> object:
    _told(row, "object_kind", "object_number", "kind", "permit_no")
    kind = next((k for k, v in supervised.KINDS.items() if row["object_kind"] in (k, v.label)), row["object_kind"])
    if kind not in supervised.KINDS:
        raise InvalidAnswers({"object_kind": f"应为:{'、'.join(v.label for v in supervised.KINDS.values())}"})
    color = _color(work, row["plate_color"]) if row.get("plate_color") else None
    about = _found(work, kind, row["object_number"], color, [agency_id], category)
    if about is None:
        raise InvalidAnswers({"object_number": "登记簿中没有这个对象,请先导入对象"})
    values = {
        **row,
        "kind": next((k for k, v in permit.KINDS.items() if row["kind"] in (k, v)), row["kind"]),
        "status": next(
            (k for k, v in permit.STATUSES.items() if row.get("status", "有效") in (k, v)), row.get("status")
        ),
        "valid_from": _day(row, "valid_from"),
        "valid_until": _day(row, "valid_until"),
    }
    return permit.keep(work, about, values, "表格导入")


_TAKE: Final[Mapping[str, Callable[[Work, int, str, Json], object]]] = {
    "party": _take_party,
    "vehicle": _take_vehicle,
    "ship": _take_ship,
    "practitioner": _take_practitioner,
    "project": _take_project,
    "permit": _take_permit,
}
