"""Parameters: values that an agency confirms. What an agency (or one above it) confirmed goes before the content's value.

A value from memory ([K]) that nobody confirmed still has to let the case go on, but never silently: whoever relies on it is
told by an alert that names the parameter.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from content.process import Parameter
from content.releases import Release
from engine.alerts import raise_alert
from kernel.errors import DeliveryFailed
from kernel.work import Work

_FRESH_SECONDS = 3.0
_cache: dict[tuple[str, int], tuple[float, dict[str, Confirmed]]] = {}
_content: dict[int, tuple[Mapping[str, Parameter], Mapping[str, Value]]] = {}
_MOST_KEPT = 256  # processes of some releases
_QUERY = """select distinct on (p.key) p.key, p.value, p.ground, p.confirmed_at from agency a join parameter p on p.agency_id = any(a.path) where a.id = %s
order by p.key, array_position(a.path, p.agency_id) desc"""


@dataclass(frozen=True)
class Confirmed:
    """What an agency confirmed: the value (JSON), on which ground, when."""

    value: Any
    ground: str
    at: datetime


@dataclass(frozen=True)
class Value:
    """A parameter as a case sees it. `unconfirmed`: from memory and confirmed by nobody."""

    key: str
    name: str
    value: Any
    unconfirmed: bool


def values(work: Work, declared: Mapping[str, Parameter], agency_id: int) -> dict[str, Value]:
    """The parameters in force for an agency."""
    known = confirmed(work, agency_id)
    own = {
        key: Value(key, declared[key].name, like(declared[key].value, known[key].value), False)
        for key in known.keys() & declared.keys()
    }
    return {**_as_content_has_them(declared), **own}


def tell_unconfirmed(work: Work, place: dict[str, Any], subject_id: UUID, key: str, name: str) -> None:
    """An alert, once a record, that its course rests on a value from memory. `place`: agency_id, category."""
    raise_alert(
        work,
        place,
        subject_id,
        f"PARAMETER:{key}",
        severity="info",
        message=f"本案的流转依据参数“{name}”,其值尚未经本机构确认",
        action="由机构负责人确认该参数并写明依据",
        once=True,
    )


def counted(work: Work, release: Release, agency_id: int, key: str) -> Value:
    """A parameter that counts days or years, as a service step names it. In an open transaction. Raises `DeliveryFailed`."""
    told = values(work, release.parameters, agency_id).get(key)
    if told is None or int(told.value) < 1:
        raise DeliveryFailed(
            f"服务环节所写的参数“{key}”没有正整数的值",
            permanent=True,
            remedy="请建模人员在该环节写参数的键,或者由本机构把它确认为正整数",
        )
    return told


def _as_content_has_them(declared: Mapping[str, Parameter]) -> Mapping[str, Value]:
    """Made once: a release is immutable."""
    made = _content.get(id(declared))
    if made is None or made[0] is not declared:
        values = {key: Value(key, p.name, _feel(p.value), p.mark == "K") for key, p in declared.items()}
        made = _content[id(declared)] = (declared, values)
        if len(_content) > _MOST_KEPT:
            _content.pop(next(iter(_content)), None)
    return made[1]


def confirmed(work: Work, agency_id: int) -> dict[str, Confirmed]:
    """Everything confirmed for an agency, by itself or above it; some seconds old at most."""
    place = (work.node.db.dsn, agency_id)
    found = _cache.get(place)
    if found is None or time.monotonic() - found[0] > _FRESH_SECONDS:
        rows = work.rows(_QUERY, (agency_id,))
        found = _cache[place] = (
            time.monotonic(),
            {r["key"]: Confirmed(r["value"], r["ground"], r["confirmed_at"]) for r in rows},
        )
    return found[1]


def forget() -> None:
    """After a confirmation: the next asking reads anew."""
    _cache.clear()


def _feel(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def like(declared: Any, told: Any) -> Any:
    """A confirmed value, which is kept as text, in the type of the content's own value."""
    if isinstance(declared, bool):
        return str(told).lower() == "true"
    return Decimal(str(told)) if isinstance(declared, int | float | Decimal) else told
