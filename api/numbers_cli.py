"""`zhicheng numbers`: the ledger of a year and blocks for use offline, for whoever runs the node."""

from __future__ import annotations

from typing import Annotated

import typer

import engine
from api.cli_tools import Json, opened, told
from kernel.work import Node, Work, system_person
from registers import account

app = typer.Typer(help="编号:一年的台账、离线预留、交回。", no_args_is_help=True)
Agency = Annotated[int, typer.Argument(help="机构编号")]
What = Annotated[str, typer.Argument(help="文书代码(如 D14),或 case、archive 等")]
_STATES = {"taken": "未用", "issued": "已签发", "void": "作废"}
MOST = 100_000


def _work(node: Node, agency_id: int) -> Work:
    return Work(node, system_person(agency_id, "01"), request_id="cli:numbers")


@app.command("list")
def list_numbers(
    agency_id: Agency,
    what: What,
    year: Annotated[int, typer.Argument(min=1990, max=2120, help="年份")],
    as_json: Json = False,
) -> None:
    """一年的编号台账:每个编号的状态,作废的原因。"""
    with opened() as node:
        rows = engine.number_ledger(_work(node, agency_id), agency_id, what, year, MOST, 0)
    told(
        rows,
        as_json,
        [f"{r['text']}  {_STATES[r['state']]}  {r['reason'] or ''}".rstrip() for r in rows] or ["还没有编号"],
    )


@app.command("blocks")
def list_blocks(agency_id: Agency, as_json: Json = False) -> None:
    """一个机构的预留编号和使用情况。"""
    with opened() as node:
        rows = engine.number_blocks(_work(node, agency_id), MOST, None)
    told(rows, as_json, [
        f"{r['id']}  {r['kind']}〔{r['year']}〕{r['first']}–{r['last']}  已用 {r['used']}、作废 {r['void']}、未用 {r['unused']}"
        f"  {'设备 ' + r['device_no'] if r['device_no'] else '人员 ' + str(r['holder_id'])}"
        for r in rows
    ] or ["没有预留编号"])  # fmt: skip


@app.command()
def reserve(
    agency_id: Agency,
    what: What,
    count: Annotated[int, typer.Argument(min=1, max=500, help="个数")],
    officer: Annotated[str | None, typer.Option(help="预留给哪位人员(登录名)")] = None,
    device: Annotated[str | None, typer.Option(help="预留给哪台设备")] = None,
    as_json: Json = False,
) -> None:
    """预留一段编号,供不能联网时使用。"""
    with opened() as node:
        holder = str(account.person_of_login(Work(node, account.STRANGER), officer).id) if officer else None
        made = engine.reserve_numbers(
            _work(node, agency_id), agency_id=agency_id, what=what, count=count, holder_id=holder, device_no=device
        )
    told(made, as_json, [f"已预留 {made['numbers'][0]} 至 {made['numbers'][-1]}(编号段 {made['id']})"])


@app.command("give-back")
def give_back(
    agency_id: Agency,
    block_id: Annotated[str, typer.Argument(help="编号段,见 numbers blocks")],
    reason: Annotated[str, typer.Option(help="原因,记入台账")],
    as_json: Json = False,
) -> None:
    """交回一段编号:未用的作废并写明原因。"""
    with opened() as node:
        made = engine.give_back_numbers(_work(node, agency_id), block_id, reason)
    told(made, as_json, [f"已交回,作废 {made['void']} 个"])
