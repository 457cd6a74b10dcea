"""The operator's command line: `zhicheng <命令> --help`. Every command says in Chinese what it did and, failing, what helps."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import psycopg
import sqlalchemy as sa
import typer

from api import audit_cli, dossier_cli, draw_cli, law_cli, numbers_cli, outside_cli, people_cli
from api.cli_tools import Json, instant, local, opened, say, told
from kernel.errors import Problem

app = typer.Typer(
    name="zhicheng", help="执程:交通运输行政执法综合管理信息系统。", no_args_is_help=True, add_completion=False,
    rich_markup_mode=None, pretty_exceptions_enable=False,
)  # fmt: skip
content_app = typer.Typer(help="内容:有什么、是否完好;各版本、与内容目录的差异、导出。", invoke_without_command=True)
audit_app = typer.Typer(help="审计:核验、入链、外部锚定。", no_args_is_help=True)
conformance_app = typer.Typer(help="符合性:运行标准测试集。", no_args_is_help=True)
for name, group in (
    ("content", content_app),
    ("law", law_cli.law_app),
    ("calendar", law_cli.calendar_app),
    ("audit", audit_app),
    ("seal", people_cli.seal_app),
    ("user", people_cli.user_app),
    ("conformance", conformance_app),
    ("integrations", outside_cli.integrations_app),
    ("devices", outside_cli.devices_app),
    ("draw", draw_cli.app),
    ("dossier", dossier_cli.app),
    ("numbers", numbers_cli.app),
):
    app.add_typer(group, name=name)


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
    process: Annotated[str, typer.Argument(help="流程,如 case_ordinary 或 普通程序;不给则从列表中选择")] = "",
    answers: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="故事文件;不给则逐步询问")] = None,
    as_json: Json = False,
) -> None:
    """在临时节点上试办一个流程,用完即弃。"""
    from api import sitting, trying

    if answers is None:
        if importlib.util.find_spec("readline"):
            importlib.import_module(
                "readline"
            )  # so that a Chinese character goes away whole, and the last lines come back
        sitting.sit(process, say, lambda prompt: input(prompt))
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
    shown = [
        {"file": f.file, "line": f.line, "element": f.element, "code": f.code, "message": f.message} for f in found
    ]
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
            effective_from=instant(effective),
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
    lines = [f"{r['hash'][:16]}  {local(r['effective_from'])} 起  {r['files']} 个文件  {r['ground']}" for r in rows]
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
                f"{r['id']}  {local(r['requested_at'])}  {r['parts_done']}/{r['parts']} 完成  {r['moved']} 项期限、{r['cases']} 件案件变动  {r['reason']}"
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
