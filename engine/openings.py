"""What a person may begin here and now: the processes with a start form, and the form itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content.forms import Form
from content.process import Process
from content.releases import Release
from engine import forms, instances, prefilling, release_store
from kernel import permissions
from kernel.errors import NotFound
from kernel.ids import as_uuid
from kernel.work import Work
from registers import record, subject


def startable(work: Work) -> list[dict[str, Any]]:
    """The processes about a new record that this person's roles may start: key, name, when to use it, roles, start form."""
    permissions.demand(work, "case.start")
    return [_told(p, release) for p, release in _mine(work) if p.start.form and not p.beside]


def beside(work: Work, record_id: str) -> list[dict[str, Any]]:
    """The processes that this person may start beside the others on a record: as `startable`, `running` says how many do."""
    permissions.demand(work, "case.start")
    id_ = as_uuid(record_id)
    with work.transaction(hot=True):
        kind = subject.kind_of(work, id_)
        running = [row["process_key"] for row in instances.beside(work, id_)]
    found = [(p, release) for p, release in _mine(work) if p.beside and p.subject == kind.name]
    return [{**_told(p, release), "running": running.count(p.key), "single": p.single} for p, release in found]


def _mine(work: Work) -> Iterator[tuple[Process, Release]]:
    release = release_store.current(work)
    found = (release.process(key) for key in release.processes)
    return ((process, release) for process in found if work.person.roles & set(process.start.roles))


def _told(process: Process, release: Release) -> dict[str, Any]:
    return {
        "key": process.key,
        "name": process.name,
        "used_when": process.used_when,
        "subject": process.subject,
        "roles": list(process.start.roles),
        "form": process.start.form,
        "release": release.hash,
    }


def start_form(work: Work, process_key: str, record_id: str | None = None) -> dict[str, Any]:
    """The start form of a process of the release in force, as a client draws it (as `task` has it under `form`); with what
    the record knows when it is to start beside others there."""
    permissions.demand(work, "case.start")
    release = release_store.current(work)
    if process_key not in release.processes:
        raise NotFound(f"没有流程“{process_key}”", remedy="请从可启动的流程中选择")
    begin = release.process(process_key).start
    if not begin.form:
        raise NotFound("这个流程没有启动表单")
    form = release.form(begin.form)
    return {
        "process": process_key,
        "form": forms.describe(form, work.person.roles, release),
        "answers": _answers(work, form, release, record_id),
    }


def _answers(work: Work, form: Form, release: Release, record_id: str | None) -> dict[str, Any]:
    with work.transaction(hot=True):
        if record_id is None:
            return prefilling.of_start(work, form, release, None, work.person.agency_id, {})
        id_ = as_uuid(record_id)
        row = record.get(work, subject.kind_of(work, id_), id_) or {"agency_id": work.person.agency_id, "facts": {}}
        return prefilling.of_start(work, form, release, id_, row["agency_id"], row["facts"])
