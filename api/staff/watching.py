"""Copies of a case with read receipt, cases that one follows, reminders."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(tags=["抄送与关注"])


@router.post("/cases/{case_id}/cc", summary="抄送", responses=responses(404, 409, 422), response_model=wire.Watching)
def copy_case(work: CurrentWork, case_id: wire.Id, body: wire.CopyTo, key: wire.IdempotencyKey = None) -> Any:
    """受送人须有权查看本案;其阅读时间留作回执。"""
    return engine.copy_to(work, str(case_id), str(body.officer_id), body.note, **keyed(key))


@router.get(
    "/cases/{case_id}/receipts", summary="抄送回执", responses=responses(404), response_model=list[wire.Receipt]
)
def list_receipts(work: CurrentWork, case_id: wire.Id) -> Any:
    """抄送给了谁、各自何时阅读。"""
    return engine.receipts(work, str(case_id))


@router.post("/cases/{case_id}/follow", summary="关注", responses=responses(404, 409), response_model=wire.Watching)
def follow_case(work: CurrentWork, case_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """案件列入“我关注的”。"""
    return engine.follow(work, str(case_id), **keyed(key))


@router.post(
    "/cases/{case_id}/unfollow", summary="取消关注", responses=responses(404, 409), response_model=wire.Watching
)
def unfollow_case(work: CurrentWork, case_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """没有关注的,不改变任何事。"""
    return engine.unfollow(work, str(case_id), **keyed(key))


@router.get("/watched", summary="抄送给我的、我关注的", responses=responses(404), response_model=wire.WatchedPage)
def list_watched(
    work: CurrentWork,
    box: Annotated[Literal["cc", "follow"], Query(description="抄送给我的、我关注的")] = "cc",
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """新的在前;翻页用上一页的 `next`。"""
    return engine.watched(work, box, limit, after)


@router.post(
    "/watched/{watch_id}/read", summary="阅读回执", responses=responses(404, 409), response_model=wire.Watching
)
def read_copy(work: CurrentWork, watch_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """记下首次阅读抄送件的时间。"""
    return engine.read_copy(work, str(watch_id), **keyed(key))


@router.post("/tasks/{task_id}/urge", summary="催办", responses=responses(404, 409), response_model=wire.Claimed)
def urge_task(work: CurrentWork, task_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """产生一条须答复的预警;未答复之前不能再催。"""
    return engine.urge(work, str(task_id), body.reason, **keyed(key))
