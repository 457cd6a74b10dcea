"""docs/requirements.md names tests and figures that there are."""

from __future__ import annotations

import ast
import re

import pytest

from bench.run import GOALS
from tests.engine.conftest import ROOT

PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
FIGURES = sorted(set(re.findall(r"bench: (\w+)", PAGE)) - {"指标"})
ROWS = ("REQ-ARCH-01-01", "REQ-ARCH-01-02", "REQ-ARCH-01-04", "REQ-PLAT-01-02")


def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda text: str(text))
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    assert name in functions_of(file)


def test_the_figures_that_are_named_are_those_that_have_a_goal() -> None:
    assert FIGURES
    assert set(FIGURES) <= set(GOALS)


def test_each_row_of_the_list_and_each_promise_has_a_proof_or_says_what_is_missing() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| 编号", "| 承诺"))]
    assert all(any(line.startswith(f"| {row} ") for line in lines) for row in ROWS)
    for line in lines:
        *_, proof, missing = [cell.strip() for cell in line.strip("|").split("|")]
        assert proof or missing, line
