"""The context in which acting rules and guards judge a step: who acts, with which certificates, what was done before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from engine import shelf
from kernel.work import LOCAL, Row, Work
from registers import officer


class Acting:
    """Asked for with `send` (travels with the other reads of the step), judged with `context`."""

    def __init__(
        self,
        work: Work,
        subject_id: UUID,
        category: str,
        officers: Sequence[str],
        agency_id: int | None = None,
        parts: frozenset[str] = frozenset(),
    ) -> None:
        people = list(dict.fromkeys([*officers, str(work.person.id)]))
        self._work = work
        asked = officer.asked(people, work.now, category, agency_id)
        self._shelf = shelf.send(work, subject_id, agency_id, parts, asked)
        self.parts = shelf.ALWAYS | parts
        self._named = set(officers)
        self._agency = agency_id
        self.officers: list[Row] = []
        self.people: list[Row] = []  # officers and whoever acts, with what the register knows of them besides
        self.history: list[Row] = []  # what lies on the shelf (engine/shelf.py), as far as it was asked for

    def context(
        self,
        facts: Mapping[str, Any],
        clocks: Mapping[str, Mapping[str, object]],
        parameters: Mapping[str, object] | None = None,
    ) -> dict[str, object]:
        """What guards see besides the facts: the agency's parameters under their keys, person (of_this_agency: of the one whose record it
        is), acting_officers, performers, done, clocks, papers, proceedings (keys of the processes running on the record, this
        one too), now, today."""
        work = self._work
        read = work.read(self._shelf)
        listed = sorted((row for row in read if row["what"] == "officer"), key=lambda row: row["n"])
        self.people = officer.best(row["more"] for row in listed)
        people = [{key: p[key] for key in officer.Acting.__annotations__} for p in self.people]
        self.officers = [p for p in people if p["id"] in self._named]
        done: dict[str, list[str]] = {}
        states: dict[str, int] = {}
        running: list[str] = []
        served: dict[str, date] = {}
        unserved: list[str] = []
        self.history = [row for row in read if row["what"] != "officer"]
        for row in self.history:
            if row["what"] == "step":
                done.setdefault(row["name"], []).append(str(row["person_id"]))
                continue
            if row["what"] == "process":
                running.append(row["name"])
                continue
            if row["what"] != "paper":
                continue
            if row["state"] == "issued":
                unserved.append(row["name"])
            states[row["state"]] = states.get(row["state"], 0) + row["n"]
            if row["served_at"] is not None:
                served[row["name"]] = max(served.get(row["name"], date.min), row["served_at"].astimezone(LOCAL).date())
        me = next((p for p in people if p["id"] == str(work.person.id)), _nobody(work))
        return {
            **(parameters or {}),
            **facts,
            "person": {
                **me,
                "roles": sorted(work.person.roles),
                "of_this_agency": work.person.agency_id == self._agency,
            },
            "acting_officers": self.officers,
            "performers": done,
            "done": dict.fromkeys(done, True),
            "clocks": dict(clocks),
            "papers": {**_papers(states), "served": served, "unserved": unserved},
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
