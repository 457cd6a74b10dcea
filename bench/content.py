"""Processes that only the benchmarks know, put beside the national content.

`bench_wait`: a step, a timer on a statutory period, a decision. `bench_case`: the diagram of bench/codec_bench.py, which
SpiffWorkflow's own parser reads as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from bench.codec_bench import case_diagram

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

CASE_BPMN = (
    case_diagram()
    .replace(b'id="case"', b'id="bench_case"')
    .replace(b'id="hearing"', b'id="bench_hearing"')
    .replace(b'calledElement="hearing"', b'calledElement="bench_hearing"')
)
CASE_FACTS: Mapping[str, Any] = {
    "case_cause": "车货总质量超限运输",
    "plate_no": "粤AB8K62",
    "party_name": "广州穗运货运有限公司",
    "case_summary": "当事人所属六轴汽车列车经检定合格的称重设备检测,车货总质量55000千克,超过限定标准6000千克。" * 5,
}  # 1 KB
# What the diagram's conditions ask, in FEEL, and as data for the stock engine: filed, again, hearing.
_PARAMETERS = """parameters:
  filed: {name: 准予立案, value: true, mark: V, source: 测量}
  hearing: {name: 听证, value: true, mark: V, source: 测量}
  again: {name: 退回, value: 0, mark: V, source: 测量}
"""
_MAIN = [
    "clue",
    "file",
    "approve",
    "inquest",
    "interview",
    "sampling",
    "report",
    "unit",
    "legal",
    "notice",
    "statement",
    "decide",
    "issue",
    "serve",
    "pay",
    "close",
    "archive",
    "remind",
]
_CALLED = ["summon", "open", "argue", "minutes"]


def _yaml(key: str, steps: list[str], more: str = "") -> bytes:
    lines = "".join(f"  {step}: {{roles: [officer], status: investigating}}\n" for step in steps)
    head = f'key: {key}\nname: {key}\nsubject: case\nlaw: [{{article: "行政处罚法#54", mark: V}}]\nlanes: {{}}\n'
    return f"{head}start: {{roles: [officer]}}\n{more}steps:\n{lines}".encode()


def _alone(key: str) -> bytes:
    """The diagram with this process only: one folder holds one process."""
    root = etree.fromstring(CASE_BPMN)
    for other in [child for child in root if child.get("id") != key]:
        root.remove(other)
    return etree.tostring(root)


MORE: Mapping[str, bytes] = {
    "processes/national/bench_wait/process.bpmn": _WAIT.encode(),
    "processes/national/bench_wait/process.yaml": _WAIT_YAML.encode(),
    "processes/national/bench_case/process.bpmn": _alone("bench_case").replace(b'"P30D"', b'duration("P30D")'),
    "processes/national/bench_case/process.yaml": _yaml("bench_case", _MAIN, _PARAMETERS),
    "processes/national/bench_hearing/process.bpmn": _alone("bench_hearing"),
    "processes/national/bench_hearing/process.yaml": _yaml("bench_hearing", _CALLED),
}
