"""What people are waiting to do: work items, derived from the waiting human steps by difference after each step.

Lists never load an engine object. Legal urgency first: the clock's due instant orders them, then age.
"""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson

from kernel.errors import AlreadyClaimed, NotAllowed, NotFound, Refusal, Stale
from kernel.ids import instant, packed_marks, uuid7
from kernel.work import LOCAL, Row, Work, array_of
from registers import masking, subject
from registers.terms import normal

Box = Literal["mine", "unit", "done", "sign"]
Due = Literal["over", "today", "week"]
# A title names a party and a plate: in clear as the record's facts are (`views`) – to who may see persons and has worked on the
# record or holds a task of it, others see it masked. Asks for `reader`.
TITLE = f"""case when wi.title_masked is null or (%(plain)s and (wi.closed_by = %(me)s or (wi.status = 'open' and wi.claimed_by = %(me)s)
  or {masking.handled("wi.subject_id")}))
  then wi.title else wi.title_masked end"""
LIST = f"""wi.id, wi.agency_id, wi.category, wi.subject_id as case_id, wi.instance_id, wi.element, wi.name, wi.process_key, {TITLE} as title,
wi.role, wi.status, wi.claimed_by, wi.claimed_at, nullif(wi.due_at, 'infinity') as due_at, wi.created_at, wi.closed_at, wi.version,
wi.draft is not null as has_draft, wi.clock, wi.owner_id, wi.note"""
# An absence (`a`) that makes somebody else's item (`wi`) one's own today: `engine.absences`.
AWAY = """a.ended_at is null and %(day)s between a.begins and a.ends and (a.categories = '{}' or wi.category = any(a.categories))
and (a.processes = '{}' or wi.process_key = any(a.processes)
  or (select pi.process_key from process_instance pi where pi.id = wi.instance_id) = any(a.processes))"""
# What the record is known by; found by its key for the rows of a page only.
_NUMBER = ", ".join(f"(select {k.number} from {k.table} n where n.id = wi.subject_id)" for k in subject.KINDS.values())
# What this person noted of the item (`engine.desk`).
_SEEN = "exists (select 1 from task_mark m where m.person_id = %(me)s and m.item_id = wi.id and m.seen_at is not null)"
_MARKS = f"""{_SEEN} as seen,
(select m.own_date from task_mark m where m.person_id = %(me)s and m.item_id = wi.id) as own_date"""
# Open work of a process that does not run: nobody can complete it now. The history is read of such rows only.
_HELD = """(select jsonb_build_object('state', pi.status, 'at', h.at, 'reason', h.outcome->>'reason')
  from process_instance pi left join lateral (select at, outcome from step_history where subject_id = wi.subject_id
    and instance_id = pi.id and event = 'suspended' and pi.status = 'suspended' order by id desc limit 1) h on true
  where pi.id = wi.instance_id and wi.status = 'open' and pi.status in ('suspended', 'incident')) as held"""
_ROW = f"{LIST}, coalesce({_NUMBER}) as case_number, {_HELD}, {_MARKS}"
_SHORTEST, _MOST_FOUND = 3, 2000  # characters of a beginning; records it may stand for
# Of what a masked title hides – an ID number, a plate, a person's name – only the whole is found, lest one guesses it piece by piece.
_PARTICULAR = "^([1-9][0-9]{16}[0-9X]|[一-龥][A-Z][0-9A-Z挂学警港澳]{5,6})$"
_NOBODYS = f"(length(term) > {masking.LONGEST_NAME} and term !~ %(closed)s)"
# Beyond this many (agency, role) pairs the list walks the index of due instants instead of one index range per pair.
_NARROW = 64
# What waits for an opinion, in its turn.
TURN = """s.opinion is null and s.removed_at is null and wi.status = 'open' and not exists (select 1 from task_signer b
  where b.item_id = s.item_id and b.opinion is null and b.removed_at is null and b.position < s.position)"""
# Of the absent signers of an item the substitute signs for one, and only if he has no voice of his own there: `engine.absences`.
NO_VOICE = "not exists (select 1 from task_signer m where m.item_id = wi.id and m.person_id = a.substitute_id and m.removed_at is null)"
_ADD = """insert into work_item (id, agency_id, category, role, instance_id, subject_id, token, element, name, process_key, title, title_masked, due_at, clock, created_at,
  claimed_by, claimed_at, back_to, note, signing, draft)
select id, %(agency)s, %(category)s, role, %(instance)s, %(subject)s, token, element, name, process_key, %(title)s, nullif(%(masked)s, %(title)s),
  coalesce(due_at, 'infinity'), clock, %(now)s, claimed_by, case when claimed_by is not null then %(now)s::timestamptz end, back_to, note,
  signing, draft
from jsonb_to_recordset(%(new)s::jsonb) as t(id uuid, role text, token text, element text, name text, process_key text,
  due_at timestamptz, clock text, claimed_by uuid, back_to jsonb, note text, signing jsonb, draft jsonb)"""
_IN_HAND = """select id, token, subject_id, name, claimed_by, draft from work_item where instance_id = %s and token = any(%s)
and status = 'open' order by id"""
_KEEP = """update work_item w set draft = t.draft from jsonb_to_recordset(%s::jsonb) as t(id uuid, draft jsonb) where w.id = t.id"""
_KEPT = "select id, draft from work_item where id = any(%s::uuid[]) and draft is not null"
_CLOSE_AND_ADD = f"""with closed as (
  update work_item set status = case when token = %(done)s then 'done' else 'cancelled' end, closed_at = %(now)s, closed_by = %(by)s,
    draft = null, version = version + 1
  where instance_id = %(instance)s and token = any(%(gone)s::text[]) and status = 'open')
{_ADD}"""


@dataclass(frozen=True)
class Wanted:
    """What a page of a box is narrowed to: a term the record is found by (whole, or its beginning from three characters on),
    the process of the step, the instants between which it is due, and what this person has not seen yet."""

    term: str | None = None
    process: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    unread: bool = False


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
    back_to: Sequence[Row] | None = None  # done again, the case goes straight back there: target, person, item
    note: str | None = None  # why it came
    signing: Row | None = None  # the rule of its signers: rule, share, refusal
    draft: Row | None = None  # what had been filled in before a return took it away


def in_hand(work: Work, instance_id: UUID, tokens: Sequence[str]) -> list[Row]:
    """The open items of these tokens: whose they are, and what is filled in so far."""
    return work.rows(_IN_HAND, (instance_id, list(tokens)))


def keep_drafts(work: Work, items: Sequence[Row]) -> None:
    """Items that a return has just taken away keep what was filled in, for when the case comes back."""
    kept = [{"id": item["id"], "draft": item["draft"]} for item in items if item["draft"]]
    if kept:
        work.execute(_KEEP, (orjson.dumps(kept).decode(),))


def take_drafts(work: Work, item_ids: Sequence[str]) -> dict[str, Row]:
    """What items that were taken away have kept, by their ids; it is kept there no longer."""
    if not item_ids:
        return {}
    kept = {str(row["id"]): row["draft"] for row in work.rows(_KEPT, (list(item_ids),))}
    if kept:
        work.execute("update work_item set draft = null where id = any(%s::uuid[])", (list(kept),))
    return kept


def reader(work: Work) -> dict[str, object]:
    """What `LIST` asks of who reads: who he is, and whether he may see persons in clear at all."""
    return {"me": work.person.id, "plain": work.node.policy.may(work.person, masking.RIGHT)}


def touched(work: Work, agency_id: int) -> None:
    """Once this act has committed, whoever shows inboxes of this agency is told."""
    work.after_commit += [functools.partial(listen, agency_id) for listen in work.node.listeners]


def change(
    work: Work, instance: Row, *, done: str | None, gone: Sequence[str], new: Sequence[Item], titles: tuple[str, str]
) -> None:
    """One statement: closes the items of human tokens that are gone (`done` is the one completed), adds the new ones.
    `titles`: in clear, and with its personal data masked."""
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
            "title": titles[0],
            "masked": titles[1],
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


def figures(work: Work, box: Box, most: int) -> Row:
    """How the tasks of an open box stand: `over`, `today`, `week` (today among them), `unread`, of the `most` most urgent
    ones; `counted`: how many those are. And the open `alerts` within the scope. One statement."""
    query, params = _query(work, box, None, Wanted(), most)
    ends = {due: between(work, due) for due in ("over", "today", "week")}
    parts = []
    for due, (since, before) in ends.items():
        params[due] = before
        parts.append(
            f"count(*) filter (where f.due_at < %({due})s{' and f.due_at >= %(over)s' if since else ''})::int as {due}"
        )
    params["scope"] = list(work.person.scope)
    narrow = len(work.person.scope) <= _NARROW
    of = "a.agency_id = any(%(scope)s) and " if narrow else ""
    [row] = work.rows(
        f"""select {", ".join(parts)}, count(*) filter (where not f.seen)::int as unread, count(*)::int as counted,
        (select count(*)::int from (select 1 from alert a where {of}a.status = 'open' limit {most}) n) as alerts
        from ({query} limit {most}) f""",
        params,
    )
    return row


def between(work: Work, due: Due) -> tuple[datetime | None, datetime]:
    """From when until before when something is due that is over, due today, due within a week (today is its first day)."""
    if due == "over":
        return None, work.now
    midnight = datetime.combine(work.today, time(), LOCAL)
    return work.now, midnight + timedelta(days=1 if due == "today" else 7)


def _query(work: Work, box: Box, after: str | None, wanted: Wanted, most: int) -> tuple[str, dict[str, object]]:
    at, id_ = _after(after, box)
    params: dict[str, object] = {**reader(work), "at": at, "id": id_, "day": work.today}
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
        if not params["plain"]:
            where = f"({where}) and (term = %(term)s or {_NOBODYS})"
            params["closed"] = _PARTICULAR
        own = "agency_id = any(%(scope)s) and " if len(work.person.scope) <= _NARROW else ""
        parts.append(f"wi.subject_id in (select case_id from case_term where {own}{where} limit {_MOST_FOUND})")
    if wanted.process:
        params["process"] = wanted.process
        parts.append("wi.process_key = %(process)s")
    if wanted.before:
        params["before"] = wanted.before
        parts.append("wi.due_at < %(before)s")
    if wanted.since:
        params["since"] = wanted.since
        parts.append("wi.due_at >= %(since)s")
    if wanted.unread:
        parts.append(f"not {_SEEN}")
    return "".join(f" and {part}" for part in parts)


def _cursor(row: Row, box: Box) -> str:
    at = row["closed_at"] if box == "done" else row["due_at"]
    text = orjson.dumps([at.isoformat() if at else "infinity", str(row["id"])])
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _after(cursor: str | None, box: Box) -> tuple[str | None, str | None]:
    if cursor is None:
        return None, None
    at, id_ = packed_marks(cursor, lambda text: text if text == "infinity" else instant(text).isoformat(), UUID)
    return at, str(id_)


def of_records(work: Work, records: Sequence[UUID], most: int) -> list[Row]:
    """The open items of these records that are not in one's own name, the most urgent first. One statement."""
    return work.rows(
        f"""select {_ROW} from work_item wi where wi.subject_id = any(%(records)s) and wi.status = 'open'
        and wi.claimed_by is distinct from %(me)s order by wi.due_at, wi.id limit %(most)s""",
        {"records": list(records), "most": most, **reader(work)},
    )


def get(work: Work, task_id: UUID | str, *, lock: bool = False) -> Row:
    """One work item that this person may see."""
    row = work.one(
        f"select {LIST}, token, subject_id, closed_by, draft, signing, nullif(due_at, 'infinity') as due from work_item wi where id = %(id)s{' for update' if lock else ''}",
        {"id": str(task_id), **reader(work)},
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
