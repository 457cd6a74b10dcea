"""The drawing tool: readable diagrams, and nothing of their meaning changed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from lxml import etree

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted(ROOT.glob("processes/national/*/process.bpmn"))
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


@pytest.fixture(scope="module")
def layout() -> ModuleType:
    spec = importlib.util.spec_from_file_location("layout_bpmn", ROOT / "tools/layout_bpmn.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["layout_bpmn"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", DIAGRAMS, ids=lambda p: p.parent.name)
def test_nothing_overlaps_in_the_diagrams_of_the_processes(layout: ModuleType, file: Path) -> None:
    report = layout.lint(layout.drawing_of(layout.parse(file.read_bytes())))
    assert dict(list(report.items())[:6]) == dict.fromkeys(list(report)[:6], 0)


def test_a_sketch_becomes_a_laid_out_diagram_with_lanes(layout: ModuleType) -> None:
    root = layout.parse(layout.lay_out(layout.compose(yaml.safe_load(SKETCH))))
    drawing = layout.drawing_of(root)
    assert list(drawing.nodes) == ["begun", "fill", "good", "check", "done"]
    assert [n.x for n in drawing.nodes.values()] == sorted(n.x for n in drawing.nodes.values())
    assert drawing.nodes["check"].y > drawing.nodes["good"].y
    assert all(len(edge.points) >= 2 for edge in drawing.edges)


def test_a_boundary_event_sits_on_its_activity_and_leads_away_from_below(layout: ModuleType) -> None:
    sketch = yaml.safe_load(SKETCH)
    sketch["lanes"]["甲"] += ["boundary overdue 期限届满 @deadline:DL_SAMPLE on=fill", "user urge 催办"]
    sketch["flows"] += ["overdue -> urge -> done"]
    root = layout.parse(layout.lay_out(layout.compose(sketch)))
    drawing = layout.drawing_of(root)
    host, event = drawing.nodes["fill"], drawing.nodes["overdue"]
    assert event.host == "fill"
    assert event.y + event.size[1] // 2 == host.y + host.size[1], "half on the activity's lower edge"
    assert host.x < event.x < host.x + host.size[0]
    first = next(e for e in drawing.edges if e.source == "overdue").points[0]
    assert first == (event.x + 20, event.y + 40)
    assert dict(list(layout.lint(drawing).items())[:6]) == dict.fromkeys(list(layout.lint(drawing))[:6], 0)
    assert root.find(f".//{layout.q('bpmn', 'boundaryEvent')}").get("cancelActivity") == "true"


def test_laying_out_anew_changes_no_meaning(layout: ModuleType) -> None:
    before = layout.parse(DIAGRAMS[0].read_bytes())
    after = layout.parse(layout.lay_out(layout.parse(DIAGRAMS[0].read_bytes())))
    process = layout.q("bpmn", "process")
    assert etree.tostring(before.find(process), method="c14n") == etree.tostring(after.find(process), method="c14n")


def test_an_edge_through_a_node_is_counted(layout: ModuleType) -> None:
    drawing = layout.drawing_of(layout.parse(layout.lay_out(layout.compose(yaml.safe_load(SKETCH)))))
    check = drawing.nodes["check"]
    drawing.edges[0].points = [(0, check.y + 40), (2000, check.y + 40)]
    assert layout.lint(drawing)["edges_through_nodes"] >= 1


def test_a_line_that_is_no_node_is_refused_with_the_line(layout: ModuleType) -> None:
    sketch = yaml.safe_load(SKETCH)
    sketch["lanes"]["甲"].append("user only")
    with pytest.raises(ValueError, match="user only"):
        layout.compose(sketch)
