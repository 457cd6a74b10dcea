"""Stocktaking (盘点): what should be on a shelf, what was found there, and the differences that somebody must answer.

What should be there is frozen at the start. Two officers count; a label counts once. Differences are worked out when the
count is closed: missing, surplus, wrong place, damaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import property

KINDS: Final[Mapping[str, str]] = {"missing": "缺少", "surplus": "多出", "wrong_place": "位置不符", "damaged": "损坏"}
_START = """insert into stocktaking (id, agency_id, category, place, shelf, expected, started_at, started_by, second_id)
select %(id)s, %(agency)s, %(category)s, %(place)s, %(shelf)s, coalesce((select array_agg(i.id order by i.number) from property_item i
  where i.agency_id = %(agency)s and i.category = %(category)s and i.status = 'stored' and i.place = %(place)s
    and (%(shelf)s::text is null or i.shelf = %(shelf)s)), '{}'), %(now)s, %(by)s, %(second)s returning cardinality(expected) as expected"""
_COUNT = """insert into stocktaking_count (id, agency_id, category, stocktaking_id, code, item_id, shelf, damaged, mileage_km, note,
counted_at, counted_by) values (%(id)s, %(agency_id)s, %(category)s, %(stocktaking)s, %(code)s, %(item)s, %(shelf)s, %(damaged)s,
%(mileage)s, %(note)s, %(now)s, %(by)s) on conflict (stocktaking_id, code) do nothing returning id"""
_DIFFERENCES = """select d.id, d.agency_id, d.category, d.stocktaking_id, s.place, s.shelf, d.item_id, i.number, i.name, i.case_id,
d.code, d.kind, d.detail, d.raised_at, d.answered_at, o.name as answered_by, d.answer from stocktaking_difference d
join stocktaking s on s.id = d.stocktaking_id left join property_item i on i.id = d.item_id left join officer o on o.id = d.answered_by
where d.agency_id = any(%(agencies)s) and (not %(open)s or d.answered_at is null)
and (%(stocktaking)s::uuid is null or d.stocktaking_id = %(stocktaking)s)
and (%(after)s::uuid is null or d.id < %(after)s) order by d.id desc limit %(limit)s"""


def start(
    work: Work, *, agency_id: int, category: str, place: str, shelf: str | None, second_id: UUID
) -> tuple[UUID, int]:
    """Begins a count of a place (or one of its shelves) with a colleague: its id and how many items should be there."""
    id_ = uuid7()
    if second_id == work.person.id:
        raise Refusal("盘点须由两人进行", remedy="请另选一名人员共同盘点")
    row = work.rows(
        _START,
        {"id": id_, "agency": agency_id, "category": category, "place": place, "shelf": shelf, "now": work.now,
         "by": work.person.id, "second": second_id},
    )[0]  # fmt: skip
    return id_, int(row["expected"])


def locked(work: Work, stocktaking_id: UUID) -> Row:
    """A count that still goes on, locked."""
    row = work.one("select * from stocktaking where id = %s for update", (stocktaking_id,))
    if row is None:
        raise NotFound("没有这次盘点,或不在您的查看范围内", remedy="请从盘点列表中重新打开")
    if row["closed_at"] is not None:
        raise Refusal("盘点已经结束", remedy="如需再盘,请另行开始一次盘点")
    return row


def count(
    work: Work,
    stocktaking: Row,
    code: str,
    item_id: UUID | None,
    *,
    shelf: str | None = None,
    damaged: bool = False,
    mileage: int | None = None,
    note: str = "",
) -> bool:
    """One label seen; a second scan of the same label changes nothing (False). `item_id` None: an item of no ledger."""
    values = {"id": uuid7(), "agency_id": stocktaking["agency_id"], "category": stocktaking["category"], "code": code, "item": item_id,
              "stocktaking": stocktaking["id"], "shelf": shelf, "damaged": damaged, "mileage": mileage, "note": note, "now": work.now,
              "by": work.person.id}  # fmt: skip
    fresh = bool(work.rows(_COUNT, values))
    if fresh and item_id is not None:
        property.correct(work, item_id, damaged=True if damaged else None, mileage=mileage)
    return fresh


def close(work: Work, stocktaking: Row) -> list[Row]:
    """Ends a count: its differences, kept to be answered. What was moved lawfully meanwhile is none."""
    counts = work.rows("select * from stocktaking_count where stocktaking_id = %s order by id", (stocktaking["id"],))
    seen = {row["item_id"] for row in counts if row["item_id"] is not None}
    ids = [*stocktaking["expected"], *(i for i in seen if i not in stocktaking["expected"])]
    items = {r["id"]: r for r in work.rows("select * from property_item where id = any(%s)", (ids,))}
    moved = {
        r["item_id"]
        for r in work.rows(
            "select distinct item_id from property_movement where item_id = any(%s) and at > %s",
            (ids, stocktaking["started_at"]),
        )
    }
    found = differences(stocktaking, items, counts, moved)
    for one in found:
        work.execute(
            """insert into stocktaking_difference (id, agency_id, category, stocktaking_id, item_id, code, kind, detail, raised_at)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (one["id"], stocktaking["agency_id"], stocktaking["category"], stocktaking["id"], one["item_id"], one["code"],
             one["kind"], one["detail"], work.now),
        )  # fmt: skip
    work.execute(
        "update stocktaking set closed_at = %s, closed_by = %s where id = %s",
        (work.now, work.person.id, stocktaking["id"]),
    )
    return found


def differences(
    stocktaking: Mapping[str, Any],
    items: Mapping[UUID, Mapping[str, Any]],
    counts: Sequence[Mapping[str, Any]],
    moved: set[UUID],
) -> list[Row]:
    """What differs, from what should be there and what was seen; reads no database."""
    seen = {row["item_id"] for row in counts if row["item_id"] is not None}
    found: list[Row] = []

    def say(kind: str, item: Mapping[str, Any] | None, code: str, detail: str) -> None:
        found.append(
            {"id": uuid7(), "item_id": item["id"] if item else None, "case_id": item["case_id"] if item else None,
             "code": code, "kind": kind, "detail": detail}
        )  # fmt: skip

    for id_ in stocktaking["expected"]:
        if id_ not in seen and id_ not in moved:
            item = items[id_]
            say(
                "missing",
                item,
                item["number"],
                f"{item['name']}应在{_where(stocktaking['place'], item['shelf'])},盘点未见",
            )
    for row in counts:
        there = items.get(row["item_id"])
        if there is None:
            say("surplus", None, row["code"], f"盘点见到台账以外的标签“{row['code']}”")
            continue
        item = there
        if item["id"] in moved:
            continue
        if item["status"] != "stored":
            say("surplus", item, row["code"], f"{item['name']}台账为“{property.STATUS[item['status']]}”,盘点却见到实物")
        elif item["place"] != stocktaking["place"] or (row["shelf"] and row["shelf"] != item["shelf"]):
            here = _where(stocktaking["place"], row["shelf"] or stocktaking["shelf"])
            say(
                "wrong_place",
                item,
                row["code"],
                f"{item['name']}台账在{_where(item['place'], item['shelf'])},实物在{here}",
            )
        elif stocktaking["shelf"] and item["shelf"] != stocktaking["shelf"] and not row["shelf"]:
            say("wrong_place", item, row["code"], f"{item['name']}台账在{_where(item['place'], item['shelf'])},实物在{_where(stocktaking['place'], stocktaking['shelf'])}")  # fmt: skip
        if row["damaged"]:
            say("damaged", item, row["code"], f"{item['name']}损坏:{row['note'] or '未写明'}")
    return found


def _where(place: str | None, shelf: str | None) -> str:
    return "".join(filter(None, (place, shelf))) or "未写明处"


def get(work: Work, stocktaking_id: UUID) -> Row:
    """A count with how many should be there and how many were seen."""
    row = work.one(
        """select s.id, s.agency_id, s.category, s.place, s.shelf, cardinality(s.expected) as expected, s.started_at,
        o.name as started_by, p.name as second, s.closed_at,
        (select count(*)::int from stocktaking_count c where c.stocktaking_id = s.id) as counted
        from stocktaking s join officer o on o.id = s.started_by join officer p on p.id = s.second_id where s.id = %s""",
        (stocktaking_id,),
    )
    if row is None:
        raise NotFound("没有这次盘点,或不在您的查看范围内", remedy="请从盘点列表中重新打开")
    return row


def page(work: Work, *, stocktaking_id: UUID | None, open_only: bool, after: UUID | None, limit: int) -> list[Row]:
    """A page of differences, the newest first; one statement."""
    return work.rows(
        _DIFFERENCES,
        {"agencies": list(work.person.scope), "stocktaking": stocktaking_id, "open": open_only, "after": after,
         "limit": limit},
    )  # fmt: skip


def answer(work: Work, difference_id: UUID, text: str) -> Row:
    """How a difference is explained; once. The first answer stays."""
    row = work.one("select * from stocktaking_difference where id = %s for update", (difference_id,))
    if row is None:
        raise NotFound("没有这条盘点差异,或不在您的查看范围内", remedy="请刷新盘点差异")
    if row["answered_at"] is not None:
        raise Refusal("这条差异已经答复", remedy="请刷新盘点差异")
    work.execute(
        "update stocktaking_difference set answered_at = %s, answered_by = %s, answer = %s where id = %s",
        (work.now, work.person.id, text, difference_id),
    )
    return row
