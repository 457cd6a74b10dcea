"""Agencies (执法机构): a tree from the ministry to the station, with GB/T 2260 codes."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg.types.json import Jsonb

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.work import Row, Work

# Province code (GB/T 2260, first two digits) → the character that stands in document numbers.
PROVINCES: Mapping[str, str] = {"11": "京", "12": "津", "13": "冀", "14": "晋", "15": "蒙", "21": "辽", "22": "吉", "23": "黑", "31": "沪", "32": "苏", "33": "浙", "34": "皖", "35": "闽", "36": "赣", "37": "鲁", "41": "豫", "42": "鄂", "43": "湘", "44": "粤", "45": "桂", "46": "琼", "50": "渝", "51": "川", "52": "贵", "53": "云", "54": "藏", "61": "陕", "62": "甘", "63": "青", "64": "宁", "65": "新", "66": "兵", "71": "台", "81": "港", "82": "澳"}  # fmt: skip

_DIVISION = 6  # digits of GB/T 2260
_OWN_NUMBERS = 900_000_000  # agencies without a code of six digits are numbered from here on


def add(
    work: Work, *, id: int, code: str, name: str, short: str, level: str, parent_id: int | None, facts: object = None
) -> None:
    """A new agency below `parent_id`. `short` is its sign in document numbers (穗交 …); `code` begins with GB/T 2260."""
    if code[:2] not in PROVINCES and code[:2] != "00":
        raise Refusal(f"行政区划代码 {code} 的前两位不是省级代码(GB/T 2260)", remedy="请核对机构代码")
    path = [*(get(work, parent_id)["path"] if parent_id is not None else []), id]
    work.execute(
        "insert into agency (id, code, name, short, level, parent_id, path, facts) values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (id, code, name, short, level, parent_id, path, Jsonb(facts or {})),
    )


def enter(work: Work, *, code: str, name: str, short: str, level: str, parent_id: int) -> int:
    """A new agency with a number of its own: its six-digit code when that is free, else the next free one."""
    work.execute("select pg_advisory_xact_lock(hashtextextended('agency', 0))")
    if work.rows("select 1 as found from agency where code = %s", (code,)):
        raise InvalidAnswers({"code": f"机构代码 {code} 已经使用"})
    wanted = int(code) if code.isdigit() and len(code) == _DIVISION else None
    taken = work.rows("select id from agency where id = %s", (wanted,)) if wanted else [{}]
    row = work.one("select greatest(max(id), %s) + 1 as id from agency", (_OWN_NUMBERS,))
    id_ = int((row or {})["id"]) if taken else int(wanted or 0)
    add(work, id=id_, code=code, name=name, short=short, level=level, parent_id=parent_id)
    return id_


def rename(work: Work, agency_id: int, name: str, short: str) -> None:
    """A new name and sign. Papers and numbers made before keep theirs."""
    if not work.rows("update agency set name = %s, short = %s where id = %s returning id", (name, short, agency_id)):
        raise NotFound(f"没有编号为 {agency_id} 的机构")


def get(work: Work, agency_id: int) -> Row:
    """The agency's row with `province` (粤 …; empty for the ministry)."""
    row = work.one("select * from agency where id = %s", (agency_id,))
    if row is None:
        raise NotFound(f"没有编号为 {agency_id} 的机构")
    return with_province(row)


def with_province(row: Row) -> Row:
    """An agency's row with `province`."""
    return {**row, "province": PROVINCES.get(row["code"][:2], "")}


def tree(work: Work, root_id: int | None = None) -> list[Row]:
    """All agencies (below and with `root_id` if given), parents before children; each with `depth` from 1."""
    return work.rows(
        """select *, cardinality(path) as depth from agency
        where %s::int is null or %s = any(path) order by path""",
        (root_id, root_id),
    )


def subtree_ids(work: Work, agency_id: int) -> frozenset[int]:
    """The agency and all below it."""
    return frozenset(row["id"] for row in work.rows("select id from agency where %s = any(path)", (agency_id,)))


def province_short(code: str) -> str:
    """粤 for 440100…; `NotFound` for a code without a province."""
    try:
        return PROVINCES[code[:2]]
    except KeyError as error:
        raise NotFound(f"代码 {code} 不属于任何省级行政区") from error


def naming(work: Work, agency_id: int) -> Row:
    """How papers and numbers name the agency: id, code, name, short, level, province (粤), agency (its short sign)."""
    row = get(work, agency_id)
    return {**{k: row[k] for k in ("id", "code", "name", "short", "level", "province")}, "agency": row["short"]}
