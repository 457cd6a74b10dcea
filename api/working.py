"""`zhicheng worker`: a process of its own that runs what falls due; with Celery as a doorbell if asked for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

from api.worker import Housekeeper, celery_app
from kernel.errors import Refusal
from kernel.work import Node


def run(node: Node, *, threads: int, celery: bool, say: Callable[[str], None]) -> None:
    """Works until SIGTERM or SIGINT; what is in hand is finished first."""
    if celery and not node.settings.redis:
        raise Refusal("没有设置 Redis 地址", remedy="设置 ZC_REDIS,如 redis://127.0.0.1:6379/0;或不加 --celery 运行")
    keeper = Housekeeper(node, threads)
    keeper.start()
    say(f"作业进程已启动({threads} 个线程{',Celery 唤醒' if celery else ''})")
    if celery:
        # Celery takes the signals; the sweeper goes on beside it, so that nothing is lost while Redis is away.
        celery_app(node).worker_main(
            [
                "worker",
                "--pool=threads",
                f"--concurrency={threads}",
                "--loglevel=WARNING",
                "--without-gossip",
                "--without-mingle",
            ]
        )
    else:
        _wait_for_the_end()
    keeper.stop()
    say("作业进程已停止")


def _wait_for_the_end() -> None:
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    while not ended.wait(1):
        pass
