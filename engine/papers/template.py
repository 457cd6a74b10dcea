"""A paper's template as lawyers keep it: `document.docx`, `document.yaml`, `example.yaml` in one folder per paper.

`load` reads one template from the files of a release; `faults` says everything that is wrong with all of them. Neither opens
a DOCX in this process: `package` looks at the ZIP, the pool's child at what is inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.papers.faults import Fault, content_faults, docx_faults
from kernel.errors import BadContent

FOLDER = "templates/"
# What a field may be: how its value is read and worded (`values.py`).
TYPES = frozenset(
    {"text", "longtext", "integer", "number", "money", "amount", "bool", "date", "datetime", "period", "code", "choice"}
    | {"percent", "choices", "list", "officers", "dialogue", "table", "approval", "signature", "seal"}
)
ORIGINS = frozenset({"fact", "system", "rule", "text"})
CASE_NUMBER = "case"
_NUMBER_PARTS = frozenset({"province", "mark", "kind", "year", "seq"})


@dataclass(frozen=True)
class Number:
    """How a paper of its own number series is numbered: `{province}交{kind}〔{year}〕{seq:05}号`."""

    kind: str
    pattern: str

    def text(self, *, province: str, year: int, seq: int, mark: str = "") -> str:
        """The number: `粤交罚〔2026〕00001号`. `mark` is the agency's 机关代字, for provinces whose pattern asks for it."""
        return self.pattern.format(province=province, kind=self.kind, year=year, seq=seq, mark=mark)


@dataclass(frozen=True)
class Column:
    """One column of a repeated row. `type` is one of `TYPES`, or `index` for the running number."""

    key: str
    label: str
    type: str = "text"
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """One placeholder: what it is called, where its value comes from, when it must be there.

    `origin` fact: `element` (and, for a period, `until`), else the first of `otherwise` that has a value (other elements, or
    `system.<path>`).
    `origin` system: a dotted path in what the engine supplies (`officers.0.name`). `origin` rule: a rule's id or name.
    `origin` text: wording with `{field}` and `{RULE}` in it. `required_if`: field or element → values (`*`: any, empty: none).
    `style` lines: choices one below the other.
    """

    key: str
    label: str
    origin: str
    type: str = "text"
    required: bool = False
    required_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    element: str = ""
    until: str = ""
    otherwise: tuple[str, ...] = ()
    source: str = ""
    text: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    codes: str = ""
    columns: tuple[Column, ...] = ()
    default: str = ""
    style: str = ""


@dataclass(frozen=True)
class Reads:
    """What a paper asks of the engine: element keys of facts, paths in `system`, ids in `rules`, code lists."""

    elements: frozenset[str]
    system: frozenset[str]
    rules: frozenset[str]
    codes: frozenset[str]


@dataclass(frozen=True)
class Template:
    """One paper: its administrative data, its fields, its DOCX and an example to render from."""

    code: str
    name: str
    number: Number | None
    signers: tuple[str, ...]
    seal: str
    service: bool
    copies: int
    retention: str
    volume: str
    order: int
    fields: Mapping[str, Field]
    docx: bytes
    example: Mapping[str, Any]
    file: str = ""
    # The element that names the served papers which this one revokes or corrects once it is served itself; else empty.
    revokes: str = ""
    # Those officers who act sign it with their certificates, where they have any; else by hand.
    signed_by_officers: bool = False

    def reads(self) -> Reads:
        """Everything this paper reads, for the engine to supply and for the check to compare with what there is."""
        specs = self.fields.values()
        facts = {e for s in specs if s.origin == "fact" for e in (s.element, s.until, *s.otherwise) if e}
        system = {s.source for s in specs if s.origin == "system"}
        system |= {e.removeprefix("system.") for e in facts if e.startswith("system.")}
        rules = {s.source for s in specs if s.origin == "rule"}
        rules |= {n for s in specs for n in re.findall(r"\{([A-Z][A-Z0-9_]*)\}", s.text) if n not in self.fields}
        codes = {s.codes for s in specs if s.codes}
        facts |= {self.revokes} - {""}
        elements = {e for e in facts if not e.startswith("system.")}
        return Reads(frozenset(elements), frozenset(system), frozenset(rules), frozenset(codes))


def parse_yaml(file: str, data: bytes) -> dict[str, Any]:
    """A YAML mapping without aliases. Raises `BadContent` with file, line and remedy."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, Loader=yaml.CSafeLoader)):
            raise BadContent(file, 0, "不允许使用 YAML 别名(*),请逐项写明")
        found = yaml.load(data, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadContent(file, mark.line + 1 if mark else 0, "YAML 格式有误,请检查缩进和标点") from error
    if not isinstance(found, dict):
        raise BadContent(file, 1, "应为键值形式")
    return found


def folders(files: Mapping[str, bytes]) -> dict[str, str]:
    """Paper code → its folder (`templates/national/D15/`). A national folder stands before one that only a province has."""
    found: dict[str, str] = {}
    for path in sorted(files, key=lambda p: (not p.startswith(f"{FOLDER}national/"), p)):
        if path.startswith(FOLDER) and path.endswith("/document.yaml"):
            folder = path.removesuffix("document.yaml")
            found.setdefault(folder.rstrip("/").rsplit("/", 1)[-1], folder)
    return found


def _columns(given: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(
        Column(
            key,
            str(spec.get("label", key)),
            str(spec.get("type", "text")),
            {str(k).lower(): str(v) for k, v in (spec.get("options") or {}).items()},
        )
        for key, spec in given.items()
    )


def _field(file: str, key: str, spec: object) -> Field:
    if not isinstance(spec, dict):
        raise BadContent(file, 0, f"栏目 {key} 应写明 label、from 等")
    origin = str(spec.get("from", ""))
    if origin not in ORIGINS:
        raise BadContent(file, 0, f"栏目 {key} 没有来源:from 应为 fact、system、rule、text 之一")
    kind = str(spec.get("type", "text"))
    if kind not in TYPES:
        raise BadContent(file, 0, f"栏目 {key} 的类型 {kind} 不存在")
    needed = {"fact": "element", "system": "name", "rule": "name", "text": "text"}[origin]
    if not spec.get(needed):
        raise BadContent(file, 0, f"栏目 {key} 的来源不完整:缺少 {needed}")
    conditions = {
        str(k): tuple(str(x).lower() if isinstance(x, bool) else str(x) for x in (v if isinstance(v, list) else [v]))
        for k, v in (spec.get("required_if") or {}).items()
    }
    return Field(
        key=key,
        label=str(spec.get("label", key)),
        origin=origin,
        type=kind,
        required=bool(spec.get("required", False)),
        required_if=conditions,
        element=str(spec.get("element", "")),
        until=str(spec.get("until", "")),
        otherwise=tuple(map(str, spec.get("otherwise", ()))),
        source=str(spec.get("name", "")),
        text=str(spec.get("text", "")),
        options={str(k).lower(): str(v) for k, v in (spec.get("options") or {}).items()},
        codes=str(spec.get("codes", "")),
        columns=_columns(spec.get("columns") or {}),
        default=str(spec.get("default", "")),
        style=str(spec.get("style", "")),
    )


def _number(file: str, given: object) -> Number | None:
    if given == CASE_NUMBER:
        return None
    if not isinstance(given, dict) or not given.get("kind") or not given.get("pattern"):
        raise BadContent(file, 0, "number 应为 case(与案件同号),或写明 kind 和 pattern")
    number = Number(str(given["kind"]), str(given["pattern"]))
    parts = set(re.findall(r"\{(\w+)[^}]*\}", number.pattern))
    if not parts <= _NUMBER_PARTS or not {"year", "seq"} <= parts or "〔" not in number.pattern:
        raise BadContent(file, 0, "number.pattern 应含 {year} 和 {seq},年份用六角括号〔〕")
    return number


def describe(file: str, data: bytes, docx: bytes = b"", example: Mapping[str, Any] | None = None) -> Template:
    """A `Template` from the text of its document.yaml. Raises `BadContent`."""
    given = parse_yaml(file, data)
    for key in ("code", "name", "number", "fields"):
        if not given.get(key):
            raise BadContent(file, 0, f"缺少 {key}")
    if not isinstance(given["fields"], dict):
        raise BadContent(file, 0, "fields 应为 栏目: {…} 的形式")
    try:
        return Template(
            code=str(given["code"]),
            name=str(given["name"]),
            number=_number(file, given["number"]),
            signers=tuple(map(str, given.get("signers") or ())),
            seal=str(given.get("seal") or "none"),
            service=given.get("service") == "required",
            copies=int(given.get("copies", 1)),
            retention=str(given.get("retention", "case")),
            volume=str(given.get("volume", "main")),
            order=int(given.get("order", 0)),
            fields={str(key): _field(file, str(key), spec) for key, spec in given["fields"].items()},
            docx=docx,
            example=example or {},
            file=file,
            revokes=str(given.get("revokes") or ""),
            signed_by_officers=given.get("signed_by") == "officers",
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise BadContent(file, 0, f"栏目写法有误:{error}") from error


def load(files: Mapping[str, bytes], code: str) -> Template:
    """The template of one paper from the files of a release (path → bytes). Raises `BadContent` naming the file."""
    folder = folders(files).get(code)
    if folder is None:
        raise BadContent(f"{FOLDER}national/{code}/document.yaml", 0, "没有该文书的模板")
    for name in ("document.docx", "example.yaml"):
        if f"{folder}{name}" not in files:
            raise BadContent(f"{folder}{name}", 0, "缺少该文件")
    example = parse_yaml(f"{folder}example.yaml", files[f"{folder}example.yaml"])
    file = f"{folder}document.yaml"
    return describe(file, files[file], files[f"{folder}document.docx"], example)


def faults(files: Mapping[str, bytes]) -> list[Fault]:
    """Everything wrong with the templates of a release, by file, each as a Chinese sentence. Empty when all is well."""
    found: list[Fault] = []
    for path in sorted(files):
        if path.startswith(FOLDER) and path.endswith(".docx") and path.removesuffix("docx") + "yaml" not in files:
            found.append(Fault(path, "同一文件夹缺少 document.yaml"))
    for code, folder in sorted(folders(files).items()):
        file = f"{folder}document.yaml"
        try:
            template = describe(file, files[file])
        except BadContent as error:
            found.append(Fault(error.file, error.what))
            continue
        if template.code != code:
            found.append(Fault(file, f"code 为 {template.code},应与文件夹名 {code} 一致"))
        if template.revokes and not template.service:
            found.append(Fault(file, "撤销或者更正文书(revokes)自送达起生效,须写明 service: required"))
        docx = files.get(f"{folder}document.docx")
        found += (
            [Fault(f"{folder}document.docx", "缺少该文件")] if docx is None else docx_faults(template, folder, docx)
        )
        try:
            example = parse_yaml(f"{folder}example.yaml", files[f"{folder}example.yaml"])
            found += content_faults(template, folder, example)
        except KeyError:
            found.append(Fault(f"{folder}example.yaml", "缺少示例,无法试填;请补充 facts 和 system"))
        except BadContent as error:
            found.append(Fault(error.file, error.what))
    return found
