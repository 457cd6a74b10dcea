"""Marks: objective questions by their key, subjective ones by two people and, where they differ, a third. Pure; Decimal throughout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from kernel.errors import InvalidAnswers
from registers.composition import LETTERS, OBJECTIVE, Item

TENTH: Final = Decimal("0.1")
TRUE, FALSE = "T", "F"  # the answers to a judgement


def normal(kind: str, answer: str) -> str:
    """An answer as it is stored: letters sorted and once each, T or F, text trimmed. `InvalidAnswers` says what is wrong."""
    text = answer.strip()
    if kind == "judgement":
        text = {"对": TRUE, "正确": TRUE, "√": TRUE, "错": FALSE, "错误": FALSE, "×": FALSE}.get(text, text.upper())
        if text not in ("", TRUE, FALSE):
            raise InvalidAnswers({"answer": "判断题只能答 T(对)或者 F(错)"})
    elif kind in ("single", "multiple"):
        text = "".join(sorted(set(text.upper()) - set(" ,,、")))
        if set(text) - set(LETTERS) or (kind == "single" and len(text) > 1):
            raise InvalidAnswers({"answer": "单选题只能选一项,选项为字母 A 至 H"})
    elif len(text) > 10_000:
        raise InvalidAnswers({"answer": f"最多 10000 字,现有 {len(text)} 字"})
    return text


def objective(items: Sequence[Item], answers: Mapping[int, str], partial: Decimal) -> Decimal:
    """The marks of the objective questions. `partial`: what part of a multiple choice's marks an incomplete answer without
    a wrong letter gets (0 to 1)."""
    return sum(
        (_one(i, answers.get(i.item, ""), partial) for i in items if i.question["kind"] in OBJECTIVE), Decimal(0)
    )


def _one(item: Item, answer: str, partial: Decimal) -> Decimal:
    if answer and answer == item.key:
        return item.marks
    if item.question["kind"] == "multiple" and answer and set(answer) < set(item.key):
        return tenth(item.marks * partial)
    return Decimal(0)


def needs_third(first: Decimal, second: Decimal, limit: Decimal) -> bool:
    """Do the two markers differ by more than the limit?"""
    return abs(first - second) > limit


def settled(first: Decimal, second: Decimal, third: Decimal | None, limit: Decimal) -> Decimal | None:
    """The mark that counts: the mean of two that agree; else the mean of the third and the nearer of the two (of two
    equally near, the higher one); null while the third is missing."""
    if not needs_third(first, second, limit):
        return tenth((first + second) / 2)
    if third is None:
        return None
    nearer = min((first, second), key=lambda mark: (abs(mark - third), -mark))
    return tenth((nearer + third) / 2)


def tenth(marks: Decimal) -> Decimal:
    """To one decimal, half up."""
    return marks.quantize(TENTH, ROUND_HALF_UP)
