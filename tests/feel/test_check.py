"""Faults found before anything runs."""

from __future__ import annotations

import pytest

import feel

NAMES = {
    "fine_amount": feel.NUMBER,
    "party_name": feel.STRING,
    "filed_at": feel.DATE,
    "arrived_at": feel.DATE_TIME,
    "hearing": feel.BOOLEAN,
    "period": feel.DURATION,
    "officers": feel.list_of(
        feel.context_of({"id": feel.STRING, "certificate_valid": feel.BOOLEAN, "age": feel.NUMBER})
    ),
    "rows": feel.list_of(),
    "anything": feel.ANY,
}
ALIASES = {"罚款金额": "fine_amount", "当事人": "party_name", "立案日期": "filed_at", "听证申请": "hearing"}


@pytest.mark.parametrize(
    "text",
    [
        "罚款金额 >= 3000 and 听证申请 = true",
        "罚款金额 = null or 当事人 = null",
        "count(officers[certificate_valid and age >= 18]) >= 2",
        "some o in officers satisfies o.age > 罚款金额",
        'filed_at + period > @"2026-01-01"',
        'filed_at + duration("P1M") - filed_at > period',
        "rows[x > 1 and 罚款金额 > 1].y",
        "anything.a.b[1] > 3",
        "if 听证申请 then 罚款金额 else 0",
        "{a: 罚款金额, b: a * 2}.b > 1",
        "罚款金额 in (1, [5..9], < 3)",
        '当事人 in ["甲", "乙"]',
        "arrived_at.hour >= 9 and filed_at.weekday < 6",
        "周岁(立案日期, 立案日期) < 14",
        "string(罚款金额) + 当事人",
        "sum(for o in officers return o.age) / count(officers)",
        "(function(x) x + 罚款金额)(1)",
        "sort(officers, function(a, b) a.age < b.age)[1].id",
    ],
)
def test_a_sound_text_passes(text: str) -> None:
    assert feel.compile(text, names=NAMES, aliases=ALIASES).reads <= set(NAMES)


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("罚款总额 > 5", 0, "是不是“罚款金额”"),
        ("fine_amout > 5", 0, "是不是“fine_amount”"),
        ("听证申请 and 没有的", 9, "没有名为“没有的”的数据"),
        ("cuont(officers) > 1", 0, "没有名为“cuont”的函数，是不是“count”"),
        ("officers[certificate_vald]", 9, "是不是“certificate_valid”"),
        ("officers.nme", 9, "没有名为“nme”的下级数据"),
        ("filed_at.yeer", 9, "是不是“year”"),
        ('罚款金额 > "5"', 5, "数字与文字种类不同"),
        ('立案日期 > "2026-01-01"', 5, "日期与文字种类不同"),
        ("当事人 + 罚款金额", 4, "string(数字)"),
        ("罚款金额 and 听证申请", 0, "应为条件，得到的却是数字"),
        ("if 罚款金额 then 1 else 2", 3, "if 之后应为条件"),
        ("string length(罚款金额)", 13, "应为文字，得到的却是数字"),
        ("substring(当事人)", 9, "参数个数不对"),
        ("substring(string: 当事人, start: 1)", 9, "没有这样的参数名"),
        ('罚款金额 in ("a", "b")', 9, "种类不同"),
        ('罚款金额 between 1 and "9"', 5, "种类不同"),
        ("听证申请 < true", 5, "没有大小"),
        ("-听证申请", 0, "不能取负"),
        ("officers[当事人]", 9, "筛选条件应为条件或序号"),
        ("for o in officers return p.age", 25, "没有名为“p”的数据"),
        ("罚款金额(1)", 0, "不是函数"),
    ],
)
def test_a_fault_has_its_place_and_a_suggestion(text: str, position: int, part: str) -> None:
    with pytest.raises(feel.FeelError) as fault:
        feel.compile(text, names=NAMES, aliases=ALIASES)
    assert fault.value.position == position
    assert part in fault.value.message
    assert fault.value.code in ("name", "type")


def test_a_cell_is_checked_against_its_column() -> None:
    names = {**NAMES, "?": feel.NUMBER}
    assert feel.compile("[1..罚款金额), > 100", kind="unary", names=names, aliases=ALIASES).reads == {"fine_amount"}
    for cell in ('"高"', '> "5"', '[@"2026-01-01"..@"2026-02-01"]', '5, "6"'):
        with pytest.raises(feel.FeelError, match="种类不同"):
            feel.compile(cell, kind="unary", names=names)


def test_our_own_functions_are_unknown_names_in_standard_mode() -> None:
    with pytest.raises(feel.FeelError, match="没有名为“周岁”的函数"):
        feel.compile("周岁(立案日期, 立案日期)", names=NAMES, aliases=ALIASES, standard=True)
