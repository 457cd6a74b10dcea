"""Clues: one way in for every source, alike ones suggested and merged (with undo), what became of them by source.

Whatever the source – an officer, a sheet, a device, another authority, 12328 – a clue begins the process `clue_handling`. What
a sender numbers is taken once: told again it is brought up to date, never doubled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from content.forms import Form
from content.releases import Release
from engine import commands, forms, instances, proceedings, release_store, similar
from engine.definitions import definition
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers, Refusal
from kernel.ids import as_marks, as_uuid, instant
from kernel.work import LOCAL, Row, Work
from registers import clue, masking, record, sheet

Json = dict[str, Any]
PROCESS: Final = "clue_handling"
_MOST_ROWS = 500
_SENDER = {"来文(来电)单位": "sender", "来文编号": "sender_no"}


# ---------------------------------------------------------------------- coming in
@command(may="clue.intake")
def take_clue(
    work: Work,
    *,
    agency_id: int,
    category: str,
    facts: Mapping[str, Any],
    sender: str | None = None,
    sender_no: str | None = None,
    reporter: Mapping[str, Any] | None = None,
) -> Json:
    """Takes a clue in. `facts` answer the form of intake; `sender`, `sender_no`: who told of it, and its number there.

    `reporter`: what is known of who reported, by the elements of the form of the report; only who handles the clue reads it.
    """
    permissions.demand(work, "clue.intake", agency_id, category)
    return _take(work, agency_id, category, facts, _text(sender), _text(sender_no), reporter)


def _take(
    work: Work,
    agency_id: int,
    category: str,
    facts: Mapping[str, Any],
    sender: str | None,
    sender_no: str | None,
    reporter: Mapping[str, Any] | None,
) -> Json:
    if sender_no and not sender:
        raise InvalidAnswers({"sender": "填写来文编号的,须填写来文单位"})
    release = _release(work)
    which = definition(release, PROCESS)
    checked = proceedings.answers(work, which, release, facts, {})
    known = _known(release, reporter or {})
    if sender and sender_no:
        work.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"clue:{agency_id}:{sender}:{sender_no}",)
        )
        earlier = clue.of_sender(work, agency_id, sender, sender_no)
        if earlier is not None:
            return _again(work, earlier, {**checked, **known}, release)
    step = proceedings.on_new_record(work, release, which, {**checked, **known}, agency_id=agency_id, category=category)
    said = (("sender", sender), ("sender_no", sender_no), ("confidential", known.get("reporter_confidential")))
    told = {name: value for name, value in said if value}
    if told:
        record.apply(work, clue.KIND, step.instance["subject_id"], columns=told, source=f"{PROCESS}/intake")
    return {**commands.answer(step), "updated": False}


def _release(work: Work) -> Release:
    """The content in force, when it has the process."""
    release = release_store.current(work)
    if PROCESS not in release.processes:
        raise Refusal("现行内容没有线索处理流程", remedy="请发布含有该流程的内容")
    return release


def _again(work: Work, earlier: Row, facts: Mapping[str, Any], release: Release) -> Json:
    """A second telling: what changed is kept with its history; one that is closed stays as it is."""
    if earlier["closed_at"] is None:
        columns = {
            name: facts[key]
            for name, key in _COLUMNS.items()
            if facts.get(key) is not None and name in clue.KIND.columns
        }
        record.apply(work, clue.KIND, earlier["id"], changes=facts, columns=columns, source=f"{PROCESS}/sender")
    return {
        "case_id": str(earlier["id"]),
        "instance_id": None,
        "ended": False,
        "tasks": [],
        "papers": [],
        "updated": True,
    }


_COLUMNS: Final = {
    "title": "clue_title", "occurred_at": "occurred_at", "place": "violation_place", "plate_no": "plate_no",
    "plate_color": "plate_color", "ship_name": "ship_name", "party_name": "org_name",
}  # fmt: skip


def _known(release: Release, reporter: Mapping[str, Any]) -> Json:
    """What is told of the reporter, judged by its elements; only what the form of the report asks for."""
    asked = release.form("clue_report").fields if reporter else {}
    if unknown := [key for key in reporter if key not in asked]:
        raise InvalidAnswers({f"reporter.{key}": "举报记录中没有这一栏" for key in unknown})
    return forms.check_facts(reporter, release)


def _text(value: str | None) -> str | None:
    return value.strip() or None if value else None


@command(may="clue.intake")
def import_clues(work: Work, agency_id: int, category: str, data: bytes, each: bool = False) -> Json:
    """Clues from a sheet: all of them, or none and every wrong line named. `each`: those that are right, whatever the others are."""
    permissions.demand(work, "clue.intake", agency_id, category)
    release = _release(work)
    which = definition(release, PROCESS)
    form = release.form(str(which.process.start.form))
    headings = {**{release.elements[key].name: key for key in form.fields}, **_SENDER}
    taken, faults = [], []
    for line, row in sheet.rows(data, headings, _MOST_ROWS):
        told = {key: row.pop(key, None) for key in _SENDER.values()}
        facts, wrong = read_cells(release, form, row)
        try:
            if wrong:
                raise InvalidAnswers(wrong)
            proceedings.answers(work, which, release, facts, {})
            taken.append((line, facts, told))
        except InvalidAnswers as error:
            faults.append({"line": line, "fields": {_named(release, k): why for k, why in error.fields.items()}})
    if faults and not each:
        return {"imported": 0, "updated": 0, "faults": faults}
    done = [
        _take(work, agency_id, category, facts, told["sender"], told["sender_no"], None) for _, facts, told in taken
    ]
    return {
        "imported": sum(not one["updated"] for one in done),
        "updated": sum(one["updated"] for one in done),
        "faults": faults,
    }


def _named(release: Release, key: str) -> str:
    return release.elements[key].name if key in release.elements else key


def read_cells(release: Release, form: Form, row: Mapping[str, str]) -> tuple[Json, dict[str, str]]:
    """The cells of a sheet as answers: codes by their Chinese name, times of China, yes and no; and what could not be read."""
    facts: Json = {}
    wrong: dict[str, str] = {}
    for key, text in row.items():
        element = release.elements[key]
        try:
            if element.type == "code":
                facts[key] = next((c for c, n in release.codes[element.codes].items.items() if text in (c, n)), text)
            elif element.type == "datetime":
                at = datetime.fromisoformat(text.replace("/", "-"))
                facts[key] = (at if at.tzinfo else at.replace(tzinfo=LOCAL)).isoformat()
            elif element.type == "boolean":
                facts[key] = {"是": True, "否": False}[text]
            elif element.type == "date":
                facts[key] = datetime.fromisoformat(text.replace("/", "-")).date().isoformat()
            else:
                facts[key] = text
        except KeyError:
            wrong[key] = "应填写“是”或“否”"
        except ValueError:
            wrong[key] = f"应为{'日期时间,如 2026-03-02 08:30' if element.type == 'datetime' else '日期,如 2026-03-02'}"
    return facts, wrong


# ---------------------------------------------------------------------- alike, merged
def list_clues(
    work: Work, *, status: str | None = None, source: str | None = None, limit: int = 50, after: str | None = None
) -> Json:
    """Clues in scope, newest first."""
    permissions.demand(work, "case.search")
    with work.transaction(hot=True):
        rows = clue.listed(work, status=status, source=source, limit=limit + 1, after=cursor(after))
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    plain = work.node.policy.may(work.person, masking.RIGHT)
    items = [clue.shown(row, plain=plain) for row in rows[:limit]]
    return {"items": items, "next": f"{last['created_at'].isoformat()}|{last['id']}" if last else None}


def cursor(after: str | None) -> tuple[datetime, UUID] | None:
    """The mark of a page: an instant and an id."""
    if after is None:
        return None
    at, id_ = as_marks(after, instant, UUID)
    return at, id_


def similar_clues(work: Work, clue_id: str, days: int | None = None) -> Json:
    """Clues that may be the same matter as this one, and what they share; and how this one was merged so far. `days` before and
    after (default: the parameter)."""
    permissions.demand(work, "case.search")
    with work.transaction(hot=True):
        row = clue.get(work, as_uuid(clue_id))
        at = row["occurred_at"] or row["created_at"]
        release = release_store.current(work)
        around = similar.days_around(work, release, row["agency_id"]) if days is None else timedelta(days=days)
        sent = clue.send_merges(work, row["id"])
        found = clue.similar(
            work,
            row["id"],
            since=at - around,
            until=at + around,
            plate_no=row["plate_no"],
            ship_name=row["ship_name"],
            party_name=row["party_name"],
            party_id=row["party_id"],
            place=row["place"],
            about=at,
        )
        merged = work.read(sent)
    plain = work.node.policy.may(work.person, masking.RIGHT)
    return {"items": [clue.shown(one, plain=plain) for one in found], "merges": merged}


@command(may="clue.merge", subject="clue_id")
def merge_clue(work: Work, clue_id: str, into_id: str, reason: str) -> Json:
    """Two clues are one matter: this one stands still and refers to the other, which goes on. It can be undone."""
    first, second = sorted((as_uuid(clue_id), as_uuid(into_id)))
    locked = {row["id"]: row for row in (clue.get(work, first, lock=True), clue.get(work, second, lock=True))}
    row, into = locked[as_uuid(clue_id)], locked[as_uuid(into_id)]
    permissions.demand(work, "clue.merge", row["agency_id"], row["category"])
    merged = clue.merge(work, row, into, reason)
    record.apply(
        work, clue.KIND, row["id"], columns={"status": "merged", "merged_into": into["id"]}, source="clue.merge"
    )
    _stand(work, row["id"], "running", "suspended", "suspended", f"并入 {into['number'] or into['title']}:{reason}")
    return {"id": str(merged), "clue_id": str(row["id"]), "into_id": str(into["id"])}


@command(may="clue.merge", subject="clue_id")
def undo_merge(work: Work, clue_id: str, reason: str) -> Json:
    """The clues are two matters after all: the merged one goes on where it stood."""
    row = clue.get(work, as_uuid(clue_id), lock=True)
    permissions.demand(work, "clue.merge", row["agency_id"], row["category"])
    undone = clue.undo_merge(work, row["id"], reason)
    record.apply(
        work,
        clue.KIND,
        row["id"],
        columns={"status": undone["status_before"], "merged_into": None},
        source="clue.merge",
    )
    _stand(work, row["id"], "suspended", "running", "resumed", f"撤销合并:{reason}")
    return {"id": str(undone["id"]), "clue_id": str(row["id"]), "into_id": str(undone["into_id"])}


def _stand(work: Work, subject_id: UUID, before: str, after: str, event: str, reason: str) -> None:
    """Holds the clue's process, or lets it go on."""
    for one in work.rows("select id from process_instance where subject_id = %s and status = %s", (subject_id, before)):
        commands.held(work, instances.locked(work, one["id"]), after, event, reason)


# ---------------------------------------------------------------------- what became of them
def clue_outcomes(work: Work, since: date, until: date) -> Json:
    """What became of the clues of these days (both included), by source: filed, refused, transferred, open; days on average."""
    permissions.demand(work, "report.read")
    if until < since:
        raise InvalidAnswers({"until": "结束日期不得早于开始日期"})
    with work.transaction(hot=True):
        names = release_store.current(work).codes
        begin = datetime.combine(since, time(), LOCAL)
        rows = clue.outcomes(work, begin, datetime.combine(until + timedelta(days=1), time(), LOCAL))
    sources: dict[str, Json] = {}
    for row in rows:
        code = row["source"]
        name = names["CASE_SOURCE"].items.get(code, "未注明") if "CASE_SOURCE" in names else code
        line = sources.setdefault(code, {"source": code, "name": name, "total": 0, "by_status": {}, "mean_days": None})
        line["total"] += row["count"]
        line["by_status"][row["status"]] = row["count"]
        if row["mean_days"] is not None and row["status"] == "filed":
            line["mean_days"] = row["mean_days"]
    return {"since": since, "until": until, "sources": sorted(sources.values(), key=lambda s: -s["total"])}
