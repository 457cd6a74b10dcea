"""Opening a case to the agency above: what is filed with it (备案) may be read there, for a term, by the case's id (ADR 8)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kernel.errors import DeliveryFailed
from kernel.work import Work
from registers import agency, scope

if TYPE_CHECKING:
    from engine.actions import Context


def share_case(work: Work, context: Context) -> dict[str, Any]:
    """Service action: `days` (how long), `why` (what stands in the share). Repeatable: a share is given once."""
    days = context.parameters.get("days", "")
    if not days.isdecimal() or int(days) == 0:
        raise DeliveryFailed(
            "流程没有写明向上一级机关开放查阅的日数", permanent=True, remedy="请建模人员在该环节写 days(正整数)"
        )
    with work.transaction():
        above = agency.get(work, context.agency_id)["parent_id"]
        if above is None:
            raise DeliveryFailed("本机构没有上一级机构,不能报送", permanent=True, remedy="请系统管理员核对机构的上下级")
        until = work.now + timedelta(days=int(days))
        scope.grant(work, context.case_id, above, context.parameters.get("why", ""), until)
    return {}
