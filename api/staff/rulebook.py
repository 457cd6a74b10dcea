"""The rulebook for whoever asks: law, items, deadlines and discretion with explanation, alerts, confirmations, recomputations."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(tags=["规则"])
On = Annotated[date | None, Query(description="查询哪一天有效的内容;不填为今天", examples=["2026-03-02"])]
Agency = Annotated[int, Field(ge=0, le=2_147_483_647, description="机构编号", examples=[440100])]
Citation = Annotated[str, Query(min_length=3, max_length=100, description="引用:法名#条号")]


class LawHit(BaseModel):
    """检索到的条文。"""

    citation: str
    law: str
    full_name: str
    no: str
    text: str
    mark: str
    valid_from: date
    valid_to: date | None
    score: float


class PauseGround(BaseModel):
    """停表事由。"""

    reason: str
    name: str
    law: str
    mark: str
    enabled: bool


class Longer(BaseModel):
    """延长。"""

    longest: str | None = Field(description="最多多长;空为由批准人定")
    by: str = Field(description="批准人")
    law: str
    times: int
    mark: str
    enabled: bool


class DeadlineRule(BaseModel):
    """一项期限。"""

    id: str
    name: str
    group: str
    trigger: str = Field(description="自何时起算")
    length: int
    unit: str
    kind: str
    backward: bool
    roll_over: bool = Field(description="末日为休息日的是否顺延")
    holder: str
    pauses: list[PauseGround]
    extension: Longer | None
    warning_leads: list[int]
    law: list[str]
    basis: str
    on_breach: str
    mark: str = Field(description="V 已核对条文,K 未核对")
    unconfirmed: str | None = Field(description="为什么须由机构确认后使用;空为可以直接使用")
    version: str


class RiskRule(BaseModel):
    """一条预警规则。"""

    id: str
    name: str
    severity: Literal["critical", "high", "medium", "info"]
    mode: Literal["block", "warn", "info"]
    mode_reason: str
    when: str = Field(description="条件(FEEL)")
    act: str = Field(description="建议怎样办")
    alert_to: list[str]
    law: list[str]
    basis: str
    mark: str
    version: str
    state: Literal["working", "partly", "waiting"] = Field(description="能判断、只能判断一部分、还不能判断")
    waiting_for: list[str] = Field(description="在等哪些数据、文书、期限或环节")


class DiscretionRequest(wire.Body):
    """裁量计算。"""

    item: Annotated[str, Field(max_length=40, description="违法行为事项编号")]
    act_date: date = Field(description="违法行为发生日")
    circumstances: dict[str, Any] = Field(default_factory=dict, description="情形:事实 → 值;金额和小数为文字")
    as_of: date | None = Field(None, description="裁量日期;不填为今天")
    agency_id: Agency | None = None


class Stood(wire.Body):
    """停表。"""

    reason: Annotated[str, Field(max_length=60)]
    start: date
    end: date | None = None
    notice_served: date | None = None


class Due(wire.Body):
    """期限计算。"""

    started: Annotated[str, Field(max_length=40, description="起算日或时刻", examples=["2026-03-02"])]
    pauses: list[Stood] = Field(default_factory=list, max_length=50)
    as_of: date | None = None
    agency_id: Agency | None = None


class Answer(wire.Reason):
    """处理预警。"""

    outcome: Literal["answered", "released", "false_alarm"] = Field(description="已处理、说明理由放行、误报")
    act: Annotated[str, Field(max_length=40, description="只放行某些办理的预警:放行哪一种", examples=["解除"])] = ""


class Confirm(wire.Body):
    """机构确认一项参数。"""

    key: Annotated[str, Field(max_length=120, examples=["deadline:DL_STATEMENT_DEFENCE"])]
    value: Any = Field(
        description="期限为 {length, unit, pauses, extension} 中改动的部分;其他为数或文字", examples=[{"length": 5}]
    )
    agency_id: Agency
    ground: Annotated[str, Field(min_length=1, max_length=2000, description="依据:文件名、文号或条款")]


@router.get("/law", summary="检索条文", responses=responses(422), response_model=list[LawHit])
def search_law(
    work: CurrentWork,
    q: Annotated[str, Query(min_length=1, max_length=200, description="检索词")],
    on: On = None,
    limit: wire.Limit = 20,
) -> Any:
    """按字词检索,最相关的在前;只列当日有效的。"""
    return engine.search_law(work, q, on, limit)


@router.get("/law/article", summary="条文", responses=responses(404), response_model=dict[str, Any])
def get_article(work: CurrentWork, citation: Citation, on: On = None) -> Any:
    """一条条文的要点、效力和规则库中引用它的内容。"""
    return engine.article(work, citation, on)


@router.get("/law/favourites", summary="我收藏的条文", responses=responses(), response_model=list[dict[str, Any]])
def list_favourites(work: CurrentWork) -> Any:
    """新的在前。"""
    return engine.favourites(work)


@router.put("/law/favourites", summary="收藏条文", responses=responses(404), response_model=dict[str, Any])
def add_favourite(work: CurrentWork, citation: Citation) -> Any:
    """再次收藏没有变化。"""
    return engine.add_favourite(work, citation)


@router.delete("/law/favourites", summary="取消收藏", responses=responses(), response_model=dict[str, Any])
def drop_favourite(work: CurrentWork, citation: Citation) -> Any:
    """没有收藏过也不算错。"""
    return engine.drop_favourite(work, citation)


@router.get("/items", summary="违法行为事项", responses=responses(), response_model=list[dict[str, Any]])
def list_items(
    work: CurrentWork,
    category: Annotated[str | None, Query(pattern=r"^0[1-8]$", description="执法门类")] = None,
    on: On = None,
    code: Annotated[str | None, Query(max_length=20, description="只要这一项")] = None,
) -> Any:
    """当日有效的事项。"""
    return engine.items(work, category, on, code)


@router.get("/deadlines", summary="期限规则", responses=responses(), response_model=list[DeadlineRule])
def list_deadlines(work: CurrentWork) -> Any:
    """现行的全部期限,附依据;未核对的说明须由机构确认。"""
    return engine.deadline_rules(work)


@router.get("/risks", summary="预警规则", responses=responses(), response_model=list[RiskRule])
def list_risk_rules(work: CurrentWork) -> Any:
    """现行的全部预警规则;还没有数据来源、不能判断的列明在等什么。"""
    return engine.risk_rules(work)


@router.post("/discretion", summary="计算裁量", responses=responses(404, 422), response_model=dict[str, Any])
def compute_discretion(work: CurrentWork, body: DiscretionRequest) -> Any:
    """适用的法律、阶次、幅度、建议金额、因素表、触发的程序和依据;不改动任何案件。"""
    return engine.compute_discretion(work, body.item, body.circumstances, body.act_date, body.as_of, body.agency_id)


@router.post(
    "/deadlines/{deadline_id}/due",
    summary="计算期限",
    responses=responses(404, 409, 422),
    response_model=dict[str, Any],
)
def compute_due(
    work: CurrentWork, deadline_id: Annotated[str, Path(max_length=60, pattern=r"^[A-Z0-9_]+$")], body: Due
) -> Any:
    """到期日,以及计入、不计入、停表的每一天和依据;不改动任何案件。"""
    pauses = [pause.model_dump() for pause in body.pauses]
    return engine.due(work, deadline_id, body.started, pauses, body.as_of, body.agency_id)


@router.get("/alerts", summary="预警", responses=responses(), response_model=dict[str, Any])
def list_alerts(
    work: CurrentWork,
    status: Annotated[Literal["open", "answered", "released", "false_alarm"] | None, Query(description="状态")] = None,
    severity: Annotated[Literal["critical", "high", "medium", "info"] | None, Query(description="级别")] = None,
    rule: Annotated[str | None, Query(max_length=120, description="规则编号")] = None,
    case_id: Annotated[UUID | None, Query(description="案件")] = None,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """本人数据范围内的,新的在前。"""
    case = None if case_id is None else str(case_id)
    return engine.list_alerts(work, status=status, severity=severity, rule=rule, case_id=case, limit=limit, after=after)


@router.get("/alerts/quality", summary="预警质量", responses=responses(), response_model=list[dict[str, Any]])
def alert_quality(work: CurrentWork) -> Any:
    """每条规则预警多少次,其中已处理、放行、误报各多少;误报和放行比例高的在前。"""
    return engine.alert_quality(work)


@router.post(
    "/alerts/{alert_id}/answer", summary="处理预警", responses=responses(404, 409), response_model=dict[str, Any]
)
def answer_alert(work: CurrentWork, alert_id: wire.Id, body: Answer, key: wire.IdempotencyKey = None) -> Any:
    """严重的阻断预警不得放行;其他阻断预警由执法部门负责人说明理由放行。"""
    return engine.answer_alert(work, str(alert_id), body.outcome, body.reason, body.act, **keyed(key))


@router.get(
    "/confirmations", summary="待确认和已确认的参数", responses=responses(), response_model=list[dict[str, Any]]
)
def list_confirmations(work: CurrentWork, agency_id: Annotated[int, Query(ge=0, le=2_147_483_647)]) -> Any:
    """期限、裁量参数、预警阈值:缺省值、本机构确认的值和依据;未确认的说明原因。"""
    return engine.confirmable(work, agency_id)


@router.post("/confirmations", summary="确认参数", responses=responses(404, 422, 409), response_model=dict[str, Any])
def confirm_rule(work: CurrentWork, body: Confirm, key: wire.IdempotencyKey = None) -> Any:
    """写明依据;从此按确认的值办理,未结的期限随即重新计算。"""
    return engine.confirm_rule(work, body.key, body.value, agency_id=body.agency_id, ground=body.ground, **keyed(key))


@router.get("/recomputes", summary="期限重新计算", responses=responses(), response_model=list[dict[str, Any]])
def list_recomputes(work: CurrentWork) -> Any:
    """日历、期限规则变动或机构确认引起的;新的在前。"""
    return engine.recomputes(work)


@router.get(
    "/recomputes/{recompute_id}/cases", summary="变动的案件", responses=responses(404), response_model=dict[str, Any]
)
def list_moved_cases(
    work: CurrentWork,
    recompute_id: wire.Id,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """哪些案件的期限变了、从哪天到哪天、因为哪些日子。"""
    return engine.moved_cases(work, str(recompute_id), limit, None if after is None else str(after))
