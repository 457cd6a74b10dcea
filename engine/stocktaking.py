"""Counting what is kept: a custodian and a colleague, label by label; every difference is raised on its case and answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine import property as ledger
from engine import property_label
from engine.alerts import raise_alert
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers
from kernel.ids import as_mark, as_uuid
from kernel.work import Row, Work
from registers import stocktaking

Json = dict[str, Any]


@command(may="property.count")
def start_stocktaking(
    work: Work, agency_id: int, category: str, place: str, colleague_id: str, shelf: str | None = None
) -> Json:
    """Begins a count of a place or shelf; what should be there is frozen now."""
    permissions.demand(work, "property.count", agency_id, category)
    if not place.strip():
        raise InvalidAnswers({"place": "请写明盘点的地点"})
    second = ledger.colleague(work, {"agency_id": agency_id, "category": category}, colleague_id)
    id_, expected = stocktaking.start(
        work, agency_id=agency_id, category=category, place=place.strip(), shelf=(shelf or "").strip() or None, second_id=second
    )  # fmt: skip
    return {"id": str(id_), "expected": expected}


@command(may="property.count", subject="stocktaking_id")
def count_item(
    work: Work,
    stocktaking_id: str,
    code: str,
    *,
    shelf: str | None = None,
    damaged: bool = False,
    mileage_km: int | None = None,
    note: str = "",
) -> Json:
    """One label scanned (or a number typed); again changes nothing. A label of no ledger is counted too: it is a surplus."""
    row = _locked(work, stocktaking_id)
    text = code.strip()
    if not text:
        raise InvalidAnswers({"code": "请扫描标签或者输入财物编号"})
    item = _item(work, row, text)
    fresh = stocktaking.count(
        work, row, item["number"] if item else text[:200], item["id"] if item else None,
        shelf=(shelf or "").strip() or None, damaged=damaged, mileage=mileage_km, note=note.strip()[:500],
    )  # fmt: skip
    return {
        "id": str(row["id"]),
        "fresh": fresh,
        "number": item["number"] if item else None,
        "name": item["name"] if item else None,
    }


def _locked(work: Work, stocktaking_id: str) -> Row:
    row = stocktaking.locked(work, as_uuid(stocktaking_id))
    permissions.demand(work, "property.count", row["agency_id"], row["category"])
    return row


def _item(work: Work, row: Row, code: str) -> Row | None:
    id_ = property_label.item_of(code)
    find = "select id, number, name from property_item where agency_id = %s and "
    if id_ is not None:
        return work.one(find + "id = %s", (row["agency_id"], id_))
    return work.one(find + "number = %s", (row["agency_id"], code))


@command(may="property.count", subject="stocktaking_id")
def close_stocktaking(work: Work, stocktaking_id: str) -> Json:
    """Ends the count. Each difference of an item is an alert on its case until it is answered."""
    row = _locked(work, stocktaking_id)
    found = stocktaking.close(work, row)
    for one in found:
        if one["case_id"] is not None:
            raise_alert(
                work, row, one["case_id"], f"STOCKTAKING:{one['id']}", severity="high",
                message=f"盘点差异({stocktaking.KINDS[one['kind']]}):{one['detail']}"[:1000],
                action="查明原因,在盘点差异中答复",
            )  # fmt: skip
    told = [{k: str(v) if isinstance(v, UUID) else v for k, v in one.items()} for one in found]
    return {"id": str(row["id"]), "differences": told}


@command(may="property.count", subject="difference_id")
def answer_difference(work: Work, difference_id: str, answer: str) -> Json:
    """How a difference is explained; its alert on the case is answered with it."""
    if not answer.strip():
        raise InvalidAnswers({"answer": "请写明差异的原因和处理"})
    row = stocktaking.answer(work, as_uuid(difference_id), answer.strip()[:2000])
    permissions.demand(work, "property.count", row["agency_id"], row["category"])
    work.execute(
        "update alert set status = 'answered', closed_at = %s, closed_by = %s, reason = %s where rule = %s and status = 'open'",
        (work.now, work.person.id, answer.strip()[:2000], f"STOCKTAKING:{row['id']}"),
    )
    return {"id": str(row["id"]), "answered": True}


def one_stocktaking(work: Work, stocktaking_id: str) -> Json:
    """A count: place, who counts, how many should be there, how many were seen."""
    permissions.demand(work, "property.read")
    with work.transaction(hot=True):
        return stocktaking.get(work, as_uuid(stocktaking_id))


def stock_differences(
    work: Work,
    *,
    stocktaking_id: str | None = None,
    open_only: bool = True,
    after: str | None = None,
    limit: int = 50,
) -> Json:
    """A page of differences, the newest first."""
    permissions.demand(work, "property.read")
    with work.transaction(hot=True):
        rows = stocktaking.page(
            work, stocktaking_id=as_uuid(stocktaking_id) if stocktaking_id else None, open_only=open_only,
            after=as_mark(after), limit=limit + 1,
        )  # fmt: skip
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}
