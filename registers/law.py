"""Violation items (违法行为事项) with their intervals of validity, kept in step with the content of a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from kernel import sm3
from kernel.errors import BadContent, NotFound
from kernel.work import Row, Work


def sync(work: Work, items: Iterable[Mapping[str, Any]]) -> int:
    """Brings the table to these items; returns how many rows are new or changed. Safe to repeat.

    An item: `code`, `category`, `name`, `valid_from` (date or ISO text), optional `valid_to`, `national_code`,
    `provincial_code`; all of it is kept in `data`. Several versions of one code have different `valid_from`. Versions that
    the content no longer has stay: old cases rest on them.
    """
    rows = [_row(item) for item in items]
    changed = 0
    for row in rows:
        changed += len(
            work.rows(
                """insert into violation_item (code, valid_from, valid_to, category, name, national_code, provincial_code,
                  data, source_hash) values (%(code)s, %(valid_from)s, %(valid_to)s, %(category)s, %(name)s,
                  %(national_code)s, %(provincial_code)s, %(data)s, %(source_hash)s)
                on conflict (code, valid_from) do update set valid_to = excluded.valid_to, category = excluded.category,
                  name = excluded.name, national_code = excluded.national_code,
                  provincial_code = excluded.provincial_code, data = excluded.data, source_hash = excluded.source_hash
                where violation_item.source_hash <> excluded.source_hash returning code""",
                row,
            )
        )
    return changed


def _row(item: Mapping[str, Any]) -> dict[str, object]:
    try:
        code, category, name = str(item["code"]), str(item["category"]), str(item["name"])
        valid_from, valid_to = _day(item["valid_from"]), _day(item.get("valid_to"))
    except (KeyError, ValueError, TypeError) as error:
        raise BadContent(f"违法行为事项 {item.get('code', '?')}", 0, f"缺少或无法识别:{error}") from error
    if valid_from is None or (valid_to is not None and valid_to < valid_from):
        raise BadContent(f"违法行为事项 {code}", 0, "有效期须有起始日,且止日不早于起始日")
    text = orjson.dumps(item, default=str, option=orjson.OPT_SORT_KEYS)
    return {
        "code": code,
        "category": category,
        "name": name,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "national_code": item.get("national_code"),
        "provincial_code": item.get("provincial_code"),
        "data": Jsonb(orjson.loads(text)),
        "source_hash": sm3.hexdigest(text),
    }


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))


def item(work: Work, code: str, on: date) -> Row:
    """The item as it stood on the day of the act (both ends included); `NotFound` names code and day."""
    row = work.one(
        """select * from violation_item where code = %s and valid_from <= %s and (valid_to is null or valid_to >= %s)
        order by valid_from desc limit 1""",
        (code, on, on),
    )
    if row is None:
        raise NotFound(f"{on:%Y年%m月%d日}没有有效的违法行为事项 {code}", remedy="请核对违法行为代码和违法行为发生日期")
    return row


def items(work: Work, on: date, category: str | None = None) -> list[Row]:
    """All items in force on that day (of one category), by code."""
    return work.rows(
        """select * from violation_item where valid_from <= %(on)s and (valid_to is null or valid_to >= %(on)s)
        and (%(category)s::text is null or category = %(category)s) order by code, valid_from""",
        {"on": on, "category": category},
    )
