"""The operator's command line: `zhicheng <命令> --help`. Every command says in Chinese what it did and, failing, what helps."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import psycopg
import sqlalchemy as sa
import typer

from api import audit_cli, dossier_cli, draw_cli, numbers_cli
from api.cli_tools import Json, opened, say, told
from kernel.errors import Problem
from kernel.work import LOCAL, Node

app = typer.Typer(
    name="zhicheng", help="执程:交通运输行政执法综合管理信息系统。", no_args_is_help=True, add_completion=False,
    rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
content_app = typer.Typer(help="内容:有什么、是否完好;各版本、与内容目录的差异、导出。", invoke_without_command=True)
audit_app = typer.Typer(help="审计:核验、入链、外部锚定。", no_args_is_help=True)
law_app = typer.Typer(help="法规:导入、差异清单、规则一览。", no_args_is_help=True)
calendar_app = typer.Typer(help="日历:某机构适用的一年、各省公布的版本、公布。", no_args_is_help=True)
seal_app = typer.Typer(help="印章和签名证书:登记、列出、停用。", no_args_is_help=True)
user_app = typer.Typer(help="人员和账号:建立、停用、口令、授权。", no_args_is_help=True)
integrations_app = typer.Typer(help="对端:状态、设置、文件夹检查。", no_args_is_help=True)
devices_app = typer.Typer(help="设备:登记、密钥、MQTT 接入、未识别的记录、文件夹检查。", no_args_is_help=True)
conformance_app = typer.Typer(help="符合性:运行标准测试集。", no_args_is_help=True)
for name, group in (
    ("content", content_app),
    ("law", law_app),
    ("calendar", calendar_app),
    ("audit", audit_app),
    ("seal", seal_app),
    ("user", user_app),
    ("conformance", conformance_app),
    ("integrations", integrations_app),
    ("devices", devices_app),
    ("draw", draw_cli.app),
    ("dossier", dossier_cli.app),
    ("numbers", numbers_cli.app),
):
    app.add_typer(group, name=name)


def _at(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("应为日期时间,如 2026-03-02T09:00") from error
    return at if at.tzinfo else at.replace(tzinfo=LOCAL)


# ---------------------------------------------------------------------- running
@app.command()
def serve(
    demo: Annotated[bool, typer.Option("--demo", help="装入演示机构、人员和账号")] = False,
    cases: Annotated[int, typer.Option(min=0, max=1000, help="空库首次演示时模拟多少件过去的案件")] = 0,
    host: Annotated[str | None, typer.Option(help="监听地址,缺省取 ZC_HOST")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="监听端口,缺省取 ZC_PORT")] = None,
) -> None:
    """启动服务:数据库、迁移、首次发布内容,然后提供接口和页面;Ctrl+C 停止。"""
    from api import serving

    raise typer.Exit(serving.serve(demo=demo, host=host, port=port, say=say, cases=cases))


@app.command()
def worker(
    celery: Annotated[bool, typer.Option("--celery", help="另由 Celery(ZC_REDIS)唤醒,到期即办")] = False,
    threads: Annotated[int, typer.Option(min=1, max=64, help="作业线程数")] = 2,
) -> None:
    """独立的作业进程:办理到期事项、审计入链;可以有任意多个。"""
    from api import working

    with opened() as node:
        working.run(node, threads=threads, celery=celery, say=say)


@app.command()
def migrate() -> None:
    """迁移数据库到本程序的版本(可重复运行;被中断则保持原版本)。"""
    from kernel import db

    with opened(migrated=False) as node:
        version = db.migrate(node.db.owner, node.settings.app_role, say, node.settings.app_password)
    say(f"数据库版本 {version}")


@app.command()
def demo() -> None:
    """演示:以普通人员的身份办完两件案件,写出并核验卷宗。"""
    raise typer.Exit(int(importlib.import_module("api.demo").run(say)))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """性能数字:打印表格并写 bench/results.json;可只列要跑的模块名。"""
    raise typer.Exit(int(importlib.import_module("bench.run").main(list(context.args))))


@app.command()
def simulate(
    cases: Annotated[int, typer.Option(min=1, max=100_000, help="启动多少个故事")] = 300,
    seed: Annotated[int, typer.Option(help="随机种子:同一种子,同一年")] = 1,
    until: Annotated[str, typer.Option(help="模拟到哪一天")] = "2026-06-30",
    days: Annotated[int, typer.Option(min=7, max=1500, help="从那一天往前多少天开始")] = 365,
    paper_sample: Annotated[int, typer.Option(min=1, help="每几份文书实际生成一份,其余只核对栏目")] = 25,
    as_json: Json = False,
) -> None:
    """模拟一年的依法办案(全部流程、多机构、时钟推进),最后核对各项不变量。"""
    from api import simulated

    found = simulated.run(cases, seed, until, days, paper_sample, (lambda text: None) if as_json else say)
    told(found, as_json, simulated.lines(found))
    raise typer.Exit(1 if found["broken"] else 0)


@app.command(name="try")
def try_(
    process: Annotated[str, typer.Argument(help="流程,如 case_ordinary")],
    answers: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="故事文件;不给则逐步询问")] = None,
    as_json: Json = False,
) -> None:
    """在临时节点上试办一个流程,用完即弃。"""
    from api import trying

    if answers is None:
        trying.interactive(process, say, lambda prompt: input(prompt))
        return
    played = trying.play(process, answers, (lambda text: None) if as_json else say)
    faults = [f"不符:{fault}" for fault in played["faults"]]
    end = f"{played['case_number'] or '(无案号)'} 状态 {played['status']},办理 {played['steps']} 步,文书 {len(played['papers'])} 份"
    told(played, as_json, [*faults, end])
    raise typer.Exit(1 if faults else 0)


# ---------------------------------------------------------------------- content
@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="内容目录,缺省取 ZC_CONTENT")] = None, as_json: Json = False
) -> None:
    """检查内容:列出每一处问题(文件、位置、怎样改);有问题则退出码为 1。"""
    import engine
    from content import load
    from kernel.settings import settings

    found = engine.check(load.tree(folder or settings().content))
    if folder is None:
        from api import outside

        found += outside.faults()
    shown = [{"file": f.file, "element": f.element, "code": f.code, "message": f.message} for f in found]
    told(shown, as_json, [*map(str, found), f"共 {len(found)} 处问题" if found else "内容检查通过"])
    raise typer.Exit(1 if found else 0)


@app.command()
def publish(
    source: Annotated[
        Path | None, typer.Argument(help="要发布的文件夹或 ZIP(路径与内容目录相同);不给则发布内容目录(代码库)")
    ] = None,
    ground: Annotated[str, typer.Option(help="依据或理由")] = "",
    effective: Annotated[str | None, typer.Option(help="何时起新案件适用,如 2026-07-01T00:00;缺省立即")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查并列出差异,不发布")] = False,
    imported: Annotated[bool, typer.Option("--imported", help="这套文件已并入代码库现在的文件")] = False,
    as_json: Json = False,
) -> None:
    """检查并发布内容;已在办的案件仍按原版本。发布过自己的内容之后,代码库的文件只是导入建议(content proposed)。"""
    import engine
    from api import nodes, serving
    from content import load, packed

    with opened() as node:
        folder = node.settings.content
        files = load.tree(folder) if source is None else packed.read(source)
        work = serving.system_work(node)
        if dry_run:
            found = engine.examine_content(work, files)
            told(found, as_json, _examined(found))
            raise typer.Exit(1 if found["faults"] else 0)
        hash_ = engine.publish(
            work,
            files,
            ground=ground,
            effective_from=_at(effective),
            from_repository=source is None,
            imports=load.tree(folder) if imported else None,
        )
        nodes.refresh(node)
    told({"hash": hash_, "files": len(files)}, as_json, [f"已发布 {hash_}({len(files)} 个文件)"])


def _examined(found: Mapping[str, Any]) -> list[str]:
    faults = [f"{f['file']}{':' + str(f['line']) if f['line'] else ''}:{f['message']}" for f in found["faults"]]
    changes = [f"{_KINDS[kind]} {path}" for kind, paths in found["difference"].items() for path in paths]
    return [*changes, *faults, f"{len(faults)} 处问题" if faults else "没有问题,可以发布"]


_KINDS = {"added": "新增", "changed": "修改", "removed": "删除", "": "未变"}


@content_app.callback()
def content(context: typer.Context, as_json: Json = False) -> None:
    """内容目录里有什么:流程、故事、文书、期限、裁量事项、预警、法条,及全部问题。"""
    if context.invoked_subcommand is not None:
        return
    import engine
    from content import load
    from kernel.settings import settings

    found = engine.contents(load.tree(settings().content))
    from api import outside

    found["faults"] += (folders := [str(fault) for fault in outside.faults()])
    told(found, as_json, [*found["lines"], *folders])
    raise typer.Exit(1 if found["faults"] else 0)


@content_app.command("list")
def content_list(as_json: Json = False) -> None:
    """各内容版本,新的在前。"""
    import engine
    from api import serving

    with opened() as node:
        rows = engine.releases(serving.system_work(node))
    lines = [f"{r['hash'][:16]}  {_local(r['effective_from'])} 起  {r['files']} 个文件  {r['ground']}" for r in rows]
    told(rows, as_json, lines or ["尚未发布内容"])


@content_app.command("walk")
def content_walk(as_json: Json = False) -> None:
    """在临时节点上办完全部故事,列出流程图中没有任何故事走到的元素。"""
    from api import walking

    found = walking.walk((lambda text: None) if as_json else say)
    lines = [f"{key}:{'、'.join(names)}" for key, names in found["missing"].items()]
    end = f"stories {found['stories']}, elements {found['walked']}/{found['elements']} walked, faults {len(found['faults'])}"
    told(found, as_json, [*found["faults"], *lines, end])
    raise typer.Exit(1 if found["faults"] or lines else 0)


@content_app.command("diff")
def content_diff(as_json: Json = False) -> None:
    """内容目录与现行版本的差异。"""
    from api import operating

    with opened() as node:
        found = operating.differences(node)
    lines = [f"{_KINDS[kind]} {path}" for kind, paths in dict(found).items() for path in cast("list[str]", paths)]
    told(found, as_json, lines or ["没有差异"])


@content_app.command("proposed")
def content_proposed(as_json: Json = False) -> None:
    """代码库的文件对本节点内容的导入建议:三方差异(本节点的、代码库的、两者所依据的)。"""
    import engine
    from api import serving
    from content import load

    with opened() as node:
        found = engine.proposed_content(serving.system_work(node), load.tree(node.settings.content))
    kinds = {"proposed": "可收", "conflicts": "冲突", "own": "自有"}
    lines = [
        f"{name} {e['path']}(本节点{_KINDS[e['here']]},代码库{_KINDS[e['repository']]})"
        for kind, name in kinds.items()
        for e in found[kind]
    ]
    told(found, as_json, lines or ["没有差异"])


@content_app.command("export")
def content_export(target: Annotated[Path, typer.Argument(help="写到哪个(空)目录")], as_json: Json = False) -> None:
    """把现行版本写成文件。"""
    from api import operating
    from kernel.errors import Refusal

    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refusal(f"{target} 不是空目录", remedy="请换一个目录")
    with opened() as node:
        count = operating.export(node, target)
    told({"files": count, "path": str(target)}, as_json, [f"已写出 {count} 个文件到 {target}"])


@app.command()
def recomputes(
    recompute: Annotated[str | None, typer.Argument(help="编号:列出这一次变动的期限;不给则列出各次")] = None,
    as_json: Json = False,
) -> None:
    """期限重新计算:为什么、到哪里了、哪些案件变了。"""
    import engine
    from api import operating

    with opened() as node:
        work = operating.everywhere(node)
        if recompute is None:
            rows = engine.recomputes(work)
            told(rows, as_json, [
                f"{r['id']}  {_local(r['requested_at'])}  {r['parts_done']}/{r['parts']} 完成  {r['moved']} 项期限、{r['cases']} 件案件变动  {r['reason']}"
                for r in rows
            ] or ["没有重新计算过"])  # fmt: skip
            return
        moved, after = [], None
        while True:
            page = engine.moved_cases(work, recompute, 200, after)
            moved += page["items"]
            after = page["next"]
            if after is None:
                break
    told(moved, as_json, [f"{r['case_number'] or r['case_id']}  {r['reason']}" for r in moved] or ["没有变动"])


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
        made = engine.import_law(work, kind, file.name, file.read_bytes(), ground, _at(effective))
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
        f"{r['id']}  {_local(r['imported_at'])}  {_STATES[r['state']]}  {r['path']}  差异 {r['changes']} 处  {r['ground']}"
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
        f"{r['division']}  {r['year']}  第 {r['version']} 版  {len(r['days'])} 天  {_local(r['effective_from'])} 起  {r['ground']}"
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
        made = engine.publish_calendar(serving.system_work(node), division, year, days, ground, _at(effective))
    said = f"已公布 {division} {year} 年第 {made['version']} 版({made['days']} 天);期限重新计算 {made['recompute']}"
    told(made, as_json, [said])


# ---------------------------------------------------------------------- dossiers and audit
@app.command()
def verify(
    dossier: Annotated[Path, typer.Argument(help="卷宗文件")],
    expected: Annotated[str | None, typer.Option("--sm3", help="登记的卷宗 SM3")] = None,
    keys: Annotated[list[str] | None, typer.Option("--key", help="执法机关公布的公钥指纹,可多次")] = None,
    as_json: Json = False,
) -> None:
    """核验卷宗:不需要数据库;核对两个签名,指出被改动的文件和不对的公钥。"""
    import engine

    report = engine.verify(dossier, expected, keys or ())
    signed = ",".join(f"{name} 公钥 {key[:16]}…" for name, key in report.keys.items()) or "无签名(旧格式)"
    whole = f"卷宗完整:{report.files} 个文件,SM3 {report.sm3};{signed}"
    end = whole if report.ok else f"卷宗不完整:{len(report.faults)} 处"
    told({**vars(report), "ok": report.ok}, as_json, [*report.faults, end])
    raise typer.Exit(0 if report.ok else 1)


@audit_app.command("verify")
def audit_verify(
    anchor: Annotated[Path | None, typer.Option(help="锚定文件,缺省取 ZC_ANCHOR")] = None, as_json: Json = False
) -> None:
    """重算审计行和整条链,与外部锚定比对。"""
    from kernel import audit

    with opened() as node:
        audit.link(node)
        verdict = audit.verify(node.db.dsn, anchor or node.settings.anchor)
    end = f"审计链{'有 ' + str(len(verdict.faults)) + ' 处问题' if verdict.faults else '完整'}:{verdict.entries} 行,入链 {verdict.linked},链头 {verdict.head}"
    told({**vars(verdict), "ok": not verdict.faults}, as_json, [*verdict.faults, end])
    raise typer.Exit(1 if verdict.faults else 0)


audit_app.command("search")(audit_cli.search)


@audit_app.command("link")
def audit_link(as_json: Json = False) -> None:
    """把已提交的审计行入链(平时由服务每秒自动进行)。"""
    from kernel import audit

    with opened() as node:
        linked = audit.link(node)
    told({"linked": linked}, as_json, [f"入链 {linked} 行"])


@audit_app.command("anchor")
def audit_anchor(
    file: Annotated[Path | None, typer.Argument(help="锚定文件(应在本机之外),缺省取 ZC_ANCHOR")] = None,
    as_json: Json = False,
) -> None:
    """把当前链头追加到锚定文件。"""
    from kernel import audit
    from kernel.errors import Refusal

    with opened() as node:
        target = file or node.settings.anchor
        if target is None:
            raise Refusal("没有锚定文件", remedy="在命令中给出文件,或设置 ZC_ANCHOR")
        audit.link(node)
        line = audit.anchor_head(node, target)
    told({"line": line}, as_json, [line or "审计链还是空的,没有写入"])


# ---------------------------------------------------------------------- people
Login = Annotated[str, typer.Argument(help="登录名")]
Password = Annotated[bool, typer.Option("--ask-password", help="输入口令;不给则生成一个并显示一次")]


def _asked(wanted: bool) -> str | None:
    return typer.prompt("口令", hide_input=True, confirmation_prompt="再输入一次") if wanted else None


def _with_password(found: Mapping[str, Any], text: str) -> list[str]:
    return [text] + ([f"口令(只显示这一次):{found['password']}"] if found.get("password") else [])


@seal_app.command("list")
def seal_list(as_json: Json = False) -> None:
    """全部印章和签名证书(不含私钥)。"""
    from api import operating

    with opened() as node:
        rows = operating.seals(node)
    told(
        rows,
        as_json,
        [
            f"{r['agency_id']}  {r['name']}  至 {r['valid_to']:%Y-%m-%d}  {'停用' if r['revoked_at'] else '试用' if r['trial'] else '有效'}  {r['id']}"
            for r in rows
        ]
        or ["还没有印章;文书须打印盖章后扫描传回"],
    )


@seal_app.command("add")
def seal_add(
    file: Annotated[Path, typer.Argument(help="PKCS#12 文件(.p12、.pfx)", exists=True, dir_okay=False)],
    agency: Annotated[int, typer.Option(help="机构编号")],
    officer: Annotated[str | None, typer.Option(help="人员的登录名;不给则为机构印章")] = None,
    as_json: Json = False,
) -> None:
    """登记机构印章证书或者执法人员签名证书;口令在运行时输入。"""
    from api import operating

    passphrase = typer.prompt("证书文件的口令", hide_input=True, default="", show_default=False)
    with opened() as node:
        made = operating.add_seal(node, agency, officer, file.read_bytes(), passphrase)
    told(made, as_json, [f"已登记 {made['name']},有效期至 {made['valid_to']:%Y-%m-%d}"])


@seal_app.command("revoke")
def seal_revoke(
    seal_id: Annotated[str, typer.Argument(help="编号,见 seal list")],
    reason: Annotated[str, typer.Option(help="理由")],
    as_json: Json = False,
) -> None:
    """停用印章或证书;已经盖过的不受影响。"""
    from api import operating

    with opened() as node:
        done = operating.revoke_seal(node, seal_id, reason)
    told(done, as_json, [f"已停用 {seal_id}"])


@seal_app.command("trial")
def seal_trial(as_json: Json = False) -> None:
    """为没有印章的机构生成试用印章(仅供演示和培训,证书中写明)。"""
    import engine

    with opened() as node:
        added = engine.add_trial_seals(node)
    told({"added": added}, as_json, [f"生成试用印章 {added} 枚"])


@user_app.command("list")
def user_list(as_json: Json = False) -> None:
    """全部账号和角色。"""
    from api import operating

    with opened() as node:
        rows = operating.users(node)
    told(
        rows,
        as_json,
        [
            f"{r['login']:<20} {r['name']}  {r['agency_id']}  {'停用' if r['disabled'] else '启用'}  {'、'.join(r['roles'])}"
            for r in rows
        ],
    )


@user_app.command("add")
def user_add(
    login: Login,
    name: Annotated[str, typer.Option(help="姓名")],
    agency: Annotated[int, typer.Option(help="机构编号")],
    role: Annotated[str | None, typer.Option(help="首个角色(本机构、全部门类)")] = None,
    ask_password: Password = False,
    as_json: Json = False,
) -> None:
    """建立人员和账号。"""
    from api import operating

    with opened() as node:
        made = operating.add_user(node, login, name, agency, _asked(ask_password), role)
    told(made, as_json, _with_password(made, f"已建立 {login}({name})"))


@user_app.command("disable")
def user_disable(
    login: Login, enable: Annotated[bool, typer.Option("--enable", help="重新启用")] = False, as_json: Json = False
) -> None:
    """停用(或重新启用)账号;会话随即失效。"""
    from api import operating

    with opened() as node:
        done = operating.disable_user(node, login, not enable)
    told(done, as_json, [f"已{'启用' if enable else '停用'} {login}"])


@user_app.command("password")
def user_password(login: Login, ask_password: Password = False, as_json: Json = False) -> None:
    """重设口令;会话随即失效。"""
    from api import operating

    with opened() as node:
        made = operating.set_password(node, login, _asked(ask_password))
    told(made, as_json, _with_password(made, f"已重设 {login} 的口令"))


@user_app.command("grant")
def user_grant(
    login: Login,
    role: Annotated[str, typer.Argument(help="角色,如 officer")],
    agency: Annotated[int, typer.Option(help="授权机构编号")],
    tree: Annotated[bool, typer.Option("--tree", help="及于下级机构")] = False,
    category: Annotated[list[str] | None, typer.Option(help="执法门类 01–08,可多次;缺省全部")] = None,
    until: Annotated[str | None, typer.Option(help="授权到哪一天,如 2026-12-31")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="收回")] = False,
    as_json: Json = False,
) -> None:
    """授予(或收回)角色;互斥的角色不能兼任。"""
    from api import operating

    last = at.date() if (at := _at(until)) is not None else None
    with opened() as node:
        done = _granted(operating, node, login, role, agency, tree, category, last, revoke)
    told(done, as_json, [f"已{'收回' if revoke else '授予'} {login}:{role}@{agency}"])


def _granted(
    operating: Any, node: Node, login: str, role: str, agency: int, tree: bool, category: list[str] | None,
    until: date | None, revoke: bool,
) -> Any:  # fmt: skip
    wanted = category or operating.CATEGORIES
    return operating.grant(node, login, role, agency, tree=tree, categories=wanted, until=until, revoke=revoke)


# ---------------------------------------------------------------------- backup
@app.command()
def backup(target: Annotated[Path, typer.Argument(help="写到哪个新目录")], as_json: Json = False) -> None:
    """备份数据库和文件到一个一致的时点;不停机。"""
    from api import backup as backups

    with opened() as node:
        report = backups.back_up(node, target, (lambda text: None) if as_json else say)
    end = f"备份完成:{sum(report.rows.values())} 行、{report.files} 个文件({report.bytes} 字节),审计链头 {report.audit_head[:16]}…,{target}"
    told(report.as_dict(), as_json, [end])


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="备份目录")], as_json: Json = False
) -> None:
    """恢复到空的节点,并核对行数、文件散列和审计链。"""
    from api import backup as backups

    with opened(migrated=False) as node:
        report = backups.restore(node, source, (lambda text: None) if as_json else say)
    end = f"恢复完成:{sum(report.rows.values())} 行、{report.files} 个文件" if not report.faults else "恢复后核对有出入"
    told(report.as_dict(), as_json, [*report.faults, end])
    raise typer.Exit(1 if report.faults else 0)


# ---------------------------------------------------------------------- the world outside
@integrations_app.command("list")
def integrations_list(as_json: Json = False) -> None:
    """各对端:启用与否、缺哪些设置、等待和差异各多少、最近的文件。"""
    from integrations import host

    with opened() as node:
        found = host.check_config(node)
    lines = []
    for one in found:
        state = "启用" if one["on"] else "未启用,缺 " + "、".join(one["missing"])
        since = f"(最早 {_local(one['oldest'])})" if one["oldest"] else ""
        lines.append(f"{one['counterpart']}  {one['name']}({one['owner']})  {state}")
        lines.append(
            f"  等待 {one['waiting']}{since}  已办 {one['done']}  差异 {one['differing']}  放弃 {one['given_up']}"
        )
        lines += [
            f"  文件 {file['name']}  {'已核对' if file['status'] == 'reconciled' else '整份退回'}  {_local(file['fetched_at'])}"
            for file in one["files"]
        ]
    told(found, as_json, lines or ["没有对端"])


@integrations_app.command("check")
def integrations_check(as_json: Json = False) -> None:
    """检查各对端文件夹:清单、代码引用、例子逐个重放;有问题则退出码为 1。"""
    from api import outside

    _folders([fault for fault in outside.faults() if fault.file.startswith("integrations/")], as_json)


@devices_app.command("list")
def devices_list(as_json: Json = False) -> None:
    """各型号和登记的设备:站点、审核公布、检定有效期、最近联系、时钟偏差。"""
    from api import registering
    from devices import gateway

    with opened() as node:
        rows = registering.listed(node)
    lines = [
        f"型号 {one.name}  {one.manifest.told['name']}({one.manifest.told['owner']})"
        for one in gateway.models().values()
    ]
    for row in rows:
        heard = _local(row["heard_at"]) if row["heard_at"] else "从未联系"
        drift = "" if row["drift_ms"] is None else f",时钟偏差 {row['drift_ms']} 毫秒"
        lines.append(
            f"{row['device_no']:<20} {row['model']}  {row['site_name']}  {'在用' if row['status'] == 'active' else '停用'}  检定至 {row['valid_to'] or '无'}  公布 {row['published_on'] or '未公布'}  {heard}{drift}"
        )
    told({"models": list(gateway.models()), "devices": rows}, as_json, lines)


@devices_app.command("check")
def devices_check(as_json: Json = False) -> None:
    """检查各型号文件夹:清单、代码引用、例子逐个重放;有问题则退出码为 1。"""
    from api import outside

    _folders([fault for fault in outside.faults() if fault.file.startswith("devices/")], as_json)


@devices_app.command("register")
def devices_register(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="设备清单(YAML)")], as_json: Json = False
) -> None:
    """由清单登记设备和检定证书;全部成功或者全部不登记,可重复运行。"""
    from api import registering

    with opened() as node:
        counts = registering.register(node, file)
    told(counts, as_json, [f"已登记 {counts['devices']} 台设备、{counts['verifications']} 份检定证书"])


@devices_app.command("key")
def devices_key(
    device_no: Annotated[str, typer.Argument(help="设备编号")],
    turn: Annotated[bool, typer.Option("--turn", help="换新密钥,旧密钥随即失效")] = False,
    as_json: Json = False,
) -> None:
    """显示(或更换)一台设备的签名密钥,用来配置设备;记入审计。"""
    from api import registering

    with opened() as node:
        made = registering.key(node, device_no, turn)
    told(made, as_json, [f"{device_no} 第 {made['version']} 版密钥:{made['key']}"])


@devices_app.command("listen")
def devices_listen() -> None:
    """接入 MQTT 代理(ZC_MQTT):订阅各型号的主题,提交之后才确认;一个节点运行一个;Ctrl+C 停止。"""
    from devices import gateway
    from kernel.errors import Refusal

    with opened() as node:
        if not node.settings.mqtt or not node.settings.device_key:
            raise Refusal("没有设置 ZC_MQTT 或 ZC_DEVICE_KEY", remedy="设置 MQTT 代理地址和设备主密钥后重新启动")
        listener = gateway.Listener(node, node.settings.mqtt)
        say(f"正在接收设备记录,型号:{'、'.join(gateway.models())}")
        listener.start()
        try:
            listener.run()
        finally:
            listener.stop()


@devices_app.command("replay")
def devices_replay(as_json: Json = False) -> None:
    """重新识读先前未识别或不被采信的记录(更正登记、密钥或程序之后)。"""
    from devices import gateway

    with opened() as node:
        taken, left = gateway.replay(node, limit=1_000_000)
    told({"taken": taken, "left": left}, as_json, [f"已识读 {taken} 条,仍有 {left} 条不能识别"])


def _folders(found: list[Any], as_json: bool) -> None:
    shown = [{"file": f.file, "message": f.message_zh} for f in found]
    told(shown, as_json, [*map(str, found), f"共 {len(found)} 处问题"] if found else ["文件夹检查通过"])
    raise typer.Exit(1 if found else 0)


@conformance_app.command("dmn")
def conformance_dmn(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="DMN 技术兼容测试集目录")],
    as_json: Json = False,
) -> None:
    """运行 DMN TCK 目录,列出未达到的结果。"""
    import engine

    report = engine.run_conformance(folder)
    shown = {"total": report.total, "met": report.met, "failures": report.failures, "folders": report.folders}
    told(shown, as_json, [*report.failures, report.summary()])
    raise typer.Exit(0 if report.met == report.total else 1)


def _local(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def main() -> None:
    """Runs a command; what the product refuses is a sentence and exit code 1, not a traceback."""
    from api.serving import explained

    try:
        app()
    except Problem as problem:
        print(explained(problem), file=sys.stderr)
        sys.exit(1)
    except (psycopg.OperationalError, sa.exc.OperationalError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        print(f"数据库暂时无法连接:{cause}\n怎么办:核对 ZC_DSN 和数据库服务后重试", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
