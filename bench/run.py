"""`make bench`: runs every benchmark, prints a table, writes bench/results.json. Ratios inside one run are the result."""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import time
import traceback
from pathlib import Path

from kernel.work import system_clock

# figure → (goal, "min" for at least, "max" for at most)
GOALS: dict[str, tuple[float, str]] = {
    "engine_ratio": (2.5, "min"),
    "bare_engine_ratio": (4, "min"),
    "codec_ratio_1kb": (10, "min"),
    "turn_1000_over_turn_10": (1.3, "max"),
    "sql_per_submit": (12, "max"),
    "round_trips_per_submit": (8, "max"),
    "http_submits_per_s": (150, "min"),
    "http_submit_p50_ms": (12, "max"),
    "inbox_p95_ms": (50, "max"),
    "case_search_p95_ms": (50, "max"),
    "inbox_click_p95_ms": (300, "max"),
    "long_task_ms": (200, "max"),
    "timers_10k_s": (15, "max"),
    "start_s": (10, "max"),
    "api_rss_mb": (250, "max"),
    "feel_us": (3, "max"),
    "feel_compile_us": (400, "max"),
    "decision_table_us": (150, "max"),
    "due_us": (40, "max"),
    "clocks_1m_s": (60, "max"),
    "law_search_p95_ms": (50, "max"),
    "docx_per_s": (20, "min"),
    "pdf_per_s": (4, "min"),
    "dossier_s": (10, "max"),
    "evidence_upload_mb_per_s": (60, "min"),
    "evidence_upload_rss_mb": (50, "max"),
    "draw_s": (2, "max"),
    "object_view_p95_ms": (100, "max"),
    "clue_duplicate_p95_ms": (50, "max"),
}
MODULES = (
    "feel_bench",
    "rulebook_bench",
    "codec_bench",
    "papers_bench",
    "dossier_bench",
    "engine_bench",
    "http_bench",
    "clocks_bench",
    "law_bench",
    "evidence_bench",
    "draw_bench",
    "lists_bench",
    "objects_bench",
    "web_bench",
)


def main(argv: list[str] | None = None, results: Path = Path(__file__).parent / "results.json") -> int:
    """Runs all, or the named modules; 1 when a goal is missed or a module fails: the figures of the others are kept and shown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="names of benchmark modules; all when none is given")
    options = parser.parse_args(argv)
    figures: dict[str, float] = {}
    failed: dict[str, str] = {}
    for name in options.only or MODULES:
        begin = time.monotonic()
        try:
            figures.update(importlib.import_module(f"bench.{name}").run())
        except Exception as error:
            traceback.print_exc()
            failed[name] = f"{type(error).__name__}: {error}"
        _keep(results, figures, failed)  # after each: whoever stops a long run keeps what it had
        print(f"{name}: {'失败' if name in failed else f'{time.monotonic() - begin:.0f} s'}", flush=True)
    missed = show(figures)
    for name, why in failed.items():
        print(f"{name} 失败,没有它的数字:{why}")
    return 1 if missed or failed else 0


def _keep(results: Path, figures: dict[str, float], failed: dict[str, str]) -> None:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    result = {"commit": commit, "at": system_clock().isoformat(), "figures": figures, "failed": failed}
    results.write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")


def show(figures: dict[str, float]) -> list[str]:
    """Prints the table; returns the figures that miss their goal."""
    missed = []
    for key, value in figures.items():
        goal, kind = GOALS.get(key, (None, ""))
        ok = goal is None or (value >= goal if kind == "min" else value <= goal)
        if not ok:
            missed.append(key)
        text = "" if goal is None else f"{'≥' if kind == 'min' else '≤'} {goal:g}"
        print(f"{key:28} {value:12.3f}  {text:10} {'' if ok else '未达到'}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
