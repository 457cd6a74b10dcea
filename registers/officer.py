"""Officers (执法人员): who they are, what they may act on, and whether their certificate held at the time of an act.

`staffing_type` and `status` are codes of STAFFING_TYPE and OFFICER_STATUS. Everyone logged in sees names and agencies;
identity numbers are masked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import TypedDict
from uuid import UUID

import sqlalchemy as sa
from psycopg.types.json import Jsonb

from kernel.errors import NotFound, Refusal
from kernel.work import LOCAL, Row, Work, array_of
from registers import masking

ON_DUTY = "1"  # OFFICER_STATUS 在岗
THREE = frozenset({"system_admin", "security_admin", "audit_admin"})


class Acting(TypedDict):
    """One officer as a guard sees him. `certificate_valid` at the instant of the act, `category_covered` by that certificate."""

    id: str
    name: str
    agency_id: int
    staffing_type: str
    status: str
    certificate_no: str | None
    certificate_kind: str | None
    certificate_valid: bool
    category_covered: bool


ACTING = """select o.id, o.name, o.agency_id, o.staffing_type, o.status, c.certificate_no, c.kind as certificate_kind,
  coalesce(c.valid, false) as certificate_valid, coalesce(c.covered, false) as category_covered,
  o.facts->'recusal_relations' as recusal_relations, o.facts->>'annual_review_result' as annual_review_result,
  o.facts->'law_qualified' as law_qualified, o.facts->'legal_review_first' as legal_review_first,
  (select %(agency)s::int is null or %(agency)s = any(a.path) or a.id = any((select b.path from agency b where b.id = %(agency)s)::int[])
    from agency a where a.id = o.agency_id) as area_covered
from unnest(%(ids)s::uuid[]) with ordinality as asked (id, place)
join officer o on o.id = asked.id
left join lateral (
  select k.certificate_no, k.kind, k.valid_to, %(category)s = any(k.categories) as covered,
    %(day)s between k.valid_from and k.valid_to and coalesce((select s.status from certificate_status s
      where s.certificate_id = k.id and s.since <= %(at)s order by s.since desc limit 1), '') = 'normal' as valid
  from certificate k where k.officer_id = o.id
  ) c on true
order by asked.place, (coalesce(c.valid, false) and coalesce(c.covered, false)) desc, coalesce(c.valid, false) desc,
  c.valid_to desc nulls last"""


def acting(work: Work, officer_ids: Iterable[UUID | str], at: datetime, category: str) -> list[Row]:
    """Each of these officers once (`Acting`), in the order given, with the best certificate he held at `at`. One query.

    Valid: `at` lies within the certificate's dates and its status at `at` was 正常 (its first status row begins it).
    Ids that are no officer's are left out.
    """
    return best(work.rows(ACTING, asked(officer_ids, at, category)))


def asked(officer_ids: Iterable[UUID | str], at: datetime, category: str, agency_id: int | None = None) -> Row:
    """The values of `ACTING`. Its rows also have what risk rules ask of the register: `area_covered` (the agency of the case,
    `agency_id`, lies above or below the officer's own), `recusal_relations`, `annual_review_result`, `law_qualified`,
    `legal_review_first`.
    """
    ids = list(dict.fromkeys(id_ for i in officer_ids if (id_ := _uuid(i)) is not None))
    return {
        "ids": array_of(map(str, ids)),
        "at": at,
        "day": at.astimezone(LOCAL).date(),
        "category": category,
        "agency": agency_id,
    }


def best(rows: Iterable[Row]) -> list[Row]:
    """Of the rows of `ACTING` the first of each officer."""
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(str(row["id"]), {**row, "id": str(row["id"])})
    return list(found.values())


def _uuid(text: UUID | str) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def add(
    work: Work,
    *,
    id: UUID,
    agency_id: int,
    name: str,
    id_number: str | None,
    staffing_type: str,
    status: str = ON_DUTY,
    facts: object = None,
) -> None:
    """A new officer. `id_number` is already checked (content.elements)."""
    work.execute(
        """insert into officer (id, agency_id, name, id_number, staffing_type, status, facts)
        values (%s, %s, %s, %s, %s, %s, %s)""",
        (id, agency_id, name, id_number, staffing_type, status, Jsonb(facts or {})),
    )


def get(work: Work, officer_id: UUID) -> Row:
    """The officer's row, the identity number masked."""
    row = work.one("select * from officer where id = %s", (officer_id,))
    if row is None:
        raise NotFound("没有这名执法人员")
    return masking.masked_row(row, {"id_number": "id"})


def set_status(work: Work, officer_id: UUID, status: str) -> None:
    """在岗, 借调, 停职 … From the next act on it counts: there is nothing to synchronise."""
    if not work.rows("update officer set status = %s where id = %s returning id", (status, officer_id)):
        raise NotFound("没有这名执法人员")


_OFFICER = sa.table("officer", *(sa.column(c) for c in ("id", "agency_id", "name", "staffing_type", "status")))


def transfer(work: Work, officer_id: UUID, agency_id: int) -> None:
    """To another agency. What he was granted at the old one ends: the new one grants anew."""
    if not work.rows("update officer set agency_id = %s where id = %s returning id", (agency_id, officer_id)):
        raise NotFound("没有这名执法人员")
    work.execute("delete from role_grant where officer_id = %s", (officer_id,))


def grants(work: Work, officer_ids: Iterable[UUID]) -> list[Row]:
    """What these officers were granted: officer_id, role, agency_id, reach, categories, valid_from, valid_to."""
    return work.rows(
        """select officer_id, role, agency_id, reach, categories, valid_from, valid_to from role_grant
        where officer_id = any(%s) order by officer_id, role, agency_id""",
        (list(officer_ids),),
    )


def listed(
    work: Work,
    *,
    name: str | None = None,
    agency_id: int | None = None,
    limit: int = 50,
    after: tuple[str, UUID] | None = None,
) -> list[Row]:
    """Officers of the agencies in scope by name; `after` is (name, id) of the last row of the page before."""
    o = _OFFICER.c
    query = sa.select(_OFFICER).where(o.agency_id.in_(work.person.scope)).order_by(o.name, o.id)
    if agency_id is not None:
        query = query.where(o.agency_id == agency_id)
    if name:
        query = query.where(o.name == name)
    if after:
        query = query.where(sa.tuple_(o.name, o.id) > sa.tuple_(sa.literal(after[0]), sa.cast(after[1], sa.Uuid())))
    return work.select(query.limit(min(max(limit, 1), 200)))


def names(work: Work, officer_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Id → name, in one query."""
    ids = list(set(officer_ids))
    return {r["id"]: r["name"] for r in work.rows("select id, name from officer where id = any(%s)", (ids,))}


def with_role(work: Work, role: str | None, agency_id: int, category: str, day: date) -> list[Row]:
    """Officers on duty who hold the role (None: any) for this agency and category on that day: id, name, agency_id, agency (its
    name), certificate_no and certificate: normal, uncovered (another category), early, expired, none, or what became of it.
    """
    return work.rows(
        """select p.*, u.name as agency, c.certificate_no, coalesce(c.state, 'none') as certificate from (
        select distinct o.id, o.name, o.agency_id from role_grant g join officer o on o.id = g.officer_id
        join agency a on a.id = %(agency)s
        where (%(role)s::text is null or g.role = %(role)s) and %(category)s = any(g.categories) and o.status in ('1', '2')
          and g.valid_from <= %(day)s and (g.valid_to is null or g.valid_to >= %(day)s)
          and (g.agency_id = a.id or (g.reach = 'tree' and g.agency_id = any(a.path)))) p
        join agency u on u.id = p.agency_id
        left join lateral (select * from (select k.certificate_no, k.valid_to, case when s.status <> 'normal' then s.status
            when %(day)s > k.valid_to then 'expired' when %(day)s < k.valid_from then 'early'
            when not %(category)s = any(k.categories) then 'uncovered' else 'normal' end as state
          from certificate k left join lateral (select status from certificate_status where certificate_id = k.id
            and (since at time zone 'Asia/Shanghai')::date <= %(day)s order by since desc limit 1) s on true
          where k.officer_id = p.id) held order by state = 'normal' desc, valid_to desc limit 1) c on true
        order by p.name, p.id""",
        {"agency": agency_id, "role": role, "category": category, "day": day},
    )


def holders(work: Work, roles: Collection[str], agency_id: int, category: str) -> list[UUID]:
    """Who holds one of the roles in the agency for the category today and is on duty, each once."""
    rows = work.rows(
        """select distinct o.id from role_grant g join officer o on o.id = g.officer_id where g.role = any(%(roles)s)
        and g.agency_id = %(agency)s and %(category)s = any(g.categories) and o.status in ('1', '2')
        and g.valid_from <= %(day)s and (g.valid_to is null or g.valid_to >= %(day)s) order by o.id""",
        {"roles": list(roles), "agency": agency_id, "category": category, "day": work.today},
    )
    return [row["id"] for row in rows]


def grant_role(
    work: Work,
    officer_id: UUID,
    role: str,
    agency_id: int,
    categories: Iterable[str],
    *,
    reach: str = "own",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> None:
    """Gives a role for an agency (`reach` own or tree) and categories; replaces an earlier grant of the same role there.

    The three administrators (系统、安全、审计) exclude each other: one person holds at most one of them, anywhere.
    """
    if role in THREE:
        others = work.rows(
            "select role from role_grant where officer_id = %s and role = any(%s) and (role, agency_id) <> (%s, %s)",
            (officer_id, sorted(THREE), role, agency_id),
        )
        if others:
            raise Refusal(
                "系统管理员、安全管理员、审计管理员相互独立,一人不得兼任", remedy="请先撤销原有管理员授权,或另选人员"
            )
    work.execute(
        """insert into role_grant (officer_id, role, agency_id, reach, categories, valid_from, valid_to)
        values (%s, %s, %s, %s, %s, %s, %s) on conflict (officer_id, role, agency_id) do update set reach = excluded.reach,
        categories = excluded.categories, valid_from = excluded.valid_from, valid_to = excluded.valid_to""",
        (officer_id, role, agency_id, reach, sorted(categories), valid_from or work.today, valid_to),
    )


def revoke_role(work: Work, officer_id: UUID, role: str, agency_id: int) -> None:
    """Takes a role away at once."""
    if not work.rows(
        "delete from role_grant where officer_id = %s and role = %s and agency_id = %s returning role",
        (officer_id, role, agency_id),
    ):
        raise NotFound("此人没有这项授权")
