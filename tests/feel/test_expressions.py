"""What expressions answer."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import feel

FACTS = {
    "罚款金额": Decimal("3000.00"),
    "party_name": "广州某某运输有限公司",
    "立案日期": dt.date(2026, 3, 2),
    "到场时间": dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    "officers": [
        {"name": "甲", "certificate_valid": True, "age": 30},
        {"name": "乙", "certificate_valid": False, "age": 41},
    ],
    "hearing": None,
    "monthly salary": 1000,
}


def value(text: str, **more: Any) -> Any:
    return feel.compile(text).evaluate({**FACTS, **more})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1 + 2 * 3", Decimal(7)),
        ("0.1 + 0.2 = 0.3", True),
        ("1 / 3", Decimal("0.3333333333333333333333333333333333")),
        ("2 ** 3 ** 2", Decimal(64)),
        ("-3 ** 2", Decimal(9)),
        ("10 - -3", Decimal(13)),
        ('"a" + "b"', "ab"),
        ("罚款金额 * 1.5", Decimal("4500.000")),
        ("monthly salary * 12", Decimal(12000)),
        ('if 罚款金额 >= 3000 then "听证" else "不听证"', "听证"),
        ("for i in 1..3, j in 1..i return i * j", [1, 2, 4, 3, 6, 9]),
        ("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", [1, 1, 2, 6, 24]),
        ("some o in officers satisfies o.age > 40", True),
        ("every o in officers satisfies o.certificate_valid", False),
        ("count(officers[certificate_valid])", Decimal(1)),
        ("officers[age > 30].name", ["乙"]),
        ("officers[-1].name", "乙"),
        ("officers.age", [30, 41]),
        ("{a: 1, b: a + 1}.b", Decimal(2)),
        ("{阶乘: function(n) if n < 2 then 1 else n * 阶乘(n - 1), 结果: 阶乘(20)}.结果", Decimal(2432902008176640000)),
        ("(function(a, b) a - b)(b: 1, a: 3)", Decimal(2)),
        ("5 in (< 3, [4..6])", True),
        ("5 in ]5..6]", False),
        ("5 between 1 and 5", True),
        ("[1..10[ = [1..10)", True),
        ('"中" in ["甲", "中"]', True),
        ('string length("执法🐎")', Decimal(3)),
        ("100[1]", Decimal(100)),
        ("{罚款: {金额: 5}}.罚款.金额", Decimal(5)),
        ('@"P1Y2M" + @"P11M" = @"P2Y1M"', True),
        ("// 说明\n1 /* 更多 */ + 1", Decimal(2)),
        ("[1, 2] instance of list<number>", True),
        ("sort([3, 1, 2], function(a, b) a > b)", [3, 2, 1]),
    ],
)
def test_an_expression_has_its_value(text: str, answer: object) -> None:
    assert value(text) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("true and null", None),
        ("false and null", False),
        ("null or true", True),
        ("null or false", None),
        ("not(null)", None),
        ("null = null", True),
        ("null < 1", None),
        ("hearing = true", False),
        ("not(hearing = true)", True),
        ("if null then 1 else 2", Decimal(2)),
        ("null + 1", None),
        ('1 = "1"', None),
        ("[1, null, 3][item > 1]", [3]),
        ("1 / 0", None),
        ("没有这个数据", None),
        ("sum([])", None),
        ("count([])", Decimal(0)),
        ("all([])", True),
        ("any([null, true])", True),
    ],
)
def test_null_follows_three_valued_logic(text: str, answer: object) -> None:
    assert value(text) == answer
    assert type(value(text)) is type(answer)


def test_dates_move_by_months_and_stop_at_the_month_s_end() -> None:
    assert value('date("2024-01-31") + duration("P1M")') == dt.date(2024, 2, 29)
    assert value('date("2023-01-31") + duration("P1M")') == dt.date(2023, 2, 28)
    assert value('立案日期 + duration("P90D")') == dt.date(2026, 5, 31)
    assert value('date("2026-03-02") - date("2026-01-01")') == dt.timedelta(days=60)


def test_times_with_zones_are_compared_on_the_line_of_time() -> None:
    assert value('到场时间 = date and time("2026-03-02T01:30:00Z")') is True
    assert value('到场时间 < date and time("2026-03-02T09:30:01@Asia/Shanghai")') is True
    assert value('到场时间 < date and time("2026-03-02T09:30:00")') is None


def test_a_zone_keeps_its_name_across_the_language() -> None:
    noon = dt.datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Paris"))
    assert value('t + duration("P1D")', t=noon) == noon + dt.timedelta(days=1)
    assert value("t.timezone", t=noon) == "Europe/Paris"
    assert value("t.time offset", t=noon) == dt.timedelta(hours=2)


def test_real_time_passes_over_a_change_of_the_clocks() -> None:
    before = dt.datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Paris"))
    assert value('string(t + duration("P1D"))', t=before) == "2026-03-29T13:00:00@Europe/Paris"


def test_years_beyond_python_s_calendar_are_kept() -> None:
    far = value('date("99999-12-31")')
    assert isinstance(far, feel.Date)
    assert str(far) == "99999-12-31"
    assert value('date("-0044-03-15").year') == Decimal(-44)


def test_values_leave_as_python_s_own_types() -> None:
    assert value('date("2026-03-02")') == dt.date(2026, 3, 2)
    assert value('time("09:30:00+08:00")') == dt.time(9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert value('duration("P1DT1H")') == dt.timedelta(days=1, hours=1)
    assert value('duration("P1Y6M")') == feel.YearMonthDuration(18)
    assert value('[1, {a: date("2026-03-02")}]') == [1, {"a": dt.date(2026, 3, 2)}]


def test_numbers_keep_thirty_four_digits() -> None:
    assert value("9999999999999999999999999999999999 + 0") == Decimal("9999999999999999999999999999999999")
    assert value("x * 1", x=0.1) == Decimal("0.1")


def test_a_closure_keeps_what_it_saw() -> None:
    functions = "for i in 1..3 return function() i"
    assert value(f"for f in ({functions}) return f()") == [1, 2, 3]


def test_names_declared_by_the_caller_may_hold_signs_and_keywords() -> None:
    aliases = {"车货总质量(吨)": "gross", "是否 and 否": "odd", "开始-结束": "span"}
    expression = feel.compile("车货总质量(吨) > 49 and 是否 and 否 = 1 and 开始 - 结束 = 2", aliases=aliases)
    assert expression.reads == {"gross", "odd", "span"}
    assert expression.evaluate({"gross": 50, "odd": 1, "span": 2}) is True


def test_an_alias_also_names_the_entries_of_a_list() -> None:
    expression = feel.compile("人员[年龄 > 40].姓名", aliases={"人员": "officers", "年龄": "age", "姓名": "name"})
    assert expression.evaluate(FACTS) == ["乙"]


def test_an_expression_reports_what_it_reads() -> None:
    expression = feel.compile(
        "金额 > 100 and (for i in items return i.price + 税率)[1] > 0 and date(today) > d",
        aliases={"金额": "amount", "税率": "rate"},
    )
    assert expression.reads == {"amount", "items", "rate", "today", "d"}


def test_with_known_names_an_entry_of_a_list_is_not_taken_for_an_element() -> None:
    names = {"officers": feel.list_of(), "limit": feel.NUMBER}
    assert feel.compile("officers[age > limit]", names=names).reads == {"officers", "limit"}
    assert feel.compile("officers[age > limit]").reads == {"officers", "limit", "age"}


def test_the_trace_says_why_something_is_null() -> None:
    answer, reasons = feel.compile("罚款金额 + 备注 > 3").evaluate, feel.compile("罚款金额 + 备注 > 3").explain(FACTS)
    assert answer(FACTS) is None
    assert reasons[0] is None
    assert reasons[1] == ["数据中没有“备注”", "第 6 个字符：“+”的一边是空值", "第 11 个字符：空值与数字不能用“>”比较"]


def test_without_a_clock_now_is_null_and_says_so() -> None:
    assert feel.compile("now()").explain({}) == (None, ["第 4 个字符：此处没有时钟，不能用 now()，请改用数据中的时间"])
    host = feel.Host(clock=lambda: dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    assert feel.compile("today()", host=host).evaluate({}) == dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "position", "part"),
    [
        ("罚款金额 >", 6, "但表达式已经结束"),
        ("罚款金额\uff1e5", 4, "请改用半角“>”"),
        ("a and “是”", 6, "全角符号"),
        ("罚款金额 大于 50000", 8, "比较请写 >"),
        ('"没有引号', 0, "没有结束的引号"),
        ("(1 + 2", 6, "应为“)”"),
        ("if a then b", 11, "应为“else”"),
        ("{a: 1, a: 2}", 7, "出现两次"),
        ('@"2026-02-30"', 0, "不是日期"),
        ("a b c d )", 8, "应已结束"),
        ("x instance of 车辆", 14, "没有名为“车辆”的类型"),
        ("(1, 2)", 0, "只能写在 in 之后"),
    ],
)
def test_a_syntax_fault_has_a_place_and_a_chinese_sentence(text: str, position: int, part: str) -> None:
    with pytest.raises(feel.FeelError) as fault:
        feel.compile(text)
    assert fault.value.position == position
    assert part in fault.value.message


def test_the_same_text_is_compiled_once() -> None:
    assert feel.compile("罚款金额 > 1") is feel.compile("罚款金额 > 1")
    assert feel.compile("罚款金额 > 1") is not feel.compile("罚款金额 > 1", standard=True)
    assert feel.compile("a > 1", aliases={"a": "b"}) is feel.compile("a > 1", aliases={"a": "b"})
    assert feel.compile("a > 1", aliases={"a": "b"}) is not feel.compile("a > 1", aliases={"a": "c"})


def test_data_that_many_expressions_read_are_looked_up_once_and_give_the_same_answers():
    asked: list[str] = []

    class Asked(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            asked.append(key)
            return super().__getitem__(key)

    texts = [
        "罚款金额 > 2999",
        "罚款金额 = 3000 and hearing = null",
        "missing = null",
        "count(officers[age > 35])",
        "missing",
    ]
    taken = feel.Taken({"hearing": "earlier"}, Asked(FACTS))
    together = [feel.compile(text).evaluate(taken) for text in texts]
    assert together == [value(text, hearing="earlier") for text in texts]
    assert sorted(asked) == ["age", "missing", "officers", "罚款金额"]  # age: it might have been one of the data


@pytest.mark.parametrize(
    "text",
    [
        "hearing = 1 and missing = 2",
        "true and 罚款金额 > 1 and count(officers) = 2",
        "missing and 1 = 1",
        "true or missing",
        "(1 = 1 and 2 = 2) and missing = null",
        "null",
    ],
)
def test_a_conjunction_holds_when_its_value_is_true_itself(text: str) -> None:
    assert feel.compile(text).holds(FACTS) is (value(text) is True)


def test_what_stands_behind_a_part_that_is_not_true_is_not_looked_up() -> None:
    taken = feel.Taken(FACTS)
    assert not feel.compile('party_name = "别人" and count(officers) = 2').holds(taken)
    assert set(taken) == {"party_name"}


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("clocks.A.elapsed = true and clocks.B.met = false and x", [{"A", "B"}]),
        ("clocks.A.elapsed = true or clocks.A.met = true", [{"A"}]),
        ("clocks.A.elapsed = true or clocks.B.met = true", [{"A"}, {"B"}]),
        ("(clocks.A.elapsed = true or clocks.B.met = true) and clocks.C.met = true", [{"A", "C"}, {"B", "C"}]),
        ("clocks.A.elapsed = true or x", [{"A"}, set()]),
        ("clocks.A.due = null", [set()]),
        ("not(clocks.A.elapsed = true)", [set()]),
        ("clocks.A = true", [set()]),
        ("other.A.elapsed = true", [set()]),
    ],
)
def test_an_expression_cannot_be_true_without_the_members_it_needs(text: str, members: list[set[str]]) -> None:
    needed = feel.needed_members(feel.compile(text), "clocks")
    assert needed == frozenset(map(frozenset, members))
    if frozenset() not in needed:
        assert feel.compile(text).evaluate({"clocks": {}, "x": True}) is not True


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ('step = "decision" and x', True),
        ('step = "filing" and x', False),
        ('step in ("filing", "service") and x', False),
        ('step in ("filing", "decision") and x', True),
        ('(step = "filing" and x) or y', True),
        ('(step = "filing" and x) or (step = "service" and y)', False),
        ('step != "filing"', True),
        ('not(step = "filing")', True),
        ("step = null", False),
        ("step = x", True),
        ("step = today()", True),
        ("if step = null then x else y", True),
    ],
)
def test_what_is_known_rules_out_what_cannot_be_true_any_more(text: str, may: bool) -> None:
    expression = feel.compile(text)
    assert feel.may_be_true(expression, {"step": "decision"}) is may
    if not may:
        for x, y in itertools.product((True, False, None, "decision"), repeat=2):
            assert not expression.holds({"step": "decision", "x": x, "y": y})
