"""A province tightens, adds and words anew; it never loosens what the nation locked."""

from __future__ import annotations

import pytest

from content import load, overlay
from content.faults import Fault
from content.releases import make
from engine.check import check
from kernel import sm3

GUARDS = "rules/national/guards/good.yaml"
DEADLINES = "rules/national/deadlines/good.yaml"
CASE = "processes/national/good_case/process.yaml"
FILING = "forms/national/good_filing.yaml"

Files = dict[str, bytes]


def lay(files: Files, national: str, patch: str, base: str | None = None) -> tuple[Files, list[Fault]]:
    """The effective files of Guangdong with one file laid over."""
    over = national.replace("/national/", "/provinces/440000/")
    hash_ = base or sm3.hexdigest(files[national])
    return overlay.effective({**files, over: f"base: {hash_}\n{patch}".encode()}, "440000")


def merged(files: Files, national: str, patch: str) -> dict[str, object]:
    """One merged file, expected to be without fault."""
    result, faults = lay(files, national, patch)
    assert faults == []
    return load.document(national, result[national])


def test_maps_merge_by_key_and_the_nation_stays_as_it_was(good: Files) -> None:
    before = dict(good)
    result = merged(good, CASE, "name: 广东样例程序\n")
    assert result["name"] == "广东样例程序"
    assert result["lanes"] == load.document(CASE, good[CASE])["lanes"]
    assert good == before


def test_things_merge_by_their_id(good: Files) -> None:
    result = merged(
        good,
        GUARDS,
        "guards:\n  - {id: G_GOOD_HEARD, message: 请等待期满}\n  - {id: G_GD, law: 广东省条例#1, mark: K, step_roles: [decision], require: 同意 = true, message: 须同意}\n",
    )
    guards = {guard["id"]: guard for guard in result["guards"]}  # type: ignore[attr-defined]
    assert list(guards) == ["G_GOOD_TWO_OFFICERS", "G_GOOD_HEARD", "G_GD"]
    assert guards["G_GOOD_HEARD"]["message"] == "请等待期满"
    assert guards["G_GOOD_HEARD"]["law"] == "行政处罚法#62"


def test_fields_of_a_form_merge_by_element(good: Files) -> None:
    result, faults = lay(
        good,
        FILING,
        "sections:\n  - name: 基本情况\n    fields:\n      - {element: plate_no, required: true}\n      - {element: remark}\n",
    )
    assert faults == []
    form = make(result).form("good_filing")
    assert form.fields["plate_no"].required is True
    assert list(form.fields)[-1] == "remark"


def test_null_removes(good: Files) -> None:
    assert "effects" not in merged(good, CASE, "steps:\n  decide: {effects: null}\n")["steps"]["decide"]  # type: ignore[index]


def test_a_thing_of_a_list_is_removed_by_its_id(good: Files) -> None:
    result = merged(good, GUARDS, "guards: [{id: G_GOOD_HEARD, remove: true}]\n")
    assert [guard["id"] for guard in result["guards"]] == ["G_GOOD_TWO_OFFICERS"]  # type: ignore[attr-defined]


def test_other_provinces_are_not_touched(good: Files) -> None:
    over = CASE.replace("/national/", "/provinces/440000/")
    result, faults = overlay.effective({**good, over: b"name: x\n"}, "450000")
    assert result == good
    assert faults == []


@pytest.mark.parametrize(
    ("file", "patch"),
    [
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, require: 'true'}]"),
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, remove: true}]"),
        (GUARDS, "guards: null"),
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, locked: false}]"),
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, locked: null}]"),
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, applies: 重办 = true}]"),
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, step_roles: [decision]}]"),
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, law: 省办法#1}]"),
        (GUARDS, "precedence: [{id: O_GOOD_NOTICE, need: [review]}]"),
        (GUARDS, "precedence: [{id: O_GOOD_NOTICE, before: review}]"),
        (GUARDS, "guards: {all: gone}"),
    ],
)
def test_what_is_locked_is_not_loosened(good: Files, file: str, patch: str) -> None:
    _, faults = lay(good, file, patch)
    assert [fault.code for fault in faults] == ["widening"]
    assert "地方只能从严" in faults[0].message


@pytest.mark.parametrize(
    ("file", "patch"),
    [
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, step_roles: [investigation, decision]}]"),
        (GUARDS, "guards: [{id: G_GOOD_TWO_OFFICERS, message: 两名以上持证人员, remedy: 补派}]"),
        (GUARDS, "precedence: [{id: O_GOOD_NOTICE, need: [notice, review]}]"),
    ],
)
def test_what_is_locked_may_be_tightened_and_worded_anew(good: Files, file: str, patch: str) -> None:
    assert lay(good, file, patch)[1] == []


LIMITS = b"rules: [{id: R, locked: true, kind: max, length: 15, unit: day, min: 1, max: 10, range: [2, 8], required: false, value: 5}, {id: S, locked: true, kind: min, length: 7}, {id: F, locked: true, kind: fixed, length: 7}]\n"


@pytest.mark.parametrize(
    ("patch", "allowed"),
    [
        ("{id: R, length: 10}", True),
        ("{id: R, length: 16}", False),
        ("{id: R, unit: month}", False),
        ("{id: R, kind: min}", False),
        ("{id: S, length: 9}", True),
        ("{id: S, length: 5}", False),
        ("{id: F, length: 6}", False),
        ("{id: F, length: 8}", False),
        ("{id: R, min: 2}", True),
        ("{id: R, min: 0}", False),
        ("{id: R, max: 9}", True),
        ("{id: R, max: 11}", False),
        ("{id: R, range: [3, 7]}", True),
        ("{id: R, range: [3, 9]}", False),
        ("{id: R, range: [7, 3]}", False),
        ("{id: R, required: true}", True),
        ("{id: R, value: 9}", True),
        ("{id: R, value: 11}", False),
        ("{id: R, value: many}", False),
        ("{id: S, max: 20}", True),
    ],
)
def test_typed_limits_move_only_towards_stricter(patch: str, allowed: bool) -> None:
    path = "rules/national/risk/limits.yaml"
    _, faults = lay({path: LIMITS}, path, f"rules: [{patch}]")
    assert (faults == []) is allowed


def test_a_province_file_names_what_it_rests_on(good: Files) -> None:
    _, faults = lay(good, CASE, "name: x\n", base="f" * 64)
    assert [fault.code for fault in faults] == ["base"]
    assert sm3.hexdigest(good[CASE]) in faults[0].message
    _, faults = overlay.effective({**good, CASE.replace("national", "provinces/440000"): b"name: x\n"}, "440000")
    assert [fault.code for fault in faults] == ["base"]


def test_a_province_may_not_replace_a_main_process(good: Files) -> None:
    bpmn = "processes/national/good_case/process.bpmn"
    over = bpmn.replace("national", "provinces/440000")
    base = over.rsplit("/", 1)[0] + "/base.yaml"
    files = {**good, over: good[bpmn], base: f"process.bpmn: {sm3.hexdigest(good[bpmn])}\n".encode()}
    assert [fault.code for fault in overlay.effective(files, "440000")[1]] == ["not_called"]


def test_a_province_may_replace_a_called_process(good: Files) -> None:
    bpmn = "processes/national/good_review/process.bpmn"
    over = bpmn.replace("national", "provinces/440000")
    base = over.rsplit("/", 1)[0] + "/base.yaml"
    changed = good[bpmn].replace('法制审核"/>'.encode(), '省级法制审核"/>'.encode())
    files = {**good, over: changed, base: f"process.bpmn: {sm3.hexdigest(good[bpmn])}\n".encode()}
    result, faults = overlay.effective(files, "440000")
    assert faults == []
    assert result[bpmn] == changed
    assert not any("base.yaml" in path for path in result)


def test_the_check_finds_what_a_province_breaks(good: Files) -> None:
    over = FILING.replace("national", "provinces/440000")
    patch = f"base: {sm3.hexdigest(good[FILING])}\nsections: [{{name: 基本情况, fields: [{{element: weather}}]}}]\n"
    assert {(f.code, f.element) for f in check({**good, over: patch.encode()})} == {("unknown_element", "weather")}
