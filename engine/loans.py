"""Loans: whoever has a dossier or goods past their day, and whoever lent them, is told once a day until they are back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time
from uuid import UUID

from engine import news, recompute
from kernel.work import LOCAL, Node, Row, Work
from registers import dossier, property

_KIND = "loan"
_TOLD = """select person_id, link from notification where person_id = any(%s) and kind = 'loan' and made_at >= %s"""


def remind(node: Node, agency_id: int) -> int:
    """Tells of the loans of one agency that are late; how many news. Asked again the same day it tells nobody twice."""
    work = Work(node, recompute.system_of(agency_id), request_id=f"loans:{agency_id}")
    with work.transaction():
        wanted = [*_of_property(property.lent_late(work, agency_id)), *_of_dossiers(dossier.lent_late(work, agency_id))]
        if not wanted:
            return 0
        begun = datetime.combine(work.today, time(), LOCAL)
        rows = work.rows(_TOLD, (sorted({one.person for one in wanted if one.person}), begun))
        told = {(row["person_id"], row["link"]) for row in rows}
        fresh = [one for one in wanted if (one.person, one.link) not in told]
        news.tell(work, fresh)
    return len(fresh)


def _of_property(rows: Iterable[Row]) -> Iterator[news.News]:
    for row in rows:
        said = f"财物 {row['number']} 应于 {row['due_on']:%Y-%m-%d} 归还,现已逾期"
        yield from _both(row["taker_id"], row["keeper_id"], said, f"/property/{row['id']}")


def _of_dossiers(rows: Iterable[Row]) -> Iterator[news.News]:
    for row in rows:
        said = f"案卷 {row['archive_no']} 应于 {row['due_at'].astimezone(LOCAL):%Y-%m-%d} 归还,现已逾期"
        yield from _both(row["reader_id"], row["decided_by"], said, f"/dossiers/{row['id']}")


def _both(borrower: UUID | None, keeper: UUID | None, said: str, link: str) -> Iterator[news.News]:
    yield news.News(borrower, _KIND, f"{said},请归还", link)
    if keeper != borrower:
        yield news.News(keeper, _KIND, f"{said},请催还", link)
