"""What makes a template wrong: one function per kind of fault, each answer a Chinese sentence with its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from engine.papers import package, values
from engine.papers.pool import BadPaper, shared
from kernel.errors import InvalidAnswers

if TYPE_CHECKING:
    from engine.papers.template import Field, Template

# A4 in twentieths of a point; Word rounds by a few.
A4 = (11906, 16838)
_TOLERANCE = 60
_APPROVAL = frozenset({"opinion", "name", "date"})


@dataclass(frozen=True)
class Fault:
    """One fault: the file it is in, and what is wrong with the remedy, in Chinese."""

    file: str
    what_zh: str


def _placeholders(template: Template, file: str, names: list[str], columns: Mapping[str, list[str]]) -> list[Fault]:
    found = [
        Fault(file, f"占位 {{{{ {name} }}}} 没有在 document.yaml 的 fields 中声明")
        for name in names
        if name not in template.fields
    ]
    for name, used in columns.items():
        spec = template.fields.get(name)
        if spec is None:
            continue
        known = _APPROVAL if spec.type == "approval" else {column.key for column in spec.columns}
        found += [Fault(file, f"栏目 {name} 没有列 {column}") for column in used if column not in known]
    return found


def _unused(template: Template, file: str, names: list[str]) -> list[Fault]:
    """A required field that the paper never shows is a paper without required content."""
    wording = " ".join(spec.text for spec in template.fields.values())
    return [
        Fault(file, f"必填栏目 {key}({spec.label})没有出现在模板中")
        for key, spec in template.fields.items()
        if spec.required and key not in names and f"{{{key}}}" not in wording
    ]


def docx_faults(template: Template, folder: str, docx: bytes) -> list[Fault]:
    """Unsafe package, bad placeholder syntax, unknown placeholders or columns, required fields not shown, page not A4."""
    file = f"{folder}document.docx"
    if reason := package.unsafe(docx):
        return [Fault(file, reason)]
    try:
        seen, _ = shared().ask("inspect", docx)
    except BadPaper as error:
        return [Fault(file, error.detail)]
    names = cast("list[str]", seen["names"])
    found = _placeholders(template, file, names, cast("dict[str, list[str]]", seen["columns"]))
    found += _unused(template, file, names)
    pages = cast("list[list[int]]", seen["pages"])
    if not pages or any(abs(a - b) > _TOLERANCE for page in pages for a, b in zip(sorted(page), A4, strict=True)):
        found.append(Fault(file, "页面不是 A4(210×297 毫米),请在“页面设置”中改为 A4"))
    return found


def _field_faults(template: Template, file: str, spec: Field) -> list[Fault]:
    found = []
    for name in values.names_in(spec.text):
        if name not in template.fields and not name.isupper():
            found.append(Fault(file, f"栏目 {spec.key} 的文字用了未声明的 {{{name}}}"))
    if spec.type in ("choice", "choices") and not spec.options:
        found.append(Fault(file, f"栏目 {spec.key} 是勾选项,须写明 options"))
    if spec.type == "table" and not spec.columns:
        found.append(Fault(file, f"栏目 {spec.key} 是表格,须写明 columns"))
    return found


def content_faults(template: Template, folder: str, example: Mapping[str, Any]) -> list[Fault]:
    """Fields that cannot work, and an example that does not fill its own template."""
    found = [
        fault for spec in template.fields.values() for fault in _field_faults(template, f"{folder}document.yaml", spec)
    ]
    facts, extra = example.get("facts"), {key: example.get(key, {}) for key in ("system", "rules", "codes")}
    if not isinstance(facts, dict):
        return [*found, Fault(f"{folder}example.yaml", "示例缺少 facts")]
    try:
        values.context(template, facts, extra)
    except InvalidAnswers as error:
        found += [Fault(f"{folder}example.yaml", f"{key}:{why}") for key, why in error.fields.items()]
    return found
