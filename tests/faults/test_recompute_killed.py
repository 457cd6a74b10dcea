"""F1 for clocks: a recomputation is killed -9 in its middle, or one of its batches fails; nothing is lost, nothing twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import engine
from engine import recompute, release_store
from kernel.ids import uuid7
from kernel.work import Node, SettableClock, Work, system_person
from tests.engine.conftest import small_files

ROOT = Path(__file__).parent.parent.parent
YEAR = "rules/national/calendar/2026.yaml"
CASES, EACH = 40, 2
As = Callable[[str], Work]


def sweep_all(node: Node) -> None:
    while engine.sweep(node):
        pass


def late_holiday(node: Node, begin: Callable[..., dict[str, Any]]) -> None:
    """Cases with running clocks that reach over 5 March; then that day is declared a holiday."""
    work = Work(node, system_person(440100, "01"))
    for _ in range(CASES):
        case = begin()
        with work.transaction():
            for _ in range(EACH):
                work.execute(
                    "insert into clock (id, agency_id, category, subject_id, instance_id, rule, rule_version, started, element,"
                    " due_at, calendar_version, created_at) values (%s, 440100, '01', %s, %s, 'DL_STATEMENT_DEFENCE', '1',"
                    " '2026-03-02', 'fill', '2026-03-09 23:59:59+08', '1', %s)",
                    (uuid7(), case["case_id"], case["instance_id"], work.now),
                )
    files = small_files()
    text = files[YEAR].decode()
    files[YEAR] = text.replace("holidays:\n", "holidays:\n  - {name: 特别放假, days: [2026-03-05]}\n").encode()
    assert isinstance(node.clock, SettableClock)
    node.clock.move(timedelta(minutes=1))
    with work.transaction():
        release_store.store(work, files, ground="国办通知", effective_from=None)


def check_once_each(node: Node) -> None:
    with psycopg.connect(node.db.owner) as pg:

        def rows(query: str) -> list[Any]:
            return pg.execute(query).fetchall()

        assert rows("select count(*), count(done_at) from recompute_part where agency_id = 440100") == [(1, 1)]
        [(seen, moved, cases)] = rows("select seen, moved, cases from recompute_part where agency_id = 440100")
        assert (seen, moved, cases) == (CASES * EACH, CASES * EACH, CASES)
        history = "select count(*), count(distinct clock_id) from clock_history where event = 'recomputed'"
        assert rows(history) == [(CASES * EACH, CASES * EACH)]
        alerts = "select count(*), count(distinct subject_id) from alert where rule like 'RECOMPUTED:%'"
        assert rows(alerts) == [(CASES, CASES)]
        assert rows("select distinct due_at from clock") == rows(
            "select distinct due_after from clock_history where event = 'recomputed'"
        )
        assert rows("select status, count(*) from job where kind = 'recompute' group by 1")[0][0] == "done"
        assert rows("select count(*) from incident") == [(0,)]


def test_killed_in_its_middle_it_resumes_and_moves_each_clock_once(
    begin: Callable[..., dict[str, Any]], small: Node, tmp_path: Path
) -> None:
    late_holiday(small, begin)
    run = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "recompute_worker.py"), small.db.dsn, small.db.owner,
         str(tmp_path / "files"), small.clock().isoformat(), "3"],
        capture_output=True, text=True, timeout=600, check=False, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    stood = [seen for seen, _ in json.loads(run.stdout.splitlines()[-1])]
    assert any(0 < seen < CASES * EACH for seen in stood), f"no kill fell into the middle: {stood}"
    check_once_each(small)


def test_a_batch_that_fails_leaves_nothing_half_done_and_is_done_again(
    begin: Callable[..., dict[str, Any]], small: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_holiday(small, begin)
    monkeypatch.setattr(recompute, "BATCH", 4)
    told, tell = [0], recompute._tell

    def fails_once(work: Work, part: Any, moved: Any) -> None:
        told[0] += 1
        if told[0] == 3:  # clocks, timers and tasks of this batch are written; its alerts are not
            raise ConnectionError("连接中断")
        tell(work, part, moved)

    monkeypatch.setattr(recompute, "_tell", fails_once)
    sweep_all(small)
    with psycopg.connect(small.db.owner) as pg:
        halfway = pg.execute("select sum(seen), sum(moved) from recompute_part").fetchone()
        written = pg.execute("select count(*) from clock_history where event = 'recomputed'").fetchone()
    assert halfway == (8, 8)
    assert written == (8,)
    assert isinstance(small.clock, SettableClock)
    small.clock.move(timedelta(minutes=1))
    sweep_all(small)
    check_once_each(small)
