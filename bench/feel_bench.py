"""Figures of the expression language and of decision tables, in microseconds."""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import feel
from engine.rulebook import dmn

CONDITION = '罚款金额 > 50000 and 年龄 >= 18 and 次数 <= 3 and 当事人类型 = "单位"'
ALIASES = {"罚款金额": "fine_amount", "年龄": "age", "次数": "times", "当事人类型": "party_type"}
FACTS = {"fine_amount": Decimal("60000.00"), "age": 20, "times": 2, "party_type": "单位"}
_ROUNDS = 15


def _best(act: Callable[[], object], number: int) -> float:
    """Microseconds of processor time, the fastest of several rounds: what the code costs, not what else was running."""
    return min(timeit.repeat(act, timer=time.process_time, number=number, repeat=_ROUNDS)) / number * 1e6


def _compile_anew() -> Callable[[], object]:
    """Compiling without the cache: each time against names nobody has used before."""
    texts = iter([f"{CONDITION} and 附加{i} = {i}" for i in range(20_000)])
    return lambda: feel.compile(next(texts), aliases=ALIASES)


def _table() -> dmn.Decisions:
    """50 rules over 5 inputs: two numbers, a text, a truth value, a date."""
    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:bench" name="bench">'
    inputs = "".join(
        f"<input><inputExpression><text>{name}</text></inputExpression></input>"
        for name in ("超限率", "次数", "车型", "配合", "日期")
    )
    rules = []
    for number in range(50):
        low = number % 10 * 10
        cells = [
            f"[{low}..{low + 10})",
            "&lt; 3" if number // 10 % 2 else "&gt;= 3",
            '"货车","挂车"' if number // 20 % 2 else 'not("货车","挂车")',
            "-" if number < 40 else "true",
            '&gt;= date("2026-01-01")' if number < 40 else '&lt; date("2026-01-01")',
        ]
        entries = "".join(f"<inputEntry><text>{cell}</text></inputEntry>" for cell in cells)
        rules.append(f'<rule id="r{number}">{entries}<outputEntry><text>{number}</text></outputEntry></rule>')
    table = f'<decisionTable hitPolicy="UNIQUE">{inputs}<output name="档次"/>{"".join(rules)}</decisionTable>'
    model = f'{head}<decision id="d" name="裁量"><variable name="裁量"/>{table}</decision></definitions>'
    return dmn.load(model.encode())


def run() -> dict[str, float]:
    """``feel_us``: three comparisons and a text test, compiled; ``feel_compile_us``: the same, from text;
    ``decision_table_us``: a table of 50 rules and 5 inputs, with the rule that matched."""
    expression = feel.compile(CONDITION, aliases=ALIASES)
    if expression.evaluate(FACTS) is not True:
        raise AssertionError("the condition must hold, or the figure measures a shortcut")
    decisions = _table()
    facts = {"超限率": 35, "次数": 1, "车型": "客车", "配合": True, "日期": date(2026, 3, 2)}
    if decisions.decide("d", facts).value != 13:
        raise AssertionError("the table must find its rule, or the figure measures nothing")
    return {
        "feel_us": _best(lambda: expression.evaluate(FACTS), 5_000),
        "feel_compile_us": _best(_compile_anew(), 300),
        "decision_table_us": _best(lambda: decisions.decide("d", facts), 200),
    }


if __name__ == "__main__":
    for name, figure in run().items():
        print(f"{name} {figure:.2f}")
