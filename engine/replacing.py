"""Replacing an officer on a record (回避 granted, or a person who leaves): in the facts, and in the tasks that he has taken.

Both names stay: the facts keep old and new value with their source, each task handed on has its line of history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from engine import finality, inbox, news
from engine import step as steps
from kernel.errors import BadContent
from kernel.work import Row, Work
from registers import account, officer

if TYPE_CHECKING:
    from engine.actions import Context
    from engine.definitions import Definition

_TAKEN = """select id, agency_id, category, instance_id, subject_id, element, name, token, role from work_item
where subject_id = %s and status = 'open' and claimed_by = %s order by id for update"""
_HELD = "select name from work_item where subject_id = %s and status = 'open' and claimed_by = %s order by id"
_OWN = """select id, own from process_instance where subject_id = %s and status in ('running', 'suspended', 'incident')
and own ?| %s::text[] order by id for update"""


def replace_officer(work: Work, context: Context) -> dict[str, Any]:
    """Service action: `leaves` and `takes` (elements with the two officers), `people` (elements with officers in which the
    one takes the other's place), `names` (elements with names as text, likewise), `record` (where who left is kept).

    Open tasks that the leaving person has taken go to the other one if he holds their role, else back to the unit.
    """
    parameters, facts = context.parameters, context.facts
    leaves, takes = (facts.get(parameters.get(key, "")) for key in ("leaves", "takes"))
    if not leaves or not takes:
        raise BadContent("process.yaml", 0, f"环节 {context.element} 更换人员,但没有写明离开的人和接替的人")
    with work.transaction(hot=True):
        old, new = account.load_person(work, UUID(str(leaves))), account.load_person(work, UUID(str(takes)))
        told: list[news.News] = []
        for item in work.rows(_TAKEN, (context.case_id, old.id)):
            fits = new.holds(item["role"], item["agency_id"], item["category"])
            _pass_on(work, item, new.id if fits else None)
            told += [
                news.of_task(new.id if fits else None, "given", f"{old.name}名下的{{task}}改由您办理", item),
                news.of_task(
                    old.id, "given", f"您名下的{{task}}改由{new.name if fits else '本单位其他人员'}办理", item
                ),
            ]
            steps.note(work, item, "replaced", old=old.name, new=new.name, to=str(new.id) if fits else None)
        news.tell(work, told)
        _in_proceedings(work, context, _keys(parameters, "people"), str(leaves), str(takes))
    changed: dict[str, Any] = {}
    for key in _keys(parameters, "people"):
        changed[key] = _in_place(facts.get(key), str(leaves), str(takes))
    for key in _keys(parameters, "names"):
        changed[key] = new.name if old.name in str(facts.get(key) or "") else facts.get(key)
    if record := parameters.get("record"):
        changed[record] = list(dict.fromkeys([*(facts.get(record) or []), str(leaves)]))
    return {key: value for key, value in changed.items() if value is not None}


def foreseen(
    work: Work, subject_id: UUID, which: Definition, element: str, facts: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """What `replace_officer` will do once this step is completed, as the confirmation shows it (`finality.final`): whose
    tasks pass on, which these are today, and that the case goes on."""
    return [
        line
        for at, certain in finality.ahead(which, element)
        if (drawn := which.flow.steps().get(at)) is not None and drawn.kind == "service"
        if (told := which.service(at)).get("action") == "replace_officer" and facts.get(told.get("leaves", ""))
        for line in _lines(work, subject_id, UUID(str(facts[told["leaves"]])), certain=certain)
    ]


def _lines(work: Work, subject_id: UUID, leaves: UUID, *, certain: bool) -> list[dict[str, Any]]:
    name = officer.names(work, [leaves]).get(leaves, "此人")
    tasks = [f"“{row['name']}”" for row in work.rows(_HELD, (subject_id, leaves))]
    passes = (
        f"{name}名下的{''.join(tasks)}连同已填的内容转给接替人员;接替人员没有相应岗位的,退回本单位待签收,已填的内容不保留"
        if tasks
        else f"{name}名下没有本案未办结的任务,不需要转交"
    )
    return [
        finality.line("任务", certain, passes),
        finality.line("人员", certain, f"案卷中的办案人员由接替人员替换{name};已形成的记录和文书保留原经办人姓名"),
        finality.line("案件", True, "在原环节继续办理,不停止、不重来,各期限照算"),
    ]


def _in_proceedings(work: Work, context: Context, keys: list[str], old: str, new: str) -> None:
    """The same in what proceedings keep as their own (`apart: true`)."""
    for row in work.rows(_OWN, (context.case_id, keys)):
        own = {key: _in_place(row["own"][key], old, new) for key in keys if key in row["own"]}
        work.execute(
            "update process_instance set own = own || %s::jsonb where id = %s", (orjson.dumps(own).decode(), row["id"])
        )


def _pass_on(work: Work, item: Row, to: UUID | None) -> None:
    if to is not None:
        inbox.hand_over(work, item, to)
    else:
        inbox.give_back(work, item)


def _in_place(value: Any, old: str, new: str) -> Any:
    """An officer, or a list of them, with one in the place of the other; nobody twice."""
    if isinstance(value, list):
        return list(dict.fromkeys(new if one == old else one for one in value))
    return new if value == old else value


def _keys(parameters: Mapping[str, str], name: str) -> list[str]:
    return [key.strip() for key in parameters.get(name, "").split(",") if key.strip()]
