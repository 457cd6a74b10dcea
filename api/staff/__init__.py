"""The door of officers, supervisors and administrators: translates and authenticates, never decides."""

from __future__ import annotations

from fastapi import APIRouter

from api.staff import (
    audits,
    cases,
    clocks,
    documents,
    events,
    evidence,
    incidents,
    instances,
    objects,
    releases,
    reports,
    rulebook,
    tasks,
)

router = APIRouter()
for part in (
    tasks,
    events,
    cases,
    clocks,
    objects,
    evidence,
    documents,
    instances,
    incidents,
    releases,
    rulebook,
    reports,
    audits,
):
    router.include_router(part.router)
