"""Property taken in cases: the ledger, labels, the custodian's movements, stocktaking and its differences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(tags=["涉案财物"])
Status = Literal["seized", "stored", "lent", "returned", "handed_over", "destroyed", "auctioned", "confiscated"]
ByHand = Literal["store", "shift", "lend", "take_back", "return", "hand_over", "confiscate", "destroy", "auction"]
Kind = Literal["missing", "surplus", "wrong_place", "damaged"]
Place = Annotated[str | None, Field(max_length=200, description="保管地点")]
Shelf = Annotated[str | None, Field(max_length=60, description="库位")]
Words = Annotated[str, Field(min_length=1, max_length=100)]


class PropertyRow(BaseModel):
    """台账的一行;所有人按类别遮盖。"""

    id: UUID
    agency_id: int
    category: str
    case_id: UUID
    case_number: str | None
    number: str = Field(description="财物编号")
    basis: Literal["seized", "preserved", "sampled"] = Field(description="查封扣押、登记保存、抽样")
    class_: str = Field(alias="class", description="财物类别")
    name: str
    spec: str | None
    quantity: str = Field(description="与清单一致")
    unit: str | None
    condition: str | None
    owner_name: str | None
    third_party: bool = Field(description="属于案外人")
    receipt_number: str | None = Field(description="清单或者决定书的编号")
    seal_number: str | None
    remark: str | None
    mileage_km: int | None
    mileage_now_km: int | None
    damaged: bool
    status: Status
    place: str | None
    shelf: str | None
    keeper_id: UUID | None
    keeper: str | None
    taken_at: AwareDatetime
    period: str | None = Field(description="现在以哪个期限保管")
    due_at: AwareDatetime | None
    paused: bool = Field(description="期限停止计算(检测、鉴定)")
    overdue: bool = Field(description="期限届满仍在管")
    lent_until: date | None = Field(None, description="借出的,应归还的日期")
    lent_late: bool = Field(False, description="借出逾期未还")


class PropertyPage(BaseModel):
    """一页台账。"""

    items: list[PropertyRow]
    next: str | None


class PropertyMovement(BaseModel):
    """一次移动:依据的文书和交接的两名人员。"""

    seq: int
    at: AwareDatetime
    movement: str
    from_status: str | None
    to_status: Status
    document_id: UUID
    paper: str
    paper_name: str
    paper_number: str | None
    approval_id: UUID | None
    giver: str
    taker: str
    receiver: str | None = Field(description="签收的当事人或者单位")
    place: str | None
    shelf: str | None
    keeper: str | None
    due_on: date | None
    reason: str
    witnesses: list[str]
    photos: list[str]
    proceeds: Decimal | None


class PropertyItem(PropertyRow):
    """一件财物:移动记录和保管期限的计算经过。"""

    movements: list[PropertyMovement]
    clocks: list[dict[str, Any]] = Field(description="期限及其计算经过:逐日计入与扣除、依据条款")


class MoveProperty(wire.Body):
    """移动一件财物。本人是交接的一方,`colleague_id` 是另一方。"""

    movement: ByHand
    document_id: UUID = Field(description="允许这样移动的本案文书")
    colleague_id: UUID = Field(description="共同办理的人员")
    approval_id: UUID | None = Field(None, description="批准文书;借出、销毁、拍卖必填")
    receiver: str | None = Field(None, max_length=200, description="签收的人员或者单位;出库必填")
    place: Place = None
    shelf: Shelf = None
    due_on: date | None = Field(None, description="应归还的日期;借出必填")
    reason: str = Field("", max_length=1000)
    witnesses: list[Words] = Field(default_factory=list, max_length=10, description="见证人;销毁须两名以上")
    photos: list[UUID] = Field(default_factory=list, max_length=50, description="照片(本案证据的编号);销毁必填")
    proceeds: Decimal | None = Field(None, ge=0, max_digits=16, decimal_places=2, description="拍卖所得,元")


class PropertyMoved(BaseModel):
    """移动之后。"""

    id: UUID
    number: str
    status: Status


class StartStocktaking(wire.Body):
    """开始盘点。"""

    agency_id: int = Field(ge=0, le=2_147_483_647)
    category: str = Field(pattern=r"^\d{2}$", description="执法门类")
    place: str = Field(min_length=1, max_length=200)
    shelf: Shelf = None
    colleague_id: UUID = Field(description="共同盘点的人员")


class StocktakingStarted(BaseModel):
    """应有多少件。"""

    id: UUID
    expected: int


class CountItem(wire.Body):
    """一个标签。"""

    code: str = Field(min_length=1, max_length=200, description="扫描的标签内容,或者财物编号")
    shelf: Shelf = None
    damaged: bool = False
    mileage_km: int | None = Field(None, ge=0, le=9_999_999)
    note: str = Field("", max_length=500)


class Counted(BaseModel):
    """盘点到的财物;`number` 为空的不在台账内。"""

    id: UUID
    fresh: bool = Field(description="false:这个标签已经盘过")
    number: str | None
    name: str | None


class StocktakingDifference(BaseModel):
    """一条差异。"""

    id: UUID
    item_id: UUID | None
    case_id: UUID | None
    code: str
    kind: Kind
    detail: str


class StocktakingClosed(BaseModel):
    """盘点结果。"""

    id: UUID
    differences: list[StocktakingDifference]


class Stocktaking(BaseModel):
    """一次盘点。"""

    id: UUID
    agency_id: int
    category: str
    place: str
    shelf: str | None
    expected: int
    counted: int
    started_at: AwareDatetime
    started_by: str
    second: str
    closed_at: AwareDatetime | None


class StockDifference(StocktakingDifference):
    """差异及其答复。"""

    agency_id: int
    category: str
    stocktaking_id: UUID
    place: str
    shelf: str | None
    number: str | None
    name: str | None
    raised_at: AwareDatetime
    answered_at: AwareDatetime | None
    answered_by: str | None
    answer: str | None


class StockDifferencePage(BaseModel):
    """一页差异。"""

    items: list[StockDifference]
    next: str | None


class AnswerDifference(wire.Body):
    """差异的原因和处理。"""

    answer: str = Field(min_length=1, max_length=2000)


class DifferenceAnswered(BaseModel):
    """已答复。"""

    id: UUID
    answered: bool


@router.get("/property", summary="财物台账", responses=responses(404), response_model=PropertyPage)
def list_property(
    work: CurrentWork,
    case_id: Annotated[UUID | None, Query(description="只看一件案件的")] = None,
    status: Annotated[Status | None, Query()] = None,
    place: Annotated[str | None, Query(max_length=200)] = None,
    shelf: Annotated[str | None, Query(max_length=60)] = None,
    late: Annotated[bool, Query(description="只看借出逾期未还的")] = False,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """新的在前,每件附现在的保管期限;翻页用上一页的 `next`。"""
    return engine.property_ledger(
        work, case_id=str(case_id) if case_id else None, status=status, place=place, shelf=shelf, late=late, after=after,
        limit=limit,
    )  # fmt: skip


@router.get("/property/{item_id}", summary="一件财物", responses=responses(404), response_model=PropertyItem)
def get_property(
    work: CurrentWork,
    item_id: wire.Id,
    reason: Annotated[
        str | None, Query(max_length=200, description="查看所有人全名的理由;须有相应权限并留审计")
    ] = None,
) -> Any:
    """移动记录(依据的文书、交接的两人)和保管期限的计算经过。"""
    return engine.property_item(work, str(item_id), reason)


@router.get(
    "/property/{item_id}/label",
    summary="财物标签",
    responses={200: {"content": {"image/svg+xml": {}}, "description": "SVG,70×36 毫米"}, **responses(404)},
    response_class=Response,
)
def get_property_label(work: CurrentWork, item_id: wire.Id) -> Response:
    """二维码标签:扫描后在盘点中识别;不含个人信息。"""
    return Response(
        engine.label_of_property(work, str(item_id)),
        media_type="image/svg+xml",
        headers={"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"},
    )


@router.post(
    "/property/{item_id}/movements", summary="移动财物", responses=responses(404, 409), response_model=PropertyMoved
)
def move_property(work: CurrentWork, item_id: wire.Id, body: MoveProperty, key: wire.IdempotencyKey = None) -> Any:
    """入库、移库、借出、归还、退还、移交、没收、销毁、拍卖。须有本案允许这样移动的文书和两名人员。"""
    told = body.model_dump(exclude={"movement", "document_id", "colleague_id", "approval_id", "photos"})
    return engine.move_property(
        work,
        str(item_id),
        body.movement,
        str(body.document_id),
        str(body.colleague_id),
        approval_id=str(body.approval_id) if body.approval_id else None,
        photos=[str(photo) for photo in body.photos],
        **told,
        **keyed(key),
    )


@router.post(
    "/stocktakings", summary="开始盘点", status_code=201, responses=responses(404, 409), response_model=StocktakingStarted
)  # fmt: skip
def start_stocktaking(work: CurrentWork, body: StartStocktaking, key: wire.IdempotencyKey = None) -> Any:
    """一处地点或者其中一个库位,两人进行;应有的财物此刻固定。"""
    return engine.start_stocktaking(
        work, body.agency_id, body.category, body.place, str(body.colleague_id), body.shelf, **keyed(key)
    )


@router.get("/stocktakings/{stocktaking_id}", summary="盘点进度", responses=responses(404), response_model=Stocktaking)
def get_stocktaking(work: CurrentWork, stocktaking_id: wire.Id) -> Any:
    """应有几件,已盘几件。"""
    return engine.one_stocktaking(work, str(stocktaking_id))


@router.post(
    "/stocktakings/{stocktaking_id}/counts", summary="盘到一件", responses=responses(404, 409), response_model=Counted
)
def count_item(work: CurrentWork, stocktaking_id: wire.Id, body: CountItem, key: wire.IdempotencyKey = None) -> Any:
    """扫描标签或者输入编号;同一标签再扫不重复计。"""
    return engine.count_item(
        work, str(stocktaking_id), body.code, shelf=body.shelf, damaged=body.damaged, mileage_km=body.mileage_km,
        note=body.note, **keyed(key),
    )  # fmt: skip


@router.post(
    "/stocktakings/{stocktaking_id}/close",
    summary="结束盘点",
    responses=responses(404, 409),
    response_model=StocktakingClosed,
)
def close_stocktaking(work: CurrentWork, stocktaking_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """列出缺少、多出、位置不符、损坏;每条在所属案件产生预警,待答复。"""
    return engine.close_stocktaking(work, str(stocktaking_id), **keyed(key))


@router.get("/stock-differences", summary="盘点差异", responses=responses(404), response_model=StockDifferencePage)
def list_stock_differences(
    work: CurrentWork,
    stocktaking_id: Annotated[UUID | None, Query()] = None,
    open_only: Annotated[bool, Query(description="只看待答复的")] = True,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """新的在前;翻页用上一页的 `next`。"""
    return engine.stock_differences(
        work, stocktaking_id=str(stocktaking_id) if stocktaking_id else None, open_only=open_only, after=after, limit=limit
    )  # fmt: skip


@router.post(
    "/stock-differences/{difference_id}/answer",
    summary="答复盘点差异",
    responses=responses(404, 409),
    response_model=DifferenceAnswered,
)
def answer_stock_difference(
    work: CurrentWork, difference_id: wire.Id, body: AnswerDifference, key: wire.IdempotencyKey = None
) -> Any:
    """只答复一次;案件上的预警随之关闭。"""
    return engine.answer_difference(work, str(difference_id), body.answer, **keyed(key))
