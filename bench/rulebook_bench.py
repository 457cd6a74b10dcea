"""How long one deadline takes. `run()` returns microseconds; bench/__main__ prints and judges them."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import yaml

from engine.rulebook.calendars import load_calendar
from engine.rulebook.deadlines import Clock, Pause, by_id, due, due_date

NATIONAL = Path(__file__).parents[1] / "rules/national"
ROUNDS = 3000
BUDGET_US = 40.0


def run() -> dict[str, float]:
    """`due_us`: mean of due() over every dated rule, with and without pauses (budget 40); `due_date_us`: the bare date."""
    calendar = load_calendar(yaml.safe_load(p.read_bytes()) for p in (NATIONAL / "calendar").glob("*.yaml"))
    files = (yaml.safe_load(p.read_bytes()) for p in sorted((NATIONAL / "deadlines").glob("*.yaml")))
    rules = by_id(m for m in files if "deadlines" in m)
    keys = ["DL_HEARING_REQUEST", "DL_PENALTY_DECISION", "DL_SEIZURE", "DL_FINE_PAYMENT", "DL_COURT_APPLY"]
    begun = date(2026, 1, 5)
    pause = Pause("appraisal", begun + timedelta(days=5), begun + timedelta(days=15), begun)
    clocks = [Clock(rules[key], begun + timedelta(days=n)) for key in keys for n in range(20)]
    clocks += [Clock(rules["DL_SEIZURE"], begun + timedelta(days=n), (pause,)) for n in range(20)]
    today = date(2026, 1, 20)
    return {
        "due_us": _mean(lambda clock: due(clock, calendar, today), clocks),
        "due_date_us": _mean(lambda clock: due_date(clock, calendar), clocks),
    }


def _mean(work: object, clocks: list[Clock]) -> float:
    assert callable(work)
    begin = time.perf_counter()
    for n in range(ROUNDS):
        work(clocks[n % len(clocks)])
    return round((time.perf_counter() - begin) / ROUNDS * 1e6, 2)


if __name__ == "__main__":
    print(run())
