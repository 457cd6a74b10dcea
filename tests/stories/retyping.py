"""What stories type into forms although the case knew it when the form was opened.

A player opens each form before it hands it in. What was typed into a field that showed nothing, while the same words stood in the
case under another name (or are a person's, the agency's or a paper's number), is typed a second time. A field that has a default
or is asked anew was thought about; opinions and moments are alike by habit and by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import engine
from content.forms import Form
from content.releases import Release
from engine import release_store, stories
from engine.play import Player

_COPIED = frozenset({"text", "address", "longtext", "money"})
_NOTHING = "0.00"
_SHORT, _LONG = 4, 30  # signs of a text and of a long text that are not the same by chance
_CASE = """select c.facts, a.name as agency, array(select name from officer) as people,
array(select number from document d where d.case_id = c.id and number is not null) as numbers
from work_item w join enforcement_case c on c.id = w.subject_id join agency a on a.id = c.agency_id where w.id = %s"""


class Watched(Player):
    """A player that looks at each form first. `retyped`: form.field → what was typed, and where it was known."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.retyped: dict[str, str] = {}

    def _act(self, line: stories.Line) -> dict[str, Any]:
        if line.step is not None:
            self._look(line)
        return super()._act(line)

    def _look(self, line: stories.Line) -> None:
        work = self._work(line.by or "")
        task_id = self._task(work, line)
        if task_id is None:
            return
        told = engine.task(work, task_id)
        with work.transaction(hot=True):
            case = work.one(_CASE, (task_id,))
        if told["form"] is None or case is None:
            return
        release = release_store.current(work)
        form = release.form(told["form"]["key"])
        self.retyped |= retyped(release, form, told["answers"], line.answers, known(release, case))


def known(release: Release, case: Mapping[str, Any]) -> dict[str, object]:
    """What the case knows: facts by the element's key; papers' numbers, people (alone and two together) and the agency by themselves."""
    people = [*case["people"], *(f"{one}、{other}" for one in case["people"] for other in case["people"])]
    besides = [*people, *case["numbers"], case["agency"]]
    return {**dict(zip(besides, besides, strict=True)), **case["facts"]}


def retyped(
    release: Release, form: Form, shown: Mapping[str, Any], answers: Mapping[str, Any], known: Mapping[str, object]
) -> dict[str, str]:
    """form.field → the answer and where it was known, of the answers that were typed again."""
    found = {}
    for key, answer in answers.items():
        field = form.fields.get(key)
        if field is None or field.default or field.anew or shown.get(key) is not None:
            continue
        kind = release.elements[key].type
        if kind not in _COPIED or answer == _NOTHING or len(str(answer)) < (_LONG if kind == "longtext" else _SHORT):
            continue
        if under := sorted(name for name, value in known.items() if value == answer and name != key):
            found[f"{form.key}.{key}"] = f"{answer}({'、'.join(under)})"
    return found
