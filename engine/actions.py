"""What a BPMN service task may ask for, by name. An action runs outside the step, as a job; its result comes back as facts.

An action is a function `(work, context) -> facts`. It runs with no transaction open, may do input and output, and must
be repeatable: after a crash between its effect and its completion it runs again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from content.releases import Release
from engine import (
    clocks,
    confirmations,
    discretion,
    documents,
    dossier_store,
    evaluations,
    exams,
    instances,
    jobs,
    outside,
    proceedings,
    property,
    qualifications,
    release_store,
    replacing,
    sealing,
    sharing,
    similar,
    surcharge,
)
from engine import step as steps
from engine.alerts import raise_alert
from engine.definitions import definition
from engine.rules import rules
from kernel import audit
from kernel.errors import BadContent, DeliveryFailed
from kernel.work import Row, Work


@dataclass(frozen=True)
class Context:
    """What an action knows: the case and its facts as read before it runs, its parameters, the release."""

    case_id: UUID
    agency_id: int
    category: str
    facts: Mapping[str, Any]
    parameters: Mapping[str, str]
    release: Release
    element: str
    key: str  # the effect's idempotency key, stored before it is tried; receivers see it
    instance_id: UUID


class BusinessError(Exception):
    """What an action answers when its matter, not its work, has failed: the boundary event that catches `code` takes over."""

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code, self.facts = code, dict(facts or {})


SUSPENDED = timedelta(minutes=15)  # jobs of a suspended process look again after so long
_ASK_AGAIN = timedelta(hours=1)
SHEETS_WAIT = timedelta(hours=1)  # cover, catalogue and back note are issued by the sealing, which knows the pages


class NotYet(Exception):
    """What an action answers when it waits for a person (a stamp): it is asked again, at once when that has come."""


Action = Callable[[Work, Context], dict[str, Any]]


def _issue_papers(work: Work, context: Context) -> dict[str, Any]:
    """Renders and issues every paper of the case that was made; the flow goes on when all are issued."""
    for paper in documents.pending(work, context.case_id):
        if not dossier_store.is_sheet(work, paper["kind"]):
            documents.issue(work, paper)
    waiting = sealing.unsealed(work, context.case_id)
    if waiting:
        raise NotYet(f"待盖章:{'、'.join(waiting)}")
    return {}


def _compute_discretion(work: Work, context: Context) -> dict[str, Any]:
    book = rules(release_store.current(work))
    with work.transaction():
        own = confirmations.discretion_book(work, book, context.agency_id)
    place = {"agency_id": context.agency_id, "category": context.category, "subject_id": context.case_id}
    return discretion.facts(work, own, context.facts, place, book.laws)


def _compute_surcharge(work: Work, context: Context) -> dict[str, Any]:
    return surcharge.facts(work, context.case_id, context.facts, context.parameters)


def _build_dossier(work: Work, context: Context) -> dict[str, Any]:
    _issue_papers(work, context)  # whatever another worker has not come to yet
    return dossier_store.seal(work, context.case_id, context.key)


def _notify(work: Work, context: Context) -> dict[str, Any]:
    """An alert to whoever must act, with the text of the parameter."""
    place = {"agency_id": context.agency_id, "category": context.category}
    text = context.parameters.get("text") or f"请办理 {context.element}"
    with work.transaction():
        raise_alert(work, place, context.case_id, f"NOTIFY:{context.key}", severity="info", message=text, once=True)
    return {}


def _notify_payment(work: Work, context: Context) -> dict[str, Any]:
    """Tells whoever collects fines what is owed (罚缴分离): the row that a counterpart takes is written, nobody is called."""
    return outside.payment_notice(work, context)


def _renew_payment_notice(work: Work, context: Context) -> dict[str, Any]:
    """Tells whoever collects fines, after a decision was changed, what is owed now; the former notice is replaced."""
    return outside.renew_payment_notice(work, context)


def _send_out(work: Work, context: Context) -> dict[str, Any]:
    """Tells a counterpart the facts that the step names (`facts`), as the message that a manifest lists (`message`)."""
    return outside.send_out(work, context)


REGISTRY: dict[str, Action] = {
    "issue_papers": _issue_papers,
    "compute_discretion": _compute_discretion,
    "compute_surcharge": _compute_surcharge,
    "build_dossier": _build_dossier,
    "notify": _notify,
    "read_training_hours": qualifications.read_training_hours,
    "issue_certificate": qualifications.issue_certificate,
    "change_certificate": qualifications.change_certificate,
    "freeze_bank": exams.freeze_bank,
    "compose_papers": exams.compose_papers,
    "take_answer_sheets": exams.take_answer_sheets,
    "close_exam": exams.close_exam,
    "record_marks": exams.record_marks,
    "compare_marks": exams.compare_marks,
    "settle_marks": exams.settle_marks,
    "publish_results": exams.publish_results,
    "regrade": exams.regrade,
    "tell_results": exams.tell_results,
    "open_evaluation": evaluations.open_evaluation,
    "record_self_assessment": evaluations.record_self_assessment,
    "draw_sample": evaluations.draw_sample,
    "record_scores": evaluations.record_scores,
    "compare_scores": evaluations.compare_scores,
    "settle_scores": evaluations.settle_scores,
    "rescore": evaluations.rescore,
    "publish_evaluation": evaluations.publish_evaluation,
    "start_process": proceedings.start_process,
    "send_message": proceedings.send_message,
    "end_proceedings": proceedings.end_proceedings,
    "share_case": sharing.share_case,
    "notify_payment": _notify_payment,
    "renew_payment_notice": _renew_payment_notice,
    "send_out": _send_out,
    "replace_officer": replacing.replace_officer,
    "find_similar_clues": similar.find_similar_clues,
    "enter_property": property.enter_property,
    "move_property": property.move_property,
}


def run(work: Work, job: Row) -> None:
    """A service task's job: the action outside, then its completion and the step after it in one transaction."""
    with work.transaction(hot=True):
        row = instances.locked(work, job["instance_id"])
        if row["status"] == "suspended":
            jobs.put_off(work, job["id"], work.now + SUSPENDED)
            return
    release = release_store.load(work, row["release"])
    element = str(job["payload"]["element"])
    parameters = definition(release, row["process_key"]).service(element)
    name = parameters.get("action", "")
    if name not in REGISTRY:
        raise BadContent("process.bpmn", 0, f"服务任务 {element} 的动作“{name}”不存在")
    context = Context(
        row["subject_id"],
        row["agency_id"],
        row["category"],
        row["facts"],
        parameters,
        release,
        element,
        job["idempotency_key"],
        row["id"],
    )
    failed: str | None = None
    try:
        result = REGISTRY[name](work, context)
    except NotYet:
        with work.transaction(hot=True):
            jobs.put_off(work, job["id"], work.now + _ASK_AGAIN)
        return
    except BusinessError as error:
        failed, result = error.code, error.facts
    with work.transaction(hot=True):
        _complete(work, job, element, result, failed)


def _complete(work: Work, job: Row, element: str, result: dict[str, Any], failed: str | None) -> None:
    row = instances.locked(work, job["instance_id"])
    clock_rows = clocks.send(work, row["subject_id"])
    step = steps.opened(work, row, release_store.load(work, row["release"]), clock_rows, source=f"action/{element}")
    # What was done outside while the process was being suspended counts; what comes after it waits for people.
    if row["status"] in ("running", "suspended") and step.waiting(job["token"]) is not None:
        step.learn(result)
        if failed is None:
            step.finish(element, job["token"], steps.Outcome(answers=sorted(result)))
        else:
            step.error(job["token"], failed)
        step.settle()
        step.write()
        audit.record(work, "service.complete", subject=("instance", row["id"]), detail={"element": element})
    jobs.finish(work, job["id"])


def render(work: Work, job: Row) -> None:
    """A paper to render; one that was rendered meanwhile is simply done."""
    paper = documents.one(work, job["payload"]["document"])
    if paper is None:
        raise DeliveryFailed("文书记录不存在", permanent=True)
    if paper["state"] == "made":
        later = paper["made_at"] + SHEETS_WAIT
        if work.now < later and dossier_store.is_sheet(work, paper["kind"]):
            with work.transaction(hot=True):
                jobs.put_off(work, job["id"], later)
            return
        documents.issue(work, paper)
    with work.transaction(hot=True):
        jobs.finish(work, job["id"])
