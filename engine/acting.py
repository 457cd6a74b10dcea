"""The context in which acting rules and guards judge a step: who acts, with which certificates, what was done before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from kernel.work import Row, Work
from registers import officer

_DONE = """select distinct outcome->>'step_role' as step_role, person_id from step_history
where subject_id = %s and event = 'left' and outcome ? 'step_role'"""


class Acting:
    """Asked for with `send` (travels with the other reads of the step), judged with `context`."""

    def __init__(self, work: Work, subject_id: UUID, category: str, officers: Sequence[str]) -> None:
        people = list(dict.fromkeys([*officers, str(work.person.id)]))
        self._work, self._category = work, category
        self._people = officer.send_acting(work, people, work.now, category)
        self._done = work.send(_DONE, (subject_id,))
        self._named = set(officers)
        self.officers: list[Row] = []

    def context(self, facts: Mapping[str, Any], clocks: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
        """What guards see besides the facts: person, acting_officers, performers, done, clocks, now, today."""
        work = self._work
        people = officer.read_acting(work, self._people)
        self.officers = [p for p in people if p["id"] in self._named]
        done: dict[str, list[str]] = {}
        for row in work.read(self._done):
            done.setdefault(row["step_role"], []).append(str(row["person_id"]))
        me = next((p for p in people if p["id"] == str(work.person.id)), _nobody(work))
        return {
            **facts,
            "person": {**me, "roles": sorted(work.person.roles)},
            "acting_officers": self.officers,
            "performers": done,
            "done": dict.fromkeys(done, True),
            "clocks": dict(clocks),
            "now": work.now,
            "today": work.today,
        }


def _nobody(work: Work) -> Row:
    return {"id": str(work.person.id), "name": work.person.name, "certificate_valid": False, "category_covered": False}


def officers_in(facts: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """The officers that the answers name for this act, else those of the case."""
    named = answers.get("officers", facts.get("officers")) or []
    return [str(o) for o in named if isinstance(o, str)]
