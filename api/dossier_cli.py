"""`zhicheng dossier`: the keys that sign dossiers – their fingerprints to be made known, and taking them out of use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer

from kernel.work import Node

app = typer.Typer(help="卷宗签名密钥:列出指纹、停用。", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]


@contextmanager
def _opened() -> Iterator[Node]:
    from api import nodes
    from kernel import log
    from kernel.settings import settings

    log.set_up(settings())
    node = nodes.open_node(settings(), pool=2)
    try:
        nodes.refresh(node)
        yield node
    finally:
        node.db.close()


@app.command()
def keys(as_json: Json = False) -> None:
    """各机构卷宗签名公钥的指纹;公布后外界据此核验(zhicheng verify --key)。"""
    from api import operating

    with _opened() as node:
        rows = operating.dossier_keys(node)
    lines = [
        f"{r['agency_id']}  {r['algorithm']:8} {r['fingerprint']}  {'停用' if r['retired_at'] else '在用'}"
        for r in rows
    ]
    _tell(rows, as_json, lines or ["还没有密钥;首次生成卷宗时自动生成"])


@app.command("retire-keys")
def retire_keys(
    agency: Annotated[int, typer.Argument(help="机构编号")],
    reason: Annotated[str, typer.Option(help="理由")],
    as_json: Json = False,
) -> None:
    """停用一个机构的卷宗签名密钥(遗失、泄露、口令失效);签过的仍然有效,下次另行生成。"""
    from api import operating

    with _opened() as node:
        done = operating.retire_dossier_keys(node, agency, reason)
    _tell(done, as_json, [f"停用 {done['retired']} 个密钥"])


def _tell(value: Any, as_json: bool, lines: list[str]) -> None:
    if as_json:
        shown = orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2)
        typer.echo(shown.decode())
    else:
        typer.echo("\n".join(lines))


def _plain(value: object) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
