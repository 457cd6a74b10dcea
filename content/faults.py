"""What is wrong with content, as a value: file, place, code, and a Chinese sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from kernel.errors import BadContent

T = TypeVar("T")
_TEXT: Final = (".yaml", ".bpmn", ".dmn")


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of content. `element` is the diagram element, the field, the guard's id … or empty for the whole file.

    `line` counts from 1; 0: the whole file, or not known.
    """

    file: str
    element: str
    code: str
    message_zh: str
    line: int = 0

    @property
    def message(self) -> str:
        """The Chinese sentence."""
        return self.message_zh

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        place = f"{self.file}{line} [{self.element}]" if self.element else f"{self.file}{line}"
        return f"{place}:{self.message_zh}"


def from_error(error: BadContent, code: str = "unreadable") -> Fault:
    """A file that cannot be read, as a fault."""
    return Fault(error.file, "", code, error.what, error.line)


def located(fault: Fault, files: Mapping[str, bytes]) -> Fault:
    """The fault with the line on which its file first names its element, where that can be found: in a diagram, where it stands
    itself, not where a lane lists it."""
    body = files.get(fault.file)
    name = re.split(r"[./\s]", fault.element.strip())[-1]
    if fault.line or not name or body is None or not fault.file.endswith(_TEXT):
        return fault
    word = re.escape(name.encode())
    found = re.search(rb'\bid="' + word + rb'"', body) or re.search(rb"(?<![\w.-])" + word + rb"(?![\w-])", body)
    return replace(fault, line=body.count(b"\n", 0, found.start()) + 1) if found else fault


def collect(makers: Iterable[Callable[[], T]], faults: list[Fault]) -> list[T]:
    """Calls each maker; what cannot be read goes to `faults`, the rest comes back."""
    made = []
    for make in makers:
        try:
            made.append(make())
        except BadContent as error:
            faults.append(from_error(error))
    return made
