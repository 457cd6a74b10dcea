"""The paper of a step before it is done, as the form stands now: for the eyes of who fills it in. Nothing is kept or numbered."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from engine import clocks, commands, documents, forms, instances, release_store
from engine import step as steps
from engine.definitions import definition
from kernel import permissions
from kernel.errors import Problem, Refusal
from kernel.ids import as_uuid
from kernel.work import Row, Work

Json = dict[str, Any]


def draft_paper(work: Work, task_id: str, code: str, answers: Mapping[str, Any]) -> Json:
    """The draft of one paper of a task: {"code", "name", "docx": bytes, "missing": sentences}. Only for whoever may complete the task:
    a draft shows the facts in clear."""
    permissions.demand(work, "task.complete")
    with work.transaction():
        row = instances.locked_by_task(work, as_uuid(task_id))
        away = commands.may_complete(work, row)
        step = _standing(work, row, code, answers)
        step.stands_for = away
        name, docx, missing = documents.draft_of(step, documents.Paper(code, row["element"]))
    return {"code": code, "name": name, "docx": docx, "missing": list(missing.values())}


def _standing(work: Work, row: Row, code: str, answers: Mapping[str, Any]) -> steps.Step:
    release = release_store.load(work, row["release"])
    config = definition(release, row["process_key"]).step(row["element"])
    if config is None or code not in config.papers:
        raise Refusal("这一环节不制作这种文书", remedy="请刷新任务后再预览")
    clock_rows = clocks.send(work, row["subject_id"])
    step = steps.opened(work, row, release, clock_rows, source=f"{row['step_process']}/{row['element']}")
    facts: Mapping[str, Any] = {}
    if config.form:
        form = release.form(config.form)
        facts = forms.so_far(form, answers, row["facts"], work.person.roles, release, work.now, step.parameter_values)
    step.learn(facts)
    step.done[row["token"]] = steps.Outcome(config.step_role, sorted(facts))
    step.takes_case_number = config.number == "case_number"
    with contextlib.suppress(Problem, ValueError, TypeError):  # what is not filled in yet cannot be worked out yet
        step.effects(config)
        step.clocks.apply(config, step.facts, row["element"])
    return step
