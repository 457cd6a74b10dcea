"""`zhicheng serve`: from a checkout to a page that answers. Database, migration, content, demo people, processes."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import uvicorn
from fastapi import FastAPI

import engine
from api import metrics, nodes, simulating, staging
from api.landing import DEMO, demo_logins
from content import load
from kernel import db, log
from kernel.errors import ContentRefused, Problem
from kernel.settings import Settings, settings
from kernel.work import Node, SettableClock, Work, system_clock, system_person
from registers import account, seed

Say = Callable[[str], None]
GROUND = "首次启动:国家基准内容"
_PAST = 150  # days of a demonstration's past


def make() -> FastAPI:
    """The application of one server process (uvicorn calls it in each)."""
    from api.app import create_app

    wanted = settings()
    log.set_up(wanted)
    node = nodes.open_node(wanted)
    nodes.refresh(node)
    sweepers = -(-wanted.workers // wanted.processes) if wanted.workers else 0
    return create_app(node, sweepers=sweepers)


def prepare(wanted: Settings, *, demo: bool, say: Say, cases: int = 0) -> Node:
    """Database up and migrated, content published when there is none, demo people when asked for – and, on a fresh node, a
    past of so many `cases`."""
    say("启动数据库…" if not wanted.dsn else "连接数据库…")
    node = nodes.open_node(wanted, pool=2)
    db.migrate(node.db.owner, wanted.app_role, say, wanted.app_password)
    if nodes.refresh(node) is None and demo and cases:
        _populate(node, cases, say)
        later = engine.bind_later(node)
        if later:
            say(f"{later} 份案卷的 PDF 在启动之后由作业补装,几分钟内陆续可看")
    elif nodes.refresh(node) is None:
        say("检查并发布内容…")
        publish(node, GROUND)
    if demo:
        added = seed.load(system_work(node), DEMO)
        engine.add_trial_seals(node)
        if added["officers"]:
            say(f"装入演示数据:{added['agencies']} 个机构、{added['officers']} 名人员")
    return node


def _populate(node: Node, cases: int, say: Say) -> None:
    """A fresh demo node gets a past: people in every role of a province, cases in every state, up to this minute."""
    now = node.clock()
    clock = SettableClock(now - timedelta(days=_PAST))
    node.clock = clock
    try:
        say("检查并发布内容…")
        publish(node, GROUND)
        seed.load(system_work(node), DEMO)
        engine.add_trial_seals(node)
        say(f"模拟过去 {_PAST} 天的办案(启动 {cases} 件,约两分钟)…")
        told = simulating.run(node, clock, cases=cases, seed=1, until=now, days=_PAST, say=say, stage=staging.read())
        staging.arrange(node, clock, lambda login: account.person_of_login(Work(node, account.STRANGER), login))
        say(f"演示案件:启动 {told.begun} 件,办理 {told.steps} 步")
        for why, count in told.why.items():
            say(f"  偏离故事 {count} 次 {why}")
    finally:
        node.clock = system_clock


def publish(node: Node, ground: str) -> str:
    """Publishes the content folder as the system; its hash."""
    node.policy = nodes.from_folder(node.settings.content)
    hash_ = engine.publish(system_work(node), load.tree(node.settings.content), ground=ground)
    nodes.refresh(node)
    return hash_


def system_work(node: Node) -> Work:
    """A `Work` of the system, for setting up a node."""
    return Work(node, system_person(int(node.settings.node_code), "01"), request_id="cli")


def serve(*, demo: bool, host: str | None, port: int | None, say: Say, cases: int = 0) -> int:
    """Serves until it is told to stop; the exit code."""
    wanted = settings()
    host, port = host or wanted.host, wanted.port if port is None else port
    try:
        listening = _listen(host, port)
    except OSError as error:
        say(_why_not(error, host, port))
        return 1
    log.set_up(wanted)
    node = prepare(wanted, demo=demo, say=say, cases=cases)
    metrics.forget(node)
    threading.Thread(target=welcome, args=(node, listening, say), daemon=True).start()
    try:
        _run(wanted, listening)
    finally:
        listening.close()
        node.db.close()
    return 0


def _run(wanted: Settings, listening: socket.socket) -> None:
    config = uvicorn.Config(
        "api.serving:make",
        factory=True,
        workers=wanted.processes,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=20,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 << 10,
        lifespan="on",
    )
    if wanted.processes == 1:
        uvicorn.Server(config).run(sockets=[listening])
    else:
        from uvicorn.supervisors import Multiprocess

        Multiprocess(config, sockets=[listening]).run()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio switches Nagle's algorithm off on each connection: 40 ms an answer otherwise.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.set_inheritable(True)
    return listening


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用:请先停止占用它的程序,或换一个端口,例如 zhicheng serve --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"没有权限监听端口 {port}:请使用 1024 以上的端口"
    return f"无法在 {host}:{port} 上监听:{error.strerror}"


def welcome(node: Node, listening: socket.socket, say: Say) -> None:
    """Says that the product is there once the door opens: the workers take some seconds until they listen."""
    name = listening.getsockname()
    shown = "127.0.0.1" if name[0] in ("0.0.0.0", "::") else name[0]  # noqa: S104 - compared, not bound
    while not _opens(shown, name[1]):
        time.sleep(0.1)
    say(f"执程已就绪:http://{shown}:{name[1]}/  (接口文档 /docs;Ctrl+C 停止)")
    work = system_work(node)
    with work.transaction():
        present = {row["login"] for row in work.rows("select login from account where not disabled")}
    found = demo_logins(node, present)
    if found:
        some = "、".join(p["login"] for p in found["people"][:6])
        say(f"演示账号:{some} 等 {len(found['people'])} 个,口令 {found['password']}(首页有全部账号)")
    elif not present:
        say("还没有账号:用 zhicheng user add 建立第一个,或以 --demo 启动装入演示数据")


def _opens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True


def explained(problem: Problem) -> str:
    """A problem as lines for a terminal."""
    lines = [f"{problem.title}:{problem.detail}"]
    lines += [f"  {field}:{what}" for field, what in problem.fields.items()]
    for fault in problem.faults if isinstance(problem, ContentRefused) else ():
        line = f":{fault['line']}" if fault["line"] else ""
        lines.append(f"  {fault['file']}{line}:{fault['message']}")
    if problem.remedy:
        lines.append(f"怎么办:{problem.remedy}")
    return "\n".join(lines)
