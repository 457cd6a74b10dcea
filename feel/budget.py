"""Budgets: what one expression may cost, and the meter that runs while it is evaluated."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from time import thread_time
from typing import Any

from feel.errors import FeelError

# The clock is read once per so many steps: often enough for 1 ms, rarely enough to cost nothing.
TICK = 64


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of one expression. Sizes are counts (characters, nodes, items), ``seconds`` is time of the processor, without the garbage collector's."""

    length: int = 2_000
    nodes: int = 200
    depth: int = 30
    items: int = 10_000
    characters: int = 10_000
    steps: int = 100_000
    cells: int = 400_000
    calls: int = 40
    seconds: float = 0.05


MODELLER = Budget()
"""For expressions that people write into content."""

STANDARD = Budget(
    length=200_000,
    nodes=60_000,
    depth=60,
    items=1_000_000,
    characters=1_000_000,
    steps=20_000_000,
    cells=20_000_000,
    calls=60,
    seconds=20.0,
)
"""For the conformance kit, whose models are larger than any condition."""


@dataclass(frozen=True, slots=True)
class Host:
    """What an expression may ask of its surroundings; everything is a plain function or mapping.

    ``clock`` answers now() and today() with an aware datetime. ``is_working_day(day, calendar)`` says whether a day
    counts; ``calendar`` is the name given in the expression or None. ``codes`` maps a code list to code → Chinese name.
    """

    clock: Callable[[], datetime] | None = None
    is_working_day: Callable[[date, str | None], bool] | None = None
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


NO_HOST = Host()


class _Collecting(threading.local):
    """Seconds that the garbage collector took of this thread: what a process holds is no fault of the expression."""

    spent = 0.0
    begun = 0.0

    def told(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self.begun = thread_time()
        else:
            self.spent += thread_time() - self.begun


_collecting = _Collecting()
gc.callbacks.append(_collecting.told)


class Meter:
    """The state of one evaluation: what is spent, and why values became null when someone wants to know."""

    # Defaults of the class: an evaluation that never counts anything pays nothing for the counters.
    steps = 0
    cells = 0
    calls = 0
    _next = TICK
    _deadline = 0.0

    def __init__(self, budget: Budget, host: Host, notes: list[tuple[int, str]] | None = None) -> None:
        self.budget = budget
        self.host = host
        self.notes = notes

    def spend(self, steps: int) -> None:
        """Count work; ends the evaluation with FeelError when steps or time are used up."""
        self.steps += steps
        if self.steps >= self._next:
            self._check()

    def _check(self) -> None:
        # Of this thread: a busy machine must not make a lawful step fail.
        now = thread_time() - _collecting.spent
        if not self._deadline:
            self._deadline = now + self.budget.seconds
        self._next = self.steps + TICK
        if self.steps > self.budget.steps:
            raise FeelError(-1, f"表达式运算量超过 {self.budget.steps} 步，已中止；请缩小列表或循环范围。", "budget")
        if now > self._deadline:
            raise FeelError(-1, f"表达式运算超过 {self.budget.seconds * 1000:g} 毫秒，已中止；请简化表达式。", "budget")

    def size(self, items: int) -> None:
        """Account for a list or context of so many items that is about to exist."""
        if items > self.budget.items:
            raise FeelError(-1, f"列表有 {items} 项，超过上限 {self.budget.items} 项。", "budget")
        self.cells += items
        if self.cells > self.budget.cells:
            raise FeelError(-1, f"表达式产生的数据超过 {self.budget.cells} 项，已中止。", "budget")
        self.spend(items)

    def text(self, characters: int) -> None:
        """Account for a string of so many characters that is about to exist."""
        if characters > self.budget.characters:
            raise FeelError(-1, f"文字长 {characters} 个字符，超过上限 {self.budget.characters}。", "budget")
        self.cells += characters >> 3
        if self.cells > self.budget.cells:
            raise FeelError(-1, f"表达式产生的文字过多(折合超过 {self.budget.cells} 项)，已中止。", "budget")

    def enter(self) -> None:
        """Count one level of user function; pair with ``leave``."""
        self.calls += 1
        if self.calls > self.budget.calls:
            raise FeelError(-1, f"函数嵌套调用超过 {self.budget.calls} 层，请检查是否无穷递归。", "budget")
        self.spend(1)

    def leave(self) -> None:
        """End one level of user function."""
        self.calls -= 1

    def note(self, position: int, reason: str) -> None:
        """Remember why something became null, when a trace is wanted. Returns None so that callers may return it."""
        if self.notes is not None and len(self.notes) < 100:
            self.notes.append((position, reason))


def widened(budget: Budget, **changes: Any) -> Budget:
    """A copy of a budget with some limits changed."""
    return replace(budget, **changes)
