"""Numbers of cases and papers: per agency, kind and year, one after the other, with no gap that nobody can explain.

A number is taken in the transaction of the act that needs it: if the act fails, the number was never taken. What was
taken and is not used becomes void with a reason; it is never given again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from kernel.errors import BadContent, InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
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
    text = _text(pattern, {**fields, "year": year, "seq": last, "kind": kind})
    work.execute(_TAKEN, (agency_id, kind, year, last, text, subject_id, work.now))
    return text


def _text(pattern: str, told: Mapping[str, object]) -> str:
    try:
        return pattern.format(**told)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise BadContent(
            f"编号式样“{pattern}”", 0, f"不能套用:{error};可用的栏目:年 year、序号 seq、文种 kind"
        ) from error


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


# ---------------------------------------------------------------------- blocks for use without a connection
MOST = 500
_RESERVE = """insert into number_counter (agency_id, kind, year, last) values (%(agency)s, %(kind)s, %(year)s, %(count)s)
on conflict (agency_id, kind, year) do update set last = number_counter.last + excluded.last returning last"""
_TAKE_ALL = """with b as (insert into number_block (id, agency_id, kind, year, first, last, holder_id, device_no, reserved_by, reserved_at)
  values (%(id)s, %(agency)s, %(kind)s, %(year)s, %(first)s, %(last)s, %(holder)s, %(device)s, %(person)s, %(at)s) returning id)
insert into number_taken (agency_id, kind, year, seq, text, taken_at, block_id)
select %(agency)s, %(kind)s, %(year)s, t.seq, t.text, %(at)s, b.id from b, unnest(%(seqs)s::int[], %(texts)s::text[]) as t(seq, text)"""
_COUNTS = """select count(*) filter (where t.state = 'issued') as used, count(*) filter (where t.state = 'void') as void,
  count(*) filter (where t.state = 'taken') as unused from number_taken t where t.block_id = b.id"""


def reserve(
    work: Work,
    agency_id: int,
    kind: str,
    year: int,
    pattern: str,
    fields: Mapping[str, object],
    count: int,
    *,
    holder_id: UUID | None = None,
    device_no: str | None = None,
) -> Row:
    """`count` numbers in a row for an officer or a device, each standing in the ledger as taken from now on. Two statements.

    Whoever takes numbers at the same time gets those after them: the counter is held until the commit.
    """
    told = {"agency": agency_id, "kind": kind, "year": year, "count": count}
    last = work.rows(_RESERVE, told)[0]["last"]
    seqs = list(range(last - count + 1, last + 1))
    texts = [_text(pattern, {**fields, "year": year, "seq": seq, "kind": kind}) for seq in seqs]
    id_ = uuid7()
    work.execute(
        _TAKE_ALL,
        {
            **told, "id": id_, "first": seqs[0], "last": last, "holder": holder_id, "device": device_no,
            "person": work.person.id, "at": work.now, "seqs": seqs, "texts": texts,
        },
    )  # fmt: skip
    return {"id": id_, "kind": kind, "year": year, "numbers": texts}


def block(work: Work, block_id: UUID, *, lock: bool = False) -> Row:
    """One block in scope."""
    row = work.one(f"select * from number_block where id = %s{' for update' if lock else ''}", (block_id,))
    if row is None:
        raise NotFound("没有这段预留编号,或不在您的数据范围内", remedy="请从预留编号列表中选择")
    return row


def blocks(work: Work, agency_ids: Sequence[int], limit: int, after: UUID | None) -> list[Row]:
    """Blocks of these agencies, newest first, each with how many numbers are used, void and unused."""
    return work.rows(
        f"""select b.*, n.used, n.void, n.unused from number_block b cross join lateral ({_COUNTS}) n
        where b.agency_id = any(%s) {"" if after is None else "and b.id < %s"} order by b.id desc limit %s""",
        (list(agency_ids), *([] if after is None else [after]), limit),
    )


def of_block(work: Work, block_id: UUID) -> list[Row]:
    """The numbers of a block in order."""
    return work.rows(
        "select seq, text, state, reason, subject_id from number_taken where block_id = %s order by seq", (block_id,)
    )


def use(work: Work, block_id: UUID, text: str, subject_id: UUID) -> None:
    """A number of a block stands on a paper of this record. Telling it again for the same record changes nothing."""
    used = work.rows(
        "update number_taken set state = 'issued', subject_id = %s where block_id = %s and text = %s and state = 'taken' returning seq",
        (subject_id, block_id, text),
    )
    if used:
        return
    row = work.one("select state, subject_id from number_taken where block_id = %s and text = %s", (block_id, text))
    if row is None:
        raise InvalidAnswers({"text": f"编号 {text} 不在这段预留编号中,请核对"})
    if row["state"] == "void" or row["subject_id"] != subject_id:
        word = "已经作废" if row["state"] == "void" else "已经用于另一案件"
        raise Refusal(f"编号 {text} {word}", remedy="请换用预留编号中尚未使用的一个")


def give_back(work: Work, block_id: UUID, reason: str) -> int:
    """What is unused becomes void with the reason, never to be given again; how many."""
    rows = work.rows(
        "update number_taken set state = 'void', reason = %s where block_id = %s and state = 'taken' returning seq",
        (reason, block_id),
    )
    work.execute("update number_block set state = 'given_back', closed_at = %s where id = %s", (work.now, block_id))
    return len(rows)


def page(work: Work, agency_id: int, kind: str, year: int, limit: int, after: int) -> list[Row]:
    """The ledger of a year, in order, after a sequence number: one indexed query."""
    return work.rows(
        """select seq, text, state, reason, subject_id, block_id, taken_at from number_taken
        where agency_id = %s and kind = %s and year = %s and seq > %s order by seq limit %s""",
        (agency_id, kind, year, after, limit),
    )
