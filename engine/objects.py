"""What a case is about stands in registers: when a step tells the party or the vehicle, the case is tied to its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from content import identity as identity_checks
from engine import news, release_store
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound
from kernel.work import Row, Work
from registers import masking, party, practitioner, ship, vehicle, watch_list

if TYPE_CHECKING:
    from engine.step import Step

# Element keys (forms/national/elements.yaml) of a person and of an organisation → columns of the register.
PERSON = {"party_name": "name", "party_id_no": "id_number", "party_phone": "phone", "party_address": "address"}
ORGANIZATION = {"org_name": "name", "org_uscc": "uscc", "org_phone": "phone", "org_address": "address"}
CHOSEN = "registered_party"  # the party that the officer chose in the register while filling in
PLATE, COLOR = "plate_no", "plate_color"
SHIP = {"ship_name": "name", "ship_mmsi": "mmsi", "ship_imo": "imo", "ship_type": "ship_type"}
DRIVER = {"driver_name": "name", "driver_certificate_no": "certificate_no"}
_NAMED = ("party_id", "vehicle_id", "ship_id", "practitioner_id")
LINKED = frozenset({"case", "clue"})  # kinds of record that have columns for what they are about


def link(step: Step) -> None:
    """Ties the case to its party and vehicle rows when this step changed what identifies them."""
    if "party_type" in step.facts and step.changes.keys() & {"party_type", CHOSEN, *PERSON, *ORGANIZATION}:
        _link_party(step)
    if step.changes.keys() & {PLATE, COLOR} and step.facts.get(PLATE) and step.facts.get(COLOR):
        i = step.instance
        step.columns["vehicle_id"] = vehicle.find_or_insert(
            step.work,
            agency_id=i["agency_id"],
            category=i["category"],
            plate=step.facts[PLATE],
            plate_color=step.facts[COLOR],
        )
    place = {"agency_id": step.instance["agency_id"], "category": step.instance["category"], "source": step.source}
    told = _told(step.facts, SHIP)
    if step.changes.keys() & SHIP.keys() and told.get("name") and told.keys() & {"mmsi", "imo"}:
        step.columns["ship_id"] = ship.keep(step.work, **place, **told)
    told = _told(step.facts, DRIVER)
    if step.changes.keys() & DRIVER.keys() and told.get("name") and _is_certificate(told.get("certificate_no")):
        step.columns["practitioner_id"] = practitioner.keep(step.work, **place, **told)
    named = [step.columns[column] for column in _NAMED if step.columns.get(column)]
    both = [(id_, step.instance["subject_id"]) for id_ in named]
    news.of_sightings(step.work, watch_list.met(step.work, both, step.kind.label), step.kind.label)


def _is_certificate(number: str | None) -> bool:
    """What is no number of a certificate stays a fact of the case: the register holds known identities only."""
    return bool(number) and identity_checks.practitioner_certificate(identity_checks.normal(str(number))) is None


def _link_party(step: Step) -> None:
    kind = step.facts["party_type"]
    columns = _told(step.facts, ORGANIZATION if kind == "organization" else PERSON)
    if kind not in ("person", "organization") or not columns.get("name"):
        return
    i = step.instance
    if chosen := _chosen(step, kind, columns["name"]):
        step.columns["party_id"] = chosen
        return
    step.columns["party_id"] = party.find_or_insert(
        step.work, agency_id=i["agency_id"], category=i["category"], party_type=kind, **columns
    )


def _chosen(step: Step, kind: str, name: str) -> UUID | None:
    """The party chosen in the register, as long as the form still names it; what was typed over it is another party."""
    if not step.facts.get(CHOSEN):
        return None
    row = step.work.one(
        """select coalesce(merged_into, id) as id from party
        where id = %s and agency_id = %s and category = %s and party_type = %s and name = %s""",
        (step.facts[CHOSEN], step.instance["agency_id"], step.instance["category"], kind, name),
    )
    return UUID(str(row["id"])) if row else None


def _told(facts: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    return {column: facts[key] for key, column in keys.items() if facts.get(key)}


def objects(
    work: Work,
    *,
    plate: str | None = None,
    name: str | None = None,
    identity: str | None = None,
    ship_no: str | None = None,
    practitioner_no: str | None = None,
) -> Row:
    """Parties, vehicles, ships and practitioners in scope, each with its newest cases.

    By plate; by a party's exact name or identity (USCC, ID number); by a ship's MMSI, IMO number or name; by the number of a
    practitioner's certificate or ID card, or name. Personal data is masked; the reading leaves an audit row.
    """
    permissions.demand(work, "case.search")
    if not (plate or name or identity or ship_no or practitioner_no):
        raise InvalidAnswers({"plate": "请至少填写车牌号、名称、证件号码、信用代码、船舶或从业资格证号中的一项"})
    with work.transaction(hot=True):
        parties = _parties(work, name, identity) if name or identity else []
        vehicles = vehicle.by_plate(work, plate)[:50] if plate else []
        ships = ship.find(work, ship_no) if ship_no else []
        people = practitioner.find(work, practitioner_no) if practitioner_no else []
        answer = {
            "ships": [{**s, "cases": ship.cases_of(work, s["id"], 20)} for s in ships],
            "practitioners": [{**p, "cases": practitioner.cases_of(work, p["id"], 20)} for p in people],
            "parties": [{**_masked(p), "cases": party.cases_of(work, p["id"], 20)} for p in parties],
            "vehicles": [{**v, "cases": vehicle.cases_of(work, v["id"], 20)} for v in vehicles],
        }
        audit.record(work, "object.search", outcome="read", detail={"found": sum(map(len, answer.values()))})
    return answer


_OPEN: Mapping[str, tuple[Callable[[Work, UUID], Row], Callable[[Work, UUID, int], list[Row]]]] = {
    "party": (party.get, party.cases_of),
    "vehicle": (vehicle.get, vehicle.cases_of),
    "ship": (ship.get, ship.cases_of),
    "practitioner": (practitioner.get, practitioner.cases_of),
}


def one_object(work: Work, kind: str, object_id: str) -> Row:
    """An object opened: its row, masked; of a party also what belongs to it; its newest cases. Leaves an audit row.

    `kind`: party, vehicle, ship, practitioner.
    """
    permissions.demand(work, "case.search")
    id_ = _id(object_id)
    with work.transaction(hot=True):
        row = _OPEN[kind][0](work, id_)
        cases = _OPEN[kind][1](work, id_, 50)
        belongs = {}
        if kind == "party":
            belongs = {
                "vehicles": vehicle.of_party(work, id_),
                "ships": ship.of_party(work, id_),
                "practitioners": practitioner.of_party(work, id_),
            }
        audit.record(work, "object.read", subject=(kind, id_), outcome="read")
    return {**row, **belongs, "cases": cases}


@command(may="object.register")
def register_vehicle(
    work: Work,
    *,
    agency_id: int,
    category: str,
    plate: str,
    plate_color: str,
    transport_permit: str | None = None,
    owner_id: str | None = None,
) -> Row:
    """Enters a vehicle, or adds to the one with this plate; the party that runs it, when told, is one of the same agency."""
    _may_register(work, agency_id, category)
    text = identity_checks.normal(plate)
    if why := identity_checks.plate(text):
        raise InvalidAnswers({"plate": why})
    if plate_color not in release_store.current(work).codes["PLATE_COLOR"].items:
        raise InvalidAnswers({"plate_color": "没有这种车牌颜色代码"})
    id_ = vehicle.find_or_insert(
        work,
        agency_id=agency_id,
        category=category,
        plate=text,
        plate_color=plate_color,
        transport_permit=_permit(transport_permit),
        owner_id=_owner(work, owner_id, agency_id, "owner_id"),
    )
    return {"id": str(id_)}


@command(may="object.register")
def register_ship(
    work: Work,
    *,
    agency_id: int,
    category: str,
    name: str,
    mmsi: str | None = None,
    imo: str | None = None,
    ship_type: str | None = None,
    transport_permit: str | None = None,
    owner_id: str | None = None,
) -> Row:
    """Enters a ship by MMSI or IMO number, or adds to the one that has it."""
    _may_register(work, agency_id, category)
    if not (mmsi or imo):
        raise InvalidAnswers({"mmsi": "请填写 MMSI 或 IMO 编号:只有船名不能确认是哪一艘船"})
    id_ = ship.keep(
        work,
        agency_id=agency_id,
        category=category,
        name=name,
        mmsi=mmsi,
        imo=imo,
        ship_type=ship_type,
        transport_permit=_permit(transport_permit),
        owner_id=_owner(work, owner_id, agency_id, "owner_id"),
    )
    return {"id": str(id_)}


@command(may="object.register")
def register_practitioner(
    work: Work,
    *,
    agency_id: int,
    category: str,
    name: str,
    certificate_no: str | None = None,
    certificate_until: date | None = None,
    id_number: str | None = None,
    employer_id: str | None = None,
) -> Row:
    """Enters a practitioner by the number of the certificate or ID card, or adds to the one that has it."""
    _may_register(work, agency_id, category)
    if not (certificate_no or id_number):
        raise InvalidAnswers({"certificate_no": "请填写从业资格证号或身份证号:只有姓名不能确认是哪一个人"})
    id_ = practitioner.keep(
        work,
        agency_id=agency_id,
        category=category,
        name=name,
        certificate_no=certificate_no,
        certificate_until=certificate_until,
        id_number=id_number,
        employer_id=_owner(work, employer_id, agency_id, "employer_id"),
    )
    return {"id": str(id_)}


def _may_register(work: Work, agency_id: int, category: str) -> None:
    permissions.demand(work, "object.register", agency_id, category)


def _owner(work: Work, party_id: str | None, agency_id: int, field: str) -> UUID | None:
    if party_id is None:
        return None
    row = work.one("select id from party where id = %s and agency_id = %s", (_id(party_id), agency_id))
    if row is None:
        raise InvalidAnswers({field: "本机构的登记簿里没有这个业户"})
    return _id(party_id)


def _permit(text: str | None) -> str | None:
    if not text:
        return None
    number = identity_checks.normal(text)
    if why := identity_checks.practitioner_certificate(number):
        raise InvalidAnswers({"transport_permit": why})
    return number


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从列表中重新打开") from error


def _parties(work: Work, name: str | None, identity: str | None) -> list[Row]:
    """One indexed look-up per way of asking."""
    column, value = (
        ("name", name)
        if name
        else ("uscc" if len(identity or "") == 18 and _is_uscc(identity) else "id_number", identity)
    )
    return work.rows(
        f"select * from party where agency_id = any(%s) and {column} = %s order by created_at desc limit 50",
        (list(work.person.scope), value),
    )


def _is_uscc(text: str | None) -> bool:
    """A USCC has letters or does not end as an ID number does; both have 18 places."""
    return any(c.isalpha() for c in (text or "")[:17])


def _masked(row: Row) -> Row:
    classes = {**party.PERSONAL, **({"name": "name"} if row["party_type"] == "person" else {})}
    return masking.masked_row(row, classes)
