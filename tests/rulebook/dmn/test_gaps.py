"""The check finds what a table forgets and where its rules collide, and shows an input for each."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rulebook import dmn
from tests.rulebook.dmn.models import decision, definitions, input_data, table


def findings(
    inputs: list[str], rules: list[tuple[str, ...]], whole: tuple[str, ...] = (), **more: Any
) -> list[dmn.Finding]:
    model = definitions(decision("表", table(inputs, ["果"], [(*rule, "1") for rule in rules], **more)))
    return dmn.check_model(dmn.parse(model), whole)["表"]


def kinds(found: list[dmn.Finding]) -> list[str]:
    return [one.kind for one in found]


def test_a_complete_table_without_overlap_has_no_findings() -> None:
    assert findings(["吨"], [("< 1",), ("[1..5)",), (">= 5",)]) == []
    assert findings(["类"], [('"个人"',), ('not("个人")',)]) == []
    assert findings(["听证"], [("true",), ("false",)]) == []


def test_a_gap_between_numbers_is_shown_with_an_example() -> None:
    found = findings(["吨"], [("< 1",), ("(1..5)",), (">= 5",)])
    assert kinds(found) == ["gap"]
    assert found[0].example == {"吨": Decimal(1)}
    assert "吨 = 1" in found[0].message


def test_nothing_lies_between_two_whole_numbers() -> None:
    rules = [("<= 2",), (">= 3",)]
    assert kinds(findings(["次"], rules)) == ["gap"]
    assert findings(["次"], rules, whole=("次",)) == []


def test_an_overlap_names_both_rules() -> None:
    found = findings(["吨"], [("<= 5",), (">= 5",)])
    assert kinds(found) == ["overlap"]
    assert found[0].rules == (1, 2)
    assert found[0].example == {"吨": Decimal(5)}


def test_dates_have_no_gap_between_one_day_and_the_next() -> None:
    good = [('<= date("2026-06-30")',), ('>= date("2026-07-01")',)]
    assert findings(["日"], good) == []
    bad = [('< date("2026-06-30")',), ('>= date("2026-07-01")',)]
    assert findings(["日"], bad)[0].example == {"日": dt.date(2026, 6, 30)}


def test_enumerations_are_complete_when_their_values_are_listed() -> None:
    rules = [('"个人"',), ('"单位"',)]
    assert kinds(findings(["类"], rules)) == ["gap"]
    assert findings(["类"], rules, allowed=['"个人", "单位"']) == []


def test_several_columns_are_checked_together() -> None:
    found = findings(["吨", "听证"], [("< 1", "-"), (">= 1", "true")])
    assert kinds(found) == ["gap"]
    assert found[0].example == {"吨": Decimal(1), "听证": False}


def test_a_default_or_a_collection_has_no_gaps() -> None:
    assert findings(["吨"], [("< 1",)], defaults=["0"]) == []
    assert findings(["吨"], [("< 1",)], policy="COLLECT") == []


def test_a_rule_behind_a_wider_one_is_unreachable() -> None:
    found = findings(["吨"], [("> 1",), ("> 5",), ("-",)], policy="FIRST")
    assert kinds(found) == ["unreachable"]
    assert found[0].rules == (1, 2)


def test_any_tolerates_an_overlap_with_the_same_result() -> None:
    assert findings(["吨"], [("<= 5",), (">= 5",)], policy="ANY") == []


def test_a_cell_that_computes_is_reported_and_raises_no_false_alarm() -> None:
    found = findings(["吨"], [("< 限额",), (">= 5",)])
    assert kinds(found) == ["unchecked"]


CELLS = st.sampled_from(
    ["-", "< 2", "<= 2", "> 2", ">= 2", "[1..3]", "(1..3)", "2", "1, 3", "not(2)", "null", "? > 1 and ? < 3"]
)
VALUES = [Decimal(n) / 2 for n in range(1, 8)]
ANY = Decimal(0)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_findings_agree_with_trying_every_input(rules: list[tuple[str, str]]) -> None:
    """What the check says of two columns is what evaluation finds over a grid that meets every piece."""
    tried = table(["甲", "乙"], ["果"], [(*rule, str(i)) for i, rule in enumerate(rules)], policy="COLLECT")
    loaded = dmn.load(definitions(input_data("甲"), input_data("乙"), decision("表", tried, inputs=["甲", "乙"])))

    def hits(first: Decimal | None, second: Decimal | None) -> int:
        return len(loaded.decide("表", {"甲": first, "乙": second}).value)

    on_grid = [hits(a, b) for a, b in itertools.product(VALUES, VALUES)]
    model = definitions(decision("表", table(["甲", "乙"], ["果"], [(*rule, str(i)) for i, rule in enumerate(rules)])))
    found = dmn.check_model(dmn.parse(model))["表"]
    for one in found:
        shown = hits(one.example.get("甲", ANY), one.example.get("乙", ANY))
        assert shown == 0 if one.kind == "gap" else shown > 1
    assert "gap" in kinds(found) or 0 not in on_grid
    assert "overlap" in kinds(found) or max(on_grid) <= 1
