"""Exams: what the service tasks of the exam process do, and the verbs of candidates, organisers and markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import proceedings, registering
from kernel import permissions
from kernel.command import command
from kernel.errors import BadContent, NotFound, Problem
from kernel.ids import as_marks, instant
from kernel.work import LOCAL, Row, Work, system_person
from registers import composition, draw, exam, question, training

if TYPE_CHECKING:
    from engine.actions import Context

Json = dict[str, Any]


# ---------------------------------------------------------------------- service tasks
def freeze_bank(work: Work, context: Context) -> Json:
    """Freezes the bank and says, before anybody is invited, what would keep the papers from being composed."""
    facts = context.facts
    with work.transaction():
        try:
            frozen = question.freeze(work, context.agency_id)
            made = exam.template(work, context.agency_id, str(facts["exam_template_no"]))
        except Problem as problem:
            return {"composing_faults": problem.detail, "bank_snapshot_hash": None, "bank_question_count": 0}
        faults = composition.shortages(question.snapshot(work, frozen["id"]), composition.rules_of(made["rules"]))
    if _instant(facts["exam_opens_at"]) >= _instant(facts["exam_closes_at"]):
        faults.append("考试结束时间应晚于开始时间")
    faults += _clashes(registering.over_tree(work, context), context)
    return {
        "composing_faults": registering.told(faults),
        "bank_snapshot_hash": frozen["hash"],
        "bank_question_count": frozen["count"],
        "exam_full_marks": f"{made['full_marks']:f}",
        "exam_pass_marks": f"{made['pass_marks']:f}",
    }


def _clashes(work: Work, context: Context) -> list[str]:
    """Candidates out of reach, or seated elsewhere at the same time."""
    facts = context.facts
    ids = [UUID(str(c)) for c in facts["exam_candidates"]]
    with work.transaction():
        homes = work.rows(
            "select id, name from officer where id = any(%s) and agency_id = any(%s)", (ids, list(work.person.scope))
        )
        busy = work.rows(
            """select distinct o.name from exam_sitting s join officer o on o.id = s.officer_id
            where s.officer_id = any(%s) and s.exam_id <> %s and s.opens_at < %s and s.closes_at > %s and s.state in ('assigned', 'sitting')""",
            (ids, context.case_id, _instant(facts["exam_closes_at"]), _instant(facts["exam_opens_at"])),
        )
    faults = [f"{row['name']}同一时间已安排其他考试" for row in busy]
    if len(homes) < len(set(ids)):
        faults.append(f"有 {len(set(ids)) - len(homes)} 名考生不属于本机构及下级机构")
    return faults


def compose_papers(work: Work, context: Context) -> Json:
    """Fixes the seed from the frozen bank and the spoken word, and composes everybody's paper."""
    facts = context.facts
    tree = registering.over_tree(work, context)
    with tree.transaction():
        frozen = tree.one(
            "select id, hash from question_snapshot where agency_id = %s and hash = %s",
            (context.agency_id, facts["bank_snapshot_hash"]),
        )
        if frozen is None:
            raise BadContent("process.bpmn", 0, f"服务任务 {context.element} 之前没有冻结题库")
        made = exam.template(tree, context.agency_id, str(facts["exam_template_no"]))
        seed = draw.fixed_seed(frozen["hash"], str(facts["seed_spoken"]))
        count = exam.compose(
            tree,
            context.case_id,
            agency_id=context.agency_id,
            snapshot=frozen,
            seed=seed,
            rules=composition.rules_of(made["rules"]),
            candidates=[UUID(str(c)) for c in facts["exam_candidates"]],
            minutes=made["minutes"],
            opens_at=_instant(facts["exam_opens_at"]),
            closes_at=_instant(facts["exam_closes_at"]),
        )
    return {"exam_seed": seed, "paper_count": count}


def take_answer_sheets(work: Work, context: Context) -> Json:
    """Answers from a room without a network."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        faults = exam.take_sheets(tree, context.case_id, registering.rows_of(context, "answer_sheets"))
    return {"sheet_faults": registering.told(faults)}


def close_exam(work: Work, context: Context) -> Json:
    """Collects and marks; while somebody has been given more time it says until when instead."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        due = exam.last_due(tree, context.case_id)
        if due is not None:
            return {"all_handed_in": False, "exam_closes_at": due.astimezone(LOCAL).isoformat()}
        partial = registering.number(tree, context, "exam_partial_credit")
        done = exam.close(tree, context.case_id, agency_id=context.agency_id, partial=partial)
    return {
        "all_handed_in": True,
        "candidates_sat": done["sat"],
        "candidates_absent": done["absent"],
        "scripts_to_mark": done["scripts"],
        "unmarked_first": done["scripts"],
        "unmarked_second": done["scripts"],
    }


_ROUNDS = {1: "first", 2: "second", 3: "third"}


def record_marks(work: Work, context: Context) -> Json:
    """`round`, `step`, `rows`: a marker's marks into the register; what he still owes."""
    round_ = int(context.parameters["round"])
    with work.transaction():
        limit = registering.number(work, context, "exam_marking_difference")
        faults = exam.put_marks(
            work, context.case_id, round_, registering.doer(work, context), registering.rows_of(context)
        )
        owed = exam.unmarked(work, context.case_id, round_, limit)
    return {f"unmarked_{_ROUNDS[round_]}": owed, "mark_faults": registering.told(faults)}


def compare_marks(work: Work, context: Context) -> Json:
    """How many answers a third person must mark."""
    with work.transaction():
        limit = registering.number(work, context, "exam_marking_difference")
        return {"unmarked_third": exam.unmarked(work, context.case_id, 3, limit)}


def settle_marks(work: Work, context: Context) -> Json:
    """Everybody's marks."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        return _settle(tree, context)


def _settle(work: Work, context: Context) -> Json:
    limit = registering.number(work, context, "exam_marking_difference")
    settled = exam.settle(work, context.case_id, Decimal(str(context.facts["exam_pass_marks"])), limit)
    return {"exam_passed_count": settled["passed"], "exam_mean": f"{settled['mean']:f}"}


def publish_results(work: Work, context: Context) -> Json:
    """The candidates see their marks from now on."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        exam.publish(tree, context.case_id)
    return {}


def regrade(work: Work, context: Context) -> Json:
    """Marks that an appeal put right; the totals with them."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        by = registering.doer(tree, context)
        faults = exam.put_marks(tree, context.case_id, 4, by, registering.rows_of(context))
        return {**_settle(tree, context), "mark_faults": registering.told(faults)}


def tell_results(work: Work, context: Context) -> Json:
    """Each candidate's result to his qualification process, if it waits for one."""
    tree = registering.over_tree(work, context)
    with tree.transaction():
        results = exam.publish(tree, context.case_id)
    for result in results:
        _tell(tree, context, result)
    return {}


def _tell(work: Work, context: Context, result: Row) -> None:
    with work.transaction():
        waiting = work.one(
            """select w.subject_id, w.agency_id, w.category from message_wait w join qualification q on q.id = w.subject_id
            where q.officer_id = %s and w.message = 'exam_result' limit 1""",
            (result["officer_id"],),
        )
        sat = work.rows(
            "select count(*) as n from exam_sitting where officer_id = %s and published_at is not null",
            (result["officer_id"],),
        )[0]["n"]
    if waiting is None:
        return
    told = {
        "exam_passed": bool(result["passed"]),
        "exam_total": f"{result['total_marks'] or 0:f}",
        "exam_taken_on": _instant(context.facts["exam_opens_at"]).astimezone(LOCAL).date().isoformat(),
        "exam_attempts": sat,
    }
    there = Work(work.node, system_person(waiting["agency_id"], waiting["category"]), request_id=work.request_id)
    with there.transaction(hot=True):
        proceedings.deliver(there, waiting["subject_id"], "exam_result", told)


def _instant(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


# ---------------------------------------------------------------------- the candidate
@command(may="exam.sit", subject="sitting_id")
def begin_sitting(work: Work, sitting_id: str) -> Json:
    """Sits down, or comes back after a lost connection."""
    return exam.begin(work, _id(sitting_id))


@command(may="exam.sit", subject="sitting_id")
def save_answers(work: Work, sitting_id: str, answers: Mapping[int, str]) -> Json:
    """Keeps answers as they are given."""
    return exam.save(work, _id(sitting_id), answers)


@command(may="exam.sit", subject="sitting_id")
def submit_sitting(work: Work, sitting_id: str, answers: Mapping[int, str]) -> Json:
    """Hands in."""
    return exam.submit(work, _id(sitting_id), answers)


@command(may="exam.sit", subject="sitting_id")
def note_leaving(work: Work, sitting_id: str, what: str) -> Json:
    """The candidate left the page: noted."""
    return exam.leave(work, _id(sitting_id), what)


def my_sittings(work: Work, limit: int, after: str | None) -> Json:
    """One's own exams, in time."""
    permissions.demand(work, "exam.sit")
    at = as_marks(after, instant, UUID) if after else None
    with work.transaction():
        rows = exam.mine(work, limit + 1, (at[0], at[1]) if at else None)
    return _page(rows, limit, lambda r: f"{r['opens_at'].isoformat()}|{r['id']}")


# ---------------------------------------------------------------------- organisers and markers
@command(may="exam.manage", subject="sitting_id")
def extend_sitting(work: Work, sitting_id: str, minutes: int, reason: str) -> Json:
    """More time for one candidate, with the reason."""
    return exam.extend(work, _id(sitting_id), minutes, reason)


def exams_held(work: Work, limit: int, after: str | None) -> Json:
    """Exams within one's scope, the newest first: for those who run them and those who mark."""
    permissions.demand(work, "exam.read")
    at = as_marks(after, instant, UUID) if after else None
    with work.transaction():
        rows = exam.held(work, limit + 1, (at[0], at[1]) if at else None)
    return _page(rows, limit, lambda r: f"{r['created_at'].isoformat()}|{r['id']}")


def exam_sittings(work: Work, exam_id: str, limit: int, after: str | None) -> Json:
    """The room's list of an exam within one's scope."""
    permissions.demand(work, "exam.manage")
    at = as_marks(after, int) if after else None
    with work.transaction():
        _seen(work, exam_id)
        rows = exam.listed(work, _id(exam_id), limit + 1, at[0] if at else None)
    return _page(rows, limit, lambda r: str(r["seat"]))


def exam_scripts(work: Work, exam_id: str, round_: int, limit: int, after: str | None) -> Json:
    """Answers to mark, without names."""
    permissions.demand(work, "exam.mark")
    at = as_marks(after, str, int) if after else None
    with work.transaction():
        _seen(work, exam_id)
        rows = exam.scripts(work, _id(exam_id), round_, limit + 1, (at[0], at[1]) if at else None)
    return _page(rows, limit, lambda r: f"{r['script_no']}|{r['item']}")


def _seen(work: Work, exam_id: str) -> None:
    if work.one("select 1 as found from exam where id = %s", (_id(exam_id),)) is None:
        raise NotFound("没有这场考试,或者它不在您的权限范围内", remedy="请从列表中重新打开")


# ---------------------------------------------------------------------- bank and templates
@command(may="question.manage")
def draft_question(work: Work, agency_id: int, given: Mapping[str, Any]) -> Json:
    """A new question or a new version of one."""
    permissions.demand(work, "question.manage", agency_id)
    return question.draft(work, agency_id, given)


@command(may="question.manage", subject="question_id")
def activate_question(work: Work, question_id: str) -> Json:
    """The second person's check."""
    return question.activate(work, _id(question_id))


@command(may="question.manage", subject="question_id")
def retire_question(work: Work, question_id: str) -> Json:
    """No new paper takes it."""
    return question.retire(work, _id(question_id))


@command(may="question.manage")
def import_questions(work: Work, agency_id: int, data: bytes) -> Json:
    """Questions from a sheet: all of them, or none and every wrong line named."""
    permissions.demand(work, "question.manage", agency_id)
    return question.take_in(work, agency_id, question.of_sheet(data))


def questions(work: Work, state: str | None, limit: int, after: str | None) -> Json:
    """The bank, keys included."""
    permissions.demand(work, "question.manage")
    at = as_marks(after, str, int) if after else None
    with work.transaction():
        rows = question.listed(work, state=state, limit=limit + 1, after=(at[0], at[1]) if at else None)
    return _page(rows, limit, lambda r: f"{r['question_no']}|{r['version']}")


@command(may="question.manage")
def make_template(work: Work, agency_id: int, template_no: str, name: str, rules: Sequence[Mapping[str, Any]], minutes: int, pass_marks: Decimal) -> Json:  # fmt: skip
    """A new template of papers."""
    permissions.demand(work, "question.manage", agency_id)
    return exam.put_template(
        work,
        agency_id=agency_id,
        template_no=template_no,
        name=name,
        rules=rules,
        minutes=minutes,
        pass_marks=pass_marks,
    )


def templates(work: Work, limit: int, after: str | None) -> Json:
    """Templates, by number."""
    permissions.demand(work, "question.manage")
    with work.transaction():
        rows = exam.templates(work, limit + 1, after)
    return _page(rows, limit, lambda r: str(r["template_no"]))


# ---------------------------------------------------------------------- training
@command(may="training.manage")
def open_course(work: Work, agency_id: int, course_no: str, name: str, kind: str, hours: Decimal) -> Json:
    """A new course."""
    permissions.demand(work, "training.manage", agency_id)
    made = training.open_course(work, agency_id=agency_id, course_no=course_no, name=name, kind=kind, hours=hours)
    return {"id": str(made)}


@command(may="training.manage", subject="officer_id")
def credit_hours(work: Work, officer_id: str, given: Mapping[str, Any]) -> Json:
    """Credits hours; a qualification that waits for them goes on."""
    made = training.credit(work, officer_id=_id(officer_id), **given)
    waiting = work.one(
        """select w.subject_id from message_wait w join qualification q on q.id = w.subject_id
        where q.officer_id = %s and w.message = 'training_recorded' limit 1""",
        (_id(officer_id),),
    )
    if waiting is not None:
        proceedings.deliver(work, waiting["subject_id"], "training_recorded", {})
    return {"id": str(made)}


@command(may="training.manage", subject="hours_id")
def correct_hours(work: Work, hours_id: str, reason: str) -> Json:
    """Takes credited hours off again."""
    return {"id": str(training.correct(work, _id(hours_id), reason))}


def courses(work: Work, limit: int, after: str | None) -> Json:
    """Courses, by number."""
    permissions.demand(work, "training.read")
    with work.transaction():
        rows = training.courses(work, limit + 1, after)
    return _page(rows, limit, lambda r: str(r["course_no"]))


def hours_of(work: Work, officer_id: str, limit: int, after: str | None) -> Json:
    """An officer's hours: one's own, or of those in one's scope."""
    permissions.demand(work, "training.read")
    at = as_marks(after, date.fromisoformat, UUID) if after else None
    with work.transaction():
        rows = training.ledger(work, _id(officer_id), limit + 1, (at[0], at[1]) if at else None)
    return _page(rows, limit, lambda r: f"{r['attended_on'].isoformat()}|{r['id']}")


# ---------------------------------------------------------------------- small things
def _page(rows: list[Row], limit: int, cursor: Any) -> Json:
    more = len(rows) > limit
    return {"items": rows[:limit], "next": cursor(rows[limit - 1]) if more else None}


def _id(text: str | UUID) -> UUID:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从列表中重新打开") from error
