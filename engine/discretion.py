"""What the rulebook finds for a violation becomes facts of the case: limits, tier, range, suggested amount, articles.

The whole finding (factor table, versions used, what is unconfirmed) is kept in the step's history beside the facts, so that
the answer can be shown and repeated years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.alerts import raise_alert
from engine.rulebook.discretion.book import BadDiscretion, Book
from engine.rulebook.discretion.finding import Charge, Finding, discretion
from engine.rulebook.discretion.overload import overload
from engine.rulebook.lawbase import LawBase, formal
from kernel.errors import InvalidAnswers
from kernel.work import LOCAL, Row, Work


def facts(work: Work, book: Book, known: Mapping[str, Any], place: Row, laws: LawBase) -> dict[str, Any]:
    """The facts that follow from the violation item, the circumstances and the measurement. Opens a transaction of its own
    for alerts about values that nobody confirmed. Raises `InvalidAnswers` when a needed fact is missing or impossible."""
    code, occurred = known.get("violation_code"), known.get("occurred_at")
    if not code or not occurred:
        raise InvalidAnswers({"violation_code": "计算裁量幅度前须填写违法行为代码和违法行为发生时间"})
    try:
        measured = _measured(book, known)
        finding = discretion(
            book,
            str(code),
            {**_circumstances(book, known), **measured},
            _day(str(occurred)),
            work.today,
            laws=laws.effective_from(),
        )
    except BadDiscretion as error:
        raise InvalidAnswers({"violation_code": f"{error},请更正后重新办理"}) from error
    _tell(work, finding, place)
    return {**{k: v for k, v in measured.items() if v is not None}, **_as_facts(book, finding, finding.main, laws)}


def _day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(LOCAL).date() if len(text) > 10 else date.fromisoformat(text)


def _circumstances(book: Book, known: Mapping[str, Any]) -> dict[str, Any]:
    return {key: known[key] for key in book.types if known.get(key) is not None}


def _measured(book: Book, known: Mapping[str, Any]) -> dict[str, Any]:
    """Overload facts, when the vehicle was weighed."""
    if known.get("gross_kg") is None or known.get("axle_count") is None:
        return {}
    found = overload(
        book,
        axles=int(known["axle_count"]),
        train=bool(known.get("is_train")),
        gross_kg=int(known["gross_kg"]),
        single_drive=bool(known.get("single_drive")),
    )
    return {"limit_kg": found.limit_kg, "over_kg": int(found.over_kg), "over_rate": str(found.rate)}


def _as_facts(book: Book, finding: Finding, charge: Charge | None, laws: LawBase) -> dict[str, Any]:
    item = book.items[finding.item]
    answer: dict[str, Any] = {
        "violated_provisions": formal(item.violated, laws),
        "penalty_provisions": formal(item.basis, laws),
    }
    if charge is None:
        return answer
    reasons = ";".join(part for part in (charge.tier_text, *charge.reasons) if part)
    answer |= {"discretion_tier": charge.tier[:30], "discretion_reason": f"{charge.tier}:{reasons}"[:2000]}
    for key, value in (
        ("fine_min", charge.tier_minimum if charge.tier_minimum is not None else charge.minimum),
        ("fine_max", charge.tier_maximum if charge.tier_maximum is not None else charge.maximum),
        ("suggested_fine", charge.suggested),
    ):
        if isinstance(value, Decimal):
            answer[key] = f"{value:.2f}"
    return answer


def _tell(work: Work, finding: Finding, place: Row) -> None:
    """Whoever relies on the amount is told what in it nobody confirmed."""
    if not finding.unconfirmed:
        return
    text = "裁量依据中有未经确认的内容:" + ";".join(finding.unconfirmed[:5])
    with work.transaction():
        raise_alert(
            work,
            place,
            place["subject_id"],
            f"DISCRETION:{finding.item}",
            severity="info",
            message=text[:1000],
            action="由法制人员核对裁量基准,机构确认参数后重新计算",
            once=True,
        )
