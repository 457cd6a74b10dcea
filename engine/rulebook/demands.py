"""What evidence a violation item demands, and what of it is missing. Every piece of evidence counts for one demand only.

The demands are content (`rules/national/evidence/*.yaml`); they remind and never refuse. Reads no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Need:
    """One thing to be proved: by evidence of one of `kinds` (EVIDENCE_KIND) or by an issued paper of one of `papers`."""

    id: str
    name: str
    kinds: tuple[str, ...]
    papers: tuple[str, ...]
    mark: str
    source: str


@dataclass(frozen=True)
class Demands:
    """`always`: what every case needs; `by_item`: violation item → what it needs besides."""

    always: tuple[Need, ...] = ()
    by_item: Mapping[str, tuple[Need, ...]] | None = None

    def of(self, item: str | None) -> tuple[Need, ...]:
        """The needs of a violation item; of an item that nobody wrote demands for (or none yet) only the general ones."""
        return (*self.always, *((self.by_item or {}).get(item or "", ())))


def load(files: Iterable[Mapping[str, Any]]) -> Demands:
    """The demands of the files of a release. A missing key raises `KeyError`."""
    always: list[Need] = []
    by_item: dict[str, tuple[Need, ...]] = {}
    for file in files:
        always += [_need(entry, entry) for entry in file.get("always") or []]
        for demand in file.get("demands") or []:
            needs = tuple(_need(entry, demand) for entry in demand["needs"])
            for item in demand["items"]:
                by_item[str(item)] = (*by_item.get(str(item), ()), *needs)
    return Demands(tuple(always), by_item)


def _need(entry: Mapping[str, Any], about: Mapping[str, Any]) -> Need:
    kinds, papers = entry.get("kinds") or [], entry.get("papers") or []
    if not kinds and not papers:
        raise ValueError(f"“{entry['name']}”没有写明由哪类证据或文书证明")
    told = (str(entry.get("mark") or about["mark"]), str(entry.get("source") or about["source"]))
    return Need(str(entry["id"]), str(entry["name"]), tuple(map(str, kinds)), tuple(map(str, papers)), *told)


def proved(needs: Sequence[Need], evidence: Mapping[str, str], papers: Mapping[str, str]) -> list[str | None]:
    """For each need what proves it – an id of `evidence` (id → kind) or of `papers` (id → code) – or None where it is missing.

    As many needs as can be are proved, and none by what proves another already (a matching of the largest size).
    """
    offers = [
        [id_ for id_, kind in evidence.items() if kind in need.kinds]
        + [id_ for id_, code in papers.items() if code in need.papers]
        for need in needs
    ]
    taken: dict[str, int] = {}

    def place(at: int, tried: set[str]) -> bool:
        for offer in offers[at]:
            if offer not in tried:
                tried.add(offer)
                if offer not in taken or place(taken[offer], tried):
                    taken[offer] = at
                    return True
        return False

    for at in range(len(needs)):
        place(at, set())
    by_need = {at: offer for offer, at in taken.items()}
    return [by_need.get(at) for at in range(len(needs))]
