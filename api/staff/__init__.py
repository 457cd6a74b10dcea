"""The door of officers, supervisors and administrators: translates and authenticates, never decides."""

from __future__ import annotations

from fastapi import APIRouter

from api.staff import (
    absences,
    audits,
    cases,
    clocks,
    desk,
    documents,
    evaluations,
    events,
    evidence,
    exams,
    incidents,
    instances,
    lawmaking,
    objects,
    outside,
    releases,
    reports,
    rulebook,
    supervision,
    tasks,
    training,
    watching,
)

router = APIRouter()
for part in (
    desk,
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
    lawmaking,
    reports,
    audits,
    training,
    watching,
    supervision,
    absences,
    exams,
    evaluations,
    outside,
):
    router.include_router(part.router)
