"""Every national template is whole, fills from its own example, and is made again by the tool byte for byte."""

import io
import re
import subprocess
import sys
import zipfile

import pytest

from content import codes, elements
from engine.papers import render, template
from kernel.errors import BadContent, InvalidAnswers
from tests.papers.conftest import CODES, ROOT, a_docx, a_yaml

OFFICIAL = {f"D{n:02}" for n in range(1, 25)}
FURTHER = {f"E{n:02}" for n in (*range(1, 20), *range(21, 28), 29, 30, 32, *range(34, 39), 40, *range(42, 47), 52, 53)}
TYPED_TERM = re.compile(r"[\d一二三四五六七八九十]+(个?工作日|日内|日前|日以内|个?月内|小时)")
# 处罚法59, 强制法24、25、37、50, 处罚法28: who is bound by these is told how to contest them.
CONTESTABLE = {"D08", "D09", "D14", "D15", "D16", "D20", "D21", "E26", "E30"}


_FORMS = {str(p.relative_to(ROOT)): p.read_bytes() for p in (ROOT / "forms").rglob("*.yaml")}
ELEMENTS = elements.read(_FORMS)
CODE_LISTS = codes.read(_FORMS)
DEADLINES = {
    name
    for path in (ROOT / "rules" / "national" / "deadlines").glob("*.yaml")
    for name in re.findall(r"\b(DL_[A-Z0-9_]+)", path.read_text("utf-8"))
}


def text_of(docx: bytes) -> str:
    """All text of the parts that are printed."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        names = [n for n in archive.namelist() if re.match(r"word/(document|header\d*|footer\d*)\.xml", n)]
        return "\n".join(re.sub(r"<[^>]+>", "", archive.read(n).decode()) for n in names)


def a_set(**changes: bytes) -> dict[str, bytes]:
    """A sound template set of one paper, with changed files."""
    base = {
        "document.docx": a_docx("{{ agency_name }}", "{{ party }}"),
        "document.yaml": a_yaml(
            "  agency_name: {label: 机关, required: true, from: system, name: agency_name}\n"
            "  party: {label: 当事人, required: true, from: fact, element: party_name}\n"
        ),
        "example.yaml": "facts: {party_name: 张三}\nsystem: {agency_name: 某局}\n".encode(),
    }
    base |= {name.replace("_", "."): body for name, body in changes.items()}
    return {f"templates/national/D99/{name}": body for name, body in base.items()}


def what(changed: dict[str, bytes]) -> str:
    return "\n".join(f"{fault.file} {fault.what_zh}" for fault in template.faults(changed))


def test_the_24_official_papers_and_the_42_others_are_there():
    assert len(OFFICIAL | FURTHER) == 66
    assert set(CODES) >= OFFICIAL | FURTHER


def test_the_national_templates_have_no_fault(files):
    assert template.faults(files) == []


@pytest.mark.parametrize("code", CODES)
def test_a_paper_fills_from_its_example_and_leaves_no_placeholder(files, code):
    paper = template.load(files, code)
    filled, docx = render.example(paper)
    text = text_of(docx)
    assert "{{" not in text
    assert "{%" not in text
    assert "None" not in text
    assert str(filled["agency_name"]) in text
    shown = text.replace("\n", "")
    for key, value in filled.items():
        spec = paper.fields[key]
        if isinstance(value, str) and spec.required and spec.type != "signature" and f"{{{key}}}" not in shown:
            assert re.sub(r"\s", "", value) in re.sub(r"\s", "", shown), key


@pytest.mark.parametrize("code", CODES)
def test_the_tool_makes_the_same_template_again(files, code):
    made = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; from tools.make_templates import build, LAYOUTS; sys.stdout.buffer.write(build(LAYOUTS[{code!r}]))",
        ],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert made.stdout == files[f"templates/national/{code}/document.docx"]


@pytest.mark.parametrize("code", ["D01", "D15", "E45"])
def test_the_same_facts_give_the_same_bytes(files, code):
    paper = template.load(files, code)
    assert render.example(paper)[1] == render.example(paper)[1]


def test_the_penalty_decision_carries_its_six_items(files):
    # 行政处罚法第59条 and 罚款收缴分离办法第7条
    text = text_of(render.example(template.load(files, "D15"))[1])
    for item in (
        "广州穗运货运有限公司",
        "石沙路188号",
        "55,000千克",
        "超限检测单",
        "第七十六条第五项",
        "叁仟元整",
        "15日内",
        "中国工商银行广州越秀支行",
        "每日按罚款数额的百分之三加处罚款",
        "60日内向广州市人民政府",
        "6个月内直接向广州铁路运输法院",
        "广州市交通运输局（印章）",
        "2026年4月2日",
        "粤交罚〔2026〕00001号",
    ):
        assert item in text, item


def test_a_missing_statutory_item_is_refused_in_chinese_with_the_field(files):
    paper = template.load(files, "D15")
    facts = {k: v for k, v in paper.example["facts"].items() if k not in ("penalty_content", "org_uscc")}
    extra = {**paper.example, "system": {**paper.example["system"], "bank_account": ""}}
    with pytest.raises(InvalidAnswers) as refused:
        render.context(paper, facts, extra)
    assert refused.value.fields.keys() == {"penalty_content", "org_uscc", "bank_account"}
    assert "处罚决定" in refused.value.fields["penalty_content"]
    assert "机构" in refused.value.fields["bank_account"]


def test_a_decision_without_a_fine_needs_another_way_of_execution(files):
    # a warning (警告): no fine, no bank, no surcharge
    paper = template.load(files, "D15")
    facts = {**paper.example["facts"], "fine_amount": "0.00"}
    with pytest.raises(InvalidAnswers) as refused:
        render.context(paper, facts, paper.example)
    assert refused.value.fields.keys() == {"other_execution"}
    filled = render.context(paper, {**facts, "other_execution": "警告自送达之日起生效。"}, paper.example)
    text = text_of(render.render(paper, filled))
    assert "罚款金额" not in text
    assert filled["pay_term"] == "/"


def test_a_person_stands_where_the_organisation_is_struck(files):
    paper = template.load(files, "D15")
    facts = {k: v for k, v in paper.example["facts"].items() if not k.startswith("org_")}
    person = {"party_type": "person", "party_name": "陈志强", "party_id_no": "440106198506123115"}
    with pytest.raises(InvalidAnswers) as refused:
        render.context(paper, {**facts, **person}, paper.example)
    assert refused.value.fields.keys() == {"party_address", "party_phone"}
    person |= {"party_address": "广州市天河区员村二横路12号", "party_phone": "13925000001"}
    filled = render.context(paper, {**facts, **person}, paper.example)
    assert filled["org_name"] == filled["org_uscc"] == "/"
    assert "陈志强" in text_of(render.render(paper, filled))


def test_a_paper_says_what_it_reads(files):
    reads = template.load(files, "D15").reads()
    assert {"facts_evidence", "penalty_content", "fine_amount", "org_name"} <= reads.elements
    assert {"number", "agency_name", "issued_date", "bank_account", "litigation_court"} <= reads.system
    assert reads.rules == {"DL_FINE_PAYMENT", "DL_RECON_APPLY", "DL_SUIT_DIRECT"}
    assert template.load(files, "E52").reads().system >= {"papers.D15.number"}


def test_unfilled_fields_are_struck_and_signature_places_left_open(files):
    filled, _ = render.example(template.load(files, "D04"))
    assert filled["witness_name"] == "/"
    assert filled["remark"] == "/"
    assert filled["witness_signature"] == "/"
    assert filled["person_signature"] == ""


@pytest.mark.parametrize("code", CODES)
def test_every_fact_of_a_paper_is_a_data_element_and_every_term_a_deadline_rule(files, code):
    paper = template.load(files, code)
    for field in paper.fields.values():
        if field.origin == "fact" and field.type not in ("signature", "seal"):
            names = (field.element, *field.otherwise)
            assert any(n in ELEMENTS or n.startswith("system.") for n in names), (field.key, names)
            assert not field.until or field.until in ELEMENTS
        for column in field.columns:
            known = column.key in ELEMENTS or field.origin == "system"  # rows of facts are elements
            assert column.type == "index" or known or code == "D23", column.key
        if field.codes:
            assert field.codes in CODE_LISTS
            assert (
                dict(field.options).items() <= {c.lower(): n for c, n in CODE_LISTS.names[field.codes].items()}.items()
            )
        assert not TYPED_TERM.search(field.text), field.text
    assert not TYPED_TERM.search(text_of(paper.docx))
    assert paper.reads().rules <= DEADLINES


@pytest.mark.parametrize("code", CODES)
def test_the_choices_of_a_paper_are_those_of_its_element(files, code):
    for field in template.load(files, code).fields.values():
        element = ELEMENTS.get(field.element)
        if field.type in ("choice", "choices") and element is not None and element.codes and not field.otherwise:
            assert field.options.keys() <= {c.lower() for c in CODE_LISTS[element.codes].items}, field.key


def test_whoever_is_bound_by_a_decision_is_told_where_and_how_long_to_contest_it(files):
    for code in CONTESTABLE:
        paper = template.load(files, code)
        text = text_of(render.example(paper)[1])
        assert {"DL_RECON_APPLY"} <= paper.reads().rules, code
        assert "申请行政复议" in text, code
        assert "60日内向广州市" in re.sub(r"\s", "", text), code


def test_a_penalty_on_the_spot_is_contested_by_reconsideration_first(files):
    # 行政复议法第23条, since 2024
    text = text_of(render.example(template.load(files, "D14"))[1])
    assert "应当先申请行政复议" in text
    assert "60日内向广州市人民政府提出" in text
    assert "15日内向广州铁路运输法院提起行政诉讼" in text
    assert "6个月" not in text
    assert "直接向" not in text


def test_a_penalty_on_the_spot_may_be_paid_at_once_and_then_names_its_legal_case(files):
    paper = template.load(files, "D14")
    facts = {**paper.example["facts"], "pay_mode": "on_spot"}
    with pytest.raises(InvalidAnswers) as refused:
        render.context(paper, facts, paper.example)
    assert "cash_ground" in refused.value.fields
    filled = render.context(paper, {**facts, "cash_ground": "remote"}, paper.example)
    text = text_of(render.render(paper, filled))
    assert "☑边远水上交通不便地区" in text
    assert "专用票据" in text
    assert filled["pay_term"] == filled["surcharge_notice"] == "/"


@pytest.mark.parametrize(
    ("act", "shown", "absent"),
    [
        ({"measure_act": "take"}, "自实施之日的次日起30日", "拟延长至"),
        (
            {
                "measure_act": "extend",
                "extension_reason": "情况复杂。",
                "measure_until": "2026-05-18",
                "extended_to": "2026-06-17",
            },
            "原期限至2026年5月18日届满，拟延长至2026年6月17日",
            "道路运输条例",
        ),
        (
            {
                "measure_act": "release",
                "measure_release_reason": "已作出处罚决定。",
                "measure_release_date": "2026-05-12",
            },
            "拟自2026年5月12日起解除",
            "拟延长至",
        ),
    ],
)
def test_the_approval_of_a_measure_shows_what_is_asked_and_nothing_of_the_other_acts(files, act, shown, absent):
    paper = template.load(files, "E04")
    text = text_of(render.render(paper, render.context(paper, {**paper.example["facts"], **act}, paper.example)))
    assert shown in text
    assert absent not in text


def test_the_end_of_a_measure_comes_from_its_clock(files):
    # Nobody types a due date: what the form does not bring, the clock of the case does.
    paper = template.load(files, "D08")
    facts = {k: v for k, v in paper.example["facts"].items() if k != "measure_until"}
    with pytest.raises(InvalidAnswers) as refused:
        render.context(paper, facts, paper.example)
    assert refused.value.fields.keys() == {"measure_until"}
    clocks = {"clocks": {"DL_SEIZURE": {"due": "2026-05-18", "first_due": "2026-05-18"}}}
    extra = {**paper.example, "system": {**paper.example["system"], **clocks}}
    assert "起至2026年5月18日止" in str(render.context(paper, facts, extra)["term_clause"])


@pytest.mark.parametrize("result", ["deferred", "instalments", "refused"])
def test_a_notice_about_instalments_says_one_of_three_things(files, result):
    paper = template.load(files, "D17")
    facts = {
        **paper.example["facts"],
        "instalment_result": result,
        "deferred_to": "2026-06-30",
        "instalment_refuse_reason": "没有证明经济困难的材料。",
    }
    text = text_of(render.render(paper, render.context(paper, facts, paper.example)))
    said = {"deferred": "延长至2026年6月30日", "instalments": "第2期", "refused": "没有证明经济困难的材料"}
    assert [key for key, words in said.items() if words in text] == [result]
    assert ("中国工商银行" in text) == (result != "refused")


def test_what_is_seized_and_given_back_is_one_list(files):
    # 强制法24、28: without a list of its own, everything that was taken is given back.
    facts = template.load(files, "D08").example["facts"]
    back = template.load(files, "D10")
    told = {k: v for k, v in back.example["facts"].items() if k != "returned_items"}
    filled = render.context(back, {**told, "seized_items": facts["seized_items"]}, back.example)
    assert [row["name"] for row in filled["items"]] == [row["name"] for row in facts["seized_items"]]


def test_the_application_to_the_court_lists_the_five_kinds_of_material(files):
    # 行政强制法第55条
    filled, _ = render.example(template.load(files, "E38"))
    kinds = {row["court_material_kind"] for row in filled["attachments"]}
    assert kinds == set(CODE_LISTS["COURT_MATERIAL"].items.values())


def test_only_the_decision_has_a_number_series_of_its_own(files):
    number = template.load(files, "D15").number
    assert number is not None
    assert number.text(province="粤", year=2026, seq=1) == "粤交罚〔2026〕00001号"
    assert template.load(files, "D11").number is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"document_docx": a_docx("{{ agency_name }}", "{{ party }}", "{{ partty }}")}, "partty"),
        ({"document_docx": a_docx("{{ agency_name }}")}, "必填栏目 party"),
        ({"document_docx": a_docx("{{ agency_name }} {{ party }}", page='w:w="12240" w:h="15840"')}, "不是 A4"),
        ({"document_docx": b"PK"}, "不是完好的"),
        ({"document_docx": a_docx("{{ agency_name }}", "{{ party ")}, "占位语法有误"),
        ({"document_yaml": a_yaml("  party: {label: 当事人, element: x}\n")}, "没有来源"),
        ({"document_yaml": a_yaml("  party: {label: 当事人, from: fact}\n")}, "缺少 element"),
        ({"document_yaml": a_yaml("  party: {from: fact, element: x, type: blob}\n")}, "类型 blob"),
        ({"document_yaml": a_yaml("  party: {from: text, text: '{nobody}'}\n")}, "未声明的 {nobody}"),
        ({"document_yaml": a_yaml("  party: {from: fact, element: x}\n", code="D98")}, "应与文件夹名"),
        ({"document_yaml": b"code: [\n"}, "YAML 格式有误"),
        ({"document_yaml": b"a: &a [x]\nb: *a\n"}, "别名"),
        ({"document_yaml": b"- 1\n"}, "键值"),
        (
            {
                "document_yaml": a_yaml("  party: {from: fact, element: x}\n").replace(
                    b"number: case", b"number: {kind: x, pattern: '[{year}]{seq}'}"
                )
            },
            "六角括号",
        ),
        ({"example_yaml": b"system: {agency_name: x}\n"}, "缺少 facts"),
        ({"example_yaml": b"facts: {}\nsystem: {agency_name: x}\n"}, "缺少“当事人”"),
    ],
)
def test_each_fault_is_told_in_chinese_with_its_file(change, words):
    found = what(a_set(**change))
    assert words in found
    assert "templates/national/D99/" in found


def test_a_sound_set_has_no_fault():
    assert what(a_set()) == ""


def test_a_missing_example_or_docx_is_a_fault():
    for name in ("example.yaml", "document.docx"):
        rest = {path: body for path, body in a_set().items() if not path.endswith(name)}
        assert name in what(rest)
        with pytest.raises(BadContent):
            template.load(rest, "D99")
    with pytest.raises(BadContent):
        template.load({}, "D99")
