"""A benchmark that breaks costs its own figures, not those of the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bench
from bench import run

_FIGURES = {
    "sound_bench": "def run(): return {'feel_us': 1.0}",
    "broken_bench": "def run(): raise AssertionError('没有待办环节')",
    "late_bench": "def run(): return {'draw_s': 0.5}",
    "slow_bench": "def run(): return {'start_s': 99.0}",
}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the figures are kept; beside it benchmarks that take no time."""
    for name, text in _FIGURES.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(bench, "__path__", [*bench.__path__, str(tmp_path)])
    return tmp_path / "results.json"


def test_a_benchmark_that_fails_is_named_and_the_figures_of_the_others_are_shown_and_kept(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["sound_bench", "broken_bench", "late_bench"], results) == 1
    kept = json.loads(results.read_text(encoding="utf-8"))
    assert kept["figures"] == {"feel_us": 1.0, "draw_s": 0.5}
    assert kept["failed"] == {"broken_bench": "AssertionError: 没有待办环节"}
    printed = capsys.readouterr().out
    assert "feel_us" in printed
    assert "draw_s" in printed
    assert "broken_bench 失败,没有它的数字:AssertionError: 没有待办环节" in printed


@pytest.mark.parametrize(
    ("asked", "answer"), [(["sound_bench", "late_bench"], 0), (["slow_bench"], 1), (["none_bench"], 1)]
)
def test_only_when_every_benchmark_ran_and_every_goal_is_met_all_is_well(
    results: Path, asked: list[str], answer: int
) -> None:
    assert run.main(asked, results) == answer


def test_every_benchmark_named_is_there() -> None:
    here = Path(bench.__file__).parent
    assert [name for name in run.MODULES if not (here / f"{name}.py").exists()] == []
