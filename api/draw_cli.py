"""`zhicheng draw`: repeats a double-random draw from its record, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from kernel.errors import Problem
from registers import draw_record

app = typer.Typer(help="双随机抽取:由抽取记录复验,不需要数据库。", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A group even while it has one command."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="抽取记录(JSON)")],
    published: Annotated[str | None, typer.Option(help="冻结时公开的 SHA-256,一并比对")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """按记录重新抽取一遍,逐项指出不符之处;有不符的退出码为 1。"""
    try:
        record = orjson.loads(file.read_bytes())
        if not isinstance(record, dict):
            raise ValueError("不是一个对象")
        report = draw_record.verify(record)
    except (ValueError, Problem) as error:
        typer.echo(f"不能核验:{error.detail if isinstance(error, Problem) else f'不是 JSON 文件({error})'}")
        raise typer.Exit(2) from error
    faults = list(report.faults)
    if published is not None and published.strip().lower() != report.frozen_sha256:
        faults.insert(0, f"冻结的名录不是公开的那一份:公开的是 {published.strip()},本记录的是 {report.frozen_sha256}")
    if as_json:
        told = {
            "faults": faults,
            "frozen_sha256": report.frozen_sha256,
            "objects": report.objects,
            "drawn": report.drawn,
        }
        typer.echo(orjson.dumps({**told, **report.facts}, option=orjson.OPT_INDENT_2).decode())
    else:
        for line in _told(report, faults):
            typer.echo(line)
    raise typer.Exit(1 if faults else 0)


def _told(report: draw_record.Report, faults: list[str]) -> list[str]:
    head = [
        f"冻结的名录:{report.objects} 个对象,SHA-256 {report.frozen_sha256}",
        f"结果:{report.drawn} 个对象,SHA-256 {report.facts['result_sha256']}",
    ]
    return [*head, *(faults or ["重新抽取的结果与记录逐项相同"])]
