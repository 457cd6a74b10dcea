"""Numbers of cases and papers: per agency, kind and year, one after the other, with no gap that nobody can explain.

A number is taken in the transaction of the act that needs it: if the act fails, the number was never taken. What was
taken and is not used becomes void with a reason; it is never given again.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from kernel.errors import BadContent, NotFound, Refusal
from kernel.work import Row, Work

_NEXT = """insert into number_counter (agency_id, kind, year, last) values (%s, %s, %s, 1)
on conflict (agency_id, kind, year) do update set last = number_counter.last + 1 returning last"""
_TAKEN = """insert into number_taken (agency_id, kind, year, seq, text, subject_id, taken_at)
values (%s, %s, %s, %s, %s, %s, %s)"""
_CHANGED = "update number_taken set state = %s, reason = %s where agency_id = %s and text = %s and state <> 'void' returning seq"


def take(
    work: Work,
    agency_id: int,
    kind: str,
    year: int,
    pattern: str,
    fields: Mapping[str, object],
    subject_id: UUID | None,
) -> str:
    """The next number of this agency, kind and year, e.g. 粤交罚〔2026〕00001号. Two statements, one round trip.

    `pattern` is a Python format string over `year`, `seq`, `kind` and `fields` (province, agency …). Take numbers last in
    the transaction: whoever takes one holds the counter until the commit.
    """
    last = work.rows(_NEXT, (agency_id, kind, year))[0]["last"]
    try:
        text = pattern.format(**{**fields, "year": year, "seq": last, "kind": kind})
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise BadContent(
            f"编号式样“{pattern}”", 0, f"不能套用:{error};可用的栏目:年 year、序号 seq、文种 kind"
        ) from error
    work.execute(_TAKEN, (agency_id, kind, year, last, text, subject_id, work.now))
    return text


def mark_issued(work: Work, agency_id: int, text: str) -> None:
    """The number stands on a paper that went out: it can no longer become void by a return or withdrawal of the draft."""
    _change(work, agency_id, text, "issued", None)


def void(work: Work, agency_id: int, text: str, reason: str) -> None:
    """The number is not used and never will be; `reason` says why (it fills the gap in the sequence)."""
    if not reason.strip():
        raise Refusal("作废编号须写明原因", remedy="请填写作废原因")
    _change(work, agency_id, text, "void", reason.strip())


def _change(work: Work, agency_id: int, text: str, state: str, reason: str | None) -> None:
    if not work.rows(_CHANGED, (state, reason, agency_id, text)):
        raise NotFound(f"编号 {text} 未曾取用或已作废", remedy="请核对编号和机构")


def gaps(work: Work, agency_id: int, kind: str, year: int) -> list[int]:
    """Sequence numbers below the counter for which there is no row – must be empty, always."""
    rows = work.rows(
        """select s.seq from number_counter c cross join lateral generate_series(1, c.last) as s(seq)
        where c.agency_id = %s and c.kind = %s and c.year = %s and not exists (select 1 from number_taken t
          where t.agency_id = c.agency_id and t.kind = c.kind and t.year = c.year and t.seq = s.seq) order by s.seq""",
        (agency_id, kind, year),
    )
    return [row["seq"] for row in rows]


def ledger(work: Work, agency_id: int, kind: str, year: int) -> list[Row]:
    """Every number of the year in order: seq, text, state, reason, subject_id, taken_at."""
    return work.rows(
        """select seq, text, state, reason, subject_id, taken_at from number_taken
        where agency_id = %s and kind = %s and year = %s order by seq""",
        (agency_id, kind, year),
    )
