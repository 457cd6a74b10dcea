"""Facts → a DOCX. `context` words the values, `render` fills the template in a limited child process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.papers import package
from engine.papers.pool import BadPaper, Pool, shared
from engine.papers.template import Template
from engine.papers.values import context, draft

__all__ = ["BadPaper", "context", "draft", "example", "render"]


def render(template: Template, context: Mapping[str, object], *, pool: Pool | None = None) -> bytes:
    """The filled DOCX: the same bytes for the same template and context. Raises `BadPaper` (unsafe, wrong or too costly)."""
    if reason := package.unsafe(template.docx):
        raise BadPaper(f"《{template.name}》模板不安全:{reason}")
    _, docx = (pool or shared()).ask("fill", template.docx, context)
    return docx


def example(template: Template) -> tuple[dict[str, object], bytes]:
    """The paper filled from its own example: the context and the DOCX."""
    given: Mapping[str, Any] = template.example
    filled = context(template, given.get("facts", {}), given)
    return filled, render(template, filled)
