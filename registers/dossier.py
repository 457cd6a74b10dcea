"""Dossiers (案卷): what was sealed, where it is kept and how long; who asked to read it, read it, borrowed it.

A sealed dossier never changes and is never deleted here; a case sealed again has another part. Each happening is an event.
What its papers and evidence may still become is guarded in the database (`zc.guard_sealed`); `demand_open` says so first.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers.case import NARROW

STATES = {"kept": "在库", "lent": "借出", "destroyed": "已登记销毁"}
_LISTED = """d.id, d.agency_id, d.category, d.case_id, d.part, d.archive_no, d.case_number, d.title, d.procedure_type, d.year, d.pages,
d.files, d.sealed_at, d.retention_years, d.retention_permanent, d.retention_unconfirmed, d.retain_until, d.location, d.state, d.version"""
_COLUMNS = """id, agency_id, category, case_id, part, archive_no, case_number, title, procedure_type, year, pages, files, volumes, missing,
package_sha256, package_sm3, package_size, keys, sealed_at, sealed_by, effect_key, reason, retention_rule, retention_years, retain_until,
retention_unconfirmed"""


def insert(work: Work, row: Row) -> UUID:
    """Enters a dossier that was sealed now, with its first event; `row` has the columns of the table without id and seal."""
    full = {
        "id": uuid7(),
        "sealed_at": work.now,
        "sealed_by": work.person.id,
        **dict.fromkeys(("reason", "retention_rule", "retention_years", "retain_until", "retention_unconfirmed")),
        **row,
    }
    full |= {"volumes": Jsonb(row["volumes"]), "missing": Jsonb(row["missing"])}
    names = [name.strip() for name in _COLUMNS.split(",")]
    work.execute(
        f"insert into dossier ({_COLUMNS}) values ({', '.join(f'%({name})s' for name in names)})",
        {name: full[name] for name in names},
    )
    event(work, full, "sealed", f"第 {row['part']} 部分,{row['files']} 个文件,{row['pages']} 页")
    return UUID(str(full["id"]))


def by_effect(work: Work, effect_key: str) -> Row | None:
    """The dossier that this very sealing made."""
    return work.one("select * from dossier where effect_key = %s", (effect_key,))


def latest(work: Work, case_id: UUID) -> Row | None:
    """The newest part of a case's dossier."""
    return work.one("select * from dossier where case_id = %s order by part desc limit 1", (case_id,))


def parts(work: Work, case_id: UUID) -> list[Row]:
    """Every sealed part of a case's dossier in order: id, part, reason, sealed_at."""
    return work.rows("select id, part, reason, sealed_at from dossier where case_id = %s order by part", (case_id,))


def sealed_whole(work: Work, case_id: UUID) -> Row | None:
    """The newest part, when nothing has come to the case since: then it is the dossier as it stands."""
    return work.one(
        """select * from (select * from dossier where case_id = %(id)s order by part desc limit 1) d
        where not exists (select 1 from document where case_id = %(id)s and made_at > d.sealed_at)
          and not exists (select 1 from evidence where case_id = %(id)s and received_at > d.sealed_at)""",
        {"id": case_id},
    )


def demand_open(work: Work, case_id: UUID) -> None:
    """Refuses when the case is sealed and no later proceeding on it runs: nothing may be added but with a reason."""
    row = work.one(
        """select d.sealed_at from dossier d where d.case_id = %(id)s
          and coalesce(current_setting('app.supplement', true), '') <> %(text)s
          and not exists (select 1 from process_instance where subject_id = %(id)s and started_at > d.sealed_at
            and status in ('running', 'suspended', 'incident')) order by d.part desc limit 1""",
        {"id": case_id, "text": str(case_id)},
    )
    if row is not None:
        raise Refusal("案卷已归档封存,不能再增加文书和证据", remedy="请由档案管理人员办理补充归档并写明理由")


def allow_supplement(work: Work, case_id: UUID) -> None:
    """For the rest of this transaction material may be added to this sealed case."""
    work.execute("select set_config('app.supplement', %s, true)", (str(case_id),))


def get(work: Work, dossier_id: UUID, *, lock: bool = False) -> Row:
    """The row; `NotFound` also outside the scope."""
    row = work.one(f"select * from dossier where id = %s{' for update' if lock else ''}", (dossier_id,))
    if row is None:
        raise NotFound("没有这份案卷,或不在您的查看范围内")
    return row


def event(work: Work, dossier: Row, what: str, detail: str = "") -> None:
    """Adds what happened to a dossier."""
    work.execute(
        """insert into dossier_event (id, agency_id, category, dossier_id, at, person_id, event, detail)
        values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            uuid7(),
            dossier["agency_id"],
            dossier["category"],
            dossier["id"],
            work.now,
            work.person.id,
            what,
            detail,
        ),
    )


def events(work: Work, dossier_id: UUID, limit: int, after: UUID | None) -> list[Row]:
    """What happened to a dossier, newest first."""
    return work.rows(
        """select e.id, e.at, e.event, e.detail, o.name as person from dossier_event e
        left join officer o on o.id = e.person_id
        where e.dossier_id = %(id)s and (%(after)s::uuid is null or e.id < %(after)s) order by e.id desc limit %(limit)s""",
        {"id": dossier_id, "after": after, "limit": limit},
    )


def page(
    work: Work,
    *,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    archive_no: str | None = None,
    year: int | None = None,
    category: str | None = None,
    state: str | None = None,
) -> list[Row]:
    """Dossiers in scope, newest first; with an archive number those of that number."""
    asks = {
        "limit": limit,
        "at": after[0] if after else None,
        "id": after[1] if after else None,
        "no": archive_no,
        "year": year,
        "category": category,
        "state": state,
    }
    where = "true"
    where += " and (d.sealed_at, d.id) < (%(at)s, %(id)s)" if after else ""
    where += " and d.archive_no = %(no)s" if archive_no else ""
    where += " and d.year = %(year)s" if year else ""
    where += " and d.category = %(category)s" if category else ""
    where += " and d.state = %(state)s" if state else ""
    order = "order by d.sealed_at desc, d.id desc limit %(limit)s"
    agencies = work.person.scope
    if len(agencies) > NARROW:
        return work.rows(f"select {_LISTED} from dossier d where {where} {order}", asks)
    branch = f"select {_LISTED} from dossier d where d.agency_id = a and {where} {order}"
    return work.rows(
        f"select d.* from unnest(%(agencies)s::int[]) a cross join lateral ({branch}) d {order}",
        {**asks, "agencies": list(agencies)},
    )


def unbound(work: Work) -> list[Row]:
    """The newest dossier of each case in scope where no volume has a PDF."""
    return work.rows(
        """select * from (select distinct on (case_id) id, agency_id, category, case_id, state, volumes from dossier
        order by case_id, part desc) d where state <> 'destroyed' and jsonb_array_length(volumes) > 0
        and not volumes @? '$[*].sha256 ? (@ != null)' order by id"""
    )


def due(work: Work, *, until: date, limit: int, after: tuple[date, UUID] | None = None) -> list[Row]:
    """Dossiers whose retention ends by a day and may be relied on, the earliest first."""
    more = "and (d.retain_until, d.id) > (%(day)s, %(id)s)" if after else ""
    return work.rows(
        f"""select {_LISTED} from dossier d where d.state <> 'destroyed' and d.retention_unconfirmed is null
        and d.retain_until is not null and d.retain_until <= %(until)s {more} order by d.retain_until, d.id limit %(limit)s""",
        {
            "until": until,
            "limit": limit,
            "day": after[0] if after else None,
            "id": after[1] if after else None,
        },
    )


def change(work: Work, row: Row, **columns: object) -> None:
    """Sets columns of a dossier that is locked and counts its version up."""
    sets = ", ".join(f"{name} = %({name})s" for name in columns)
    work.execute(f"update dossier set {sets}, version = version + 1 where id = %(id)s", {**columns, "id": row["id"]})


def statistics(work: Work, year: int | None = None) -> list[Row]:
    """Per agency, year and category: dossiers, pages, those lent now and destroyed, and how often they were used."""
    return work.rows(
        """select d.agency_id, a.name as agency, d.year, d.category, count(*) as dossiers, sum(d.pages)::bigint as pages,
          count(*) filter (where d.state = 'lent') as lent, count(*) filter (where d.state = 'destroyed') as destroyed,
          count(*) filter (where d.retention_permanent) as permanent, coalesce(sum(u.reads), 0)::bigint as reads,
          coalesce(sum(u.loans), 0)::bigint as loans, coalesce(sum(u.remote), 0)::bigint as remote
        from dossier d join agency a on a.id = d.agency_id
        left join (select dossier_id, sum(reads) as reads, count(*) filter (where kind = 'lend' and state in ('lent', 'ended')) as loans,
            count(*) filter (where kind = 'remote' and state in ('granted', 'ended')) as remote
          from dossier_use group by dossier_id) u on u.dossier_id = d.id
        where %(year)s::int is null or d.year = %(year)s
        group by d.agency_id, a.name, d.year, d.category order by d.agency_id, d.year desc, d.category limit 2000""",
        {"year": year},
    )


# ---------------------------------------------------------------------- uses
def add_use(work: Work, dossier: Row, columns: Row) -> UUID:
    """A use asked for (or, lent over the counter, begun); returns its id."""
    full = {
        "id": uuid7(),
        "agency_id": dossier["agency_id"],
        "category": dossier["category"],
        "dossier_id": dossier["id"],
        "asked_at": work.now,
        "asked_by": work.person.id,
        "state": "asked",
        **columns,
    }
    names = ", ".join(full)
    work.execute(f"insert into dossier_use ({names}) values ({', '.join(f'%({n})s' for n in full)})", full)
    return UUID(str(full["id"]))


def use(work: Work, use_id: UUID) -> Row:
    """A use, locked; `NotFound` also outside the scope."""
    row = work.one("select * from dossier_use where id = %s for update", (use_id,))
    if row is None:
        raise NotFound("没有这条利用记录,或不在您的查看范围内")
    return row


def set_use(work: Work, use_id: UUID, **columns: object) -> None:
    """Sets columns of a use that is locked."""
    sets = ", ".join(f"{name} = %({name})s" for name in columns)
    work.execute(f"update dossier_use set {sets} where id = %(id)s", {**columns, "id": use_id})


def granted_to_me(work: Work, dossier_id: UUID) -> Row | None:
    """A grant to read this dossier that has not run out: mine, or my agency's when it reads from afar; the longest."""
    return work.one(
        """select * from dossier_use where dossier_id = %(id)s and state = 'granted' and due_at > %(now)s
          and (reader_id = %(me)s or (reader_id is null and reader_agency_id = any(%(agencies)s)))
        order by due_at desc limit 1 for update""",
        {"id": dossier_id, "now": work.now, "me": work.person.id, "agencies": list(work.person.scope)},
    )


def uses(
    work: Work,
    *,
    limit: int,
    after: UUID | None,
    dossier_id: UUID | None = None,
    state: str | None = None,
    mine: bool = False,
    overdue: bool = False,
) -> list[Row]:
    """Uses in scope, newest first: of a dossier, of a state, one's own, or loans past their day."""
    where = "true"
    where += " and u.id < %(after)s" if after else ""
    where += " and u.dossier_id = %(dossier)s" if dossier_id else ""
    where += " and u.state = %(state)s" if state else ""
    where += " and u.reader_id = %(me)s" if mine else ""
    where += " and u.state = 'lent' and u.due_at < %(now)s" if overdue else ""
    return work.rows(
        f"""select u.id, u.dossier_id, d.case_id, d.part, d.archive_no, d.case_number, d.title, u.kind, u.volumes, u.reader_id, u.reader_name,
          u.reader_agency_id, a.name as reader_agency, u.purpose, u.days, u.asked_at, u.state, u.decided_at, u.reason, u.due_at,
          u.ended_at, u.reads from dossier_use u join dossier d on d.id = u.dossier_id
        join agency a on a.id = u.reader_agency_id where {where} order by u.id desc limit %(limit)s""",
        {
            "limit": limit,
            "after": after,
            "dossier": dossier_id,
            "state": state,
            "me": work.person.id,
            "now": work.now,
        },
    )


def lent_late(work: Work, agency_id: int) -> list[Row]:
    """What an agency lent and is not back after its term: dossier, term, who has it, who lent it."""
    return work.rows(
        """select d.id, d.archive_no, u.due_at, u.reader_id, u.decided_by from dossier_use u join dossier d on d.id = u.dossier_id
        where u.agency_id = %s and u.state = 'lent' and u.due_at < %s order by u.id""",
        (agency_id, work.now),
    )


# ---------------------------------------------------------------------- lists for destruction and prolongation
def make_list(work: Work, agency_id: int, kind: str, years: int | None, reason: str, dossiers: list[UUID]) -> UUID:
    """A list of dossiers whose retention has ended. Refuses, naming each, those whose has not and those on another open list."""
    rows = work.rows(
        """select d.*, l.list_id from dossier d left join dossier_listed l on l.dossier_id = d.id and l.open
        where d.id = any(%s) and d.agency_id = %s order by d.id for update of d""",
        (dossiers, agency_id),
    )
    if len(rows) < len(set(dossiers)):
        raise NotFound("有的案卷不存在,或者不属于这个机构")
    wrong = {str(row["id"]): fault for row in rows if (fault := _not_due(row, work.today))}
    if wrong:
        raise InvalidAnswers(wrong, "有的案卷不能列入")
    made = uuid7()
    work.execute(
        """insert into dossier_list (id, agency_id, kind, years, reason, made_at, made_by) values (%s, %s, %s, %s, %s, %s, %s)""",
        (made, agency_id, kind, years, reason, work.now, work.person.id),
    )
    work.execute(
        """insert into dossier_listed (list_id, dossier_id, agency_id, category)
        select %s, id, agency_id, category from dossier where id = any(%s)""",
        (made, dossiers),
    )
    return made


def _not_due(row: Row, today: date) -> str | None:
    """Why a dossier may not be listed; None when it may."""
    name = row["archive_no"] or row["case_number"] or row["id"]
    if row["state"] == "destroyed":
        return f"{name} 已登记销毁"
    if row["state"] == "lent":
        return f"{name} 借出未还,请先收回"
    if row["list_id"] is not None:
        return f"{name} 已在另一份未办结的清单中"
    if row["retention_permanent"]:
        return f"{name} 永久保管"
    if row["retention_unconfirmed"] or row["retain_until"] is None:
        return f"{name} 的保管期限尚未核定:{row['retention_unconfirmed'] or '未定'}"
    if row["retain_until"] >= today:
        return f"{name} 保管期限至 {row['retain_until']},尚未届满"
    return None


def get_list(work: Work, list_id: UUID, *, lock: bool = False) -> Row:
    """A list's row; `NotFound` also outside the scope."""
    row = work.one(f"select * from dossier_list where id = %s{' for update' if lock else ''}", (list_id,))
    if row is None:
        raise NotFound("没有这份清单,或不在您的查看范围内")
    return row


def on_list(work: Work, list_id: UUID) -> list[Row]:
    """The dossiers on a list by archive number."""
    return work.rows(
        f"""select {_LISTED} from dossier_listed l join dossier d on d.id = l.dossier_id where l.list_id = %s
        order by d.archive_no, d.id""",
        (list_id,),
    )


def lists(work: Work, limit: int, after: UUID | None) -> list[Row]:
    """Lists in scope, newest first, with how many dossiers stand on each."""
    return work.rows(
        """select l.*, (select count(*) from dossier_listed x where x.list_id = l.id) as dossiers from dossier_list l
        where %(after)s::uuid is null or l.id < %(after)s order by l.id desc limit %(limit)s""",
        {"after": after, "limit": limit},
    )


def set_list(work: Work, list_id: UUID, **columns: object) -> None:
    """Sets columns of a list that is locked; one that is settled frees its dossiers."""
    sets = ", ".join(f"{name} = %({name})s" for name in columns)
    work.execute(f"update dossier_list set {sets} where id = %(id)s", {**columns, "id": list_id})
    if columns.get("state") in ("approved", "refused"):
        work.execute("update dossier_listed set open = false where list_id = %s", (list_id,))
