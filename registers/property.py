"""Property taken in a case (涉案财物): the ledger, and every movement with its paper and its two officers.

An item moves only by a row of `property_movement`; which movement may follow which state, that the paper belongs to the case
and stands, and that giver and taker are two people, is decided by the database (migration 0011), so that no way around a
verb leads around it. Here its answers become sentences. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

import psycopg

from kernel.errors import NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import LOCAL, Row, Work
from registers import masking, money, number

Basis = Literal["seized", "preserved", "sampled"]
Movement = Literal[
    "take", "store", "shift", "lend", "take_back", "retake", "return", "hand_over", "confiscate", "destroy", "auction"
]
PERSONAL: Final[Mapping[str, str]] = {"owner_name": "name"}
# Where each movement leads; from where it may start is in the constraint `property_allowed`.
TO: Final[Mapping[str, str]] = {
    "take": "seized", "store": "stored", "shift": "stored", "lend": "lent", "take_back": "stored", "retake": "seized",
    "return": "returned", "hand_over": "handed_over", "confiscate": "confiscated", "destroy": "destroyed",
    "auction": "auctioned",
}  # fmt: skip
STATUS: Final[Mapping[str, str]] = {
    "seized": "已采取措施", "stored": "在库", "lent": "借出", "returned": "已退还", "handed_over": "已移交",
    "destroyed": "已销毁", "auctioned": "已拍卖", "confiscated": "已没收",
}  # fmt: skip
HELD: Final = ("seized", "stored", "lent")  # what the agency answers for
# Constraint → (what is wrong, what helps).
_REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "property_two_officers": ("财物移动须由两名不同的人员交接", "请另选一名人员共同办理"),
    "property_kept": ("入库、移库须写明地点和保管人", "请填写保管地点"),
    "property_received": ("出库须写明接收人", "请填写签收的人员或者单位"),
    "property_lent_until": ("借出须写明归还日期", "请填写应归还的日期"),
    "property_approved": ("借出、销毁、拍卖须有批准文书", "请先报负责人批准,并写明批准文书"),
    "property_destroyed": ("销毁须有两名以上见证人和现场照片", "请填写见证人并上传照片"),
    "property_proceeds": ("拍卖须写明所得价款,其他移动不写", "请核对价款"),
}
_ITEM = """insert into property_item (id, agency_id, category, case_id, instance_id, number, basis, listed, class, name, spec,
quantity, unit, condition, owner_name, third_party, receipt_number, seal_number, remark, mileage_km, taken_at, created_at)
values (%(id)s, %(agency_id)s, %(category)s, %(case_id)s, %(instance_id)s, %(number)s, %(basis)s, %(listed)s, %(class)s, %(name)s,
%(spec)s, %(quantity)s, %(unit)s, %(condition)s, %(owner_name)s, %(third_party)s, %(receipt_number)s, %(seal_number)s, %(remark)s,
%(mileage_km)s, %(taken_at)s, %(now)s)"""
_MOVE = """insert into property_movement (id, agency_id, category, item_id, seq, at, movement, from_status, to_status, document_id,
approval_id, giver_id, taker_id, recorded_by, receiver, place, shelf, keeper_id, due_on, reason, witnesses, photos, proceeds,
instance_id, listed) values (%(id)s, %(agency_id)s, %(category)s, %(item_id)s, %(seq)s, %(at)s, %(movement)s, %(from)s, %(to)s,
%(document_id)s, %(approval_id)s, %(giver_id)s, %(taker_id)s, %(by)s, %(receiver)s, %(place)s, %(shelf)s, %(keeper_id)s, %(due_on)s,
%(reason)s, %(witnesses)s, %(photos)s, %(proceeds)s, %(instance_id)s, %(listed)s)"""
# The period under which an item is held: the running clock of its proceeding that ends first.
_CLOCK = """left join lateral (select k.rule, k.due_at, k.status, exists (select 1 from jsonb_array_elements(k.pauses) p
    where p->>'end' is null) as paused from clock k where k.subject_id = i.case_id and k.instance_id = i.instance_id
    and k.closed_at is null and k.rule = any(%(rules)s) order by k.due_at limit 1) c on i.status = any(%(held)s)"""
_COLUMNS = """i.id, i.agency_id, i.category, i.case_id, e.case_number, i.number, i.basis, i.class, i.name, i.spec, i.quantity, i.unit,
i.condition, i.owner_name, i.third_party, i.receipt_number, i.seal_number, i.remark, i.mileage_km, i.mileage_now_km, i.damaged,
i.status, i.place, i.shelf, i.keeper_id, o.name as keeper, i.taken_at, c.rule as period, c.due_at, coalesce(c.paused, false) as paused,
l.due_on as lent_until"""
_FROM = f"""from property_item i join enforcement_case e on e.id = i.case_id left join officer o on o.id = i.keeper_id
left join property_movement l on i.status = 'lent' and l.item_id = i.id and l.seq = i.moves {_CLOCK}"""
_PAGE = f"""select {_COLUMNS} {_FROM} where i.agency_id = any(%(agencies)s)
and (%(status)s::text is null or i.status = %(status)s) and (%(place)s::text is null or i.place = %(place)s)
and (%(shelf)s::text is null or i.shelf = %(shelf)s) and (not %(late)s or l.due_on < %(today)s)
and (%(after)s::uuid is null or i.id < %(after)s) order by i.id desc limit %(limit)s"""
_OF_CASE = f"""select {_COLUMNS} {_FROM} where i.case_id = %(case)s
and (%(after)s::uuid is null or i.id < %(after)s) order by i.id desc limit %(limit)s"""
_ONE = f"select {_COLUMNS}, i.instance_id, i.moves {_FROM} where i.id = %(id)s"
_LATE = """select i.id, i.number, l.due_on, l.taker_id, coalesce(i.keeper_id, l.giver_id) as keeper_id from property_item i
join property_movement l on l.item_id = i.id and l.seq = i.moves
where i.agency_id = %(agency)s and i.status = 'lent' and l.due_on < %(today)s order by i.id"""
_HISTORY = """select m.seq, m.at, m.movement, m.from_status, m.to_status, m.document_id, d.kind as paper, d.name as paper_name,
d.number as paper_number, m.approval_id, g.name as giver, t.name as taker, m.receiver, m.place, m.shelf, k.name as keeper, m.due_on,
m.reason, m.witnesses, m.photos, m.proceeds from property_movement m join document d on d.id = m.document_id
join officer g on g.id = m.giver_id join officer t on t.id = m.taker_id left join officer k on k.id = m.keeper_id
where m.item_id = %s order by m.seq"""


@dataclass(frozen=True)
class Goods:
    """What a list says of one line. `listed` counts from 1."""

    listed: int
    name: str
    quantity: str
    class_: str = "goods"
    spec: str | None = None
    unit: str | None = None
    condition: str | None = None
    owner_name: str | None = None
    third_party: bool = False
    seal_number: str | None = None
    remark: str | None = None
    mileage_km: int | None = None


@dataclass(frozen=True)
class Move:
    """One movement: under which paper, from whose hands to whose. `at` None: now."""

    movement: Movement
    document_id: UUID
    giver_id: UUID
    taker_id: UUID
    approval_id: UUID | None = None
    receiver: str | None = None
    place: str | None = None
    shelf: str | None = None
    keeper_id: UUID | None = None
    due_on: date | None = None
    reason: str = ""
    witnesses: Sequence[str] = field(default_factory=tuple)
    photos: Sequence[str] = field(default_factory=tuple)
    proceeds: Decimal | None = None
    at: datetime | None = None
    instance_id: UUID | None = None
    listed: int | None = None


def take(
    work: Work,
    place: Mapping[str, Any],
    basis: Basis,
    goods: Sequence[Goods],
    first: Move,
    *,
    numbering: tuple[str, str, Mapping[str, object]],
    receipt_number: str | None,
    taken_at: datetime,
) -> list[str]:
    """Enters goods in the ledger with their first movement; a line that stands there already is left alone. Their numbers.

    `place`: agency_id, category, case_id, instance_id. `numbering`: kind, pattern and names (registers/number.py).
    """
    there = work.rows(
        "select listed, number from property_item where instance_id = %s and basis = %s", (place["instance_id"], basis)
    )
    known = {row["listed"]: row["number"] for row in there}
    kind, pattern, names = numbering
    for one in goods:
        if one.listed in known:
            continue
        item = uuid7()
        text = number.take(work, place["agency_id"], kind, work.today.year, pattern, names, place["case_id"])
        values = {name: getattr(one, name) for name in one.__dataclass_fields__ if name != "class_"}
        told = {"id": item, "number": text, "basis": basis, "class": one.class_, "receipt_number": receipt_number}
        _insert(work, {**place, **values, **told, "taken_at": taken_at, "now": work.now})
        _move(work, {**place, "id": item, "status": None, "moves": 0}, first)
        known[one.listed] = text
    return [known[line] for line in sorted(known)]


def _insert(work: Work, values: Mapping[str, Any]) -> None:
    work.execute(_ITEM, values)


def locked(work: Work, item_id: UUID) -> Row:
    """The item's row, locked. `NotFound` also outside the scope."""
    row = work.one("select * from property_item where id = %s for update", (item_id,))
    if row is None:
        raise NotFound("没有这件财物,或不在您的查看范围内", remedy="请从财物台账中重新打开")
    return row


def held_by(work: Work, case_id: UUID, instance_id: UUID | None = None, statuses: Sequence[str] = HELD) -> list[Row]:
    """The items of a case (or of one proceeding) in these states, locked, in the order of the list."""
    return work.rows(
        """select * from property_item where case_id = %s and (%s::uuid is null or instance_id = %s) and status = any(%s)
        order by instance_id, listed for update""",
        (case_id, instance_id, instance_id, list(statuses)),
    )


def move(work: Work, item: Row, move: Move) -> str:
    """Moves an item that was read for update; the state it is in now. Raises `Refusal` where the database says no."""
    _move(work, item, move)
    return TO[move.movement]


def _move(work: Work, item: Mapping[str, Any], move: Move) -> None:
    values = {
        **{name: getattr(move, name) for name in move.__dataclass_fields__},
        "id": uuid7(),
        "agency_id": item["agency_id"],
        "category": item["category"],
        "item_id": item["id"],
        "seq": item["moves"] + 1,
        "at": move.at or work.now,
        "from": item["status"] if item["moves"] else None,
        "to": TO[move.movement],
        "by": work.person.id,
        "witnesses": list(move.witnesses),
        "photos": list(move.photos),
    }
    try:
        work.rows(_MOVE + " returning seq", values)
    except psycopg.errors.CheckViolation as error:
        raise _refusal(error.diag.constraint_name or "", item, move) from error
    except psycopg.DatabaseError as error:
        if error.sqlstate == "ZC001":
            raise Refusal(
                "移动财物须有本案现行有效的文书", remedy="请选择本案的文书;已作废、撤销或者被替代的不能作为依据"
            ) from error
        if error.sqlstate == "ZC002":
            raise Refusal("这件财物刚刚被移动过", remedy="请刷新后重新办理") from error
        raise
    if move.movement == "auction" and move.proceeds:
        _book(work, item, move, values["seq"])


def _book(work: Work, item: Mapping[str, Any], move: Move, seq: int) -> None:
    """The proceeds of an item that was sold stand in the ledger of its case: they are neither a fine nor the agency's."""
    money.lock(work, item["case_id"])
    amount = Decimal(move.proceeds or 0)
    lines = [money.Line("escrow", amount), money.Line("proceeds", -amount)]
    on = (move.at or work.now).astimezone(LOCAL).date()
    told = {"reference": str(item["number"]), "payee": move.receiver, "reason": move.reason or None}
    money.post(work, item, item["case_id"], money.Voucher("auction", f"auction:{item['id']}:{seq}", on, lines, **told))  # type: ignore[arg-type]


def _refusal(constraint: str, item: Mapping[str, Any], move: Move) -> Refusal:
    if constraint == "property_allowed":
        state = STATUS.get(str(item["status"]), "未登记")
        return Refusal(f"财物{item.get('number', '')}现为“{state}”,不能这样移动", remedy="请核对财物的状态和移动记录")
    wrong, remedy = _REFUSED.get(constraint, ("财物移动的内容不完整", "请补齐后重新提交"))
    return Refusal(wrong, remedy=remedy)


# ---------------------------------------------------------------------- reading
def page(
    work: Work,
    rules: Sequence[str],
    *,
    case_id: UUID | None = None,
    status: str | None = None,
    place: str | None = None,
    shelf: str | None = None,
    late: bool = False,
    after: UUID | None = None,
    limit: int = 50,
) -> list[Row]:
    """A page of the ledger, the newest first, each item with the running period under which it is held; owners masked.

    One statement. `rules`: the deadlines that count for property (content); `late`: only what was lent and is not back.
    """
    values = {"rules": list(rules), "held": list(HELD), "after": after, "limit": limit}
    if case_id is not None:
        rows = work.rows(_OF_CASE, {**values, "case": case_id})
    else:
        rows = work.rows(
            _PAGE,
            {**values, "agencies": list(work.person.scope), "status": status, "place": place, "shelf": shelf, "late": late,
             "today": work.today},
        )  # fmt: skip
    return [masking.masked_row(row, PERSONAL) for row in rows]


def lent_late(work: Work, agency_id: int) -> list[Row]:
    """What an agency lent and is not back after its day: item, day, who took it out, who keeps it."""
    return work.rows(_LATE, {"agency": agency_id, "today": work.today})


def get(work: Work, item_id: UUID, rules: Sequence[str], *, plain: bool = False) -> Row:
    """One item, its owner masked unless `plain`."""
    row = work.one(_ONE, {"id": item_id, "rules": list(rules), "held": list(HELD)})
    if row is None:
        raise NotFound("没有这件财物,或不在您的查看范围内", remedy="请从财物台账中重新打开")
    return row if plain else masking.masked_row(row, PERSONAL)


def history(work: Work, item_id: UUID, *, plain: bool = False) -> list[Row]:
    """Every movement of an item in order: when, what, under which paper, who gave, who took; witnesses and a person who received
    it masked unless `plain`."""
    rows = work.rows(_HISTORY, (item_id,))
    return rows if plain else [_masked(row) for row in rows]


def _masked(row: Row) -> Row:
    to = row["receiver"]
    return {
        **row,
        "receiver": masking.masked("name", to) if to and masking.like_a_person(to) else to,
        "witnesses": [masking.masked("name", name) for name in row["witnesses"]],
    }


def correct(
    work: Work, item_id: UUID, *, condition: str | None = None, damaged: bool | None = None, mileage: int | None = None
) -> None:
    """What is seen of an item when it is looked at: its condition, damage, its odometer. Where it is does not change."""
    work.execute(
        """update property_item set condition = coalesce(%s, condition), damaged = coalesce(%s, damaged),
        mileage_now_km = coalesce(%s, mileage_now_km) where id = %s""",
        (condition, damaged, mileage, item_id),
    )
