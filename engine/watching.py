"""抄送 with read receipt, 关注, 催办: who should know of a case, and who is asked to hurry. None of them moves a token.

A reminder is an alert: whoever holds the task answers it (`alert.answer`), and one that nobody answers escalates.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from engine import inbox, news
from engine import step as steps
from engine.alerts import URGE, raise_alert
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import as_mark, as_uuid, uuid7
from kernel.work import Row, Work
from registers import account, subject

Json = dict[str, Any]
Box = Literal["cc", "follow"]
_NUMBER = ", ".join(f"(select {k.number} from {k.table} n where n.id = w.subject_id)" for k in subject.KINDS.values())
_CAUSE = """coalesce((select n.case_cause from enforcement_case n where n.id = w.subject_id),
  (select n.title from clue n where n.id = w.subject_id))"""
_INSERT = """insert into case_watch (id, agency_id, category, subject_id, person_id, kind, note, added_by, added_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning id"""
_LIST = f"""select w.id, w.subject_id as case_id, coalesce({_NUMBER}) as case_number, {_CAUSE} as title, w.note, o.name as by, w.added_at, w.read_at
from case_watch w join officer o on o.id = w.added_by where w.person_id = %(me)s and w.kind = %(box)s
and (%(after)s::uuid is null or w.id < %(after)s) order by w.id desc limit %(limit)s"""
_RECEIPTS = """select w.person_id, o.name, w.note, w.added_at, w.read_at from case_watch w join officer o on o.id = w.person_id
where w.subject_id = %s and w.kind = 'cc' order by w.id"""
_HISTORY = """insert into step_history (id, agency_id, category, instance_id, subject_id, at, element, name, kind, event, person_id, outcome)
select %(id)s, agency_id, category, id, subject_id, %(now)s, process_key, process_key, 'act', 'cc', %(me)s, jsonb_build_object('to', %(to)s::text)
from process_instance where subject_id = %(subject)s order by id limit 1"""


@command(may="case.cc", subject="case_id")
def copy_to(work: Work, case_id: str, officer_id: str, note: str = "") -> Json:
    """抄送: a colleague who may read the case finds it in his box; when he opens it there, the sender sees that he did."""
    row = _subject(work, case_id)
    to = account.load_person(work, as_uuid(officer_id))
    if not work.node.policy.may(to, "case.read", row["agency_id"], row["category"]):
        raise InvalidAnswers({"officer_id": "此人无权查看本案,不能抄送"})
    fresh = _add(work, row, to.id, "cc", note)
    if fresh:
        told = {"id": uuid7(), "now": work.now, "me": work.person.id, "to": str(to.id), "subject": row["id"]}
        work.execute(_HISTORY, told)
        kind = subject.KINDS[row["kind"]]
        known = work.one(f"select {kind.number} as number from {kind.table} where id = %s", (row["id"],))
        what = f"{kind.label} {known['number']}" if known and known["number"] else kind.label
        text = f"{work.person.name}把{what}抄送给您{f':{note.strip()}' if note.strip() else ''}"
        news.tell(work, [news.News(to.id, "cc", text, f"/cases/{row['id']}")])
        inbox.touched(work, row["agency_id"])
    return {"case_id": str(row["id"]), "fresh": fresh}


@command(may="case.follow", subject="case_id")
def follow(work: Work, case_id: str) -> Json:
    """关注: the case stands in one's own list until one stops following it."""
    row = _subject(work, case_id)
    return {"case_id": str(row["id"]), "fresh": _add(work, row, work.person.id, "follow", "")}


@command(may="case.follow", subject="case_id")
def unfollow(work: Work, case_id: str) -> Json:
    """Stops following; following nothing changes nothing."""
    row = _subject(work, case_id)
    work.execute(
        "delete from case_watch where subject_id = %s and person_id = %s and kind = 'follow'",
        (row["id"], work.person.id),
    )
    return {"case_id": str(row["id"]), "fresh": False}


@command(may="case.follow", subject="watch_id")
def read_copy(work: Work, watch_id: str) -> Json:
    """The receipt: the copy has been read, now; the first reading counts."""
    found = work.rows(
        "update case_watch set read_at = coalesce(read_at, %s) where id = %s and person_id = %s and kind = 'cc' returning subject_id",
        (work.now, as_uuid(watch_id), work.person.id),
    )
    if not found:
        raise NotFound("没有抄送给您的这份案件", remedy="请刷新列表")
    return {"case_id": str(found[0]["subject_id"]), "fresh": False}


def watched(work: Work, box: Box, limit: int = 50, after: str | None = None) -> Json:
    """A page of what was copied to me, or what I follow; the newest first."""
    permissions.demand(work, "case.follow")
    at = as_mark(after)
    with work.transaction(hot=True):
        rows = work.rows(_LIST, {"me": work.person.id, "box": box, "after": at, "limit": limit + 1})
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if more else None}


def receipts(work: Work, case_id: str) -> list[Row]:
    """To whom a case was copied, and when each read it."""
    permissions.demand(work, "case.read")
    with work.transaction(hot=True):
        return work.rows(_RECEIPTS, (_subject(work, case_id)["id"],))


@command(may="task.urge", subject="task_id")
def urge(work: Work, task_id: str, reason: str) -> Json:
    """催办: an alert about an open task, to be answered by whoever does it; one at a time for each task."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明催办事由"})
    row = inbox.get(work, as_uuid(task_id), lock=True)
    if row["status"] != "open":
        raise Refusal("任务已经办结或取消", remedy="请刷新待办列表")
    rule = f"{URGE}{row['id']}"
    if work.one(
        "select 1 as one from alert where subject_id = %s and rule = %s and status = 'open'", (row["subject_id"], rule)
    ):
        raise Refusal("这项任务的催办尚未答复", remedy="请等待答复,或向其上级反映")
    raise_alert(
        work, row, row["subject_id"], rule, severity="high",
        message=f"{work.person.name}催办“{row['name']}”:{reason.strip()}"[:1000], action="由经办人办理,或在预警中写明答复",
    )  # fmt: skip
    steps.note(work, row, "urged", reason=reason)
    news.tell(work, [news.of_task(row["claimed_by"], "urge", f"{work.person.name}催办{{task}}:{reason.strip()}", row)])
    inbox.touched(work, row["agency_id"])
    return {"id": str(row["id"]), "claimed_by": str(row["claimed_by"]) if row["claimed_by"] else None}


def _subject(work: Work, case_id: str) -> Row:
    id_ = as_uuid(case_id)
    return subject.get(work, id_)


def _add(work: Work, row: Row, person: UUID, kind: Box, note: str) -> bool:
    values = (uuid7(), row["agency_id"], row["category"], row["id"], person, kind, note.strip()[:2000] or None, work.person.id, work.now)  # fmt: skip
    return bool(work.rows(_INSERT, values))
