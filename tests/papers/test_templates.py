"""Every national template is whole, fills from its own example, and is made again by the tool byte for byte."""

import io
import re
import subprocess
import sys
import zipfile

import pytest

from engine.papers import render, template
from kernel.errors import BadContent, InvalidAnswers
from tests.papers.conftest import CODES, ROOT, a_docx, a_yaml

SPINE = {"D01", "D02", "D04", "D11", "D12", "D13", "D15", "D16", "D23", "D24", "E07", "E08"}
MORE = {"D03", "D19", "E09", "E10", "E11", "E12", "E17", "E30", "E32", "E44", "E45", "E46", "E52"}


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


def test_all_papers_of_the_spine_are_there():
    assert set(CODES) >= SPINE | MORE


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
