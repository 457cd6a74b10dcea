"""The door of officers, supervisors and administrators: translates and authenticates, never decides."""

from __future__ import annotations

from fastapi import APIRouter

from api.staff import (
    absences,
    audits,
    cases,
    clocks,
    clues,
    desk,
    documents,
    evaluations,
    events,
    evidence,
    exams,
    incidents,
    inspections,
    instances,
    lawmaking,
    money,
    numbers,
    objects,
    outside,
    overview,
    people,
    property,
    releases,
    reports,
    rulebook,
    supervision,
    tasks,
    training,
    uploads,
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
    uploads,
    watching,
    overview,
    absences,
    exams,
    evaluations,
    outside,
    property,
    money,
    numbers,
    people,
    inspections,
    clues,
    supervision,
):
    router.include_router(part.router)
router.include_router(evidence.demands)
