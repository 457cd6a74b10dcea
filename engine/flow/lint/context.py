"""What a check looks at: one scope of one document, and the processes around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.flow.document import SCOPES, Document, Element, Flow, Scope, tag
from engine.flow.errors import Fault

WAITING = frozenset(
    {"userTask", "manualTask", "serviceTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"}
)
ACTIVITIES = frozenset(
    {
        "userTask",
        "manualTask",
        "serviceTask",
        "businessRuleTask",
        "receiveTask",
        "sendTask",
        "callActivity",
        "subProcess",
    }
)


@dataclass
class Context:
    """The processes that are checked together (id → its document), and those among which their callers may be."""

    home: Mapping[str, Document]
    callers: Mapping[str, Document] | None = None

    @property
    def scopes(self) -> list[Scope]:
        """Every scope of these processes."""
        return [s for pid, d in self.home.items() for s in d.scopes if s.process == pid]

    def document(self, scope: Scope) -> Document:
        """The file that a scope is drawn in."""
        return (self.callers or self.home)[scope.process]

    def process(self, pid: str) -> Scope | None:
        """The outermost scope of a process."""
        return next((p for p in self.home[pid].processes if p.id == pid), None) if pid in self.home else None

    def calls(self) -> Iterator[tuple[Scope, Element]]:
        """Every call activity with the scope it stands in, also in processes that are not checked now."""
        for pid, d in (self.home if self.callers is None else self.callers).items():
            for s in d.scopes:
                if s.process == pid:
                    for e in s.of("callActivity"):
                        yield s, e


Check = Callable[[Context, Scope], Iterator[Fault]]


def label(element: Element) -> str:
    """How a sentence names an element: its name, else its id."""
    return element.get("name") or element.get("id") or f"第 {element.sourceline} 行的元素"


def fault(scope: Scope, element: Element | str, code: str, message: str) -> Fault:
    """A fault at an element; the sentence begins with its name."""
    if isinstance(element, str):
        return Fault(scope.file, element, code, message)
    return Fault(scope.file, element.get("id", ""), code, f"“{label(element)}”{message}")


def following(scope: Scope, node: str, *, handlers: bool = True) -> list[str]:
    """Where a token at a node may go next; with `handlers` also to the boundary events of the node."""
    out = [f.target for f in scope.outgoing.get(node, ())]
    return out + [b.get("id", "") for b in scope.boundaries.get(node, ())] if handlers else out


def reach(scope: Scope, starts: list[str], *, handlers: bool = True) -> set[str]:
    """The nodes that tokens at `starts` may come to, `starts` included."""
    seen: set[str] = set()
    todo = list(starts)
    while todo:
        n = todo.pop()
        if n in scope.nodes and n not in seen:
            seen.add(n)
            todo += following(scope, n, handlers=handlers)
    return seen


def is_event_scope(scope: Scope) -> bool:
    """Whether a scope is an event sub-process."""
    return tag(scope.element) in SCOPES and scope.element.get("triggeredByEvent") == "true"


def starts_of(scope: Scope) -> list[str]:
    """The ids of its start events."""
    return [e.get("id", "") for e in scope.of("startEvent")]


__all__ = [
    "ACTIVITIES",
    "WAITING",
    "Check",
    "Context",
    "Flow",
    "fault",
    "following",
    "is_event_scope",
    "label",
    "reach",
    "starts_of",
]
