"""The money of cases as finance people see and handle it: ledger, receipts, corrections, refunds, differences, the day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api import sheets
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(tags=["罚没款"])
Yuan = Annotated[
    Decimal,
    Field(
        ge=0, le=Decimal("99999999999999.99"), max_digits=16, decimal_places=2, description="元", examples=["3000.00"]
    ),
]
PaidOn = Annotated[date, Field(ge=date(2000, 1, 1), description="日期", examples=["2026-03-31"])]
Text = Annotated[str, Field(min_length=1, max_length=200)]
State = Literal["open", "explained", "corrected"]
Channel = Literal["bank", "electronic"]


class Sum(BaseModel):
    """一个科目的余额;借方为正、贷方为负,元。"""

    account: str
    name: str
    amount: str


class Balance(BaseModel):
    """案件账目,元。"""

    decided: str = Field(description="应缴罚款和没收违法所得")
    surcharge: str = Field(description="应缴加处罚款")
    received: str = Field(description="已收(代收银行、机关、当场收缴在途)")
    remaining: str = Field(description="未缴")
    to_refund: str = Field(description="多缴待退")
    refund_due: str = Field(description="已核准、未退付")
    accounts: list[Sum] = []


class Posting(BaseModel):
    """一条分录。"""

    account: str
    name: str
    amount: str
    due_on: date | None = Field(description="应缴日")


class Voucher(BaseModel):
    """一张凭证。"""

    id: UUID
    kind: str
    name: str
    on_day: date
    at: AwareDatetime
    decision_no: str | None
    reference: str | None = Field(description="票据号")
    trade_no: str | None = Field(description="银行交易号")
    channel: str | None
    payee: str | None = Field(description="代收银行及账户")
    reason: str | None
    reverses: UUID | None = Field(description="红冲哪张凭证")
    reversed_by: UUID | None = Field(description="被哪张凭证红冲")
    person_id: UUID
    postings: list[Posting]


class Refund(BaseModel):
    """一项退款;收款人和账号已脱敏。"""

    id: UUID
    case_id: UUID
    case_number: str | None
    agency_id: int
    amount: Decimal
    payee_name: str
    payee_bank: str
    payee_account: str
    reason: str
    state: Literal["requested", "approved", "refused", "paid"]
    requested_by: UUID
    requested_at: AwareDatetime
    decided_by: UUID | None
    decided_at: AwareDatetime | None
    note: str | None
    paid_on: date | None


class Offset(BaseModel):
    """一项以拍卖、变卖所得抵缴罚款的申请。"""

    id: UUID
    case_id: UUID
    case_number: str | None
    document_id: UUID = Field(description="批准抵缴的文书")
    paper_name: str | None
    paper_number: str | None
    reason: str
    state: Literal["requested", "approved", "refused"]
    requested_by: UUID
    requested_at: AwareDatetime
    decided_by: UUID | None
    decided_at: AwareDatetime | None
    note: str | None
    offset_amount: Decimal | None = Field(description="抵缴金额,元")
    remainder: Decimal | None = Field(description="余款,转多缴待退,元")


class Offsets(BaseModel):
    """一页抵缴申请。"""

    items: list[Offset]
    next: str | None


class OffsetPaper(BaseModel):
    """可据以抵缴的批准文书。"""

    id: UUID
    name: str
    number: str | None


class CaseMoney(BaseModel):
    """案件账目:余额、凭证、退款、抵缴。"""

    case_id: UUID
    case_number: str | None
    balance: Balance
    vouchers: list[Voucher]
    refunds: list[Refund]
    proceeds: Decimal = Field(description="拍卖、变卖所得中尚未处理的,元")
    offsets: list[Offset]
    offset_papers: list[OffsetPaper]


class Refunds(BaseModel):
    """一页退款。"""

    items: list[Refund]
    next: str | None


class Booked(BaseModel):
    """入账的凭证和入账后的余额。"""

    voucher_id: UUID
    balance: Balance


class BalanceChanged(BaseModel):
    """变更后的余额。"""

    balance: Balance


class NewReceipt(wire.Body):
    """一张代收机构的票据。"""

    receipt_no: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S+$", description="票据号")]
    amount: Yuan = Field(description="其中罚款、没收违法所得")
    surcharge: Yuan = Field(Decimal(0), description="其中加处罚款")
    paid_on: PaidOn = Field(description="缴款日期")
    channel: Channel = Field(description="bank 银行柜面、electronic 电子支付;当场收缴的现金在简易程序中登记")
    payer: Text = Field(description="缴款人")


class ChangeOfAmount(wire.Reason):
    """变更后的应缴金额及其文书。"""

    fine: Yuan
    confiscation: Yuan = Decimal(0)
    ground: Literal["reconsideration", "court", "correction"] = Field(description="复议决定、法院裁判、自行纠正")
    document_no: Annotated[str, Field(min_length=1, max_length=60, description="文书文号")]


class RefundRequest(wire.Reason):
    """退款申请。"""

    amount: Yuan
    payee_name: Text
    payee_bank: Text
    payee_account: Annotated[str, Field(min_length=4, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]


class RefundDecision(wire.Body):
    """审批意见;不同意的须写明理由。"""

    approve: bool
    note: str = Field("", max_length=1000)


class OffsetRequest(wire.Reason):
    """抵缴申请。"""

    document_id: UUID = Field(description="本案批准抵缴的文书")


class OffsetDecided(BaseModel):
    """抵缴申请的状态和余额。"""

    id: UUID
    state: Literal["approved", "refused"]
    balance: Balance


class PaidOut(wire.Body):
    """银行退付凭单。"""

    paid_on: PaidOn
    reference: Annotated[str, Field(min_length=1, max_length=60)]


class Made(BaseModel):
    """新记录的编号。"""

    id: UUID


class Decided(BaseModel):
    """退款的状态。"""

    id: UUID
    state: Literal["approved", "refused", "paid"]


class BankDifference(BaseModel):
    """一项对账差异。"""

    id: UUID
    agency_id: int
    case_id: UUID | None
    case_number: str | None
    counterpart: str
    kind: str = Field(
        description="missing_receipt、missing_in_file、doubled、wrong_amount、unknown_notice、reversed 等"
    )
    key: str = Field(description="交易号或者事项")
    about: str = Field(description="缴款通知单号")
    day: date | None
    text: str
    act: str = Field(description="建议")
    state: State
    addressee_role: str = Field(description="由谁处理")
    found_at: AwareDatetime
    settled_by: UUID | None
    settled_at: AwareDatetime | None
    reason: str | None
    voucher_id: UUID | None


class Differences(BaseModel):
    """一页差异。"""

    items: list[BankDifference]
    next: str | None


class Correction(wire.Reason):
    """如何入账。"""

    case_id: UUID | None = Field(None, description="款项属于哪个案件;差异已指明案件的不填")
    surcharge: Yuan = Field(Decimal(0), description="只有对账文件的款项:其中加处罚款")


class Settled(BaseModel):
    """差异的状态。"""

    id: UUID
    state: State
    voucher_id: UUID | None = None


class Day(wire.Body):
    """哪一天。"""

    day: date


class Reconciled(BaseModel):
    """对账结果,元。"""

    day: date
    file: str | None = Field(description="对账文件;尚未收到的为空")
    lines: int
    bank: str
    ledger: str
    opened: int = Field(description="新发现的差异")
    closed: int = Field(description="已自行对上的差异")
    open: int = Field(description="截至当日未处理的差异")


class KindOfDay(BaseModel):
    """一类凭证一天的合计。"""

    agency_id: int
    kind: str
    name: str
    number: int
    sums: list[Sum]


class DayReport(BaseModel):
    """日报,元。"""

    day: date
    vouchers: list[KindOfDay]
    file: str | None
    bank: str
    open_differences: int


# ---------------------------------------------------------------------- a case
@router.get("/cases/{case_id}/money", summary="案件账目", responses=responses(404), response_model=CaseMoney)
def get_case_money(work: CurrentWork, case_id: wire.Id) -> Any:
    """余额、每张凭证及其分录、退款。账目只增不改,更正以红冲表示。"""
    return engine.case_money(work, str(case_id))


@router.post("/cases/{case_id}/receipts", summary="登记收款", responses=responses(404, 409, 422), response_model=Booked)
def take_receipt(work: CurrentWork, case_id: wire.Id, body: NewReceipt, key: wire.IdempotencyKey = None) -> Any:
    """登记代收机构的纸质票据,可以是部分缴款;足额时流程自动收到缴款回单。作出本案决定的人不能登记。"""
    return engine.take_receipt(work, str(case_id), **body.model_dump(), **keyed(key))


@router.post(
    "/cases/{case_id}/obligation",
    summary="变更应缴金额",
    responses=responses(404, 409, 422),
    response_model=BalanceChanged,
)
def change_obligation(
    work: CurrentWork, case_id: wire.Id, body: ChangeOfAmount, key: wire.IdempotencyKey = None
) -> Any:
    """复议、诉讼或者自行纠正后:红冲原决定,按新金额入账,已多缴的转为待退。"""
    return engine.change_obligation(work, str(case_id), **body.model_dump(), **keyed(key))


@router.post(
    "/vouchers/{voucher_id}/counter", summary="红冲", responses=responses(404, 409, 422), response_model=Booked
)
def counter_voucher(work: CurrentWork, voucher_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """以相反的分录冲销一张收款或者加处罚款凭证;原凭证保留。"""
    return engine.counter_receipt(work, str(voucher_id), body.reason, **keyed(key))


# ---------------------------------------------------------------------- refunds
@router.get("/refunds", summary="退款", responses=responses(422), response_model=Refunds)
def list_refunds(
    work: CurrentWork,
    state: Annotated[Literal["requested", "approved", "refused", "paid"] | None, Query()] = None,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """本人数据范围内的退款,新的在前。"""
    return _page(engine.refunds(work, state, limit + 1, after), limit)


@router.post("/cases/{case_id}/refunds", summary="申请退款", responses=responses(404, 409, 422), response_model=Made)
def request_refund(work: CurrentWork, case_id: wire.Id, body: RefundRequest, key: wire.IdempotencyKey = None) -> Any:
    """退还多缴的款项,由另一人审批。"""
    return engine.request_refund(work, str(case_id), **body.model_dump(), **keyed(key))


@router.post(
    "/cases/{case_id}/offsets", summary="申请抵缴罚款", responses=responses(404, 409, 422), response_model=Made
)
def request_offset(work: CurrentWork, case_id: wire.Id, body: OffsetRequest, key: wire.IdempotencyKey = None) -> Any:
    """以查封、扣押财物的拍卖、变卖所得抵缴逾期未缴的罚没款;须有本案的批准文书,由另一人审批。"""
    return engine.request_offset(
        work, str(case_id), document_id=str(body.document_id), reason=body.reason, **keyed(key)
    )


@router.get("/offsets", summary="抵缴申请", responses=responses(422), response_model=Offsets)
def list_offsets(
    work: CurrentWork,
    state: Annotated[Literal["requested", "approved", "refused"] | None, Query()] = None,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """本人数据范围内的抵缴申请,新的在前。"""
    return _page(engine.offsets(work, state, limit + 1, after), limit)


@router.post(
    "/offsets/{offset_id}/decision",
    summary="审批抵缴",
    responses=responses(404, 409, 422),
    response_model=OffsetDecided,
)
def decide_offset(work: CurrentWork, offset_id: wire.Id, body: RefundDecision, key: wire.IdempotencyKey = None) -> Any:
    """同意的即时入账:先抵到期在先的,余款转多缴待退、退还当事人。申请人和作出本案决定的人不能审批。"""
    return engine.decide_offset(work, str(offset_id), **body.model_dump(), **keyed(key))


@router.post(
    "/refunds/{refund_id}/decision", summary="审批退款", responses=responses(404, 409, 422), response_model=Decided
)
def decide_refund(work: CurrentWork, refund_id: wire.Id, body: RefundDecision, key: wire.IdempotencyKey = None) -> Any:
    """申请人、作出本案决定的人不能审批。"""
    return engine.decide_refund(work, str(refund_id), **body.model_dump(), **keyed(key))


@router.post(
    "/refunds/{refund_id}/paid", summary="登记已退付", responses=responses(404, 409, 422), response_model=Decided
)
def record_refunded(work: CurrentWork, refund_id: wire.Id, body: PaidOut, key: wire.IdempotencyKey = None) -> Any:
    """按银行退付凭单登记;对账文件列出的退付自动登记。"""
    return engine.record_refunded(work, str(refund_id), **body.model_dump(), **keyed(key))


# ---------------------------------------------------------------------- the bank's day
@router.get("/money/differences", summary="对账差异", responses=responses(422), response_model=Differences)
def list_differences(
    work: CurrentWork,
    state: Annotated[State | None, Query(description="缺省为全部")] = None,
    case_id: Annotated[UUID | None, Query(description="只看一个案件")] = None,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """本人数据范围内的差异,新的在前。"""
    return _page(engine.differences(work, state, limit + 1, after, case_id), limit)


@router.post(
    "/money/differences/{money_difference_id}/explain",
    summary="说明差异",
    responses=responses(404, 409, 422),
    response_model=Settled,
)
def explain_difference(
    work: CurrentWork, money_difference_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None
) -> Any:
    """写明不需要入账的原因。"""
    return engine.explain_difference(work, str(money_difference_id), body.reason, **keyed(key))


@router.post(
    "/money/differences/{money_difference_id}/correct",
    summary="更正差异",
    responses=responses(404, 409, 422),
    response_model=Settled,
)
def correct_difference(
    work: CurrentWork, money_difference_id: wire.Id, body: Correction, key: wire.IdempotencyKey = None
) -> Any:
    """把留待核对的到账、对账文件中没有回单的款项入账;银行冲正已自动红冲的,登记已处理。"""
    told = body.model_dump()
    told["case_id"] = str(body.case_id) if body.case_id else None
    return engine.correct_difference(work, str(money_difference_id), **told, **keyed(key))


@router.post("/money/reconcile", summary="日终对账", responses=responses(409, 422), response_model=Reconciled)
def reconcile(work: CurrentWork, body: Day, key: wire.IdempotencyKey = None) -> Any:
    """以代收银行的对账文件核对本机构当日账目:列出差异,补到的自动对上。"""
    return engine.reconcile(work, body.day, **keyed(key))


@router.get("/money/day", summary="罚没款日报", responses=responses(422), response_model=DayReport)
def day_report(work: CurrentWork, day: Annotated[date, Query(description="日期", examples=["2026-03-31"])]) -> Any:
    """本人数据范围内一天的凭证合计、对账文件合计和未处理的差异。"""
    return engine.day_report(work, day)


_HEADINGS = {
    "on_day": "日期", "agency_id": "机构", "case_number": "案号", "kind": "凭证", "decision_no": "决定书", "reference": "票据号",
    "trade_no": "交易号", "channel": "渠道", "account": "科目", "amount": "金额(元)", "person": "经办人", "at": "入账时间",
}  # fmt: skip


@router.get("/money/export", summary="导出账目", responses={**sheets.SCHEMA, **responses(422)}, response_class=Response)
def export_money(
    work: CurrentWork,
    first: Annotated[date, Query(description="起始日期", examples=["2026-03-01"])],
    last: Annotated[date, Query(description="截止日期", examples=["2026-03-31"])],
    form: Annotated[sheets.Format, Query(alias="format", description="csv 或 xlsx")] = "xlsx",
) -> Response:
    """本人数据范围内这些日期的全部分录,不含当事人和说明文字;首行是水印,导出记入审计。以 = + - @ 开头的文字前加撇号,不会被当作公式。"""
    rows = engine.export_money(work, first, last)
    mark = engine.sheet_mark(work, f"罚没款账目 {first} 至 {last}", len(rows))
    return sheets.download(f"罚没款账目_{first}_{last}", _HEADINGS, map(engine.named_money, rows), form, mark=mark)


def _page(rows: list[Any], limit: int) -> dict[str, Any]:
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}
