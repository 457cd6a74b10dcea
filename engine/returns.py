"""退回 and 撤回: a task goes back to a step that was done, or comes back to who has just done it. Both are one move of tokens.

A return goes `back_here` – only the target is done again, then the case stands at once where it was returned from – or
`through`: every step after the target is walked again. Sibling branches of a parallel block count as done either way.
What was served cannot be taken back (`Step.plan_move`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from engine import inbox, instances, moves, news, standing, undo
from engine import step as steps
from engine.commands import answer, guard_targets, may_complete, movable
from engine.definitions import Definition
from engine.incident import opens_when_runaway
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, Refusal
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import account

Json = dict[str, Any]
Way = Literal["back_here", "through"]
WAYS: dict[Way, str] = {"back_here": "办好后直接回到本环节", "through": "其后各环节重新办理"}
# Who did each step of an instance last; what a move took away since is no longer done, but may be done again all the same.
_DONE = """select distinct on (element) element, name, closed_by as person_id, closed_at as at from work_item
where subject_id = %s and instance_id = %s and status = 'done' order by element, closed_at desc"""
_SINCE = """select h.element, h.name from step_history h where h.subject_id = %(subject)s and h.instance_id = %(instance)s
and h.event = 'left' and h.kind in ('human', 'message', 'timer') and h.id > (select m.id from step_history m
  where m.subject_id = %(subject)s and m.instance_id = %(instance)s and m.token = %(token)s and m.event = 'left'
  order by m.id desc limit 1)"""
# Whoever claims a task or saves a draft makes a new version of it: beyond the first it has been opened.
_OPENED = """select element, name, created_at, version > 1 or exists (select 1 from task_signer s where s.item_id = w.id
  and s.opinion is not null) as opened from work_item w where instance_id = %s and status = 'open'"""


def return_targets(work: Work, task_id: str) -> list[Json]:
    """Where a task may be returned to, nearest last: each step that was done before it, and per way what the return would
    take back (`plan`) or why it is refused (`why_not`). Changes nothing."""
    permissions.demand(work, "task.return")
    with work.transaction():
        row = instances.locked_by_task(work, as_uuid(task_id))
        may_complete(work, row)
        step = movable(work, row)
        here = _address(step, row["token"])
        found = []
        for target, done in _candidates(work, step.definition, row, here):
            ways: Json = {way: _tried(step, target, way) for way in WAYS}
            found.append({"target": target, "element": done["element"], "name": done["name"], "done_at": done["at"],
                          "done_by": done["person_id"], **ways})  # fmt: skip
        return found


@opens_when_runaway
@command(may="task.return", subject="task_id", hot=True)
def return_task(work: Work, task_id: str, target: str, reason: str, way: Way = "back_here") -> Json:
    """退回: the case goes back to a step that was done before this one; whoever did it gets it again, with the reason.

    Refused where the target was not done, lies not before this step, or made papers that were served.
    """
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写退回理由"})
    if way not in WAYS:
        raise InvalidAnswers({"way": "请选择办好后直接回到本环节,或者其后各环节重新办理"})
    row = instances.locked_by_task(work, as_uuid(task_id))
    may_complete(work, row)
    step = movable(work, row)
    here = _address(step, row["token"])
    legal = dict(_candidates(work, step.definition, row, here))
    if target not in legal:
        raise InvalidAnswers({"target": "只能退回到本环节之前已经办过的环节"})
    guard_targets(step, [target])
    move, back_to = _plan(step, target, way)
    plan = move.told()
    held = _in_hand(work, step, move)
    for place in back_to or ():
        item = held.get(place["target"], {})
        mine = place["target"] == "/".join(here)
        place |= {"person": item.get("claimed_by") or (work.person.id if mine else None), "item": item.get("id")}
    who = _still_holds(work, step, row, target, legal[target]["person_id"])
    step.opening[tuple(target.split("/"))] = {
        "claimed_by": who,
        "note": f"退回理由:{reason.strip()}"[:2000],
        "back_to": back_to,
    }
    move.make(reason, event="returned", act="退回", way=way, origin=row["element"])
    if back_to is not None:
        inbox.keep_drafts(work, list(held.values()))
    news.tell(work, _of_lost(work, held.values(), legal[target]["name"], way, reason))
    return {**answer(step), "plan": plan}


def plan_withdraw(work: Work, task_id: str) -> Json:
    """What a withdrawal would take back; refused as the withdrawal itself would be. Changes nothing."""
    permissions.demand(work, "task.withdraw")
    with work.transaction():
        step, target = _withdrawable(work, instances.locked_by_task(work, as_uuid(task_id)))
        return moves.planned(step, [target], "conflict", "arrived").told()


@opens_when_runaway
@command(may="task.withdraw", subject="task_id", hot=True)
def withdraw(work: Work, task_id: str, reason: str) -> Json:
    """撤回: a step that one has just done is open again in one's name – until the next handler has claimed his task, and
    never after a paper of it was served."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写撤回理由"})
    row = instances.locked_by_task(work, as_uuid(task_id))
    step, target = _withdrawable(work, row)
    guard_targets(step, [target])
    step.opening[tuple(target.split("/"))] = {
        "claimed_by": work.person.id,
        "note": f"撤回理由:{reason.strip()}"[:2000],
        "back_to": row["back_to"],
    }
    move = moves.planned(step, [target], "conflict", "arrived")
    plan = move.told()
    move.make(reason, event="withdrawn", act="撤回")
    return {**answer(step), "plan": plan}


def targets_named(work: Work, which: Definition, row: Row) -> list[dict[str, str]]:
    """The steps that a task may be returned to by the diagram, for a menu: code, name. Whether each is refused, the act says."""
    places = standing.open_places(work, which, row["element"], row["subject_id"], row["instance_id"])
    found = {t: done["name"] for here in places for t, done in _candidates(work, which, row, here)}
    return [{"code": target, "name": _told_apart(which, target, name, found)} for target, name in found.items()]


def _told_apart(which: Definition, target: str, name: str, all_of_them: Mapping[str, str]) -> str:
    """Steps that are called alike say within which part of the case they lie."""
    if list(all_of_them.values()).count(name) < 2:
        return name
    around = [which.flow.steps()[call].name for call in target.split("/")[:-1]]
    return f"{name}({'、'.join(around)})" if around else name


# ---------------------------------------------------------------------- what is legal
def _candidates(work: Work, which: Definition, row: Row, here: Sequence[str]) -> list[tuple[str, Row]]:
    """(address, who did it last and when) of the steps that were done and lie before this one, oldest first."""
    instance_id = row["instance_id"] if "instance_id" in row else row["id"]
    done = {r["element"]: r for r in work.rows(_DONE, (row["subject_id"], instance_id))}
    reasons = which.flow.addresses.reasons
    before = [at for at in undo.before(which, tuple(here)) if at[-1] in done and reasons.get(at, "") is None]
    within = any(len(at) > 1 for at in before)
    last = standing.last_events(work, row["subject_id"], instance_id) if within else {}
    found = [("/".join(at), done[at[-1]]) for at in before if standing.reached(at, last)]
    return sorted(found, key=lambda pair: pair[1]["at"])


def _address(step: steps.Step, token: str) -> tuple[str, ...]:
    waiting = step.waiting(token)
    if waiting is None:
        raise Refusal("任务已经办结或取消", remedy="请刷新待办列表")
    return (*waiting.path, waiting.element)


def _tried(step: steps.Step, target: str, way: Way) -> Mapping[str, Any]:
    try:
        guard_targets(step, [target])
        return {"plan": _plan(step, target, way)[0].told(), "why_not": None}
    except Refusal as refused:
        return {"plan": None, "why_not": str(refused)}


def _plan(step: steps.Step, target: str, way: Way) -> tuple[moves.Move, list[Json] | None]:
    """What the return does, and (back_here) the places that the case comes back to: all that it takes away now."""
    move = moves.planned(step, [target], "conflict", "arrived", alone=way == "back_here")
    if way == "through":
        return move, None
    gone = [(*p.path, p.element) for p in move.cancelled]
    leaves = [at for at in gone if not any(other[: len(at)] == at and other != at for other in gone)]
    kinds = step.definition.flow.steps()
    others = [kinds[at[-1]].name for at in leaves if kinds[at[-1]].kind != "human"]
    if others or not leaves:
        raise Refusal(f"“{'、'.join(others)}”正在等待,不能原样恢复", remedy="请选择逐环节重新办理")
    return move, [{"target": "/".join(at)} for at in leaves]


def _in_hand(work: Work, step: steps.Step, move: moves.Move) -> dict[str, Row]:
    """Address → the open task that the move takes away: who has it, what he has filled in."""
    gone = {"/".join((*p.path, p.element)) for p in move.cancelled}
    at = {token: "/".join((*w.path, w.element)) for token, w in step.before.items() if w.kind == "human"}
    tokens = [token for token, address in at.items() if address in gone]
    return {at[row["token"]]: row for row in inbox.in_hand(work, step.instance["id"], tokens)}


def _of_lost(work: Work, items: Iterable[Row], target: str, way: Way, reason: str) -> list[news.News]:
    """Whoever had a task that the return took away hears why, and whether it comes back to him."""
    later = "办好后回到您名下,已填的内容保留" if way == "back_here" else "其后各环节重新办理"
    text = f"{work.person.name}把案件退回“{target}”,您名下的{{task}}取消,{later};退回理由:{reason.strip()}"
    return [news.of_task(item["claimed_by"], "given", text, item) for item in items]


def _still_holds(work: Work, step: steps.Step, row: Row, target: str, officer_id: UUID) -> UUID | None:
    """Who did the target, if he may do it today: else it waits for the unit."""
    role = step.definition.role(target.rpartition("/")[2])
    person = account.load_person(work, officer_id)
    return person.id if person.holds(role, row["agency_id"], row["category"]) else None


def _withdrawable(work: Work, row: Row) -> tuple[steps.Step, str]:
    if row["task_status"] != "done" or row["closed_by"] != work.person.id:
        raise Refusal("只能撤回本人办结的任务", remedy="请从“我办结的”中选择")
    if row["status"] != "running":
        raise Refusal("案件流程已挂起或结束,不能撤回", remedy="请先恢复流程,或按监督程序处理")
    step = movable(work, row)
    places = [at for at in step.definition.flow.edges if at[-1] == row["element"]]
    taken = {at[-1] for place in places for at in undo.behind(step.definition, place)}
    if len(places) != 1:
        raise Refusal("本环节在流程中有多处,无法确定撤回到哪一处", remedy="请由后续环节退回")
    since = {"subject": row["subject_id"], "instance": row["id"], "token": row["token"]}
    later = [r["name"] for r in work.rows(_SINCE, since) if r["element"] in taken]
    if later:
        raise Refusal(f"其后的“{later[0]}”已经办理,不能撤回", remedy="请由后续环节的经办人退回")
    for item in work.rows(_OPENED, (row["id"],)):
        if item["element"] not in taken or item["created_at"] < row["closed_at"]:
            continue
        if item["element"] == row["element"]:
            raise Refusal("这个环节已经重新打开", remedy="请从待办列表中办理")
        if item["opened"]:
            raise Refusal(f"下一环节“{item['name']}”已被签收,不能撤回", remedy="请由其经办人退回")
    return step, "/".join(places[0])
