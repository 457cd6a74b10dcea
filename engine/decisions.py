"""Decision models of a release: `rules/national/decisions/<key>.dmn`, each file's first decision under the file's name."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from content.releases import Release
from engine.rulebook import dmn
from kernel.errors import BadContent

_FOLDER = "rules/national/decisions/"
_OUTPUT = re.compile(rb'<(?:\w+:)?output\b[^>]*?\bname="([a-z][a-z0-9_]*)"')


@functools.lru_cache(maxsize=256)
def _loaded(hash_: str, key: str, release: Release) -> dmn.Decisions:
    path = f"{_FOLDER}{key}.dmn"
    if path not in release.files:
        raise BadContent(path, 0, f"没有决策 {key},请在 {_FOLDER} 中放入决策表")
    try:
        found = dmn.load(release.files[path], aliases=release.elements.aliases)
    except dmn.DmnError as error:
        raise BadContent(path, 0, str(error)) from error
    if found.faults:
        raise BadContent(path, 0, ";".join(f"{f.element} {f.message}" for f in found.faults[:5]))
    return found


def decide(release: Release, key: str, context: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A decision's outputs (name → JSON value), and what is kept of it: the rules that matched, with their annotations.

    A table that breaks its own hit policy decides nothing: `BadContent`, never a silent first match.
    """
    found = _loaded(release.hash, key, release)
    decision = found.decisions[0][0]
    answer = found.decide(decision, context)
    if answer.violations:
        raise BadContent(f"{_FOLDER}{key}.dmn", 0, ";".join(answer.violations))
    value = answer.value if isinstance(answer.value, Mapping) else {key: answer.value}
    kept = {"decision": key, "matches": [_plain(vars_of(m)) for m in answer.matches], "reasons": list(answer.reasons)}
    return {str(k): _plain(v) for k, v in value.items()}, kept


def outputs(release: Release) -> set[str]:
    """The names that the decision tables of a release may set."""
    tables = (body for path, body in release.files.items() if path.startswith(_FOLDER) and path.endswith(".dmn"))
    return {name.decode() for body in tables for name in _OUTPUT.findall(body)}


def vars_of(match: dmn.Match) -> dict[str, Any]:
    """A match as a mapping."""
    return {name: getattr(match, name) for name in match.__dataclass_fields__}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
