"""离岗代理: who is away from day to day, and who does his tasks meanwhile – with both names in the record, ending by itself.

The substitute acts as himself: his own post and certificate are judged when he acts, recusal asks for him and for whom he
stands in, and a substitute has no substitute. A signer who is away is stood in for likewise: the substitute takes his place
among the signers and signs in his own name – as one voice, so not who signs the same task himself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from engine import inbox, news, release_store
from kernel import permissions
from kernel.command import command
from kernel.errors import AlreadyClaimed, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.ids import as_mark, as_uuid, uuid7
from kernel.work import Person, Row, Work
from registers import account, officer

Json = dict[str, Any]
LONGEST = 366  # days
_MOST = 200  # tasks that a plan looks at
_LOCK_SPACE = 7_210_016
_POST = "officer"  # the post that a certificate opens (`qualifications`)
_LIST = """select a.id, a.officer_id, o.name as officer, a.substitute_id, s.name as substitute, a.begins, a.ends, a.processes,
a.categories, a.reason, m.name as made_by, a.made_at, a.ended_at, a.ended_at is null and %(day)s between a.begins and a.ends as now,
a.ended_at is null and a.ends >= %(day)s and (a.officer_id = %(me)s or %(all)s) as endable
from absence a join officer o on o.id = a.officer_id join officer s on s.id = a.substitute_id join officer m on m.id = a.made_by
where (%(after)s::uuid is null or a.id < %(after)s) and {whose} order by a.id desc limit %(limit)s"""
_MINE = "a.id in (select id from absence where officer_id = %(me)s union all select id from absence where substitute_id = %(me)s)"
_UNIT = "(a.agency_id = any(%(agencies)s))"
_OVERLAP = """select 1 as found from absence where officer_id = %(officer)s and ended_at is null
and begins <= %(ends)s and ends >= %(begins)s"""
_INSERT = """insert into absence (id, agency_id, officer_id, substitute_id, begins, ends, processes, categories, reason, made_by, made_at)
values (%(id)s, %(agency)s, %(officer)s, %(substitute)s, %(begins)s, %(ends)s, %(processes)s, %(categories)s, %(reason)s, %(me)s, %(now)s)"""
_STANDS_IN = f"""select o.id, o.name from absence a join officer o on o.id = a.officer_id join work_item wi on wi.id = %(item)s
where a.substitute_id = %(me)s and a.officer_id = wi.claimed_by and {inbox.AWAY}"""
# Absent signers of an item whose opinion is still waited for, the first in their order first.
_SIGNS_FOR = f"""select o.id, o.name, s.position from absence a join task_signer s on s.person_id = a.officer_id and s.item_id = %(item)s
join officer o on o.id = s.person_id join work_item wi on wi.id = s.item_id
where a.substitute_id = %(me)s and s.opinion is null and s.removed_at is null and {inbox.AWAY} order by s.position, s.id limit 1"""
_IN_HAND = f"""select {inbox.LIST}, pi.process_key as main from work_item wi join process_instance pi on pi.id = wi.instance_id
where wi.claimed_by = %(whose)s and wi.status = 'open' order by wi.due_at, wi.id limit {_MOST + 1}"""


@command(may="absence.record", subject="officer_id")
def record_absence(
    work: Work,
    substitute_id: str,
    begins: date,
    ends: date,
    reason: str,
    *,
    officer_id: str | None = None,
    processes: Sequence[str] = (),
    categories: Sequence[str] = (),
) -> Json:
    """Somebody is away from `begins` to `ends` (days, both included), and this colleague does his tasks meanwhile.

    Oneself without `officer_id`; another only by who may hand over his tasks. At most one substitute at a time.
    """
    away, stand_in = _pair(work, officer_id, substitute_id)
    _check(work, begins, ends, reason, processes, categories)
    work.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK_SPACE, str(away.id)))
    span = {"officer": away.id, "begins": begins, "ends": ends}
    if work.one(_OVERLAP, span) is not None:
        raise Refusal("这段时间已经登记过代理", remedy="请先结束原来的代理,再登记新的")
    if work.one(_OVERLAP, {**span, "officer": stand_in.id}) is not None:
        raise InvalidAnswers({"substitute_id": f"{stand_in.name}在这段时间也离岗,不能代理"})
    new = uuid7()
    given = {"processes": list(processes), "categories": list(categories), "reason": reason.strip()}
    more = {"id": new, "agency": away.agency_id, "substitute": stand_in.id, "me": work.person.id, "now": work.now}
    work.execute(_INSERT, {**span, **given, **more})
    days = f"{begins.isoformat()} 至 {ends.isoformat()}"
    news.tell(work, [
        news.News(stand_in.id, "absence", f"{days} {away.name}离岗,其任务由您代理", "/absences"),
        news.News(away.id, "absence", f"{work.person.name}登记了您 {days} 离岗,由{stand_in.name}代理", "/absences"),
    ])  # fmt: skip
    inbox.touched(work, away.agency_id)
    return {"id": str(new), "officer_id": str(away.id), "substitute_id": str(stand_in.id)}


def plan_absence(
    work: Work,
    substitute_id: str,
    *,
    officer_id: str | None = None,
    processes: Sequence[str] = (),
    categories: Sequence[str] = (),
) -> Json:
    """What the substitute would get of what is in hand today, and which of it he may not do; changes nothing."""
    permissions.demand(work, "absence.record")
    with work.transaction():
        away, stand_in = _pair(work, officer_id, substitute_id)
        rows = work.rows(_IN_HAND, {"whose": away.id, **inbox.reader(work)})
        scoped = [
            row
            for row in rows[:_MOST]
            if (not processes or {row["process_key"], row["main"]} & set(processes))
            and (not categories or row["category"] in categories)
        ]
        held = {c: _held(work, away.id, stand_in.id, c) for c in sorted({row["category"] for row in scoped})}
    items = [
        {"id": str(row["id"]), "name": row["name"], "title": row["title"],
         "why_not": _why_not(stand_in, row, held[row["category"]])}
        for row in scoped
    ]  # fmt: skip
    return {"items": items, "more": len(rows) > _MOST}


@command(may="absence.record", subject="absence_id")
def end_absence(work: Work, absence_id: str) -> Json:
    """Ends it now: back earlier, or recorded by mistake. Who is away himself, or who may hand over his tasks."""
    row = work.one("select id, agency_id, officer_id, ends from absence where id = %s and ended_at is null for update", (as_uuid(absence_id),))  # fmt: skip
    if row is None or row["ends"] < work.today:
        raise NotFound("没有这项代理,或者它已经结束", remedy="请刷新列表")
    if row["officer_id"] != work.person.id:
        permissions.demand(work, "task.reassign", row["agency_id"])
    work.execute("update absence set ended_at = %s, ended_by = %s where id = %s", (work.now, work.person.id, row["id"]))
    inbox.touched(work, row["agency_id"])
    return {"id": str(row["id"]), "officer_id": str(row["officer_id"]), "substitute_id": None}


def list_absences(work: Work, whose: str = "mine", limit: int = 50, after: str | None = None) -> Json:
    """A page, newest first: where I am away or stand in; or (`unit`) those of the people whose tasks I may hand over."""
    permissions.demand(work, "absence.record" if whose == "mine" else "task.reassign")
    at = as_mark(after)
    agencies = [
        a for g in work.person.grants if "task.reassign" in work.node.policy.verbs(g.role) for a in sorted(g.agencies)
    ]
    asked = {"me": work.person.id, "day": work.today, "all": whose != "mine", "after": at, "limit": limit + 1}
    query = _LIST.format(whose=_MINE if whose == "mine" else _UNIT)
    with work.transaction(hot=True):
        rows = work.rows(query, {**asked, "agencies": agencies})
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if more else None}


# ---------------------------------------------------------------------- when the substitute acts
def stands_in(work: Work, row: Row) -> Row | None:
    """For whom the person acts on a task in another's name: `id`, `name`; None when he stands in for nobody here today.

    `row`: the item's id (as `task_id` when it came with its instance), claimed_by, category, agency_id, role.
    """
    if row["claimed_by"] in (None, work.person.id):
        return None
    return work.one(_STANDS_IN, {"me": work.person.id, "item": row.get("task_id") or row["id"], "day": work.today})


def demand(work: Work, row: Row) -> Row | None:
    """As `stands_in`; refuses a substitute who has not himself the post and the certificate that the task asks for, now."""
    away = stands_in(work, row)
    if away is None:
        return None
    inbox.may_do(work, row)
    held = _held(work, away["id"], work.person.id, row["category"])
    why = _why_not(work.person, row, held)
    if why:
        raise NotAllowed(f"不能代{away['name']}办理:{why}", remedy="请由具有相应岗位和有效证件的人员代理或者接办")
    return away


def signs_for(work: Work, row: Row) -> Row | None:
    """The absent signer of a task in whose place the person may sign today: `id`, `name`, `position`; None when there is none."""
    return work.one(_SIGNS_FOR, {"me": work.person.id, "item": row["id"], "day": work.today})


def demand_to_sign(work: Work, row: Row) -> Row | None:
    """As `signs_for`; refuses a substitute without a post of the absent signer's, or without the certificate that he holds."""
    away = signs_for(work, row)
    if away is None:
        return None
    place, policy = (row["agency_id"], row["category"]), work.node.policy
    posts = {g.role for g in account.load_person(work, away["id"]).grants if "task.sign" in policy.verbs(g.role)}
    held = _held(work, away["id"], work.person.id, row["category"])
    why = (
        "您没有离岗人的岗位" if not any(work.person.holds(post, *place) for post in posts)
        else "您没有涵盖本门类的有效执法证件" if held["asked"] and not held["valid"] else None
    )  # fmt: skip
    if why:
        raise NotAllowed(
            f"不能代{away['name']}会签:{why}", remedy="请由具有相应岗位和有效证件的人员代理,或者由经办人减签、加签"
        )
    return away


def own(work: Work, row: Row) -> None:
    """Refuses who neither has the task nor stands in for who has it."""
    if row["claimed_by"] != work.person.id and demand(work, row) is None:
        raise AlreadyClaimed("任务不在您名下", remedy="请先签收任务")


def _held(work: Work, away: UUID, stand_in: UUID, category: str) -> dict[str, bool]:
    people = {p["id"]: p for p in officer.acting(work, [away, stand_in], work.now, category)}
    mine = people.get(str(stand_in), {})
    return {
        "asked": bool(people.get(str(away), {}).get("certificate_no")),
        "valid": bool(mine.get("certificate_valid") and mine.get("category_covered")),
    }


def _why_not(stand_in: Person, row: Row, held: dict[str, bool]) -> str | None:
    if not stand_in.holds(row["role"], row["agency_id"], row["category"]):
        return "代理人没有办理这项任务的岗位"
    if (row["role"] == _POST or held["asked"]) and not held["valid"]:
        return "代理人没有涵盖本门类的有效执法证件"
    return None


# ---------------------------------------------------------------------- what is accepted
def _pair(work: Work, officer_id: str | None, substitute_id: str) -> tuple[Person, Person]:
    away = work.person if officer_id is None else account.load_person(work, as_uuid(officer_id))
    if away.id != work.person.id:
        permissions.demand(work, "task.reassign", away.agency_id)
    stand_in = account.load_person(work, as_uuid(substitute_id))
    if stand_in.id == away.id:
        raise InvalidAnswers({"substitute_id": "代理人不能是离岗人本人"})
    if away.agency_id not in stand_in.scope:
        raise InvalidAnswers({"substitute_id": "代理人不在离岗人的机构任职,看不到其任务"})
    return away, stand_in


def _check(
    work: Work, begins: date, ends: date, reason: str, processes: Sequence[str], categories: Sequence[str]
) -> None:
    wrong: dict[str, str] = {}
    if not reason.strip() or len(reason) > 500:
        wrong["reason"] = "请填写离岗事由(500 字以内)"
    if ends < begins:
        wrong["ends"] = "止日不得早于起日"
    elif ends < work.today:
        wrong["ends"] = "止日已经过去"
    elif (ends - begins).days > LONGEST:
        wrong["ends"] = f"一次最长 {LONGEST} 天"
    known = release_store.current(work)
    if unknown := [p for p in processes if p not in known.processes]:
        wrong["processes"] = f"没有流程“{unknown[0]}”"
    if unknown := [c for c in categories if c not in known.codes["ENFORCEMENT_CATEGORY"].items]:
        wrong["categories"] = f"没有执法门类“{unknown[0]}”"
    if wrong:
        raise InvalidAnswers(wrong)
