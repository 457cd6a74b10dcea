"""The signatures of a case that were drawn by hand: whose they are, of which day, on which paper.

A paper shows the name; the picture is evidence of its own. In the dossier the pictures lie together, many on a page.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from content.releases import Release
from engine.papers import template, wording
from kernel.work import Row


@dataclass(frozen=True)
class Drawn:
    """One signature. `what`: the name of its place on the form; `paper`: what it signs, None when no paper shows it."""

    name: str
    day: str
    what: str
    paper: str | None


def drawn(
    evidence: Sequence[Row], changes: Sequence[Row], papers: Sequence[Row], releases: Mapping[str, Release]
) -> dict[UUID, Drawn]:
    """Evidence id → the signature that it is the picture of. One drawn anew and not kept is told by its upload alone."""
    shown = [row for row in evidence if row["media_type"].startswith("image/")]
    found = {
        row["id"]: Drawn(row["name"].rpartition(".")[0], wording.day(row["received_at"]), "", None)
        for row in shown
        if row["facts"].get("signature")
    }
    pictures = {str(row["facts"].get("carried_from") or row["id"]): row["id"] for row in shown}
    for change in changes:
        for key, (_, new) in change["changes"].items():
            for element, value in _signed(key, new):
                id_ = pictures.get(str(value["evidence"]))
                if id_ is not None:
                    paper, what = _paper(element, change, papers, releases)
                    day = wording.day(value.get("at") or change["at"])
                    found[id_] = Drawn(value["name"], day, what, paper)
    return found


def _signed(key: str, value: Any) -> Iterator[tuple[str, Row]]:
    """(element, value) of every drawn signature in a fact, also in the rows of a table."""
    if isinstance(value, list):
        for one in value:
            yield from _signed(key, one)
    elif isinstance(value, Mapping) and value.get("evidence") and isinstance(value.get("name"), str):
        yield key, dict(value)
    elif isinstance(value, Mapping):
        for inner, one in value.items():
            yield from _signed(inner, one)


def _paper(element: str, change: Row, papers: Sequence[Row], releases: Mapping[str, Release]) -> tuple[str | None, str]:
    """The paper that shows the signature and the name of its place there: the first made with it or after it, else the last
    made before it (signed when it was handed over)."""
    showing = [(p, label) for p in papers if (label := _places(releases.get(p["release"]), p["kind"]).get(element))]
    later = [one for one in showing if one[0]["made_at"] >= change["at"]]
    if showing:
        paper, label = later[0] if later else showing[-1]
        return paper["name"], label
    names = (r.elements[element].name for r in releases.values() if element in r.elements)
    return None, next(names, "签名")


@functools.lru_cache(maxsize=2048)
def _places(release: Release | None, code: str) -> Mapping[str, str]:
    """Element → label of the places for signatures on a paper."""
    folder = template.folders(release.files).get(code) if release is not None else None
    if release is None or folder is None:
        return {}
    file = f"{folder}document.yaml"
    fields = template.parse_yaml(file, release.files[file]).get("fields") or {}
    signed = [spec for spec in fields.values() if spec.get("type") == "signature"]
    return {e: spec["label"] for spec in signed for e in (spec.get("element", ""), *spec.get("otherwise", ())) if e}
