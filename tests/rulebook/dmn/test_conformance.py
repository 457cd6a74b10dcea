"""The runner of the conformance kit counts honestly."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.rulebook import conformance
from engine.rulebook.dmn import DmnError

KIT = Path(__file__).parent / "kit"


def test_each_expected_result_counts_and_each_failure_has_a_line() -> None:
    report = conformance.run(KIT)
    assert (report.met, report.total) == (4, 5)
    assert report.folders == {"0001-sample": (4, 5)}
    assert report.failures[0].startswith('0001-sample 002 parts: expected "something else", found {day:')


def test_the_command_ends_with_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert conformance.main([str(KIT)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "4 of 5 results"


def test_a_directory_without_tests_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DmnError, match="没有找到测试文件"):
        conformance.run(tmp_path)
    assert conformance.main([]) == 2
    assert "用法" in capsys.readouterr().out


def test_a_model_that_cannot_be_read_fails_its_results_only(tmp_path: Path) -> None:
    folder = tmp_path / "0002-bad"
    folder.mkdir()
    (folder / "0002-bad.dmn").write_text("<broken")
    test = (KIT / "0001-sample" / "0001-sample-test-01.xml").read_text().replace("0001-sample.dmn", "0002-bad.dmn")
    (folder / "0002-bad-test-01.xml").write_text(test)
    report = conformance.run(tmp_path)
    assert (report.met, report.total, len(report.failures)) == (0, 5, 5)
