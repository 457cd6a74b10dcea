"""`zhicheng simulate`: a node of its own, a year of work, and whether everything still holds."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import engine
from api import invariants, nodes, serving, simulating
from api.landing import DEMO
from kernel import db, log
from kernel.errors import InvalidAnswers
from kernel.settings import Settings, settings
from kernel.work import LOCAL, SettableClock
from registers import seed as seeds

Say = Callable[[str], None]


def run(cases: int, seed: int, until: str, days: int, paper_sample: int, say: Say) -> dict[str, Any]:
    """Simulates on a fresh node in a temporary folder; what was done, how long it took, and what is broken."""
    try:
        end = datetime.fromisoformat(until).replace(hour=18, tzinfo=LOCAL)
    except ValueError as error:
        raise InvalidAnswers({"until": "日期应写作 2026-06-30"}) from error
    log.set_up(settings())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zc-simulate-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root the database server runs as another user
        wanted = Settings(var=Path(folder), dsn="", pdf="off", content=settings().content)
        clock = SettableClock(end - timedelta(days=days))
        node = nodes.open_node(wanted, pool=4, clock=clock)
        node.paper_sample = paper_sample
        try:
            db.needs_no_disk(node.db)
            db.migrate(node.db.owner, wanted.app_role)
            serving.publish(node, "模拟")
            seeds.load(serving.system_work(node), DEMO)
            engine.add_trial_seals(node)
            told = simulating.run(node, clock, cases=cases, seed=seed, until=end, days=days, say=say)
            say(f"模拟完成:{time.monotonic() - began:.0f} 秒;核对不变量…")
            faults = invariants.broken(node)
        finally:
            node.db.close()
            server: Any = node.db._keep
            server.cleanup()
    return {
        "cases": told.begun,
        "finished": told.finished,
        "derailed": told.derailed,
        "steps": told.steps,
        "processes": dict(sorted(told.processes.items())),
        "why": dict(told.why.most_common(30)),
        "seconds": round(time.monotonic() - began, 1),
        "invariants": faults,
        "broken": sum(map(bool, faults.values())),
    }


def lines(found: dict[str, Any]) -> list[str]:
    """The report in words."""
    told = [f"  {name}:{count}" for name, count in found["processes"].items()]
    told += [f"  偏离故事 {count} 次 {why}" for why, count in found["why"].items()]
    for name, faults in found["invariants"].items():
        told.append(f"{'不成立' if faults else '成立'}  {name}")
        told += [f"        {fault}" for fault in faults]
    last = f"simulate: {found['cases']} begun, {found['finished']} as told, {found['derailed']} otherwise, {found['steps']} steps"
    return [*told, f"{last}, {found['seconds']} s, broken invariants {found['broken']}"]
