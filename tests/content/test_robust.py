"""Whatever content says, the check answers with faults: it never breaks."""

from __future__ import annotations

import random
from typing import Any

import pytest

from content import load, overlay
from engine.check import check
from tests.content.conftest import good_files

JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    "",
    "x",
    "一二三",
    [],
    [None],
    [1],
    {},
    {"a": None},
    [[{}]],
    "1 +",
    "2026-01-01",
    10**30,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a tree, by its way from the top."""
    found = [way] if way else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        found += places(item, (*way, key))
    return found


def put(value: Any, way: tuple[Any, ...], junk: Any) -> None:
    """Puts junk at a place."""
    for key in way[:-1]:
        value = value[key]
    value[way[-1]] = junk


def spoilt(seed: int) -> dict[str, bytes]:
    """The good tree with one value of one file replaced by junk."""
    dice = random.Random(seed)
    files = good_files()
    path = dice.choice(sorted(p for p in files if p.endswith(".yaml") and "/calendar/" not in p))
    top = load.document(path, files[path])
    put(top, dice.choice(places(top)), dice.choice(JUNK))
    return {**files, path: overlay.dump(top)}


@pytest.mark.parametrize("start", range(0, 60, 30))
def test_junk_anywhere_is_a_fault_or_nothing(start: int) -> None:
    for seed in range(start, start + 30):
        assert isinstance(check(spoilt(seed)), list), seed


@pytest.mark.long
@pytest.mark.parametrize("start", range(1000, 6000, 500))
def test_junk_anywhere_is_a_fault_or_nothing_long(start: int) -> None:
    for seed in range(start, start + 500):
        assert isinstance(check(spoilt(seed)), list), seed


@pytest.mark.parametrize("seed", range(15))
def test_torn_files_are_faults(seed: int) -> None:
    dice = random.Random(seed)
    files = good_files()
    path = dice.choice(sorted(files))
    body = bytearray(files[path])
    for _ in range(dice.randint(1, 4)):
        body[dice.randrange(len(body))] = dice.randrange(256)
    assert isinstance(check({**files, path: bytes(body[: dice.randint(1, len(body))])}), list)
