"""Composing exam papers by rule from a frozen question bank. Pure: the same bank, rules, seed and candidate give the same paper.

A question of a snapshot is a mapping: question_no, version, kind, category, topic, difficulty, stem, options, answer, basis.
A rule asks for `count` questions of one kind, worth `marks` each, maybe of one topic, difficulty or bank level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

from kernel import sm3
from kernel.errors import InvalidAnswers, Refusal
from registers import draw

KINDS: Final = {"single": "单选题", "multiple": "多选题", "judgement": "判断题", "case": "案例题"}
OBJECTIVE: Final = frozenset({"single", "multiple", "judgement"})
LETTERS: Final = "ABCDEFGH"
Question = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """`count` questions of this kind, `marks` each; an empty bound bounds nothing."""

    kind: str
    count: int
    marks: Decimal
    topic: str | None = None
    difficulty: int | None = None
    bank_level: str | None = None

    def takes(self, question: Question) -> bool:
        """Does the question meet the rule?"""
        return (
            question["kind"] == self.kind
            and self.topic in (None, question["topic"])
            and self.difficulty in (None, question["difficulty"])
            and self.bank_level in (None, question["bank_level"])
        )

    @property
    def name(self) -> str:
        """In words."""
        bounds = [self.topic, f"难度{self.difficulty}" if self.difficulty else None]
        bounds.append({"ministry": "部级题库", "province": "省级题库", None: None}[self.bank_level])
        return KINDS[self.kind] + "".join(f"·{b}" for b in bounds if b)


@dataclass(frozen=True)
class Item:
    """One question on a paper: what the candidate sees, and the key that he does not."""

    item: int
    question: Question
    marks: Decimal
    options: tuple[str, ...]
    key: str

    def shown(self) -> dict[str, Any]:
        """Without anything that gives the answer away."""
        return {
            "item": self.item,
            "kind": self.question["kind"],
            "stem": self.question["stem"],
            "options": [{"letter": letter, "text": text} for letter, text in zip(LETTERS, self.options, strict=False)],
            "marks": f"{self.marks:f}",
        }


def rules_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules of a template. `InvalidAnswers` names the row."""
    made = []
    for number, row in enumerate(rows, 1):
        try:
            rule = Rule(
                kind=str(row["kind"]),
                count=int(row["count"]),
                marks=Decimal(str(row["marks"])),
                topic=row.get("topic") or None,
                difficulty=int(row["difficulty"]) if row.get("difficulty") else None,
                bank_level=row.get("bank_level") or None,
            )
        except (KeyError, ValueError, ArithmeticError, TypeError) as error:
            raise InvalidAnswers({f"rules.{number}": f"第 {number} 行缺少题型、题数或者分值,或者不是数字"}) from error
        if (
            rule.kind not in KINDS
            or not 1 <= rule.count <= 200
            or rule.bank_level not in (None, "ministry", "province")
        ):
            raise InvalidAnswers({f"rules.{number}": f"第 {number} 行的题型、题数(1 至 200)或者题库级别不正确"})
        if not rule.marks.is_finite() or rule.marks <= 0 or rule.marks != round(rule.marks, 1):
            raise InvalidAnswers({f"rules.{number}": f"第 {number} 行的分值应大于零、最多一位小数"})
        made.append(rule)
    if not made:
        raise InvalidAnswers({"rules": "至少应有一条组卷规则"})
    return tuple(made)


def full_marks(rules: Iterable[Rule]) -> Decimal:
    """What a paper of these rules is worth."""
    return sum((rule.count * rule.marks for rule in rules), Decimal(0))


def shortages(questions: Sequence[Question], rules: Sequence[Rule]) -> list[str]:
    """Which rules the bank cannot meet, in words; empty when a paper can be composed."""
    short = [
        f"{rule.name}需要 {rule.count} 题,题库只有 {have} 题"
        for rule in rules
        if (have := sum(map(rule.takes, questions))) < rule.count
    ]
    if short:
        return short
    _, unmet = _assigned(questions, rules)
    return [f"{rule.name}与其他规则争用同一些题目,题库不够" for rule in dict.fromkeys(unmet)]


def compose(questions: Sequence[Question], rules: Sequence[Rule], seed: str, candidate: str) -> tuple[Item, ...]:
    """One candidate's paper. Refused when the bank is too small; no question stands on a paper twice."""
    by_no = {str(q["question_no"]): q for q in questions}
    placed = [by_no[no] for no in draw.order(seed, f"paper/{candidate}", by_no)]
    chosen, unmet = _assigned(placed, rules)
    if unmet:
        raise Refusal(
            f"题库不足,无法组卷:{'、'.join(shortages(questions, rules))}", remedy="请补充题目或者调整试卷模板"
        )
    return tuple(
        _item(number, question, rule.marks, seed, candidate) for number, (rule, question) in enumerate(chosen, 1)
    )


def paper_hash(items: Sequence[Item]) -> str:
    """The SM3 over what the candidate sees, with the questions' numbers and versions."""
    seen = [[i.question["question_no"], i.question["version"], i.shown()] for i in items]
    return sm3.hexdigest(orjson.dumps(seen, option=orjson.OPT_SORT_KEYS))


def snapshot_hash(questions: Iterable[Question]) -> str:
    """The SM3 over a frozen bank, whatever the order it was read in."""
    return sm3.hexdigest(orjson.dumps(in_order(questions), option=orjson.OPT_SORT_KEYS))


def in_order(questions: Iterable[Question]) -> list[Question]:
    """As a snapshot keeps them."""
    return sorted(questions, key=lambda q: (str(q["question_no"]), int(q["version"])))


def _assigned(questions: Sequence[Question], rules: Sequence[Rule]) -> tuple[list[tuple[Rule, Question]], list[Rule]]:
    """Each place on the paper with its question, earlier questions first, and the rules with places left empty.

    Rules may overlap (“ten single choice” and “two single choice about highways”), so a place that finds only taken
    questions makes an earlier place look for another (augmenting paths).
    """
    places = [rule for rule in rules for _ in range(rule.count)]
    fits = {rule: [n for n, q in enumerate(questions) if rule.takes(q)] for rule in set(rules)}
    taken: dict[int, int] = {}  # question → place
    empty = [places[place] for place in range(len(places)) if not _seat(place, places, fits, taken)]
    by_place = {place: questions[n] for n, place in taken.items()}
    return [(places[p], by_place[p]) for p in sorted(by_place)], empty


def _seat(place: int, places: Sequence[Rule], fits: Mapping[Rule, Sequence[int]], taken: dict[int, int]) -> bool:
    """Finds this place a question, moving others along when it must. A walk without recursion: papers may be long."""
    came_from: dict[int, int] = {}  # question → the place that reached for it
    todo = [place]
    while todo:
        here = todo.pop(0)
        for n in fits[places[here]]:
            if n in came_from:
                continue
            came_from[n] = here
            if n not in taken:
                while True:  # back along the path, each place takes what it reached for
                    mover = came_from[n]
                    left = next((q for q, p in taken.items() if p == mover), None)
                    taken[n] = mover
                    if left is None:
                        return True
                    n = left
            todo.append(taken[n])
    return False


def _item(number: int, question: Question, marks: Decimal, seed: str, candidate: str) -> Item:
    """The options in an order of the candidate's own; a judgement has none to shuffle."""
    options = [str(o) for o in question["options"]]
    places = list(range(len(options)))
    if question["kind"] in ("single", "multiple"):
        purpose = f"options/{candidate}/{question['question_no']}"
        places = [int(p) for p in draw.order(seed, purpose, map(str, places))]
    key = str(question["answer"])
    if question["kind"] in ("single", "multiple"):
        key = "".join(sorted(LETTERS[places.index(LETTERS.index(letter))] for letter in key))
    return Item(number, question, marks, tuple(options[p] for p in places), key)
