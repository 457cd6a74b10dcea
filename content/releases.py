"""A release: an immutable set of effective content files, named by its hash, read lazily and kept.

Its files are effective ones: overlays are merged before a release is made (`content.overlay`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from content import codes, dossier, elements, forms, guards, permissions, process
from content.codes import Codes
from content.elements import Elements
from content.forms import Form
from content.guards import Guards, Precedence
from content.permissions import Permissions
from content.process import Parameter, Process
from content.reader import Reader, under
from kernel import sm3
from kernel.errors import BadContent

NUMBERS = "rules/national/numbers.yaml"


@dataclass(frozen=True)
class NumberScheme:
    """A number series: `kind` names its counter, `pattern` is a Python format over province, agency, kind, year, seq."""

    kind: str
    pattern: str


def hash_of(files: Mapping[str, bytes]) -> str:
    """The release's name: SM3 over the sorted lines `path<TAB>SM3 of the bytes`, 64 hexadecimal digits."""
    return hash_of_digests({path: sm3.hexdigest(body) for path, body in files.items()})


def hash_of_digests(digests: Mapping[str, str]) -> str:
    """As `hash_of`, where only the digests of the files are at hand."""
    lines = (f"{path}\t{digests[path]}\n" for path in sorted(digests))
    return sm3.hexdigest("".join(lines).encode())


@dataclass(frozen=True, eq=False)
class Release:
    """One release. Everything is parsed when first asked for; what cannot be read raises `BadContent`."""

    hash: str
    files: Mapping[str, bytes]
    effective_from: datetime | None = None
    ground: str = ""

    _processes: dict[str, Process] = field(default_factory=dict, init=False, repr=False)
    _forms: dict[str, Form] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))

    def process(self, key: str) -> Process:
        """A process by its key."""
        if key not in self._processes:
            self._processes[key] = process.read(*self._file(process.path_of(key), f"没有流程 {key}"))
        return self._processes[key]

    @cached_property
    def processes(self) -> tuple[str, ...]:
        """The keys of all processes."""
        return tuple(process.keys(self.files))

    def diagram(self, key: str) -> bytes:
        """A process's BPMN."""
        return process.diagram_of(self.files, key)

    def form(self, key: str) -> Form:
        """A form by its key."""
        if key not in self._forms:
            self._forms[key] = forms.read(*self._file(forms.path_of(key), f"没有表单 {key}"))
        return self._forms[key]

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The keys of all forms."""
        return tuple(forms.keys(self.files))

    @cached_property
    def elements(self) -> Elements:
        """Data elements by key."""
        return elements.read(self.files)

    @cached_property
    def codes(self) -> Codes:
        """Code lists by key."""
        return codes.read(self.files)

    @cached_property
    def guards(self) -> Guards:
        """Guards, with the order of steps."""
        return guards.read(self.files, self.elements, self.aliases, self.parameter_values)

    @property
    def precedence(self) -> Guards:
        """The order of steps (the same object as `guards`: its rules name facts by the same elements)."""
        return self.guards

    @cached_property
    def orders(self) -> tuple[Precedence, ...]:
        """The rules of the order of steps."""
        return self.guards.precedence

    @cached_property
    def permissions(self) -> Permissions:
        """Function rights."""
        return permissions.read(self.files)

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """Values that agencies confirm (`rules/national/parameters/*.yaml`), by key."""
        return process.shared_parameters(self.files)

    @cached_property
    def all_parameters(self) -> Mapping[str, Parameter]:
        """The rulebook's parameters and those of every process, by key."""
        found = dict(self.parameters)
        for key in self.processes:
            found.update(self.process(key).parameters)
        return found

    @cached_property
    def parameter_values(self) -> Mapping[str, Any]:
        """The content's values of all parameters; what an agency confirmed goes before them (engine/parameters.py)."""
        return {key: parameter.value for key, parameter in self.all_parameters.items()}

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Chinese name → key, of elements and parameters: how FEEL names them."""
        return {**{p.name: key for key, p in self.all_parameters.items()}, **self.elements.aliases}

    @cached_property
    def numbers(self) -> Mapping[str, NumberScheme]:
        """Number series that are not a paper's own (`case`: the case number)."""
        top = Reader.of(*self._file(NUMBERS, "缺少编号规则"))
        found = {name: _scheme(reader) for name, reader in top.named("numbers").items()}
        top.close()
        return found

    @cached_property
    def dossier(self) -> dossier.Binding | None:
        """How a dossier is bound; None where the content does not say."""
        return dossier.read(self.files)

    @cached_property
    def paper_rules(self) -> Mapping[str, Any]:
        """Fixed wordings that papers print by name (`rules/national/papers/*.yaml`: `texts: {NAME: {text, law, mark}}`)."""
        found: dict[str, Any] = {}
        for path in under(self.files, "rules/national/papers/"):
            top = Reader.of(path, self.files[path])
            for name, reader in top.named("texts").items():
                found[name] = reader.text("text")
                reader.text("name", "")
                reader.close()
            top.close()
        return found

    @cached_property
    def deadlines(self) -> Mapping[str, Mapping[str, Any]]:
        """Deadline entries as written, by id; the rulebook makes rules of them."""
        found: dict[str, Mapping[str, Any]] = {}
        for path in under(self.files, "rules/national/deadlines/"):
            for reader in Reader.of(path, self.files[path]).blocks("deadlines"):
                id_ = reader.text("id", most=80)
                if id_ in found:
                    raise reader.bad(f"期限 {id_} 重复")
                found[id_] = reader.block
        return found

    def _file(self, path: str, missing: str) -> tuple[str, bytes]:
        if path not in self.files:
            raise BadContent(path, 0, missing)
        return path, self.files[path]


def make(files: Mapping[str, bytes], effective_from: datetime | None = None, ground: str = "") -> Release:
    """A release of these effective files."""
    return Release(hash_of(files), files, effective_from, ground)


def _scheme(reader: Reader) -> NumberScheme:
    made = NumberScheme(reader.text("kind"), reader.text("pattern"))
    reader.text("name", "")
    if "{seq" not in made.pattern or "{year}" not in made.pattern or "〔" not in made.pattern:
        raise reader.bad("pattern 应含 {year} 和 {seq},年份用六角括号〔〕", "pattern")
    reader.close()
    return made
