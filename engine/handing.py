"""Tasks that change hands: 转办 of all that a person has open, and 委派 – a colleague drafts, then it comes back to its owner.

Who gave and who took both stand in the history of the case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from engine import inbox, news
from engine import step as steps
from kernel import permissions
from kernel.command import command
from kernel.errors import AlreadyClaimed, InvalidAnswers, Refusal
from kernel.ids import as_uuid
from kernel.work import Person, Row, Work
from registers import account

Json = dict[str, Any]
MOST = 500  # tasks handed over in one act; what is left over says so
_OPEN = f"""select {inbox.LIST}, token, subject_id from work_item wi where wi.claimed_by = %(whose)s and wi.status = 'open'
order by wi.due_at, wi.id limit {MOST + 1}"""
# Who holds work of an agency and no post in force there any more: off duty, moved, or his grants have ended.
_LEFT = """select o.id, o.name, o.agency_id, u.name as agency, o.status, t.open from (
  select wi.claimed_by, count(*)::int as open from work_item wi where wi.agency_id = %(agency)s and wi.status = 'open'
    and wi.claimed_by is not null group by wi.claimed_by) t
join officer o on o.id = t.claimed_by join agency u on u.id = o.agency_id
where o.status not in ('1', '2') or not exists (select 1 from role_grant g join agency a on a.id = %(agency)s
  where g.officer_id = o.id and g.valid_from <= %(day)s and (g.valid_to is null or g.valid_to >= %(day)s)
    and (g.agency_id = a.id or (g.reach = 'tree' and g.agency_id = any(a.path))))
order by o.name, o.id limit 500"""
_DELEGATE = (
    "update work_item set owner_id = claimed_by, claimed_by = %s, claimed_at = %s, version = version + 1 where id = %s"
)
_GIVE_BACK = """update work_item set claimed_by = owner_id, claimed_at = %s, owner_id = null, note = coalesce(%s, note), version = version + 1
where id = %s"""


# ---------------------------------------------------------------------- all of one person's
def left_with_tasks(work: Work, agency_id: int) -> list[Row]:
    """Who has open tasks of this agency in his name and may no longer do them: id, name, where he is now (agency_id, agency),
    `status` (OFFICER_STATUS), how many are `open`. One statement."""
    permissions.demand(work, "task.reassign")
    with work.transaction():
        return work.rows(_LEFT, {"agency": agency_id, "day": work.today})


def plan_hand_over_all(work: Work, officer_id: str, to_officer_ids: Sequence[str]) -> Json:
    """What `hand_over_all` would do, task by task; changes nothing."""
    permissions.demand(work, "task.reassign")
    with work.transaction():
        rows, shared = _shared(work, officer_id, to_officer_ids)
        return _told(rows, shared)


@command(may="task.reassign", subject="officer_id")
def hand_over_all(work: Work, officer_id: str, to_officer_ids: Sequence[str], reason: str) -> Json:
    """转办 of everything that one person has open (he leaves, is ill): each task to the one of these colleagues who holds its
    role and got fewest so far; what he only drafts for somebody goes back to its owner. What nobody of them may do stays
    where it is, and the answer says so."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写转办理由"})
    rows, shared = _shared(work, officer_id, to_officer_ids, lock=True)
    told = []
    for row in rows[:MOST]:
        to = shared[row["id"]][0]
        if to is not None and to.id == row["owner_id"]:
            _back(work, row, "delegate_recalled", None, reason)
        elif to is not None:
            inbox.hand_over(work, row, to.id)
            steps.note(work, row, "handed_over", reason=reason, giver=officer_id, to=str(to.id))
            told.append(news.of_task(to.id, "given", f"{work.person.name}把{{task}}转给您办理:{reason.strip()}", row))
    news.tell(work, told)
    return _told(rows, shared)


def _shared(
    work: Work, officer_id: str, to_officer_ids: Sequence[str], *, lock: bool = False
) -> tuple[list[Row], dict[UUID, tuple[Person | None, str | None]]]:
    whose = as_uuid(officer_id)
    if not to_officer_ids or officer_id in to_officer_ids:
        raise InvalidAnswers({"to_officer_ids": "请选择受转人,且不能是原经办人本人"})
    people = [account.load_person(work, as_uuid(one)) for one in to_officer_ids]
    rows = work.rows(f"{_OPEN}{' for update' if lock else ''}", {"whose": whose, **inbox.reader(work)})
    got = {person.id: 0 for person in people}  # owners that tasks go back to are added as they come
    shared: dict[UUID, tuple[Person | None, str | None]] = {}
    for row in rows[:MOST]:
        to, why = _receiver(work, row, people, got)
        if to is not None:
            got[to.id] = got.get(to.id, 0) + 1
        shared[row["id"]] = (to, why)
    return rows, shared


def _receiver(work: Work, row: Row, people: Sequence[Person], got: dict[UUID, int]) -> tuple[Person | None, str | None]:
    if not work.node.policy.may(work.person, "task.reassign", row["agency_id"], row["category"]):
        return None, "不在您可以转办的机构和执法门类之内"
    if row["owner_id"] is not None:  # never his own: completing it has stayed with the owner
        return account.load_person(work, row["owner_id"]), None
    fit = [p for p in people if p.holds(row["role"], row["agency_id"], row["category"])]
    if not fit:
        return None, "所选人员都没有办理这项任务的岗位"
    return min(fit, key=lambda p: got[p.id]), None


def _told(rows: Sequence[Row], shared: dict[UUID, tuple[Person | None, str | None]]) -> Json:
    items = [
        {"id": str(row["id"]), "name": row["name"], "title": row["title"], "to": str(to.id) if to else None,
         "to_name": to.name if to else None, "why_not": why}
        for row in rows[:MOST]
        for to, why in (shared[row["id"]],)
    ]  # fmt: skip
    return {"items": items, "more": len(rows) > MOST}


# ---------------------------------------------------------------------- delegate and return
@command(may="task.delegate", subject="task_id")
def delegate(work: Work, task_id: str, to_officer_id: str, reason: str) -> Json:
    """委派: a colleague fills in the draft of one's task; completing it stays with its owner, to whom it comes back."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明委派的事项"})
    row = _open_task(work, task_id)
    inbox.not_delegated(row)
    if row["claimed_by"] != work.person.id:
        raise AlreadyClaimed("只能委派本人名下的任务", remedy="请先签收任务")
    to = account.load_person(work, as_uuid(to_officer_id))
    if to.id == work.person.id:
        raise InvalidAnswers({"to_officer_id": "不能委派给本人"})
    if not work.node.policy.may(to, "task.draft", row["agency_id"], row["category"]):
        raise Refusal("受委派人不能起草本机构本门类的任务", remedy="请选择本机构承担办案岗位的人员")
    work.execute(_DELEGATE, (to.id, work.now, row["id"]))
    steps.note(work, row, "delegated", reason=reason, owner=str(work.person.id), to=str(to.id))
    news.tell(work, [news.of_task(to.id, "given", f"{work.person.name}委派您起草{{task}}:{reason.strip()}", row)])
    inbox.touched(work, row["agency_id"])
    return {"id": str(row["id"]), "claimed_by": str(to.id)}


@command(may="task.draft", subject="task_id")
def give_back_delegated(work: Work, task_id: str, opinion: str) -> Json:
    """交回: the delegate's opinion and draft go to the owner, who completes the task."""
    if not opinion.strip():
        raise InvalidAnswers({"opinion": "请填写起草说明或者意见"})
    row = _open_task(work, task_id)
    if row["owner_id"] is None or row["claimed_by"] != work.person.id:
        raise Refusal("这项任务没有委派给您", remedy="请刷新待办列表")
    return _back(work, row, "delegate_returned", f"{work.person.name}的意见:{opinion.strip()}"[:2000], opinion)


@command(may="task.delegate", subject="task_id")
def recall_delegated(work: Work, task_id: str, reason: str) -> Json:
    """收回: the owner takes the task back before the delegate has returned it; the draft so far stays."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写收回理由"})
    row = _open_task(work, task_id)
    if row["owner_id"] != work.person.id:
        raise Refusal("这项任务不是您委派的", remedy="请刷新待办列表")
    return _back(work, row, "delegate_recalled", None, reason)


def _back(work: Work, row: Row, event: str, note: str | None, reason: str) -> Json:
    work.execute(_GIVE_BACK, (work.now, note, row["id"]))
    steps.note(work, row, event, reason=reason, owner=str(row["owner_id"]), delegate=str(row["claimed_by"]))
    other = row["owner_id"] if event == "delegate_returned" else row["claimed_by"]
    done = "交回" if event == "delegate_returned" else "收回"
    news.tell(work, [news.of_task(other, "given", f"{work.person.name}{done}了{{task}}:{reason.strip()}", row)])
    inbox.touched(work, row["agency_id"])
    return {"id": str(row["id"]), "claimed_by": str(row["owner_id"])}


def _open_task(work: Work, task_id: str) -> Row:
    row = inbox.get(work, as_uuid(task_id), lock=True)
    if row["status"] != "open":
        raise Refusal("任务已经办结或取消", remedy="请刷新待办列表")
    return row
