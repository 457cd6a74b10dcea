"""Where in the diagram a step stands: a process that is called from several places has each of its steps at several addresses."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from engine.definitions import Definition
from engine.undo import Address
from kernel.work import Work

_LAST = """select distinct on (element) element, event from step_history
where subject_id = %s and instance_id = %s and event in ('entered', 'left', 'cancelled') order by element, id desc"""


def last_events(work: Work, subject_id: UUID, instance_id: UUID) -> dict[str, str]:
    """Element → what happened to it last in this instance ("entered": it is going on); what was never reached is not in it."""
    return {r["element"]: r["event"] for r in work.rows(_LAST, (subject_id, instance_id))}


def open_places(work: Work, which: Definition, element: str, subject_id: UUID, instance_id: UUID) -> list[Address]:
    """The addresses of an open step: of several, those within the calls that are going on now."""
    places = [at for at in which.flow.edges if at[-1] == element]
    if len(places) < 2:
        return places
    last = last_events(work, subject_id, instance_id)
    return [at for at in places if all(last.get(call) == "entered" for call in at[:-1])] or places


def reached(address: Address, last: Mapping[str, str]) -> bool:
    """Whether the case was ever within the calls around the step: a call never made holds nothing that was done."""
    return all(call in last for call in address[:-1])
