"""The door of officers, supervisors and administrators: translates and authenticates, never decides."""

from __future__ import annotations

from fastapi import APIRouter

from api.staff import (
    absences,
    audits,
    cases,
    clocks,
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
    property,
    releases,
    reports,
    rulebook,
    tasks,
    training,
    watching,
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
    lawmaking,
    reports,
    audits,
    training,
    watching,
    absences,
    exams,
    evaluations,
    outside,
    property,
):
    router.include_router(part.router)
