"""`zhicheng content`: counts, coverage and faults of the national content."""

from __future__ import annotations

from pathlib import Path

import engine
from content import load

ROOT = Path(__file__).parent.parent.parent


def test_the_national_content_is_counted_and_sound() -> None:
    found = engine.contents(load.tree(ROOT))
    assert (found["deadlines"]["total"], found["items"]["total"], found["risks"]["total"]) == (90, 144, 102)
    assert found["faults"] == []
    assert found["lines"][-1] == "faults 0"
    assert found["processes"]["case_ordinary"]["uncovered"] == []


def test_a_broken_file_is_a_fault_and_not_an_error() -> None:
    files = load.tree(ROOT)
    files["rules/national/risk/flow.yaml"] = b"risks: [{id: R_X}]"
    found = engine.contents(files)
    assert found["faults"]
    assert found["lines"][-1] == f"faults {len(found['faults'])}"
