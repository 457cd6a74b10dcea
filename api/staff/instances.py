"""Where a process stands, and what an operator may do about it: the diagram, plan a move, move, cancel."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/instances/{instance_id}", tags=["流程"])


@router.get("/diagram", summary="流程图和位置", responses=responses(404), response_model=wire.Diagram)
def get_diagram(work: CurrentWork, instance_id: wire.Id) -> Any:
    """实例所用版本的 BPMN,以及走过的、正停着的环节。"""
    return engine.diagram(work, str(instance_id))


@router.post("/move/plan", summary="预演调整", responses=responses(404, 409), response_model=dict[str, Any])
def plan_move(work: CurrentWork, instance_id: wire.Id, body: wire.Move) -> Any:
    """说出调整会取消、打开什么,哪些期限会关闭;不改变任何事。"""
    return engine.plan_move(work, str(instance_id), body.targets, body.cancel, body.siblings)


@router.post("/move", summary="调整流程位置", responses=responses(404, 409), response_model=wire.Moved)
def move_instance(work: CurrentWork, instance_id: wire.Id, body: wire.MoveNow, key: wire.IdempotencyKey = None) -> Any:
    """退回、撤回、修复都是它。守卫不能跳过。"""
    return engine.move(
        work,
        str(instance_id),
        body.targets,
        reason=body.reason,
        cancel=body.cancel,
        siblings=body.siblings,
        **keyed(key),
    )


@router.post("/cancel", summary="终止流程", responses=responses(404, 409), response_model=wire.Stepped)
def cancel_instance(work: CurrentWork, instance_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """不达目的而结束;已取的号保留。"""
    return engine.cancel(work, str(instance_id), body.reason, **keyed(key))


@router.post("/suspend", summary="挂起流程", responses=responses(404, 409), response_model=wire.Held)
def suspend_instance(
    work: CurrentWork, instance_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None
) -> Any:
    """各环节暂不能办理,定时和系统环节等待,来件仍可登记;法定期限不因此停止计算。"""
    return engine.suspend(work, str(instance_id), body.reason, **keyed(key))


@router.post("/resume", summary="恢复流程", responses=responses(404, 409), response_model=wire.Held)
def resume_instance(work: CurrentWork, instance_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """挂起期间到时的事项在十五分钟内继续。"""
    return engine.resume(work, str(instance_id), body.reason, **keyed(key))
