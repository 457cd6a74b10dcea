"""Texts for the mutation test, and what is needed to change them at random."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

SEEDS = [
    '罚款金额 > 50000 and 当事人类型 = "个人" or 听证申请 = true',
    'if x > 5 then "大" else if x = null then null else "小"',
    "for i in 1..10, j in [i, 2] return i * j",
    "for i in 0..5 return if i = 0 then 1 else i * partial[-1]",
    "some o in officers satisfies o.certificate_valid and o.age > 18",
    'every o in officers satisfies matches(o.name, "^[A-Z]+.*(a|b)+$", "i")',
    "count(officers[certificate_valid and age between 18 and 60]) >= 2",
    'date("2024-02-29") + duration("P1Y") - duration("P3DT4H")',
    'date and time("2026-03-02T09:00:00@Asia/Shanghai").time offset',
    "{a: 1, b: {c: a + 1}, f: function(n: number) if n < 2 then 1 else n * f(n - 1)}.f(5)",
    "x in (< 5, [10..20), >= 100, 42)",
    "]1..10] = (1..10] and [1..10[ = [1..10)",
    "sort(list, function(a, b) a < b)[-1] ** 2 / 3",
    'replace("abracadabra", "a(.)", "a$1$1") + string join(["a", "b"], ",")',
    'split("a;b;;c", ";")[item != ""]',
    '@"P1Y2M" + @"P3M" > @"P1Y" and @"10:00:00" < @"11:00:00"',
    'context put({a: {b: 1}}, ["a", "b"], 2).a.b instance of number',
    "get entries(context merge([{a: 1}, {b: 2}])).key",
    '人民币大写(3000.50) + string(周岁(@"2000-02-29", today))',
    "decimal(x / 3, 2) + floor(1.5) - abs(-x) * modulo(x, 7)",
    "overlaps([1..5], (3..8]) and before(1, [2..3]) or coincides(1, 1)",
    "flatten([[1, [2]], 3]) = union([1], [2, 3]) // 注释",
    'number("1.000,5", ".", ",") + exp(log(2)) + sqrt(16) /* c */',
    'string({a: [1, "b", {c: @"2026-01-01"}]}) != upper case("\\u4e2d\\U01F40E")',
    "mode(list) = list replace(list, 1, stddev(list))",
    'not(x in [1, 2]) and ? > 3 or "a" in ["a", null]',
]
TOKENS = [
    "(", ")", "[", "]", "{", "}", "..", ".", ",", ":", "?", "@", '"', "+", "-", "*", "/", "**", "=", "!=", "<", "<=",
    ">", ">=", " and ", " or ", " in ", " between ", " instance of ", " if ", " then ", " else ", " for ", " return ",
    " some ", " every ", " satisfies ", " function", "not(", "null", "true", "false", "0", "1", "-1", "99999999",
    "1e6000", "1e-6000", "0.1", '"a"', '"(a+)+$"', '"\\ud800"', '@"P1D"', '@"2024-02-29"', '@"10:00:00Z"', "x", "list",
    "officers", "item", "partial", "date(", "range(", "sum(", "matches(", "replace(", "string(", "duration(", "sort(",
    "list<number>", "context<a: number>", "\n", "\t", "//", "/*", "*/", "\\", "罚款金额", "(", "”", "\u3000", "\x00",
]  # fmt: skip
DATA = {
    "x": Decimal("12.5"),
    "list": [3, 1, 2, None],
    "officers": [
        {"name": "A1a", "age": 30, "certificate_valid": True},
        {"name": "B", "age": None, "certificate_valid": False},
    ],
    "罚款金额": Decimal("3000.00"),
    "当事人类型": "个人",
    "听证申请": None,
    "today": date(2026, 3, 2),
    "moment": datetime(2026, 3, 2, 9, tzinfo=UTC),
    "clock": time(9, 30),
    "span": timedelta(days=3),
}


def mutated(chance: random.Random) -> str:
    """A seed text, cut, spliced and sprinkled."""
    text = chance.choice(SEEDS)
    for _ in range(chance.randint(0, 5)):
        at = chance.randint(0, len(text))
        act = chance.randint(0, 5)
        if act == 0:
            text = text[:at] + text[at + chance.randint(1, 8) :]
        elif act == 1:
            text = text[:at] + chance.choice(TOKENS) + text[at:]
        elif act == 2:
            other = chance.choice(SEEDS)
            start = chance.randint(0, len(other))
            text = text[:at] + other[start : start + chance.randint(1, 30)] + text[at:]
        elif act == 3:
            text = text[:at] + text[max(0, at - chance.randint(1, 20)) : at] * chance.randint(1, 4) + text[at:]
        elif act == 4:
            text = text[:at] + chr(chance.choice([*range(32, 127), 0x4E2D, 0xFF08, 0x1F40E, 0x300])) + text[at:]
        else:
            text = "(" * chance.randint(1, 20) + text
    return text


def from_tokens(chance: random.Random) -> str:
    """A random row of tokens."""
    return "".join(chance.choice(TOKENS) for _ in range(chance.randint(1, 25)))
