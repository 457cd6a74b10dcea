"""Forms as `forms/national/<form>.yaml` has them: sections, fields by element, visibility and requirement in FEEL, rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from content.reader import Reader

Right = Literal["edit", "read", "hide"]
RIGHTS: Final[tuple[Right, ...]] = ("hide", "read", "edit")
_NOT_FORMS = frozenset({"elements", "codes"})


@dataclass(frozen=True)
class Field:
    """One field. `required`: bool or FEEL; `visible`, `computed`, `default`: FEEL. `columns` belong to tables.

    `rights`: role → right; a role that is not named may only read; without any rights everybody edits. `anew`: what the case
    has of it comes from an earlier time the step was done; it is asked each time and never shown as filled in.
    """

    element: str
    label: str = ""
    hint: str = ""
    required: bool | str = False
    visible: str | None = None
    computed: str | None = None
    default: str | None = None
    anew: bool = False
    rights: Mapping[str, Right] = field(default_factory=dict)
    columns: tuple[Field, ...] = ()
    least: int = 0
    most: int | None = None
    line: int = 0

    def right(self, roles: frozenset[str]) -> Right:
        """The best right among a person's roles; the system may edit."""
        if not self.rights or "system" in roles:
            return "edit"
        return max((self.rights.get(role, "read") for role in roles), key=RIGHTS.index, default="hide")


@dataclass(frozen=True)
class Section:
    """A headed group of fields. `visible` is FEEL and holds for all of them."""

    name: str
    fields: tuple[Field, ...]
    visible: str | None = None
    hint: str = ""


@dataclass(frozen=True)
class Check:
    """What must hold among the answers. `fields`: where the message is shown (default: what the rule reads)."""

    rule: str
    message: str
    fields: tuple[str, ...] = ()
    law: str = ""


@dataclass(frozen=True)
class Form:
    """One form."""

    key: str
    name: str
    sections: tuple[Section, ...]
    checks: tuple[Check, ...] = ()
    file: str = ""

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Every field by its element, in order."""
        return {one.element: one for section in self.sections for one in section.fields}

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Every FEEL text with the place it stands at; the defaults apart, for they know one name more."""
        for section in self.sections:
            if section.visible:
                yield section.name, section.visible
            for one in section.fields:
                yield from _expressions(one)
        for check in self.checks:
            yield "checks", check.rule

    def defaults(self) -> Iterator[tuple[str, str]]:
        """The FEEL texts of the values that fields show at first, with the field."""
        for section in self.sections:
            for one in section.fields:
                if one.default:
                    yield one.element, one.default


def _expressions(one: Field) -> Iterator[tuple[str, str]]:
    for text in (one.visible, one.computed, one.required):
        if isinstance(text, str) and text:
            yield one.element, text


def keys(files: Mapping[str, bytes]) -> list[str]:
    """The forms of a set of effective files."""
    found = []
    for path in files:
        parts = path.split("/")
        if len(parts) == 3 and parts[:2] == ["forms", "national"] and parts[2].endswith(".yaml"):
            found.append(parts[2].removesuffix(".yaml"))
    return sorted(set(found) - _NOT_FORMS)


def path_of(key: str) -> str:
    """Where a form is."""
    return f"forms/national/{key}.yaml"


def read(file: str, data: bytes) -> Form:
    """One form. Raises `BadContent`."""
    top = Reader.of(file, data)
    key = top.identifier("key")
    if not file.endswith(f"/{key}.yaml"):
        raise top.bad(f"key“{key}”应与文件名相同", "key")
    sections = tuple(_section(reader) for reader in top.blocks("sections"))
    seen: set[str] = set()
    for section in sections:
        for one in section.fields:
            if one.element in seen:
                raise top.bad(f"栏目 {one.element} 在同一表单中出现两次", "sections")
            seen.add(one.element)
    made = Form(
        key, top.text("name", most=60), sections, tuple(_check(reader) for reader in top.blocks("checks")), file
    )
    top.text("hint", "")
    top.raw("base")
    top.close()
    return made


def _section(reader: Reader) -> Section:
    made = Section(
        reader.text("name", most=60),
        tuple(_field(item) for item in reader.blocks("fields")),
        _feel(reader, "visible"),
        reader.text("hint", ""),
    )
    reader.close()
    return made


def _field(reader: Reader) -> Field:
    element = reader.identifier("element")
    reader.name = element
    rights: dict[str, Right] = {}
    for role, right in reader.pairs("rights").items():
        if right not in RIGHTS:
            raise reader.bad(f"rights 中 {role} 的值应为 edit、read、hide 之一", "rights")
        rights[role] = right
    rows = reader.block_of("rows")
    made = Field(
        element=element,
        label=reader.text("label", ""),
        hint=reader.text("hint", ""),
        required=_required(reader),
        visible=_feel(reader, "visible"),
        computed=_feel(reader, "computed"),
        default=_feel(reader, "default"),
        anew=reader.flag("anew"),
        rights=rights,
        columns=tuple(_field(item) for item in reader.blocks("columns")),
        least=(rows.integer("min") or 0) if rows else 0,
        most=rows.integer("max") if rows else None,
        line=reader.block.line,
    )
    if rows is not None:
        rows.close()
    reader.close()
    return made


def _required(reader: Reader) -> bool | str:
    value: Any = reader.raw("required")
    if value is None or isinstance(value, bool):
        return bool(value)
    return reader.text("required")


def _feel(reader: Reader, key: str) -> str | None:
    """A FEEL text; true, false and numbers are written as they are."""
    value = reader.raw(key)
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else reader.text(key)


def _check(reader: Reader) -> Check:
    made = Check(reader.text("rule"), reader.text("message"), reader.texts("fields"), reader.text("law", ""))
    reader.close()
    return made
