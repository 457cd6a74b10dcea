"""What a person may begin here and now: the processes with a start form, and the form itself."""

from __future__ import annotations

from typing import Any

from engine import forms, release_store
from kernel import permissions
from kernel.errors import NotFound
from kernel.work import Work


def startable(work: Work) -> list[dict[str, Any]]:
    """The processes that this person's roles may start: key, name, roles, law, start form."""
    permissions.demand(work, "case.start")
    release = release_store.current(work)
    found = (release.process(key) for key in release.processes)
    return [
        {
            "key": process.key,
            "name": process.name,
            "roles": list(process.start.roles),
            "form": process.start.form,
            "release": release.hash,
        }
        for process in found
        if process.start.form and work.person.roles & set(process.start.roles)
    ]


def start_form(work: Work, process_key: str) -> dict[str, Any]:
    """The start form of a process of the release in force, as a client draws it (as `task` has it under `form`)."""
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
        "answers": forms.prefill(form, {}, release),
    }
