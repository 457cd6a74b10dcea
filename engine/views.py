"""What people see of tasks and cases: whole answers, read in one transaction, personal data masked unless the role may see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from content.forms import Form
from content.releases import Release
from engine import (
    absences,
    clocks,
    finality,
    forms,
    inbox,
    instances,
    menus,
    prefilling,
    relation,
    release_store,
    replacing,
    reporters,
    standing,
    workbench,
)
from engine.definitions import definition
from kernel import audit, permissions
from kernel.errors import NotFound
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import agency as agencies
from registers import masking, scope, subject
from registers.record import Kind

_INSTANCES = "select id, process_key, release, status, version, started_at, ended_at from process_instance where subject_id = %s order by id"
_TASKS = """select id, instance_id, token, element, name, role, claimed_by, nullif(due_at, 'infinity') as due_at, created_at from work_item
where subject_id = %s and status = 'open' order by due_at, id"""
_WAITS = "select instance_id, token, message from message_wait where subject_id = %s order by message"
_HISTORY = """select h.at, h.element, h.name, h.kind, h.event, h.person_id,
o.name || coalesce('(代' || away.name || ')', '') as person, other.name as other, giver.name as giver, h.outcome
from step_history h left join officer o on o.id = h.person_id left join officer away on away.id = (h.outcome->>'stands_for')::uuid
left join officer other on other.id = (case when h.event in ('handed_over', 'delegated', 'cc', 'replaced') then h.outcome->>'to'
  when h.event in ('signer_added', 'signer_removed') then h.outcome->>'signer' when h.event = 'delegate_returned' then h.outcome->>'owner'
  when h.event = 'delegate_recalled' then h.outcome->>'delegate' end)::uuid
left join officer giver on giver.id = (case h.event when 'handed_over' then h.outcome->>'giver' end)::uuid where h.subject_id = %s order by h.id limit 2000"""
_PAPERS = """select id, kind, name, number, state, step, made_at, issued_at, served_at, encode(docx_sm3, 'hex') as docx_sm3, docx_size,
encode(pdf_sm3, 'hex') as pdf_sm3, pdf_size from document where case_id = %s order by id"""
_EVIDENCE = """select id, kind, name, media_type, size, encode(sha256, 'hex') as sha256, encode(sm3, 'hex') as sm3, taken_at, place, device,
taker_id, witnesses, received_at, received_by, (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'form', c.form, 'name', c.name,
  'media_type', c.media_type, 'size', c.size, 'note', c.note, 'made_at', c.made_at) order by c.id), '[]')
  from evidence_copy c where c.evidence_id = e.id) as copies from evidence e where case_id = %s order by id"""


def task(work: Work, task_id: str) -> dict[str, Any]:
    """A task with its form, what is prefilled from the case, its draft and its clock."""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        row = inbox.get(work, as_uuid(task_id))
        away = absences.stands_in(work, row) if row["status"] == "open" else None
        case_row = _about(work, row)
        clock_rows = work.read(clocks.send_all(work, row["subject_id"]))
        release = release_store.load(work, case_row["release"])
        which = definition(release, case_row["main"])
        config = which.step(row["element"])
        known = clocks.Clocks(
            work, release, {**row, "id": row["instance_id"], "subject_id": row["subject_id"]}, clock_rows
        )
        form = release.form(config.form) if config is not None and config.form else None
        answers = reporters.in_form(work, row, prefilling.of_task(work, row, form, case_row, release)) if form else {}
        draft = reporters.in_form(work, row, row["draft"]) if row["draft"] and row["status"] == "open" else None
        if form is not None:
            hide = _hidden(work, row, form, case_row["facts"], release, mine=away is not None)
            answers, draft = hide(answers), hide(draft) if draft else draft
        return {
            "id": str(row["id"]),
            "name": row["name"],
            "element": row["element"],
            "role": row["role"],
            "status": row["status"],
            "claimed_by": str(row["claimed_by"]) if row["claimed_by"] else None,
            "owner_id": str(row["owner_id"]) if row["owner_id"] else None,
            "stands_for": away["name"] if away else None,
            "note": row["note"],
            "due_at": row["due"],
            "closed_at": row["closed_at"],
            "version": row["version"],
            "case_id": str(row["subject_id"]),
            "subject_kind": case_row["subject_kind"],
            "case_number": case_row["number"],
            "title": row["title"],
            "form": forms.describe(form, work.person.roles, release) if form else None,
            "answers": answers,
            "draft": draft,
            "clock": known.explained(config.clock) if config is not None and config.clock else None,
            "papers": list(config.papers) if config is not None else [],
            "agency_id": row["agency_id"],
            "category": row["category"],
            "process": which.key,
            "instance_id": str(row["instance_id"]),
            "actions": menus.acts(work, row, which, stands_in=away is not None),
            "following": workbench.following(
                which, standing.open_places(work, which, row["element"], row["subject_id"], row["instance_id"])
            ),
            "final": [
                *finality.final(which, row["element"]),
                *replacing.foreseen(work, row["subject_id"], which, row["element"], case_row["facts"]),
            ]
            if row["status"] == "open"
            else [],
            "discretion": workbench.discretion_beside(form, case_row["facts"]),
        }


def _hidden(
    work: Work, item: Row, form: Form, facts: Mapping[str, Any], release: Release, *, mine: bool
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """What a task's form shows of persons to whom: all of it to whoever does the task with the right, what he is to fill to
    whoever does it without, to others masked."""
    person, elements = work.person, release.elements
    does = item["status"] == "open" and person.holds(item["role"], item["agency_id"], item["category"])
    mine = mine or does or item["claimed_by"] == person.id
    if mine and work.node.policy.may(person, masking.RIGHT):
        return dict
    roles, seen = frozenset(person.roles), masking.masker(elements, facts)
    own = {key for key, one in form.fields.items() if mine and one.right(roles) == "edit"}
    return lambda told: {k: v if k in own or k not in elements else seen(elements[k], v) for k, v in told.items()}


def _about(work: Work, item: Row) -> Row:
    """The record of a task: facts, number; and its process: release, main, subject_kind."""
    pinned = work.one(
        "select release, process_key as main, subject_kind, own from process_instance where id = %s",
        (item["instance_id"],),
    )
    kind = subject.KINDS[pinned["subject_kind"]] if pinned is not None else None
    row = (
        work.one(f"select facts, {kind.number} as number from {kind.table} where id = %s", (item["subject_id"],))
        if kind
        else None
    )
    if row is None or pinned is None:
        raise NotFound("任务所属的案件不在您的权限范围内")
    return {**pinned, **row, "facts": instances.facts_of(row["facts"], pinned["own"])}


def case(work: Work, case_id: str) -> dict[str, Any]:
    """Everything the case knows. A case shared by another agency opens too; every reading leaves an audit row that says what the
    reader has to do with the case (`relation.ground`)."""
    permissions.demand(work, "case.read")
    with work.transaction(hot=True):
        return _whole(work, subject.KINDS["case"], as_uuid(case_id), "case")


def record(work: Work, record_id: str) -> dict[str, Any]:
    """As `case`, of a record of any kind: `record` has its columns, `kind` and `label` say what it is."""
    permissions.demand(work, "case.read")
    with work.transaction(hot=True):
        known = work.one("select kind from subject where id = %s", (as_uuid(record_id),))
        kind = subject.KINDS[known["kind"] if known else "case"]  # out of scope: what may be shared is a case
        found = _whole(work, kind, as_uuid(record_id), "case" if kind.name == "case" else "record")
        if kind.name == "case":
            found["record"] = found.pop("case")
        return {**found, "kind": kind.name, "label": kind.label}


def _whole(work: Work, kind: Kind, id_: UUID, name: str) -> dict[str, Any]:
    query = f"select * from {kind.table} where id = %s"
    row = work.one(query, (id_,))
    shared = row is None and kind.name == "case"
    if shared:
        scope.open_shared(work, id_)
        row = work.one(query, (id_,))
    if row is None:
        raise NotFound("没有这个案件,或不在您的查看范围内")
    queries = (_INSTANCES, _TASKS, _WAITS, _HISTORY, _PAPERS, _EVIDENCE)
    sent = [work.send(query, (id_,)) for query in queries]
    clock_cursor, relative_cursor = clocks.send_all(work, id_), subject.send_relatives(work, id_)
    instances, open_tasks, waits, history, papers, evidence = (work.read(cursor) for cursor in sent)
    clock_rows, relatives = work.read(clock_cursor), work.read(relative_cursor)
    place = agencies.naming(work, row["agency_id"])
    release = release_store.load(work, instances[0]["release"]) if instances else release_store.current(work)
    known = clocks.Clocks(work, release, {**row, "subject_id": id_}, clock_rows)
    ground = relation.ground(work, id_, row, shared=shared, handled=_worked_on(work, history, open_tasks))
    audit.record(
        work,
        "case.read" if name == "case" else "record.read",
        subject=(kind.name, id_),
        outcome="read",
        detail={"ground": ground},
    )
    plain = _plain(work, history, open_tasks)
    return {
        name: _columns(release, row, plain=plain) | {"agency": place["name"]},
        "facts": facts_shown(
            work,
            release,
            row["facts"],
            reporters.hidden(work, id_, row["facts"]) if kind.name == "clue" else frozenset(),
            plain=plain,
        ),
        "instances": instances,
        "position": [{k: t[k] for k in ("instance_id", "element", "name")} for t in open_tasks]
        + [{"instance_id": w["instance_id"], "message": w["message"]} for w in waits],
        "tasks": open_tasks,
        "messages": waits,
        "history": history,
        "clocks": known.all_explained(),
        "documents": papers,
        "evidence": evidence if plain else [_witnesses_masked(row) for row in evidence],
        "relatives": relatives,
    }


def _columns(release: Release, row: Row, *, plain: bool) -> Row:
    """What stands of a record beside its facts; a plate, a person's name as the fact of it is shown."""
    told = {k: v for k, v in row.items() if k != "facts"}
    elements = release.elements
    classes = {key: elements[key].personal for key in told if key in elements}
    return told if plain else masking.record_row(told, {key: kind for key, kind in classes.items() if kind})


def _plain(work: Work, history: list[Row], tasks: list[Row]) -> bool:
    """Personal data stands in clear for those who may see it and have worked on the record or hold a task of it; everybody
    else who may see it says why first (`engine.unmask`)."""
    return _worked_on(work, history, tasks) and work.node.policy.may(work.person, masking.RIGHT)


def _worked_on(work: Work, history: list[Row], tasks: list[Row]) -> bool:
    me = work.person.id
    return any(row["person_id"] == me for row in history) or any(row["claimed_by"] == me for row in tasks)


def _witnesses_masked(row: Row) -> Row:
    """Witnesses' names are personal data."""
    return {**row, "witnesses": [masking.masked("name", name) for name in row["witnesses"]]}


def facts_shown(
    work: Work, release: Release, facts: Mapping[str, Any], secret: frozenset[str] = frozenset(), *, plain: bool = False
) -> list[dict[str, Any]]:
    """Facts with their Chinese names; personal data masked unless `plain` (`masking.masker`), `secret` ones always."""
    shown, seen = [], masking.masker(release.elements, facts)
    for key, element in release.elements.items():  # in the order of the catalogue, as forms have them
        if key not in facts or element.check == "record_id":  # where a register keeps it: no word for a reader
            continue
        value = facts[key]
        told = value if plain else seen(element, value)
        hidden = key in secret or told != value or (not plain and masking.is_personal(release.elements, element))
        shown.append(
            {
                "key": key,
                "name": element.name,
                "type": element.type,
                "value": "***" if key in secret else told,
                "masked": hidden,
                **workbench.facts_drawn(release, key),
            }
        )
    return shown


def diagram(work: Work, instance_id: str) -> dict[str, Any]:
    """The diagram of a running process as XML, and which elements are done, active or waiting in it."""
    permissions.demand(work, "case.read")
    with work.transaction(hot=True):
        row = work.one(
            "select process_key, release, subject_id from process_instance where id = %s", (as_uuid(instance_id),)
        )
        if row is None:
            raise NotFound("没有这个流程实例,或者它不在您的权限范围内")
        passed = work.rows(
            "select element, count(*) filter (where event = 'entered') - count(*) filter (where event <> 'entered') as here"
            " from step_history where subject_id = %s and instance_id = %s and kind <> 'act' group by element",
            (row["subject_id"], as_uuid(instance_id)),
        )
        active = work.rows(
            "select element from work_item where instance_id = %s and status = 'open'", (as_uuid(instance_id),)
        )
    release = release_store.load(work, row["release"])
    return {
        "process": row["process_key"],
        "xml": release.files[f"processes/national/{row['process_key']}/process.bpmn"].decode(),
        "active": sorted({a["element"] for a in active}),
        "done": sorted({p["element"] for p in passed if p["here"] <= 0} - {a["element"] for a in active}),
        "waiting": sorted({p["element"] for p in passed if p["here"] > 0} - {a["element"] for a in active}),
    }
