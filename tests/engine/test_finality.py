"""What is said before a step that cannot be taken back, read off the content itself."""

from __future__ import annotations

import pytest

from content import load, releases
from engine import finality
from engine.definitions import Definition, definition
from kernel.settings import ROOT


@pytest.fixture(scope="module")
def ordinary() -> Definition:
    return definition(releases.make(load.tree(ROOT)), "case_ordinary")


def told(which: Definition, element: str) -> str:
    return "\n".join(f"{line['about']}:{line['text']}" for line in finality.final(which, element))


def test_signing_the_decision_says_paper_number_seal_and_the_periods_it_sets_off(ordinary: Definition) -> None:
    text = told(ordinary, "sign_decision")
    assert "文书:制作并印发《行政处罚决定书》:取文书号、加盖本机关印章、须送达当事人" in text
    assert "期限:开始计算:处罚决定书送达" in text
    assert "停止计算:普通程序作出处罚决定" in text


@pytest.mark.parametrize(
    ("element", "says"),
    [
        ("approve_filing", "编号:视办理结果,取案号"),  # a service takes it, once the filing is approved
        ("approve_notice", "《违法行为通知书》"),
        ("complete_receipt", "送达:文书记为已送达"),
        ("approve_closing", "结案归档:视办理结果,就此办结"),
        ("archive_case", "结案归档:卷宗封存"),
    ],
)
def test_what_ends_serves_or_numbers_is_said(ordinary: Definition, element: str, says: str) -> None:
    assert says in told(ordinary, element)


@pytest.mark.parametrize(
    "element", ["file_case", "review_filing", "record_scene", "report_investigation", "confirm_discussion"]
)
def test_what_can_be_done_again_asks_nothing(ordinary: Definition, element: str) -> None:
    assert finality.final(ordinary, element) == []


def test_of_a_step_that_several_callers_share_only_its_own_consequences_are_told(ordinary: Definition) -> None:
    text = told(ordinary, "complete_receipt")
    assert "催告" not in text
    assert "听证公告" not in text


def test_no_line_is_said_twice(ordinary: Definition) -> None:
    for step in ordinary.flow.steps().values():
        lines = [tuple(line.values()) for line in finality.final(ordinary, step.id)] if step.kind == "human" else []
        assert len(lines) == len(set(lines)), step.id
