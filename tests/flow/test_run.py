"""What a run does between two stops, and what it reports."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from engine import flow
from tests.flow.drawing import (
    START,
    Drive,
    World,
    boundary,
    error,
    escalation,
    ext,
    file,
    line,
    message,
    process,
    scope,
    timer,
)

P, X, E = "parallelGateway", "exclusiveGateway", "eventBasedGateway"
USER = ("a", "userTask")


def with_boundary(
    inner: str, *, interrupting: bool = True, on: tuple[str, ...] = USER, extra: str = ""
) -> tuple[str, ...]:
    """s → a → z → e, and on `a` an event that leads to h and an end of its own."""
    nodes = [("s", "startEvent"), on, ("z", "userTask"), ("b", "boundaryEvent", *boundary(on[0], inner, interrupting=interrupting)),
             ("h", "userTask"), ("e", "endEvent"), ("e2", "endEvent")]  # fmt: skip
    return (process(nodes, [("s", on[0]), (on[0], "z"), ("z", "e"), ("b", "h"), ("h", "e2")]), extra)


# ------------------------------------------------------------------ steps
def test_a_line_stops_at_each_human_step_and_ends() -> None:
    d = Drive(line(("a", "userTask"), ("b", "manualTask")))
    assert d.at() == ["a"]
    assert d.do("a") == ["b"]
    assert d.do("b") == []
    assert d.run.ended


def test_what_waits_says_who_and_where() -> None:
    d = Drive(line(("k", "callActivity", ' calledElement="q"')), line(("t", "userTask"), id="q"))
    (w,) = d.run.waiting()
    assert (w.element, w.kind, w.name, w.lane, w.path) == ("t", "human", "环节t", "执法人员", ("k",))


def test_a_service_waits_until_it_is_completed_from_outside() -> None:
    d = Drive(line(("svc", "serviceTask", "", ext(action="notify", to="=party_phone")), USER))
    assert [(w.element, w.kind) for w in d.run.waiting()] == [("svc", "service")]
    assert d.do("svc") == ["a"]
    assert d.definition.steps()["svc"].extensions == {"zc.action": "notify", "zc.to": "=party_phone"}
    assert d.definition.expressions() == [flow.Place("svc", "parameter", "party_phone")]


def test_a_decision_is_asked_of_the_host_and_its_answer_goes_on_with_the_token() -> None:
    d = Drive(
        line(("dec", "businessRuleTask", "", ext(decision="table")), USER),
        world=World(decisions={"table": {"tier": 2}}),
    )
    assert d.at() == ["a"]
    assert d.run.data == {"tier": 2}
    assert d.world.asked == [("decide dec", "table")]


def test_an_exclusive_gateway_takes_the_first_flow_in_document_order_that_is_true_itself() -> None:
    nodes = [
        ("s", "startEvent"),
        ("x", X, ' default="p_f_1"'),
        ("a", "userTask"),
        ("b", "userTask"),
        ("c", "userTask"),
        ("m", X),
        ("e", "endEvent"),
    ]
    pairs = [
        ("s", "x"),
        ("x", "a"),
        ("x", "b", "first"),
        ("x", "c", "second"),
        ("a", "m"),
        ("b", "m"),
        ("c", "m"),
        ("m", "e"),
    ]
    for values, where in (
        ({"first": True, "second": True}, "b"),
        ({"second": True}, "c"),
        ({"first": 1, "second": "yes"}, "a"),
        ({}, "a"),
    ):
        assert Drive(process(nodes, pairs), world=World(dict(values))).at() == [where]


def test_history_has_automatic_elements_in_order() -> None:
    nodes = [("s", "startEvent"), ("g", P), USER, ("b", "userTask"), ("j", P), ("e", "endEvent")]
    d = Drive(process(nodes, [("s", "g"), ("g", "a"), ("g", "b"), ("a", "j"), ("b", "j"), ("j", "e")]))
    assert d.lines() == ["entered s", "left s", "entered g", "left g", "entered a", "entered b"]
    d.do("a")
    assert d.lines() == ["left a"]
    d.do("b")
    assert d.lines() == ["left b", "entered j", "left j", "entered e", "left e"]
    tokens = {p.token for p in d.history if p.element == "a"}
    assert len(tokens) == 1


def test_an_embedded_sub_process_and_a_call_are_entered_before_and_left_after_what_is_in_them() -> None:
    inner = scope([("is", "startEvent"), ("t", "userTask"), ("ie", "endEvent")], [("is", "t"), ("t", "ie")], "in")
    d = Drive(
        line(("sub", "subProcess", "", inner), ("k", "callActivity", ' calledElement="q"')),
        line(("u", "userTask"), id="q"),
    )
    assert d.lines() == ["entered p_start", "left p_start", "entered sub", "entered is", "left is", "entered t"]
    d.do("t")
    assert d.lines() == [
        "left t",
        "entered ie",
        "left ie",
        "left sub",
        "entered k",
        "entered q_start",
        "left q_start",
        "entered u",
    ]
    d.do("u")
    assert d.lines()[-3:] == ["left k", "entered p_end", "left p_end"]
    assert {s.process for s in d.definition.steps().values()} == {"p", "q"}


# ------------------------------------------------------------------ timers and messages
def test_a_timer_is_due_when_the_host_says_and_fires_only_when_told() -> None:
    d = Drive(line(("t", "intermediateCatchEvent", "", timer("deadline:DL_DEFENCE")), USER))
    (w,) = d.run.waiting()
    assert (w.kind, w.due) == ("timer", START + timedelta(days=30))
    assert d.world.asked == [("timer duration t", "deadline:DL_DEFENCE")]
    d.run = d.definition.thaw(d.run.freeze(), d.world)
    assert d.run.waiting() == [w]
    assert len(d.world.asked) == 1, "the host is asked once, when the timer is reached"
    assert d.fire("t") == ["a"]
    assert [p.text for p in d.definition.deadlines()] == ["DL_DEFENCE"]


def test_firing_one_timer_leaves_every_other_alone_however_overdue() -> None:
    nodes = [("s", "startEvent"), ("g", P), ("t1", "intermediateCatchEvent", "", timer('date("2000-01-01")', "timeDate")),
             ("t2", "intermediateCatchEvent", "", timer('date("2000-01-01")', "timeDate")), ("j", P), ("e", "endEvent")]  # fmt: skip
    d = Drive(process(nodes, [("s", "g"), ("g", "t1"), ("g", "t2"), ("t1", "j"), ("t2", "j"), ("j", "e")]))
    assert d.at() == ["t1", "t2"]
    assert d.fire("t1") == ["t2"]
    assert d.fire("t2") == []


def test_an_interrupting_timer_cancels_its_step() -> None:
    d = Drive(*with_boundary(timer("P1D")))
    assert d.at() == ["a", "b"]
    assert d.fire("b") == ["h"]
    assert d.lines() == ["entered b", "left b", "cancelled a", "entered h"]
    assert d.do("h") == []
    assert d.run.ended


def test_a_non_interrupting_timer_runs_beside_its_step() -> None:
    d = Drive(*with_boundary(timer("P1D"), interrupting=False))
    assert d.fire("b") == ["a", "h"]
    assert d.do("a") == ["h", "z"]
    assert d.do("z", "h") == []
    assert d.run.ended


def test_completing_a_step_takes_its_timer_away() -> None:
    d = Drive(*with_boundary(timer("P1D")))
    token = d.token("b")
    assert d.do("a") == ["z"]
    with pytest.raises(flow.Refused, match="已办结或已取消"):
        d.run.fire(token)


def test_a_message_is_caught_on_the_way_at_the_border_and_by_a_receive_task() -> None:
    d = Drive(
        line(
            ("c", "intermediateCatchEvent", "", message("m_statement")),
            ("r", "receiveTask", ' messageRef="m_other"'),
            USER,
        )
    )
    assert d.run.waiting()[0].message == "statement"
    assert d.message("statement", statement_id="x1") == ["r"]
    assert d.run.data == {"statement_id": "x1"}
    assert d.message("other") == ["a"]
    assert Drive(*with_boundary(message("m_statement"))).message("statement") == ["h"]
    assert Drive(*with_boundary(message("m_statement"), interrupting=False)).message("statement") == ["a", "b", "h"]


def test_a_message_that_does_not_interrupt_may_come_any_number_of_times() -> None:
    d = Drive(*with_boundary(message("m_statement"), interrupting=False))
    tokens = {d.token("b")}
    for n in range(1, 4):
        assert d.message("statement", n=n) == ["a", "b", *["h"] * n]
        tokens.add(d.token("b"))
    assert len(tokens) == 4
    assert sorted(w.element for w in d.run.waiting()) == ["a", "b", "h", "h", "h"]
    d.do("h", "h", "h")
    size = len(d.run.freeze())
    for _ in range(20):
        d.message("statement")
        d.do("h")
    assert len(d.run.freeze()) <= size + 8, "what is over leaves nothing behind"
    assert d.do("a") == ["z"]
    assert d.do("z") == []
    assert d.run.ended


def test_a_message_brings_its_data_even_where_the_token_knew_another_value() -> None:
    d = Drive(line(("c", "intermediateCatchEvent", "", message("m_statement")), USER), data={"n": 1})
    d.message("statement", n=2)
    assert d.run.data == {"n": 2}


def test_a_message_nobody_waits_for_or_two_wait_for_is_refused() -> None:
    d = Drive(line(USER))
    with pytest.raises(flow.Refused, match="没有在等待消息"):
        d.run.message("statement")
    nodes = [("s", "startEvent"), ("g", P), ("c1", "receiveTask", ' messageRef="m_other"'), ("c2", "receiveTask", ' messageRef="m_other"'),
             ("j", P), ("e", "endEvent")]  # fmt: skip
    d = Drive(process(nodes, [("s", "g"), ("g", "c1"), ("g", "c2"), ("c1", "j"), ("c2", "j"), ("j", "e")]))
    with pytest.raises(flow.Refused, match="2 处"):
        d.run.message("other")
    d.run.message("other", {}, d.token("c2"))
    assert [w.element for w in d.run.waiting()] == ["c1"]


def test_the_first_event_behind_a_gateway_wins() -> None:
    nodes = [("s", "startEvent"), ("g", E), ("c", "intermediateCatchEvent", "", message("m_statement")),
             ("t", "intermediateCatchEvent", "", timer("P3D")), ("x", X), USER, ("e", "endEvent")]  # fmt: skip
    pairs = [("s", "g"), ("g", "c"), ("g", "t"), ("c", "x"), ("t", "x"), ("x", "a"), ("a", "e")]
    d = Drive(process(nodes, pairs))
    assert [(w.element, w.kind, w.due is not None) for w in d.run.waiting()] == [
        ("c", "message", False),
        ("t", "timer", True),
    ]
    assert d.message("statement", k=1) == ["a"]
    assert d.run.data == {"k": 1}
    assert d.lines() == ["left g", "entered c", "left c", "entered x", "left x", "entered a"]
    assert Drive(process(nodes, pairs)).fire("t") == ["a"]


def test_thrown_messages_are_reported_not_delivered() -> None:
    nodes = [("s", "startEvent"), ("t", "intermediateThrowEvent", "", message("m_other")), ("n", "sendTask", ' messageRef="m_statement"'), USER,
             ("e", "endEvent", "", message("m_other"))]  # fmt: skip
    d = Drive(process(nodes, [("s", "t"), ("t", "n"), ("n", "a"), ("a", "e")]))
    assert d.sent == [("other", "t"), ("statement", "n")]
    d.do("a")
    assert d.sent[2:] == [("other", "e")]


def test_a_process_may_start_by_message() -> None:
    d = Drive(
        process([("s", "startEvent", "", message("m_statement")), USER, ("e", "endEvent")], [("s", "a"), ("a", "e")])
    )
    assert d.definition.start_message == "statement"
    assert d.at() == ["a"]


# ------------------------------------------------------------------ errors, escalations, ends
def called(end: str) -> str:
    return process(
        [("qs", "startEvent"), ("t", "userTask"), ("qe", "endEvent", "", end)], [("qs", "t"), ("t", "qe")], "q"
    )


CALL = ("k", "callActivity", ' calledElement="q"')


def test_an_error_end_in_a_called_process_is_caught_by_the_call() -> None:
    d = Drive(*with_boundary(error("e_bad"), on=CALL, extra=called(error("e_bad"))))
    assert d.do("t") == ["h"]
    assert d.lines() == ["left t", "entered qe", "left qe", "entered b", "left b", "cancelled k", "entered h"]
    assert d.do("h") == []
    assert d.run.ended


def test_an_error_ends_the_whole_sub_process_with_its_other_tokens() -> None:
    inner = scope([("is", "startEvent"), ("g", P), ("t", "userTask"), ("x", X, ' default="in_f_4"'), ("bad", "endEvent", "", error("e_bad")),
                   ("u", "userTask"), ("j", P), ("ie", "endEvent")],
                  [("is", "g"), ("g", "t"), ("g", "u"), ("t", "j"), ("u", "j"), ("j", "x"), ("x", "bad", "broken"), ("x", "ie")], "in")  # fmt: skip
    inner = inner.replace('default="in_f_4"', 'default="in_f_7"')
    d = Drive(*with_boundary(error("e_bad"), on=("sub", "subProcess", "", inner)), world=World({"broken": True}))
    assert d.do("t", "u") == ["h"]
    assert d.do("h") == []
    assert d.run.ended


def test_an_error_passes_up_to_the_activity_that_catches_its_code() -> None:
    inner = scope([("is", "startEvent"), CALL, ("ie", "endEvent")], [("is", "k"), ("k", "ie")], "in")
    d = Drive(*with_boundary(error("e_bad"), on=("sub", "subProcess", "", inner), extra=called(error("e_bad"))))
    assert d.do("t") == ["h"]
    assert [x for x in d.lines() if x.startswith("cancelled")] == ["cancelled k", "cancelled sub"]


def test_a_failed_service_goes_to_the_boundary_event_of_its_code() -> None:
    on = ("svc", "serviceTask", "", ext(action="pay"))
    d = Drive(*with_boundary(error("e_bad"), on=on))
    with pytest.raises(flow.Refused, match="没有捕获错误"):
        d.run.error(d.token("svc"), "worse")
    assert d.error("svc", "bad") == ["h"]
    assert d.lines() == ["entered b", "left b", "cancelled svc", "entered h"]


def test_an_escalation_interrupts_or_runs_beside() -> None:
    body = process([("qs", "startEvent"), ("t", "userTask"), ("late", "intermediateThrowEvent", "", escalation("x_late")), ("u", "userTask"),
                    ("qe", "endEvent")], [("qs", "t"), ("t", "late"), ("late", "u"), ("u", "qe")], "q")  # fmt: skip
    d = Drive(*with_boundary(escalation("x_late"), on=CALL, extra=body))
    assert d.do("t") == ["h"]
    d = Drive(*with_boundary(escalation("x_late"), on=CALL, interrupting=False, extra=body))
    assert d.do("t") == ["h", "u"]
    assert d.do("u") == ["h", "z"]
    assert d.do("z", "h") == []
    assert d.run.ended


def test_an_escalation_end_beside_its_handler_lets_the_call_complete() -> None:
    d = Drive(*with_boundary(escalation("x_late"), on=CALL, interrupting=False, extra=called(escalation("x_late"))))
    assert d.do("t") == ["h", "z"]


def test_a_terminate_end_cancels_what_else_runs_in_its_process_only() -> None:
    inner = scope([("is", "startEvent"), ("t", "userTask"), ("tb", "boundaryEvent", *boundary("t", timer("P1D"), interrupting=False)),
                   ("ie", "endEvent"), ("stop", "endEvent", "", "<terminateEventDefinition/>")],
                  [("is", "t"), ("t", "ie"), ("tb", "stop")], "in")  # fmt: skip
    nodes = [("s", "startEvent"), ("sub", "subProcess", "", inner), ("z", "userTask"), ("e", "endEvent")]
    d = Drive(process(nodes, [("s", "sub"), ("sub", "z"), ("z", "e")]))
    assert d.fire("tb") == ["z"]
    assert d.lines() == ["entered tb", "left tb", "entered stop", "left stop", "cancelled t", "left sub", "entered z"]


def test_cancelling_a_run_ends_everything_in_it() -> None:
    d = Drive(*with_boundary(timer("P1D"), on=CALL, extra=line(("t", "userTask"), id="q")))
    d.run.cancel()
    assert d.run.ended
    assert [p.event for p in d.run.passed] == ["cancelled", "cancelled"]
    assert d.definition.thaw(d.run.freeze(), d.world).waiting() == []
    with pytest.raises(flow.Refused, match="已结束"):
        d.run.cancel()


# ------------------------------------------------------------------ several instances
ITEMS = ('<multiInstanceLoopCharacteristics isSequential="{0}"><loopDataInputRef>officers</loopDataInputRef>'
         '<inputDataItem id="officer"/></multiInstanceLoopCharacteristics>')  # fmt: skip
COUNT = '<multiInstanceLoopCharacteristics isSequential="{0}"><loopCardinality>{1}</loopCardinality></multiInstanceLoopCharacteristics>'


def test_several_instances_run_over_a_list_of_the_host() -> None:
    world = World({"officers": ["o1", "o2"]})
    d = Drive(line(("m", "userTask", "", ITEMS.format("true")), USER), world=world)
    assert (d.at(), d.run.data) == (["m"], {"officer": "o1"})
    assert (d.do("m"), d.run.data) == (["m"], {"officer": "o2"})
    assert (d.do("m"), d.run.data) == (["a"], {})
    d = Drive(line(("m", "userTask", "", ITEMS.format("false")), USER), world=world)
    assert (d.at(), d.do("m"), d.do("m")) == (["m", "m"], ["m"], ["a"])
    assert [w for w in world.asked if w[1] == "officers"] == [("evaluate", "officers")] * 2, "once when entered"


def test_several_instances_by_number_and_none_at_all() -> None:
    for sequential in ("true", "false"):
        assert Drive(
            line(("m", "userTask", "", COUNT.format(sequential, "n")), USER), world=World({"n": Decimal(0)})
        ).at() == ["a"]
        d = Drive(line(("m", "userTask", "", COUNT.format(sequential, "n")), USER), world=World({"n": Decimal(3)}))
        assert d.do("m", "m", "m") == ["a"]


@pytest.mark.parametrize("number", [-1, 201, "3", None, True, Decimal("1.5"), float("inf")])
def test_an_impossible_number_of_instances_is_an_error_in_words(number: object) -> None:
    with pytest.raises(flow.FlowError, match="0 至 200 的整数"):
        Drive(line(("m", "userTask", "", COUNT.format("false", "n")), USER), world=World({"n": number}))


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("sequential", ["true", "false"])
def test_several_instances_work_in_the_handler_of_a_boundary_event(interrupting: bool, sequential: str) -> None:
    """SpiffWorkflow alone refuses instances there ("non-predicted child")."""
    body, _ = with_boundary(timer("P1D"), interrupting=interrupting)
    body = body.replace(
        '<userTask id="h" name="环节h">', f'<userTask id="h" name="环节h">{COUNT.format(sequential, "2")}'
    )
    d = Drive(body, world=World({"2": 2}))
    assert set(d.fire("b")) == ({"h"} if interrupting else {"a", "h"})
    d.do("h", "h")
    assert d.at() == ([] if interrupting else ["a"])


def test_a_completion_condition_cancels_the_other_instances() -> None:
    loop = COUNT.format("false", "3").replace("</multi", "<completionCondition>enough</completionCondition></multi")
    world = World({"3": 3})
    d = Drive(line(("m", "userTask", "", loop), USER), world=world)
    assert d.do("m") == ["m", "m"]
    world.values["enough"] = True
    assert d.do("m") == ["a"]
    assert "cancelled m" in d.lines()


def test_a_standard_loop_ends_at_its_maximum_or_when_its_condition_no_longer_holds() -> None:
    loop = '<standardLoopCharacteristics loopMaximum="3"><loopCondition>again</loopCondition></standardLoopCharacteristics>'
    assert Drive(line(("m", "userTask", "", loop), USER), world=World({"again": True})).do("m", "m", "m") == ["a"]
    assert Drive(line(("m", "userTask", "", loop), USER), world=World({"again": False})).do("m") == ["a"]


# ------------------------------------------------------------------ bounds and sharing
def test_a_step_that_never_waits_is_stopped() -> None:
    """The check refuses such a diagram unless a repeated step may have no instance."""
    nodes = [
        ("s", "startEvent"),
        ("x", X),
        ("m", "userTask", "", COUNT.format("false", "n")),
        ("y", X, ' default="p_f_3"'),
        ("e", "endEvent"),
    ]
    pairs = [("s", "x"), ("x", "m"), ("m", "y"), ("y", "e"), ("y", "x", "again")]
    with pytest.raises(flow.Runaway, match="超过 200 个"):
        Drive(process(nodes, pairs), world=World({"n": 0, "again": True}))


def test_two_hundred_automatic_elements_in_one_step_are_allowed() -> None:
    many = [(f"d{k}", "businessRuleTask", "", ext(decision="t")) for k in range(198)]
    assert Drive(line(*many, USER)).at() == ["a"]


def test_only_small_json_goes_with_a_token() -> None:
    d = Drive(line(USER))
    for bad in ({"n": Decimal(1)}, {"when": START}, {"x": "字" * 700}):
        with pytest.raises(flow.FlowError, match="案件数据请写入要素"):
            d.run.complete(d.token("a"), bad)
    with pytest.raises(flow.FlowError, match="2048 字节"):
        d.definition.start(d.world, {"x": "y" * 2100})
    assert d.do("a", typename="any", n=1) == []
    assert d.run.data == {"typename": "any", "n": 1}


def test_only_what_waits_can_be_completed() -> None:
    d = Drive(*with_boundary(timer("P1D")))
    with pytest.raises(flow.Refused, match="不是待办环节"):
        d.run.complete(d.token("b"), {})
    with pytest.raises(flow.Refused, match="没有在等待事件"):
        d.run.fire(d.token("a"))
    with pytest.raises(flow.Refused, match="已办结或已取消"):
        d.run.complete("no such token", {})


def test_a_definition_is_shared_by_threads_and_running_never_changes_it() -> None:
    nodes = [
        ("s", "startEvent"),
        ("g", P),
        ("m", "userTask", "", COUNT.format("false", "n")),
        ("b", "userTask"),
        ("j", P),
        CALL,
        ("e", "endEvent"),
    ]
    body = file(
        process(nodes, [("s", "g"), ("g", "m"), ("g", "b"), ("m", "j"), ("b", "j"), ("j", "k"), ("k", "e")]),
        line(("t", "userTask"), id="q"),
    )
    definition = flow.parse({"p.bpmn": body}, "p")

    def picture() -> str:
        return repr([
            sorted((k, repr(v) if not hasattr(v, "hard_subscribers") else repr(v.hard_subscribers)) for k, v in vars(t).items() if k != "_wf_spec")
            for s in definition.specs for t in s.task_specs.values()
        ])  # fmt: skip

    before, ended, wrong = picture(), [], []

    def work(n: int) -> None:
        try:
            for _ in range(15):
                world = World({"n": n})
                run = definition.start(world, {"n": n})
                while not run.ended:
                    run = definition.thaw(run.freeze(), world)
                    run.complete(run.waiting()[0].token, {})
                ended.append(run.data == {"n": n})
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []
    assert ended == [True] * 75
    assert picture() == before


def test_the_drawing_says_where_an_element_stands() -> None:
    di = ('<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">'
          '<bpmndi:BPMNPlane><bpmndi:BPMNShape bpmnElement="a"><dc:Bounds x="10" y="20" width="100" height="80"/></bpmndi:BPMNShape>'
          "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>")  # fmt: skip
    assert Drive(line(USER), di).definition.diagram() == {"a": (10.0, 20.0, 100.0, 80.0)}
