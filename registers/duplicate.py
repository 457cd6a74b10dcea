"""Rows that are one party (重复当事人): suggested, merged by an act with a reason, and split again. Cases keep their own link."""

from __future__ import annotations

from uuid import UUID

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work

_LIKE = """select p.*, case when p.identity_same then 'identity' else 'name_phone' end as why from (
  select o.*, (upper(regexp_replace(coalesce(o.uscc, o.id_number, ''), '[\\s-]', '', 'g')) = %(identity)s and %(identity)s <> '') as identity_same
  from party o where o.agency_id = %(agency)s and o.id <> %(id)s and o.merged_into is null
    and (o.name = %(name)s or o.uscc = %(uscc)s or o.id_number = %(id_number)s or (o.phone = %(phone)s and o.phone is not null))) p
where p.identity_same or (p.name = %(name)s and p.phone = %(phone)s) order by p.created_at, p.id limit 20"""


def like(work: Work, party: Row) -> list[Row]:
    """Rows of the same agency that look like the same party: the same identity, or the same name and phone. `why` says which."""
    identity = "".join(str(party["uscc"] or party["id_number"] or "").upper().split()).replace("-", "")
    named = {key: party[key] for key in ("id", "name", "uscc", "id_number", "phone")}
    return work.rows(_LIKE, {**named, "agency": party["agency_id"], "identity": identity})


def merge(work: Work, kept_id: UUID, merged_id: UUID, reason: str) -> UUID:
    """Lets `merged_id` be found under `kept_id` from now on. Both of one agency and kind; neither merged already."""
    rows = work.rows("select * from party where id = any(%s) order by id for update", ([kept_id, merged_id],))
    by = {row["id"]: row for row in rows}
    if kept_id == merged_id or len(by) < 2:
        raise NotFound("没有这两个当事人,或不在您的查看范围内", remedy="请选择两条不同的登记")
    kept, merged = by[kept_id], by[merged_id]
    if (kept["agency_id"], kept["category"], kept["party_type"]) != (
        merged["agency_id"],
        merged["category"],
        merged["party_type"],
    ):
        raise Refusal("只能合并同一机构、同一门类、同一类型的当事人", remedy="请核对两条登记")
    if kept["merged_into"] or merged["merged_into"]:
        raise Refusal("其中一条已并入他处", remedy="请先撤销原来的合并,或选择保留的那一条")
    numbers = [{row["uscc"] or row["id_number"]} - {None} for row in (kept, merged)]
    if numbers[0] and numbers[1] and numbers[0] != numbers[1]:
        raise Refusal("两条登记的证件号码或统一社会信用代码不同,不是同一当事人", remedy="如确系录入错误,请先更正号码")
    work.execute("update party set merged_into = %s where id = %s or merged_into = %s", (kept_id, merged_id, merged_id))
    id_ = uuid7()
    work.execute(
        """insert into party_merge (id, agency_id, category, kept_id, merged_id, reason, merged_by, merged_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (id_, kept["agency_id"], kept["category"], kept_id, merged_id, reason, work.person.id, work.now),
    )
    return id_


def undo(work: Work, merge_id: UUID, reason: str) -> Row:
    """Splits again; what had been merged into the merged row before goes with it. The history stays."""
    row = work.one("select * from party_merge where id = %s for update", (merge_id,))
    if row is None:
        raise NotFound("没有这次合并,或不在您的查看范围内")
    if row["undone_at"] is not None:
        raise Refusal("这次合并已经撤销", remedy="请刷新后查看")
    work.execute("update party set merged_into = null where id = %s", (row["merged_id"],))
    work.execute(
        """update party set merged_into = %(merged)s where id in (
          select m.merged_id from party_merge m where m.kept_id = %(merged)s and m.undone_at is null)""",
        {"merged": row["merged_id"]},
    )
    work.execute(
        "update party_merge set undone_by = %s, undone_at = %s, undo_reason = %s where id = %s",
        (work.person.id, work.now, reason, merge_id),
    )
    return row


def history(work: Work, party_id: UUID) -> list[Row]:
    """Merges of this row, in both directions, newest first; undone ones too."""
    return work.rows(
        """select m.*, a.name as merged_by_name, b.name as undone_by_name from party_merge m join officer a on a.id = m.merged_by
        left join officer b on b.id = m.undone_by where m.kept_id = %(id)s or m.merged_id = %(id)s order by m.id desc limit 50""",
        {"id": party_id},
    )


def group(work: Work, party_id: UUID) -> list[UUID]:
    """A party's row and those merged into it."""
    rows = work.rows("select id from party where id = %(id)s or merged_into = %(id)s", {"id": party_id})
    return [row["id"] for row in rows]
