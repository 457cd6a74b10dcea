"""The catalogue: counts, faults, links between articles and what rests on them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from engine.rulebook.catalogue import BadFile, cited, load, mappings, report

ROOT = Path(__file__).parents[2]
FILES = {
    str(p.relative_to(ROOT)): p.read_bytes()
    for folder in ("deadlines", "calendar", "discretion", "risk", "law", "guards")
    for p in (ROOT / "rules/national" / folder).rglob("*.yaml")
}


def test_the_report_counts_everything_by_mark_and_finds_no_fault() -> None:
    found = report(FILES)
    assert found["faults"] == []
    assert found["deadlines"] == {"total": 90, "verified": 60, "unverified": 30}
    assert found["further_deadlines"] == {"personnel": {"total": 10, "verified": 0, "unverified": 10}}
    assert found["items"]["total"] == 144
    assert found["risks"]["total"] == 102
    assert found["lines"][:2] == [
        "deadlines 90 (60 verified, 30 unverified)",
        "deadlines of personnel 10 (0 verified, 10 unverified)",
    ]


def test_a_further_set_of_deadlines_is_counted_by_itself() -> None:
    path = "rules/national/deadlines/people.yaml"
    without = FILES[path].replace(b"set: personnel", b"# set: personnel")
    assert report({**FILES, path: without})["deadlines"]["total"] == 100
    assert report({**FILES, path: without})["further_deadlines"] == {}


def test_a_release_without_the_national_folder_loads_the_same() -> None:
    merged = {path.replace("rules/national/", "rules/"): data for path, data in FILES.items()}
    assert load(merged).book.version == load(FILES).book.version


def test_what_rests_on_an_article_is_known() -> None:
    users = cited(load(FILES))["行政处罚法#60"]
    assert "DL_PENALTY_DECISION" in users["deadlines"]
    assert "R_DECISION_OVERDUE" in users["risks"]
    assert "G_TWO_OFFICERS" in cited(load(FILES))["行政处罚法#42"]["guards"]


def test_a_broken_file_is_a_fault_that_names_it() -> None:
    broken = {**FILES, "rules/national/risk/flow.yaml": b"risks: ["}
    assert "rules/national/risk/flow.yaml" in report(broken)["faults"][0]
    with pytest.raises(BadFile, match="键值对"):
        mappings({"rules/law/a.yaml": b"- 1"}, "law")


def test_a_citation_that_leads_nowhere_is_a_fault() -> None:
    path = "rules/national/deadlines/limitation.yaml"
    content = yaml.safe_load(FILES[path])
    content["deadlines"][0]["law"] = ["行政处罚法#999"]
    faults = report({**FILES, path: yaml.safe_dump(content, allow_unicode=True).encode()})["faults"]
    assert any("没有第 999 条" in fault for fault in faults)


def test_an_example_that_does_not_come_true_is_a_fault() -> None:
    path = "rules/national/deadlines/limitation.yaml"
    wrong = FILES[path].replace(b"due: 2026-02-28", b"due: 2026-02-27")
    assert wrong != FILES[path]
    assert any("应为 2026-02-27" in fault for fault in report({**FILES, path: wrong})["faults"])


def test_a_condition_on_an_unknown_fact_is_a_fault() -> None:
    path = "rules/national/discretion/ladders.yaml"
    wrong = FILES[path].decode().replace("抗拒执法 or", "没登记过 or").encode()
    assert any("没登记过" in fault for fault in report({**FILES, path: wrong})["faults"])


def test_every_fact_that_conditions_read_has_a_chinese_name() -> None:
    book = load(FILES).book
    assert all(book.names.values())
    assert len(set(book.names.values())) == len(book.names)
