"""Differences between sets of content, by path and digest: between two, and three-way where two grew from one.

Three-way: `base` is what the node's own set was built on, `ours` what the node published, `theirs` what the repository
holds now. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from kernel import sm3

Digests = Mapping[str, str]


class Difference(TypedDict):
    """Paths, sorted."""

    added: list[str]
    changed: list[str]
    removed: list[str]


class Proposal(TypedDict):
    """What the repository's files would change in the node's. Each entry: path, and what happened to it on either side.

    `proposed`: only the repository changed it – may be taken over as it is. `conflicts`: both did, differently – somebody
    must decide. `own`: only the node did – stays.
    """

    proposed: list[dict[str, str]]
    conflicts: list[dict[str, str]]
    own: list[dict[str, str]]


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Path → SM3 of the bytes."""
    return {path: sm3.hexdigest(body) for path, body in files.items()}


def between(before: Digests, after: Digests) -> Difference:
    """What was added, changed and removed."""
    return {
        "added": sorted(after.keys() - before.keys()),
        "changed": sorted(path for path in before.keys() & after.keys() if before[path] != after[path]),
        "removed": sorted(before.keys() - after.keys()),
    }


def three_way(base: Digests, ours: Digests, theirs: Digests) -> Proposal:
    """What `theirs` proposes to `ours`. What both did alike is no difference."""
    found: Proposal = {"proposed": [], "conflicts": [], "own": []}
    for path in sorted({*base, *ours, *theirs}):
        mine, yours = _change(base, ours, path), _change(base, theirs, path)
        if ours.get(path) == theirs.get(path):
            continue
        entry = {"path": path, "here": mine, "repository": yours}
        kind = "conflicts" if mine and yours else "own" if mine else "proposed"
        found[kind].append(entry)  # type: ignore[literal-required]
    return found


def _change(base: Digests, now: Digests, path: str) -> str:
    """`added`, `changed`, `removed`, or nothing."""
    if base.get(path) == now.get(path):
        return ""
    return "added" if path not in base else "removed" if path not in now else "changed"
