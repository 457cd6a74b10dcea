"""Clues (线索): what may be a violation, from whatever source, until it is verified and filed, refused or transferred."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import psycopg

from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import masking
from registers.record import Kind

KIND = Kind(
    name="clue",
    label="线索",
    table="clue",
    columns={
        "number": "text",
        "title": "text",
        "status": "text",
        "source": "text",
        "occurred_at": "timestamptz",
        "place": "text",
        "plate_no": "text",
        "plate_color": "text",
        "ship_name": "text",
        "party_name": "text",
        "confidential": "boolean",
        "closed_at": "timestamptz",
        "vehicle_id": "uuid",
        "ship_id": "uuid",
        "party_id": "uuid",
        "practitioner_id": "uuid",
        "sender": "text",
        "sender_no": "text",
        "merged_into": "uuid",
    },
    codes="CLUE_STATUS",
    title=("clue_title", "case_cause", "plate_no", "ship_name", "org_name", "party_name"),
    initial={"status": "pending"},
)


# One indexed look-up per way of being alike; an OR would read every clue of the scope.
_ALIKE = {
    "vehicle": "plate_no = %(plate)s and coalesce(occurred_at, created_at) between %(since)s and %(until)s",
    "ship": "ship_name = %(ship)s and coalesce(occurred_at, created_at) between %(since)s and %(until)s",
    "party": "party_name = %(party)s and coalesce(occurred_at, created_at) between %(since)s and %(until)s",
    "person": "party_id = %(party_id)s and coalesce(occurred_at, created_at) between %(since)s and %(until)s",
    "place": "place = %(place)s and occurred_at between %(near_since)s and %(near_until)s",
}
_GIVEN = {"vehicle": "plate", "ship": "ship", "party": "party", "person": "party_id", "place": "place"}
_NEAR = timedelta(hours=6)


def similar(
    work: Work,
    subject_id: UUID,
    *,
    since: datetime,
    until: datetime,
    plate_no: str | None,
    ship_name: str | None,
    party_name: str | None,
    party_id: UUID | None = None,
    place: str | None = None,
    about: datetime | None = None,
) -> list[Row]:
    """Other clues of the scope that may be the same matter, the nearest in what they share first; at most a hundred.

    The same vehicle, ship, party or person in this time, or the same place within six hours of `about`. `why` says which.
    What was merged is left out.
    """
    at = about or since + (until - since) / 2
    asked: dict[str, object] = {
        "plate": plate_no, "ship": ship_name, "party": party_name, "party_id": party_id, "place": place,
        "since": since, "until": until, "near_since": at - _NEAR, "near_until": at + _NEAR,
    }  # fmt: skip
    wanted = [why for why, key in _GIVEN.items() if asked[key]]
    if not wanted:
        return []
    branches = " union all ".join(
        f"(select id, '{why}' as why from clue where {_ALIKE[why]} limit 200)" for why in wanted
    )
    return work.rows(
        f"""select c.id, c.number, c.title, c.status, c.source, c.plate_no, c.ship_name, c.place, c.occurred_at, c.created_at, f.why,
          c.party_name, {masking.handled("c.id")} as handled
        from (select id, array_agg(why order by why) as why from ({branches}) l group by id) f join clue c on c.id = f.id
        where c.id <> %(self)s and c.merged_into is null
        order by cardinality(f.why) desc, coalesce(c.occurred_at, c.created_at) desc, c.id desc limit 100""",
        {**asked, "self": subject_id, "me": work.person.id},
    )


def get(work: Work, clue_id: UUID, *, lock: bool = False) -> Row:
    """The clue's row, without its facts. `NotFound` also outside the scope."""
    row = work.one(
        f"""select id, agency_id, category, number, title, status, source, occurred_at, place, plate_no, plate_color, ship_name,
          party_name, party_id, sender, sender_no, merged_into, created_at, closed_at from clue where id = %s{" for update" if lock else ""}""",
        (clue_id,),
    )
    if row is None:
        raise NotFound("没有这条线索,或不在您的查看范围内", remedy="请从列表中重新打开")
    return row


def of_sender(work: Work, agency_id: int, sender: str, sender_no: str) -> Row | None:
    """The clue that a sender told of before, by its number there."""
    return work.one(
        "select id, status, closed_at from clue where agency_id = %s and sender = %s and sender_no = %s",
        (agency_id, sender, sender_no),
    )


_CLOSED = frozenset({"filed", "rejected", "transferred", "invalid"})


def merge(work: Work, clue: Row, into: Row, reason: str) -> UUID:
    """Notes that a clue is the same matter as another; both rows are locked. What may not be merged is refused."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明合并的理由"})
    if clue["id"] == into["id"]:
        raise Refusal("不能把线索并入它自己", remedy="请另选一条线索")
    if clue["agency_id"] != into["agency_id"] or clue["category"] != into["category"]:
        raise Refusal("只能合并同一机构、同一执法门类的线索", remedy="不同机构的线索请移送")
    if clue["merged_into"] or into["merged_into"]:
        raise Refusal("其中一条线索已经并入别的线索", remedy="请并入最后的那一条,或者先撤销合并")
    if clue["status"] in _CLOSED or into["status"] in _CLOSED:
        raise Refusal("其中一条线索已经办结,不能合并", remedy="请在未办结的线索之间合并")
    if work.rows("select 1 as found from clue where merged_into = %s limit 1", (clue["id"],)):
        raise Refusal("已有别的线索并入这一条,不能再把它并入别处", remedy="请先撤销,或者反向合并")
    made = uuid7()
    work.execute(
        """insert into clue_merge (id, agency_id, category, clue_id, into_id, reason, status_before, merged_by, merged_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            made,
            clue["agency_id"],
            clue["category"],
            clue["id"],
            into["id"],
            reason.strip(),
            clue["status"],
            work.person.id,
            work.now,
        ),
    )
    return made


def undo_merge(work: Work, clue_id: UUID, reason: str) -> Row:
    """Takes a merging back; the row of it, with the status that the clue had before."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明撤销合并的理由"})
    rows = work.rows(
        """update clue_merge set undone_by = %s, undone_at = %s, undo_reason = %s where clue_id = %s and undone_at is null
        returning id, into_id, status_before""",
        (work.person.id, work.now, reason.strip(), clue_id),
    )
    if not rows:
        raise Refusal("这条线索没有被合并", remedy="请刷新线索")
    return rows[0]


def send_merges(work: Work, clue_id: UUID) -> psycopg.Cursor[Row]:
    """Asks for every merging of a clue, into another or of others into it, with who, when and why; undone ones too (work.read)."""
    columns = "id, clue_id, into_id, reason, merged_by, merged_at, undone_by, undone_at, undo_reason"
    return work.send(
        f"""select {columns} from clue_merge where clue_id = %(id)s union
        select {columns} from clue_merge where into_id = %(id)s order by merged_at, id""",
        {"id": clue_id},
    )


def listed(
    work: Work, *, status: str | None, source: str | None, limit: int, after: tuple[datetime, UUID] | None
) -> list[Row]:
    """Clues of the scope, newest first. A wide scope is read along each agency's index."""
    at, id_ = after or (None, None)
    wants = "".join(f" and c.{name} = %({name})s" for name, value in (("status", status), ("source", source)) if value)
    if after:
        wants += " and (c.created_at, c.id) < (%(at)s, %(id)s)"
    return work.rows(
        f"""select l.*, {masking.handled("l.id")} as handled from unnest(%(scope)s::int[]) as s(agency) cross join lateral (
          select c.id, c.agency_id, c.category, c.number, c.title, c.status, c.source, c.sender, c.sender_no, c.occurred_at, c.place,
            c.plate_no, c.plate_color, c.ship_name, c.party_name, c.confidential, c.merged_into, c.created_at, c.closed_at
          from clue c where c.agency_id = s.agency{wants} order by c.created_at desc, c.id desc limit %(limit)s) l
        order by l.created_at desc, l.id desc limit %(limit)s""",
        {
            "scope": list(work.person.scope),
            "status": status,
            "source": source,
            "at": at,
            "id": id_,
            "limit": limit,
            "me": work.person.id,
        },
    )


def shown(row: Row, *, plain: bool) -> Row:
    """A row of `listed` or `similar` as this reader sees it: plate and person masked unless `plain` and he has it in hand."""
    told = {key: value for key, value in row.items() if key != "handled"}
    return told if row["handled"] and plain else masking.record_row(told, _PERSONAL)


_PERSONAL = {"plate_no": "plate", "party_name": "name"}


def outcomes(work: Work, since: datetime, until: datetime) -> list[Row]:
    """How many clues came in within this time, by source and status, and how many days the closed ones took on average."""
    return work.rows(
        """select coalesce(source, '') as source, status, count(*)::int as count,
          round(avg(extract(epoch from closed_at - created_at) / 86400), 1) as mean_days
        from clue where agency_id = any(%s) and created_at >= %s and created_at < %s group by 1, 2 order by 1, 2""",
        (list(work.person.scope), since, until),
    )
