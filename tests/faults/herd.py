"""A herd of workers that are killed while they work. Run as a program: `herd.py DSN OWNER FILES KILLS SEED`.

Forks two workers at a time; each completes whatever task is open and sweeps what is due; the parent kills one of them
every 50–250 ms (kill -9) and forks another, until KILLS is reached; then lets them finish. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

import engine
from engine import jobs
from kernel.db import Database
from kernel.errors import Problem
from kernel.files import FileStore
from kernel.permissions import Policy
from kernel.settings import Settings
from kernel.work import Node, Work, system_clock
from registers import account

ANSWERS = {"fill": {"case_summary": "六轴车超限"}, "decide": {"fine_amount": "3000"}}
WHO = {"fill": "officer_1", "look": "officer_1", "ask": "officer_2", "decide": "head_1"}
VERBS = ("task.claim", "task.complete", "message.receive", "case.start")


def make_node(dsn: str, owner: str, files: str) -> Node:
    """The node as a fresh process sees it."""
    policy = Policy([(role, verb) for role in ("officer", "head") for verb in VERBS])
    settings = Settings(var=Path(files), pdf="off", dsn=owner)
    return Node(Database(dsn, owner, 4), settings, FileStore(Path(files)), policy, system_clock)


def worker(dsn: str, owner: str, files: str) -> None:
    """Works until nothing is open, or until it is killed."""
    node = make_node(dsn, owner, files)
    stranger = Work(node, account.STRANGER)
    people = {login: account.person_of_login(stranger, login) for login in set(WHO.values())}
    idle = 0
    while idle < 3:
        did = engine.sweep(node, 20)
        for element, login in WHO.items():
            work = Work(node, people[login])
            with work.transaction(hot=True):
                rows = work.rows(
                    "select id from work_item where status = 'open' and element = %s order by random() limit 3",
                    (element,),
                )
            for row in rows:
                did += 1
                try:
                    engine.complete(work, str(row["id"]), ANSWERS.get(element, {}), key=str(row["id"]))  # type: ignore[call-arg]
                except Problem:
                    continue
        work = Work(node, people["officer_1"])
        with work.transaction(hot=True):
            waits = work.rows("select subject_id from message_wait order by random() limit 3")
        for wait in waits:
            did += 1
            try:
                engine.receive(work, str(wait["subject_id"]), "reply", {})
            except Problem:
                continue
        idle = 0 if did else idle + 1
        if not did:
            time.sleep(0.05)


def start(arguments: list[str]) -> int:
    """Forks one worker; returns its process id."""
    child = os.fork()
    if child == 0:
        try:
            worker(*arguments)
        finally:
            os._exit(0)
    return child


def main() -> None:
    """Kills and forks."""
    *where, kills, seed = sys.argv[1:6]
    rnd = random.Random(int(seed))
    workers, killed, begin = [start(where), start(where)], 0, time.monotonic()
    while killed < int(kills):
        time.sleep(rnd.uniform(0.05, 0.25))
        place = rnd.randrange(2)
        os.kill(workers[place], signal.SIGKILL)
        os.waitpid(workers[place], 0)
        killed += 1
        workers[place] = start(where)
    for child in workers:
        os.waitpid(child, 0)
    # leases of the killed run out after a while: the last round is not killed
    time.sleep(1.2)
    os.waitpid(start(where), 0)
    print(json.dumps({"kills": killed, "seconds": round(time.monotonic() - begin, 1)}))


if __name__ == "__main__":
    jobs.set_lease(timedelta(seconds=1))
    main()
