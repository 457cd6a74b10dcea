"""Property taken in a case: the service steps that enter and move it, the custodian's acts, what is shown of it.

The flows put goods on the ledger and take them off it (`enter_property`, `move_property`); what happens in between – another
shelf, a loan, its return – is an act of the custodian with a colleague. Which papers allow what is content
(`rules/national/property.yaml`); the rest of the law of movements is the database's (registers/property.py).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from content import custody
from content.releases import Release
from engine import clocks, personal, property_label, release_store
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import as_mark, as_uuid
from kernel.work import LOCAL, SYSTEM_ID, Row, Work
from registers import account, agency, evidence, property
from registers.property import Goods, Move, Movement

if TYPE_CHECKING:
    from engine.actions import Context

Json = dict[str, Any]
NUMBERS = "property"  # the scheme in rules/national/numbers.yaml
BY_HAND = ("store", "shift", "lend", "take_back", "return", "hand_over", "confiscate", "destroy", "auction")
_INWARD = ("store", "shift", "take_back")
_DOER = """select person_id from step_history where instance_id = %s and element = %s and event = 'left'
order by id desc limit 1"""
_PAPER = """select id, kind, number from document where instance_id = %s and kind = any(%s)
and state in ('made', 'unsealed', 'issued', 'served') order by id desc limit 1"""


@functools.lru_cache(maxsize=32)
def _rules(hash_: str, release: Release) -> custody.Custody:
    return custody.read(release.files)


def rules_of(release: Release) -> custody.Custody:
    """What a release says of property."""
    return _rules(release.hash, release)


# ---------------------------------------------------------------------- what service tasks ask for
def enter_property(work: Work, context: Context) -> Json:
    """Service action: the rows of the element `items` become items of the ledger, `basis` (seized, preserved, sampled), under
    the paper `paper` that the process made, taken by the first two of the officers who act.

    What was preserved in this case and is seized now is no new item: it is taken anew. Repeatable: a line that stands in
    the ledger is left alone. Answers with `property_no`.
    """
    parameters, release = context.parameters, context.release
    basis: property.Basis = parameters["basis"]  # type: ignore[assignment]
    goods = _goods(context, list(context.facts.get(parameters["items"]) or []))
    officers = [UUID(str(one)) for one in context.facts.get("officers") or []]
    with work.transaction():
        paper = _paper(work, context, (parameters["paper"],))
        if len(officers) < 2:
            raise Refusal("财物登记须有两名执法人员", remedy="请在实施环节补齐两名执法人员")
        first = Move(
            "take", paper["id"], officers[0], officers[1], at=_instant(context, "at"), reason=paper["number"] or ""
        )
        scheme = release.numbers[NUMBERS]
        place = {"agency_id": context.agency_id, "category": context.category, "case_id": context.case_id}
        place["instance_id"] = context.instance_id
        again = _take_anew(work, context, goods, first) if basis == "seized" else []
        numbers = property.take(
            work, place, basis, goods, first,
            numbering=(scheme.kind, scheme.pattern, agency.naming(work, context.agency_id)),
            receipt_number=paper["number"] or context.facts.get("case_number"),
            taken_at=_instant(context, "at") or work.now,
        )  # fmt: skip
    told = sorted({*again, *numbers})
    return {"property_no": told[0] if len(told) == 1 else f"{told[0]}至{told[-1]}"} if told else {}


def _take_anew(work: Work, context: Context, goods: Sequence[Goods], first: Move) -> list[str]:
    """Preserved items of the case that the list of the seizure names: they go over to it. Their numbers."""
    held = property.held_by(work, context.case_id, statuses=("seized", "stored"))
    mine = {row["listed"] for row in held if row["instance_id"] == context.instance_id and row["basis"] == "seized"}
    preserved = [row for row in held if row["basis"] == "preserved"]
    numbers = []
    for one in goods:
        same = [
            r
            for r in preserved
            if (r["name"], r["spec"], r["quantity"]) == (one.name, one.spec, one.quantity) and one.listed not in mine
        ]
        if same:
            preserved.remove(same[0])
            anew = Move("retake", first.document_id, first.giver_id, first.taker_id, reason=first.reason, at=first.at,
                        instance_id=context.instance_id, listed=one.listed)  # fmt: skip
            property.move(work, same[0], anew)
            numbers.append(same[0]["number"])
    return numbers


def _goods(context: Context, rows: Sequence[Mapping[str, Any]]) -> list[Goods]:
    facts = context.facts
    own = {str(facts[key]) for key in ("party_name", "org_name") if facts.get(key)}
    return [
        Goods(
            listed=line,
            name=str(row["name"]),
            quantity=str(row.get("quantity") or "1"),
            class_=str(row.get("item_class") or "goods"),
            spec=row.get("spec"),
            unit=row.get("unit"),
            condition=row.get("item_condition"),
            owner_name=row.get("item_owner") or next(iter(own), None),
            third_party=bool(row.get("item_owner")) and row["item_owner"] not in own,
            seal_number=row.get("item_seal_no"),
            remark=row.get("remark"),
            mileage_km=row.get("item_mileage"),
        )
        for line, row in enumerate(rows, 1)
    ]


def move_property(work: Work, context: Context) -> Json:
    """Service action: the items of this proceeding move. `movement`, or the element in `by` whose code names it; `step`:
    whose doer is the one officer – the other is the first of those who act and is not he.

    `items`: an element with the rows that move (none: all). `receiver`, `owner_receiver` (of what belongs to a third
    person), `place`, `shelf`, `reason`, `witnesses`, `photos`, `proceeds`, `at`: elements. Repeatable: what has moved is
    left alone.
    """
    given = context.parameters
    movement: Movement = given.get("movement") or context.facts[given["by"]]  # type: ignore[assignment]
    rule = rules_of(context.release).movements[movement]
    with work.transaction():
        rows = property.held_by(work, context.case_id, context.instance_id)
        rows = _named(rows, context.facts.get(given.get("items", "")), movement)
        rows = [row for row in rows if row["status"] != property.TO[movement]]
        if not rows:
            return {}
        paper = _paper(work, context, rule.papers)
        approval = _paper(work, context, rule.approval)["id"] if rule.approval else None
        doer, other = _two(work, context, given["step"])
        inward = movement in _INWARD
        for row in rows:
            property.move(
                work,
                row,
                Move(
                    movement, paper["id"], other if inward else doer, doer if inward else other, approval,
                    receiver=_receiver(context, row),
                    place=_text(context, "place"), shelf=_text(context, "shelf"), keeper_id=doer if inward else None,
                    reason=_text(context, "reason") or "", witnesses=_listed(context, "witnesses"),
                    photos=_listed(context, "photos"), proceeds=_money(context, row, rows), at=_instant(context, "at"),
                ),
            )  # fmt: skip
    return {}


def _named(rows: list[Row], told: object, movement: str) -> list[Row]:
    """The items that the list names, by name and specification; all when there is no list."""
    if not isinstance(told, list) or not told:
        return rows
    chosen, left = [], list(rows)
    for one in told:
        found = next(
            (r for r in left if r["name"] == one.get("name") and (r["spec"] or "") == (one.get("spec") or "")), None
        )
        if found is None and rows:
            raise Refusal(
                f"清单中的“{one.get('name')}”不在本案在管财物之内,不能{'移交' if movement == 'hand_over' else '出库'}",
                remedy="请按查封扣押、登记保存清单核对名称和规格后重试",
            )
        if found is not None:
            left.remove(found)
            chosen.append(found)
    return chosen


def _two(work: Work, context: Context, step: str) -> tuple[UUID, UUID]:
    """Who did the step, and another officer of the case."""
    rows = work.rows(_DOER, (context.instance_id, step))
    doer = rows[0]["person_id"] if rows else SYSTEM_ID
    others = [UUID(str(one)) for one in context.facts.get("officers") or [] if str(one) != str(doer)]
    if not others:
        raise Refusal("财物移动须由两名不同的人员交接", remedy="请由没有经办本环节的执法人员共同交接")
    return doer, others[0]


def _paper(work: Work, context: Context, kinds: Sequence[str]) -> Row:
    row = work.one(_PAPER, (context.instance_id, list(kinds)))
    if row is None:
        raise Refusal(f"没有允许移动财物的文书({'、'.join(kinds)})", remedy="请先制作该文书,再重试")
    return row


def _text(context: Context, name: str) -> str | None:
    value = context.facts.get(context.parameters.get(name, ""))
    return str(value) if value not in (None, "") else None


def _listed(context: Context, name: str) -> tuple[str, ...]:
    """A table's names, or a text parted by 、 and commas."""
    value = context.facts.get(context.parameters.get(name, ""))
    if isinstance(value, list):
        return tuple(str(one.get("name") if isinstance(one, dict) else one) for one in value)
    return tuple(part.strip() for part in str(value or "").replace(",", "、").split("、") if part.strip())


def _receiver(context: Context, row: Row) -> str | None:
    """What belongs to a third person goes to him, where the step names who signs for him."""
    own = _text(context, "owner_receiver") if row["third_party"] else None
    return own or _text(context, "receiver")


def _money(context: Context, row: Row, rows: list[Row]) -> Decimal | None:
    """The proceeds stand with the first item of the lot; the others were sold with it."""
    told = _text(context, "proceeds")
    if told is None or (context.facts.get(context.parameters.get("by", "")) != "auction"):
        return None
    return Decimal(told) if row is rows[0] else Decimal(0)


def _instant(context: Context, name: str) -> datetime | None:
    told = _text(context, name)
    return datetime.fromisoformat(told) if told and len(told) > 10 else None


# ---------------------------------------------------------------------- the custodian's acts
@command(may="property.move", subject="item_id")
def move_item(
    work: Work,
    item_id: str,
    movement: str,
    document_id: str,
    colleague_id: str,
    *,
    approval_id: str | None = None,
    receiver: str | None = None,
    place: str | None = None,
    shelf: str | None = None,
    due_on: date | None = None,
    reason: str = "",
    witnesses: Sequence[str] = (),
    photos: Sequence[str] = (),
    proceeds: Decimal | None = None,
) -> Json:
    """An item is put on another shelf, lent, taken back, returned, handed over, destroyed, sold – by two officers, under a
    paper of its case that allows it.

    The one is who acts, the other `colleague_id`. Refused without the paper (or the approval) that the content asks for;
    destroying asks for two witnesses and photos that are evidence of the case, an auction for its proceeds.
    """
    if movement not in BY_HAND:
        raise InvalidAnswers({"movement": f"只能是:{'、'.join(BY_HAND)}"})
    item = property.locked(work, as_uuid(item_id))
    permissions.demand(work, "property.move", item["agency_id"], item["category"])
    rule = rules_of(release_store.current(work)).movements.get(movement)
    if rule is None:
        raise Refusal(f"没有规定财物怎样办理“{movement}”", remedy="请由内容管理人员补齐财物移动的规则")
    paper = _allowed(work, item, document_id, rule.papers, "document_id", rule.name)
    approval = _allowed(work, item, approval_id, rule.approval, "approval_id", rule.name) if rule.approval else None
    other = colleague(work, item, colleague_id)
    _photos_there(work, item, photos)
    inward = movement in _INWARD
    me = work.person.id
    move = Move(
        movement, paper, other if inward else me, me if inward else other, approval,  # type: ignore[arg-type]
        receiver=_filled(receiver), place=_filled(place), shelf=_filled(shelf), keeper_id=me if inward else None, due_on=due_on,
        reason=reason.strip()[:1000], witnesses=[w.strip() for w in witnesses if w.strip()], photos=list(photos), proceeds=proceeds,
    )  # fmt: skip
    return {"id": str(item["id"]), "number": item["number"], "status": property.move(work, item, move)}


def _filled(text: str | None) -> str | None:
    return (text or "").strip()[:200] or None


def _allowed(work: Work, item: Row, id_: str | None, kinds: Sequence[str], key: str, act: str) -> UUID:
    """The paper's id when it is of the case and of a kind that allows the act."""
    if id_ is None:
        raise InvalidAnswers({key: f"{act}须有文书:{'、'.join(kinds)}"})
    row = work.one("select id, kind from document where id = %s and case_id = %s", (as_uuid(id_), item["case_id"]))
    if row is None:
        raise InvalidAnswers({key: "本案没有这份文书"})
    if row["kind"] not in kinds:
        raise InvalidAnswers({key: f"文书 {row['kind']} 不能作为{act}的依据;可用的有 {'、'.join(kinds)}"})
    return UUID(str(row["id"]))


def colleague(work: Work, item: Mapping[str, Any], officer_id: str) -> UUID:
    """Another person who may see such a case; he acts together with whoever acts."""
    try:
        found = account.load_person(work, as_uuid(officer_id))
    except NotFound:
        raise InvalidAnswers({"colleague_id": "没有这名人员,请从本机构人员中选择"}) from None
    if not work.node.policy.may(found, "case.read", item["agency_id"], item["category"]):
        raise InvalidAnswers({"colleague_id": "共同办理的人员须是可以办理本案的人员"})
    return found.id


def _photos_there(work: Work, item: Row, photos: Sequence[str]) -> None:
    if not photos:
        return
    known = {str(row["id"]) for row in evidence.of_case(work, item["case_id"])}
    if not set(photos) <= known:
        raise InvalidAnswers({"photos": "照片须先作为本案证据上传"})


# ---------------------------------------------------------------------- reading
def ledger(
    work: Work,
    *,
    case_id: str | None = None,
    status: str | None = None,
    place: str | None = None,
    shelf: str | None = None,
    late: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> Json:
    """A page of the ledger, the newest first; each item with the period under which it is held. `late`: lent and not back."""
    permissions.demand(work, "property.read")
    periods = rules_of(release_store.current(work)).periods
    with work.transaction(hot=True):
        rows = property.page(
            work, periods, case_id=as_uuid(case_id) if case_id else None, status=status, place=place, shelf=shelf, late=late,
            after=as_mark(after), limit=limit + 1,
        )  # fmt: skip
    now = work.now
    items = [_dated(row, now) for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


def _dated(row: Row, now: datetime) -> Row:
    due = row["due_at"]
    back = row["lent_until"]
    return {
        **row,
        "overdue": due is not None and not row["paused"] and due < now,
        "lent_late": back is not None and back < now.astimezone(LOCAL).date(),
    }


def item(work: Work, item_id: str, reason: str | None = None) -> Json:
    """One item with its movements and the clocks of the proceeding that holds it, each with its counting. Who owned, received and
    witnessed it is masked, or – for a `reason` that is kept – in clear."""
    permissions.demand(work, "property.read")
    release = release_store.current(work)
    periods = rules_of(release).periods
    with work.transaction():
        row = property.get(work, as_uuid(item_id), periods, plain=reason is not None)
        if reason is not None:
            personal.demand(work, row, ("property", row["id"]), ["owner_name", "receiver", "witnesses"], reason)
        moves = property.history(work, row["id"], plain=reason is not None)
        rows = [r for r in work.read(clocks.send_all(work, row["case_id"])) if r["instance_id"] == row["instance_id"]]
        mine = clocks.Clocks(work, release, {**row, "id": row["instance_id"]}, rows)
        told = [c for c in mine.all_explained() if c["rule"] in periods]
    return {**_dated(row, work.now), "movements": moves, "clocks": told}


def label(work: Work, item_id: str) -> str:
    """The label of an item as SVG: QR code, number, name, case, seal. The code is `property_label.code`."""
    permissions.demand(work, "property.read")
    with work.transaction(hot=True):
        row = property.get(work, as_uuid(item_id), ())
    return property_label.svg(row)
