"""The menu of a task and of a record: which acts are offered to this person, what each asks for, and what each does – told
before it is done: to the steps, the papers and the periods.

A new verb of the engine is offered by one more line here; the client needs no change. Whether an act is refused after all,
the verb says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine import absences, release_store, returns, signers, signing
from engine.definitions import Definition
from kernel import permissions
from kernel.ids import as_uuid
from kernel.work import LOCAL, Row, Work
from registers import subject

Json = dict[str, Any]
_PAPERS = "已制作、已制发的文书不变。"
_CLOCKS = "各期限照算,不停也不延。"
_HELD = """select pi.id, pi.process_key, pi.status, pi.agency_id, pi.category,
  array(select wi.name from work_item wi where wi.instance_id = pi.id and wi.status = 'open' order by wi.id) as open,
  array(select jsonb_build_object('id', wi.id, 'name', wi.name, 'role', wi.role, 'by', wi.claimed_by) from work_item wi
    where wi.instance_id = pi.id and wi.status = 'open' order by wi.id) as tasks,
  (select count(*)::int from job j where j.instance_id = pi.id and j.status = 'waiting') as waiting,
  (select min(c.due_at) from clock c where c.subject_id = pi.subject_id and c.closed_at is null and c.due_at > %(now)s) as due
from process_instance pi where pi.subject_id = %(id)s and pi.status in ('running', 'suspended') order by pi.id"""
_FOLLOWED = "select 1 as one from case_watch where subject_id = %s and person_id = %s and kind = 'follow'"


def acts(work: Work, row: Row, which: Definition, *, stands_in: bool = False) -> list[Json]:
    """What this person may do with a task besides completing it, as the menu shows it. `stands_in`: for an absent colleague.

    Each: `key`, `name`, the path to POST to (below /api/staff), `inputs` the person is asked for, `effects` on steps, papers
    and periods, and `plan`: the path to GET for what it does here and now, where that depends on the case.
    """
    may = frozenset(v for role in work.person.roles for v in work.node.policy.verbs(role))
    place = f"/tasks/{row['id']}"
    if row["status"] == "done" and row["closed_by"] == work.person.id:
        offered = [(True, "task.withdraw", _withdraw(place))]
    elif row["status"] == "open":
        offered = _of_open(work, row, which, place, may, stands_in=stands_in)
    else:
        offered = []
    return [one for holds, verb, one in offered if holds and verb in may]


def acts_on_record(work: Work, record_id: str) -> list[Json]:
    """What this person may do with a record as a whole: follow it, copy it to somebody, hold its processes and let them go on,
    hurry what somebody else is to do."""
    permissions.demand(work, "case.read")
    id_ = as_uuid(record_id)
    with work.transaction(hot=True):
        about = subject.get(work, id_)
        rows = work.rows(_HELD, {"id": id_, "now": work.now})
        follows = work.one(_FOLLOWED, (id_, work.person.id)) is not None
        release = release_store.current(work)
    place, case = f"/cases/{id_}", about["kind"] == "case"
    watch = ("unfollow", "取消关注") if follows else ("follow", "关注")
    offered = [
        (True, "case.follow", act(*watch, f"{place}/{watch[0]}")),
        (case, "case.cc", _cc(place)),
    ]
    for row in rows:
        name = (
            release.process(row["process_key"]).name if row["process_key"] in release.processes else row["process_key"]
        )
        urges = work.node.policy.may(work.person, "task.urge", row["agency_id"], row["category"])
        late = [one for one in row["tasks"] if urges and row["status"] == "running" and _is_others(work, row, one)]
        offered += [(True, "task.urge", _urge(f"/tasks/{one['id']}", one["name"], one["id"])) for one in late]
        holds = work.node.policy.may(work.person, "instance.suspend", row["agency_id"], row["category"])
        offered.append((holds, "instance.suspend", _hold(row, name)))
    return [one for holds, verb, one in offered if holds and work.node.policy.may(work.person, verb)]


# ---------------------------------------------------------------------- a task
def _of_open(
    work: Work, row: Row, which: Definition, place: str, may: frozenset[str], *, stands_in: bool
) -> list[tuple[bool, str, Json]]:
    own, free, lent = row["claimed_by"] == work.person.id, row["claimed_by"] is None, row["owner_id"] is not None
    whole = own and not lent
    reassigns = work.node.policy.may(work.person, "task.reassign", row["agency_id"], row["category"])
    takes = reassigns and not lent and not stands_in
    targets = returns.targets_named(work, which, row) if (whole or free or stands_in) and "task.return" in may else []
    of_signers = _signing_acts(work, row, place) if may & {"task.sign", "task.signers"} else []
    to = {"key": "to_officer_id", "kind": "officer", "role": row["role"], "required": True}
    return [
        (free, "task.claim", act("claim", "签收", f"{place}/claim")),
        (whole, "task.release", act(
            "release", "取消签收", f"{place}/release",
            steps="任务回到本单位待签收,已填的草稿保留。", papers=_PAPERS, clocks=_CLOCKS)),
        (whole or free or takes, "task.hand_over", act(
            "hand_over", "转办", f"{place}/hand-over", [{**to, "name": "受转人"}, _reason("转办理由")],
            steps="任务连同草稿转到受转人名下,由其办结;双方都留在办理经过中,并通知受转人。", papers=_PAPERS, clocks=_CLOCKS)),
        (bool(targets), "task.return", act(
            "return", "退回", f"{place}/return",
            [{"key": "target", "name": "退回到", "kind": "choice", "required": True, "choices": targets},
             {"key": "way", "name": "方式", "kind": "choice", "required": True, "choices": _choices(returns.WAYS)},
             _reason("退回理由")],
            plan=f"{place}/return-targets",
            steps="由原经办人重新办理所选环节;其后正在办理的任务(并行的各分支在内)取消,列在下面,并通知其经办人。办好后直接回到本环节的,这些任务连同已填的内容回到原经办人名下。",
            papers="未制发的作废,已制发的仍然有效;已经送达的,不能退回到制作它之前。",
            clocks="由被退回的环节起算的期限结束,重新办理时再起算。")),
        (whole, "task.delegate", act(
            "delegate", "委派起草", f"{place}/delegate", [{**to, "name": "受委派人"}, _reason("委派事项")],
            steps="受委派人填写草稿和意见后交回,仍由本人办结并负责;交回以前在受委派人名下,可以收回。", papers=_PAPERS, clocks=_CLOCKS)),
        (own and lent, "task.draft", act(
            "give_back", "交回委派人", f"{place}/give-back", [_long("opinion", "意见")],
            steps="草稿和意见交回委派人,由其办结。", papers=_PAPERS, clocks=_CLOCKS)),
        (row["owner_id"] == work.person.id, "task.delegate", act(
            "recall", "收回委派", f"{place}/recall", [_reason("收回理由")],
            steps="任务回到本人名下,受委派人已起草的内容保留。", papers=_PAPERS, clocks=_CLOCKS)),
        *of_signers,
        (not own and not free and not stands_in, "task.urge", _urge(place)),
        (True, "case.cc", _cc(f"/cases/{row['subject_id']}")),
        (True, "case.follow", act("follow", "关注", f"/cases/{row['subject_id']}/follow")),
    ]  # fmt: skip


def _is_others(work: Work, process: Row, task: Mapping[str, Any]) -> bool:
    """Somebody else has taken it, or it is not this person's to take."""
    if task["by"] is not None:
        return bool(task["by"] != str(work.person.id))
    return not work.person.holds(task["role"], process["agency_id"], process["category"])


def _urge(place: str, step: str = "", task_id: str = "") -> Json:
    return act(
        f"urge:{task_id}" if task_id else "urge", f"催办:{step}" if step else "催办", f"{place}/urge", [_reason("催办事由")],
        steps="产生一条须答复的预警并通知经办人;答复之前不能再催,逾期不答复的逐级上报。", papers=_PAPERS, clocks=_CLOCKS,
    )  # fmt: skip


def _withdraw(place: str) -> Json:
    return act(
        "withdraw", "撤回", f"{place}/withdraw", [_reason("撤回理由")], plan=f"{place}/withdraw-plan",
        steps="下一环节签收之前,收回本人刚办结的任务;其后产生的待办取消。",
        papers="本环节制作而未制发的作废;已经送达的不能撤回。", clocks="由本环节起算的期限结束,重新办结时再起算。",
    )  # fmt: skip


def _cc(place: str) -> Json:
    to = {"key": "officer_id", "kind": "officer", "role": None, "required": True, "name": "受送人"}
    note = {"key": "note", "name": "附言", "kind": "longtext", "required": False}
    return act(
        "cc", "抄送", f"{place}/cc", [to, note],
        steps="受送人在待办“抄送给我”中阅读,阅读时间留作回执;各环节不变。", papers=_PAPERS, clocks=_CLOCKS,
    )  # fmt: skip


def _signing_acts(work: Work, row: Row, place: str) -> list[tuple[bool, str, Json]]:
    rows = signers.of_item(work, row["id"]) if row["signing"] is not None else []
    turn, me = signers.turn(rows), work.person.id
    mine = any(r["person_id"] == me and r["opinion"] is None and r["position"] == turn for r in rows)
    voice = any(r["person_id"] == me for r in rows)
    away = absences.signs_for(work, row) if rows and not voice else None
    in_place = away is not None and away["position"] == turn
    own = row["claimed_by"] == work.person.id and row["owner_id"] is None
    waiting = [{"code": str(r["person_id"]), "name": r["name"]} for r in rows if r["opinion"] is None]
    who = {"key": "officer_id", "name": "会签人员", "kind": "officer", "role": row["role"], "required": True}
    return [
        (mine or in_place, "task.sign", act(
            "sign", f"代{away['name']}签署意见" if away is not None else "签署意见", f"{place}/sign",
            [{"key": "opinion", "name": "意见", "kind": "choice", "required": True, "choices": _choices(signing.OPINIONS)},
             {"key": "note", "name": "说明(不同意的必填)", "kind": "longtext", "required": False}],
            steps="签署后不能更改;符合会签规则后由经办人办结。", papers=_PAPERS, clocks=_CLOCKS)),
        (own, "task.signers", act(
            "add_signer", "加签", f"{place}/signers",
            [who, {"key": "way", "name": "顺序", "kind": "choice", "required": True, "choices": _choices(signing.WAYS)},
             _reason("加签理由")],
            steps="此人签署同意之前,本任务不能办结(或签、比例会签的按规则计算);并通知此人。", papers=_PAPERS, clocks=_CLOCKS)),
        (own and bool(waiting) and (len(rows) > 1 or row["signing"] == signers.BY_HAND), "task.signers", act(
            "remove_signer", "减签", f"{place}/signers/remove",
            [{"key": "officer_id", "name": "尚未签署的人员", "kind": "choice", "required": True, "choices": waiting},
             _reason("减签理由")],
            steps="不再等待此人的意见;已签署的意见保留。减去加签的最后一人的,本任务不再需要会签。", papers=_PAPERS, clocks=_CLOCKS)),
    ]  # fmt: skip


# ---------------------------------------------------------------------- a process as a whole
def _hold(row: Row, name: str) -> Json:
    due = f"最近的一个于 {row['due'].astimezone(LOCAL).date().isoformat()} 届满。" if row["due"] else ""
    if row["status"] == "suspended":
        return act(
            f"resume:{row['id']}", f"恢复:{name}", f"/instances/{row['id']}/resume", [_reason("恢复理由")],
            steps=f"各环节可以继续办理{_quoted(row['open'])};挂起期间到点的定时和系统环节在一刻钟内执行。",
            papers=_PAPERS, clocks=f"挂起期间期限没有停过。{due}",
        )  # fmt: skip
    waits = f";等待中的 {row['waiting']} 项定时和系统环节暂不执行" if row["waiting"] else ""
    return act(
        f"suspend:{row['id']}", f"挂起:{name}", f"/instances/{row['id']}/suspend", [_reason("挂起理由")],
        steps=f"各环节不能办理{_quoted(row['open'])}{waits};来件照收。", papers=_PAPERS,
        clocks=f"挂起不停表,各期限照算;依法中止的,另在期限中办理停表。{due}",
    )  # fmt: skip


def _quoted(names: list[str]) -> str:
    return f"(“{'”“'.join(names)}”)" if names else ""


# ---------------------------------------------------------------------- entries
def _choices(named: Mapping[Any, str]) -> list[dict[str, str]]:
    return [{"code": code, "name": name} for code, name in named.items()]


def _long(key: str, name: str) -> Json:
    return {"key": key, "name": name, "kind": "longtext", "required": True}


def _reason(name: str) -> Json:
    return _long("reason", name)


def act(
    key: str, name: str, path: str, inputs: Iterable[Mapping[str, Any]] = (), *, plan: str | None = None,
    steps: str = "", papers: str = "", clocks: str = "",
) -> Json:  # fmt: skip
    """One entry of the menu. What it does stands under 环节, 文书, 期限; an entry without effects is done at once."""
    told = (("环节", steps), ("文书", papers), ("期限", clocks))
    effects = [{"about": about, "text": text} for about, text in told if text]
    return {
        "key": key,
        "name": name,
        "path": path,
        "inputs": [dict(i) for i in inputs],
        "effects": effects,
        "plan": plan,
    }
