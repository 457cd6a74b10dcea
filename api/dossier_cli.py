"""`zhicheng dossier`: the keys that sign dossiers – their fingerprints to be made known, and taking them out of use; binding later."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli_tools import Json, opened, told

app = typer.Typer(help="卷宗:签名密钥(列出指纹、停用)、补装 PDF。", no_args_is_help=True)


@app.command()
def keys(as_json: Json = False) -> None:
    """各机构卷宗签名公钥的指纹;公布后外界据此核验(zhicheng verify --key)。"""
    from api import operating

    with opened() as node:
        rows = operating.dossier_keys(node)
    lines = [
        f"{r['agency_id']}  {r['algorithm']:8} {r['fingerprint']}  {'停用' if r['retired_at'] else '在用'}"
        for r in rows
    ]
    told(rows, as_json, lines or ["还没有密钥;首次生成卷宗时自动生成"])


@app.command("retire-keys")
def retire_keys(
    agency: Annotated[int, typer.Argument(help="机构编号")],
    reason: Annotated[str, typer.Option(help="理由")],
    as_json: Json = False,
) -> None:
    """停用一个机构的卷宗签名密钥(遗失、泄露、口令失效);签过的仍然有效,下次另行生成。"""
    from api import operating

    with opened() as node:
        done = operating.retire_dossier_keys(node, agency, reason)
    told(done, as_json, [f"停用 {done['retired']} 个密钥"])


@app.command()
def bind(as_json: Json = False) -> None:
    """封存时没有 PDF 的案卷(当时没有 LibreOffice),另行封存一部分,补装成册;由作业在后台办理,原封存不变。"""
    from api import operating

    with opened() as node:
        done = operating.bind_dossiers(node)
    told(done, as_json, [f"{done['dossiers']} 份案卷将在后台补装 PDF"])
