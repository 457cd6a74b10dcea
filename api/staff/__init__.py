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
    dossiers,
    evaluations,
    events,
    evidence,
    exams,
    incidents,
    inspections,
    instances,
    lawmaking,
    money,
    objects,
    outside,
    people,
    releases,
    reports,
    rulebook,
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
    dossiers,
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
    absences,
    exams,
    evaluations,
    outside,
    money,
    people,
    inspections,
    clues,
):
    router.include_router(part.router)
