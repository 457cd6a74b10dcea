"""What the checks stand on: everything of a set of files that can be read, read once; what cannot is a fault and absent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property
from typing import Any, TypeVar

import feel
from content import diagrams, guards, load, releases
from content import forms as form_files
from content import process as process_files
from content.codes import Codes
from content.diagrams import Diagram, Node
from content.elements import Elements
from content.faults import Fault, from_error
from content.forms import Form
from content.guards import Guards
from content.permissions import Permissions
from content.process import Parameter, Process, StepConfig
from engine import stories
from engine.checks import types
from engine.papers import template
from kernel.errors import BadContent

T = TypeVar("T")
MONEY = "money"  # the role at which guards judge whoever handles the money of a case (engine/ledger.py)
_DEADLINE = re.compile(r"deadline:\s*([A-Z][A-Z0-9_]*)\s*\Z")


class Ground:
    """Effective files (national paths) with everything parsed; `faults` are those found by reading.

    `sound` is False when something on which all the rest stands cannot be read (elements, codes, rights, guards,
    deadlines, what a process is): then only `faults` say anything; the other checks would complain of everything.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.faults: list[Fault] = []
        self.sound = True
        self.release = releases.make(files)
        self._yaml()
        self.codes: Codes = self._foundation(lambda: self.release.codes, Codes())
        self.elements: Elements = self._foundation(lambda: self.release.elements, Elements())
        self.permissions: Permissions = self._foundation(lambda: self.release.permissions, Permissions({}, {}, ()))
        self.processes: dict[str, Process] = self._each(process_files.keys(files), self._process)
        self.sound &= self.processes.keys() == set(process_files.keys(files))
        self.diagrams: dict[str, Diagram] = self._each(process_files.keys(files), self._diagram)
        self.forms: dict[str, Form] = self._each(form_files.keys(files), self.release.form)
        shared: dict[str, Parameter] = self._foundation(lambda: process_files.shared_parameters(files), {})
        self.shared = shared
        self.parameters = {**shared, **{n: p for one in self.processes.values() for n, p in one.parameters.items()}}
        self.aliases = {**{p.name: key for key, p in self.parameters.items()}, **self.elements.aliases}
        self.guards: Guards = self._foundation(lambda: guards.read(files, self.elements, self.aliases, {}), Guards())
        self.stories = list(
            self._each(stories.paths(files), lambda path: stories.read(path, files[path], files)).values()
        )
        self.deadlines: Mapping[str, Mapping[str, Any]] = self._foundation(lambda: self.release.deadlines, {})
        self.papers = template.folders(files)

    def _yaml(self) -> None:
        """Every YAML file must be readable strictly, also those that other rooms interpret."""
        for path, body in sorted(self.files.items()):
            if path.endswith(".yaml"):
                self._read(lambda path=path, body=body: load.document(path, body), None)  # type: ignore[misc]

    def _read(self, make: Callable[[], T], otherwise: T) -> T:
        try:
            return make()
        except BadContent as error:
            fault = from_error(error)
            if fault not in self.faults:
                self.faults.append(fault)
            return otherwise

    def _foundation(self, make: Callable[[], T], otherwise: T) -> T:
        try:
            return make()
        except BadContent as error:
            self.sound = False
            fault = from_error(error)
            self.faults += [] if fault in self.faults else [fault]
            return otherwise

    def _each(self, keys: list[str], make: Callable[[str], T]) -> dict[str, T]:
        made = ((key, self._read(lambda key=key: make(key), None)) for key in keys)  # type: ignore[misc]
        return {key: value for key, value in made if value is not None}

    def _process(self, key: str) -> Process:
        path = process_files.path_of(key)
        if path not in self.files:
            raise BadContent(path, 0, "有流程图而没有 process.yaml,请补充岗位、表单、文书等配置")
        return self.release.process(key)

    def _diagram(self, key: str) -> Diagram:
        return diagrams.read(f"processes/national/{key}/process.bpmn", process_files.diagram_of(self.files, key), key)

    # ------------------------------------------------------------------ asking
    @cached_property
    def steps(self) -> list[tuple[Process, StepConfig]]:
        """Every step of every process."""
        return [(process, step) for process in self.processes.values() for step in process.steps.values()]

    def nodes(self) -> Iterator[tuple[Diagram, Node]]:
        """Every node of every diagram."""
        for diagram in self.diagrams.values():
            for node in diagram.nodes.values():
                yield diagram, node

    @cached_property
    def forms_of_papers(self) -> Mapping[str, template.Template]:
        """Every paper whose document.yaml can be read (what cannot, `data.templates` says)."""
        found = {}
        for code, folder in self.papers.items():
            file = f"{folder}document.yaml"
            with suppress(BadContent):
                found[code] = template.describe(file, self.files[file])
        return found

    @cached_property
    def timers(self) -> list[tuple[Diagram, str, str]]:
        """Timers that wait for a period: diagram, element, deadline."""
        return [
            (diagram, element, match.group(1))
            for diagram in self.diagrams.values()
            for element, kind, text in diagram.expressions
            if kind == "timer" and (match := _DEADLINE.match(text))
        ]

    @cached_property
    def calls(self) -> Mapping[str, frozenset[str]]:
        """Process → the processes it calls."""
        return {
            key: frozenset(node.called for node in diagram.nodes.values() if node.called)
            for key, diagram in self.diagrams.items()
        }

    @cached_property
    def begins(self) -> Mapping[str, frozenset[str]]:
        """Process → the processes that its service tasks start on the same record."""
        return {
            key: frozenset(
                service.parameters.get("process", "")
                for service in process.services.values()
                if service.action == "start_process" and service.parameters.get("about") == "same"
            )
            for key, process in self.processes.items()
        }

    @cached_property
    def step_roles(self) -> frozenset[str]:
        """Every step role that some step has."""
        begun = {process.start.step_role for process in self.processes.values() if process.start.step_role}
        booked = {MONEY} if any(step.posts for _, step in self.steps) else set()
        return frozenset({step.step_role for _, step in self.steps if step.step_role} | begun | booked)

    @cached_property
    def names(self) -> Mapping[str, feel.Type]:
        """Every fact and parameter that FEEL may name, with its type."""
        return {**types.of_parameters(self.parameters), **types.of_elements(self.elements)}

    @cached_property
    def guard_names(self) -> Mapping[str, feel.Type]:
        """What guards may name."""
        return {**self.names, **types.GUARD}

    @cached_property
    def form_names(self) -> Mapping[str, feel.Type]:
        """What forms may name."""
        return {**self.names, **types.FORM}

    @cached_property
    def default_names(self) -> Mapping[str, feel.Type]:
        """What the defaults of forms may name."""
        return {**self.names, **types.of_default(self.elements, self.papers)}

    @cached_property
    def diagram_names(self) -> Mapping[str, feel.Type]:
        """What diagrams may name."""
        return {**self.names, **types.DIAGRAM}

    def wrong(self, text: str, names: Mapping[str, feel.Type] | None = None) -> str | None:
        """What is wrong with an expression: not FEEL, unknown data, or a comparison that never has an answer."""
        try:
            compiled = feel.compile(text, aliases=self.aliases, names=self.names if names is None else names)
        except feel.FeelError as error:
            return f"公式“{short(text)}”有误:{error}"
        wrong = next(self._no_choices(compiled), None)
        return f"公式“{short(text)}”有误:{wrong}" if wrong else None

    def _no_choices(self, expression: feel.Expression) -> Iterator[str]:
        """Codes that an element is compared with and that its list does not have: such a branch is never taken."""
        for name, text in feel.texts_compared(expression):
            element = self.elements.get(self.aliases.get(name, name))
            if element is not None and element.type == "code" and element.codes in self.codes:
                items = self.codes[element.codes].items
                if text not in items:
                    shown = "、".join(f"{code}({said})" for code, said in list(items.items())[:12])
                    yield f"“{element.name}”没有“{text}”这个代码{like(text, items)};有:{shown}"


def like(name: str, known: Iterable[str], alike: float = 0.75) -> str:
    """“(是不是 X?)” when a name looks like one that is there; else nothing."""
    found = get_close_matches(name, list(known), n=1, cutoff=alike)
    return f"(是不是 {found[0]}?)" if found else ""


def short(text: str) -> str:
    """A text short enough for a message."""
    return text if len(text) <= 60 else text[:59] + "…"
