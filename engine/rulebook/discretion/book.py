"""Reads the content of discretion: items, ladders, grounds, triggers, parameters, overload tables.

An item's tiers may be its own or a shared ladder's; both end as `Step`s whose `when` is FEEL.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.rulebook.discretion.entries import (
    BadDiscretion,
    Book,
    Computed,
    Ground,
    Item,
    Parameter,
    Range,
    Step,
    Trigger,
    Version,
)
from engine.rulebook.expressions import Aliases

__all__ = [
    "BadDiscretion",
    "Book",
    "Ground",
    "Item",
    "Parameter",
    "Range",
    "Step",
    "Trigger",
    "Version",
    "fingerprint",
    "item_faults",
    "load_book",
    "narrowing_faults",
    "with_parameters",
]

BASES = ("retroactivity", "confiscation", "discussion", "mitigation", "tiers")
RANGE_TYPES = ("fixed", "income", "percent", "multiple")
ITEM_KEYS = frozenset(
    [
        "id",
        "name",
        "category",
        "codes",
        "violated",
        "basis",
        "law",
        "authority",
        "kinds",
        "subject",
        "coercive_measures",
        "also_consider",
        "note",
        "mark",
        "range_verified",
        "source",
        "ranges",
        "tiers_mark",
        "illustrative",
        "tiers_note",
        "tiers",
        "examples",
        "versions",
        "computed",
        "locked",
    ]
)
RANGE_KEYS = frozenset(
    [
        "id",
        "type",
        "target",
        "phase",
        "when",
        "requires",
        "precondition",
        "optional",
        "min",
        "max",
        "base",
        "threshold",
        "threshold_op",
        "mult_min",
        "mult_max",
        "locked",
    ]
)
STEP_KEYS = frozenset(["tier", "text", "when", "penalty", "min", "max", "mult_min", "mult_max", "formula", "road"])


def load_book(files: Iterable[Mapping[str, Any]]) -> Book:
    """The book from the mappings of `discretion/*.yaml`. Raises BadDiscretion naming item and field."""
    found: dict[str, list[Any]] = {}
    tables: dict[str, Any] = {}
    categories: dict[str, str] = {}
    for mapping in files:
        for key, value in mapping.items():
            if key == "category":
                categories[str(value["code"])] = str(value["name"])
            elif key in ("items", "circumstances", "ladders", "grounds", "triggers", "parameters"):
                found.setdefault(key, []).extend(value or [])
            else:
                tables[key] = value
    ladders = {str(entry["id"]): entry for entry in found.get("ladders", [])}
    names = {str(c["id"]): str(c["name"]) for c in found.get("circumstances", [])}
    items: dict[str, Item] = {}
    for entry in found.get("items", []):
        item = _item(entry, ladders)
        if item.id in items:
            raise BadDiscretion(f"违法行为编号重复:{item.id}")
        items[item.id] = item
    return Book(
        items=items,
        grounds=tuple(_ground(entry) for entry in found.get("grounds", [])),
        triggers=tuple(_trigger(entry) for entry in found.get("triggers", [])),
        parameters={str(entry["id"]): _parameter(entry) for entry in found.get("parameters", [])},
        names=names,
        types={str(c["id"]): str(c["type"]) for c in found.get("circumstances", [])},
        aliases=Aliases({name: key for key, name in names.items()}),
        tables=tables,
        categories=categories,
        bases=_bases(tables.pop("bases", {}), bool(found.get("items"))),
        version=fingerprint({k: found.get(k) for k in ("ladders", "grounds", "triggers")}),
    )


def _bases(entry: Mapping[str, Any], needed: bool) -> dict[str, str]:
    """The articles of the mechanisms themselves."""
    lacking = [key for key in BASES if needed and not entry.get(key)]
    if lacking:
        raise BadDiscretion(f"bases 缺少 {'、'.join(lacking)}(裁量机制的依据条号)")
    return {str(key): str(value) for key, value in entry.items()}


def with_parameters(book: Book, values: Mapping[str, Mapping[str, Any]]) -> Book:
    """The book with an agency's parameters `{id: {value, basis}}`. Refuses unknown ids and values without basis."""
    parameters = dict(book.parameters)
    for key, entry in values.items():
        known = parameters.get(key)
        if known is None:
            raise BadDiscretion(f"没有名为 {key} 的裁量参数")
        if not entry.get("basis"):
            raise BadDiscretion(f"参数 {known.name}({key})须写明依据(basis)")
        parameters[key] = replace(known, value=_value(entry["value"]), confirmed=True, basis=str(entry["basis"]))
    return replace(book, parameters=parameters)


def fingerprint(content: object) -> str:
    """A short name of content: 12 hex digits of its SHA-256."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _item(entry: Mapping[str, Any], ladders: Mapping[str, Mapping[str, Any]]) -> Item:
    name = str(entry.get("id") or "(无编号)")
    for key in ("id", "name", "category", "basis", "kinds", "mark", "source"):
        if not entry.get(key):
            raise BadDiscretion(f"{name}:缺少 {key}")
    _known_keys(entry, ITEM_KEYS, name)
    ranges = tuple(_range(r, name) for r in entry.get("ranges", []))
    known = {r.id for r in ranges} | {"none"}
    tiers: dict[str, tuple[Step, ...]] = {}
    for group in entry.get("tiers", []):
        if group.get("range") not in known:
            raise BadDiscretion(f"{name}:阶次所指的幅度 {group.get('range')} 不存在,可用 {'、'.join(sorted(known))}")
        tiers[str(group["range"])] = _steps(group, ladders, name)
    used = sorted({str(g["ladder"]) for g in entry.get("tiers", []) if g.get("ladder")})
    return Item(
        id=name,
        name=str(entry["name"]),
        category=str(entry["category"]),
        codes=dict(entry.get("codes") or {}),
        violated=str(entry.get("violated", "")),
        basis=str(entry["basis"]),
        law=tuple(map(str, entry.get("law", []))),
        authority=str(entry.get("authority", "")),
        kinds=tuple(map(str, entry["kinds"])),
        subject=str(entry.get("subject", "")),
        note=str(entry.get("note", "")),
        also_consider=str(entry.get("also_consider", "")),
        coercive_measures=str(entry.get("coercive_measures", "")),
        mark=str(entry["mark"]),
        range_verified=entry.get("range_verified") is True,
        tiers_mark=str(entry.get("tiers_mark", "K")),
        illustrative=entry.get("illustrative", True) is True,
        tiers_note=str(entry.get("tiers_note", "")),
        source=str(entry["source"]),
        ranges=ranges,
        tiers=tiers,
        versions=tuple(_version(v, name) for v in entry.get("versions", [])),
        computed=_computed(entry.get("computed"), name),
        version=fingerprint([entry, [ladders[key] for key in used]]),
        examples=tuple(entry.get("examples", [])),
    )


def _known_keys(entry: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise BadDiscretion(f"{where}:不认识的字段 {'、'.join(unknown)},请核对拼写")


def _range(entry: Mapping[str, Any], name: str) -> Range:
    where = f"{name} 幅度 {entry.get('id')}"
    if entry.get("type") not in RANGE_TYPES:
        raise BadDiscretion(f"{where}:type 只能是 {'、'.join(RANGE_TYPES)}")
    _known_keys(entry, RANGE_KEYS, where)
    low, high = _decimal(entry.get("min"), where, "min"), _decimal(entry.get("max"), where, "max")
    if low > high:
        raise BadDiscretion(f"{where}:min 大于 max")
    if entry["type"] != "fixed" and not entry.get("base"):
        raise BadDiscretion(f"{where}:缺少 base(按哪一项事实计算)")
    optional = {k: entry.get(k) for k in ("threshold", "mult_min", "mult_max")}
    return Range(
        id=str(entry["id"]),
        type=str(entry["type"]),
        target=str(entry.get("target", "当事人")),
        phase=str(entry.get("phase", "first")),
        minimum=low,
        maximum=high,
        optional=entry.get("optional") is True,
        base=str(entry.get("base", "")),
        threshold=_maybe(optional["threshold"], where, "threshold"),
        threshold_op=str(entry.get("threshold_op", "gte")),
        mult_min=_maybe(optional["mult_min"], where, "mult_min"),
        mult_max=_maybe(optional["mult_max"], where, "mult_max"),
        when=str(entry.get("when", "")),
        requires=str(entry.get("requires", "")),
        precondition=str(entry.get("precondition", "")),
    )


def _steps(group: Mapping[str, Any], ladders: Mapping[str, Mapping[str, Any]], name: str) -> tuple[Step, ...]:
    shared: dict[str, Mapping[str, Any]] = {}
    if group.get("ladder"):
        ladder = ladders.get(str(group["ladder"]))
        if ladder is None:
            raise BadDiscretion(f"{name}:没有名为 {group['ladder']} 的阶次梯级")
        shared = {str(step["tier"]): step for step in ladder["steps"]}
    return tuple(_step({**shared.get(str(step.get("tier")), {}), **step}, name) for step in group["steps"])


def _step(entry: Mapping[str, Any], name: str) -> Step:
    where = f"{name} 阶次 {entry.get('tier')}"
    _known_keys(entry, STEP_KEYS, where)
    if not entry.get("tier") or not entry.get("when"):
        raise BadDiscretion(f"{where}:须有 tier 与 when(适用条件)")
    low, high = _maybe(entry.get("min"), where, "min"), _maybe(entry.get("max"), where, "max")
    if (low is None) is not (high is None) or (low is not None and high is not None and low > high):
        raise BadDiscretion(f"{where}:min、max 须同时填写且 min 不大于 max")
    return Step(
        tier=str(entry["tier"]),
        text=str(entry.get("text", "")),
        when=str(entry["when"]),
        penalty=str(entry.get("penalty", "")),
        minimum=low,
        maximum=high,
        mult_min=_maybe(entry.get("mult_min"), where, "mult_min"),
        mult_max=_maybe(entry.get("mult_max"), where, "mult_max"),
        formula=str(entry.get("formula", "")),
        note=str(entry.get("road", "")),
    )


def _version(entry: Mapping[str, Any], name: str) -> Version:
    first = entry.get("from")
    if type(first) is not date or not entry.get("basis"):
        raise BadDiscretion(f"{name}:versions 每段须有 from(施行日)与 basis(依据)")
    current = entry.get("current") is True
    where = f"{name} 自 {first} 起的版本"
    low, high = _maybe(entry.get("min"), where, "min"), _maybe(entry.get("max"), where, "max")
    if not current and (low is None or high is None):
        raise BadDiscretion(f"{where}:历史版本须写 min 与 max")
    return Version(first, entry.get("to"), str(entry["basis"]), current, low, high)


def _computed(entry: Mapping[str, Any] | None, name: str) -> Computed | None:
    if entry is None:
        return None
    if not entry.get("formulas"):
        raise BadDiscretion(f"{name}:computed 须有 formulas(计算式)")
    return Computed(
        inputs=tuple(map(str, entry.get("inputs", []))),
        parameter=str(entry.get("parameter", "")),
        formulas={str(k): str(v) for k, v in entry["formulas"].items()},
        uses={str(k): str(v) for k, v in (entry.get("uses") or {}).items()},
    )


def _ground(entry: Mapping[str, Any]) -> Ground:
    if entry.get("effect") not in ("no_penalty", "lighter", "heavier"):
        raise BadDiscretion(f"情形 {entry.get('id')}:effect 只能是 no_penalty、lighter、heavier")
    return Ground(
        str(entry["id"]),
        str(entry["name"]),
        str(entry["effect"]),
        entry.get("must") is True,
        str(entry["when"]),
        str(entry["law"]),
        str(entry["mark"]),
        str(entry.get("then", "")),
    )


def _trigger(entry: Mapping[str, Any]) -> Trigger:
    return Trigger(*(str(entry[key]) for key in ("id", "step", "name", "when", "law", "mark")))


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    return Parameter(
        id=str(entry["id"]),
        name=str(entry["name"]),
        value=_value(entry["value"]),
        confirmed=entry.get("mark") == "V",
        basis=str(entry.get("source", "")),
        fills=str(entry.get("fills", "")),
        party=str(entry.get("party", "")),
    )


def _value(value: object) -> Decimal | str:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)


def _decimal(value: object, where: str, key: str) -> Decimal:
    if isinstance(value, float) or value is None:
        raise BadDiscretion(f'{where}:{key} 须写成带引号的十进制数,如 "3000"')
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise BadDiscretion(f"{where}:{key} 不是数:{value}") from None


def _maybe(value: object, where: str, key: str) -> Decimal | None:
    return None if value is None else _decimal(value, where, key)


def narrowing_faults(national: Book, province: Book) -> list[str]:
    """Where a province goes beyond the nation: wider ranges, missing items, ranges dropped or made optional."""
    faults = []
    for item in national.items.values():
        own = province.items.get(item.id)
        if own is None:
            faults.append(f"{item.id}:省级内容删除了全国事项 {item.name}")
            continue
        ranges = {r.id: r for r in own.ranges}
        for r in item.ranges:
            other = ranges.get(r.id)
            if other is None:
                faults.append(f"{item.id}:省级内容删除了法定幅度 {r.id}")
            elif _wider(r, other):
                faults.append(f"{item.id}:幅度 {r.id} 超出法定幅度,省级只能收窄")
        for extra in set(ranges) - {r.id for r in item.ranges}:
            faults.append(f"{item.id}:省级内容增设了法律没有的幅度 {extra}")
        if set(own.kinds) - set(item.kinds):
            faults.append(f"{item.id}:省级内容增设了处罚种类 {'、'.join(sorted(set(own.kinds) - set(item.kinds)))}")
        faults.extend(_tier_faults(own))
    return faults


def _wider(national: Range, own: Range) -> bool:
    if own.type != national.type or own.minimum < national.minimum or own.maximum > national.maximum:
        return True
    if national.mult_min is not None and own.mult_min is not None and own.mult_min < national.mult_min:
        return True
    return national.mult_max is not None and own.mult_max is not None and own.mult_max > national.mult_max


def _tier_faults(item: Item) -> list[str]:
    """Tiers that leave their own range."""
    faults = []
    ranges = {r.id: r for r in item.ranges}
    for key, steps in item.tiers.items():
        r = ranges.get(key)
        for step in steps:
            if r is None or step.minimum is None or step.maximum is None:
                continue
            if step.minimum < r.minimum or step.maximum > r.maximum:
                faults.append(f"{item.id}:阶次 {step.tier} 超出幅度 {key}")
    return faults


def item_faults(book: Book) -> list[str]:
    """Content faults of every item: tiers beyond their range."""
    return [fault for item in book.items.values() for fault in _tier_faults(item)]
