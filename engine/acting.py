"""The context in which acting rules and guards judge a step: who acts, with which certificates, what was done before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from kernel.work import LOCAL, Row, Work
from registers import officer

# Who did which step of the law's order, and how many papers stand in which state: one statement.
# A step that a return took back since does not count until it is done anew.
_DONE = """select 'step' as what, outcome->>'step_role' as name, person_id, 1 as n, null::timestamptz as at from step_history h
where subject_id = %(subject)s and event = 'left' and outcome ? 'step_role' and not exists (select 1 from step_history m
  where m.subject_id = h.subject_id and m.event = 'moved' and m.instance_id = h.instance_id and m.id > h.id
    and m.outcome->'taken_back' ? h.element) group by 2, 3
union all select 'paper', state, null, count(*), null from document
where case_id = %(subject)s and state in ('made', 'unsealed', 'issued', 'served') group by 2
union all select 'served', kind, null, 1, max(served_at) from document
where case_id = %(subject)s and served_at is not null and state in ('made', 'issued', 'served') group by 2
union all select 'process', process_key, null, 1, null from process_instance
where subject_id = %(subject)s and status in ('running', 'suspended', 'incident')"""


class Acting:
    """Asked for with `send` (travels with the other reads of the step), judged with `context`."""

    def __init__(self, work: Work, subject_id: UUID, category: str, officers: Sequence[str]) -> None:
        people = list(dict.fromkeys([*officers, str(work.person.id)]))
        self._work, self._category = work, category
        self._people = officer.send_acting(work, people, work.now, category)
        self._done = work.send(_DONE, {"subject": subject_id})
        self._named = set(officers)
        self.officers: list[Row] = []

    def context(
        self,
        facts: Mapping[str, Any],
        clocks: Mapping[str, Mapping[str, object]],
        parameters: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """What guards see besides the facts: the agency's parameters under their keys, person, acting_officers, performers,
        done, clocks, papers, proceedings (keys of the processes running on the record, this one too), now, today."""
        work = self._work
        people = officer.read_acting(work, self._people)
        self.officers = [p for p in people if p["id"] in self._named]
        done: dict[str, list[str]] = {}
        states: dict[str, int] = {}
        running: list[str] = []
        served: dict[str, date] = {}
        for row in work.read(self._done):
            if row["what"] == "step":
                done.setdefault(row["name"], []).append(str(row["person_id"]))
            elif row["what"] == "process":
                running.append(row["name"])
            elif row["what"] == "served":
                served[row["name"]] = row["at"].astimezone(LOCAL).date()
            else:
                states[row["name"]] = row["n"]
        me = next((p for p in people if p["id"] == str(work.person.id)), _nobody(work))
        return {
            **(parameters or {}),
            **facts,
            "person": {**me, "roles": sorted(work.person.roles)},
            "acting_officers": self.officers,
            "performers": done,
            "done": dict.fromkeys(done, True),
            "clocks": dict(clocks),
            "papers": {**_papers(states), "served": served},
            "proceedings": running,
            "now": work.now,
            "today": work.today,
        }


def _papers(states: Mapping[str, int]) -> dict[str, int]:
    """`made`: papers that stand, in whatever state; `issued`: those with a file, served ones too; `pending`: the others."""
    pending, issued = (
        states.get("made", 0) + states.get("unsealed", 0),
        states.get("issued", 0) + states.get("served", 0),
    )
    return {"pending": pending, "made": pending + issued, "issued": issued}


def _nobody(work: Work) -> Row:
    return {"id": str(work.person.id), "name": work.person.name, "certificate_valid": False, "category_covered": False}


def officers_in(facts: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """The officers that the answers name for this act, else those of the case."""
    named = answers.get("officers", facts.get("officers")) or []
    return [str(o) for o in named if isinstance(o, str)]
