"""A good tree has no fault; each planted fault is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from content import load
from engine.check import check, coverage
from tests.content.conftest import GOOD, PAPER, good_files
from tests.papers.conftest import a_docx

CASE = "processes/national/good_case/process.yaml"
BPMN = "processes/national/good_case/process.bpmn"
STORY = "processes/national/good_case/stories/heard.yaml"
GUARDS = "rules/national/guards/good.yaml"
ELEMENTS = "forms/national/elements.yaml"
DEADLINES = "rules/national/deadlines/good.yaml"
NOTICE = "forms/national/good_notice.yaml"
FILING = "forms/national/good_filing.yaml"
RECORD = "forms/national/good_record.yaml"
OPINION = "forms/national/good_opinion.yaml"
P1 = "templates/national/P1/document.yaml"

Files = dict[str, bytes]
Plant = Callable[[Files], None]
Found = set[tuple[str, str]]


def swap(file: str, old: str, new: str) -> Plant:
    """Replaces a text that stands in the file."""

    def plant(files: Files) -> None:
        text = files[file].decode()
        assert old in text, old
        files[file] = text.replace(old, new).encode()

    return plant


def add(file: str, text: str) -> Plant:
    """Adds to the end of a file, or makes it."""

    def plant(files: Files) -> None:
        files[file] = files.get(file, b"") + text.encode()

    return plant


def drop(file: str) -> Plant:
    """Removes a file."""

    def plant(files: Files) -> None:
        del files[file]

    return plant


def several(*plants: Plant) -> Plant:
    """One after the other."""

    def plant(files: Files) -> None:
        for one in plants:
            one(files)

    return plant


def docx(*paragraphs: str) -> Plant:
    """Another DOCX in the place of the paper's."""

    def plant(files: Files) -> None:
        files[PAPER] = a_docx(*paragraphs)

    return plant


MUTE = (
    "  - {id: DL_MUTE, name: 无声, group: good, event: x, trigger: x, length: 5, unit: 工作日, kind: max, holder: party,"
    " roll_over: true, law: [x], basis: x, source: x, mark: K, examples: [{started: 2026-03-03, due: 2026-03-10}]}\n"
)
TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:x">'
    '<decision id="tier" name="tier"><variable name="tier" typeRef="string"/><decisionTable hitPolicy="UNIQUE">'
    '<input label="gross_kg"><inputExpression typeRef="number"><text>gross_kg</text></inputExpression></input><output name="tier"/>'
    "<rule><inputEntry><text><![CDATA[{}]]></text></inputEntry><outputEntry><text>1</text></outputEntry></rule>"
    "<rule><inputEntry><text><![CDATA[{}]]></text></inputEntry><outputEntry><text>2</text></outputEntry></rule>"
    "</decisionTable></decision></definitions>"
)
# A gateway before the notice that leads past it.
# From the beginning to the notice, past the two records.
SHORT_CUT = (
    (
        '<sequenceFlow id="f2" sourceRef="anew" targetRef="split"/>',
        '<exclusiveGateway id="needed" name="是否调查" default="f2"/><sequenceFlow id="f2a" sourceRef="anew" targetRef="needed"/>'
        '<sequenceFlow id="f2" sourceRef="needed" targetRef="split"/><sequenceFlow id="f2b" name="否" sourceRef="needed" '
        'targetRef="in_hand"><conditionExpression xsi:type="tFormalExpression">重办 = true</conditionExpression></sequenceFlow>',
    ),
    (
        '<sequenceFlow id="f7" sourceRef="both" targetRef="inform"/>',
        '<exclusiveGateway id="in_hand" name="汇合"/><sequenceFlow id="f7" sourceRef="both" targetRef="in_hand"/>'
        '<sequenceFlow id="f7c" sourceRef="in_hand" targetRef="inform"/>',
    ),
)
BYPASS = (
    '<sequenceFlow id="f7" sourceRef="both" targetRef="inform"/>',
    '<exclusiveGateway id="known" name="是否免于告知" default="f7"/><sequenceFlow id="f6b" sourceRef="both" targetRef="known"/>'
    '<sequenceFlow id="f7" sourceRef="known" targetRef="inform"/><sequenceFlow id="f7b" name="免" sourceRef="known" targetRef="heard">'
    '<conditionExpression xsi:type="tFormalExpression">重办 = true</conditionExpression></sequenceFlow>',
)


def both(*plants: Plant) -> Plant:
    """One after the other."""

    def plant(files: Files) -> None:
        for one in plants:
            one(files)

    return plant


PLANTS: dict[str, tuple[Plant, Found]] = {
    # ── files
    "a program among content": (add("processes/national/good_case/x.py", "x"), {("stranger", "")}),
    "a file outside the folders": (add("secrets/x.yaml", "a: 1"), {("stranger", "")}),
    "an alias": (add("rules/national/risk/x.yaml", "a: &x 1\nb: *x\n"), {("unreadable", "")}),
    "a key twice": (add("rules/national/risk/x.yaml", "a: 1\na: 2\n"), {("unreadable", "")}),
    "a misspelt key in a form": (swap(OPINION, "visible:", "visibel:"), {("unreadable", "")}),
    # ── steps
    "a step that the diagram lacks": (add(CASE, "services: {nowhere: {action: notify}}\n"), {("unknown_step", "nowhere")}),
    "a human step that is not configured": (
        swap(CASE, "  look: {form: good_record, status: investigating, step_role: investigation}\n", ""),
        {("unconfigured_step", "look")},
    ),
    "a diagram that is no XML": (swap(BPMN, "</process>", "</proces>"), {("not_xml", "")}),
    "a step with a form that is not there": (swap(CASE, "form: good_opinion", "form: nowhere"), {("missing_form", "decide")}),
    "a human step without a form": (
        swap("processes/national/good_review/process.yaml", "form: good_opinion, ", ""),
        {("step_without_form", "review")},
    ),
    "a role that is not there": (swap(CASE, "roles: [officer], status", "roles: [sheriff], status"), {("missing_role", "ask")}),
    "a lane that is not there": (swap(CASE, "{执法人员: officer,", "{执法人员: officer, 门卫: officer,"), {("unknown_lane", "门卫")}),
    "a lane that stands for nobody": (
        several(
            swap(CASE, ", 执法部门负责人: head}", "}"),
            swap(CASE, "step_role: notice\n", "step_role: notice\n    roles: [head]\n"),
            swap(CASE, "step_role: decision\n", "step_role: decision\n    roles: [head]\n"),
        ),
        {("lane_without_role", "lanes")},
    ),
    "a message without a name": (swap(CASE, "messages: {reply: {name: 答复, facts: []}}\n", ""), {("unnamed_message", "reply")}),
    "a message that is named wrongly": (
        swap(CASE, "messages: {reply:", "messages: {replly:"),
        {("unnamed_message", "reply"), ("unheard_message", "replly")},
    ),
    "a law that is not there": (
        add(
            "rules/national/law/x.yaml",
            "laws: [{id: coercion, name: 行政强制法, kind: '1', versions: [{from: 2012-01-01, label: '2011', mark: V}]}]\n",
        ),
        {("unknown_law", place) for place in ("law", "G_GOOD_HEARD", "G_GOOD_TWO_OFFICERS", "O_GOOD_LOOK", "O_GOOD_NOTICE")},
    ),
    "a parameter in words": (swap(CASE, "value: 30000", "value: 三万"), {("unreadable", "")}),
    "an id twice": (swap(BPMN, '<userTask id="ask"', '<userTask id="look"'), {("duplicate_id", "look")}),
    "a code that is not there": (
        swap(BPMN, "重办 = true", '送达方式 = "driect"'),
        {("expression", "again_asked")},
    ),
    "a step that nobody is responsible for": (
        swap(CASE, "lanes: {执法人员: officer, ", "lanes: {"),
        {("nobody_responsible", "look"), ("lane_without_role", "lanes")},
    ),
    "a paper that is not there": (
        swap(CASE, "papers: [P1]", "papers: [P1, P2]"),
        {("missing_paper", "inform")},
    ),
    "an action that is not there": (swap(BPMN, 'value="notify"', 'value="launch"'), {("missing_action", "tell")}),
    "a called process that is not there": (
        swap(BPMN, 'calledElement="good_review"', 'calledElement="nowhere"'),
        {("missing_called", "check_law")},
    ),
    "a status that is not there": (swap(CASE, "finished: closed", "finished: burnt"), {("missing_status", "finished")}),
    "an effect on a column that is not there": (swap(CASE, "decided_at: now", "colour: now"), {("unknown_column", "decide")}),
    "an effect that does not compile": (swap(CASE, '"=罚款金额"', '"=罚款金额 +"'), {("expression", "decide")}),
    "handing over that does not compile": (
        swap(CASE, "    papers: [P1]", '    hands_over: "罚款金额 +"\n    papers: [P1]'),
        {("expression", "inform")},
    ),
    "handing over without a paper": (
        swap(CASE, "    papers: [P1]", "    hands_over: 罚款金额 > 0"),
        {("nothing_handed_over", "inform")},
    ),
    "a condition that does not compile": (swap(BPMN, "重办 = true<", "重办 = = true<"), {("expression", "again_asked")}),
    "a condition over unknown data": (swap(BPMN, "重办 = true<", "天气 = true<"), {("expression", "again_asked")}),
    "a parameter without its mark": (swap(CASE, "mark: K, source: 样例", "source: 样例"), {("unmarked_parameter", "fine_limit")}),
    "a parameter from memory without source": (swap(CASE, "mark: K, source: 样例", "mark: K"), {("unmarked_parameter", "fine_limit")}),
    "a parameter named like an element": (swap(CASE, "fine_limit:", "fine_amount:"), {("ambiguous_parameter", "fine_amount")}),
    "a parameter called like an element": (
        swap(CASE, "name: 罚款上限标准", "name: 罚款金额"),
        {("ambiguous_parameter", "fine_limit"), ("expression", "checks")},
    ),
    "a case number without a rule": (drop("rules/national/numbers.yaml"), {("missing_number", "inform")}),
    "a number pattern over unknown parts": (
        swap("rules/national/numbers.yaml", "{agency}", "{weather}"),
        {("unknown_number_part", "case")},
    ),
    "a step reachable past what the law demands": (
        swap(BPMN, *BYPASS),
        {("unguarded", "decide")},
    ),
    # ── data
    "an element with an unknown code list": (swap(ELEMENTS, "name: 送达方式, type: code, codes: SERVICE_METHOD", "name: 送达方式, type: code, codes: NOWHERE"), {("missing_codes", "service_method"), ("wrong_answer", "inform")}),
    "a table with an unknown column": (swap(ELEMENTS, "columns: [interviewee,", "columns: [nobody, interviewee,"), {("unknown_element", "interviews")}),
    "two elements of one name": (swap(ELEMENTS, "name: 车牌号", "name: 案由"), {("unreadable", "")}),
    "a form with an unknown element": (swap(OPINION, "{element: again}", "{element: weather}"), {("unknown_element", "weather")}),
    "a form's table with an unknown column": (swap(RECORD, "{element: interviewee, required: true}", "{element: remark}"), {("unknown_element", "interviews")}),
    "a visibility that does not compile": (swap(OPINION, "visible: 同意 = false", "visible: 同意 ="), {("expression", "remark")}),
    "a visibility that names whoever looks, as only defaults may": (swap(OPINION, "visible: 同意 = false", "visible: 备注 = me"), {("expression", "remark")}),
    "a visibility over unknown data": (swap(OPINION, "visible: 同意 = false", "visible: 晴天 = false"), {("expression", "remark")}),
    "a field whose visibility depends on itself": (
        swap(OPINION, "{element: again}", "{element: again, visible: 重办 = null}"),
        {("visibility_cycle", "again")},
    ),
    "fields that hide each other": (
        both(swap(FILING, "{element: plate_no}", "{element: plate_no, visible: 身份证号 = null}"),
             swap(FILING, "visible: 当事人是个人 = true,", "visible: 车牌号 = null,")),
        {("visibility_cycle", "party_id_no")},
    ),
    "a form's check over unknown data": (swap(NOTICE, "罚款金额 <= 罚款上限标准", "罚款金额 <= 月薪"), {("expression", "checks")}),
    "a column's requirement that does not compile": (swap(RECORD, "required: 被询问人 != null", "required: 被询问人 !="), {("expression", "interviews.asked_at")}),
    "a right of an unknown role": (swap(FILING, "head: edit", "sheriff: edit"), {("missing_role", "head_note")}),
    "a required field that nobody may fill": (
        swap(RECORD, "{element: overload_rate, required: true}", "{element: overload_rate, required: true, rights: {officer: hide}}"),
        {("nobody_fills", "overload_rate")},
    ),
    # ── guards
    "a guard that does not compile": (swap(GUARDS, ">= 2", ">= >= 2"), {("expression", "G_GOOD_TWO_OFFICERS")}),
    "a guard over unknown data": (swap(GUARDS, "备注 != null", "天气 != null"), {("expression", "G_GOOD_HEARD")}),
    "a guard that stands at no step": (swap(GUARDS, "step_roles: [decision]", "step_roles: [execution]"), {("idle_guard", "G_GOOD_HEARD")}),
    "an order of steps that no process has": (swap(GUARDS, "before: notice", "before: execution"), {("idle_guard", "O_GOOD_LOOK")}),
    "a guard without its mark": (swap(GUARDS, "    mark: V\n    step_roles: [decision]", "    step_roles: [decision]"), {("unmarked", "G_GOOD_HEARD")}),
    "a guard with two ids": (swap(GUARDS, "id: O_GOOD_LOOK", "id: G_GOOD_HEARD"), {("unreadable", "")}),
    # ── papers
    "a placeholder that is not declared": (docx("{{ party }} {{ fine }} {{ weather }}"), {("template", "")}),
    "a required field that the paper does not show": (docx("{{ party }}"), {("template", "")}),
    "a paper over an unknown fact": (swap(P1, "element: party_name", "element: weather"), {("template", ""), ("unknown_element", "party")}),
    "a paper whose field is only offered, at an earlier step": (
        swap(P1, "from: fact, element: party_name", "from: fact, element: gross_kg"),
        {("template", ""), ("paper_unfilled", "inform")},
    ),
    "a paper whose field is asked after it is made": (
        swap(P1, "from: fact, element: party_name", "from: fact, element: agreed"),
        {("template", ""), ("paper_unfilled", "inform")},
    ),
    "a paper whose field one way leaves out": (
        several(
            swap(P1, "from: fact, element: party_name", "from: fact, element: gross_kg"),
            swap(RECORD, "{element: gross_kg}", "{element: gross_kg, required: true}"),
            *(swap(BPMN, *change) for change in SHORT_CUT),
        ),
        {("template", ""), ("paper_unfilled", "inform"), ("unguarded", "inform")},
    ),
    "a paper whose field every way asks": (
        several(
            swap(P1, "from: fact, element: party_name", "from: fact, element: gross_kg"),
            swap(RECORD, "{element: gross_kg}", "{element: gross_kg, required: true}"),
        ),
        {("template", "")},
    ),
    "a paper that asks the system for what it has not": (
        swap(P1, "from: fact, element: party_name", "from: system, name: weather"),
        {("template", ""), ("unknown_supply", "party")},
    ),
    "a paper with the end of a period that nothing starts": (
        swap(P1, "from: fact, element: party_name", "from: system, name: clocks.DL_NEVER.due"),
        {("template", ""), ("unknown_supply", "party")},
    ),
    # ── deadlines
    "a deadline that is not there": (
        swap(DEADLINES, "id: DL_GOOD_DEFENCE", "id: DL_OTHER"),
        {("unknown_deadline", "inform"), ("unknown_deadline", "decide"), ("unknown_deadline", "silence"), ("unknown_outcome", "DL_GOOD_DEFENCE")},
    ),
    "a deadline that nothing starts": (
        swap(CASE, "    starts: [{rule: DL_GOOD_DEFENCE, from: noticed_on}]\n", ""),
        {("never_started", "decide"), ("never_started", "silence")},
    ),
    "a started deadline that nobody hears": (
        both(add(DEADLINES, MUTE), swap(CASE, "from: noticed_on}]", "from: noticed_on}, {rule: DL_MUTE}]")),
        {("unheard", "inform")},
    ),
    "a clock that starts from no day": (swap(CASE, "from: noticed_on", "from: case_cause"), {("unknown_element", "inform")}),
    "a clock that starts where a period ends that is not there": (
        swap(CASE, "from: noticed_on", "after: DL_NOWHERE"),
        {("unknown_deadline", "inform"), ("never_started", "inform")},
    ),
    "a pause that the rule does not know": (
        swap(CASE, "    clock: DL_GOOD_DEFENCE", "    pauses: [{rule: DL_GOOD_DEFENCE, reason: holiday}]\n    clock: DL_GOOD_DEFENCE"),
        {("unknown_pause", "decide")},
    ),
    "a deadline whose example comes out otherwise": (swap(DEADLINES, "due: 2026-03-10", "due: 2026-03-09"), {("deadline", "DL_GOOD_DEFENCE")}),
    # ── rules
    "a comparison that never has an answer": (swap(GUARDS, "备注 != null", "备注 > 3"), {("expression", "G_GOOD_HEARD")}),
    "a calendar that cannot be read": (add("rules/national/calendar/2027.yaml", "year: soon\n"), {("calendar", "")}),
    "a violation item that cannot be read": (add("rules/national/discretion/x.yaml", "items: [{id: L1}]\n"), {("discretion", "")}),
    "a risk rule that cannot be read": (add("rules/national/risk/x.yaml", "risks: [{id: R1}]\n"), {("risk", "")}),
    "a decision that is no model": (add("rules/national/decisions/x.dmn", "<a/>"), {("decision", "")}),
    "a decision table with a gap": (add("rules/national/decisions/tier.dmn", TABLE.format("< 1000", "> 1000")), {("decision_gap", "tier")}),
    "a decision table with an overlap": (
        add("rules/national/decisions/tier.dmn", TABLE.format("<= 1000", ">= 1000")),
        {("decision_overlap", "tier")},
    ),
    "a decision over unknown data": (
        add("rules/national/decisions/tier.dmn", TABLE.replace("gross_kg", "weather").format("<= 1000", "> 1000")),
        {("decision", "tier 输入列“weather”")},
    ),
    # ── stories
    "a process without story": (drop(STORY), {("no_story", "")}),
    "a story with an unknown step": (swap(STORY, "step: look,", "step: gaze,"), {("unknown_step", "gaze")}),
    "a story with an unknown path": (swap(STORY, "path: [look,", "path: [gaze,"), {("unknown_step", "gaze")}),
    "a story with an unknown message": (swap(STORY, "message: reply", "message: shout"), {("unknown_message", "shout")}),
    "a story with an unknown answer": (swap(STORY, "answers: {gross_kg: 40000}", "answers: {fine_amount: 1}"), {("unknown_answer", "look")}),
    "a story with a wrong answer": (swap(STORY, "gross_kg: 40000", "gross_kg: 重"), {("wrong_answer", "look")}),
    "a story that expects an unknown guard": (swap(STORY, "refused: G_GOOD_HEARD", "refused: G_NOWHERE"), {("unknown_guard", "decide")}),
    "a story that expects an unknown paper": (swap(STORY, "papers: [P1]", "papers: [P9]"), {("unknown_outcome", "P9")}),
    "a story that goes back in time": (swap(STORY, "at: 2026-03-06T09:00", "at: 2026-03-01T09:00"), {("unreadable", ""), ("no_story", "")}),
    # ── rights
    "nobody may publish": (
        swap("rules/national/permissions/roles.yaml", "publisher: {name: 内容发布人员, verbs: [release.publish]}", "publisher: {name: 内容发布人员}"),
        {("no_publisher", "")},
    ),
    "a role that joins two administrators": (
        swap("rules/national/permissions/roles.yaml", "audit_admin: {name: 安全审计员,", "audit_admin: {name: 安全审计员, includes: [officer],"),
        {("unreadable", "")},
    ),
}  # fmt: skip


def test_the_good_tree_has_no_fault(good: Files) -> None:
    assert check(good) == []


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_found(name: str) -> None:
    plant, wanted = PLANTS[name]
    files = good_files()
    plant(files)
    found = check(files)
    assert {(f.code, f.element) for f in found} == wanted, "\n".join(map(str, found))
    assert all(any("一" <= char <= "鿿" for char in f.message_zh) for f in found)


def test_an_unguarded_way_is_shown(good: Files) -> None:
    swap(BPMN, *BYPASS)(good)
    message = next(f.message for f in check(good) if f.code == "unguarded")
    assert "立案 → " in message
    assert "送法制审核 → 决定" in message
    assert "行政处罚法#44" in message


def test_the_way_on_which_a_paper_stays_empty_is_shown(good: Files) -> None:
    PLANTS["a paper whose field one way leaves out"][0](good)
    message = next(f.message_zh for f in check(good) if f.code == "paper_unfilled")
    assert "《样例告知书》的必填栏目“当事人”(gross_kg)" in message
    assert message.endswith("是否调查 → 汇合 → 告知")


def test_coverage_says_which_steps_no_story_does(good: Files) -> None:
    swap(STORY, "by: legal_1, step: review", "by: legal_1, step: decide")(good)
    covered = coverage(good)
    assert covered["good_review"] == ([], ["review"])
    assert covered["good_case"][1] == []


def test_the_national_content_is_right() -> None:
    faults = check(load.tree(GOOD.parents[2]))
    assert faults == [], "\n".join(map(str, faults))


SAID = {
    "a misspelt step of a story": (swap(STORY, "step: review", "step: reviw"), "没有这个人工环节(是不是 review?)"),
    "a misspelt form": (
        swap(CASE, "form: good_opinion", "form: good_opinon"),
        "没有表单 good_opinon(是不是 good_opinion?)",
    ),
    "a misspelt code": (
        swap(BPMN, "重办 = true", '送达方式 = "driect"'),
        "没有“driect”这个代码(是不是 direct?);有:direct(直接送达)",
    ),
    "two equals signs": (swap(BPMN, "重办 = true", "重办 == true"), "比较是否相等只写一个“=”"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_misspelt_is_told_with_what_was_meant(good: Files, name: str) -> None:
    plant, words = SAID[name]
    plant(good)
    assert any(words in fault.message for fault in check(good)), "\n".join(map(str, check(good)))


def test_a_fault_is_told_with_the_line_on_which_its_element_is_drawn(good: Files) -> None:
    swap(BPMN, 'value="notify"', 'value="launch"')(good)
    (fault,) = check(good)
    line = good[BPMN].decode().split("\n")[fault.line - 1]
    assert 'id="tell"' in line  # and not the lane that lists it
    assert str(fault).startswith(f"{BPMN}:{fault.line} [tell]:")


def test_what_names_a_process_that_cannot_be_read_is_not_wrong_as_well(good: Files) -> None:
    add(CASE, "name: 又一个名称\n")(good)
    assert [(f.file, f.code) for f in check(good)] == [(CASE, "unreadable")]
