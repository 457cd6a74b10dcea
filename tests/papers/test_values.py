"""Values arrive in the paper whole, worded as Chinese papers write them."""

import io
import zipfile
from decimal import Decimal

import pytest
from docx import Document

from engine.papers import render, template, wording
from kernel.errors import InvalidAnswers
from tests.papers.conftest import a_docx, a_yaml

FIELDS = "  x: {label: 内容, type: longtext, required: true, from: fact, element: x}\n"


def paper(fields: str, *paragraphs: str) -> template.Template:
    return template.describe("document.yaml", a_yaml(fields), a_docx(*paragraphs))


def shown(value: str) -> str:
    """The text that stands in the paper for a value, paragraphs joined by newlines."""
    sheet = paper(FIELDS, "〖{{ x }}〗")
    docx = render.render(sheet, render.context(sheet, {"x": value}, {}))
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        archive.testzip()
    text = "\n".join(p.text for p in Document(io.BytesIO(docx)).paragraphs)
    return text.split("〖", 1)[1].rsplit("〗", 1)[0]


@pytest.mark.parametrize(
    "value",
    [
        "A<b>&</b> 'x' \"y\" <w:t>",
        "]]> <!-- --> &amp; &#65; <?php ?>",
        "{{ 7*7 }} {% if x %} {# no #} {_{ x }_} {_% x %_}",
        "😀🚗 喆堃赟祎 𠮷𩸽 ‘’“”—…·",
        "第一段\n第二段\n\n第四段",
        "前\t后",
        "a  b   c",
        "".join(chr(c) for c in range(0x20, 0x7F)).strip(),
        "".join(chr(c) for c in range(0xA1, 0x250)),
        "".join(chr(c) for c in range(0x4E00, 0x9FFF, 7)),
        "_" * 40 + "%_%" + "{" * 5 + "}" * 5,
    ],
)
def test_text_survives_whole(value):
    assert shown(value) == value


def test_what_xml_cannot_carry_is_dropped_and_nothing_else():
    assert shown("前\x00\x07\x0b中\r\n后\ud800尾") == "前\n中\n后尾"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("3000.00", "叁仟元整"),
        ("30000", "叁万元整"),
        ("1690.48", "壹仟陆佰玖拾元肆角捌分"),
        ("10005", "壹万零伍元整"),
        ("100000.05", "壹拾万元零伍分"),
        ("20500.50", "贰万零伍佰元伍角整"),
        ("1000000000", "壹拾亿元整"),
        ("1000000000000", "壹万亿元整"),
        ("0", "零元整"),
        ("0.30", "叁角整"),
        (Decimal("105000"), "壹拾万伍仟元整"),
    ],
)
def test_amounts_in_capitals(amount, words):
    assert wording.capitals(amount) == words


@pytest.mark.parametrize("amount", ["-1", "1.005", "NaN", "Infinity", "一百", "1e17", ""])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError):  # noqa: PT011 — the kind is the point
        wording.as_amount(amount)


def test_days_and_periods_are_told_in_chinese_time():
    assert wording.day("2026-03-02") == "2026年3月2日"
    assert wording.moment("2026-03-01T20:05:00+00:00") == "2026年3月2日4时05分"
    assert wording.period("2026-03-02T09:00:00+08:00", "2026-03-02T10:10:00+08:00") == "2026年3月2日9时00分至10时10分"
    assert wording.period("2026-03-02T23:00:00+08:00", "2026-03-03T01:00:00+08:00").endswith("至2026年3月3日1时00分")
    assert wording.period("2026-03-02T09:00:00+08:00", None).endswith("起")
    assert wording.length({"length": 5, "unit": "工作日"}) == "5个工作日"
    assert wording.length({"length": 6, "unit": "月"}) == "6个月"


@pytest.mark.parametrize(
    ("spec", "facts", "words"),
    [
        ("type: date", {"x": "2026-13-02"}, "日期"),
        ("type: datetime", {"x": "昨天"}, "时间"),
        ("type: money", {"x": "-3"}, "金额"),
        ("type: money", {"x": True}, "金额"),
        ("type: number", {"x": "很多"}, "数字"),
        ("type: period, until: y", {"x": "2026-03-02T09:00:00+08:00", "y": "2026-03-01T09:00:00+08:00"}, "起止时间"),
        ("type: choice, options: {a: 甲}", {"x": "b"}, "选项"),
        ("type: table, columns: {n: {label: 名}}", {"x": "不是表格"}, "表格"),
        ("type: dialogue", {"x": [1, 2]}, "问答"),
    ],
)
def test_a_malformed_value_is_refused_by_name(spec, facts, words):
    sheet = paper(f"  x: {{label: 栏目甲, from: fact, element: x, {spec}}}\n", "{{ x }}")
    with pytest.raises(InvalidAnswers) as refused:
        render.context(sheet, facts, {})
    assert words in refused.value.fields["x"]
    assert "栏目甲" in refused.value.fields["x"]


def test_choices_show_every_option_with_the_chosen_ticked():
    sheet = paper("  x: {label: 方式, type: choice, from: fact, element: x, options: {a: 直接, b: 留置}}\n", "{{ x }}")
    assert render.context(sheet, {"x": "b"}, {})["x"] == "□直接  ☑留置"
    assert render.context(sheet, {}, {})["x"] == "□直接  □留置"


def test_codes_are_shown_by_name_and_typed_text_as_it_is():
    sheet = paper("  x: {label: 关系, type: code, from: fact, element: x, codes: RELATION}\n", "{{ x }}")
    extra = {"codes": {"RELATION": {"driver": "驾驶员"}}}
    assert render.context(sheet, {"x": "driver"}, extra)["x"] == "驾驶员"
    assert render.context(sheet, {"x": "押运员"}, extra)["x"] == "押运员"


def test_an_opinion_is_signed_from_the_record():
    sheet = paper(
        "  x: {label: 意见, type: approval, required: true, from: fact, element: x}\n", "{{ x.opinion }}{{ x.name }}"
    )
    extra = {"system": {"approvals": {"x": {"name": "赵明", "at": "2026-03-02T11:00:00+08:00"}}}}
    assert render.context(sheet, {"x": "同意"}, extra)["x"] == {
        "opinion": "同意",
        "name": "赵明",
        "date": "2026年3月2日",
    }
    assert render.context(sheet, {"x": "同意"}, {})["x"] == {"opinion": "同意", "name": "", "date": ""}


def test_wording_takes_its_numbers_from_the_rules_and_refuses_without_them():
    sheet = paper(
        "  x: {label: 期限, required: true, from: text, text: '收到之日起{DL_X}内向{y}提出'}\n  y: {label: 机关, from: system, name: a}\n",
        "{{ x }}",
    )
    extra = {"system": {"a": "某局"}, "rules": {"DL_X": {"length": 5, "unit": "工作日"}}}
    assert render.context(sheet, {}, extra)["x"] == "收到之日起5个工作日内向某局提出"
    with pytest.raises(InvalidAnswers) as refused:
        render.context(sheet, {}, {"system": {"a": "某局"}})
    assert "DL_X" in refused.value.fields["x"]


def test_a_rate_is_printed_as_a_percentage():
    assert [wording.percent(v) for v in ("0.1224", "0.5", Decimal("1"), 0)] == ["12.24%", "50%", "100%", "0%"]
    with pytest.raises(ValueError, match="数字"):
        wording.percent("多")
