"""Beginning processes: about a new record, or beside the others on a record that exists; and messages between them.

A case is more than one line of steps: goods are seized while the investigation goes on, an officer is asked to withdraw,
the case is suspended. Each of these is a process of its own on the same record and the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from content.releases import Release
from engine import clocks, documents, forms, instances, release_store
from engine import step as steps
from engine.definitions import Definition, definition
from kernel import audit
from kernel.errors import BadContent, DeliveryFailed, NotAllowed, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import evidence, record, subject
from registers.subject import KINDS

if TYPE_CHECKING:
    from engine.actions import Context

Json = dict[str, Any]


def demand_starter(work: Work, which: Definition, agency_id: int, category: str) -> None:
    """Refuses a person without one of the roles that may begin this process there."""
    if not any(work.person.holds(role, agency_id, category) for role in which.process.start.roles):
        raise NotAllowed(f"启动“{which.name}”须由承担相应岗位的人员办理")


def answers(
    work: Work, which: Definition, release: Release, facts: Mapping[str, Any], known: Mapping[str, Any]
) -> Json:
    """The answers to the start form, judged."""
    form = which.process.start.form
    return forms.check(release.form(form), facts, known, work.person.roles, release, work.now) if form else dict(facts)


def on_new_record(
    work: Work,
    release: Release,
    which: Definition,
    facts: Mapping[str, Any],
    *,
    agency_id: int,
    category: str,
    origin_id: UUID | None = None,
    instance_id: UUID | None = None,
) -> steps.Step:
    """Makes a record of the process's kind and lets the process run to its first stop. Everything is written."""
    kind = KINDS[which.process.subject]
    place = {"agency_id": agency_id, "category": category}
    subject_id = uuid7()
    instance = _instance(release, which, instance_id or uuid7(), subject_id, place, {})
    step = steps.begun(work, instance, release, source=f"{which.key}/start", answers=facts)
    if kind.terms:
        step.terms.append(f"@{work.person.id}")  # who began it finds it again, as it is found by its plate
    step.settle()
    record.insert(work, kind, id=subject_id, agency_id=agency_id, category=category, facts={}, origin_id=origin_id)
    step.write(fresh=True)
    return step


def on_record(
    work: Work,
    release: Release,
    which: Definition,
    row: Row,
    facts: Mapping[str, Any],
    instance_id: UUID | None = None,
) -> steps.Step:
    """Begins a process on a locked record; not yet written, so that guards may still refuse it."""
    if which.process.single and instances.beside(work, row["id"], which.key):
        raise Refusal(f"“{which.name}”正在办理,不能同时再次启动", remedy="请先办结正在进行的程序")
    blank = instances.unknown_to(work, row["id"], which.key) if which.process.apart else {}
    known = instances.facts_of(row["facts"], blank)
    instance = {**_instance(release, which, instance_id or uuid7(), row["id"], row, known), "blank": blank}
    clock_rows = clocks.send(work, row["id"])
    step = steps.begun(work, instance, release, source=f"{which.key}/start", answers=facts, clock_rows=clock_rows)
    step.settle()
    return step


def _instance(
    release: Release, which: Definition, id_: UUID, subject_id: UUID, place: Mapping[str, Any], facts: Mapping[str, Any]
) -> Row:
    return {
        "id": id_,
        "agency_id": place["agency_id"],
        "category": place["category"],
        "process_key": which.key,
        "release": release.hash,
        "subject_kind": which.process.subject,
        "subject_id": subject_id,
        "facts": facts,
    }


# ---------------------------------------------------------------------- what service tasks ask for
def start_process(work: Work, context: Context) -> Json:
    """Service action: `process` (a key), `about` (new, same), `copy` (all, or element keys parted by commas).

    About a new record: it is linked to this one as its origin, and evidence goes with it by reference to the same file.
    Repeatable: the instance's id comes from the idempotency key. Of a process with `single: true` one that runs is enough.
    """
    key, about = context.parameters.get("process", ""), context.parameters.get("about", "new")
    instance_id = uuid5(NAMESPACE_OID, context.key)
    with work.transaction(hot=True):
        if work.one("select 1 from process_instance where id = %s", (instance_id,)) is not None:
            return {}
        release = release_store.current(work)
        which = definition(release, key)
        if about == "same":
            if which.process.single and instances.beside(work, context.case_id, key):
                return {}  # begun already, by a step that is done anew after a return
            row = subject.locked(work, KINDS[which.process.subject], context.case_id)
            on_record(work, release, which, row, {}, instance_id).write(fresh=True)
            return {}
        step = on_new_record(
            work,
            release,
            which,
            _copied(context),
            agency_id=context.agency_id,
            category=context.category,
            origin_id=context.case_id,
            instance_id=instance_id,
        )
        evidence.carry_over(work, context.case_id, step.instance["subject_id"])
    return {}


def _copied(context: Context) -> Json:
    asked = context.parameters.get("copy", "all")
    if asked == "all":
        return dict(context.facts)
    keys = [key.strip() for key in asked.split(",")]
    return {key: context.facts[key] for key in keys if key in context.facts}


_NOT_ISSUED = (
    """select id from document where case_id = %s and instance_id = any(%s) and state in ('made', 'unsealed')"""
)


def end_proceedings(work: Work, context: Context) -> Json:
    """Service action: `why`. Ends every other process on the record without its goal: tasks, timers and clocks are closed,
    papers not yet issued are put aside and their numbers void, each with the reason. Repeatable: what has ended stays ended.
    """
    why = context.parameters.get("why", "")
    with work.transaction(hot=True):
        ended = [row["id"] for row in instances.beside(work, context.case_id) if row["id"] != context.instance_id]
        for instance_id in ended:
            row = instances.locked(work, instance_id)
            clock_rows = work.read(clocks.send(work, row["subject_id"]))
            steps.opened(work, row, release_store.load(work, row["release"]), clock_rows, source="end").cancel(why)
            audit.record(work, "instance.cancel", subject=("instance", row["id"]), detail={"reason": why})
        papers = work.rows(_NOT_ISSUED, (context.case_id, ended)) if ended else []
        documents.supersede(work, [paper["id"] for paper in papers], why)
    return {}


def send_message(work: Work, context: Context) -> Json:
    """Service action: `message`, `to` (same, origin), `facts` (element keys parted by commas), `required` (true: somebody
    must be waiting for it; it is tried again until then).
    """
    name, required = context.parameters.get("message", ""), context.parameters.get("required") == "true"
    asked = [key.strip() for key in context.parameters.get("facts", "").split(",") if key.strip()]
    told = {key: context.facts[key] for key in asked if key in context.facts}
    with work.transaction(hot=True):
        to: UUID | None = context.case_id
        if context.parameters.get("to") == "origin":
            to = subject.get(work, context.case_id)["origin_id"]
        if to is None:
            raise BadContent("process.yaml", 0, f"环节 {context.element} 要把“{name}”告知来源记录,但本记录没有来源")
        step = deliver(work, to, name, told)
    if step is None and required:
        raise DeliveryFailed(f"没有流程在等待“{name}”", remedy="请核对接收方流程是否已经办到等待该消息的环节")
    return {}


def deliver(
    work: Work, subject_id: UUID, message: str, facts: Mapping[str, Any], *, trade_no: str | None = None
) -> steps.Step | None:
    """Gives a message to the process of a record that waits for it, the oldest first; None when none does. Written.

    `trade_no`: the bank's trade that a receipt is about.
    """
    find = "select instance_id, token from message_wait where subject_id = %s and message = %s order by instance_id"
    waits = work.rows(find, (subject_id, message))
    if not waits:
        return None
    row = instances.locked(work, waits[0]["instance_id"])
    release = release_store.load(work, row["release"])
    clock_rows = clocks.send(work, row["subject_id"])
    still = [w for w in work.rows(find, (subject_id, message)) if w["instance_id"] == row["id"]]
    if not still:
        return None
    step = steps.opened(work, row, release, clock_rows, source=f"message/{message}")
    step.told, step.trade_no = forms.check_facts(facts, release), trade_no
    step.learn(step.told)
    step.message(message, still[0]["token"])
    step.settle()
    step.write()
    return step
