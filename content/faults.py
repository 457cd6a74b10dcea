"""What is wrong with content, as a value: file, place, code, and a Chinese sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from kernel.errors import BadContent

T = TypeVar("T")


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of content. `element` is the diagram element, the field, the guard's id … or empty for the whole file."""

    file: str
    element: str
    code: str
    message_zh: str

    @property
    def message(self) -> str:
        """The Chinese sentence."""
        return self.message_zh

    def __str__(self) -> str:
        place = f"{self.file} [{self.element}]" if self.element else self.file
        return f"{place}:{self.message_zh}"


def from_error(error: BadContent, code: str = "unreadable") -> Fault:
    """A file that cannot be read, as a fault; the line goes into the sentence."""
    line = f"第 {error.line} 行:" if error.line else ""
    return Fault(error.file, "", code, f"{line}{error.what}")


def collect(makers: Iterable[Callable[[], T]], faults: list[Fault]) -> list[T]:
    """Calls each maker; what cannot be read goes to `faults`, the rest comes back."""
    made = []
    for make in makers:
        try:
            made.append(make())
        except BadContent as error:
            faults.append(from_error(error))
    return made
