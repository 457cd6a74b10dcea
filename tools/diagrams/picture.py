"""The diagram as SVG, near to what bpmn-js shows: for a quick look without a browser."""

from __future__ import annotations

from html import escape

from tools.diagrams.model import Drawing, Edge, Node


def svg(drawing: Drawing, lane_names: dict[str, str]) -> str:
    """The diagram as SVG, near to what bpmn-js shows."""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width + 10}" height="{drawing.height + 10}" '
        'font-family="Noto Sans CJK SC, Noto Serif CJK SC, sans-serif" font-size="12">'
        '<defs><marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
        '<rect width="100%" height="100%" fill="#fff"/>'
    ]
    for number, (id_, (x, y, w, h)) in enumerate(drawing.lanes.items()):
        out.append(
            f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{"#fafbfd" if number % 2 else "#fff"}" stroke="#999"/>'
        )
        out.append(
            f'<text transform="translate({x + 18},{y + h // 2}) rotate(-90)" text-anchor="middle" font-size="14">{escape(lane_names.get(id_, id_))}</text>'
        )
    for edge in drawing.edges:
        points = " ".join(f"{x},{y}" for x, y in edge.points)
        out.append(f'<polyline points="{points}" fill="none" stroke="#333" stroke-width="1.3" marker-end="url(#a)"/>')
    for node in sorted(drawing.nodes.values(), key=lambda n: bool(n.host)):
        out.append(_picture(node))
    named: list[Node | Edge] = [*drawing.nodes.values(), *drawing.edges]
    for item in named:
        if item.label:
            x, y, w, _ = item.label
            per = 8 if isinstance(item, Node) else 10
            for number, start in enumerate(range(0, len(item.name), per)):
                out.append(
                    f'<text x="{x + w // 2}" y="{y + 12 + number * 14}" text-anchor="middle" fill="#124">{escape(item.name[start : start + per])}</text>'
                )
    return "\n".join([*out, "</svg>"])


def _picture(node: Node) -> str:
    x, y, w, h = node.box
    if node.is_task:
        width = 4 if node.tag == "callActivity" else 1.5
        fill = {"serviceTask": "#eef6ee", "callActivity": "#fff8e6"}.get(node.tag, "#eef3fb")
        text = f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="{fill}" stroke="#222" stroke-width="{width}"/>'
        lines = [node.name[i : i + 8] for i in range(0, len(node.name), 8)]
        for number, line in enumerate(lines):
            text += f'<text x="{x + w // 2}" y="{y + h // 2 + 4 + round((number - (len(lines) - 1) / 2) * 16)}" text-anchor="middle" font-size="13">{escape(line)}</text>'
        return text
    cx, cy, r = x + w // 2, y + h // 2, w // 2
    if node.tag.endswith("Gateway"):
        mark = {"exclusiveGateway": "×", "parallelGateway": "+", "inclusiveGateway": "○"}.get(node.tag, "⬠")
        shape = f'<path d="M{cx},{y} L{x + w},{cy} L{cx},{y + h} L{x},{cy} z" fill="#fffbe8" stroke="#222" stroke-width="1.5"/>'
        return shape + f'<text x="{cx}" y="{cy + 7}" text-anchor="middle" font-size="20">{mark}</text>'
    width = 4 if node.tag == "endEvent" else 1.5
    ring = (
        f'<circle cx="{cx}" cy="{cy}" r="{r - 4}" fill="none" stroke="#222"/>'
        if "intermediate" in node.tag or node.host
        else ""
    )
    return f'<circle cx="{cx}" cy="{cy}" r="{r}" fill="#fff" stroke="#222" stroke-width="{width}"/>' + ring
