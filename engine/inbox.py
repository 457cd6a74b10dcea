"""What people are waiting to do: work items, derived from the waiting human steps by difference after each step.

Lists never load an engine object. Legal urgency first: the clock's due instant orders them, then age.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from kernel.errors import AlreadyClaimed, InvalidAnswers, NotAllowed, NotFound, Refusal, Stale
from kernel.ids import uuid7
from kernel.work import Row, Work, array_of
from registers import subject
from registers.terms import normal

Box = Literal["mine", "unit", "done", "sign"]
LIST = """wi.id, wi.agency_id, wi.category, wi.subject_id as case_id, wi.instance_id, wi.element, wi.name, wi.process_key, wi.title,
wi.role, wi.status, wi.claimed_by, wi.claimed_at, nullif(wi.due_at, 'infinity') as due_at, wi.created_at, wi.closed_at, wi.version,
wi.draft is not null as has_draft, wi.clock, wi.owner_id, wi.note"""
# An absence (`a`) that makes somebody else's item (`wi`) one's own today: `engine.absences`.
AWAY = """a.ended_at is null and %(day)s between a.begins and a.ends and (a.categories = '{}' or wi.category = any(a.categories))
and (a.processes = '{}' or wi.process_key = any(a.processes)
  or (select pi.process_key from process_instance pi where pi.id = wi.instance_id) = any(a.processes))"""
# What the record is known by; found by its key for the rows of a page only.
_NUMBER = ", ".join(f"(select {k.number} from {k.table} n where n.id = wi.subject_id)" for k in subject.KINDS.values())
# What this person noted of the item (`engine.desk`).
_MARKS = """exists (select 1 from task_mark m where m.person_id = %(me)s and m.item_id = wi.id and m.seen_at is not null) as seen,
(select m.own_date from task_mark m where m.person_id = %(me)s and m.item_id = wi.id) as own_date"""
_ROW = f"{LIST}, coalesce({_NUMBER}) as case_number, {_MARKS}"
_SHORTEST, _MOST_FOUND = 3, 2000  # characters of a beginning; records it may stand for
# Beyond this many (agency, role) pairs the list walks the index of due instants instead of one index range per pair.
_NARROW = 64
# What waits for an opinion, in its turn.
TURN = """s.opinion is null and s.removed_at is null and wi.status = 'open' and not exists (select 1 from task_signer b
  where b.item_id = s.item_id and b.opinion is null and b.removed_at is null and b.position < s.position)"""
# Of the absent signers of an item the substitute signs for one, and only if he has no voice of his own there: `engine.absences`.
NO_VOICE = "not exists (select 1 from task_signer m where m.item_id = wi.id and m.person_id = a.substitute_id and m.removed_at is null)"
_ADD = """insert into work_item (id, agency_id, category, role, instance_id, subject_id, token, element, name, process_key, title, due_at, clock, created_at,
  claimed_by, claimed_at, back_to, note, signing)
select id, %(agency)s, %(category)s, role, %(instance)s, %(subject)s, token, element, name, process_key, %(title)s,
  coalesce(due_at, 'infinity'), clock, %(now)s, claimed_by, case when claimed_by is not null then %(now)s::timestamptz end, back_to, note,
  signing
from jsonb_to_recordset(%(new)s::jsonb) as t(id uuid, role text, token text, element text, name text, process_key text,
  due_at timestamptz, clock text, claimed_by uuid, back_to jsonb, note text, signing jsonb)"""
_CLOSE_AND_ADD = f"""with closed as (
  update work_item set status = case when token = %(done)s then 'done' else 'cancelled' end, closed_at = %(now)s, closed_by = %(by)s,
    draft = null, version = version + 1
  where instance_id = %(instance)s and token = any(%(gone)s::text[]) and status = 'open')
{_ADD}"""


@dataclass(frozen=True)
class Wanted:
    """What a page of a box is narrowed to: a term the record is found by (whole, or its beginning from three characters on),
    the process of the step, and the instant before which it is due."""

    term: str | None = None
    process: str | None = None
    before: datetime | None = None


@dataclass(frozen=True)
class Item:
    """A work item to be."""

    token: str
    element: str
    name: str
    process_key: str
    role: str
    due_at: datetime | None
    clock: str | None  # the rule whose date `due_at` is
    id: UUID
    claimed_by: UUID | None = None  # who gets it at once: a returned task goes to whoever did it
    back_to: Sequence[Row] | None = None  # done again, the case goes straight back there: target, person
    note: str | None = None  # why it came
    signing: Row | None = None  # the rule of its signers: rule, share, refusal


def touched(work: Work, agency_id: int) -> None:
    """Once this act has committed, whoever shows inboxes of this agency is told."""
    work.after_commit += [functools.partial(listen, agency_id) for listen in work.node.listeners]


def change(
    work: Work, instance: Row, *, done: str | None, gone: Sequence[str], new: Sequence[Item], title: str
) -> None:
    """One statement: closes the items of human tokens that are gone (`done` is the one completed), adds the new ones."""
    if not gone and not new:
        return
    touched(work, instance["agency_id"])
    work.execute(
        _CLOSE_AND_ADD if gone else _ADD,
        {
            "done": done,
            "now": work.now,
            "by": work.person.id,
            "instance": instance["id"],
            "gone": array_of(gone),
            "agency": instance["agency_id"],
            "category": instance["category"],
            "subject": instance["subject_id"],
            "title": title,
            "new": orjson.dumps([i.__dict__ for i in new]).decode(),
        },
    )


def item(
    token: str,
    element: str,
    name: str,
    process_key: str,
    role: str,
    due_at: datetime | None,
    clock: str | None,
    **more: Any,
) -> Item:
    """A work item with a fresh id; `more`: what a return says of it."""
    return Item(token, element, name, process_key, role, due_at, clock, uuid7(), **more)


def redate(work: Work, instance: Row, rule: str, due_at: datetime) -> None:
    """A clock moved: every waiting step of the record that rests on it, but those of processes with a clock of their own."""
    work.execute(
        """update work_item w set due_at = %(due)s where subject_id = %(subject)s and clock = %(rule)s and status = 'open'
        and (instance_id = %(instance)s or not exists (select 1 from clock c where c.subject_id = w.subject_id
          and c.instance_id = w.instance_id and c.rule = w.clock and c.status <> 'closed'))""",
        {"due": due_at, "subject": instance["subject_id"], "instance": instance["id"], "rule": rule},
    )


def listing(work: Work, box: Box, limit: int, after: str | None, wanted: Wanted) -> Row:
    """One page of a box: `items`, and `next` (None at the end). One statement."""
    limit = max(1, min(limit, 200))
    query, params = _query(work, box, after, wanted, limit + 1)
    rows = work.rows(f"{query} limit {limit + 1}", params)
    more, rows = len(rows) > limit, rows[:limit]
    return {"items": rows, "next": _cursor(rows[-1], box) if more else None}


def _query(work: Work, box: Box, after: str | None, wanted: Wanted, most: int) -> tuple[str, dict[str, object]]:
    at, id_ = _after(after, box)
    params: dict[str, object] = {"me": work.person.id, "at": at, "id": id_, "day": work.today}
    has = _narrowed(work, wanted, params)
    if box == "done":
        order = "and (wi.closed_at, wi.id) < (%(at)s, %(id)s)" if after else ""
        where = f"wi.closed_by = %(me)s and wi.status = 'done' {order}{has}"
        return f"select {_ROW} from work_item wi where {where} order by wi.closed_at desc, wi.id desc", params
    keyset = (
        f"and (wi.due_at, wi.id) > (%(at)s, %(id)s){has} order by wi.due_at, wi.id"
        if after
        else f"{has} order by wi.due_at, wi.id"
    )
    if box == "mine":
        of = "select wi.* from work_item wi where wi.status = 'open' and wi.claimed_by ="
        return (
            f"select {_ROW}, case when wi.claimed_by <> %(me)s then (select o.name from officer o where o.id = wi.claimed_by) end as stands_for"
            f" from (({of} %(me)s {keyset} limit {most}) union all (select w.* from absence a cross join lateral"
            f" ({of} a.officer_id and {AWAY} {keyset} limit {most}) w where a.substitute_id = %(me)s)) wi order by wi.due_at, wi.id"
        ), params
    if box == "sign":
        own = f"task_signer s join work_item wi on wi.id = s.item_id where s.person_id = %(me)s and {TURN} {keyset}"
        others = f"""absence a join task_signer s on s.person_id = a.officer_id join work_item wi on wi.id = s.item_id
          where a.substitute_id = %(me)s and {AWAY} and {NO_VOICE} and {TURN} {keyset}"""
        return (
            f"select distinct on (wi.due_at, wi.id) {_ROW}, wi.stands_for from ((select wi.*, null as stands_for from {own} limit {most})"
            f" union all (select wi.*, (select o.name from officer o where o.id = a.officer_id) as stands_for from {others} limit {most})) wi"
            " order by wi.due_at, wi.id"
        ), params
    pairs = sorted({(a, g.role) for g in work.person.grants for a in g.agencies})
    params["roles"] = [r for _, r in pairs]
    is_open = "wi.status = 'open' and wi.claimed_by is null"
    if len(pairs) > _NARROW:
        return f"select {_ROW} from work_item wi where {is_open} and wi.role = any(%(roles)s) {keyset}", params
    params["agencies"] = [a for a, _ in pairs]
    branch = (
        f"select * from work_item wi where wi.agency_id = p.a and wi.role = p.r and {is_open} {keyset} limit {most}"
    )
    return (
        f"select {_ROW} from unnest(%(agencies)s::int[], %(roles)s::text[]) as p(a, r) cross join lateral ({branch}) wi"
        " order by wi.due_at, wi.id"
    ), params


def _narrowed(work: Work, wanted: Wanted, params: dict[str, object]) -> str:
    """What `Wanted` adds to a branch. Terms are compared by `=` and order, the operators that keep their index under
    row-level security; the beginning of a term stands for at most so many records."""
    parts = []
    term = normal(wanted.term) if wanted.term else ""
    if term:
        params |= {"term": term, "beyond": f"{term}\U0010ffff", "scope": list(work.person.scope)}
        where = "term >= %(term)s and term < %(beyond)s" if len(term) >= _SHORTEST else "term = %(term)s"
        own = "agency_id = any(%(scope)s) and " if len(work.person.scope) <= _NARROW else ""
        parts.append(f"wi.subject_id in (select case_id from case_term where {own}{where} limit {_MOST_FOUND})")
    if wanted.process:
        params["process"] = wanted.process
        parts.append("wi.process_key = %(process)s")
    if wanted.before:
        params["before"] = wanted.before
        parts.append("wi.due_at < %(before)s")
    return "".join(f" and {part}" for part in parts)


def _cursor(row: Row, box: Box) -> str:
    at = row["closed_at"] if box == "done" else row["due_at"]
    text = orjson.dumps([at.isoformat() if at else "infinity", str(row["id"])])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _after(cursor: str | None, box: Box) -> tuple[str | None, str | None]:
    if cursor is None:
        return None, None
    try:
        at, id_ = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if at != "infinity":
            datetime.fromisoformat(at)
        return at, str(UUID(id_))
    except (ValueError, TypeError) as error:
        raise InvalidAnswers({"after": "翻页标记无效,请从第一页重新查询"}) from error


def get(work: Work, task_id: UUID | str, *, lock: bool = False) -> Row:
    """One work item that this person may see."""
    row = work.one(
        f"select {LIST}, token, subject_id, closed_by, draft, signing, nullif(due_at, 'infinity') as due from work_item wi where id = %s{' for update' if lock else ''}",
        (str(task_id),),
    )
    if row is None:
        raise NotFound("没有这项任务,或者它不在您的权限范围内", remedy="请刷新待办列表")
    return row


def may_do(work: Work, row: Row) -> None:
    """Refuses a person without the role that the step asks for, in its agency and category."""
    if not work.person.holds(row["role"], row["agency_id"], row["category"]):
        raise NotAllowed("这项任务须由承担相应岗位的人员办理", remedy="请转交具有该岗位的人员")


def claim(work: Work, task_id: UUID | str) -> Row:
    """Takes an open item; taking one's own again changes nothing."""
    row = get(work, task_id, lock=True)
    _open(row)
    may_do(work, row)
    if row["claimed_by"] not in (None, work.person.id):
        raise AlreadyClaimed("任务已由他人签收", remedy="如需接办,请签收人退回或转办")
    if row["claimed_by"] is None:
        touched(work, row["agency_id"])
        work.execute(
            "update work_item set claimed_by = %s, claimed_at = %s, version = version + 1 where id = %s",
            (work.person.id, work.now, row["id"]),
        )
    return row


def release(work: Work, task_id: UUID | str) -> Row:
    """Gives an item back to the unit; its draft stays."""
    row = get(work, task_id, lock=True)
    _open(row)
    _own(work, row)
    not_delegated(row)
    touched(work, row["agency_id"])
    work.execute(
        "update work_item set claimed_by = null, claimed_at = null, version = version + 1 where id = %s", (row["id"],)
    )
    return row


def save_draft(
    work: Work, task_id: UUID | str, answers: Row, version: int | None, own: Callable[[Work, Row], None]
) -> int:
    """Keeps what is filled in so far; returns the new version. `version` is the one that was read (If-Match).

    `own` refuses who may not write into the item.
    """
    row = get(work, task_id, lock=True)
    _open(row)
    own(work, row)
    if version is not None and version != row["version"]:
        raise Stale("草稿已在别处修改", remedy="请刷新后核对两处内容再保存")
    work.execute(
        "update work_item set draft = %s, version = version + 1 where id = %s",
        (orjson.dumps(answers).decode(), row["id"]),
    )
    return int(row["version"]) + 1


def hand_over(work: Work, row: Row, to: UUID) -> None:
    """Gives the item to a colleague who may do it (checked by the verb)."""
    touched(work, row["agency_id"])
    work.execute(
        "update work_item set claimed_by = %s, claimed_at = %s, owner_id = null, version = version + 1 where id = %s",
        (to, work.now, row["id"]),
    )


def not_delegated(row: Row) -> None:
    """Refuses what only the owner of a task may do while a delegate has it."""
    if row["owner_id"] is not None:
        raise Refusal("任务已委派他人起草,尚未交回", remedy="请由受委派人交回,或由委派人收回后再办理")


def give_back(work: Work, row: Row) -> None:
    """Puts an item back to the unit, whoever had taken it; what was filled in goes with him."""
    work.execute(
        "update work_item set claimed_by = null, claimed_at = null, owner_id = null, draft = null, version = version + 1 where id = %s",
        (row["id"],),
    )


def _open(row: Row) -> None:
    if row["status"] != "open":
        raise Refusal("任务已经办结或取消", remedy="请刷新待办列表")


def _own(work: Work, row: Row) -> None:
    if row["claimed_by"] != work.person.id:
        raise AlreadyClaimed("任务不在您名下", remedy="请先签收任务")
