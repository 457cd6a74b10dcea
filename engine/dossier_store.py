"""Sealing: the dossier of a case is built and kept by hash like every file, entered in the register; its hashes become facts."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from engine import calendars, confirmations, dossier, release_store
from engine.rulebook import deadlines
from engine.rulebook.clock import day_of
from engine.rules import rules
from kernel.work import LOCAL, Row, Work
from registers import dossier as register


def is_sheet(work: Work, code: str) -> bool:
    """Is this paper a cover, catalogue or back note, which the sealing issues?"""
    release = release_store.in_force(work)
    return release is not None and release.dossier is not None and code in release.dossier.parts


def seal(work: Work, case_id: UUID, effect_key: str, reason: str | None = None) -> dict[str, Any]:
    """Builds, keeps and enters the dossier. The same sealing again (`effect_key`) finds it done.

    Another sealing of the same case makes another part; its package names the part before. `reason` says why there is one.
    """
    with work.transaction():
        done = register.by_effect(work, effect_key)
        latest = register.latest(work, case_id)
    if done is not None:
        return _facts(done)
    previous = bytes(latest["package_sm3"]).hex() if latest else None
    made = dossier.make(work, case_id, sealing=True, previous=previous)
    with work.transaction():
        row = _row(work, made, effect_key)
        row["part"] = latest["part"] + 1 if latest else 1
        row["reason"] = reason or ("后续程序办结后再次归档" if latest else None)
        register.insert(work, row)
    return _facts(row)


def _facts(row: Row) -> dict[str, Any]:
    return {
        "dossier_sm3": bytes(row["package_sm3"]).hex(),
        "dossier_sha256": bytes(row["package_sha256"]).hex(),
        "dossier_size": row["package_size"],
    }


def _row(work: Work, made: dossier.Made, effect_key: str) -> Row:
    case, day = made.case, work.now.astimezone(LOCAL).date()
    told = ("key", "name", "outside", "pages", "sha256", "sm3", "size")
    return {
        "agency_id": case["agency_id"],
        "category": case["category"],
        "case_id": case["id"],
        "archive_no": case["facts"].get("archive_no"),
        "case_number": case["case_number"],
        "title": case["case_cause"],
        "procedure_type": case["procedure_type"],
        "year": day.year,
        "pages": made.pages,
        "files": made.files,
        "volumes": [{key: volume[key] for key in told} for volume in made.volumes],
        "missing": made.missing,
        "package_sha256": made.stored.sha256,
        "package_sm3": made.stored.sm3,
        "package_size": made.stored.size,
        "keys": made.keys,
        "effect_key": effect_key,
        **retention(work, case["agency_id"], case["procedure_type"], day),
    }


def retention(work: Work, agency_id: int, procedure_type: str, archived: date) -> Row:
    """The columns of retention by the rule of the procedure, reckoned from the day of archiving; in an open transaction.

    A length from memory that the agency has not confirmed is written down with the reason why it may not be relied on.
    """
    release = release_store.current(work)
    name = dossier.binding_of(release).retention.get(procedure_type)
    book = rules(release)
    if name is None or name not in book.deadlines:
        return {"retention_unconfirmed": f"没有{procedure_type}的保管期限规则,请核定保管期限"}
    settings = confirmations.deadline_settings(work, book, agency_id)
    rule = book.deadlines[name]
    clock = deadlines.Clock(rule, archived, (), (), settings.get(name))
    answer = deadlines.due(clock, calendars.of_agency(work, book, agency_id), archived)
    unconfirmed = f"“{rule.name}”的期限未经本机构确认" if rule.unconfirmed and name not in settings else None
    return {
        "retention_rule": name,
        "retention_years": years_of(settings.get(name), rule),
        "retain_until": day_of(answer.due),
        "retention_unconfirmed": unconfirmed,
    }


def years_of(setting: deadlines.Setting | None, rule: deadlines.Rule) -> int:
    """The length in years that counts: the agency's own before the rule's."""
    length = setting.length if setting is not None and setting.length is not None else rule.length
    return int(length.count)
