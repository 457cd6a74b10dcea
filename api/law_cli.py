"""`zhicheng law` and `zhicheng calendar`: the law base and the calendars."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from api.cli_tools import Json, instant, local, opened, told

law_app = typer.Typer(help="法规:导入、差异清单、规则一览。", no_args_is_help=True)
calendar_app = typer.Typer(help="日历:某机构适用的一年、各省公布的版本、公布。", no_args_is_help=True)
# ---------------------------------------------------------------------- law and calendars
_CHANGES = {"new": "新增", "changed": "修改", "repealed": "失效"}
_STATES = {"open": "待审核", "approved": "已批准", "rejected": "已退回"}


@law_app.command("import")
def law_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML;违法行为事项还可用 XLSX、CSV")],
    ground: Annotated[str, typer.Option(help="公布文件:名称、文号")],
    item: Annotated[bool, typer.Option("--item", help="违法行为事项(缺省为法规)")] = False,
    effective: Annotated[str | None, typer.Option(help="批准后何时起适用,如 2026-07-01T00:00;缺省批准时")] = None,
    as_json: Json = False,
) -> None:
    """导入法规或违法行为事项:列出差异;须由有审核权的人登录后批准,此前不生效。"""
    import engine
    from api import serving

    with opened() as node:
        kind: Literal["law", "item"] = "item" if item else "law"
        work = serving.system_work(node)
        made = engine.import_law(work, kind, file.name, file.read_bytes(), ground, instant(effective))
    told(made, as_json, [*_differences(made), f"{made['id']}  待另一人登录后核对差异并批准"])


def _differences(row: Mapping[str, Any]) -> list[str]:
    return [f"{_CHANGES[d['change']]} {d['what']}:{d['before'] or '(无)'} → {d['after']}" for d in row["differences"]]


@law_app.command("imports")
def law_imports(
    import_id: Annotated[str | None, typer.Argument(help="编号:列出这一次的差异;不给则列出各次")] = None,
    as_json: Json = False,
) -> None:
    """法规导入:各次的状态,或者一次的差异清单。"""
    import engine
    from api import serving

    with opened() as node:
        work = serving.system_work(node)
        if import_id is not None:
            row = engine.law_import(work, import_id)
            told(row, as_json, [*_differences(row), _STATES[row["state"]]])
            return
        rows = engine.law_imports(work, limit=200)["items"]
    told(rows, as_json, [
        f"{r['id']}  {local(r['imported_at'])}  {_STATES[r['state']]}  {r['path']}  差异 {r['changes']} 处  {r['ground']}"
        for r in rows
    ] or ["没有导入过"])  # fmt: skip


@law_app.command("deadlines")
def law_deadlines(as_json: Json = False) -> None:
    """现行的全部期限:长度、依据、是否须由机构确认。"""
    import engine
    from api import serving

    with opened() as node:
        rows = engine.deadline_rules(serving.system_work(node))
    told(rows, as_json, [
        f"{r['id']}  {r['name']}  {r['length']} {r['unit']}  {r['basis']}{'  须确认:' + r['unconfirmed'] if r['unconfirmed'] else ''}"
        for r in rows
    ])  # fmt: skip


@law_app.command("risks")
def law_risks(
    waiting: Annotated[bool, typer.Option("--waiting", help="只列还不能判断(或只能判断一部分)的")] = False,
    as_json: Json = False,
) -> None:
    """现行的全部预警规则:级别、方式、依据;还不能判断的说明在等什么。"""
    import engine
    from api import serving

    with opened() as node:
        rows = engine.risk_rules(serving.system_work(node))
    rows = [r for r in rows if r["state"] != "working" or not waiting]
    told(rows, as_json, [
        f"{r['id']}  {r['name']}  {r['severity']}/{r['mode']}  {r['basis']}{'  等待 ' + '、'.join(r['waiting_for']) if r['waiting_for'] else ''}"
        for r in rows
    ])  # fmt: skip


@calendar_app.command("show")
def calendar_show(
    year: Annotated[int, typer.Argument(min=1990, max=2120, help="年份")],
    agency: Annotated[int | None, typer.Option(help="机构编号;缺省本节点")] = None,
    as_json: Json = False,
) -> None:
    """该机构适用的一年里与平常的周不同的日子,各附名称和依据。"""
    import engine
    from api import serving

    with opened() as node:
        found = engine.calendar_year(
            serving.system_work(node), int(node.settings.node_code) if agency is None else agency, year
        )
    head = f"{year} 年{'' if found['announced'] else '(国家尚未公布调休安排,按平常的周和法定节日暂计)'}"
    told(found, as_json, [head, *(
        f"{d['day']}  {'上班' if d['working'] else '休息'}  {d['name']}{'(本省)' if d['province'] else ''}  {d['source']}"
        for d in found["days"]
    )])  # fmt: skip


@calendar_app.command("list")
def calendar_list(
    division: Annotated[str | None, typer.Option(help="省级行政区划代码")] = None, as_json: Json = False
) -> None:
    """各省公布的日历版本,新的在前。"""
    import engine
    from api import serving

    with opened() as node:
        rows = engine.province_calendars(serving.system_work(node), division, 200)["items"]
    told(rows, as_json, [
        f"{r['division']}  {r['year']}  第 {r['version']} 版  {len(r['days'])} 天  {local(r['effective_from'])} 起  {r['ground']}"
        for r in rows
    ] or ["没有公布过"])  # fmt: skip


@calendar_app.command("publish")
def calendar_publish(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="YAML:days: [{day, working, name, source}, …]")
    ],
    division: Annotated[str, typer.Option(help="省级行政区划代码,如 440000")],
    year: Annotated[int, typer.Option(min=1990, max=2120, help="年份")],
    ground: Annotated[str, typer.Option(help="公布文件:名称、文号")],
    effective: Annotated[str | None, typer.Option(help="何时起适用,如 2026-07-01T00:00;缺省立即")] = None,
    as_json: Json = False,
) -> None:
    """公布本省一年的休息日、工作日,代替同年的上一版;未结期限随即重新计算(zhicheng recomputes)。"""
    import engine
    from api import serving
    from content import load
    from kernel.errors import InvalidAnswers

    days = load.document(file.name, file.read_bytes()).get("days")
    if not isinstance(days, list) or not all(isinstance(day, dict) for day in days):
        raise InvalidAnswers({"days": "应为列表:days: [{day, working, name, source}, …]"})
    with opened() as node:
        made = engine.publish_calendar(serving.system_work(node), division, year, days, ground, instant(effective))
    said = f"已公布 {division} {year} 年第 {made['version']} 版({made['days']} 天);期限重新计算 {made['recompute']}"
    told(made, as_json, [said])
