"""What can go wrong in the flow, each with a Chinese sentence that names the element and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a diagram: where, which kind, and a sentence for the modeller."""

    file: str
    element: str
    code: str
    message_zh: str

    def __str__(self) -> str:
        where = f"{self.file} {self.element}".strip()
        return f"{where}: {self.message_zh}" if where else self.message_zh


class FlowError(Exception):
    """Anything the flow refuses or cannot do; `reason_zh` is the sentence to show."""

    def __init__(self, reason_zh: str) -> None:
        super().__init__(reason_zh)
        self.reason_zh = reason_zh


class BadDiagram(FlowError):
    """A diagram that would not run as drawn; `faults` says everything that is wrong."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(";".join(map(str, faults[:5])) + (f";共 {len(faults)} 处" if len(faults) > 5 else ""))
        self.faults = list(faults)


class Refused(FlowError):
    """The act does not fit what waits now; the run is unchanged."""


class Runaway(FlowError):
    """A step passed more elements than the bound without coming to a stop."""


class Unthawable(FlowError):
    """Stored state that this program cannot read, or that does not belong to this diagram."""


class Uncaught(FlowError):
    """An error end event that no boundary event catches."""
