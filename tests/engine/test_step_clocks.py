"""What process.yaml lets a step do to a clock and to papers: lengthen it, stand it still, hand papers over on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine import clocks, release_store
from engine.rulebook import deadlines
from engine.rules import rules
from kernel.errors import AgainstTheLaw
from kernel.work import LOCAL, Work, system_person
from tests.engine.conftest import small_files

ACT = "DL_SMALL_ACT"
PROCESS = "processes/national/small_more/process.yaml"
SERVE = "  serve: {roles: [officer], step_role: service, clock: DL_SMALL_ACT}"


def with_serve(stage: Any, entry: str, more: Mapping[str, bytes] | None = None) -> str:
    """A case of many kinds whose step `serve` is configured so, over `more` files; it waits there."""
    files = {**small_files(), **(more or {})}
    stage.later(seconds=1)
    work = Work(stage.node, system_person(440100, "01"))
    with work.transaction():
        changed = files[PROCESS].replace(SERVE.encode(), f"  serve: {{{entry}}}".encode())
        assert changed != files[PROCESS]
        release_store.store(work, {**files, PROCESS: changed}, ground="测试", effective_from=None)
    stage.later(seconds=1)
    case_id = str(stage.drafted()["case_id"])
    stage.sweep()
    return case_id


def due(stage: Any, case_id: str) -> str:
    return str(stage.clock_row(case_id, ACT)["due_at"].astimezone(LOCAL).date())


def test_a_step_lengthens_a_clock_by_what_its_answer_says(stage: Any) -> None:
    entry = "form: small_times, roles: [head], extends: [{rule: DL_SMALL_ACT, count: days_more, reason: remark}]"
    case_id = with_serve(stage, entry)
    with pytest.raises(AgainstTheLaw, match="最多延长"):
        stage.do("head_1", case_id, "serve", days_more=6, remark="案情复杂")
    assert due(stage, case_id) == "2026-03-12"
    stage.do("head_1", case_id, "serve", days_more=5, remark="案情复杂")
    assert due(stage, case_id) == "2026-03-17"


def test_a_paper_says_when_the_period_ends_as_its_own_step_left_it(stage: Any) -> None:
    # 行政强制法第25条: the notice of an extension names the old end and the new one, and nobody types either.
    entry = "form: small_times, roles: [head], papers: [T1], extends: [{rule: DL_SMALL_ACT, count: days_more, reason: remark}]"
    path = "templates/national/T1/document.yaml"
    told = (
        b"  ends: {label: a, type: date, required: true, from: system, name: clocks.DL_SMALL_ACT.due}\n"
        b"  first: {label: b, type: date, required: true, from: system, name: clocks.DL_SMALL_ACT.first_due}\n"
    )
    case_id = with_serve(stage, entry, {path: small_files()[path] + told})
    stage.do("head_1", case_id, "serve", days_more=5, remark="案情复杂")
    work = stage.work_as("officer_1")
    with work.transaction():
        paper = work.rows("select context from document where case_id = %s and step = 'serve'", (case_id,))[0]
    assert paper["context"]["ends"] == "2026年3月17日"
    assert paper["context"]["first"] == "2026年3月12日"


def test_a_paper_says_who_gave_an_opinion_and_when(stage: Any) -> None:
    # One opinion from an earlier step (history), one from the step that makes the paper.
    path = "templates/national/T1/document.yaml"
    told = (
        b"  drafted: {label: a, type: approval, from: fact, element: case_summary}\n"
        b"  approved: {label: b, type: approval, from: fact, element: remark}\n"
    )
    entry = "form: small_times, roles: [head], papers: [T1]"
    case_id = with_serve(stage, entry, {path: small_files()[path] + told})
    stage.until(3, 6)
    stage.do("head_1", case_id, "serve", remark="同意")
    work = stage.work_as("officer_1")
    names = {login: stage.work_as(login).person.name for login in ("officer_1", "head_1")}
    with work.transaction():
        paper = work.rows("select context from document where case_id = %s and step = 'serve'", (case_id,))[0]
    assert paper["context"]["drafted"] == {"opinion": "六轴车超限", "name": names["officer_1"], "date": "2026年3月2日"}
    assert paper["context"]["approved"] == {"opinion": "同意", "name": names["head_1"], "date": "2026年3月6日"}


def test_a_step_whose_answer_names_no_days_lengthens_nothing(stage: Any) -> None:
    entry = "form: small_times, roles: [head], extends: [{rule: DL_SMALL_ACT, count: days_more, reason: remark}]"
    case_id = with_serve(stage, entry)
    stage.do("head_1", case_id, "serve")
    assert due(stage, case_id) == "2026-03-12"


def test_only_who_may_grant_it_lengthens_a_clock(stage: Any) -> None:
    entry = "form: small_times, roles: [officer], extends: [{rule: DL_SMALL_ACT, count: days_more, reason: remark}]"
    case_id = with_serve(stage, entry)
    with pytest.raises(AgainstTheLaw, match="批准人"):
        stage.do("officer_1", case_id, "serve", days_more=5, remark="案情复杂")


@pytest.mark.parametrize(("told", "moves"), [("2026-03-02", True), (None, False)], ids=["told", "not told"])
def test_a_clock_stands_still_only_when_the_party_was_told_in_writing(
    stage: Any, told: str | None, moves: bool
) -> None:
    entry = (
        "form: small_times, roles: [officer], pauses: [{rule: DL_SMALL_ACT, reason: hearing, notice: told_on}],"
        " clock: DL_SMALL_ACT"
    )
    case_id = with_serve(stage, entry)
    stage.do("officer_1", case_id, "serve", **({"told_on": told} if told else {}))
    row = stage.clock_row(case_id, ACT)
    assert [p["notice"] for p in row["pauses"]] == [told]
    before = due(stage, case_id)
    assert before == "2026-03-12"
    stage.until(3, 5)
    work = stage.work_as("officer_1")
    book = rules(release_store.current(work))
    now = deadlines.due(clocks.as_clock(book, row, {}), book.calendar, work.now).due
    assert (str(now) > "2026-03-12") is moves


@pytest.mark.parametrize(("kind", "served"), [("T1", ["T1"]), ("T2", [])])
def test_papers_handed_over_on_the_spot_are_served_then_and_no_others(stage: Any, kind: str, served: list[str]) -> None:
    case_id = with_serve(stage, f"roles: [officer], serves: [{kind}]")
    stage.do("officer_1", case_id, "serve")
    papers = stage.rows("select kind from document where case_id = %s and served_at is not null", case_id)
    assert [p["kind"] for p in papers] == served, "T2 asks for no service"
