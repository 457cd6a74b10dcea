"""Parties: where they are served and by whom they are represented, whether they are minors, which rows are one party."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from content.forms import Form
from engine import parameters, personal, release_store
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import duplicate, masking, party, service_address

if TYPE_CHECKING:
    from engine.step import Step

Json = dict[str, Any]
CONFIRMATION = "address_confirmation"  # the role of the step (process.yaml) in which a party confirms it
MANAGE, MERGE = "party.manage", "party.merge"
# Elements of the forms of service → columns of the register.
_PREFILL = {
    "e_service_consent": "electronic", "address_receiver": "receiver", "address_relation": "relation", "address_mobile": "mobile",
    "address_wechat": "wechat", "address_email": "email", "address_fax": "fax", "post_address": "post_address",
    "service_place": "post_address",
}  # fmt: skip


@command(may=MANAGE, subject="party_id")
def confirm_address(work: Work, party_id: str, told: Mapping[str, Any]) -> Json:
    """Registers the address of service that the party confirmed, with the paper or evidence that proves it."""
    row = _own(work, party_id, MANAGE)
    if told["electronic"] and not any(told.get(key) for key in ("mobile", "wechat", "email", "fax")):
        raise InvalidAnswers({"mobile": "同意电子送达的,请填写手机号、微信号、邮箱或传真中的一项"})
    _refuse_times(told)
    _source(work, row, told)
    return {"id": str(service_address.keep(work, row, told))}


@command(may=MANAGE, subject="party_id")
def add_agent(work: Work, party_id: str, told: Mapping[str, Any]) -> Json:
    """Registers an agent with the paper that gives the powers, what they are, and until when."""
    row = _own(work, party_id, MANAGE)
    _refuse_times(told)
    _source(work, row, told)
    if told.get("case_id") is not None:
        of = work.one("select party_id from enforcement_case where id = %s", (told["case_id"],))
        if of is None or of["party_id"] not in duplicate.group(work, row["id"]):
            raise InvalidAnswers({"case_id": "不是这名当事人的案件"})
    return {"id": str(service_address.add_agent(work, row, told))}


@command(may=MANAGE, subject="party_id")
def end_of_party(work: Work, party_id: str, what: str, entry_id: str, reason: str) -> Json:
    """Ends an address (`what`: addresses) or the powers of an agent (agents)."""
    row = _own(work, party_id, MANAGE)
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明终止的原因"})
    table = {"addresses": "service_address", "agents": "party_agent"}[what]
    service_address.end(work, table, as_uuid(entry_id), row["id"], reason.strip())
    return {"id": entry_id}


@command(may=MERGE, subject="party_id")
def merge_party(work: Work, party_id: str, other_id: str, reason: str) -> Json:
    """Merges `other_id` into this party: found as one from now on; every case keeps its own link, and it can be undone."""
    row = _own(work, party_id, MERGE)
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明合并的理由"})
    return {"id": str(duplicate.merge(work, row["id"], as_uuid(other_id), reason.strip()))}


@command(may=MERGE, subject="party_id")
def split_party(work: Work, party_id: str, merge_id: str, reason: str) -> Json:
    """Splits two parties again."""
    _own(work, party_id, MERGE)
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明撤销合并的理由"})
    duplicate.undo(work, as_uuid(merge_id), reason.strip())
    return {"id": merge_id}


def party_dossier(work: Work, party_id: str) -> Json:
    """Where a party is served, by whom represented, whether a minor today, merges and suggested duplicates; numbers masked."""
    permissions.demand(work, "case.search")
    with work.transaction():
        row = _row(work, party_id)
        ids = duplicate.group(work, row["id"])
        addresses, agents = service_address.of_party(work, ids)
        answer = {
            "id": str(row["id"]),
            "merged_into": str(row["merged_into"]) if row["merged_into"] else None,
            **age(work, row, work.today),
            "addresses": [_entry(one, work.today) for one in addresses],
            "agents": [_entry(one, work.today) for one in agents],
            "merges": [_merge(one) for one in duplicate.history(work, row["id"])],
            "duplicates": [_like(one) for one in duplicate.like(work, row)] if row["merged_into"] is None else [],
        }
        audit.record(work, "object.read", subject=("party", row["id"]), outcome="read", detail={"what": "service"})
    return answer


@command(may=masking.RIGHT, subject="party_id")
def unmask_party(work: Work, party_id: str, reason: str) -> Json:
    """The party's particulars in clear, for a reason that is kept with the party."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明查看个人信息的理由"})
    row = _own(work, party_id, masking.RIGHT)
    asked = sorted({*party.PERSONAL, "name"})
    personal.keep(work, row, ("party", row["id"]), asked, reason.strip())
    return {key: row[key] for key in asked}


def age(work: Work, row: Row, day: date) -> Json:
    """A person's age on that day by the ID number, and what follows from it by the parameters; nothing for others."""
    declared = release_store.current(work).parameters
    born = party.born(row)
    if born is None or "minor_under_years" not in declared:
        return {"age": None, "minor": None, "unpunished": None}
    values = parameters.values(work, declared, row["agency_id"])
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    minor, unpunished = (int(values[key].value) for key in ("minor_under_years", "unpunished_under_years"))
    return {"age": years, "minor": years < minor, "unpunished": years < unpunished}


def prefill(work: Work, form: Form, case_id: UUID, known: Mapping[str, Any]) -> Json:
    """What the register knows for a form of service and the case does not: consent, receiver, addresses. In an open transaction."""
    wanted = {key: column for key, column in _PREFILL.items() if key in form.fields and known.get(key) is None}
    if not {"post_address", "service_place"} & wanted.keys():
        return {}
    of = work.one("select coalesce(p.merged_into, p.id) as id from enforcement_case c join party p on p.id = c.party_id where c.id = %s", (case_id,))  # fmt: skip
    row = service_address.in_force(work, of["id"], work.today) if of else None
    if row is None:
        return {}
    return {key: row[column] for key, column in wanted.items() if row[column] is not None}


def take_confirmed(step: Step, element: str) -> None:
    """The address that the party has just confirmed in a case (送达地址确认书) stands in the register too, with that paper as
    its source; what stands there as it is said now stays. Nothing while the case has no party in the register."""
    work, case_id = step.work, step.instance["subject_id"]
    of = work.one("select p.* from enforcement_case c join party p on p.id = c.party_id where c.id = %s", (case_id,))
    paper = work.one(
        "select id from document where case_id = %s and step = %s and state <> 'void' order by id desc limit 1",
        (case_id, element),
    )
    if of is None or paper is None:
        return
    told = {column: step.facts.get(key) for key, column in _PREFILL.items() if key != "service_place"}
    told["electronic"] = bool(told["electronic"])
    earlier = service_address.in_force(work, of["id"], work.today)
    if earlier is None or any(earlier[column] != value for column, value in told.items()):
        service_address.keep(work, of, {**told, "valid_from": work.today, "document_id": paper["id"]})


def _row(work: Work, party_id: str) -> Row:
    row = work.one("select * from party where id = %s", (as_uuid(party_id),))
    if row is None:
        raise NotFound("没有这个当事人,或不在您的查看范围内")
    return row


def _own(work: Work, party_id: str, right: str) -> Row:
    row = _row(work, party_id)
    permissions.demand(work, right, row["agency_id"], row["category"])
    return row


def _refuse_times(told: Mapping[str, Any]) -> None:
    if told.get("valid_to") is not None and told["valid_to"] < told["valid_from"]:
        raise InvalidAnswers({"valid_to": "截止日期早于起始日期"})


def _source(work: Work, row: Row, told: Mapping[str, Any]) -> None:
    """The paper or evidence must be one of a case of this party: an entry without its source proves nothing."""
    given = [(key, table) for key, table in (("document_id", "document"), ("evidence_id", "evidence")) if told.get(key)]
    if not given:
        raise InvalidAnswers({"document_id": "请选择来源:已签署的文书,或作为证据上传的扫描件"})
    ids = duplicate.group(work, row["id"])
    for key, table in given:
        found = work.one(
            f"select c.party_id from {table} d join enforcement_case c on c.id = d.case_id where d.id = %s",
            (told[key],),
        )
        if found is None or found["party_id"] not in ids:
            raise InvalidAnswers({key: "不是这名当事人案件中的文书或证据"})


def _entry(row: Row, today: date) -> Json:
    masked = masking.masked_row(row, service_address.PERSONAL)
    active = (
        row["ended_at"] is None and row["valid_from"] <= today and (row["valid_to"] is None or row["valid_to"] >= today)
    )
    return {**masked, "in_force": active}


def _merge(row: Row) -> Json:
    keys = (
        "id",
        "kept_id",
        "merged_id",
        "reason",
        "merged_at",
        "merged_by_name",
        "undone_at",
        "undone_by_name",
        "undo_reason",
    )
    return {key: row[key] for key in keys}


def _like(row: Row) -> Json:
    classes = {**party.PERSONAL, **({"name": "name"} if row["party_type"] == "person" else {})}
    masked = masking.masked_row(row, classes)
    return {key: masked[key] for key in ("id", "party_type", "name", "id_number", "uscc", "phone", "why")}
