"""Bulk export of cases and of the registers' lists: a purpose, a second person's approval, a watermark on every copy, an audit row for each fetch.

Personal data is masked in the list; in clear only when that was asked for by somebody who has the right, and approved as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from typing import Any

from engine import alerting, release_store
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import as_mark, as_uuid
from kernel.work import LOCAL, Row, Work
from registers import case_export, list_export, masking

Json = dict[str, Any]
RIGHT, APPROVE = "case.export", "case.export_approve"
CASES = "cases"
HEADINGS: Mapping[str, str] = {
    "case_number": "案号", "case_cause": "案由", "category": "执法门类", "procedure_type": "程序", "case_status": "状态",
    "party": "当事人", "identity": "证件号码或统一社会信用代码", "phone": "联系电话", "address": "地址", "plate": "车牌号",
    "fine_amount": "罚款(元)", "filed_at": "立案时间", "created_at": "登记时间", "export": "导出编号",
}  # fmt: skip
_CODES = {"category": "ENFORCEMENT_CATEGORY", "procedure_type": "PROCEDURE_TYPE", "case_status": "CASE_STATUS"}


@command(may=RIGHT)
def request_export(
    work: Work,
    category: str,
    since: date,
    until: date,
    status: str | None,
    purpose: str,
    plain: bool,
    kind: str = CASES,
) -> Json:
    """Asks for a list of the cases begun from `since` to `until` (both days included), or of what a register (`list_export`)
    got in that time, for whoever may read that register."""
    if not purpose.strip():
        raise InvalidAnswers({"purpose": "请写明导出用途"})
    if until < since or (until - since).days > 366:
        raise InvalidAnswers({"until": "截止日期应在起始日期之后,且不超过一年"})
    permissions.demand(work, RIGHT, work.person.agency_id, category)
    if kind != CASES:
        permissions.demand(work, list_export.LISTS[kind].right, work.person.agency_id, category)
    if plain:
        permissions.demand(work, masking.RIGHT, work.person.agency_id, category)
    wanted = {"since": _instant(since), "until": _instant(until + timedelta(days=1)), "status": status, "kind": kind}
    return _shown(case_export.request(work, category, wanted, purpose.strip(), plain))


@command(may=APPROVE, subject="export_id")
def decide_export(work: Work, export_id: str, approved: bool, decision: str) -> Json:
    """Another person approves or refuses, with a reason; an approval holds for a week."""
    if not decision.strip():
        raise InvalidAnswers({"decision": "请写明批准或不批准的理由"})
    row = case_export.get(work, as_uuid(export_id))
    permissions.demand(work, APPROVE, row["agency_id"], row["category"])
    return _shown(case_export.decide(work, row["id"], approved, decision.strip()))


def exports(work: Work, limit: int = 50, after: str | None = None) -> Json:
    """Wishes of one's agencies and what became of them, newest first."""
    permissions.demand(work, RIGHT)
    with work.transaction(hot=True):
        rows = case_export.listed(work, limit + 1, as_mark(after))
    return {
        "items": [_shown(row) for row in rows[:limit]],
        "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None,
    }


@alerting.remembers_blocks
def export_rows(work: Work, export_id: str) -> tuple[str, list[Json]]:
    """The watermark and the rows under `headings_of` the list, for who asked, while the approval holds; each fetch is audited."""
    permissions.demand(work, RIGHT)
    with work.transaction():
        row = case_export.get(work, as_uuid(export_id))
        if row["requested_by"] != work.person.id:
            raise NotFound("没有这份导出申请,或不是您申请的")
        if row["state"] != "approved":
            raise Refusal(
                "导出申请尚未获得批准" if row["state"] == "requested" else "导出申请未获批准",
                remedy="请等待另一名人员批准后再取",
            )
        if row["valid_until"] < work.now:
            raise Refusal("批准已过期", remedy="请重新申请")
        if row["plain"]:
            permissions.demand(work, masking.RIGHT, row["agency_id"], row["category"])
        codes = release_store.current(work).codes
        kind = row["wanted"].get("kind", CASES)
        if kind == CASES:
            found = [_line(one, row, codes) for one in case_export.rows(work, row)]
        else:
            permissions.demand(work, list_export.LISTS[kind].right, row["agency_id"], row["category"])
            found = [_listed(one, row, codes) for one in list_export.rows(work, row)]
        place = {"agency_id": row["agency_id"], "category": row["category"], "subject_id": work.person.id}
        alerting.judge_act(work, place, {"export_rows": Decimal(len(found))})
        audit.record(
            work,
            "case.exported",
            subject=("export", row["id"]),
            outcome="read",
            detail={"rows": len(found), "list": kind},
        )
        mark = watermark(work, row, len(found))
    return mark, found


def export_sheet(work: Work, export_id: str) -> tuple[str, Mapping[str, str], str, list[Json]]:
    """As `export_rows`, with the list's name and headings before them."""
    mark, found = export_rows(work, export_id)
    with work.transaction(hot=True):
        kind = case_export.get(work, as_uuid(export_id))["wanted"].get("kind", CASES)
    if kind == CASES:
        return "案件清单", HEADINGS, mark, found
    return (
        f"{list_export.LISTS[kind].name}清单",
        {**list_export.LISTS[kind].columns, "export": HEADINGS["export"]},
        mark,
        found,
    )


def _listed(one: Row, export: Row, codes: Any) -> Json:
    what = list_export.LISTS[export["wanted"]["kind"]]
    line = dict(one) if export["plain"] else masking.masked_row(one, what.personal(one))
    for column, of in what.codes.items():
        words = (codes[of].items if of in codes else {}) if isinstance(of, str) else of
        line[column] = words.get(str(one[column]), one[column])
    return {**line, "export": str(export["id"])[-12:]}


def watermark(work: Work, row: Row, count: int) -> str:
    """Who took what, when, for what, approved by whom: stands on every copy."""
    at = work.now.astimezone(LOCAL)
    data = "含未遮盖的个人信息" if row["plain"] else "个人信息已遮盖"
    return (
        f"导出编号 {row['id']};导出人 {work.person.name}({work.person.login});时间 {at:%Y-%m-%d %H:%M:%S};用途:{row['purpose']};"
        f"批准人 {row['decided_by_name']};共 {count} 件;{data};仅限本用途使用,不得转发"
    )


def sheet_mark(work: Work, what: str, count: int) -> str:
    """The watermark of a sheet that leaves without approval because nothing in it tells of a party (ADR 21)."""
    at = work.now.astimezone(LOCAL)
    return f"{what};导出人 {work.person.name}({work.person.login});时间 {at:%Y-%m-%d %H:%M:%S};共 {count} 行;不得转发"


def _line(one: Row, export: Row, codes: Any) -> Json:
    line = {**one, "export": str(export["id"])[-12:]}
    for column, name in _CODES.items():
        items = codes[name].items if name in codes else {}
        line[column] = items.get(one[column], one[column])
    if not export["plain"]:
        firm = one["party_type"] == "organization"
        line["party"] = one["party"] if firm else masking.masked("name", one["party"])
        line["identity"] = one["identity"] if firm else masking.masked("id", one["identity"])
        line["phone"] = masking.masked("phone", one["phone"])
        line["address"] = one["address"] if firm else masking.masked("address", one["address"])
        line["plate"] = masking.masked("plate", one["plate"])
    return line


def _instant(day: date) -> str:
    return datetime.combine(day, clock_time(), LOCAL).isoformat()


def _shown(row: Row) -> Json:
    keys = ("category", "purpose", "plain", "state", "requested_at", "decided_at", "decision", "valid_until", "requested_by", "requested_by_name", "decided_by_name")  # fmt: skip
    wanted = row["wanted"]
    last = datetime.fromisoformat(wanted["until"]) - timedelta(days=1)
    told = {"since": wanted["since"][:10], "until": last.date().isoformat(), "status": wanted.get("status")}
    plain = {key: value.isoformat() if isinstance(value, datetime) else value for key in keys for value in [row[key]]}
    return {**plain, **told, "kind": wanted.get("kind", CASES), "id": str(row["id"]), "agency_id": row["agency_id"]}
