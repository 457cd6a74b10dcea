"""The verb that shows facts of a record in clear, to who has business with the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from content.elements import Element, Elements
from engine import alerting, relation, release_store, reporters
from engine.personal import keep
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound
from kernel.ids import as_uuid
from kernel.work import Work
from registers import masking, subject


@alerting.remembers_blocks
@command(may=masking.RIGHT, subject="record_id")
def unmask(work: Work, record_id: str, elements: Sequence[str], reason: str) -> dict[str, Any]:
    """The named facts of a record in clear. The reason is kept with the record; what names a protected reporter stays hidden.

    Refused to somebody who has nothing to do with the record (`relation.ground`): his supervisors are told.
    """
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明查看个人信息的理由"})
    id_ = as_uuid(record_id)
    kind = subject.kind_of(work, id_)
    row = work.one(f"select agency_id, category, facts from {kind.table} where id = %s", (id_,))
    if row is None:
        raise NotFound("没有这份记录,或不在您的查看范围内")
    permissions.demand(work, masking.RIGHT, row["agency_id"], row["category"])
    known = release_store.current(work).elements
    secret = reporters.hidden(work, id_, row["facts"]) if kind.name == "clue" else frozenset[str]()
    seen = masking.masker(known, row["facts"])
    wrong = [key for key in elements if key not in known or not _hidden(known[key], known, seen, row["facts"].get(key))]
    if wrong or not elements:
        raise InvalidAnswers({"elements": f"不是个人信息栏目:{'、'.join(wrong)}" if wrong else "请选择要查看的栏目"})
    unrelated = relation.ground(work, id_, row) == relation.NONE
    place = {"agency_id": row["agency_id"], "category": row["category"], "subject_id": work.person.id}
    alerting.judge_act(work, place, {"query_unrelated": unrelated})
    asked = sorted(set(elements) - secret)
    keep(work, row, (kind.name, id_), asked, reason.strip())
    return {"values": {key: row["facts"].get(key) for key in asked}}


def _hidden(element: Element, known: Elements, seen: Callable[[Element, Any], Any], value: Any) -> bool:
    """Has the element a class of personal data, or does its text tell of a person?"""
    return masking.is_personal(known, element) or seen(element, value) != value
