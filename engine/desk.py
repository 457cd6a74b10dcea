"""How a person keeps his desk: what he has seen, dates of his own, the searches and columns he wants, shared with his unit or not.

None of it changes a case, and nobody else's desk is anybody's business: every statement names the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from engine import inbox, news
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound
from kernel.ids import as_uuid, uuid7
from kernel.work import Row, Work

Json = dict[str, Any]
MOST_FILTERS = 50
_SEEN = """insert into task_mark (person_id, item_id, seen_at) select %(me)s, wi.id, %(now)s from work_item wi where wi.id = any(%(items)s)
on conflict (person_id, item_id) do update set seen_at = coalesce(task_mark.seen_at, excluded.seen_at)"""
_UNSEEN = "update task_mark set seen_at = null where person_id = %(me)s and item_id = any(%(items)s)"
_OWN_DATE = """insert into task_mark (person_id, item_id, own_date) values (%(me)s, %(item)s, %(date)s)
on conflict (person_id, item_id) do update set own_date = excluded.own_date"""
_FILTERS = """select f.id, f.name, f.box, f.query, f.shared, f.owner_id = %(me)s as own, o.name as owner from (
  select * from saved_filter where owner_id = %(me)s union
  select * from saved_filter where shared and agency_id = %(agency)s) f join officer o on o.id = f.owner_id
order by f.owner_id <> %(me)s, f.name, f.id limit 200"""
_KEEP = """insert into saved_filter (id, agency_id, owner_id, name, box, query, shared, made_at)
select %(id)s, %(agency)s, %(me)s, %(name)s, %(box)s, %(query)s, %(shared)s, %(now)s
where (select count(*) from saved_filter where owner_id = %(me)s and name <> %(name)s) < %(most)s
on conflict (owner_id, name) do update set box = excluded.box, query = excluded.query, shared = excluded.shared returning id"""
_DESK = "select columns, email, mail, quiet from desk where person_id = %s"
_PUT = """insert into desk (person_id, columns, email, mail, quiet) values (%(me)s, %(columns)s, %(email)s, %(mail)s, %(quiet)s)
on conflict (person_id) do update set columns = excluded.columns, email = excluded.email, mail = excluded.mail, quiet = excluded.quiet"""
_NEW: Json = {"columns": {}, "email": None, "mail": [], "quiet": True}


@command(may="task.claim", hot=True)
def mark_seen(work: Work, task_ids: Sequence[str], seen: bool = True) -> Json:
    """These tasks are no longer (or again) unread for this person; the first time counts."""
    items = [as_uuid(one) for one in task_ids]
    work.execute(_SEEN if seen else _UNSEEN, {"me": work.person.id, "now": work.now, "items": items})
    return {"marked": len(items)}


@command(may="task.claim", subject="task_id")
def set_own_date(work: Work, task_id: str, on: date | None) -> Json:
    """A date that the person set himself for a task; it changes no period of the law and nobody else's list."""
    row = inbox.get(work, as_uuid(task_id))
    if on is not None and on < work.today:
        raise InvalidAnswers({"on": "自定日期不得早于今天"})
    work.execute(_OWN_DATE, {"me": work.person.id, "item": row["id"], "date": on})
    return {"id": str(row["id"]), "on": on}


# ---------------------------------------------------------------------- saved searches
def filters(work: Work) -> list[Row]:
    """One's own saved searches, then those that colleagues of the same agency share. One statement."""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        return work.rows(_FILTERS, {"me": work.person.id, "agency": work.person.agency_id})


@command(may="task.claim")
def keep_filter(work: Work, name: str, box: str, query: Mapping[str, Any], shared: bool = False) -> Json:
    """Keeps a search under a name; the same name again replaces it. `shared`: colleagues of one's agency see it too."""
    if not name.strip() or len(name) > 40:
        raise InvalidAnswers({"name": "名称须为 1 至 40 个字"})
    given = {
        "me": work.person.id,
        "agency": work.person.agency_id,
        "now": work.now,
        "id": uuid7(),
        "most": MOST_FILTERS,
    }
    more = {"name": name.strip(), "box": box, "query": orjson.dumps(dict(query)).decode(), "shared": shared}
    row = work.one(_KEEP, {**given, **more})
    if row is None:
        raise InvalidAnswers({"name": f"最多收藏 {MOST_FILTERS} 个查找,请先删除不用的"})
    return {"id": str(row["id"])}


@command(may="task.claim", subject="filter_id")
def drop_filter(work: Work, filter_id: str) -> Json:
    """One's own only."""
    gone = work.rows(
        "delete from saved_filter where id = %s and owner_id = %s returning id", (as_uuid(filter_id), work.person.id)
    )
    if not gone:
        raise NotFound("没有这个收藏,或者它是同事的", remedy="请刷新页面")
    return {"id": filter_id}


# ---------------------------------------------------------------------- columns, news by mail
def my_desk(work: Work) -> Json:
    """How this person wants the desk: columns of each list, address, kinds of news that go by mail, quiet outside hours."""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        row = work.one(_DESK, (work.person.id,))
    return {**(row or _NEW), "kinds": dict(news.KINDS)}


@command(may="task.claim")
def set_desk(
    work: Work, columns: Mapping[str, Sequence[str]] | None = None, mail: Mapping[str, Any] | None = None
) -> Json:
    """Changes the columns, or what goes by mail (`email`, `kinds`, `quiet`); what is not given stays."""
    now = work.one(f"{_DESK} for update", (work.person.id,)) or _NEW
    sent = mail or {"email": now["email"], "kinds": now["mail"], "quiet": now["quiet"]}
    unknown = [kind for kind in sent["kinds"] if kind not in news.KINDS]
    if unknown:
        raise InvalidAnswers({"kinds": f"没有这类通知“{unknown[0]}”"})
    if sent["email"] and not news.is_address(sent["email"]):
        raise InvalidAnswers({"email": "邮箱地址的格式不正确"})
    if sent["kinds"] and not sent["email"]:
        raise InvalidAnswers({"email": "请填写接收通知的邮箱地址"})
    work.execute(_PUT, {
        "me": work.person.id, "columns": orjson.dumps(now["columns"] if columns is None else dict(columns)).decode(),
        "email": sent["email"] or None, "mail": list(sent["kinds"]), "quiet": sent["quiet"],
    })  # fmt: skip
    return {"saved": True}
