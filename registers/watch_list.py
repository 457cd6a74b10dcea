"""The watch list (重点监管名单): which object, why, until when, put there by whom; what names it raises an alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import supervised

RULE: Final = "WATCH"  # the rule of its alerts

_HIT = """insert into alert (id, agency_id, category, subject_id, rule, severity, message, suggested_action, raised_at)
select h.id, w.agency_id, w.category, h.subject_id, %(rule)s, 'warning', w.message, '核对该对象的名单理由后办理', %(at)s
from unnest(%(ids)s::uuid[], %(objects)s::uuid[], %(subjects)s::uuid[]) as h(id, object_id, subject_id)
join lateral (select agency_id, category, '重点监管对象 ' || label || ':' || reason || '(' || %(what)s || ')' as message
  from watch_entry e where e.object_id = h.object_id and e.removed_at is null and e.until > %(at)s order by e.id limit 1) w on true
where not exists (select 1 from alert a where a.subject_id = h.subject_id and a.rule = %(rule)s and a.message = w.message)"""


# What another agency watches and has published is met here: it is told who met it, in what and when (once a day and record), its
# publisher gets a notice, and the record in which it was met raises an alert of one's own agency. One statement. `met`: rows of
# (kind, number, color, label, category, agency_id, subject_id).
_SIGHTED = """, published as (
  select m.*, n.entry_id, n.owner_id, n.reason, n.published_by, a.name as owner, here.name as met_by
  from met m join watch_notice n on n.object_kind = m.kind and n.number = m.number and n.color is not distinct from m.color
    and n.category = m.category and n.owner_id <> m.agency_id and n.ended_at is null and n.until > %(at)s and n.published_at <= %(at)s
  join agency a on a.id = n.owner_id join agency here on here.id = m.agency_id),
seen as (
  insert into watch_sighting (id, entry_id, owner_id, agency_id, category, what, subject_id, met_on, met_at)
  select gen_random_uuid(), entry_id, owner_id, agency_id, category, %(what)s, coalesce(subject_id, entry_id), %(today)s, %(at)s
  from published on conflict do nothing returning entry_id),
raised as (
  insert into alert (id, agency_id, category, subject_id, rule, severity, message, suggested_action, raised_at)
  select gen_random_uuid(), p.agency_id, p.category, p.subject_id, %(rule)s, 'warning',
    '重点监管对象 ' || p.label || ':' || p.reason || '(' || p.owner || '公开,' || %(what)s || ')', '核对公开的理由后办理,必要时与列入机关联系', %(at)s
  from published p where %(alert)s and not exists (select 1 from alert x where x.subject_id = p.subject_id and x.rule = %(rule)s
    and x.message = '重点监管对象 ' || p.label || ':' || p.reason || '(' || p.owner || '公开,' || %(what)s || ')'))
select distinct p.published_by, p.met_by from published p join seen s on s.entry_id = p.entry_id"""
_OF_OBJECTS = """with met as (
  select case when v.id is not null then 'vehicle' when p.id is not null then 'party' when s.id is not null then 'ship' else 'practitioner' end as kind,
    coalesce(v.plate, p.uscc, s.mmsi, d.certificate_no) as number, v.plate_color as color,
    coalesce(v.plate, p.name, s.name, '从业人员') as label, coalesce(v.category, p.category, s.category, d.category) as category,
    coalesce(v.agency_id, p.agency_id, s.agency_id, d.agency_id) as agency_id, h.subject_id
  from unnest(%(objects)s::uuid[], %(subjects)s::uuid[]) as h(object_id, subject_id)
  left join vehicle v on v.id = h.object_id left join party p on p.id = h.object_id
  left join ship s on s.id = h.object_id left join practitioner d on d.id = h.object_id)"""
_OF_NUMBERS = """with met as (
  select %(kind)s as kind, number, color, number as label, %(category)s as category, %(agency)s::int as agency_id,
    %(subject)s::uuid as subject_id from unnest(%(numbers)s::text[], %(colors)s::text[]) as n(number, color))"""


def met(work: Work, named: Sequence[tuple[UUID, UUID]], what: str) -> list[Row]:
    """Objects of one's own register (object, record it is named in): what one watches oneself raises an alert (`hits`); what another
    agency watches and has published raises one here and is a sighting there. Rows: published_by, met_by (this agency's name), to
    whom it is news. `what` says without names where. One statement."""
    if not named:
        return []
    told = {
        "ids": [uuid7() for _ in named],
        "objects": [one for one, _ in named],
        "subjects": [record for _, record in named],
    }
    at = {"what": what, "rule": RULE, "at": work.now, "today": work.today, "alert": True}
    return work.rows(f"{_OF_OBJECTS}, own as ({_HIT}){_SIGHTED}", {**told, **at})


def met_numbers(
    work: Work,
    where: tuple[int, str],
    kind: str,
    numbers: Sequence[tuple[str, str | None]],
    what: str,
    subject: UUID | None = None,
) -> list[Row]:
    """As `met`, by number (and colour of plate): what was checked or passed need not stand in one's own register. `where`: agency and
    category. No alert: whoever checks reads it in the answer."""
    if not numbers:
        return []
    told = {
        "kind": kind, "agency": where[0], "category": where[1], "subject": subject, "alert": False,
        "numbers": [number for number, _ in numbers], "colors": [color for _, color in numbers],
    }  # fmt: skip
    return work.rows(_OF_NUMBERS + _SIGHTED, {**told, "what": what, "rule": RULE, "at": work.now, "today": work.today})


def put(work: Work, about: Row, reason: str, until: datetime) -> UUID:
    """Puts an object (`about` as of `supervised.get`) on the list until an instant. One entry at a time."""
    wrong = {}
    if not reason.strip():
        wrong["reason"] = "请写明列入名单的理由"
    if until <= work.now:
        wrong["until"] = "期限应晚于现在"
    if wrong:
        raise InvalidAnswers(wrong)
    work.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"watch:{about['id']}",))
    if work.rows(
        "select 1 as found from watch_entry where object_id = %s and removed_at is null and until > %s limit 1",
        (about["id"], work.now),
    ):
        raise Refusal("该对象已在名单中", remedy="如需变更理由或期限,请先移出再列入")
    made = uuid7()
    work.execute(
        """insert into watch_entry (id, agency_id, category, object_kind, object_id, label, reason, since, until, put_by, number, color)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            made,
            about["agency_id"],
            about["category"],
            about["kind"],
            about["id"],
            about["label"],
            reason.strip(),
            work.now,
            until,
            work.person.id,
            *supervised.identity_of(about),
        ),
    )
    return made


def remove(work: Work, entry_id: UUID, reason: str) -> Row:
    """Takes an entry off the list, with the reason; the entry stays in the object's history."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明移出名单的理由"})
    row = work.one("select * from watch_entry where id = %s for update", (entry_id,))
    if row is None:
        raise NotFound("名单中没有这一条,或不在您的查看范围内", remedy="请刷新名单")
    if row["removed_at"] is not None or row["until"] <= work.now:
        raise Refusal("这一条已经移出或者到期", remedy="请刷新名单")
    work.execute(
        "update watch_entry set removed_at = %s, removed_by = %s, remove_reason = %s where id = %s",
        (work.now, work.person.id, reason.strip(), entry_id),
    )
    work.execute("update watch_notice set ended_at = %s where entry_id = %s and ended_at is null", (work.now, entry_id))
    return row


def entry(work: Work, entry_id: UUID) -> Row:
    """An entry in scope. `NotFound`."""
    row = work.one("select * from watch_entry where id = %s", (entry_id,))
    if row is None:
        raise NotFound("名单中没有这一条,或不在您的查看范围内", remedy="请刷新名单")
    return row


def publish(work: Work, row: Row, reason: str) -> None:
    """Lets every agency of the category know of an entry (`row` as of `entry`) that is in force, in these words; once."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明向其他机构公开的理由"})
    if row["removed_at"] is not None or row["until"] <= work.now:
        raise Refusal("这一条已经移出或者到期,不能公开", remedy="请刷新名单")
    if row["number"] is None:
        raise Refusal("该对象没有号码,其他机构无从对应", remedy="请先登记其信用代码、证号或者编号")
    made = work.rows(
        """insert into watch_notice (entry_id, owner_id, category, object_kind, number, color, reason, until, published_by, published_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (entry_id) do nothing returning 1 as made""",
        (
            row["id"], row["agency_id"], row["category"], row["object_kind"], row["number"], row["color"], reason.strip(),
            row["until"], work.person.id, work.now,
        ),
    )  # fmt: skip
    if not made:
        raise Refusal("这一条已经公开", remedy="如需变更公开的理由,请移出后重新列入")


# Of the same object in other agencies' rows: whole for whoever stands above that agency (row-level security), else what it published.
_ELSEWHERE = """select * from (
  select a.name as agency, e.reason, e.until, false as published from watch_entry e join agency a on a.id = e.agency_id
    where e.object_kind = %(kind)s and e.number = %(number)s and e.color is not distinct from %(color)s
      and e.category = %(category)s and e.object_id is distinct from %(id)s and e.since <= %(at)s and e.until > %(at)s
      and (e.removed_at is null or e.removed_at > %(at)s)
  union all
  select a.name, n.reason, n.until, true from watch_notice n join agency a on a.id = n.owner_id
    where n.object_kind = %(kind)s and n.number = %(number)s and n.color is not distinct from %(color)s
      and n.category = %(category)s and n.owner_id <> all(%(scope)s) and n.published_at <= %(at)s and n.until > %(at)s
      and (n.ended_at is null or n.ended_at > %(at)s)) w
order by agency, until limit 20"""


def send_elsewhere(
    work: Work,
    kind: str,
    number: tuple[str | None, str | None],
    category: str,
    *,
    besides: UUID | None,
    at: datetime,
) -> Any:
    """Asks who else watches the object of this number (and colour, `supervised.identity_of`) at an instant; `work.read` gives
    agency, reason, until, published."""
    told = {"kind": kind, "number": number[0], "color": number[1], "category": category, "id": besides, "at": at}
    return work.send(_ELSEWHERE, {**told, "scope": list(work.person.scope)})


def listed(work: Work, limit: int, after: UUID | None, *, ended: bool) -> list[Row]:
    """Entries in scope, newest first; those that ended only when asked for."""
    return work.rows(
        f"""select id, agency_id, category, object_kind, object_id, label, reason, since, until, put_by, removed_at, remove_reason,
          (select n.reason from watch_notice n where n.entry_id = e.id and n.ended_at is null) as published,
          (select coalesce(jsonb_agg(to_jsonb(s) order by s.met_at desc), '[]') from (
            select a.name as agency, g.what, g.met_at from watch_sighting g join agency a on a.id = g.agency_id
            where g.entry_id = e.id order by g.met_at desc limit 5) s) as sightings
        from watch_entry e where agency_id = any(%s) and (%s::uuid is null or id < %s)
        {"" if ended else "and removed_at is null and until > %s"} order by id desc limit %s""",
        (list(work.person.scope), after, after, *(() if ended else (work.now,)), limit),
    )


def hits(work: Work, named: Sequence[tuple[UUID, UUID]], what: str) -> None:
    """Raises an alert for every watched object among those that something names: (object, record it is named in). One statement.

    The same entry and record raise one alert. `what` says in words what names it.
    """
    if not named:
        return
    work.execute(
        _HIT,
        {
            "ids": [uuid7() for _ in named],
            "objects": [object_id for object_id, _ in named],
            "subjects": [subject_id for _, subject_id in named],
            "rule": RULE,
            "what": what,
            "at": work.now,
        },
    )


_PASSED = """select distinct v.id from unnest(%(plates)s::text[], %(colors)s::text[]) as p(plate, color)
join vehicle v on v.agency_id = %(agency)s and v.category = %(category)s and v.plate = p.plate and v.plate_color = p.color
join watch_entry e on e.object_id = v.id and e.removed_at is null and e.until > %(at)s"""


def watched_vehicles(work: Work, agency_id: int, category: str, plates: Sequence[tuple[str, str]]) -> list[UUID]:
    """Those of the vehicles (plate, colour) that are on the list now. One statement."""
    rows = work.rows(
        _PASSED,
        {
            "plates": [plate for plate, _ in plates],
            "colors": [color for _, color in plates],
            "agency": agency_id,
            "category": category,
            "at": work.now,
        },
    )
    return [row["id"] for row in rows]
