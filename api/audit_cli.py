"""`zhicheng audit search`: the audit trail searched by whoever runs the node; the search is a row of it too."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from api.cli_tools import Json, opened, told
from kernel.work import LOCAL, SYSTEM_ID, Grant, Node, Person, Work
from registers import agency, audit_trail
from registers.audit_trail import Asked

_OUTCOMES = {
    "done": "办理", "refused": "被拒", "failed": "失败", "read": "查阅", "login": "登录", "login_failed": "登录失败",
}  # fmt: skip


def search(
    who: Annotated[str | None, typer.Option(help="登录名或者姓名")] = None,
    subject: Annotated[str | None, typer.Option(help="对象编号")] = None,
    case: Annotated[str | None, typer.Option(help="案号:该案件及其任务、文书、证据")] = None,
    verb: Annotated[str | None, typer.Option(help="动作,如 task.complete")] = None,
    outcome: Annotated[
        str | None, typer.Option(help="done 办理、refused 被拒、failed 失败、read 查阅、login、login_failed")
    ] = None,
    first: Annotated[datetime | None, typer.Option("--from", help="自何时")] = None,
    last: Annotated[datetime | None, typer.Option("--to", help="至何时(不含)")] = None,
    limit: Annotated[int, typer.Option(min=1, max=audit_trail.MOST, help="最多几行")] = 50,
    after: Annotated[UUID | None, typer.Option(help="接着哪一行之后")] = None,
    as_json: Json = False,
) -> None:
    """检索审计:谁在何时办理、查阅了什么,或者被拒。新的在前;检索本身也记入审计。"""
    asked = Asked(
        who=who, subject=subject, case_number=case, verb=verb, outcome=outcome,
        first=first.replace(tzinfo=LOCAL) if first else None, last=last.replace(tzinfo=LOCAL) if last else None,
    )  # fmt: skip
    with opened() as node:
        rows = audit_trail.search(_everywhere(node), asked, limit, after)
    told(rows, as_json, [
        f"{r['at'].astimezone(LOCAL):%Y-%m-%d %H:%M:%S}  {_OUTCOMES.get(r['outcome'], r['outcome'])}  {r['verb']}  "
        f"{r['person'] or ('系统' if r['person_id'] == SYSTEM_ID else '未登录')}  {r['subject_kind'] or ''} {r['subject'] or ''} {r['subject_id'] or ''}".rstrip()
        for r in rows
    ] or ["没有符合条件的审计记录"])  # fmt: skip


def _everywhere(node: Node) -> Work:
    """The system, for every agency of the node."""
    home = Work(node, Person(SYSTEM_ID, "系统", 0))
    with home.transaction():
        ids = frozenset(row["id"] for row in agency.tree(home))
    person = Person(SYSTEM_ID, "系统", 0, (Grant("system", 0, ids, frozenset()),))
    return Work(node, person, request_id="cli:audit")
