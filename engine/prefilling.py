"""What a form shows when it is opened: the case's facts, what the register knows of the party, and the fields' defaults.

Defaults may name what is no fact: who fills the form in (`me`), the agency of the record (`agency`), the people whom facts name by
identity (`names.officers` → 张伟、王芳), the latest paper of a kind (`papers.D11.number`, `.name`, `.served_on`) and the item of the
law that the violation falls under (`item.violated`, `item.basis`). Only what the form's defaults read is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from content.forms import Form
from content.releases import Release
from engine import documents, forms, parties
from engine.expressions import compiled
from engine.rules import rules
from kernel.ids import as_uuid
from kernel.work import LOCAL, Row, Work
from registers import agency as agencies
from registers import officer

_PAPERS = """select distinct on (kind) kind, name, number, served_at from document
where case_id = %s and state not in ('void', 'superseded') order by kind, id desc"""
PEOPLE = frozenset({"officer", "officers"})


def of_task(work: Work, item: Row, form: Form, about: Row, release: Release) -> dict[str, Any]:
    """What a task's form shows at first; forms of service know the party's confirmed address and the papers to be served.
    `about`: the record's facts and kind. In an open transaction."""
    me = work.person.name if _does(work, item) else None
    whole = item["note"] is not None or item["status"] != "open"  # came back to be put right; or is done
    facts, case_id = about["facts"], item["subject_id"]
    if about["subject_kind"] == "case":
        facts = {**facts, **parties.prefill(work, form, case_id, facts)}
    beside = _beside(work, form, release, facts, case_id, item["agency_id"])
    shown = forms.prefill(form, facts, release, work.now, me, whole=whole, beside=beside)
    papers = documents.to_serve(work, item["instance_id"]) if "service_docs" in form.fields else []
    return {**shown, **({"service_docs": papers} if papers else {})}


def of_start(
    work: Work, form: Form, release: Release, record_id: UUID | None, agency_id: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """What the form of a process that is to start shows; `record_id` and `facts`: the record that it starts beside others on.
    In an open transaction."""
    beside = _beside(work, form, release, facts, record_id, agency_id)
    return forms.prefill(form, facts, release, work.now, work.person.name, beside=beside)


def _beside(
    work: Work, form: Form, release: Release, facts: Mapping[str, Any], record_id: UUID | None, agency_id: int
) -> dict[str, object]:
    texts = [one.default for one in form.fields.values() if one.default]
    read = frozenset[str]().union(*(compiled(release.aliases, text).reads for text in texts))
    return {
        "agency": agencies.get(work, agency_id)["name"] if "agency" in read else None,
        "names": _names(work, release, facts) if "names" in read else {},
        "papers": _papers(work, record_id) if "papers" in read and record_id is not None else {},
        "item": _item(release, facts) if "item" in read else {},
    }


def _item(release: Release, facts: Mapping[str, Any]) -> dict[str, str]:
    found = rules(release).discretion.items.get(str(facts.get("violation_code")))
    return {} if found is None else {"violated": found.violated, "basis": found.basis}


def _names(work: Work, release: Release, facts: Mapping[str, Any]) -> dict[str, str]:
    """The names of the people in facts that hold identities, several as one text."""
    elements = release.elements
    people = {
        key: [value] if isinstance(value, str) else list(value)
        for key, value in facts.items()
        if value and key in elements and elements[key].type in PEOPLE
    }
    found = officer.names(work, {as_uuid(id_) for ids in people.values() for id_ in ids}) if people else {}
    return {key: "、".join(found[as_uuid(id_)] for id_ in ids if as_uuid(id_) in found) for key, ids in people.items()}


def _papers(work: Work, case_id: UUID) -> dict[str, dict[str, object]]:
    return {
        row["kind"]: {
            "name": row["name"],
            "number": row["number"],
            "served_on": row["served_at"].astimezone(LOCAL).date() if row["served_at"] is not None else None,
        }
        for row in work.rows(_PAPERS, (case_id,))
    }


def _does(work: Work, item: Row) -> bool:
    """Is it this person who fills in the form: the task is his, or is free and of a role he holds?"""
    person = work.person
    if item["claimed_by"] is not None:
        return bool(item["claimed_by"] == person.id)
    return item["status"] == "open" and person.holds(item["role"], item["agency_id"], item["category"])
