"""Numbers beside the steps: blocks reserved for an officer or a device that works without a connection, and the ledger of a year.

Every number of a block stands in the ledger from the moment of its reservation: used on a paper, or void with a reason.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine import documents, release_store
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Problem, Refusal
from kernel.ids import as_uuid
from kernel.work import Row, Work
from registers import agency, number, subject

Json = dict[str, Any]


def scheme_of(work: Work, what: str) -> tuple[str, str]:
    """Kind and pattern of what is numbered: a paper's code (`D14`) or a scheme of its own (`case`)."""
    release = release_store.current(work)
    own = release.numbers.get(what)
    if own is not None:
        return own.kind, own.pattern
    try:
        form = documents.template_of(release, what) if what.isalnum() else None
    except Problem:
        form = None
    if form is None or form.number is None:
        names = "、".join(release.numbers)
        raise InvalidAnswers({"what": f"“{what}”没有自己的编号;可填文书代码(如 D14)或者 {names}"})
    return form.number.kind, form.number.pattern


@command(may="number.reserve")
def reserve_numbers(
    work: Work, *, agency_id: int, what: str, count: int, holder_id: str | None = None, device_no: str | None = None
) -> Json:
    """预留编号 of this year for an officer of the agency or a device: used, or given back; never both to two."""
    permissions.demand(work, "number.reserve", agency_id)
    if not 1 <= count <= number.MOST:
        raise InvalidAnswers({"count": f"一次预留 1 至 {number.MOST} 个"})
    if (holder_id is None) == (device_no is None or not device_no.strip()):
        raise InvalidAnswers({"holder_id": "请写明预留给哪位人员或者哪台设备,二者填一项"})
    kind, pattern = scheme_of(work, what)
    holder = _holder(work, holder_id, agency_id) if holder_id else None
    made = number.reserve(
        work, agency_id, kind, work.today.year, pattern, _naming(work, agency_id), count,
        holder_id=holder, device_no=device_no.strip() if device_no else None,
    )  # fmt: skip
    return {**made, "id": str(made["id"])}


def _naming(work: Work, agency_id: int) -> Json:
    told = agency.naming(work, agency_id)
    return {**told, "mark": told["agency"]}


def _holder(work: Work, holder_id: str, agency_id: int) -> UUID:
    row = work.one("select id, agency_id from officer where id = %s", (as_uuid(holder_id),))
    if row is None or row["agency_id"] != agency_id:
        raise InvalidAnswers({"holder_id": "该人员不属于这个机构"})
    return UUID(str(row["id"]))


@command(may="number.use", subject="block_id")
def use_number(work: Work, block_id: str, *, text: str, record_id: str) -> Json:
    """A reserved number stands on a paper of a record of one's agency; by its holder, or for a device by anybody who may."""
    row = number.block(work, as_uuid(block_id))
    permissions.demand(work, "number.use", row["agency_id"])
    if row["holder_id"] not in (None, work.person.id):
        raise NotAllowed("这段编号预留给别人", remedy="请使用预留给本人的编号")
    if row["state"] != "open":
        raise Refusal("这段预留编号已经交回", remedy="请另行预留")
    about = subject.get(work, as_uuid(record_id))
    if about["agency_id"] != row["agency_id"]:
        raise InvalidAnswers({"record_id": "案件不属于这段编号的机构"})
    number.use(work, row["id"], text.strip(), about["id"])
    return {"block_id": str(row["id"]), "number": text.strip(), "state": "issued"}


@command(may="number.use", subject="block_id")
def give_back_numbers(work: Work, block_id: str, reason: str) -> Json:
    """交回: what of a block is unused becomes void with the reason. By its holder, or whoever may reserve."""
    row = number.block(work, as_uuid(block_id), lock=True)
    permissions.demand(work, "number.use", row["agency_id"])
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写交回原因"})
    if row["holder_id"] not in (None, work.person.id):
        permissions.demand(work, "number.reserve", row["agency_id"])
    if row["state"] != "open":
        raise Refusal("这段预留编号已经交回", remedy="请刷新列表")
    return {"block_id": str(row["id"]), "void": number.give_back(work, row["id"], reason.strip())}


def number_blocks(work: Work, limit: int, after: UUID | None) -> list[Row]:
    """Blocks in scope, newest first."""
    permissions.demand(work, "number.read")
    with work.transaction(hot=True):
        return number.blocks(work, work.person.scope, limit, after)


def number_block(work: Work, block_id: str) -> Json:
    """One block with its numbers."""
    permissions.demand(work, "number.read")
    with work.transaction(hot=True):
        row = number.block(work, as_uuid(block_id))
        return {**row, "numbers": number.of_block(work, row["id"])}


def number_ledger(work: Work, agency_id: int, what: str, year: int, limit: int, after: int) -> list[Row]:
    """编号台账: every number of an agency, kind and year in order, with state and reason."""
    permissions.demand(work, "number.read", agency_id)
    with work.transaction():
        kind, _ = scheme_of(work, what)
        if agency_id not in work.person.scope and "system" not in work.person.roles:
            raise NotFound("不在您的数据范围内")
        return number.page(work, agency_id, kind, year, limit, after)
