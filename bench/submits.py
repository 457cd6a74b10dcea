"""What one submit costs the database: statements and round trips, over a whole ordinary case played by its story."""

from __future__ import annotations

import statistics
from typing import Any

from bench.node import Site, bench_site
from engine import commands, stories
from engine.play import Player
from kernel.work import Work

STORY = "processes/national/case_ordinary/stories/paid_in_time.yaml"


class _Counting(Player):
    """Plays, and notes what each `complete` cost: (element, statements, round trips). The scope's SET is not counted."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.node, site.clock, site.person)
        self.costs: list[tuple[str, int, int]] = []

    def _act(self, line: stories.Line) -> dict[str, Any]:
        if line.message is not None:
            return super()._act(line)
        work = self._work(line.by or "")
        task_id = self._task(work, line)
        if task_id is None:
            raise AssertionError(f"no task {line.step}")
        commands.claim(work, task_id)
        work = Work(self.node, work.person)
        answer = commands.complete(work, task_id, self._people(line.answers), key=f"submit-{task_id}")  # type: ignore[call-arg]
        self.costs.append((line.step or "", work.statements - 1, work.round_trips))
        return answer


def costs(site: Site) -> list[tuple[str, int, int]]:
    """Per completed step of the story, after a first play that fills the caches of a worker."""
    # Not the same matter twice: that would be refused.
    for place, check in (("K2490+100", "9"), ("K2486+300", "")):
        told = site.files[STORY].decode().replace("K2486+300", place).replace('check_no: "', f'check_no: "{check}')
        story = stories.read(STORY, told.encode())
        site.clock.set(story.start.at)
        player = _Counting(site)
        played = player.play("case_ordinary", story)
        if played.faults:
            raise AssertionError("; ".join(played.faults))
    return player.costs


def run() -> dict[str, float]:
    """sql_per_submit and round_trips_per_submit: the mean; the worst step beside it."""
    with bench_site() as site:
        found = costs(site)
    sql, trips = [c[1] for c in found], [c[2] for c in found]
    for element, statements, round_trips in found:
        print(f"  {element:24} {statements:3} statements {round_trips:3} round trips")
    return {
        "sql_per_submit": round(statistics.mean(sql), 1),
        "sql_per_submit_worst": max(sql),
        "round_trips_per_submit": round(statistics.mean(trips), 1),
        "round_trips_per_submit_worst": max(trips),
    }


if __name__ == "__main__":
    print(run())
