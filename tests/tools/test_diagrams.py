"""The drawing tool: readable diagrams, and nothing of their meaning changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import etree

from tools import diagrams
from tools.diagrams import Drawing
from tools.diagrams.lint import FAR
from tools.diagrams.model import Edge

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted((ROOT / "processes").rglob("process.bpmn"))
CROSSINGS = 12  # of the longest process; before rows and lanes were ordered for it, it had 69
ELSEWHERE = ("所在机构负责人", "被考评机构", "上一级备案审查人员")
ASKING = ("是否", "怎样", "能否", "有无", "还是", "何", "如何")
SKETCH = """
process: sample
name: 样例
lanes:
  甲:
    - start begun 开始
    - user fill 填写
    - xor good 是否合格
  乙:
    - user check 审查
    - end done 完成
flows:
  - begun -> fill -> good
  - good -> fill | 退回 | 合格 = false
  - good -> check | 通过 | default
  - check -> done
"""


def found(drawing: Drawing) -> dict[str, int]:
    """The faults there are."""
    return {name: count for name, count in diagrams.faults(drawing).items() if count}


def drawn(sketch: dict[str, Any]) -> Drawing:
    return diagrams.drawing_of(diagrams.parse(diagrams.lay_out(diagrams.compose(sketch))))


@pytest.fixture
def sample() -> Drawing:
    return drawn(yaml.safe_load(SKETCH))


@pytest.mark.parametrize("file", DIAGRAMS, ids=lambda p: p.parent.name)
def test_a_diagram_of_a_process_can_be_read(file: Path) -> None:
    drawing = diagrams.drawing_of(diagrams.parse(file.read_bytes()))
    assert found(drawing) == {}
    assert diagrams.measures(drawing)["crossings"] <= CROSSINGS


@pytest.mark.parametrize("file", DIAGRAMS, ids=lambda p: p.parent.name)
def test_a_lane_is_named_like_the_role_that_works_in_it(file: Path) -> None:
    """Whoever reads 内勤 at his name finds 内勤 in the diagram; a lane may say of which agency he is."""
    roles: dict[str, str] = {}
    for part in (ROOT / "rules/national/permissions").glob("*.yaml"):
        roles |= {
            key: role["name"] for key, role in (yaml.safe_load(part.read_text("utf-8")).get("roles") or {}).items()
        }
    lanes = yaml.safe_load((file.parent / "process.yaml").read_text("utf-8"))["lanes"]
    assert {lane: roles[role] for lane, role in lanes.items() if lane not in ELSEWHERE and lane != roles[role]} == {}


@pytest.mark.parametrize("file", DIAGRAMS, ids=lambda p: p.parent.name)
def test_a_gateway_asks_and_its_flows_answer(file: Path) -> None:
    process = diagrams.parse(file.read_bytes()).find(diagrams.q("bpmn", "process"))
    flows = list(process.iter(diagrams.q("bpmn", "sequenceFlow")))
    for gateway in process.iter(diagrams.q("bpmn", "exclusiveGateway"), diagrams.q("bpmn", "inclusiveGateway")):
        answers = [flow.get("name") for flow in flows if flow.get("sourceRef") == gateway.get("id")]
        if len(answers) > 1:
            assert any(word in gateway.get("name") for word in ASKING), gateway.get("name")
            assert all(answers), gateway.get("name")


def test_a_sketch_becomes_a_laid_out_diagram_with_lanes(sample: Drawing) -> None:
    assert list(sample.nodes) == ["begun", "fill", "good", "check", "done"]
    assert [n.x for n in sample.nodes.values()] == sorted(n.x for n in sample.nodes.values())
    assert sample.nodes["check"].y > sample.nodes["good"].y
    assert all(len(edge.points) >= 2 for edge in sample.edges)
    assert found(sample) == {}


def test_a_boundary_event_sits_on_its_activity_and_leads_away_from_below() -> None:
    sketch = yaml.safe_load(SKETCH)
    sketch["lanes"]["甲"] += ["boundary overdue 期限届满 @deadline:DL_SAMPLE on=fill", "user urge 催办"]
    sketch["flows"] += ["overdue -> urge -> done"]
    root = diagrams.parse(diagrams.lay_out(diagrams.compose(sketch)))
    drawing = diagrams.drawing_of(root)
    host, event = drawing.nodes["fill"], drawing.nodes["overdue"]
    assert event.host == "fill"
    assert event.y + event.size[1] // 2 == host.y + host.size[1], "half on the activity's lower edge"
    assert host.x < event.x < host.x + host.size[0]
    first = next(e for e in drawing.edges if e.source == "overdue").points[0]
    assert first == (event.x + 20, event.y + 40)
    assert found(drawing) == {}
    assert root.find(f".//{diagrams.q('bpmn', 'boundaryEvent')}").get("cancelActivity") == "true"


def test_laying_out_anew_changes_no_meaning() -> None:
    before = diagrams.parse(DIAGRAMS[0].read_bytes())
    after = diagrams.parse(diagrams.lay_out(diagrams.parse(DIAGRAMS[0].read_bytes()), trials=1))
    process = diagrams.q("bpmn", "process")
    assert etree.tostring(before.find(process), method="c14n") == etree.tostring(after.find(process), method="c14n")


def test_lanes_are_put_next_to_those_they_work_with() -> None:
    """Written in the order 甲 丙 乙, but 丙 only has to do with 乙: the flow need not jump over a lane."""
    lanes = {
        "甲": ["start begun 开始", "user a1 一", "user a2 二"],
        "丙": ["user c1 三", "end done 完"],
        "乙": ["user b1 四", "user b2 五"],
    }
    flows = ["begun -> a1 -> b1 -> a2 -> b2 -> c1 -> done"]
    drawing = drawn({"process": "p", "name": "样", "lanes": lanes, "flows": flows})
    tops = sorted(drawing.lanes, key=lambda lane: drawing.lanes[lane][1])
    assert [tops.index(f"lane_p_{n}") for n in (1, 3, 2)] in ([0, 1, 2], [2, 1, 0])
    assert diagrams.measures(drawing)["crossings"] == 0


def test_branches_leave_an_event_gateway_on_one_stem_and_do_not_cross() -> None:
    lanes = {"甲": ["start begun 开始", "event wait 等待", *(f"message m{n} 来件{n} @m{n}" for n in range(4))]}
    lanes["甲"] += [*(f"user u{n} 办理{n}" for n in range(4)), "end done 完"]
    flows = ["begun -> wait", *(f"wait -> m{n} -> u{n} -> done" for n in range(4))]
    drawing = drawn({"process": "p", "name": "样", "lanes": lanes, "flows": flows})
    assert found(drawing) == {}
    assert diagrams.measures(drawing)["crossings"] == 0


def bent_onto(drawing: Drawing) -> None:
    edge = next(e for e in drawing.edges if e.source == "check")
    (x1, y1), (x2, _) = next(e for e in drawing.edges if e.source == "begun").points[:2]
    edge.points = [edge.points[0], ((x1 + x2) // 2, y1), edge.points[-1]]


def run_on(drawing: Drawing) -> None:
    first, last = (next(e for e in drawing.edges if e.source == s) for s in ("begun", "check"))
    last.points = list(first.points)


def through(drawing: Drawing) -> None:
    check = drawing.nodes["check"]
    drawing.edges[0].points = [(0, check.y + 40), (2000, check.y + 40)]


def close_by(drawing: Drawing) -> None:
    check = drawing.nodes["check"]
    drawing.edges[0].points = [(0, check.y + 85), (2000, check.y + 85)]


def on_border(drawing: Drawing) -> None:
    top = max(box[1] for box in drawing.lanes.values())
    drawing.edges[0].points = [(100, top), (200, top)]


def name_touched(drawing: Drawing) -> None:
    node = drawing.nodes["begun"]
    (x, y), _ = drawing.edges[0].points[:2]
    node.label = (x + 4, y + 2, 28, 16)


def name_on_own_line(drawing: Drawing) -> None:
    named = default(drawing)
    (x, y), _ = named.points[:2]
    named.label = (x + 20, y - 8, 28, 16)


def name_on_mark(drawing: Drawing) -> None:
    named = default(drawing)
    (x1, y1), (x2, y2) = named.points[:2]
    length = abs(x2 - x1) + abs(y2 - y1)
    named.label = (x1 + (x2 - x1) * 10 // length - 3, y1 + (y2 - y1) * 10 // length - 3, 28, 16)


def name_far(drawing: Drawing) -> None:
    node = drawing.nodes["good"]
    node.label = (node.x, node.y + node.size[1] + FAR + 1, 28, 16)


def name_missing(drawing: Drawing) -> None:
    drawing.nodes["good"].label = None


def default(drawing: Drawing) -> Edge:
    return next(e for e in drawing.edges if e.default and e.name)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (through, "edges_through_nodes"),
        (close_by, "edges_through_nodes"),
        (run_on, "edges_along_edges"),
        (bent_onto, "bends_on_edges"),
        (on_border, "edges_along_borders"),
        (name_touched, "labels_on_edges"),
        (name_on_own_line, "labels_on_edges"),
        (name_on_mark, "labels_on_marks"),
        (name_far, "labels_far_away"),
        (name_missing, "names_missing"),
    ],
)
def test_what_cannot_be_read_is_counted(sample: Drawing, spoil: Callable[[Drawing], None], fault: str) -> None:
    assert fault not in found(sample)
    spoil(sample)
    assert found(sample).get(fault, 0) >= 1


def test_a_line_that_is_no_node_is_refused_with_the_line() -> None:
    sketch = yaml.safe_load(SKETCH)
    sketch["lanes"]["甲"].append("user only")
    with pytest.raises(ValueError, match="user only"):
        diagrams.compose(sketch)
