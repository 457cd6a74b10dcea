"""Faults of papers in their processes: what a paper must say is asked, computed or told on every way to the step that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from content.diagrams import Diagram, Node
from content.faults import Fault
from content.forms import Form
from content.process import Process, StepConfig
from engine.checks import known
from engine.checks.flows import graph_of
from engine.checks.ground import Ground
from engine.papers.template import Field, Template
from engine.rulebook.guards import Graph, unguarded_path

# Signed or sealed on the paper itself.
_BY_HAND = frozenset({"signature", "seal"})


def unfilled(ground: Ground) -> Iterator[Fault]:
    """A required field of a paper that some way to the step making it neither asks nor supplies: there the step would be
    refused, and nobody could mend it. What a form only offers (optional) counts where it is asked at the step itself."""
    said = set()
    for key, diagram in ground.diagrams.items():
        process = ground.processes.get(key)
        called = any(key in others for others in ground.calls.values())
        if process is None or (called and not process.beside):
            continue  # judged where it is called: what went before is known there
        for fault in _Course(ground, process, diagram).faults():
            if fault not in said:
                said.add(fault)
                yield fault


def unknown_supply(ground: Ground) -> Iterator[Fault]:
    """A paper asks the engine for what it does not supply, a clock that no step starts, the number of a paper nobody makes."""
    started = {start.rule for _, step in ground.steps for start in step.starts}
    made = {code for _, step in ground.steps for code in step.papers}
    for code in sorted(made & ground.papers.keys()):
        paper = ground.forms_of_papers.get(code)
        for one in paper.fields.values() if paper is not None else ():
            paths = [one.source] if one.origin == "system" else []
            paths += [name.removeprefix("system.") for name in one.otherwise if name.startswith("system.")]
            for path in paths:
                head, _, rest = path.partition(".")
                if head not in known.PAPER_SUPPLY:
                    what = f"取自 system.{head},系统没有这项内容;可用的有:{'、'.join(sorted(known.PAPER_SUPPLY))}"
                elif one.origin == "system" and head == "clocks" and rest.split(".")[0] not in started:
                    what = f"取自期限 {rest.split('.')[0]} 的届满日,但没有环节起算它,请在 process.yaml 的 starts 中写明"
                elif one.origin == "system" and head == "papers" and rest.split(".")[0] not in made:
                    what = f"取自文书 {rest.split('.')[0]} 的编号,但没有环节制作它"
                else:
                    continue
                yield Fault(
                    f"{ground.papers[code]}document.yaml", one.key, "unknown_supply", f"栏目“{one.label}”{what}"
                )


class _Course:
    """One process with all it calls as a graph, and what each of its nodes is sure to bring."""

    def __init__(self, ground: Ground, process: Process, diagram: Diagram) -> None:
        self.ground, self.process, self.diagram = ground, process, diagram
        self.graph = graph_of(ground, diagram)
        self._ways: dict[tuple[str, frozenset[str]], list[str] | None] = {}

    def faults(self) -> Iterator[Fault]:
        """Every field that may be missing, with the way on which it is."""
        for place, (process, node) in self.nodes.items():
            step = process.steps.get(node.id)
            for code in step.papers if step is not None else ():
                paper = self.ground.forms_of_papers.get(code)
                if paper is not None:
                    yield from self._of_paper(place, process, node, paper)

    def _of_paper(self, place: str, process: Process, node: Node, paper: Template) -> Iterator[Fault]:
        for one in paper.fields.values():
            if one.origin != "fact" or one.type in _BY_HAND or not (one.required or one.required_if) or one.default:
                continue
            what = self._missing(place, one)
            if what is not None:
                yield Fault(
                    process.file,
                    node.id,
                    "paper_unfilled",
                    f"文书 {paper.code}《{paper.name}》的必填栏目“{one.label}”({'、'.join(self._names(one))}){what}",
                )

    @staticmethod
    def _names(one: Field) -> tuple[str, ...]:
        return (one.element, *([one.until] if one.until else []))

    def _missing(self, place: str, one: Field) -> str | None:
        names = (one.element, *one.otherwise)
        if any(self._supplied(name) for name in names) or not any(name in self.ground.elements for name in names):
            return None  # supplied; or over an unknown fact, which is said elsewhere
        start = set(_asked(self.ground.forms.get(self.process.start.form or ""), None, sure=False))
        if one.required_if and start & set(names):
            return None
        offered = {at for at, brings in self.offers.items() if any(name in brings for name in names)}
        if not offered:
            return "没有任何表单询问,也没有其他来源"
        if place in offered or one.required_if or not one.required:
            return None
        sure = frozenset(at for at, brings in self.brings.items() if any(name in brings for name in names))
        way = self._way(place, sure)
        if way is None:
            return None
        names_of = {at: node.name or node.id for at, (_, node) in self.nodes.items()}
        steps = [names_of[at] for at in way if at in names_of]
        return f"并非每条路径都问到(选填的不算),例如:{' → '.join(steps[-6:])}"

    def _supplied(self, name: str) -> bool:
        if name.startswith("system."):
            head, _, rest = name.removeprefix("system.").partition(".")
            if head == "papers":
                return any(rest.split(".")[0] in step.papers for _, step in self.ground.steps)
            if head == "clocks":
                return any(start.rule == rest.split(".")[0] for _, step in self.ground.steps for start in step.starts)
            return head in known.PAPER_SUPPLY
        return name in self.given

    def _way(self, place: str, sure: frozenset[str]) -> list[str] | None:
        key = (place, sure)
        if key not in self._ways:
            roles = {**dict.fromkeys(sure, "asked"), place: "made"}
            graph = Graph(self.graph.starts, self.graph.edges, roles, self.graph.joins)
            self._ways[key] = unguarded_path(graph, "made", "asked")
        return self._ways[key]

    # ------------------------------------------------------------------ what nodes bring
    @cached_property
    def nodes(self) -> Mapping[str, tuple[Process, Node]]:
        """Place in the graph → its process and node, through every call."""
        found: dict[str, tuple[Process, Node]] = {}
        self._walk(self.diagram, "", found, 0)
        return found

    def _walk(self, diagram: Diagram, at: str, found: dict[str, tuple[Process, Node]], depth: int) -> None:
        process = self.ground.processes.get(diagram.key)
        for node in diagram.nodes.values() if process is not None else ():
            found[at + node.id] = (process, node)  # type: ignore[assignment]
            called = self.ground.diagrams.get(node.called) if node.called else None
            if called is not None and depth < 8:
                self._walk(called, f"{at}{node.id}/", found, depth + 1)

    @cached_property
    def brings(self) -> Mapping[str, frozenset[str]]:
        """Place → elements that are facts for sure once it is done."""
        return {at: self._brought(process, node, sure=True) for at, (process, node) in self.nodes.items()}

    @cached_property
    def offers(self) -> Mapping[str, frozenset[str]]:
        """Place → elements that may be facts once it is done."""
        return {at: self._brought(process, node, sure=False) for at, (process, node) in self.nodes.items()}

    def _brought(self, process: Process, node: Node, *, sure: bool) -> frozenset[str]:
        step = process.steps.get(node.id)
        found = set(_asked(self.ground.forms.get(step.form or ""), step, sure=sure)) if step is not None else set()
        if step is not None:
            found |= {c for values in step.effects.values() for c, v in values.items() if v is not None}
            found |= {"case_number"} if step.number else set()
        found |= known.ACTION_FACTS.get(self._action(process, node), frozenset())
        if node.kind in ("intermediateCatchEvent", "boundaryEvent", "receiveTask", "startEvent"):
            found |= {fact for facts in process.messages.values() for fact in facts}
        if node.kind == "businessRuleTask":
            found |= self.ground.elements.keys()  # what a table answers is checked elsewhere
        return frozenset(found)

    @staticmethod
    def _action(process: Process, node: Node) -> str:
        service = process.services.get(node.id)
        return node.properties.get("zc.action") or (service.action if service is not None else "")

    @cached_property
    def given(self) -> frozenset[str]:
        """What the record brings when the process begins: its start form; beside another process, all that asks there;
        started by a service step, what that copies."""
        found = set(_asked(self.ground.forms.get(self.process.start.form or ""), None, sure=True))
        for other in self.ground.processes.values():
            if self.process.beside and not other.beside and other.subject == self.process.subject:
                found |= _all_asked(self.ground, other)
            for service in other.services.values():
                if service.parameters.get("process") == self.process.key:
                    copied = service.parameters.get("copy", "all")
                    found |= (
                        _all_asked(self.ground, other) if copied == "all" else {c.strip() for c in copied.split(",")}
                    )
        return frozenset(found)


def _asked(form: Form | None, step: StepConfig | None, *, sure: bool) -> Iterator[str]:
    """The elements of a form; `sure`: those that nobody can leave empty where they are shown (when they are, the same
    conditions decide that send the flow to the paper: this is not followed)."""
    for section in form.sections if form is not None else ():
        for one in section.fields:
            may = step is None or not step.roles or one.right(frozenset(step.roles)) == "edit"
            if one.computed or (may and (not sure or one.required or one.default)):
                yield one.element


def _all_asked(ground: Ground, process: Process) -> set[str]:
    found = set(_asked(ground.forms.get(process.start.form or ""), None, sure=False))
    for step in process.steps.values():
        found |= set(_asked(ground.forms.get(step.form or ""), step, sure=False))
        found |= {c for values in step.effects.values() for c in values}
    return found
