"""Faults of what is said of demanded evidence: items, kinds and papers that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from content.faults import Fault
from content.reader import under
from engine.checks.ground import Ground
from engine.papers import template
from engine.rulebook import demands
from engine.rules import Rules

_FOLDER = "rules/national/evidence/"


def demanded(ground: Ground) -> Iterator[Fault]:
    """Demands that cannot be read, or that name what the content does not have."""
    if not under(ground.files, _FOLDER):
        return
    book = Rules(ground.release)
    try:
        found: demands.Demands = book.demands
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield Fault(_FOLDER, "", "demand", f"证据要求不能读取:{error}")
        return
    items = set(book.discretion.items)
    kinds: set[Any] = set(ground.codes["EVIDENCE_KIND"].items) if "EVIDENCE_KIND" in ground.codes else set()
    papers = set(template.folders(ground.files))
    for item in sorted(set(found.by_item or {}) - items):
        yield Fault(_FOLDER, item, "demand", f"没有违法行为事项 {item}")
    for need in {*found.always, *(n for some in (found.by_item or {}).values() for n in some)}:
        for kind in sorted(set(need.kinds) - kinds):
            yield Fault(_FOLDER, need.id, "demand", f"“{need.name}”的证据种类 {kind} 不在代码表 EVIDENCE_KIND 中")
        for paper in sorted(set(need.papers) - papers):
            yield Fault(_FOLDER, need.id, "demand", f"“{need.name}”所列文书 {paper} 没有模板")
