"""Decision tables: hit policies, aggregation, and what they remember."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.rulebook import dmn
from tests.rulebook.dmn.models import decision, definitions, input_data, table

AMOUNT = [("< 1000", '"轻微"'), ("[1000..5000)", '"一般"'), (">= 5000", '"严重"')]


def ask(logic: str, facts: dict[str, Any], inputs: tuple[str, ...] = ("金额",), type_ref: str = "Any") -> dmn.Answer:
    model = definitions(
        *(input_data(name) for name in inputs), decision("档次", logic, inputs=inputs, type_ref=type_ref)
    )
    loaded = dmn.load(model)
    assert loaded.faults == []
    return loaded.decide("档次", facts)


def overlapping(policy: str, **more: Any) -> str:
    rules = [("> 0", "2"), ("> 10", "3"), ("> 10", "1"), ("> 100", "2")]
    return table(["金额"], ["分"], rules, policy=policy, **more)


def test_the_one_rule_that_applies_answers_and_is_remembered() -> None:
    answer = ask(table(["金额"], ["档次"], AMOUNT, annotations=["第一条", "第二条", "第三条"]), {"金额": 3000})
    assert answer.value == "一般"
    match = answer.matches[0]
    assert (match.decision, match.rule, match.number, match.annotations) == ("档次", "r2", 2, ("第二条",))
    assert (match.inputs, match.outputs) == ({"金额": Decimal(3000)}, {"档次": "一般"})


def test_unique_is_enforced_and_names_the_rules_that_collide() -> None:
    answer = ask(overlapping("UNIQUE"), {"金额": 50})
    assert answer.value is None
    assert answer.matches == ()
    assert "第 1、2、3 条" in answer.violations[0]
    assert "金额=50" in answer.violations[0]
    assert ask(overlapping("UNIQUE"), {"金额": 5}).value == 2


def test_any_is_enforced_too() -> None:
    agreeing = table(["金额"], ["分"], [("> 0", "2"), ("> 10", "1 + 1")], policy="ANY")
    answer = ask(agreeing, {"金额": 50})
    assert answer.value == 2
    assert [match.number for match in answer.matches] == [1, 2]
    refused = ask(overlapping("ANY"), {"金额": 50})
    assert refused.value is None
    assert "ANY" in refused.violations[0]


@pytest.mark.parametrize(
    ("policy", "more", "value"),
    [
        ("FIRST", {}, 2),
        ("PRIORITY", {"priorities": ["1, 2, 3"]}, 1),
        ("RULE ORDER", {}, [2, 3, 1]),
        ("OUTPUT ORDER", {"priorities": ["3, 2, 1"]}, [3, 2, 1]),
        ("COLLECT", {}, [2, 3, 1]),
        ("COLLECT", {"aggregation": "SUM"}, 6),
        ("COLLECT", {"aggregation": "MIN"}, 1),
        ("COLLECT", {"aggregation": "MAX"}, 3),
        ("COLLECT", {"aggregation": "COUNT"}, 3),
    ],
)
def test_every_hit_policy_answers_as_the_standard_says(policy: str, more: dict[str, Any], value: object) -> None:
    assert ask(overlapping(policy, **more), {"金额": 50}).value == value


def test_without_a_matching_rule_the_answer_is_null_with_a_reason() -> None:
    answer = ask(table(["金额"], ["档次"], AMOUNT[1:]), {"金额": 5})
    assert answer.value is None
    assert any("没有规则适用" in reason for reason in answer.reasons)


def test_a_default_stands_in_where_no_rule_matches() -> None:
    assert ask(table(["金额"], ["档次"], AMOUNT[1:], defaults=['"不罚"']), {"金额": 5}).value == "不罚"


def test_nothing_collected_is_an_empty_list_and_counts_zero() -> None:
    assert ask(overlapping("COLLECT"), {"金额": 0}).value == []
    assert ask(overlapping("COLLECT", aggregation="COUNT"), {"金额": 0}).value == 0


def test_several_outputs_make_a_context() -> None:
    logic = table(["金额"], ["下限", "上限"], [("< 1000", "0", "200"), (">= 1000", "金额 * 0.1", "金额 * 0.3")])
    assert ask(logic, {"金额": 2000}).value == {"下限": Decimal(200), "上限": Decimal(600)}


def test_a_null_input_matches_dashes_and_null_only() -> None:
    logic = table(["金额"], ["是"], [("< 5", "1"), ("null", "2"), ("-", "3")], policy="RULE ORDER")
    assert ask(logic, {"金额": None}).value == [2, 3]


def test_cells_may_use_other_data_and_the_input_itself() -> None:
    logic = table(["金额"], ["是"], [("> 限额", '"超"'), ("? <= 限额 and ? > 0", '"未超"'), ("not(> 0)", '"无"')])
    assert ask(logic, {"金额": 50, "限额": 40}, ("金额", "限额")).value == "超"
    assert ask(logic, {"金额": 30, "限额": 40}, ("金额", "限额")).value == "未超"
    assert ask(logic, {"金额": 0, "限额": 40}, ("金额", "限额")).value == "无"


def test_an_input_outside_its_allowed_values_is_a_violation() -> None:
    logic = table(["类型"], ["是"], [('"个人"', "1"), ("-", "2")], policy="FIRST", allowed=['"个人", "单位"'])
    assert ask(logic, {"类型": "单位"}, ("类型",)).value == 2
    refused = ask(logic, {"类型": "其他"}, ("类型",))
    assert refused.value is None
    assert "不在允许的取值之内" in refused.violations[0]


def test_a_result_is_coerced_to_the_decision_s_type() -> None:
    assert ask(overlapping("COLLECT"), {"金额": 5}, type_ref="number").value == 2
    assert ask(overlapping("COLLECT"), {"金额": 50}, type_ref="number").value is None


def test_faults_in_cells_are_found_when_loading() -> None:
    logic = table(["金额"], ["档次"], [("> 5 and", '"a"'), ("5", "没有结束(")], policy="第一")
    loaded = dmn.load(definitions(input_data("金额"), decision("档次", logic, inputs=["金额"])))
    messages = [f"{fault.element} {fault.message}" for fault in loaded.faults]
    assert any("第 1 条规则第 1 列" in message for message in messages)
    assert any("第 2 条规则第 1 个结果" in message for message in messages)
    assert any("命中策略" in message for message in messages)


def test_with_known_elements_unknown_names_and_wrong_kinds_are_faults() -> None:
    import feel

    elements = {"fine_amount": feel.NUMBER, "party_type": feel.STRING}
    aliases = {"罚款金额": "fine_amount", "当事人类型": "party_type"}
    good = definitions(
        decision("档次", table(["罚款金额", "当事人类型"], ["档"], [("> 5", '"个人"', "1"), ("<= 5", "-", "2")]))
    )
    loaded = dmn.load(good, elements=elements, aliases=aliases)
    assert loaded.faults == []
    assert loaded.reads("档次") == {"fine_amount", "party_type"}
    assert loaded.decide("档次", {"fine_amount": 9, "party_type": "个人"}).value == 1
    bad = definitions(decision("档次", table(["罚款总额"], ["档"], [("> 5", "1")])))
    assert "是不是“罚款金额”" in dmn.load(bad, elements=elements, aliases=aliases).faults[0].message
