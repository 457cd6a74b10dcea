"""What a register knows of a party or a vehicle, taken over into the form that an officer fills in: nobody retypes it.

Taking a person's particulars over shows them in clear; it is an act that is kept with the party, like unmasking.
"""

from __future__ import annotations

from typing import Any

from engine import parties, personal, release_store
from engine.objects import COLOR, ORGANIZATION, PERSON, PLATE
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import masking, vehicle

Json = dict[str, Any]
# What only earlier cases of the party have told, not its row.
_TOLD_BEFORE = {
    "person": ("party_gender", "party_demographics"),
    "organization": ("org_legal_representative", "org_rep_position"),
}
_NEWEST = """select facts from enforcement_case where party_id = %s order by created_at desc, id desc limit 1"""


@command(may=masking.RIGHT, subject="object_id")
def take_over(work: Work, kind: str, object_id: str, form: str) -> Json:
    """The elements that a register knows, by key, in clear: {"values": …}. `kind`: party or vehicle; `form`: what is filled in.

    Raises `NotFound` outside of the person's scope, `InvalidAnswers` without the form's name (it is the reason that is kept).
    """
    if not form.strip():
        raise InvalidAnswers({"form": "请写明填写的是哪一张表单"})
    return {"values": _of_party(work, object_id, form) if kind == "party" else _of_vehicle(work, object_id)}


def _of_party(work: Work, object_id: str, form: str) -> Json:
    id_ = as_uuid(object_id)
    row = work.one("select * from party where id = %s", (id_,))
    if row is None:
        raise NotFound("没有这个当事人,或不在您的查看范围内")
    permissions.demand(work, masking.RIGHT, row["agency_id"], row["category"])
    kind = row["party_type"]
    columns = ORGANIZATION if kind == "organization" else PERSON
    values = {"party_type": kind, **{key: row[column] for key, column in columns.items()}}
    before = work.one(_NEWEST, (id_,))
    known = before["facts"] if before else {}
    values |= {key: known.get(key) for key in _TOLD_BEFORE.get(kind, ())}
    if kind == "person":
        values["party_age"] = parties.age(work, row, work.today)["age"]
    personal.keep(work, row, ("party", row["id"]), sorted(columns), f"填写表单:{form.strip()}")
    return _fitting(work, {**values, **_inspected(row, "party", row["name"])})


def _of_vehicle(work: Work, object_id: str) -> Json:
    row = vehicle.get(work, as_uuid(object_id))
    permissions.demand(work, masking.RIGHT, row["agency_id"], row["category"])
    before = work.one(_NEWEST.replace("party_id", "vehicle_id"), (row["id"],))
    values = {
        PLATE: row["plate"],
        COLOR: row["plate_color"],
        "transport_permit": row["transport_permit"],
        "vehicle_type": (before["facts"] if before else {}).get("vehicle_type"),
    }
    return _fitting(work, {**values, **_inspected(row, "vehicle", row["plate"])})


def _inspected(row: Row, kind: str, name: str) -> Json:
    """The same object as what is inspected."""
    return {
        "inspected_object_kind": kind,
        "inspected_object_id": str(row["id"]),
        "inspected_object_name": name,
    }


def _fitting(work: Work, values: Json) -> Json:
    """What is known and an element of the content in force; the form's own check judges it like what is typed."""
    known = release_store.current(work).elements
    return {key: value for key, value in values.items() if value not in (None, "") and key in known}
