"""Opening a case to the agency above: what is filed with it (备案) may be read there, for a term, by the case's id (ADR 8)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from engine import parameters
from kernel.errors import DeliveryFailed
from kernel.work import Work
from registers import agency, scope

if TYPE_CHECKING:
    from engine.actions import Context


def share_case(work: Work, context: Context) -> dict[str, Any]:
    """Service action: `days` (the parameter that says how long), `why` (what stands in the share). Repeatable: a share is
    given once. A term that the agency has not confirmed is told by an alert."""
    key = context.parameters.get("days", "")
    with work.transaction():
        term = parameters.counted(work, context.release, context.agency_id, key)
        above = agency.get(work, context.agency_id)["parent_id"]
        if above is None:
            raise DeliveryFailed("本机构没有上一级机构,不能报送", permanent=True, remedy="请系统管理员核对机构的上下级")
        until = work.now + timedelta(days=int(term.value))
        scope.grant(work, context.case_id, above, context.parameters.get("why", ""), until)
        if term.unconfirmed:
            place = {"agency_id": context.agency_id, "category": context.category}
            parameters.tell_unconfirmed(work, place, context.case_id, key, term.name)
    return {}
