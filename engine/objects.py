"""What a case is about stands in registers: when a step tells the party or the vehicle, the case is tied to its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kernel import audit, permissions
from kernel.errors import InvalidAnswers
from kernel.work import Row, Work
from registers import masking, party, vehicle

if TYPE_CHECKING:
    from engine.step import Step

# Element keys (forms/national/elements.yaml) of a person and of an organisation → columns of the register.
PERSON = {"party_name": "name", "party_id_no": "id_number", "party_phone": "phone", "party_address": "address"}
ORGANIZATION = {"org_name": "name", "org_uscc": "uscc", "org_phone": "phone", "org_address": "address"}
PLATE, COLOR = "plate_no", "plate_color"


def link(step: Step) -> None:
    """Ties the case to its party and vehicle rows when this step changed what identifies them."""
    if "party_type" in step.facts and step.changes.keys() & {"party_type", *PERSON, *ORGANIZATION}:
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


def _link_party(step: Step) -> None:
    kind = step.facts["party_type"]
    columns = _told(step.facts, ORGANIZATION if kind == "organization" else PERSON)
    if kind not in ("person", "organization") or not columns.get("name"):
        return
    i = step.instance
    step.columns["party_id"] = party.find_or_insert(
        step.work, agency_id=i["agency_id"], category=i["category"], party_type=kind, **columns
    )


def _told(facts: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    return {column: facts[key] for key, column in keys.items() if facts.get(key)}


def objects(work: Work, *, plate: str | None = None, name: str | None = None, identity: str | None = None) -> Row:
    """Parties and vehicles in scope by plate, exact name, or identity (USCC, ID number), each with its newest cases.

    Personal data is masked; the reading leaves an audit row.
    """
    permissions.demand(work, "case.search")
    if not (plate or name or identity):
        raise InvalidAnswers({"plate": "请至少填写车牌号、名称、证件号码或信用代码中的一项"})
    with work.transaction(hot=True):
        parties = _parties(work, name, identity) if name or identity else []
        vehicles = vehicle.by_plate(work, plate)[:50] if plate else []
        answer = {
            "parties": [{**_masked(p), "cases": party.cases_of(work, p["id"], 20)} for p in parties],
            "vehicles": [{**v, "cases": vehicle.cases_of(work, v["id"], 20)} for v in vehicles],
        }
        audit.record(work, "object.search", outcome="read", detail={"found": len(parties) + len(vehicles)})
    return answer


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
