"""Personal data masked by class (name, id, phone, address, bank, plate); unmasking is an act of its own (`engine.unmask`)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from content import identity
from content.elements import Element

RIGHT = "personal.unmask"
LONGEST_NAME: Final = 4  # of a person, without a middle dot
_TEXTS: Final = frozenset({"text", "longtext", "address"})
# What is told of a person elsewhere in the facts is hidden in free text too: class → how short a value may be.
_TOLD: Final[Mapping[str, int]] = {"name": 2, "id": 5, "phone": 5, "address": 5, "bank": 5, "plate": 5}
_CARD: Final = r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])"
_MOBILE: Final = r"(?<![0-9A-Za-z.-])1[3-9]\d{9}(?![0-9A-Za-z-])"
_NUMBERS: Final = re.compile(f"{_CARD}|{_MOBILE}")


def handled(record: str) -> str:
    """SQL: has this person (%(me)s) worked on the record, or does he hold a task of it? `record`: its id."""
    return (
        f"(exists (select 1 from work_item k where k.subject_id = {record} and k.status = 'open' and k.claimed_by = %(me)s)"
        f" or exists (select 1 from step_history h where h.subject_id = {record} and h.person_id = %(me)s))"
    )


def masked(kind: str, text: str | None) -> str | None:
    """The text with what identifies a person replaced by stars (the rules are content.identity's); nothing stays nothing."""
    return identity.masked(kind, text) if text else text


def like_a_person(name: str) -> bool:
    """Of a name that may be a person's or a firm's: is it a person's? Longer ones without a middle dot are firms and authorities."""
    return len(name) <= LONGEST_NAME or "·" in name


def masked_row(row: Mapping[str, object], classes: Mapping[str, str]) -> dict[str, object]:
    """A copy of the row in which the columns named in `classes` (column → class) are masked."""
    return {
        key: masked(classes[key], str(value)) if key in classes and value is not None else value
        for key, value in row.items()
    }


def record_row(row: Mapping[str, Any], classes: Mapping[str, str]) -> dict[str, Any]:
    """As `masked_row`, of a record: the name of a firm stays, and what its columns tell of a person is masked in its `title` too."""
    hidden = {
        key: str(masked(kind, told))
        for key, kind in classes.items()
        if isinstance(told := row.get(key), str) and told and (kind != "name" or like_a_person(told))
    }
    shown = {**row, **hidden}
    if isinstance(row.get("title"), str):
        for key, stars in hidden.items():
            shown["title"] = shown["title"].replace(row[key], stars)
    return shown


def is_personal(elements: Mapping[str, Element], element: Element) -> bool:
    """Has the element a class of personal data, or – a table – a column that has one?"""
    return bool(element.personal) or any(elements[c].personal for c in element.columns if c in elements)


def masker(elements: Mapping[str, Element], facts: Mapping[str, Any]) -> Callable[[Element, Any], Any]:
    """How a fact of these is seen without the right: by its class; of a table, column by column; in free text, whatever the
    facts tell of a person elsewhere and every ID card and mobile number. What stands openly in another fact stays."""
    told = dict(_told(elements, facts))
    is_open = {v for k, v in facts.items() if isinstance(v, str) and not (k in elements and elements[k].personal)}
    hidden = {value: masked(kind, value) for value, kind in told.items() if value not in is_open}

    @functools.cache
    def pattern() -> re.Pattern[str]:
        words = sorted(map(re.escape, hidden), key=len, reverse=True)
        return re.compile("|".join([*words, _CARD, _MOBILE]))

    def hidden_in(text: str) -> str:
        return (pattern() if any(word in text for word in hidden) else _NUMBERS).sub(hide, text)

    def hide(match: re.Match[str]) -> str:
        found = match[0]
        return hidden.get(found) or str(masked("id" if len(found) == 18 else "phone", found))

    def seen(element: Element, value: Any) -> Any:
        if element.personal:
            return element.masked(value)
        if isinstance(value, list):
            return [{k: cell(k, v) for k, v in row.items()} if isinstance(row, dict) else row for row in value]
        return hidden_in(value) if isinstance(value, str) and element.type in _TEXTS else value

    def cell(key: str, value: Any) -> Any:
        return seen(elements[key], value) if key in elements else value

    return seen


def _told(elements: Mapping[str, Element], facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Values that identify a person, with their class."""
    for key, value in facts.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows:
            cells = row if isinstance(row, dict) and isinstance(value, list) else {key: row}
            for name, cell in cells.items():
                kind = elements[name].personal if name in elements else ""
                text = cell.get("name") if isinstance(cell, dict) else cell
                if isinstance(text, str) and len(text) >= _TOLD.get(kind, len(text) + 1):
                    yield text, kind
