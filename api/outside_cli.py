"""`zhicheng integrations` and `zhicheng devices`: counterparts and devices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_tools import Json, local, opened, say, told

integrations_app = typer.Typer(help="对端:状态、设置、文件夹检查。", no_args_is_help=True)
devices_app = typer.Typer(help="设备:登记、密钥、MQTT 接入、未识别的记录、文件夹检查。", no_args_is_help=True)


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
        since = f"(最早 {local(one['oldest'])})" if one["oldest"] else ""
        lines.append(f"{one['counterpart']}  {one['name']}({one['owner']})  {state}")
        lines.append(
            f"  等待 {one['waiting']}{since}  已办 {one['done']}  差异 {one['differing']}  放弃 {one['given_up']}"
        )
        lines += [
            f"  文件 {file['name']}  {'已核对' if file['status'] == 'reconciled' else '整份退回'}  {local(file['fetched_at'])}"
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
        heard = local(row["heard_at"]) if row["heard_at"] else "从未联系"
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
