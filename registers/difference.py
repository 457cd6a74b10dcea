"""Differences between the bank's word and our ledger: each an open matter with an addressee until it is explained or corrected by a posting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from kernel.errors import NotFound
from kernel.ids import uuid7
from kernel.work import Row, Work

ADDRESSEE = "finance"
_KEEP = """insert into money_difference (id, agency_id, category, case_id, exchange_id, counterpart, kind, key, about, day, text, act, addressee_role, found_at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (counterpart, kind, key) do nothing"""


def keep(
    work: Work,
    place: Row,
    *,
    counterpart: str,
    kind: str,
    key: str,
    text: str,
    act: str,
    about: str = "",
    day: date | None = None,
    case_id: UUID | None = None,
    exchange_id: UUID | None = None,
) -> None:
    """One difference, open, for the finance people of its agency; the same matter stands once, however often it is seen."""
    work.execute(
        _KEEP,
        (
            uuid7(), place["agency_id"], place["category"], case_id, exchange_id, counterpart, kind, key, about, day,
            text[:1000], act, ADDRESSEE, work.now,
        ),
    )  # fmt: skip


def get(work: Work, difference_id: UUID, *, lock: bool = False) -> Row:
    """One difference in scope."""
    row = work.one(f"select * from money_difference where id = %s{' for update' if lock else ''}", (difference_id,))
    if row is None:
        raise NotFound("没有这项差异,或不在您的数据范围内", remedy="请从差异列表中选择")
    return row


def settle(work: Work, ids: Iterable[UUID], state: str, reason: str | None, voucher_id: UUID | None = None) -> None:
    """How open differences ended: explained with a reason, or corrected by a voucher."""
    work.execute(
        """update money_difference set state = %s, reason = %s, voucher_id = coalesce(%s, voucher_id), settled_by = %s, settled_at = %s
        where id = any(%s) and state = 'open'""",
        (state, reason, voucher_id, work.person.id, work.now, list(ids)),
    )


def point_to(work: Work, counterpart: str, kind: str, key: str, voucher_id: UUID) -> None:
    """The voucher that was booked because of a difference that stays open."""
    work.execute(
        "update money_difference set voucher_id = %s where counterpart = %s and kind = %s and key = %s",
        (voucher_id, counterpart, kind, key),
    )


def of_matter(work: Work, counterpart: str, kind: str, key: str) -> Row | None:
    """The difference of a matter in scope."""
    return work.one(
        "select * from money_difference where counterpart = %s and kind = %s and key = %s", (counterpart, kind, key)
    )


def matters(work: Work, keys: Sequence[str]) -> set[str]:
    """Which of these matters have a difference, whatever became of it."""
    return {row["key"] for row in work.rows("select key from money_difference where key = any(%s)", (list(keys),))}


def open_until(work: Work, agency_ids: Sequence[int], day: date) -> list[Row]:
    """What is open of these agencies up to a day, oldest first."""
    return work.rows(
        "select * from money_difference where agency_id = any(%s) and state = 'open' and (day is null or day <= %s) order by id",
        (list(agency_ids), day),
    )


def count(work: Work, agency_ids: Sequence[int]) -> int:
    """How many are open."""
    rows = work.rows(
        "select count(*) as n from money_difference where agency_id = any(%s) and state = 'open'", (list(agency_ids),)
    )
    return int(rows[0]["n"])


def page(work: Work, limit: int, after: UUID | None, state: str | None, case_id: UUID | None = None) -> list[Row]:
    """Differences in scope, newest first, after the row of this id."""
    return work.rows(
        f"""select d.*, c.case_number from money_difference d left join enforcement_case c on c.id = d.case_id
        where {"d.agency_id = any(%(agencies)s)" if len(work.person.scope) <= 8 else "true"}
        {"" if state is None else "and d.state = %(state)s"} {"" if case_id is None else "and d.case_id = %(case)s"}
        {"" if after is None else "and d.id < %(after)s"} order by d.id desc limit %(limit)s""",
        {"agencies": list(work.person.scope), "state": state, "case": case_id, "after": after, "limit": limit},
    )


# ---------------------------------------------------------------------- the bank's lines
def add_lines(
    work: Work,
    counterpart: str,
    file: str,
    day: date,
    lines: Sequence[Mapping[str, str]],
    places: Mapping[str, Row],
    home: Row,
) -> None:
    """The lines of a day's file, each with the agency and case of the notice it is about; one statement."""
    whose = [places.get(line["notice_no"]) or home for line in lines]
    work.execute(
        """insert into money_bank_line (counterpart, file, line_no, agency_id, category, day, notice_no, trade_no, amount, type, case_id, fetched_at)
        select %s, %s, t.n, t.agency, t.category, %s, t.notice, t.trade, t.amount, t.type, t.case_id, %s
        from unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::text[], %s::uuid[])
          with ordinality as t(agency, category, notice, trade, amount, type, case_id, n) on conflict do nothing""",
        (
            counterpart, file, day, work.now,
            [place["agency_id"] for place in whose], [place["category"] for place in whose],
            [line["notice_no"] for line in lines], [line["trade_no"] for line in lines],
            [line["amount"] for line in lines], [line["type"] for line in lines],
            [place.get("subject_id") for place in whose],
        ),
    )  # fmt: skip


_LATEST = """with latest as (select counterpart, file from money_bank_line where agency_id = any(%(agencies)s) and day = %(day)s
  group by 1, 2 order by max(fetched_at) desc, file desc limit 1)"""


def lines_of(work: Work, agency_ids: Sequence[int], day: date) -> list[Row]:
    """The lines of the newest file of a day that are of these agencies, in their order."""
    return work.rows(
        f"""{_LATEST} select l.* from money_bank_line l join latest using (counterpart, file)
        where l.agency_id = any(%(agencies)s) and l.day = %(day)s order by l.line_no""",
        {"agencies": list(agency_ids), "day": day},
    )


def line_of_trade(work: Work, trade_no: str) -> Row | None:
    """What the bank's newest file says of a payment."""
    return work.one(
        "select * from money_bank_line where trade_no = %s and type = 'PAY' order by fetched_at desc limit 1",
        (trade_no,),
    )
