"""News: what a person is told – in the page, and by mail when he asked for it and the node has a mail server.

A row of news holds the step and the record's number, no name of a party: it may leave the house. Whoever acts himself is
not told. Rows are made in the transaction of the act they speak of; who sends mail is `api.mailing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from engine import release_store
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers
from kernel.ids import as_mark, as_uuid, uuid7
from kernel.work import SYSTEM_ID, Row, Work
from registers import officer

Json = dict[str, Any]
KINDS: Final[Mapping[str, str]] = {
    "given": "任务转到、退回到、委派到我名下",
    "sign": "请我会签",
    "cc": "案件抄送给我",
    "urge": "催办",
    "due": "名下任务的期限临近或者超期",
    "absence": "请我代理",
    "dossier": "案卷的查阅、调阅、补充归档待我审批,或我的申请有了结果",
    "loan": "借出的财物、案卷逾期未还",
    "money": "退款、抵缴待我审批,或我的申请有了结果",
    "watch": "我公开的重点监管对象被其他机构遇到",
}
_ADDRESS = re.compile(r"[^@\s,;<>]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_TELL = """insert into notification (id, person_id, kind, text, link, made_at, mail_at)
select t.id, t.person, t.kind, t.text, t.link, %(now)s,
  case when exists (select 1 from desk d where d.person_id = t.person and d.email is not null and t.kind = any(d.mail)) then %(now)s end
from jsonb_to_recordset(%(news)s::jsonb) as t(id uuid, person uuid, kind text, text text, link text)"""
_LIST = """select id, kind, text, link, made_at, read_at from notification where person_id = %(me)s
and (%(after)s::uuid is null or id < %(after)s) order by id desc limit %(limit)s"""
_READ = "update notification set read_at = %(now)s where person_id = %(me)s and read_at is null"


def is_address(text: str) -> bool:
    """Could a mail be sent there?"""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True)
class News:
    """One thing to tell one person; `link` is an address of the page."""

    person: UUID | None
    kind: str
    text: str
    link: str


def tell(work: Work, told: Iterable[News]) -> None:
    """One statement for all of them; whoever acts himself is not told, nor the system, and without anybody nothing is asked."""
    rows = [
        {"id": uuid7(), "person": one.person, "kind": one.kind, "text": one.text[:500], "link": one.link}
        for one in told
        if one.person not in (None, SYSTEM_ID, work.person.id)
    ]
    if rows:
        work.execute(_TELL, {"news": orjson.dumps(rows).decode(), "now": work.now})


def of_task(person: UUID | None, kind: str, text: str, row: Row) -> News:
    """News about a work item (id, subject_id, name); `{task}` in the text stands for its name."""
    link = f"/cases/{row['subject_id']}/tasks/{row['id']}"
    return News(person, kind, text.replace("{task}", f"“{row['name']}”"), link)


def tell_holders(work: Work, right: str, row: Row, kind: str, text: str, link: str) -> None:
    """Whoever holds the right at the agency of `row` (agency_id, category) today is told that something waits for him."""
    policy = work.node.policy
    roles = [role for role in release_store.current(work).permissions.roles if right in policy.verbs(role)]
    told = officer.holders(work, roles, row["agency_id"], row["category"])
    tell(work, [News(one, kind, text, link) for one in told])


def of_sightings(work: Work, found: Iterable[Row], what: str) -> None:
    """Whoever published an entry of the watch list learns that another agency met the object (rows of `watch_list.met`)."""
    tell(
        work,
        [
            News(
                one["published_by"], "watch", f"{one['met_by']}遇到贵机构公开的重点监管对象({what})", "/objects/watched"
            )
            for one in found
        ],
    )


def listed(work: Work, limit: int = 50, after: str | None = None) -> Json:
    """A page of one's own news, newest first."""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        asked = {"me": work.person.id, "after": as_mark(after), "limit": limit + 1}
        rows = work.rows(_LIST, asked)
    more = len(rows) > limit
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if more else None}


@command(may="task.claim", hot=True)
def read_news(work: Work, ids: Iterable[str] | None = None) -> Json:
    """These (or all) are read; what is not one's own is passed over."""
    if ids is None:
        work.execute(_READ, {"me": work.person.id, "now": work.now})
        return {"marked": None}
    wanted = [as_uuid(one) for one in ids]
    if len(wanted) > 500:
        raise InvalidAnswers({"ids": "一次最多 500 条"})
    work.execute(f"{_READ} and id = any(%(ids)s)", {"me": work.person.id, "now": work.now, "ids": wanted})
    return {"marked": len(wanted)}
