"""The signers of a step (会签、或签、比例、顺序): rows beside its work item, and whether the rule is met. The verbs are in `signing`.

Whoever stands at the lowest position that still waits signs next; signers at one position sign side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from content.process import Signing
from kernel.errors import Refusal
from kernel.ids import uuid7
from kernel.work import LOCAL, Row, Work
from registers import officer

BY_HAND = {"rule": "all", "share": None, "refusal": "stops"}  # for a step whose signers were added by hand
_INSERT = """insert into task_signer (id, agency_id, category, item_id, subject_id, person_id, position, reason, added_by, added_at)
select id, %(agency)s, %(category)s, %(item)s, %(subject)s, person, position, %(reason)s, %(by)s, %(now)s
from unnest(%(ids)s::uuid[], %(people)s::uuid[], %(positions)s::int[]) as t(id, person, position)"""
_OF = """select s.person_id, o.name, s.position, s.opinion, s.note, s.signed_at, s.reason, s.added_by, s.added_at from task_signer s
join officer o on o.id = s.person_id where s.item_id = %s and s.removed_at is null order by s.position, s.id"""
_FOR_PAPER = """select o.name, s.opinion, s.note, s.signed_at, s.reason from task_signer s join officer o on o.id = s.person_id
where s.removed_at is null and s.item_id = (select id from work_item where instance_id = %s and element = %s order by id desc limit 1)
order by s.position, s.id"""


def rule_of(signing: Signing) -> Row:
    """The rule as the work item keeps it."""
    return {
        "rule": signing.rule,
        "share": str(signing.share) if signing.share else None,
        "refusal": signing.refusal,
        "everyone": signing.everyone,
    }


def called(work: Work, place: Row, signing: Signing, facts: Mapping[str, Any], roles: Mapping[str, Any]) -> list[UUID]:
    """Who signs: the officers that the element names, or who holds the role in the agency today."""
    if signing.signers in roles:
        return officer.holders(work, (signing.signers,), place["agency_id"], place["category"])
    named = facts.get(signing.signers) or []
    return [UUID(str(one)) for one in dict.fromkeys([named] if isinstance(named, str) else named)]


def insert(
    work: Work, place: Row, item_id: UUID, people: Sequence[tuple[UUID, int]], reason: str | None = None
) -> None:
    """Signers of an item, each with his position. `place`: agency_id, category, subject_id."""
    work.execute(
        _INSERT,
        {
            "agency": place["agency_id"],
            "category": place["category"],
            "item": item_id,
            "subject": place["subject_id"],
            "reason": reason,
            "by": work.person.id,
            "now": work.now,
            "ids": [uuid7() for _ in people],
            "people": [person for person, _ in people],
            "positions": [position for _, position in people],
        },
    )


def of_item(work: Work, item_id: UUID) -> list[Row]:
    """The signers of an item in their order, with their opinions; who was struck off is left out."""
    return work.rows(_OF, (item_id,))


def turn(rows: Sequence[Row]) -> int | None:
    """The position that signs now; None when everybody has."""
    return min((row["position"] for row in rows if row["opinion"] is None), default=None)


def missing(rule: Row, rows: Sequence[Row]) -> str | None:
    """Why the step may not be completed yet, in words; None when the rule is met."""
    if not rows:
        return "尚未确定会签人员"
    agreed, refused = (sum(row["opinion"] == word for row in rows) for word in ("agree", "refuse"))
    if refused and rule["refusal"] == "stops":
        return f"{'、'.join(r['name'] for r in rows if r['opinion'] == 'refuse')}不同意"
    silent = [r["name"] for r in rows if r["opinion"] is None]
    if silent and rule.get("everyone"):
        return f"{'、'.join(silent)}尚未签署"
    if rule["rule"] == "any":
        return None if agreed else "尚无人同意"
    share = Decimal(rule["share"]) if rule["rule"] == "share" else Decimal(1)
    if agreed >= share * len(rows):
        return None
    needed = f"{len(rows)} 人全部" if share == 1 else f"{len(rows)} 人中的 {share:.0%} "
    return f"须 {needed}同意,现有 {agreed} 人同意"


def for_paper(work: Work, instance_id: UUID, element: str) -> list[dict[str, Any]]:
    """The opinions on the step that is being done, for its paper: `name`, `opinion` in words, `note`, `signed_on`."""
    rows = work.rows(_FOR_PAPER, (instance_id, element))
    return [
        {
            "name": row["name"],
            "opinion": {"agree": "同意", "refuse": "不同意"}.get(row["opinion"], ""),
            "note": ";".join(text for text in (row["note"], row["reason"]) if text),
            "signed_on": row["signed_at"].astimezone(LOCAL).date().isoformat() if row["signed_at"] else None,
        }
        for row in rows
    ]


def demand(work: Work, item_id: UUID, rule: Row) -> None:
    """Refuses to complete a step whose signing rule is not met."""
    why = missing(rule, of_item(work, item_id))
    if why:
        raise Refusal(f"会签未完成:{why}", remedy="请等待会签人员签署;有人不同意的,退回修改后重新会签")


def as_json(rule: Row) -> str:
    """The rule as the work item's column holds it."""
    return orjson.dumps(rule).decode()
