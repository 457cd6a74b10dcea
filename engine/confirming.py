"""The verbs by which an agency confirms a value: a parameter of a process, or a value of the rulebook."""

from __future__ import annotations

from typing import Any

import orjson

from engine import confirmations, parameters, recompute, release_store
from engine.rules import rules
from kernel import permissions
from kernel.command import command
from kernel.errors import InvalidAnswers
from kernel.work import Work


def _demand_fitting(work: Work, key: str, value: Any) -> None:
    release = release_store.current(work)
    declared = dict(release.parameters)
    for process in release.processes:
        declared.update(release.process(process).parameters)
    if key not in declared:
        raise InvalidAnswers({"name": f"没有参数“{key}”,请从参数列表中选择"})
    own = declared[key].value
    try:
        fits = (
            str(value).lower() in ("true", "false")
            if isinstance(own, bool)
            else parameters.like(own, value) is not None
        )
    except ArithmeticError:
        fits = False
    if not fits:
        kind = "是或否(true、false)" if isinstance(own, bool) else "数字"
        raise InvalidAnswers({"value": f"参数“{declared[key].name}”的值应为{kind},现为“{value}”"})


@command(may="parameter.confirm", subject="name")
def confirm_parameter(work: Work, name: str, value: Any, *, agency_id: int, ground: str) -> dict[str, Any]:
    """An agency confirms a parameter's value with its legal or written ground; it counts from now on."""
    if not ground.strip():
        raise InvalidAnswers({"ground": "请填写确认依据(文件名、文号或条款)"})
    _demand_fitting(work, name, value)
    work.execute(
        "insert into parameter (agency_id, key, value, confirmed_by, confirmed_at, ground) values (%s, %s, to_jsonb(%s::text)::jsonb, %s, %s, %s)"
        " on conflict (agency_id, key) do update set value = excluded.value, confirmed_by = excluded.confirmed_by,"
        " confirmed_at = excluded.confirmed_at, ground = excluded.ground",
        (agency_id, name, str(value), work.person.id, work.now, ground),
    )
    work.after_commit.append(parameters.forget)
    return {"key": name, "value": str(value)}


@command(may="parameter.confirm", subject="name")
def confirm_rule(work: Work, name: str, value: Any, *, agency_id: int, ground: str) -> dict[str, Any]:
    """An agency confirms one value of the rulebook with its written ground; open clocks that rest on it are recomputed.

    `name`: `deadline:<ID>` (value: {length?, unit?, pauses?, extension?}), `discretion:<id>` or `risk:<id>` (value: number
    or text). Refuses what the law fixes, lengths below the minimum, unknown names, and confirmations without a ground.
    """
    permissions.demand(work, "parameter.confirm", agency_id)
    if not ground.strip():
        raise InvalidAnswers({"ground": "请填写确认依据(文件名、文号或条款)"})
    release = release_store.current(work)
    book = rules(release)
    entry = parameters.Confirmed(value, ground, work.now)
    try:
        confirmations.judge(book, name, entry)
    except confirmations.BAD as error:
        raise InvalidAnswers({"value": f"{error}"}) from error
    work.execute(
        "insert into parameter (agency_id, key, value, confirmed_by, confirmed_at, ground) values (%s, %s, %s::jsonb, %s, %s, %s)"
        " on conflict (agency_id, key) do update set value = excluded.value, confirmed_by = excluded.confirmed_by,"
        " confirmed_at = excluded.confirmed_at, ground = excluded.ground",
        (
            agency_id,
            confirmations.stored_as(name),
            orjson.dumps(value, default=str).decode(),
            work.person.id,
            work.now,
            ground,
        ),
    )
    work.after_commit.append(parameters.forget)
    if name.startswith("deadline:"):
        rule = book.deadline(name.partition(":")[2])
        recompute.after_confirmation(work, release, agency_id, f"机构确认“{rule.name}”:{ground}")
    return {"key": name, "value": value, "agency_id": agency_id}
