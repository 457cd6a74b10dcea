"""Incidents: what gave up, with cause and remedy."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/incidents", tags=["异常"])


@router.get("", summary="未处理的异常", responses=responses(), response_model=wire.IncidentPage)
def list_incidents(
    work: CurrentWork,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """本人数据范围内的,旧的在前。"""
    return engine.incidents(work, limit, None if after is None else str(after))


@router.post("/{incident_id}/retry", summary="重试", responses=responses(404, 409), response_model=wire.Handled)
def retry_incident(work: CurrentWork, incident_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """作业重新排队,次数清零。"""
    return engine.retry_incident(work, str(incident_id), **keyed(key))


@router.post("/{incident_id}/skip", summary="跳过", responses=responses(404, 409), response_model=wire.Handled)
def skip_incident(work: CurrentWork, incident_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """不再做这项作业,流程继续;理由留在记录中。"""
    return engine.skip_incident(work, str(incident_id), body.reason, **keyed(key))


@router.post("/{incident_id}/repair", summary="修复", responses=responses(404, 409), response_model=wire.Handled)
def repair_incident(work: CurrentWork, incident_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """已用别的办法(调整流程位置、更正内容)处理好,写明经过后关闭。"""
    return engine.repair_incident(work, str(incident_id), body.reason, **keyed(key))
