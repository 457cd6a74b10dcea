"""Random and mutated texts: only answers or FeelError, never anything else, never longer than the budget."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feel
from feel.functions import BUILTINS
from tests.feel.corpus import DATA, TOKENS, from_tokens, mutated

TOKENS += [f"{name}(" for name in BUILTINS]
HOST = feel.Host(
    clock=lambda: datetime(2026, 3, 2, tzinfo=UTC),
    is_working_day=lambda day, calendar: day.weekday() < 5,
    codes={"A": {"b": "c"}},
)


def _try(text: str, unary: bool) -> float:
    """Seconds of the processor that one text takes, compiled and evaluated."""
    begun = thread_time()
    message = "无"
    try:
        expression = feel.compile(text, kind="unary" if unary else "expression", host=HOST)
        if unary:
            expression.matches(5, DATA)
        else:
            expression.explain(DATA)
    except feel.FeelError as fault:
        message = fault.message
    took = thread_time() - begun
    assert message.strip()
    return took


def _run(seed: int, count: int) -> None:
    chance = random.Random(seed)
    for number in range(count):
        text = mutated(chance) if number % 3 else from_tokens(chance)
        unary = number % 7 == 0
        # A slow turn is tried again: the machine may have been busy, the expression may not be slow.
        assert _try(text, unary) < 0.1 or min(_try(text, unary) for _ in range(3)) < 0.1, text


def test_mutated_texts_do_no_harm() -> None:
    _run(seed=1, count=3_000)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_does_no_harm(text: str) -> None:
    _try(text, unary=False)
    _try(text, unary=True)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_a_hundred_thousand_mutated_texts_do_no_harm(seed: int) -> None:
    _run(seed=seed, count=10_000)
