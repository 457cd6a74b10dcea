"""What the steps of a whole ordinary case cost the database, every risk rule of the national content tried (architecture.md §3)."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from bench.node import Site
from bench.submits import costs
from kernel.work import Node, Person, SettableClock
from tests.stories.conftest import FILES


def test_a_step_of_the_ordinary_case_costs_twelve_statements_and_eight_round_trips_at_most(
    stage: tuple[Node, Callable[[str], Person]], clock: SettableClock
) -> None:
    found = costs(Site(stage[0], clock, FILES))
    assert statistics.mean(statements for _, statements, _ in found) <= 12, found
    assert statistics.mean(trips for _, _, trips in found) <= 8, found
