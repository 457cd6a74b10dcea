"""Processes that only the benchmarks know, put beside the national content.

`bench_wait`: a step, a timer on a statutory period, a decision. `bench_case`: the diagram of bench/codec_bench.py, which
SpiffWorkflow's own parser reads as well.
"""

from __future__ import annotations

from collections.abc import Mapping

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"'
    ' targetNamespace="urn:zhicheng:bench">'
)
_WAIT = f"""{_HEAD}<process id="bench_wait" name="等待" isExecutable="true">
<startEvent id="begin" name="开始"/><userTask id="notify_party" name="告知"/>
<intermediateCatchEvent id="period_over" name="期满"><timerEventDefinition id="t"><timeDate>deadline:DL_STATEMENT_DEFENCE</timeDate></timerEventDefinition></intermediateCatchEvent>
<userTask id="decide" name="决定"/><endEvent id="finished" name="办结"/>
<sequenceFlow id="f1" sourceRef="begin" targetRef="notify_party"/><sequenceFlow id="f2" sourceRef="notify_party" targetRef="period_over"/>
<sequenceFlow id="f3" sourceRef="period_over" targetRef="decide"/><sequenceFlow id="f4" sourceRef="decide" targetRef="finished"/>
</process></definitions>"""
_WAIT_YAML = """key: bench_wait
name: 等待
subject: case
law: [{article: "行政处罚法#44", mark: V}]
lanes: {}
start: {roles: [officer]}
ends: {finished: closed}
steps:
  notify_party: {roles: [officer], starts: [{rule: DL_STATEMENT_DEFENCE}]}
  decide: {roles: [head], status: decided, stops: [DL_STATEMENT_DEFENCE]}
"""

MORE: Mapping[str, bytes] = {
    "processes/national/bench_wait/process.bpmn": _WAIT.encode(),
    "processes/national/bench_wait/process.yaml": _WAIT_YAML.encode(),
}
