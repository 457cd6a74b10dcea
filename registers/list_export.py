"""The registers whose lists may leave the system besides cases (`case_export`): what a list shows, who may read the register,
which of its columns tell of a person.

No column holds free text: what a person wrote of a person cannot be masked column by column. Each list is one statement over
the rows of one enforcement category within the scope, made in a period, oldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kernel.errors import Refusal
from kernel.work import Row, Work
from registers import masking, money
from registers.case_export import MOST

_CASE = "(select c.case_number from enforcement_case c where c.id = {of}) as case_number"
_PLACE = (
    "{t}.agency_id = any(%(scope)s) and {t}.category = %(category)s and {t}.{at} >= %(since)s and {t}.{at} < %(until)s"
)
_OBJECTS: Final[Mapping[str, str]] = {"vehicle": "plate", "practitioner": "name"}


@dataclass(frozen=True)
class List:
    """One list. `right`: the verb without which the register is nobody's business; `columns`: key → heading; `codes`: column →
    code list, or the words themselves; `personal`: what of a row is masked unless the list was asked for in clear."""

    name: str
    right: str
    columns: Mapping[str, str]
    query: str
    codes: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    personal: Callable[[Row], Mapping[str, str]] = lambda _: {}


def _query(columns: str, table: str, t: str, at: str, more: str = "") -> str:
    return f"select {columns} from {table} {t} {more} where {_PLACE.format(t=t, at=at)} order by {t}.{at}, {t}.id limit %(most)s"


def _party(row: Row) -> Mapping[str, str]:
    if row["party_type"] == "organization":
        return {"phone": "phone"}
    return {"name": "name", "identity": "id", "phone": "phone", "address": "address"}


def _named(row: Row, column: str) -> Mapping[str, str]:
    return {column: "name"} if row[column] and masking.like_a_person(row[column]) else {}


_SEVERITY = {"critical": "严重", "high": "高", "medium": "中", "info": "提示"}
_STATUS = {"open": "未处理", "answered": "已处理", "released": "已放行", "false_alarm": "误报"}
_BASIS = {"seized": "查封扣押", "preserved": "登记保存", "sampled": "抽样取证"}
_KEPT = {
    "seized": "已扣押", "stored": "已入库", "lent": "借出", "returned": "已退还", "handed_over": "已移交", "destroyed": "已销毁",
    "auctioned": "已拍卖", "confiscated": "已没收",
}  # fmt: skip
_OBJECT = {"party": "业户", "vehicle": "车辆", "ship": "船舶", "practitioner": "从业人员", "project": "工程项目"}
_TASK = {"open": "在办", "done": "已办结", "cancelled": "已取消"}

LISTS: Final[Mapping[str, List]] = {
    "tasks": List(
        "待办", "case.search",
        {"case_number": "案号", "name": "环节", "claimed_by": "签收人", "status": "状态", "due_at": "期限", "created_at": "产生时间", "closed_at": "办结时间"},
        _query(f"{_CASE.format(of='t.subject_id')}, t.name, o.name as claimed_by, t.status, nullif(t.due_at, 'infinity') as due_at, t.created_at, t.closed_at",
               "work_item", "t", "created_at", "left join officer o on o.id = t.claimed_by"),
        {"status": _TASK},
    ),
    "clues": List(
        "线索", "case.search",
        {"number": "线索编号", "source": "来源", "occurred_at": "发生时间", "place": "地点", "plate_no": "车牌号", "ship_name": "船名", "party_name": "涉及单位(人员)",
         "status": "状态", "created_at": "登记时间", "closed_at": "办结时间"},
        _query("t.number, t.source, t.occurred_at, t.place, t.plate_no, t.ship_name, t.party_name, t.status, t.created_at, t.closed_at", "clue", "t", "created_at"),
        {"source": "CASE_SOURCE", "status": "CLUE_STATUS"},
        lambda row: {"plate_no": "plate", **_named(row, "party_name")},
    ),
    "parties": List(
        "当事人", "case.search",
        {"party_type": "类型", "name": "名称", "identity": "证件号码或统一社会信用代码", "phone": "电话", "address": "地址", "created_at": "登记时间"},
        _query("t.party_type, t.name, coalesce(t.uscc, t.id_number) as identity, t.phone, t.address, t.created_at", "party", "t", "created_at"),
        {"party_type": {"person": "个人", "organization": "单位"}}, _party,
    ),
    "vehicles": List(
        "车辆", "case.search",
        {"plate": "车牌号", "plate_color": "车牌颜色", "created_at": "登记时间"},
        _query("t.plate, t.plate_color, t.created_at", "vehicle", "t", "created_at"), {"plate_color": "PLATE_COLOR"}, lambda _: {"plate": "plate"},
    ),
    "property": List(
        "涉案财物", "property.read",
        {"number": "财物编号", "case_number": "案号", "name": "名称", "class": "类别", "quantity": "数量", "unit": "单位", "basis": "依据", "status": "状态",
         "place": "库位", "shelf": "货架", "owner_name": "所有人", "receipt_number": "收据号", "listed_at": "案件登记时间"},
        "select t.number, s.case_number, t.name, t.class, t.quantity, t.unit, t.basis, t.status, t.place, t.shelf, t.owner_name, t.receipt_number,"
        " s.created_at as listed_at from property_item t join enforcement_case s on s.id = t.case_id where t.agency_id = any(%(scope)s)"
        " and t.category = %(category)s and s.created_at >= %(since)s and s.created_at < %(until)s order by s.created_at, t.id limit %(most)s",
        {"basis": _BASIS, "status": _KEPT}, lambda row: _named(row, "owner_name"),
    ),
    "money": List(
        "罚没款凭证", "money.export",
        {"on_day": "日期", "case_number": "案号", "kind": "种类", "amount": "金额(元)", "decision_no": "决定书文号", "reference": "票据号", "trade_no": "银行交易号", "at": "记账时间"},
        _query(f"t.on_day, {_CASE.format(of='t.case_id')}, t.kind, t.decision_no, t.reference, t.trade_no, t.at, "
               "(select sum(p.amount) from money_posting p where p.voucher_id = t.id and p.amount > 0) as amount", "money_voucher", "t", "at"),
        {"kind": money.KINDS},
    ),
    "dossiers": List(
        "案卷", "dossier.read",
        {"archive_no": "档号", "case_number": "案号", "part": "部分", "procedure_type": "程序", "year": "年度", "pages": "页数", "files": "件数", "location": "存放位置",
         "retain_until": "保管至", "sealed_at": "封存时间"},
        _query("t.archive_no, t.case_number, t.part, t.procedure_type, t.year, t.pages, t.files, t.location, t.retain_until, t.sealed_at", "dossier", "t", "sealed_at"),
        {"procedure_type": "PROCEDURE_TYPE"},
    ),
    "alerts": List(
        "预警", "alert.read",
        {"rule": "规则", "severity": "级别", "status": "状态", "case_number": "案号", "article": "依据", "suggested_action": "建议", "raised_at": "产生时间", "closed_at": "处理时间"},
        _query(f"t.rule, t.severity, t.status, {_CASE.format(of='t.subject_id')}, t.article, t.suggested_action, t.raised_at, t.closed_at", "alert", "t", "raised_at"),
        {"severity": _SEVERITY, "status": _STATUS},
    ),
    "inspections": List(
        "检查", "inspection.read",
        {"number": "检查编号", "object_kind": "对象种类", "object_name": "对象", "status": "状态", "result": "结果", "inspected_at": "检查时间", "published_at": "公示时间", "created_at": "派发时间"},
        _query("t.number, t.object_kind, t.object_name, t.status, t.result, t.inspected_at, t.published_at, t.created_at", "inspection", "t", "created_at"),
        {"object_kind": _OBJECT, "status": "INSPECTION_STATUS", "result": "INSPECTION_RESULT"},
        lambda row: {"object_name": _OBJECTS[row["object_kind"]]} if row["object_kind"] in _OBJECTS else _named(row, "object_name") if row["object_kind"] == "party" else {},
    ),
    "certificates": List(
        "执法人员和证件", "report.read",
        {"name": "姓名", "certificate_no": "证件号", "kind": "证件种类", "valid_from": "有效期起", "valid_to": "有效期止", "status": "人员状态"},
        "select o.name, t.certificate_no, t.kind, t.valid_from, t.valid_to, o.status from certificate t join officer o on o.id = t.officer_id"
        " where t.agency_id = any(%(scope)s) and %(category)s = any(t.categories) and t.valid_from < %(until)s and t.valid_to >= %(since)s"
        " order by t.certificate_no limit %(most)s",
        {"kind": "CERT_KIND", "status": "OFFICER_STATUS"},
    ),
}  # fmt: skip


def rows(work: Work, export: Row) -> list[Row]:
    """The rows of the list that was asked for. More than the limit are refused: nothing is cut silently."""
    wanted = export["wanted"]
    asked: dict[str, Any] = {"scope": list(work.person.scope), "category": export["category"], "most": MOST + 1}
    found = work.rows(LISTS[wanted["kind"]].query, {**asked, "since": wanted["since"], "until": wanted["until"]})
    if len(found) > MOST:
        raise Refusal(f"超过一次导出的上限 {MOST} 行", remedy="请缩短起止日期,分批申请")
    return found
