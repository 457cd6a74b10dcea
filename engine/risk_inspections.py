"""The names of risk rules about inspections (涉企检查频次)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from registers import inspection

if TYPE_CHECKING:
    from engine.risk_matter import Matter


def this_year(matter: Matter) -> int | None:
    """How often the object of an inspection is inspected this year, this inspection included; null when it is in no register."""
    told = matter.text("inspected_object_id")
    return None if told is None else inspection.this_year(matter.work, UUID(told)) + 1
