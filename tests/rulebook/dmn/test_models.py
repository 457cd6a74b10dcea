"""Decision models beyond a single table: requirements, knowledge, services, imports, types."""

from __future__ import annotations

from decimal import Decimal

import pytest

import feel
from engine.rulebook import dmn
from tests.rulebook.dmn.models import decision, definitions, input_data, knowledge, literal, table


def test_a_decision_rests_on_others_and_each_is_found_once() -> None:
    model = definitions(
        input_data("超限吨数", "number"),
        decision("档次", table(["超限吨数"], ["档次"], [("< 1", '"轻"'), (">= 1", '"重"')]), inputs=["超限吨数"]),
        decision("基数", literal('if 档次 = "轻" then 200 else 1000'), needs=["档次"]),
        decision("罚款金额", literal("基数 * 2"), needs=["基数", "档次"]),
    )
    loaded = dmn.load(model)
    answer = loaded.decide("罚款金额", {"超限吨数": 3})
    assert answer.value == 2000
    assert [match.decision for match in answer.matches] == ["档次"]
    assert loaded.inputs("罚款金额") == {"超限吨数"}
    assert ("罚款金额", "罚款金额") in loaded.decisions


def test_a_knowledge_model_is_called_by_text_and_by_invocation() -> None:
    invocation = (
        "<invocation>" + literal("按比例") + "<binding><parameter name='比例'/>" + literal("0.1") + "</binding>"
        "<binding><parameter name='金额'/>" + literal("3000") + "</binding></invocation>"
    )
    model = definitions(
        knowledge("按比例", [("金额", "number"), ("比例", "number")], literal("金额 * 比例")),
        decision("一", literal("按比例(3000, 0.1)"), knows=["按比例"]),
        decision("二", invocation, knows=["按比例"]),
        decision("三", literal('按比例("三千", 0.1)'), knows=["按比例"]),
    )
    loaded = dmn.load(model)
    assert loaded.decide("一", {}).value == Decimal("300.0")
    assert loaded.decide("二", {}).value == Decimal("300.0")
    wrong = loaded.decide("三", {})
    assert wrong.value is None
    assert any("应为数字" in reason for reason in wrong.reasons)
    assert loaded.call("按比例", {"金额": 10, "比例": 2}).value == 20


def test_a_knowledge_model_may_call_itself_but_not_for_ever() -> None:
    model = definitions(
        knowledge("阶乘", [("n", "number")], literal("if n < 2 then 1 else n * 阶乘(n - 1)")),
        knowledge("无底", [("n", "number")], literal("无底(n + 1)")),
        decision("十", literal("阶乘(10)"), knows=["阶乘"]),
        decision("坏", literal("无底(1)"), knows=["无底"]),
    )
    loaded = dmn.load(model)
    assert loaded.decide("十", {}).value == 3628800
    with pytest.raises(feel.FeelError, match="无穷递归"):
        loaded.decide("坏", {})


def test_a_decision_that_needs_itself_is_null_with_a_reason() -> None:
    model = definitions(decision("甲", literal("乙"), needs=["乙"]), decision("乙", literal("甲"), needs=["甲"]))
    answer = dmn.load(model).decide("甲", {})
    assert answer.value is None
    assert any("依赖于它自己" in reason for reason in answer.reasons)


def test_boxed_contexts_lists_relations_and_functions_evaluate() -> None:
    context = (
        "<context><contextEntry><variable name='表'/><relation><column name='项'/><column name='额'/>"
        "<row>" + literal('"甲"') + literal("100") + "</row><row>" + literal('"乙"') + literal("200") + "</row></relation></contextEntry>"
        "<contextEntry><variable name='加倍'/><functionDefinition><formalParameter name='x'/>" + literal("x * 2") + "</functionDefinition></contextEntry>"
        "<contextEntry><variable name='单'/><list>" + literal("1") + literal("2") + "</list></contextEntry>"
        "<contextEntry>" + literal("加倍(sum(表.额)) + 单[2]") + "</contextEntry></context>"
    )  # fmt: skip
    assert dmn.load(definitions(decision("和", context))).decide("和", {}).value == 602


def test_boxed_conditional_filter_and_iterators_evaluate() -> None:
    numbers = "<in>" + literal("[1, 2, 3, 4]") + "</in>"
    model = definitions(
        decision("若", "<conditional><if>" + literal("1 < 2") + "</if><then>" + literal('"是"') + "</then><else>" + literal('"否"') + "</else></conditional>"),
        decision("滤", "<filter>" + numbers + "<match>" + literal("item > 2") + "</match></filter>"),
        decision("序", "<filter>" + numbers + "<match>" + literal("2") + "</match></filter>"),
        decision("每", '<for iteratorVariable="i">' + numbers + "<return>" + literal("i * i") + "</return></for>"),
        decision("有", '<some iteratorVariable="i">' + numbers + "<satisfies>" + literal("i > 3") + "</satisfies></some>"),
        decision("皆", '<every iteratorVariable="i">' + numbers + "<satisfies>" + literal("i > 3") + "</satisfies></every>"),
    )  # fmt: skip
    loaded = dmn.load(model)
    assert {name: loaded.decide(name, {}).value for name, _ in loaded.decisions} == {
        "若": "是", "滤": [3, 4], "序": 2, "每": [1, 4, 9, 16], "有": True, "皆": False,
    }  # fmt: skip


SERVICE = (
    '<decisionService id="s" name="裁量"><variable name="裁量"/><outputDecision href="#罚"/>'
    '<encapsulatedDecision href="#基"/><inputData href="#量"/></decisionService>'
)


def test_a_decision_service_is_a_function_that_leaves_the_rest_alone() -> None:
    model = definitions(
        input_data("量", "number"),
        decision("基", literal("量 * 100"), inputs=["量"]),
        decision("罚", literal("基 + 1"), needs=["基"]),
        SERVICE,
        decision("较", literal("{一: 裁量(1), 二: 裁量(量: 2), 本: 基}"), needs=["基"], knows=["s"]),
    )
    loaded = dmn.load(model)
    assert loaded.decide("较", {"量": 5}).value == {"一": 101, "二": 201, "本": 500}
    assert loaded.call("裁量", {"量": 3}).value == 301


def test_imported_models_are_reached_by_their_name() -> None:
    other = definitions(
        '<itemDefinition name="档次"><typeRef>string</typeRef><allowedValues><text>"轻", "重"</text></allowedValues></itemDefinition>',
        input_data("量", "number"),
        decision("档", literal('if 量 > 5 then "重" else "轻"'), inputs=["量"], type_ref="档次"),
        knowledge("倍", [("x", "number")], literal("x * 2")),
        namespace="urn:base",
    )
    main = definitions(
        '<import name="国家 基准" namespace="urn:base" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
        decision(
            "本地",
            literal('if 国家 基准.档 = "重" then 国家 基准.倍(10) else 0'),
            needs=["urn:base#档"],
            knows=["urn:base#倍"],
        ),
    )
    loaded = dmn.load(main, [other])
    assert loaded.faults == []
    assert loaded.decide("本地", {"量": 9}).value == 20
    assert loaded.inputs("本地") == {"量"}
    typed = main.replace(
        b"<decision ",
        '<itemDefinition name="表"><itemComponent name="档"><typeRef>国家 基准.档次</typeRef></itemComponent></itemDefinition><decision '.encode(),
    )
    typed = typed.replace(
        b"</definitions>", decision("错", literal('{档: "中"}'), type_ref="表").encode() + b"</definitions>"
    )
    assert dmn.load(typed, [other]).decide("错", {}).value is None
    missing = dmn.load(main)
    assert any("找不到导入的模型" in fault.message for fault in missing.faults)


ITEMS = (
    '<itemDefinition name="车"><itemComponent name="号牌"><typeRef>string</typeRef></itemComponent>'
    '<itemComponent name="轴数"><typeRef>number</typeRef><allowedValues><text>[2..6]</text></allowedValues></itemComponent>'
    '</itemDefinition><itemDefinition name="车队" isCollection="true"><typeRef>车</typeRef></itemDefinition>'
)


def test_item_definitions_decide_what_a_value_may_be() -> None:
    model = definitions(
        ITEMS,
        input_data("列", "车队"),
        decision("数", literal("count(列)"), inputs=["列"]),
        decision("是", literal("列[1] instance of 车"), inputs=["列"]),
    )
    loaded = dmn.load(model)
    assert loaded.decide("数", {"列": [{"号牌": "粤A", "轴数": 6}]}).value == 1
    assert loaded.decide("数", {"列": {"号牌": "粤A", "轴数": 6}}).value == 1
    assert loaded.decide("数", {"列": [{"号牌": "粤A", "轴数": 7}]}).value is None
    assert loaded.decide("数", {"列": [{"号牌": "粤A"}]}).value is None
    assert loaded.decide("是", {"列": [{"号牌": "粤A", "轴数": 6}]}).value is True


def test_a_model_shares_one_budget_among_its_decisions() -> None:
    model = definitions(decision("大", literal("count(for i in 1..900, j in 1..900 return 1)")))
    with pytest.raises(feel.FeelError) as stopped:
        dmn.load(model).decide("大", {})
    assert stopped.value.code == "budget"


def test_what_is_not_there_is_named() -> None:
    loaded = dmn.load(definitions(decision("有", literal("1"))))
    with pytest.raises(dmn.DmnError, match="没有这一决策"):
        loaded.decide("无", {})
    assert (
        dmn.load(definitions(decision("甲", literal("1"), needs=["没有的"]))).faults[0].message
        == "所需的“没有的”不存在。"
    )


def test_java_functions_are_not_run() -> None:
    java = '<functionDefinition kind="Java"><formalParameter name="x"/><context/></functionDefinition>'
    loaded = dmn.load(definitions(decision("外", java)))
    assert "只支持 FEEL" in loaded.faults[0].message
    assert loaded.decide("外", {}).value is None
