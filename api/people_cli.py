"""`zhicheng user` and `zhicheng seal`: people with their accounts and rights, seals and certificates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_tools import Json, instant, opened, told
from kernel.work import Node

user_app = typer.Typer(help="人员和账号:建立、停用、口令、授权。", no_args_is_help=True)
seal_app = typer.Typer(help="印章和签名证书:登记、列出、停用。", no_args_is_help=True)
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

    last = at.date() if (at := instant(until)) is not None else None
    with opened() as node:
        done = _granted(operating, node, login, role, agency, tree, category, last, revoke)
    told(done, as_json, [f"已{'收回' if revoke else '授予'} {login}:{role}@{agency}"])


def _granted(
    operating: Any, node: Node, login: str, role: str, agency: int, tree: bool, category: list[str] | None,
    until: date | None, revoke: bool,
) -> Any:  # fmt: skip
    wanted = category or operating.CATEGORIES
    return operating.grant(node, login, role, agency, tree=tree, categories=wanted, until=until, revoke=revoke)
