"""A process that another begins skips its intake form: the check says which required facts do not come with it."""

from __future__ import annotations

from content import load
from engine.check import check
from engine.checks.begun import intake_not_given
from engine.checks.ground import Ground
from kernel.settings import ROOT
from tests.content.conftest import good_files

CASE, BPMN = (f"processes/national/good_case/process.{end}" for end in ("yaml", "bpmn"))
RECORD = "forms/national/inspection_record.yaml"


def beginning(copy: str) -> dict[str, bytes]:
    """The good tree in which the case begins another one of its kind and takes these elements along."""
    files = good_files()
    service = f'services:\n  tell: {{action: start_process, process: good_case, about: new, copy: "{copy}"}}\nsteps:\n'
    files[CASE] = files[CASE].replace(b"steps:\n", service.encode(), 1)
    files[BPMN] = files[BPMN].replace(b'value="notify"', b'value="start_process"')
    return files


def test_what_the_intake_requires_is_taken_along() -> None:
    assert check(beginning("case_cause, party_name, party_id_no")) == []
    assert check(beginning("all")) == []


def test_what_is_not_taken_along_is_a_fault_also_where_it_is_required_only_at_times() -> None:
    found = check(beginning("case_cause"))
    assert [(fault.file, fault.element, fault.code) for fault in found] == [(CASE, "tell", "intake_not_given")] * 2
    assert "“样例程序”不填受理表单“good_filing”" in found[0].message_zh
    assert ["party_id_no" in fault.message_zh for fault in found].count(True) == 1


def test_what_is_required_only_under_a_condition_that_never_comes_true_may_be_missing() -> None:
    """A clue that an inspection leads to has its source fixed: no other organ is ever to be named."""
    files = load.tree(ROOT)
    assert list(intake_not_given(Ground(files))) == []
    computed = b'{element: case_source, computed: "\\"inspection\\""}'
    assert computed in files[RECORD]
    files[RECORD] = files[RECORD].replace(computed, b"{element: case_source, required: true}")
    [fault] = intake_not_given(Ground(files))
    assert (fault.file, fault.element) == ("processes/national/inspection/process.yaml", "start_clue")
    assert "source_organ" in fault.message_zh


def test_what_is_taken_along_must_be_told_by_somebody() -> None:
    files = load.tree(ROOT)
    files["forms/national/party_confirmation.yaml"] = b"".join(
        line
        for line in files["forms/national/party_confirmation.yaml"].splitlines(keepends=True)
        if b"element: source_organ" not in line
    )
    [fault] = intake_not_given(Ground(files))
    assert (fault.element, "虽列入 copy" in fault.message_zh) == ("start_offsite_case", True)
