"""A process as a worker holds it: the parsed diagram with its called processes, each step's configuration, compiled FEEL.

Made once per release and worker, shared by every instance, never changed by running.
"""

from __future__ import annotations

import functools
import gc
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import feel
from content.process import Parameter, Process, StepConfig
from content.releases import Release
from engine import flow
from kernel.errors import Fault, NotFound

_cache: dict[tuple[str, str], Definition] = {}
_lock = threading.Lock()


@dataclass
class Definition:
    """One process of one release, ready to run."""

    release: Release
    key: str
    flow: flow.Definition
    processes: Mapping[str, Process]
    _expressions: dict[str, feel.Expression] = field(default_factory=dict)

    @property
    def process(self) -> Process:
        """The process itself, as process.yaml has it."""
        return self.processes[self.key]

    @property
    def name(self) -> str:
        """Its Chinese name."""
        return self.process.name

    def process_of(self, element: str) -> str:
        """The key of the (called) process that holds an element."""
        step = self.flow.steps().get(element)
        return step.process if step is not None else self.key

    def step(self, element: str) -> StepConfig | None:
        """What process.yaml says of a human or service step."""
        process = self.processes.get(self.process_of(element))
        return process.steps.get(element) if process is not None else None

    def role(self, element: str) -> str:
        """The role whose people may do a human step: the first candidate, else its lane's."""
        config = self.step(element)
        if config is not None and config.roles:
            return config.roles[0]
        step = self.flow.steps()[element]
        role = self.processes[step.process].lanes.get(step.lane or "")
        if role is None:
            raise Fault(f"环节“{step.name}”没有指定岗位", remedy="请建模人员在 process.yaml 中补充 roles 或泳道")
        return role

    def expression(self, text: str) -> feel.Expression:
        """A FEEL text of this process, compiled once."""
        found = self._expressions.get(text)
        if found is None:
            found = self._expressions[text] = feel.compile(text, aliases=self.aliases)
        return found

    @functools.cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters of the process, of its called ones and of the rulebook, by key."""
        found = dict(self.release.parameters)
        for process in self.processes.values():
            found.update(process.parameters)
        return found

    @functools.cached_property
    def aliases(self) -> Mapping[str, str]:
        """Chinese name → key, of elements and parameters."""
        return {**self.release.elements.aliases, **{p.name: key for key, p in self.parameters.items()}}

    def service(self, element: str) -> Mapping[str, str]:
        """A service step's parameters (`action` and its own), from the diagram and from process.yaml, which goes first."""
        step = self.flow.steps()[element]
        drawn = {k.removeprefix("zc."): v for k, v in step.extensions.items() if k.startswith("zc.")}
        process = self.processes.get(step.process)
        service = process.services.get(element) if process is not None else None
        return {**drawn, **({"action": service.action, **service.parameters} if service is not None else {})}

    def end_status(self, ended_at: str | None) -> str | None:
        """The case's status when the process ends at this end event."""
        return self.process.ends.get(ended_at or "")


def definition(release: Release, key: str) -> Definition:
    """The process of a release, parsed once per worker."""
    found = _cache.get((release.hash, key))
    if found is None:
        with _lock:
            found = _cache.get((release.hash, key)) or _cache.setdefault((release.hash, key), _make(release, key))
    return found


def _make(release: Release, key: str) -> Definition:
    if key not in release.processes:
        raise NotFound(f"没有流程“{key}”", remedy="请从可启动的流程中选择")
    files = {path: body for path, body in release.files.items() if path.endswith("/process.bpmn")}
    parsed = flow.parse(files, key)
    keys = {key} | {step.process for step in parsed.steps().values()}
    made = Definition(release, key, parsed, {k: release.process(k) for k in keys})
    gc.collect()
    gc.freeze()  # a release lives as long as the worker: the collector need not walk it after every few steps
    return made
