"""Built-in functions and those of our own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

import feel

HOST = feel.Host(
    clock=lambda: dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
    is_working_day=lambda day, calendar: day.weekday() < 5 and not (calendar is None and day == dt.date(2026, 4, 6)),
    codes={"SERVICE_METHOD": {"direct": "直接送达", "mail": "邮寄送达"}},
)


def value(text: str) -> object:
    return feel.compile(text, host=HOST).evaluate({})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('substring("执法办案", -2, 1)', "办"),
        ('substring before("行政处罚决定书", "决定")', "行政处罚"),
        ('substring after("粤A12345", "粤")', "A12345"),
        ('string join(["甲", null, "乙"], "、")', "甲、乙"),
        ('split("a;b;;c", ";")', ["a", "b", "", "c"]),
        ('upper case("aß")', "ASS"),
        ('contains("甲乙", "乙") and starts with("甲乙", "甲") and ends with("甲乙", "乙")', True),
        ('number("1.000,50", ".", ",")', Decimal("1000.50")),
        ("decimal(2.345, 2)", Decimal("2.34")),
        ("round half up(2.345, 2)", Decimal("2.35")),
        ("round up(-5.5, 0)", Decimal(-6)),
        ("floor(-1.56, 1)", Decimal("-1.6")),
        ("modulo(-12, 5)", Decimal(3)),
        ("median([8, 2, 5, 3, 4])", Decimal(4)),
        ("mode([6, 3, 9, 6, 6])", [6]),
        ("append([1], 2, 3)", [1, 2, 3]),
        ("sublist([1, 2, 3], 2, 1)", [2]),
        ("remove([1, 2, 3], -1)", [1, 2]),
        ("index of([1, 2, 1], 1)", [1, 3]),
        ("union([1, 2], [2, 3])", [1, 2, 3]),
        ("list replace([2, 4, 7], function(a, b) a < b, 5)", [5, 5, 7]),
        ('get value({金额: 5}, "金额")', Decimal(5)),
        ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": 2}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
        ('context([{key: "a", value: 1}])', {"a": 1}),
        ('day of week(@"2026-03-02")', "Monday"),
        ('week of year(@"2026-03-02")', Decimal(10)),
        ('years and months duration(@"2011-12-22", @"2013-08-24")', feel.YearMonthDuration(20)),
        ("before([1..5), 5)", True),
        ("overlaps([1..5], (5..8])", False),
        ("during([2..3], [1..5])", True),
        ('range("[1..3]").end', Decimal(3)),
        ('2 in range("(1..3)")', True),
        ('is(@"2026-03-02T00:00:00Z", @"2026-03-02T00:00:00+00:00")', True),
        ("today()", dt.date(2026, 3, 2)),
    ],
)
def test_a_standard_function_answers(text: str, answer: object) -> None:
    assert value(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "abs()", 'abs("1")', "abs(1, 2)", "abs(x: 1)", 'substring("abc", 0)', 'number("abc")', "date(2026, 2, 30)",
        'time("25:00:00")', 'duration("P1H")', "modulo(1, 0)", "sqrt(-1)", "log(0)", "even(1.5)", 'range("[3..1]")',
        'sum([1, "a"])', "get value({}, \"a\")", 'replace("a", "(", "b")', 'replace("a", "b*", "c")',
        'matches("a", "a", "z")', "[1, 2, 3][1.5]", "remove([1], 2)", "sort([1, null])",
    ],
)  # fmt: skip
def test_a_wrong_call_is_null_and_says_why(text: str) -> None:
    answer, reasons = feel.compile(text, host=HOST, standard=True).explain({})
    assert answer is None
    assert reasons


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "found"),
    [
        ("abc", "ABC", "i", True),
        ("x", "[A-Z-[OI]]", "i", True),
        ("O", "[A-Z-[OI]]", "i", False),
        ("\u212a", "k", "i", True),
        ("a\nb", "a.b", "", False),
        ("a\nb", "a.b", "s", True),
        ("\nab\n", "^ab$", "m", True),
        ("hello world", "he ll o[ ]wor ld", "x", True),
        ("a.b", "a.b", "q", True),
        ("axb", "a.b", "q", False),
        ("粤A12345", "^\\p{IsCJKUnifiedIdeographs}[A-Z][0-9A-Z]{5}$", "", True),
        ("abab", "^(ab)\\1$", "", True),
        ("a1", "^\\i\\c+$", "", True),
        ("٣", "^\\d$", "", True),
        ("aaaa", "^a{2,3}$", "", False),
        ("aaa", "^(a?){3}$", "", True),
    ],
)
def test_patterns_follow_xpath(text: str, pattern: str, flags: str, found: bool) -> None:
    expression = feel.compile("matches(文字, 模式, 标志)")
    assert expression.evaluate({"文字": text, "模式": pattern, "标志": flags}) is found


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"), ("0.05", "伍分"), ("10", "壹拾元整"), ("15.60", "壹拾伍元陆角整"), ("105", "壹佰零伍元整"),
        ("1000.01", "壹仟元零壹分"), ("3000.50", "叁仟元伍角整"), ("10005", "壹万零伍元整"), ("100000", "壹拾万元整"),
        ("100010000", "壹亿零壹万元整"), ("1010000000001.23", "壹万零壹佰亿零壹元贰角叁分"), ("-12.30", "负壹拾贰元叁角整"),
    ],
)  # fmt: skip
def test_an_amount_is_written_in_chinese_capitals(amount: str, words: str) -> None:
    assert feel.compile("人民币大写(金额)").evaluate({"金额": Decimal(amount)}) == words


def test_age_is_full_on_the_day_after_the_birthday() -> None:
    assert value('周岁(@"2012-03-02", @"2026-03-02")') == 13
    assert value('周岁(@"2012-03-02", @"2026-03-03")') == 14
    assert value('周岁(@"2012-02-29", @"2026-03-01")') == 14
    assert value('周岁(@"2026-03-02", @"2026-03-01")') is None


def test_working_days_follow_the_calendar_of_the_host() -> None:
    assert value('工作日后(@"2026-04-03", 1)') == dt.date(2026, 4, 7)
    assert value('工作日后(@"2026-04-03", 1, "不放假")') == dt.date(2026, 4, 6)
    assert value('工作日后(@"2026-03-02", -1)') == dt.date(2026, 2, 27)
    assert value('工作日数(@"2026-03-02", @"2026-03-09")') == 5
    assert value('是工作日(@"2026-03-01")') is False


def test_codes_have_names() -> None:
    assert value('代码名称("SERVICE_METHOD", "mail")') == "邮寄送达"
    assert value('代码名称("SERVICE_METHOD", "x")') is None


def test_our_own_functions_are_unknown_in_standard_mode() -> None:
    for text in ("人民币大写(1)", 'age at(@"2012-03-02", @"2026-03-03")', 'code name("A", "b")'):
        assert feel.compile(text, host=HOST, standard=True).evaluate({}) is None
