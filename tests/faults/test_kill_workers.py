"""F1: workers are killed -9 again and again; afterwards every case is done once, with nothing lost and nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from kernel.work import Node

HERD = Path(__file__).parent / "herd.py"
ROOT = Path(__file__).parent.parent.parent


def herd(node: Node, tmp_path: Path, kills: int, seed: int = 5) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, str(HERD), node.db.dsn, node.db.owner, str(tmp_path / "herd-files"), str(kills), str(seed)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout.splitlines()[-1])


def check_invariants(node: Node, cases: int) -> None:
    with psycopg.connect(node.db.owner) as pg:

        def one(query: str) -> int:
            return int(pg.execute(query).fetchone()[0])  # type: ignore[index]

        assert one("select count(*) from process_instance where status = 'ended'") == cases
        assert one("select count(*) from work_item where status = 'open'") == 0
        assert one("select count(*) from job where status in ('waiting', 'running', 'incident')") == 0
        assert one("select count(*) from incident") == 0
        left = "select element, count(*) from step_history where event = 'left' and kind in ('human', 'service') group by 1"
        assert dict(pg.execute(left).fetchall()) == dict.fromkeys(("fill", "look", "ask", "tell", "decide"), cases)
        assert one("select count(*) - count(distinct (instance_id, element, event)) from step_history") == 0
        assert one("select count(*) from alert where rule like 'NOTIFY:%'") == cases
        assert one("select count(*) from number_taken") == cases
        assert one("select max(last) from number_counter") == cases


def test_killed_workers_lose_nothing_and_double_nothing(
    begin: Callable[..., dict[str, Any]], small: Node, tmp_path: Path
) -> None:
    for _ in range(150):
        begin()
    assert herd(small, tmp_path, 60)["kills"] == 60
    check_invariants(small, 150)


@pytest.mark.long
@pytest.mark.parametrize("tenth", range(10))
def test_a_thousand_kills(begin: Callable[..., dict[str, Any]], small: Node, tmp_path: Path, tenth: int) -> None:
    for _ in range(300):
        begin()
    assert herd(small, tmp_path, 100, seed=100 + tenth)["kills"] == 100
    check_invariants(small, 300)
