"""Papers are composed by rule: the same seed gives the same paper to anyone, another candidate's seed another; marks add up."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kernel.errors import InvalidAnswers, Refusal
from registers import composition, draw, marking
from registers.composition import LETTERS, Rule

KINDS = ("single", "multiple", "judgement", "case")


def question_of(random: Random, number: int) -> dict:
    kind = random.choice(KINDS)
    options = [f"{number}-{n}" for n in range(random.randint(2, 5))] if kind in ("single", "multiple") else []
    answer = {"judgement": "T", "case": "要点"}.get(kind) or "A"
    if kind == "multiple":
        answer = "".join(LETTERS[: random.randint(2, len(options))])
    return {
        "question_no": f"Q{number:03}",
        "version": 1,
        "kind": kind,
        "category": None,
        "topic": random.choice(("处罚", "强制")),
        "difficulty": random.randint(1, 3),
        "stem": f"第 {number} 题",
        "options": options,
        "answer": answer,
        "basis": "",
        "bank_level": random.choice(("ministry", "province")),
    }


def bank_of(size: int, random: Random) -> list[dict]:
    return [question_of(random, n) for n in range(size)]


banks = st.builds(bank_of, st.integers(5, 60), st.randoms(use_true_random=False))


rules_ = st.lists(
    st.builds(
        Rule,
        kind=st.sampled_from(KINDS),
        count=st.integers(1, 6),
        marks=st.sampled_from((Decimal(1), Decimal("1.5"), Decimal(2))),
        topic=st.sampled_from((None, "处罚")),
        difficulty=st.sampled_from((None, 1, 2)),
        bank_level=st.sampled_from((None, "ministry")),
    ),
    min_size=1,
    max_size=5,
)


@given(banks, rules_, st.text(max_size=8), st.randoms())
def test_anyone_composes_the_same_paper_again_whatever_the_order_of_the_bank(bank, rules, seed, random) -> None:
    assume(not composition.shortages(bank, rules))
    first = composition.compose(bank, rules, seed, "甲")
    shuffled = list(bank)
    random.shuffle(shuffled)
    assert composition.paper_hash(composition.compose(shuffled, rules, seed, "甲")) == composition.paper_hash(first)
    assert composition.snapshot_hash(shuffled) == composition.snapshot_hash(bank)


@given(banks, rules_, st.text(max_size=8))
def test_a_paper_meets_every_rule_and_no_question_comes_twice(bank, rules, seed) -> None:
    if composition.shortages(bank, rules):
        with pytest.raises(Refusal):
            composition.compose(bank, rules, seed, "甲")
        return
    items = composition.compose(bank, rules, seed, "甲")
    numbers = [i.question["question_no"] for i in items]
    assert len(set(numbers)) == len(numbers) == sum(r.count for r in rules)
    assert sum(i.marks for i in items) == composition.full_marks(rules)
    places = [r for r in rules for _ in range(r.count)]
    assert all(rule.takes(i.question) for rule, i in zip(places, items, strict=True))
    assert [i.item for i in items] == list(range(1, len(items) + 1))


@given(banks, rules_, st.text(max_size=8))
def test_the_key_follows_the_shuffled_options_and_is_not_shown(bank, rules, seed) -> None:
    assume(not composition.shortages(bank, rules))
    for item in composition.compose(bank, rules, seed, "甲"):
        right = {item.question["options"][LETTERS.index(c)] for c in item.question["answer"]} if item.options else set()
        assert {item.options[LETTERS.index(c)] for c in item.key if item.options} == right
        assert sorted(item.options) == sorted(item.question["options"])
        assert set(item.shown()) == {"item", "kind", "stem", "options", "marks"}


def single(number: int, topic: str) -> dict:
    return {"question_no": f"Q{number}", "version": 1, "kind": "single", "category": None, "topic": topic, "difficulty": 1} | {
        "stem": "题", "options": ["甲", "乙"], "answer": "A", "basis": "", "bank_level": "province"
    }  # fmt: skip


def test_rules_that_want_the_same_questions_find_the_one_way_there_is() -> None:
    """The wide rule comes first and must leave the only two questions of 处罚 to the narrow one."""
    bank = [single(1, "处罚"), single(2, "处罚"), single(3, "强制"), single(4, "强制")]
    rules = [Rule("single", 2, Decimal(1)), Rule("single", 2, Decimal(1), topic="处罚")]
    for seed in map(str, range(50)):
        items = composition.compose(bank, rules, seed, "甲")
        assert {i.question["question_no"] for i in items[2:]} == {"Q1", "Q2"}
    crowded = [*rules, Rule("single", 1, Decimal(1), topic="处罚")]
    assert composition.shortages(bank, crowded) == ["单选题·处罚与其他规则争用同一些题目,题库不够"]


def test_candidates_get_different_papers_of_the_same_make() -> None:
    bank = [single(n, "处罚") for n in range(40)]
    rules = [Rule("single", 10, Decimal(2))]
    papers = {composition.paper_hash(composition.compose(bank, rules, "种子", str(n))) for n in range(30)}
    assert len(papers) == 30


@given(st.sets(st.text(max_size=5), max_size=20), st.text(max_size=5), st.text(max_size=3))
def test_who_joins_a_draw_moves_nobody_else(items, seed, newcomer) -> None:
    assume(newcomer not in items)
    assert [i for i in draw.order(seed, "x", [*items, newcomer]) if i != newcomer] == draw.order(seed, "x", items)


def test_a_draw_from_too_few_is_refused_and_the_seed_needs_the_spoken_word() -> None:
    with pytest.raises(Refusal):
        draw.draw("s", "x", ["a"], 2)
    with pytest.raises(Refusal):
        draw.fixed_seed("hash", " ")
    assert draw.fixed_seed("hash", "七") != draw.fixed_seed("hash", "八") != draw.fixed_seed("other", "八")


@pytest.mark.parametrize(
    "row", [{}, {"kind": "single", "count": 0, "marks": 1}, {"kind": "oral", "count": 1, "marks": 1}]
    + [{"kind": "single", "count": 1, "marks": m} for m in ("0", "x", "0.25", "NaN")],
)  # fmt: skip
def test_a_rule_that_is_none_is_refused_by_its_line(row) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        composition.rules_of([row])
    assert list(refused.value.fields) == ["rules.1"]


# ---------------------------------------------------------------------- marking
def objective_paper():
    bank = [
        {**single(1, "处罚")},
        {**single(2, "处罚"), "kind": "multiple", "options": ["甲", "乙", "丙"], "answer": "AB"},
        {**single(3, "处罚"), "kind": "judgement", "options": [], "answer": "F"},
    ]
    rules = [Rule("single", 1, Decimal(1)), Rule("multiple", 1, Decimal(2)), Rule("judgement", 1, Decimal(1))]
    return composition.compose(bank, rules, "s", "甲")


def test_objective_marks_come_from_the_key_and_part_of_a_multiple_choice_from_the_parameter() -> None:
    items = objective_paper()
    right = {i.item: i.key for i in items}
    assert marking.objective(items, right, Decimal(0)) == 4
    assert marking.objective(items, {}, Decimal(1)) == 0
    part = {**right, 2: items[1].key[0]}
    assert marking.objective(items, part, Decimal(0)) == 2
    assert marking.objective(items, part, Decimal("0.5")) == 3
    wrong_letter = next(c for c in "ABC" if c not in items[1].key)
    assert marking.objective(items, {**right, 2: items[1].key[0] + wrong_letter}, Decimal("0.5")) == 2


marks_ = st.decimals(0, 20, places=1)


@given(marks_, marks_, marks_, st.decimals(0, 5, places=1))
def test_the_settled_mark_lies_between_the_marks_given(first, second, third, limit) -> None:
    settled = marking.settled(first, second, third, limit)
    assert min(first, second, third) <= settled <= max(first, second, third)
    assert settled == marking.settled(second, first, third, limit)
    if not marking.needs_third(first, second, limit):
        assert settled == marking.settled(first, second, None, limit)
    else:
        assert marking.settled(first, second, None, limit) is None


@pytest.mark.parametrize(
    ("kind", "answer", "kept"),
    [
        ("multiple", "ca, b", "ABC"),
        ("judgement", "错误", "F"),
        ("judgement", "√", "T"),
        ("single", " b ", "B"),
        ("single", "", ""),
    ],
)
def test_an_answer_is_kept_in_one_form(kind, answer, kept) -> None:
    assert marking.normal(kind, answer) == kept


@pytest.mark.parametrize(
    ("kind", "answer"), [("single", "AB"), ("single", "9"), ("judgement", "也许"), ("case", "长" * 10_001)]
)
def test_an_answer_that_is_none_is_refused(kind, answer) -> None:
    with pytest.raises(InvalidAnswers):
        marking.normal(kind, answer)
