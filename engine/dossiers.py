"""Dossiers kept and used (GB/T 18894: 归档、保管、利用、处置、统计): lists, reading, lending, retention, lists for destruction.

What an officer reads he asked for, another granted it for a term, and the copy carries his name. Destruction is recorded after
two others agreed; nothing is deleted here, and nothing whose retention has not ended is listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from engine import calendars, care, custody, dossier, dossier_requests, dossier_store, jobs, release_store
from engine.documents import pdf_available
from engine.papers import volume
from engine.rulebook import deadlines, periods
from engine.rulebook.clock import add_months, day_of
from engine.rules import rules
from kernel import audit, permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound, Refusal
from kernel.ids import as_uuid
from kernel.work import LOCAL, Node, Row, Work
from registers import dossier as register
from registers import dossier_supplement, scope
from registers.evidence import Accepted, Meta

Json = dict[str, Any]
READ, KEEP, GRANT, APPROVE = "dossier.read", "dossier.keep", "dossier.grant", "dossier.approve"
MOST_DAYS = 365
_SUPPLEMENT_KIND = "1"  # of the code list EVIDENCE_KIND: documentary evidence


# ---------------------------------------------------------------------- lists
def dossiers(
    work: Work,
    limit: int,
    after: str | None,
    *,
    archive_no: str | None = None,
    year: int | None = None,
    category: str | None = None,
    state: str | None = None,
) -> Json:
    """A page of the dossiers in scope, the newest first."""
    permissions.demand(work, READ)
    place = _cut(after, 2)
    mark = (_moment(place[0]), _uuid(place[1])) if place else None
    with work.transaction():
        rows = register.page(
            work, limit=limit + 1, after=mark, archive_no=archive_no, year=year, category=category, state=state
        )
    return _page(rows, limit, lambda r: f"{r['sealed_at'].isoformat()}|{r['id']}")


def dossiers_due(work: Work, until: date | None, limit: int, after: str | None) -> Json:
    """A page of those whose retention ends by a day (the end of this year), the earliest first."""
    permissions.demand(work, KEEP)
    place = _cut(after, 2)
    mark = (_day(place[0]), _uuid(place[1])) if place else None
    with work.transaction():
        last = until or date(work.today.year, 12, 31)
        rows = register.due(work, until=last, limit=limit + 1, after=mark)
    return _page(rows, limit, lambda r: f"{r['retain_until'].isoformat()}|{r['id']}")


def dossier_of(work: Work, dossier_id: str) -> Row:
    """One dossier: its volumes, what is missing in them, retention, place, hashes and the keys that signed it."""
    permissions.demand(work, READ)
    with work.transaction():
        row = register.get(work, as_uuid(dossier_id))
        audit.record(work, READ, subject=("dossier", row["id"]), outcome="read")
        supplements = dossier_supplement.of_case(work, row["case_id"])
        parts = register.parts(work, row["case_id"])
    hashes = {key: bytes(row[key]).hex() for key in ("package_sha256", "package_sm3")}
    return {**row, **hashes, "supplements": supplements, "parts": parts}


def dossier_events(work: Work, dossier_id: str, limit: int, after: str | None) -> Json:
    """A page of what happened to a dossier, the newest first."""
    permissions.demand(work, READ)
    place = _cut(after, 1)
    with work.transaction():
        row = register.get(work, as_uuid(dossier_id))
        rows = register.events(work, row["id"], limit + 1, _uuid(place[0]) if place else None)
    return _page(rows, limit, lambda r: str(r["id"]))


def dossier_uses(
    work: Work,
    limit: int,
    after: str | None,
    *,
    dossier_id: str | None = None,
    state: str | None = None,
    mine: bool = False,
    overdue: bool = False,
) -> Json:
    """A page of uses: all in scope, of one dossier, of a state, one's own, loans past their day."""
    permissions.demand(work, READ if mine else GRANT)  # who decides on requests must see them
    place = _cut(after, 1)
    with work.transaction():
        rows = register.uses(
            work,
            limit=limit + 1,
            after=_uuid(place[0]) if place else None,
            dossier_id=as_uuid(dossier_id) if dossier_id else None,
            state=state,
            mine=mine,
            overdue=overdue,
        )
    return _page(rows, limit, lambda r: str(r["id"]))


def dossier_statistics(work: Work, year: int | None = None) -> list[Row]:
    """Per agency, year and category: how many dossiers, pages, loans, readings."""
    permissions.demand(work, READ)
    with work.transaction():
        return register.statistics(work, year)


def dossier_package(work: Work, dossier_id: str) -> Row:
    """The row of a sealed package that goes out now, as it was sealed; the export is an event and an audit row."""
    permissions.demand(work, dossier.RIGHT)
    with work.transaction():
        row = register.get(work, as_uuid(dossier_id))
        _refuse_destroyed(row)
        register.event(work, row, "exported", work.person.name)
        audit.record(work, dossier.RIGHT, subject=("case", row["case_id"]), outcome="read")
    return row


# ---------------------------------------------------------------------- reading
@command(may=READ, subject="dossier_id")
def ask_to_read(work: Work, dossier_id: str, purpose: str, days: int, volumes: Sequence[str]) -> Json:
    """Asks to read a dossier of one's own agency; another decides."""
    row = register.get(work, as_uuid(dossier_id))
    _refuse_destroyed(row)
    there = {one["key"] for one in row["volumes"]}
    return _asked(work, row, "read", purpose, days, _volumes(volumes, there))


@command(may=READ, subject="archive_no")
def ask_from_afar(work: Work, agency_id: int, archive_no: str, purpose: str, days: int) -> Json:
    """Asks another agency for a dossier by its number. It opens, when granted, in the volumes meant for outside."""
    if agency_id in work.person.scope:
        raise Refusal("这是本机构的案卷", remedy="请直接申请查阅")
    work.widen_scope(agency_id)
    found = work.one(
        "select * from dossier where agency_id = %s and archive_no = %s order by part desc limit 1",
        (agency_id, archive_no.strip()),
    )
    if found is None:
        raise NotFound("该机构没有这个档号的案卷", remedy="请核对机构和档号")
    _refuse_destroyed(found)
    outside = [one["key"] for one in found["volumes"] if one["outside"]]
    if not outside:
        raise Refusal("这份案卷没有可以对外的卷")
    answer = _asked(work, found, "remote", purpose, days, outside)
    dossier_requests.keep(work, as_uuid(answer["id"]), found, purpose.strip(), days)
    return answer


def _asked(work: Work, row: Row, kind: str, purpose: str, days: int, volumes: Sequence[str]) -> Json:
    _days(days)
    columns = _reader(work, purpose, days) | {"kind": kind, "volumes": list(volumes)}
    made = register.add_use(work, row, columns)
    register.event(work, row, "asked", f"{work.person.name}:{purpose.strip()}")
    word = "调阅" if kind == "remote" else "查阅"
    text = f"{work.person.name}申请{word}案卷 {row['archive_no'] or row['case_number'] or ''},请审批"
    dossier_requests.tell_deciders(work, GRANT, row, text, "/dossiers/uses?state=asked")
    return {"id": str(made), "state": "asked"}


def _reader(work: Work, purpose: str, days: int) -> Row:
    if not purpose.strip():
        raise InvalidAnswers({"purpose": "请写明查阅的事由"})
    person = work.person
    return {
        "reader_id": person.id,
        "reader_name": person.name,
        "reader_agency_id": person.agency_id,
        "purpose": purpose.strip(),
        "days": days,
    }


@command(may=GRANT, subject="use_id")
def decide_use(work: Work, use_id: str, granted: bool, days: int | None, reason: str) -> Json:
    """Grants a reading for a term of days from now, or refuses it with a reason. Nobody decides on what he asked himself."""
    use = register.use(work, as_uuid(use_id))
    row = register.get(work, use["dossier_id"])
    if use["state"] != "asked":
        raise Refusal("这条申请已经处理", remedy="请刷新后查看")
    if use["asked_by"] == work.person.id:
        raise Refusal("不得审批自己的申请", remedy="请由其他有权审批的人员办理")
    decided = {"decided_by": work.person.id, "decided_at": work.now, "reason": reason.strip() or None}
    if not granted:
        if not reason.strip():
            raise InvalidAnswers({"reason": "不同意的,请写明理由"})
        register.set_use(work, use["id"], state="refused", **decided)
        dossier_requests.tell_asker(
            work, use["asked_by"], f"不同意您查阅案卷 {row['archive_no'] or ''}", "/dossiers/mine"
        )
        register.event(work, row, "refused", f"{use['reader_name']}:{reason.strip()}")
        return {"id": use_id, "state": "refused", "due_at": None}
    _refuse_destroyed(row)
    due = work.now + timedelta(days=_days(days or use["days"]))
    register.set_use(work, use["id"], state="granted", due_at=due, **decided)
    told = f"同意您查阅案卷 {row['archive_no'] or ''},至 {_local(due)}"
    dossier_requests.tell_asker(work, use["asked_by"], told, "/dossiers/mine")
    if use["kind"] == "remote":
        why = f"调阅案卷 {row['archive_no']}:{use['purpose']}"
        scope.grant(work, row["case_id"], use["reader_agency_id"], why, due, dossier_only=True)
    register.event(work, row, "granted", f"{use['reader_name']},至 {_local(due)}")
    return {"id": use_id, "state": "granted", "due_at": due}


@command(may=GRANT, subject="use_id")
def end_use(work: Work, use_id: str, reason: str) -> Json:
    """Ends a grant before its term."""
    use = register.use(work, as_uuid(use_id))
    if use["state"] != "granted":
        raise Refusal("这条利用记录不在查阅期内", remedy="请刷新后查看")
    register.set_use(work, use["id"], state="ended", ended_at=work.now, ended_by=work.person.id, reason=reason.strip())
    row = register.get(work, use["dossier_id"])
    if use["kind"] == "remote":
        scope.end_dossier(work, row["case_id"], use["reader_agency_id"], use["due_at"])
    dossier_requests.tell_asker(
        work, use["asked_by"], f"您查阅案卷 {row['archive_no'] or ''} 的期限已提前结束", "/dossiers/mine"
    )
    register.event(work, row, "ended", f"{use['reader_name']}:{reason.strip()}")
    return {"id": use_id, "state": "ended", "due_at": use["due_at"]}


def read_volume(work: Work, case_id: str, key: str, part: int | None = None) -> tuple[str, bytes]:
    """A volume of a sealed case as PDF, the reader's name and the hour on every page: its file name and its bytes.

    The keeper reads what he keeps; everyone else, also of another agency, needs a grant that has not run out. Each reading
    is an event of the dossier and an audit row, committed before a byte goes out.
    """
    permissions.demand(work, READ)
    id_ = as_uuid(case_id)
    with work.transaction():
        row = _of_case(work, id_, part)
        if row is None:
            scope.open_shared(work, id_, dossier=True)
            row = _of_case(work, id_, part)
        if row is None:
            raise NotFound("这个案件还没有归档的案卷,或不在您的查看范围内")
        _refuse_destroyed(row)
        told = next((one for one in row["volumes"] if one["key"] == key), None)
        if told is None:
            raise NotFound("这份案卷没有这一卷")
        use = _entitled(work, row, told)
        if told["sha256"] is None:
            why = ";".join(row["missing"]) or "未装订"
            raise Refusal(f"{told['name']}没有装订成册的 PDF:{why}", remedy="请查阅数据包中的各份文书")
        if use is not None:
            register.set_use(work, use["id"], reads=use["reads"] + 1)
        register.event(work, row, "read", f"{work.person.name}:{told['name']}")
        audit.record(work, READ, subject=("dossier", row["id"]), outcome="read", detail={"volume": key})
        at, purpose = work.now, use["purpose"] if use else "保管"
    pdf = work.node.files.read(bytes.fromhex(told["sha256"]))
    marks = (f"{work.person.name} {_local(at)} 查阅", purpose[:20])
    return f"{row['archive_no'] or row['case_number']}-{told['name']}.pdf", volume.watermarked(pdf, marks)


def _of_case(work: Work, case_id: UUID, part: int | None) -> Row | None:
    if part is None:
        return register.latest(work, case_id)
    return work.one("select * from dossier where case_id = %s and part = %s", (case_id, part))


def _entitled(work: Work, row: Row, told: Row) -> Row | None:
    """The grant by which this person may read the volume; None for the keeper. Refuses otherwise."""
    policy, where = work.node.policy, (row["agency_id"], row["category"])
    if policy.may(work.person, KEEP, *where):
        return None
    use = register.granted_to_me(work, row["id"])
    if use is None:
        raise Refusal("查阅归档案卷须先申请并获得同意,或者查阅期已满", remedy="请申请查阅并写明事由")
    if told["key"] not in use["volumes"]:
        raise Refusal(f"同意查阅的范围不包括{told['name']}", remedy="如工作需要,请另行申请")
    return use


# ---------------------------------------------------------------------- keeping
@command(may=KEEP, subject="dossier_id")
def lend_dossier(work: Work, dossier_id: str, reader_id: str, purpose: str, days: int) -> Json:
    """Lends the bound dossier to an officer for a term. It is out once at a time, and not while it stands on a list."""
    row = _kept(work, dossier_id)
    reader = work.one("select id, name, agency_id from officer where id = %s", (as_uuid(reader_id),))
    if reader is None:
        raise InvalidAnswers({"reader_id": "没有这名人员,请从人员名册中选择"})
    if not purpose.strip():
        raise InvalidAnswers({"purpose": "请写明借阅的事由"})
    due = work.now + timedelta(days=_days(days))
    made = register.add_use(
        work,
        row,
        {
            "kind": "lend",
            "volumes": [one["key"] for one in row["volumes"]],
            "reader_id": reader["id"],
            "reader_name": reader["name"],
            "reader_agency_id": reader["agency_id"],
            "purpose": purpose.strip(),
            "days": days,
            "state": "lent",
            "due_at": due,
            "decided_by": work.person.id,
            "decided_at": work.now,
        },
    )
    register.change(work, row, state="lent")
    register.event(work, row, "lent", f"{reader['name']},应于 {_local(due)} 前归还:{purpose.strip()}")
    return {"id": str(made), "state": "lent", "due_at": due}


@command(may=KEEP, subject="dossier_id")
def return_dossier(work: Work, dossier_id: str, note: str) -> Json:
    """The dossier that was lent is back and has been looked through; `note` says what was found."""
    row = register.get(work, as_uuid(dossier_id), lock=True)
    use = work.one("select * from dossier_use where dossier_id = %s and state = 'lent' for update", (row["id"],))
    if use is None:
        raise Refusal("这份案卷没有借出", remedy="请刷新后查看")
    late = "(逾期)" if use["due_at"] < work.now else ""
    register.set_use(
        work, use["id"], state="ended", ended_at=work.now, ended_by=work.person.id, reason=note.strip() or None
    )
    register.change(work, row, state="kept")
    register.event(work, row, "returned", f"{use['reader_name']}{late}:{note.strip() or '清点无误'}")
    return {"id": str(use["id"]), "state": "ended", "due_at": use["due_at"]}


@command(may=KEEP, subject="dossier_id")
def place_dossier(work: Work, dossier_id: str, location: str) -> Json:
    """Where the bound dossier stands: repository, rack, box."""
    row = register.get(work, as_uuid(dossier_id), lock=True)
    register.change(work, row, location=location.strip())
    register.event(work, row, "placed", f"{row['location'] or '未登记'} → {location.strip()}")
    return {"id": dossier_id, "location": location.strip()}


@command(may=KEEP, subject="dossier_id")
def set_retention(work: Work, dossier_id: str, years: int | None, permanent: bool, reason: str) -> Json:
    """Decides how long one dossier is kept: a term of the content, or for ever. What was decided is only made longer."""
    row = register.get(work, as_uuid(dossier_id), lock=True)
    _refuse_destroyed(row)
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明核定保管期限的理由"})
    if permanent == (years is not None):
        raise InvalidAnswers({"years": "请填写年限,或者选择永久,二者择一"})
    until = None if permanent else _until(work, row, years or 0, reason)
    decided = row["retention_permanent"] or (row["retention_unconfirmed"] is None and row["retain_until"] is not None)
    if decided and until is not None and (row["retention_permanent"] or until < row["retain_until"]):
        now = "永久" if row["retention_permanent"] else f"至 {row['retain_until']}"
        raise Refusal(f"保管期限已经核定为{now},不得缩短")
    register.change(
        work,
        row,
        retention_years=years,
        retention_permanent=permanent,
        retain_until=until,
        retention_unconfirmed=None,
    )
    register.event(work, row, "retention", f"{'永久' if permanent else f'{years} 年'}:{reason.strip()}")
    return {"id": dossier_id, "retain_until": until, "permanent": permanent}


def _until(work: Work, row: Row, years: int, reason: str) -> date:
    """The last day of a term of so many years, reckoned as the rule of the procedure reckons it."""
    release = release_store.current(work)
    binding, book = dossier.binding_of(release), rules(release)
    if years not in binding.terms:
        raise InvalidAnswers({"years": f"保管年限应为:{'、'.join(f'{n} 年' for n in binding.terms)},或者永久"})
    rule = book.deadline(row["retention_rule"] or next(iter(binding.retention.values())))
    length = periods.Length(years, periods.Unit.YEAR)
    setting = deadlines.Setting(rule.id, reason.strip(), work.today, length)
    archived = row["sealed_at"].astimezone(LOCAL).date()
    clock = deadlines.Clock(rule, archived, (), (), setting)
    calendar = calendars.of_agency(work, book, row["agency_id"])
    return day_of(deadlines.due(clock, calendar, archived).due)


@command(may=KEEP, subject="case_id")
def supplement_dossier(work: Work, case_id: str, accepted: Accepted, reason: str) -> Json:
    """Proposes to add something to a sealed case, with the reason; another decides (`decide_supplement`)."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明补充归档的理由"})
    id_ = as_uuid(case_id)
    row = register.latest(work, id_)
    if row is None:
        raise NotFound("这个案件还没有归档的案卷,或不在您的查看范围内")
    _refuse_destroyed(row)
    made = dossier_supplement.add(work, row, accepted, reason.strip())
    register.event(work, row, "supplement_asked", f"{accepted.name}:{reason.strip()}")
    text = f"{work.person.name}提出向案卷 {row['archive_no'] or row['case_number'] or ''} 补充归档,请审批"
    dossier_requests.tell_deciders(work, APPROVE, row, text, f"/dossiers/{row['id']}")
    return {"id": str(made), "state": "asked"}


@command(may=APPROVE, subject="supplement_id")
def decide_supplement(work: Work, supplement_id: str, accepted: bool, note: str) -> Json:
    """Accepts what a keeper proposed – it becomes evidence, and the case is sealed anew as another part beside the sealed one,
    which stays as it is – or refuses it with the reason. Nobody decides on what he proposed himself."""
    told = dossier_supplement.get(work, as_uuid(supplement_id))
    if told["state"] != "asked":
        raise Refusal("这条补充归档已经处理", remedy="请刷新后查看")
    if told["asked_by"] == work.person.id:
        raise Refusal("不得审批自己提出的补充归档", remedy="请由其他有权审批的人员办理")
    row = register.get(work, told["dossier_id"])
    _refuse_destroyed(row)
    if not accepted and not note.strip():
        raise InvalidAnswers({"note": "不同意的,请写明理由"})
    word = "同意" if accepted else "不同意"
    text = f"{word}向案卷 {row['archive_no'] or row['case_number'] or ''} 补充归档“{told['name']}”"
    dossier_requests.tell_asker(work, told["asked_by"], text, f"/dossiers/{row['id']}")
    if not accepted:
        dossier_supplement.decide(work, told["id"], "refused", note.strip())
        register.event(work, row, "supplement_refused", f"{told['name']}:{note.strip()}")
        return {"id": supplement_id, "state": "refused"}
    register.allow_supplement(work, told["case_id"])
    meta = Meta(name=told["name"], kind=_SUPPLEMENT_KIND, taken_at=told["asked_at"], taker_id=told["asked_by"])
    made = custody.receive(work, told["case_id"], dossier_supplement.file_of(told), meta)
    dossier_supplement.decide(work, told["id"], "accepted", note.strip() or None)
    register.event(work, row, "supplemented", f"{told['name']}:{told['reason']}")
    payload = {"reason": f"补充归档:{told['reason']}"}
    place = (row["agency_id"], row["category"], None, None, told["case_id"])
    jobs.insert(work, [jobs.Job("seal", work.now, f"supplement:{made['id']}", *place, payload)])
    return {"id": supplement_id, "state": "accepted"}


def bind_later(node: Node) -> int:
    """Leaves a job for each newest dossier of the node whose volumes have no PDF, where there is a converter now: the case is
    sealed anew as another part, its papers' pages made from their DOCX; what was sealed stays as it is. Returns how many."""
    if not pdf_available(node)[0]:
        return 0
    work = Work(node, care.everywhere(node), request_id="bind")
    with work.transaction():
        rows = register.unbound(work)
        payload = {"reason": "封存时没有 PDF,补装成册"}
        made = [
            jobs.Job(
                "seal", work.now, f"bind:{r['id']}", r["agency_id"], r["category"], None, None, r["case_id"], payload
            )
            for r in rows
        ]
        jobs.insert(work, made)
    return len(made)


def seal_supplement(work: Work, job: Row) -> None:
    """The job after something was added, or where volumes had no PDF: the case is sealed anew."""
    dossier_store.seal(work, job["subject_id"], job["idempotency_key"], job["payload"]["reason"])
    with work.transaction(hot=True):
        jobs.finish(work, job["id"])


# ---------------------------------------------------------------------- lists for destruction and prolongation
@command(may=KEEP, subject="agency_id")
def list_for_disposal(
    work: Work, agency_id: int, kind: str, dossier_ids: Sequence[str], years: int | None, reason: str
) -> Json:
    """Proposes that dossiers whose retention has ended be destroyed, or kept for so many years more."""
    if agency_id not in work.person.scope:
        raise NotFound("没有这个机构,或不在您的查看范围内")
    if not reason.strip():
        raise InvalidAnswers({"reason": "请写明鉴定意见"})
    if (kind == "prolong") != (years is not None):
        raise InvalidAnswers({"years": "延长保管的须填写年数;销毁的不填"})
    ids = [as_uuid(one) for one in dict.fromkeys(dossier_ids)]
    made = register.make_list(work, agency_id, kind, years, reason.strip(), ids)
    for row in register.on_list(work, made):
        register.event(work, row, "listed", _kind(kind, years))
    return {"id": str(made), "state": "open", "dossiers": len(ids)}


@command(may=APPROVE, subject="list_id")
def approve_disposal(work: Work, list_id: str) -> Json:
    """One of the two approvals, neither of them by who made the list. With the second it takes effect – on record: no file goes."""
    row = register.get_list(work, as_uuid(list_id), lock=True)
    if row["state"] != "open":
        raise Refusal("这份清单已经办结", remedy="请刷新后查看")
    me = work.person.id
    if me in (row["made_by"], row["first_by"]):
        raise Refusal("须由制作人以外的两人先后审批", remedy="请由另一名有权审批的人员办理")
    if row["first_by"] is None:
        register.set_list(work, row["id"], first_by=me, first_at=work.now)
        return {"id": list_id, "state": "open", "approvals": 1}
    for one in register.on_list(work, row["id"]):
        _dispose(work, row, register.get(work, one["id"], lock=True))
    register.set_list(work, row["id"], second_by=me, second_at=work.now, state="approved")
    return {"id": list_id, "state": "approved", "approvals": 2}


def _dispose(work: Work, list_: Row, row: Row) -> None:
    name = row["archive_no"] or row["case_number"]
    if row["state"] != "kept" or row["retention_permanent"] or row["retain_until"] >= work.today:
        raise Refusal(f"案卷 {name} 已借出、改为更长的保管期限或者已处置", remedy="请退回清单重新鉴定")
    if list_["kind"] == "destroy":
        register.change(work, row, state="destroyed")
    else:
        until = add_months(row["retain_until"], 12 * list_["years"])
        register.change(work, row, retain_until=until, retention_years=(row["retention_years"] or 0) + list_["years"])
    register.event(work, row, "disposed", f"{_kind(list_['kind'], list_['years'])}:{list_['reason']}")


@command(may=APPROVE, subject="list_id")
def refuse_disposal(work: Work, list_id: str, reason: str) -> Json:
    """The list falls; its dossiers are free for another."""
    row = register.get_list(work, as_uuid(list_id), lock=True)
    if row["state"] != "open":
        raise Refusal("这份清单已经办结", remedy="请刷新后查看")
    refused = {"refused_by": work.person.id, "refused_at": work.now, "refusal": reason.strip()}
    register.set_list(work, row["id"], state="refused", **refused)
    return {"id": list_id, "state": "refused", "approvals": 1 if row["first_by"] else 0}


def disposals(work: Work, limit: int, after: str | None) -> Json:
    """A page of the lists in scope, the newest first."""
    permissions.demand(work, READ)
    place = _cut(after, 1)
    with work.transaction():
        rows = register.lists(work, limit + 1, _uuid(place[0]) if place else None)
    return _page(rows, limit, lambda r: str(r["id"]))


def disposal(work: Work, list_id: str) -> Row:
    """A list with its dossiers."""
    permissions.demand(work, READ)
    with work.transaction():
        row = register.get_list(work, as_uuid(list_id))
        return {**row, "items": register.on_list(work, row["id"])}


# ---------------------------------------------------------------------- small things
def _kind(kind: str, years: int | None) -> str:
    return "销毁" if kind == "destroy" else f"延长保管 {years} 年"


def _refuse_destroyed(row: Row) -> None:
    if row["state"] == "destroyed":
        raise Refusal("这份案卷已登记销毁,不能利用", remedy="如需复核,请持机构负责人意见联系档案管理人员")


def _kept(work: Work, dossier_id: str) -> Row:
    row = register.get(work, as_uuid(dossier_id), lock=True)
    _refuse_destroyed(row)
    if row["state"] == "lent":
        raise Refusal("这份案卷已经借出", remedy="请待归还后再办理")
    if work.one("select 1 from dossier_listed where dossier_id = %s and open", (row["id"],)):
        raise Refusal("这份案卷在处置清单中,不能借出", remedy="请先办结该清单")
    return row


def _volumes(asked: Sequence[str], there: set[str]) -> list[str]:
    if not asked or not set(asked) <= there:
        raise InvalidAnswers({"volumes": f"请选择要查阅的卷:{'、'.join(sorted(there)) or '本案卷没有分卷'}"})
    return list(dict.fromkeys(asked))


def _days(days: int) -> int:
    if not 1 <= days <= MOST_DAYS:
        raise InvalidAnswers({"days": f"天数应为 1 至 {MOST_DAYS}"})
    return days


def _local(at: datetime) -> str:
    return at.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")


def _page(rows: list[Row], limit: int, mark: Any) -> Json:
    return {"items": rows[:limit], "next": mark(rows[limit - 1]) if len(rows) > limit else None}


def _cut(after: str | None, parts: int) -> list[str]:
    if after is None:
        return []
    found = after.split("|")
    if len(found) != parts:
        raise _bad_mark()
    return found


def _bad_mark() -> InvalidAnswers:
    return InvalidAnswers({"after": "翻页标记不正确,请从第一页重新打开"})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise _bad_mark() from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _bad_mark() from error


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad_mark() from error
    if found.tzinfo is None:
        raise _bad_mark()
    return found
