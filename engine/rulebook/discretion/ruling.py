"""Whether an amount may be imposed: inside the tier, outside it with reasons, or not at all.

Outside the tier an amount needs a reason and the collective discussion; below the statutory minimum it needs, besides,
a mitigating ground (处罚法30–32); above the maximum it is refused whatever the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.rulebook.discretion.book import Book
from engine.rulebook.discretion.finding import Charge, Finding


@dataclass(frozen=True, slots=True)
class Ruling:
    """`allowed`, how the amount lies (`tier`, `outside_tier`, `mitigated`, `above`, `below`, `none`), and why."""

    allowed: bool
    kind: str
    message: str
    article: str
    remedy: str = ""


def rule_on(finding: Finding, charge: Charge, amount: Decimal, *, reason: str = "", discussed: bool = False) -> Ruling:
    """Judge an amount in yuan for one charge. `discussed`: the collective discussion has been recorded."""
    impossible = _impossible(finding, charge, amount)
    if impossible is not None:
        return impossible
    low, high = charge.minimum or Decimal(0), charge.maximum or Decimal(0)
    if amount > high:
        return Ruling(False, "above", f"罚款 {amount} 元高于法定上限 {high} 元", charge.basis, "在法定幅度内确定金额")
    if amount < low:
        return _below(finding, charge, amount, reason=reason, discussed=discussed)
    if _inside(charge, amount):
        return Ruling(True, "tier", f"在“{charge.tier}”阶次幅度内", charge.basis)
    where = f"超出“{charge.tier}”阶次" if charge.tier_maximum is not None else "该幅度没有可用阶次"
    return _with_reason(finding, "outside_tier", where, finding.bases["tiers"], reason=reason, discussed=discussed)


def _impossible(finding: Finding, charge: Charge, amount: Decimal) -> Ruling | None:
    if finding.law.unresolved:
        return Ruling(False, "none", finding.law.reason, finding.bases["retroactivity"], "先由法制人员确定适用的规定")
    bound = next((f for f in finding.no_penalty if f.must), None)
    if bound is not None and amount > 0:
        return Ruling(False, "none", f"{bound.name},依法不予处罚", bound.article, "改为不予处罚决定")
    if charge.met is False:
        return Ruling(False, "none", charge.reasons[0], charge.basis, "先责令改正,拒不改正的再处罚")
    if charge.met is None and charge.precondition:
        return Ruling(False, "none", f"前置条件“{charge.precondition}”尚未查明", charge.basis, "先查明前置条件")
    if charge.maximum is None:
        return Ruling(False, "none", "该事项没有可用的罚款幅度", charge.basis, "补齐计算所需事实,或改用其他处罚种类")
    if amount <= 0:
        return Ruling(False, "none", "罚款金额须大于 0 元", charge.basis, "不罚款的作不予处罚或警告")
    return None


def _inside(charge: Charge, amount: Decimal) -> bool:
    if charge.tier_minimum is None or charge.tier_maximum is None:
        return False
    top = charge.tier_maximum == charge.maximum or charge.tier_minimum == charge.tier_maximum
    below = amount <= charge.tier_maximum if top else amount < charge.tier_maximum
    return charge.tier_minimum <= amount and below


def _below(finding: Finding, charge: Charge, amount: Decimal, *, reason: str, discussed: bool) -> Ruling:
    grounds = [f for f in finding.factors if f.effect == "lighter" and f.present]
    if not grounds:
        return Ruling(
            False,
            "below",
            f"罚款 {amount} 元低于法定下限 {charge.minimum} 元,且没有减轻处罚的法定情形",
            finding.bases["mitigation"],
            "查明并认定减轻情形,或在法定幅度内确定金额",
        )
    names = "、".join(f.name for f in grounds)
    return _with_reason(
        finding, "mitigated", f"依“{names}”减轻处罚", grounds[0].article, reason=reason, discussed=discussed
    )


def _with_reason(finding: Finding, kind: str, where: str, article: str, *, reason: str, discussed: bool) -> Ruling:
    if not reason.strip():
        return Ruling(False, kind, f"{where},未说明理由", article, "写明裁量理由")
    if not discussed:
        return Ruling(False, kind, f"{where},未经集体讨论", finding.bases["discussion"], "提交负责人集体讨论后再决定")
    return Ruling(True, kind, f"{where},理由:{reason.strip()}", article)


def combined_cap(book: Book, amounts: Mapping[str, Decimal]) -> tuple[Decimal, tuple[str, ...]]:
    """The total of fines by item after the statutory caps on items counted together, and what was cut, in Chinese."""
    total = sum(amounts.values(), Decimal(0))
    cuts = []
    for cap in _caps(book):
        together = sum((amounts.get(str(code), Decimal(0)) for code in cap["items"]), Decimal(0))
        limit = Decimal(str(cap["max"]))
        if together > limit:
            total -= together - limit
            cuts.append(
                f"{'、'.join(c for c in cap['items'] if c in amounts)} 合计 {together} 元,依{cap['law']}以 {limit} 元为限"
            )
    return total, tuple(cuts)


def _caps(book: Book) -> Iterable[Mapping[str, list[str] | str]]:
    caps = book.tables.get("combined_caps", [])
    return caps if isinstance(caps, list) else []
