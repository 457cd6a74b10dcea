"""Imports into the law base: a file of laws or violation items, its differences, and a second person's approval.

An import changes nothing until somebody other than the importer approves it; then it becomes part of a new release – the
rulebook is dated, so it counts from the release's first day, for running cases too. A law or item of the file takes the
place of the one with its id; what the file does not name stays. An approval is refused when the base moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson

from content import load, overlay
from engine import release_store
from engine.check import check
from engine.rulebook import lawbase
from engine.rulebook.discretion.book import BadDiscretion, load_book
from engine.rulebook.sheets import BadSheet, items_of
from engine.rules import rules
from kernel import permissions
from kernel.command import command
from kernel.errors import BadContent, InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work

Kind = Literal["law", "item"]
Json = dict[str, Any]
_FOLDER = {"law": "rules/national/law/", "item": "rules/national/discretion/"}
_LIST = {"law": "laws", "item": "items"}
_BAD = (BadContent, BadSheet, BadDiscretion, lawbase.BadLaw, KeyError, TypeError, ValueError)
MOST = 4_000_000


# ---------------------------------------------------------------------- reading and comparing
def _entries(kind: Kind, name: str, data: bytes, facts: Mapping[str, str]) -> list[Json]:
    if len(data) > MOST:
        raise InvalidAnswers({"file": "文件过大(上限 4 MB),请拆分后导入"})
    try:
        if kind == "item" and name.lower().endswith((".xlsx", ".csv")):
            found = items_of(name, data, facts)
        elif name.lower().endswith((".yaml", ".yml")):
            found = list(load.document(name, data).get(_LIST[kind]) or [])
        else:
            raise InvalidAnswers({"file": "可导入 YAML;违法行为事项还可用 XLSX、CSV"})
    except (BadContent, BadSheet) as error:
        raise InvalidAnswers({"file": str(error)}) from error
    if not found or not all(isinstance(entry, dict) and entry.get("id") for entry in found):
        raise InvalidAnswers({"file": f"文件里没有内容,或有条目没有 id;应为“{_LIST[kind]}: […]”"})
    ids = [str(entry["id"]) for entry in found]
    if len(set(ids)) != len(ids):
        twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        raise InvalidAnswers({"file": f"编号重复:{'、'.join(twice)}"})
    return found


def merged(kind: Kind, files: Mapping[str, bytes], entries: list[Json]) -> dict[str, bytes]:
    """The files with these entries: each in the place of the one with its id, new ones in a file of their own."""
    result, left = dict(files), {str(entry["id"]): entry for entry in entries}
    for path in sorted(files):
        if not path.startswith(_FOLDER[kind]) or not path.endswith(".yaml"):
            continue
        top = load.document(path, files[path])
        old = top.get(_LIST[kind]) or []
        if not left.keys() & {str(entry.get("id")) for entry in old}:
            continue
        result[path] = overlay.dump({**top, _LIST[kind]: [left.pop(str(e.get("id")), e) for e in old]})
    if left:
        path = f"{_FOLDER[kind]}imported.yaml"
        base: Mapping[str, Any] = load.document(path, files[path]) if path in files else {}
        result[path] = overlay.dump({**base, _LIST[kind]: [*(base.get(_LIST[kind]) or []), *left.values()]})
    return result


def _compare(kind: Kind, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[Json]:
    """What the import changes: {change: new | changed | repealed, what, before, after}."""
    try:
        if kind == "law":
            return _law_differences(_laws(before), _laws(after))
        old, new = load_book(_tops("item", before)).items, load_book(_tops("item", after)).items
    except _BAD as error:
        # Overlapping intervals of a law, an unknown key, a missing field: the sentence names law or item and what to do.
        raise InvalidAnswers({"file": str(error)}) from error
    found: list[Json] = []
    for code in sorted(new):
        if code not in old:
            found.append({"change": "new", "what": code, "before": "", "after": new[code].name})
        elif old[code].version != new[code].version:
            found += _item_differences(code, vars_of(old[code]), vars_of(new[code]))
    return found


def _laws(files: Mapping[str, bytes]) -> lawbase.LawBase:
    return lawbase.load_laws(_tops("law", files))


def _tops(kind: Kind, files: Mapping[str, bytes]) -> list[Json]:
    paths = sorted(p for p in files if p.startswith(_FOLDER[kind]) and p.endswith(".yaml"))
    return [load.document(path, files[path]) for path in paths]


def _law_differences(old: lawbase.LawBase, new: lawbase.LawBase) -> list[Json]:
    words = {"added": "new", "removed": "repealed", "changed": "changed"}
    found = [
        {"change": words[d.kind], "what": d.what, "before": d.before, "after": d.after}
        for d in lawbase.differences(old, new)
    ]
    for line in found:  # a version that gets an end is a law or an article that goes out of force
        if line["change"] == "changed" and line["before"].endswith("~") and not line["after"].endswith("~"):
            line["change"] = "repealed"
    return found


def vars_of(item: Any) -> dict[str, str]:
    """An item's fields as text, those that are shown in a difference list."""
    keys = (
        "name",
        "violated",
        "basis",
        "law",
        "kinds",
        "mark",
        "ranges",
        "tiers",
        "versions",
        "codes",
        "coercive_measures",
    )
    return {key: _shown(getattr(item, key)) for key in keys}


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "、".join(map(_shown, value))
    return str(value)[:600]


def _item_differences(code: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Json]:
    changed = [key for key in old if old[key] != new[key]] or ["source"]
    return [
        {"change": "changed", "what": f"{code} {key}", "before": old.get(key, ""), "after": new.get(key, "")}
        for key in changed
    ]


# ---------------------------------------------------------------------- the verbs
@command(may="law.import")
def import_law(
    work: Work, kind: Kind, name: str, data: bytes, ground: str, effective_from: datetime | None = None
) -> Json:
    """Takes in a file of laws or violation items, and answers with what it would change; it waits for a second person.

    `effective_from`: the day from which it counts once approved (default: the approval). Refuses files that cannot be read,
    intervals that overlap, what changes nothing, and whatever the content check would refuse.
    """
    if not ground.strip():
        raise InvalidAnswers({"ground": "请填写导入依据(公布文件名称、文号)"})
    release = release_store.current(work)
    entries = _entries(kind, name, data, rules(release).discretion.aliases.names)
    after = merged(kind, release.files, entries)
    lines = _compare(kind, release.files, after)
    if not lines:
        raise Refusal("文件与现行内容没有差异", remedy="请核对是否选对了文件")
    _demand_sound(after)
    id_ = uuid7()
    body = overlay.dump({_LIST[kind]: entries})
    work.execute(
        """insert into law_import (id, kind, path, body, differences, base_release, effective_from, ground, imported_by, imported_at)
        values (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s)""",
        (id_, kind, name[:200], body, orjson.dumps(lines).decode(), release.hash, effective_from, ground.strip(),
         work.person.id, work.now),
    )  # fmt: skip
    return {"id": str(id_), "state": "open", "differences": lines}


def _demand_sound(files: Mapping[str, bytes]) -> None:
    faults = check(files)
    if faults:
        listing = ";".join(f"{f.file} {f.message}" for f in faults[:5])
        raise InvalidAnswers({"file": f"内容检查发现 {len(faults)} 处问题:{listing}"})


@command(may="law.approve", subject="import_id")
def approve_law(work: Work, import_id: str) -> Json:
    """A second person approves an import: it becomes part of a new release and counts from its day on."""
    row = _open(work, import_id)
    release = release_store.current(work)
    entries = list(load.document(row["path"], bytes(row["body"]))[_LIST[row["kind"]]])
    after = merged(row["kind"], release.files, entries)
    if release.hash != row["base_release"] and _compare(row["kind"], release.files, after) != row["differences"]:
        raise Refusal("导入以后现行内容有变动,差异清单已不准确", remedy="请退回本次导入,重新导入并核对差异")
    _demand_sound(after)
    at = row["effective_from"]
    at = at if at is not None and at > work.now else None
    hash_ = release_store.store(work, after, ground=row["ground"], effective_from=at)
    work.execute(
        "update law_import set state = 'approved', decided_by = %s, decided_at = %s, release = %s where id = %s",
        (work.person.id, work.now, hash_, row["id"]),
    )
    return {"id": str(row["id"]), "state": "approved", "release": hash_, "effective_from": at or work.now}


@command(may="law.approve", subject="import_id")
def reject_law(work: Work, import_id: str, reason: str) -> Json:
    """A second person sends an import back with the reason; nothing changes."""
    if not reason.strip():
        raise InvalidAnswers({"reason": "请填写退回理由"})
    row = _open(work, import_id)
    work.execute(
        "update law_import set state = 'rejected', decided_by = %s, decided_at = %s, reason = %s where id = %s",
        (work.person.id, work.now, reason.strip(), row["id"]),
    )
    return {"id": str(row["id"]), "state": "rejected"}


def _open(work: Work, import_id: str) -> Row:
    row = work.one("select * from law_import where id = %s for update", (_id(import_id),))
    if row is None:
        raise NotFound("没有这次导入", remedy="请从导入列表中重新打开")
    if row["state"] != "open":
        raise Refusal("这次导入已经审核", remedy="请刷新导入列表")
    if row["imported_by"] == work.person.id:
        raise NotAllowed("导入人不能审核自己的导入,须由另一人核对差异后批准")
    return row


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("编号格式不正确", remedy="请从导入列表中重新打开") from error


# ---------------------------------------------------------------------- asking
_SHOWN = """id, kind, path, base_release, effective_from, ground, state, imported_by, imported_at, decided_by, decided_at,
reason, release, jsonb_array_length(differences) as changes"""


def law_imports(work: Work, state: str | None = None, limit: int = 50, after: str | None = None) -> Json:
    """A page of imports, the newest first, each with how much it changes."""
    permissions.demand(work, "law.import")
    with work.transaction():
        rows = work.rows(
            f"""select {_SHOWN} from law_import where (%(state)s::text is null or state = %(state)s)
            and (%(after)s::uuid is null or id < %(after)s) order by id desc limit %(most)s""",
            {"state": state, "after": after, "most": limit + 1},
        )
    return {"items": rows[:limit], "next": str(rows[limit - 1]["id"]) if len(rows) > limit else None}


def law_import(work: Work, import_id: str) -> Row:
    """One import with its differences."""
    permissions.demand(work, "law.import")
    with work.transaction():
        row = work.one(f"select {_SHOWN}, differences from law_import where id = %s", (_id(import_id),))
    if row is None:
        raise NotFound("没有这次导入", remedy="请从导入列表中重新打开")
    return row
