"""The part of the OMG DMN Technology Compatibility Kit that is kept here (README.md): nothing but external Java may fail."""

from __future__ import annotations

from pathlib import Path

from engine.rulebook import conformance

TCK = Path(__file__).parent / "dmn-tck"
JAVA = "0076-feel-external-java"


def test_level_2_is_met_whole() -> None:
    report = conformance.run(TCK / "level-2")
    assert (report.met, report.total) == (126, 126), report.failures


def test_level_3_is_met_but_for_java() -> None:
    report = conformance.run(TCK / "level-3")
    assert [line for line in report.failures if not line.startswith(JAVA)] == []
    assert report.met / report.total >= 0.95
    assert report.total > 1400
