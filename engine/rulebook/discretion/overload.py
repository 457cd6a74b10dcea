"""How far a vehicle exceeds the limits (超限运输车辆行驶公路管理规定3). Tables are content; kilograms and millimetres.

Everything is Decimal or integer; whether the meter's error is taken off is the agency's parameter (`mpe_policy`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from engine.rulebook.discretion.book import BadDiscretion, Book

OUTLINE_NAMES = {"height": "高", "width": "宽", "length": "长"}
FOUR_PLACES = Decimal("0.0001")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Overload:
    """`over_kg` above `limit_kg`, `rate` = over/limit; `oversize` names the dimensions exceeded; `steps` explain."""

    limit_kg: int
    usable_kg: Decimal
    over_kg: Decimal
    rate: Decimal
    oversize: tuple[str, ...]
    steps: tuple[str, ...]
    unconfirmed: tuple[str, ...]


def overload(
    book: Book,
    *,
    axles: int,
    train: bool,
    gross_kg: int,
    single_drive: bool = False,
    single_tyre: bool = False,
    axle_kinds: Sequence[str] = (),
    approved_kg: int | None = None,
    mpe: Decimal = Decimal(0),
    height_mm: int | None = None,
    width_mm: int | None = None,
    length_mm: int | None = None,
) -> Overload:
    """Measure one vehicle. `axle_kinds`: ids of `axle_limits`, used only when given; `approved_kg`: the gross mass of
    the driving licence for tractors and low-speed trucks; `mpe`: the meter's maximum permissible error as a fraction.

    Raises BadDiscretion for a vehicle the tables do not know and for masses that cannot be.
    """
    if gross_kg <= 0 or not 0 <= mpe < 1:
        raise BadDiscretion("车货总质量须大于 0 千克,计量误差须在 0 与 1 之间")
    steps: list[str] = []
    unconfirmed: list[str] = []
    limit = (
        approved_kg if approved_kg is not None else _gross_limit(book, axles, train, single_drive, single_tyre, steps)
    )
    if axle_kinds:
        total = _axle_total(book, axle_kinds, unconfirmed)
        steps.append(f"各轴最大允许轴荷之和 {total} 千克")
        limit = min(limit, total)
    usable = _usable(book, gross_kg, mpe, steps, unconfirmed)
    over = max(usable - limit, Decimal(0)).quantize(CENT, ROUND_HALF_UP)
    steps.append(f"认定质量 {usable} 千克,限值 {limit} 千克,超限 {over} 千克")
    sizes = {"height": height_mm, "width": width_mm, "length": length_mm}
    return Overload(
        limit_kg=limit,
        usable_kg=usable,
        over_kg=over,
        rate=(over / limit).quantize(FOUR_PLACES, ROUND_HALF_UP),
        oversize=_oversize(book, sizes),
        steps=tuple(steps),
        unconfirmed=tuple(unconfirmed),
    )


def _gross_limit(book: Book, axles: int, train: bool, single_drive: bool, single_tyre: bool, steps: list[str]) -> int:
    for row in book.tables["gross_limits"]:
        enough = axles >= row["axles"] if row.get("and_more") else axles == row["axles"]
        if enough and train == row["train"] and (not row.get("single_drive") or single_drive):
            limit = int(row["limit_kg"])
            steps.append(f"{axles} 轴{'列车' if train else '货车'}限值 {limit} 千克")
            if single_tyre:
                limit -= int(book.tables["single_tyre_reduction_kg"])
                steps.append(f"每侧单胎,减 {book.tables['single_tyre_reduction_kg']} 千克")
            return limit
    raise BadDiscretion(f"限值表中没有 {axles} 轴{'列车' if train else '货车'},请核对轴数与车型")


def _axle_total(book: Book, kinds: Sequence[str], unconfirmed: list[str]) -> int:
    rows: Mapping[str, Any] = {row["id"]: row for row in book.tables["axle_limits"]}
    unknown = [kind for kind in kinds if kind not in rows]
    if unknown:
        raise BadDiscretion(f"轴荷表中没有 {'、'.join(unknown)}")
    doubtful = [str(rows[kind]["name"]) for kind in kinds if rows[kind]["mark"] == "K"]
    if doubtful:
        unconfirmed.append(f"轴荷限值({'、'.join(dict.fromkeys(doubtful))})未核对到原文")
    return sum(int(rows[kind]["limit_kg"]) for kind in kinds)


def _usable(book: Book, gross_kg: int, mpe: Decimal, steps: list[str], unconfirmed: list[str]) -> Decimal:
    parameter = book.parameters["mpe_policy"]
    policy = str(parameter.value)
    if mpe and not parameter.confirmed:
        unconfirmed.append(f"计量误差处理方式({policy})为缺省值,须由机构确认")
    gross = Decimal(gross_kg)
    if policy == "divide" and mpe:
        gross = gross / (1 + mpe)
    elif policy == "multiply":
        gross = gross * (1 - mpe)
    if policy != "none" and mpe:
        steps.append(f"按误差 {mpe * 100:f}% 折算,{gross_kg} → {gross.quantize(CENT)} 千克")
    return gross.quantize(CENT, ROUND_HALF_UP)


def _oversize(book: Book, sizes: Mapping[str, int | None]) -> tuple[str, ...]:
    limits = book.tables["outline_mm"]
    return tuple(
        f"{OUTLINE_NAMES[key]} {value} 毫米超过 {limits[key]} 毫米"
        for key, value in sizes.items()
        if value is not None and value > limits[key]
    )
