"""Workers that recompute clocks and are killed -9 in the middle. Run as a program: `recompute_worker.py DSN OWNER FILES START KILLS`.

A child sweeps in small batches until nothing is due; the parent kills it after a random while and forks another, KILLS times,
then lets one finish. The clock stands at START (ISO) and runs. Prints how many batches stood after each kill, as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

import engine
from engine import jobs, recompute
from kernel.db import Database
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import Node

SEEN = "select coalesce(sum(seen), 0)::int, count(*) - count(done_at) from recompute_part"
STANDS = "select coalesce(sum(seen), 0) = %s and count(*) > count(done_at) from recompute_part"
BEGUN = time.monotonic()


def sweeping(dsn: str, owner: str, files: str, start: str) -> None:
    """Sweeps until nothing is due for half a second, or until it is killed."""
    node = Node(
        Database(dsn, owner, 4),
        Settings(var=Path(files), pdf="off", dsn=owner),
        FileStore(Path(files)),
        Policy([]),
        lambda: datetime.fromisoformat(start) + timedelta(seconds=time.monotonic() - BEGUN),
    )
    idle = 0
    while idle < 25:
        idle = 0 if engine.sweep(node) else idle + 1
        time.sleep(0.02 if idle else 0)


def fork(arguments: list[str]) -> int:
    """A worker of its own; returns its process id."""
    child = os.fork()
    if child == 0:
        try:
            sweeping(*arguments)
        finally:
            os._exit(0)
    return child


def main() -> None:
    """Kills and forks, then lets the last one finish."""
    *where, kills = sys.argv[1:6]
    rnd, seen = random.Random(11), []
    with psycopg.connect(where[1], autocommit=True) as watching:
        for _ in range(int(kills)):
            [stood, _] = watching.execute(SEEN).fetchone() or (0, 0)
            child, until = fork(where), time.monotonic() + 30
            # The blow falls shortly after a batch with clocks in it was committed (the agencies come in any order, most have
            # none): while the next one is being worked out or written.
            while watching.execute(STANDS, (stood,)).fetchone() == (True,) and time.monotonic() < until:
                time.sleep(0.002)
            time.sleep(rnd.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            seen.append(watching.execute(SEEN).fetchone())
    os.waitpid(fork(where), 0)
    print(json.dumps(seen))


if __name__ == "__main__":
    jobs.set_lease(timedelta(milliseconds=100))
    recompute.BATCH = 4
    recompute._LEASE = timedelta(milliseconds=100)
    main()
