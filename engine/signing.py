"""会签: the signers of a task agree or refuse; signers are added before, beside or after, and struck off, each with a reason.

One human step with several signers in the inbox: whoever does the step completes it once the rule is met (`signers.demand`).
"""

from __future__ import annotations

from typing import Any, Literal

from engine import absences, inbox, news, signers
from engine import step as steps
from kernel import permissions
from kernel.command import command
from kernel.errors import AlreadyClaimed, InvalidAnswers, Refusal
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import account

Json = dict[str, Any]
Opinion = Literal["agree", "refuse"]
Way = Literal["before", "beside", "after"]
OPINIONS: dict[Opinion, str] = {"agree": "同意", "refuse": "不同意"}
WAYS: dict[Way, str] = {"before": "在待签人员之前签", "beside": "与待签人员同时签", "after": "在现有人员之后签"}
_SIGN = """update task_signer set opinion = %s, note = %s, signed_at = %s where item_id = %s and person_id = %s and removed_at is null"""
_STRIKE = """update task_signer set removed_at = %s, removed_by = %s, reason = %s where item_id = %s and person_id = %s and removed_at is null"""
_LATER = "update task_signer set position = position + 1 where item_id = %s and position >= %s and removed_at is null"


def signing_of(work: Work, task_id: str) -> Json:
    """How the signing of a task stands: rule, signers with their opinions, whose turn it is, and what is missing."""
    permissions.demand(work, "task.sign")
    with work.transaction():
        return _stands(work, inbox.get(work, as_uuid(task_id)))


@command(may="task.sign", subject="task_id")
def sign(work: Work, task_id: str, opinion: Opinion, note: str = "") -> Json:
    """Agrees or refuses, once, in one's turn; a refusal says why. In the place of an absent signer whose substitute one is:
    he is struck off, one signs at his position in one's own name, and the record has both.
    """
    if opinion not in OPINIONS:
        raise InvalidAnswers({"opinion": "请选择同意或者不同意"})
    if opinion == "refuse" and not note.strip():
        raise InvalidAnswers({"note": "不同意的,请写明理由"})
    row = _open_task(work, task_id)
    rows = signers.of_item(work, row["id"])
    mine = next((r for r in rows if r["person_id"] == work.person.id), None)
    away = absences.demand_to_sign(work, row) if mine is None else None
    if mine is None and away is None:
        raise Refusal("您不是这项任务的会签人员", remedy="请刷新待办列表")
    mine = mine or {"opinion": None, "position": away["position"] if away else None}
    if mine["opinion"] is not None:
        raise Refusal("您已经签署", remedy="需要改变意见的,请经办人退回后重新会签")
    if mine["position"] != signers.turn(rows):
        raise Refusal("在您之前的人员尚未签署", remedy="请等待其签署")
    told = {}
    if away is not None:
        work.execute(_STRIKE, (work.now, work.person.id, f"离岗,由{work.person.name}代签", row["id"], away["id"]))
        signers.insert(work, row, row["id"], [(work.person.id, away["position"])], f"代{away['name']}会签(离岗)")
        told = {"stands_for": str(away["id"])}
    work.execute(_SIGN, (opinion, note.strip()[:2000] or None, work.now, row["id"], work.person.id))
    steps.note(work, row, "signed", opinion=opinion, note=note, **told)
    inbox.touched(work, row["agency_id"])
    return _stands(work, row)


@command(may="task.signers", subject="task_id")
def add_signer(work: Work, task_id: str, officer_id: str, way: Way, reason: str) -> Json:
    """加签: one more signer, before or beside those whose turn it is, or after all; also on a step that asked for none."""
    if way not in WAYS:
        raise InvalidAnswers({"way": "请选择之前、同时或者之后"})
    row = _of_owner(work, task_id, reason)
    to = account.load_person(work, as_uuid(officer_id))
    if not work.node.policy.may(to, "task.sign", row["agency_id"], row["category"]):
        raise InvalidAnswers({"officer_id": "此人没有本机构本门类的办案岗位,不能会签"})
    rows = signers.of_item(work, row["id"])
    if to.id in {r["person_id"] for r in rows}:
        raise InvalidAnswers({"officer_id": "此人已经是会签人员"})
    last = max((r["position"] for r in rows), default=0)
    at = last + 1 if way == "after" else signers.turn(rows) or last + 1
    if way == "before":
        work.execute(_LATER, (row["id"], at))
    signers.insert(work, row, row["id"], [(to.id, at)], reason.strip())
    if row["signing"] is None:
        work.execute("update work_item set signing = %s where id = %s", (signers.as_json(signers.BY_HAND), row["id"]))
    steps.note(work, row, "signer_added", signer=str(to.id), way=way, reason=reason)
    news.tell(work, [news.of_task(to.id, "sign", f"{work.person.name}请您会签{{task}}:{reason.strip()}", row)])
    inbox.touched(work, row["agency_id"])
    return _stands(work, {**row, "signing": row["signing"] or signers.BY_HAND})


@command(may="task.signers", subject="task_id")
def remove_signer(work: Work, task_id: str, officer_id: str, reason: str) -> Json:
    """减签: strikes off a signer who has not signed; an opinion once given stays. The last one stays where the process asks for
    signers; was he only added by hand, the task asks for none any more."""
    row = _of_owner(work, task_id, reason)
    rows = signers.of_item(work, row["id"])
    found = next((r for r in rows if r["person_id"] == as_uuid(officer_id)), None)
    if found is None or found["opinion"] is not None:
        raise Refusal("只能减去尚未签署的会签人员", remedy="请刷新会签情况")
    last = len(rows) == 1
    if last and row["signing"] != signers.BY_HAND:
        raise Refusal("本环节须会签,不能减去最后一名会签人员", remedy="请先加签他人,再减去此人")
    work.execute(_STRIKE, (work.now, work.person.id, reason.strip(), row["id"], found["person_id"]))
    if last:
        work.execute("update work_item set signing = null where id = %s", (row["id"],))
        row["signing"] = None
    steps.note(work, row, "signer_removed", signer=str(found["person_id"]), reason=reason)
    gone = f"{work.person.name}不再请您会签{{task}}:{reason.strip()}"
    news.tell(work, [news.of_task(found["person_id"], "sign", gone, row)])
    inbox.touched(work, row["agency_id"])
    return _stands(work, row)


def _of_owner(work: Work, task_id: str, reason: str) -> Row:
    row = _open_task(work, task_id)
    inbox.not_delegated(row)
    if row["claimed_by"] != work.person.id:
        raise AlreadyClaimed("只有签收任务的经办人能增减会签人员", remedy="请先签收任务")
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写理由"})
    return row


def _open_task(work: Work, task_id: str) -> Row:
    row = inbox.get(work, as_uuid(task_id), lock=True)
    if row["status"] != "open":
        raise Refusal("任务已经办结或取消", remedy="请刷新待办列表")
    held = work.one("select status from process_instance where id = %s", (row["instance_id"],))
    if held is None or held["status"] != "running":
        raise Refusal("案件流程已挂起或结束,暂不能办理", remedy="请先恢复流程")
    return row


def _stands(work: Work, row: Row) -> Json:
    rows = signers.of_item(work, row["id"])
    rule = row["signing"]
    now = signers.turn(rows)
    return {
        "id": str(row["id"]),
        "rule": rule,
        "missing": signers.missing(rule, rows) if rule is not None else None,
        "signers": [
            {**{k: r[k] for k in ("name", "position", "opinion", "note", "signed_at", "reason")},
             "person_id": str(r["person_id"]), "turn": r["opinion"] is None and r["position"] == now}
            for r in rows
        ],
    }  # fmt: skip
