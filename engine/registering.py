"""What service actions that write registers share: whose rows they may write, which parameter values hold, who did a step."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from engine import parameters
from kernel.work import SYSTEM_ID, Grant, Person, Work
from registers import agency

if TYPE_CHECKING:
    from engine.actions import Context

_DOER = """select person_id from step_history where subject_id = %s and element = %s and event = 'left'
order by id desc limit 1"""


def over_tree(work: Work, context: Context) -> Work:
    """The system as actor over the record's agency and all below it: candidates and evaluated agencies are there."""
    with work.transaction():
        reached = agency.subtree_ids(work, context.agency_id)
    grant = Grant("system", context.agency_id, reached, frozenset({context.category}))
    return Work(work.node, Person(SYSTEM_ID, "系统", context.agency_id, (grant,)), request_id=work.request_id)


def number(work: Work, context: Context, key: str) -> Decimal:
    """A parameter's value for the record's agency; in an open transaction."""
    return Decimal(str(parameters.values(work, context.release.parameters, context.agency_id)[key].value))


def doer(work: Work, context: Context) -> UUID:
    """Who did the step that the service task names in `step`; in an open transaction."""
    rows = work.rows(_DOER, (context.case_id, context.parameters["step"]))
    return rows[0]["person_id"] if rows else SYSTEM_ID


def rows_of(context: Context, key: str | None = None) -> list[dict[str, Any]]:
    """The rows of the table that the service task names in `rows` (or of `key`)."""
    return list(context.facts.get(key or context.parameters["rows"]) or [])


def told(faults: list[str]) -> str | None:
    """Faults as one text for a form; null when there are none."""
    return "\n".join(faults[:50]) or None
