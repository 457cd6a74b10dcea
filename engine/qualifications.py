"""Officers' qualification: what its service tasks do, and the tasks of an officer who may no longer act."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from engine import inbox, parameters
from engine.alerts import raise_alert
from kernel import audit, permissions
from kernel.errors import BadContent, InvalidAnswers, Refusal
from kernel.work import Row, Work
from registers import agency, certificate, officer, training
from registers import number as numbers

if TYPE_CHECKING:
    from engine.actions import Context

_ENDED = frozenset({"cancelled", "revoked", "expired"})
_STOPPED = _ENDED | {"suspended"}
_ROLE = "officer"  # the post that a certificate opens
_OPEN = f"""select {inbox.LIST} from work_item wi where wi.claimed_by = %(whose)s and wi.status = 'open'
and (%(since)s::uuid is null or wi.id > %(since)s) order by wi.id limit %(limit)s"""


def read_training_hours(work: Work, context: Context) -> dict[str, Any]:
    """`kind` of training, `years`: the parameter that says how many back from today, `into` which element."""
    told = context.parameters
    with work.transaction():
        today = work.today
        years = parameters.counted(work, context.release, context.agency_id, told["years"])
        if years.unconfirmed:
            place = {"agency_id": context.agency_id, "category": context.category}
            parameters.tell_unconfirmed(work, place, context.case_id, years.key, years.name)
        since = _years_before(today, int(years.value))
        hours = training.hours_of(work, _applicant(context), told["kind"], since, today)
    return {told["into"]: f"{hours:f}"}


def _years_before(day: date, years: int) -> date:
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year - years, day=last)


def _applicant(context: Context) -> UUID:
    if not context.facts.get("applicant"):
        raise BadContent("process.bpmn", 0, f"服务任务 {context.element} 之前没有填写申请人")
    return UUID(str(context.facts["applicant"]))


def issue_certificate(work: Work, context: Context) -> dict[str, Any]:
    """The certificate as it was made out, with the next number, and the officer's post with it. Repeatable by its key."""
    facts, person = context.facts, _applicant(context)
    issued = uuid5(NAMESPACE_OID, context.key)
    with work.transaction():
        found = work.one("select certificate_no from certificate where id = %s", (issued,))
        if found is not None:
            return {"certificate_no": found["certificate_no"]}
        home = officer.get(work, person)["agency_id"]
        told = context.parameters
        names = agency.naming(work, home)
        text = numbers.take(
            work, context.agency_id, told["kind"], work.today.year, told["pattern"], names, context.case_id
        )
        numbers.mark_issued(work, context.agency_id, text)
        begins, ends = (date.fromisoformat(str(facts[k])) for k in ("certificate_valid_from", "certificate_valid_to"))
        certificate.issue(
            work,
            id=issued,
            officer_id=person,
            agency_id=home,
            certificate_no=text,
            kind=str(facts["certificate_kind"]),
            categories=[str(c) for c in facts["certificate_categories"]],
            valid_from=begins,
            valid_to=ends,
        )
        officer.grant_role(
            work,
            person,
            _ROLE,
            home,
            [str(c) for c in facts["certificate_categories"]],
            valid_from=begins,
            valid_to=ends,
        )
        audit.record(work, "certificate.issue", subject=("certificate", issued), detail={"number": text})
    return {"certificate_no": text}


def change_certificate(work: Work, context: Context) -> dict[str, Any]:
    """`status` of the certificate from now on. What the officer still has to do is shown to the head of his unit."""
    status = context.parameters["status"]
    with work.transaction():
        held = work.one(
            "select id, officer_id from certificate where certificate_no = %s", (context.facts.get("certificate_no"),)
        )
        if held is None:
            raise BadContent("process.bpmn", 0, f"服务任务 {context.element} 之前没有核发证件")
        last = certificate.history(work, held["id"])[-1]["status"]
        if last != status:
            certificate.set_status(work, held["id"], status, _reason(context))  # type: ignore[arg-type]
            audit.record(work, "certificate.change", subject=("certificate", held["id"]), detail={"status": status})
        left = work.rows(
            "select name, coalesce(title_masked, title) as title from work_item where claimed_by = %s and status = 'open' order by id",
            (held["officer_id"],),
        )
        if status in _ENDED:
            _take_post(work, held["officer_id"])
        if status in _STOPPED and left:
            _show_tasks(work, context, left)
    return {"open_tasks_left": len(left)}


def _reason(context: Context) -> str:
    given = context.facts.get("certificate_matter_ground") or context.facts.get("annual_opinion")
    return str(given or context.element)[:500]


def _take_post(work: Work, officer_id: UUID) -> None:
    for row in work.rows("select agency_id from role_grant where officer_id = %s and role = %s", (officer_id, _ROLE)):
        officer.revoke_role(work, officer_id, _ROLE, row["agency_id"])


def _show_tasks(work: Work, context: Context, left: list[Row]) -> None:
    names = "、".join(f"{t['name']}({t['title']})" for t in left[:5]) + ("等" if len(left) > 5 else "")
    raise_alert(
        work,
        {"agency_id": context.agency_id, "category": context.category},
        context.case_id,
        f"TASKS_LEFT:{context.key}",
        severity="high",
        message=f"该人员的证件已停用,名下还有 {len(left)} 项未办结的任务:{names}",
        action="由办案机构负责人逐项转办",
        once=True,
    )


def tasks_of(work: Work, officer_id: str, limit: int = 50, after: str | None = None) -> dict[str, Any]:
    """The open tasks in an officer's name, for the head of the unit who hands them over."""
    permissions.demand(work, "task.reassign")
    try:
        whose, since = UUID(officer_id), UUID(after) if after else None
    except ValueError as error:
        raise InvalidAnswers({"officer_id": "编号格式不正确"}) from error
    limit = max(1, min(limit, 200))
    with work.transaction():
        rows = work.rows(_OPEN, {"whose": whose, "since": since, "limit": limit + 1, **inbox.reader(work)})
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if more else None}


def may_take_from(work: Work, row: Row) -> bool:
    """May this person hand over a task that stands in somebody else's name?"""
    try:
        permissions.demand(work, "task.reassign", row["agency_id"], row["category"])
    except Refusal:
        return False
    return True
