"""Facts → what stands in the paper. The rule for empty fields lives here: what was not filled is struck, never left open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.papers import wording
from kernel.errors import InvalidAnswers

if TYPE_CHECKING:
    from engine.papers.template import Column, Field, Template

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_EMPTY: tuple[object, ...] = (None, "", [], {}, ())


def names_in(text: str) -> list[str]:
    """The names between braces in a wording."""
    return _NAME.findall(text)


def _dig(tree: object, path: str) -> object:
    """`officers.0.name` in nested maps and lists; None where the path ends early."""
    for step in path.split("."):
        if isinstance(tree, Mapping):
            tree = tree.get(step)
        elif isinstance(tree, Sequence) and not isinstance(tree, str) and step.isdigit():
            tree = tree[int(step)] if int(step) < len(tree) else None
        else:
            return None
    return tree


def _plain(value: object) -> str:
    """Text of a value whose type says nothing else; a person or a thing by its name."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return _plain(value.get("name") or value.get("text") or "")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(filter(None, (_plain(item) for item in value)))
    return wording.clean(str(value)).strip()


def _is_zero(value: object) -> bool:
    """A penalty of nothing is no fine: it is struck like an empty field."""
    try:
        return wording.as_amount(value) == 0
    except ValueError:
        return False


def _code(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _signed(value: object) -> str:
    if isinstance(value, Mapping):
        at = value.get("at")
        return f"{_plain(value)} {wording.day(at)}" if at else _plain(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "  ".join(_signed(item) for item in value)
    return _plain(value)


_FORMATS: dict[str, Callable[[Any], str]] = {
    "date": wording.day,
    "datetime": wording.moment,
    "money": wording.money,
    "amount": wording.figures,
    "number": wording.number,
    "integer": wording.number,
    "percent": wording.percent,
    "signature": _signed,
}
_EXPECTED = {
    "date": "日期(如 2026-03-02)",
    "datetime": "时间(如 2026-03-02T09:00:00+08:00)",
    "period": "起止时间,且止不早于起",
    "money": "不小于零、精确到分的金额",
    "amount": "不小于零、精确到分的金额",
    "number": "数字",
    "integer": "数字",
    "percent": "数字（如 0.1224）",
    "table": "逐行的表格",
    "choice": "列出的选项之一",
    "choices": "列出的选项",
    "dialogue": "问答记录",
}


class _Filling:
    """One paper being filled."""

    def __init__(self, template: Template, facts: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        self.template, self.facts = template, facts
        self.system: Mapping[str, Any] = extra.get("system") or {}
        self.rules: Mapping[str, Any] = extra.get("rules") or {}
        self.codes: Mapping[str, Mapping[str, str]] = extra.get("codes") or {}
        self.refused: dict[str, str] = {}

    def raw(self, spec: Field) -> object:
        """The value before it is worded."""
        if spec.origin == "system":
            return _dig(self.system, spec.source)
        if spec.origin == "rule":
            found = self.rules.get(spec.source)
            return wording.length(found) if isinstance(found, Mapping) else found
        if spec.origin == "text":
            return spec.text
        for element in (spec.element, *spec.otherwise):
            path = element.removeprefix("system.")
            value = self.facts.get(element) if path == element else _dig(self.system, path)
            if value not in _EMPTY and not (spec.type == "money" and _is_zero(value)):
                return value
        return None

    def applies(self, spec: Field) -> bool:
        """Whether the conditions of a field that is required only sometimes hold."""
        for name, wanted in spec.required_if.items():
            other = self.template.fields.get(name)
            value = (
                self.raw(other) if other and other.origin != "text" else self.facts.get(name, _dig(self.system, name))
            )
            met = "" in wanted if value in _EMPTY else "*" in wanted or _code(value) in wanted
            if not met:
                return False
        return True

    def word(self, spec: Field) -> object:
        """What the template shows for one field; a refusal is noted when it is missing or not of its type."""
        if spec.origin == "text":
            return self.composed(spec)
        value = self.raw(spec)
        if value in _EMPTY:
            return self.empty(spec)
        try:
            return self.formatted(spec, value)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            self.refused[spec.key] = f"“{spec.label}”应为{_EXPECTED.get(spec.type, '有效内容')},请更正后重新办理"
            return wording.EMPTY

    def empty(self, spec: Field) -> object:
        """Missing: refused when required, blank where a hand will sign or tick, struck otherwise."""
        needed = (spec.required and not spec.required_if) or (spec.required_if and self.applies(spec))
        if spec.type == "signature":
            return "" if needed else wording.EMPTY
        if spec.type in ("choice", "choices") and not needed:
            return self.boxes(spec, [])
        if needed and not spec.default:
            self.refused[spec.key] = self.missing(spec)
        struck = spec.default or wording.EMPTY
        if spec.type == "table":
            return [{column.key: wording.EMPTY for column in spec.columns}]
        return {"opinion": struck, "name": "", "date": ""} if spec.type == "approval" else struck

    def missing(self, spec: Field) -> str:
        """The refusal, with whom to turn to."""
        paper = f"《{self.template.name}》缺少“{spec.label}”"
        if spec.origin == "system":
            return f"{paper},请在机构、人员资料中补充后重新办理"
        if spec.origin == "rule":
            return f"{paper},请由规则维护人员核对规则 {spec.source}"
        return f"{paper},请在办理表单中填写后重新提交"

    def composed(self, spec: Field) -> str:
        """A wording with its names filled."""
        if spec.required_if and not self.applies(spec):
            return spec.default or wording.EMPTY
        gaps: list[str] = []

        def part(match: re.Match[str]) -> str:
            other = self.template.fields.get(match.group(1))
            if other is not None and other.origin != "text":
                return str(self.word(other))
            found = self.rules.get(match.group(1))
            if found in _EMPTY:
                gaps.append(match.group(1))
            return wording.length(found)

        text = _NAME.sub(part, spec.text).strip()
        if gaps:
            self.refused[spec.key] = (
                f"《{self.template.name}》的“{spec.label}”缺少规则 {'、'.join(gaps)},请由规则维护人员核对"
            )
        return text

    def formatted(self, spec: Field, value: Any) -> object:
        """A present value as text, or as rows and opinions."""
        if spec.type == "period":
            if isinstance(value, Mapping):
                return wording.period(value["start"], value.get("end"))
            return wording.period(value, self.facts.get(spec.until) if spec.until else None)
        if spec.type == "table":
            if isinstance(value, str | Mapping) or not all(isinstance(row, Mapping) for row in value):
                raise ValueError("rows")
            return [self.row(spec.columns, row, index) for index, row in enumerate(value, 1)]
        if spec.type == "approval":
            return self.approval(spec, value)
        if spec.type in ("choice", "choices"):
            chosen = [_code(v) for v in value] if isinstance(value, list) else [_code(value)]
            return self.boxes(spec, chosen)
        if spec.type == "dialogue":
            return self.dialogue(value)
        return self.single(spec.type, spec.options, spec.codes, value)

    def single(self, kind: str, options: Mapping[str, str], codes: str, value: Any) -> str:
        """One value of a plain type, as text."""
        if options or codes:
            names = {**options, **self.codes.get(codes, {})}
            several = value if isinstance(value, list) else [value]
            return "、".join(names.get(_code(v), _plain(v)) for v in several)
        return _FORMATS.get(kind, _plain)(value)

    def row(self, columns: Sequence[Column], given: Mapping[str, Any], index: int) -> dict[str, str]:
        """One row of a table; empty cells are struck."""
        shown = {}
        for column in columns:
            value = index if column.type == "index" else given.get(column.key)
            empty = value in _EMPTY
            shown[column.key] = wording.EMPTY if empty else self.single(column.type, column.options, "", value)
        return shown

    @staticmethod
    def boxes(spec: Field, chosen: Sequence[str]) -> str:
        """All options with the chosen ticked, in a line or one below the other. Raises ValueError for an unknown choice."""
        # A single yes-or-no box has only `true`: false means not ticked.
        if unknown := [code for code in chosen if code not in spec.options and code != "false"]:
            raise ValueError(unknown)
        return wording.boxes(spec.options, chosen, "\n" if spec.style == "lines" else "  ")

    @staticmethod
    def dialogue(value: Any) -> str:
        """Questions and answers as lines 问、答; a text stays as it was written."""
        if isinstance(value, str):
            return _plain(value)
        turns = (f"问：{_plain(turn.get('question') or '')}\n答：{_plain(turn.get('answer') or '')}" for turn in value)
        return "\n".join(turns)

    def approval(self, spec: Field, value: Any) -> dict[str, str]:
        """An opinion with who gave it and when: from the value, else from `system.approvals.<element>`, else left to a hand."""
        given = value if isinstance(value, Mapping) else _dig(self.system, f"approvals.{spec.element}")
        signer = given if isinstance(given, Mapping) else {}
        at = signer.get("at")
        return {
            "opinion": _plain((signer.get("opinion") or "") if signer is value else value) or wording.EMPTY,
            "name": _plain(signer.get("name") or ""),
            "date": wording.day(at) if at else "",
        }


def context(template: Template, facts: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, object]:
    """Facts by element key → the placeholder values of one paper, all of them text, rows of text, or an opinion.

    `extra`: `system` (what the engine knows: agency, officers, number, days), `rules` (rule id → text or `{length, unit}`),
    `codes` (code list → code → name). Raises `InvalidAnswers` with one Chinese sentence per missing or malformed field.
    """
    filling = _Filling(template, facts, extra)
    shown = {key: filling.word(spec) for key, spec in template.fields.items()}
    if filling.refused:
        raise InvalidAnswers(filling.refused, f"《{template.name}》尚不能制作,请补齐或更正标出的栏目")
    return shown


def draft(
    template: Template, facts: Mapping[str, Any], extra: Mapping[str, Any]
) -> tuple[dict[str, object], dict[str, str]]:
    """As `context`, of a paper that is not made yet: what is missing stands as a mark in its place. Also field → what is missing."""
    filling = _Filling(template, facts, extra)
    shown = {key: filling.word(spec) for key, spec in template.fields.items()}
    for key in filling.refused:
        shown[key] = _marked(template.fields[key])
    return shown, filling.refused


def _marked(spec: Field) -> object:
    mark = f"【待填:{spec.label}】"
    if spec.type == "table":
        return [{column.key: mark for column in spec.columns}]
    return {"opinion": mark, "name": "", "date": ""} if spec.type == "approval" else mark
